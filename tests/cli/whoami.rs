//! `bedrock-ask whoami`: the page for a bug report, whole whether or not the identity is known.

use serde_json::{Value, json};

use crate::fake_bedrock::*;
#[cfg(unix)]
use crate::harness::{Home, canary};
use crate::harness::{Ran, Run, bedrock_ask};

/// Returns a run of `bedrock-ask whoami` with these arguments, split at white space.
fn whoami(arguments: &str) -> Run {
    bedrock_ask(["whoami"].into_iter().chain(arguments.split_whitespace()))
}

/// Returns the line of the page that begins with this name, with single spaces.
fn line(ran: &Ran, name: &str) -> String {
    let shown = ran.home.redact(ran.stdout_text());
    let line = shown.lines().find(|line| line.split_whitespace().next() == Some(name));
    line.unwrap_or_else(|| panic!("no {name}: {ran}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the names of the page's lines.
fn names(ran: &Ran) -> Vec<&str> {
    ran.stdout_text().lines().filter_map(|line| line.split_whitespace().next()).collect()
}

const NAMES: [&str; 9] =
    ["identity", "credentials", "region", "profile", "routing", "model", "endpoint_url", "catalog", "version"];

fn object(ran: &Ran) -> Value {
    assert_eq!(ran.stdout_text().lines().count(), 1, "{ran}");
    serde_json::from_str(ran.stdout_text()).unwrap()
}

#[test]
fn the_page_has_the_identity_and_what_a_prompt_would_use() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    let run = whoami("").env("AWS_REGION", "eu-central-1").credentials().against(&fake);
    let ran = run.without_env("BEDROCK_ASK_CATALOG_PATH").config("routing: [geo]\n").run();
    assert_eq!((names(&ran), ran.stderr_text(), ran.exit()), (NAMES.to_vec(), "", Some(0)), "{ran}");
    let arn = "arn:aws:sts::111122223333:assumed-role/developer/someone";
    assert_eq!(line(&ran, "identity"), format!("identity {arn} (account 111122223333)"));
    assert_eq!(line(&ran, "credentials"), "credentials environment variables");
    assert_eq!(line(&ran, "region"), "region eu-central-1 (environment AWS_REGION)");
    assert_eq!(line(&ran, "routing"), "routing geographic (config file [HOME]/.config/bedrock-ask/config.yaml:1)");
    assert!(line(&ran, "model").starts_with("model - (default; a prompt is sent to eu."), "{ran}");
    let endpoint = format!("endpoint_url {} (environment AWS_ENDPOINT_URL_BEDROCK_RUNTIME)", fake.url());
    assert_eq!(line(&ran, "endpoint_url"), endpoint);
    let catalog = line(&ran, "catalog");
    assert!(catalog.starts_with("catalog built-in, 20") && catalog.ends_with(" old)"), "{ran}");
    let version = format!("version bedrock-ask {} (aws-sdk-bedrockruntime 1.", env!("CARGO_PKG_VERSION"));
    let platform = format!("; {} {})", std::env::consts::OS, std::env::consts::ARCH);
    assert!(line(&ran, "version").starts_with(&version) && line(&ran, "version").ends_with(&platform), "{ran}");
}

#[test]
fn json_is_one_object_and_says_what_config_says() {
    let fake = FakeBedrock::start();
    fake.expect(container_credentials());
    fake.expect(get_caller_identity());
    let file = "model: fast\naliases: {fast: nova-lite}\n";
    let of = |run: Run| {
        let run = run.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/container-credentials", fake.url()));
        run.env("AWS_REGION", "us-east-1").config(file).against(&fake).argument("--format=json").run()
    };
    let ran = of(whoami(""));
    let page = object(&ran);
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
    let arn = "arn:aws:sts::111122223333:assumed-role/developer/someone";
    assert_eq!(page["identity"], json!({"arn": arn, "accountId": "111122223333"}));
    assert_eq!(page["credentials"], json!({"source": "container credentials", "expiresAt": "2099-01-01T00:00:00Z"}));
    assert_eq!(page["model"]["modelId"], "us.amazon.nova-lite-v1:0");
    assert_eq!(page["catalog"]["source"], "file");
    assert!(page["catalog"]["file"].as_str().unwrap().ends_with("catalog.txt"), "{ran}");
    assert!(page["catalog"]["ageDays"].is_i64() && page["catalog"]["asOf"].is_string(), "{ran}");
    assert_eq!(page["versions"]["bedrock-ask"], env!("CARGO_PKG_VERSION"));
    assert!(page.get("error").is_none(), "{ran}");
    let config = of(bedrock_ask(["config"]));
    for (key, name) in [
        ("region", "region"),
        ("profile", "profile"),
        ("routing", "routing"),
        ("model", "model"),
        ("endpoint_url", "endpointUrl"),
    ] {
        let redact = |ran: &Ran| ran.home.redact(ran.stdout_text());
        let settings: Vec<Value> = redact(&config).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut setting = settings.into_iter().find(|setting| setting["key"] == key).unwrap();
        setting.as_object_mut().unwrap().remove("key");
        let page: Value = serde_json::from_str(&redact(&ran)).unwrap();
        assert_eq!(page[name], setting);
    }
}

#[test]
fn offline_nothing_is_sent() {
    let fake = FakeBedrock::start();
    let offline = || whoami("--offline --region eu-central-1").against(&fake);
    let ran = offline().credentials().run();
    assert_eq!((names(&ran), ran.stderr_text(), ran.exit()), (NAMES.to_vec(), "", Some(0)), "{ran}");
    assert_eq!(line(&ran, "identity"), "identity - (not known: STS was not called)");
    assert_eq!(line(&ran, "credentials"), "credentials environment variables");
    assert_eq!(line(&ran, "model"), "model - (default; a prompt is sent to eu.amazon.nova-2-lite-v1:0)");
    let none = offline().run();
    assert_eq!(line(&none, "credentials"), "credentials - (none were found)");
    let sso = "[default]\nsso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r\n";
    let sso = offline().file(".aws/config", sso).run();
    assert_eq!(line(&sso, "credentials"), "credentials the AWS profile `default`");
    for ran in [none, sso, whoami("--offline").run()] {
        assert_eq!((names(&ran), ran.exit()), (NAMES.to_vec(), Some(0)), "{ran}");
    }
    let refused = whoami("--offline --timeout 3s").run();
    assert!(refused.stderr_text().starts_with("error: `--timeout` has no effect on `whoami`"), "{refused}");
}

#[test]
fn without_credentials_everything_else_is_printed_and_the_first_hint_signs_in() {
    let fake = FakeBedrock::start();
    let sso = "[profile work]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = developer\n\
               [sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n";
    let run = || whoami("").env("AWS_REGION", "eu-central-1").against(&fake);
    for (run, hint) in [
        (run(), "`aws login` signs in"),
        (run().file(".aws/config", sso).env("AWS_PROFILE", "work"), "`aws sso login --profile work`"),
        (
            run().file(".aws/config", "[profile bare]\n").env("AWS_PROFILE", "bare"),
            "`aws login --profile bare` signs in",
        ),
    ] {
        let ran = run.run();
        assert_eq!((names(&ran), ran.exit()), (NAMES.to_vec(), Some(5)), "{ran}");
        assert_eq!(line(&ran, "credentials"), "credentials - (none were found)", "{ran}");
        assert!(line(&ran, "model").ends_with("; a prompt is sent to eu.amazon.nova-2-lite-v1:0)"), "{ran}");
        let first = ran.stderr_text().lines().find_map(|line| line.strip_prefix(" hint: "));
        assert!(first.is_some_and(|first| first.starts_with(hint)), "{ran}");
    }
    let ran = run().argument("--format=json").run();
    let page = object(&ran);
    assert_eq!((&page["credentials"], &page["error"]["exitCode"]), (&Value::Null, &json!(5)), "{ran}");
    assert_eq!(page["model"]["modelId"], "eu.amazon.nova-2-lite-v1:0");
    assert_eq!(ran.exit(), Some(5));
}

#[test]
fn a_profile_that_does_not_exist_is_refused_with_the_page() {
    for arguments in ["--profile wrok --region eu-central-1", "--profile wrok --region eu-central-1 --offline"] {
        let ran = whoami(arguments).credentials().file(".aws/config", "[profile work]\n").run();
        assert_eq!((names(&ran), ran.exit()), (NAMES.to_vec(), Some(5)), "{ran}");
        assert!(ran.stderr_text().starts_with("error: there is no AWS profile `wrok`\n"), "{ran}");
        assert_eq!(line(&ran, "profile"), "profile wrok (flag --profile)");
    }
}

#[test]
fn an_api_key_has_no_identity_and_sts_is_not_asked() {
    let fake = FakeBedrock::start();
    let ran = whoami("--region eu-central-1").api_key().against(&fake).run();
    assert_eq!((names(&ran), ran.stderr_text(), ran.exit()), (NAMES.to_vec(), "", Some(0)), "{ran}");
    assert_eq!(line(&ran, "identity"), "identity - (not known: an API key cannot ask STS)");
    assert_eq!(line(&ran, "credentials"), "credentials API key in `AWS_BEARER_TOKEN_BEDROCK`");
}

#[test]
fn sts_is_not_asked_if_bedrock_alone_has_an_endpoint() {
    let fake = FakeBedrock::start();
    let ran = whoami("--region eu-central-1").credentials().argument("--endpoint-url").argument(&fake.url()).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
    let reason = "STS is not called, because an endpoint is set for Bedrock only";
    assert_eq!(line(&ran, "identity"), format!("identity - (not known: {reason})"));
}

#[test]
fn what_sts_says_against_the_credentials_is_an_error_after_the_page() {
    let fake = FakeBedrock::start();
    let run = || whoami("--region eu-central-1").credentials().against(&fake);
    let body = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                <Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message>\
                </Error></ErrorResponse>";
    let refusal = Reply::Page(403, "text/xml".to_owned(), body.to_owned());
    fake.expect(Expected { reply: refusal, ..get_caller_identity() });
    let ran = run().run();
    assert_eq!((names(&ran), ran.exit()), (NAMES.to_vec(), Some(5)), "{ran}");
    assert_eq!(line(&ran, "identity"), "identity - (not known: STS responded with InvalidClientTokenId)");
    assert_eq!(line(&ran, "credentials"), "credentials environment variables");
    assert!(ran.stderr_text().contains(" does not recognize the credentials from environment variables\n"), "{ran}");
    fake.expect(get_caller_identity().fails(403, "AccessDenied", "no"));
    let ran = run().run();
    assert_eq!((names(&ran), ran.exit()), (NAMES.to_vec(), Some(5)), "{ran}");
    assert!(ran.stderr_text().contains(" refused to tell whose credentials these are\n"), "{ran}");
    assert!(!ran.stderr_text().contains("model"), "{ran}");
    fake.expect_repeatedly(Expected { reply: Reply::Silence, ..get_caller_identity() });
    let ran = run().run();
    assert_eq!((names(&ran), ran.exit()), (NAMES.to_vec(), Some(6)), "{ran}");
    assert_eq!(line(&ran, "identity"), "identity - (not known: STS did not respond within 2 seconds)");
    assert!(ran.stderr_text().starts_with("error: STS did not respond within 2 seconds\n"), "{ran}");
}

/// The limit of two seconds is that of STS: not of a tool that waits for a human.
#[cfg(unix)]
#[test]
fn a_slow_source_of_credentials_is_run_once_and_is_no_silence_of_sts() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    let home = Home::new();
    let credentials = json!({"Version": 1, "AccessKeyId": canary::ACCESS_KEY_ID,
                             "SecretAccessKey": canary::SECRET_ACCESS_KEY, "SessionToken": canary::SESSION_TOKEN});
    home.write(".aws/keys.json", credentials.to_string().as_bytes());
    home.write(
        ".aws/tool",
        format!("#!/bin/sh\necho run >> {0}.runs; sleep 2.2; cat {0}.json\n", home.path(".aws/keys").display())
            .as_bytes(),
    );
    let config = format!("[default]\ncredential_process = /bin/sh {}\n", home.path(".aws/tool").display());
    let run = whoami("--region eu-central-1").home(&home).file(".aws/config", config).against(&fake);
    let ran = run.run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
    assert_eq!(line(&ran, "credentials"), "credentials AWS profile, credential_process");
    assert_eq!(home.read(".aws/keys.runs"), "run\n");
}

#[test]
fn without_a_source_region_the_page_says_so() {
    let ran = whoami("").credentials().run();
    assert_eq!((names(&ran), ran.exit()), (NAMES.to_vec(), Some(2)), "{ran}");
    assert_eq!(line(&ran, "region"), "region - (default)");
    assert_eq!(line(&ran, "model"), "model - (default; not resolved: no source Region is set)");
    assert_eq!(line(&ran, "credentials"), "credentials environment variables");
    assert!(ran.stderr_text().starts_with("error: no source Region is set\n"), "{ran}");
    // A Region inside the spelling of the model is one.
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity().about("/us-west-2/sts/"));
    let spelled =
        whoami("").credentials().config("model: bedrock/us-west-2/amazon.nova-lite-v1:0\n").against(&fake).run();
    assert_eq!(spelled.exit(), Some(0), "{spelled}");
    assert!(line(&spelled, "model").ends_with("a prompt is sent to us.amazon.nova-lite-v1:0)"), "{spelled}");
}

#[test]
fn a_response_of_sts_without_a_caller_is_no_identity() {
    let fake = FakeBedrock::start();
    let result = |inner: &str| {
        format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult>{inner}</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )
    };
    for inner in ["", "<Account>111122223333</Account>", "<Arn>arn:aws:iam::111122223333:user/someone</Arn>"] {
        let reply = Reply::Page(200, "text/xml".to_owned(), result(inner));
        fake.expect(Expected { reply, ..get_caller_identity() });
        let ran = whoami("--region eu-central-1").credentials().against(&fake).run();
        assert_eq!((names(&ran), ran.exit()), (NAMES.to_vec(), Some(1)), "{ran}");
        assert_eq!(line(&ran, "identity"), "identity - (not known: the response of STS cannot be read)");
        assert!(ran.stderr_text().contains("the response has no ARN of a caller, or no account"), "{ran}");
    }
}

#[test]
fn the_query_and_the_fragment_of_an_endpoint_are_shown_nowhere() {
    let secret = "canary-of-a-query";
    for (url, shown) in [
        ("https://gateway.test/v1?key=canary-of-a-query", "https://gateway.test/v1?***"),
        ("https://gateway.test/#canary-of-a-query", "https://gateway.test/#***"),
        ("https://me:pass@gateway.test/?key=canary-of-a-query", "https://me:***@gateway.test/?***"),
        ("https://gateway.test:99999/?key=canary-of-a-query", "https://gateway.test:99999/?***"),
    ] {
        for variable in ["BEDROCK_ASK_ENDPOINT_URL", "AWS_ENDPOINT_URL"] {
            for words in
                ["whoami --offline", "whoami --offline --format json", "config", "config get endpoint_url", "hi"]
            {
                let run = bedrock_ask(words.split(' ')).env("AWS_REGION", "eu-central-1").env(variable, url);
                let ran = run.credentials().secret(secret).run();
                assert!(ran.stdout_text().contains(shown) || ran.stderr_text().contains(shown), "{words}: {ran}");
            }
        }
    }
    let ran = whoami("--endpoint-url ftp://gateway.test/?key=canary-of-a-query").secret(secret).run();
    assert!(ran.stderr_text().starts_with("error: invalid value `ftp://gateway.test/?***` for "), "{ran}");
}
