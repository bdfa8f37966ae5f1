//! What the SDK reads from the environment and the AWS profile, tried for real: a variable cannot be set within a
//! process safely, so each test runs [`one_call`] in a process of its own, with an environment of its own.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use super::loopback::{Reply, Server};
use super::{ApiKey, Aws, AwsProfile, ConverseRequest, Options, run};
use crate::model::region::Region;

const ANSWER: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},
    "stopReason":"end_turn"}"#;
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "secret")];
/// The machine that runs the tests may be an instance itself: it is never asked.
const NO_INSTANCE: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");

/// The child: one call with the options of its own variables; what came of it goes to stdout.
#[test]
#[ignore = "run by the tests beside it"]
#[expect(clippy::disallowed_methods, reason = "the variables by which a test talks to its child")]
fn one_call() {
    // Alone it would look for the credentials of whoever runs the tests.
    if env::var_os("TEST_CASE").is_none() {
        return;
    }
    let mut options = Options::new(Region::named("us-east-1").unwrap());
    options.endpoint_url = env::var("TEST_ENDPOINT").ok();
    options.api_key = env::var("TEST_API_KEY").ok().and_then(|key| ApiKey::parse(&key).unwrap());
    options.profile = env::var("TEST_PROFILE").ok().map(|name| AwsProfile { name, named_by_hand: true });
    if env::var_os("TEST_DEBUG").is_some() {
        options.debug = Some(std::sync::Arc::new(|line: &str| println!("debug: {line}")));
    }
    let request = ConverseRequest {
        model_id: "m:0".to_owned(),
        prompt: "secret prompt".to_owned(),
        ..ConverseRequest::default()
    };
    run(async {
        let aws = Aws::new(options).await;
        for note in aws.notes() {
            println!("note: {note}");
        }
        if env::var_os("TEST_IDENTITY").is_some() {
            return identity(&aws).await;
        }
        let client = match aws.bedrock_runtime() {
            Ok(client) => client,
            Err(error) => return println!("refused: {}", error.what),
        };
        if env::var_os("TEST_PREVIEW").is_some() {
            match client.preview(&request, false).await {
                Ok(preview) => println!("url: {}", preview.url),
                Err(failure) => println!("failure: {:?} {}", failure.stage, failure.message),
            }
            return;
        }
        match client.converse(&request).await {
            Ok(response) => println!("answer: {}", response.text),
            Err(failure) => {
                println!("failure: {:?} {} / {}", failure.stage, failure.message, failure.sources.join(" / "));
            }
        }
    })
    .unwrap();
}

/// The child's other call: who it is by STS, and where its credentials come from.
async fn identity(aws: &Aws) {
    let sts = match aws.sts() {
        Ok(sts) => sts,
        Err(error) => return println!("refused: {}", error.what),
    };
    match sts.credential_source().await {
        Ok(source) => println!("note: from {}, expires {}", source.description, source.expiry.is_some()),
        Err(failure) => println!("failure: {:?} {}", failure.stage, failure.message),
    }
    match sts.get_caller_identity().await {
        Ok(identity) => println!("answer: {} {}", identity.account, identity.arn),
        Err(failure) => {
            println!("failure: {:?} {:?} {:?}", failure.stage, failure.operation, failure.code.unwrap_or_default());
        }
    }
}

/// An environment: a home with an AWS configuration, and variables.
struct Case {
    home: tempfile::TempDir,
    command: Command,
}

impl Case {
    fn new(variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "aws::tests::one_call", "--ignored", "--nocapture"]);
        command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin").env(NO_INSTANCE.0, NO_INSTANCE.1);
        command.env("TEST_CASE", "1").envs(variables.iter().copied());
        Self { home, command }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn config(self, text: &str) -> Self {
        self.file(".aws/config", text);
        self
    }

    /// What the call came to, without the lines of the test harness.
    fn run(mut self) -> String {
        let output = String::from_utf8(self.command.output().unwrap().stdout).unwrap();
        let told = ["note: ", "refused: ", "url: ", "failure: ", "answer: ", "debug: "];
        let lines = output.lines().filter_map(|line| {
            let start = told.iter().filter_map(|prefix| line.find(prefix)).min()?;
            Some(&line[start..])
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn bedrock() -> Server {
    Server::start(vec![Reply::json(200, ANSWER)])
}

fn authorization(server: &Server) -> String {
    server.received().last().unwrap().header("authorization").unwrap_or_default().to_owned()
}

#[test]
fn keys_of_the_environment_sign_for_the_source_region() {
    let server = bedrock();
    let case = Case::new(&KEYS).with("TEST_ENDPOINT", &server.url()).with("AWS_REGION", "eu-west-1");
    assert_eq!(case.run(), "answer: Hello");
    let authorization = authorization(&server);
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDENV/"), "{authorization}");
    assert!(authorization.contains("/us-east-1/bedrock/aws4_request"), "{authorization}");
}

#[test]
fn a_blank_api_key_and_the_generic_token_are_never_sent() {
    for (name, value) in
        [("AWS_BEARER_TOKEN_BEDROCK", ""), ("AWS_BEARER_TOKEN_BEDROCK", " "), ("AWS_BEARER_TOKEN", "x")]
    {
        let server = bedrock();
        let case = Case::new(&KEYS).with("TEST_ENDPOINT", &server.url()).with(name, value);
        assert_eq!(case.with("TEST_API_KEY", " ").run(), "answer: Hello");
        assert!(authorization(&server).contains("AKIDENV"), "{name}={value:?}");
    }
}

#[test]
fn an_api_key_wins_over_keys_and_yields_to_a_profile_named_by_hand() {
    let server = bedrock();
    let case = Case::new(&KEYS).with("TEST_ENDPOINT", &server.url()).with("TEST_API_KEY", "ABSKx\n");
    assert_eq!(case.run(), "answer: Hello");
    assert_eq!(authorization(&server), "Bearer ABSKx");

    let config = "[profile work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = s\n";
    let case = Case::new(&KEYS).with("TEST_ENDPOINT", &server.url()).with("TEST_API_KEY", "ABSKx").config(config);
    let case = case.with("AWS_BEARER_TOKEN_BEDROCK", "ABSKx").with("TEST_PROFILE", "work");
    let note = "note: `AWS_BEARER_TOKEN_BEDROCK` is not used: the AWS profile `work` was named";
    assert_eq!(case.run(), format!("{note}\nanswer: Hello"));
    assert!(authorization(&server).contains("AKIDWORK"));
}

#[test]
fn a_credential_process_gives_credentials() {
    let server = bedrock();
    let case = Case::new(&[]).with("TEST_ENDPOINT", &server.url()).with("AWS_PROFILE", "tool");
    let json = r#"{"Version":1,"AccessKeyId":"AKIDTOOL","SecretAccessKey":"s"}"#;
    let script = case.file("credentials.sh", &format!("echo '{json}'"));
    let config = format!("[profile tool]\ncredential_process = sh {}\n", script.display());
    assert_eq!(case.config(&config).run(), "answer: Hello");
    assert!(authorization(&server).contains("AKIDTOOL"));
}

#[test]
fn the_instance_and_the_container_give_credentials() {
    let expiring = r#""SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z""#;
    let server = bedrock();
    let container = Server::start(vec![Reply::json(200, &format!(r#"{{"AccessKeyId":"AKIDECS",{expiring}}}"#))]);
    let case = Case::new(&[]).with("TEST_ENDPOINT", &server.url());
    let case = case.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/v2/x", container.url()));
    assert_eq!(case.run(), "answer: Hello");
    assert!(authorization(&server).contains("AKIDECS"));

    let role =
        format!(r#"{{"Code":"Success","LastUpdated":"x","Type":"AWS-HMAC","AccessKeyId":"AKIDIMDS",{expiring}}}"#);
    let token = Reply::new(200, &[("x-aws-ec2-metadata-token-ttl-seconds", "600")], "token");
    let instance = Server::start(vec![token, Reply::new(200, &[], "role"), Reply::json(200, &role)]);
    let case = Case::new(&[]).with("TEST_ENDPOINT", &server.url()).without(NO_INSTANCE.0);
    assert_eq!(case.with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &instance.url()).run(), "answer: Hello");
    assert!(authorization(&server).contains("AKIDIMDS"));
}

#[test]
fn a_role_is_assumed_from_a_profile_and_from_a_web_identity() {
    let server = bedrock();
    let security_tokens = |operation: &str| {
        let credentials = "<Credentials><AccessKeyId>AKIDROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                           <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>";
        let body = format!(
            "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{credentials}\
             </{operation}Result></{operation}Response>"
        );
        Server::start(vec![Reply::new(200, &[("content-type", "text/xml")], &body)])
    };
    let role = "arn:aws:iam::123456789012:role/x";
    let service = security_tokens("AssumeRole");
    let case = Case::new(&KEYS).with("TEST_ENDPOINT", &server.url()).with("TEST_PROFILE", "role");
    let case = case.config(&format!("[profile role]\nrole_arn = {role}\ncredential_source = Environment\n"));
    assert_eq!(case.with("AWS_ENDPOINT_URL_STS", &service.url()).run(), "answer: Hello");
    assert!(authorization(&server).contains("AKIDROLE"));
    assert!(authorization(&service).contains("AKIDENV"));

    let service = security_tokens("AssumeRoleWithWebIdentity");
    let case = Case::new(&[("AWS_ROLE_ARN", role)]).with("TEST_ENDPOINT", &server.url());
    let token = case.file("token", "web-token");
    let case = case.with("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap());
    assert_eq!(case.with("AWS_ENDPOINT_URL_STS", &service.url()).run(), "answer: Hello");
    assert!(service.received()[0].body.contains("WebIdentityToken=web-token"));
}

#[test]
fn a_sign_in_that_still_holds_gives_credentials() {
    let sso = "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n\n\
               [sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n";
    let credentials = r#"{"roleCredentials":{"accessKeyId":"AKIDSSO","secretAccessKey":"s","sessionToken":"t",
        "expiration":4070908800000}}"#;
    let (server, portal) = (bedrock(), Server::start(vec![Reply::json(200, credentials)]));
    let case = Case::new(&[]).with("TEST_ENDPOINT", &server.url()).config(sso);
    // The name of the file is the SHA-1 of the session's name, `s`.
    case.file(
        ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
        r#"{"accessToken":"portal-token","expiresAt":"2099-01-01T00:00:00Z","region":"us-east-1"}"#,
    );
    assert_eq!(case.with("AWS_ENDPOINT_URL_SSO", &portal.url()).run(), "answer: Hello");
    assert!(authorization(&server).contains("AKIDSSO"));
    assert_eq!(portal.received()[0].header("x-amz-sso_bearer_token"), Some("portal-token"));

    let session = "arn:aws:iam::0123456789012:user/Admin";
    let case = Case::new(&[]).with("TEST_ENDPOINT", &server.url());
    // The name of the file is the SHA-256 of the session.
    case.file(
        ".aws/login/cache/36db1d138ff460920374e4c3d8e01f53f9f73537e89c88d639f68393df0e2726.json",
        r#"{"accessToken":{"accessKeyId":"AKIDLOGIN","secretAccessKey":"s","sessionToken":"t",
            "accountId":"012345678901","expiresAt":"2099-01-01T00:00:00Z"},"tokenType":"aws_sigv4",
            "refreshToken":"r","idToken":"i","clientId":"c","dpopKey":"k"}"#,
    );
    assert_eq!(case.config(&format!("[default]\nlogin_session = {session}\n")).run(), "answer: Hello");
    assert!(authorization(&server).contains("AKIDLOGIN"));
}

#[test]
fn a_profile_named_by_hand_that_has_no_source_uses_the_machines() {
    let server = bedrock();
    let credentials =
        r#"{"AccessKeyId":"AKIDECS","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#;
    let container = Server::start(vec![Reply::json(200, credentials)]);
    let case = Case::new(&KEYS).with("TEST_ENDPOINT", &server.url()).with("TEST_PROFILE", "bare");
    let case = case.config("[profile bare]\nregion = eu-west-1\n");
    let case = case.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/v2/x", container.url()));
    assert_eq!(case.run(), "answer: Hello");
    assert!(authorization(&server).contains("AKIDECS"));
}

#[test]
fn missing_credentials_are_not_taken_for_a_broken_network() {
    let server = bedrock();
    let case = || Case::new(&[]).with("TEST_ENDPOINT", &server.url());
    let nothing = case().run();
    assert!(
        nothing.starts_with("failure: Credentials no credentials found in chain / tried Environment: "),
        "{nothing}"
    );

    let undefined = case().with("TEST_PROFILE", "nobody").config("[default]\nregion = us-east-1\n").run();
    assert!(undefined.starts_with("failure: Credentials ") && undefined.contains("nobody"), "{undefined}");

    let sso = "[profile sso]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n\n\
               [sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n";
    let expired = case().with("TEST_PROFILE", "sso").config(sso).run();
    assert!(expired.starts_with("failure: Credentials ") && expired.contains("SSO"), "{expired}");

    let failing = case().with("TEST_PROFILE", "tool").config("[profile tool]\ncredential_process = false\n").run();
    assert!(failing.starts_with("failure: Credentials "), "{failing}");
    assert!(server.received().is_empty());
}

#[test]
fn endpoints_come_from_variables_and_the_profile_the_services_own_first() {
    let preview = |case: Case| case.with("TEST_PREVIEW", "1").run();
    let expected = |host: &str| format!("url: {host}/model/m%3A0/converse");
    let general = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let own = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:2");
    assert_eq!(preview(Case::new(&[general])), expected(general.1));
    assert_eq!(preview(Case::new(&[general, own])), expected(own.1));
    assert_eq!(
        preview(Case::new(&[("AWS_ENDPOINT_URL", "")])),
        expected("https://bedrock-runtime.us-east-1.amazonaws.com")
    );
    for key in ["bedrock-runtime", "bedrock_runtime"] {
        let config = format!(
            "[default]\nendpoint_url = http://127.0.0.1:3\nservices = s\n\n\
             [services s]\n{key} =\n  endpoint_url = http://127.0.0.1:4\n"
        );
        assert_eq!(preview(Case::new(&[]).config(&config)), expected("http://127.0.0.1:4"), "{key}");
        assert_eq!(preview(Case::new(&[general]).config(&config)), expected(general.1));
    }
    let config = "[default]\nendpoint_url = http://127.0.0.1:3\n";
    assert_eq!(preview(Case::new(&[]).config(config)), expected("http://127.0.0.1:3"));
    let ignored = Case::new(&[general, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]);
    assert_eq!(preview(ignored), expected("https://bedrock-runtime.us-east-1.amazonaws.com"));
}

#[test]
fn fips_and_dual_stack_choose_the_endpoint_and_a_plain_one_elsewhere_is_refused() {
    let preview = |variables: &[(&str, &str)]| Case::new(variables).with("TEST_PREVIEW", "1").run();
    let fips = preview(&[("AWS_USE_FIPS_ENDPOINT", "true")]);
    assert_eq!(fips, "url: https://bedrock-runtime-fips.us-east-1.amazonaws.com/model/m%3A0/converse");
    let dual = preview(&[("AWS_USE_DUALSTACK_ENDPOINT", "true")]);
    assert_eq!(dual, "url: https://bedrock-runtime.us-east-1.api.aws/model/m%3A0/converse");
    let both = preview(&[("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]);
    assert!(both.starts_with("failure: ") && both.contains("FIPS"), "{both}");
    let plain = preview(&[("AWS_ENDPOINT_URL", "http://10.0.0.1")]);
    assert_eq!(plain, "refused: the endpoint `http://10.0.0.1` is neither `https://` nor on this machine");
}

#[test]
fn a_proxy_is_used_unless_the_host_is_excepted_whatever_the_case_of_its_variable() {
    for name in ["HTTP_PROXY", "http_proxy"] {
        let (server, proxy) = (bedrock(), bedrock());
        let case = || Case::new(&KEYS).with("TEST_ENDPOINT", &server.url()).with(name, &proxy.url());
        assert_eq!(case().run(), "answer: Hello");
        assert_eq!(proxy.received()[0].line, format!("POST {}/model/m%3A0/converse HTTP/1.1", server.url()));
        assert!(server.received().is_empty());
        assert_eq!(case().with("no_proxy", "127.0.0.1").run(), "answer: Hello");
        assert_eq!(server.received().len(), 1);
    }
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let proxy = Server::start(vec![Reply::new(407, &[], "")]);
        let case = Case::new(&KEYS).with("TEST_ENDPOINT", "https://bedrock.invalid").with(name, &proxy.url());
        let told = case.run();
        assert!(told.starts_with("failure: Connection ") && told.contains("proxy authorization required"), "{told}");
        assert_eq!(proxy.received()[0].line, "CONNECT bedrock.invalid:443 HTTP/1.1");
    }
}

#[test]
fn an_api_key_for_this_machine_goes_through_no_proxy() {
    let (server, proxy) = (bedrock(), bedrock());
    let case = Case::new(&[]).with("TEST_ENDPOINT", &server.url()).with("TEST_API_KEY", "ABSKx");
    assert_eq!(case.with("HTTP_PROXY", &proxy.url()).run(), "answer: Hello");
    assert_eq!(authorization(&server), "Bearer ABSKx");
    assert!(proxy.received().is_empty());
}

#[test]
fn certificates_come_from_the_variable_the_profile_or_the_system() {
    let (server, pem) = Server::start_tls(vec![Reply::json(200, ANSWER)]);
    let url = format!("https://localhost:{}", server.port());
    let case = || Case::new(&KEYS).with("TEST_ENDPOINT", &url);
    let unknown = case().run();
    assert!(unknown.starts_with("failure: Tls invalid peer certificate"), "{unknown}");
    for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let case = case();
        let path = case.file("ca.pem", &pem);
        assert_eq!(case.with(name, path.to_str().unwrap()).run(), "answer: Hello", "{name}");
    }
    let by_profile = case();
    let path =
        by_profile.file("ca.pem", &format!("{pem}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    let config = format!("[default]\nca_bundle = {}\n", path.display());
    assert_eq!(by_profile.config(&config).run(), "answer: Hello");
    let missing = case().with("AWS_CA_BUNDLE", "/nowhere").run();
    assert!(missing.starts_with("failure: Tls the CA bundle `/nowhere` cannot be read"), "{missing}");
    let empty = case();
    let path = empty.file("ca.pem", "not a certificate");
    let empty = empty.with("AWS_CA_BUNDLE", path.to_str().unwrap()).run();
    assert!(empty.contains("holds no certificate that can be trusted"), "{empty}");
    // A bundle that is broken matters only where a certificate is checked.
    let plain = bedrock();
    let case = Case::new(&KEYS).with("TEST_ENDPOINT", &plain.url()).with("AWS_CA_BUNDLE", "/nowhere");
    assert_eq!(case.run(), "answer: Hello");
}

#[test]
fn debug_tells_method_host_path_status_and_request_id_and_nothing_secret() {
    let server = bedrock();
    let told = Case::new(&KEYS).with("TEST_ENDPOINT", &server.url()).with("TEST_DEBUG", "1").run();
    let input = format!("debug: POST {}/model/m%3A0/converse, attempt 1: 200 after ", server.url());
    assert!(told.starts_with(&input) && told.contains("request ID req-1"), "{told}");
    assert!(!told.contains("secret") && !told.contains("AKID"), "{told}");
}

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Arn>arn:aws:sts::111122223333:assumed-role/ci/run</Arn><UserId>U</UserId><Account>111122223333</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

#[test]
fn the_principal_comes_from_sts_at_its_own_endpoint_even_beside_an_api_key() {
    let server = Server::start(vec![Reply::new(200, &[("content-type", "text/xml")], IDENTITY)]);
    let case = Case::new(&KEYS).with("TEST_IDENTITY", "1").with("TEST_API_KEY", "ABSKcanary");
    // An endpoint named by hand is Bedrock's.
    let case = case.with("TEST_ENDPOINT", "http://127.0.0.1:1").with("AWS_ENDPOINT_URL_STS", &server.url());
    let expected = "note: from environment variables, expires false\nanswer: 111122223333 arn:aws:sts::111122223333:assumed-role/ci/run";
    assert_eq!(case.run(), expected);
    let authorization = authorization(&server);
    assert!(authorization.contains("/us-east-1/sts/aws4_request"), "{authorization}");
    assert!(server.received()[0].body.contains("Action=GetCallerIdentity"));
}

#[test]
fn a_process_tells_when_its_credentials_expire_and_no_credentials_are_a_failure_of_their_own() {
    let expired = "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>old</Message></Error>\
        </ErrorResponse>";
    let server = Server::start(vec![Reply::new(403, &[("content-type", "text/xml")], expired)]);
    let keys = r#"{"Version":1,"AccessKeyId":"AKIDPROCESS","SecretAccessKey":"s","SessionToken":"t",
        "Expiration":"2099-01-01T00:00:00Z"}"#;
    let case = Case::new(&[("TEST_IDENTITY", "1"), ("AWS_ENDPOINT_URL", &server.url())]);
    let keys = case.file("keys.json", keys);
    let case = case.config(&format!("[default]\ncredential_process = cat {}\n", keys.display()));
    let told = case.run();
    let expected = "note: from AWS profile, credential_process, expires true\n\
        failure: Response Some(\"GetCallerIdentity\") \"ExpiredToken\"";
    assert_eq!(told, expected);
    let case = Case::new(&[("TEST_IDENTITY", "1"), ("AWS_ENDPOINT_URL_STS", "http://10.0.0.1")]);
    assert_eq!(case.run(), "refused: the endpoint `http://10.0.0.1` is neither `https://` nor on this machine");
    let told = Case::new(&[("TEST_IDENTITY", "1"), ("AWS_ENDPOINT_URL_STS", &server.url())]).run();
    assert_eq!(told.matches("failure: Credentials ").count(), 2, "{told}");
}
