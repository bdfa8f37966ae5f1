//! How each model family is asked to think before it responds: the field of the request, the levels, and what turns it
//! off. Data, and no rule about the response.

use serde_json::{Map, Value, json};

/// How much a model thinks, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `xhigh`
    XHigh,
    /// `max`
    Max,
}

impl Level {
    /// The levels, from least to most.
    pub const ALL: [Self; 5] = [Self::Low, Self::Medium, Self::High, Self::XHigh, Self::Max];

    /// Returns the name that AWS uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// Returns the level with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// Returns the tokens that a model with a budget may think with.
    const fn budget(self) -> u32 {
        match self {
            Self::Low => 2_048,
            Self::Medium => 8_192,
            Self::High => 16_384,
            Self::XHigh | Self::Max => 24_576,
        }
    }
}

/// What is asked of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effort {
    /// The default level of the family.
    Default,
    /// This level.
    Level(Level),
    /// No thinking.
    Off,
}

/// The field with which a family is asked to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// `thinking` with the type `adaptive`, and `output_config.effort`. See
    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html>.
    Adaptive,
    /// `thinking` with the type `enabled` and a budget of tokens. See
    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html>.
    Budget,
    /// `reasoningConfig` with `maxReasoningEffort`. See
    /// <https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html>.
    ReasoningConfig,
    /// `reasoning_effort`. See
    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html>.
    ReasoningEffort,
    /// `reasoning` with `effort`, as in the Responses API of `OpenAI`. See
    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-xai-grok-4-7.html>.
    Reasoning,
    /// `reasoning_config`, whose value is the level.
    LevelOnly,
    /// `outputConfig.effort`, the field of Converse itself, for a family that is not known. See
    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_OutputConfig.html>.
    OutputConfig,
    /// None: the model always thinks.
    Always,
    /// None: the model does not think.
    Never,
}

/// How a family is asked not to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Off {
    /// By nothing: it thinks only if asked to.
    Unasked,
    /// With this value in its field.
    Value(&'static str),
    /// It cannot be.
    Impossible,
}

/// What is known about how a family thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thinking {
    /// The beginnings of the foundation model IDs.
    ids: &'static [&'static str],
    field: Field,
    levels: &'static [Level],
    /// The level that is sent if none is named; `None` leaves it to the model.
    default: Option<Level>,
    off: Off,
    /// Whether the model returns its reasoning without text unless it is asked for it.
    omits_text: bool,
}

/// Why a model cannot be asked for this effort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EffortError {
    /// The model does not think.
    NeverThinks,
    /// The model always thinks.
    AlwaysThinks,
    /// The model thinks, but not at this level. It has these, perhaps none.
    UnknownLevel(&'static [Level]),
}

/// The members of a Converse request that ask a model to think.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ThinkingFields {
    /// The members of `additionalModelRequestFields`.
    pub additional: Map<String, Value>,
    /// `outputConfig.effort`
    pub effort: Option<&'static str>,
    /// The tokens that the model may think with, which count towards `maxTokens`.
    pub budget: Option<u32>,
}

const ALL: &[Level] = &Level::ALL;
const WITHOUT_XHIGH: &[Level] = &[Level::Low, Level::Medium, Level::High, Level::Max];
const UP_TO_XHIGH: &[Level] = &[Level::Low, Level::Medium, Level::High, Level::XHigh];
const UP_TO_HIGH: &[Level] = &[Level::Low, Level::Medium, Level::High];

/// The defaults of the rows for Claude.
const CLAUDE: Thinking = Thinking {
    ids: &[],
    field: Field::Adaptive,
    levels: ALL,
    default: None,
    off: Off::Value("disabled"),
    omits_text: true,
};

/// The defaults of all other rows.
const OTHER: Thinking = Thinking {
    ids: &[],
    field: Field::Never,
    levels: &[],
    default: Some(Level::Medium),
    off: Off::Unasked,
    omits_text: false,
};

/// The families. The first row with the beginning of an ID counts.
const FAMILIES: &[Thinking] = &[
    Thinking {
        ids: &["anthropic.claude-fable-5", "anthropic.claude-mythos-5", "anthropic.claude-opus-5-5"],
        off: Off::Impossible,
        ..CLAUDE
    },
    Thinking { ids: &["anthropic.claude-mythos-preview"], levels: WITHOUT_XHIGH, off: Off::Impossible, ..CLAUDE },
    Thinking { ids: &["anthropic.claude-sonnet-5-5"], off: Off::Value("between_tools"), ..CLAUDE },
    Thinking { ids: &["anthropic.claude-opus-4-7", "anthropic.claude-opus-4-8"], off: Off::Unasked, ..CLAUDE },
    Thinking {
        ids: &["anthropic.claude-opus-4-6", "anthropic.claude-sonnet-4-6"],
        levels: WITHOUT_XHIGH,
        off: Off::Unasked,
        omits_text: false,
        ..CLAUDE
    },
    Thinking {
        ids: &[
            "anthropic.claude-3-7",
            "anthropic.claude-haiku-4-5",
            "anthropic.claude-opus-4-1",
            "anthropic.claude-opus-4-2",
            "anthropic.claude-opus-4-5",
            "anthropic.claude-sonnet-4-2",
            "anthropic.claude-sonnet-4-5",
        ],
        field: Field::Budget,
        levels: WITHOUT_XHIGH,
        ..OTHER
    },
    Thinking { ids: &["anthropic.claude-3", "anthropic.claude-v", "anthropic.claude-instant"], ..OTHER },
    // Every later Claude thinks by default, and takes the fields of the newest.
    Thinking { ids: &["anthropic.claude-"], ..CLAUDE },
    Thinking {
        ids: &["amazon.nova-lite", "amazon.nova-micro", "amazon.nova-premier", "amazon.nova-pro", "amazon.titan-"],
        ..OTHER
    },
    Thinking { ids: &["amazon.nova-"], field: Field::ReasoningConfig, levels: UP_TO_HIGH, ..OTHER },
    Thinking {
        ids: &["openai.gpt-oss-"],
        field: Field::ReasoningEffort,
        levels: UP_TO_HIGH,
        off: Off::Impossible,
        ..OTHER
    },
    Thinking {
        ids: &["openai.gpt-6-astra", "openai.gpt-6.1-sol", "openai.gpt-6.2"],
        field: Field::Reasoning,
        levels: ALL,
        off: Off::Impossible,
        ..OTHER
    },
    Thinking { ids: &["openai.gpt-"], field: Field::Reasoning, levels: ALL, off: Off::Value("none"), ..OTHER },
    Thinking { ids: &["xai.grok-"], field: Field::Reasoning, levels: UP_TO_XHIGH, off: Off::Impossible, ..OTHER },
    Thinking {
        ids: &["zai.glm-5.3"],
        field: Field::ReasoningEffort,
        levels: ALL,
        default: Some(Level::Max),
        off: Off::Impossible,
        ..OTHER
    },
    // These accept lower levels too, at which they do not think.
    Thinking {
        ids: &["zai.glm-4", "zai.glm-5", "deepseek.v3.2"],
        field: Field::ReasoningEffort,
        levels: &[Level::High],
        default: Some(Level::High),
        ..OTHER
    },
    Thinking { ids: &["qwen.qwen3-coder"], ..OTHER },
    Thinking {
        ids: &["qwen.qwen3-"],
        field: Field::LevelOnly,
        levels: UP_TO_HIGH,
        // The lower levels are accepted, but seldom make it think.
        default: Some(Level::High),
        ..OTHER
    },
    Thinking {
        ids: &["deepseek.r1", "moonshot.kimi-k2-thinking", "moonshotai.kimi-k2-thinking"],
        field: Field::Always,
        off: Off::Impossible,
        ..OTHER
    },
    Thinking {
        ids: &[
            "ai21.jamba-",
            "cohere.command-",
            "google.gemma-3-",
            "meta.llama",
            "mistral.devstral-",
            "mistral.ministral-",
            "mistral.mistral-",
            "mistral.mixtral-",
            "mistral.pixtral-",
            "mistral.voxtral-",
            "twelvelabs.pegasus-",
        ],
        ..OTHER
    },
];

/// What is assumed of a family that is not in the table.
const UNKNOWN: Thinking = Thinking { field: Field::OutputConfig, levels: ALL, ..OTHER };

impl Thinking {
    /// Returns how the model with this ID thinks: a foundation model ID, an inference profile ID, or the ARN of either.
    ///
    /// ```
    /// use bedrock_ask::model::thinking::{Effort, Field, Level, Thinking};
    ///
    /// let thinking = Thinking::of("eu.anthropic.claude-sonnet-4-6");
    /// assert_eq!(thinking.field(), Field::Adaptive);
    /// let fields = thinking.fields(Effort::Level(Level::High), false).unwrap();
    /// assert_eq!(fields.additional["output_config"]["effort"], "high");
    /// ```
    pub fn of(id: &str) -> Self {
        let is_of = |beginning: &&str| {
            // A prefix for the routing, or the beginning of an ARN, may stand before it.
            id.match_indices(*beginning).any(|(at, _)| at == 0 || matches!(id.as_bytes()[at - 1], b'.' | b'/'))
        };
        *FAMILIES.iter().find(|family| family.ids.iter().any(is_of)).unwrap_or(&UNKNOWN)
    }

    /// Returns the field with which the family is asked to think.
    pub const fn field(&self) -> Field {
        self.field
    }

    /// Returns the levels of the family, from least to most.
    pub const fn levels(&self) -> &'static [Level] {
        self.levels
    }

    /// Whether it is known that the model can be asked to think.
    pub fn is_known_to_think(&self) -> bool {
        !matches!(self.field, Field::Never | Field::OutputConfig)
    }

    /// Whether the model thinks if nothing is asked of it.
    pub fn thinks_by_default(&self) -> bool {
        self.off != Off::Unasked
    }

    /// Returns the members of the request that ask for this effort. `shows` is whether the text of the reasoning is
    /// wanted.
    ///
    /// # Errors
    /// If the family lacks the level, does not think, or cannot be asked not to think.
    pub fn fields(&self, effort: Effort, shows: bool) -> Result<ThinkingFields, EffortError> {
        let level = match effort {
            Effort::Off => return self.off(),
            _ if self.field == Field::Never => return Err(EffortError::NeverThinks),
            Effort::Default => self.default,
            Effort::Level(level) if self.levels.contains(&level) => Some(level),
            Effort::Level(_) => return Err(EffortError::UnknownLevel(self.levels)),
        };
        let name = level.map(Level::name);
        let mut fields = ThinkingFields::default();
        let value = match self.field {
            Field::Adaptive => {
                fields.additional = self.adaptive(shows);
                fields.additional.extend(name.map(|name| ("output_config".to_owned(), json!({"effort": name}))));
                return Ok(fields);
            }
            Field::Budget => {
                fields.budget = level.map(Level::budget);
                ("thinking", json!({"type": "enabled", "budget_tokens": fields.budget}))
            }
            Field::ReasoningConfig => ("reasoningConfig", json!({"type": "enabled", "maxReasoningEffort": name})),
            Field::ReasoningEffort => ("reasoning_effort", json!(name)),
            Field::Reasoning => ("reasoning", json!({"effort": name})),
            Field::LevelOnly => ("reasoning_config", json!(name)),
            Field::OutputConfig => {
                fields.effort = name;
                return Ok(fields);
            }
            Field::Always | Field::Never => return Ok(fields),
        };
        fields.additional.insert(value.0.to_owned(), value.1);
        Ok(fields)
    }

    /// Returns the members of the request that ask for the text of the reasoning, where the family thinks by default and
    /// leaves its text out.
    pub fn text_fields(&self) -> ThinkingFields {
        let asks = self.omits_text && self.thinks_by_default();
        let additional = if asks { self.adaptive(true) } else { Map::new() };
        ThinkingFields { additional, ..ThinkingFields::default() }
    }

    fn adaptive(&self, shows: bool) -> Map<String, Value> {
        let mut thinking = json!({"type": "adaptive"});
        if shows && self.omits_text {
            thinking["display"] = "summarized".into();
        }
        Map::from_iter([("thinking".to_owned(), thinking)])
    }

    fn off(&self) -> Result<ThinkingFields, EffortError> {
        let value = match self.off {
            Off::Unasked => return Ok(ThinkingFields::default()),
            Off::Impossible => return Err(EffortError::AlwaysThinks),
            Off::Value(value) => value,
        };
        let member = match self.field {
            Field::Reasoning => ("reasoning", json!({"effort": value})),
            _ => ("thinking", json!({"type": value})),
        };
        let additional = Map::from_iter([(member.0.to_owned(), member.1)]);
        Ok(ThinkingFields { additional, ..ThinkingFields::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::tests::catalog;

    /// Returns what is sent to a model for each effort, as text: `-` for nothing, `x` for what is refused.
    fn sent(id: &str, effort: &str) -> String {
        let effort = match effort {
            "" => Effort::Default,
            "off" => Effort::Off,
            level => Effort::Level(Level::named(level).unwrap()),
        };
        match Thinking::of(id).fields(effort, false) {
            Ok(ThinkingFields { effort: Some(effort), .. }) => format!("outputConfig {effort}"),
            Ok(fields) if fields.additional.is_empty() => "-".to_owned(),
            Ok(fields) => Value::Object(fields.additional).to_string().replace('"', ""),
            Err(EffortError::UnknownLevel(levels)) => {
                format!("x {}", levels.iter().map(|level| level.name()).collect::<Vec<_>>().join(" "))
            }
            Err(error) => format!("x {error:?}"),
        }
    }

    /// A model, and what is sent without a level, at `high`, at `xhigh` and for `off`. A is for adaptive thinking.
    const TABLE: &str = "
anthropic.claude-sonnet-4-6 | A} | A,output_config:{effort:high}} | x low medium high max | -
anthropic.claude-opus-4-7 | A} | A,output_config:{effort:high}} | A,output_config:{effort:xhigh}} | -
anthropic.claude-opus-5 | A} | A,output_config:{effort:high}} | A,output_config:{effort:xhigh}} | {thinking:{type:disabled}}
anthropic.claude-sonnet-5-5 | A} | A,output_config:{effort:high}} | A,output_config:{effort:xhigh}} | {thinking:{type:between_tools}}
anthropic.claude-opus-5-5 | A} | A,output_config:{effort:high}} | A,output_config:{effort:xhigh}} | x AlwaysThinks
anthropic.claude-haiku-4-5-20251001-v1:0 | {thinking:{type:enabled,budget_tokens:8192}} | {thinking:{type:enabled,budget_tokens:16384}} | x low medium high max | -
anthropic.claude-3-haiku-20240307-v1:0 | x NeverThinks | x NeverThinks | x NeverThinks | -
amazon.nova-2-lite-v1:0 | {reasoningConfig:{type:enabled,maxReasoningEffort:medium}} | {reasoningConfig:{type:enabled,maxReasoningEffort:high}} | x low medium high | -
amazon.nova-lite-v1:0 | x NeverThinks | x NeverThinks | x NeverThinks | -
openai.gpt-oss-120b-1:0 | {reasoning_effort:medium} | {reasoning_effort:high} | x low medium high | x AlwaysThinks
openai.gpt-5.6-sol | {reasoning:{effort:medium}} | {reasoning:{effort:high}} | {reasoning:{effort:xhigh}} | {reasoning:{effort:none}}
openai.gpt-6-astra | {reasoning:{effort:medium}} | {reasoning:{effort:high}} | {reasoning:{effort:xhigh}} | x AlwaysThinks
xai.grok-4.7 | {reasoning:{effort:medium}} | {reasoning:{effort:high}} | {reasoning:{effort:xhigh}} | x AlwaysThinks
qwen.qwen3-32b-v1:0 | {reasoning_config:high} | {reasoning_config:high} | x low medium high | -
qwen.qwen3-coder-30b-a3b-v1:0 | x NeverThinks | x NeverThinks | x NeverThinks | -
zai.glm-5 | {reasoning_effort:high} | {reasoning_effort:high} | x high | -
zai.glm-5.3 | {reasoning_effort:max} | {reasoning_effort:high} | {reasoning_effort:xhigh} | x AlwaysThinks
deepseek.r1-v1:0 | - | x | x | x AlwaysThinks
meta.llama3-3-70b-instruct-v1:0 | x NeverThinks | x NeverThinks | x NeverThinks | -
minimax.minimax-m2 | outputConfig medium | outputConfig high | outputConfig xhigh | -
";

    #[test]
    fn each_family_has_its_own_field() {
        for line in TABLE.lines().skip(1) {
            let (id, expected) = line.split_once(" | ").unwrap();
            let sent = ["", "high", "xhigh", "off"].map(|effort| sent(id, effort).trim_end().to_owned());
            assert_eq!(sent.join(" | ").replace("{thinking:{type:adaptive}", "A"), expected, "{id}");
        }
    }

    #[test]
    fn an_id_is_known_with_its_prefix_and_in_an_arn() {
        let model = "anthropic.claude-opus-4-7";
        for id in [
            model.to_owned(),
            format!("us-gov.{model}"),
            format!("arn:aws:bedrock:eu-central-1::foundation-model/{model}"),
            format!("arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.{model}"),
        ] {
            assert_eq!(Thinking::of(&id), Thinking::of(model), "{id}");
        }
        for id in ["mycorp-anthropic.claude-opus-4-7", "claude", ""] {
            assert_eq!(Thinking::of(id).field(), Field::OutputConfig, "{id}");
        }
    }

    #[test]
    fn every_claude_but_the_oldest_thinks_and_each_row_is_reached() {
        for model in catalog().foundation_models().filter(|model| model.provider() == "Anthropic") {
            let is_old = model.id.contains("claude-3-") && !model.id.contains("claude-3-7");
            assert_eq!(Thinking::of(model.id).is_known_to_think(), !is_old, "{}", model.id);
        }
        for family in FAMILIES {
            for beginning in family.ids {
                assert_eq!(Thinking::of(beginning).ids, family.ids, "{beginning}");
            }
        }
        let sonnet_4 = Thinking::of("anthropic.claude-sonnet-4-20250514-v1:0");
        assert_eq!(
            (sonnet_4.field(), Thinking::of("anthropic.claude-opus-6").field()),
            (Field::Budget, Field::Adaptive)
        );
    }

    #[test]
    fn a_budget_is_at_least_the_minimum_of_aws_and_grows_with_the_level() {
        let budgets = WITHOUT_XHIGH.iter().map(|level| level.budget()).collect::<Vec<_>>();
        assert!(budgets[0] >= 1024 && budgets.is_sorted(), "{budgets:?}");
    }

    #[test]
    fn the_text_of_the_reasoning_is_asked_for_where_it_is_left_out() {
        let with = |id: &str| Thinking::of(id).fields(Effort::Default, true).unwrap().additional;
        let displayed = json!({"type": "adaptive", "display": "summarized"});
        assert_eq!(with("anthropic.claude-opus-4-8")["thinking"], displayed);
        assert_eq!(with("anthropic.claude-opus-4-6-v1")["thinking"], json!({"type": "adaptive"}));
        let unasked = |id: &str| Value::Object(Thinking::of(id).text_fields().additional);
        assert_eq!(unasked("anthropic.claude-opus-5"), json!({"thinking": displayed}));
        for id in ["anthropic.claude-opus-4-8", "anthropic.claude-opus-4-6-v1", "openai.gpt-6-sol", "x.y"] {
            assert_eq!(unasked(id), json!({}), "{id}");
        }
    }
}
