//! What `--attach` adds to the request: reads it, finds out its format, and puts it in order.

mod format;
mod limit;
mod name;
mod pattern;
mod source;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::aws::{self, AttachmentSource};
use crate::commands::stdin;
use crate::error::Error;
use crate::output::Output;
pub use format::Format;
use format::{ACCEPTED, Kind};
pub use limit::{check, unsupported};
use source::Source;
pub use source::{LARGEST, read};

/// The note while nothing arrives on stdin.
const SILENT: &str = "waiting for the end of stdin, which `--attach -` attaches";

/// Something to attach, and what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// How messages name it: a path or URI in backticks, or `stdin`.
    pub label: String,
    /// What comes before its content if it is text.
    heading: String,
    /// What a document is named after.
    stem: String,
    format: Format,
    data: Data,
}

#[derive(Clone, Debug, PartialEq)]
enum Data {
    Bytes(Arc<Vec<u8>>),
    S3(String),
}

impl Attachment {
    /// Creates an attachment of a content that is not empty.
    fn new(path: &Path, label: String, bytes: Vec<u8>) -> Result<Self, Error> {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let format = Format::of_content(&bytes, &extension).ok_or_else(|| not_accepted(&label, &bytes))?;
        if format.is_text()
            && let Some(named) = Format::of_extension(&extension).filter(|named| !named.is_text())
        {
            let what = format!("{label} is text, but its extension is that of {}", named.kind.with_article());
            return Err(Error::usage(what).hint("rename the file if the text is meant"));
        }
        if format.kind == Kind::Text && bytes.trim_ascii().is_empty() {
            return Err(Error::usage(format!("{label} is empty")));
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { label, heading: path.display().to_string(), stem, format, data: Data::Bytes(Arc::new(bytes)) })
    }

    /// Creates an attachment of what was piped in.
    pub fn from_stdin(bytes: Vec<u8>) -> Result<Self, Error> {
        Self::new(Path::new("stdin"), "stdin".to_owned(), bytes)
    }

    fn from_s3(uri: String) -> Result<Self, Error> {
        let label = format!("`{uri}`");
        let path = Path::new(&uri);
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let format = Format::of_extension(&extension).ok_or_else(|| {
            Error::usage(format!("the type of {label} is not known"))
                .cause("the type of an object in S3 is taken from its extension")
                .cause(ACCEPTED)
        })?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { label, heading: uri.clone(), stem, format, data: Data::S3(uri) })
    }

    /// Whether it is an image, a video, and so on: the name of its kind with an article.
    pub fn kind(&self) -> &'static str {
        self.format.kind.with_article()
    }

    fn size(&self) -> usize {
        match &self.data {
            Data::Bytes(bytes) => bytes.len(),
            Data::S3(_) => 0,
        }
    }
}

/// Reads what the values of `--attach` name, in the order in which it is sent: documents, images, videos, audio, texts.
/// `piped` is what stdin held without being named.
pub fn read_all(values: &[PathBuf], piped: Option<Attachment>, output: &mut Output) -> Result<Vec<Attachment>, Error> {
    let mut attachments: Vec<Attachment> = Vec::new();
    for value in values {
        for source in source::find(value, output)? {
            let left = LARGEST - attachments.iter().map(Attachment::size).sum::<usize>();
            attachments.push(match source {
                Source::File(path) => {
                    let bytes = source::read_file(&path, left)?;
                    Attachment::new(&path, format!("`{}`", path.display()), bytes)?
                }
                Source::S3(uri) => Attachment::from_s3(uri)?,
                Source::Stdin => Attachment::from_stdin(read_stdin(left, output)?)?,
            });
        }
    }
    attachments.extend(piped);
    attachments.sort_by_key(|attachment| attachment.format.kind);
    Ok(attachments)
}

fn read_stdin(limit: usize, output: &mut Output) -> Result<Vec<u8>, Error> {
    let bytes = stdin::read_with(SILENT, output, move |source| read(source, limit, "stdin"))?;
    bytes.ok_or_else(|| stdin::not_piped("--attach -").hint("bedrock-ask -a - \"your question\" < FILE"))
}

/// Returns the attachments as they are sent. Documents get names that Bedrock allows, each one its own.
pub fn to_aws(attachments: Vec<Attachment>, cites: bool) -> Vec<aws::Attachment> {
    let mut names = Vec::new();
    attachments.into_iter().map(|attachment| attachment.into_aws(cites, &mut names)).collect()
}

impl Attachment {
    fn into_aws(self, citations: bool, names: &mut Vec<String>) -> aws::Attachment {
        let format = self.format.name;
        let source = match self.data {
            Data::Bytes(bytes) if self.format.kind == Kind::Text => {
                return aws::Attachment::Text(format!("{}:\n\n{}", self.heading, String::from_utf8_lossy(&bytes)));
            }
            Data::Bytes(bytes) => AttachmentSource::Bytes(bytes),
            Data::S3(uri) => AttachmentSource::S3(uri),
        };
        match self.format.kind {
            Kind::Image => aws::Attachment::Image { format, source },
            Kind::Video => aws::Attachment::Video { format, source },
            Kind::Audio => aws::Attachment::Audio { format, source },
            Kind::Document | Kind::Text => {
                let name = name::of_document(&self.stem, names);
                names.push(name.clone());
                aws::Attachment::Document { format, name, source, citations }
            }
        }
    }
}

fn not_accepted(label: &str, bytes: &[u8]) -> Error {
    let error = Error::usage(format!("{label} is not of a type that is accepted")).cause(ACCEPTED);
    match std::str::from_utf8(bytes) {
        Err(invalid) if !bytes.contains(&0) && infer::get(bytes).is_none() => error
            .cause(format!("as text it is not UTF-8 at byte {}", invalid.valid_up_to() + 1))
            .hint("convert text first: `iconv -f LATIN1 -t UTF-8`"),
        _ => error,
    }
}
