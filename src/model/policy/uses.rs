//! The uses of a model that a policy can allow, and the actions that each use needs.
//! See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html>.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use crate::model::policy::access::RequiredAccess;
use crate::model::policy::merge::merge_statements;
use crate::model::policy::{OneOrMany, Policy, Statement};

/// The service principal of Bedrock.
const BEDROCK: &str = "bedrock.amazonaws.com";

/// The placeholder for the service role of batch inference jobs.
pub const BATCH_ROLE: &str = "BATCH_SERVICE_ROLE";
/// The placeholder for the bucket from which batch inference jobs read.
pub const BATCH_INPUT: &str = "BATCH_INPUT_BUCKET";
/// The placeholder for the bucket to which batch inference jobs write.
pub const BATCH_OUTPUT: &str = "BATCH_OUTPUT_BUCKET";
/// The placeholder for the ID of a guardrail.
pub const GUARDRAIL: &str = "GUARDRAIL_ID";

/// Every placeholder in ARNs that the owner of the account has to replace.
pub const PLACEHOLDERS: [&str; 4] = [GUARDRAIL, BATCH_ROLE, BATCH_INPUT, BATCH_OUTPUT];

/// The actions of [`Use::Check`]. They do not support resource-level permissions.
const CHECK: &[&str] =
    &["bedrock:GetAccountDataRetention", "bedrock:GetFoundationModelAvailability", "bedrock:GetUseCaseForModelAccess"];
/// What the caller does with the files of batch inference jobs: it uploads them in parts.
const CALLER_FILES: &[&str] =
    &["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"];
/// What the service role does with them.
const ROLE_FILES: &[&str] = &["s3:GetObject", "s3:PutObject"];
const LIST: &[&str] = &["bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles"];
const MANAGE_PROFILES: [&str; 5] = [
    "bedrock:DeleteInferenceProfile",
    "bedrock:GetInferenceProfile",
    "bedrock:ListTagsForResource",
    "bedrock:TagResource",
    "bedrock:UntagResource",
];

/// A use of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Use {
    /// Send a request and receive a complete response.
    Converse,
    /// Send a request and receive a stream.
    Stream,
    /// Create and monitor batch inference jobs.
    Batch,
    /// Check whether a model can be invoked.
    Check,
    /// Manage application inference profiles, and list all inference profiles.
    InferenceProfiles,
    /// Authenticate with a Bedrock API key.
    ApiKey,
    /// Apply a guardrail.
    Guardrail,
}

impl Use {
    /// Every use.
    pub const ALL: [Self; 7] = [
        Self::Converse,
        Self::Stream,
        Self::Batch,
        Self::Check,
        Self::InferenceProfiles,
        Self::ApiKey,
        Self::Guardrail,
    ];

    /// Returns the name in flags, such as `converse`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Converse => "converse",
            Self::Stream => "stream",
            Self::Batch => "batch",
            Self::Check => "check",
            Self::InferenceProfiles => "inference-profiles",
            Self::ApiKey => "api-key",
            Self::Guardrail => "guardrail",
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The error for a word that is not a use of a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a use that a policy can allow")]
pub struct UnknownUse(String);

impl FromStr for Use {
    type Err = UnknownUse;

    fn from_str(word: &str) -> Result<Self, UnknownUse> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| UnknownUse(word.to_owned()))
    }
}

/// The permissions that a policy has to grant.
#[derive(Clone, Debug)]
pub struct PolicyRequest<'a> {
    /// The models and the resources that they need.
    pub accesses: &'a [RequiredAccess],
    /// The uses to allow.
    pub uses: &'a BTreeSet<Use>,
    /// The account ID in ARNs, or [`ACCOUNT_PLACEHOLDER`](super::ACCOUNT_PLACEHOLDER).
    pub account: &'a str,
    /// The guardrail ID in ARNs, or [`GUARDRAIL`].
    pub guardrail: &'a str,
    /// The ID of the guardrail profile with which the guardrail may run in other Regions.
    pub guardrail_profile: Option<&'a str>,
    /// The resources of batch inference jobs.
    pub batch: BatchResources<'a>,
    /// Whether the statements have conditions.
    pub conditions: bool,
}

/// The resources of batch inference jobs, in ARNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchResources<'a> {
    /// The name of the bucket from which the jobs read, or [`BATCH_INPUT`].
    pub input: &'a str,
    /// The name of the bucket to which the jobs write, or [`BATCH_OUTPUT`].
    pub output: &'a str,
    /// The ARN of the service role; without it, that of [`BATCH_ROLE`] in the account.
    pub role: Option<&'a str>,
}

impl Default for BatchResources<'_> {
    /// Returns the placeholders.
    fn default() -> Self {
        Self { input: BATCH_INPUT, output: BATCH_OUTPUT, role: None }
    }
}

impl PolicyRequest<'_> {
    /// Returns the statements that grant these permissions, merged.
    pub fn statements(&self) -> Vec<Statement> {
        self.merged(self.unmerged_statements())
    }

    /// Returns the statements for the service role of batch inference jobs.
    /// See <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-iam-sr.html>.
    pub fn batch_role(&self) -> Vec<Statement> {
        let invoke = BTreeSet::from(["bedrock:InvokeModel"]);
        let invocations = self.accesses.iter().flat_map(|access| access.invocation(&invoke));
        let storage = self.accesses.iter().flat_map(|access| self.batch_storage(access, ROLE_FILES));
        self.merged(invocations.chain(storage).collect())
    }

    /// Returns the trust policy of the service role of batch inference jobs: Bedrock may assume it for jobs of this
    /// account.
    pub fn batch_role_trust(&self) -> Value {
        let jobs: BTreeSet<_> =
            self.accesses.iter().map(|access| access.arn(self.account, "model-invocation-job/*")).collect();
        json!({
            "Version": Policy::VERSION,
            "Statement": [{
                "Sid": "BedrockBatchJobs",
                "Effect": "Allow",
                "Principal": {"Service": BEDROCK},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": self.account},
                    "ArnEquals": {"aws:SourceArn": OneOrMany(&jobs)},
                },
            }],
        })
    }

    fn merged(&self, mut statements: Vec<Statement>) -> Vec<Statement> {
        if !self.conditions {
            for statement in &mut statements {
                statement.conditions.clear();
            }
        }
        merge_statements(&statements)
    }

    /// Returns the statements before they are merged: each for one model and one source Region, with all conditions.
    pub fn unmerged_statements(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        for kind in self.uses {
            match kind {
                Use::Stream if self.uses.contains(&Use::Converse) => {}
                Use::Converse | Use::Stream => statements.extend(self.invocations()),
                Use::Batch => statements.extend(self.batch()),
                Use::Check => statements.push(on_all_resources("CheckModelAccess", CHECK)),
                Use::InferenceProfiles => statements.extend(self.inference_profiles()),
                Use::ApiKey => statements.push(on_all_resources("CallWithApiKey", &["bedrock:CallWithBearerToken"])),
                Use::Guardrail => statements.extend(self.guardrails()),
            }
        }
        statements
    }

    fn invocations(&self) -> Vec<Statement> {
        let streamed = self.uses.contains(&Use::Stream).then_some("bedrock:InvokeModelWithResponseStream");
        let whole = self.uses.contains(&Use::Converse).then_some("bedrock:InvokeModel");
        let actions = whole.into_iter().chain(streamed).collect();
        self.accesses.iter().flat_map(|access| access.invocation(&actions)).collect()
    }

    fn batch(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        for access in self.accesses {
            let partition = access.source_region.partition;
            let jobs = access.arn(self.account, "model-invocation-job/*");
            let placeholder = || format!("arn:{partition}:iam::{}:role/{BATCH_ROLE}", self.account);
            let role = self.batch.role.map_or_else(placeholder, str::to_owned);
            let create = access.resources().chain([jobs.as_str()]);
            statements.push(access.mark(Statement::allow(
                "CreateBatchJobs",
                ["bedrock:CreateModelInvocationJob"],
                create,
            )));
            let follow = ["bedrock:GetModelInvocationJob", "bedrock:StopModelInvocationJob"];
            statements.push(Statement::allow("FollowBatchJobs", follow, [&jobs]));
            statements.push(on_all_resources("ListBatchJobs", &["bedrock:ListModelInvocationJobs"]));
            let pass = Statement::allow("PassBatchServiceRole", ["iam:PassRole"], [role]);
            statements.push(pass.with_string_equals("iam:PassedToService", [BEDROCK]));
            statements.extend(self.batch_storage(access, CALLER_FILES));
        }
        statements
    }

    /// Returns the statements for the S3 buckets of batch inference jobs.
    fn batch_storage(&self, access: &RequiredAccess, on_files: &[&'static str]) -> [Statement; 2] {
        let partition = access.source_region.partition;
        let buckets = [self.batch.input, self.batch.output].map(|bucket| format!("arn:{partition}:s3:::{bucket}"));
        let files = buckets.clone().map(|bucket| bucket + "/*");
        [
            Statement::allow("BatchFiles", on_files.iter().copied(), files),
            Statement::allow("BatchBuckets", ["s3:ListBucket"], buckets),
        ]
    }

    fn inference_profiles(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        for access in self.accesses {
            let own = access.arn(self.account, "application-inference-profile/*");
            let create = access.resources().chain([own.as_str()]);
            statements.push(access.mark(Statement::allow(
                "CreateInferenceProfiles",
                ["bedrock:CreateInferenceProfile"],
                create,
            )));
            statements.push(Statement::allow("ManageInferenceProfiles", MANAGE_PROFILES, [&own]));
            if let Some(profile) = &access.profile {
                statements.push(Statement::allow(
                    "GetInferenceProfiles",
                    ["bedrock:GetInferenceProfile"],
                    [&profile.arn],
                ));
            }
            statements.push(on_all_resources("ListModelsAndInferenceProfiles", LIST));
        }
        statements
    }

    /// Returns the statements for a guardrail. No catalog lists the destination Regions of a guardrail profile, so the
    /// profile is limited by its ID.
    fn guardrails(&self) -> Vec<Statement> {
        let apply = |access: &RequiredAccess| {
            let guardrail = access.arn(self.account, &format!("guardrail/{}", self.guardrail));
            let partition = access.source_region.partition;
            let profile = self
                .guardrail_profile
                .map(|id| format!("arn:{partition}:bedrock:*:{}:guardrail-profile/{id}", self.account));
            Statement::allow("ApplyGuardrail", ["bedrock:ApplyGuardrail"], [guardrail].into_iter().chain(profile))
        };
        self.accesses.iter().map(apply).collect()
    }
}

fn on_all_resources(purpose: &'static str, actions: &[&'static str]) -> Statement {
    Statement::allow(purpose, actions, ["*"])
}
