//! A fake Bedrock on loopback: follows AWS's rules, verifies every signature, and injects the faults that a test sets.
//!
//! ```
//! let fake = FakeBedrock::start();
//! fake.expect(converse_stream().text(["Hel", "lo"]));
//! let ran = bedrock_ask(["ask", "-m", "nova-lite", "hi"]).credentials().against(&fake).run();
//! assert_eq!(fake.requests()[0].path(), "/model/eu.amazon.nova-lite-v1%3A0/converse-stream");
//! ```
//!
//! - An unexpected request gets an error and fails the test when the fake is dropped; so does an expected one that never
//!   arrived. Expectations of one operation are met in order; `expect_repeatedly` is met by one or more requests.
//!   `.about("eu.amazon.nova-lite-v1:0").about("/eu-west-1/")` is met only by requests of that model and Region.
//! - Responses follow the rules of [`rules`] and [`runtime::check`] unless the expectation says otherwise:
//!   `.fails(429, "ThrottlingException", "Too many requests")`, `.breaks_with("throttlingException", "…")`,
//!   `.ends(Ending::WithoutStop)`, `.replies(Reply::Silence)`, `.behind(&gate)`, `.date_off_by(-600)`.
//! - The source Region is that of the signature; with an API key it is `in_region(…)`, or eu-central-1.
//! - The nth response has the request ID `00000000-0000-4000-8000-00000000000n`.

mod attachments;
mod cache_points;
mod certificates;
mod control;
mod conversation;
mod credentials;
mod expectation;
mod faults;
mod fields;
mod http;
mod jobs;
mod load;
mod operation;
mod resources;
mod rules;
mod runtime;
mod server;
pub mod signature;
mod stream;
mod structured;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::SystemTime;

use aws_smithy_types::date_time::{DateTime, Format};

pub use expectation::{Expected, Reply};
pub use faults::{Ending, Gate, Held, Moment, Refusal};
pub use http::{Connection, Request, Response, decoded};
pub use jobs::{End, RecordReply};
pub use operation::*;
pub use server::{After, Server, answer_requests};

use crate::fake_s3::{FakeS3, Store, server_url};
use crate::harness::{Run, Secrets};
use control::Account;
use jobs::SharedJobs;
use load::{Answers, SharedPlane};
use resources::Resources;
use signature::Caller;

/// The fake. Dropping it fails the test if an expectation is unmet or a request was not expected.
pub struct FakeBedrock {
    server: Server,
    state: Arc<Mutex<State>>,
    plane: SharedPlane,
    jobs: SharedJobs,
    authority: Option<String>,
}

#[derive(Default)]
struct State {
    expected: Vec<Expected>,
    repeated: Vec<(Expected, u32)>,
    requests: Vec<Request>,
    /// The number of requests, those that were not kept included.
    count: usize,
    is_forgetful: bool,
    answers: Option<Answers>,
    problems: Vec<String>,
    secrets: Vec<Secrets>,
    region: Option<String>,
    takes_everything: bool,
    account: Account,
    resources: Resources,
    jobs: SharedJobs,
    holds: Vec<Hold>,
}

/// A request that a test holds back.
struct Hold {
    operation: Operation,
    /// The requests of the operation before it.
    before: usize,
    held: Held,
    moment: Moment,
}

impl FakeBedrock {
    /// Starts on plain HTTP.
    pub fn start() -> Self {
        Self::with(None, None)
    }

    /// Starts on HTTPS, with a certificate of an authority that no one trusts by default: [`Self::authority`].
    pub fn start_tls() -> Self {
        let (settings, authority) = certificates::server();
        Self::with(Some(settings), Some(authority))
    }

    /// Starts on HTTPS with a self-signed certificate, which may be that of an authority: [`Self::authority`] too.
    pub fn start_self_signed(is_authority: bool) -> Self {
        let (settings, certificate) = certificates::self_signed(is_authority);
        Self::with(Some(settings), Some(certificate))
    }

    /// Returns the authority's certificate as PEM.
    ///
    /// # Panics
    /// Without TLS.
    pub fn authority(&self) -> &str {
        self.authority.as_deref().expect("the fake speaks TLS")
    }

    /// Returns the URL, such as `http://127.0.0.1:4566`.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.server.address)
    }

    /// Returns the address, such as `127.0.0.1:4566`.
    pub fn address(&self) -> String {
        self.server.address.to_string()
    }

    /// Assigns requests with an API key to this Region.
    pub fn in_region(&self, region: &str) {
        self.state().region = Some(region.to_owned());
    }

    /// Expects one request.
    pub fn expect(&self, expected: Expected) {
        self.state().expected.push(expected);
    }

    /// Expects one request or more, after those that are expected once.
    pub fn expect_repeatedly(&self, expected: Expected) {
        self.state().repeated.push((expected, 0));
    }

    /// Answers such requests whenever they arrive; none is required.
    pub fn allow(&self, expected: Expected) {
        self.state().repeated.push((expected, 1));
    }

    /// Holds the nth request of this operation from now back, from 1.
    pub fn hold(&self, operation: Operation, nth: usize, moment: Moment) -> Held {
        let held = Held::default();
        let before = nth.saturating_sub(1);
        self.state().holds.push(Hold { operation, before, held: held.clone(), moment });
        held
    }

    /// Returns every request so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// Returns every request of this operation so far, in order.
    pub fn requests_of(&self, operation: Operation) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| Operation::of(request) == Some(operation));
        requests
    }

    /// Limits the inference profiles per page.
    pub fn page_size(&self, size: usize) {
        self.state().account.page_size = Some(size);
    }

    /// Creates an application inference profile, copied from this ARN, and returns its own ARN.
    pub fn application_profile(&self, name: &str, source: &str, region: &str) -> String {
        self.state().account.create(name, source, Vec::new(), region)
    }

    /// Creates a guardrail with this ID and version in every Region.
    pub fn guardrail(&self, id: &str, version: &str) {
        self.state().resources.guardrails.push((id.to_owned(), version.to_owned()));
    }

    /// Creates a managed prompt with these variables in its text, and returns its ARN.
    pub fn prompt(&self, id: &str, variables: &[&str], region: &str) -> String {
        let variables = variables.iter().map(|&name| name.to_owned()).collect();
        self.state().resources.prompts.push((id.to_owned(), variables));
        format!("arn:{}:bedrock:{region}:{}:prompt/{id}", rules::partition(region), rules::ACCOUNT)
    }

    /// Marks Anthropic's use-case form as submitted.
    pub fn use_case_sent(&self) {
        self.state().account.use_case_sent = true;
    }

    /// Marks this foundation model's agreement as missing.
    pub fn without_agreement(&self, model: &str) {
        self.state().account.without_agreement.push(model.to_owned());
    }

    fn with(tls: Option<Arc<rustls::ServerConfig>>, authority: Option<String>) -> Self {
        let jobs = SharedJobs::default();
        let state = State { jobs: Arc::clone(&jobs), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let plane = SharedPlane::default();
        let shared = (Arc::clone(&state), plane.clone());
        let server = Server::start(tls, move |request, connection| serve(&shared.0, &shared.1, request, connection));
        Self { server, state, plane, jobs, authority }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for FakeBedrock {
    fn drop(&mut self) {
        let Ok(state) = self.state.lock() else { return };
        let mut problems = state.problems.clone();
        problems
            .extend(state.expected.iter().map(|unmet| format!("{:?} was expected and never came", unmet.operation)));
        let idle = state.repeated.iter().filter(|(_, count)| *count == 0);
        problems.extend(idle.map(|(unmet, _)| format!("{:?} was expected and never came", unmet.operation)));
        drop(state);
        if problems.is_empty() {
            return;
        }
        let problems = format!("the fake Bedrock at {} objects:\n  {}", self.url(), problems.join("\n  "));
        report(&problems);
    }
}

#[expect(clippy::print_stderr, reason = "the test's own output is where its reader looks")]
fn report(problems: &str) {
    // A second panic would abort and hide the first; beside it, ours may be the reason.
    if thread::panicking() {
        eprintln!("{problems}");
    } else {
        panic!("{problems}");
    }
}

impl Run {
    /// Points the binary at the fake, and adds the fake's secrets to the canaries.
    pub fn against(self, fake: &FakeBedrock) -> Self {
        let url = fake.url();
        fake.state().secrets.push(self.secrets());
        self.secret(signature::ROLE.1)
            .secret(signature::ROLE.2.unwrap_or_default())
            .env("AWS_ENDPOINT_URL_BEDROCK", &url)
            .env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &url)
            .env("AWS_ENDPOINT_URL_STS", &url)
    }
}

impl State {
    /// Records a request.
    fn note(&mut self, request: &Request) {
        self.count += 1;
        if self.is_forgetful {
            return;
        }
        // The first ones are enough: each is looked for in everything that the program leaves behind.
        if self.count <= 100
            && let Some(signature) = signature::signature_of(request)
        {
            self.secrets.iter().for_each(|secrets| secrets.add(signature));
        }
        self.requests.push(request.clone());
    }

    /// Returns who holds a request of this operation back, if anyone, and counts the request.
    fn hold(&mut self, operation: Option<Operation>) -> Option<(Held, Moment)> {
        let due = self.holds.iter().position(|hold| Some(hold.operation) == operation && hold.before == 0);
        for hold in self.holds.iter_mut().filter(|hold| Some(hold.operation) == operation) {
            hold.before = hold.before.saturating_sub(1);
        }
        due.map(|at| self.holds.remove(at)).map(|hold| (hold.held, hold.moment))
    }

    /// Returns the source Region of a request.
    fn region_of(&self, caller: Caller) -> String {
        match caller {
            Caller::Signed(region) => region,
            Caller::ApiKey => self.region.clone().unwrap_or_else(|| "eu-central-1".to_owned()),
        }
    }

    /// Records a request and finds the response to it.
    fn take(&mut self, operation: Option<Operation>, request: &Request) -> Result<Expected, Refusal> {
        self.note(request);
        let line = format!("{} {}", request.method, request.target);
        let Some(operation) = operation else {
            self.problems.push(format!("`{line}` is nothing that AWS serves"));
            return Err(Refusal::new(404, "UnknownOperationException", ""));
        };
        if let Some(at) = self.expected.iter().position(|it| it.operation == operation && it.is_met_by(request)) {
            return Ok(self.expected.remove(at));
        }
        if let Some(scripted) = self.scripted(operation, request) {
            return Ok(scripted);
        }
        if let Some((expected, count)) =
            self.repeated.iter_mut().find(|(it, _)| it.operation == operation && it.is_met_by(request))
        {
            *count += 1;
            return Ok(expected.clone());
        }
        if self.takes_everything {
            return Ok(Expected::new(operation));
        }
        self.problems.push(format!("`{line}` was not expected"));
        Err(Refusal::validation("the test did not expect this request"))
    }

    /// Returns the response by the rules; `None` if the operation streams one.
    fn answer(
        &mut self,
        expected: &Expected,
        request: &Request,
        caller: Result<Caller, Refusal>,
    ) -> Result<Option<Response>, Refusal> {
        let region = self.region_of(caller?);
        if let Reply::Refusal(refusal) = &expected.reply {
            return Err(refusal.clone());
        }
        match expected.operation {
            Operation::Converse | Operation::ConverseStream => {
                let (id, body) = (request.segments().swap_remove(1), request.json());
                self.resources.check_guardrail(&body, &region)?;
                let prompt = self.resources.prompt(&id, &body, &region).transpose()?;
                let is_prompt = prompt.is_some();
                let model = rules::invocable(&prompt.unwrap_or(id), &region, &|arn| self.account.source_of(arn))?;
                if !(is_prompt && body["messages"].is_null()) {
                    runtime::check(model, expected.operation, &body)?;
                }
                let is_whole = expected.operation == Operation::Converse;
                Ok(is_whole.then(|| runtime::answer(&expected.script)))
            }
            Operation::GetCallerIdentity
            | Operation::AssumeRole
            | Operation::AssumeRoleWithWebIdentity
            | Operation::GetRoleCredentials
            | Operation::InstanceCredentials
            | Operation::ContainerCredentials => Ok(Some(credentials::answer(expected.operation, request))),
            Operation::CreateModelInvocationJob
            | Operation::GetModelInvocationJob
            | Operation::ListModelInvocationJobs
            | Operation::StopModelInvocationJob => self.answer_jobs(expected.operation, request, &region).map(Some),
            control => self.account.answer(control, request, &region).map(Some),
        }
    }
}

/// Waits if a request is held back at this moment, and returns whether it may go on.
fn passes(hold: Option<&(Held, Moment)>, moment: Moment) -> bool {
    hold.is_none_or(|(held, at)| *at != moment || held.pass())
}

fn serve(
    state: &Mutex<State>,
    plane: &SharedPlane,
    request: Request,
    connection: &mut Connection,
) -> io::Result<After> {
    let operation = Operation::of(&request);
    let call = operation.is_some_and(Operation::is_data_plane).then(|| plane.begin());
    // Not under the lock: it is most of the work.
    let caller = match operation.and_then(Operation::signed_for) {
        Some(service) => signature::check(&request, service),
        None => Ok(Caller::ApiKey),
    };
    let hold = state.lock().unwrap().hold(operation);
    if !passes(hold.as_ref(), Moment::Before) {
        return Ok(After::Reset);
    }
    let (outcome, number) = {
        let mut state = state.lock().unwrap();
        let region = caller.clone().map(|caller| state.region_of(caller));
        let throttled = call.as_ref().zip(region.ok()).and_then(|(call, region)| call.take_quota(&region).err());
        let outcome = match throttled {
            Some(response) => {
                state.note(&request);
                Err(*response)
            }
            None => state.take(operation, &request).map_err(|refusal| refusal.response()).map(|mut expected| {
                expected.script.serve_by_tier_of(&request);
                let answer = state.answer(&expected, &request, caller);
                (expected, answer)
            }),
        };
        (outcome, state.count)
    };
    drop(request);
    if !passes(hold.as_ref(), Moment::After) {
        return Ok(After::Reset);
    }
    let (expected, answer) = match outcome {
        Ok(found) => found,
        Err(response) => return respond(connection, response, None, number),
    };
    thread::sleep(expected.takes);
    match &expected.reply {
        Reply::Reset => return Ok(After::Reset),
        Reply::Silence => {
            connection.wait_for_close();
            return Ok(After::Close);
        }
        Reply::Half(body) => return respond_half(connection, body, &expected, number),
        Reply::Page(status, content_type, body) => {
            let page = Response::new(*status, content_type, body.as_str());
            return respond(connection, page, Some(&expected), number);
        }
        Reply::ByTheRules | Reply::Refusal(_) => {}
    }
    match answer {
        Ok(Some(response)) => respond(connection, response, Some(&expected), number),
        Ok(None) => {
            let mut head = runtime::stream_head();
            finish(&mut head, Some(&expected), number);
            runtime::send_stream(&expected, &head, connection)
        }
        Err(refusal) => respond(connection, refusal.response(), Some(&expected), number),
    }
}

fn respond(
    connection: &mut Connection,
    mut response: Response,
    expected: Option<&Expected>,
    number: usize,
) -> io::Result<After> {
    finish(&mut response, expected, number);
    connection.respond(&response)?;
    Ok(After::KeepAlive)
}

fn respond_half(connection: &mut Connection, body: &str, expected: &Expected, number: usize) -> io::Result<After> {
    let mut head = Response::new(200, "application/json", "");
    finish(&mut head, Some(expected), number);
    connection.respond_without_body(&head, body.len())?;
    connection.write(&body.as_bytes()[..body.len() / 2])?;
    Ok(After::Close)
}

/// Adds the headers that every response has.
fn finish(response: &mut Response, expected: Option<&Expected>, number: usize) {
    let offset = expected.map_or(0, |expected| expected.date_offset_seconds);
    let now = DateTime::from_secs(DateTime::from(SystemTime::now()).secs() + offset);
    response.set("Date", now.fmt(Format::HttpDate).expect("a date of this century"));
    // A response of a proxy is not AWS's and has no such ID.
    if !expected.is_some_and(|expected| matches!(expected.reply, Reply::Page(..))) {
        response.set("x-amzn-RequestId", format!("00000000-0000-4000-8000-{number:012}"));
    }
    for (name, value) in expected.into_iter().flat_map(|expected| &expected.headers) {
        response.set(name, value);
    }
}

/// Serves third-party programs by the rules, over HTTP and HTTPS, with an S3: run by name, with `--nocapture` and
/// `FAKE_BEDROCK_SERVES=1`. The keys are `test` and `test`.
#[test]
#[ignore = "a server, not a test"]
fn serves_until_it_is_killed() {
    // Otherwise `--include-ignored` would never end.
    #[expect(clippy::disallowed_methods, reason = "this is no setting of the program")]
    if std::env::var_os("FAKE_BEDROCK_SERVES").is_none() {
        return;
    }
    let (plain, secure) = (FakeBedrock::start(), FakeBedrock::start_tls());
    for fake in [&plain, &secure] {
        fake.state().takes_everything = true;
    }
    let s3 = FakeS3::by_its_own_rules();
    let (s3_url, store) = match server_url() {
        Some(url) => (url.clone(), Store::at(&url)),
        None => (s3.url(), s3.store()),
    };
    let plain = plain.with_jobs(store);
    plain.jobs().automatic();
    println!("{}\n{}\n{}\ns3 {}", plain.url(), secure.url(), secure.authority(), s3_url);
    loop {
        thread::park();
    }
}
