"""Captures the outbox's rows from what PostgreSQL writes ahead. See outbox.sh."""

import http.client
import json
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from node import SHOW, Node, call, check_chain, dies, expect, holds, psql, token, until  # noqa: E402

# As the decoder writes text: quotes are doubled.
INSERT = re.compile(
    r"""table holdfast_sinks\.outbox: INSERT: "position"\[bigint\]:(\d+) id\[text\]:'([^']*)' aggregatetype\[text\]:'([^']*)' """
    r"""aggregateid\[text\]:'([^']*)' type\[text\]:'([^']*)' payload\[json\]:'((?:[^']|'')*)'"""
)
captured = []


def capture():
    lines = psql("SELECT data FROM pg_logical_slot_get_changes('capture', NULL, NULL)").splitlines()
    captured.extend(match.groups() for match in map(INSERT.match, lines) if match)
    return captured


def head(port, admin):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/v1/shows", headers={"Authorization": f"Bearer {admin}", "Last-Seen-Sequence": "head"})
    answer = connection.getresponse()
    answer.read()
    return answer.headers["Sequence"]


def main():
    psql("SELECT pg_create_logical_replication_slot('capture', 'test_decoding')")
    node = Node("--outbox", "on", "--outbox-days", "2")
    admin, fan = token("boss", "--role", "admin"), token("fan")
    show = expect(201, call(node.port, "POST", "/shows", admin, SHOW))["showId"]
    holds(node.port, fan, show, 5)
    until("nothing is captured", lambda: len(capture()) >= 6)

    for failpoint in ("before-sink:2", "after-sink:2", "after-checkpoint:2"):
        node.stop()
        node.start(failpoint)
        dies(node, lambda: holds(node.port, fan, show, 1))
        node.start()
    holds(node.port, fan, show, 3)
    node.stop(signal.SIGKILL)
    node.start()
    holds(node.port, fan, show, 3)

    end = head(node.port, admin)
    until("the end is not captured", lambda: capture()[-1][1] == end)
    positions = [int(position) for position, *_ in captured]
    assert positions == list(range(1, len(positions) + 1)), positions
    events = [json.loads(payload.replace("''", "'")) for *_, payload in captured]
    check_chain([(event["id"], event) for event in events], "0000000001.0000000000000000000")
    for (_, place, kind, name, type_, _), event in zip(captured, events):
        assert (place, f"{kind}/{name}") == (event["id"], event["subject"]) and event["type"] == f"holdfast.{type_}.v1", event
    assert {kind for _, _, kind, *_ in captured} == {"shows"}

    # Rows that are too old go; nobody hears of that, and nothing comes again.
    # A row stays for as long after the next one came, so the fourth is still there.
    psql("UPDATE holdfast_sinks.outbox SET told_at = now() - interval '3 days' WHERE position <= 4")
    node.stop()
    node.start()
    holds(node.port, fan, show, 1)
    until("old rows stay", lambda: psql("SELECT min(position) FROM holdfast_sinks.outbox") == "4")
    assert len(capture()) == len(positions) + 1, captured[len(positions):]
    node.stop()


if __name__ == "__main__":
    try:
        main()
    finally:
        Node.end()
