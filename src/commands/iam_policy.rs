//! `bedrock-ask iam-policy`: prints the least-privilege policy for models, as JSON, Terraform or `CloudFormation`. Offline
//! without `--live`.

mod account;
mod check;
mod cloudformation;
mod copy_source;
mod document;
mod scp;
mod terraform;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use document::Document;
use scp::Scp;
use serde_json::Value;

use crate::commands::resource_name;
use crate::commands::{ALLOW_HTTP, CommandArgs, OnlineCommand, TIMEOUT, live};
use crate::config::value::FormatFlag;
use crate::context::{Context, LiveCatalogs, RegionalResolution};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::id::{Arn, is_account};
use bedrock_ask::model::policy::access::RequiredAccess;
use bedrock_ask::model::policy::evaluation::RequiredRequest;
use bedrock_ask::model::policy::uses::{self, BatchResources, PolicyRequest, Use};
use bedrock_ask::model::policy::{ACCOUNT_PLACEHOLDER, MANAGED_POLICY_LIMIT, Policy};
use bedrock_ask::model::resolution::{Notice, Resolution, ResolveRequest};
use bedrock_ask::model::resolver::CatalogIndex;

/// Print the least-privilege IAM policy for models
#[derive(Clone, Debug, Args)]
pub struct IamPolicyArgs {
    /// Models: IDs, inference profile IDs, ARNs, short names, aliases
    #[arg(value_name = "MODEL", required_unless_present = "scp")]
    models: Vec<String>,
    /// The uses of the models to allow [default: converse,stream]
    #[arg(long = "for", value_name = "USES", value_delimiter = ',', value_parser = uses_parser())]
    uses: Vec<PolicyTarget>,
    /// The account ID in ARNs [default: a placeholder]
    #[arg(long, value_name = "ID", value_parser = account_id)]
    account: Option<String>,
    /// Read the models from AWS first, and without `--account` the account of the credentials from STS
    #[arg(long)]
    live: bool,
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
    /// The buckets from which batch inference jobs read and to which they write, or one for both; with `--for batch` or
    /// `--batch-role`
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = resource_name::bucket)]
    bucket: Vec<String>,
    /// The service role of batch inference jobs, with `--for batch`; without `--account`, it also names the account
    #[arg(long, value_name = "ARN", value_parser = resource_name::role)]
    role: Option<String>,
    /// Omit all conditions: simpler, but it allows more
    #[arg(long)]
    no_conditions: bool,
    /// Print the permissions of the service role of batch inference jobs instead, or with `--batch-role=trust` its trust
    /// policy; with `-o`, both are written
    #[arg(long, value_name = "POLICY", num_args = 0..=1, require_equals = true, default_missing_value = "both", conflicts_with_all = ["scp", "check"])]
    batch_role: Option<BatchRole>,
    /// Print a service control policy instead: it exempts the models from a policy that denies Regions, as narrowly as
    /// possible; `--scp=regions` allows the Regions that they need, and `--scp=block-global` denies global routing
    #[arg(long, value_name = "KIND", num_args = 0..=1, require_equals = true, default_missing_value = "both")]
    scp: Option<Scp>,
    /// Print the permissions for the models that this policy does not give (JSON, also as AWS or Terraform prints it; - is
    /// stdin); exit code 8 if any is missing, 9 if some cannot be evaluated
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scp", "no_conditions"])]
    check: Option<PathBuf>,
    /// Write each document to a separate file in this directory, such as `policy.json`, and print the paths
    #[arg(short, long, value_name = "DIR", conflicts_with = "check")]
    output_dir: Option<PathBuf>,
}

/// A policy of the service role of batch inference jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum BatchRole {
    /// Both policies; on stdout, the permissions.
    Both,
    /// What the role may do.
    Permissions,
    /// Who may assume the role.
    Trust,
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

fn account_id(text: &str) -> Result<String, String> {
    if is_account(text) { Ok(text.to_owned()) } else { Err("an account ID has twelve digits".to_owned()) }
}

fn guardrail(text: &str) -> Result<String, String> {
    let is_valid = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".:-".contains(letter);
    if !text.is_empty() && text.chars().all(is_valid) { Ok(text.to_owned()) } else { Err("must be an ID".to_owned()) }
}

impl CommandArgs for IamPolicyArgs {
    const FORMATS: &'static [FormatFlag] =
        &[FormatFlag::Text, FormatFlag::Json, FormatFlag::Terraform, FormatFlag::CloudFormation];

    fn unused_flags(&self) -> Vec<&'static str> {
        if self.live { Vec::new() } else { vec![ALLOW_HTTP, TIMEOUT] }
    }
}

impl OnlineCommand for IamPolicyArgs {
    /// Prints one policy for all models and source Regions, in as many documents as its size required. If one model fails,
    /// nothing is printed: a part would look complete.
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        self.reject_unused()?;
        let context = &session.context;
        let spelled = LiveCatalogs::OfSourceRegions(self.models.clone());
        let live = if self.live { Some(live::catalog(session, &spelled, output).await?) } else { None };
        let catalog = live.as_ref().unwrap_or(&context.catalog);
        let resolved = self.resolve(context, catalog, output)?;
        let account = match &self.account {
            None if self.live && self.scp.is_none() => Some(account::read(session, &resolved, output).await?),
            account => account.clone(),
        };
        let of_role = self.role.as_deref().and_then(|role| Arn::parse(role).ok()).map(|arn| arn.account);
        let account = account.as_deref().or(of_role).unwrap_or(ACCOUNT_PLACEHOLDER);
        let accesses = self.accesses(&resolved, account, &context.resolve_request_for_each(), catalog)?;
        let uses = self.uses();
        let policy_request = PolicyRequest {
            accesses: &accesses,
            uses: &uses,
            account,
            guardrail: self.guardrail.as_deref().unwrap_or(uses::GUARDRAIL),
            guardrail_profile: self.guardrail_profile.as_deref(),
            batch: self.batch_resources()?,
            conditions: !self.no_conditions,
        };
        self.print(&policy_request, context.format, output)
    }
}

impl IamPolicyArgs {
    fn batch_resources(&self) -> Result<BatchResources<'_>, Error> {
        let placeholders = BatchResources::default();
        let (input, output) = match &self.bucket[..] {
            [] => (placeholders.input, placeholders.output),
            [both] => (both.as_str(), both.as_str()),
            [input, output] => (input.as_str(), output.as_str()),
            _ => return Err(Error::usage("`--bucket` takes one bucket, or two: to read from and to write to")),
        };
        Ok(BatchResources { input, output, role: self.role.as_deref() })
    }

    /// Refuses the flags that would change nothing in the policy that is printed.
    fn reject_unused(&self) -> Result<(), Error> {
        let without_guardrail = Some("without `--for guardrail`").filter(|_| !self.uses().contains(&Use::Guardrail));
        let without_batch = Some("without `--for batch`").filter(|_| !self.uses().contains(&Use::Batch));
        let beside_scp = self.scp.map(|_| "on a service control policy");
        let beside_role = self.batch_role.map(|_| "on the policies of a service role");
        let without_actions = self.scp.filter(|kind| matches!(kind, Scp::Regions | Scp::BlockGlobal)).and(beside_scp);
        let on_trust = self.batch_role.filter(|kind| *kind == BatchRole::Trust).and(beside_role);
        let unused = [
            ("--guardrail", self.guardrail.is_some(), beside_scp.or(beside_role).or(without_guardrail)),
            ("--guardrail-profile", self.guardrail_profile.is_some(), beside_scp.or(beside_role).or(without_guardrail)),
            (
                "--bucket",
                !self.bucket.is_empty(),
                beside_scp.or(on_trust).or(without_batch.filter(|_| self.batch_role.is_none())),
            ),
            ("--role", self.role.is_some(), beside_scp.or(beside_role).or(without_batch)),
            ("--for", !self.uses.is_empty(), without_actions.or(beside_role)),
            ("--no-conditions", self.no_conditions, beside_scp.or(on_trust)),
            ("--account", self.account.is_some(), beside_scp),
        ];
        match unused.into_iter().find_map(|(flag, is_given, why)| Some((flag, why.filter(|_| is_given)?))) {
            Some((flag, why)) => Err(Error::usage(format!("`{flag}` has no effect {why}"))),
            None => Ok(()),
        }
    }

    fn resolve(&self, context: &Context, catalog: &Catalog, output: &mut Output) -> Result<Vec<Resolution>, Error> {
        let request = context.resolve_request_for_each();
        let index = CatalogIndex::new(catalog);
        let mut resolved = Vec::new();
        for model in &self.models {
            for RegionalResolution { result, .. } in context.source_regions().resolve(model, &request, &index) {
                resolved.push(result?);
            }
        }
        if resolved.is_empty() && self.scp != Some(Scp::BlockGlobal) {
            return Err(Error::usage("a model is required"));
        }
        let mut notices: Vec<Notice> = Vec::new();
        for notice in resolved.iter().flat_map(|resolution| &resolution.notices) {
            if !notices.contains(notice) {
                notices.push(notice.clone());
            }
        }
        output.notices(&notices);
        Ok(resolved)
    }

    fn print(
        &self,
        policy_request: &PolicyRequest<'_>,
        format: FormatFlag,
        output: &mut Output,
    ) -> Result<ExitCode, Error> {
        let directory = self.output_dir.as_deref();
        if let Some(file) = &self.check {
            if format.everywhere().is_none() {
                return Err(Error::usage("what a policy lacks is printed as text or json"));
            }
            return check(file, policy_request, format, output);
        }
        if let Some(kind) = self.scp {
            let mut documents = scp::documents(kind, policy_request.accesses, policy_request.uses, format)?;
            if directory.is_none() {
                documents.truncate(1);
            }
            document::emit(&documents, directory, format, output)?;
            scp::note(kind, &documents, output);
            return Ok(ExitCode::Success);
        }
        if let Some(kind) = self.batch_role {
            return self.print_batch_role(kind, policy_request, format, output);
        }
        let policies = Policy::pack(policy_request.statements(), MANAGED_POLICY_LIMIT);
        document::emit(&Document::from_policies("policy", &policies, format)?, directory, format, output)?;
        self.note_placeholders(&policies, &[], format, output);
        Ok(ExitCode::Success)
    }

    fn print_batch_role(
        &self,
        kind: BatchRole,
        policy_request: &PolicyRequest<'_>,
        format: FormatFlag,
        output: &mut Output,
    ) -> Result<ExitCode, Error> {
        if format.everywhere().is_none() {
            return Err(Error::usage("`--batch-role` supports only `--format text` and `--format json`"));
        }
        let directory = self.output_dir.as_deref();
        let (mut documents, mut policies, mut trust) = (Vec::new(), Vec::new(), Vec::new());
        if kind == BatchRole::Trust || (kind == BatchRole::Both && directory.is_some()) {
            trust.push(policy_request.batch_role_trust());
            documents.push(Document::from_json("trust-policy", &trust[0], format)?);
        }
        if kind != BatchRole::Trust {
            policies = Policy::pack(policy_request.batch_role(), MANAGED_POLICY_LIMIT);
            documents.extend(Document::from_policies("policy", &policies, format)?);
        }
        document::emit(&documents, directory, format, output)?;
        if kind == BatchRole::Both && directory.is_none() {
            output.note("these are the permissions of the role; `--batch-role=trust` prints its trust policy, and `-o DIR` writes both");
        }
        self.note_placeholders(&policies, &trust, format, output);
        Ok(ExitCode::Success)
    }

    fn uses(&self) -> BTreeSet<Use> {
        if self.uses.is_empty() {
            return BTreeSet::from([Use::Converse, Use::Stream]);
        }
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
        account: &str,
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
            return Err(Error::usage(format!(
                "{applications} application inference profiles, but {sources} values of `--copied-from`"
            ))
            .hint("give `--copied-from` once for all of them, or once for each in the same order"));
        }
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

    /// Notes on stderr which placeholders to replace, and that several policies belong together.
    fn note_placeholders(&self, policies: &[Policy], trust: &[Value], format: FormatFlag, output: &mut Output) {
        let text = serde_json::to_string(&(policies, trust)).unwrap_or_default();
        let mut placeholders = uses::PLACEHOLDERS.to_vec();
        // The templates insert the account themselves.
        if format.everywhere().is_some() {
            placeholders.insert(0, ACCOUNT_PLACEHOLDER);
        }
        placeholders.retain(|placeholder| text.contains(placeholder));
        if !placeholders.is_empty() {
            let account = if placeholders.contains(&ACCOUNT_PLACEHOLDER) {
                "; `--account` or `--live` names the account"
            } else {
                ""
            };
            output.note(&format!("replace {} before use{account}", placeholders.join(", ")));
        }
        if policies.len() > 1 {
            let quota =
                if policies.len() > 10 { ", for which the quota of a role's policies must be raised" } else { "" };
            let files = if self.output_dir.is_none() { "; `-o DIR` writes each to a file" } else { "" };
            output.note(&format!(
                "{} policies, because one has at most {MANAGED_POLICY_LIMIT} characters; attach all of them{quota}{files}",
                policies.len()
            ));
        }
    }
}

/// Checks the policy in a file for the requests that it has to allow.
fn check(
    file: &Path,
    policy_request: &PolicyRequest<'_>,
    format: FormatFlag,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    let sources = policy_request.accesses.iter().map(|access| access.source_region.name).collect();
    let required = RequiredRequest::from_statements(&policy_request.unmerged_statements(), &sources);
    if required.iter().any(|request| request.resource.contains(ACCOUNT_PLACEHOLDER)) {
        return Err(Error::usage("`--check` needs an account")
            .hint("--account 111122223333")
            .hint("--live, which uses the account of your credentials"));
    }
    let placeholder_in = |request: &RequiredRequest| {
        uses::PLACEHOLDERS.into_iter().find(|placeholder| request.resource.contains(placeholder))
    };
    let unnamed: BTreeSet<_> = required.iter().filter_map(placeholder_in).collect();
    if !unnamed.is_empty() {
        let unnamed: Vec<_> = unnamed.into_iter().collect();
        output.note(&format!("not checked, because their values are not known: {}", unnamed.join(", ")));
    }
    let required: Vec<_> = required.into_iter().filter(|request| placeholder_in(request).is_none()).collect();
    check::check(file, &required, format, output)
}
