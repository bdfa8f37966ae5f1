//! Every setting by its key, as plain values: for showing them.

use serde_json::{Value, json};

use super::origin::{Origin, Setting};
use super::value::{without_password, written_duration};
use super::{Environment, Settings};

/// One setting as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The key in the settings file, such as `timeout.connect`.
    pub key: String,
    /// The value, without the password that an address may hold.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

impl Settings {
    /// Every setting, in the order of the settings file.
    pub fn list(&self, environment: &Environment) -> Vec<Listed> {
        let timeout = &self.timeout;
        let mut list = vec![
            listed("model", &self.model, |model| json!(model)),
            listed("region", &self.region, |region| json!(region.map(|region| region.name))),
            listed("profile", &self.profile, |profile| json!(profile)),
            listed("routing", &self.routing, |order| order.kinds().iter().map(|kind| kind.as_str()).collect()),
        ];
        list.extend(
            self.aliases.iter().map(|(name, model)| listed(format!("aliases.{name}"), model, |model| json!(model))),
        );
        list.extend([
            listed("system", &self.system, |system| json!(system)),
            listed("max_tokens", &self.max_tokens, |tokens| json!(tokens)),
            listed("temperature", &self.temperature, |temperature| fraction(*temperature)),
            listed("top_p", &self.top_p, |top_p| fraction(*top_p)),
            listed("stop_sequences", &self.stop_sequences, |sequences| json!(sequences)),
            listed("format", &self.format, |format| json!(format.as_str())),
            listed("color", &self.color, |color| json!(color.as_str())),
            self.listed_endpoint(environment),
            listed("timeout.connect", &timeout.connect, |limit| json!(written_duration(*limit))),
            listed("timeout.first_byte", &timeout.first_byte, |limit| json!(written_duration(*limit))),
            listed("timeout.idle", &timeout.idle, |limit| json!(written_duration(*limit))),
            listed("timeout.total", &timeout.total, |limit| json!(limit.map(written_duration))),
            listed("catalog.ttl", &self.catalog_ttl, |ttl| json!(written_duration(*ttl))),
        ]);
        list
    }

    /// Left to the SDK, the endpoint is known all the same: it is in the variable that the SDK will read.
    fn listed_endpoint(&self, environment: &Environment) -> Listed {
        let address = match (&self.endpoint_url.value, &self.endpoint_url.origin) {
            (None, Origin::Environment(variable)) => {
                environment.raw(variable).map(|address| address.to_string_lossy().into_owned())
            }
            (address, _) => address.clone(),
        };
        listed("endpoint_url", &self.endpoint_url, |_| json!(address.as_deref().map(without_password)))
    }
}

fn listed<T>(key: impl Into<String>, setting: &Setting<T>, value: impl FnOnce(&T) -> Value) -> Listed {
    Listed { key: key.into(), value: value(&setting.value), origin: setting.origin.clone() }
}

/// The shortest decimal that is this number, instead of its neighbour in double precision.
fn fraction(number: Option<f32>) -> Value {
    number.and_then(|number| serde_json::from_str(&number.to_string()).ok()).unwrap_or(Value::Null)
}
