//! Rules for model IDs, inference profiles and ARNs that do not fit the Region or the endpoint.

use super::{DiagnosisRule, REFUSAL, RULE};
use crate::diagnosis::group::Group;

const USE_SUGGESTED: &str = "use `{suggested}`";
const LIST: &str =
    "{!suggested}`bedrock-ask models --region {region|'REGION'}` lists the models that can be invoked from there";
const NOT_FOUND: &[&str] = &["ResourceNotFoundException", "ResourceNotFound", "NotFoundException"];

/// What replaces a model that is no longer offered.
const REPLACEMENT: &[&str] = &[
    "use `{successor}`",
    "{!successor}use `{first_party}`",
    "{!successor}{!first_party}`bedrock-ask models --region {region|'REGION'}` lists the models that can be invoked from there",
];
const PROFILE_NOT_FOUND: &[&str] = &[
    "{`invoked|requested} was not found in {region}: it was deleted, or it belongs to another account or Region",
    "{`invoked|requested|'the inference profile'} was not found: it was deleted, or it belongs to another account or Region",
];
const LIST_PROFILES: &str = "`bedrock-ask inference-profile list --region {region|'REGION'}` lists the account's application inference profiles there";

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::LegacyInactive,
        patterns: &[
            "marked by provider as Legacy",
            "marked as Legacy by the provider",
            "have not been actively using the model in the last",
        ],
        summary: &[
            "{`model|'the model'} is a legacy model, which is closed to accounts that have not used it recently",
        ],
        explanation: &["its end of life is {end_of_life}; a retry does not help"],
        hints: REPLACEMENT,
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::EndOfLife,
        patterns: &["has reached the end of its life", "has reached its end of life"],
        summary: &[
            "{`model} reached its end of life on {end_of_life}",
            "{`model|'the model'} has reached its end of life",
        ],
        hints: REPLACEMENT,
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::OnDemandUnsupported,
        patterns: &[
            "Invocation of model ID {model} with on-demand throughput is",
            "support on-demand throughput",
            "with on-demand throughput is",
        ],
        summary: &[
            "{`model} cannot be invoked by its plain ID from {region}",
            "{`model|'the model'} cannot be invoked by its plain ID",
        ],
        explanation: &["only the bedrock-mantle endpoint serves the model on demand{?mantle_only}"],
        hints: &[
            USE_SUGGESTED,
            "{!suggested}use `{successor}`, its successor",
            "{!suggested}{!successor}{?region}`bedrock-ask resolve {model} --region {region} --explain` prints the ID of its inference profile, if it has one",
            "{!region}`bedrock-ask resolve {model|'MODEL'} --region REGION` prints the ID of its inference profile in your Region",
            "{!suggested}{?region}{!model}`bedrock-ask resolve MODEL --region {region}` prints the ID of its inference profile",
        ],
        ..REFUSAL
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
            "bedrock-mantle and `/openai/v1` have their own models and Regions, and do not accept inference profiles",
        ],
        hints: &[
            "{?suggested}on bedrock-runtime, with Converse, the ID is `{suggested}`",
            "{!suggested}{?listed}on bedrock-runtime, with Converse, `{invoked}` is the right ID",
            "bedrock-mantle takes the plain ID, without `us.` or another prefix, and serves the model only in some Regions[: {mantle_regions}]",
            "{!suggested}{!listed}`bedrock-ask resolve {model|missing|'MODEL'} --region {region|'REGION'}` prints the ID for bedrock-runtime and Converse",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::OtherEndpoint,
        patterns: &["provided model identifier is invalid", "Could not resolve the foundation model from"],
        condition: "{?mantle_only}",
        summary: &["{`model|'the model'} is served by the bedrock-mantle endpoint only, not by bedrock-runtime"],
        hints: &[
            "use `{successor}`",
            "{!successor}use `{first_party}`, which bedrock-runtime serves",
            "{!successor}{!first_party}`bedrock-ask models --region {region|'REGION'}` lists the models that bedrock-runtime serves",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::IdentifierInvalid,
        patterns: &["provided model identifier is invalid"],
        condition: "{?listed}{?region}",
        summary: &["AWS rejected `{invoked}`, although the catalog lists it for {region}"],
        explanation: &["the request went to another Region or endpoint, or a tool changed the ID"],
        hints: &[
            USE_SUGGESTED,
            "check where the request went: `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and the Region of the client must belong to {region}; a blank or a quote that a tool added to the ID has the same effect",
            "{!suggested}`bedrock-ask catalog refresh --region {region}` reads from AWS which models the account can invoke there",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::IdentifierInvalid,
        patterns: &["provided model identifier is invalid"],
        summary: &[
            "{`model} cannot be invoked from {region}",
            "{`model|'the model ID'} cannot be invoked from the source Region",
        ],
        explanation: &["the Region was {region}: an inference profile can be invoked only from its source Regions"],
        hints: &[
            USE_SUGGESTED,
            "{!suggested}use `{successor}`, its successor",
            "{!suggested}{!successor}{?region}`bedrock-ask resolve {model} --region {region} --explain` prints the ID of the model there",
            "{!region}`bedrock-ask resolve {model} --region REGION` prints the ID of the model in your Region",
            "{!region}{!model}add `--model MODEL --region REGION`: the model that was invoked, and the source Region",
            "{?region}{!model}{!suggested}{!successor}add `--model MODEL`: the model that was invoked",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::ModelNotFound,
        patterns: &["Could not resolve the foundation model from", "provided model identifier does not exist"],
        summary: &["{`model} is not a foundation model[ in {region}]", "the foundation model does not exist"],
        hints: &[USE_SUGGESTED, LIST],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::WrongRegion,
        patterns: &["ARN is invalid for the service region"],
        summary: &["{`invoked|requested|'the ARN'} belongs to a Region other than {region|'that of the endpoint'}"],
        hints: &[
            "`--region {arn_region}` invokes it in its own Region",
            "{!arn_region}use the Region in its ARN, the fourth field, as the source Region",
            "{?suggested}or use `{suggested}` from {region}",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::NotChat,
        patterns: &["This action doesn't support the model that you provided"],
        summary: &[
            "{`model|'the model'} does not support Converse: it is a model for speech, images, video or embeddings, or an imported model",
        ],
        explanation: &["an imported model can be invoked with `InvokeModel` only"],
        hints: &["use `{first_party}`", "`bedrock-ask models --region {region|'REGION'}` lists the models that do"],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::IdentifierMalformed,
        patterns: &[
            "Value '{value}' at 'modelId' failed to satisfy constraint",
            "Value '{value}' at 'modelIdentifier' failed to satisfy",
        ],
        summary: &["`{value}` is not a model ID", "the model ID is empty"],
        explanation: &[
            "{?operation=GetFoundationModelAvailability}this action accepts only plain model IDs, not inference profiles or ARNs",
        ],
        hints: &[USE_SUGGESTED, "{!suggested}`bedrock-ask models --region {region|'REGION'}` lists the model IDs"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ResourceNotFound,
        patterns: &[
            "The specified resource could not be found",
            "inference profile{}could not be found",
            "inference profile{}does not exist",
        ],
        summary: PROFILE_NOT_FOUND,
        hints: &[USE_SUGGESTED, LIST_PROFILES],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::InferenceProfileSource,
        patterns: &["modelSource.copyFrom", "copyFrom"],
        summary: &["an inference profile cannot be created from this source"],
        explanation: &[
            "a model without on-demand throughput must be copied from its cross-Region inference profile, in the same Region",
        ],
        hints: &[
            "`bedrock-ask resolve {model|'MODEL'} --region {region|'REGION'} --arn` prints the ARN of the source",
            "use `{suggested}` as the source",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::InferenceProfileSystemDefined,
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
            "`bedrock-ask inference-profile list[ --region {region}]` lists the application inference profiles, which can be changed",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::InferenceProfileConflict,
        decisive_codes: &["ConflictException"],
        condition: "{?operation=DeleteInferenceProfile}",
        summary: &["the inference profile {`invoked|requested|'to be deleted'} is in use or being changed"],
        hints: &[
            "try again in a minute; `bedrock-ask inference-profile show[ {invoked}][ --region {region}]` shows its status",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::InferenceProfileConflict,
        decisive_codes: &["ConflictException"],
        condition: "{?operation=CreateInferenceProfile}",
        summary: &["an inference profile with this name already exists"],
        hints: &["`bedrock-ask inference-profile list[ --region {region}]` shows it; `--if-not-exists` accepts it"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::InferenceProfileConflict,
        decisive_codes: &["ConflictException"],
        summary: &["the inference profile already exists, or is being changed"],
        hints: &[
            "`bedrock-ask inference-profile list[ --region {region}]` shows it; `--if-not-exists` of `bedrock-ask inference-profile create` accepts one that exists",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::TooManyTags,
        decisive_codes: &["TooManyTagsException"],
        summary: &["too many tags: AWS allows at most 50 per resource"],
        hints: &["leave out some of the tags, or remove old ones: `bedrock-ask inference-profile show` lists them"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ResourceNotFound,
        decisive_codes: NOT_FOUND,
        condition: "{?about_profile}",
        summary: PROFILE_NOT_FOUND,
        hints: &[LIST_PROFILES],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ResourceNotFound,
        decisive_codes: NOT_FOUND,
        summary: &[
            "{`invoked|requested} was not found in {region}: it was deleted, or it belongs to another account or Region",
            "{`invoked|requested|'the resource'} was not found: it was deleted, or it belongs to another account or Region",
        ],
        hints: &[USE_SUGGESTED, LIST],
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
        decisive_codes: &["UnknownOperationException", "UnknownOperation"],
        summary: &[
            "{?operation}{!with_id}{`host|'the endpoint'} does not support `{operation}`",
            "{`host|'the endpoint'} does not support this operation: it is not an endpoint of Bedrock, or the slash of an ARN was not encoded in the path",
        ],
        hints: &[
            "{?with_id}check `--endpoint-url` and the `AWS_ENDPOINT_URL` variables; the slashes and colons of an ARN must be sent as `%2F` and `%3A`",
            "{!with_id}check `--endpoint-url` and the `AWS_ENDPOINT_URL` variables: `bedrock` and `bedrock-runtime` have different endpoints, and a gateway may serve only one of them",
        ],
        ..RULE
    },
];
