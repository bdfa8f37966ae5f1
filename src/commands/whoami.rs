//! `bedrock-ask whoami`: shows the identity, its credentials and what a prompt would use, on one page for a bug report.
//! It holds no secret.

use clap::Args;
use serde_json::{Value, json};

use crate::aws::{self, CredentialSource, Identity};
use crate::commands::caller::Caller;
use crate::commands::explanation::explain_without_resolution;
use crate::commands::identity::{self, UnknownIdentity};
use crate::commands::resolve::source_word;
use crate::commands::{ALLOW_HTTP, CommandArgs, OnlineCommand, TIMEOUT, ask, config, table};
use crate::config::Listed;
use crate::config::value::Format;
use crate::context::{Context, LiveCatalogs};
use crate::error::{Error, ExitCode};
use crate::output::{Output, one_line};
use crate::session::Session;
use bedrock_ask::model::catalog::CatalogSource;
use bedrock_ask::model::date::Date;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::ResolveError;

/// Show the identity, credentials and settings in use, for a bug report
#[derive(Clone, Debug, Default, Args)]
#[command(after_long_help = CONTENTS)]
pub struct WhoamiArgs {
    /// Send nothing: the identity and the expiry of the credentials stay unknown
    #[arg(long)]
    offline: bool,
}

const CONTENTS: &str = "\
The page shows the identity with its account, where the credentials come from and when they expire, the settings that
decide what is called, the ID that a prompt is sent to, the catalog and its age, and versions. It holds no secret.
It is printed whole even if the identity is not known. The exit code is then 5 without valid credentials, 2 without a source
Region, and 6 if STS cannot be reached; it is 0 if there is nothing to ask: with `--offline`, with an API key, or with an
endpoint for Bedrock and none for STS.";

/// The settings on the page, and their names in JSON.
const SETTINGS: [(&str, &str); 5] = [
    ("region", "region"),
    ("profile", "profile"),
    ("routing", "routing"),
    ("model", "model"),
    ("endpoint_url", "endpointUrl"),
];

const PROGRAM: &str = concat!("bedrock-ask ", env!("CARGO_PKG_VERSION"));

impl CommandArgs for WhoamiArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        if self.offline { vec![ALLOW_HTTP, TIMEOUT] } else { Vec::new() }
    }

    fn live_catalogs(&self) -> LiveCatalogs {
        LiveCatalogs::OfConfiguredModel
    }

    fn takes_unknown_profile(&self) -> bool {
        true
    }
}

impl OnlineCommand for WhoamiArgs {
    /// Prints the page, then reports why the identity is not known if that is an error.
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let context = &session.context;
        let source_region = context.source_region()?;
        let settings = context.settings.list(&context.environment)?;
        let resolution = ask::resolve(context, &context.catalog);
        let region = resolution.as_ref().ok().and_then(|resolution| resolution.source_region).or(source_region);
        let mut caller = KnownCaller::from_settings(context);
        let error = match region {
            Some(region) => caller.identify(session, region, self.offline, output).await.err(),
            None if self.offline => None,
            None => Some(ResolveError::no_source_region().into()),
        };
        let model_id = resolution.map(|resolution| resolution.id);
        let page = Page { caller, settings, model_id, catalog: CatalogInUse::new(context, region), error };
        if output.format() == Format::Json {
            output.json(&page.to_json())?;
        } else {
            output.text(&page.to_text())?;
        }
        page.error.map_or(Ok(ExitCode::Success), Err)
    }
}

struct KnownCaller {
    credentials: Option<CredentialSource>,
    /// The identity, or why it is not known.
    identity: Result<Identity, String>,
}

impl KnownCaller {
    /// Reads the caller from the settings, the environment and AWS's files.
    fn from_settings(context: &Context) -> Self {
        let Caller { api_key, credentials, .. } = Caller::new(context);
        let description = if api_key { Some(identity::API_KEY.to_owned()) } else { credentials };
        let credentials = description.map(|description| CredentialSource { description, expiry: None });
        Self { credentials, identity: Err("STS was not called".to_owned()) }
    }

    /// Loads the credentials, and reads the identity from STS; with `is_offline` only checks the settings for both.
    ///
    /// # Errors
    /// If there are no valid credentials, or if STS does not tell the identity although it may be asked.
    async fn identify(
        &mut self,
        session: &Session,
        region: Region,
        is_offline: bool,
        output: &mut Output,
    ) -> Result<(), Error> {
        let context = &session.context;
        let aws = session.connect(region, output).await?;
        if is_offline {
            return Ok(());
        }
        if aws.sends_api_key() {
            self.identity = Err(UnknownIdentity::ApiKey.to_string());
            return Ok(());
        }
        let sts = aws.sts()?;
        // What the settings named turns out to be unusable if it cannot be loaded.
        self.credentials = None;
        let source = sts.credential_source().await;
        let source = source.map_err(|failure| explain_without_resolution(&failure, None, region, context))?;
        self.credentials = Some(source);
        let unknown = match identity::identify(&aws, &sts, region, context).await {
            Ok(identity) => {
                self.identity = Ok(identity);
                return Ok(());
            }
            Err(unknown) => unknown,
        };
        let reason = unknown.to_string();
        self.identity = Err(reason.clone());
        match unknown {
            UnknownIdentity::ApiKey | UnknownIdentity::OwnEndpoint => Ok(()),
            UnknownIdentity::Timeout => {
                Err(Error::new(ExitCode::Unavailable, reason).hint("bedrock-ask whoami --offline"))
            }
            UnknownIdentity::Failure(_, diagnosis) => Err((*diagnosis).into()),
        }
    }
}

/// The catalog in use for a source Region.
struct CatalogInUse {
    source: &'static str,
    file: Option<String>,
    as_of: Date,
    age_in_days: Option<i64>,
}

impl CatalogInUse {
    fn new(context: &Context, region: Option<Region>) -> Self {
        let (source, as_of) = context.catalog.as_of(region.map_or("", |region| region.name));
        let file = context.catalog.file().filter(|_| source == CatalogSource::File).map(ToString::to_string);
        Self { source: source_word(source), file, as_of, age_in_days: context.age_in_days(as_of) }
    }

    fn age(&self) -> String {
        match self.age_in_days {
            None => "age not known".to_owned(),
            Some(1) => "1 day old".to_owned(),
            Some(days) => format!("{days} days old"),
        }
    }
}

struct Page {
    caller: KnownCaller,
    settings: Vec<Listed>,
    model_id: Result<String, Error>,
    catalog: CatalogInUse,
    error: Option<Error>,
}

impl Page {
    fn to_text(&self) -> String {
        let row = |name: &str, value: &str, remark: String| {
            vec![name.to_owned(), one_line(value).into_owned(), one_line(&remark).into_owned()]
        };
        let identity = match &self.caller.identity {
            Ok(identity) => row("identity", &identity.arn, format!("(account {})", identity.account)),
            Err(reason) => row("identity", "-", format!("(not known: {reason})")),
        };
        let credentials = match &self.caller.credentials {
            Some(source) => row("credentials", &identity::describe(source), String::new()),
            None => row("credentials", "-", "(none were found)".to_owned()),
        };
        let settings = self.settings().map(|(setting, _)| config::row(setting, &self.model_id));
        let CatalogInUse { source, file, as_of, .. } = &self.catalog;
        let catalog = match file {
            Some(file) => format!("{source} {file}, {as_of}"),
            None => format!("{source}, {as_of}"),
        };
        let sdk = format!("(aws-sdk-bedrockruntime {}; {})", aws::sdk_version(), platform());
        let ends = [row("catalog", &catalog, format!("({})", self.catalog.age())), row("version", PROGRAM, sdk)];
        let rows: Vec<_> = [identity, credentials].into_iter().chain(settings).chain(ends).collect();
        table::align(&rows, config::WIDEST_VALUE, |_| false)
    }

    fn to_json(&self) -> Value {
        let CatalogInUse { source, file, as_of, age_in_days } = &self.catalog;
        let credentials = self.caller.credentials.as_ref().map(identity::credentials_to_json);
        let caller = [("identity", identity::to_json(&self.caller.identity)), ("credentials", json!(credentials))];
        let settings = self.settings().map(|(setting, name)| (name, config::object(setting, &self.model_id)));
        let catalog = json!({"source": source, "file": file, "asOf": as_of.to_string(), "ageDays": age_in_days});
        let versions = json!({"bedrock-ask": env!("CARGO_PKG_VERSION"), "aws-sdk-bedrockruntime": aws::sdk_version()});
        let ends = [("catalog", catalog), ("versions", versions), ("platform", json!(platform()))];
        let error = self.error.as_ref().map(|error| ("error", error.to_json()));
        caller.into_iter().chain(settings).chain(ends).chain(error).collect()
    }

    /// Returns the settings of the page with their names in JSON.
    fn settings(&self) -> impl Iterator<Item = (&Listed, &'static str)> {
        let find = |key: &str| self.settings.iter().find(|setting| setting.key == key);
        SETTINGS.into_iter().filter_map(move |(key, name)| Some((find(key)?, name)))
    }
}

/// Returns the operating system and the processor, such as `linux x86_64`.
fn platform() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}
