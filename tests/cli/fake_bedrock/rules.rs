//! The rules of the fake: which IDs can be invoked from where, and Bedrock's errors otherwise. The table is written by
//! hand from AWS's listings, independent of the program's catalog, so that neither hides the other's mistakes.

use std::sync::LazyLock;

use super::faults::Refusal;

/// A model: `ID | provider | name | input > output | streams or whole | status`; below it the Regions of the plain ID,
/// then a line per geography and set of destinations: `prefix: source Regions > destination Regions`.
const TABLE: &str = "
amazon.nova-lite-v1:0 | Amazon | Nova Lite | TEXT IMAGE VIDEO > TEXT | streams | ACTIVE
    ap-northeast-1 eu-west-2 us-east-1 us-west-2 us-gov-west-1
    apac: ap-northeast-1 ap-south-1 > ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2
    ca: ca-central-1 > ca-central-1 ca-west-1
    eu: eu-central-1 eu-west-1 > eu-central-1 eu-north-1 eu-west-1 eu-west-3
    eu: il-central-1 > eu-central-1 eu-north-1 eu-south-1 eu-west-1 eu-west-3 il-central-1
    us: us-east-1 us-west-2 > us-east-1 us-east-2 us-west-2
amazon.nova-2-lite-v1:0 | Amazon | Nova 2 Lite | TEXT IMAGE VIDEO > TEXT | streams | ACTIVE
    -
    eu: eu-central-1 eu-west-1 > eu-central-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-3
    jp: ap-northeast-1 > ap-northeast-1 ap-northeast-3
    us: ca-central-1 > ca-central-1 us-east-1 us-east-2 us-west-2
    us: us-east-1 us-west-2 > us-east-1 us-east-2 us-west-2
    global: ap-northeast-1 ap-south-1 ca-central-1 eu-central-1 eu-west-1 eu-west-2 il-central-1 us-east-1 us-west-2 > *
anthropic.claude-haiku-4-5-20251001-v1:0 | Anthropic | Claude Haiku 4.5 | TEXT IMAGE > TEXT | streams | ACTIVE
    -
    eu: eu-central-1 eu-west-1 > eu-central-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-3
    eu: eu-west-2 > eu-central-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
    in: ap-south-1 > ap-south-1 ap-south-2
    jp: ap-northeast-1 > ap-northeast-1 ap-northeast-3
    us: ca-central-1 > ca-central-1 us-east-1 us-east-2 us-west-2
    us: us-east-1 us-west-2 > us-east-1 us-east-2 us-west-2
    global: ap-northeast-1 ap-south-1 ca-central-1 eu-central-1 eu-west-1 eu-west-2 il-central-1 sa-east-1 us-east-1 us-west-2 > *
anthropic.claude-sonnet-4-5-20250929-v1:0 | Anthropic | Claude Sonnet 4.5 | TEXT IMAGE > TEXT | streams | LEGACY
    -
    eu: eu-central-1 eu-west-1 > eu-central-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-3
    jp: ap-northeast-1 > ap-northeast-1 ap-northeast-3
    us: us-east-1 us-west-2 > us-east-1 us-east-2 us-west-2
    us-gov: us-gov-east-1 us-gov-west-1 > us-gov-west-1
    global: ap-northeast-1 ap-south-1 eu-central-1 eu-west-1 eu-west-2 us-east-1 us-west-2 > *
anthropic.claude-opus-4-7 | Anthropic | Claude Opus 4.7 | TEXT IMAGE > TEXT | streams | ACTIVE
    -
    eu: eu-central-1 eu-west-1 > eu-central-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-3
    jp: ap-northeast-1 > ap-northeast-1 ap-northeast-3
    us: us-east-1 us-west-2 > us-east-1 us-east-2 us-west-2
    global: ap-northeast-1 ap-south-1 eu-central-1 eu-west-1 eu-west-2 sa-east-1 us-east-1 us-west-2 > *
anthropic.claude-opus-7-7 | Anthropic | Claude Opus 7.7 | TEXT IMAGE > TEXT | streams | ACTIVE
    -
    us: us-east-1 us-west-2 > us-east-1 us-east-2 us-west-2
    global: ap-northeast-1 ap-south-1 us-east-1 us-west-2 > *
anthropic.claude-3-5-haiku-20241022-v1:0 | Anthropic | Claude 3.5 Haiku | TEXT > TEXT | streams | EOL
    us-west-2
    us: us-east-1 us-west-2 > us-east-1 us-east-2 us-west-2
deepseek.r1-v1:0 | DeepSeek | DeepSeek-R1 | TEXT > TEXT | streams | ACTIVE
    -
    us: us-east-1 us-west-2 > us-east-1 us-east-2 us-west-2
openai.gpt-oss-20b-1:0 | OpenAI | gpt-oss-20b | TEXT > TEXT | streams | ACTIVE
    ap-northeast-1 ap-south-1 eu-central-1 eu-west-1 eu-west-2 sa-east-1 us-east-1 us-west-2
ai21.jamba-1-5-mini-v1:0 | AI21 Labs | Jamba 1.5 Mini | TEXT > TEXT | whole | LEGACY
    us-east-1
mistral.mistral-7b-instruct-v0:2 | Mistral AI | Mistral 7B Instruct | TEXT > TEXT | streams | ACTIVE
    ap-south-1 ca-central-1 eu-west-1 eu-west-2 sa-east-1 us-east-1 us-west-2
amazon.titan-embed-text-v2:0 | Amazon | Titan Text Embeddings V2 | TEXT > EMBEDDING | whole | ACTIVE
    ap-northeast-1 ap-south-1 ca-central-1 eu-central-1 eu-west-1 eu-west-2 sa-east-1 us-east-1 us-west-2
";

/// The account that owns the fake's resources.
pub const ACCOUNT: &str = "111122223333";

/// A foundation model.
#[derive(Debug)]
pub struct Model {
    pub id: &'static str,
    pub provider: &'static str,
    pub name: &'static str,
    /// `TEXT`, `IMAGE`, ….
    pub input: Vec<&'static str>,
    /// `TEXT`, `EMBEDDING`, ….
    pub output: Vec<&'static str>,
    /// Whether it can stream.
    pub streams: bool,
    /// ACTIVE, LEGACY, or EOL for a retired model.
    pub status: &'static str,
    /// The Regions in which the plain ID can be invoked.
    pub on_demand: Vec<&'static str>,
    /// Its profiles, one per prefix and set of destinations.
    pub routes: Vec<Route>,
}

/// The source and destination Regions of a system-defined inference profile.
#[derive(Debug)]
pub struct Route {
    pub prefix: &'static str,
    /// The source Regions.
    pub sources: Vec<&'static str>,
    /// The destination Regions; `*` is any.
    pub destinations: Vec<&'static str>,
}

static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
    let mut models: Vec<Model> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("    ") {
            None => models.push(Model::parse(line)),
            Some(line) => models.last_mut().expect("a model comes before its Regions").take(line),
        }
    }
    models
});

impl Model {
    /// Returns every model of the table.
    pub fn all() -> &'static [Self] {
        &MODELS
    }

    /// Returns the models that a Region lists: those that can be invoked from it in any way.
    pub fn listed_in(region: &str) -> impl Iterator<Item = &'static Self> {
        Self::all().iter().filter(move |model| model.status != "EOL" && model.is_offered_in(region))
    }

    /// Returns the route of the profile with this prefix from this Region.
    pub fn route(&self, prefix: &str, region: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.prefix == prefix && route.sources.contains(&region))
    }

    /// Returns the routes that start in this Region.
    pub fn routes_from(&self, region: &str) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(move |route| route.sources.contains(&region))
    }

    /// Whether any profile may run the model in this Region.
    pub fn may_run_in(&self, region: &str) -> bool {
        self.routes.iter().any(|route| route.destinations.contains(&region))
    }

    /// Whether the model can be invoked from this Region in any way.
    pub fn is_offered_in(&self, region: &str) -> bool {
        self.on_demand.contains(&region) || self.routes_from(region).next().is_some()
    }

    fn parse(line: &'static str) -> Self {
        let fields: Vec<&str> = line.split(" | ").collect();
        let [id, provider, name, modalities, streams, status] = fields[..] else { panic!("six fields: {line}") };
        let (input, output) = modalities.split_once(" > ").expect("input > output");
        let (input, output) = (input.split(' ').collect(), output.split(' ').collect());
        let (on_demand, routes) = (Vec::new(), Vec::new());
        Self { id, provider, name, input, output, streams: streams == "streams", status, on_demand, routes }
    }

    fn take(&mut self, line: &'static str) {
        match line.split_once(": ") {
            Some((prefix, regions)) => {
                let (sources, destinations) = regions.split_once(" > ").expect("sources > destinations");
                let (sources, destinations) = (sources.split(' ').collect(), destinations.split(' ').collect());
                self.routes.push(Route { prefix, sources, destinations });
            }
            None if line == "-" => {}
            None => self.on_demand.extend(line.split(' ')),
        }
    }
}

/// Returns the partition of a Region.
pub fn partition(region: &str) -> &'static str {
    if region.starts_with("us-gov-") { "aws-us-gov" } else { "aws" }
}

/// Returns the model that this model ID, profile ID or ARN stands for in this Region, or Bedrock's error. `application`
/// maps the ARNs of application inference profiles to their sources.
pub fn invocable(
    id: &str,
    region: &str,
    application: &dyn Fn(&str) -> Option<String>,
) -> Result<&'static Model, Refusal> {
    if !id.chars().all(|letter| letter.is_ascii_alphanumeric() || ".:/_-".contains(letter)) {
        return Err(Refusal::validation(format!(
            "1 validation error detected: Value '{id}' at 'modelId' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: (arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{{1,20}}:(([0-9]{{12}}:custom-model/…"
        )));
    }
    let id = match id.split(':').collect::<Vec<_>>()[..] {
        ["arn", of, "bedrock", at, _, ..] if !at.is_empty() && (at != region || of != partition(region)) => {
            return Err(Refusal::validation("The provided ARN is invalid for the service region"));
        }
        ["arn", _, "bedrock", _, account, ..] => match arn_resource(id) {
            ("foundation-model", id) => id,
            ("inference-profile", id) if account == ACCOUNT => id,
            ("application-inference-profile", _) => {
                let source = application(id).ok_or_else(nothing_there)?;
                return invocable(&source, region, application);
            }
            _ => return Err(Refusal::validation("The provided model identifier is invalid.")),
        },
        _ => id,
    };
    let model = callable_by_id(id, region)?;
    if model.status == "EOL" {
        let message = "This model version has reached the end of its life. Please refer to the AWS documentation for \
                       more details.";
        return Err(Refusal::not_found(message));
    }
    Ok(model)
}

/// Returns the control plane's error for an unknown ID.
pub fn nothing_there() -> Refusal {
    Refusal::not_found("The specified resource could not be found")
}

/// Returns the kind and the ID at the end of an ARN.
pub fn arn_resource(arn: &str) -> (&str, &str) {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split_once('/').unwrap_or((resource, ""))
}

fn callable_by_id(id: &str, region: &str) -> Result<&'static Model, Refusal> {
    let invalid = || Refusal::validation("The provided model identifier is invalid.");
    if let Some(model) = Model::all().iter().find(|model| model.id == id) {
        return match model.on_demand.contains(&region) {
            true => Ok(model),
            false if model.routes_from(region).next().is_some() => Err(Refusal::validation(format!(
                "Invocation of model ID {id} with on-demand throughput isn\u{2019}t supported. Retry your request with \
                 the ID or ARN of an inference profile that contains this model."
            ))),
            false => Err(invalid()),
        };
    }
    let (prefix, id) = id.split_once('.').ok_or_else(invalid)?;
    let model = Model::all().iter().find(|model| model.id == id).ok_or_else(invalid)?;
    model.route(prefix, region).map(|_| model).ok_or_else(invalid)
}
