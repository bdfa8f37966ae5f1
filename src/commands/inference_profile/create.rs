//! `inference-profile create`: resolves the model, copies the result, and prints the new ARN.

use clap::Args;
use serde_json::json;

use super::{ControlPlane, limits, view};
use crate::aws::Tag;
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::model::listing::ListedProfile;
use bedrock_ask::model::resolution::{Resolution, ResolveError};
use bedrock_ask::model::resolver;

#[derive(Clone, Debug, Args)]
pub struct Create {
    /// Its name: letters and digits, at most one space, hyphen or underscore after each; at most 64 characters
    #[arg(value_name = "NAME", value_parser = limits::name)]
    name: String,
    /// The model that it stands for, in any spelling; `--routing` decides what it resolves to
    #[arg(long, value_name = "MODEL")]
    from: String,
    /// What it is for: at most 200 letters, digits, colons, full stops and single spaces, hyphens, underscores
    #[arg(long, value_name = "TEXT", value_parser = limits::description)]
    description: Option<String>,
    /// A tag, such as `team=red`; repeatable
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = limits::tag)]
    tags: Vec<Tag>,
    /// Take the one of this name if there is one, and it stands for the same model with the same destinations
    #[arg(long)]
    if_not_exists: bool,
}

impl Create {
    pub(super) async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        limits::tags(&self.tags)?;
        let context = &session.context;
        let request = context.resolve_request()?;
        let resolution = resolver::resolve(&self.from, &request, &context.catalog)?;
        if resolution.id.starts_with("arn:") {
            let what = format!("`{}` cannot be copied", resolution.id);
            return Err(Error::usage(what).cause(
                "an application inference profile stands for a foundation model or a system-defined inference profile",
            ));
        }
        output.notices(&resolution.notices);
        let region = resolution.source_region.or(request.source_region).ok_or_else(ResolveError::no_source_region)?;
        let resolution = Resolution { source_region: Some(region), ..resolution };
        let control_plane = ControlPlane::connect(region, session, output).await?;
        let source = self.source(&control_plane, &resolution).await?;
        if self.if_not_exists
            && let Some(existing) = self.existing(&control_plane, &source).await?
        {
            return self.reuse(&existing, &source, output);
        }
        let description = self.description.as_deref();
        let result =
            control_plane.bedrock.create_inference_profile(&self.name, &source.arn, description, &self.tags).await;
        let failure = match result {
            Ok(arn) => return self.print(&arn, &source, output),
            Err(failure) => failure,
        };
        // Another process created it in the meantime.
        if self.if_not_exists
            && failure.code.as_deref() == Some("ConflictException")
            && let Some(existing) = self.existing(&control_plane, &source).await?
        {
            return self.reuse(&existing, &source, output);
        }
        Err(control_plane.explain_resolved(&failure, &resolution))
    }

    /// Returns the source to copy: the ARN of the foundation model, or that of the system-defined inference profile,
    /// which only AWS knows because it contains the account.
    async fn source(&self, control_plane: &ControlPlane<'_>, resolution: &Resolution) -> Result<ListedProfile, Error> {
        if resolution.model.as_deref() == Some(&resolution.id) {
            let arn = resolution.arn(None)?;
            return Ok(ListedProfile { model_arns: vec![arn.clone()], arn, ..ListedProfile::default() });
        }
        let result = control_plane.bedrock.get_inference_profile(&resolution.id).await;
        result.map_err(|failure| control_plane.explain_resolved(&failure, resolution))
    }

    /// Returns the application inference profile with this name. If several have it, one with the same models and
    /// destinations is preferred.
    async fn existing(
        &self,
        control_plane: &ControlPlane<'_>,
        source: &ListedProfile,
    ) -> Result<Option<ListedProfile>, Error> {
        let mut profiles = control_plane.profiles_named(&self.name).await?;
        profiles.sort_by_key(|profile| !stands_for(profile, source));
        Ok(profiles.into_iter().next())
    }

    fn reuse(&self, existing: &ListedProfile, source: &ListedProfile, output: &mut Output) -> Result<ExitCode, Error> {
        if !stands_for(existing, source) {
            let what = format!("`{}` exists already, and stands for something else", self.name);
            return Err(Error::new(ExitCode::Failure, what)
                .cause(format!("it is `{}`, for {}", existing.arn, describe(&existing.model_arns)))
                .cause(format!("asked for is {}", describe(&source.model_arns)))
                .hint("choose another name")
                .hint(format!(
                    "or, where nothing uses it any more: `bedrock-ask inference-profile delete {}`",
                    existing.arn
                )));
        }
        if !self.tags.is_empty() || self.description.is_some() {
            output.note(&format!("`{}` exists already: its tags and its description stay as they are", self.name));
        }
        self.print(&existing.arn, source, output)
    }

    fn print(&self, arn: &str, source: &ListedProfile, output: &mut Output) -> Result<ExitCode, Error> {
        match output.format() {
            Format::Text => output.line(arn)?,
            Format::Json => output.json(&json!({
                "inferenceProfileArn": arn,
                "inferenceProfileName": self.name,
                "modelSource": {"copyFrom": source.arn},
            }))?,
        }
        Ok(ExitCode::Success)
    }
}

/// Whether a profile has the models and the destinations of the source. A global list may grow.
fn stands_for(profile: &ListedProfile, source: &ListedProfile) -> bool {
    view::models(&profile.model_arns) == view::models(&source.model_arns)
        && view::destinations(&profile.model_arns) == view::destinations(&source.model_arns)
}

fn describe(arns: &[String]) -> String {
    format!("{} in {}", view::models(arns).join(", "), view::destinations(arns))
}
