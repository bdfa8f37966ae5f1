//! What the table of settings does with a field of `Settings`: loading it by precedence, and listing it.

use std::time::Duration;

use serde_json::{Value, json};

use super::environment::Environment;
use super::origin::{Origin, Setting};
use super::value::{Aliases, Color, Format, SaveHistory, ValueType, format_duration};
use crate::error::Error;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::routing::RoutingOrder;

/// One setting as `bedrock-ask config` shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub key: String,
    /// The value, without a password.
    pub value: Value,
    pub origin: Origin,
}

/// The sources of one setting, the first of which wins.
pub struct Sources<'a, T: 'static> {
    pub flag: Option<Setting<T>>,
    pub variables: &'static [&'static str],
    pub value_type: &'a ValueType<T>,
    pub environment: &'a Environment,
    pub file: Option<Setting<T>>,
}

impl<T> Sources<'_, T> {
    /// Returns the value of the first source that has one. The variables after it are not parsed.
    fn first(self) -> Result<Option<Setting<T>>, Error> {
        if self.flag.is_some() {
            return Ok(self.flag);
        }
        for &variable in self.variables {
            if let Some(text) = self.environment.text(variable)? {
                let value = self.value_type.parse(&text);
                let value = value.map_err(|reason| Error::usage(format!("`{variable}` {reason}")))?;
                return Ok(Some(Setting::new(value, Origin::Environment(variable))));
            }
        }
        Ok(self.file)
    }
}

/// A field of `Settings` whose sources give values of type `T`.
pub trait Field<T: 'static>: Sized {
    type Default;

    fn load(sources: Sources<'_, T>, default: Self::Default) -> Result<Self, Error>;

    fn list(&self, key: &str) -> Vec<Listed>;
}

impl<T: 'static, V: FromParsed<T> + ToJson> Field<T> for Setting<V> {
    type Default = V;

    fn load(sources: Sources<'_, T>, default: V) -> Result<Self, Error> {
        match sources.first()? {
            Some(Setting { value, origin }) => Ok(Self::new(V::from_parsed(value, &origin)?, origin)),
            None => Ok(Self::default(default)),
        }
    }

    fn list(&self, key: &str) -> Vec<Listed> {
        vec![Listed { key: key.to_owned(), value: self.value.to_json(), origin: self.origin.clone() }]
    }
}

/// Aliases are merged by name instead of replaced as a whole.
impl Field<Self> for Aliases {
    type Default = Self;

    fn load(mut sources: Sources<'_, Self>, default: Self) -> Result<Self, Error> {
        let mut aliases = sources.file.take().map_or(default, |file| file.value);
        if let Some(Setting { value, origin }) = sources.first()? {
            aliases.extend(value.into_iter().map(|(name, model)| (name, Setting::new(model.value, origin.clone()))));
        }
        Ok(aliases)
    }

    fn list(&self, key: &str) -> Vec<Listed> {
        let listed =
            |(name, model): (&String, &Setting<String>)| Field::<String>::list(model, &format!("{key}.{name}"));
        self.iter().flat_map(listed).collect()
    }
}

/// Turns a parsed value into the value of a field.
pub trait FromParsed<T>: Sized {
    fn from_parsed(value: T, origin: &Origin) -> Result<Self, Error>;
}

impl<T> FromParsed<T> for T {
    fn from_parsed(value: T, _: &Origin) -> Result<Self, Error> {
        Ok(value)
    }
}

impl<T> FromParsed<T> for Option<T> {
    fn from_parsed(value: T, _: &Origin) -> Result<Self, Error> {
        Ok(Some(value))
    }
}

impl FromParsed<String> for Option<Region> {
    fn from_parsed(name: String, origin: &Origin) -> Result<Self, Error> {
        super::region(&name, origin).map(Some)
    }
}

/// The JSON form of a value in the output of `bedrock-ask config`.
pub trait ToJson {
    fn to_json(&self) -> Value;
}

impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_json)
    }
}

impl ToJson for f32 {
    fn to_json(&self) -> Value {
        // Its shortest decimal, instead of that of its neighbour in double precision.
        serde_json::from_str(&self.to_string()).unwrap_or(Value::Null)
    }
}

impl ToJson for Aliases {
    fn to_json(&self) -> Value {
        self.iter().map(|(name, model)| (name.clone(), model.value.to_json())).collect()
    }
}

macro_rules! to_json {
    ($($type:ty: $value:ident => $json:expr,)+) => {
        $(impl ToJson for $type {
            fn to_json(&self) -> Value {
                let $value = self;
                json!($json)
            }
        })+
    };
}

to_json! {
    String: text => text,
    i32: number => number,
    bool: is_on => is_on,
    Vec<String>: texts => texts,
    Duration: duration => format_duration(*duration),
    Format: format => format,
    Color: color => color,
    SaveHistory: which => which,
    Region: region => region.name,
    RoutingOrder: order => order.kinds().iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
}
