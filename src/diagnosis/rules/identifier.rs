//! Rules for model IDs, inference profiles and ARNs that do not fit the Region or the endpoint.

use super::{DiagnosisRule, REFUSALS, RULE};
use crate::diagnosis::group::Group;

const USE_SUGGESTED: &str = "use `{suggested}`";
const LIST: &str = "{!suggested}`bedrock-ask models --region {region|'REGION'}` lists what can be called from there";
const NOT_FOUND: &[&str] = &["ResourceNotFoundException", "ResourceNotFound", "NotFoundException"];

const UNKNOWN_OPERATION: &[&str] = &[
    "{?operation}{!with_id}{`host|'the endpoint'} does not know `{operation}`",
    "{`host} knows no such operation: the endpoint is not Bedrock's, or an ARN's slash went into the path as it stands",
    "the endpoint knows no such operation: it is not Bedrock's, or an ARN's slash went into the path as it stands",
];

const LOOK_AT_ENDPOINT: &[&str] = &[
    "{?with_id}check `--endpoint-url` and the `AWS_ENDPOINT_URL` variables; the slashes and colons of an ARN are sent as `%2F` and `%3A`",
    "{!with_id}check `--endpoint-url` and the `AWS_ENDPOINT_URL` variables: the endpoint of `bedrock` is another than that of `bedrock-runtime`, and a gateway may serve one alone",
];

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::LegacyInactive,
        codes: REFUSALS,
        patterns: &[
            "marked by provider as Legacy",
            "marked as Legacy by the provider",
            "have not been actively using the model in the last",
        ],
        summary: &["{`model|'the model'} is a legacy model, closed to accounts that have not used it lately"],
        explanation: &["its end of life is {end_of_life}; trying again does not help"],
        hints: &[
            "use `{successor}`",
            "{!successor}use `{first_party}`",
            "{!successor}{!first_party}`bedrock-ask models --region {region|'REGION'}` lists what can be called from there",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::EndOfLife,
        codes: REFUSALS,
        patterns: &["has reached the end of its life", "has reached its end of life"],
        summary: &[
            "{`model} has reached its end of life, on {end_of_life}",
            "{`model|'the model'} has reached its end of life",
        ],
        hints: &[
            "use `{successor}`",
            "{!successor}use `{first_party}`",
            "{!successor}{!first_party}`bedrock-ask models --region {region|'REGION'}` lists what can be called from there",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::OnDemandUnsupported,
        codes: REFUSALS,
        patterns: &[
            "Invocation of model ID {model} with on-demand throughput is",
            "support on-demand throughput",
            "with on-demand throughput is",
        ],
        summary: &[
            "{`model} cannot be called by its plain ID from {region}",
            "{`model|'the model'} cannot be called by its plain ID",
        ],
        explanation: &["only the bedrock-mantle endpoint serves the model on demand{?mantle_only}"],
        hints: &[
            USE_SUGGESTED,
            "{!suggested}use `{successor}`, which follows it",
            "{!suggested}{!successor}{?region}`bedrock-ask resolve {model} --region {region} --explain` tells the ID of its inference profile, where it has one",
            "{!region}`bedrock-ask resolve {model|'MODEL'} --region REGION` tells the ID of its inference profile in your Region",
            "{!suggested}{?region}{!model}`bedrock-ask resolve MODEL --region {region}` tells the ID of its inference profile",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::OtherEndpoint,
        patterns: &[
            "doesn't exist or doesn't support this API",
            "does not exist or does not support this API",
            "The model '{missing}' does not exist",
            "The model `{missing}` does not exist",
            "Model '{missing}' not found",
        ],
        summary: &["the OpenAI-compatible endpoint does not serve {`missing|model|'the model'}[ in {region}]"],
        explanation: &[
            "bedrock-mantle and `/openai/v1` have models and Regions of their own, and take no inference profile",
        ],
        hints: &[
            "{?suggested}on bedrock-runtime, with Converse, the ID is `{suggested}`",
            "{!suggested}{?listed}on bedrock-runtime, with Converse, `{invoked}` is right",
            "on bedrock-mantle, a model has its plain ID, without `us.` or another prefix, and not in every Region[: {mantle_regions}]",
            "{!suggested}{!listed}`bedrock-ask resolve {model|missing|'MODEL'} --region {region|'REGION'}` tells the ID that bedrock-runtime takes, with Converse",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::OtherEndpoint,
        codes: REFUSALS,
        patterns: &["provided model identifier is invalid", "Could not resolve the foundation model from"],
        condition: "{?mantle_only}",
        summary: &["{`model|'the model'} is served by the bedrock-mantle endpoint only, not by bedrock-runtime"],
        hints: &[
            "use `{successor}`",
            "{!successor}use `{first_party}`, which bedrock-runtime serves",
            "{!successor}{!first_party}`bedrock-ask models --region {region|'REGION'}` lists the models that bedrock-runtime serves",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::IdentifierInvalid,
        codes: REFUSALS,
        patterns: &["provided model identifier is invalid"],
        condition: "{?listed}{?region}",
        summary: &["AWS does not take `{invoked}`, and the catalog lists it for {region}"],
        explanation: &["so the request went to another Region or endpoint, or the ID was changed on its way"],
        hints: &[
            USE_SUGGESTED,
            "see where the request went: `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and the Region of the client have to be those of {region}; a blank or a quote that a tool added to the ID has the same effect",
            "{!suggested}`bedrock-ask catalog refresh --region {region}` reads from AWS what the account can call there",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::IdentifierInvalid,
        codes: REFUSALS,
        patterns: &["provided model identifier is invalid"],
        summary: &[
            "{`model} is no ID that can be called from {region}",
            "{`model|'the model ID'} is no ID that can be called from the source Region",
        ],
        explanation: &[
            "the Region was {region}: an inference profile can be called only from the Regions that have it",
        ],
        hints: &[
            USE_SUGGESTED,
            "{!suggested}use `{successor}`, which follows it",
            "{!suggested}{!successor}{?region}`bedrock-ask resolve {model} --region {region} --explain` tells what the model is called there",
            "{!region}`bedrock-ask resolve {model} --region REGION` tells what the model is called in your Region",
            "{!region}{!model}`--model MODEL --region REGION`: which model was called, and from where",
            "{?region}{!model}{!suggested}{!successor}`--model MODEL`: which model was called",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ModelNotFound,
        codes: REFUSALS,
        patterns: &["Could not resolve the foundation model from", "provided model identifier does not exist"],
        summary: &["{`model} is no foundation model[ in {region}]", "there is no such foundation model"],
        hints: &[USE_SUGGESTED, LIST],
        ..RULE
    },
    DiagnosisRule {
        group: Group::WrongRegion,
        codes: REFUSALS,
        patterns: &["ARN is invalid for the service region"],
        summary: &["{`invoked|requested|'the ARN'} belongs to another Region than {region|'the endpoint'}"],
        hints: &[
            "`--region {arn_region}` calls it where it belongs",
            "{!arn_region}call it with the Region in its ARN as the source Region: the fourth field",
            "{?suggested}or use `{suggested}` from {region}",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::NotChat,
        codes: REFUSALS,
        patterns: &["This action doesn't support the model that you provided"],
        summary: &[
            "{`model|'the model'} cannot chat: it is for speech, images, video or embeddings, or it was imported",
        ],
        explanation: &["an imported model can be called with `InvokeModel` only"],
        hints: &["use `{first_party}`", "`bedrock-ask models --region {region|'REGION'}` lists the models that can"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::IdentifierMalformed,
        patterns: &[
            "Value '{value}' at 'modelId' failed to satisfy constraint",
            "Value '{value}' at 'modelIdentifier' failed to satisfy",
        ],
        summary: &["`{value}` is not a model ID"],
        explanation: &[
            "{?operation=GetFoundationModelAvailability}this action takes plain model IDs only, neither an inference profile nor an ARN",
        ],
        hints: &[USE_SUGGESTED, "{!suggested}`bedrock-ask models --region {region|'REGION'}` lists the model IDs"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ResourceNotFound,
        codes: REFUSALS,
        patterns: &[
            "The specified resource could not be found",
            "inference profile{}could not be found",
            "inference profile{}does not exist",
        ],
        summary: &[
            "{`invoked|requested} was not found in {region}: deleted, or of another account or Region",
            "{`invoked|requested|'the inference profile'} was not found: deleted, or of another account or Region",
        ],
        hints: &[
            "use `{suggested}`",
            "`bedrock-ask inference-profile list --region {region|'REGION'}` lists the application inference profiles of this account there",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::InferenceProfileSource,
        codes: REFUSALS,
        patterns: &["modelSource.copyFrom", "copyFrom"],
        summary: &["an inference profile cannot be made from this source"],
        explanation: &[
            "a model that is not on demand is copied from its cross-Region inference profile, and only from one of the same Region",
        ],
        hints: &[
            "`bedrock-ask resolve {model|'MODEL'} --region {region|'REGION'} --arn` tells the source's ARN",
            "use `{suggested}` as the source",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::InferenceProfileSystemDefined,
        codes: REFUSALS,
        patterns: &[
            "delete{}SYSTEM_DEFINED inference profile",
            "delete{}system-defined inference profile",
            "delete{}system defined inference profile",
            "SYSTEM_DEFINED inference profile{}cannot be",
            "system-defined inference profile{}cannot be",
            "system defined inference profile{}cannot be",
        ],
        summary: &["a system-defined inference profile cannot be changed or deleted"],
        hints: &[
            "`bedrock-ask inference-profile list[ --region {region}]` lists the application inference profiles, which can",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::InferenceProfileConflict,
        decisive_codes: &["ConflictException"],
        condition: "{?operation=DeleteInferenceProfile}",
        summary: &["the inference profile {`invoked|requested|'to be deleted'} is in use or being changed"],
        hints: &[
            "try again in a minute; `bedrock-ask inference-profile show[ {invoked}][ --region {region}]` shows its state",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::InferenceProfileConflict,
        decisive_codes: &["ConflictException"],
        condition: "{?operation=CreateInferenceProfile}",
        summary: &["an inference profile of this name exists"],
        hints: &["`bedrock-ask inference-profile list[ --region {region}]` shows it; `--if-not-exists` accepts it"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::InferenceProfileConflict,
        decisive_codes: &["ConflictException"],
        summary: &["the inference profile exists already, or is being changed"],
        hints: &[
            "`bedrock-ask inference-profile list[ --region {region}]` shows it; `--if-not-exists` of `bedrock-ask inference-profile create` accepts one that exists",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::TooManyTags,
        decisive_codes: &["TooManyTagsException"],
        summary: &["too many tags: AWS takes at most 50 per resource"],
        hints: &["leave out some of the tags, or remove old ones: `bedrock-ask inference-profile show` lists them"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ResourceNotFound,
        decisive_codes: NOT_FOUND,
        condition: "{?about_profile}",
        summary: &[
            "{`invoked|requested} was not found in {region}: deleted, or of another account or Region",
            "{`invoked|requested|'the inference profile'} was not found: deleted, or of another account or Region",
        ],
        hints: &[
            "`bedrock-ask inference-profile list --region {region|'REGION'}` lists the application inference profiles of this account there",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ResourceNotFound,
        decisive_codes: NOT_FOUND,
        summary: &[
            "{`invoked|requested} was not found in {region}: deleted, or of another account or Region",
            "{`invoked|requested|'what was called'} was not found: deleted, or of another account or Region",
        ],
        hints: &[
            "use `{suggested}`",
            "{!suggested}`bedrock-ask models --region {region|'REGION'}` lists what can be called from there",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::UnknownOperation,
        patterns: &[
            "UnknownOperationException",
            "^Unknown operation$",
            "operation is not recognized by the service",
            "Unable to determine service/operation name to be authorized",
        ],
        summary: UNKNOWN_OPERATION,
        hints: LOOK_AT_ENDPOINT,
        ..RULE
    },
    DiagnosisRule {
        group: Group::UnknownOperation,
        decisive_codes: &["UnknownOperationException", "UnknownOperation"],
        summary: UNKNOWN_OPERATION,
        hints: LOOK_AT_ENDPOINT,
        ..RULE
    },
];
