//! `bedrock-ask inference-profile`: creates, lists, shows, tags and deletes application inference profiles. `view`
//! renders them, `limits` validates names and tags.

mod create;
mod limits;
mod target;
mod view;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::aws::{Bedrock, Tag};
use crate::commands::concurrency::{self, Next};
use crate::commands::explanation::{explain, explain_without_resolution};
use crate::commands::{CommandArgs, NO_REPAIR, OnlineCommand, REPAIR, ROUTING, STRICT, stdin, table};
use crate::config::value::Format;
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;
use crate::terminal;
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::listing::{ListedProfile, ProfileKind};
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Resolution, ResolveError};
use create::Create;
use target::ProfileReference;
use view::View;

/// Concurrency limit for reading tags.
const CONCURRENCY: usize = 8;

/// List, show, make, tag and delete application inference profiles
#[derive(Clone, Debug, Args)]
pub struct InferenceProfileArgs {
    #[command(subcommand)]
    action: InferenceProfileCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum InferenceProfileCommand {
    /// List the inference profiles that can be seen from the source Region
    List(List),
    /// Show one inference profile, with its tags
    Show(Show),
    /// Make an application inference profile, and print its ARN
    Create(Create),
    /// Add tags to an inference profile, or give new values to those that it has
    Tag(AddTags),
    /// Take tags from an inference profile
    Untag(RemoveTags),
    /// Delete an application inference profile
    Delete(Delete),
}

#[derive(Clone, Debug, Args)]
struct List {
    /// Whose: the account's own, or AWS's
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = Type::Application)]
    kind: Type,
    /// Ask for the tags of each, too
    #[arg(long)]
    tags: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Type {
    Application,
    SystemDefined,
    All,
}

#[derive(Clone, Debug, Args)]
struct Show {
    /// Its ID or ARN, or `inference-profile:` and its name
    #[arg(value_name = "ID")]
    target: ProfileReference,
}

#[derive(Clone, Debug, Args)]
struct AddTags {
    /// Its ID or ARN, or `inference-profile:` and its name
    #[arg(value_name = "ID")]
    target: ProfileReference,
    /// The tags, such as `team=red`
    #[arg(value_name = "KEY=VALUE", required = true, value_parser = limits::tag)]
    tags: Vec<Tag>,
}

#[derive(Clone, Debug, Args)]
struct RemoveTags {
    /// Its ID or ARN, or `inference-profile:` and its name
    #[arg(value_name = "ID")]
    target: ProfileReference,
    /// The keys of the tags
    #[arg(value_name = "KEY", required = true, value_parser = limits::tag_key)]
    keys: Vec<String>,
}

#[derive(Clone, Debug, Args)]
struct Delete {
    /// Its ID or ARN, or `inference-profile:` and its name
    #[arg(value_name = "ID")]
    target: ProfileReference,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl CommandArgs for InferenceProfileArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        match self.action {
            InferenceProfileCommand::Create(_) => Vec::new(),
            _ => vec![ROUTING, STRICT, REPAIR, NO_REPAIR],
        }
    }
}

impl OnlineCommand for InferenceProfileArgs {
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        session.context.source_region()?;
        match self.action {
            InferenceProfileCommand::List(list) => Box::pin(list.run(session, output)).await,
            InferenceProfileCommand::Show(show) => Box::pin(show.run(session, output)).await,
            InferenceProfileCommand::Create(create) => Box::pin(create.run(session, output)).await,
            InferenceProfileCommand::Tag(tag) => Box::pin(tag.run(session, output)).await,
            InferenceProfileCommand::Untag(untag) => Box::pin(untag.run(session, output)).await,
            InferenceProfileCommand::Delete(delete) => Box::pin(delete.run(session, output)).await,
        }
    }
}

/// The control plane of one source Region, with the context that explains its failures.
struct ControlPlane<'a> {
    bedrock: Bedrock,
    region: Region,
    context: &'a Context,
}

impl<'a> ControlPlane<'a> {
    async fn connect(region: Region, session: &'a Session, output: &mut Output) -> Result<Self, Error> {
        let aws = session.connect(region, output).await?;
        Ok(Self { bedrock: aws.bedrock()?, region, context: &session.context })
    }

    /// Connects to the Region of one profile.
    async fn connect_to(target: &ProfileReference, session: &'a Session, output: &mut Output) -> Result<Self, Error> {
        Self::connect(target.source_region(session.context.source_region()?)?, session, output).await
    }

    fn explain_call(&self, failure: &Failure, called: Option<&str>) -> Error {
        explain_without_resolution(failure, called, self.region, self.context).into()
    }

    /// Explains the failure of a call for an ID or ARN, which may have been meant as a name.
    fn explain_identified(&self, failure: &Failure, id: &str) -> Error {
        let error = self.explain_call(failure, Some(id));
        let is_id = id.contains([':', '.']) || (id.len() == 12 && !id.contains('-'));
        if is_id || error.exit != ExitCode::NotResolved {
            return error;
        }
        error.hint(format!("if `{id}` is a name: write `inference-profile:{id}`"))
    }

    fn explain_resolved(&self, failure: &Failure, resolution: &Resolution) -> Error {
        let request = self.context.resolve_request_from(Some(self.region));
        explain(failure, resolution, &request, self.context).into()
    }

    async fn list(&self, kind: ProfileKind) -> Result<Vec<ListedProfile>, Error> {
        self.bedrock.list_inference_profiles(kind).await.map_err(|failure| self.explain_call(&failure, None))
    }

    async fn profiles_named(&self, name: &str) -> Result<Vec<ListedProfile>, Error> {
        let mut profiles = self.list(ProfileKind::Application).await?;
        profiles.retain(|profile| profile.name == name);
        Ok(profiles)
    }

    async fn profile(&self, target: &ProfileReference) -> Result<ListedProfile, Error> {
        let name = match target {
            ProfileReference::Id(id) | ProfileReference::Arn(id) => {
                let result = self.bedrock.get_inference_profile(id).await;
                return result.map_err(|failure| self.explain_identified(&failure, id));
            }
            ProfileReference::Name(name) => name,
        };
        let mut profiles = self.profiles_named(name).await?;
        match (profiles.pop(), &profiles[..]) {
            (Some(profile), []) => Ok(profile),
            (Some(last), others) => {
                let what = format!("{} inference profiles in {} bear the name `{name}`", others.len() + 1, self.region);
                let ids = others.iter().chain([&last]).map(|profile| profile.id.as_str()).collect::<Vec<_>>();
                Err(Error::usage(what).hint(format!("use one of their IDs: {}", ids.join(", "))))
            }
            (None, _) => {
                let what = format!("no application inference profile in {} bears the name `{name}`", self.region);
                let list = format!("`bedrock-ask inference-profile list --region {}` lists them", self.region);
                Err(Error::new(ExitCode::NotResolved, what).hint(list))
            }
        }
    }

    /// Returns the ARN; it is read from AWS unless the reference is the ARN.
    async fn arn(&self, target: &ProfileReference) -> Result<String, Error> {
        match target {
            ProfileReference::Arn(arn) => Ok(arn.clone()),
            _ => Ok(self.profile(target).await?.arn),
        }
    }
}

impl List {
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let region = session.context.source_region()?.ok_or_else(ResolveError::no_source_region)?;
        let control_plane = ControlPlane::connect(region, session, output).await?;
        let mut profiles = Vec::new();
        for (kind, others) in
            [(ProfileKind::Application, Type::SystemDefined), (ProfileKind::SystemDefined, Type::Application)]
        {
            if self.kind != others {
                profiles.extend(control_plane.list(kind).await?);
            }
        }
        profiles.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        let control_plane = &control_plane;
        let views = profiles.into_iter().map(|profile| async move {
            let tags =
                if self.tags { Some(control_plane.bedrock.list_tags_for_resource(&profile.arn).await) } else { None };
            let tags = tags.transpose().map_err(|failure| control_plane.explain_call(&failure, Some(&profile.arn)))?;
            Ok::<_, Error>(View { profile, tags })
        });
        let stop_at_error = |view: &Result<View, Error>| if view.is_err() { Next::Stop } else { Next::Continue };
        let views = concurrency::run(views, CONCURRENCY, stop_at_error).await;
        let views = views.into_iter().collect::<Result<Vec<_>, _>>()?;
        print(&views, output)?;
        if views.is_empty() {
            output.note(&format!("{region} has no such inference profile"));
        }
        Ok(ExitCode::Success)
    }
}

fn print(views: &[View], output: &mut Output) -> Result<(), Error> {
    if output.format() == Format::Json {
        return views.iter().try_for_each(|view| output.json(&view.to_json()));
    }
    let rows: Vec<_> = views.iter().map(View::cells).collect();
    let columns = &view::COLUMNS[..rows.first().map_or(0, Vec::len)];
    let without = table::print(columns, &rows, output)?;
    table::note_hidden(&without, "`--format json` has all", output);
    Ok(())
}

/// Prints what was done for a program that reads JSON. People see it by the exit code.
fn print_done(object: &Value, output: &mut Output) -> Result<ExitCode, Error> {
    if output.format() == Format::Json {
        output.json(object)?;
    }
    Ok(ExitCode::Success)
}

impl Show {
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let control_plane = ControlPlane::connect_to(&self.target, session, output).await?;
        let profile = control_plane.profile(&self.target).await?;
        let is_own = profile.kind == ProfileKind::Application.as_str();
        let tags = if is_own { Some(control_plane.bedrock.list_tags_for_resource(&profile.arn).await) } else { None };
        // Permission to read a profile does not include its tags.
        let tags = tags.transpose().unwrap_or_else(|failure| {
            output.note(&format!(
                "its tags are not shown: {}",
                control_plane.explain_call(&failure, Some(&profile.arn)).message.summary
            ));
            None
        });
        let view = View { profile, tags };
        match output.format() {
            Format::Text => output.text(&view.to_text())?,
            Format::Json => output.json(&view.to_json())?,
        }
        Ok(ExitCode::Success)
    }
}

impl AddTags {
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        limits::tags(&self.tags)?;
        let control_plane = ControlPlane::connect_to(&self.target, session, output).await?;
        let arn = control_plane.arn(&self.target).await?;
        let tagged = control_plane.bedrock.tag_resource(&arn, &self.tags).await;
        tagged.map_err(|failure| control_plane.explain_call(&failure, Some(&arn)))?;
        let tags: Vec<_> = self.tags.iter().map(view::tag_to_json).collect();
        print_done(&json!({"inferenceProfileArn": arn, "tags": tags}), output)
    }
}

impl RemoveTags {
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let control_plane = ControlPlane::connect_to(&self.target, session, output).await?;
        let arn = control_plane.arn(&self.target).await?;
        let untagged = control_plane.bedrock.untag_resource(&arn, &self.keys).await;
        untagged.map_err(|failure| control_plane.explain_call(&failure, Some(&arn)))?;
        print_done(&json!({"inferenceProfileArn": arn, "tagKeys": self.keys}), output)
    }
}

impl Delete {
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        if self.target.is_system_defined() {
            return Err(system_defined(&self.target.to_string()));
        }
        let can_ask = stdin::is_terminal() && output.shows_questions();
        if !self.yes && !can_ask {
            // A name may have spaces.
            let target = self.target.to_string();
            let target = if target.contains(' ') { format!("'{target}'") } else { target };
            return Err(Error::usage("cannot ask for confirmation: stdin is not a terminal")
                .hint(format!("bedrock-ask inference-profile delete {target} --yes")));
        }
        let control_plane = ControlPlane::connect_to(&self.target, session, output).await?;
        let identifier = match &self.target {
            ProfileReference::Id(id) | ProfileReference::Arn(id) if self.yes => id.clone(),
            target => self.confirm_deletion(control_plane.profile(target).await?, output)?,
        };
        let deleted = control_plane.bedrock.delete_inference_profile(&identifier).await;
        deleted.map_err(|failure| control_plane.explain_identified(&failure, &identifier))?;
        output.note(&format!("`{identifier}` is deleted"));
        print_done(&json!({"inferenceProfileIdentifier": identifier}), output)
    }

    /// Returns the ARN of a profile that can be deleted, after the user confirmed.
    fn confirm_deletion(&self, profile: ListedProfile, output: &mut Output) -> Result<String, Error> {
        if profile.kind == ProfileKind::SystemDefined.as_str() {
            return Err(system_defined(&profile.id));
        }
        if !self.yes && !confirm(&profile, output)? {
            return Err(Error::new(ExitCode::Failure, format!("`{}` was not deleted", profile.name)));
        }
        Ok(profile.arn)
    }
}

fn system_defined(id: &str) -> Error {
    Error::usage(format!("`{id}` is a system-defined inference profile, which cannot be deleted"))
        .hint("`bedrock-ask inference-profile list` lists the application inference profiles, which can be deleted")
}

fn confirm(profile: &ListedProfile, output: &mut Output) -> Result<bool, Error> {
    let ListedProfile { name, arn, model_arns, .. } = profile;
    let models = view::models(model_arns).join(", ");
    terminal::confirms(&format!("delete `{name}` (`{arn}`, for {models})? Calls that name it will fail."), output)
}
