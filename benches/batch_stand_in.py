"""A loopback server that answers Converse fast enough that a batch is measured and not the server: one thread, one epoll
loop, fixed bytes.

`batch_stand_in.py` prints its port and serves until it is killed. Variables:
LATENCY_SECONDS: how long each answer takes, however many are under way.
PER_SECOND: above this many calls a second the answer is a ThrottlingException, and nothing says when to come again. As
many as one second allows can come at once.
`GET /stats` tells the seconds since the first call, and for each of them the answers and the refusals.
"""

import collections
import gc
import json
import os
import select
import socket
import time

LATENCY_SECONDS = float(os.environ.get("LATENCY_SECONDS", "0"))
PER_SECOND = float(os.environ.get("PER_SECOND", "0"))


def response(status, payload, *headers):
    body = json.dumps(payload).encode()
    lines = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


CONVERSE = response(
    "200 OK",
    {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hello, Bedrock!"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7},
        "metrics": {"latencyMs": 1},
    },
)
THROTTLED = response(
    "429 Too Many Requests",
    {"message": "Too many requests, please wait before trying again."},
    "x-amzn-ErrorType: ThrottlingException",
)


class Statistics:
    """What was answered in each second since the first call."""

    def __init__(self):
        self.first = None
        self.answered = collections.Counter()
        self.refused = collections.Counter()

    def count(self, now, refused):
        if self.first is None:
            self.first = now
        (self.refused if refused else self.answered)[int(now - self.first)] += 1

    def to_json(self, now):
        seconds = 0 if self.first is None else now - self.first
        each = range(int(seconds) + 1)
        return {
            "seconds": seconds,
            "answered": [self.answered[second] for second in each],
            "refused": [self.refused[second] for second in each],
        }


class Server:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.listener.setblocking(False)
        self.poll = select.epoll()
        self.poll.register(self.listener.fileno(), select.EPOLLIN)
        self.connections = {}
        self.received = {}
        # The latency is the same for all, so they become due in the order in which they came.
        self.due = collections.deque()
        self.statistics = Statistics()
        self.allowed = PER_SECOND
        self.allowed_at = time.monotonic()

    def serve(self):
        listener = self.listener.fileno()
        while True:
            wait = max(0, self.due[0][0] - time.monotonic()) if self.due else -1
            for descriptor, _ in self.poll.poll(wait):
                if descriptor == listener:
                    self.accept()
                else:
                    self.read(descriptor)
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                _, connection, answer = self.due.popleft()
                self.send(connection, answer)

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections[connection.fileno()] = connection
            self.received[connection.fileno()] = b""
            self.poll.register(connection.fileno(), select.EPOLLIN)

    def close(self, connection):
        descriptor = connection.fileno()
        if descriptor >= 0:
            self.poll.unregister(descriptor)
            del self.connections[descriptor], self.received[descriptor]
            connection.close()

    def read(self, descriptor):
        connection = self.connections.get(descriptor)
        if connection is None:
            return
        try:
            more = connection.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self.close(connection)
            return
        received = self.received[descriptor] + more
        while (end := received.find(b"\r\n\r\n")) >= 0:
            head = received[:end].lower()
            start = head.find(b"content-length:")
            length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
            if len(received) < end + 4 + length:
                # boto3 waits for this before the body of a long request.
                if b"expect: 100-continue" in head and len(received) == end + 4:
                    self.send(connection, b"HTTP/1.1 100 Continue\r\n\r\n")
                break
            received = received[end + 4 + length :]
            self.answer(connection, head)
        if connection.fileno() >= 0:
            self.received[descriptor] = received

    def answer(self, connection, head):
        now = time.monotonic()
        if head.startswith(b"get /stats"):
            self.send(connection, response("200 OK", self.statistics.to_json(now)))
            return
        refused = PER_SECOND > 0 and not self.allow(now)
        self.statistics.count(now, refused)
        if refused:
            self.send(connection, THROTTLED)
        elif LATENCY_SECONDS:
            self.due.append((now + LATENCY_SECONDS, connection, CONVERSE))
        else:
            self.send(connection, CONVERSE)

    def allow(self, now):
        self.allowed = min(PER_SECOND, self.allowed + (now - self.allowed_at) * PER_SECOND)
        self.allowed_at = now
        if self.allowed < 1:
            return False
        self.allowed -= 1
        return True

    def send(self, connection, answer):
        # An answer is smaller than the buffer of a socket, and a client waits for it.
        try:
            connection.send(answer)
        except OSError:
            self.close(connection)


if __name__ == "__main__":
    server = Server()
    gc.disable()
    print(server.listener.getsockname()[1], flush=True)
    server.serve()
