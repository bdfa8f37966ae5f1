"""A loopback server with one fixed answer per operation, so that only the clients differ.

`stand_in.py` prints its port and serves until it is killed; `stand_in.py CERTIFICATE KEY` does so over TLS. Where
LATENCY_SECONDS is set, every answer takes that long, each connection for itself. It checks nothing: whether a request is
right is for the tests to say.
"""

import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
import zlib

TEXT = ["Hello", ", ", "Bedrock", "!"]
# Between the first piece of text and the rest, so that the first byte is not also the last.
PAUSE_SECONDS = 0.02
LATENCY_SECONDS = float(os.environ.get("LATENCY_SECONDS", "0"))
USAGE = {"usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}, "metrics": {"latencyMs": 1}}


def frame(kind, payload):
    """One event of `application/vnd.amazon.eventstream`."""
    headers = b""
    for name, value in ((":event-type", kind), (":content-type", "application/json"), (":message-type", "event")):
        headers += struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", 7, len(value)) + value.encode()
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack(">I", zlib.crc32(message))


def delta(text):
    return frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}})


def chunk(content):
    return b"%x\r\n%s\r\n" % (len(content), content)


def whole(payload):
    body = json.dumps(payload).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return [head % len(body) + body]


CONVERSE = whole(
    {"output": {"message": {"role": "assistant", "content": [{"text": "".join(TEXT)}]}}, "stopReason": "end_turn"} | USAGE
)
CONVERSE_STREAM = [
    b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ntransfer-encoding: chunked\r\n\r\n"
    + chunk(frame("messageStart", {"role": "assistant"}) + delta(TEXT[0])),
    chunk(
        b"".join(delta(text) for text in TEXT[1:])
        + frame("contentBlockStop", {"contentBlockIndex": 0})
        + frame("messageStop", {"stopReason": "end_turn"})
        + frame("metadata", USAGE)
    )
    + b"0\r\n\r\n",
]
PROFILE = "us.amazon.nova-2-lite-v1:0"
PROFILES = whole(
    {
        "inferenceProfileSummaries": [
            {
                "inferenceProfileId": PROFILE,
                "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:000000000000:inference-profile/{PROFILE}",
                "inferenceProfileName": "US Nova 2 Lite",
                "models": [{"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0"}],
                "status": "ACTIVE",
                "type": "SYSTEM_DEFINED",
            }
        ]
    }
)


MODEL = {"modelId": "amazon.nova-2-lite-v1:0", "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0"}
MODELS = whole({"modelSummaries": [MODEL]})
IDENTITY = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    b"<Arn>arn:aws:iam::000000000000:user/bench</Arn><UserId>AID</UserId><Account>000000000000</Account>"
    b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
)
CALLER = [b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: %d\r\n\r\n" % len(IDENTITY) + IDENTITY]


def answer_to(path):
    if path == b"/":
        return CALLER
    if path.startswith(b"/foundation-models"):
        return MODELS
    if path.endswith(b"/converse-stream"):
        return CONVERSE_STREAM
    return CONVERSE if path.endswith(b"/converse") else PROFILES


def serve_connection(connection):
    received = b""
    while True:
        while b"\r\n\r\n" not in received:
            more = connection.recv(65536)
            if not more:
                return
            received += more
        head, _, received = received.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        lengths = [line.partition(b":")[2] for line in lines if line.lower().startswith(b"content-length:")]
        missing = int(lengths[0] if lengths else 0) - len(received)
        while missing > 0:
            missing -= len(connection.recv(65536)) or missing
        received = b""
        time.sleep(LATENCY_SECONDS)
        for position, part in enumerate(answer_to(lines[0].split()[1])):
            time.sleep(PAUSE_SECONDS if position else 0)
            connection.sendall(part)


def serve(connection, context):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        with context.wrap_socket(connection, server_side=True) if context else connection as secured:
            serve_connection(secured)
    except OSError as broken:
        print(f"stand-in: {broken}", file=sys.stderr)


def main(certificate=None, key=None):
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    while True:
        connection, _ = listener.accept()
        if LATENCY_SECONDS:
            threading.Thread(target=serve, args=(connection, context), daemon=True).start()
        else:
            serve(connection, context)


if __name__ == "__main__":
    main(*sys.argv[1:])
