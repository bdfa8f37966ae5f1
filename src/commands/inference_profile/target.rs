//! References to an inference profile: by ID, by ARN, or by name as `inference-profile:NAME`.

use std::str::FromStr;

use super::limits;
use crate::error::Error;
use bedrock_ask::model::id::Arn;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::ResolveError;

/// The prefix of a reference by name. A bare name is never accepted: another team's profile may have it.
const NAME_PREFIX: &str = "inference-profile:";

/// AWS's length limit for an identifier.
const LONGEST: usize = 2048;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileReference {
    Id(String),
    Arn(String),
    Name(String),
}

impl FromStr for ProfileReference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix(NAME_PREFIX) {
            return limits::name(name).map(Self::Name);
        }
        if text.starts_with("arn:") {
            let arn = Arn::parse(text).map_err(|malformed| malformed.to_string())?;
            let (kind, id) = arn.kind_and_id();
            let is_profile = matches!(kind, "inference-profile" | "application-inference-profile");
            if arn.service == "bedrock" && !id.is_empty() && is_profile {
                return Ok(Self::Arn(text.to_owned()));
            }
            return Err("this is not the ARN of an inference profile".to_owned());
        }
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-:.".contains(&byte);
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_valid) {
            return Ok(Self::Id(text.to_owned()));
        }
        Err(format!("this is neither an ID nor an ARN; a name is written `{NAME_PREFIX}NAME`"))
    }
}

impl ProfileReference {
    /// Whether the spelling shows that AWS defines the profile: such an ID contains that of a model.
    pub fn is_system_defined(&self) -> bool {
        match self {
            Self::Id(id) => id.contains('.'),
            Self::Arn(arn) => Arn::parse(arn).is_ok_and(|arn| arn.kind_and_id().0 == "inference-profile"),
            Self::Name(_) => false,
        }
    }

    /// Returns the Region of the profile: an ARN states it, and must agree with `configured`.
    ///
    /// # Errors
    /// If no Region is known, or the ARN belongs to another one.
    pub fn source_region(&self, configured: Option<Region>) -> Result<Region, Error> {
        let own = match self {
            Self::Arn(text) => Arn::parse(text).ok().map(|arn| arn.region),
            _ => None,
        };
        let Some(own) = own else { return configured.ok_or_else(|| ResolveError::no_source_region().into()) };
        let region =
            Region::from_name(own).ok_or_else(|| Error::usage(format!("`{own}` in the ARN is not a Region")))?;
        match configured {
            Some(configured) if configured != region => {
                Err(Error::usage(format!("`{self}` belongs to {region}, and the source Region is {configured}"))
                    .hint(format!("--region {region}")))
            }
            _ => Ok(region),
        }
    }
}

impl std::fmt::Display for ProfileReference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(text) | Self::Arn(text) => formatter.write_str(text),
            Self::Name(name) => write!(formatter, "{NAME_PREFIX}{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abcdefghijkl";
    const SYSTEM: &str = "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.x.y-v1:0";

    #[test]
    fn ids_arns_and_names_are_told_apart_and_print_as_they_were_written() {
        let target = |text: &str| text.parse::<ProfileReference>();
        assert_eq!(target("abcdefghijkl"), Ok(ProfileReference::Id("abcdefghijkl".to_owned())));
        assert_eq!(target(&format!(" {OWN}\n")), Ok(ProfileReference::Arn(OWN.to_owned())));
        assert_eq!(target("inference-profile:Team Red"), Ok(ProfileReference::Name("Team Red".to_owned())));
        for text in ["us.x.y-v1:0", OWN, "inference-profile:Team Red"] {
            assert_eq!(target(text).unwrap().to_string(), text);
        }
        let model = "arn:aws:bedrock:eu-west-1::foundation-model/x.y";
        for text in ["", "Team Red", "inference-profile:", "inference-profile:a--b", "arn:aws", model, "a/b"] {
            assert!(target(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_system_defined_profiles_have_a_models_id_in_theirs() {
        let is_system_defined = |text: &str| text.parse::<ProfileReference>().unwrap().is_system_defined();
        assert!(is_system_defined("us.x.y-v1:0") && is_system_defined(SYSTEM));
        assert!(!is_system_defined("abcdefghijkl") && !is_system_defined(OWN));
        assert!(!is_system_defined("inference-profile:abc"));
    }

    #[test]
    fn an_arn_brings_its_region_and_contradicts_another() {
        let ireland = Region::named("eu-west-1").unwrap();
        let arn: ProfileReference = OWN.parse().unwrap();
        assert_eq!(arn.source_region(None), Ok(ireland));
        assert_eq!(arn.source_region(Some(ireland)), Ok(ireland));
        assert_eq!(arn.source_region(Region::named("us-east-1")).unwrap_err().message.hints, ["--region eu-west-1"]);
        let id: ProfileReference = "abcdefghijkl".parse().unwrap();
        assert_eq!(id.source_region(Some(ireland)), Ok(ireland));
        assert_eq!(id.source_region(None).unwrap_err().message.summary, "no source Region is set");
    }
}
