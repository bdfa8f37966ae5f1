//! `batch plan`: estimates the tokens, the cost and the time of `run` and of `submit`. Calls nothing.

mod body_content;
mod estimate;
mod report;

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::input::{Input, InputArgs};
use super::model_input::require_limit;
use super::rate_args::RateArgs;
use super::run::without_limit;
use super::submit::limits::{DEFAULT_HOURS, Limits, QuotaArgs};
use super::submit::lines::{JobLine, JobLines};
use super::submit::shards::{Ending, Planner};
use crate::aws::ConverseRequest;
use crate::commands::ask::{Prototype, RequestArgs, has_own_price, resolve};
use crate::config::value;
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::model::catalog::FoundationModel;
use bedrock_ask::model::price::Price;
use bedrock_ask::model::resolution::ResolveError;
use body_content::BodyContent;
use estimate::{Estimate, Totals};
use report::Plan;

#[derive(Clone, Debug, Args)]
#[command(mut_arg("show_thinking", |option| option.hide(true)))]
pub struct PlanArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub request: RequestArgs,
    #[command(flatten)]
    pub pace: Pace,
    #[command(flatten)]
    pub quotas: QuotaArgs,
}

/// How fast the records are sent from this machine.
#[derive(Clone, Copy, Debug, PartialEq, Args)]
pub struct Pace {
    #[command(flatten)]
    pub rate: RateArgs,
    /// The assumed time of one request of `run`
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = |text: &str| value::TIMEOUT.parse(text))]
    pub latency: Duration,
}

impl PlanArgs {
    pub async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let context = &session.context;
        let resolution = resolve(context, &context.catalog)?;
        let region = resolution.source_region.ok_or_else(ResolveError::no_source_region)?;
        output.notices(&resolution.notices);
        let prototype = Prototype::new(&self.request, resolution, context, output)?;
        // The SDK only writes bodies: nothing is sent, and no credentials are loaded.
        let runtime = session.connect(region, output).await?.bedrock_runtime()?;
        let mut input = Input::open(&self.input, &self.request, context)?;
        let checked = input.check(output)?;
        require_limit(&self.input, &checked, &prototype, context)?;
        let mut survey = Survey::new(self.quotas.limits());
        let mut lines = JobLines::new(input, &prototype, context, &runtime);
        while let Some(line) = lines.next().await? {
            survey.add(&line);
        }
        let (totals, division) = survey.finish();
        let resolution = prototype.resolution();
        let model = resolution.model.as_deref().and_then(|id| context.catalog.foundation_model(id));
        let price = model.map(|model| Price::new(model, &resolution.id)).unwrap_or_default();
        let max_output = model.and_then(FoundationModel::max_output).map(u64::from);
        let plan = Plan {
            model_id: &resolution.id,
            region,
            input_bytes: checked.records.map(|_| checked.bytes),
            estimate: Estimate::new(&totals, price, max_output, &self.pace),
            max_output,
            totals,
            division,
            pace: self.pace,
            hours: self.quotas.hours.unwrap_or(DEFAULT_HOURS),
            prices_as_of: context.catalog.date(),
            has_schema: self.has_schema(context),
        };
        plan.print(output)?;
        if plan.totals.without_limit > 0 {
            output.warning(&without_limit(Some(plan.totals.without_limit), model));
        }
        Ok(ExitCode::Success)
    }

    fn has_schema(&self, context: &Context) -> bool {
        self.request.schema.is_some() || context.template.as_ref().is_some_and(|template| template.schema.is_some())
    }
}

/// What `submit` would make of the records.
#[derive(Default)]
pub struct Division {
    pub limits: Limits,
    pub jobs: usize,
    pub files: usize,
    pub bytes: u64,
    /// The records that are too long for a file.
    pub too_long: u64,
    /// The number of records in the last job, if they are too few.
    pub too_few: Option<u64>,
}

struct Survey {
    totals: Totals,
    planner: Planner,
    division: Division,
}

impl Survey {
    fn new(limits: Limits) -> Self {
        let division = Division { limits, ..Division::default() };
        Self { totals: Totals::default(), planner: Planner::new(limits, None), division }
    }

    fn add(&mut self, line: &JobLine) {
        let body: Value = serde_json::from_str(&line.model_input).unwrap_or_default();
        let may_have_own_price = body.get("serviceTier").is_some() || body.get("performanceConfig").is_some();
        let request = || ConverseRequest { body: Some(Arc::clone(&line.model_input)), ..ConverseRequest::default() };
        self.totals.add(
            &BodyContent::of(&body),
            body["inferenceConfig"]["maxTokens"].as_u64(),
            may_have_own_price && has_own_price(&request(), None),
        );
        self.division.bytes += line.bytes.len() as u64;
        self.division.too_long += u64::from(self.planner.add(&line.bytes).is_err());
    }

    fn finish(self) -> (Totals, Division) {
        let (jobs, files) = self.planner.counts();
        let too_few = match self.planner.finish() {
            Ending::TooFew(records) => Some(records),
            // A job ends earlier, so that the last one has enough: the number of jobs is the same.
            Ending::Plan(_) | Ending::CutAt(_) => None,
        };
        (self.totals, Division { jobs, files, too_few, ..self.division })
    }
}
