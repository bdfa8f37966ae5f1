"""One batch from end to end, by the real binary: .ci/batch.py BINARY BEDROCK S3.

BEDROCK is the URL of the tests' fake, whose jobs read and write the objects at S3, the URL of a server that this project
did not write. A proxy before that server counts the parts, and kills the program in the middle of the upload.
"""

import http.client
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
from urllib.parse import parse_qs, urlsplit

import boto3

BINARY, BEDROCK, S3 = sys.argv[1:]
BUCKET, REGION = "end-to-end", "eu-central-1"
RECORDS, LENGTH, PART = 300, 60_000, 8 << 20
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Proxy(http.server.ThreadingHTTPServer):
    """Passes requests on to S3, and counts the parts that arrive there."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.parts = []
        self.kill = None
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """Keeps quiet about connections that the killed program left."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        if self.headers.get("Expect"):
            self.send_response_only(100)
            self.end_headers()
        body = self.read_body()
        number = parse_qs(urlsplit(self.path).query).get("partNumber")
        if number and self.command == "PUT":
            with self.server.lock:
                # The first part has arrived, and the second never does.
                if self.server.kill and self.server.parts:
                    self.server.kill()
                    self.close_connection = True
                    return
                answer = self.ask(body)
                self.server.parts.append(int(number[0]))
        else:
            answer = self.ask(body)
        self.send_response_only(answer.status)
        content = answer.read()
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = pass_on

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def ask(self, body):
        upstream = http.client.HTTPConnection(urlsplit(S3).netloc)
        names = ("transfer-encoding", "expect", "connection", "content-length")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in names}
        upstream.request(self.command, self.path, body, headers | {"Content-Length": str(len(body))})
        return upstream.getresponse()

    def log_message(self, *_):
        pass


def main():
    s3 = boto3.client("s3", region_name=REGION, endpoint_url=S3, **KEYS)
    bedrock = boto3.client("bedrock", region_name=REGION, endpoint_url=BEDROCK, **KEYS)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    proxy = Proxy()
    folder = pathlib.Path(tempfile.mkdtemp(dir=os.environ["HOME"]))
    prompts = [f"{number} " + "x" * LENGTH for number in range(RECORDS)]
    lines = (json.dumps({"recordId": f"r{number}", "prompt": prompt}) for number, prompt in enumerate(prompts))
    (folder / "in.jsonl").write_text("".join(line + "\n" for line in lines))
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": BEDROCK,
        "AWS_ENDPOINT_URL_S3": proxy.url,
        "HOME": str(folder),
    }

    def start(*arguments):
        command = [os.path.abspath(BINARY), "batch", *arguments, "--region", REGION]
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(*arguments):
        process = start(*arguments)
        stdout, stderr = process.communicate(timeout=100)
        assert process.returncode == 0, (arguments, process.returncode, stdout[-2000:], stderr[-2000:].decode())
        return stdout.decode()

    role = "arn:aws:iam::111122223333:role/batch"
    submit = ["submit", "in.jsonl", "--s3", f"s3://{BUCKET}/jobs", "--role", role, "-m", "nova-lite", "--max-tokens", "50"]
    process = start(*submit)
    proxy.kill = process.kill
    process.communicate(timeout=100)
    assert process.returncode == -9, process.returncode
    uploads = s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    assert len(uploads) == 1, uploads
    known = s3.list_parts(Bucket=BUCKET, Key=uploads[0]["Key"], UploadId=uploads[0]["UploadId"])["Parts"]
    assert len(known) == 1, known
    assert not bedrock.list_model_invocation_jobs()["invocationJobSummaries"]
    print("the upload is killed after its first part")

    proxy.kill = None
    run(*submit)
    size = s3.head_object(Bucket=BUCKET, Key=uploads[0]["Key"])["ContentLength"]
    assert sorted(proxy.parts) == list(range(1, -(-size // PART) + 1)), (proxy.parts, size)
    assert not s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads"), "an upload is left over"
    sent = len(proxy.parts)
    run(*submit)
    jobs = bedrock.list_model_invocation_jobs()["invocationJobSummaries"]
    assert (len(jobs), len(proxy.parts)) == (1, sent), (jobs, proxy.parts)
    print(f"the upload is resumed: {size} bytes in {sent} parts, none of them twice; one job, also after a third submit")

    run("status", "in.jsonl.batch.json", "--watch", "--interval", "1s")
    job = bedrock.get_model_invocation_job(jobIdentifier=jobs[0]["jobArn"])
    assert (job["status"], job["successRecordCount"]) == ("Completed", RECORDS), job
    run("fetch", "in.jsonl.batch.json", "-o", "out.jsonl")
    results = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [result["recordId"] for result in results] == [f"r{number}" for number in range(RECORDS)]
    texts = [result["modelOutput"]["output"]["message"]["content"][0]["text"] for result in results]
    assert texts == prompts
    print(f"{RECORDS} results are fetched, in the order of the input")


main()
