//! The input and the output of the resolver: the request, the resolution with its reasons, and the error.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::exit_code::ExitCode;
use crate::message::Message;
use crate::model::catalog::{Candidate, CatalogSource, DestinationList};
use crate::model::date::{Date, EndOfLife};
use crate::model::region::Region;
use crate::model::routing::{Routing, RoutingOrder};

/// The source Region of a resolution and the choices of the user.
///
/// Created by [`ResolveRequest::new`]; the fields can be changed with struct update syntax:
///
/// ```
/// use bedrock_ask::model::date::Date;
/// use bedrock_ask::model::region::Region;
/// use bedrock_ask::model::resolution::ResolveRequest;
///
/// let region = Region::named("eu-west-1").ok_or("no such Region")?;
/// let today = Date { year: 2026, month: 11, day: 1 };
/// let request = ResolveRequest { strict: true, ..ResolveRequest::new(region, today) };
///
/// assert_eq!(request.source_region, Some(region));
/// assert_eq!(request.routing.to_string(), "geographic,in-region,global");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ResolveRequest<'a> {
    /// The Region to which the request is sent; `None` if none is set.
    pub source_region: Option<Region>,
    /// Whether a flag set the source Region, so that a Region in the spelling of the model must be the same.
    pub region_by_flag: bool,
    /// The kinds of routing that may be used, in order of preference.
    pub routing: &'a RoutingOrder,
    /// Whether a model that is past its end of life, predicted or unverified is an error.
    pub strict: bool,
    /// Whether an inference profile that cannot be invoked from the source Region is replaced by the resolution of its
    /// model.
    pub repair: bool,
    /// The day that is compared with end-of-life dates.
    pub today: Date,
    /// The user's aliases: a name, and the model that it stands for.
    pub aliases: &'a BTreeMap<String, String>,
}

impl ResolveRequest<'static> {
    /// Creates a request to resolve from `source_region` on the day `today`, with the default routing order:
    /// geographic, in-Region, global. Nothing is repaired, and a prediction or a model past its end of life is not an
    /// error.
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

/// The rule that decided a resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[non_exhaustive]
pub enum Rule {
    /// Text that is sent as it is written, without resolving.
    Verbatim = 0,
    /// Rule 1: an ARN that is used as it stands.
    Arn = 1,
    /// Rule 2: an inference profile that can be invoked from the source Region.
    Profile = 2,
    /// Rule 3: an inference profile that cannot be invoked, replaced by the resolution of its model.
    Repaired = 3,
    /// Rule 4: a plain model ID, resolved by the user's order of routing.
    Plain = 4,
    /// Rule 6: a model past its end of life.
    EndOfLife = 6,
    /// Rule 8: a model that no source knows.
    Predicted = 8,
}

impl Rule {
    /// Returns the number of the rule in the README.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Returns a description of the rule.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verbatim => "text that is sent as it is written",
            Self::Arn => "an ARN that is used as it is written",
            Self::Profile => "an inference profile that can be invoked from the source Region",
            Self::Repaired => {
                "an inference profile that cannot be invoked from the source Region, replaced by its model's resolution"
            }
            Self::Plain => "a plain ID, by the order of routing",
            Self::EndOfLife => "a model at or past its end of life",
            Self::Predicted => "a model that is not known, predicted from the newest model of its family or publisher",
        }
    }
}

/// The Regions where Bedrock may run a request: an owned [`DestinationList`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destinations {
    /// The Regions are not known.
    Unknown,
    /// Any commercial Region.
    AnyCommercial,
    /// These Regions.
    Regions(Vec<String>),
}

impl Destinations {
    /// Returns the names of the Regions, with `*` for any commercial Region; `None` if they are not known.
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

/// A way to invoke a model: an owned [`Candidate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The model ID, inference profile ID or ARN to invoke.
    pub id: String,
    /// The kind of routing that the ID implies.
    pub routing: Routing,
    /// The Regions where Bedrock may run the request.
    pub destinations: Destinations,
}

impl From<&Candidate<'_>> for Route {
    fn from(candidate: &Candidate<'_>) -> Self {
        Self { id: candidate.id.to_owned(), routing: candidate.routing, destinations: candidate.destinations.into() }
    }
}

/// How much a notice matters to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Severity {
    /// Information; nothing has to be done.
    Note,
    /// Something that the user should act upon.
    Warning,
}

/// A remark on a resolution for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much the notice matters.
    pub severity: Severity,
    /// The text: one sentence in lower case, without a full stop.
    pub text: String,
}

/// The source of a resolution.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provenance {
    /// A catalog of this kind, with its date.
    Catalog(CatalogSource, Date),
    /// The catalog file with this name, with its date.
    CatalogFile(Arc<str>, Date),
    /// The user's input, which is used as it was written.
    AsWritten,
    /// A prediction after the newest model like it.
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
            Self::Predicted => formatter.write_str("predicted"),
        }
    }
}

/// The ID to invoke for a model, and the reasons for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The model as the user wrote it.
    pub input: String,
    /// The model ID, inference profile ID or ARN to invoke.
    pub id: String,
    /// The ID of the foundation model, if it is known.
    pub model: Option<String>,
    /// The rule that decided.
    pub rule: Rule,
    /// The Region to which the request is sent; `None` if none is set and the resolution is the same in every Region.
    pub source_region: Option<Region>,
    /// The kind of routing; `None` if an ARN does not show it.
    pub routing: Option<Routing>,
    /// The Regions where Bedrock may run the request.
    pub destinations: Destinations,
    /// The source of the resolution.
    pub provenance: Provenance,
    /// The end of life of the model, if it is known.
    pub end_of_life: Option<EndOfLife>,
    /// The other IDs that can be invoked from the source Region, in the user's order of routing.
    pub alternatives: Vec<Route>,
    /// The remarks for the user.
    pub notices: Vec<Notice>,
}

impl Resolution {
    /// Creates the resolution that sends any text as it is written, for gateways that have names of their own.
    pub fn verbatim(text: &str, source_region: Option<Region>) -> Self {
        Self {
            input: text.to_owned(),
            id: text.to_owned(),
            model: None,
            rule: Rule::Verbatim,
            source_region,
            routing: None,
            destinations: Destinations::Unknown,
            provenance: Provenance::AsWritten,
            end_of_life: None,
            alternatives: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Returns the ARN of the resolved ID, in the partition of the source Region. The ARN of an inference profile
    /// contains `account`.
    ///
    /// See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html>.
    ///
    /// # Errors
    ///
    /// Returns an error of kind [`ResolveErrorKind::Usage`] if there is no source Region, or if an account is needed
    /// and `account` is `None`.
    pub fn arn(&self, account: Option<&str>) -> Result<String, ResolveError> {
        self.arn_for(&self.id, account)
    }

    /// Returns the ARN of `id`, which is the resolved ID or the ID of an alternative.
    ///
    /// # Errors
    ///
    /// The same as for [`Resolution::arn`].
    pub fn arn_for(&self, id: &str, account: Option<&str>) -> Result<String, ResolveError> {
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

/// The kind of an error, ordered by how close it is to a resolution: the greatest kind is the closest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ResolveErrorKind {
    /// The input cannot be used: there is no source Region, the ARN is of another Region, or the text is not a model.
    Usage,
    /// The model cannot be invoked from the source Region.
    NotResolved,
    /// Only a kind of routing that the user left out would serve the model.
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

/// The error of a model that did not resolve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ResolveError {
    /// The kind of the error.
    pub kind: ResolveErrorKind,
    /// What failed, why, and what to do.
    pub message: Message,
    /// The ID that can be invoked instead, if the catalog has one; one of the hints names it too.
    pub suggestion: Option<String>,
}

impl ResolveError {
    /// Creates an error of this kind.
    pub fn new(kind: ResolveErrorKind, summary: impl Into<String>) -> Self {
        Self { kind, message: Message::new(summary), suggestion: None }
    }

    /// Creates an error for input that cannot be used.
    pub fn usage(summary: impl Into<String>) -> Self {
        Self::new(ResolveErrorKind::Usage, summary)
    }

    /// Creates an error for a model that cannot be invoked from the source Region.
    pub fn not_resolved(summary: impl Into<String>) -> Self {
        Self::new(ResolveErrorKind::NotResolved, summary)
    }

    /// Creates the error for a request without a source Region.
    pub fn no_source_region() -> Self {
        Self::usage("no source Region is set")
            .hint("name it once: `--region eu-central-1`")
            .hint("or in the environment: `export AWS_REGION=eu-central-1`")
            .hint("or in the config file: `bedrock-ask config set region eu-central-1`")
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
}
