//! `bedrock-ask batch`: one file for each subcommand, one for the input, and one for
//! the results.

mod fetch;
mod hostile;
mod input;
pub mod jobs;
#[cfg(unix)]
mod kill;
mod list;
mod plan;
#[cfg(unix)]
mod results;
mod run;
mod status;
mod stop;
mod submit;

use crate::fake_bedrock::*;
use crate::harness::{Home, Run, bedrock_ask};

#[test]
fn an_error_of_the_command_line_names_the_help_of_the_subcommand() {
    for (line, hint) in [
        ("batch run a.jsonl -o b --max-cost 0", "bedrock-ask batch run --help"),
        ("batch status --interval never", "bedrock-ask batch status --help"),
        ("batch --timeout never", "bedrock-ask batch --help"),
    ] {
        let ran = bedrock_ask(line.split(' ')).run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
        assert!(ran.stderr_text().contains(&format!(" hint: {hint}\n")), "{ran}");
    }
}

#[test]
fn an_output_that_no_run_wrote_is_not_offered_to_be_continued() {
    let home = Home::new();
    home.write_here("prompts.jsonl", b"{\"prompt\":\"Hi\"}\n");
    let line = "batch run prompts.jsonl -o prompts.jsonl -m nova-lite --region us-east-1";
    let ran = bedrock_ask(line.split(' ')).home(&home).run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().contains(" hint: name another output file\n"), "{ran}");
}
