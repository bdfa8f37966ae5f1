//! `bedrock-ask resolve`: prints what to call for a model, and nothing else on stdout. Offline.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, IsTerminal, Read};

use clap::Args;
use serde_json::{Value, json};

use crate::config::value::Format;
use crate::config::{Origin, Settings};
use crate::error::{Error, Exit};
use crate::model::catalog::Catalog;
use crate::model::date::Date;
use crate::model::region::Region;
use crate::model::resolution::{Notice, Reach, Request, Resolution, Rule};
use crate::model::resolver;
use crate::output::Output;

/// How many answers `resolve -` remembers: more than there are models, too few to weigh.
const REMEMBERED: usize = 8192;

/// How much of stdin is read before what is answered goes out.
const CHUNK: usize = 1 << 16;

/// Print what to call for a model from the source Region
#[derive(Clone, Debug, Default, Args)]
pub struct Resolve {
    /// Models: IDs, inference profile IDs, ARNs, short names, aliases; `-` reads one per line from stdin
    #[arg(value_name = "MODEL")]
    models: Vec<String>,
    /// Print every ID that can be called from here, with its kind of routing
    #[arg(long)]
    all: bool,
    /// Say on stderr which rule decided, on whose word, and what else was possible
    #[arg(long)]
    explain: bool,
    /// Print the ARN
    #[arg(long)]
    arn: bool,
    /// The account in the ARN of an inference profile
    #[arg(long, value_name = "ID", requires = "arn")]
    account: Option<String>,
}

/// From where a model is to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Regions {
    /// The source Region of the settings, if there is one.
    Settled,
    /// These, each with its own line.
    Named(Vec<Region>),
    /// Every Region that has the model.
    All,
}

impl Regions {
    /// Reads what `--region` said, each time it was given.
    ///
    /// # Errors
    /// Where one is no Region.
    pub fn from_flags(names: &[String]) -> Result<Self, Error> {
        match names {
            [] => Ok(Self::Settled),
            [one] if one == "all" => Ok(Self::All),
            [_] => Ok(Self::Settled),
            _ if names.iter().any(|name| name == "all") => {
                Err(Error::usage("`--region all` leaves no other Region to name"))
            }
            _ => {
                let origin = Origin::Flag("--region");
                Ok(Self::Named(
                    names.iter().map(|name| crate::config::region(name, &origin)).collect::<Result<_, _>>()?,
                ))
            }
        }
    }
}

/// What one input leads to: lines for stdout, what is said about them, and how it went.
#[derive(Clone, Debug, Default)]
struct Answer {
    stdout: String,
    notices: Vec<Notice>,
    asides: Vec<String>,
    errors: Vec<Error>,
    exit: Option<Exit>,
}

impl Resolve {
    /// Resolves every model; the exit code is the first failure's.
    ///
    /// # Errors
    /// Where nothing can be resolved at all: no model, no usable stdin, stdout gone.
    pub fn run(
        self,
        settings: &Settings,
        regions: &Regions,
        words: Words,
        catalog: &Catalog<'_>,
        output: &mut Output,
    ) -> Result<Exit, Error> {
        if let Some(account) = self
            .account
            .as_deref()
            .filter(|account| account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(Error::usage(format!("`{account}` is not an account ID; it has twelve digits")));
        }
        let aliases = settings.aliases.iter().map(|(name, alias)| (name.clone(), alias.value.clone())).collect();
        let asker = Asker {
            flags: &self,
            regions,
            catalog,
            format: output.format(),
            request: Request {
                source_region: settings.region.value,
                region_by_flag: matches!(settings.region.origin, Origin::Flag(_)),
                routing: &settings.routing.value,
                strict: words.strict,
                repair: words.repair,
                today: words.today,
                aliases: &aliases,
            },
        };
        match &self.models[..] {
            [dash] if dash == "-" => asker.stream(output),
            [] if std::io::stdin().is_terminal() => Err(no_model()),
            [] => asker.stream(output),
            models => {
                let mut exit = Exit::Success;
                for model in models {
                    exit = asker.answer(model).put(None, exit, output)?;
                }
                Ok(exit)
            }
        }
    }
}

/// What the flags that several commands share say.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// `--strict`
    pub strict: bool,
    /// `--repair`
    pub repair: bool,
    /// Today's date.
    pub today: Date,
}

fn no_model() -> Error {
    Error::usage("no model is named")
        .hint("bedrock-ask resolve amazon.nova-2-lite-v1:0")
        .hint("or pipe model IDs in, one per line")
}

impl Answer {
    /// Puts the answer out, and says the exit code so far.
    fn put(&self, line: Option<u64>, exit: Exit, output: &mut Output) -> Result<Exit, Error> {
        for text in &self.asides {
            output.aside(text);
        }
        output.notices(&self.notices);
        for error in &self.errors {
            let mut error = error.clone();
            if let Some(line) = line {
                error.what = format!("line {line}: {}", error.what);
            }
            output.error(&error);
        }
        output.text(&self.stdout)?;
        Ok(if exit == Exit::Success { self.exit.unwrap_or(exit) } else { exit })
    }

    fn fail(&mut self, error: Error) {
        self.exit.get_or_insert(error.exit);
        self.errors.push(error);
    }
}

/// Everything that answering needs, the same for each input.
struct Asker<'a> {
    flags: &'a Resolve,
    regions: &'a Regions,
    catalog: &'a Catalog<'a>,
    format: Format,
    request: Request<'a>,
}

impl Asker<'_> {
    /// Answers each line of stdin as it comes; memory does not grow with their number.
    fn stream(&self, output: &mut Output) -> Result<Exit, Error> {
        let mut stdin = BufReader::with_capacity(CHUNK, std::io::stdin().lock());
        let mut remembered: HashMap<Vec<u8>, Answer> = HashMap::new();
        let (mut line, mut number, mut exit) = (Vec::new(), 0, Exit::Success);
        loop {
            if stdin.buffer().is_empty() {
                output.flush()?;
            }
            line.clear();
            // A model ID is short; a longer line is answered as the error that it is, without being held whole.
            let read = stdin.by_ref().take(CHUNK as u64).read_until(b'\n', &mut line);
            if read.map_err(|error| Error::usage("cannot read stdin").cause(error.to_string()))? == 0 {
                return Ok(exit);
            }
            number += 1;
            let wanted = line.trim_ascii();
            if wanted.is_empty() || wanted.starts_with(b"#") {
                continue;
            }
            if let Some(answer) = remembered.get(wanted) {
                exit = Answer { notices: Vec::new(), asides: Vec::new(), ..answer.clone() }.put(
                    Some(number),
                    exit,
                    output,
                )?;
                continue;
            }
            let answer = match std::str::from_utf8(wanted) {
                Ok(model) => self.answer(model),
                Err(_) => self.refused("", None, Error::usage("a model ID is text, and this is not UTF-8")),
            };
            exit = answer.put(Some(number), exit, output)?;
            if remembered.len() < REMEMBERED && wanted.len() < 256 {
                remembered.insert(wanted.to_vec(), answer);
            }
        }
    }

    fn answer(&self, model: &str) -> Answer {
        let mut answer = Answer::default();
        match self.regions {
            Regions::Settled => self.add(model, self.request, false, &mut answer),
            Regions::Named(regions) => {
                for region in regions {
                    self.add(
                        model,
                        Request { source_region: Some(*region), region_by_flag: true, ..self.request },
                        true,
                        &mut answer,
                    );
                }
            }
            Regions::All => return self.everywhere(model),
        }
        answer
    }

    /// Every Region that has the model; an error only where none has.
    fn everywhere(&self, model: &str) -> Answer {
        let mut answer = Answer::default();
        let mut first_failure = None;
        for region in Region::all().filter(|region| region.has_endpoint) {
            let request = Request { source_region: Some(region), region_by_flag: false, ..self.request };
            match resolver::resolve(model, &request, self.catalog) {
                // A guess is no Region that has the model.
                Ok(resolution) if resolution.rule != Rule::Predicted && resolution.source_region == Some(region) => {
                    self.add_resolution(&resolution, true, &mut answer);
                }
                Ok(resolution) => {
                    let unknown = format!("no Region is known to have `{}`", resolution.model.unwrap_or(resolution.id));
                    first_failure.get_or_insert(Error::new(Exit::NotResolved, unknown));
                }
                Err(refusal) => {
                    first_failure.get_or_insert(refusal.into());
                }
            }
        }
        // The same notice from every Region is said once.
        let mut said = Vec::new();
        answer.notices.retain(|notice| {
            !said.contains(&notice.text) && {
                said.push(notice.text.clone());
                true
            }
        });
        match first_failure {
            Some(error) if answer.stdout.is_empty() => self.refused(model, None, error),
            _ => answer,
        }
    }

    fn add(&self, model: &str, request: Request<'_>, with_region: bool, answer: &mut Answer) {
        match resolver::resolve(model, &request, self.catalog) {
            Ok(resolution) => self.add_resolution(&resolution, with_region, answer),
            Err(refusal) => {
                let refused = self.refused(model, request.source_region, refusal.into());
                answer.stdout += &refused.stdout;
                refused.errors.into_iter().for_each(|error| answer.fail(error));
            }
        }
    }

    fn add_resolution(&self, resolution: &Resolution, with_region: bool, answer: &mut Answer) {
        match self.lines(resolution, with_region) {
            Ok(lines) => {
                answer.stdout += &lines;
                if self.format == Format::Text {
                    answer.notices.extend(resolution.notices.iter().cloned());
                }
                if self.flags.explain {
                    answer.asides.push(explained(resolution));
                }
            }
            Err(error) => answer.fail(error),
        }
    }

    /// A failure: said on stderr, and with `--format json` an object on stdout.
    fn refused(&self, model: &str, region: Option<Region>, error: Error) -> Answer {
        let mut answer = Answer::default();
        if self.format == Format::Json {
            let object = json!({"asked": model, "region": region.map(|region| region.name), "error": error.to_json()});
            answer.stdout = format!("{object}\n");
        }
        answer.fail(error);
        answer
    }

    fn lines(&self, resolution: &Resolution, with_region: bool) -> Result<String, Error> {
        let arn = self.flags.arn.then(|| resolution.arn(self.flags.account.as_deref())).transpose()?;
        if self.format == Format::Json {
            return Ok(format!("{}\n", to_json(resolution, arn.as_deref())));
        }
        let region =
            resolution.source_region.filter(|_| with_region).map_or(String::new(), |region| format!("{region}\t"));
        if !self.flags.all {
            return Ok(format!("{region}{}\n", arn.as_deref().unwrap_or(&resolution.id)));
        }
        let mut lines = String::new();
        let routing = resolution.routing.map_or("as written", |routing| routing.as_str());
        let chosen = (resolution.id.as_str(), routing);
        let allowed = resolution.alternatives.iter().filter(|way| self.request.routing.allows(way.routing));
        let others = allowed.map(|way| (way.id.as_str(), way.routing.as_str()));
        for (id, routing) in std::iter::once(chosen).chain(others) {
            let id = if self.flags.arn { resolution.arn_of(id, self.flags.account.as_deref())? } else { id.to_owned() };
            lines += &format!("{region}{id}\t{routing}\n");
        }
        Ok(lines)
    }
}

/// The reasons of a resolution, for people.
fn explained(resolution: &Resolution) -> String {
    let mut lines = vec![
        format!("{} → {}", resolution.asked, resolution.id),
        format!("  rule          {}: {}", resolution.rule.number(), resolution.rule.as_str()),
        format!("  source        {}", resolution.basis),
    ];
    if let Some(region) = resolution.source_region {
        lines.push(format!("  source Region {region} ({})", region.title));
    }
    if let Some(routing) = resolution.routing {
        lines.push(format!("  routing       {routing}"));
    }
    lines.push(format!("  destinations  {}", resolution.destinations));
    if let Some(end) = resolution.end_of_life {
        lines.push(format!("  end of life   {end}"));
    }
    for way in &resolution.alternatives {
        lines.push(format!("  also possible {} ({}: {})", way.id, way.routing, way.destinations));
    }
    lines.join("\n")
}

/// A resolution as one JSON object, with AWS's field names where AWS has the field.
pub fn to_json(resolution: &Resolution, arn: Option<&str>) -> Value {
    let texts = |is_warning: bool| -> Vec<&str> {
        resolution
            .notices
            .iter()
            .filter(|notice| notice.is_warning == is_warning)
            .map(|notice| notice.text.as_str())
            .collect()
    };
    let alternatives: Vec<_> = resolution
        .alternatives
        .iter()
        .map(|way| json!({"modelId": way.id, "routing": way.routing.as_str(), "destinationRegions": regions(&way.destinations)}))
        .collect();
    let mut object = json!({
        "asked": resolution.asked,
        "modelId": resolution.id,
        "foundationModelId": resolution.model,
        "region": resolution.source_region.map(|region| region.name),
        "routing": resolution.routing.map(|routing| routing.as_str()),
        "destinationRegions": regions(&resolution.destinations),
        "rule": resolution.rule.number(),
        "source": resolution.basis.to_string(),
        "predicted": resolution.rule == Rule::Predicted,
        "endOfLife": resolution.end_of_life.map(|end| end.date.to_string()),
        "alternatives": alternatives,
        "warnings": texts(true),
        "notes": texts(false),
    });
    if let (Some(arn), Some(fields)) = (arn, object.as_object_mut()) {
        fields.insert("arn".to_owned(), json!(arn));
    }
    object
}

/// `["*"]` for any commercial Region, null where nobody knows.
fn regions(reach: &Reach) -> Value {
    match reach {
        Reach::Unknown => Value::Null,
        Reach::AnyCommercial => json!(["*"]),
        Reach::Regions(regions) => json!(regions),
    }
}
