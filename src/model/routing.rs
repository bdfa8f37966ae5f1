//! The three kinds of routing, and the user's order of preference. A kind that the user leaves out is never used.

use std::fmt;
use std::str::FromStr;

/// How Bedrock chooses the Region that runs a request.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Routing {
    /// A geographic inference profile: any destination Region of one geography.
    Geographic,
    /// The plain model ID, on demand: the source Region only.
    InRegion,
    /// The global inference profile: any commercial Region.
    Global,
}

impl Routing {
    /// All kinds of routing, in the default order.
    pub const ALL: [Self; 3] = [Self::Geographic, Self::InRegion, Self::Global];

    /// Returns the name in flags, files and output, such as `in-region`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Geographic => "geographic",
            Self::InRegion => "in-region",
            Self::Global => "global",
        }
    }

    /// Returns the kind of routing that the spelling of an ID implies. `model` is the plain ID of the foundation model,
    /// if it is known.
    pub fn from_id(id: &str, model: Option<&str>) -> Self {
        match model {
            Some(model) if model == id => Self::InRegion,
            _ if id.starts_with("global.") => Self::Global,
            _ => Self::Geographic,
        }
    }

    /// Returns the rank of this kind by the number of Regions where a request may run: 0 for in-Region, 1 for
    /// geographic, 2 for global.
    pub const fn breadth(self) -> u8 {
        match self {
            Self::InRegion => 0,
            Self::Geographic => 1,
            Self::Global => 2,
        }
    }
}

impl fmt::Display for Routing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Routing {
    type Err = UnknownRouting;

    fn from_str(word: &str) -> Result<Self, UnknownRouting> {
        match word.trim() {
            "geographic" | "geo" => Ok(Self::Geographic),
            "in-region" => Ok(Self::InRegion),
            "global" => Ok(Self::Global),
            other => Err(UnknownRouting(other.to_owned())),
        }
    }
}

/// The kinds of routing that the user allows, in order of preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingOrder {
    order: Vec<Routing>,
    named: bool,
}

impl RoutingOrder {
    /// Creates the order that a user wrote. A repeated kind counts once.
    ///
    /// # Errors
    ///
    /// Returns an error if `kinds` is empty.
    pub fn new(kinds: impl IntoIterator<Item = Routing>) -> Result<Self, UnknownRouting> {
        let mut order = Vec::new();
        for kind in kinds {
            if !order.contains(&kind) {
                order.push(kind);
            }
        }
        if order.is_empty() {
            return Err(UnknownRouting(String::new()));
        }
        Ok(Self { order, named: true })
    }

    /// Returns the allowed kinds, in order of preference.
    pub fn kinds(&self) -> &[Routing] {
        &self.order
    }

    /// Whether this kind of routing may be used.
    pub fn allows(&self, kind: Routing) -> bool {
        self.order.contains(&kind)
    }

    /// Whether the user wrote `global`. The default order allows global routing but does not name it.
    pub fn names_global(&self) -> bool {
        self.named && self.allows(Routing::Global)
    }
}

impl Default for RoutingOrder {
    fn default() -> Self {
        Self { order: Routing::ALL.to_vec(), named: false }
    }
}

impl FromStr for RoutingOrder {
    type Err = UnknownRouting;

    fn from_str(list: &str) -> Result<Self, UnknownRouting> {
        let kinds: Result<Vec<_>, _> = list.split(',').map(str::parse).collect();
        Self::new(kinds?)
    }
}

impl fmt::Display for RoutingOrder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.order.iter().map(|kind| kind.as_str()).collect();
        formatter.write_str(&kinds.join(","))
    }
}

/// The error for a word that is not a kind of routing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of routing; use geographic (or geo), in-region, global")]
pub struct UnknownRouting(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_order_is_kept_and_repeats_count_once() {
        let order: RoutingOrder = "global,geo,global".parse().unwrap();
        assert_eq!(order.kinds(), [Routing::Global, Routing::Geographic]);
        assert!(!order.allows(Routing::InRegion));
        assert_eq!(order.to_string(), "global,geographic");
    }

    #[test]
    fn the_default_order_allows_global_without_naming_it() {
        let order = RoutingOrder::default();
        assert!(order.allows(Routing::Global) && !order.names_global());
        assert!("global".parse::<RoutingOrder>().unwrap().names_global());
    }

    #[test]
    fn the_kind_of_routing_follows_from_the_spelling_of_an_id() {
        let model = Some("amazon.nova-2-lite-v1:0");
        assert_eq!(Routing::from_id("amazon.nova-2-lite-v1:0", model), Routing::InRegion);
        assert_eq!(Routing::from_id("global.amazon.nova-2-lite-v1:0", model), Routing::Global);
        assert_eq!(Routing::from_id("eu.amazon.nova-2-lite-v1:0", None), Routing::Geographic);
    }

    #[test]
    fn an_unknown_or_empty_kind_is_refused() {
        assert!("geo,somewhere".parse::<RoutingOrder>().is_err());
        assert!("".parse::<RoutingOrder>().is_err());
    }
}
