//! `bedrock-ask regions`: lists the AWS Regions with what is known of Bedrock in each. Offline.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::{Value, json};

use crate::commands::table::{self, Column};
use crate::commands::{ALLOW_HTTP, CommandArgs, NO_REPAIR, OfflineCommand, REPAIR, ROUTING, STRICT, TIMEOUT, catalog};
use crate::config::value::FormatFlag;
use crate::context::{Context, LiveCatalogs, SourceRegions};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::routing::Routing;

/// List the Regions, with the number of models that can be invoked from each
#[derive(Clone, Debug, Default, Args)]
#[command(after_long_help = FORMS)]
pub struct RegionsArgs {}

const FORMS: &str = "\
The Regions are those of the partition of the source Region, or of `aws` where none is set; `--region all` lists those of
every partition.

Into a pipe it is one Region a line, without a header, separated by tabs:
  name, title, partition, whether Bedrock has an endpoint there (yes, no), the routing and the prefix of most inference
  profiles there, the number of models that can be called from there (blank if the catalog knows none of the partition)";

/// The columns of the list, with the weight that decides which are left out first.
const COLUMNS: [Column; 7] = [
    Column::new("REGION", false, 7),
    Column::new("TITLE", false, 4),
    Column::new("PARTITION", false, 2),
    Column::new("ENDPOINT", false, 3),
    Column::new("ROUTING", false, 1),
    Column::new("PREFIX", false, 5),
    Column::new("MODELS", true, 6),
];

impl CommandArgs for RegionsArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        vec![ROUTING, STRICT, REPAIR, NO_REPAIR, ALLOW_HTTP, TIMEOUT]
    }

    fn live_catalogs(&self) -> LiveCatalogs {
        LiveCatalogs::OfEveryRegion
    }
}

impl OfflineCommand for RegionsArgs {
    fn run(self, context: &Context, output: &mut Output) -> Result<ExitCode, Error> {
        let partitions = partitions(context);
        let regions = Region::all().filter(|region| partitions.contains(region.partition));
        let rows: Vec<_> = regions.map(|region| RegionRow::new(region, context)).collect();
        if context.format == FormatFlag::Json {
            rows.iter().try_for_each(|row| output.json(&row.to_json()))?;
            return Ok(ExitCode::Success);
        }
        let cells: Vec<_> = rows.iter().map(RegionRow::cells).collect();
        let left_out = table::print(&COLUMNS, &cells, output)?;
        table::note_hidden(&left_out, "`--format json` has all", output);
        Ok(ExitCode::Success)
    }
}

/// Returns the partitions of the source Regions, or all of them for `--region all`.
fn partitions(context: &Context) -> BTreeSet<&'static str> {
    match context.source_regions() {
        SourceRegions::All => Region::all().map(|region| region.partition).collect(),
        SourceRegions::Listed(regions) => regions.iter().map(|region| region.partition).collect(),
        SourceRegions::Settings => {
            BTreeSet::from([context.settings.region.value.map_or("aws", |region| region.partition)])
        }
    }
}

struct RegionRow {
    region: Region,
    /// The kind of routing and the prefix of most inference profiles there, if they are known.
    usual: Option<(Routing, String)>,
    /// The number of models that can be invoked from there; `None` if nothing is known of the models there.
    models: Option<usize>,
}

impl RegionRow {
    fn new(region: Region, context: &Context) -> Self {
        let usual = match region.usual_prefix {
            Some(prefix) => Some((Routing::Geographic, format!("{prefix}."))),
            // Global inference profiles are of this partition alone.
            None if region.has_endpoint && region.partition == "aws" => Some((Routing::Global, "global.".to_owned())),
            None => None,
        };
        let [models, ..] = catalog::counts(&context.catalog, region);
        Self { region, usual, models: Some(models).filter(|count| *count > 0 || !region.has_endpoint) }
    }

    fn cells(&self) -> Vec<String> {
        let Region { name, title, partition, has_endpoint, .. } = self.region;
        let (routing, prefix) = match &self.usual {
            Some((routing, prefix)) => (routing.as_str(), &**prefix),
            None => ("", ""),
        };
        let endpoint = if has_endpoint { "yes" } else { "no" };
        let models = self.models.map(|count| count.to_string()).unwrap_or_default();
        [name, title, partition, endpoint, routing, prefix, &models].map(str::to_owned).to_vec()
    }

    fn to_json(&self) -> Value {
        let Region { name, title, partition, has_endpoint, .. } = self.region;
        json!({
            "region": name,
            "title": title,
            "partition": partition,
            "hasEndpoint": has_endpoint,
            "usualRouting": self.usual.as_ref().map(|(routing, _)| routing.as_str()),
            "usualPrefix": self.usual.as_ref().map(|(_, prefix)| prefix),
            "modelCount": self.models,
        })
    }
}
