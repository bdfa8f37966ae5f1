//! Explains what S3 and Bedrock refuse of a submit, with the command that prints the missing permissions.

use super::{Submit, run_command};
use crate::commands::batch::s3_failure;
use crate::commands::explanation::{explain, explain_without_resolution};
use crate::error::{Error, ExitCode};
use crate::shell;
use bedrock_ask::diagnosis::Diagnosis;
use bedrock_ask::model::failure::{Failure, Stage};
use bedrock_ask::model::routing::Routing;

/// AWS's words for a model that batch inference does not have, in the Region or at all.
const NO_BATCH: &str = "Batch inference is not supported for the requested model";

const SUPPORTED: &str = "https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-supported.html";

impl Submit<'_> {
    fn diagnose(&self, failure: &Failure) -> Diagnosis {
        let request = self.context.resolve_request_from(Some(self.region));
        explain(failure, self.prototype.resolution(), &request, self.context)
    }

    /// Explains what S3 refused. `uri` is of the object or the folder.
    pub fn explain_s3(&self, failure: &Failure, uri: &str) -> Error {
        let error = Error::from(self.diagnose(failure));
        match failure.stage {
            Stage::Response => self.refused_by_s3(failure, uri, error),
            Stage::Credentials if self.is_api_key => s3_failure::with_api_key(error),
            _ => error,
        }
    }

    fn refused_by_s3(&self, failure: &Failure, uri: &str, error: Error) -> Error {
        let refused = |exit, summary| in_place_of(&error, exit, summary);
        let code = failure.code.as_deref().unwrap_or_default();
        let operation = failure.operation.unwrap_or("a request");
        if code.starts_with("KMS.") || failure.message.contains("kms:") {
            let summary = format!("the KMS key cannot be used for `{uri}`");
            let hint = "ask an administrator to allow `kms:GenerateDataKey` and `kms:Decrypt` on the key, for you and for the role";
            return refused(ExitCode::AccessDenied, summary).hint(hint);
        }
        if let Some(action) = s3_failure::denied_action(failure) {
            let summary = format!("`{action}` is not allowed on `{uri}`");
            return refused(ExitCode::AccessDenied, summary).hint(self.policy_of_caller());
        }
        match (code, failure.status.unwrap_or_default()) {
            ("NoSuchBucket", _) | ("NotFound", 404) => {
                refused(ExitCode::Usage, format!("the bucket of `{uri}` does not exist"))
                    .hint(format!("create it in {}, or name another one", self.region))
            }
            (_, 503 | 429 | 500 | 502 | 504) => {
                let summary = format!("S3 did not take `{operation}` for `{uri}`, sent {} times", failure.attempts);
                refused(ExitCode::Unavailable, summary).hint("submit again later: what is uploaded is kept")
            }
            // Expired and invalid credentials are the same as with Bedrock.
            _ if error.exit == ExitCode::AccessDenied => error,
            _ => refused(ExitCode::Failure, format!("S3 refused `{operation}` for `{uri}`")),
        }
    }

    /// Explains what the control plane refused, apart from the creation of a job.
    pub fn explain(&self, failure: &Failure) -> Error {
        let error = Error::from(explain_without_resolution(failure, None, self.region, self.context));
        self.lacks_policy(failure).unwrap_or(error)
    }

    /// Explains why a job was not created.
    pub fn explain_creation(&self, failure: &Failure) -> Error {
        let error = Error::from(self.diagnose(failure));
        if failure.message.contains("iam:PassRole") {
            let summary = format!("the role `{}` may not be passed to Bedrock", self.args.role);
            return in_place_of(&error, ExitCode::AccessDenied, summary)
                .cause("`iam:PassRole` on the role is missing; it is a permission of its own, beside `bedrock:CreateModelInvocationJob`")
                .hint(self.policy_of_caller());
        }
        if let Some(error) = self.lacks_policy(failure) {
            return error;
        }
        if self.refuses_model(failure) {
            return self.not_for_batch(&error);
        }
        let message = failure.message.to_ascii_lowercase();
        let is_about_role = ["role", "s3", "bucket", "permission"].iter().any(|word| message.contains(word))
            && failure.status == Some(400);
        if is_about_role {
            let summary = format!("Bedrock cannot read or write for the job with the role `{}`", self.args.role);
            return in_place_of(&error, ExitCode::AccessDenied, summary)
                .causes(error.message.causes)
                .hint(self.policy_of_role())
                .hint("what is uploaded is kept: submit again when the role has them, or with another `--role`");
        }
        error
    }

    /// Explains a model that batch inference does not take.
    fn not_for_batch(&self, error: &Error) -> Error {
        let summary =
            format!("batch inference does not accept `{}` in {}", self.prototype.resolution().id, self.region);
        in_place_of(error, ExitCode::NotResolved, summary)
            .cause("batch inference has a list of models and Regions of its own")
            .hint(format!("the models and Regions: {SUPPORTED}"))
            .hint(format!("to send the records from this machine: `{}`", run_command::of(self.args)))
    }

    /// Explains a denial that the caller's own policy can lift, and not one above it.
    fn lacks_policy(&self, failure: &Failure) -> Option<Error> {
        let (principal, rest) =
            failure.message.strip_prefix("User: ")?.split_once(" is not authorized to perform: ")?;
        let action = rest.split_whitespace().next()?;
        if failure.message.contains("explicit deny") || !rest.contains("no identity-based policy") {
            return None;
        }
        let mut error =
            Error::new(ExitCode::AccessDenied, format!("`{principal}` is not allowed to perform `{action}`"));
        let code = failure.code.as_deref().unwrap_or("AccessDeniedException");
        let request_id = failure.request_id.iter().map(|id| format!("request ID: {id}"));
        error.message.aws = std::iter::once(format!("{code}: {}", failure.message)).chain(request_id).collect();
        Some(error.hint(self.policy_of_caller()))
    }

    /// Whether AWS refuses the model, so that its other form may be accepted.
    pub fn refuses_model(&self, failure: &Failure) -> bool {
        let is_client_error = failure.status.is_some_and(|status| matches!(status, 400 | 404));
        is_client_error && (failure.message.contains(NO_BATCH) || self.diagnose(failure).group.is_id_fault())
    }

    /// Returns the other form of the model: its plain ID for an inference profile, a geographic inference profile for a
    /// plain ID, as far as the user's routing allows it.
    pub fn other_form(&self, id: &str) -> Option<String> {
        let is_plain = self.prototype.resolution().model.as_deref() == Some(id);
        let routing = &self.context.settings.routing.value;
        let allowed = self.prototype.resolution().alternatives.iter().filter(|route| {
            let form = if is_plain { Routing::Geographic } else { Routing::InRegion };
            route.routing == form && routing.allows(route.routing)
        });
        allowed.map(|route| route.id.clone()).next()
    }

    fn policy_of_caller(&self) -> String {
        let role = shell::quoted(&self.args.role);
        format!(
            "`{} --for batch --role {role}` prints the policy for an administrator to attach to you",
            self.iam_policy()
        )
    }

    fn policy_of_role(&self) -> String {
        format!("`{} --batch-role` prints the permissions of the role", self.iam_policy())
    }

    fn iam_policy(&self) -> String {
        let (input, output) = (&self.args.s3.bucket, self.args.output_folder().bucket);
        let buckets = if *input == output { output } else { format!("{input},{output}") };
        let id = shell::quoted(&self.prototype.resolution().id);
        format!("bedrock-ask iam-policy {id} --region {} --bucket {buckets}", self.region.name)
    }
}

/// Returns an error with AWS's words of another one.
fn in_place_of(error: &Error, exit: ExitCode, summary: String) -> Error {
    let mut replacement = Error::new(exit, summary);
    replacement.message.aws.clone_from(&error.message.aws);
    replacement
}
