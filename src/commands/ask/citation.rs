//! The sources that a response cites, one line each.

use serde_json::Value;

/// The longest excerpt of a source, in characters.
const LONGEST_EXCERPT: usize = 80;

/// Returns a line for each citation, numbered in the order of the text.
pub fn sources(citations: &[Value]) -> Vec<String> {
    citations.iter().zip(1..).map(|(citation, number)| format!("source {number}: {}", source(citation))).collect()
}

fn source(citation: &Value) -> String {
    let text = |name: &str| citation[name].as_str().map(str::trim).filter(|text| !text.is_empty());
    let name = text("title").or_else(|| text("source"));
    let parts: Vec<_> = name.map(str::to_owned).into_iter().chain(place(&citation["location"])).collect();
    let named = if parts.is_empty() { "not named".to_owned() } else { parts.join(", ") };
    match excerpt(&citation["sourceContent"]) {
        Some(excerpt) => format!("{named}: \"{excerpt}\""),
        None => named,
    }
}

/// Returns where in the source the cited passage begins. Whether the end that AWS names is included depends on the model.
fn place(location: &Value) -> Option<String> {
    let (kind, place) = location.as_object()?.iter().find(|(_, place)| !place.is_null())?;
    if kind == "web" {
        return place["url"].as_str().or_else(|| place["domain"].as_str()).map(str::to_owned);
    }
    let start = place["start"].as_i64()?;
    Some(match kind.as_str() {
        "documentPage" => format!("page {start}"),
        "documentChar" => format!("character {start}"),
        "documentChunk" => format!("chunk {start}"),
        other => format!("{other} {start}"),
    })
}

fn excerpt(contents: &Value) -> Option<String> {
    let texts: Vec<_> = contents.as_array()?.iter().filter_map(|content| content["text"].as_str()).collect();
    let text = texts.concat().split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return None;
    }
    match text.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => Some(format!("{}…", text[..end].trim_end())),
        None => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_source_is_its_title_its_place_and_an_excerpt() {
        let citations = [
            json!({"title": "report", "location": {"documentPage": {"documentIndex": 0, "start": 3, "end": 4}},
                "sourceContent": [{"text": "Sales\n rose "}, {"text": "by 5 %."}]}),
            json!({"source": "notes.txt", "location": {"documentChar": {"start": 12}}}),
            json!({"location": {"web": {"url": "https://example.com"}}, "sourceContent": [{"text": "x".repeat(90)}]}),
            json!({"title": "", "location": {"hologram": {"start": 1}}}),
            json!({}),
        ];
        let excerpt = "x".repeat(80);
        assert_eq!(
            sources(&citations),
            [
                "source 1: report, page 3: \"Sales rose by 5 %.\"".to_owned(),
                "source 2: notes.txt, character 12".to_owned(),
                format!("source 3: https://example.com: \"{excerpt}…\""),
                "source 4: hologram 1".to_owned(),
                "source 5: not named".to_owned(),
            ]
        );
    }
}
