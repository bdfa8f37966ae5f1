//! `bedrock-ask catalog`: AWS's lists are read, cached, used offline, compared and cleared; and `--live`.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::fake_bedrock::*;
use crate::harness::{CATALOG, Home, Run, bedrock_ask};

const SONNET: &str = "anthropic.claude-sonnet-4-6";

/// An account's control plane in every Region: a model launched after the catalog, Sonnet 4.6 with its global profile
/// alone, and an application profile.
#[derive(Clone)]
struct Account {
    id: &'static str,
    failing: &'static [&'static str],
    /// The Regions that do not know the account's credentials.
    unknown_in: &'static [&'static str],
    /// The pages of each list: endless, each with this token or with a new one.
    endless: Option<&'static str>,
    /// A path, and the body that answers it in place of the lists.
    instead: Option<(&'static str, &'static str)>,
    latency: Duration,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Account {
    fn new(id: &'static str) -> Self {
        Self {
            id,
            failing: &[],
            unknown_in: &[],
            endless: None,
            instead: None,
            latency: Duration::ZERO,
            asked: Arc::default(),
        }
    }

    fn start(&self) -> Server {
        let account = self.clone();
        Server::start(None, move |request, connection| {
            let region = region_of(&request);
            account.asked.lock().unwrap().insert(region.clone());
            thread::sleep(account.latency);
            connection.respond(&account.answer(&request, &region))?;
            Ok(After::KeepAlive)
        })
    }

    fn answer(&self, request: &Request, region: &str) -> Response {
        if self.failing.contains(&region) {
            let denied = "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: \
                bedrock:ListInferenceProfiles because no identity-based policy allows the bedrock:ListInferenceProfiles action";
            return Refusal::new(403, "AccessDeniedException", denied).response();
        }
        if self.unknown_in.contains(&region) {
            let invalid = "The security token included in the request is invalid.";
            return Refusal::new(403, "UnrecognizedClientException", invalid).response();
        }
        if let Some(token) = self.endless.filter(|_| request.path() == "/inference-profiles") {
            let page = request.query("nextToken").map_or(0, |token| token.len()) + 1;
            let token = if token.is_empty() { "x".repeat(page) } else { token.to_owned() };
            let body = json!({"inferenceProfileSummaries": [], "nextToken": token});
            return Response::new(200, "application/json", body.to_string());
        }
        let is_application = request.query("type").as_deref() == Some("APPLICATION");
        if let Some((path, body)) = self.instead
            && path == request.path()
            && !is_application
        {
            return Response::new(200, "application/json", body.to_owned());
        }
        let profile = |id: &str, kind: &str, resource: &str, name: &str, model: &str, regions: &[&str]| {
            let arn =
                |region: &&str| json!({"modelArn": format!("arn:aws:bedrock:{region}::foundation-model/{model}")});
            json!({
                "inferenceProfileId": id,
                "inferenceProfileArn": format!("arn:aws:bedrock:{region}:{}:{resource}/{id}", self.id),
                "inferenceProfileName": name,
                "models": regions.iter().map(arn).collect::<Vec<_>>(),
                "status": "ACTIVE",
                "type": kind,
            })
        };
        let system = |id: &str, model: &str, regions: &[&str]| {
            profile(id, "SYSTEM_DEFINED", "inference-profile", "A Name", model, regions)
        };
        let body = match (request.path(), request.query("type").as_deref()) {
            ("/foundation-models", _) => json!({"modelSummaries": [model("newcomer.chat-2"), model(SONNET)]}),
            (_, Some("APPLICATION")) => json!({"inferenceProfileSummaries": [
                profile("abcdefghij12", "APPLICATION", "application-inference-profile", "team one", SONNET, &[region, ""]),
            ]}),
            _ => json!({"inferenceProfileSummaries": [
                system("us.newcomer.chat-2", "newcomer.chat-2", &[region, "us-west-2"]),
                system("global.anthropic.claude-sonnet-4-6", SONNET, &[region, ""]),
            ]}),
        };
        Response::new(200, "application/json", body.to_string())
    }
}

fn model(id: &str) -> Value {
    json!({
        "modelId": id,
        "modelArn": format!("arn:aws:bedrock:us-east-1::foundation-model/{id}"),
        "modelName": "A Model",
        "providerName": "Newcomer",
        "inputModalities": ["TEXT"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": true,
        "inferenceTypesSupported": ["INFERENCE_PROFILE", "SOMETHING_NEW"],
        "modelLifecycle": {"status": "ACTIVE"},
    })
}

/// Returns the Region that a request is signed for.
fn region_of(request: &Request) -> String {
    let scope = request.header("authorization").and_then(|header| header.split("Credential=").nth(1));
    scope.and_then(|scope| scope.split('/').nth(2)).unwrap_or_default().to_owned()
}

fn run(home: &Home, server: &Server, words: &[&str]) -> Run {
    bedrock_ask(words).home(home).credentials().env("AWS_ENDPOINT_URL_BEDROCK", format!("http://{}", server.address))
}

/// Returns the only cache file with this suffix.
fn cached(home: &Home, name: &str) -> std::path::PathBuf {
    let folders = fs::read_dir(home.path(".cache/bedrock-ask")).unwrap().flatten();
    folders.map(|folder| folder.path().join(name)).find(|path| path.exists()).unwrap()
}

fn today() -> String {
    let now = aws_smithy_types::DateTime::from(std::time::SystemTime::now());
    now.fmt(aws_smithy_types::date_time::Format::DateTime).unwrap()[..10].to_owned()
}

#[test]
fn what_was_refreshed_is_used_when_aws_is_out_of_reach() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    let ran = run(&home, &server, &["catalog", "refresh", "--region", "us-east-1"]).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text()), (&*format!("us-east-1\t{}\t2\t2\t1\n", today()), ""), "{ran}");
    let address = server.address;
    drop(server);
    let offline = |words: &[&str]| {
        bedrock_ask(words).home(&home).credentials().env("AWS_ENDPOINT_URL_BEDROCK", format!("http://{address}")).run()
    };
    let new = offline(&["resolve", "--explain", "newcomer.chat-2", "--region", "us-east-1"]);
    assert_eq!(new.stdout_text(), "us.newcomer.chat-2\n", "{new}");
    assert!(new.stderr_text().contains(&format!("live catalog, {}", today())), "{new}");
    for written in ["inference-profile:team one", "abcdefghij12"] {
        let team = offline(&["resolve", written, "--region", "us-east-1", "--format", "json"]);
        let object: Value = serde_json::from_str(team.stdout_text()).unwrap();
        assert_eq!(
            object["modelId"],
            "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghij12"
        );
        assert_eq!((&object["foundationModelId"], &object["routing"]), (&json!(SONNET), &json!("global")), "{team}");
    }
    let elsewhere = offline(&["resolve", SONNET, "--region", "us-east-2"]);
    assert_eq!(elsewhere.stdout_text(), "us.anthropic.claude-sonnet-4-6\n", "{elsewhere}");
    // Two Regions at once, each with its own catalog.
    let both = offline(&["resolve", SONNET, "--region", "us-east-1", "--region", "us-east-2"]);
    assert_eq!(
        both.stdout_text(),
        "us-east-1\tglobal.anthropic.claude-sonnet-4-6\nus-east-2\tus.anthropic.claude-sonnet-4-6\n",
        "{both}"
    );
}

#[test]
fn a_region_that_fails_stops_no_other_and_gives_the_exit_code() {
    let account = Account { failing: &["eu-west-1", "eu-west-3"], ..Account::new("111122223333") };
    let (home, server) = (Home::new(), account.start());
    let mut words = vec!["catalog", "refresh"];
    for region in ["us-east-1", "eu-west-1", "eu-central-1", "eu-west-3"] {
        words.extend(["--region", region]);
    }
    let ran = run(&home, &server, &words).run();
    let day = today();
    assert_eq!(ran.stdout_text(), format!("us-east-1\t{day}\t2\t2\t1\neu-central-1\t{day}\t2\t2\t1\n"), "{ran}");
    assert_eq!(ran.exit(), Some(5), "{ran}");
    assert_eq!(ran.stderr_text().matches("error: ").count(), 1, "{ran}");
    assert!(ran.stderr_text().starts_with("error: eu-west-1, eu-west-3: "), "{ran}");
    let json = run(&home, &server, &[&words[..], &["--format", "json"]].concat()).run();
    let objects: Vec<Value> = json.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let regions: Vec<_> = objects.iter().map(|object| object["region"].as_str().unwrap()).collect();
    assert_eq!(regions, ["us-east-1", "eu-west-1", "eu-central-1", "eu-west-3"], "{json}");
    assert_eq!((&objects[0]["modelCount"], &objects[1]["error"]["exitCode"]), (&json!(2), &json!(5)), "{json}");
}

#[test]
fn a_region_that_the_account_has_not_opted_in_to_is_skipped_and_is_no_failure() {
    let account = Account { unknown_in: &["me-south-1", "ap-southeast-7"], ..Account::new("111122223333") };
    let (home, server) = (Home::new(), account.start());
    let all = ["catalog", "refresh", "--region", "all"];
    let ran = run(&home, &server, &all).run();
    let skipped = "note: skipped, because the account may not have opted in to them: ap-southeast-7, me-south-1\n";
    assert_eq!((ran.exit(), ran.stderr_text()), (Some(0), skipped), "{ran}");
    assert!(ran.stdout_text().contains("us-east-1\t") && !ran.stdout_text().contains("me-south-1"), "{ran}");
    let json = run(&home, &server, &[&all[..], &["--format", "json"]].concat()).run();
    let objects = json.stdout_text().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let skipped: Vec<_> = objects.filter(|object| object["skipped"] == true).collect();
    assert_eq!((json.exit(), skipped.len(), &skipped[0]["error"]["exitCode"]), (Some(0), 2, &json!(5)), "{json}");
    // What was asked for by name is a failure, and so is a Region that every account has.
    let named = run(&home, &server, &["catalog", "refresh", "--region", "us-east-1", "--region", "me-south-1"]).run();
    assert_eq!(named.exit(), Some(5), "{named}");
    let account = Account { unknown_in: &["me-south-1", "eu-west-1"], ..Account::new("111122223333") };
    let ran = run(&home, &account.start(), &all).run();
    assert_eq!(ran.exit(), Some(5), "{ran}");
    assert!(ran.stderr_text().contains("error: eu-west-1: "), "{ran}");
}

#[test]
fn credentials_that_no_region_knows_are_a_failure() {
    let server = Server::start(None, move |_, connection| {
        let invalid = "The security token included in the request is invalid.";
        connection.respond(&Refusal::new(403, "UnrecognizedClientException", invalid).response())?;
        Ok(After::KeepAlive)
    });
    let ran = run(&Home::new(), &server, &["catalog", "refresh", "--region", "all"]).run();
    assert_eq!((ran.exit(), ran.stdout_text()), (Some(5), ""), "{ran}");
    assert!(ran.stderr_text().contains("me-south-1"), "{ran}");
}

#[test]
fn endless_pages_are_refused() {
    for (token, cause) in [("same", "repeats a page"), ("", "too many pages")] {
        let account = Account { endless: Some(token), ..Account::new("111122223333") };
        let ran = run(&Home::new(), &account.start(), &["catalog", "refresh", "--region", "us-east-1"]).run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(1), ""), "{ran}");
        assert!(ran.stderr_text().contains(cause), "{ran}");
    }
}

#[test]
fn every_region_is_asked_at_once() {
    let account = Account { latency: Duration::from_millis(100), ..Account::new("111122223333") };
    let (home, server) = (Home::new(), account.start());
    let ran = run(&home, &server, &["catalog", "refresh", "--region", "all"]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let asked = account.asked.lock().unwrap();
    assert_eq!(asked.len(), ran.stdout_text().lines().count());
    assert!(asked.len() > 25 && asked.contains("ap-southeast-7") && !asked.contains("us-gov-west-1"), "{asked:?}");
}

#[test]
fn an_absent_or_empty_list_is_unreadable_and_never_kept() {
    for (path, body) in [
        ("/foundation-models", "{}"),
        ("/foundation-models", r#"{"modelSummaries": []}"#),
        ("/inference-profiles", "{}"),
        ("/inference-profiles", r#"{"inferenceProfileSummaries": []}"#),
    ] {
        let home = Home::new();
        let server = Account { instead: Some((path, body)), ..Account::new("111122223333") }.start();
        let refresh = run(&home, &server, &["catalog", "refresh", "--region", "us-east-1"]).run();
        assert_eq!((refresh.exit(), refresh.stdout_text()), (Some(1), ""), "{body}\n{refresh}");
        let live = run(&home, &server, &["resolve", "--live", SONNET, "--region", "us-east-1"]).run();
        assert_eq!((live.stdout_text(), live.exit()), ("", Some(1)), "{live}");
        assert!(live.stderr_text().starts_with("error: cannot list the models in us-east-1: "), "{live}");
        let shown = run(&home, &server, &["catalog", "--region", "us-east-1"]).run();
        assert!(shown.stdout_text().starts_with("us-east-1\tcatalog file"), "nothing is kept: {shown}");
    }
}

#[test]
fn what_is_kept_is_used_whatever_its_age() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    let refresh = run(&home, &server, &["catalog", "refresh", "--region", "us-east-1"]).run();
    assert_eq!(refresh.exit(), Some(0), "{refresh}");
    let resolve = |ttl: &str| {
        run(&home, &server, &["resolve", SONNET, "--region", "us-east-1", "--quiet"])
            .env("BEDROCK_ASK_CATALOG_TTL", ttl)
            .run()
    };
    assert_eq!(resolve("24h").stdout_text(), "global.anthropic.claude-sonnet-4-6\n");
    assert_eq!(resolve("0").stdout_text(), "global.anthropic.claude-sonnet-4-6\n", "newer than the catalog");
}

#[test]
fn a_damaged_file_is_ignored_with_one_warning_and_replaced() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    let refresh =
        || run(&home, &server, &["catalog", "refresh", "--region", "us-east-1", "--region", "us-east-2"]).run();
    assert_eq!(refresh().exit(), Some(0));
    for name in ["us-east-1.catalog", "us-east-2.catalog"] {
        fs::write(cached(&home, name), "half a file").unwrap();
    }
    let words = ["resolve", SONNET, "--region", "us-east-1", "--region", "us-east-2"];
    let ran = run(&home, &server, &words).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(ran.stderr_text().matches("warning: ").count(), 1, "{ran}");
    assert!(
        ran.stderr_text().contains("us-east-1.catalog` is damaged and ignored; `bedrock-ask catalog refresh`"),
        "{ran}"
    );
    assert_eq!(refresh().exit(), Some(0));
    assert!(!run(&home, &server, &words).run().stderr_text().contains("damaged"));
}

#[test]
fn what_is_kept_is_for_the_user_alone_and_apart_for_each_credentials() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    let refresh = ["catalog", "refresh", "--region", "us-east-1"];
    assert_eq!(run(&home, &server, &refresh).run().exit(), Some(0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = cached(&home, "us-east-1.catalog");
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }
    let other = ["resolve", SONNET, "--region", "us-east-1"];
    let other = run(&home, &server, &other).env("AWS_ACCESS_KEY_ID", "AKIAOTHER0EXAMPLE000").run();
    assert_eq!(other.stdout_text(), "us.anthropic.claude-sonnet-4-6\n", "{other}");
}

#[test]
fn another_account_under_the_same_name_drops_what_the_first_left() {
    let home = Home::new();
    home.write(
        ".aws/credentials",
        b"[dev]\naws_access_key_id = AKIACANARY0EXAMPLE00\naws_secret_access_key = not-a-secret-of-anybody\n",
    );
    let refresh = |server: &Server, region: &str| {
        let url = format!("http://{}", server.address);
        let words = ["catalog", "refresh", "--profile", "dev", "--region", region];
        // One address for both accounts, as AWS has.
        bedrock_ask(words)
            .home(&home)
            .env("AWS_PROFILE", "dev")
            .file(".aws/config", format!("[profile dev]\nendpoint_url = {url}\n"))
            .run()
    };
    let (first, second) = (Account::new("111122223333").start(), Account::new("444455556666").start());
    assert_eq!(refresh(&first, "us-east-1").exit(), Some(0));
    let left = cached(&home, "us-east-1.catalog");
    assert_eq!(refresh(&second, "eu-west-1").exit(), Some(0));
    assert!(!left.exists() && cached(&home, "eu-west-1.catalog").exists());
}

#[test]
fn processes_that_refresh_at_once_leave_a_whole_file() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    let words = ["catalog", "refresh", "--region", "us-east-1"];
    let running: Vec<_> = (0..6).map(|_| run(&home, &server, &words).spawn()).collect();
    for running in running {
        let ran = running.finish();
        assert_eq!((ran.exit(), ran.stderr_text()), (Some(0), ""), "{ran}");
    }
    let ran = run(&home, &server, &["resolve", "newcomer.chat-2", "--region", "us-east-1"]).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text()), ("us.newcomer.chat-2\n", ""), "{ran}");
}

#[test]
fn live_asks_aws_first_and_is_never_answered_from_an_older_catalog() {
    let account = Account { failing: &["us-east-2"], ..Account::new("111122223333") };
    let (home, server) = (Home::new(), account.start());
    let live = run(&home, &server, &["resolve", "--live", "newcomer.chat-2", "--region", "us-east-1"]).run();
    assert_eq!((live.stdout_text(), live.stderr_text()), ("us.newcomer.chat-2\n", ""), "{live}");
    let later = run(&home, &server, &["resolve", "newcomer.chat-2", "--region", "us-east-1"]).run();
    assert_eq!(later.stdout_text(), "us.newcomer.chat-2\n", "{later}");
    for command in [&["resolve", SONNET][..], &["models"], &["models", SONNET], &["iam-policy", SONNET]] {
        for regions in [&["us-east-2"][..], &["us-east-1", "us-east-2"]] {
            let regions = regions.iter().flat_map(|region| ["--region", region]);
            let words: Vec<_> = command.iter().copied().chain(["--live", "--quiet"]).chain(regions).collect();
            let denied = run(&home, &server, &words).run();
            assert_eq!((denied.stdout_text(), denied.exit()), ("", Some(5)), "{denied}");
            assert!(denied.stderr_text().starts_with("error: cannot list the models in us-east-2: "), "{denied}");
            let hint = "hint: without `--live`, the latest catalog that is known is used\n";
            assert!(denied.stderr_text().ends_with(hint), "{denied}");
        }
    }
    let words = ["resolve", "--live", SONNET, "--region", "us-east-2", "--format", "json"];
    let json = run(&home, &server, &words).run();
    let object: serde_json::Value = serde_json::from_str(json.stdout_text()).unwrap();
    assert_eq!((&object["error"]["exitCode"], json.exit()), (&5.into(), Some(5)), "{json}");
}

#[test]
fn live_lists_the_region_in_the_spelling_of_a_model_too() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    let spelled = run(&home, &server, &["resolve", "--live", "bedrock/us-east-1/newcomer.chat-2"]).run();
    assert_eq!((spelled.stdout_text(), spelled.stderr_text()), ("us.newcomer.chat-2\n", ""), "{spelled}");
    let nowhere = run(&home, &server, &["resolve", "--live", SONNET, "--routing", "global"]).run();
    assert_eq!((nowhere.stdout_text(), nowhere.exit()), ("", Some(2)), "{nowhere}");
    assert!(nowhere.stderr_text().starts_with("error: no source Region is set\n"), "{nowhere}");
}

#[test]
fn live_in_all_regions_names_those_without_a_list() {
    let account = Account { unknown_in: &["me-south-1"], ..Account::new("111122223333") };
    let (home, server) = (Home::new(), account.start());
    let ran = run(&home, &server, &["resolve", "--live", SONNET, "--region", "all", "--quiet"]).run();
    let warning = "warning: not listed by AWS, because the account may not have opted in to them: me-south-1; \
                   an older catalog is used there\n";
    assert_eq!((ran.stderr_text(), ran.exit()), (warning, Some(0)), "{ran}");
    let failing = Account { failing: &["us-west-2"], ..Account::new("111122223333") }.start();
    let ran = run(&home, &failing, &["resolve", "--live", SONNET, "--region", "all"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(5)), "{ran}");
}

#[test]
fn an_id_that_could_pass_for_a_line_is_neither_kept_nor_printed() {
    let arn = "arn:aws:bedrock:us-east-1::foundation-model/newcomer.chat-2";
    for (id, profile_arn) in [
        (r"us.newcomer.chat-2\nus.forged", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/x"),
        (r"us.newcomer.chat-2\u001b[2J", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/x"),
        ("us.newcomer.chat-2", r"arn:aws:bedrock:us-east-1:111122223333:inference-profile/x\r\n::error::forged"),
    ] {
        let body = format!(
            r#"{{"inferenceProfileSummaries": [{{"inferenceProfileId": "{id}", "inferenceProfileArn": "{profile_arn}",
                "inferenceProfileName": "x", "status": "ACTIVE", "type": "SYSTEM_DEFINED",
                "models": [{{"modelArn": "{arn}"}}]}}]}}"#
        );
        let home = Home::new();
        let body: &'static str = Box::leak(body.into_boxed_str());
        let server = Account { instead: Some(("/inference-profiles", body)), ..Account::new("111122223333") }.start();
        for words in [&["catalog", "refresh"][..], &["inference-profile", "list", "--type", "all"]] {
            let words: Vec<_> = words.iter().copied().chain(["--region", "us-east-1"]).collect();
            let ran = run(&home, &server, &words).run();
            assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
            assert!(ran.stderr_text().contains("an ID with a character that no ID can have"), "{ran}");
            assert!(!ran.stderr_text().contains("forged"), "{ran}");
        }
        let shown = run(&home, &server, &["catalog", "--region", "us-east-1"]).run();
        assert!(shown.stdout_text().starts_with("us-east-1\tcatalog file"), "nothing is kept: {shown}");
    }
}

#[test]
fn the_sources_are_shown_compared_and_cleared() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    let words = |words: &[&str]| run(&home, &server, words).run();
    assert_eq!(words(&["catalog", "refresh", "--region", "us-east-1"]).exit(), Some(0));
    let shown = words(&["catalog"]);
    let lines: Vec<_> = shown.stdout_text().lines().collect();
    assert!(lines.contains(&&*format!("us-east-1\tlive\t{}\t2\t2\t0\t1", today())), "{shown}");
    assert!(
        lines.iter().any(|line| line.starts_with(&format!("eu-west-1\tcatalog file {CATALOG}\t2026-10-27\t"))),
        "{shown}"
    );
    let expired = run(&home, &server, &["catalog", "--region", "us-east-1"]).env("BEDROCK_ASK_CATALOG_TTL", "0").run();
    assert!(expired.stdout_text().starts_with("us-east-1\texpired\t"), "{expired}");
    let diff = words(&["catalog", "diff"]);
    assert!(diff.stdout_text().contains("us-east-1\tlive\tus.newcomer.chat-2\tgeographic\n"), "{diff}");
    assert!(diff.stdout_text().contains("us-east-1\tfile\tus.anthropic.claude-sonnet-4-6\tgeographic\n"), "{diff}");
    assert!(!diff.stdout_text().contains("\tglobal.anthropic.claude-sonnet-4-6\t"), "{diff}");
    insta::assert_snapshot!(words(&["catalog", "clear"]), @r"
    ----- stdout -----
    ----- stderr -----
    note: one file is removed
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(words(&["catalog", "diff"]), @r"
    ----- stdout -----
    ----- stderr -----
    error: no live catalog is kept that is newer than the catalog

     hint: bedrock-ask catalog refresh --region all
    ----- exit 1 -----
    ");
}

#[test]
fn a_cache_that_cannot_be_written_fails_nothing() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    home.write(".cache", b"a file where a folder should be");
    let ran = run(&home, &server, &["resolve", "--live", "newcomer.chat-2", "--region", "us-east-1"]).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text()), ("us.newcomer.chat-2\n", ""), "{ran}");
}

#[test]
fn without_a_region_the_error_says_what_to_write() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    insta::assert_snapshot!(run(&home, &server, &["catalog", "refresh"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: no source Region is set

     hint: name it once: `--region eu-central-1`
     hint: or in the environment: `export AWS_REGION=eu-central-1`
     hint: or in the config file: `bedrock-ask config set region eu-central-1`
     hint: or in your AWS profile: `aws configure set region eu-central-1`
     hint: or refresh all: `bedrock-ask catalog refresh --region all`
    ----- exit 2 -----
    ");
}

#[test]
fn the_lists_of_the_fake_are_read_to_their_last_page() {
    let fake = FakeBedrock::start();
    fake.page_size(2);
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect_repeatedly(list_foundation_models());
    fake.application_profile(
        "team",
        "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-2-lite-v1:0",
        "eu-central-1",
    );
    let ran = bedrock_ask(["catalog", "refresh", "--region", "eu-central-1"]).credentials().against(&fake).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(fake.requests_of(Operation::ListInferenceProfiles).len() > 3);
}

#[test]
fn the_built_in_catalog_takes_over_what_aws_lists_and_a_second_time_changes_nothing() {
    let (home, server) = (Home::new(), Account::new("111122223333").start());
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model/catalog");
    let names = ["foundation_models.txt", "destinations.txt", "prefixes.txt"];
    for name in names {
        home.write_here(&format!("catalog/{name}"), &fs::read(source.join(name)).unwrap());
    }
    let refresh = || {
        let ran = run(&home, &server, &["catalog", "refresh", "--region", "us-east-1", "--built-in", "catalog"]).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        names.map(|name| home.read_here(&format!("catalog/{name}")))
    };
    let first = refresh();
    assert!(first.iter().all(|text| text.starts_with(&format!("# as of {}\n", today()))));
    assert!(first[0].contains("\n  profile us.newcomer.chat-2 current captured A Name\n    route us."), "{}", first[0]);
    // What the lists do not contain stays: prices, limits, Regions that were not read.
    let before = fs::read_to_string(source.join(names[0])).unwrap();
    for kept in ["\n  price ", "\n  context-window ", "\n  successor ", " eu-west-2", " us-gov-west-1"] {
        let count = |text: &str| {
            text.lines()
                .filter(|line| !line.starts_with('#'))
                .map(|line| format!("\n{line}"))
                .filter(|line| line.contains(kept))
                .count()
        };
        assert_eq!(count(&first[0]), count(&before), "{kept}");
    }
    assert_eq!(refresh(), first);
    // Lists of another day than today have its date, and change nothing that is newer.
    let older = ["catalog", "refresh", "--region", "us-east-1", "--built-in", "catalog", "--as-of", "2026-01-01"];
    assert_eq!(run(&home, &server, &older).run().exit(), Some(0));
    assert_eq!(names.map(|name| home.read_here(&format!("catalog/{name}"))), first);
    for name in names {
        home.write_here(&format!("catalog/{name}"), &fs::read(source.join(name)).unwrap());
    }
    let later = older.map(|word| if word == "2026-01-01" { "2099-12-30" } else { word });
    assert_eq!(run(&home, &server, &later).run().exit(), Some(0));
    assert!(home.read_here("catalog/foundation_models.txt").starts_with("# as of 2099-12-30\n"));
}
