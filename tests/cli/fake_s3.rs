//! A fake S3 on loopback: follows S3's rules, verifies signatures and checksums, and injects the faults that a test sets.
//!
//! ```
//! let s3 = FakeS3::start();
//! s3.create_bucket("bucket", "eu-central-1");
//! s3.inject(S3Operation::UploadPart, Fault::slow_down());
//! let ran = bedrock_ask(["batch", "submit", …]).credentials().against(&fake).with_s3(&s3).run();
//! assert_eq!(s3.count(S3Operation::UploadPart), 4);
//! assert_eq!(s3.object("bucket", "in/0001.jsonl").unwrap().bytes.len(), 17_000_000);
//! ```
//!
//! - With `BEDROCK_ASK_TEST_S3=http://127.0.0.1:PORT` the objects are those of the server at that address, and the fake
//!   before it only counts, verifies signatures, and injects faults: see [`behind`]. The names of the buckets are the
//!   test's own. `FakeS3::by_its_own_rules()` answers itself in any case.
//! - Faults: `inject` is for the next request of an operation, `inject_nth` for one after it, `inject_always` for all.
//!   `hold(operation, nth, Moment::Before or After)` holds one request back: see [`Held`].
//! - A request that is nothing that S3 serves, or that the fake does not know, fails the test when the fake is dropped.

mod behind;
mod body;
mod checksum;
mod client;
mod faults;
mod lists;
mod multipart;
mod objects;
mod operation;
#[cfg(test)]
mod tests;
mod xml;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

pub use behind::url as server_url;
pub use client::Store;
pub use faults::Fault;
pub use objects::Object;
pub use operation::S3Operation;

use crate::fake_bedrock::signature;
use crate::fake_bedrock::{After, Connection, Held, Moment, Refusal, Request, Response, Server, answer_requests};
use crate::harness::{Run, Secrets};
use behind::Behind;
use faults::Rule;
use multipart::Upload;
use objects::Bucket;
use operation::Target;

/// The owner of every bucket.
const ACCOUNT: &str = "111122223333";

/// The fake. Dropping it fails the test if a request was nothing that it knows.
pub struct FakeS3 {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// The buckets, the uploads, and what a test has set.
#[derive(Default)]
pub struct State {
    buckets: BTreeMap<String, Bucket>,
    uploads: BTreeMap<String, Upload>,
    /// The number of IDs that were given out.
    ids: usize,
    requests: Vec<(S3Operation, Request)>,
    rules: Vec<Rule>,
    page_size: Option<usize>,
    problems: Vec<String>,
    secrets: Vec<Secrets>,
    server: Option<Behind>,
}

impl FakeS3 {
    /// Starts on plain HTTP, without a bucket; before the server of `BEDROCK_ASK_TEST_S3` if that is set.
    pub fn start() -> Self {
        Self::before(behind::url().map(|url| Behind::new(&url)))
    }

    /// Starts on plain HTTP, without a bucket, and without any other server.
    pub fn by_its_own_rules() -> Self {
        Self::before(None)
    }

    fn before(server: Option<Behind>) -> Self {
        let state = Arc::new(Mutex::new(State { server, ..State::default() }));
        let shared = Arc::clone(&state);
        let server = Server::listen(move |socket| {
            let state = Arc::clone(&shared);
            thread::spawn(move || {
                let answer = |request, connection: &mut Connection| serve(&state, request, connection);
                let connection = Connection::new(socket, None);
                // A client that breaks off is for the test to judge, from the client's side.
                let _ = connection.and_then(|connection| answer_requests(connection, Connection::read_head, answer));
            });
        });
        Self { server, state }
    }

    /// Returns the URL, such as `http://127.0.0.1:4566`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Returns what reads and writes the objects without a request.
    pub fn store(&self) -> Store {
        self.state().server.as_ref().map_or_else(|| Store::in_process(&self.state), Store::behind)
    }

    /// Creates a bucket in this Region.
    pub fn create_bucket(&self, name: &str, region: &str) {
        self.store().create_bucket(name, region);
        self.state().buckets.insert(name.to_owned(), Bucket::new(region));
    }

    /// Returns an object.
    pub fn object(&self, bucket: &str, key: &str) -> Option<Object> {
        self.store().object(bucket, key)
    }

    /// Returns the keys of a bucket that begin with this prefix, in order.
    pub fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        self.store().keys(bucket, prefix)
    }

    /// Returns the keys and the numbers of the parts of the uploads that are neither complete nor aborted.
    pub fn uploads(&self) -> Vec<(String, Vec<u32>)> {
        let buckets: Vec<String> = self.state().buckets.keys().cloned().collect();
        buckets.iter().flat_map(|bucket| self.store().uploads(bucket)).collect()
    }

    /// Returns the number of requests of this operation so far, those that were refused included.
    pub fn count(&self, operation: S3Operation) -> usize {
        self.requests_of(operation).len()
    }

    /// Returns the requests of this operation so far, without their bodies.
    pub fn requests_of(&self, operation: S3Operation) -> Vec<Request> {
        let state = self.state();
        state.requests.iter().filter(|(of, _)| *of == operation).map(|(_, request)| request.clone()).collect()
    }

    /// Returns the operations of all requests so far, in order.
    pub fn operations(&self) -> Vec<S3Operation> {
        self.state().requests.iter().map(|(operation, _)| *operation).collect()
    }

    /// Limits the entries of each page of a list, whatever the client requests.
    pub fn page_size(&self, size: usize) {
        self.state().page_size = Some(size);
    }

    /// Injects a fault into the next request of this operation.
    pub fn inject(&self, operation: S3Operation, fault: Fault) {
        self.inject_nth(operation, 1, fault);
    }

    /// Injects a fault into the nth request of this operation from now, from 1.
    pub fn inject_nth(&self, operation: S3Operation, nth: usize, fault: Fault) {
        self.state().rules.push(Rule::once(operation, nth, fault));
    }

    /// Injects a fault into every request of this operation from now.
    pub fn inject_always(&self, operation: S3Operation, fault: Fault) {
        self.state().rules.push(Rule::always(operation, fault));
    }

    /// Injects no more faults.
    pub fn heal(&self) {
        self.state().rules.clear();
    }

    /// Holds the nth request of this operation from now back, from 1.
    pub fn hold(&self, operation: S3Operation, nth: usize, moment: Moment) -> Held {
        let held = Held::default();
        self.inject_nth(operation, nth, Fault::Hold(held.clone(), moment));
        held
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for FakeS3 {
    fn drop(&mut self) {
        let Ok(state) = self.state.lock() else { return };
        let problems = state.problems.join("\n  ");
        drop(state);
        assert!(problems.is_empty() || thread::panicking(), "the fake S3 objects:\n  {problems}");
    }
}

impl Run {
    /// Points the binary at the fake S3, and adds its signatures to the canaries.
    pub fn with_s3(self, s3: &FakeS3) -> Self {
        s3.state().secrets.push(self.secrets());
        self.env("AWS_ENDPOINT_URL_S3", s3.url())
    }
}

fn serve(state: &Mutex<State>, mut request: Request, connection: &mut Connection) -> io::Result<After> {
    let (target, fault) = state.lock().unwrap().begin(&request);
    match &fault {
        Some(Fault::Reset) => return Ok(After::Reset),
        Some(Fault::CutRequest(bytes)) => {
            connection.read_some(*bytes)?;
            return Ok(After::Reset);
        }
        _ => {}
    }
    connection.read_body(&mut request)?;
    if let Some(Fault::Hold(held, Moment::Before)) = &fault
        && !held.pass()
    {
        return Ok(After::Reset);
    }
    let mut response = match &fault {
        Some(Fault::Refuse(refusal)) => Err(refusal.clone()),
        _ => answer(state, &target, &mut request),
    }
    .unwrap_or_else(|refusal| xml::error(&refusal, request.path()));
    state.lock().unwrap().finish(&mut response, &target, &request);
    match fault {
        Some(Fault::ResetAfter) => return Ok(After::Reset),
        Some(Fault::Hold(held, Moment::After)) if !held.pass() => return Ok(After::Reset),
        Some(Fault::ErrorInside(refusal)) => response.body = xml::error(&refusal, request.path()).body,
        Some(Fault::Alter(change)) => change(&mut response),
        Some(Fault::CutResponse(bytes)) => {
            connection.respond_without_body(&response, response.body.len())?;
            connection.write(&response.body[..bytes.min(response.body.len())])?;
            return Ok(After::Close);
        }
        Some(Fault::Corrupt) => {
            if let Some(byte) = response.body.first_mut() {
                *byte ^= 1;
            }
        }
        _ => {}
    }
    if request.method == "HEAD" {
        let length = response.headers.iter().find(|(name, _)| name == objects::LENGTH);
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or_default();
        response.headers.retain(|(name, _)| name != objects::LENGTH);
        connection.respond_without_body(&response, length)?;
    } else {
        connection.respond(&response)?;
    }
    Ok(After::KeepAlive)
}

fn answer(state: &Mutex<State>, target: &Target, request: &mut Request) -> Result<Response, Refusal> {
    let region = signature::check_s3(request)?;
    let (server, page_size) = {
        let state = state.lock().unwrap();
        (state.server.clone(), state.page_size)
    };
    if let Some(server) = server {
        return Ok(server.answer(target, request, page_size));
    }
    // Not under the lock: checksums take long where nothing is optimized.
    let checksum = body::decode(request)?;
    let mut state = state.lock().unwrap();
    if target.operation != S3Operation::CreateBucket {
        state.check_bucket(target, request, &region)?;
    }
    state.answer(target, request, checksum)
}

impl State {
    /// Records a request and returns the fault of its operation.
    fn begin(&mut self, request: &Request) -> (Target, Option<Fault>) {
        // A few are enough: each one is looked for in everything that the program leaves behind.
        if self.requests.len() < 8
            && let Some(signature) = signature::signature_of(request)
        {
            self.secrets.iter().for_each(|secrets| secrets.add(signature));
        }
        let target = Target::of(request, &self.buckets);
        if target.operation == S3Operation::Unknown {
            self.problems.push(format!("`{} {}` is not known", request.method, request.target));
        }
        self.requests.push((target.operation, request.clone()));
        let fault = Rule::take(&mut self.rules, target.operation);
        (target, fault)
    }

    /// Returns S3's error for a bucket that does not exist, is another's, or is in another Region.
    fn check_bucket(&self, target: &Target, request: &Request, region: &str) -> Result<(), Refusal> {
        let missing = || Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist");
        let bucket = self.buckets.get(&target.bucket).ok_or_else(missing)?;
        if request.header("x-amz-expected-bucket-owner").is_some_and(|owner| owner != ACCOUNT) {
            return Err(Refusal::new(403, "AccessDenied", "Access Denied"));
        }
        if bucket.region == region || target.operation == S3Operation::GetBucketLocation {
            return Ok(());
        }
        // The endpoint of us-east-1 also serves what names no Region.
        if region == "us-east-1" {
            let message = format!(
                "The authorization header is malformed; the region '{region}' is wrong; expecting '{}'",
                bucket.region
            );
            return Err(Refusal::new(400, "AuthorizationHeaderMalformed", message));
        }
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please \
                       send all future requests to this endpoint.";
        Err(Refusal::new(301, "PermanentRedirect", message))
    }

    fn answer(
        &mut self,
        target: &Target,
        request: &Request,
        checksum: Option<body::Checksum>,
    ) -> Result<Response, Refusal> {
        match target.operation {
            S3Operation::CreateBucket => Ok(self.create_bucket(target, request)),
            S3Operation::HeadBucket => Ok(objects::empty(200)),
            S3Operation::GetBucketLocation => Ok(self.location(target)),
            S3Operation::ListObjectsV2 => Ok(self.list_objects(target, request)),
            S3Operation::ListMultipartUploads => Ok(self.list_uploads(target, request)),
            S3Operation::CreateMultipartUpload => Ok(self.create_upload(target, request)),
            S3Operation::UploadPart => self.upload_part(target, request, checksum),
            S3Operation::ListParts => self.list_parts(target, request),
            S3Operation::CompleteMultipartUpload => self.complete_upload(target, request),
            S3Operation::AbortMultipartUpload => self.abort_upload(request),
            S3Operation::PutObject => self.put_object(target, request, checksum),
            S3Operation::HeadObject => self.head_object(target, request),
            S3Operation::GetObject => self.get_object(target, request),
            S3Operation::DeleteObject => Ok(self.delete_object(target)),
            S3Operation::Unknown => Err(Refusal::new(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented",
            )),
        }
    }

    /// Adds the headers that every response has.
    fn finish(&mut self, response: &mut Response, target: &Target, request: &Request) {
        self.ids += 1;
        response.set("x-amz-request-id", format!("{:016}", self.ids));
        response.set("x-amz-id-2", "fake");
        if let Some(bucket) = self.buckets.get(&target.bucket)
            && (target.operation == S3Operation::HeadBucket || response.status >= 300)
        {
            response.set("x-amz-bucket-region", bucket.region.clone());
        }
        if request.method == "HEAD" {
            response.body.clear();
        }
    }
}
