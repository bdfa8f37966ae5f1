//! What is attached to a prompt, as plain values, and its content blocks. Reads no file and chooses no format.

use std::sync::Arc;

use aws_sdk_bedrockruntime::types::{
    AudioBlock, AudioFormat, AudioSource, CitationsConfig, ContentBlock, DocumentBlock, DocumentFormat, DocumentSource,
    ImageBlock, ImageFormat, ImageSource, S3Location, VideoBlock, VideoFormat, VideoSource,
};
use aws_smithy_types::Blob;
use aws_smithy_types::error::operation::BuildError;

/// What is attached to a prompt. Formats are AWS's names, such as `png`.
#[derive(Clone, Debug, PartialEq)]
pub enum Attachment {
    Document { format: &'static str, name: String, source: AttachmentSource, citations: bool },
    Image { format: &'static str, source: AttachmentSource },
    Video { format: &'static str, source: AttachmentSource },
    Audio { format: &'static str, source: AttachmentSource },
    Text(String),
}

/// Where the model finds the content.
#[derive(Clone, Debug, PartialEq)]
pub enum AttachmentSource {
    /// In the request.
    Bytes(Arc<Vec<u8>>),
    /// At this URI in Amazon S3.
    S3(String),
}

/// Converts where the content is to a type of the SDK, which has one for each kind of content.
macro_rules! source {
    ($type:ident, $source:ident) => {
        match $source {
            AttachmentSource::Bytes(bytes) => $type::Bytes(Blob::new(bytes.to_vec())),
            AttachmentSource::S3(uri) => $type::S3Location(S3Location::builder().uri(uri).build()?),
        }
    };
}

impl Attachment {
    pub(super) fn content_block(&self) -> ContentBlock {
        #[expect(clippy::expect_used, reason = "only a block without format, name or URI is refused")]
        self.build().expect("a block with all that it needs")
    }

    fn build(&self) -> Result<ContentBlock, BuildError> {
        Ok(match self {
            Self::Document { format, name, source, citations } => {
                let source = source!(DocumentSource, source);
                let citations = citations.then(|| CitationsConfig::builder().enabled(true).build()).transpose()?;
                let block = DocumentBlock::builder().format(DocumentFormat::from(*format)).name(name).source(source);
                ContentBlock::Document(block.set_citations(citations).build()?)
            }
            Self::Image { format, source } => {
                let source = source!(ImageSource, source);
                ContentBlock::Image(ImageBlock::builder().format(ImageFormat::from(*format)).source(source).build()?)
            }
            Self::Video { format, source } => {
                let source = source!(VideoSource, source);
                ContentBlock::Video(VideoBlock::builder().format(VideoFormat::from(*format)).source(source).build()?)
            }
            Self::Audio { format, source } => {
                let source = source!(AudioSource, source);
                ContentBlock::Audio(AudioBlock::builder().format(AudioFormat::from(*format)).source(source).build()?)
            }
            Self::Text(text) => ContentBlock::Text(text.clone()),
        })
    }
}
