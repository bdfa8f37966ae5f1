// Holds the policies of `iam-policy`, and the verdicts of `iam-policy --check`, against an IAM simulator that this
// project did not write. The requests come from AWS's rules as they are written here, not from the program:
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
// Usage: node simulate.mjs FOLDER_OF_NODE_MODULES BINARY CATALOG
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

const [folder, binary, catalog] = process.argv.slice(2)
const { runSimulation, runUnsafeSimulation } = createRequire(`${folder}/`)('@cloud-copilot/iam-simulate')

const ACCOUNT = '111122223333'
const INVOKE = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream']
const PROFILE_KEY = 'bedrock:InferenceProfileArn'
const REGION_KEY = 'aws:RequestedRegion'
const SONNET = 'anthropic.claude-sonnet-4-6'
const LEAST = { pairs: 140, policies: 150 }

function fail(why, ...details) {
  console.error(`error: ${why}`)
  for (const detail of details) console.error(typeof detail === 'string' ? detail : JSON.stringify(detail))
  process.exit(1)
}

// --- The program -----------------------------------------------------------------------------------------------------

function run(args, input = '') {
  const env = { HOME: '/nonexistent', BEDROCK_ASK_CATALOG_PATH: catalog }
  const { status, stdout, stderr } = spawnSync(binary, ['--quiet', ...args, '--format', 'json'], { env, input, encoding: 'utf8' })
  return { status, stderr, objects: stdout.split('\n').filter(Boolean).map(line => JSON.parse(line)) }
}

function printed(...args) {
  const { status, stderr, objects } = run(['iam-policy', ...args])
  if (status !== 0) fail(`no policy is printed for ${args.join(' ')}`, stderr)
  return objects
}

function resolved(model, region) {
  const { status, stderr, objects } = run(['resolve', model, '--region', region])
  if (status !== 0) fail(`${model} does not resolve from ${region}`, stderr)
  return objects[0]
}

// --- AWS's rules -----------------------------------------------------------------------------------------------------

const partitionOf = region => (region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws')
const modelArn = (from, region, model) => `arn:${partitionOf(from)}:bedrock:${region}::foundation-model/${model}`
const profileArn = (region, id, account = ACCOUNT) =>
  `arn:${partitionOf(region)}:bedrock:${region}:${account}:inference-profile/${id}`

function request(action, resource, requestedRegion, profile) {
  const context = { [REGION_KEY]: requestedRegion }
  if (profile) context[PROFILE_KEY] = profile
  return { action, resource, context }
}

// The resources that an invocation needs, each with the context in which it is authorized.
function resources({ modelId, foundationModelId: model, routing, destinationRegions, region }, application) {
  if (routing === 'in-region' && !application) return [[modelArn(region, region, model), region]]
  const profile = application ?? profileArn(region, modelId)
  const models = { global: ['', region], geographic: [...new Set([region, ...destinationRegions])], 'in-region': [region] }
  return [
    [profile, region],
    ...models[routing].map(where => [modelArn(region, where, model), where || 'unspecified', profile]),
  ]
}

const needs = (fact, application) =>
  INVOKE.flatMap(action => resources(fact, application).map(resource => request(action, ...resource)))

// Requests that are near to the needed ones, and that a policy of least privileges must not allow.
function forbidden(fact, application) {
  const { modelId, foundationModelId: model, routing, region } = fact
  const [first] = INVOKE
  const own = application ?? profileArn(region, modelId)
  const elsewhere = region === 'us-east-1' ? 'eu-west-2' : 'us-east-1'
  const list = [
    request(first, modelArn(region, region, 'publisher.other-model-v1:0'), region),
    request(first, modelArn(region, 'af-south-1', model), 'af-south-1', own),
    request(first, modelArn(region, 'af-south-1', model), 'af-south-1'),
    request('bedrock:CreateModelInvocationJob', modelArn(region, region, model), region),
  ]
  if (routing !== 'global') list.push(request(first, modelArn(region, '', model), 'unspecified', own))
  if (routing === 'in-region' && !application) {
    list.push(request(first, profileArn(region, `us.${model}`), region))
    return list
  }
  for (const [arn, where, profile] of resources(fact, application)) {
    if (profile) {
      list.push(request(first, arn, where))
      list.push(request(first, arn, where, profileArn(region, `other.${model}`)))
      if (application) list.push(request(first, arn, where, profileArn(region, modelId)))
    }
  }
  if (application) list.push(request(first, profileArn(region, modelId), region))
  list.push(request(first, profileArn(region, modelId, '999988887777'), region))
  list.push(request(first, profileArn(elsewhere, modelId), elsewhere))
  list.push(request(first, profileArn(region, `other.${model}`), region))
  list.push(request('bedrock:GetInferenceProfile', own, region))
  return list
}

// --- The simulator ---------------------------------------------------------------------------------------------------

const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

async function simulate(policies, { action, resource, context }, controls = []) {
  const named = list => list.map((policy, index) => ({ name: `p${index}`, policy }))
  const organization = [{ orgIdentifier: 'o-1', policies: named([EVERYTHING]) }]
  for (const control of controls) organization.push({ orgIdentifier: 'ou-1', policies: named([EVERYTHING, control]) })
  const simulation = {
    request: {
      principal: `arn:aws:iam::${ACCOUNT}:role/caller`,
      action,
      // The account decides whether the call is within one; the ARN of a model has none.
      resource: { resource, accountId: ACCOUNT },
      contextVariables: context,
    },
    identityPolicies: named(policies),
    serviceControlPolicies: organization,
    resourceControlPolicies: [],
  }
  // Its data have no ARN without a Region, so that such requests are not validated; the policies are, by the others.
  if (resource.includes(':::foundation-model/')) return runUnsafeSimulation(simulation, {})
  const { resultType, overallResult, errors } = await runSimulation(simulation, {})
  return resultType === 'error' ? `error ${JSON.stringify(errors)}` : overallResult
}

const counts = {}
const count = (what, by = 1) => (counts[what] = (counts[what] ?? 0) + by)

async function holds(what, policies, requests, expected, controls) {
  for (const one of requests) {
    const result = await simulate(policies, one, controls)
    if (!expected.includes(result)) fail(`${what}: ${result} in place of ${expected}`, one, policies, controls ?? [])
    count(`requests that are ${expected[0]}`)
  }
}

const DENIED = ['ImplicitlyDenied', 'ExplicitlyDenied']

// --- What is printed -------------------------------------------------------------------------------------------------

async function printedPolicies() {
  const regions = ['us-east-1', 'eu-central-1', 'eu-west-2', 'ap-northeast-2', 'ca-central-1', 'sa-east-1', 'us-gov-west-1']
  for (const region of regions) {
    const { objects } = run(['models', '--region', region])
    const ids = objects.flatMap(({ modelId, alternatives }) => [modelId, ...alternatives.map(route => route.modelId)])
    const step = Math.max(1, Math.floor(ids.length / 20))
    for (const id of ids.filter((_, index) => index % step === 0)) {
      const fact = { ...resolved(id, region), region }
      if (fact.routing === 'geographic' && !fact.destinationRegions?.length) {
        count('pairs without a policy, since the destination Regions are not known')
        continue
      }
      const policies = printed(id, '--region', region, '--account', ACCOUNT)
      await holds(`${id} from ${region}`, policies, needs(fact), ['Allowed'])
      await holds(`${id} from ${region}`, policies, forbidden(fact), DENIED)
      count('pairs of a model and a Region')
      count(`pairs with ${fact.routing} routing`)
    }
  }
  for (const [source, region] of [
    [`us.${SONNET}`, 'us-east-1'],
    [`global.${SONNET}`, 'us-east-1'],
    ['us.amazon.nova-2-lite-v1:0', 'us-west-2'],
    ['eu.amazon.nova-lite-v1:0', 'eu-central-1'],
    ['amazon.titan-embed-text-v2:0', 'us-east-1'],
  ]) {
    const application = `arn:aws:bedrock:${region}:${ACCOUNT}:application-inference-profile/abc123`
    const fact = { ...resolved(source, region), region }
    const policies = printed(application, '--region', region, '--copied-from', source)
    await holds(`a copy of ${source}`, policies, needs(fact, application), ['Allowed'])
    if (fact.routing !== 'in-region') {
      await holds(`a copy of ${source}`, policies, forbidden(fact, application), DENIED)
    }
    count('application inference profiles')
  }
  if (counts['pairs of a model and a Region'] < LEAST.pairs) fail('too few pairs', counts)
}

async function controlPolicies() {
  for (const [id, region] of [[`us.${SONNET}`, 'us-east-1'], [`global.${SONNET}`, 'eu-west-1'], [`eu.${SONNET}`, 'eu-central-1']]) {
    const fact = { ...resolved(id, region), region }
    const elsewhere = INVOKE.map(action => request(action, modelArn(region, 'af-south-1', SONNET), 'af-south-1'))
    for (const kind of ['exempt', 'regions']) {
      const controls = printed(id, '--region', region, `--scp=${kind}`)
      if (controls.length !== 1) fail(`--scp=${kind} prints ${controls.length} documents`)
      await holds(`${kind} ${id}`, [EVERYTHING], needs(fact), ['Allowed'], controls)
      await holds(`${kind} ${id}`, [EVERYTHING], elsewhere, DENIED, controls)
      count('service control policies')
    }
    const [block] = printed('--scp=block-global')
    const isGlobal = ({ context }) => context[REGION_KEY] === 'unspecified'
    await holds(`block ${id}`, [EVERYTHING], needs(fact).filter(isGlobal), DENIED, [block])
    await holds(`block ${id}`, [EVERYTHING], needs(fact).filter(one => !isGlobal(one)), ['Allowed'], [block])
    const role = printed(id, '--region', region, '--account', ACCOUNT, '--batch-role=permissions')
    const batch = needs(fact).filter(({ action }) => action === INVOKE[0])
    await holds(`the batch role for ${id}`, role, batch, ['Allowed'])
    await holds(`the batch role for ${id}`, role, forbidden(fact), DENIED)
  }
}

// --- What is checked -------------------------------------------------------------------------------------------------

// The same numbers in every run.
let state = 20261127
const random = below => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return (state >>> 8) % below
}
const pick = list => list[random(list.length)]

const APPLICATION = `arn:aws:bedrock:us-east-1:${ACCOUNT}:application-inference-profile/abc123`

function targets() {
  const one = (model, region, ...more) => {
    const isCopy = model === APPLICATION
    const fact = { ...resolved(isCopy ? more[1] : model, region), region }
    const args = [model, '--region', region, '--account', ACCOUNT, ...more]
    return { args, needs: needs(fact, isCopy ? APPLICATION : undefined), fact }
  }
  return [
    one(`eu.${SONNET}`, 'eu-central-1'),
    one(`global.${SONNET}`, 'us-east-1'),
    one('amazon.nova-micro-v1:0', 'eu-west-2'),
    one('anthropic.claude-sonnet-4-5-20250929-v1:0', 'us-gov-west-1'),
    one(APPLICATION, 'us-east-1', '--copied-from', `us.${SONNET}`),
  ]
}

const COMPARISONS = ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike', 'ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike']
const spelt = text => pick([text, text, text.toLowerCase(), text.toUpperCase()])

function operators() {
  const list = ['Null']
  for (const quantifier of ['', 'ForAnyValue:', 'ForAllValues:']) {
    for (const comparison of COMPARISONS) {
      for (const ending of ['', 'IfExists']) list.push(quantifier + comparison + ending)
    }
  }
  return list
}

function valuesFor(operator, key, target) {
  const used = target.needs.map(({ context }) => context[key]).filter(Boolean)
  const profile = pick(used.length > 0 ? used : [profileArn('us-east-1', `us.${SONNET}`)])
  if (operator.toLowerCase() === 'null') return pick(['true', 'false'])
  if (key === REGION_KEY) {
    const some = ['us-east-1', 'eu-*', 'eu-????-?', '*', 'unspecified', 'US-EAST-1', 'eu-west-2', profile]
    return pick([profile, pick(some), [pick(some), pick(some)]])
  }
  const arns = [profile, 'arn:aws:bedrock:*:*:inference-profile/global.*', 'arn:*:bedrock:*:*:*inference-profile/*', profileArn('us-east-1', 'us.other')]
  if (!operator.toLowerCase().includes('arn')) arns.push(profile.toUpperCase(), '*', '')
  return pick([profile, pick(arns), [pick(arns), pick(arns)]])
}

function condition(operator, target, key) {
  // An ARN operator is for a key that is an ARN.
  const on = key ?? (operator.includes('Arn') ? PROFILE_KEY : pick([REGION_KEY, PROFILE_KEY]))
  return { [spelt(operator)]: { [spelt(on)]: valuesFor(operator, on, target) } }
}

function randomStatement(target, effect) {
  const arns = target.needs.map(({ resource }) => resource)
  const actions = [...INVOKE, 'bedrock:InvokeModel*', 'bedrock:Invoke*', 'bedrock:*', '*', 'BEDROCK:invokemodel', 'bedrock:Converse', 'bedrock:?nvokeModel', 'bedrock:InvokeModel?*', 's3:*']
  // Not with a wildcard before the slash of a resource type, which the simulator does not match as IAM does.
  const patterns = ['*', ...arns, 'arn:aws:bedrock:*::foundation-model/*', 'arn:*:bedrock:*:*:inference-profile/*', 'arn:aws:bedrock:eu-*:*', 'arn:aws:bedrock:*:*:*', 'arn:aws:bedrock:*::foundation-model/anthropic.*', 'arn:aws-us-gov:bedrock:us-gov-????-?:*', `arn:aws:bedrock:*:${ACCOUNT}:foundation-model/*`]
  const several = list => pick([pick(list), [pick(list), pick(list), pick(list)]])
  const statement = { Effect: effect }
  statement[pick(['Action', 'Action', 'Action', 'NotAction'])] = several(actions)
  const member = pick(['Resource', 'Resource', 'Resource', 'NotResource'])
  // The simulator says of itself that it does not invert an ARN with fewer fields.
  const whole = patterns.filter(pattern => pattern === '*' || pattern.split(':').length > 5)
  statement[member] = several(member === 'Resource' ? patterns : whole)
  if (random(2) === 0) statement.Condition = condition(pick(operators()), target)
  return statement
}

function corpus(all) {
  const policies = []
  const add = (target, ...statements) => policies.push({ target, policy: { Version: '2012-10-17', Statement: statements } })
  const open = { Effect: 'Allow', Action: 'bedrock:*', Resource: '*' }
  for (const operator of operators()) {
    const keys = operator.includes('Arn') ? [PROFILE_KEY] : [REGION_KEY, PROFILE_KEY]
    for (const key of keys) {
      const target = pick(all)
      add(target, { ...open, Condition: condition(operator, target, key) })
      add(target, open, { Effect: 'Deny', Action: 'bedrock:*', Resource: '*', Condition: condition(operator, target, key) })
    }
  }
  for (let number = 0; number < 80; number++) {
    const target = pick(all)
    const statements = [randomStatement(target, 'Allow'), randomStatement(target, 'Allow')]
    if (random(2) === 0) statements.push(randomStatement(target, 'Deny'))
    add(target, ...statements)
  }
  for (const target of all) {
    const own = printed(...target.args)[0]
    policies.push({ target, policy: own })
    for (let index = 0; index < own.Statement.length; index++) {
      policies.push({ target, policy: { ...own, Statement: own.Statement.filter((_, other) => other !== index) } })
    }
  }
  return policies
}

// Policies that depend on what is not known: each key with a value that the request could have.
function undecidable(all) {
  const [target] = all
  const open = { Effect: 'Allow', Action: 'bedrock:*', Resource: '*' }
  const list = []
  for (const [operator, key, value, actual] of [
    ['StringEquals', 'aws:PrincipalOrgID', 'o-1', 'o-1'],
    ['StringNotEquals', 'aws:PrincipalOrgID', 'o-1', 'o-1'],
    ['StringEqualsIfExists', 'aws:PrincipalOrgID', 'o-2', 'o-1'],
    ['Null', 'aws:PrincipalOrgID', 'true', 'o-1'],
    ['ForAllValues:StringEquals', 'aws:PrincipalOrgPaths', 'o-1/r-2', 'o-1/r-1'],
    ['IpAddress', 'aws:SourceIp', '192.0.2.0/24', '192.0.2.1'],
    ['Bool', 'aws:SecureTransport', 'true', 'true'],
    ['DateGreaterThan', 'aws:CurrentTime', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  ]) {
    const Condition = { [operator]: { [key]: value } }
    for (const Statement of [[{ ...open, Condition }], [open, { ...open, Effect: 'Deny', Condition }]]) {
      list.push({ target, policy: { Version: '2012-10-17', Statement }, unknown: { [key]: actual } })
    }
  }
  return list
}

const asVerdict = { Allowed: 'allowed', ImplicitlyDenied: 'missing', ExplicitlyDenied: 'denied' }
const nameOf = ({ action, resource, context }) =>
  [action, resource, context[REGION_KEY] ?? '', context[PROFILE_KEY] ?? ''].join(' ')

function checked(target, policy) {
  const { status, stderr, objects } = run(['iam-policy', ...target.args, '--check', '-'], JSON.stringify(policy))
  const verdicts = objects.map(({ verdict }) => verdict)
  const failed = verdicts.includes('missing') || verdicts.includes('denied')
  const exit = failed ? 8 : verdicts.includes('undecided') ? 9 : 0
  if (status !== exit) fail(`exit ${status} in place of ${exit}`, stderr, policy, objects)
  return new Map(objects.map(line => [nameOf(line), line]))
}

async function checks() {
  const all = targets()
  for (const target of all) {
    const missing = [...checked(target, { Statement: [] }).keys()].sort()
    const wanted = target.needs.map(nameOf).sort()
    if (JSON.stringify(missing) !== JSON.stringify(wanted)) fail('other requests are checked', missing, wanted)
  }
  for (const { target, policy, unknown } of [...corpus(all), ...undecidable(all)]) {
    const lines = checked(target, policy)
    const text = JSON.stringify(policy).toLowerCase()
    const asksForProfile = text.includes(PROFILE_KEY.toLowerCase())
    const isContested = /"foranyvalue:\w+ifexists"/.test(text)
    for (const need of target.needs) {
      const results = [await simulate([policy], need)]
      if (unknown) results.push(await simulate([policy], { ...need, context: { ...need.context, ...unknown } }))
      const expected = results.map(result => asVerdict[result] ?? fail(`the simulator: ${result}`, policy))
      const { verdict, reason } = lines.get(nameOf(need)) ?? { verdict: 'allowed' }
      // AWS does not document whether a request for the profile itself has the key; and of a request without the key it
      // says both, that `ForAnyValue` does not hold and that `IfExists` does.
      const isOpen = unknown
        ? new Set(expected).size > 1
        : (asksForProfile && !need.resource.includes('foundation-model/')) || (isContested && !need.context[PROFILE_KEY])
      // What no statement allows is missing, whether or not it is denied too.
      const agrees = other => other === verdict || (isOpen && verdict === 'missing' && other === 'denied')
      if (verdict === 'undecided' ? !isOpen : !expected.every(agrees)) {
        fail(`${verdict} (${reason}) where the simulator has ${expected}`, need, policy)
      }
      count(`verdicts that are ${verdict}`)
    }
    count('policies that were checked')
  }
  const refused = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*:Invoke*', Resource: '*' }] }
  const [need] = all[0].needs
  if (!(await simulate([refused], need)).startsWith('error')) fail('the simulator takes what IAM refuses')
  if (checked(all[0], refused).get(nameOf(need))?.verdict !== 'undecided') fail('a policy that IAM refuses is decided')
  if (counts['policies that were checked'] < LEAST.policies) fail('too few policies', counts)
}

await printedPolicies()
await controlPolicies()
await checks()
for (const [what, number] of Object.entries(counts)) console.log(`${what}: ${number}`)
