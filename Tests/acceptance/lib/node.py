"""What the programs share that try a node of their own: starting and killing it, calling it, and reading what it told in order.

Their arguments are the executable, the node's connection string, a folder with the node's keys, and the connection string of
the database's owner.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import time
import sys

HOLDFAST, POSTGRES, WORK, OWNER = sys.argv[1:5]
DEADLINE = 60
SHOW = {
    "name": "Night", "artist": "Band", "venue": {"name": "Hall", "city": "Ghent"}, "startsAt": "2031-01-01T20:00:00Z",
    "currency": "EUR", "prices": {"A": 1000}, "areas": [{"areaId": "floor", "name": "F", "capacity": 9999, "category": "A"}],
    "maxSeatsPerUser": 9999,
}  # fmt: skip
keys = iter(range(10**9))


def token(subject, *more):
    return subprocess.check_output([HOLDFAST, "token", subject, "--data", WORK, *more], text=True).strip()


def call(port, method, path, caller, body=None, key=None):
    """Asks as the owner of a token, or by headers."""
    headers = {"Idempotency-Key": key or f"k{next(keys)}"}
    headers |= caller if isinstance(caller, dict) else {"Authorization": f"Bearer {caller}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if content else None


def expect(status, got):
    assert got[0] == status, f"{got} in place of {status}"
    return got[1]


def until(what, condition):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def psql(sql):
    return subprocess.run(
        ["psql", OWNER, "-XAtq", "--set=ON_ERROR_STOP=1", "-c", sql], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


class Node:
    running = None

    def __init__(self, *flags):
        os.makedirs(f"{WORK}/node", mode=0o700, exist_ok=True)
        self.flags = flags
        self.start()

    def start(self, failpoint=None):
        Node.running = self
        self.port = None
        with open(f"{WORK}/node.log", "w") as log:
            self.process = subprocess.Popen(
                [
                    HOLDFAST, "serve", "--http-port", "0", "--data", f"{WORK}/node", "--postgres-url", POSTGRES,
                    "--jwt-issuer", "urn:holdfast:local", "--jwt-audiences", "holdfast",
                    "--jwt-jwks", f"{WORK}/keys/jwks.json", "--ticket-key", f"{WORK}/keys/ticket-key.pem",
                    "--publish-endpoint", f"ipc://{WORK}/node.ipc", *self.flags,
                ],
                stdout=log, stderr=log, env=os.environ | ({"HOLDFAST_FAILPOINT": failpoint} if failpoint else {}),
            )  # fmt: skip

        def is_ready():
            if self.process.poll() is not None:
                # A failpoint may be passed before anybody has called.
                assert failpoint and self.process.returncode == -signal.SIGKILL, "the node is gone"
                return True
            found = re.search(r"127\.0\.0\.1:(\d+)", self.log())
            if not found:
                return False
            self.port = int(found.group(1))
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/health/ready")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False

        until("the node is not ready", is_ready)

    def log(self):
        with open(f"{WORK}/node.log") as log:
            return log.read()

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        status = self.process.wait(30)
        assert how == signal.SIGKILL or status == 0, f"the node ended with {status}"

    @staticmethod
    def end():
        """Whatever happened."""
        if Node.running and Node.running.process.poll() is None:
            Node.running.process.kill()
            Node.running.process.wait()


def dies(node, act):
    """Acts until the node is killed by its failpoint."""

    def is_dead():
        try:
            act()
        except (OSError, http.client.HTTPException):
            pass  # It died in the middle.
        return node.process.poll() is not None

    until("the node passes no failpoint", is_dead)
    assert node.process.returncode == -signal.SIGKILL, node.process.returncode


def holds(port, fan, show, count):
    for _ in range(count):
        expect(201, call(port, "POST", f"/shows/{show}/holds", fan, {"areas": {"floor": 1}}))


def check_chain(events, start):
    """Nothing is missing or out of order; the same event may have come twice in a row of repeats."""
    last, seen = start, {}
    for message, event in events:
        if message in seen:
            assert seen[message] == event, "a repeat says something else"
            continue
        seen[message] = event
        assert event["previous"] == last, f"a gap before {event['id']}: {event['previous']} and not {last}"
        last = event["sequence"]
    return list(seen.values())
