//! `bedrock-ask completions`: a script for each shell, and the candidates that the scripts ask for at each key press.

use crate::fake_bedrock::*;
use crate::harness::{Home, Run, bedrock_ask};

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];
const NOVA: &str = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-2-lite-v1:0";

/// Prepares the request of a script for the last word of a line, which may be empty.
fn request(line: &str) -> Run {
    let (before, current) = line.rsplit_once(' ').unwrap_or(("", line));
    let words = before.split(' ').filter(|word| !word.is_empty());
    bedrock_ask(std::iter::once(format!("__complete={current}")).chain(words.map(str::to_owned)))
}

/// Returns the lines that a script gets. No request may fail, print a message or leave a file.
#[track_caller]
fn lines(run: Run, line: &str) -> Vec<String> {
    let home = Home::new();
    let ran = run.run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{line}: {ran}");
    assert_eq!(home.left_files(), []);
    ran.stdout_text().lines().map(str::to_owned).collect()
}

/// Returns the candidates without their descriptions.
#[track_caller]
fn words(run: Run, line: &str) -> Vec<String> {
    lines(run, line).iter().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[track_caller]
fn completed(line: &str) -> Vec<String> {
    words(request(line), line)
}

#[test]
fn each_shell_gets_a_script_that_asks_this_program() {
    for shell in SHELLS {
        let ran = bedrock_ask(["completions", shell]).run();
        assert_eq!((ran.exit(), ran.stderr_text()), (Some(0), ""), "{shell}");
        let script = ran.stdout_text();
        assert!(script.contains("__complete=") && script.starts_with('#'), "{shell}");
        for pair in ["()", "[]", "{}"] {
            let count = |letter: char| script.matches(letter).count();
            let (open, close) = (pair.chars().next().unwrap(), pair.chars().last().unwrap());
            assert_eq!(count(open), count(close), "{shell}: {pair}");
        }
    }
    let powershell = bedrock_ask(["completions", "powershell"]).run();
    assert!(powershell.stdout_text().contains("Register-ArgumentCompleter -Native -CommandName 'bedrock-ask'"));
}

#[test]
fn commands_and_options_are_completed_where_they_are_taken() {
    let commands = [
        "ask",
        "resolve",
        "models",
        "regions",
        "inference-profile",
        "check",
        "whoami",
        "config",
        "iam-policy",
        "diagnose",
        "completions",
        "catalog",
        "help",
    ];
    for (line, expected) in [
        ("", commands.to_vec()),
        ("--region us-east-1 ", commands.to_vec()),
        ("-q --routing=geo ", commands.to_vec()),
        ("help catalog ", vec!["refresh", "diff", "export", "clear"]),
        ("catalog help ", vec!["refresh", "diff", "export", "clear"]),
        ("-m haiku ", vec![]),
        ("-qm haiku ", vec![]),
        ("what is ", vec![]),
        ("-- ", vec![]),
        ("resolve x --account ", vec![]),
        ("completions ", vec!["bash", "elvish", "fish", "powershell", "zsh"]),
        ("check --depth ", vec!["resolve", "availability", "invoke"]),
        ("iam-policy --scp=", vec!["--scp=both", "--scp=exempt", "--scp=regions", "--scp=block-global"]),
        ("-q", vec!["-q"]),
        ("resolve -- -", vec![]),
    ] {
        let found = completed(line);
        assert!(expected.iter().all(|word| found.contains(&(*word).to_owned())), "{line:?}: {found:?}");
        assert!(!expected.is_empty() || found.is_empty() || line == "resolve -- -", "{line:?}: {found:?}");
        let is_option = |word: &String| word.starts_with('-') && !word.contains('=') && word != "-q";
        assert!(!found.iter().any(is_option), "{line:?}: {found:?}");
    }
    let options = completed("resolve --strict --region us-east-1 --");
    let has = |name: &str| options.contains(&name.to_owned());
    assert!(has("--explain") && has("--region") && has("--help") && !has("--strict") && !has("--usage"), "{options:?}");
    assert!(completed("resolve -").contains(&"-q".to_owned()));
}

#[test]
fn what_is_hidden_is_not_completed() {
    for (line, hidden) in [("", "man"), ("help ", "man"), ("catalog refresh --", "--built-in")] {
        assert!(!completed(line).contains(&hidden.to_owned()), "{line:?}");
    }
}

#[test]
fn options_complete_the_values_that_their_command_takes_and_no_others() {
    for (line, expected) in [
        ("--format ", vec!["text", "json", "ndjson"]),
        ("ask --format ", vec!["text", "json", "ndjson"]),
        ("resolve --format ", vec!["text", "json"]),
        ("models --format ", vec!["text", "json", "csv"]),
        ("iam-policy --format ", vec!["text", "json", "terraform", "cloudformation"]),
        ("ask --routing ", vec!["geographic", "in-region", "global"]),
        ("--routing=global,", vec!["--routing=global,geographic", "--routing=global,in-region"]),
        ("check --report ", vec!["text", "json", "junit", "markdown", "github"]),
        ("inference-profile list --type ", vec!["application", "system-defined", "all"]),
    ] {
        let found = completed(line);
        assert_eq!(found, expected, "{line:?}");
    }
    let uses = completed("iam-policy --for converse,stre");
    assert!(uses.contains(&"converse,batch".to_owned()) && !uses.contains(&"converse,converse".to_owned()), "{uses:?}");
    assert!(lines(request("models --provider "), "").contains(&"anthropic\tAnthropic".to_owned()));
    assert!(lines(request("--region "), "").contains(&"eu-central-1\tEurope (Frankfurt)".to_owned()));
    for (command, takes_all) in [
        ("", false),
        ("ask ", false),
        ("diagnose ", false),
        ("resolve ", true),
        ("models ", true),
        ("check ", true),
        ("iam-policy ", true),
    ] {
        let regions = completed(&format!("{command}--region "));
        assert!(regions.contains(&"eu-central-1".to_owned()), "{command:?}: {regions:?}");
        assert_eq!(regions.contains(&"all".to_owned()), takes_all, "{command:?}");
    }
}

#[test]
fn paths_are_left_to_the_shell_with_what_precedes_them() {
    for (line, expected) in [
        ("-f ", "\tfiles\t"),
        ("-fnot", "\tfiles\t-f"),
        ("--file=no", "\tfiles\t--file="),
        ("-s @sys", "\tfiles\t@"),
        ("check --from ", "\tfiles\t"),
        ("check --report junit=re", "\tfiles\tjunit="),
        ("check --report=junit=re", "\tfiles\t--report=junit="),
        ("config check ", "\tfiles\t"),
        ("iam-policy -o ", "\tdirectories\t"),
    ] {
        assert_eq!(lines(request(line), line), [expected], "{line:?}");
    }
    assert_eq!(lines(request("-s text"), ""), [""; 0]);
}

#[test]
fn every_value_that_is_completed_is_taken() {
    let mut tried = 0;
    for (line, option) in [("resolve nova-lite", "region"), ("models", "provider"), ("models", "format")] {
        for value in completed(&format!("{line} --{option} ")) {
            let option = format!("--{option}");
            let run =
                bedrock_ask(line.split(' ').chain([option.as_str(), value.as_str()])).env("AWS_REGION", "us-east-1");
            let ran = run.run();
            assert_ne!(ran.exit(), Some(2), "{line} {option} {value}: {ran}");
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn every_model_that_is_completed_resolves_from_the_region_in_force() {
    for region in ["us-east-1", "eu-central-1", "us-gov-west-1"] {
        for written in ["", "gpt-5."] {
            let found = completed(&format!("resolve --region {region} {written}"));
            assert!(found.len() > 10, "{region}: {found:?}");
            let ran = bedrock_ask(["resolve", "-", "--region", region]).stdin(found.join("\n")).run();
            assert_eq!((ran.exit(), ran.stdout_text().lines().count()), (Some(0), found.len()), "{region}: {ran}");
            assert!(!ran.stderr_text().contains("warning: "), "{region}: {ran}");
        }
    }
}

#[test]
fn models_are_completed_wherever_a_model_stands() {
    for line in [
        "-m ",
        "--model=",
        "ask -m ",
        "-m",
        "resolve ",
        "resolve haiku ",
        "models ",
        "check ",
        "iam-policy ",
        "iam-policy haiku ",
        "iam-policy --copied-from ",
        "diagnose -m ",
        "inference-profile create x --from ",
    ] {
        let line = if line == "-m" { "-mclaude" } else { line };
        let run = request(line).env("AWS_REGION", "eu-central-1").env("BEDROCK_ASK_ALIASES", "fast=nova-lite");
        let found = words(run, line);
        for model in ["fast", "haiku", "claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0"] {
            assert!(found.iter().any(|word| word.ends_with(model)), "{line:?} lacks {model}: {found:?}");
        }
        // Only a model that chats can be sent a prompt.
        let chats = ["-m ", "--model=", "ask -m ", "-mclaude", "check "].contains(&line);
        let embeds = found.iter().any(|word| word.contains("embed"));
        assert_eq!(embeds, !chats, "{line:?}");
    }
    let lines = lines(request("resolve --region eu-central-1 eu."), "");
    for expected in [
        "haiku\tanthropic.claude-haiku-5-5",
        "claude-haiku-4.5\tanthropic.claude-haiku-4-5-20251001-v1:0",
        "anthropic.claude-haiku-4-5-20251001-v1:0\tClaude Haiku 4.5",
        "eu.anthropic.claude-haiku-4-5-20251001-v1:0\tClaude Haiku 4.5, geographic",
    ] {
        assert!(lines.contains(&expected.to_owned()), "{expected}: {lines:?}");
    }
}

#[test]
fn models_are_those_of_the_region_routing_and_profile_on_the_line() {
    let home = Home::new();
    home.write(".aws/config", b"[profile ohio]\nregion = us-east-2\n[profile role]\nsource_profile = ohio\n");
    let prefixes = |line: &str| {
        let mut found: Vec<_> = words(request(line).home(&home), line)
            .iter()
            .filter_map(|word| word.split_once(".amazon.nova-2-lite"))
            .map(|(prefix, _)| prefix.to_owned())
            .collect();
        found.sort();
        found.dedup();
        found.join(" ")
    };
    for (line, expected) in [
        ("--region us-east-1 resolve u", "global us"),
        ("resolve --region us-east-1 u", "global us"),
        ("resolve --region=eu-central-1 u", "eu global"),
        ("resolve --region us-east-1 --region eu-central-1 u", "eu global us"),
        ("resolve --region us-east-1 --region us-east-1 u", "global us"),
        ("--profile ohio -m u", "global us"),
        ("--profile role -m u", "global us"),
        ("--profile ohio --region eu-central-1 -m u", "eu global"),
        ("resolve --region eu-central-1 --routing geo u", "eu"),
        ("resolve --region nowhere u", ""),
        ("resolve --profile nobody u", ""),
        ("resolve --region us-east-1 --routing sideways u", ""),
    ] {
        assert_eq!(prefixes(line), expected, "{line:?}");
    }
    for line in ["resolve u", "resolve --region all u", "resolve --region ALL u"] {
        let found = prefixes(line);
        assert!(["eu", "global", "jp", "us"].iter().all(|prefix| found.contains(prefix)), "{line:?}: {found}");
    }
}

#[test]
fn aws_profiles_are_completed_with_their_regions() {
    let files = "[default]\nregion = us-east-1\n[profile \"my team\"]\nregion = eu-west-1\n[sso-session s]\n";
    let run = request("resolve --profile ").file(".aws/config", files).file(".aws/credentials", "[keys]\n");
    assert_eq!(lines(run, ""), ["default\tus-east-1", "keys\t", "my team\teu-west-1"]);
}

#[test]
fn application_inference_profiles_come_from_the_cache() {
    let home = Home::new();
    let fake = FakeBedrock::start();
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect_repeatedly(list_foundation_models());
    for name in ["Team Red", "Batch", "twice", "twice"] {
        fake.application_profile(name, NOVA, "eu-central-1");
    }
    let refresh = bedrock_ask(["catalog", "refresh", "--region", "eu-central-1"]).credentials().against(&fake);
    assert_eq!(refresh.home(&home).run().exit(), Some(0));
    let sent = fake.requests().len();
    let found = |line: &str| {
        let run = request(line).credentials().against(&fake).home(&home).env("AWS_REGION", "eu-central-1");
        lines(run, line)
    };
    let has = |line: &str, wanted: &str| found(line).contains(&wanted.to_owned());
    for line in ["-m ", "resolve ", "inference-profile show ", "inference-profile delete ", "inference-profile tag "] {
        assert!(has(line, "inference-profile:Team Red\tamazon.nova-2-lite-v1:0"), "{line:?}: {:?}", found(line));
        assert!(!has(line, "inference-profile:twice\tamazon.nova-2-lite-v1:0"), "{line:?}");
    }
    assert!(has("inference-profile show ", "fake00000003\ttwice"));
    assert!(found("inference-profile tag x ").is_empty());
    let arn = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000002";
    assert!(has("-m arn:", &format!("{arn}\tBatch")), "{:?}", found("-m arn:"));
    assert!(found("--region us-east-1 inference-profile show ").is_empty());
    assert_eq!(fake.requests().len(), sent, "a completion sends nothing");
}

#[test]
fn what_cannot_be_read_has_no_candidates_and_no_message() {
    let found = |run: Run| words(run.env("AWS_REGION", "us-east-1"), "");
    for run in [
        request("-m ").config("nonsense: ["),
        request("-m ").config("region: nowhere"),
        request("-m ").env("BEDROCK_ASK_CATALOG_PATH", "missing"),
        request("-m ").env("BEDROCK_ASK_ROUTING", "sideways"),
        request("--profile ").file(".aws/config", "[profile x\n\u{0}"),
    ] {
        assert_eq!(found(run), [""; 0]);
    }
    for line in ["", "check --rep", "--region ", "--routing ", "completions "] {
        assert!(!found(request(line).config("nonsense: [")).is_empty(), "{line:?}");
    }
    // Nothing is on a line after an unknown option but what a shell offers anyway.
    for line in ["--nonsense ", "resolve --region", "resolve --region= ", "help nonsense ", "--=x ", "-é "] {
        completed(line);
    }
}

#[test]
fn a_damaged_cache_is_passed_over_without_a_word() {
    let home = Home::new();
    let fake = FakeBedrock::start();
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect_repeatedly(list_foundation_models());
    let refresh = bedrock_ask(["catalog", "refresh", "--region", "us-east-1"]).credentials().against(&fake);
    assert_eq!(refresh.home(&home).run().exit(), Some(0));
    let cached = home.left_files().into_iter().map(|(path, _)| path).find(|path| path.ends_with("us-east-1.catalog"));
    std::fs::write(cached.unwrap(), "half a file").unwrap();
    let line = "--region us-east-1 -m ";
    let run = request(line).credentials().against(&fake).home(&home);
    assert!(words(run, line).contains(&"nova-lite".to_owned()));
}

#[test]
fn no_candidate_breaks_the_lines_of_the_scripts() {
    let run = request("--profile ").file(".aws/config", "[profile \"a\u{1b}b\"]\n[profile good]\nregion = us-\u{7}x\n");
    assert_eq!(lines(run, ""), ["good\tus- x"]);
}

#[cfg(unix)]
#[test]
fn words_that_are_not_utf8_are_passed_over() {
    use std::os::unix::ffi::OsStringExt;
    let word = |bytes: &[u8]| std::ffi::OsString::from_vec(bytes.to_vec());
    let run = bedrock_ask([word(b"__complete="), word(b"resolve"), word(b"\xff"), word(b"--region")]);
    assert!(words(run, "").contains(&"us-east-1".to_owned()));
    let run = bedrock_ask([word(b"__complete=\xff"), word(b"--region")]);
    words(run, "");
}

#[test]
fn an_unusable_settings_file_keeps_no_shell_from_its_script() {
    let ran = bedrock_ask(["completions", "fish"]).config("nonsense: [").run();
    assert_eq!(ran.exit(), Some(0));
}

#[test]
fn an_unknown_shell_is_a_usage_error() {
    assert_eq!(bedrock_ask(["completions", "tcsh"]).run().exit(), Some(2));
    assert_eq!(bedrock_ask(["completions"]).run().exit(), Some(2));
}

#[test]
fn a_template_is_completed_by_its_name_or_as_a_path() {
    let folder = ".config/bedrock-ask/templates";
    let with = |line: &str| {
        let run = request(line).file(&format!("{folder}/review.yaml"), "").file(&format!("{folder}/sum-up.yaml"), "");
        run.file(&format!("{folder}/old.yml"), "").file(&format!("{folder}/.x.yaml"), "")
    };
    let line = "ask -t ";
    let ran = with(line).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text()), ("review\t\nsum-up\t\n", ""), "{ran}");
    let path = with("--template ./").run();
    assert_eq!(path.stdout_text(), request("--file ./").run().stdout_text(), "{path}");
    assert_eq!(request(line).run().stdout_text(), "");
}

#[test]
fn conversations_are_completed_by_their_ids() {
    for line in ["--conversation ", "ask --conversation ", "history show ", "history delete "] {
        let run = request(line).file(".local/state/bedrock-ask/history/0a1b2c3d.jsonl", crate::history::CONVERSATION);
        assert_eq!(lines(run, line), ["0a1b2c3d\tWhat is an inference profile?"], "{line:?}");
        assert_eq!(completed(line), [] as [String; 0], "{line:?}");
    }
}
