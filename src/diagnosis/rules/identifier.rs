//! Rules: the model ID, the inference profile, the Region and the endpoint do not go together.

use super::{REFUSALS, RULE, Rule};
use crate::diagnosis::group::Group;

const USE_SUGGESTED: &str = "use `{suggested}`";
const LIST: &str = "{!suggested}`bedrock-ask models --region {region}` lists what can be called from there";
const NOT_FOUND: &[&str] = &["ResourceNotFoundException", "ResourceNotFound", "NotFoundException"];

/// The rules.
pub(super) const RULES: &[Rule] = &[
    Rule {
        group: Group::LegacyInactive,
        codes: REFUSALS,
        text: &["marked by provider as Legacy", "have not been actively using the model in the last"],
        what: &["{`model|'the model'} is a legacy model, closed to accounts that have not used it lately"],
        why: &["its end of life is {end_of_life}; trying again does not help"],
        hints: &["use `{successor}`", "{!successor}use `{first_party}`"],
        ..RULE
    },
    Rule {
        group: Group::EndOfLife,
        codes: REFUSALS,
        text: &["has reached the end of its life"],
        what: &[
            "{`model} has reached its end of life, on {end_of_life}",
            "{`model|'the model'} has reached its end of life",
        ],
        hints: &["use `{successor}`", "{!successor}use `{first_party}`"],
        ..RULE
    },
    Rule {
        group: Group::OnDemandUnsupported,
        codes: REFUSALS,
        text: &[
            "Invocation of model ID {model} with on-demand throughput isn",
            "model doesn't support on-demand throughput",
            "with on-demand throughput isn",
        ],
        what: &[
            "{`model} cannot be called by its plain ID from {region}",
            "{`model|'the model'} cannot be called by its plain ID",
        ],
        why: &["only the bedrock-mantle endpoint serves the model on demand{?mantle_only}"],
        hints: &[
            USE_SUGGESTED,
            "{!suggested}{?region}`bedrock-ask resolve {model} --region {region} --explain` tells the ID of its inference profile, where it has one",
            "{!region}`bedrock-ask resolve {model} --region REGION` tells the ID of its inference profile in your Region",
        ],
        ..RULE
    },
    Rule {
        group: Group::OtherEndpoint,
        codes: REFUSALS,
        text: &["provided model identifier is invalid", "Could not resolve the foundation model from"],
        when: "{?mantle_only}",
        what: &["{`model|'the model'} is served by the bedrock-mantle endpoint only, not by bedrock-runtime"],
        hints: &["use `{successor}`", "{!successor}use `{first_party}`, which bedrock-runtime serves"],
        ..RULE
    },
    Rule {
        group: Group::IdentifierInvalid,
        codes: REFUSALS,
        text: &["provided model identifier is invalid"],
        what: &[
            "{`model} is no ID that can be called from {region}",
            "{`model|'the model ID'} is no ID that can be called from the source Region",
        ],
        why: &["the Region was {region}: an inference profile can be called only from the Regions that have it"],
        hints: &[
            USE_SUGGESTED,
            "{!suggested}use `{successor}`, which follows it",
            "{!suggested}{!successor}{?region}`bedrock-ask resolve {model} --region {region} --explain` tells what the model is called there",
            "{!region}`bedrock-ask resolve {model} --region REGION` tells what the model is called in your Region",
        ],
        ..RULE
    },
    Rule {
        group: Group::ModelNotFound,
        codes: REFUSALS,
        text: &["Could not resolve the foundation model from", "provided model identifier does not exist"],
        what: &["{`model} is no foundation model[ in {region}]", "there is no such foundation model"],
        hints: &[USE_SUGGESTED, LIST],
        ..RULE
    },
    Rule {
        group: Group::WrongRegion,
        codes: REFUSALS,
        text: &["ARN is invalid for the service region"],
        what: &["{`called|asked|'the ARN'} belongs to another Region than {region|'the endpoint'}"],
        hints: &[
            "`--region {arn_region}` calls it where it belongs",
            "{!arn_region}call it with the Region in its ARN as the source Region: the fourth field",
            "{?suggested}or use `{suggested}` from {region}",
        ],
        ..RULE
    },
    Rule {
        group: Group::NotChat,
        codes: REFUSALS,
        text: &["This action doesn't support the model that you provided"],
        what: &["{`model|'the model'} cannot chat: it is for speech, images, video or embeddings, or it was imported"],
        why: &["an imported model can be called with `InvokeModel` only"],
        hints: &["use `{first_party}`", "`bedrock-ask models --region {region}` lists the models that can"],
        ..RULE
    },
    Rule {
        group: Group::IdentifierMalformed,
        text: &[
            "Value '{value}' at 'modelId' failed to satisfy constraint",
            "Value '{value}' at 'modelIdentifier' failed to satisfy",
        ],
        what: &["`{value}` has characters that no model ID has"],
        why: &[
            "{?operation=GetFoundationModelAvailability}this action takes plain model IDs only, neither an inference profile nor an ARN",
        ],
        hints: &[
            "use `{suggested}`",
            "{!suggested}`bedrock-ask resolve {value}[ --region {region}]` understands other tools' spellings",
        ],
        ..RULE
    },
    Rule {
        group: Group::ResourceNotFound,
        codes: REFUSALS,
        text: &[
            "The specified resource could not be found",
            "inference profile{}could not be found",
            "inference profile{}does not exist",
        ],
        what: &[
            "{`called|asked} was not found in {region}: deleted, or of another account or Region",
            "{`called|asked|'the inference profile'} was not found: deleted, or of another account or Region",
        ],
        hints: &[
            "use `{suggested}`",
            "`bedrock-ask inference-profile list --region {region}` lists the application inference profiles of this account there",
        ],
        ..RULE
    },
    Rule {
        group: Group::InferenceProfileSource,
        codes: REFUSALS,
        text: &["modelSource.copyFrom", "copyFrom"],
        what: &["an inference profile cannot be made from this source"],
        why: &[
            "a model that is not on demand is copied from its cross-Region inference profile, and only from one of the same Region",
        ],
        hints: &[
            "`bedrock-ask resolve {model} --region {region} --arn` tells the source's ARN",
            "use `{suggested}` as the source",
        ],
        ..RULE
    },
    Rule {
        group: Group::InferenceProfileSystemDefined,
        codes: REFUSALS,
        text: &[
            "SYSTEM_DEFINED inference profile",
            "system-defined inference profile",
            "system defined inference profile",
        ],
        what: &["a system-defined inference profile cannot be changed or deleted"],
        hints: &[
            "`bedrock-ask inference-profile list[ --region {region}]` lists the application inference profiles, which can",
        ],
        ..RULE
    },
    Rule {
        group: Group::InferenceProfileConflict,
        codes: &["ConflictException"],
        what: &["an inference profile of this name exists"],
        hints: &["`bedrock-ask inference-profile list[ --region {region}]` shows it; `--if-not-exists` accepts it"],
        ..RULE
    },
    Rule {
        group: Group::TooManyTags,
        codes: &["TooManyTagsException"],
        what: &["too many tags: AWS takes at most 50 per resource"],
        ..RULE
    },
    Rule {
        group: Group::ResourceNotFound,
        codes: NOT_FOUND,
        what: &[
            "{`called|asked} was not found in {region}: deleted, or of another account or Region",
            "{`called|asked|'what was called'} was not found: deleted, or of another account or Region",
        ],
        hints: &[
            "use `{suggested}`",
            "{!suggested}`bedrock-ask models --region {region}` lists what can be called from there",
        ],
        ..RULE
    },
    Rule {
        group: Group::UnknownOperation,
        codes: &["UnknownOperationException", "UnknownOperation"],
        what: &[
            "{`host} knows no such operation: the endpoint is not Bedrock's, or an ARN's slash went into the path as it stands",
            "the endpoint knows no such operation: it is not Bedrock's, or an ARN's slash went into the path as it stands",
        ],
        hints: &[
            "check `--endpoint-url` and the `AWS_ENDPOINT_URL` variables; the slashes and colons of an ARN are sent as `%2F` and `%3A`",
        ],
        ..RULE
    },
    Rule {
        group: Group::OtherToolUsage,
        text: &["Unknown options: --max-results"],
        what: &["`aws bedrock list-foundation-models` has no `--max-results`: the model was not looked up at all"],
        hints: &["`bedrock-ask models[ --region {region}]` lists what can be called"],
        ..RULE
    },
];
