//! The environment of a run: endpoints, certificates, proxies, and every source of credentials, over loopback.

use serde_json::json;

use crate::fake_bedrock::*;
use crate::harness::{Home, Run, bedrock_ask, canary, printing};
use crate::proxy::Proxy;

const HOST: &str = "bedrock-runtime.eu-central-1.amazonaws.com:443";

fn ask(fake: &FakeBedrock) -> Run {
    bedrock_ask(["ask", "-m", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1", "hi"]).against(fake)
}

/// Returns a run of `ask` that calls AWS's own host name: only a proxy leads it to the fake.
fn ask_aws(fake: &FakeBedrock) -> Run {
    ask(fake).without_env("AWS_ENDPOINT_URL_BEDROCK").without_env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
}

#[track_caller]
fn answers(run: Run) {
    let ran = run.run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
}

/// Runs what must fail with this text on stderr and nothing on stdout.
#[track_caller]
fn fails(run: Run, exit: i32, text: &str) {
    let ran = run.run();
    assert!(ran.stdout.is_empty() && ran.exit() == Some(exit) && ran.stderr_text().contains(text), "{ran}");
}

#[test]
fn a_certificate_of_ones_own_is_trusted_from_each_place_that_names_it() {
    let fake = FakeBedrock::start_tls();
    let home = Home::new();
    // An unreadable certificate does not affect the others.
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    home.write("ca.pem", format!("{}\n{broken}\n", fake.authority()).as_bytes());
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
fn a_self_signed_certificate_in_the_bundle_is_trusted_unless_it_is_an_authoritys() {
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let (fake, home) = (FakeBedrock::start_self_signed(false), Home::new());
        home.write("own.pem", fake.authority().as_bytes());
        fake.expect(converse_stream());
        answers(ask(&fake).home(&home).credentials().env(variable, home.path("own.pem")));
    }
    let (fake, home) = (FakeBedrock::start_self_signed(true), Home::new());
    home.write("own.pem", fake.authority().as_bytes());
    insta::assert_snapshot!(ask(&fake).home(&home).credentials().env("AWS_CA_BUNDLE", home.path("own.pem")).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `127.0.0.1:[PORT]` presented the certificate of a certificate authority (CA) as its own
    cause: invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))
    cause: only the certificates in the CA bundle `[HOME]/own.pem` are trusted
    cause: TLS handshake failed
    cause: such a certificate signs those of servers and cannot be used by a server, even if the CA bundle contains it

     hint: give the server a certificate that is signed by this one, or a self-signed one with `basicConstraints=CA:FALSE` that the CA bundle contains
     hint: `openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=HOST -addext subjectAltName=DNS:HOST -addext basicConstraints=critical,CA:FALSE -keyout key.pem -out cert.pem` creates one
    ----- exit 1 -----
    ");
    let other = FakeBedrock::start_tls();
    let run = ask(&other).home(&home).credentials().env("AWS_CA_BUNDLE", home.path("own.pem"));
    fails(run, 1, "own.pem` are trusted\n");
}

#[test]
fn a_pipe_that_nobody_writes_is_not_waited_for() {
    let (fake, home) = (FakeBedrock::start_tls(), Home::new());
    let made = std::process::Command::new("mkfifo").arg(home.path("pipe")).status().unwrap();
    assert!(made.success());
    let ask = || ask(&fake).home(&home).credentials();
    let named = |run: Run, variable: &str| run.env(variable, home.path("pipe")).spawn();
    let argument = |words: &[&str], flag: &str| {
        let pipe = home.path("pipe").display().to_string();
        let words = words.iter().map(ToString::to_string).chain([flag.to_owned(), pipe]);
        (2, bedrock_ask(words).home(&home).env("AWS_REGION", "us-east-1").against(&fake).spawn())
    };
    let running = [
        argument(&["ask", "-m", "nova-lite", "hi"], "--file"),
        argument(&["check"], "--from"),
        argument(&["batch"], "status"),
        argument(&["iam-policy", "nova-lite", "--account", "111122223333"], "--check"),
        (
            2,
            named(
                bedrock_ask(["resolve", "nova-lite", "--region", "us-east-1"]).home(&home),
                "BEDROCK_ASK_CATALOG_PATH",
            ),
        ),
        (2, named(bedrock_ask(["config"]).home(&home), "BEDROCK_ASK_CONFIG")),
        (2, named(bedrock_ask(["resolve", "nova-lite", "--region", "us-east-1"]).home(&home), "BEDROCK_ASK_CONFIG")),
        (5, named(bedrock_ask(["resolve", "nova-lite"]).home(&home), "AWS_CONFIG_FILE")),
        (5, named(ask(), "AWS_SHARED_CREDENTIALS_FILE")),
        (1, named(ask(), "AWS_CA_BUNDLE")),
        (1, named(ask(), "SSL_CERT_FILE")),
    ];
    for (exit, run) in running {
        let ran = run.finish();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(exit), ""), "{ran}");
        assert!(ran.stderr_text().contains("it is a pipe, and nothing was written to it within 5 seconds"), "{ran}");
    }
}

#[test]
fn a_ca_bundle_that_cannot_be_used_is_an_error_where_a_certificate_is_checked() {
    let (secure, plain, home) = (FakeBedrock::start_tls(), FakeBedrock::start(), Home::new());
    home.write("empty.pem", b"not a certificate");
    let with_bundle = |fake, name| ask(fake).home(&home).credentials().env("AWS_CA_BUNDLE", home.path(name));
    fails(with_bundle(&secure, "missing.pem"), 1, "missing.pem` cannot be read: No such file");
    fails(with_bundle(&secure, "empty.pem"), 1, "contains no usable certificate");
    #[cfg(unix)]
    fails(with_bundle(&secure, "empty.pem").env("AWS_CA_BUNDLE", "/dev/zero"), 1, "is larger than 16 MiB");
    let file = |path: &str| ask(&secure).credentials().env("SSL_CERT_FILE", path);
    fails(file("/nonexistent/ca.pem"), 1, "`/nonexistent/ca.pem` cannot be read: No such file");
    #[cfg(unix)]
    fails(file("/dev/zero"), 1, "`/dev/zero` is larger than 16 MiB");
    plain.expect(converse_stream());
    answers(with_bundle(&plain, "missing.pem"));
}

#[test]
fn a_proxy_is_used_for_aws_and_not_for_what_no_proxy_names() {
    for (variable, exceptions) in [("HTTPS_PROXY", "NO_PROXY"), ("https_proxy", "no_proxy")] {
        let fake = FakeBedrock::start_tls();
        let proxy = Proxy::to(&fake.address());
        let run = || {
            let home = Home::new();
            home.write("ca.pem", fake.authority().as_bytes());
            ask_aws(&fake).home(&home).credentials().env("SSL_CERT_FILE", home.path("ca.pem"))
        };
        fake.expect(converse_stream());
        answers(run().env(variable, proxy.url()));
        assert_eq!(proxy.passed(), [format!("CONNECT {HOST}")]);
        let signed_host = fake.requests()[0].header("host").unwrap().to_owned();
        assert_eq!(signed_host, HOST.trim_end_matches(":443"));

        fake.expect(converse_stream());
        let loopback = run().env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", fake.url()).env(exceptions, "127.0.0.1");
        answers(loopback.env(variable, proxy.url()));
        assert_eq!(proxy.passed().len(), 1);
    }
}

#[test]
fn an_api_key_for_this_machine_goes_through_no_proxy() {
    let (fake, proxy) = (FakeBedrock::start(), Proxy::refusing(407));
    fake.expect(converse_stream());
    answers(ask(&fake).api_key().env("HTTP_PROXY", proxy.url()));
    assert!(proxy.passed().is_empty());
}

#[test]
fn a_plain_endpoint_goes_through_the_plain_proxy() {
    let fake = FakeBedrock::start();
    let proxy = Proxy::to(&fake.address());
    let plain = || ask(&fake).credentials().env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://gateway.test");
    for variable in ["HTTP_PROXY", "http_proxy"] {
        fake.expect(converse_stream());
        answers(plain().env(variable, proxy.url()).argument("--allow-http"));
    }
    let passed = "POST http://gateway.test/model/eu.amazon.nova-2-lite-v1%3A0/converse-stream";
    assert_eq!(proxy.passed(), [passed, passed]);
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
         [profile process]\ncredential_process = {print}\n\
         [profile role]\nrole_arn = arn:aws:iam::111122223333:role/role\nsource_profile = keys\n\
         [profile web]\nrole_arn = arn:aws:iam::111122223333:role/role\nweb_identity_token_file = {token}\n",
        print = printing(&home.path("process.json")),
        token = home.path("token").display()
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
fn a_role_is_assumed_with_the_keys_or_the_web_identity_of_the_environment() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let (role, token) = ("arn:aws:iam::111122223333:role/role", "web-identity-canary-token");
    let config = format!("[profile role]\nrole_arn = {role}\ncredential_source = Environment\n");
    home.write(".aws/config", config.as_bytes());
    home.write("token", token.as_bytes());
    fake.expect(assume_role());
    fake.expect(converse_stream());
    answers(ask(&fake).home(&home).credentials().argument("--profile=role"));
    let signer = fake.requests_of(Operation::AssumeRole)[0].header("authorization").unwrap().to_owned();
    assert!(signer.contains(canary::ACCESS_KEY_ID), "{signer}");

    fake.expect(assume_role_with_web_identity());
    fake.expect(converse_stream());
    let run = ask(&fake).home(&home).secret(token).env("AWS_ROLE_ARN", role);
    answers(run.env("AWS_WEB_IDENTITY_TOKEN_FILE", home.path("token")));
    let form = fake.requests_of(Operation::AssumeRoleWithWebIdentity)[0].form();
    assert!(form.contains(&("WebIdentityToken".to_owned(), token.to_owned())), "{form:?}");
}

#[test]
fn a_session_of_aws_login_gives_credentials() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    home.write(".aws/config", b"[default]\nlogin_session = arn:aws:iam::0123456789012:user/Admin\n");
    let cached = json!({
        "accessToken": {
            "accessKeyId": canary::ACCESS_KEY_ID,
            "secretAccessKey": canary::SECRET_ACCESS_KEY,
            "sessionToken": canary::SESSION_TOKEN,
            "accountId": "012345678901",
            "expiresAt": "2099-01-01T00:00:00Z",
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "r",
        "idToken": "i",
        "clientId": "c",
        "dpopKey": "k",
    });
    // The file's name is the SHA-256 of the session.
    let name = "36db1d138ff460920374e4c3d8e01f53f9f73537e89c88d639f68393df0e2726";
    home.write(&format!(".aws/login/cache/{name}.json"), cached.to_string().as_bytes());
    fake.expect(converse_stream());
    answers(ask(&fake).home(&home).secret(canary::SECRET_ACCESS_KEY).secret(canary::SESSION_TOKEN));
}

#[test]
fn keys_of_the_environment_sign_for_the_source_region_and_never_stand_in_for_a_named_profile() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    answers(ask(&fake).credentials().env("AWS_REGION", "us-east-1"));
    let signature = fake.requests()[0].header("authorization").unwrap().to_owned();
    assert!(signature.contains("/eu-central-1/bedrock/aws4_request"), "{signature}");

    let config = "[profile bare]\nregion = eu-west-1\n[profile tool]\ncredential_process = false\n";
    let named = |profile: &str| ask(&fake).credentials().file(".aws/config", config).argument(profile);
    fails(named("--profile=bare"), 5, "the AWS profile `bare` names no source of credentials");
    fails(named("--profile=tool"), 5, "tool");
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
    // The generic variable is for other services.
    for (variable, value) in
        [("AWS_BEARER_TOKEN_BEDROCK", " "), ("AWS_BEARER_TOKEN_BEDROCK", ""), ("AWS_BEARER_TOKEN", canary::API_KEY)]
    {
        fake.expect(converse_stream());
        answers(ask(&fake).credentials().env(variable, value));
    }
    assert_eq!(authorizations(&fake), ["Bearer", "Bearer", "AWS4-H", "AWS4-H", "AWS4-H"]);
    fails(ask(&fake), 5, "credentials");
    for quoted in [format!("\"{}\"", canary::API_KEY), format!("'{}'", canary::API_KEY)] {
        let run = ask(&fake).api_key().env("AWS_BEARER_TOKEN_BEDROCK", quoted);
        fails(run, 5, "error: `AWS_BEARER_TOKEN_BEDROCK` is in quotes\n");
    }
}

#[test]
fn an_api_key_wins_over_keys_and_yields_to_a_profile_that_a_flag_names() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect(converse_stream());
    answers(ask(&fake).credentials().api_key());
    let config = format!(
        "[profile work]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
        canary::ACCESS_KEY_ID,
        canary::SECRET_ACCESS_KEY,
        canary::SESSION_TOKEN
    );
    home.write(".aws/config", config.as_bytes());
    fake.expect(converse_stream());
    let run = ask(&fake).home(&home).api_key().secret(canary::SECRET_ACCESS_KEY).argument("--profile=work");
    insta::assert_snapshot!(run.run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `AWS_BEARER_TOKEN_BEDROCK` is not used, because the AWS profile `work` is given explicitly
    ----- exit 0 -----
    ");
    assert_eq!(authorizations(&fake), ["Bearer", "AWS4-H"]);
}

/// Returns how each request so far was authorized.
fn authorizations(fake: &FakeBedrock) -> Vec<String> {
    fake.requests().iter().map(|request| request.header("authorization").unwrap()[..6].to_owned()).collect()
}

/// Returns the endpoint that a dry run names in this environment.
#[track_caller]
fn endpoint<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>, config: &str) -> String {
    let run = bedrock_ask(["ask", "-m", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1", "--dry-run", "hi"]);
    let run = run.file(".aws/config", config);
    let ran = variables.into_iter().fold(run, |run, (name, value)| run.env(name, value)).run();
    let url = ran.stdout_text().lines().find_map(|line| line.strip_prefix("POST "));
    let endpoint = url.and_then(|url| url.strip_suffix("/model/eu.amazon.nova-2-lite-v1%3A0/converse-stream"));
    endpoint.unwrap_or_else(|| panic!("{ran}")).to_owned()
}

#[test]
fn an_endpoint_comes_from_variables_and_the_profile_and_the_services_own_wins() {
    let aws = "https://bedrock-runtime.eu-central-1.amazonaws.com";
    let general = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let own = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:2");
    assert_eq!(endpoint([general], ""), general.1);
    assert_eq!(endpoint([general, own], ""), own.1);
    assert_eq!(endpoint([("AWS_ENDPOINT_URL", "")], ""), aws);
    assert_eq!(endpoint([("AWS_ENDPOINT_URL", " http://127.0.0.1:1\r\n")], ""), general.1);
    assert_eq!(endpoint([general, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")], ""), aws);

    let profile = "[default]\nendpoint_url = http://127.0.0.1:3\n";
    assert_eq!(endpoint([], profile), "http://127.0.0.1:3");
    // The AWS CLI writes the service's name with an underscore, other SDKs with a hyphen.
    for service in ["bedrock-runtime", "bedrock_runtime"] {
        let section = format!("services = s\n\n[services s]\n{service} =\n  endpoint_url = http://127.0.0.1:4\n");
        let config = format!("{profile}{section}");
        assert_eq!(endpoint([], &config), "http://127.0.0.1:4", "{service}");
        assert_eq!(endpoint([general], &config), general.1, "{service}");
    }
}

#[test]
fn fips_and_dual_stack_choose_the_endpoint_and_contradict_one_of_ones_own() {
    let (fips, dual_stack) = (("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true"));
    assert_eq!(endpoint([fips], ""), "https://bedrock-runtime-fips.eu-central-1.amazonaws.com");
    assert_eq!(endpoint([dual_stack], ""), "https://bedrock-runtime.eu-central-1.api.aws");
    let fake = FakeBedrock::start();
    for (name, value) in [fips, dual_stack] {
        fails(ask(&fake).credentials().env(name, value), 2, name);
    }
    let profile = ask(&fake).credentials().file(".aws/config", "[default]\nuse_fips_endpoint = true\n");
    fails(profile, 2, "`use_fips_endpoint`");
    fails(ask(&fake).credentials().env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://10.0.0.1"), 2, "`http://10.0.0.1`");
}

/// The switches of AWS's SDKs: the variable and the property of a profile.
const SWITCHES: [(&str, &str); 3] = [
    ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"),
];

#[test]
fn a_switch_of_aws_that_is_neither_true_nor_false_is_refused() {
    for (variable, property) in SWITCHES {
        let run = || {
            let run = bedrock_ask(["ask", "-m", "amazon.nova-2-lite-v1:0", "--region=eu-central-1", "--dry-run", "hi"]);
            run.credentials()
        };
        for value in ["yes", "1", "on", "tru"] {
            fails(run().env(variable, value), 2, &format!("error: `{value}` (`{variable}`) is neither `true` nor"));
            let file = format!("[default]\n{property} = {value}\n");
            fails(run().file(".aws/config", file), 2, &format!("`{value}` (`{property}`)"));
        }
    }
}

#[test]
fn a_blank_switch_of_aws_is_an_unset_one_and_white_space_around_it_does_not_count() {
    let endpoints = [
        "https://bedrock-runtime-fips.eu-central-1.amazonaws.com",
        "https://bedrock-runtime.eu-central-1.api.aws",
        "https://bedrock-runtime.eu-central-1.amazonaws.com",
    ];
    let own = "[default]\nendpoint_url = http://127.0.0.1:3\n";
    for ((variable, property), expected) in SWITCHES.into_iter().zip(endpoints) {
        let config = if property.starts_with("ignore") { own } else { "[default]\n" };
        let on = format!("{config}{property} = TRUE\n");
        assert_eq!(endpoint([(variable, "")], &on), expected);
        for value in [" true", "True\r\n"] {
            assert_eq!(endpoint([(variable, value)], config), expected, "{variable}");
        }
        let off = endpoint([(variable, "false ")], &on);
        assert_ne!(off, endpoint([], &on), "{variable}: the variable comes before the profile");
    }
    // The profile's switch is for the variables, too.
    let ignoring = format!("{own}ignore_configured_endpoint_urls = true\n");
    let variables = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", " "), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
    assert_eq!(endpoint(variables, &ignoring), endpoints[2]);
    let config = bedrock_ask(["config", "get", "endpoint_url"]).file(".aws/config", &ignoring);
    let ran = config.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").run();
    assert_eq!(ran.stdout_text().trim(), "", "{ran}");
}

#[test]
fn one_half_of_credentials_in_the_environment_is_refused_in_place_of_other_credentials() {
    let keys = "[default]\naws_access_key_id = test\naws_secret_access_key = test\n[profile p]\n\
                aws_access_key_id = test\naws_secret_access_key = test\n";
    let halves = [("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")];
    for (set, missing) in halves {
        let fake = FakeBedrock::start();
        let run = || ask(&fake).file(".aws/config", keys).env(set, "half").env(missing, " ");
        fails(run(), 5, &format!("error: `{set}` is set, but `{missing}` is not\n"));
        // A profile that is named by hand comes before the environment.
        fake.expect(converse_stream());
        answers(run().argument("--profile=p"));
    }
    let fake = FakeBedrock::start();
    let with_profile = |half: &str| ask(&fake).file(".aws/config", keys).env("AWS_PROFILE", "p").env(half, "half");
    fails(with_profile("AWS_ACCESS_KEY_ID"), 5, "error: `AWS_ACCESS_KEY_ID` is set, but");
    // A web identity is never used in place of an AWS profile that is named.
    fake.expect(converse_stream());
    answers(with_profile("AWS_WEB_IDENTITY_TOKEN_FILE"));
    // boto3 passes over a secret alone too.
    fake.expect(converse_stream());
    answers(ask(&fake).file(".aws/config", keys).env("AWS_SECRET_ACCESS_KEY", "half"));
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

#[cfg(unix)]
#[test]
fn an_api_key_that_is_not_utf8_is_refused_in_place_of_using_other_credentials() {
    use std::os::unix::ffi::OsStringExt;

    let fake = FakeBedrock::start();
    let key = std::ffi::OsString::from_vec(b"ABSK\xff".to_vec());
    let run = ask(&fake).credentials().env("AWS_BEARER_TOKEN_BEDROCK", key);
    fails(run, 2, "`AWS_BEARER_TOKEN_BEDROCK` in the environment is not UTF-8");
    assert!(fake.requests().is_empty());
}

#[test]
fn every_spelling_of_an_endpoint_that_is_not_plainly_this_machine_is_a_usage_error_wherever_it_is_written() {
    let fake = FakeBedrock::start();
    let port = fake.address().rsplit_once(':').unwrap().1.to_owned();
    for host in [
        "2130706433",
        "127.1",
        "0",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "localhost.",
        "a.localhost",
        "127.0.0.1:80@2130706433",
        "user:endpoint-password@127.0.0.1",
        "127.0.0.1\t",
        "10.0.0.1",
    ] {
        let url = format!("http://{host}:{port}");
        fails(
            ask_aws(&fake).credentials().argument("--endpoint-url").argument(&url).secret("endpoint-password"),
            2,
            "",
        );
        fails(
            ask_aws(&fake).credentials().env("AWS_ENDPOINT_URL", &url).secret("endpoint-password"),
            2,
            "the endpoint `http://",
        );
        fails(ask_aws(&fake).credentials().env("BEDROCK_ASK_ENDPOINT_URL", &url), 2, "");
        let profile = format!("[default]\nendpoint_url = {url}\n");
        fails(ask_aws(&fake).credentials().file(".aws/config", profile), 2, "the endpoint `http://");
    }
    for url in ["http://127.0.0.1:99999", "https://127.0.0.1:99999"] {
        fails(ask_aws(&fake).credentials().env("AWS_ENDPOINT_URL", url).argument("--allow-http"), 2, "a port");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn what_gives_credentials_is_asked_over_plain_http_on_this_machine_only() {
    let fake = FakeBedrock::start();
    let elsewhere = fake.url().replace("127.0.0.1", "2130706433");
    let web_identity = || {
        let home = Home::new();
        home.write("token", b"web-identity-canary");
        let run = ask(&fake).home(&home).env("AWS_WEB_IDENTITY_TOKEN_FILE", home.path("token"));
        run.env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/x").secret("web-identity-canary")
    };
    let role = "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Environment\n";
    let role = || ask(&fake).credentials().file(".aws/config", role).argument("--profile=role");
    for run in [web_identity(), role()] {
        let run = run.env("AWS_ENDPOINT_URL_STS", &elsewhere);
        fails(run, 2, "`http://2130706433:");
    }
    let session = "sso_start_url = https://start.test/start\nsso_region = eu-west-1\n";
    let account = "sso_account_id = 111122223333\nsso_role_name = developer\n";
    let token = r#"{"accessToken": "sso-canary-access-token", "expiresAt": "2099-01-01T00:00:00Z"}"#;
    let sso = ask(&fake).file(".aws/config", format!("[profile sso]\n{session}{account}"));
    let sso = sso.file(".aws/sso/cache/8f5f88472d93311799e4d7c40100ad6d95a1f793.json", token).argument("--profile=sso");
    fails(sso.env("AWS_ENDPOINT_URL_SSO", &elsewhere), 2, "`http://2130706433:");
    let instance = ask(&fake).without_env("AWS_EC2_METADATA_DISABLED");
    fails(instance.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &elsewhere), 2, "`http://2130706433:");
    assert!(fake.requests().is_empty());
}

#[test]
fn nothing_for_this_machine_goes_through_a_proxy() {
    for scheme in ["http", "https"] {
        let fake = if scheme == "http" { FakeBedrock::start() } else { FakeBedrock::start_tls() };
        let proxy = Proxy::to(&fake.address());
        let home = Home::new();
        if scheme == "https" {
            home.write("ca.pem", fake.authority().as_bytes());
        }
        let variables = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"];
        let proxied = |run: Run| {
            let run = variables.into_iter().fold(run, |run, name| run.env(name, proxy.url()));
            run.env("SSL_CERT_FILE", home.path("ca.pem"))
        };
        fake.expect(converse_stream());
        answers(proxied(ask(&fake).home(&home).credentials()));
        fake.expect(get_caller_identity());
        fake.expect(converse());
        let check = ["check", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1"];
        let ran = proxied(bedrock_ask(check).home(&home).credentials().against(&fake)).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        if scheme == "http" {
            fake.expect(container_credentials());
            fake.expect(converse_stream());
            let url = format!("{}/container-credentials", fake.url());
            answers(proxied(ask(&fake).home(&home).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)));
        }
        assert!(proxy.passed().is_empty(), "{:?}", proxy.passed());
    }
}

#[test]
fn a_proxy_that_is_malformed_is_refused_where_it_would_be_used() {
    let fake = FakeBedrock::start();
    let secure = |value: &str| ask_aws(&fake).credentials().env("HTTPS_PROXY", value);
    insta::assert_snapshot!(secure("http://me:proxy-secret@proxy:80800").secret("proxy-secret").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the proxy in `HTTPS_PROXY` cannot be used
    cause: `HTTPS_PROXY` is not the address of a proxy

     hint: set `HTTPS_PROXY` to `http://HOST:PORT`, or unset it; `NO_PROXY` names hosts that need no proxy
    ----- exit 2 -----
    ");
    fails(secure("socks5://127.0.0.1:1080"), 2, "SOCKS is not supported");
    fails(secure(" ").env("https_proxy", "http//proxy"), 2, "`https_proxy` is not the address of a proxy");
    let plain = ask(&fake).credentials().env("HTTP_PROXY", "http//proxy").argument("--allow-http");
    fails(plain.argument("--endpoint-url=http://bedrock.test"), 2, "`HTTP_PROXY` is not the address of a proxy");
    // What gives credentials goes through the proxy too.
    let role = "[default]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Environment\n";
    let role = secure("http//proxy").file(".aws/config", role).argument("--profile=default");
    fails(role.without_env("AWS_ENDPOINT_URL_STS"), 2, "`HTTPS_PROXY` is not the address of a proxy");
    assert!(fake.requests().is_empty());
    fake.expect(converse_stream());
    answers(ask(&fake).credentials().env("HTTP_PROXY", "http//proxy").env("HTTPS_PROXY", "http//proxy"));
}

#[test]
fn no_proxy_for_everything_is_meant_for_addresses_too() {
    let fake = FakeBedrock::start();
    let proxy = Proxy::to(&fake.address());
    let run = |exceptions: &str| {
        let run = ask(&fake).credentials().env("HTTP_PROXY", proxy.url()).env("NO_PROXY", exceptions);
        // No route leads to this address, so that it is left at once.
        run.argument("--allow-http").argument("--endpoint-url=http://0.0.0.0:1").env("AWS_MAX_ATTEMPTS", "1")
    };
    assert_eq!(run("*").run().exit(), Some(6));
    assert!(proxy.passed().is_empty(), "{:?}", proxy.passed());
    fake.expect(converse_stream());
    answers(run("10.0.0.0/8"));
    assert_eq!(proxy.passed().len(), 1);
}

#[test]
fn a_proxy_that_cannot_be_reached_is_named_without_its_password() {
    let fake = FakeBedrock::start();
    let ran =
        ask_aws(&fake).credentials().secret("proxy-secret").env("HTTPS_PROXY", "http://me:proxy-secret@127.0.0.1:1");
    insta::assert_snapshot!(ran.run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the proxy `http://127.0.0.1:[PORT]` cannot be reached
    cause: Connection refused (os error 111)
    cause: through the proxy `http://127.0.0.1:[PORT]`
    cause: tunnel error: failed to create underlying connection
    cause: tcp connect error
    cause: sent 3 times

     hint: check the address in `HTTPS_PROXY`; `NO_PROXY` names hosts that need no proxy
    ----- exit 6 -----
    ");
}

#[test]
fn with_an_endpoint_for_the_data_plane_alone_nothing_goes_to_another_host() {
    let (fake, proxy) = (FakeBedrock::start(), Proxy::refusing(403));
    let alone = |run: Run| {
        let run = run.without_env("AWS_ENDPOINT_URL_BEDROCK").without_env("AWS_ENDPOINT_URL_STS");
        run.env("HTTPS_PROXY", proxy.url())
    };
    fake.expect_repeatedly(converse_stream().fails(
        400,
        "ValidationException",
        "The provided model identifier is invalid.",
    ));
    fails(alone(ask(&fake).api_key()), 3, "");
    fake.expect(converse());
    let check = ["check", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1"];
    let ran = alone(bedrock_ask(check).credentials().against(&fake)).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(ran.stdout_text().contains("STS is not called"), "{ran}");
    let flag = bedrock_ask(check).credentials().argument("--endpoint-url").argument(&fake.url());
    fake.expect(converse());
    assert_eq!(flag.env("HTTPS_PROXY", proxy.url()).run().exit(), Some(0));
    for command in [&["catalog", "refresh"][..], &["inference-profile", "list"]] {
        let run = bedrock_ask(command.iter().copied()).api_key().against(&fake).env("AWS_REGION", "eu-central-1");
        fails(alone(run), 2, "set `AWS_ENDPOINT_URL_BEDROCK` too");
    }
    assert!(proxy.passed().is_empty(), "{:?}", proxy.passed());
}

#[test]
fn a_silent_sts_keeps_a_check_waiting_for_two_seconds_at_most() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity().replies(Reply::Silence));
    fake.expect(converse());
    let check = ["check", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1"];
    let ran = bedrock_ask(check).credentials().against(&fake).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(ran.stdout_text().contains("not known: STS did not respond within 2 seconds"), "{ran}");
}

#[test]
fn a_date_of_the_year_9999_is_no_panic() {
    let fake = FakeBedrock::start();
    // The SDK signs with a corrected clock from the second attempt on.
    for _ in 0..2 {
        let broken = converse_stream().fails(500, "InternalServerException", "x");
        fake.expect(broken.header("Date", "Fri, 31 Dec 9999 23:59:59 GMT"));
    }
    fake.expect(converse_stream());
    answers(ask(&fake).credentials());
}

#[cfg(unix)]
#[test]
fn what_a_slow_program_writes_into_a_pipe_is_read_to_its_end() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let pipe = home.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let running = bedrock_ask(["check", "--depth", "resolve", "--region", "us-east-1", "--from"])
        .argument(&pipe.display().to_string())
        .home(&home)
        .against(&fake)
        .spawn();
    let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    for line in ["amazon.nova-lite-v1:0\n", "amazon.nova-micro-v1:0\n"] {
        std::io::Write::write_all(&mut writer, line.as_bytes()).unwrap();
    }
    drop(writer);
    let ran = running.finish();
    assert!(ran.exit() == Some(0) && ran.stdout_text().contains("nova-micro"), "{ran}");
}

#[cfg(unix)]
#[test]
fn a_device_that_never_ends_is_refused_at_the_limit_of_what_it_is_read_for() {
    let fake = FakeBedrock::start();
    for (words, text) in [
        (&["ask", "-m", "nova-lite", "hi", "--file", "/dev/zero"][..], "is binary"),
        (&["ask", "-m", "nova-lite", "hi", "-s", "@/dev/zero"], "is binary"),
        (&["check", "--from", "/dev/zero"], "larger than 1 MiB"),
        (&["iam-policy", "nova-lite", "--account", "111122223333", "--check", "/dev/zero"], "bytes"),
        (&["iam-policy", "nova-lite", "--account", "111122223333", "--check", "/dev/null"], "/dev/null"),
        (&["check", "--from", "/dev/null"], "has no model"),
    ] {
        let ran = bedrock_ask(words.iter().copied()).env("AWS_REGION", "us-east-1").against(&fake).run();
        assert!(ran.exit() == Some(2) && ran.stdout.is_empty() && ran.stderr_text().contains(text), "{words:?}: {ran}");
    }
    let run = bedrock_ask(["resolve", "nova-lite", "--region", "us-east-1"]);
    fails(run.env("BEDROCK_ASK_CATALOG_PATH", "/dev/zero"), 2, "is larger than 16 MiB");
    assert!(fake.requests().is_empty());
}

#[test]
fn an_endpoint_with_a_query_or_a_fragment_is_refused_and_what_it_holds_is_not_shown() {
    const SECRET: &str = "secret-of-a-query";
    for end in [format!("?key={SECRET}"), format!("/?key={SECRET}"), format!("/path#{SECRET}")] {
        let url = format!("https://gateway.test{end}");
        let run = || bedrock_ask(["--dry-run", "-m", "nova-lite", "--region", "eu-central-1", "hi"]).secret(SECRET);
        let profile = format!("[default]\nendpoint_url = {url}\n");
        for run in [
            run().argument("--endpoint-url").argument(&url),
            run().env("BEDROCK_ASK_ENDPOINT_URL", &url),
            run().env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &url),
            run().env("AWS_ENDPOINT_URL", &url),
        ] {
            fails(run, 2, "contains a query or a fragment, which is not supported\n");
        }
        let run = bedrock_ask(["--dry-run", "-m", "nova-lite", "--region", "eu-central-1", "hi"]);
        fails(run.file(".aws/config", &profile), 2, "***` contains a query or a fragment, which is not supported\n");
    }
}

#[test]
fn an_endpoint_of_aws_in_another_region_is_refused() {
    let run = || bedrock_ask(["--dry-run", "-m", "nova-lite", "--region", "us-east-1", "hi"]);
    insta::assert_snapshot!(run().env("AWS_ENDPOINT_URL", "https://bedrock-runtime.eu-west-1.amazonaws.com").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the endpoint `https://bedrock-runtime.eu-west-1.amazonaws.com/` is in eu-west-1, and the source Region is us-east-1

     hint: use the endpoint of the source Region: `https://bedrock-runtime.us-east-1.amazonaws.com/`
     hint: or use the Region of the endpoint: `--region eu-west-1`
    ----- exit 2 -----
    ");
    for (region, works) in [("eu-west-1", false), ("us-east-1", true)] {
        for host in [
            format!("bedrock-runtime-fips.{region}.amazonaws.com"),
            format!("bedrock-runtime.{region}.api.aws"),
            format!("vpce-0a1b-2c3d.bedrock-runtime.{region}.vpce.amazonaws.com"),
        ] {
            let url = format!("https://{host}/");
            let ran = run().argument("--endpoint-url").argument(&url).env("AWS_BEARER_TOKEN_BEDROCK", "key").run();
            assert_eq!(ran.exit(), Some(if works { 0 } else { 2 }), "{ran}");
        }
    }
}

#[test]
fn an_unknown_variable_of_this_program_is_warned_of_in_every_command_that_reads_settings() {
    let warning = "warning: the environment variable `BEDROCK_ASK_MODLE` is not known and has no effect; \
                   did you mean `BEDROCK_ASK_MODEL`?\n";
    for words in [
        &["resolve", "nova-lite"][..],
        &["-q", "models"],
        &["config"],
        &["-q", "iam-policy", "nova-lite"],
        &["--dry-run", "hi"],
        &["catalog"],
    ] {
        let run = bedrock_ask(words.iter().copied()).env("AWS_REGION", "eu-central-1");
        let ran = run.env("BEDROCK_ASK_MODLE", "the-value-of-it").secret("the-value-of-it").run();
        assert_eq!((ran.exit(), ran.stderr_text().matches(warning).count()), (Some(0), 1), "{ran}");
    }
    let ran = bedrock_ask(["resolve", "nova-lite"]).env("BEDROCK_ASK_REGOIN", "eu-central-1").run();
    assert!(ran.exit() == Some(2) && ran.stderr_text().contains("did you mean `BEDROCK_ASK_REGION`?"), "{ran}");
}
