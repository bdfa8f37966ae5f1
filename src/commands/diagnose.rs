//! `bedrock-ask diagnose`: cause and cure of an error that another tool printed. Offline; what is said is the answer.

use clap::Args;
use serde_json::{Value, json};

use crate::commands::context::Context;
use crate::commands::explanation::explain_pasted;
use crate::commands::stdin;
use crate::config::value::Format;
use crate::diagnosis::paste::{Mentioned, failure_from_text};
use crate::diagnosis::{Diagnosis, Group, ParameterFix};
use crate::error::{Error, ExitCode};
use crate::model::failure::Failure;
use crate::model::id::Arn;
use crate::model::region::Region;
use crate::model::resolution::ResolveRequest;
use crate::output::Output;

const SILENT: &str = "waiting for the end of stdin; paste the error, then press Ctrl-D";

/// Explain an error that another tool printed: cause and cure, offline
#[derive(Clone, Debug, Args)]
#[command(after_long_help = ANSWERS)]
pub struct Diagnose {
    /// The error as it was printed, whole and quoted; without it, or with `-`, stdin is read
    #[arg(value_name = "ERROR TEXT")]
    words: Vec<String>,
    /// The model that was called, where the text does not say it
    #[arg(short, long, value_name = "MODEL")]
    model: Option<String>,
}

const ANSWERS: &str = "\
The errors of boto3, the AWS CLI, the AWS SDKs for JavaScript, Java, Go and Rust, LiteLLM and bare JSON bodies are read.
The source Region is that of `--region`, else the one in the text or in the model's ARN, else that of the settings.

Exit codes: 0 where the cause is known, 1 where nothing certain is, 2 where there is no text.";

impl Diagnose {
    /// Says what the text means.
    ///
    /// # Errors
    /// Where there is no text, or stdout is gone.
    pub fn run(self, context: &Context<'_>, output: &mut Output) -> Result<ExitCode, Error> {
        let text = self.text(output)?;
        let (failure, mentioned) = failure_from_text(&text);
        let model = self.model.as_deref().or(mentioned.model.as_deref());
        let told = told_region(model, &mentioned, context);
        let region = told.or(context.request.source_region);
        let request = ResolveRequest { source_region: region, region_by_flag: false, repair: true, ..context.request };
        let mut diagnosis = explain_pasted(&failure, model, &request, context.catalog);
        let is_certain = is_certain(&diagnosis);
        if !is_certain {
            diagnosis.error.hints.extend(what_to_try(model, region));
        }
        match output.format() {
            Format::Text => output.text(&as_text(&diagnosis.error))?,
            Format::Json => output.json(&to_json(&diagnosis, &failure, model, region))?,
        }
        output.flush()?;
        if let (Some(region), None, Some(_)) = (region, told, model) {
            let origin = &context.settings.region.origin;
            output.note(&format!("the source Region is taken to be {region} ({origin}); `--region` names another"));
        }
        Ok(if is_certain { ExitCode::Success } else { ExitCode::Failure })
    }

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

/// Where the call was made, by the flag, the text, or the ARN that was called; what is usual for the user is a guess.
fn told_region(model: Option<&str>, mentioned: &Mentioned, context: &Context<'_>) -> Option<Region> {
    let by_flag = context.request.source_region.filter(|_| context.request.region_by_flag);
    let by_arn = || model.and_then(|model| Arn::parse(model).ok()).and_then(|arn| Region::named(arn.region));
    by_flag.or(mentioned.region).or_else(by_arn)
}

/// Whether more is known than AWS's own words say.
fn is_certain(diagnosis: &Diagnosis) -> bool {
    match diagnosis.group {
        Group::Unknown => false,
        Group::Validation => !diagnosis.error.hints.is_empty(),
        _ => true,
    }
}

fn what_to_try(model: Option<&str>, region: Option<Region>) -> Vec<String> {
    let missing = match (model, region) {
        (None, None) => Some("`--model MODEL --region REGION`: which model was called, and from where"),
        (None, Some(_)) => Some("`--model MODEL`: which model was called"),
        (Some(_), None) => Some("`--region REGION`: from where it was called"),
        (Some(_), Some(_)) => None,
    };
    let whole = "paste the error whole: its code, its message, and the lines around them";
    missing.into_iter().chain([whole]).map(str::to_owned).collect()
}

/// In the form in which this program reports an error of its own.
fn as_text(error: &Error) -> String {
    let causes = error.causes.iter().map(|cause| format!("cause: {cause}\n"));
    let hints = error.hints.iter().map(|hint| format!("hint: {hint}\n"));
    let gap = if error.hints.is_empty() { "" } else { "\n" };
    let head = format!("error: {}\n", error.what);
    [head].into_iter().chain(causes).chain([gap.to_owned()]).chain(hints).collect()
}

fn to_json(diagnosis: &Diagnosis, failure: &Failure, model: Option<&str>, region: Option<Region>) -> Value {
    let parameter = diagnosis.parameter.as_ref().map(|fix| match fix {
        ParameterFix::Drop(member) => json!({"drop": member}),
        ParameterFix::ClampMaxTokens(limit) => json!({"inferenceConfig.maxTokens": limit}),
        ParameterFix::DropSystem => json!({"drop": "system"}),
        ParameterFix::NoStreaming => json!({"operation": "Converse"}),
    });
    json!({
        "group": diagnosis.group,
        "isCertain": is_certain(diagnosis),
        "message": diagnosis.error.what,
        "causes": diagnosis.error.causes,
        "hints": diagnosis.error.hints,
        "exitCode": diagnosis.error.exit.code(),
        "retryable": diagnosis.retryable,
        "actor": diagnosis.actor,
        "parameterFix": parameter,
        "errorCode": failure.code,
        "httpStatusCode": failure.status,
        "operation": failure.operation,
        "requestId": failure.request_id,
        "modelId": model,
        "region": region.map(|region| region.name),
    })
}
