//! The fixes of one request: what of it is changed if the service refuses it. Sends nothing, and decides nothing about IDs.

use super::exchange::Exchange;
use super::fields;
use bedrock_ask::diagnosis::ParameterFix;

/// The fixes that were applied to a request.
#[derive(Clone, Debug, Default)]
pub struct Fixes {
    /// All of them, so that none is tried twice.
    pub applied: Vec<ParameterFix>,
    /// Those that hold for every request to this model.
    pub learned: Vec<ParameterFix>,
}

/// A change of the request, as it is described to the user.
#[derive(Debug, PartialEq)]
pub struct RequestChange {
    /// What the model does not accept, and what is sent instead.
    pub text: String,
    /// Whether the response is another one, or has another price: more than a note is due.
    pub is_grave: bool,
}

impl Exchange<'_> {
    /// Changes the one parameter that the service refused, and describes the change. Returns `None` if it was tried before
    /// or the request does not have the parameter.
    pub fn apply_fix(&mut self, fix: ParameterFix) -> Option<RequestChange> {
        if self.fixes.applied.iter().any(|applied| is_same_kind(applied, &fix)) {
            return None;
        }
        // A body is sent as it is; which operation it is sent to is no part of it.
        if self.request.body.is_some() && fix != ParameterFix::NoStreaming {
            return None;
        }
        if let Some(change) = self.form.schema().and_then(|schema| schema.apply(&fix)) {
            self.fixes.applied.push(fix);
            return Some(RequestChange { text: change, is_grave: false });
        }
        let request = &mut self.request;
        let mut is_grave = false;
        let without = |flag: &str| format!("does not accept `{flag}`; sending without it");
        let change = match &fix {
            ParameterFix::NoStreaming if self.streaming => {
                self.streaming = false;
                "does not support streaming; sending without it".to_owned()
            }
            ParameterFix::DropSystem if request.system.take().is_some() => {
                "does not accept a system prompt; sending without it".to_owned()
            }
            ParameterFix::ClampMaxTokens(limit @ 1..)
                if request.max_tokens.is_some_and(|most| i64::from(most) > i64::from(*limit)) =>
            {
                request.max_tokens = i32::try_from(*limit).ok();
                format!("generates at most {limit} tokens; sending that limit")
            }
            ParameterFix::Drop(field) => match field.rsplit('.').next()? {
                "temperature" if request.temperature.take().is_some() => without("--temperature"),
                "topP" | "top_p" if request.top_p.take().is_some() => match request.temperature {
                    Some(_) => "accepts `--temperature` or `--top-p`, not both; sending without `--top-p`".to_owned(),
                    None => without("--top-p"),
                },
                "cachePoint" if request.cache.take().is_some() => without("--cache"),
                "stopSequences" if !std::mem::take(&mut request.stop_sequences).is_empty() => without("--stop"),
                _ => {
                    let dropped = fields::drop_member(request, field, self.context.settings.max_tokens.value)?;
                    is_grave = dropped.is_grave;
                    without(&dropped.name)
                }
            },
            ParameterFix::LimitEffort(allowed) => {
                is_grave = true;
                let effort = fields::limit_effort(&mut request.members, allowed)?;
                format!("does not support this effort; sending `{effort}`")
            }
            _ => return None,
        };
        self.fixes.applied.push(fix);
        Some(RequestChange { text: change, is_grave })
    }
}

/// Whether two fixes change the same thing, whatever the value.
fn is_same_kind(one: &ParameterFix, other: &ParameterFix) -> bool {
    match (one, other) {
        (ParameterFix::Drop(one), ParameterFix::Drop(other)) => one.rsplit('.').next() == other.rsplit('.').next(),
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}
