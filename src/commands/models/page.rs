//! The page of one model: its facts, and the kinds of routing that it has from each source Region.

use serde_json::{Value, json};

use super::CsvColumn;
use super::row::{kinds, model_to_json};
use crate::commands::table::{self, Column};
use crate::config::value::FormatFlag;
use crate::context::{Context, SourceRegions};
use crate::error::{Error, ExitCode};
use crate::output::{Output, wrapped_hanging};
use bedrock_ask::model::catalog::{Candidate, FoundationModel, ProfileStatus};
use bedrock_ask::model::id::{self, Reference, Target};
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Destinations, ResolveRequest, Rule};
use bedrock_ask::model::resolver;
use bedrock_ask::model::routing::{Routing, RoutingOrder};

const CSV: [CsvColumn; 7] = [
    ("region", "/region"),
    ("routing", "/routing"),
    ("modelId", "/modelId"),
    ("destinationRegions", "/destinationRegions"),
    ("invocable", "/invocable"),
    ("inferenceProfileStatus", "/inferenceProfileStatus"),
    ("isResolution", "/isResolution"),
];

const COLUMNS: [Column; 4] = [
    Column::new("SOURCE REGION", false, 9),
    Column::new("GEOGRAPHIC", false, 8),
    Column::new("IN-REGION", false, 7),
    Column::new("GLOBAL", false, 6),
];

/// Prints the page of the model that `text` names.
pub fn show(text: &str, context: &Context, output: &mut Output) -> Result<ExitCode, Error> {
    let model = find_model(text, context)?;
    let page = Page { model, routes: routes(model, context, &regions(context)) };
    match context.format {
        FormatFlag::Json => output.json(&page.to_json())?,
        FormatFlag::Csv => output.text(&super::as_csv(&CSV, page.routes.iter().map(PageRoute::to_json))?)?,
        _ => output.text(&page.to_text(context, output.width()))?,
    }
    Ok(ExitCode::Success)
}

/// Returns the model of any spelling, from whichever Region it can be invoked.
fn find_model<'c>(text: &str, context: &'c Context) -> Result<FoundationModel<'c>, Error> {
    let catalog = &context.catalog;
    let request = context.resolve_request_for_each();
    let written = request.aliases.get(text.trim()).map_or(text, String::as_str);
    let unescaped = id::unescaped(written);
    let target = Reference::parse(&unescaped).ok().map(|reference| reference.target);
    if let Some(Target::Name(name)) = target {
        let profile = || catalog.inference_profile(name).map(|profile| profile.model);
        if let Some(model) = catalog.foundation_model(name).or_else(profile) {
            return Ok(model);
        }
    }
    let everywhere = Region::all().filter(|region| region.has_endpoint);
    let regions: Vec<_> = match target {
        // An ARN names its Region.
        Some(Target::Arn(_)) => vec![None],
        _ => request.source_region.into_iter().chain(everywhere).map(Some).collect(),
    };
    let routing = RoutingOrder::default();
    let not_resolved = |what: String| Error::new(ExitCode::NotResolved, what);
    let find = |source_region| {
        let request = ResolveRequest {
            source_region,
            region_by_flag: false,
            routing: &routing,
            strict: false,
            repair: true,
            ..request
        };
        let resolution = resolver::resolve(written, &request, catalog)?;
        let id = resolution.model.filter(|_| resolution.rule != Rule::Arn);
        let id = id.ok_or_else(|| not_resolved(format!("`{written}` does not tell which model it stands for")))?;
        catalog.foundation_model(&id).ok_or_else(|| not_resolved(format!("no source knows `{id}`")))
    };
    let mut first_failure = None;
    for region in regions {
        match find(region) {
            Ok(model) => return Ok(model),
            Err(failure) => first_failure.get_or_insert(failure),
        };
    }
    Err(first_failure.unwrap_or_else(|| not_resolved(format!("no source knows `{written}`"))))
}

/// Returns the Regions that the page lists: those of `--region`, or every one.
fn regions(context: &Context) -> Vec<Region> {
    match (context.source_regions(), context.settings.region.value) {
        (SourceRegions::Listed(regions), _) => regions.clone(),
        (SourceRegions::Settings, Some(region)) if context.region_is_flag() => vec![region],
        _ => Region::all().collect(),
    }
}

/// A route to the model from one source Region.
struct PageRoute<'c> {
    region: Region,
    candidate: Candidate<'c>,
    /// Whether `resolve` chooses this route.
    is_resolution: bool,
}

fn routes<'c>(model: FoundationModel<'c>, context: &'c Context, regions: &[Region]) -> Vec<PageRoute<'c>> {
    let route = |region: Region| {
        let request = context.resolve_request_from(Some(region));
        let resolved = resolver::resolve(model.id, &request, &context.catalog).ok();
        let candidates = context.catalog.routes(model.id, region.name).into_iter();
        candidates.map(move |candidate| PageRoute {
            region,
            candidate,
            is_resolution: resolved.as_ref().is_some_and(|resolution| resolution.id == candidate.id),
        })
    };
    let mut routes: Vec<_> = regions.iter().copied().flat_map(route).collect();
    routes.sort_by_key(|route| (route.region, route.candidate.routing));
    routes
}

impl PageRoute<'_> {
    fn to_json(&self) -> Value {
        json!({
            "region": self.region.name,
            "routing": self.candidate.routing.as_str(),
            "modelId": self.candidate.id,
            "destinationRegions": Destinations::from(self.candidate.destinations).names(),
            "invocable": self.candidate.invocable,
            "inferenceProfileStatus": self.candidate.status.as_str(),
            "isResolution": self.is_resolution,
        })
    }
}

struct Page<'c> {
    model: FoundationModel<'c>,
    routes: Vec<PageRoute<'c>>,
}

impl Page<'_> {
    fn to_json(&self) -> Value {
        let more = json!({
            "successorFoundationModelId": self.model.successor(),
            "endpoints": self.model.endpoints().collect::<Vec<_>>(),
            "mantleRegions": self.model.mantle_regions().collect::<Vec<_>>(),
            "usDollarsPerMillionTokens": self.model.prices().map(|(kind, dollars)| (kind.to_owned(), json!(dollars)))
                .collect::<serde_json::Map<_, _>>(),
            "routes": self.routes.iter().map(PageRoute::to_json).collect::<Vec<_>>(),
        });
        super::merged(model_to_json(self.model), more)
    }

    fn to_text(&self, context: &Context, width: Option<u16>) -> String {
        let line = |line: String, indent| match width {
            Some(width) => format!("{}\n", wrapped_hanging(&line, indent, width.into())),
            None => line + "\n",
        };
        let facts = facts(self.model, context).into_iter().filter(|(_, value)| !value.is_empty());
        let facts = facts.map(|(name, value)| line(format!("  {name:<15} {value}"), 18));
        let text: String = std::iter::once(format!("{}\n", self.model.id)).chain(facts).collect();
        if self.routes.is_empty() {
            return text + "\nno source Region is known from which bedrock-runtime can call it\n";
        }
        let mut notes = Vec::new();
        let rows: Vec<_> = self
            .routes
            .chunk_by(|route, next| route.region == next.region)
            .map(|routes| row(routes, &mut notes))
            .collect();
        let (matrix, _) = table::table(&COLUMNS, &rows, None);
        let notes = notes.iter().enumerate();
        let notes: Vec<_> = notes
            .map(|(index, (id, destinations))| line(format!("[{}] {id} → {destinations}", index + 1), 4))
            .collect();
        let star = if self.routes.iter().any(|route| route.is_resolution) {
            "*   what `bedrock-ask resolve` gives there\n"
        } else {
            ""
        };
        format!("{text}\n{matrix}\n{}{star}", notes.concat())
    }
}

/// Returns the row of one source Region in the matrix.
fn row<'c>(routes: &[PageRoute<'c>], notes: &mut Vec<(&'c str, Destinations)>) -> Vec<String> {
    let region = routes.first().map(|route| route.region.name.to_owned());
    let mut cell = |routing: Routing| {
        let of_kind = routes.iter().filter(|route| route.candidate.routing == routing);
        of_kind.map(|route| route.matrix_cell(notes)).collect::<Vec<_>>().join(", ")
    };
    // In the order of `COLUMNS`.
    vec![region.unwrap_or_default(), cell(Routing::Geographic), cell(Routing::InRegion), cell(Routing::Global)]
}

impl<'c> PageRoute<'c> {
    /// Returns the cell: the prefix, the number of the note about the destinations, and the lifecycle.
    fn matrix_cell(&self, notes: &mut Vec<(&'c str, Destinations)>) -> String {
        let Candidate { id, routing, destinations, invocable, status, .. } = self.candidate;
        let mark = if self.is_resolution { "*" } else { "" };
        if routing == Routing::InRegion {
            return format!("yes{mark}");
        }
        let note = (id, Destinations::from(destinations));
        let index = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
            notes.push(note);
            notes.len() - 1
        });
        let doubt = match status {
            ProfileStatus::Unverified => " (unverified)",
            _ if !invocable => " (gone)",
            _ => "",
        };
        format!("{}{mark} [{}]{doubt}", id.split('.').next().unwrap_or(id), index + 1)
    }
}

fn facts(model: FoundationModel<'_>, context: &Context) -> Vec<(&'static str, String)> {
    let words = |words: &mut dyn Iterator<Item = &str>| words.collect::<Vec<_>>().join(", ");
    let prices: Vec<_> =
        model.prices().map(|(kind, dollars)| format!("{} {dollars}", kind.replace('_', " "))).collect();
    let price = if prices.is_empty() {
        String::new()
    } else {
        format!("{} (US dollars per million tokens; third-party estimates)", prices.join(", "))
    };
    let end_of_life = model.end_of_life().map(|end| {
        let tense = if end.reached(context.today) { " (reached)" } else { "" };
        format!("{end}{tense}")
    });
    let tokens = |count: Option<u32>| count.map_or_else(String::new, |count| format!("{count} tokens"));
    vec![
        ("name", model.name().to_owned()),
        ("provider", model.provider().to_owned()),
        ("status", model.status().to_lowercase()),
        ("end of life", end_of_life.unwrap_or_default()),
        ("successor", model.successor().unwrap_or_default().to_owned()),
        ("input", kinds(model.input_modalities()).replace(',', ", ")),
        ("output", kinds(model.output_modalities()).replace(',', ", ")),
        ("streaming", if model.streaming() { "yes" } else { "no" }.to_owned()),
        ("context window", tokens(model.context_window())),
        ("max output", tokens(model.max_output())),
        ("price", price),
        ("endpoints", words(&mut model.endpoints())),
        ("bedrock-mantle", words(&mut model.mantle_regions())),
    ]
}
