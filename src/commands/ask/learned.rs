//! What earlier asks taught of a model, used before the next one is sent; and what this ask taught, kept for the next.

use super::asking::Asking;
use crate::cache::{LearnedId, UnsupportedParameter};
use crate::diagnosis::ParameterFix;
use crate::model::resolution::Rule;
use crate::model::routing::Routing;
use crate::output::Output;

impl Asking<'_> {
    /// Calls the ID that worked last in place of one that did not, and leaves out what that ID is known to refuse.
    pub fn recall(&mut self, output: &mut Output) {
        let context = self.context;
        let Some(region) = self.resolution.source_region.filter(|_| context.request.repair) else { return };
        let learned = context.cache.learned_id(region.name, &self.resolution.input, context.now);
        let usable =
            |known: &LearnedId| context.request.routing.allows(known.routing) && known.id != self.resolution.id;
        if let Some(known) = learned.filter(usable) {
            if self.resolution.rule == Rule::Predicted {
                // It is no guess any more.
                self.resolution.notices.retain(|notice| !notice.is_warning);
            }
            self.call(known.id, output);
        }
        for unsupported in context.cache.refusals(region.name, &self.resolution.id, context.now) {
            if let Some(change) = self.mend(fix(unsupported)) {
                output.note(&format!("`{}` {change}", self.resolution.id));
            }
        }
    }

    /// Keeps what this ask taught: the ID that answered in place of another, and what it refused.
    pub fn remember(&self, replaced: bool, output: &mut Output) {
        let context = self.context;
        let Some(region) = self.resolution.source_region else { return };
        let mut kept = Vec::new();
        if replaced {
            let id = self.resolution.id.clone();
            let routing = routing_of(&id, self.resolution.model.as_deref());
            let known = LearnedId { id, routing };
            kept.push(context.cache.save_learned_id(region.name, &self.resolution.input, &known, context.now));
        }
        for unsupported in self.taught.iter().map(unsupported) {
            kept.push(context.cache.save_unsupported(region.name, &self.resolution.id, &unsupported, context.now));
        }
        for error in kept.into_iter().filter_map(Result::err) {
            output.debug(&format!("what this call taught is not kept: {error}"));
        }
    }
}

/// The kind of routing that an ID means which no catalog told.
pub fn routing_of(id: &str, model: Option<&str>) -> Routing {
    match model {
        Some(model) if model == id => Routing::InRegion,
        _ if id.starts_with("global.") => Routing::Global,
        _ => Routing::Geographic,
    }
}

fn fix(unsupported: UnsupportedParameter) -> ParameterFix {
    match unsupported {
        UnsupportedParameter::Field(name) => ParameterFix::Drop(name),
        UnsupportedParameter::System => ParameterFix::DropSystem,
        UnsupportedParameter::Streaming => ParameterFix::NoStreaming,
        UnsupportedParameter::MaxTokensAbove(limit) => ParameterFix::ClampMaxTokens(limit),
    }
}

fn unsupported(fix: &ParameterFix) -> UnsupportedParameter {
    match fix {
        ParameterFix::Drop(name) => UnsupportedParameter::Field(name.clone()),
        ParameterFix::DropSystem => UnsupportedParameter::System,
        ParameterFix::NoStreaming => UnsupportedParameter::Streaming,
        ParameterFix::ClampMaxTokens(limit) => UnsupportedParameter::MaxTokensAbove(*limit),
    }
}
