//! What AWS always refuses of attachments, so that it is refused before anything is sent.

use super::format::Kind;
use super::{Attachment, Data};
use crate::error::Error;
use bedrock_ask::model::catalog::FoundationModel;

/// The most documents of a request.
const MOST_DOCUMENTS: usize = 5;

/// The most bytes of a document: 4.5 MB, of which it is not known whether a kilobyte has 1,000 bytes or 1,024.
const LARGEST_DOCUMENT: usize = 4_718_592;

/// Checks the number and the size of documents, and that they can be cited.
pub fn check(attachments: &[Attachment], model: Option<FoundationModel<'_>>, cites: bool) -> Result<(), Error> {
    let documents = || attachments.iter().filter(|attachment| attachment.format.kind == Kind::Document);
    let count = documents().count();
    if count > MOST_DOCUMENTS {
        return Err(Error::usage(format!(
            "{count} documents are attached, and Bedrock takes at most {MOST_DOCUMENTS}"
        ))
        .hint("`--file` adds the text of a file to the prompt, for any number of files"));
    }
    for document in documents() {
        let Data::Bytes(bytes) = &document.data else { continue };
        if bytes.len() > LARGEST_DOCUMENT && !takes_any_size(model, document.format.name) {
            return Err(too_large(document, bytes.len(), model));
        }
    }
    if cites { check_citations(attachments) } else { Ok(()) }
}

/// Whether the model takes documents of this format whatever their size.
fn takes_any_size(model: Option<FoundationModel<'_>>, format: &str) -> bool {
    // Without a model, as for a resource of the account, it is not known.
    let Some(id) = model.map(|model| model.id) else { return matches!(format, "pdf" | "docx") };
    match format {
        "pdf" => is_claude_4_or_later(id) || id.starts_with("amazon.nova-"),
        "docx" => id.starts_with("amazon.nova-"),
        _ => false,
    }
}

/// Whether the ID is that of Claude 4 or later: the IDs of older ones begin with the version.
fn is_claude_4_or_later(id: &str) -> bool {
    let is_older = |name: &str| ["v", "instant", "2", "3"].iter().any(|start| name.starts_with(start));
    id.strip_prefix("anthropic.claude-").is_some_and(|name| !is_older(name))
}

fn too_large(document: &Attachment, size: usize, model: Option<FoundationModel<'_>>) -> Error {
    let tenths = size.div_ceil(100_000);
    let size = format!("{}.{} MB", tenths / 10, tenths % 10);
    let summary = format!("{} has {size}, and Bedrock takes documents of at most 4.5 MB", document.label);
    let error = Error::usage(summary);
    let hint = match document.format.name {
        "pdf" => "Claude 4 and later and Amazon Nova take larger PDFs: `-m claude-haiku-4.5`, `-m nova-2-lite`",
        "docx" => "Amazon Nova takes larger documents of Word: `-m nova-2-lite`",
        _ => return error,
    };
    let Some(model) = model else { return error };
    error.cause(format!("`{}` does not accept larger ones", model.id)).hint(hint)
}

/// Checks that there is a document to cite, and that all of them can be cited.
fn check_citations(attachments: &[Attachment]) -> Result<(), Error> {
    let documents = || attachments.iter().filter(|attachment| attachment.format.kind == Kind::Document);
    if documents().next().is_none() {
        return Err(Error::usage("`--cite` has nothing to cite: no PDF or text document is attached")
            .hint("bedrock-ask -a report.pdf --cite \"your question\""));
    }
    match documents().find(|document| !matches!(document.format.name, "pdf" | "txt")) {
        Some(document) => Err(Error::usage(format!("{} cannot be cited", document.label))
            .cause(format!("it is of the format {}, and only PDF and txt can be cited", document.format.name))
            .hint("convert it to PDF or txt, or leave out `--cite`")),
        None => Ok(()),
    }
}

/// Returns the first attachment of a kind that the model's input lacks, with AWS's name of the kind.
pub fn unsupported<'a>(
    attachments: &'a [Attachment],
    model: FoundationModel<'_>,
) -> Option<(&'a Attachment, &'static str)> {
    // Nothing is known of a model without modalities.
    model.input_modalities().next()?;
    let lacks = |modality: &str| model.input_modalities().all(|known| known != modality);
    attachments.iter().find_map(|attachment| {
        let modality = match attachment.format.kind {
            Kind::Image => "IMAGE",
            Kind::Video => "VIDEO",
            Kind::Document | Kind::Audio | Kind::Text => return None,
        };
        lacks(modality).then_some((attachment, modality))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claude_4_and_later_is_recognised_by_the_order_of_name_and_version() {
        for (id, expected) in [
            ("anthropic.claude-haiku-4-5-20251001-v1:0", true),
            ("anthropic.claude-opus-5", true),
            ("anthropic.claude-sonnet-4-20250514-v1:0", true),
            ("anthropic.claude-3-7-sonnet-20250219-v1:0", false),
            ("anthropic.claude-v2:1", false),
            ("anthropic.claude-instant-v1", false),
            ("amazon.nova-lite-v1:0", false),
        ] {
            assert_eq!(is_claude_4_or_later(id), expected, "{id}");
        }
    }
}
