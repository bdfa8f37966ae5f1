//! What the long help of each command says about its JSON: the names of the fields, which the tests compare with
//! `src/schemas`.

use crate::output::wrapped_hanging;

/// The columns of a line.
const WIDTH: usize = 97;

const FAILURE: &str = "  failure: error (aws, causes, exitCode, hints, message, suggestion)";

const SETTING: &str = "  setting: error, key, modelId, origin (file, kind, line, name), value";

const JOB: &str = "  job: endTime, errorRecordCount, inputUri, jobArn, jobExpirationTime, jobName, lastModifiedTime,
    message, modelId, modelInvocationType, outputUri, processedRecordCount, status, submitTime,
    successRecordCount, totalRecordCount";

const INFERENCE_PROFILE: &str = "  inference profile: createdAt, description, inferenceProfileArn, inferenceProfileId,
    inferenceProfileName, models (modelArn), status, tags (key, value), type, updatedAt";

/// The kinds of objects that each command prints, by its path.
const KINDS: &[(&str, &str)] = &[
    (
        "ask",
        "  response: citations, error, estimatedCost (pricesAsOf, usDollars), extracted, metrics
    (latencyMs), modelId, output (message (content (text), role)), region, requestId, serviceTier
    (type), stopReason, structuredOutput, text, trace, unknownEvents, usage (cacheReadInputTokens,
    cacheWriteInputTokens, inputTokens, outputTokens, totalTokens)
  request: body, method, modelId, region, url",
    ),
    ("batch submit", "  job: bytes, fileCount, inputUri, jobArn, jobName, modelId, outputUri, recordCount, roleArn"),
    (
        "batch run",
        "  summary: doneBeforeCount, doneCount, elapsedSeconds, error, estimatedCost (pricesAsOf,
    usDollars), failedBeforeCount, failedCount, failures (count, diagnosis), latency (p50Ms,
    p95Ms), leftCount, recordCount, recordsPerSecond, retryCount, throttledCount, usage
    (cacheReadInputTokens, cacheWriteInputTokens, inputTokens, outputTokens, totalTokens)",
    ),
    (
        "batch plan",
        "  plan: estimatedInputTokens, inputBytes, modelId, outputTokensAtMost, pricesAsOf, recordCount,
    recordsWithoutMaxTokens, region, run (assumptions (jobs, latencySeconds, requestsPerMinute,
    tokensPerMinute), estimatedSeconds (from, to), estimatedUsDollars (from, to)), submit
    (bytes, estimatedUsDollars (from, to), fileCount, jobCount, refusals, secondsAtMost),
    uncountedInput (kind, recordCount)",
    ),
    (
        "resolve",
        "  resolution: alternatives (destinationRegions, modelId, routing), arn, asked, catalog (asOf,
    file, source), destinationRegions, endOfLifeTime, foundationModelId, modelId, notes,
    predicted, region, routing, rule, warnings
  refusal: asked, error, region",
    ),
    (
        "models",
        "  model: alternatives (destinationRegions, modelId, routing), catalog (asOf, file, source),
    contextWindow, destinationRegions, foundationModelId, inputModalities, maxOutputTokens,
    modelId, modelLifecycle (endOfLifeTime, status), modelName, outputModalities, providerName,
    region, responseStreamingSupported, routing, successorModelId, usDollarsPerMillionTokens
    (input, output)
  page: contextWindow, endpoints, foundationModelId, inputModalities, mantleRegions,
    maxOutputTokens, modelLifecycle (endOfLifeTime, status), modelName, outputModalities,
    providerName, responseStreamingSupported, routes (destinationRegions,
    inferenceProfileStatus, invocable, isResolution, modelId, region, routing),
    successorFoundationModelId, usDollarsPerMillionTokens",
    ),
    ("regions", "  region: hasEndpoint, modelCount, partition, region, title, usualPrefix, usualRouting"),
    ("config", SETTING),
    ("config get", SETTING),
    (
        "whoami",
        "  page: catalog (ageDays, asOf, file, source), credentials (expiresAt, source), endpointUrl
    (origin (file, kind, line, name), value), error, identity (accountId, arn, reason), model
    (error, modelId, origin (file, kind, line, name), value), platform, profile (origin (file,
    kind, line, name), value), region (origin (file, kind, line, name), value), routing (origin
    (file, kind, line, name), value), versions (aws-sdk-bedrockruntime, bedrock-ask)",
    ),
    (
        "check",
        "  preconditions: setting (clockOffsetSeconds, counts (checked, failed, inconclusive, passed,
    warned), credentials (expiresAt, source), depth, endpointResponded, faults (error, region),
    identity (accountId, arn, reason), sourceRegions, stream)
  finding: asked, depth, destinations (known, region), durationMs, error, expected,
    foundationModelId, modelId, notes, outcome, region, routing, settingFault, verdict
  plan: plan (calls, callsWithoutPrice, depth, estimatedCost (pricesAsOf, usDollars))
  call: modelId, operation, region",
    ),
    (
        "diagnose",
        "  diagnosis: actor, aws, causes, errorCode, exitCode, group, hints, httpStatusCode, isCertain,
    message, modelId, operation, parameterFix (drop, inferenceConfig.maxTokens, operation,
    outputConfig.effort), region, requestId, retryable",
    ),
    (
        "iam-policy",
        "  policy: Statement (Action, Condition, Effect, NotAction, NotResource, Principal, Resource,
    Sid), Version
  file: file
  lack: action, context, reason, resource, verdict",
    ),
    ("batch status", JOB),
    (
        "batch fetch",
        "  results: errorRecordCount, failedFile, jobArns, missingRecordCount, outputFile,
    successRecordCount, totalRecordCount, usage (inputTokens, outputTokens, totalTokens)",
    ),
    ("batch list", JOB),
    ("batch stop", "  stopped: jobArn, jobName, status, stopped"),
    (
        "catalog",
        "  region: applicationInferenceProfileCount, asOf, file, inferenceProfileCount, modelCount,
    onDemandCount, region, source",
    ),
    (
        "catalog refresh",
        "  region: applicationInferenceProfileCount, asOf, inferenceProfileCount, modelCount, region
  refusal: error, region, skipped",
    ),
    ("catalog diff", "  difference: modelId, only, region, routing"),
    ("catalog clear", "  result: removedFiles"),
    ("history list", "  conversation: conversationId, modelId, prompt, region, time, turnCount"),
    (
        "history show",
        "  conversation: conversationId, turns (messages (content (text), role), modelId, region, system,
    time, usage (inputTokens, outputTokens, totalTokens))",
    ),
    ("history search", "  match: conversationId, excerpt, modelId, role, time"),
    ("history delete", "  deleted: conversationId"),
    ("inference-profile list", INFERENCE_PROFILE),
    ("inference-profile show", INFERENCE_PROFILE),
    ("inference-profile create", "  created: inferenceProfileArn, inferenceProfileName, modelSource (copyFrom)"),
    ("inference-profile tag", "  tagged: inferenceProfileArn, tags (key, value)"),
    ("inference-profile untag", "  untagged: inferenceProfileArn, tagKeys"),
    ("inference-profile delete", "  deleted: inferenceProfileIdentifier"),
];

/// What follows for `ask`, which has another form of JSON.
const NDJSON: &str = "
  With `--format ndjson`, AWS's events as they arrive, one a line, then the result or the failure,
  see src/schemas/ask-ndjson.json in the repository:
  event: messageStart, contentBlockStart, contentBlockDelta, contentBlockStop, messageStop,
    metadata
  result: result
  failure: error, response
  `result` and `response` are the object of `--format json`. With `--output-file`, the text goes to
  the file, and the events to stdout.";

/// Returns the text for the command at this path, or `None` if it has no JSON.
pub fn text(path: &str) -> Option<String> {
    let (_, kinds) = KINDS.iter().find(|(known, _)| *known == path)?;
    let file = format!("src/schemas/{}.json", path.replace(' ', "-"));
    let start = format!("  With `--format json`, one object a line, see {file} in the repository:");
    let start = wrapped_hanging(&start, 2, WIDTH);
    let end = if path == "ask" { NDJSON } else { "" };
    Some(format!("JSON:\n{start}\n{kinds}\n{FAILURE}{end}"))
}
