//! `bedrock-ask man`: writes the manual pages, one for each command, for those who package this program.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::atomic_file::{AtomicFile, Existing, FileAccess};
use crate::commands::{ALL_BUT_FORMAT, CommandArgs, Setup, SetupCommand};
use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::catalog::Catalog;

/// Write a manual page for each command
#[derive(Clone, Debug, Args)]
#[command(hide = true)]
pub struct ManArgs {
    /// The folder to write them to
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl CommandArgs for ManArgs {
    const FORMATS: &'static [FormatFlag] = &[];

    fn unused_flags(&self) -> Vec<&'static str> {
        ALL_BUT_FORMAT.to_vec()
    }
}

impl SetupCommand for ManArgs {
    /// Writes every page before the first is given its name: if one cannot be written, no page is replaced.
    fn run(self, setup: Setup, output: &mut Output) -> Result<ExitCode, Error> {
        if !self.folder.is_dir() {
            return Err(Error::usage(format!("`{}` is not a folder", self.folder.display()))
                .hint("bedrock-ask man DIR writes the manual pages to a folder that exists")
                .hint("quote the prompt if it was meant as one"));
        }
        let mut files = Vec::new();
        for (name, page) in pages(&(setup.tree)()).map_err(|error| failed(&self.folder, &error))? {
            let path = self.folder.join(name);
            let staged = AtomicFile::create(&path, FileAccess::Inherited, Existing::Replace);
            let staged = staged.and_then(|mut file| file.write_all(&page).map(|()| file));
            files.push((staged.map_err(|error| failed(&path, &error))?, path));
        }
        for (file, path) in files {
            file.commit().map_err(|refused| failed(&path, &refused.error))?;
            output.line(&path.display().to_string())?;
        }
        Ok(ExitCode::Success)
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(ExitCode::Failure, format!("cannot write `{}`", path.display())).cause(error.to_string())
}

/// Returns the pages of a command and of those below it, each with the name of its file.
fn pages(command: &Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = vec![page(command)?];
    for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
        found.extend(pages(below)?);
    }
    Ok(found)
}

fn page(command: &Command) -> io::Result<(String, Vec<u8>)> {
    let man = Man::new(command.clone());
    let mut generated = Vec::new();
    man.render_name_section(&mut generated)?;
    man.render_synopsis_section(&mut generated)?;
    man.render_description_section(&mut generated)?;
    man.render_options_section(&mut generated)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut generated)?;
    }
    let name = man.get_filename();
    let title = name.trim_end_matches(".1").to_uppercase();
    // clap_mangen leaves out the date, so that what follows it is taken for it.
    let date = Catalog::built_in().as_of("us-east-1").1;
    let head = format!(".TH {title} 1 \"{date}\" \"bedrock-ask {}\" \"User Commands\"\n", env!("CARGO_PKG_VERSION"));
    // mandoc warns of a line break at a blank line.
    let generated = String::from_utf8_lossy(&generated).replace(".br\n\n.br\n", ".sp\n");
    // clap_mangen would fill the lines of the examples and tables.
    let after = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string);
    let page = head + &generated + &sections(&after.unwrap_or_default());
    Ok((name, page.into_bytes()))
}

/// Returns the sections of a text in which each begins with its title and a colon; their lines stay as they are.
fn sections(text: &str) -> String {
    let mut roff = String::new();
    for section in text.split("\n\n") {
        let mut lines = section.lines().peekable();
        if let Some(title) = lines.next_if(|line| line.ends_with(':')) {
            roff.extend([".SH \"", &escaped(&title.trim_end_matches(':').to_uppercase()), "\"\n"]);
        } else {
            roff += ".PP\n";
        }
        roff += ".nf\n";
        roff.extend(lines.map(|line| escaped(line.strip_prefix("  ").unwrap_or(line)) + "\n"));
        roff += ".fi\n";
    }
    roff
}

/// Returns a line as roff prints it.
fn escaped(line: &str) -> String {
    let escaped = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    if escaped.starts_with('.') { format!("\\&{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_section_stay_as_they_are() {
        let text = "Exit codes:\n  0  success\n  .x  'a-b' \\n\n\nOf none.";
        let expected =
            ".SH \"EXIT CODES\"\n.nf\n0  success\n\\&.x  \\(aqa\\-b\\(aq \\en\n.fi\n.PP\n.nf\nOf none.\n.fi\n";
        assert_eq!(sections(text), expected);
    }
}
