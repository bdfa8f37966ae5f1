"""What `benches/run batch` measures: runs of `batch` against batch_stand_in.py, whose results are compared with the input."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
JOBS = 64
# A run that would take longer is not measured.
LONGEST_SECONDS = 300

# What people write today: a pool of threads, and one client with as many connections.
BOTO3 = """
import concurrent.futures, json, sys
import boto3, botocore.config
url, model, jobs, source, destination = sys.argv[1:]
config = botocore.config.Config(max_pool_connections=int(jobs))
client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=url, config=config)
def answer(line):
    record = json.loads(line)
    messages = [{"role": "user", "content": [{"text": record["prompt"]}]}]
    response = client.converse(modelId=model, messages=messages, inferenceConfig={"maxTokens": 10})
    output = {name: response[name] for name in ("output", "stopReason", "usage")}
    return json.dumps({"recordId": record["recordId"], "modelOutput": output})
pool = concurrent.futures.ThreadPoolExecutor(int(jobs))
with open(source) as records, open(destination, "w") as results, pool:
    for line in pool.map(answer, records):
        results.write(line + "\\n")
"""


@contextlib.contextmanager
def serving(*command, scheme="http", **options):
    """Runs a server of this folder, which prints its port, and gives its URL."""
    name, *arguments = command
    command = [sys.executable, FOLDER / name, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as server:
        try:
            yield f"{scheme}://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def stand_in(latency=0, per_second=0):
    """Runs batch_stand_in.py and gives its URL."""
    environment = os.environ | {"LATENCY_SECONDS": str(latency), "PER_SECOND": str(per_second)}
    return serving("batch_stand_in.py", env=environment)


def jobs_stand_in(folder):
    """Runs batch_jobs.py with its objects in this folder, and gives its URL."""
    return serving("batch_jobs.py", folder, stderr=subprocess.DEVNULL)


def statistics(url):
    with urllib.request.urlopen(f"{url}/stats") as answer:
        return json.load(answer)


def write_records(path, count):
    """Writes records with IDs that a shuffled output would show."""
    with open(path, "w") as file:
        for number in range(count):
            file.write(f'{{"recordId":"r{number:07}","prompt":"What is {number} in words?"}}\n')
    return path


def problems(path, count):
    """What is wrong with the results of `write_records`; nothing if each record has exactly one whole line."""
    seen = bytearray(count)
    found = []
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                result = json.loads(line)
                identifier = result["recordId"]
                index = int(identifier[1:])
                whole = line.endswith(b"\n") and result["modelOutput"]["stopReason"] == "end_turn"
            except (ValueError, KeyError, TypeError) as error:
                found.append(f"line {number}: {error!r}")
                continue
            if not whole or identifier != f"r{index:07}" or index >= count:
                found.append(f"line {number}: {line[:80]!r}")
            elif seen[index]:
                found.append(f"{identifier} is there twice")
            else:
                seen[index] = 1
    missing = count - sum(seen)
    return found + ([f"{missing} records are missing"] if missing else [])


def timed(command):
    """Runs a contender to its end: the seconds on the clock, and those of processors."""
    start = time.perf_counter()
    _, status, usage = os.wait4(command.spawn(), 0)
    elapsed = time.perf_counter() - start
    command.check(status)
    return elapsed, usage.ru_utime + usage.ru_stime


def killed_runs(start, resume, results, seconds, kills, seed=0):
    """Kills a run at random times, `resume` where there are results, and lets the last one end. `seconds` is what a whole
    run takes. Gives the number of runs that were killed before they were done.
    """
    draw = random.Random(seed)
    killed = 0
    command = start
    for _ in range(kills):
        process = command.spawn()
        time.sleep(draw.uniform(0, 1.6) * seconds / kills)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        killed += os.WIFSIGNALED(status)
        command = resume if results.exists() else start
    timed(command)
    return killed


def goodput(counts, per_second, first=10):
    """The share of what the server allows that it answered, from this second to the last one that was whole."""
    answered = counts["answered"]
    last = max((second for second, count in enumerate(answered) if count), default=0)
    whole = answered[first:last]
    return sum(whole) / (per_second * len(whole)) if whole else None
