//! How much text a request body holds, from which its input tokens are estimated, and what of it cannot be estimated. Pure.

use serde_json::Value;

/// The formats of documents whose bytes are text.
const TEXT_FORMATS: [&str; 4] = ["csv", "html", "md", "txt"];

/// A kind of content whose tokens do not depend on its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Uncounted {
    Image,
    Document,
    Video,
    Audio,
    Other,
}

impl Uncounted {
    pub const ALL: [Self; 5] = [Self::Image, Self::Document, Self::Video, Self::Audio, Self::Other];

    /// Returns the name of AWS, where there is one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Document => "document",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Other => "other",
        }
    }

    /// Returns the name in a list.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Image => "images",
            Self::Document => "documents that are not text",
            Self::Video => "videos",
            Self::Audio => "audio",
            Self::Other => "content of unknown kinds",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BodyContent {
    /// The bytes of all of its text.
    pub text: u64,
    /// Which content beside the text it has, by the order of [`Uncounted::ALL`].
    pub uncounted: [bool; Uncounted::ALL.len()],
    /// Whether it has tools, one of which may be a schema.
    pub has_tools: bool,
    /// Whether it names objects in S3.
    pub has_links: bool,
}

impl BodyContent {
    /// Finds the content of the body of a Converse request.
    pub fn of(body: &Value) -> Self {
        let mut content = Self::default();
        content.add_blocks(&body["system"]);
        for message in body["messages"].as_array().into_iter().flatten() {
            content.add_blocks(&message["content"]);
        }
        content.has_tools = body.get("toolConfig").is_some();
        content.add_json(&body["toolConfig"]);
        content.add_text(&body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"]);
        content
    }

    fn add_blocks(&mut self, blocks: &Value) {
        for (kind, value) in blocks.as_array().into_iter().flatten().filter_map(Value::as_object).flatten() {
            self.add(kind, value);
        }
    }

    /// Adds one member of a content block.
    fn add(&mut self, kind: &str, value: &Value) {
        self.has_links |= value["source"].get("s3Location").is_some();
        match kind {
            "text" => self.add_text(value),
            "json" | "toolUse" => self.add_json(value),
            "image" => self.miss(Uncounted::Image),
            "video" => self.miss(Uncounted::Video),
            "audio" => self.miss(Uncounted::Audio),
            "document" => self.add_document(value),
            "toolResult" | "citationsContent" => self.add_blocks(&value["content"]),
            "searchResult" => {
                self.add_text(&value["title"]);
                self.add_text(&value["source"]);
                self.add_blocks(&value["content"]);
            }
            "guardContent" => {
                self.add_text(&value["text"]["text"]);
                if !value["image"].is_null() {
                    self.miss(Uncounted::Image);
                }
            }
            "reasoningContent" => self.add_text(&value["reasoningText"]["text"]),
            "cachePoint" => {}
            _ => self.miss(Uncounted::Other),
        }
    }

    fn add_document(&mut self, document: &Value) {
        let source = &document["source"];
        let is_text = document["format"].as_str().is_some_and(|format| TEXT_FORMATS.contains(&format));
        self.add_text(&document["name"]);
        self.add_text(&document["context"]);
        match source["bytes"].as_str() {
            Some(base64) if is_text => self.text += base64.trim_end_matches('=').len() as u64 * 3 / 4,
            None if source["text"].is_string() => self.add_text(&source["text"]),
            None if source["content"].is_array() => self.add_blocks(&source["content"]),
            _ => self.miss(Uncounted::Document),
        }
    }

    fn add_text(&mut self, text: &Value) {
        self.text += text.as_str().map_or(0, |text| text.len() as u64);
    }

    fn add_json(&mut self, value: &Value) {
        if !value.is_null() {
            self.text += value.to_string().len() as u64;
        }
    }

    fn miss(&mut self, kind: Uncounted) {
        self.uncounted[kind as usize] = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of_blocks(blocks: &Value) -> (u64, Vec<Uncounted>) {
        let content = BodyContent::of(&json!({"messages": [{"role": "user", "content": blocks}]}));
        (content.text, Uncounted::ALL.into_iter().filter(|kind| content.uncounted[*kind as usize]).collect())
    }

    #[test]
    fn each_kind_of_content_is_counted_or_named() {
        use Uncounted::{Audio, Document, Image, Other, Video};
        let base64 = "aGVsbG8h";
        for (block, text, uncounted) in [
            (json!({"text": "hello"}), 5, vec![]),
            // Two bytes each.
            (json!({"text": "Größe"}), 7, vec![]),
            (json!({"image": {"format": "png", "source": {"bytes": base64}}}), 0, vec![Image]),
            (json!({"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://b/v.mp4"}}}}), 0, vec![Video]),
            (json!({"audio": {"format": "mp3", "source": {"bytes": base64}}}), 0, vec![Audio]),
            (json!({"document": {"format": "txt", "name": "ab", "source": {"bytes": base64}}}), 8, vec![]),
            (json!({"document": {"format": "md", "name": "ab", "source": {"bytes": "aGk="}}}), 4, vec![]),
            (json!({"document": {"format": "pdf", "name": "ab", "source": {"bytes": base64}}}), 2, vec![Document]),
            (json!({"document": {"format": "txt", "name": "ab", "source": {"s3Location": {}}}}), 2, vec![Document]),
            (json!({"document": {"format": "pdf", "name": "a", "source": {"text": "abc"}}}), 4, vec![]),
            (json!({"document": {"name": "a", "source": {"content": [{"text": "abc"}]}}}), 4, vec![]),
            (json!({"toolUse": {"a": 1}}), 7, vec![]),
            (json!({"toolResult": {"toolUseId": "x", "content": [{"json": {"a": 1}}, {"text": "b"}]}}), 8, vec![]),
            (json!({"toolResult": {"content": [{"image": {}}]}}), 0, vec![Image]),
            (json!({"reasoningContent": {"reasoningText": {"text": "abc", "signature": "s"}}}), 3, vec![]),
            (json!({"guardContent": {"text": {"text": "abc"}}}), 3, vec![]),
            (json!({"guardContent": {"image": {"format": "png"}}}), 0, vec![Image]),
            (json!({"searchResult": {"title": "t", "source": "u", "content": [{"text": "abc"}]}}), 5, vec![]),
            (json!({"citationsContent": {"content": [{"text": "abc"}], "citations": []}}), 3, vec![]),
            (json!({"cachePoint": {"type": "default"}}), 0, vec![]),
            (json!({"hologram": {"text": "abc"}}), 0, vec![Other]),
        ] {
            assert_eq!(of_blocks(&json!([block])), (text, uncounted), "{block}");
        }
    }

    #[test]
    fn the_rest_of_the_body_counts_as_far_as_the_model_reads_it() {
        let tools = json!({"tools": []});
        let content = BodyContent::of(&json!({
            "system": [{"text": "ab"}, {"cachePoint": {"type": "default"}}],
            "messages": [{"role": "user", "content": [{"text": "cd"}]}, {"role": "assistant", "content": [{"text": "e"}]}],
            "toolConfig": tools,
            "outputConfig": {"textFormat": {"structure": {"jsonSchema": {"schema": "{}"}}}},
            "inferenceConfig": {"maxTokens": 10, "stopSequences": ["never counted"]},
            "requestMetadata": {"team": "red"},
        }));
        let text = 2 + 2 + 1 + tools.to_string().len() as u64 + 2;
        assert_eq!(content, BodyContent { text, has_tools: true, ..BodyContent::default() });
        let link = json!({"video": {"source": {"s3Location": {"uri": "s3://b/v.mp4"}}}});
        assert!(BodyContent::of(&json!({"messages": [{"content": [link]}]})).has_links);
        for broken in [json!(null), json!({"messages": "x"}), json!({"messages": [1, {"content": {"text": "a"}}]})] {
            assert_eq!(BodyContent::of(&broken), BodyContent::default(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn a_text_counts_alike_in_one_block_and_in_two(one in ".{0,40}", other in ".{0,40}") {
            let both = of_blocks(&json!([{"text": format!("{one}{other}")}]));
            prop_assert_eq!(both, of_blocks(&json!([{"text": one}, {"text": other}])));
        }
    }
}
