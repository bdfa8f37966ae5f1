//! The process's environment and the directories that it names: the only place that reads it. A blank variable is an
//! unset one.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use super::aws_files::{self, AwsFiles};
use super::value::Color;
use crate::error::Error;

const FOLDER: &str = "bedrock-ask";

type Lookup = dyn Fn(&str) -> Option<OsString>;
type Names = dyn Fn() -> Vec<OsString>;

/// The environment variables, each read when it is needed.
#[derive(Clone)]
pub struct Environment {
    lookup: Rc<Lookup>,
    names: Rc<Names>,
    aws_files: OnceCell<Result<Arc<AwsFiles>, Error>>,
}

impl Environment {
    /// Creates the environment of this process.
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
        Self::new(|name| std::env::var_os(name), || std::env::vars_os().map(|(name, _)| name).collect())
    }

    /// Creates an environment whose variables come from `lookup`, and whose names are those that `names` returns.
    pub fn new(
        lookup: impl Fn(&str) -> Option<OsString> + 'static,
        names: impl Fn() -> Vec<OsString> + 'static,
    ) -> Self {
        Self { lookup: Rc::new(lookup), names: Rc::new(names), aws_files: OnceCell::new() }
    }

    /// Returns the names of all variables, blank ones included. A name that is not UTF-8 is left out.
    pub fn names(&self) -> Vec<String> {
        (self.names)().into_iter().filter_map(|name| name.into_string().ok()).collect()
    }

    /// Returns the variable's value, or `None` if it is unset or blank. Every other method goes through this one.
    pub fn raw(&self, name: &str) -> Option<OsString> {
        (self.lookup)(name).filter(|value| !value.as_encoded_bytes().trim_ascii().is_empty())
    }

    /// Returns the variable's value as text, or a usage error if it is not UTF-8.
    pub fn text(&self, name: &str) -> Result<Option<String>, Error> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        value.into_string().map(Some).map_err(|_| Error::usage(format!("`{name}` in the environment is not UTF-8")))
    }

    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).map(PathBuf::from)
    }

    /// Whether the variable is set and not blank.
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// Returns whether a variable of AWS's SDKs is on, or else what the AWS profile says; nothing if neither is set.
    ///
    /// # Errors
    /// If it is neither true nor false.
    pub fn aws_switch(
        &self,
        name: &str,
        of_profile: impl FnOnce() -> Result<Option<bool>, Error>,
    ) -> Result<Option<bool>, Error> {
        match self.text(name)? {
            Some(value) => aws_files::switch(name, &value).map(Some),
            None => of_profile(),
        }
    }

    /// Whether the variable is `true` or `1`.
    pub fn is_on(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// Whether the setting of the output format, as far as the environment gives it, is JSON.
    pub fn wants_json(&self) -> bool {
        self.raw("BEDROCK_ASK_FORMAT").is_some_and(|value| value.as_encoded_bytes().trim_ascii() == b"json")
    }

    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(|| self.path("USERPROFILE").filter(|_| cfg!(windows)))
    }

    /// Returns AWS's own files, which are read when they are first asked for.
    pub fn aws_files(&self) -> Result<&Arc<AwsFiles>, Error> {
        self.aws_files.get_or_init(|| AwsFiles::read(self).map(Arc::new)).as_ref().map_err(Clone::clone)
    }

    /// Returns the directory of the config file, which may not exist.
    pub fn config_folder(&self) -> Option<PathBuf> {
        self.folder("XDG_CONFIG_HOME", ".config", dirs::config_dir)
    }

    /// Returns the cache directory, which may not exist.
    pub fn cache_folder(&self) -> Option<PathBuf> {
        self.folder("XDG_CACHE_HOME", ".cache", dirs::cache_dir)
    }

    /// Returns the directory of what is kept between runs and is no cache, which may not exist.
    pub fn state_folder(&self) -> Option<PathBuf> {
        self.folder("XDG_STATE_HOME", ".local/state", dirs::data_local_dir)
    }

    /// Whether a CI system runs this program.
    pub fn is_ci(&self) -> bool {
        self.has("CI")
    }

    /// Returns what the variables of all programs say about colour, and the one that decides.
    pub fn color(&self) -> Option<(Color, &'static str)> {
        let is = |name, text: &str| self.raw(name).is_some_and(|value| value == text);
        let forces = |name| self.has(name) && !is(name, "0");
        let rules = [
            ("NO_COLOR", Color::Never, self.has("NO_COLOR")),
            ("CLICOLOR_FORCE", Color::Always, forces("CLICOLOR_FORCE")),
            ("FORCE_COLOR", Color::Always, forces("FORCE_COLOR")),
            ("CLICOLOR", Color::Never, is("CLICOLOR", "0")),
            ("TERM", Color::Never, is("TERM", "dumb")),
        ];
        rules.into_iter().find(|(.., applies)| *applies).map(|(name, color, _)| (color, name))
    }

    /// Whether something may move on a terminal: not in a CI system, whose log keeps all of it, nor on a dumb terminal.
    pub fn shows_animation(&self) -> bool {
        !self.is_ci() && self.raw("TERM").is_none_or(|terminal| terminal != "dumb")
    }

    pub fn is_github_actions(&self) -> bool {
        self.is_on("GITHUB_ACTIONS")
    }

    /// Returns the file that GitHub Actions shows as the summary of the step.
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
        variables.into_iter().collect()
    }
}

#[cfg(test)]
impl<T: Into<String>> FromIterator<(T, T)> for Environment {
    fn from_iter<I: IntoIterator<Item = (T, T)>>(variables: I) -> Self {
        let owned = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        let variables: std::collections::HashMap<String, String> = owned.collect();
        let names: Vec<_> = variables.keys().map(OsString::from).collect();
        Self::new(move |name| variables.get(name).map(OsString::from), move || names.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_value_counts_as_unset() {
        let environment = Environment::from([("CI", " \t"), ("NO_COLOR", "")]);
        assert!(!environment.has("CI") && environment.color().is_none());
        assert_eq!(environment.text("CI"), Ok(None));
    }

    #[test]
    fn the_first_variable_about_colour_decides() {
        for (variables, expected) in [
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")][..], Some((Color::Never, "NO_COLOR"))),
            (&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")], Some((Color::Always, "CLICOLOR_FORCE"))),
            (&[("FORCE_COLOR", "3"), ("TERM", "dumb")], Some((Color::Always, "FORCE_COLOR"))),
            (&[("CLICOLOR_FORCE", "0"), ("FORCE_COLOR", "0"), ("CLICOLOR", "0")], Some((Color::Never, "CLICOLOR"))),
            (&[("CLICOLOR", "1"), ("TERM", "dumb")], Some((Color::Never, "TERM"))),
            (&[("CLICOLOR", "1"), ("TERM", "xterm")], None),
        ] {
            assert_eq!(variables.iter().copied().collect::<Environment>().color(), expected, "{variables:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf8_is_a_usage_error_without_the_value() {
        use std::os::unix::ffi::OsStringExt;
        let environment = Environment::new(|_| Some(OsString::from_vec(vec![b'a', 0xff])), Vec::new);
        let error = environment.text("BEDROCK_ASK_MODEL").unwrap_err();
        assert_eq!(error.message.summary, "`BEDROCK_ASK_MODEL` in the environment is not UTF-8");
    }

    #[cfg(unix)]
    #[test]
    fn folders_follow_xdg_where_it_is_absolute_and_home_otherwise() {
        let folders = |variables: &[(&str, &str)]| {
            let environment: Environment = variables.iter().copied().collect();
            [environment.config_folder(), environment.cache_folder(), environment.state_folder()]
        };
        let all = |paths: [&str; 3]| paths.map(|path| Some(PathBuf::from(path).join("bedrock-ask")));
        assert_eq!(folders(&[("HOME", "/h")]), all(["/h/.config", "/h/.cache", "/h/.local/state"]));
        assert_eq!(
            folders(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x"), ("XDG_CACHE_HOME", "relative")]),
            all(["/x", "/h/.cache", "/h/.local/state"])
        );
        assert_eq!(folders(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")]), all(["/h/.config", "/h/.cache", "/s"]));
        assert_eq!(folders(&[]), [None, None, None]);
    }
}
