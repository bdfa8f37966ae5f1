//! Loads and saves what earlier calls learned: IDs that work, parameters that a model refuses.

use super::exchange::Exchange;
use crate::cache::LearnedId;
use crate::output::Output;
use bedrock_ask::model::resolution::Rule;
use bedrock_ask::model::routing::Routing;

impl Exchange<'_> {
    /// Replaces an ID that did not work by the one that worked last, and leaves out the parameters that it rejects.
    pub fn apply_learned(&mut self, output: &mut Output) {
        let context = self.context;
        let Some(region) = self.resolution.source_region.filter(|_| context.repairs()) else { return };
        let learned = context.cache.learned_id(region.name, &self.resolution.input, context.now);
        let usable =
            |known: &LearnedId| context.settings.routing.value.allows(known.routing) && known.id != self.resolution.id;
        if let Some(known) = learned.filter(usable) {
            if self.resolution.rule == Rule::Predicted {
                // An ID that worked is not a prediction any more.
                self.resolution.notices.retain(|notice| !notice.is_warning);
            }
            self.use_id(known.id, output);
        }
        for fix in context.cache.fixes(region.name, &self.resolution.id, context.now) {
            if let Some(change) = self.apply_fix(fix) {
                output.note(&format!("`{}` {change}", self.resolution.id));
            }
        }
    }

    /// Saves what this exchange learned: the ID that worked in place of another, and the parameters that it rejected.
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
        for fix in &self.learned_fixes {
            results.push(context.cache.save_fix(region.name, &self.resolution.id, fix, context.now));
        }
        for error in results.into_iter().filter_map(Result::err) {
            output.debug(&format!("what this call learned is not kept: {error}"));
        }
    }
}
