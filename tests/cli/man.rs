//! `bedrock-ask man`: a manual page for each command, all of them or none.

use crate::harness::{Home, bedrock_ask};

/// Returns the files of the folder of pages, sorted.
fn files(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.here().join("pages")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn home() -> Home {
    let home = Home::new();
    std::fs::create_dir(home.here().join("pages")).unwrap();
    home
}

#[test]
fn each_command_has_a_page_with_its_options_and_examples() {
    let home = home();
    let ran = bedrock_ask(["man", "pages"]).home(&home).run();
    assert_eq!((ran.exit(), ran.stderr_text(), ran.stdout_text().lines().count()), (Some(0), "", files(&home).len()));
    let mut tried = 0;
    for file in files(&home) {
        let page = home.read_here(&format!("pages/{file}"));
        for part in [".TH BEDROCK-ASK", ".SH NAME", ".SH SYNOPSIS", "\n.SH \"EXAMPLES\"\n.nf\n", "\\-\\-quiet"] {
            // The root has no examples in the tree, but the exit codes.
            assert!(page.contains(part) || file == "bedrock-ask.1" && part.contains("EXAMPLES"), "{file}: {part}");
        }
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
    assert!(home.read_here("pages/bedrock-ask.1").contains(".SH \"EXIT CODES\"\n.nf\n0  success"));
    for command in ["ask", "resolve", "models", "check", "config", "config-init", "catalog-refresh", "completions"] {
        assert!(files(&home).contains(&format!("bedrock-ask-{command}.1")), "{command}");
    }
    assert!(!files(&home).contains(&"bedrock-ask-man.1".to_owned()));
    assert!(home.read_here("pages/bedrock-ask-resolve.1").contains("\\-\\-explain"));
}

#[test]
fn no_page_is_replaced_where_one_cannot_be_written() {
    let home = home();
    let pages = home.here().join("pages");
    std::fs::write(pages.join("bedrock-ask.1"), "old").unwrap();
    std::fs::create_dir(pages.join("bedrock-ask-resolve.1")).unwrap();
    let ran = bedrock_ask(["man", "pages"]).home(&home).run();
    assert_eq!((ran.exit(), ran.stdout_text()), (Some(1), ""), "{ran}");
    assert!(ran.stderr_text().contains("bedrock-ask-resolve.1"), "{ran}");
    assert_eq!(files(&home), ["bedrock-ask-resolve.1", "bedrock-ask.1"]);
    assert_eq!(home.read_here("pages/bedrock-ask.1"), "old");
}

#[test]
fn a_folder_that_is_missing_is_a_usage_error_and_nothing_is_made() {
    let home = home();
    let ran = bedrock_ask(["man", "nowhere"]).home(&home).run();
    assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{ran}");
    assert!(ran.stderr_text().contains("`nowhere` is not a folder"), "{ran}");
    assert!(!home.here().join("nowhere").exists());
}

#[test]
fn the_command_is_hidden_and_its_name_is_no_slip() {
    let help = bedrock_ask(["--help"]).run();
    assert!(!help.stdout_text().contains("manual page"), "{help}");
    let ran = bedrock_ask(["--no-stdin", "--dry-run", "main", "points"]).env("AWS_REGION", "us-east-1").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(bedrock_ask(["man", "--help"]).run().stdout_text().contains("bedrock-ask man ."));
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_no_temporary_file() {
    use rustix::process::Signal;

    for signal in [Signal::INT, Signal::TERM, Signal::HUP].repeat(3) {
        let home = home();
        let running = bedrock_ask(["man", "pages"]).home(&home).spawn();
        // The first page is written, and has its name only when all are.
        while files(&home).is_empty() {
            std::thread::yield_now();
        }
        running.signal(signal);
        // It refuses temporary files that are left.
        let ran = running.finish();
        let pages = files(&home);
        assert!(pages.iter().all(|page| page.starts_with("bedrock-ask")), "{pages:?}\n{ran}");
    }
}
