//! What AWS's files mean, in tables. Where botocore reads a file, the expected value is botocore's own answer.

use super::*;

/// The text of `config`, the text of `credentials`, a profile, a property, its value.
type Case = (&'static str, &'static str, &'static str, &'static str, Option<&'static str>);

/// As `botocore.session.Session().full_config["profiles"]` of botocore 1.44.8 has it, word for word.
#[rustfmt::skip]
const BOTOCORE: &[Case] = &[
    ("[default]\n  region = a\n  output = json\n", "", "default", "region", Some("a")),
    ("[default]\n  region = a\n  output = json\n", "", "default", "output", Some("json")),
    ("\t[default]\n\tregion=a\n", "", "default", "region", Some("a")),
    ("[profile 'my dev']\nregion = a\n", "", "my dev", "region", Some("a")),
    ("[profile \"my dev\"]\nregion = a\n", "", "my dev", "region", Some("a")),
    ("[profile my\\ dev]\nregion = a\n", "", "my dev", "region", Some("a")),
    ("[profile my dev]\nregion = a\n", "", "my dev", "region", None),
    ("[profile 'it''s']\nregion = a\n", "", "its", "region", Some("a")),
    ("[profile \"a'b\"]\nregion = a\n", "", "a'b", "region", Some("a")),
    ("[profile it's]\nregion = a\n", "", "it's", "region", None),
    ("[profile größe]\nregion = a\n", "", "größe", "region", Some("a")),
    ("[profile a=b]\nregion = a\n", "", "a=b", "region", Some("a")),
    ("[profile x[1]\nregion = a\n", "", "x[1", "region", Some("a")),
    ("[profile x]y]\nregion = a\n", "", "x]y", "region", Some("a")),
    ("[profile  spaced ]\nregion = a\n", "", "spaced", "region", Some("a")),
    ("[dev]\nregion = a\n", "", "dev", "region", None),
    ("", "[dev]\nregion = a\n", "dev", "region", Some("a")),
    ("", "[my dev]\nregion = a\n", "my dev", "region", Some("a")),
    ("", "['my dev']\nregion = a\n", "my dev", "region", None),
    ("", "[profile dev]\nregion = a\n", "dev", "region", None),
    ("", "[profile dev]\nregion = a\n", "profile dev", "region", Some("a")),
    ("[profile dev]\nregion = a\n", "[dev]\nregion = b\n", "dev", "region", Some("b")),
    ("[profile default]\nregion = a\n[default]\nregion = b\n", "", "default", "region", Some("b")),
    ("[default]\nregion = a\n[profile default]\nregion = b\n", "", "default", "region", Some("b")),
    ("[default]\nregion = a\n[profile default]\noutput = b\n", "", "default", "region", None),
    ("[profile dev]\nregion = a\n[profile 'dev']\noutput = b\n", "", "dev", "region", None),
    ("[profile dev]\r\nregion = a\r\noutput = b\r\n", "", "dev", "region", Some("a")),
    ("[profile dev]\rregion = a\routput = b\r", "", "dev", "region", Some("a")),
    ("[profile dev]\nregion: a\n", "", "dev", "region", Some("a")),
    ("[profile dev]\nREGION = a\n", "", "dev", "region", Some("a")),
    ("[profile dev]\nregion=a=b:c\n", "", "dev", "region", Some("a=b:c")),
    ("[profile dev]\nregion =\u{a0}a\u{a0}\n", "", "dev", "region", Some("a")),
    ("[profile dev] # c\n# region = b\n  ; region = c\nregion = a\n", "", "dev", "region", Some("a")),
    ("[profile dev]\ns3 =\n  region = b\n\n  # c\n  x = y\nregion = a\n", "", "dev", "region", Some("a")),
    ("[profile dev]\ns3 =\n    region = b\n  x = y\n", "", "dev", "x", None),
    ("[profile dev]\nregion = a\n\n# c\n", "", "dev", "region", Some("a")),
    ("[profile dev]\nregion = a\n[preview]\nregion = b\n[sso-session dev]\nregion = c\n[services dev]\nregion = d\n", "", "dev", "region", Some("a")),
    ("[DEFAULT]\nregion = a\n[profile dev]\noutput = x\n", "", "dev", "region", Some("a")),
    ("[DEFAULT]\nregion = a\n[profile dev]\nregion = b\n", "", "dev", "region", Some("b")),
    ("[profile dev]\ncredential_process = cmd \"a ; b\" 'c # d'\n", "", "dev", "credential_process", Some("cmd \"a ; b\" 'c # d'")),
    ("[profile dev]\naws_secret_access_key = a#b;c\n", "", "dev", "aws_secret_access_key", Some("a#b;c")),
];

/// What botocore fails to read or to find, and what is clear all the same.
#[rustfmt::skip]
const MORE_TOLERANT: &[Case] = &[
    ("\u{feff}[default]\nregion = a\n", "", "default", "region", Some("a")),
    ("[default]\noutput = x\n  [profile dev]\n  region = a\n", "", "dev", "region", Some("a")),
    ("[profile dev]\nregion = a # b\n", "", "dev", "region", Some("a")),
    ("[profile dev]\nregion = a\t; b\n", "", "dev", "region", Some("a")),
    ("[profile dev] # [old]\nregion = a\n", "", "dev", "region", Some("a")),
    ("[ default ]\nregion = a\n", "", "default", "region", Some("a")),
    ("[profile dev]\nregion = a\n[profile dev]\noutput = b\nregion = c\n", "", "dev", "region", Some("c")),
    ("[profile dev]\nregion = a\n", "[dev]\nregion =\n", "dev", "region", Some("a")),
    ("[profile dev]\ncredential_process = cmd \"a ; b\" ; c\n", "", "dev", "credential_process", Some("cmd \"a ; b\"")),
    ("[profile dev]\ncredential_process = cmd\n  --flag\n", "", "dev", "credential_process", Some("cmd --flag")),
];

fn files(config: &str, credentials: &str) -> Result<AwsFiles, Error> {
    let parse =
        |name: &str, text: &str| Ini::parse(text.strip_prefix('\u{feff}').unwrap_or(text), &Path::new(name).into());
    Ok(AwsFiles::new(parse("config", config)?, parse("credentials", credentials)?))
}

fn region(files: &AwsFiles, name: &str) -> Option<String> {
    let found = files.region(name).unwrap();
    found.map(|found| format!("{} {} {}", found.region, found.profile, found.file.display()))
}

#[test]
fn a_profile_has_the_properties_that_botocore_gives_it() {
    for (config, credentials, name, key, expected) in BOTOCORE.iter().chain(MORE_TOLERANT) {
        let files = files(config, credentials).unwrap();
        let selected = files.select(name).unwrap();
        let found = selected.as_ref().and_then(|selected| selected.properties.get(*key));
        assert_eq!(found.map(String::as_str), *expected, "{key} of {name} in {config:?} and {credentials:?}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error_with_its_place() {
    let section = "neither a section, such as `[default]`, nor `KEY = VALUE`";
    let first = "the line is before the first section, such as `[default]`";
    for (config, expected) in [
        ("[default]\nx\n", format!("config:2: the line is {section}")),
        ("[default]\r\n\r\n = x\r\n", format!("config:3: the line is {section}")),
        ("[default]\rregion = a\r[]\r", format!("config:3: the line is {section}")),
        ("[default\nregion = a\n", format!("config:1: {first}")),
        ("# a comment\nregion = a\n", format!("config:2: {first}")),
        ("[x]\ns3 =\n  a\n", "config:3: a line below a property without a value is not `KEY = VALUE`".to_owned()),
    ] {
        let error = files(config, "").err().map(|error| (error.exit, error.message.summary));
        assert_eq!(error, Some((ExitCode::AccessDenied, expected)), "{config:?}");
    }
    let continued = files("[default]\nother = a\n  b\nregion = a\n\n  b\n", "").unwrap();
    let expected = "config:4: the value of `region` goes on over the next line, which is indented more";
    assert_eq!(continued.region(DEFAULT).unwrap_err().message.summary, expected);
    assert_eq!(continued.select(DEFAULT).err().unwrap().message.summary, expected);
    assert!(files("[default]\nother = a\n  b\n", "").unwrap().select(DEFAULT).unwrap().unwrap().properties.is_empty());
}

#[test]
fn the_region_comes_from_the_profile_or_from_the_one_that_it_takes_credentials_from() {
    let files = files(
        "[default]\nregion = us-east-1\n[profile dev]\nregion = eu-central-1\n[profile assumed]\nsource_profile = dev\n\
         [profile circle]\nsource_profile = loop\n[profile loop]\nsource_profile = circle\n[profile empty]\nregion =\n",
        "[keys]\nregion = eu-north-1\n[dev]\nregion = eu-west-3\n",
    )
    .unwrap();
    for (name, expected) in [
        ("default", Some("us-east-1 default config")),
        ("dev", Some("eu-west-3 dev credentials")),
        ("assumed", Some("eu-west-3 dev credentials")),
        ("circle", None),
        ("empty", None),
        ("keys", Some("eu-north-1 keys credentials")),
        ("missing", None),
    ] {
        assert_eq!(region(&files, name).as_deref(), expected, "{name}");
    }
}

#[test]
fn a_profile_says_whether_it_gives_credentials_and_whether_it_signs_in_through_sso() {
    let files = files(
        "[profile work]\nsso_session = work\nsso_account_id = 1\n[sso-session work]\nsso_start_url = https://start.test\n\
         [profile token]\nsso_session = work\n[profile role]\nrole_arn = x\nsource_profile = work\n\
         [profile round]\nsource_profile = round\n[profile empty]\nregion = eu-west-1\n[profile blank]\naws_access_key_id =\n",
        "[keys]\naws_access_key_id = AKIA\n",
    )
    .unwrap();
    for (name, gives_credentials, sso_profile) in [
        ("work", true, Some("work")),
        ("token", false, Some("token")),
        ("role", true, Some("work")),
        ("round", false, None),
        ("empty", false, None),
        ("blank", false, None),
        ("keys", true, None),
        ("missing", false, None),
    ] {
        assert_eq!(
            (files.gives_credentials(name), files.sso_profile(name)),
            (gives_credentials, sso_profile),
            "{name}"
        );
    }
}

/// The steps of a profile's credentials, the profile first, and what the last one takes them from.
fn steps(config: &str, name: &str) -> (Vec<String>, String) {
    let (mut names, files) = (Vec::new(), files(config, "").unwrap());
    let mut step = files.select(name).unwrap().unwrap();
    loop {
        names.push(step.name);
        step = match step.credentials {
            Credentials::Role(source) => *source,
            Credentials::None => return (names, "none".to_owned()),
            Credentials::Unusable(why) => return (names, why),
            Credentials::Own => {
                let sources = step.properties.keys().filter(|key| selection::SOURCES.contains(&key.as_str()));
                return (names, sources.map(String::as_str).collect::<Vec<_>>().join(" "));
            }
        };
    }
}

#[test]
fn a_roles_source_is_a_step_of_its_own() {
    const KEYS: &str = "aws_access_key_id = a\naws_secret_access_key = s\n";
    let keys = "aws_access_key_id aws_secret_access_key";
    for (config, expected, source) in [
        (KEYS.to_owned(), &["a"][..], keys),
        (format!("role_arn = r\nsource_profile = b\n[profile b]\n{KEYS}"), &["a", "b"], keys),
        (format!("role_arn = r\nsource_profile = b c\n[profile 'b c']\nrole_arn = r\n{KEYS}"), &["a", "b c"], keys),
        (format!("role_arn = r\nsource_profile = a\n{KEYS}"), &["a", "a"], keys),
        ("role_arn = r\ncredential_source = EcsContainer".to_owned(), &["a", "a"], "credential_source"),
        ("role_arn = r\nweb_identity_token_file = f".to_owned(), &["a"], "role_arn web_identity_token_file"),
        ("role_arn = r".to_owned(), &["a"], "role_arn"),
        ("role_arn = r\nsource_profile = a".to_owned(), &["a", "a"], "none"),
        ("region = eu-west-1".to_owned(), &["a"], "none"),
        (
            "role_arn = r\nsource_profile = b".to_owned(),
            &["a"],
            "profile `b` was not defined: `source_profile` of the AWS profile `a` names it",
        ),
    ] {
        let (names, found) = steps(&format!("[profile a]\n{config}"), "a");
        assert_eq!(
            (names.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), found.as_str()),
            (expected, source)
        );
    }
}

#[test]
fn the_nearest_profile_is_found_for_a_typing_error() {
    let long = "x".repeat(100_000);
    let files = files(&format!("[profile production]\n[profile dev]\n[profile {long}]\n"), "[sandbox]\n").unwrap();
    assert!(["dev", "production", "sandbox"].iter().all(|name| files.contains(name)) && !files.contains("prod"));
    assert_eq!(files.nearest("prodction"), Some("production"));
    assert_eq!(files.nearest("Dev"), Some("dev"));
    assert_eq!(files.nearest("elsewhere"), None);
    assert_eq!(files.nearest(&long[1..]), None);
}

#[test]
fn files_are_found_by_variable_or_in_the_home_folder() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), "[default]\nregion = us-east-2\n").unwrap();
    fs::write(home.path().join("other"), "[default]\nregion = us-west-1\n").unwrap();
    fs::write(home.path().join("latin"), b"[default]\n# \xe9\n").unwrap();
    let home = home.path().to_str().unwrap();
    let read = |variables: &[(&str, &str)]| {
        let found = AwsFiles::read(&variables.iter().copied().collect()).and_then(|files| files.region(DEFAULT));
        found.map(|found| found.map(|found| found.region)).map_err(|error| error.message.summary)
    };
    let expected = |region: &str| Ok(Some(region.to_owned()));
    assert_eq!(read(&[("HOME", home)]), expected("us-east-2"));
    assert_eq!(read(&[("HOME", home), ("AWS_CONFIG_FILE", "~/other")]), expected("us-west-1"));
    assert_eq!(read(&[("HOME", home), ("AWS_CONFIG_FILE", "/nonexistent")]), Ok(None));
    assert_eq!(read(&[("HOME", home), ("AWS_CONFIG_FILE", home)]), Ok(None));
    assert_eq!(read(&[]), Ok(None));
    let latin = format!("{home}/latin");
    assert_eq!(read(&[("AWS_CONFIG_FILE", &latin)]), Err(format!("{latin}:2: the text is not UTF-8")));
}

proptest::proptest! {
    #[test]
    fn any_text_as_an_aws_file_is_read_without_a_panic(text in "(\\PC|[\\[\\]=\n\r\t #;'\"\\\\]|\\[profile a\\]|[a-c] = ){0,100}") {
        if let Ok(files) = files(&text, &text) {
            for name in [DEFAULT, "a", "profile a"] {
                let _ = (files.region(name), files.select(name).is_ok(), files.sso_profile(name));
            }
        }
    }
}
