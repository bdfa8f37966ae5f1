//! Merges the lists of AWS for some Regions into the facts of the built-in catalog. Facts that the lists do not contain
//! are kept: prices, limits, successors, other Regions. The same lists give the same facts.

use std::collections::{BTreeMap, BTreeSet};

use super::ProfileStatus;
use super::facts::{Facts, ModelFacts, ProfileFacts};
use super::layer::{AS_OF, READ};
use super::live;
use crate::model::date::Date;
use crate::model::listing::Listing;

/// The facts about a new model that are copied from AWS's lists.
const DESCRIPTIONS: [&str; 5] = ["provider", "name", "input", "output", "streaming"];

/// The values of a profile's status.
const CURRENT: &str = ProfileStatus::Current.as_str();
const MODEL_ENDED: &str = ProfileStatus::ModelEnded.as_str();
const RETIRED: &str = ProfileStatus::Retired.as_str();

/// The facts that each Region lists, by its name.
type Lists = BTreeMap<String, Facts>;

impl Facts {
    /// Updates the facts for the Regions of `listings`: routes and status of profiles, Regions and lifecycle of models.
    pub fn merge(&mut self, listings: &[Listing], as_of: Date) {
        let lists: Lists = listings.iter().map(|list| (list.region.clone(), live::facts(list))).collect();
        for (region, listed) in &lists {
            for (id, model) in &listed.models {
                self.models.entry(id.clone()).or_insert_with(new_model).merge_listing(model, region);
            }
        }
        for (id, model) in &mut self.models {
            let was_served = model.is_served();
            model.drop_routes(id, &lists);
            model.merge_on_demand(id, &lists);
            model.merge_lifecycle(id, &lists, was_served);
        }
        self.keep_dates(&lists, as_of);
        for head in [&mut self.head, &mut self.lists_head].into_iter().filter_map(|head| head.first_mut()) {
            *head = format!("{AS_OF}{as_of}");
        }
    }

    /// Names the Regions that were not read now, each with the day on which it was: the first line's date is not theirs.
    fn keep_dates(&mut self, lists: &Lists, as_of: Date) {
        let as_of = as_of.to_string();
        let before = self.head.first().and_then(|line| line.strip_prefix(AS_OF)).unwrap_or(&as_of).to_owned();
        let known = self.head.iter().filter_map(|line| line.strip_prefix(READ)?.split_once(' '));
        let known: BTreeMap<&str, &str> =
            known.flat_map(|(date, regions)| regions.split(' ').map(move |region| (region, date))).collect();
        let mut earlier: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let routes = self.models.values().flat_map(|model| model.profiles.values()).flat_map(|profile| &profile.routes);
        let on_demand = self.models.values().filter_map(|model| model.facts.get("on-demand"));
        let regions = routes.map(|(source, _)| source.as_str()).chain(on_demand.flat_map(|line| line.split(' ')));
        for region in regions.filter(|region| *region != "?" && !lists.contains_key(*region)) {
            let date = known.get(region).copied().unwrap_or(&before);
            earlier.entry(date).or_default().insert(region);
        }
        earlier.remove(as_of.as_str());
        let lines: Vec<_> = earlier
            .into_iter()
            .map(|(date, regions)| format!("{READ}{date} {}", regions.into_iter().collect::<Vec<_>>().join(" ")))
            .collect();
        self.head.retain(|line| !line.starts_with(READ));
        let below_date = self.head.len().min(1);
        self.head.splice(below_date..below_date, lines);
    }

    /// Returns the text of `prefixes.txt`: the comments of the `old` text, then each prefix with the number of models
    /// that have it.
    pub fn prefixes(&self, old: &str, as_of: Date, partition: impl Fn(&str) -> &'static str) -> String {
        let mut counts: BTreeMap<&str, BTreeMap<&str, u32>> = BTreeMap::new();
        for (id, profile) in self.models.values().flat_map(|model| &model.profiles) {
            let invocable = profile.routes.iter().filter(|(_, route)| route.invocable && profile.status == CURRENT);
            for (source, _) in invocable {
                *counts.entry(id.split('.').next().unwrap_or_default()).or_default().entry(source).or_default() += 1;
            }
        }
        let comments = old.lines().skip(1).take_while(|line| line.starts_with('#'));
        let head = comments.fold(format!("{AS_OF}{as_of}\n"), |text, line| text + line + "\n");
        counts.into_iter().fold(head, |text, (prefix, sources)| {
            let kind = if prefix == "global" { "global" } else { "geographic" };
            let partition = sources.keys().next().map_or("aws", |source| partition(source));
            let sources: Vec<_> = sources.into_iter().map(|(source, count)| format!("{source}={count}")).collect();
            text + &format!("{prefix} {kind} {partition} {}\n", sources.join(" "))
        })
    }
}

/// Returns the facts of a new model. The bedrock-runtime endpoint serves every model that AWS lists.
fn new_model() -> ModelFacts {
    let facts = BTreeMap::from([("endpoints".to_owned(), "bedrock-runtime".to_owned())]);
    ModelFacts { facts, profiles: BTreeMap::new() }
}

impl ModelFacts {
    /// Adds the facts that one Region lists about the model and its profiles.
    fn merge_listing(&mut self, listed: &Self, region: &str) {
        for key in DESCRIPTIONS {
            if let (Some(value), false) = (listed.facts.get(key), self.facts.contains_key(key)) {
                self.facts.insert(key.to_owned(), value.clone());
            }
        }
        for (id, listed) in &listed.profiles {
            let profile = self
                .profiles
                .entry(id.clone())
                .or_insert_with(|| ProfileFacts { routes: BTreeMap::new(), ..listed.clone() });
            profile.routes.extend(listed.routes.iter().map(|(source, route)| (source.clone(), route.clone())));
            "captured".clone_into(&mut profile.confidence);
            if profile.name == "-" {
                profile.name.clone_from(&listed.name);
            }
            debug_assert!(profile.routes.contains_key(region));
        }
    }

    fn is_served(&self) -> bool {
        let on_demand = self.on_demand();
        on_demand.iter().any(|region| *region != "?") || self.profiles.values().any(ProfileFacts::is_invocable)
    }

    fn on_demand(&self) -> BTreeSet<String> {
        let regions = self.facts.get("on-demand").map_or("", String::as_str).split(' ');
        regions.filter(|region| !region.is_empty()).map(str::to_owned).collect()
    }

    /// Removes the routes that AWS no longer lists, and updates the status of each profile.
    fn drop_routes(&mut self, model: &str, lists: &Lists) {
        for (id, profile) in &mut self.profiles {
            let lists_profile =
                |listed: &Facts| listed.models.get(model).is_some_and(|listed| listed.profiles.contains_key(id));
            let before = profile.routes.clone();
            profile.routes.retain(|source, route| match lists.get(source) {
                Some(listed) if !lists_profile(listed) && is_listed(model, listed) => !route.invocable,
                Some(listed) if !lists_profile(listed) => {
                    route.invocable = false;
                    true
                }
                _ => true,
            });
            let is_gone_everywhere = before.keys().all(|source| lists.contains_key(source));
            let status = match profile.status.as_str() {
                _ if profile.is_invocable() => CURRENT,
                _ if lists.values().any(lists_profile) => MODEL_ENDED,
                CURRENT | MODEL_ENDED if is_gone_everywhere => RETIRED,
                _ => continue,
            };
            if status == RETIRED {
                // The routes are kept as not invocable, so that the old ID can be explained.
                profile.routes = before;
                profile.routes.values_mut().for_each(|route| route.invocable = false);
            }
            status.clone_into(&mut profile.status);
        }
    }

    /// Updates the Regions where the plain ID works on demand. AWS also lists models of the bedrock-mantle endpoint
    /// there, which do not.
    fn merge_on_demand(&mut self, model: &str, lists: &Lists) {
        if self.facts.get("endpoints").is_some_and(|endpoints| endpoints == "bedrock-mantle") {
            return;
        }
        let mut regions = self.on_demand();
        for (region, listed) in lists {
            let is_on_demand = listed.models.get(model).is_some_and(|listed| listed.facts.contains_key("on-demand"));
            if is_on_demand {
                regions.insert(region.clone())
            } else {
                regions.remove(region)
            };
        }
        let line = regions.into_iter().collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            self.facts.remove("on-demand");
        } else {
            self.facts.insert("on-demand".to_owned(), line);
        }
    }

    /// Updates the lifecycle: the most active status and the latest end-of-life date of all Regions; `EOL` if no Region
    /// serves the model any more.
    fn merge_lifecycle(&mut self, model: &str, lists: &Lists, was_served: bool) {
        let listed: Vec<_> = lists.values().filter_map(|listed| listed.models.get(model)).collect();
        let status = listed
            .iter()
            .filter_map(|listed| listed.facts.get("status"))
            .min_by_key(|word| (*word != "ACTIVE", (*word).clone()));
        if let Some(status) = status {
            self.facts.insert("status".to_owned(), status.clone());
        } else if !lists.values().any(|listed| is_listed(model, listed)) && was_served && !self.is_served() {
            self.facts.insert("status".to_owned(), "EOL".to_owned());
        }
        let day = |end: &String| end.split(' ').next().unwrap_or_default().to_owned();
        if let Some(end) = listed.iter().filter_map(|listed| listed.facts.get("end-of-life")).max()
            && self.facts.get("end-of-life").map(day) != Some(day(end))
        {
            self.facts.insert("end-of-life".to_owned(), end.clone());
        }
    }
}

impl ProfileFacts {
    fn is_invocable(&self) -> bool {
        self.routes.values().any(|route| route.invocable)
    }
}

/// Whether a Region lists the model itself, and not only profiles of it.
fn is_listed(model: &str, listed: &Facts) -> bool {
    listed.models.get(model).is_some_and(|listed| !listed.facts.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::frozen;
    use super::super::live::tests::{model, profile};
    use super::super::tests::catalog;
    use super::super::{DESTINATIONS, FOUNDATION_MODELS};
    use super::*;
    use crate::model::listing::{ListedModel, ListedProfile};
    use crate::model::region::Region;

    const DAY: Date = Date { year: 2026, month: 12, day: 1 };
    const SONNET: &str = "anthropic.claude-sonnet-4-6";

    fn facts() -> Facts {
        let (models, lists) = frozen();
        Facts::read(&models, &lists).unwrap()
    }

    /// Returns the lists that AWS would return for a Region if the frozen catalog were true.
    fn as_frozen(region: &str) -> Listing {
        let (catalog, facts) = (catalog(), facts());
        let (mut profiles, mut models) = (Vec::new(), Vec::new());
        for known in catalog.foundation_models() {
            let routes: Vec<_> = catalog.routes(known.id, region).into_iter().filter(|route| route.invocable).collect();
            if !routes.is_empty() {
                let on_demand = routes.iter().any(|route| route.id == known.id);
                let through_profile = routes.iter().any(|route| route.id != known.id);
                let types = [(on_demand, "ON_DEMAND"), (through_profile, "INFERENCE_PROFILE")];
                let types: Vec<_> = types.into_iter().filter_map(|(is, kind)| is.then_some(kind)).collect();
                let end_of_life = known.end_of_life().filter(|end| end.date.day > 0).map(|end| end.date);
                let lifecycle_status = Some(known.status().to_owned());
                models.push(ListedModel { lifecycle_status, end_of_life, ..model(known.id, &types) });
            }
            for listed in known.inference_profiles() {
                let Some(route) = listed.routes().find(|route| route.sources().any(|source| source == region)) else {
                    continue;
                };
                let destinations: Vec<_> = route.destinations().regions().collect();
                let anywhere = listed.id.starts_with("global.");
                if listed.status != ProfileStatus::Retired && listed.status != ProfileStatus::Unverified {
                    let name = facts.models[known.id].profiles[listed.id].name.replace('-', "");
                    let listed = profile(listed.id, known.id, if anywhere { &[""] } else { &destinations });
                    profiles.push(ListedProfile { name, ..listed });
                }
            }
        }
        Listing { region: region.to_owned(), profiles, models }
    }

    /// Returns the lines that a merge adds to and removes from the text of the models.
    fn changes(listings: &[Listing]) -> Vec<String> {
        let mut facts = facts();
        facts.merge(listings, DAY);
        let (models, _) = facts.write();
        let lines = |text: &str| -> Vec<String> {
            let mut owner = "";
            let mut all = Vec::new();
            for line in text.lines() {
                if !line.starts_with(' ') {
                    owner = line;
                } else if let Some(profile) = line.strip_prefix("  profile ") {
                    owner = profile.split(' ').next().unwrap_or_default();
                }
                all.push(format!("{owner}|{line}"));
            }
            all
        };
        let (old, new) = (lines(&frozen().0), lines(&models));
        let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
        let added = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
        gone.chain(added).map(|line| line.replace("|  ", "|")).collect()
    }

    #[test]
    fn lists_that_say_what_the_built_in_catalog_says_change_the_date_alone() {
        let listings: Vec<_> = ["us-east-1", "eu-west-2", "ap-northeast-1", "il-central-1"].map(as_frozen).into();
        let changes = changes(&listings);
        let [date_before, date, others] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!(date_before, "- # as of 2026-10-27|# as of 2026-10-27");
        assert_eq!(date, "+ # as of 2026-12-01|# as of 2026-12-01");
        assert!(others.contains("|# read 2026-10-27 af-south-1 ") && !others.contains("us-east-1 "), "{others}");
    }

    #[test]
    fn a_region_that_was_not_read_keeps_its_date() {
        let mut facts = facts();
        facts.merge(&[as_frozen("us-east-1")], DAY);
        facts.merge(&[as_frozen("eu-west-1")], Date { day: 2, ..DAY });
        let (models, lists) = facts.write();
        let text = format!(
            "# bedrock-ask catalog 1\n# as of 2026-12-02\n# destination lists\n{lists}\n# foundation models\n{models}"
        );
        let catalog = super::super::Catalog::from_text(&text, "merged").unwrap();
        let again = super::super::Catalog::from_text(&catalog.to_text(), "again").unwrap();
        for catalog in [catalog, again] {
            let date = |region: &str| catalog.as_of(region).1.to_string();
            let dates = ["eu-west-1", "us-east-1", "me-south-1"].map(date);
            assert_eq!(dates, ["2026-12-02", "2026-12-01", "2026-10-27"]);
        }
    }

    #[test]
    fn merging_twice_is_merging_once_and_the_order_is_nothing() {
        let mut listings: Vec<_> = ["us-east-1", "eu-west-2"].map(as_frozen).into();
        listings[0].profiles.truncate(3);
        let mut once = facts();
        once.merge(&listings, DAY);
        let mut twice = once.clone();
        twice.merge(&listings, DAY);
        listings.reverse();
        let mut turned = facts();
        turned.merge(&listings, DAY);
        assert_eq!(once.write(), twice.write());
        assert_eq!(once.write(), turned.write());
    }

    fn without(mut listing: Listing, profile: &str) -> Listing {
        listing.profiles.retain(|listed: &ListedProfile| listed.id != profile);
        listing
    }

    #[test]
    fn a_route_that_is_gone_from_one_region_stays_in_those_that_were_not_read() {
        let changed = changes(&[without(as_frozen("us-east-1"), "us.anthropic.claude-sonnet-4-6")]);
        let routes: Vec<_> = changed.iter().filter(|line| line.contains("us.anthropic.claude-sonnet-4-6|")).collect();
        assert!(
            routes
                .iter()
                .any(|line| line.starts_with('+') && line.contains("us-east-2") && !line.contains("us-east-1 "))
        );
        assert!(!changed.iter().any(|line| line.contains("profile")), "{changed:?}");
    }

    #[test]
    fn a_profile_that_is_gone_from_every_source_region_is_retired_and_can_still_be_explained() {
        let listings = ["ap-northeast-1", "ap-northeast-3"].map(as_frozen);
        let mut facts = facts();
        facts.merge(&listings.map(|listing| without(listing, "jp.anthropic.claude-sonnet-4-6")), DAY);
        let retired = &facts.models[SONNET].profiles["jp.anthropic.claude-sonnet-4-6"];
        assert_eq!(retired.status, "retired");
        assert!(!retired.routes.is_empty() && retired.routes.values().all(|route| !route.invocable));
        assert_eq!(facts.models[SONNET].facts["status"], "ACTIVE");
    }

    #[test]
    fn a_new_model_gets_its_block_and_what_is_known_of_old_ones_stays() {
        let mut listing = as_frozen("us-east-1");
        listing.models.push(model("newcomer.chat-2", &["INFERENCE_PROFILE"]));
        listing.profiles.push(profile("us.newcomer.chat-2", "newcomer.chat-2", &["us-east-1", "us-west-1"]));
        let added: Vec<_> = changes(&[listing]).into_iter().filter(|line| !line.contains("|# ")).collect();
        insta::assert_snapshot!(added.join("\n"), @r"
        + newcomer.chat-2|newcomer.chat-2
        + newcomer.chat-2|provider Newcomer
        + newcomer.chat-2|name A Model
        + newcomer.chat-2|status ACTIVE
        + newcomer.chat-2|endpoints bedrock-runtime
        + newcomer.chat-2|input IMAGE TEXT
        + newcomer.chat-2|output TEXT
        + newcomer.chat-2|streaming yes
        + us.newcomer.chat-2|profile us.newcomer.chat-2 current captured Profile us.newcomer.chat-2
        + us.newcomer.chat-2|  route us.g us-east-1
        ");
    }

    #[test]
    fn a_model_that_no_list_has_any_more_is_at_its_end_of_life() {
        let (catalog, facts_before) = (catalog(), facts());
        let only_there = catalog
            .foundation_models()
            .find(|known| known.on_demand_regions().eq(["us-east-1"]) && known.inference_profiles().count() == 0)
            .unwrap();
        let mut listing = as_frozen("us-east-1");
        listing.models.retain(|listed| listed.id != only_there.id);
        let mut facts = facts();
        facts.merge(&[listing], DAY);
        let ended = &facts.models[only_there.id].facts;
        assert_eq!((ended["status"].as_str(), ended.get("on-demand")), ("EOL", None));
        assert_eq!(ended.get("price"), facts_before.models[only_there.id].facts.get("price"));
    }

    #[test]
    fn the_table_of_prefixes_follows_from_the_facts() {
        let old = include_str!("prefixes.txt");
        let partition = |region: &str| Region::named(region).map_or("aws", |region| region.partition);
        let as_of = Date { year: 2026, month: 10, day: 27 };
        assert_eq!(
            Facts::read(FOUNDATION_MODELS, DESTINATIONS)
                .unwrap()
                .prefixes(old, as_of, partition)
                .replace("2026-10-27", ""),
            {
                let (_, rest) = old.split_once('\n').unwrap();
                format!("# as of \n{rest}")
            }
        );
    }
}
