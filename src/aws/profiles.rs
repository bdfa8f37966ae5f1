//! Gives the SDK the AWS profile in use as a text of its own grammar: it never reads AWS's files itself. The names that it
//! refuses are encoded.

#[expect(deprecated, reason = "the only name of this type outside of `aws-runtime`")]
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};

use crate::config::aws_files::{self, Credentials, SelectedProfile, is_plain};

/// Returns the text of a profile with the sections that it refers to, as the SDK takes it.
#[expect(deprecated, reason = "the only name of this type outside of `aws-runtime`")]
pub(super) fn files(profile: Option<&SelectedProfile>) -> ProfileFiles {
    let text = profile.map(text).unwrap_or_default();
    ProfileFiles::builder().with_contents(ProfileFileKind::Config, text).build()
}

/// Returns the name under which the SDK knows a profile: its own, or else an encoded one.
pub(super) fn sdk_name(profile: Option<&SelectedProfile>) -> String {
    encoded(profile.map_or(aws_files::DEFAULT, |profile| &profile.name))
}

fn text(profile: &SelectedProfile) -> String {
    let mut text = String::new();
    let mut line = |parts: &[&str]| {
        text.extend(parts.iter().copied());
        text.push('\n');
    };
    line(&["[profile ", &sdk_name(Some(profile)), "]"]);
    let is_role = matches!(profile.credentials, Credentials::Role(_));
    for (key, value) in profile.properties.iter().filter(|(key, _)| is_plain(key)) {
        match key.as_str() {
            // The SDK does not assume the role, and the names of its sources may be some that it refuses.
            "role_arn" | "source_profile" if is_role => {}
            "services" => line(&[key, " = ", &encoded(value)]),
            // On the first line the SDK would cut off what looks like a comment; `:` does nothing.
            "credential_process" if cfg!(unix) && holds_comment_mark(value) => line(&[key, " = :\n ", value]),
            _ => line(&[key, " = ", value]),
        }
    }
    if let (Some(session), Some(name)) = (&profile.sso_session, profile.properties.get("sso_session")) {
        line(&["[sso-session ", name, "]"]);
        for (key, value) in session.iter().filter(|(key, _)| is_plain(key)) {
            line(&[key, " = ", value]);
        }
    }
    if let Some(name) = profile.properties.get("services") {
        line(&["[services ", &encoded(name), "]"]);
        for (service, values) in profile.services.iter().filter(|(service, _)| is_plain(service)) {
            line(&[service, " ="]);
            for (key, value) in values.iter().filter(|(key, _)| is_plain(key)) {
                line(&["  ", key, " = ", value]);
            }
        }
    }
    text
}

fn holds_comment_mark(value: &str) -> bool {
    value.match_indices(['#', ';']).any(|(at, _)| value[..at].ends_with(char::is_whitespace))
}

/// Writes the bytes that the SDK refuses in names as `%XX`.
fn encoded(name: &str) -> String {
    if is_plain(name) {
        return name.to_owned();
    }
    let taken = |byte: u8| byte != b'%' && is_plain(char::from(byte).encode_utf8(&mut [0; 4]));
    let pieces = name.bytes().map(|byte| if taken(byte) { char::from(byte).into() } else { format!("%{byte:02X}") });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::collections::BTreeMap;

    use super::*;

    #[cfg(unix)]
    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[cfg(unix)]
    #[test]
    fn the_sdk_is_given_one_profile_with_what_it_refers_to_and_names_that_it_takes() {
        let source = SelectedProfile {
            name: "b".to_owned(),
            properties: BTreeMap::new(),
            services: BTreeMap::new(),
            sso_session: None,
            credentials: Credentials::Own,
        };
        let profile = SelectedProfile {
            name: "my größe".to_owned(),
            properties: map(&[
                ("credential_process", "sh -c 'a ; b'"),
                ("not a name", "x"),
                ("role_arn", "r"),
                ("services", "my own"),
                ("source_profile", "b"),
                ("sso_session", "work"),
            ]),
            services: BTreeMap::from([("bedrock_runtime".to_owned(), map(&[("endpoint_url", "http://a")]))]),
            sso_session: Some(map(&[("sso_region", "eu-west-1")])),
            credentials: Credentials::Role(Box::new(source)),
        };
        insta::assert_snapshot!(text(&profile), @r"
        [profile my%20gr%C3%B6%C3%9Fe]
        credential_process = :
         sh -c 'a ; b'
        services = my%20own
        sso_session = work
        [sso-session work]
        sso_region = eu-west-1
        [services my%20own]
        bedrock_runtime =
          endpoint_url = http://a
        ");
    }

    #[test]
    fn a_name_that_the_sdk_takes_stays_as_it_is() {
        assert_eq!(["dev", "a.b/c@d+e:f%g", "a b", "a=b"].map(encoded), ["dev", "a.b/c@d+e:f%g", "a%20b", "a%3Db"]);
        assert_eq!(sdk_name(None), "default");
    }
}
