//! The process's environment and the folders that it names: the one place that reads it. Blank values count as unset.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::error::Error;

const FOLDER: &str = "bedrock-ask";

type Lookup = dyn Fn(&str) -> Option<OsString>;

/// The environment variables, read one by one when they are asked for.
pub struct Environment {
    lookup: Box<Lookup>,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
        Self::new(|name| std::env::var_os(name))
    }

    /// An environment whose variables come from `lookup`.
    pub fn new(lookup: impl Fn(&str) -> Option<OsString> + 'static) -> Self {
        Self { lookup: Box::new(lookup) }
    }

    /// The variable's value as it stands, unless it is unset or blank.
    pub fn raw(&self, name: &str) -> Option<OsString> {
        (self.lookup)(name).filter(|value| !value.as_encoded_bytes().trim_ascii().is_empty())
    }

    /// The variable's value as text; a usage error where it is not UTF-8.
    pub fn text(&self, name: &str) -> Result<Option<String>, Error> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        value.into_string().map(Some).map_err(|_| Error::usage(format!("`{name}` in the environment is not UTF-8")))
    }

    /// The variable's value as a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).map(PathBuf::from)
    }

    /// Whether the variable is set to something that is not blank.
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// Whether the variable is `true` or `1`.
    pub fn is_on(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(|| self.path("USERPROFILE").filter(|_| cfg!(windows)))
    }

    /// The folder of the settings file, whether or not it exists.
    pub fn config_folder(&self) -> Option<PathBuf> {
        self.folder("XDG_CONFIG_HOME", ".config", dirs::config_dir)
    }

    /// The folder of the cache, whether or not it exists.
    pub fn cache_folder(&self) -> Option<PathBuf> {
        self.folder("XDG_CACHE_HOME", ".cache", dirs::cache_dir)
    }

    /// The Bedrock API key, without the line end that a copied key often has.
    pub fn bearer_token(&self) -> Option<Secret> {
        let key = self.raw("AWS_BEARER_TOKEN_BEDROCK")?.into_string().ok()?;
        Some(Secret(key.trim().to_owned()))
    }

    /// Whether colour is unwelcome: `NO_COLOR` is set, or the terminal says that it is dumb.
    pub fn refuses_color(&self) -> bool {
        self.has("NO_COLOR") || self.raw("TERM").is_some_and(|terminal| terminal == "dumb")
    }

    /// Whether GitHub Actions runs the program.
    pub fn is_github_actions(&self) -> bool {
        self.is_on("GITHUB_ACTIONS")
    }

    /// The file that GitHub Actions shows as the step's summary.
    pub fn github_step_summary(&self) -> Option<PathBuf> {
        self.path("GITHUB_STEP_SUMMARY")
    }

    fn folder(&self, variable: &str, below_home: &str, on_windows: fn() -> Option<PathBuf>) -> Option<PathBuf> {
        let base = match self.path(variable).filter(|path| path.is_absolute()) {
            Some(path) => path,
            None if cfg!(windows) => on_windows()?,
            None => self.home()?.join(below_home),
        };
        Some(base.join(FOLDER))
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self::from_iter(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }
}

#[cfg(test)]
impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let variables: std::collections::HashMap<_, _> = variables.into_iter().collect();
        Self::new(move |name| variables.get(name).map(OsString::from))
    }
}

/// Text that must never be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the request that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_value_counts_as_unset() {
        let environment = Environment::from([("CI", " \t"), ("AWS_BEARER_TOKEN_BEDROCK", ""), ("NO_COLOR", "")]);
        assert!(!environment.has("CI") && !environment.refuses_color());
        assert_eq!(environment.bearer_token(), None);
        assert_eq!(environment.text("CI"), Ok(None));
    }

    #[test]
    fn an_api_key_is_trimmed_and_never_shown() {
        let key = Environment::from([("AWS_BEARER_TOKEN_BEDROCK", "ABSK-secret\n")]).bearer_token().unwrap();
        assert_eq!(key.expose(), "ABSK-secret");
        assert_eq!(format!("{key} {key:?}"), "[hidden] [hidden]");
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf8_is_a_usage_error_without_the_value() {
        use std::os::unix::ffi::OsStringExt;
        let environment = Environment::new(|_| Some(OsString::from_vec(vec![b'a', 0xff])));
        let error = environment.text("BEDROCK_ASK_MODEL").unwrap_err();
        assert_eq!(error.what, "`BEDROCK_ASK_MODEL` in the environment is not UTF-8");
        assert_eq!(environment.bearer_token(), None);
    }

    #[cfg(unix)]
    #[test]
    fn folders_follow_xdg_where_it_is_absolute_and_home_otherwise() {
        let folders = |variables: &[(&str, &str)]| {
            let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let environment: Environment = owned.collect();
            (environment.config_folder(), environment.cache_folder())
        };
        let both = |config: &str, cache: &str| (Some(PathBuf::from(config)), Some(PathBuf::from(cache)));
        assert_eq!(folders(&[("HOME", "/h")]), both("/h/.config/bedrock-ask", "/h/.cache/bedrock-ask"));
        assert_eq!(
            folders(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x"), ("XDG_CACHE_HOME", "relative")]),
            both("/x/bedrock-ask", "/h/.cache/bedrock-ask")
        );
        assert_eq!(folders(&[]), (None, None));
    }
}
