//! `bedrock-ask models`: lists the models that can be invoked from a source Region, and shows the page of one model.
//! Offline.

mod page;
mod row;

use std::collections::BTreeMap;

use clap::Args;
use serde_json::Value;

use crate::commands::{ALLOW_HTTP, CommandArgs, OfflineCommand, TIMEOUT, table};
use crate::config::value::FormatFlag;
use crate::context::{Context, LiveCatalogs, SourceRegions};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::catalog::FoundationModel;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{ResolveErrorKind, ResolveRequest, Rule};
use bedrock_ask::model::resolver::CatalogIndex;
use row::ModelRow;

/// List the models that can be invoked from the source Region, or show one model
#[derive(Clone, Debug, Default, Args)]
#[command(after_long_help = FORMS)]
pub struct ModelsArgs {
    /// Show the facts about this model, and the ID to invoke from each Region; short names work too
    #[arg(value_name = "MODEL", conflicts_with_all = ["provider", "modality", "search", "legacy", "any"])]
    pub model: Option<String>,
    /// Read from AWS first which models the account can invoke from the Region
    #[arg(long)]
    pub live: bool,
    /// Only models of this provider
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Only models that take or give this kind of content, also those that give it and cannot chat
    #[arg(long, value_name = "KIND", ignore_case = true, value_parser = MODALITIES)]
    modality: Option<String>,
    /// Only models in whose ID, name or provider each of these words is
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Also models that are legacy, or at or past their end of life
    #[arg(long)]
    legacy: bool,
    /// Also models that cannot chat
    #[arg(long)]
    any: bool,
}

const MODALITIES: [&str; 6] = ["text", "image", "video", "speech", "audio", "embedding"];

const FORMS: &str = "\
The ID is the one that `bedrock-ask resolve` gives for the model: `--routing` decides among several.
Prices are US dollars per million tokens, of the kind of routing where it has its own: third-party estimates.

On a terminal the list is a table as wide as it. Into a pipe it is one model a line, without a header, separated by tabs:
  the source Region where several were asked for, the ID to call, routing, provider, name, input, output, streaming,
  context window, price of input, price of output, status, end of life, what to call for its successor";

/// The columns of the list, with the weight that decides which are left out first.
const COLUMNS: [table::Column; 14] = [
    column("REGION", 13),
    column("ID", 14),
    column("ROUTING", 8),
    column("PROVIDER", 4),
    column("NAME", 10).shrinking_to(8),
    column("INPUT", 5),
    column("OUTPUT", 3),
    column("STREAMING", 1),
    number("CONTEXT", 9),
    number("$ INPUT", 12),
    number("$ OUTPUT", 11),
    column("STATUS", 2),
    column("END OF LIFE", 7),
    column("SUCCESSOR", 6),
];

const fn column(title: &'static str, weight: u8) -> table::Column {
    table::Column::new(title, false, weight)
}

const fn number(title: &'static str, weight: u8) -> table::Column {
    table::Column::new(title, true, weight)
}

impl CommandArgs for ModelsArgs {
    const FORMATS: &'static [FormatFlag] = &[FormatFlag::Text, FormatFlag::Json, FormatFlag::Csv];

    fn unused_flags(&self) -> Vec<&'static str> {
        if self.live { Vec::new() } else { vec![ALLOW_HTTP, TIMEOUT] }
    }

    fn live_catalogs(&self) -> LiveCatalogs {
        LiveCatalogs::OfSourceRegions(self.model.iter().cloned().collect())
    }

    fn wants_live_catalog(&self) -> bool {
        self.live
    }
}

impl OfflineCommand for ModelsArgs {
    /// Lists the models, or shows the page of one.
    fn run(self, context: &Context, output: &mut Output) -> Result<ExitCode, Error> {
        if let Some(model) = &self.model {
            return page::show(model, context, output);
        }
        self.check_provider(context)?;
        let with_region = *context.source_regions() != SourceRegions::Settings;
        let regions: Vec<_> = match context.source_regions() {
            SourceRegions::Settings => vec![context.settings.region.value],
            SourceRegions::Listed(regions) => regions.iter().copied().map(Some).collect(),
            SourceRegions::All => Region::all().filter(|region| region.has_endpoint).map(Some).collect(),
        };
        let rows = self.rows(&regions, context)?;
        match context.format {
            FormatFlag::Json => rows.iter().try_for_each(|row| output.json(&row.to_json()))?,
            FormatFlag::Csv => output.text(&as_csv(&row::CSV, rows.iter().map(ModelRow::to_json))?)?,
            _ => print(&rows, with_region, output)?,
        }
        if rows.is_empty() {
            let wider = Self { legacy: true, any: true, ..self }.rows(&regions, context)?;
            output.note(&match wider.len() {
                0 => "no model that can be invoked from here matches".to_owned(),
                1 => "no such model; `--any --legacy` shows one".to_owned(),
                count => format!("no such model; `--any --legacy` shows {count}"),
            });
        }
        Ok(ExitCode::Success)
    }
}

impl ModelsArgs {
    /// Returns the models that can be invoked from each of these Regions, by provider, then by model.
    fn rows<'c>(&self, regions: &[Option<Region>], context: &'c Context) -> Result<Vec<ModelRow<'c>>, Error> {
        let mut models: Vec<_> =
            context.catalog.foundation_models().filter(|model| self.is_selected(*model, context)).collect();
        models.sort_by_cached_key(|model| (model.provider().to_lowercase(), model.id));
        // A user's own name for a model must not hide the model itself.
        let aliases = BTreeMap::new();
        let index = CatalogIndex::new(&context.catalog);
        let mut rows = Vec::new();
        for region in regions {
            let request = ResolveRequest {
                region_by_flag: context.region_is_flag(),
                aliases: &aliases,
                ..context.resolve_request_from(*region)
            };
            for model in &models {
                match index.resolve(model.id, &request) {
                    Ok(resolution) if resolution.rule == Rule::EndOfLife && !self.legacy => {}
                    Ok(resolution) => rows.push(ModelRow::new(*model, resolution, &request, &context.catalog)),
                    Err(refusal) if refusal.kind == ResolveErrorKind::Usage => return Err(refusal.into()),
                    Err(_) => {}
                }
            }
        }
        if let Some(words) = &self.search {
            let words: Vec<_> = words.split_whitespace().map(str::to_lowercase).collect();
            rows.retain(|row| row.has_words(&words));
        }
        Ok(rows)
    }

    /// Whether the flags select this model, whatever the Region.
    fn is_selected(&self, model: FoundationModel<'_>, context: &Context) -> bool {
        let ends = model.is_past_end_of_life(context.today) || model.status() == "LEGACY";
        let modality = self.modality.as_deref();
        let is_wanted = |kind: &str| modality.is_some_and(|wanted| kind.eq_ignore_ascii_case(wanted));
        let gives = model.output_modalities().any(is_wanted);
        let takes = model.input_modalities().any(is_wanted);
        // `--modality image` means image generators, although they cannot chat.
        let chats = self.any || model.can_chat() || (gives && !is_wanted("text"));
        let provider = self.provider.as_deref().is_none_or(|name| has_provider(model, name));
        (self.legacy || !ends) && chats && provider && (modality.is_none() || gives || takes)
    }

    fn check_provider(&self, context: &Context) -> Result<(), Error> {
        let Some(name) = &self.provider else { return Ok(()) };
        if context.catalog.foundation_models().any(|model| has_provider(model, name)) {
            return Ok(());
        }
        let mut providers: Vec<_> = context.catalog.foundation_models().map(FoundationModel::provider).collect();
        providers.sort_unstable();
        providers.dedup();
        Err(Error::usage(format!("no model is `{name}`'s")).hint(format!("the providers: {}", providers.join(", "))))
    }
}

/// Whether a model is this provider's. Accepts names such as `mistral` and `Mistral AI`, and the prefix of its IDs.
fn has_provider(model: FoundationModel<'_>, name: &str) -> bool {
    let name = name.trim().to_lowercase();
    let publisher = model.id.split('.').next().unwrap_or_default();
    publisher == name
        || model.provider().to_lowercase() == name
        || model.provider().to_lowercase().starts_with(&format!("{name} "))
}

/// Prints a table on a terminal, and tab-separated lines elsewhere.
fn print(rows: &[ModelRow<'_>], with_region: bool, output: &mut Output) -> Result<(), Error> {
    let columns = if with_region { &COLUMNS[..] } else { &COLUMNS[1..] };
    let cells: Vec<_> = rows.iter().map(|row| row.cells().split_off(usize::from(!with_region))).collect();
    let without = table::print(columns, &cells, output)?;
    if output.is_terminal() && !rows.is_empty() {
        output.note("prices are US dollars per million tokens: third-party estimates");
    }
    table::note_hidden(&without, "`--format json` and `--format csv` have all", output);
    Ok(())
}

/// Returns an object with the members of both.
fn merged(mut object: Value, more: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (object.as_object_mut(), more) {
        members.extend(more);
    }
    object
}

/// Returns a field that no spreadsheet takes for a formula.
fn without_formula(field: String) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}") } else { field }
}

/// Returns a value of JSON as a field: the members of a list are separated by spaces, and null is empty.
fn field(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().map(|item| field(Some(item))).collect::<Vec<_>>().join(" "),
        // A price of 3 is written as `3`, not as `3.0`.
        Some(Value::Number(number)) => number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string()),
        Some(other) => other.to_string(),
    }
}

/// A column of comma-separated values: its name, and the JSON Pointer of its values.
type CsvColumn = (&'static str, &'static str);

/// Returns comma-separated values under a header.
fn as_csv(columns: &[CsvColumn], objects: impl Iterator<Item = Value>) -> Result<String, Error> {
    let cannot =
        |error: &dyn std::error::Error| Error::new(ExitCode::Failure, "cannot write CSV").cause(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|(name, _)| name)).map_err(|error| cannot(&error))?;
    for object in objects {
        let fields = columns.iter().map(|(_, pointer)| without_formula(field(object.pointer(pointer))));
        writer.write_record(fields).map_err(|error| cannot(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| cannot(&error))?;
    String::from_utf8(bytes).map_err(|error| cannot(&error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_field_of_csv_is_a_formula() {
        let row = json!(["=cmd|' /C calc'!A0", "+1", "-1", "@x", "a=b"]);
        let columns = [("a", "/0"), ("b", "/1"), ("c", "/2"), ("d", "/3"), ("e", "/4")];
        let csv = as_csv(&columns, std::iter::once(row)).unwrap();
        assert_eq!(csv, "a,b,c,d,e\n'=cmd|' /C calc'!A0,'+1,'-1,'@x,a=b\n");
    }
}
