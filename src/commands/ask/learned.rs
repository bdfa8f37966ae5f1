//! Loads and saves what earlier calls learned: IDs that work, parameters that a model refuses.

use super::exchange::Exchange;
use crate::cache::LearnedId;
use crate::output::Output;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Rule, Severity};
use bedrock_ask::model::resolver::Geography;
use bedrock_ask::model::routing::Routing;

impl Exchange<'_> {
    /// Replaces an ID that did not work by the one that worked last, and leaves out the parameters that it rejects.
    pub fn apply_learned(&mut self, output: &mut Output) {
        let context = self.context;
        let Some(region) = self.resolution.source_region.filter(|_| self.repairs()) else { return };
        let learned = context.cache.learned_id(region.name, &self.resolution.input, context.now);
        if let Some(known) = learned.filter(|known| self.is_usable(known, region)) {
            if self.resolution.rule == Rule::Predicted {
                // An ID that worked is not a prediction any more.
                self.resolution.notices.retain(|notice| notice.severity != Severity::Warning);
            }
            let replaced = format!("`{}` worked before in place of `{}`", known.id, self.resolution.id);
            output.note(&format!("{replaced}; using it again"));
            self.use_id(known.id, output);
            self.origin = Some(format!("{replaced} (from the cache)"));
        }
        for fix in context.cache.fixes(region.name, &self.resolution.id, context.now) {
            if let Some(schema) = self.form.schema()
                && let Some(change) = schema.apply(&fix)
            {
                // Nothing that was asked for is left out.
                output.debug(&format!("`{}` {change}", self.resolution.id));
                schema.forget_refusals();
            } else if let Some(change) = self.apply_fix(fix) {
                self.report_change(&change, output);
            }
        }
    }

    /// Whether an ID from the cache is an ID of the same model, within the routing and the geography that were typed. The
    /// cache is a file that anybody may have written.
    fn is_usable(&self, known: &LearnedId, region: Region) -> bool {
        let catalog = &self.context.catalog;
        let Some(model) = self.resolution.model.as_deref() else { return false };
        let request = self.context.resolve_request_from(Some(region));
        let is_same_model = match known.id.strip_suffix(model).map(|prefix| prefix.strip_suffix('.')) {
            Some(Some(prefix)) => catalog.prefix(prefix).is_some(),
            Some(None) => known.id == model,
            None => false,
        };
        known.id != self.resolution.id
            && is_same_model
            && request.routing.allows(Routing::from_id(&known.id, Some(model)))
            && Geography::of_input(&self.resolution.input, &request, catalog)
                .is_none_or(|geography| geography.contains_id(&known.id, model, region.name, catalog))
    }

    /// Saves what this exchange learned: the ID that worked in place of another, and the parameters that it refused.
    pub fn save_learned(&self, replaced: bool, output: &mut Output) {
        let context = self.context;
        let Some(region) = self.resolution.source_region else { return };
        let mut results = Vec::new();
        if replaced {
            let id = self.resolution.id.clone();
            let routing = Routing::from_id(&id, self.resolution.model.as_deref());
            let learned = LearnedId { id, routing };
            results.push(context.cache.save_learned_id(region.name, &self.resolution.input, &learned, context.now));
        }
        for fix in &self.fixes.learned {
            results.push(context.cache.save_fix(region.name, &self.resolution.id, fix, context.now));
        }
        for error in results.into_iter().filter_map(Result::err) {
            output.debug(&format!("what was learned from this call is not cached: {error}"));
        }
    }
}
