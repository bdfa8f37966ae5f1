//! AWS profiles: which credentials sign a request for each shape that AWS's files may have, and what is refused.

use crate::fake_bedrock::*;
#[cfg(unix)]
use crate::harness::Stream;
use crate::harness::{Home, Run, bedrock_ask, canary, printing};

/// Keys that the fake accepts beside those of the environment.
const KEYS: &str = "aws_access_key_id = test\naws_secret_access_key = test\n";
const ROLE: &str = "role_arn = arn:aws:iam::111122223333:role/role\n";

fn ask(fake: &FakeBedrock) -> Run {
    bedrock_ask(["ask", "-m", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1", "hi"]).against(fake)
}

/// Adds credentials of the machine, which no named profile may use. A request for them fails the fake.
fn on_a_machine(run: Run, fake: &FakeBedrock) -> Run {
    run.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/container-credentials", fake.url()))
}

/// Runs to a response and returns the access key ID that signed the last request.
#[track_caller]
fn signer(run: Run, fake: &FakeBedrock) -> String {
    fake.expect(converse_stream());
    let ran = run.run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
    access_key_id(fake.requests().last().unwrap())
}

fn access_key_id(request: &Request) -> String {
    let authorization = request.header("authorization").unwrap();
    authorization.split_once("Credential=").unwrap().1.split('/').next().unwrap().to_owned()
}

#[track_caller]
fn refused(run: Run, text: &str) {
    let ran = run.run();
    assert!(ran.stdout.is_empty() && ran.exit() == Some(5) && ran.to_string().contains(text), "{text}: {ran}");
}

#[test]
fn every_shape_that_the_aws_cli_reads_gives_the_profiles_own_keys() {
    let fake = FakeBedrock::start();
    for (profile, config, credentials) in [
        ("dev", "[profile dev]\nKEYS", ""),
        ("dev", "", "[dev]\nKEYS"),
        ("prod account", "[profile \"prod account\"]\nregion = eu-west-1\nKEYS", ""),
        ("my dev", "[profile 'my dev']\nregion = eu-west-1\n", "[my dev]\nKEYS"),
        ("dev", "[profile 'dev']\nKEYS", ""),
        ("größe", "[profile größe]\nKEYS", ""),
        ("größe", "", "[größe]\nKEYS"),
        ("a=b", "[profile a=b]\nKEYS", ""),
        ("x[1", "[profile x[1]\nKEYS", ""),
        ("50%", "[profile 50%]\nKEYS", ""),
        ("dev", "  [profile dev]\n  aws_access_key_id = test\n  aws_secret_access_key = test\n", ""),
        (
            "dev",
            "[default]\nregion = eu-west-1\n  [profile dev]\n\taws_access_key_id=test\n\taws_secret_access_key=test\n",
            "",
        ),
        ("default", "  [default]\n  aws_access_key_id = test\n  aws_secret_access_key = test\n", ""),
        ("default", "[profile default]\nKEYS", ""),
        ("default", "[profile default]\naws_access_key_id = other\n[default]\nKEYS", ""),
        ("dev", "\u{feff}[profile dev]\r\naws_access_key_id = test\r\naws_secret_access_key = test\r\n", ""),
        ("dev", "\u{feff}[profile dev]\naws_access_key_id: test\nAWS_SECRET_ACCESS_KEY: test\n", ""),
        (
            "dev",
            "# one\n[profile dev] # two\n; three\naws_access_key_id = test # four\naws_secret_access_key = test\n",
            "",
        ),
        (
            "dev",
            "[profile dev]\ns3 =\n  max_concurrent_requests = 5\n\n  # deeper\n  addressing_style = path\nKEYS",
            "",
        ),
        ("dev", "[profile dev]\nKEYS", "[dev]\naws_session_token =\n"),
        ("dev", "[plugins]\nx = y\n[profile half]\naws_access_key_id = other\n[profile dev]\nKEYS", ""),
        ("dev", "[profile dev]\naws_access_key_id = other\naws_secret_access_key = other\n", "[dev]\nKEYS"),
    ] {
        let files = |run: Run| {
            let run = run.file(".aws/config", config.replace("KEYS", KEYS));
            on_a_machine(run.file(".aws/credentials", credentials.replace("KEYS", KEYS)), &fake)
        };
        let by_flag = files(ask(&fake)).credentials().argument("--profile").argument(profile);
        assert_eq!(signer(by_flag, &fake), "test", "{profile}: {config}{credentials}");
        let by_variable = files(ask(&fake)).env("AWS_PROFILE", profile);
        assert_eq!(signer(by_variable, &fake), "test", "{profile}: {config}{credentials}");
    }
}

#[test]
fn the_default_profile_of_the_environment_is_used_if_no_other_is_named() {
    let fake = FakeBedrock::start();
    let config = format!("[default]\naws_access_key_id = other\naws_secret_access_key = other\n[profile dev]\n{KEYS}");
    let run = || ask(&fake).file(".aws/config", &config);
    assert_eq!(signer(run().env("AWS_DEFAULT_PROFILE", "dev"), &fake), "test");
    let both = |default: &str| run().env("AWS_DEFAULT_PROFILE", default).env("AWS_PROFILE", "dev");
    assert_eq!(signer(both("default"), &fake), "test");
    let warning = "warning: `AWS_PROFILE` (`dev`) is used; boto3 and AWS CLI 1 use `AWS_DEFAULT_PROFILE` (`default`)\n";
    let resolve = ["resolve", "nova-lite", "--region", "eu-west-1"];
    for (default, expected) in [("default", warning), ("dev", ""), (" ", "")] {
        let set =
            |run: Run| run.env("AWS_DEFAULT_PROFILE", default).env("AWS_PROFILE", "dev").file(".aws/config", &config);
        assert_eq!(set(bedrock_ask(resolve)).run().stderr_text(), expected, "{default}");
        assert_eq!(set(bedrock_ask(resolve)).argument("--profile=dev").run().stderr_text(), "", "{default}");
    }
    refused(
        run().env("AWS_DEFAULT_PROFILE", "nope"),
        "there is no AWS profile `nope` (environment AWS_DEFAULT_PROFILE)",
    );
}

#[test]
fn the_paths_of_awss_files_are_read_as_botocore_reads_them_and_a_missing_file_is_warned_of() {
    let fake = FakeBedrock::start();
    for path in ["~/aws/keys", "$HOME/aws/keys", "${HOME}/aws/keys", "$ROOT/keys"] {
        for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            let home = Home::new();
            let run = ask(&fake).home(&home).file("aws/keys", format!("[default]\n{KEYS}")).env(variable, path);
            let run = run.env("ROOT", home.path("aws"));
            assert_eq!(signer(run, &fake), "test", "{variable}={path}");
        }
    }
    let run = ask(&fake).credentials().env("AWS_CONFIG_FILE", "/nonexistent/$UNSET_VARIABLE/config");
    fake.expect(converse_stream());
    let ran = run.run();
    let warning = "warning: `AWS_CONFIG_FILE` names `/nonexistent/$UNSET_VARIABLE/config`, which does not exist\n";
    assert_eq!((ran.exit(), ran.stderr_text()), (Some(0), warning), "{ran}");
}

#[test]
fn a_role_is_assumed_with_the_credentials_of_a_profile_of_any_name() {
    let fake = FakeBedrock::start();
    for (config, source) in [
        (format!("[profile 'my role']\n{ROLE}source_profile = größe\n[profile größe]\n{KEYS}"), "test"),
        (format!("[profile 'my role']\n{ROLE}source_profile = my role\n{KEYS}"), "test"),
        (format!("[profile 'my role']\n{ROLE}source_profile = two\n[profile two]\n{ROLE}{KEYS}"), "test"),
        (format!("[profile 'my role']\n{ROLE}credential_source = Environment\n"), canary::ACCESS_KEY_ID),
    ] {
        fake.expect(assume_role());
        let run = ask(&fake).credentials().file(".aws/config", &config).argument("--profile=my role");
        assert_eq!(signer(run, &fake), "ASIAROLE0EXAMPLE0000", "{config}");
        assert_eq!(access_key_id(fake.requests_of(Operation::AssumeRole).last().unwrap()), source, "{config}");
    }
    let config = format!(
        "[profile a]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = c d\n[profile 'c d']\n{KEYS}"
    );
    fake.expect(assume_role());
    fake.expect(assume_role());
    assert_eq!(signer(ask(&fake).file(".aws/config", config).argument("--profile=a"), &fake), "ASIAROLE0EXAMPLE0000");
    let config = format!("[profile ecs]\n{ROLE}credential_source = EcsContainer\n");
    fake.expect(container_credentials());
    fake.expect(assume_role());
    let run = on_a_machine(ask(&fake), &fake).file(".aws/config", config).argument("--profile=ecs");
    assert_eq!(signer(run, &fake), "ASIAROLE0EXAMPLE0000");
}

/// Returns the parameters of the only request for a role.
#[track_caller]
fn role_request(fake: &FakeBedrock) -> Vec<(String, String)> {
    let requests = fake.requests_of(Operation::AssumeRole);
    assert_eq!(requests.len(), 1);
    requests[0].form()
}

fn parameter<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[test]
fn a_role_is_assumed_as_its_profile_says() {
    let fake = FakeBedrock::start();
    let role = format!(
        "[profile role]\n{ROLE}source_profile = keys\nduration_seconds = 7200\nexternal_id = abc\n\
         role_session_name = me\n[profile keys]\n{KEYS}"
    );
    fake.expect(assume_role());
    let run = ask(&fake).file(".aws/config", &role).argument("--profile=role");
    assert_eq!(signer(run, &fake), "ASIAROLE0EXAMPLE0000");
    let form = role_request(&fake);
    let sent = |name| parameter(&form, name);
    assert_eq!(sent("RoleArn"), Some("arn:aws:iam::111122223333:role/role"));
    assert_eq!(["DurationSeconds", "ExternalId", "RoleSessionName"].map(sent), ["7200", "abc", "me"].map(Some));
    assert_eq!(["SerialNumber", "TokenCode"].map(sent), [None; 2]);
    for seconds in ["899", "43201", "1h", "-1"] {
        let config = role.replace("7200", seconds);
        let run = ask(&fake).file(".aws/config", config).argument("--profile=role");
        refused(run, "`duration_seconds` of the AWS profile `role` must be a whole number from 900 to 43200");
    }

    // The endpoint of STS is the one that the profile gives it.
    let fake = FakeBedrock::start();
    let services = format!("{role}[services own]\nsts =\n  endpoint_url = {}\n", fake.url());
    let services = services.replace("[profile role]\n", "[profile role]\nservices = own\n");
    fake.expect(assume_role());
    let run = ask(&fake).without_env("AWS_ENDPOINT_URL_STS").file(".aws/config", services).argument("--profile=role");
    assert_eq!(signer(run, &fake), "ASIAROLE0EXAMPLE0000");
}

/// Adds a profile `role` whose role needs an MFA code.
fn with_mfa(run: Run) -> Run {
    let config = format!(
        "[profile role]\n{ROLE}source_profile = keys\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n\
         [profile keys]\n{KEYS}"
    );
    run.file(".aws/config", config).argument("--profile=role")
}

#[cfg(unix)]
#[test]
fn an_mfa_code_is_asked_for_on_a_terminal_and_used_once() {
    let fake = FakeBedrock::start();
    let question = "MFA code of arn:aws:iam::111122223333:mfa/me for the AWS profile `role`: ";
    let terminals = [Stream::Stdin, Stream::Stderr];
    fake.expect(assume_role());
    fake.expect(converse_stream());
    let mut running = with_mfa(ask(&fake)).terminal(terminals).spawn();
    running.stderr_until(question);
    running.write_stdin("123456\n");
    let ran = running.finish();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
    let form = role_request(&fake);
    assert_eq!(parameter(&form, "SerialNumber"), Some("arn:aws:iam::111122223333:mfa/me"));
    assert_eq!(parameter(&form, "TokenCode"), Some("123456"));

    // Whatever needs the credentials, the code is used once.
    let fake = FakeBedrock::start();
    fake.expect(assume_role());
    fake.expect(get_caller_identity());
    fake.expect_repeatedly(converse());
    let check = bedrock_ask(["check", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1", "--region", "eu-west-1"]);
    let mut running = with_mfa(check.against(&fake)).terminal(terminals).spawn();
    running.stderr_until(question);
    running.write_stdin(" 123456 \n");
    let ran = running.finish();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(ran.stderr_text().matches("MFA code of").count(), 1, "{ran}");
    role_request(&fake);

    for typed in ["12345\n", "abcdef\n", "\n", "1234567\n", "\u{4}"] {
        let fake = FakeBedrock::start();
        let mut running = with_mfa(ask(&fake)).terminal(terminals).spawn();
        running.stderr_until(question);
        running.write_stdin(typed);
        let ran = running.finish();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(5)), "{ran}");
        assert!(ran.stderr_text().contains("it must have six digits") && fake.requests().is_empty(), "{ran}");
    }
}

#[test]
fn an_mfa_code_that_cannot_be_asked_for_is_explained() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(with_mfa(ask(&fake)).run(), @r#"
    ----- stdout -----
    ----- stderr -----
    error: the role of the AWS profile `role` cannot be assumed without an MFA code
    cause: the AWS profile `role` needs an MFA code of `arn:aws:iam::111122223333:mfa/me`, and there is no terminal to prompt on

     hint: on a terminal, bedrock-ask prompts for the code
     hint: `eval "$(aws configure export-credentials --profile role --format env)"` prompts for it and sets temporary credentials; then leave out `--profile`
     hint: `aws sts get-session-token --serial-number arn:aws:iam::111122223333:mfa/me --token-code CODE` returns temporary credentials of `source_profile`
     hint: in a job, use a role that needs no MFA, or `credential_process`
    ----- exit 5 -----
    "#);
    // stderr shows a question to somebody; a log does not.
    #[cfg(unix)]
    refused(with_mfa(ask(&fake)).terminal([Stream::Stdin]), "there is no terminal to prompt on");
    assert!(fake.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn a_wrong_mfa_code_is_explained() {
    let fake = FakeBedrock::start();
    let message = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    fake.expect(assume_role().replies(refusal("AccessDenied", message)));
    let mut running = with_mfa(ask(&fake)).terminal([Stream::Stdin, Stream::Stderr]).spawn();
    running.stderr_until("MFA code of");
    running.write_stdin("000000\n");
    let ran = running.finish();
    assert_eq!(ran.exit(), Some(5), "{ran}");
    assert!(ran.stderr_text().contains("the MFA code was wrong, used before, or missing\n"), "{ran}");
}

/// A refusal of STS.
fn refusal(code: &str, message: &str) -> Reply {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    Reply::Page(403, "text/xml".to_owned(), body)
}

#[test]
fn what_sts_says_of_a_role_is_shown() {
    let fake = FakeBedrock::start();
    let message = "User: arn:aws:iam::111122223333:user/me is not authorized to perform: sts:AssumeRole on resource: x";
    fake.expect(assume_role().replies(refusal("AccessDenied", message)));
    let config = format!("[profile role]\n{ROLE}source_profile = keys\n[profile keys]\n{KEYS}");
    insta::assert_snapshot!(ask(&fake).file(".aws/config", config).argument("--profile=role").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `arn:aws:iam::111122223333:user/me` is not allowed to assume the role `x`
    cause: failed to assume role `arn:aws:iam::111122223333:role/role`: AccessDenied: User: arn:aws:iam::111122223333:user/me is not authorized to perform: sts:AssumeRole on resource: x

     hint: ask an administrator to add `arn:aws:iam::111122223333:user/me` to the role's trust policy, and to allow it `sts:AssumeRole` on the role
    ----- exit 5 -----
    ");
}

#[test]
fn a_source_of_a_role_that_there_is_not_is_named() {
    let fake = FakeBedrock::start();
    let ask = |config: String| {
        on_a_machine(ask(&fake), &fake).credentials().file(".aws/config", config).argument("--profile=a")
    };
    refused(ask(format!("[profile a]\n{ROLE}source_profile = no\n")), "error: there is no AWS profile `no`\n");
    let circle = format!("[profile a]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = a\n");
    refused(ask(circle), "cause: `source_profile` refers to profiles in a loop: `a`, `b`, …\n");
    refused(
        ask(format!("[profile a]\n{ROLE}source_profile = b\n[profile b]\n")),
        "the AWS profile `b` names no source",
    );
    refused(ask(format!("[profile a]\n{ROLE}")), "`source_profile` or `credential_source`");
}

#[test]
fn a_named_profile_without_a_source_never_uses_the_machines_credentials() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    home.write(".aws/config", b"[profile bare]\nregion = eu-west-1\n");
    home.write("token", b"web-identity-canary-token");
    let ask = || {
        let run = on_a_machine(ask(&fake).home(&home), &fake);
        run.env("AWS_WEB_IDENTITY_TOKEN_FILE", home.path("token"))
            .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/x")
    };
    let text = "cause: the AWS profile `bare` names no source of credentials\n";
    refused(ask().credentials().argument("--profile=bare"), text);
    refused(ask().credentials().env("BEDROCK_ASK_PROFILE", "bare"), text);
    refused(ask().env("AWS_PROFILE", "bare"), text);
    refused(ask().config("profile: bare\n"), text);
    assert!(fake.requests().is_empty());
    let keys_first = ask().credentials().env("AWS_PROFILE", "bare");
    assert_eq!(signer(keys_first, &fake), canary::ACCESS_KEY_ID);
}

#[test]
fn the_machines_credentials_are_used_where_no_profile_is_named() {
    let fake = FakeBedrock::start();
    for (variable, config) in [("", "[default]\nregion = eu-west-1\n"), (" ", ""), ("default", "")] {
        fake.expect(container_credentials());
        let run = on_a_machine(ask(&fake), &fake).env("AWS_PROFILE", variable).file(".aws/config", config);
        assert_eq!(signer(run, &fake), "ASIAROLE0EXAMPLE0000", "{variable:?} {config}");
    }
}

#[test]
fn a_profile_that_does_not_exist_is_refused_beside_keys_and_before_a_missing_region() {
    let fake = FakeBedrock::start();
    let file = |run: Run| run.file(".aws/config", "[profile work]\nregion = eu-west-1\n");
    for run in [
        file(ask(&fake)).credentials().env("AWS_PROFILE", "wrok"),
        file(ask(&fake)).api_key().env("AWS_PROFILE", "wrok"),
        file(bedrock_ask(["hi"])).credentials().env("AWS_PROFILE", "wrok"),
        file(bedrock_ask(["resolve", "nova-lite"])).env("AWS_PROFILE", "wrok"),
    ] {
        let ran = run.run();
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran, @r"
            ----- stdout -----
            ----- stderr -----
            error: there is no AWS profile `wrok` (environment AWS_PROFILE)

             hint: there is one named `work`
             hint: `aws configure list-profiles` lists them
            ----- exit 5 -----
            ");
        }
    }
    let by_file = file(ask(&fake)).credentials().config("profile: wrok\n");
    refused(by_file, "there is no AWS profile `wrok` (config file [HOME]/.config/bedrock-ask/config.yaml:1)");
    for words in [
        &["resolve", "nova-lite", "--profile", "wrok"][..],
        &["resolve", "nova-lite", "--profile", "wrok", "--region", "eu-west-1"],
        &["config", "--profile", "wrok", "--region", "eu-west-1"],
        &["models", "--profile", "wrok", "--region", "eu-west-1"],
        &["iam-policy", "nova-lite", "--profile", "wrok", "--region", "eu-west-1"],
    ] {
        refused(file(bedrock_ask(words.iter().copied())), "error: there is no AWS profile `wrok`\n");
    }
    refused(ask(&fake).credentials().argument("--profile=default"), "there is no AWS profile `default`");
    assert_eq!(signer(ask(&fake).credentials().env("AWS_PROFILE", "default"), &fake), canary::ACCESS_KEY_ID);
}

#[test]
fn what_cannot_be_read_is_named_by_file_and_line_and_never_repeated() {
    let fake = FakeBedrock::start();
    let secret = "not-to-be-shown-anywhere";
    for (file, text, message) in [
        (
            "config",
            "[default]\n\nSECRET\n",
            "config:3: the line is neither a section, such as `[default]`, nor `KEY = VALUE`",
        ),
        ("config", "[default]\r\n[SECRET\r\n", "config:2: the line is neither a section"),
        ("credentials", "[default]\n= SECRET\n", "credentials:2: the line is neither a section"),
        ("credentials", "aws_secret_access_key = SECRET\n", "credentials:1: the line is before the first section"),
        (
            "config",
            "[default]\ns3 =\n  SECRET\n",
            "config:3: a line below a property without a value is not `KEY = VALUE`",
        ),
        (
            "credentials",
            "[default]\naws_access_key_id = test\n  aws_secret_access_key = SECRET\n",
            "credentials:2: the value of `aws_access_key_id` goes on over the next line, which is indented more",
        ),
    ] {
        let text = text.replace("SECRET", secret);
        let run = ask(&fake).credentials().secret(secret).file(&format!(".aws/{file}"), &text);
        refused(run, &format!("[HOME]/.aws/{message}"));
    }
    let run = ask(&fake).credentials().file(".aws/config", b"[default]\n# \xe9\n");
    refused(run, "[HOME]/.aws/config:2: the text is not UTF-8");
    let offline =
        bedrock_ask(["resolve", "nova-lite"]).file(".aws/config", "[default]\nregion = eu-west-1\n  output = json\n");
    refused(offline, "[HOME]/.aws/config:2: the value of `region` goes on over the next line");
    // A file that is not needed is not read.
    let offline = bedrock_ask(["resolve", "nova-lite", "--region", "eu-central-1"]).file(".aws/config", "broken");
    assert_eq!(offline.run().stdout_text(), "eu.amazon.nova-lite-v1:0\n");
}

#[test]
fn white_space_around_credentials_is_cut_off_whatever_they_come_from() {
    let fake = FakeBedrock::start();
    let keys = |run: Run, end: &str| {
        let run = run.credentials().env("AWS_ACCESS_KEY_ID", format!("{}{end}", canary::ACCESS_KEY_ID));
        let run = run.env("AWS_SECRET_ACCESS_KEY", format!("{}{end}", canary::SECRET_ACCESS_KEY));
        run.env("AWS_SESSION_TOKEN", format!("{}{end}", canary::SESSION_TOKEN))
    };
    for end in ["\r", "\n", "\r\n", " "] {
        assert_eq!(signer(keys(ask(&fake), end), &fake), canary::ACCESS_KEY_ID, "{end:?}");
    }
    let config = format!("[profile role]\n{ROLE}credential_source = Environment\n");
    fake.expect(assume_role());
    let role = keys(ask(&fake), "\r\n").file(".aws/config", config).argument("--profile=role");
    assert_eq!(signer(role, &fake), "ASIAROLE0EXAMPLE0000");

    let json = r#"{"Version":1,"AccessKeyId":"test\r\n","SecretAccessKey":"test\n","SessionToken":""}"#;
    let process = |config: &str| {
        let home = Home::new();
        home.write("keys.json", json.as_bytes());
        home.write(".aws/config", config.replace("PRINTS", &printing(&home.path("keys.json"))).as_bytes());
        ask(&fake).home(&home).argument("--profile=tool")
    };
    assert_eq!(signer(process("[profile tool]\ncredential_process = PRINTS\n"), &fake), "test");
    fake.expect(assume_role());
    let role = process(&format!("[profile tool]\n{ROLE}source_profile = tool\ncredential_process = PRINTS\n"));
    assert_eq!(signer(role, &fake), "ASIAROLE0EXAMPLE0000");
    // A comment's mark in quotes belongs to the command, one outside of them begins a comment.
    #[cfg(unix)]
    {
        let quoted = "[profile tool]\ncredential_process = sh -c 'true ; $1 \"$2\" # x' - PRINTS ; y\n";
        assert_eq!(signer(process(quoted), &fake), "test");
    }
}

#[test]
fn credentials_that_no_header_can_carry_are_refused_by_the_name_of_their_source() {
    let fake = FakeBedrock::start();
    let run = || ask(&fake).credentials();
    insta::assert_snapshot!(run().env("AWS_ACCESS_KEY_ID", "AKID\rAKID").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the AWS credentials cannot be used
    cause: the access key ID from `AWS_ACCESS_KEY_ID` holds a line break or another control character

     hint: set `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` again, each on one line
    ----- exit 5 -----
    ");
    let token = run().secret("session-token-canary").env("AWS_SESSION_TOKEN", "session-token-canary\n2");
    refused(token, "the session token from `AWS_SESSION_TOKEN` holds a line break");
    refused(run().env("AWS_ACCESS_KEY_ID", "\"AKID\""), "the access key ID from `AWS_ACCESS_KEY_ID` is in quotes");
    refused(
        run().secret("quoted-canary").env("AWS_SECRET_ACCESS_KEY", "'quoted-canary'"),
        "the secret access key from `AWS_SECRET_ACCESS_KEY` is in quotes",
    );
    refused(run().env("AWS_ACCESS_KEY_ID", "ÄKID"), "the access key ID from `AWS_ACCESS_KEY_ID` holds a character");
    let role = format!("[profile role]\n{ROLE}credential_source = Environment\n");
    let role = run().env("AWS_ACCESS_KEY_ID", "AK\u{1b}ID").file(".aws/config", role).argument("--profile=role");
    refused(role, "the access key ID from `AWS_ACCESS_KEY_ID` holds a line break");

    let file = "[my dev]\naws_access_key_id = te\0st\naws_secret_access_key = test\n";
    let file = ask(&fake).file(".aws/credentials", file).argument("--profile=my dev");
    refused(file, "the access key ID from the AWS profile `my dev` holds a line break");
    let json = r#"{"Version":1,"AccessKeyId":"te\nst","SecretAccessKey":"test"}"#;
    for role in ["", &format!("{ROLE}source_profile = tool\n")] {
        let home = Home::new();
        home.write("keys.json", json.as_bytes());
        let config = format!("[profile tool]\n{role}credential_process = {}\n", printing(&home.path("keys.json")));
        let run = ask(&fake).home(&home).file(".aws/config", config).argument("--profile=tool");
        refused(run, "the access key ID from the AWS profile `tool` holds a line break");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn region_endpoint_and_session_come_from_the_profile_that_signs() {
    let fake = FakeBedrock::start();
    let ask = || {
        let run = bedrock_ask(["ask", "-m", "amazon.nova-2-lite-v1:0", "hi"]).against(&fake);
        run.without_env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME").argument("--profile=my dev")
    };
    let url = fake.url();
    for config in [
        format!("[profile 'my dev']\nregion = eu-west-2\nendpoint_url = {url}\n{KEYS}"),
        format!(
            "[profile 'my dev']\nregion = eu-west-2\nservices = my own\n{KEYS}\
             [services 'my own']\nbedrock_runtime =\n  endpoint_url = {url} # here\n"
        ),
    ] {
        let run = ask().file(".aws/config", &config);
        assert_eq!(signer(run, &fake), "test", "{config}");
        let last = fake.requests().pop().unwrap();
        assert!(last.header("authorization").unwrap().contains("/eu-west-2/bedrock/"), "{config}");
    }
    let shown =
        bedrock_ask(["config", "--profile=my dev"]).file(".aws/config", "[profile 'my dev']\n\tregion = eu-west-2\n");
    let shown = shown.run();
    let origin = "(AWS profile my dev in [HOME]/.aws/config)";
    let is_told = |line: &str| line.starts_with("region ") && line.contains("eu-west-2") && line.ends_with(origin);
    assert!(shown.to_string().lines().any(is_told), "{shown}");

    let account = "sso_account_id = 111122223333\nsso_role_name = developer\n";
    let portal = "sso_start_url = https://start.test/start\nsso_region = eu-west-1\n";
    let config = format!(
        "[profile 'my dev']\nregion = eu-west-2\nendpoint_url = {url}\nsso_session = SESSION\n{account}[sso-session SESSION]\n{portal}"
    );
    let token = r#"{"accessToken": "sso-canary-access-token", "expiresAt": "2099-01-01T00:00:00Z"}"#;
    let run = ask().env("AWS_ENDPOINT_URL_SSO", &url).secret("sso-canary-access-token");
    // The name of the file is the SHA-1 of the session's name.
    let run = run.file(".aws/sso/cache/e274eeff768c6396088ec6eb091f4bf4d47ab1e0.json", token);
    fake.expect(get_role_credentials());
    assert_eq!(signer(run.file(".aws/config", config.replace("SESSION", "work")), &fake), "ASIAROLE0EXAMPLE0000");
    let run = ask().file(".aws/config", config.replace("= SESSION", "= my work").replace("SESSION", "'my work'"));
    refused(run, "the name of the sso-session `my work` may only have ASCII letters");
}

#[test]
fn large_files_are_read_in_reasonable_time() {
    use std::fmt::Write;
    let fake = FakeBedrock::start();
    let mut config = String::from("[DEFAULT]\noutput = json\n");
    for index in 0..10_000 {
        writeln!(config, "[profile p{index}]\nsource_profile = p{}\nregion = eu-west-1\n{ROLE}", index + 1).unwrap();
    }
    let ask = |config: String, name: &str| ask(&fake).file(".aws/config", config).argument("--profile").argument(name);
    let with_keys = format!("{config}[profile keys]\n{KEYS}");
    assert_eq!(signer(ask(with_keys, "keys"), &fake), "test");
    refused(ask(config, "p0"), "in a loop: `p0`, `p1`, `p2`, …");
    let wide = format!("[profile keys]\n{KEYS}s3 =\n{}", "  addressing_style = path\n".repeat(2_000_000));
    assert_eq!(signer(ask(wide, "keys"), &fake), "test");
}

#[cfg(unix)]
#[test]
fn a_credential_process_ends_with_the_time_limit_of_the_call() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let pipe = home.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let config = format!("[profile tool]\ncredential_process = sleep 30 3>{}\n", pipe.display());
    let run = ask(&fake).home(&home).file(".aws/config", config).env("AWS_PROFILE", "tool");
    let running = run.argument("--timeout").argument("2s").spawn();
    let started = std::time::Instant::now();
    // It is opened when the process does, and is at its end when nobody has it open any more.
    let read = std::fs::read(&pipe).unwrap();
    assert!(read.is_empty() && started.elapsed().as_secs() < 20, "the process has ended by itself");
    let ran = running.finish();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(6)), "{ran}");
}

#[cfg(unix)]
#[test]
fn a_credential_process_ends_with_a_signal_that_ends_this_process() {
    use std::os::unix::process::ExitStatusExt;

    use rustix::process::Signal;

    for (words, signal) in [
        (&["ask", "hi"][..], Signal::TERM),
        (&["ask", "hi", "-o", "out"], Signal::HUP),
        (&["whoami"], Signal::HUP),
        (&["check", "nova-lite"], Signal::TERM),
        (&["catalog", "refresh"], Signal::TERM),
    ] {
        let (fake, home) = (FakeBedrock::start(), Home::new());
        let pipe = home.path("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let config = format!("[default]\ncredential_process = sleep 30 3>{}\n", pipe.display());
        let run = bedrock_ask(words.iter().copied()).env("AWS_REGION", "us-east-1").against(&fake).home(&home);
        let running = run.file(".aws/config", config).spawn();
        let started = std::time::Instant::now();
        // It is opened when the process runs, and is at its end when nobody has it open any more.
        let mut read = std::fs::File::open(&pipe).unwrap();
        running.signal(signal);
        let ran = running.finish();
        assert_eq!(ran.home.left_files(), [], "{words:?}: {ran}");
        let is_ended = ran.status.signal() == Some(signal.as_raw()) || ran.exit() == Some(128 + signal.as_raw());
        assert!(is_ended, "{words:?}: {ran}");
        std::io::Read::read_to_end(&mut read, &mut Vec::new()).unwrap();
        assert!(started.elapsed().as_secs() < 20, "{words:?}: the process has ended by itself");
    }
}
