//! What the long help of each command says about its JSON: the names of the fields, which the tests compare with
//! `src/schemas`.

/// The text for each command, by its path.
const TEXTS: &[(&str, &str)] = &[
    (
        "ask",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/ask.json in the repository:
  response: citations, error, estimatedCost (pricesAsOf, usDollars), extracted, metrics
    (latencyMs), modelId, output (message (content (text), role)), region, requestId, serviceTier
    (type), stopReason, structuredOutput, text, trace, unknownEvents, usage (cacheReadInputTokens,
    cacheWriteInputTokens, inputTokens, outputTokens, totalTokens)
  request: body, method, modelId, region, url
  failure: error (aws, causes, exitCode, hints, message, suggestion)
  With `--format ndjson`, AWS's events as they arrive, one a line, then the result or the failure,
  see src/schemas/ask-ndjson.json in the repository:
  event: messageStart, contentBlockStart, contentBlockDelta, contentBlockStop, messageStop,
    metadata
  result: result
  failure: error, response
  `result` and `response` are the object of `--format json`. With `--output-file`, the text goes to
  the file, and the events to stdout.",
    ),
    (
        "batch submit",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/batch-submit.json in the repository:
  job: bytes, fileCount, inputUri, jobArn, jobName, modelId, outputUri, recordCount, roleArn
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "batch run",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/batch-run.json in the repository:
  summary: doneBeforeCount, doneCount, elapsedSeconds, error, estimatedCost (pricesAsOf,
    usDollars), failedBeforeCount, failedCount, failures (count, diagnosis), latency (p50Ms,
    p95Ms), leftCount, recordCount, recordsPerSecond, retryCount, throttledCount, usage
    (cacheReadInputTokens, cacheWriteInputTokens, inputTokens, outputTokens, totalTokens)
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "batch plan",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/batch-plan.json in the repository:
  plan: estimatedInputTokens, inputBytes, modelId, outputTokensAtMost, pricesAsOf, recordCount,
    recordsWithoutMaxTokens, region, run (assumptions (jobs, latencySeconds, requestsPerMinute,
    tokensPerMinute), estimatedSeconds (from, to), estimatedUsDollars (from, to)), submit
    (bytes, estimatedUsDollars (from, to), fileCount, jobCount, refusals, secondsAtMost),
    uncountedInput (kind, recordCount)
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "resolve",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/resolve.json in the repository:
  resolution: alternatives (destinationRegions, modelId, routing), arn, asked, catalog (asOf,
    file, source), destinationRegions, endOfLifeTime, foundationModelId, modelId, notes,
    predicted, region, routing, rule, warnings
  refusal: asked, error, region
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "models",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/models.json in the repository:
  model: alternatives (destinationRegions, modelId, routing), catalog (asOf, file, source),
    contextWindow, destinationRegions, foundationModelId, inputModalities, maxOutputTokens,
    modelId, modelLifecycle (endOfLifeTime, status), modelName, outputModalities, providerName,
    region, responseStreamingSupported, routing, successorModelId, usDollarsPerMillionTokens
    (input, output)
  page: contextWindow, endpoints, foundationModelId, inputModalities, mantleRegions,
    maxOutputTokens, modelLifecycle (endOfLifeTime, status), modelName, outputModalities,
    providerName, responseStreamingSupported, routes (destinationRegions,
    inferenceProfileStatus, invocable, isResolution, modelId, region, routing),
    successorFoundationModelId, usDollarsPerMillionTokens
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "regions",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/regions.json in the repository:
  region: hasEndpoint, modelCount, partition, region, title, usualPrefix, usualRouting
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "config",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/config.json in the repository:
  setting: error, key, modelId, origin (file, kind, line, name), value
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "config get",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/config-get.json in the repository:
  setting: error, key, modelId, origin (file, kind, line, name), value
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "whoami",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/whoami.json in the repository:
  page: catalog (ageDays, asOf, file, source), credentials (expiresAt, source), endpointUrl
    (origin (file, kind, line, name), value), error, identity (accountId, arn, reason), model
    (error, modelId, origin (file, kind, line, name), value), platform, profile (origin (file,
    kind, line, name), value), region (origin (file, kind, line, name), value), routing (origin
    (file, kind, line, name), value), versions (aws-sdk-bedrockruntime, bedrock-ask)
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "check",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/check.json in the repository:
  preconditions: setting (clockOffsetSeconds, counts (checked, failed, inconclusive, passed,
    warned), credentials (expiresAt, source), depth, endpointResponded, faults (error, region),
    identity (accountId, arn, reason), sourceRegions, stream)
  finding: asked, depth, destinations (known, region), durationMs, error, expected,
    foundationModelId, modelId, notes, outcome, region, routing, settingFault, verdict
  plan: plan (calls, callsWithoutPrice, depth, estimatedCost (pricesAsOf, usDollars))
  call: modelId, operation, region
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "diagnose",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/diagnose.json in the repository:
  diagnosis: actor, aws, causes, errorCode, exitCode, group, hints, httpStatusCode, isCertain,
    message, modelId, operation, parameterFix (drop, inferenceConfig.maxTokens, operation,
    outputConfig.effort), region, requestId, retryable
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "iam-policy",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/iam-policy.json in the repository:
  policy: Statement (Action, Condition, Effect, NotAction, NotResource, Principal, Resource,
    Sid), Version
  file: file
  lack: action, context, reason, resource, verdict
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "batch status",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/batch-status.json in the repository:
  job: endTime, errorRecordCount, inputUri, jobArn, jobExpirationTime, jobName, lastModifiedTime,
    message, modelId, modelInvocationType, outputUri, processedRecordCount, status, submitTime,
    successRecordCount, totalRecordCount
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "batch fetch",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/batch-fetch.json in the repository:
  results: errorRecordCount, failedFile, jobArns, missingRecordCount, outputFile,
    successRecordCount, totalRecordCount, usage (inputTokens, outputTokens, totalTokens)
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "batch list",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/batch-list.json in the repository:
  job: endTime, errorRecordCount, inputUri, jobArn, jobExpirationTime, jobName, lastModifiedTime,
    message, modelId, modelInvocationType, outputUri, processedRecordCount, status, submitTime,
    successRecordCount, totalRecordCount
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "batch stop",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/batch-stop.json in the repository:
  stopped: jobArn, jobName, status, stopped
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "catalog",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/catalog.json in the repository:
  region: applicationInferenceProfileCount, asOf, file, inferenceProfileCount, modelCount,
    onDemandCount, region, source
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "catalog refresh",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/catalog-refresh.json in the
  repository:
  region: applicationInferenceProfileCount, asOf, inferenceProfileCount, modelCount, region
  refusal: error, region, skipped
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "catalog diff",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/catalog-diff.json in the repository:
  difference: modelId, only, region, routing
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "catalog clear",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/catalog-clear.json in the repository:
  result: removedFiles
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "history list",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/history-list.json in the repository:
  conversation: conversationId, modelId, prompt, region, time, turnCount
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "history show",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/history-show.json in the repository:
  conversation: conversationId, turns (messages (content (text), role), modelId, region, system,
    time, usage (inputTokens, outputTokens, totalTokens))
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "history search",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/history-search.json in the repository:
  match: conversationId, excerpt, modelId, role, time
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "history delete",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/history-delete.json in the repository:
  deleted: conversationId
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "inference-profile list",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/inference-profile-list.json in the
  repository:
  inference profile: createdAt, description, inferenceProfileArn, inferenceProfileId,
    inferenceProfileName, models (modelArn), status, tags (key, value), type, updatedAt
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "inference-profile show",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/inference-profile-show.json in the
  repository:
  inference profile: createdAt, description, inferenceProfileArn, inferenceProfileId,
    inferenceProfileName, models (modelArn), status, tags (key, value), type, updatedAt
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "inference-profile create",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/inference-profile-create.json in the
  repository:
  created: inferenceProfileArn, inferenceProfileName, modelSource (copyFrom)
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "inference-profile tag",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/inference-profile-tag.json in the
  repository:
  tagged: inferenceProfileArn, tags (key, value)
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "inference-profile untag",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/inference-profile-untag.json in the
  repository:
  untagged: inferenceProfileArn, tagKeys
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
    (
        "inference-profile delete",
        "\
JSON:
  With `--format json`, one object a line, see src/schemas/inference-profile-delete.json in the
  repository:
  deleted: inferenceProfileIdentifier
  failure: error (aws, causes, exitCode, hints, message, suggestion)",
    ),
];

/// Returns the text for the command at this path, or `None` if it has no JSON.
pub fn text(path: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}
