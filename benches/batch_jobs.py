"""A loopback server for `batch submit` and `batch fetch`: as much of S3 as they use, with its objects in a folder, and jobs
that are complete as soon as they are created. It checks nothing: whether a request is right is for the tests to say.

`batch_jobs.py FOLDER` prints its port and serves until it is killed. Each record of a job gets the same response; the
results are in another order than the records.
"""

import base64
import json
import sys
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

FOLDER = Path(sys.argv[1])
OUTPUT = (
    b'"modelOutput":{"output":{"message":{"role":"assistant","content":[{"text":"Hello, Bedrock!"}]}},'
    b'"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7},"metrics":{"latencyMs":1}}}\n'
)
ARN = "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/"
TIME = "2026-11-27T16:00:00Z"
jobs, checksums = {}, {}


def place(key):
    path = FOLDER / key.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def keys(prefix):
    found = (path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
    return sorted(key for key in found if key.startswith(prefix))


def run_job(identifier, job):
    """Writes the results of a job, the second half of each file first."""
    source = job["inputDataConfig"]["s3InputDataConfig"]["s3Uri"].removeprefix("s3://")
    target = job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].removeprefix("s3://").rstrip("/")
    count = 0
    for key in keys(source):
        size = (FOLDER / key).stat().st_size
        with open(FOLDER / key, "rb") as records, open(place(f"{target}/{identifier}/{Path(key).name}.out"), "wb") as results:
            records.seek(size // 2)
            records.readline()
            middle = records.tell()
            for start, end in ((middle, size), (0, middle)):
                records.seek(start)
                while records.tell() < end:
                    results.write(result(records.readline()))
                    count += 1
    counts = {"totalRecordCount": count, "processedRecordCount": count, "successRecordCount": count, "errorRecordCount": 0}
    tokens = {"inputTokenCount": 3 * count, "outputTokenCount": 4 * count}
    place(f"{target}/{identifier}/manifest.json.out").write_text(json.dumps(counts | tokens))


def result(record):
    return record.rstrip(b"\n")[:-1] + b"," + OUTPUT


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, body=b"", status=200, **headers):
        self.send_response(status)
        for name, value in ({"content_length": len(body)} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def answer_json(self, value):
        self.answer(json.dumps(value).encode(), content_type="application/json")

    def answer_xml(self, text):
        self.answer(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(), content_type="application/xml")

    def target(self):
        parts = urlsplit(self.path)
        return unquote(parts.path), parse_qs(parts.query, keep_blank_values=True)

    def do_HEAD(self):
        path, _ = self.target()
        file = FOLDER / path.strip("/")
        if file.is_file():
            checksum = checksums.get(path)
            known = {"x_amz_checksum_crc32": checksum, "x_amz_checksum_type": "COMPOSITE"} if checksum else {}
            self.answer(content_length=file.stat().st_size, etag=etag(file), **known)
        elif path.strip("/").count("/") == 0:
            self.answer(x_amz_bucket_region="us-east-1")
        else:
            self.answer(status=404)

    def do_GET(self):
        path, query = self.target()
        if path.startswith("/model-invocation-jobs"):
            self.answer_json({"invocationJobSummaries": []})
        elif path.startswith("/model-invocation-job/"):
            self.answer_json(jobs[path.rpartition("/")[2]])
        elif "list-type" in query:
            bucket, prefix = path.strip("/"), query.get("prefix", [""])[0]
            inner = "".join(entry(key, bucket) for key in keys(f"{bucket}/{prefix}"))
            self.answer_xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{inner}</ListBucketResult>")
        else:
            self.object(FOLDER / path.strip("/"))

    def object(self, file):
        size = file.stat().st_size
        start, _, end = self.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")
        start, end = int(start), min(int(end) if end else size, size - 1)
        with open(file, "rb") as content:
            content.seek(start)
            part = content.read(end + 1 - start)
        self.answer(part, 206, content_range=f"bytes {start}-{end}/{size}", etag=etag(file))

    def do_PUT(self):
        path, query = self.target()
        content = self.body()
        if "partNumber" in query:
            number = int(query["partNumber"][0])
            place(f".parts/{path.strip('/')}/{number:05}").write_bytes(content)
            checksum = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
            self.answer(etag=f'"{number}"', x_amz_checksum_crc32=checksum)
        else:
            place(path).write_bytes(content)
            self.answer(etag='"0"')

    def do_POST(self):
        path, query = self.target()
        content = self.body()
        if path == "/model-invocation-job":
            job = json.loads(content)
            identifier = f"job{len(jobs):09}"
            times = {"submitTime": TIME, "lastModifiedTime": TIME, "endTime": TIME}
            jobs[identifier] = job | {"jobArn": ARN + identifier, "status": "Completed"} | times
            run_job(identifier, job)
            self.answer_json({"jobArn": ARN + identifier})
        elif "uploads" in query:
            self.answer_xml("<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
        else:
            parts = [FOLDER / key for key in keys(f".parts/{path.strip('/')}/")]
            digests = b""
            with open(place(path), "wb") as whole:
                for part in parts:
                    bytes_of_part = part.read_bytes()
                    digests += zlib.crc32(bytes_of_part).to_bytes(4, "big")
                    whole.write(bytes_of_part)
                    part.unlink()
            checksums[path] = f"{base64.b64encode(zlib.crc32(digests).to_bytes(4, 'big')).decode()}-{len(parts)}"
            self.answer_xml('<CompleteMultipartUploadResult><ETag>"0"</ETag></CompleteMultipartUploadResult>')


def etag(file):
    return f'"{file.stat().st_size:x}"'


def entry(key, bucket):
    file = FOLDER / key
    name = key.removeprefix(f"{bucket}/")
    return f"<Contents><Key>{name}</Key><Size>{file.stat().st_size}</Size><ETag>{etag(file)}</ETag></Contents>"


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
