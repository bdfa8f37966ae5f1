//! Checks credentials before anything is signed with them: the SDK panics at an access key ID that no header can carry.

use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};

use super::{secrets, sts};

/// A provider whose credentials are trimmed, and refused if they still hold what no header can carry.
#[derive(Debug)]
pub(super) struct Checked<P> {
    provider: P,
    profile: Option<String>,
}

impl<P: ProvideCredentials> Checked<P> {
    /// `profile` is the AWS profile that the credentials are of, if they are of one.
    pub(super) fn new(provider: P, profile: Option<&str>) -> Self {
        Self { provider, profile: profile.map(str::to_owned) }
    }

    async fn credentials(&self) -> provider::Result {
        let credentials = self.provider.provide_credentials().await?;
        check(credentials, self.profile.as_deref()).map_err(CredentialsError::invalid_configuration)
    }
}

impl<P: ProvideCredentials> ProvideCredentials for Checked<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        let credentials = self.provider.fallback_on_interrupt()?;
        check(credentials, self.profile.as_deref()).ok()
    }
}

/// Credentials that cannot be used. It names their source and never repeats them.
#[derive(Debug, thiserror::Error)]
#[error("the {what} from {origin} {why}")]
struct UnusableCredentials {
    what: &'static str,
    origin: String,
    why: &'static str,
}

fn check(credentials: Credentials, profile: Option<&str>) -> Result<Credentials, UnusableCredentials> {
    let (id, secret) = (credentials.access_key_id().trim(), credentials.secret_access_key().trim());
    let token = credentials.session_token().map(str::trim).filter(|token| !token.is_empty());
    let unusable =
        |what, variable, why| UnusableCredentials { what, origin: origin(&credentials, profile, variable), why };
    for (what, variable, value, is_sent) in [
        ("access key ID", "AWS_ACCESS_KEY_ID", id, true),
        ("secret access key", "AWS_SECRET_ACCESS_KEY", secret, false),
        ("session token", "AWS_SESSION_TOKEN", token.unwrap_or("-"), true),
    ] {
        if value.is_empty() {
            return Err(unusable(what, variable, "is blank"));
        }
        if is_quoted(value) {
            return Err(unusable(what, variable, "is in quotes"));
        }
        if value.chars().any(char::is_control) {
            return Err(unusable(what, variable, "holds a line break or another control character"));
        }
        if is_sent && !value.is_ascii() {
            return Err(unusable(what, variable, "holds a character that is not ASCII"));
        }
    }
    std::iter::once(secret).chain(token).for_each(secrets::remember);
    if (id, secret, token)
        == (credentials.access_key_id(), credentials.secret_access_key(), credentials.session_token())
    {
        return Ok(credentials);
    }
    let mut trimmed = Credentials::builder().access_key_id(id).secret_access_key(secret).provider_name("trimmed");
    trimmed.set_session_token(token.map(str::to_owned));
    trimmed.set_expiry(credentials.expiry());
    trimmed.set_account_id(credentials.account_id().cloned());
    let mut trimmed = trimmed.build();
    if let Some(features) = credentials.get_property::<Vec<Feature>>() {
        trimmed.get_property_mut_or_default::<Vec<Feature>>().extend(features.iter().cloned());
    }
    Ok(trimmed)
}

/// Whether a value is enclosed in quotes, as a `.env` file of another tool needs them and no key has them.
pub(super) fn is_quoted(value: &str) -> bool {
    ['"', '\''].iter().any(|quote| value.strip_prefix(*quote).is_some_and(|rest| rest.ends_with(*quote)))
}

fn origin(credentials: &Credentials, profile: Option<&str>, variable: &str) -> String {
    let features = credentials.get_property::<Vec<Feature>>();
    match profile {
        _ if features.is_some_and(|features| features.contains(&Feature::CredentialsEnvVars)) => {
            format!("`{variable}`")
        }
        Some(name) => format!("the AWS profile `{name}`"),
        None => sts::description(credentials),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(id: &str, secret: &str, token: Option<&str>) -> Result<(String, String, Option<String>), String> {
        let credentials = Credentials::new(id, secret, token.map(str::to_owned), None, "test");
        let checked = check(credentials, Some("p")).map_err(|error| error.to_string())?;
        let token = checked.session_token().map(str::to_owned);
        Ok((checked.access_key_id().to_owned(), checked.secret_access_key().to_owned(), token))
    }

    #[test]
    fn white_space_around_credentials_is_cut_off_and_a_blank_token_is_none() {
        let expected = Ok(("ID".to_owned(), "secret".to_owned(), Some("token".to_owned())));
        assert_eq!(checked("ID", "secret", Some("token")), expected);
        assert_eq!(checked("ID\r", " secret\n", Some("token\r\n")), expected);
        assert_eq!(checked("ID", "secret", Some(" \r\n")), Ok(("ID".to_owned(), "secret".to_owned(), None)));
    }

    #[test]
    fn what_no_header_can_carry_is_refused_without_being_repeated() {
        let control = "holds a line break or another control character";
        for (id, secret, token, what, why) in [
            ("I\rD", "s", None, "access key ID", control),
            ("I\u{7f}D", "s", None, "access key ID", control),
            ("I\tD", "s", None, "access key ID", control),
            ("ÄD", "s", None, "access key ID", "holds a character that is not ASCII"),
            (" ", "s", None, "access key ID", "is blank"),
            ("ID", "s\0t", None, "secret access key", control),
            ("ID", "\n", None, "secret access key", "is blank"),
            ("ID", "s", Some("t\nt"), "session token", control),
        ] {
            let expected = format!("the {what} from the AWS profile `p` {why}");
            assert_eq!(checked(id, secret, token), Err(expected), "{id:?} {secret:?} {token:?}");
        }
    }

    #[test]
    fn what_is_known_beside_the_keys_survives_trimming() {
        let expiry = std::time::SystemTime::UNIX_EPOCH;
        let mut credentials = Credentials::new("ID\n", "s", None, Some(expiry), "test");
        credentials.get_property_mut_or_default::<Vec<Feature>>().push(Feature::CredentialsEnvVars);
        let trimmed = check(credentials, None).unwrap();
        assert_eq!(trimmed.expiry(), Some(expiry));
        assert_eq!(sts::description(&trimmed), "environment variables");
        assert_eq!(origin(&trimmed, None, "AWS_ACCESS_KEY_ID"), "`AWS_ACCESS_KEY_ID`");
    }

    proptest::proptest! {
        #[test]
        fn checked_credentials_fit_a_header(text in "(\\PC|[\0-\x1f\x7f]){0,20}") {
            if let Ok((id, _, token)) = checked(&text, "s", Some(&text)) {
                assert!(http::HeaderValue::from_str(&id).is_ok());
                assert!(token.is_none_or(|token| http::HeaderValue::from_str(&token).is_ok()));
            }
        }
    }
}
