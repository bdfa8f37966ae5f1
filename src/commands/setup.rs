//! `bedrock-ask setup`: asks for the source Region and the default model, and writes them to the config file.

mod dialogue;

use std::path::Path;

use clap::Args;

use crate::aws::CredentialSource;
use crate::commands::ask::{self, AskArgs};
use crate::commands::caller::Caller;
use crate::commands::explanation::explain_without_resolution;
use crate::commands::{
    CommandArgs, ENDPOINT_URL, NO_REPAIR, OnlineCommand, REPAIR, ROUTING, STRICT, Setup, SetupCommand, config,
    identity, stdin, table,
};
use crate::config::edit::{self, Change, Key, NewValue};
use crate::config::value::FormatFlag;
use crate::config::{Flags, Origin, Setting, Settings};
use crate::context::{Context, ContextOptions, LiveCatalogs, several_regions};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::{Session, block_on};
use crate::terminal;
use bedrock_ask::model::price::{self, Price};
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::Resolution;
use bedrock_ask::model::resolver;
use dialogue::Dialogue;

/// Choose the Region and the default model, and write them to the config file
#[derive(Clone, Debug, Default, Args)]
#[command(after_long_help = STEPS)]
pub struct SetupArgs {}

const STEPS: &str = "\
It shows which Region and credentials are found and where, asks for the source Region and the default model, and writes
to the config file what is not set elsewhere, if you agree. A setting that the file has is replaced only if you agree. At
last it offers to send a prompt with a response of one token, at the price that it shows. Enter takes the answer in
brackets; Ctrl-C leaves the config file as it was.
Without a terminal it prints what it would ask, and changes nothing.";

/// The Region that is offered if none is set: the one from which most models can be invoked.
const COMMON_REGION: &str = "us-east-1";

/// What stands for the credentials if neither the environment nor AWS's files have any: a machine may still give some.
const NO_CREDENTIALS: &str = "none in the environment and AWS's files; `aws login` signs in, `aws configure sso` sets up SSO, \
    and `AWS_BEARER_TOKEN_BEDROCK` takes an API key of Bedrock";

/// The input tokens of the test: the prompt with what surrounds it.
const INPUT_TOKENS: f64 = 10.0;

impl CommandArgs for SetupArgs {
    const FORMATS: &'static [FormatFlag] = &[];

    fn unused_flags(&self) -> Vec<&'static str> {
        vec![ROUTING, STRICT, REPAIR, NO_REPAIR, ENDPOINT_URL]
    }
}

impl SetupCommand for SetupArgs {
    fn run(self, setup: Setup, output: &mut Output) -> Result<ExitCode, Error> {
        if setup.has_several_regions {
            return Err(several_regions());
        }
        let settings = Settings::load(setup.flags.clone(), &setup.environment)?;
        let path = config::path(&setup.environment)?;
        match terminal::question(output).filter(|_| stdin::is_terminal()) {
            Some(question) => {
                let mut dialogue = Dialogue { question, output };
                let region = choose_region(&settings, &mut dialogue)?;
                let context = context(setup, Some(region), dialogue.output)?;
                block_on(Chosen { settings, path: &path, region }.run(Session::new(context), &mut dialogue))
            }
            None => preview(&settings, &path, setup, output),
        }
    }
}

/// Loads the context with this Region as the source Region.
fn context(setup: Setup, region: Option<Region>, output: &mut Output) -> Result<Context, Error> {
    let options = ContextOptions::default();
    let flags = Flags { region: region.map(|region| region.name.to_owned()).or(setup.flags.region), ..setup.flags };
    let live = LiveCatalogs::OfSourceRegions(Vec::new());
    Context::load(flags, &options, setup.environment, setup.clock, &live, output)
}

/// Prints what would be asked on a terminal.
fn preview(settings: &Settings, path: &Path, setup: Setup, output: &mut Output) -> Result<ExitCode, Error> {
    let found = settings.region.value;
    let region = found.or_else(|| Region::named(COMMON_REGION));
    let context = context(setup, region, output)?;
    let credentials = Caller::new(&context).credentials.unwrap_or_else(|| NO_CREDENTIALS.to_owned());
    let model = context.settings.model.value.clone().or_else(|| default_model(&context));
    let (region, model) = (region.map_or("", |region| region.name), model.as_deref().unwrap_or("none"));
    let path = path.display();
    output.text(&format!(
        "source Region: {}\ncredentials: {credentials}\n\n\
         On a terminal, `bedrock-ask setup` asks for:\n  \
         the source Region [{region}]\n  \
         the default model [{model}]\n  \
         whether to write them to {path} [Y/n]\n  \
         whether to send a prompt with a response of one token [y/N]\n\n\
         Without a terminal, these commands write them:\n  \
         bedrock-ask config set region REGION\n  \
         bedrock-ask config set model MODEL\n",
        described(settings),
    ))?;
    Ok(ExitCode::Success)
}

/// Returns the Region that is found, and where.
fn described(settings: &Settings) -> String {
    match &settings.region {
        Setting { value: Some(region), origin } => format!("{region} ({origin})"),
        Setting { value: None, .. } => "none is set".to_owned(),
    }
}

fn choose_region(settings: &Settings, dialogue: &mut Dialogue<'_>) -> Result<Region, Error> {
    let found = settings.region.value;
    dialogue.line(&format!("source Region: {}", described(settings)));
    if found.is_none() {
        dialogue.line(&regions(None));
    }
    let default = found.map_or(COMMON_REGION, |region| region.name);
    dialogue.choose("Source Region, or ? for a list", Some(default), |answer, output| {
        if answer == "?" {
            output.aside(&regions(found));
            return Ok(None);
        }
        let region = crate::config::region(answer, &Origin::Default).map_err(|mut error| {
            error.message.summary = format!("`{answer}` is not a known AWS Region");
            error
        })?;
        if region.has_endpoint {
            Ok(Some(region))
        } else {
            Err(Error::usage(format!("Bedrock has no endpoint in {region}")))
        }
    })
}

/// Returns the list of the Regions in the partition of this one.
fn regions(found: Option<Region>) -> String {
    let partition = found.map_or("aws", |region| region.partition);
    let regions = Region::all().filter(|region| region.has_endpoint && region.partition == partition);
    let rows: Vec<_> = regions.map(|region| vec![format!("  {}", region.name), region.title.to_owned()]).collect();
    table::align(&rows, usize::MAX, |_| false).trim_end().to_owned()
}

fn default_model(context: &Context) -> Option<String> {
    let request = context.resolve_request().ok()?;
    resolver::default_model(&request, &context.catalog).ok()?.model
}

/// What the user has chosen so far.
struct Chosen<'a> {
    /// The settings before.
    settings: Settings,
    path: &'a Path,
    region: Region,
}

impl Chosen<'_> {
    async fn run(self, session: Session, dialogue: &mut Dialogue<'_>) -> Result<ExitCode, Error> {
        let credentials = credentials(&session, self.region, dialogue.output).await;
        match &credentials {
            Ok(source) => dialogue.line(&format!("credentials: {}", identity::describe(source))),
            Err(error) => dialogue.line(&format!("credentials: {}", error.message.summary)),
        }
        let Session { mut context } = session;
        let resolution = choose_model(&mut context, dialogue)?;
        if let Some(resolution) = &resolution {
            let id = &resolution.id;
            dialogue.line(&format!("`{}` is invoked as `{id}` from {}", resolution.input, self.region));
        }
        self.write(&context, dialogue)?;
        match (credentials, resolution) {
            // Its hints are for signing in.
            (Err(error), _) => Err(error),
            (Ok(_), Some(resolution)) => test(context, &resolution, dialogue).await,
            (Ok(_), None) => Ok(ExitCode::Success),
        }
    }

    /// Writes what has been chosen, if it is not in force already.
    fn write(&self, context: &Context, dialogue: &mut Dialogue<'_>) -> Result<(), Error> {
        let is_kept = |origin: &Origin| !matches!(origin, Origin::Flag(_) | Origin::Default);
        let Settings { region, profile, model, .. } = &self.settings;
        let chosen = [
            ("region", Some(self.region.name), region.value.map(|region| region.name), &region.origin),
            ("profile", profile.value.as_deref(), profile.value.as_deref(), &profile.origin),
            ("model", context.settings.model.value.as_deref(), model.value.as_deref(), &model.origin),
        ];
        let new = chosen.into_iter().filter(|(_, value, old, origin)| value != old || !is_kept(origin));
        let mut changes = Vec::new();
        let mut shown = Vec::new();
        for (name, value) in new.filter_map(|(name, value, ..)| Some((name, value?))) {
            let key = Key::parse(name)?;
            let value = NewValue::parse(&key, value)?;
            let old = edit::value_in_file(self.path, &key)?.filter(|old| old != value.json());
            let instead = old.map_or(String::new(), |old| format!(" in place of {old}"));
            shown.push(format!("`{name}: {}`{instead}", value.yaml()));
            changes.push((key, Change::Set(value)));
        }
        let path = self.path.display();
        if changes.is_empty() {
            dialogue.line("everything is set already: nothing is written");
            return Ok(());
        }
        if !dialogue.agrees(&format!("Write {} to {path}?", shown.join(" and ")), true)? {
            dialogue.line("nothing was written");
            return Ok(());
        }
        edit::change_file(self.path, &changes)?;
        dialogue.line(&format!("written: {path}"));
        for (key, _) in &changes {
            config::report_other_source(key, &context.environment, dialogue.output);
        }
        Ok(())
    }
}

/// Loads the credentials, and returns their source. Sends nothing to Bedrock.
async fn credentials(session: &Session, region: Region, output: &mut Output) -> Result<CredentialSource, Error> {
    let aws = session.connect(region, output).await?;
    if aws.sends_api_key() {
        return Ok(CredentialSource { description: identity::API_KEY.to_owned(), expiry: None });
    }
    let source = aws.sts()?.credential_source().await;
    source.map_err(|failure| explain_without_resolution(&failure, None, region, &session.context).into())
}

/// Asks for the default model, and puts it into the settings; returns `None` if none can be invoked and none is chosen.
fn choose_model(context: &mut Context, dialogue: &mut Dialogue<'_>) -> Result<Option<Resolution>, Error> {
    let before = context.settings.model.clone();
    let default = before.value.clone().or_else(|| default_model(context));
    dialogue.choose("Default model, or ? for a list", default.as_deref(), |answer, output| {
        if answer == "?" {
            output.aside(models(context).trim_end());
            return Ok(None);
        }
        if answer.is_empty() {
            context.settings.model = before.clone();
            return Ok(Some(None));
        }
        context.settings.model = Setting::new(Some(answer.to_owned()), Origin::Flag("--model"));
        let resolution = ask::resolve(context, &context.catalog)?;
        let model = resolution.model.as_deref().and_then(|id| context.catalog.foundation_model(id));
        if model.is_some_and(|model| !model.can_chat()) {
            return Err(Error::usage(format!("`{answer}` cannot chat")));
        }
        output.notices(&resolution.notices);
        Ok(Some(Some(resolution)))
    })
}

/// Returns the list of the models that a prompt can be sent to.
fn models(context: &Context) -> String {
    let Ok(request) = context.resolve_request() else { return String::new() };
    let chats = context.catalog.foundation_models().filter(|model| model.can_chat() && model.status() == "ACTIVE");
    chats
        .filter(|model| resolver::resolve(model.id, &request, &context.catalog).is_ok())
        .fold(String::new(), |list, model| list + "  " + model.id + "\n")
}

/// Sends a prompt with a response of one token, if the user agrees.
async fn test(mut context: Context, resolution: &Resolution, dialogue: &mut Dialogue<'_>) -> Result<ExitCode, Error> {
    let model = resolution.model.as_deref().and_then(|id| context.catalog.foundation_model(id));
    let dollars = model.and_then(|model| Price::new(model, &resolution.id).dollars(INPUT_TOKENS, 1.0));
    let cost =
        dollars.map_or("its price is not known".to_owned(), |dollars| format!("it costs {}", price::estimate(dollars)));
    let question = format!("Send a prompt with a response of one token to `{}`; {cost}?", resolution.id);
    if !dialogue.agrees(&question, false)? {
        return Ok(ExitCode::Success);
    }
    context.settings.max_tokens = Setting::new(Some(1), Origin::Flag("--max-tokens"));
    context.settings.system = Setting::default(None);
    let prompt = AskArgs { words: vec!["Hi".to_owned()], no_stdin: true, usage: true, ..AskArgs::default() };
    Box::pin(prompt.run(&Session::new(context), dialogue.output)).await
}
