//! Names of an account's own resources, which Converse takes beside IDs and ARNs: the ID of an application inference
//! profile, the name of a provisioned model. No catalog can tell whether they exist.

use super::application::looks_like_id;
use super::{CatalogIndex, Resolver, warning};
use crate::model::catalog::Catalog;
use crate::model::name;
use crate::model::resolution::{Resolution, ResolveRequest, Rule};

/// Returns the resolution that invokes a name as it is written, if it has the form of an application inference profile's
/// ID or of a provisioned model's name: letters and digits, with single hyphens or underscores between them.
/// See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.
///
/// For requests only. `None` if the name is a model's, nearly one, or begins like one: `hiaku`, `gpt-4o`.
pub fn resource_name(text: &str, request: &ResolveRequest<'_>, catalog: &Catalog) -> Option<Resolution> {
    let input = text.trim();
    let written = request.aliases.get(input).map_or(input, |target| target.trim());
    let index = CatalogIndex::new(catalog);
    let resolver = Resolver::new(request, &index);
    if request.strict || !resolver.could_be_a_resource(written) {
        return None;
    }
    let kind = if looks_like_id(written) {
        "the ID of an application inference profile"
    } else {
        "the name of a provisioned model"
    };
    Some(Resolution {
        input: input.to_owned(),
        rule: Rule::Arn,
        notices: vec![warning(format!("`{written}` is not a known model; invoking it as {kind}"))],
        ..Resolution::verbatim(written, request.source_region)
    })
}

impl Resolver<'_, '_> {
    /// Whether a name has the form of a resource's and is no model's, nor nearly one, nor begins like one.
    pub(super) fn could_be_a_resource(&self, written: &str) -> bool {
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let lower = written.to_ascii_lowercase();
        let known = self.index.models().iter().map(|known| &known.name);
        written.split(['-', '_']).all(is_part)
            && !name::begins_like(&lower, known)
            && self.known_name(&lower).is_none()
            && self.guessed(&lower).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::tests::catalog;
    use crate::model::date::Date;
    use crate::model::region::Region;
    use crate::model::resolution::Provenance;

    fn note_on(text: &str) -> Option<String> {
        let region = Region::named("us-east-1").unwrap();
        let request = ResolveRequest::new(region, Date { year: 2026, month: 11, day: 20 });
        let resolution = resource_name(text, &request, catalog())?;
        assert_eq!((resolution.id.as_str(), resolution.provenance), (text, Provenance::AsWritten));
        resolution.notices.into_iter().next().map(|notice| notice.text)
    }

    #[test]
    fn an_id_or_a_name_without_a_dot_is_invoked_as_written() {
        assert!(note_on("a1b2c3d4e5f6").unwrap().ends_with("the ID of an application inference profile"));
        for name in ["my-model", "My_Model-2", "abc"] {
            assert!(note_on(name).unwrap().ends_with("the name of a provisioned model"), "{name}");
        }
        for text in [
            "haiku",
            "hiaku",
            "gpt-4o",
            "claude-haiku-4",
            "nova",
            "mistral_large",
            "a.b",
            "a--b",
            "-a",
            "a/b",
            "a:b",
            "",
            "a b",
        ] {
            assert_eq!(note_on(text), None, "{text}");
        }
    }
}
