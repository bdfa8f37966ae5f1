//! What a resolution is made from and what comes out of it: the request, the answer with its reasons, the refusal.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::exit_code::ExitCode;
use crate::message::Message;
use crate::model::catalog::{Candidate, CatalogSource, DestinationList};
use crate::model::date::{Date, EndOfLife};
use crate::model::region::Region;
use crate::model::routing::{Routing, RoutingOrder};

/// What the user allows and where the request is made.
#[derive(Clone, Copy, Debug)]
pub struct ResolveRequest<'a> {
    /// Where the request is made; none where nobody said.
    pub source_region: Option<Region>,
    /// Whether a flag named the source Region, so that a Region inside the model's spelling must agree.
    pub region_by_flag: bool,
    /// The kinds of routing that may be used, first choice first.
    pub routing: &'a RoutingOrder,
    /// Refuse what is past its end of life, predicted or unverified.
    pub strict: bool,
    /// Replace an inference profile that cannot be called from here by its model's resolution.
    pub repair: bool,
    /// The day against which ends of life are held.
    pub today: Date,
    /// The user's own names for models.
    pub aliases: &'a BTreeMap<String, String>,
}

impl ResolveRequest<'static> {
    /// Creates a request to resolve from `source_region` on this day, with the default routing order: geographic, then
    /// in-Region, then global. Nothing is repaired, and a prediction or a model past its end of life is not an error.
    pub fn new(source_region: Region, today: Date) -> Self {
        static DEFAULT_ROUTING: LazyLock<RoutingOrder> = LazyLock::new(RoutingOrder::default);
        static NO_ALIASES: BTreeMap<String, String> = BTreeMap::new();
        Self {
            source_region: Some(source_region),
            region_by_flag: false,
            routing: &DEFAULT_ROUTING,
            strict: false,
            repair: false,
            today,
            aliases: &NO_ALIASES,
        }
    }
}

/// Which of the rules decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[non_exhaustive]
pub enum Rule {
    /// An ARN that is called as it stands.
    Arn = 1,
    /// An inference profile that can be called from here.
    Profile = 2,
    /// An inference profile that cannot, replaced by its model's resolution.
    Repaired = 3,
    /// A plain ID, by the user's order of routing.
    Plain = 4,
    /// A model past its end of life.
    EndOfLife = 6,
    /// A model unknown to every source.
    Predicted = 8,
}

impl Rule {
    /// Its number in the README.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// What it says, in a few words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arn => "an ARN that is called as it stands",
            Self::Profile => "an inference profile that can be called from the source Region",
            Self::Repaired => {
                "an inference profile that cannot be called from the source Region, replaced by its model's resolution"
            }
            Self::Plain => "a plain ID, by the order of routing",
            Self::EndOfLife => "a model at or past its end of life",
            Self::Predicted => "a model unknown to every source, by the prefix that is usual in the source Region",
        }
    }
}

/// Where a request may run, apart from any catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destinations {
    /// Nobody has seen the list.
    Unknown,
    /// Any commercial Region.
    AnyCommercial,
    /// These Regions.
    Regions(Vec<String>),
}

impl Destinations {
    /// The Regions by name, `*` alone for any commercial Region; nothing where nobody knows.
    pub fn names(&self) -> Option<Vec<&str>> {
        match self {
            Self::Unknown => None,
            Self::AnyCommercial => Some(vec!["*"]),
            Self::Regions(regions) => Some(regions.iter().map(String::as_str).collect()),
        }
    }
}

impl From<DestinationList<'_>> for Destinations {
    fn from(destinations: DestinationList<'_>) -> Self {
        match destinations {
            DestinationList::Unknown => Self::Unknown,
            DestinationList::AnyCommercial => Self::AnyCommercial,
            DestinationList::Regions(_) => Self::Regions(destinations.regions().map(str::to_owned).collect()),
        }
    }
}

impl fmt::Display for Destinations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("not known"),
            Self::AnyCommercial => formatter.write_str("any commercial Region"),
            Self::Regions(regions) => formatter.write_str(&regions.join(", ")),
        }
    }
}

/// One way to call a model, apart from any catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What to call.
    pub id: String,
    /// The kind of routing that it means.
    pub routing: Routing,
    /// Where it may run.
    pub destinations: Destinations,
}

impl From<&Candidate<'_>> for Route {
    fn from(candidate: &Candidate<'_>) -> Self {
        Self { id: candidate.id.to_owned(), routing: candidate.routing, destinations: candidate.destinations.into() }
    }
}

/// Something that the user should know of a resolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whether it calls for an act of theirs; otherwise it is only to be known.
    pub is_warning: bool,
    /// One sentence, lower case, no full stop.
    pub text: String,
}

/// Whose word a resolution rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provenance {
    /// A catalog, as of this day.
    Catalog(CatalogSource, Date),
    /// The catalog file of this name, as of this day.
    CatalogFile(Arc<str>, Date),
    /// The user's: it is called as it was written.
    AsWritten,
    /// The prefix table's guess.
    Predicted,
}

impl fmt::Display for Provenance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalog(CatalogSource::Live, date) => write!(formatter, "live catalog, {date}"),
            Self::Catalog(CatalogSource::BuiltIn, date) => write!(formatter, "built-in catalog, {date}"),
            Self::Catalog(CatalogSource::File, date) => write!(formatter, "catalog file, {date}"),
            Self::CatalogFile(file, date) => write!(formatter, "catalog file {file}, {date}"),
            Self::AsWritten => formatter.write_str("as written"),
            Self::Predicted => formatter.write_str("predicted from the prefix table"),
        }
    }
}

/// What to call for a model, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The model as the user wrote it.
    pub input: String,
    /// What to call.
    pub id: String,
    /// The foundation model behind it, where it is known.
    pub model: Option<String>,
    /// Which rule decided.
    pub rule: Rule,
    /// Where the request is made; none where the answer is the same everywhere and nobody said.
    pub source_region: Option<Region>,
    /// The kind of routing; none where an ARN does not tell.
    pub routing: Option<Routing>,
    /// Where it may run.
    pub destinations: Destinations,
    /// Whose word it rests on.
    pub provenance: Provenance,
    /// When the model stops being served, where that is known.
    pub end_of_life: Option<EndOfLife>,
    /// What else could be called from here, by the user's order of routing.
    pub alternatives: Vec<Route>,
    /// What the user should know of it.
    pub notices: Vec<Notice>,
}

impl Resolution {
    /// Its ARN: in the right partition, with `account` where an inference profile needs one.
    /// See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html>.
    pub fn arn(&self, account: Option<&str>) -> Result<String, ResolveError> {
        self.arn_of(&self.id, account)
    }

    /// The ARN of this ID or of an alternative's.
    pub fn arn_of(&self, id: &str, account: Option<&str>) -> Result<String, ResolveError> {
        if id.starts_with("arn:") {
            return Ok(id.to_owned());
        }
        let Some(region) = self.source_region else {
            return Err(ResolveError::usage("an ARN needs a source Region").hint("--region REGION"));
        };
        let partition = region.partition;
        if self.model.as_deref() == Some(id) {
            return Ok(format!("arn:{partition}:bedrock:{region}::foundation-model/{id}"));
        }
        let account = account.ok_or_else(|| {
            ResolveError::usage(format!("the ARN of the inference profile `{id}` needs an account"))
                .hint("--account 111122223333")
        })?;
        Ok(format!("arn:{partition}:bedrock:{region}:{account}:inference-profile/{id}"))
    }
}

/// Why nothing came out; the later, the nearer it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ResolveErrorKind {
    /// The input cannot be used: no Region, an ARN of another one, text that is no model.
    Usage,
    /// Nothing can be called for it from here.
    NotResolved,
    /// Only a kind of routing that the user left out would do.
    RoutingRefused,
}

impl ResolveErrorKind {
    /// Returns the exit code of the command-line tool for errors of this kind.
    pub const fn exit_code(self) -> ExitCode {
        match self {
            Self::Usage => ExitCode::Usage,
            Self::NotResolved => ExitCode::NotResolved,
            Self::RoutingRefused => ExitCode::RoutingRefused,
        }
    }
}

/// A model that did not resolve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ResolveError {
    /// The kind of failure.
    pub reason: ResolveErrorKind,
    /// What failed, why, and what to do.
    pub message: Message,
    /// The ID that can be invoked instead, if the catalog has one; one of the hints names it too.
    pub suggestion: Option<String>,
}

impl ResolveError {
    /// Creates a refusal of this kind.
    pub fn new(reason: ResolveErrorKind, summary: impl Into<String>) -> Self {
        Self { reason, message: Message::new(summary), suggestion: None }
    }

    /// Creates a refusal of input that cannot be used.
    pub fn usage(summary: impl Into<String>) -> Self {
        Self::new(ResolveErrorKind::Usage, summary)
    }

    /// Creates a refusal of a model that cannot be invoked from the source Region.
    pub fn not_resolved(summary: impl Into<String>) -> Self {
        Self::new(ResolveErrorKind::NotResolved, summary)
    }

    /// Creates the refusal for a request without a source Region.
    pub fn no_source_region() -> Self {
        Self::usage("no source Region is set")
            .hint("name it once: `--region eu-central-1`")
            .hint("or in the environment: `export AWS_REGION=eu-central-1`")
            .hint("or in the config file: `region: eu-central-1`")
            .hint("or in your AWS profile: `aws configure set region eu-central-1`")
    }

    /// Adds a cause.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.message = self.message.cause(cause);
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.message = self.message.hint(hint);
        self
    }

    /// Suggests an ID, as a hint and for programs.
    #[must_use]
    pub fn suggest(self, id: &str) -> Self {
        let hinted = self.hint(format!("use `{id}`"));
        Self { suggestion: Some(id.to_owned()), ..hinted }
    }
}
