//! The lines that batch inference reads, in the order of the input. The same input and options give the same bytes.

use serde_json::Value;

use super::names::Folder;
use crate::commands::ask::Prototype;
use crate::commands::batch::input::{Input, Records};
use crate::commands::batch::model_input::ModelInputs;
use crate::commands::batch::record::RecordContent;
use crate::commands::batch::record_line;
use crate::context::Context;
use crate::error::Error;

pub struct JobLine {
    /// The number of the line of the input that it is made of.
    pub number: u64,
    /// `{"recordId":…,"modelInput":…}`, with its line break.
    pub bytes: Vec<u8>,
    /// Whether the request is that of the options, and not the record's own.
    pub is_prompt: bool,
    pub model_input: std::sync::Arc<str>,
}

pub struct JobLines<'a> {
    records: Records,
    inputs: ModelInputs<'a>,
}

impl<'a> JobLines<'a> {
    pub fn new(
        input: Input,
        prototype: &'a Prototype,
        context: &'a Context,
        runtime: &'a crate::aws::BedrockRuntime,
    ) -> Self {
        Self { records: input.into_records(), inputs: ModelInputs::new(prototype, context, runtime) }
    }

    /// Returns the next line; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<JobLine>, Error> {
        let Some(record) = self.records.next().await.transpose()? else { return Ok(None) };
        let is_prompt = matches!(record.content, RecordContent::Prompt { .. });
        let record = self.inputs.record(record).await?;
        let mut line = String::with_capacity(record.model_input.len() + record.id.len() + 32);
        record_line::write_input(&mut line, &record.id, &record.model_input);
        let bytes = line.into_bytes();
        Ok(Some(JobLine { number: record.line, bytes, is_prompt, model_input: record.model_input }))
    }

    /// Reads over so many records.
    pub async fn skip(&mut self, records: u64) -> Result<(), Error> {
        for _ in 0..records {
            let Some(record) = self.records.next().await else { break };
            record?;
        }
        Ok(())
    }
}

/// What of a request batch inference treats differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Whether it has tools, which batch inference refuses.
    pub has_tools: bool,
    /// Whether it names objects in S3.
    pub has_links: bool,
}

impl JobLine {
    /// Returns what of the request batch inference treats differently.
    ///
    /// # Errors
    /// The link to an object outside of the folder: batch inference reads only what is in it.
    pub fn traits(&self, folder: &Folder) -> Result<Traits, String> {
        let contains = |needle: &str| memchr::memmem::find(self.model_input.as_bytes(), needle.as_bytes()).is_some();
        // In a request of the SDK's no name is escaped.
        if self.is_prompt && !contains("\"toolConfig\"") && !contains("\"s3Location\"") {
            return Ok(Traits::default());
        }
        let Ok(body) = serde_json::from_str::<Value>(&self.model_input) else { return Ok(Traits::default()) };
        let mut links = Vec::new();
        collect_links(&body, &mut links);
        match links.iter().find(|link| !folder.contains(link)) {
            Some(link) => Err((*link).to_owned()),
            None => Ok(Traits { has_tools: body.get("toolConfig").is_some(), has_links: !links.is_empty() }),
        }
    }
}

fn collect_links<'v>(value: &'v Value, links: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.get("uri").and_then(Value::as_str).filter(|_| name == "s3Location") {
                    Some(uri) => links.push(uri),
                    None => collect_links(member, links),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_links(value, links)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(body: &str, is_prompt: bool) -> Result<Traits, String> {
        let line = JobLine { number: 1, bytes: Vec::new(), is_prompt, model_input: body.into() };
        line.traits(&"s3://bucket/a".parse().unwrap())
    }

    #[test]
    fn tools_and_links_are_found_in_a_request() {
        let linked = |uri: &str| {
            format!(r#"{{"messages":[{{"content":[{{"video":{{"source":{{"s3Location":{{"uri":"{uri}"}}}}}}}}]}}]}}"#)
        };
        for is_prompt in [false, true] {
            assert_eq!(traits(r#"{"messages":[]}"#, is_prompt), Ok(Traits::default()));
            let tools = Traits { has_tools: true, has_links: false };
            assert_eq!(traits(r#"{"toolConfig":{"tools":[]}}"#, is_prompt), Ok(tools));
            let links = Traits { has_tools: false, has_links: true };
            assert_eq!(traits(&linked("s3://bucket/a/v.mp4"), is_prompt), Ok(links));
            assert_eq!(traits(&linked("s3://bucket/b/v.mp4"), is_prompt), Err("s3://bucket/b/v.mp4".to_owned()));
        }
        assert!(traits(r#"{"\u0074oolConfig":{}}"#, false).unwrap().has_tools);
        // A text may contain anything.
        let text = r#"{"messages":[{"content":[{"text":"\"toolConfig\" s3Location s3://x/y"}]}]}"#;
        assert_eq!(traits(text, true), Ok(Traits::default()));
        assert_eq!(traits(text, false), Ok(Traits::default()));
    }
}
