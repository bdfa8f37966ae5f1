//! What a machine is set up with: endpoints, certificates, proxies, and every source of credentials, over loopback.

use crate::fake_bedrock::*;
use crate::harness::{Home, Run, bedrock_ask, canary};
use crate::proxy::Proxy;

const HOST: &str = "bedrock-runtime.eu-central-1.amazonaws.com:443";

fn ask(fake: &FakeBedrock) -> Run {
    bedrock_ask(["ask", "-m", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1", "hi"]).against(fake)
}

/// An ask that goes to AWS's own host name: only a proxy leads it to the fake.
fn ask_aws(fake: &FakeBedrock) -> Run {
    ask(fake).without_env("AWS_ENDPOINT_URL_BEDROCK").without_env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
}

#[track_caller]
fn answers(run: Run) {
    let ran = run.run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
}

/// What must be found on stderr beside an empty stdout.
#[track_caller]
fn fails(run: Run, exit: i32, text: &str) {
    let ran = run.run();
    assert!(ran.stdout.is_empty() && ran.exit() == Some(exit) && ran.stderr_text().contains(text), "{ran}");
}

#[test]
fn a_certificate_of_ones_own_is_trusted_from_each_place_that_names_it() {
    let fake = FakeBedrock::start_tls();
    let home = Home::new();
    home.write("ca.pem", fake.authority().as_bytes());
    let certificate = home.path("ca.pem");
    home.write(".aws/config", format!("[profile own]\nca_bundle = {}\n", certificate.display()).as_bytes());
    let ask = || ask(&fake).home(&home).credentials();
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        fake.expect(converse_stream());
        answers(ask().env(variable, &certificate));
    }
    fake.expect(converse_stream());
    answers(ask().env("AWS_PROFILE", "own"));
    fails(ask(), 1, "not trusted");
}

#[test]
fn a_proxy_is_used_for_aws_and_not_for_what_no_proxy_names() {
    let fake = FakeBedrock::start_tls();
    let proxy = Proxy::to(&fake.address());
    let run = || {
        let home = Home::new();
        home.write("ca.pem", fake.authority().as_bytes());
        ask_aws(&fake).home(&home).credentials().env("SSL_CERT_FILE", home.path("ca.pem"))
    };
    fake.expect(converse_stream());
    answers(run().env("HTTPS_PROXY", proxy.url()));
    assert_eq!(proxy.passed(), [format!("CONNECT {HOST}")]);
    let signed_host = fake.requests()[0].header("host").unwrap().to_owned();
    assert_eq!(signed_host, HOST.trim_end_matches(":443"));

    fake.expect(converse_stream());
    let loopback = run().env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", fake.url()).env("NO_PROXY", "127.0.0.1");
    answers(loopback.env("HTTPS_PROXY", proxy.url()));
    assert_eq!(proxy.passed().len(), 1);
}

#[test]
fn a_plain_endpoint_goes_through_the_plain_proxy() {
    let fake = FakeBedrock::start();
    let proxy = Proxy::to(&fake.address());
    let plain = || ask(&fake).credentials().env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://gateway.test");
    fake.expect(converse_stream());
    answers(plain().env("HTTP_PROXY", proxy.url()).argument("--allow-http"));
    assert_eq!(proxy.passed(), ["POST http://gateway.test/model/eu.amazon.nova-2-lite-v1%3A0/converse-stream"]);
    fails(plain().env("HTTP_PROXY", proxy.url()), 2, "`--allow-http`");
    fails(ask_aws(&fake).credentials().env("HTTPS_PROXY", Proxy::refusing(407).url()), 6, "proxy");
}

#[test]
fn credentials_come_from_every_kind_of_profile() {
    let fake = FakeBedrock::start();
    let (id, secret) = (canary::ACCESS_KEY_ID, canary::SECRET_ACCESS_KEY);
    let keys = format!(
        "aws_access_key_id = {id}\naws_secret_access_key = {secret}\naws_session_token = {}\n",
        canary::SESSION_TOKEN
    );
    let process = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"{secret}\",\"SessionToken\":\"{}\"}}",
        canary::SESSION_TOKEN
    );
    let home = Home::new();
    let config = format!(
        "[profile keys]\n{keys}\n\
         [profile process]\ncredential_process = /bin/cat {home}/process.json\n\
         [profile role]\nrole_arn = arn:aws:iam::111122223333:role/role\nsource_profile = keys\n\
         [profile web]\nrole_arn = arn:aws:iam::111122223333:role/role\nweb_identity_token_file = {home}/token\n",
        home = home.root().display()
    );
    home.write(".aws/config", config.as_bytes());
    home.write("process.json", process.as_bytes());
    home.write("token", b"web-identity-canary-token");
    fake.expect(assume_role());
    fake.expect(assume_role_with_web_identity());
    for profile in ["keys", "process", "role", "web"] {
        fake.expect(converse_stream());
        let run = ask(&fake).home(&home).env("AWS_PROFILE", profile).secret("web-identity-canary-token");
        answers(run.secret(secret).secret(canary::SESSION_TOKEN));
    }
}

#[test]
fn credentials_come_from_a_container_and_an_instance() {
    let fake = FakeBedrock::start();
    fake.expect(container_credentials());
    fake.expect(converse_stream());
    answers(ask(&fake).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/container-credentials", fake.url())));
    fake.expect_repeatedly(instance_credentials());
    fake.expect(converse_stream());
    let instance = ask(&fake).without_env("AWS_EC2_METADATA_DISABLED");
    answers(instance.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", fake.url()));
}

#[test]
fn an_api_key_is_trimmed_and_a_blank_one_is_none() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    answers(ask(&fake).api_key());
    fake.expect(converse_stream());
    answers(ask(&fake).api_key().env("AWS_BEARER_TOKEN_BEDROCK", format!(" {}\n", canary::API_KEY)));
    fake.expect(converse_stream());
    answers(ask(&fake).credentials().env("AWS_BEARER_TOKEN_BEDROCK", " "));
    let kinds: Vec<_> = fake.requests().iter().map(|it| it.header("authorization").unwrap()[..6].to_owned()).collect();
    assert_eq!(kinds, ["Bearer", "Bearer", "AWS4-H"]);
    fails(ask(&fake), 5, "credentials");
}

#[test]
fn a_single_sign_on_session_gives_credentials_until_it_expires() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let account = "sso_account_id = 111122223333\nsso_role_name = developer\n";
    let portal = "sso_start_url = https://start.test/start\nsso_region = eu-west-1\n";
    let config = format!(
        "[profile old]\n{portal}{account}\n[profile new]\nsso_session = work\n{account}\n[sso-session work]\n{portal}"
    );
    home.write(".aws/config", config.as_bytes());
    let token = "sso-canary-access-token";
    let log_in = |expires: &str| {
        let cached = format!("{{\"accessToken\": \"{token}\", \"expiresAt\": \"{expires}\"}}");
        // The files' names are the SHA-1 of the start URL and of the session's name.
        for name in ["8f5f88472d93311799e4d7c40100ad6d95a1f793", "e274eeff768c6396088ec6eb091f4bf4d47ab1e0"] {
            home.write(&format!(".aws/sso/cache/{name}.json"), cached.as_bytes());
        }
    };
    let ask = |profile: &str| {
        let run = ask(&fake).home(&home).env("AWS_PROFILE", profile).secret(token);
        run.env("AWS_ENDPOINT_URL_SSO", fake.url())
    };
    log_in("2099-01-01T00:00:00Z");
    for profile in ["old", "new"] {
        fake.expect(get_role_credentials());
        fake.expect(converse_stream());
        answers(ask(profile));
    }
    let tokens = fake.requests_of(Operation::GetRoleCredentials);
    assert!(tokens.iter().all(|request| request.header("x-amz-sso_bearer_token") == Some(token)));

    log_in("2020-01-01T00:00:00Z");
    fails(ask("new"), 5, "`aws sso login --profile new`");
    fake.expect(get_role_credentials().fails(401, "UnauthorizedException", "Session token not found or invalid"));
    fails(ask("old"), 5, "`aws sso login --profile old`");
}

#[test]
fn a_blank_variable_is_an_unset_one_for_the_endpoint_and_the_certificates() {
    let fake = FakeBedrock::start_tls();
    let home = Home::new();
    home.write("ca.pem", fake.authority().as_bytes());
    let certificate = home.path("ca.pem");
    let profile = |endpoint: &str| format!("[default]\nca_bundle = {}\n{endpoint}", certificate.display());
    let at = |name: &str| format!("{name} = {}\n", fake.url());
    let run = || ask_aws(&fake).home(&home).credentials();
    let blank = |name: &'static str| [run().env(name, ""), run().env(name, " ")];
    home.write(".aws/config", profile("").as_bytes());
    for run in blank("AWS_ENDPOINT_URL_BEDROCK_RUNTIME") {
        fake.expect(converse_stream());
        answers(run.env("AWS_ENDPOINT_URL", fake.url()));
    }
    let services = format!("services = all\n[services all]\nbedrock_runtime =\n  {}", at("endpoint_url"));
    for profile in [profile(&at("endpoint_url")), profile(&services)] {
        home.write(".aws/config", profile.as_bytes());
        let variables = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_CA_BUNDLE"];
        for run in variables.into_iter().flat_map(blank) {
            fake.expect(converse_stream());
            answers(run);
        }
    }
}
