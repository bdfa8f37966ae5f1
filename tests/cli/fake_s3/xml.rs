//! The little XML that S3 speaks.

use crate::fake_bedrock::{Refusal, Response};

/// Escapes text.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns an element with this text.
pub fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

/// Returns what all elements of this name that have no attributes contain, in order.
pub fn inner<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| Some(rest.split_once(&close)?.0)).collect()
}

/// Returns the texts of all elements of this name that have no attributes, in order.
pub fn texts(xml: &str, name: &str) -> Vec<String> {
    let entities = [("&quot;", "\""), ("&#34;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    let text = |raw: &str| entities.iter().fold(raw.to_owned(), |text, (name, sign)| text.replace(name, sign));
    inner(xml, name).into_iter().map(text).collect()
}

/// Returns a document as a response.
pub fn response(root: &str, inner: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inner}</{root}>"
    );
    Response::new(200, "application/xml", body)
}

/// Returns an error of S3 about this path.
pub fn error(refusal: &Refusal, path: &str) -> Response {
    let mut inner = element("Code", &refusal.code) + &element("Message", &refusal.message) + &element("Resource", path);
    if let Some((_, region)) = refusal.message.split_once("expecting '") {
        inner += &element("Region", region.trim_end_matches('\''));
    }
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{inner}<HostId>fake</HostId></Error>");
    Response::new(refusal.status, "application/xml", body)
}
