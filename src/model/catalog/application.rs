//! Application inference profiles, as a live layer keeps them: what the account itself made, and what each stands for.

use super::DestinationList;
use crate::model::id::Arn;
use crate::model::routing::Routing;

/// An application inference profile.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-create.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationProfile<'a> {
    /// Twelve letters and digits.
    pub id: &'a str,
    /// What is called.
    pub arn: &'a str,
    /// The foundation model that it stands for.
    pub model: &'a str,
    /// The name that the account gave it.
    pub name: &'a str,
    /// Where a call may run.
    pub destinations: DestinationList<'a>,
}

impl<'a> ApplicationProfile<'a> {
    /// Those of a layer: two lines each, what it is and where it may run.
    pub(super) fn all(text: &'a str) -> impl Iterator<Item = Self> {
        let mut lines = text.lines();
        std::iter::from_fn(move || {
            loop {
                let mut fields = lines.next()?.splitn(4, ' ');
                let destinations = match lines.next()?.trim_start() {
                    "*" => DestinationList::AnyCommercial,
                    "?" => DestinationList::Unknown,
                    regions => DestinationList::Regions(regions),
                };
                if let (Some(id), Some(arn), Some(model), Some(name)) =
                    (fields.next(), fields.next(), fields.next(), fields.next())
                {
                    return Some(Self { id, arn, model, name, destinations });
                }
            }
        })
    }

    /// Whether this is its ID or its ARN; a name never is.
    pub(super) fn is(self, id_or_arn: &str) -> bool {
        self.id == id_or_arn || self.arn == id_or_arn
    }

    /// The kind of routing that calling it means, where its destinations tell.
    pub fn routing(self) -> Option<Routing> {
        let source = Arn::parse(self.arn).map_or("", |arn| arn.region);
        match self.destinations {
            DestinationList::Unknown => None,
            DestinationList::AnyCommercial => Some(Routing::Global),
            DestinationList::Regions(only) if only == source => Some(Routing::InRegion),
            DestinationList::Regions(_) => Some(Routing::Geographic),
        }
    }
}
