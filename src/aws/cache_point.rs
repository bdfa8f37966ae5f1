//! Cache points: how long what stands before them is cached, and where they may stand. The rules are Bedrock's, see
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>.

use aws_sdk_bedrockruntime::types::{
    CachePointBlock, CachePointType, CacheTtl as Ttl, ContentBlock, DocumentFormat, SystemContentBlock,
};

use super::exchange::ConverseRequest;

/// Stands between a document that is not a PDF and a cache point: there Bedrock requires a text.
const SEPARATOR: &str = "End of the attachments.";

/// How long a part of a request stays in Bedrock's cache after its last use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheTtl {
    /// What every model uses that caches.
    FiveMinutes,
    OneHour,
}

/// The places of the cache points of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CachePoints {
    ttl: CacheTtl,
    pub(super) behind_system: bool,
    pub(super) behind_attachments: bool,
    pub(super) behind_prompt: bool,
}

impl CachePoints {
    /// Returns where the points of a request stand, three of the four that Bedrock allows; `None` if it is not to be cached.
    /// In a conversation all of it is cached for the next prompt.
    pub(super) fn of(request: &ConverseRequest) -> Option<Self> {
        Some(Self {
            ttl: request.cache?,
            behind_system: request.system.is_some(),
            behind_attachments: !request.attachments.is_empty(),
            behind_prompt: !request.earlier_messages.is_empty() && !request.prompt.is_empty(),
        })
    }

    /// Adds a point behind the system prompt.
    pub(super) fn add_to_system(self, blocks: &mut Vec<SystemContentBlock>) {
        blocks.push(SystemContentBlock::CachePoint(self.block()));
    }

    /// Adds a point behind these blocks.
    pub(super) fn add(self, blocks: &mut Vec<ContentBlock>) {
        if let Some(ContentBlock::Document(document)) = blocks.last()
            && document.format != DocumentFormat::Pdf
        {
            blocks.push(ContentBlock::Text(SEPARATOR.to_owned()));
        }
        blocks.push(ContentBlock::CachePoint(self.block()));
    }

    fn block(self) -> CachePointBlock {
        // Five minutes are the default, and a model that knows no `ttl` accepts only the default.
        let ttl = (self.ttl == CacheTtl::OneHour).then_some(Ttl::OneHour);
        let block = CachePointBlock::builder().r#type(CachePointType::Default).set_ttl(ttl).build();
        #[expect(clippy::expect_used, reason = "only a block without type is refused")]
        block.expect("a block with a type")
    }
}
