//! The input of a batch: which file, and in which form its records are.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The input of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct InputArgs {
    /// The records, one on each line; - is stdin
    #[arg(value_name = "INPUT")]
    pub input: PathBuf,
    /// The form of the input; by default, the ending of its name decides, and stdin is jsonl
    #[arg(long, value_enum, value_name = "FORM")]
    pub input_form: Option<InputForm>,
}

/// The form of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputForm {
    /// A JSON object on each line.
    Jsonl,
    /// Comma-separated values below a header: the columns are variables of the template.
    Csv,
    /// A text on each line: `{{input}}` of the template.
    Lines,
}
