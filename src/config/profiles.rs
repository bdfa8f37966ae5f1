//! AWS's own files, `config` and `credentials`, as far as settings need them: the Region of an AWS profile, and the names
//! of the profiles. Tolerant, like every reader of those files; credentials in them are passed over.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::environment::Environment;

/// The profile that AWS uses where none is named.
pub const DEFAULT: &str = "default";

/// What one profile says; the file beside each value is where it stands.
#[expect(clippy::struct_field_names, reason = "AWS's own word")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Profile {
    region: Option<(String, PathBuf)>,
    source_profile: Option<String>,
    /// Whether its credentials come of a sign-in through SSO.
    sso: bool,
    /// Whether it names any source of credentials.
    gives_credentials: bool,
}

/// The AWS profiles of both files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles(BTreeMap<String, Profile>);

/// A Region as a profile gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRegion {
    /// The Region, as it is written.
    pub region: String,
    /// The profile that names it.
    pub profile: String,
    /// The file that holds the profile.
    pub file: PathBuf,
}

impl Profiles {
    /// Reads both files; what cannot be read says nothing. As in AWS's tools, `credentials` has the last word.
    pub fn read(environment: &Environment) -> Self {
        let mut profiles = Self::default();
        for (variable, name, is_config) in
            [("AWS_CONFIG_FILE", "config", true), ("AWS_SHARED_CREDENTIALS_FILE", "credentials", false)]
        {
            let path = environment.path(variable).map(|path| below_home(environment, path));
            let path = path.or_else(|| Some(environment.home()?.join(".aws").join(name)));
            let Some((path, bytes)) = path.and_then(|path| fs::read(&path).ok().map(|bytes| (path, bytes))) else {
                continue;
            };
            profiles.add(&String::from_utf8_lossy(&bytes), is_config, &path);
        }
        profiles
    }

    /// The names of the profiles, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The profile whose name is nearest to one that does not exist, where it is near enough to have been meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let wanted = name.to_lowercase();
        let near = |known| (strsim::osa_distance(&wanted, &str::to_lowercase(known)), known);
        self.names().map(near).filter(|(distance, _)| *distance <= 2).min().map(|(_, known)| known)
    }

    /// The Region of a profile, or of the profile that it takes its credentials from.
    pub fn region(&self, name: &str) -> Option<ProfileRegion> {
        let mut name = name;
        // A chain that is longer than there are profiles goes round in circles.
        for _ in 0..self.0.len() {
            let profile = self.0.get(name)?;
            if let Some((region, file)) = &profile.region {
                return Some(ProfileRegion { region: region.clone(), profile: name.to_owned(), file: file.clone() });
            }
            name = profile.source_profile.as_deref()?;
        }
        None
    }

    /// Whether a profile exists and names a source of credentials.
    pub fn gives_credentials(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|profile| profile.gives_credentials)
    }

    /// Whether a profile, or the one that it takes its credentials from, signs in through SSO.
    pub fn is_sso(&self, name: &str) -> bool {
        let mut name = name;
        for _ in 0..self.0.len() {
            match self.0.get(name) {
                Some(Profile { sso: true, .. }) => return true,
                Some(Profile { source_profile: Some(source), .. }) => name = source,
                _ => return false,
            }
        }
        false
    }

    fn add(&mut self, text: &str, is_config: bool, path: &std::path::Path) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // `[profile default]` replaces `[default]`, whichever comes first.
        let ignores_plain_default = is_config
            && text.lines().any(|line| matches!(section(line, true), Some(Section { name: DEFAULT, prefixed: true })));
        let mut current = None;
        for line in text.lines() {
            if line.trim_start().starts_with('[') {
                let known = section(line, is_config);
                let known =
                    known.filter(|section| section.prefixed || section.name != DEFAULT || !ignores_plain_default);
                current = known.map(|section| self.0.entry(section.name.to_owned()).or_default());
            } else if let (Some(profile), Some((key, value))) = (current.as_deref_mut(), property(line)) {
                match key.to_ascii_lowercase().as_str() {
                    "region" => profile.region = Some((value.to_owned(), path.to_owned())),
                    "source_profile" => profile.source_profile = Some(value.to_owned()),
                    "sso_session" | "sso_start_url" => (profile.sso, profile.gives_credentials) = (true, true),
                    "aws_access_key_id" | "credential_process" | "role_arn" | "login_session" => {
                        profile.gives_credentials = true;
                    }
                    _ => {}
                }
            }
        }
    }
}

struct Section<'a> {
    name: &'a str,
    prefixed: bool,
}

/// The profile that a section's line opens: `[default]` and `[profile NAME]` in `config`, `[NAME]` in `credentials`.
fn section(line: &str, is_config: bool) -> Option<Section<'_>> {
    let inside = line.trim_start().strip_prefix('[')?.split_once(']')?.0.trim();
    let prefixed = inside.strip_prefix("profile").filter(|rest| rest.starts_with(char::is_whitespace)).map(str::trim);
    let section = match (prefixed, is_config) {
        (Some(name), true) => Section { name: unquoted(name), prefixed: true },
        (None, true) if inside == DEFAULT => Section { name: DEFAULT, prefixed: false },
        (None, false) if !inside.contains(char::is_whitespace) => Section { name: inside, prefixed: false },
        _ => return None,
    };
    Some(section).filter(|section| !section.name.is_empty())
}

/// A property at the margin; indented lines belong to the property above them.
fn property(line: &str) -> Option<(&str, &str)> {
    if line.starts_with([' ', '\t', '#', ';']) {
        return None;
    }
    let (key, value) = line.split_once('=')?;
    let comment = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| value.find(mark)).min();
    let value = value[..comment.unwrap_or(value.len())].trim();
    Some((key.trim(), value)).filter(|(_, value)| !value.is_empty())
}

fn unquoted(name: &str) -> &str {
    let inside = |quote| name.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(name)
}

fn below_home(environment: &Environment, path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), environment.home()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\u{feff}# a comment\n\
        region = outside-of-every-section\n\
        [default]\n\
        region = us-east-1\n\
        [profile dev]\n\
        Region=eu-central-1 # Frankfurt\n\
        s3 =\n\
        \x20 region = nested\n\
        [profile \"with space\"]\r\n\
        region = eu-west-1\r\n\
        [profile assumed]\n\
        source_profile = dev\n\
        [profile circle]\n\
        source_profile = loop\n\
        [profile loop]\n\
        source_profile = circle\n\
        [sso-session corp]\n\
        region = not-of-a-profile\n\
        [unprefixed]\n\
        region = ignored\n\
        [profile empty]\n\
        region =\n";

    fn profiles(config: &str, credentials: &str) -> Profiles {
        let mut profiles = Profiles::default();
        profiles.add(config, true, "config".as_ref());
        profiles.add(credentials, false, "credentials".as_ref());
        profiles
    }

    fn region(profiles: &Profiles, name: &str) -> Option<String> {
        profiles.region(name).map(|found| format!("{} {} {}", found.region, found.profile, found.file.display()))
    }

    #[test]
    fn a_profile_gives_its_region_in_every_form_that_aws_allows() {
        let profiles =
            profiles(CONFIG, "[keys]\naws_access_key_id = AKIA\nregion = eu-north-1\n[profile x]\nregion = y\n");
        for (name, expected) in [
            ("default", Some("us-east-1 default config")),
            ("dev", Some("eu-central-1 dev config")),
            ("with space", Some("eu-west-1 with space config")),
            ("assumed", Some("eu-central-1 dev config")),
            ("circle", None),
            ("corp", None),
            ("unprefixed", None),
            ("empty", None),
            ("keys", Some("eu-north-1 keys credentials")),
            ("x", None),
            ("missing", None),
        ] {
            assert_eq!(region(&profiles, name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn credentials_have_the_last_word_and_profile_default_replaces_default() {
        let profiles = profiles(
            "[profile default]\nregion = eu-west-2\n[default]\nregion = us-east-1\n[profile dev]\nregion = us-west-2\n",
            "[dev]\nregion = eu-west-3\n",
        );
        assert_eq!(region(&profiles, "default").as_deref(), Some("eu-west-2 default config"));
        assert_eq!(region(&profiles, "dev").as_deref(), Some("eu-west-3 dev credentials"));
    }

    #[test]
    fn a_profile_says_whether_it_gives_credentials_and_whether_it_signs_in_through_sso() {
        let profiles = profiles(
            "[profile work]\nsso_session = work\n[sso-session work]\nsso_start_url = https://start.test\n\
             [profile role]\nrole_arn = x\nsource_profile = work\n[profile round]\nsource_profile = round\n\
             [profile empty]\nregion = eu-west-1\n",
            "[keys]\naws_access_key_id = AKIA\n",
        );
        for (name, gives_credentials, is_sso) in [
            ("work", true, true),
            ("role", true, true),
            ("round", false, false),
            ("empty", false, false),
            ("keys", true, false),
            ("missing", false, false),
        ] {
            assert_eq!(
                (profiles.gives_credentials(name), profiles.is_sso(name)),
                (gives_credentials, is_sso),
                "{name}"
            );
        }
    }

    #[test]
    fn the_nearest_profile_is_found_for_a_typing_error() {
        let profiles = profiles("[profile production]\n[profile dev]\n", "[sandbox]\n");
        assert_eq!(profiles.names().collect::<Vec<_>>(), ["dev", "production", "sandbox"]);
        assert_eq!(profiles.nearest("prodction"), Some("production"));
        assert_eq!(profiles.nearest("Dev"), Some("dev"));
        assert_eq!(profiles.nearest("elsewhere"), None);
    }

    #[test]
    fn files_are_found_by_variable_or_in_the_home_folder() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".aws")).unwrap();
        fs::write(home.path().join(".aws/config"), "[default]\nregion = us-east-2\n").unwrap();
        fs::write(home.path().join("other"), "[default]\nregion = us-west-1\n").unwrap();
        let home = home.path().to_str().unwrap();
        let read = |variables: &[(&str, &str)]| {
            let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Profiles::read(&owned.collect()).region(DEFAULT).map(|found| found.region)
        };
        assert_eq!(read(&[("HOME", home)]).as_deref(), Some("us-east-2"));
        assert_eq!(read(&[("HOME", home), ("AWS_CONFIG_FILE", "~/other")]).as_deref(), Some("us-west-1"));
        assert_eq!(read(&[("HOME", home), ("AWS_CONFIG_FILE", "/nonexistent")]), None);
        assert_eq!(read(&[]), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_as_an_aws_file_is_read_without_a_panic(text in "(\\PC|[\\[\\]=\n\t #]){0,200}") {
            let _ = profiles(&text, &text).region(DEFAULT);
        }
    }
}
