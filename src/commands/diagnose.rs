//! `bedrock-ask diagnose`: explains an error that another tool printed, offline. The explanation is the output, not a
//! note.

use clap::Args;
use serde_json::{Value, json};

use crate::commands::explanation::explain_pasted;
use crate::commands::{ALLOW_HTTP, CommandArgs, NO_REPAIR, OfflineCommand, REPAIR, TIMEOUT, stdin};
use crate::config::value::Format;
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::{Output, report_text};
use bedrock_ask::diagnosis::paste::{PastedDetails, failure_from_text};
use bedrock_ask::diagnosis::{Diagnosis, Group, ParameterFix, missing_details};
use bedrock_ask::message::Message;
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::id::Arn;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{ResolveError, ResolveRequest};
use bedrock_ask::model::resolver;

const SILENT: &str = "waiting for the end of stdin; paste the error, then press Ctrl-D";

/// The hint for a text whose cause is not known.
const WHOLE: &str = "paste the complete error: its code, its message, and the lines next to them";

/// Explain an error that another tool printed: cause and fix, offline
#[derive(Clone, Debug, Args)]
#[command(after_long_help = ANSWERS)]
pub struct DiagnoseArgs {
    /// The complete error as it was printed, in quotes; `-` or no text reads stdin
    #[arg(value_name = "ERROR TEXT")]
    words: Vec<String>,
    /// The model that was invoked, if the text does not name it
    #[arg(short, long, value_name = "MODEL")]
    model: Option<String>,
}

const ANSWERS: &str = "\
Reads the errors of boto3, the AWS CLI, the AWS SDKs for JavaScript, Java, Go and Rust, of tools and gateways that use
them, and JSON bodies; also in boxes, wrapped, escaped, or with the prefixes of logs. Credentials in them are masked.
The source Region is that of `--region`, or that in the text or in the model's ARN, or that of the settings.

Exit codes: 0 if the cause is known, 1 if it is not known or the error is from another service, 2 if there is no text.";

impl CommandArgs for DiagnoseArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        vec![REPAIR, NO_REPAIR, ALLOW_HTTP, TIMEOUT]
    }

    fn takes_unknown_profile(&self) -> bool {
        true
    }
}

impl OfflineCommand for DiagnoseArgs {
    /// Explains the text. The exit code says whether the cause is known.
    fn run(self, context: &Context, output: &mut Output) -> Result<ExitCode, Error> {
        let source_region = context.source_region()?;
        let text = self.text(output)?;
        let (failure, mentioned) = failure_from_text(&text);
        let model = self.model.as_deref().or(mentioned.model.as_deref());
        let stated = stated_region(model, &mentioned, source_region.filter(|_| context.region_is_flag()));
        let region = stated.or(source_region);
        let request = ResolveRequest { repair: true, ..context.resolve_request_from(region) };
        let profile = context.profile_of_flag().or(mentioned.profile.as_deref());
        let is_exact = self.model.is_none();
        let mut diagnosis = explain_pasted(&failure, model, is_exact, profile, &request, &context.catalog);
        if diagnosis.group == Group::IdentifierMalformed {
            let refused = model.and_then(|model| resolver::resolve(model, &request, &context.catalog).err());
            add_near_misses(&mut diagnosis.message, refused);
        }
        let is_certain = is_certain(&diagnosis);
        if !is_certain && diagnosis.group != Group::OtherService {
            let missing = missing_details(model.is_none(), region.is_none());
            diagnosis.message.hints.extend(missing.map(str::to_owned));
            diagnosis.message.hints.push(WHOLE.to_owned());
        }
        match output.format() {
            Format::Text => output.text(&report_text(&diagnosis.message))?,
            Format::Json => output.json(&to_json(&diagnosis, &failure, model, region))?,
        }
        output.flush()?;
        if let (Some(region), None, Some(_)) = (region, stated, model) {
            let origin = &context.settings.region.origin;
            output.note(&format!("the source Region is assumed to be {region} ({origin}); `--region` sets another"));
        }
        Ok(if is_certain { ExitCode::Success } else { ExitCode::Failure })
    }
}

impl DiagnoseArgs {
    fn text(&self, output: &mut Output) -> Result<String, Error> {
        let text = match &self.words[..] {
            [] => stdin::read(SILENT, output)?,
            [dash] if dash == "-" => stdin::read(SILENT, output)?,
            words => Some(words.join(" ")),
        };
        text.filter(|text| !text.trim().is_empty()).ok_or_else(|| {
            Error::usage("there is no error to diagnose")
                .hint("bedrock-ask diagnose 'An error occurred (ValidationException) when calling the Converse operation: …'")
                .hint("or pipe it in: `aws … 2>&1 | bedrock-ask diagnose`")
        })
    }
}

/// Returns the Region of the call as `--region`, the text or the model's ARN states it.
fn stated_region(model: Option<&str>, mentioned: &PastedDetails, flag: Option<Region>) -> Option<Region> {
    let by_arn = || model.and_then(|model| Arn::parse(model).ok()).and_then(|arn| Region::named(arn.region));
    flag.or(mentioned.region).or_else(by_arn)
}

/// Whether the cause is known, beyond AWS's own message.
fn is_certain(diagnosis: &Diagnosis) -> bool {
    match diagnosis.group {
        Group::Unknown | Group::OtherService => false,
        Group::Validation => !diagnosis.message.hints.is_empty(),
        _ => true,
    }
}

/// Puts what the resolver says about an ID that AWS rejects by its form before the hints.
fn add_near_misses(message: &mut Message, refused: Option<ResolveError>) {
    let Some(refused) = refused else { return };
    message.causes.push(refused.message.summary);
    let mut hints = refused.message.hints;
    hints.extend(std::mem::take(&mut message.hints));
    hints.dedup();
    message.hints = hints;
}

fn to_json(diagnosis: &Diagnosis, failure: &Failure, model: Option<&str>, region: Option<Region>) -> Value {
    let parameter = diagnosis.parameter_fix.as_ref().map(|fix| match fix {
        ParameterFix::Drop(member) => json!({"drop": member}),
        ParameterFix::ClampMaxTokens(limit) => json!({"inferenceConfig.maxTokens": limit}),
        ParameterFix::LimitEffort(efforts) => json!({"outputConfig.effort": efforts}),
        ParameterFix::DropSystem => json!({"drop": "system"}),
        ParameterFix::NoStreaming => json!({"operation": "Converse"}),
    });
    json!({
        "group": diagnosis.group,
        "isCertain": is_certain(diagnosis),
        "message": diagnosis.message.summary,
        "aws": diagnosis.message.aws,
        "causes": diagnosis.message.causes,
        "hints": diagnosis.message.hints,
        "exitCode": diagnosis.exit_code.code(),
        "retryable": diagnosis.group.is_retryable(),
        "actor": diagnosis.group.actor(),
        "parameterFix": parameter,
        "errorCode": failure.code,
        "httpStatusCode": failure.status,
        "operation": failure.operation,
        "requestId": failure.request_id,
        "modelId": model,
        "region": region.map(|region| region.name),
    })
}
