//! Application inference profiles: the profiles that users of the account created.

use super::DestinationList;
use crate::model::id::Arn;
use crate::model::routing::Routing;

/// An application inference profile.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-create.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationProfile<'a> {
    /// The ID: twelve letters and digits.
    pub id: &'a str,
    /// The ARN, which is invoked.
    pub arn: &'a str,
    /// The ID of the foundation model.
    pub model: &'a str,
    /// The name that the user chose.
    pub name: &'a str,
    /// The Regions where Bedrock may run a request.
    pub destinations: DestinationList<'a>,
}

impl<'a> ApplicationProfile<'a> {
    /// Returns the profiles in the text of a layer: two lines each, with the destination Regions in the second.
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

    /// Whether the text is the ID or the ARN of the profile. The name is not accepted.
    pub(super) fn is(self, id_or_arn: &str) -> bool {
        self.id == id_or_arn || self.arn == id_or_arn
    }

    /// Returns the kind of routing; `None` if the destination Regions are not known.
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
