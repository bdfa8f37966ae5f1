//! `bedrock-ask iam-policy`: prints the least-privilege policy for models, as JSON, Terraform or `CloudFormation`. Offline.

mod check;
mod cloudformation;
mod copy_source;
mod scp;
mod terraform;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use scp::Scp;

use crate::commands::{ALLOW_HTTP, CommandArgs, OfflineCommand, TIMEOUT};
use crate::config::value::FormatFlag;
use crate::context::{Context, RegionalResolution};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::id::is_account;
use bedrock_ask::model::policy::access::RequiredAccess;
use bedrock_ask::model::policy::evaluation::RequiredRequest;
use bedrock_ask::model::policy::uses::{self, PolicyRequest, Use};
use bedrock_ask::model::policy::{ACCOUNT_PLACEHOLDER, MANAGED_POLICY_LIMIT, Policy};
use bedrock_ask::model::resolution::{Notice, Resolution, ResolveRequest};

/// Print the least-privilege IAM policy for models
#[derive(Clone, Debug, Args)]
pub struct IamPolicyArgs {
    /// Models: IDs, inference profile IDs, ARNs, short names, aliases
    #[arg(value_name = "MODEL", required_unless_present = "scp")]
    models: Vec<String>,
    /// What the models are wanted for
    #[arg(long = "for", value_name = "USES", value_delimiter = ',', default_value = "converse,stream", value_parser = uses_parser())]
    uses: Vec<PolicyTarget>,
    /// The account in ARNs; without it a placeholder stands there
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// What an application inference profile was copied from: a foundation model or an inference profile; once for all,
    /// or once for each in their order
    #[arg(long, value_name = "MODEL")]
    copied_from: Vec<String>,
    /// The guardrail that may be applied, with `--for guardrail`
    #[arg(long, value_name = "ID", value_parser = guardrail)]
    guardrail: Option<String>,
    /// The guardrail profile that the guardrail uses, with `--for guardrail`; in any Region, since the catalog knows no
    /// guardrail profile's destinations
    #[arg(long, value_name = "ID", value_parser = guardrail)]
    guardrail_profile: Option<String>,
    /// Leave out every condition: simpler, and wider
    #[arg(long)]
    no_conditions: bool,
    /// Print the policies of the service role that batch inference jobs run as instead, its trust policy first
    #[arg(long, conflicts_with_all = ["scp", "check"])]
    batch_role: bool,
    /// Print a service control policy instead: what lets the models through where Regions are denied, the narrower format
    /// first; or, as `--scp=block-global`, what blocks global routing
    #[arg(long, value_name = "KIND", num_args = 0..=1, require_equals = true, default_missing_value = "exempt")]
    scp: Option<Scp>,
    /// Say what this policy (JSON) lacks for the models; exit code 8 where it lacks anything, 9 where a part that is not
    /// understood decides
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scp", "no_conditions"])]
    check: Option<PathBuf>,
}

/// A value of `--for`.
#[derive(Clone, Copy, Debug)]
enum PolicyTarget {
    All,
    One(Use),
}

fn uses_parser() -> impl TypedValueParser<Value = PolicyTarget> {
    let words = Use::ALL.map(Use::as_str).into_iter().chain(["all"]);
    PossibleValuesParser::new(words).map(|word| word.parse().map_or(PolicyTarget::All, PolicyTarget::One))
}

fn account(text: &str) -> Result<String, String> {
    if is_account(text) { Ok(text.to_owned()) } else { Err("an account ID has twelve digits".to_owned()) }
}

fn guardrail(text: &str) -> Result<String, String> {
    let is_valid = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".:-".contains(letter);
    if !text.is_empty() && text.chars().all(is_valid) { Ok(text.to_owned()) } else { Err("must be an ID".to_owned()) }
}

impl CommandArgs for IamPolicyArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        vec![ALLOW_HTTP, TIMEOUT]
    }
}

impl OfflineCommand for IamPolicyArgs {
    /// Prints one policy for all models and source Regions, in as many documents as its size required. If one model fails,
    /// nothing is printed: a part would look complete.
    fn run(self, context: &Context, output: &mut Output) -> Result<ExitCode, Error> {
        let format = context.format;
        let (catalog, request) = (&context.catalog, context.resolve_request_for_each());
        let mut resolved = Vec::new();
        for model in &self.models {
            for RegionalResolution { result, .. } in context.source_regions().resolve(model, &request, catalog) {
                resolved.push(result?);
            }
        }
        if resolved.is_empty() && self.scp != Some(Scp::BlockGlobal) {
            return Err(Error::usage("name the models that are to be let through"));
        }
        let mut notices: Vec<Notice> = Vec::new();
        for notice in resolved.iter().flat_map(|resolution| &resolution.notices) {
            if !notices.contains(notice) {
                notices.push(notice.clone());
            }
        }
        output.notices(&notices);
        let accesses = self.accesses(&resolved, &request, catalog)?;
        let uses = self.uses();
        if let Some(scp) = self.scp {
            return scp.print(&accesses, &uses, format, output);
        }
        let policy_request = PolicyRequest {
            accesses: &accesses,
            uses: &uses,
            account: self.account.as_deref().unwrap_or(ACCOUNT_PLACEHOLDER),
            guardrail: self.guardrail.as_deref().unwrap_or(uses::GUARDRAIL),
            guardrail_profile: self.guardrail_profile.as_deref(),
            conditions: !self.no_conditions,
        };
        if let Some(file) = &self.check {
            return self.check(file, &policy_request, format, output);
        }
        let statements = if self.batch_role {
            if format.everywhere().is_none() {
                return Err(Error::usage("the policies of a service role are printed as text or json"));
            }
            print_json(&policy_request.batch_role_trust(), format, output)?;
            policy_request.batch_role()
        } else {
            policy_request.statements()
        };
        let policies = Policy::pack(statements, MANAGED_POLICY_LIMIT);
        print(&policies, format, output)?;
        note_placeholders(&policies, format, output);
        Ok(ExitCode::Success)
    }
}

impl IamPolicyArgs {
    fn check(
        &self,
        file: &Path,
        policy_request: &PolicyRequest<'_>,
        format: FormatFlag,
        output: &mut Output,
    ) -> Result<ExitCode, Error> {
        let sources = policy_request.accesses.iter().map(|access| access.source_region.name).collect();
        let required = RequiredRequest::from_statements(&policy_request.unmerged_statements(), &sources);
        if self.account.is_none() && required.iter().any(|request| request.resource.contains(ACCOUNT_PLACEHOLDER)) {
            return Err(Error::usage("a policy can be checked only for an account").hint("--account 111122223333"));
        }
        let placeholder_in = |request: &RequiredRequest| {
            uses::PLACEHOLDERS.into_iter().find(|placeholder| request.resource.contains(placeholder))
        };
        let unnamed: BTreeSet<_> = required.iter().filter_map(placeholder_in).collect();
        if !unnamed.is_empty() {
            let unnamed: Vec<_> = unnamed.into_iter().collect();
            output.note(&format!("nobody said what these are, so that they are not checked: {}", unnamed.join(", ")));
        }
        let required: Vec<_> = required.into_iter().filter(|request| placeholder_in(request).is_none()).collect();
        check::check(file, &required, format, output)
    }

    fn uses(&self) -> BTreeSet<Use> {
        self.uses
            .iter()
            .flat_map(|target| match target {
                PolicyTarget::All => Use::ALL.to_vec(),
                PolicyTarget::One(kind) => vec![*kind],
            })
            .collect()
    }

    /// Returns the access that each resolution required. Application inference profiles get the values of `--copied-from`
    /// in the order of the arguments.
    fn accesses(
        &self,
        resolved: &[Resolution],
        request: &ResolveRequest<'_>,
        catalog: &Catalog,
    ) -> Result<Vec<RequiredAccess>, Error> {
        let is_application = |resolution: &&Resolution| resolution.id.contains(":application-inference-profile/");
        let applications = resolved.iter().filter(is_application).count();
        let sources = self.copied_from.len();
        if sources > 0 && applications == 0 {
            return Err(Error::usage("`--copied-from` is for the ARN of an application inference profile"));
        }
        if sources > 1 && sources != applications {
            return Err(Error::usage(format!("{applications} application inference profiles, but {sources} sources"))
                .hint("--copied-from once for all of them, or once for each in their order"));
        }
        let account = self.account.as_deref().unwrap_or(ACCOUNT_PLACEHOLDER);
        let mut copied_from = self.copied_from.iter().cycle();
        resolved
            .iter()
            .map(|resolution| {
                let source = if is_application(&resolution) { copied_from.next() } else { None };
                let request =
                    ResolveRequest { source_region: resolution.source_region, region_by_flag: true, ..*request };
                let source = source.map(|text| copy_source::resolve(text, &request, catalog)).transpose()?;
                Ok(RequiredAccess::new(resolution, source.as_ref(), account)?)
            })
            .collect()
    }
}

/// Notes on stderr which placeholders to replace, and that several policies belong together.
fn note_placeholders(policies: &[Policy], format: FormatFlag, output: &mut Output) {
    let text = serde_json::to_string(policies).unwrap_or_default();
    let mut placeholders = uses::PLACEHOLDERS.to_vec();
    // The templates insert the account themselves.
    if format.everywhere().is_some() {
        placeholders.insert(0, ACCOUNT_PLACEHOLDER);
    }
    placeholders.retain(|placeholder| text.contains(placeholder));
    if !placeholders.is_empty() {
        let account = if placeholders.contains(&ACCOUNT_PLACEHOLDER) { "; `--account` names the account" } else { "" };
        output.note(&format!("replace {} before use{account}", placeholders.join(", ")));
    }
    if policies.len() > 1 {
        let quota = if policies.len() > 10 { ", for which the quota of a role's policies must be raised" } else { "" };
        output.note(&format!(
            "{} policies, since one may have {MANAGED_POLICY_LIMIT} characters; attach all of them{quota}",
            policies.len()
        ));
    }
}

fn print(policies: &[Policy], format: FormatFlag, output: &mut Output) -> Result<(), Error> {
    match format {
        FormatFlag::Text | FormatFlag::Json | FormatFlag::Csv => {
            policies.iter().try_for_each(|policy| print_json(policy, format, output))
        }
        FormatFlag::Terraform => output.text(&terraform::render(policies)),
        FormatFlag::CloudFormation => output.text(&cloudformation::render(policies)),
    }
}

fn print_json(value: &impl Serialize, format: FormatFlag, output: &mut Output) -> Result<(), Error> {
    if format == FormatFlag::Json {
        return output.json(value);
    }
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::new(ExitCode::Failure, error.to_string()))?;
    output.line(&text)
}
