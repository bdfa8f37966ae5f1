//! Templates: YAML files that `--template` names, with settings and a prompt. A template is data: it includes no other
//! file, reads no environment and runs nothing.

mod json;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{self, Path, PathBuf};

use super::environment::Environment;
use super::file;
use super::origin::{Origin, Setting};
use super::settings::{FileSettings, Flags};
use super::value::{ValueType, YamlForm};
use super::yaml::{Document, Entry, Node, nearest, quoted_list};
use crate::error::Error;
pub use text::INPUT;
use text::{Text, TooLong};

/// The keys of a template. Those of settings are named as in config.yaml, except `stop`.
const KEYS: [&str; 9] =
    ["model", "system", "prompt", "max_tokens", "temperature", "top_p", "stop", "schema", "routing"];

/// The endings of a path to a template.
const ENDINGS: [&str; 2] = [".yaml", ".yml"];

/// What errors call the file.
const WHAT: &str = "template";

/// The prompt of a template.
const PROMPT: ValueType<String> = ValueType {
    expected: "text that is not blank",
    yaml_form: YamlForm::Text,
    parse: |text| Some(text.to_owned()).filter(|text| !text.trim().is_empty()),
};

/// The template that a command line names, and its variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateRequest {
    /// The name in the folder of templates, or a path.
    pub name: String,
    pub variables: BTreeMap<String, String>,
    /// Whether the records of a batch can give the other variables.
    pub is_for_records: bool,
}

impl TemplateRequest {
    /// Leaves the variables that the command line does not give to the records of a batch.
    #[must_use]
    pub fn for_records(self) -> Self {
        Self { is_for_records: true, ..self }
    }
}

/// A template whose variables are known, except those that the records of a batch give.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    name: String,
    variables: BTreeMap<String, String>,
    prompt: Option<Text>,
    /// The JSON Schema of the response, as text: JSON, or what else `--schema` takes.
    pub schema: Option<Setting<String>>,
    settings: FileSettings,
    /// The system prompt before its variables are replaced.
    system: Option<Text>,
}

impl Template {
    /// Reads the template, and adds its settings to the flags, which come before them.
    ///
    /// # Errors
    /// If there is no such template, it is not valid, or its variables are not those that are given.
    #[inline(never)] // Its frame is large, and most commands have no template.
    pub fn load(request: &TemplateRequest, flags: &mut Flags, environment: &Environment) -> Result<Self, Error> {
        let path = path(&request.name, environment)?;
        let text = file::read_text(&path, WHAT)?;
        let text = text.ok_or_else(|| missing(&request.name, &path, environment))?;
        let mut template = Self::parse(request, &path, &text)?;
        if flags.system.is_some() {
            template.system = None;
            template.settings.system = None;
        }
        template.check_variables(request.is_for_records)?;
        flags.template = std::mem::take(&mut template.settings);
        if let (Some(system), Some(setting)) = (&template.system, &mut flags.template.system) {
            // A system prompt that each record completes is none of the settings, and replaces theirs.
            let filled =
                if template.completes(system) { system.fill(&template.variables, "") } else { Ok(String::new()) };
            setting.value = filled.map_err(|TooLong| template.too_long("system"))?;
        }
        Ok(template)
    }

    fn parse(request: &TemplateRequest, path: &Path, text: &str) -> Result<Self, Error> {
        let document = Document::parse_nested(path, text)?;
        let root = document.root("the template");
        let mut template = Self {
            name: request.name.clone(),
            variables: request.variables.clone(),
            prompt: None,
            schema: None,
            settings: FileSettings::default(),
            system: None,
        };
        for entry in root.entries(&format!("a mapping with some of {}", quoted_list(&KEYS)))? {
            if !KEYS.contains(&entry.key) {
                return Err(root.unknown_key(&entry, &KEYS));
            }
            template.read(&entry)?;
        }
        if template.prompt.is_none() && template.schema.is_none() && template.settings == FileSettings::default() {
            return Err(root.error("the template is empty"));
        }
        Ok(template)
    }

    fn read(&mut self, Entry { key, node, .. }: &Entry<'_>) -> Result<(), Error> {
        let origin = Origin::Template { name: self.name.clone(), line: node.position().line };
        match *key {
            "prompt" => self.prompt = Some(read_text(node, &PROMPT.read(node)?)?),
            "schema" => self.schema = Some(Setting::new(json::schema(node)?, origin)),
            "stop" => self.settings.store("stop_sequences", node, origin)?,
            setting => self.settings.store(setting, node, origin)?,
        }
        if let ("system", Some(system)) = (*key, &self.settings.system) {
            let system = read_text(node, &system.value)?;
            if system.has_input() {
                return Err(node.error(&format!("`{{{{{INPUT}}}}}` can only be in `prompt`")));
            }
            self.system = Some(system);
        }
        Ok(())
    }

    /// Returns the name, as the command line has it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the prompt is complete without words, files and stdin.
    pub fn has_whole_prompt(&self) -> bool {
        self.prompt.as_ref().is_some_and(|prompt| !prompt.has_input())
    }

    /// Returns why a prompt without words, files and stdin is empty; `None` if the template is not why.
    pub fn needs_input(&self) -> Option<String> {
        let needs = self.prompt.as_ref().is_some_and(Text::has_input);
        needs.then(|| format!("`{{{{{INPUT}}}}}` in the template `{}` stands for words, files and stdin", self.name))
    }

    /// Returns the prompt: that of the template with `input`, which are the words, files and stdin, in place of
    /// `{{input}}`, or else after it.
    ///
    /// # Errors
    /// If it is blank, or longer than any model takes.
    pub fn prompt(&self, input: String) -> Result<String, Error> {
        self.prompt_with(&self.variables, input)
    }

    fn prompt_with(&self, variables: &BTreeMap<String, String>, input: String) -> Result<String, Error> {
        let Some(prompt) = &self.prompt else { return Ok(input) };
        let filled = prompt.fill(variables, &input).map_err(|TooLong| self.too_long("prompt"))?;
        let prompt = if prompt.has_input() || input.is_empty() { filled } else { format!("{filled}\n\n{input}") };
        if prompt.trim().is_empty() {
            let why = format!("that of the template `{}` is blank with the values of its variables", self.name);
            return Err(Error::usage("the prompt is empty").cause(why));
        }
        Ok(prompt)
    }

    /// Returns the variables that the command line gives, with their values.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Returns the names of the variables that the command line does not give.
    pub fn missing_variables(&self) -> Vec<&str> {
        self.used().into_iter().filter(|name| !self.variables.contains_key(*name)).collect()
    }

    /// Refuses a template with variables that are not given, where no record can give them.
    pub fn require_variables(&self) -> Result<(), Error> {
        self.check_variables(false)
    }

    /// Whether something other than variables is a part of each prompt: there is a place for it, or no prompt.
    pub fn takes_input(&self) -> bool {
        self.prompt.as_ref().is_none_or(Text::has_input)
    }

    /// Returns the prompt of a record with these values of all variables, and its system prompt if the settings do not have
    /// it because the record completes it.
    ///
    /// # Errors
    /// If the prompt is blank, or a text is longer than any model takes.
    pub fn record(
        &self,
        variables: &BTreeMap<String, String>,
        input: String,
    ) -> Result<(String, Option<String>), Error> {
        let prompt = self.prompt_with(variables, input)?;
        let Some(system) = self.system.as_ref().filter(|system| !self.completes(system)) else {
            return Ok((prompt, None));
        };
        let system = system.fill(variables, "").map_err(|TooLong| self.too_long("system"))?;
        Ok((prompt, Some(system).filter(|system| !system.trim().is_empty())))
    }

    /// Whether the command line gives all variables of a text.
    fn completes(&self, text: &Text) -> bool {
        text.variables().all(|name| self.variables.contains_key(name))
    }

    /// Returns the names of the variables of the prompt and the system prompt.
    fn used(&self) -> BTreeSet<&str> {
        self.prompt.iter().chain(&self.system).flat_map(Text::variables).collect()
    }

    /// Refuses variables that are not used, and those that are not given unless the records can give them: in one error that
    /// names all of them.
    fn check_variables(&self, is_for_records: bool) -> Result<(), Error> {
        let used = self.used();
        let given: BTreeSet<_> = self.variables.keys().map(String::as_str).collect();
        if given.contains(INPUT) {
            return Err(Error::usage(format!("`--var {INPUT}` cannot be given"))
                .cause(format!("`{{{{{INPUT}}}}}` stands for the words of the prompt, files and stdin")));
        }
        let missing: Vec<_> = if is_for_records { Vec::new() } else { used.difference(&given).copied().collect() };
        let unused: Vec<_> = given.difference(&used).copied().collect();
        let has_no = |names: &[&str]| {
            format!("`--var` names variables that the template `{}` does not have: {}", self.name, quoted_list(names))
        };
        let example = |names: &[&str]| names.iter().map(|name| format!("--var {name}=VALUE")).collect::<Vec<_>>();
        let error = match (&missing[..], &unused[..]) {
            ([], []) => return Ok(()),
            ([], unused) => Error::usage(has_no(unused)),
            (missing, unused) => {
                let what = format!("the template `{}` has variables without a value: ", self.name);
                let error = Error::usage(format!("{what}{}", quoted_list(missing)));
                let error = if unused.is_empty() { error } else { error.cause(has_no(unused)) };
                return Err(error.hint(format!("add {}", example(missing).join(" "))));
            }
        };
        let used: Vec<_> = used.into_iter().collect();
        Err(match &used[..] {
            [] => error.hint("it has no variables; leave out `--var`"),
            used => error.hint(format!("its variables are {}", quoted_list(used))),
        })
    }

    fn too_long(&self, key: &str) -> Error {
        let limit = text::LONGEST;
        let what = format!("`{key}` of the template `{}` has more than {limit} bytes", self.name);
        Error::usage(format!("{what}, which is more than any model takes"))
    }
}

/// Returns the names of the templates that exist.
pub fn names(environment: &Environment) -> Vec<String> {
    let entries = folder(environment).and_then(|folder| fs::read_dir(folder).ok());
    let name = |entry: fs::DirEntry| Some(entry.file_name().to_str()?.strip_suffix(".yaml")?.to_owned());
    let names = entries.into_iter().flatten().flatten().filter_map(name);
    let mut names: Vec<_> = names.filter(|name| is_name(name)).collect();
    names.sort();
    names
}

/// Whether a variable can have this name.
pub fn is_variable(name: &str) -> bool {
    text::is_name(name)
}

/// Returns the folder of templates, which may not exist; `None` if there is no home directory.
fn folder(environment: &Environment) -> Option<PathBuf> {
    Some(file::path(environment)?.parent()?.join("templates"))
}

/// Whether this is a path, and not a name in the folder of templates.
pub fn is_path(name: &str) -> bool {
    name.contains(path::is_separator) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(fits)
}

fn path(name: &str, environment: &Environment) -> Result<PathBuf, Error> {
    if is_path(name) {
        return Ok(name.into());
    }
    if !is_name(name) {
        return Err(Error::usage(format!("`{name}` is not the name of a template"))
            .hint("a name has letters, digits, `_`, `-` and `.`; a path contains `/`"));
    }
    let folder = folder(environment).ok_or_else(|| {
        Error::usage(format!("the template `{name}` cannot be found: there is no home directory"))
            .hint("name the file: `--template ./FILE.yaml`")
    })?;
    Ok(folder.join(format!("{name}.yaml")))
}

fn missing(name: &str, path: &Path, environment: &Environment) -> Error {
    if is_path(name) {
        return Error::usage(format!("there is no template `{name}`"));
    }
    let names = names(environment);
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let other = Some(path.with_extension("yml")).filter(|other| other.is_file());
    let error = Error::usage(format!("there is no template `{name}`"))
        .cause(format!("`{}` does not exist", path.display()))
        .hints(nearest(name, &names).map(|near| format!("did you mean `{near}`?")))
        .hints(other.map(|other| format!("rename `{}`: a template ends in .yaml", other.display())));
    match &names[..] {
        [] => error.hint("there are no templates in that folder yet"),
        names => error.hint(format!("the templates are {}", quoted_list(names))),
    }
}

/// Reads a text with variables.
fn read_text(node: &Node<'_>, text: &str) -> Result<Text, Error> {
    Text::parse(text).map_err(|why| node.error(&format!("{}: {why}", node.name())))
}
