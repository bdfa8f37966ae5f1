//! Renders an inference profile as a row, as a page and as JSON; derives routing and destinations from its models'
//! ARNs.

use serde_json::{Value, json};

use crate::aws::Tag;
use crate::commands::table::{Column, words};
use bedrock_ask::model::id::Arn;
use bedrock_ask::model::listing::{ListedProfile, ProfileKind};
use bedrock_ask::model::resolution::Destinations;
use bedrock_ask::model::routing::Routing;

pub const COLUMNS: [Column; 6] = [
    Column::new("ID", false, 9),
    Column::new("NAME", false, 8),
    Column::new("MODEL", false, 7),
    Column::new("ROUTING", false, 5),
    Column::new("STATUS", false, 4),
    Column::new("TAGS", false, 6),
];

/// An inference profile with its tags.
pub struct View {
    pub profile: ListedProfile,
    /// The tags, sorted; `None` if they were not read.
    pub tags: Option<Vec<Tag>>,
}

impl View {
    /// Returns JSON with AWS's field names. See
    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html>.
    pub fn to_json(&self) -> Value {
        let profile = &self.profile;
        let mut object = json!({
            "inferenceProfileId": profile.id,
            "inferenceProfileArn": profile.arn,
            "inferenceProfileName": profile.name,
            "description": profile.description,
            "type": profile.kind,
            "status": profile.status,
            "models": profile.model_arns.iter().map(|arn| json!({"modelArn": arn})).collect::<Vec<_>>(),
            "createdAt": profile.created_at,
            "updatedAt": profile.updated_at,
        });
        if let Some(tags) = &self.tags {
            object["tags"] = tags.iter().map(tag_to_json).collect();
        }
        object
    }

    /// Returns the cells of the row, without one for the tags if they were not read.
    pub fn cells(&self) -> Vec<String> {
        let profile = &self.profile;
        let mut cells = vec![
            words(&profile.id),
            words(&profile.name),
            models(&profile.model_arns).join(", "),
            routing(profile).map_or(String::new(), |routing| routing.to_string()),
            words(&profile.status),
        ];
        cells.extend(self.tags.is_some().then(|| self.tags(" ")));
        cells
    }

    pub fn to_text(&self) -> String {
        let profile = &self.profile;
        let optional = |text: &Option<String>| text.as_deref().map(words).unwrap_or_default();
        let facts = [
            ("name", words(&profile.name)),
            ("description", optional(&profile.description)),
            ("ARN", profile.arn.clone()),
            ("type", profile.kind.clone()),
            ("status", profile.status.clone()),
            ("model", models(&profile.model_arns).join(", ")),
            ("routing", routing(profile).map_or(String::new(), |routing| routing.to_string())),
            ("destinations", destinations(&profile.model_arns).to_string()),
            ("created", optional(&profile.created_at)),
            ("updated", optional(&profile.updated_at)),
            ("tags", self.tags("\n               ")),
        ];
        let known = facts.iter().filter(|(_, value)| !value.is_empty());
        let lines = known.map(|(name, value)| format!("  {name:<12} {value}\n"));
        std::iter::once(format!("{}\n", profile.id)).chain(lines).collect()
    }

    fn tags(&self, separator: &str) -> String {
        let tags = self.tags.iter().flatten();
        let pairs: Vec<_> = tags.map(|tag| format!("{}={}", quote(&tag.key), quote(&tag.value))).collect();
        pairs.join(separator)
    }
}

/// Returns a tag with AWS's field names.
pub fn tag_to_json(tag: &Tag) -> Value {
    json!({"key": tag.key, "value": tag.value})
}

/// White space would look like the end of a tag, or of its line.
fn quote(text: &str) -> String {
    if text.contains(char::is_whitespace) { format!("{text:?}") } else { text.to_owned() }
}

/// Returns the IDs of the foundation models in these ARNs, each once.
pub fn models(arns: &[String]) -> Vec<&str> {
    let mut models: Vec<_> = parse_all(arns).map(|arn| arn.kind_and_id().1).collect();
    models.sort_unstable();
    models.dedup();
    models
}

/// Returns the destination Regions of these ARNs. An ARN without a Region stands for any commercial one.
pub fn destinations(arns: &[String]) -> Destinations {
    let mut regions: Vec<_> = parse_all(arns).map(|arn| arn.region.to_owned()).collect();
    if regions.is_empty() {
        return Destinations::Unknown;
    }
    if regions.iter().any(String::is_empty) {
        return Destinations::AnyCommercial;
    }
    regions.sort();
    regions.dedup();
    Destinations::Regions(regions)
}

pub fn routing(profile: &ListedProfile) -> Option<Routing> {
    let own = Arn::parse(&profile.arn).map_or("", |arn| arn.region);
    match destinations(&profile.model_arns) {
        Destinations::AnyCommercial => Some(Routing::Global),
        // A system-defined one is never plain on-demand, though GovCloud's have one destination.
        Destinations::Regions(regions) if regions == [own] && profile.kind != ProfileKind::SystemDefined.as_str() => {
            Some(Routing::InRegion)
        }
        Destinations::Regions(_) => Some(Routing::Geographic),
        _ => None,
    }
}

fn parse_all(arns: &[String]) -> impl Iterator<Item = Arn<'_>> {
    arns.iter().filter_map(|arn| Arn::parse(arn).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(kind: ProfileKind, regions: &[&str]) -> ListedProfile {
        let arn = |region: &&str| format!("arn:aws:bedrock:{region}::foundation-model/x.y-v1:0");
        ListedProfile {
            arn: "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abcdefghijkl".to_owned(),
            kind: kind.as_str().to_owned(),
            model_arns: regions.iter().map(arn).collect(),
            ..ListedProfile::default()
        }
    }

    #[test]
    fn routing_is_told_by_the_regions_of_the_models() {
        use ProfileKind::{Application, SystemDefined};
        let routing = |kind, regions: &[&str]| routing(&profile(kind, regions));
        assert_eq!(routing(Application, &["eu-west-1"]), Some(Routing::InRegion));
        assert_eq!(routing(SystemDefined, &["eu-west-1"]), Some(Routing::Geographic));
        assert_eq!(routing(Application, &["eu-west-3"]), Some(Routing::Geographic));
        assert_eq!(routing(Application, &["eu-west-1", "eu-west-3"]), Some(Routing::Geographic));
        assert_eq!(routing(Application, &["eu-west-1", ""]), Some(Routing::Global));
        assert_eq!(routing(Application, &[]), None);
    }

    #[test]
    fn tags_with_white_space_stay_on_one_line_and_apart() {
        let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
        let tags = Some(vec![tag("cost center", "a\nb"), tag("team", "red"), tag("x", "")]);
        let view = View { profile: profile(ProfileKind::Application, &["eu-west-1"]), tags };
        assert_eq!(view.cells()[5], r#""cost center"="a\nb" team=red x="#);
        assert_eq!(view.cells()[2..4], ["x.y-v1:0", "in-region"]);
    }
}
