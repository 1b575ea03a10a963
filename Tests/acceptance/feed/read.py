"""Reads the feed as its users do. See feed.sh."""

import http.client
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from node import SHOW, WORK, Node, call, check_chain, expect, holds, psql, token, until  # noqa: E402

FOLLOW = sys.argv[5]
FEEDS_OF_CALLER = 4
START = "0000000001.0000000000000000000"


class Follower:
    """docs/follow-feed.py, which keeps its place in a file."""

    def __init__(self, node, caller):
        self.output = open(f"{WORK}/followed", "a")
        self.process = subprocess.Popen(
            [sys.executable, FOLLOW, f"http://127.0.0.1:{node.port}", caller, f"{WORK}/place"],
            stdout=self.output, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.output.close()

    def leave(self):
        """It was refused: what it says."""
        said = self.process.communicate(timeout=60)[1]
        self.output.close()
        return self.process.returncode, said


def followed():
    """What the follower has handled, each event with its id; a line that a kill cut off is none."""
    with open(f"{WORK}/followed") as file:
        lines = [line for line in file if line.endswith("\n")]
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        events.append((event["id"], event))
    return events


class Stream:
    """Server-Sent Events, or lines, as they come."""

    def __init__(self, node, caller, query="", **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
        headers = {"Authorization": f"Bearer {caller}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request("GET", f"/api/v1/events{query}", headers=headers)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def event(self):
        """The next message: its id, the name of its event, and its data. Comments are passed over; None: the stream ends."""
        message = {}
        while line := self.answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name and value and not line.startswith(b":"):
                message[name] = value
            elif not name and message:
                assert set(message) == {"id", "event", "data"}, message
                return message["id"], message["event"], json.loads(message["data"])
        return None

    def close(self):
        self.connection.close()
        self.answer.close()


def main():
    node = Node()
    admin, fan = token("boss", "--role", "admin"), token("fan")
    show = expect(201, call(node.port, "POST", "/shows", admin, SHOW))["showId"]

    # The program of the docs, through kills of itself and of the node.
    count = 1
    for kill_node in (False, True, False):
        follower = Follower(node, admin)
        holds(node.port, fan, show, 7)
        count += 7
        until("it was not told", lambda: len(check_chain(followed(), START)) == count)
        if kill_node:
            node.stop(signal.SIGKILL)
            follower.kill()
            node.start()
        else:
            follower.kill()
    assert {event["type"] for _, event in followed()} == {"holdfast.ShowCreated.v1", "holdfast.HoldPlaced.v1"}
    refused = Follower(node, fan).leave()
    assert refused[0] == 1 and refused[1].startswith("403: "), refused

    # Server-Sent Events: all of the past, and then what happens.
    stream = Stream(node, admin, Accept="text/event-stream")
    assert stream.answer.getheader("Content-Type") == "text/event-stream", stream.answer.getheaders()
    told = [stream.event() for _ in range(count)]
    holds(node.port, fan, show, 2)
    told += [stream.event() for _ in range(2)]
    assert [place for place, _, _ in told] == [f"1.{n}" for n in range(1, count + 3)]
    assert all(name == "event" and event["id"] == place for place, name, event in told)
    check_chain([(event["id"], event) for _, _, event in told], START)

    # Where it stopped, in either form; what it does not ask for is passed over, and the chain goes round it.
    last = told[4]
    again = Stream(node, admin, Accept="text/event-stream", Last_Event_ID=last[0])
    assert again.event() == told[5]
    again.close()
    lines = Stream(node, admin, "?types=HoldPlaced&limit=3", Last_Event_ID=last[0]).answer.read().splitlines()
    assert [json.loads(line) for line in lines] == [event for _, _, event in told[5:8]]
    creations = Stream(node, admin, "?types=ShowCreated").answer.read().splitlines()
    created, end = (json.loads(line) for line in creations)
    assert created["type"] == "holdfast.ShowCreated.v1" and end["type"] == "holdfast.Checkpoint.v1"
    assert end["previous"] == created["sequence"] and end["sequence"].endswith(f"{count + 2:019}"), end

    # So many of one caller at once; who leaves makes room at once.
    other = token("chief", "--role", "admin")
    more = [Stream(node, other, "?follow=true&after=1.1") for _ in range(FEEDS_OF_CALLER)]
    assert [one.status for one in more] == [200] * len(more)
    one_too_many = Stream(node, other)
    assert one_too_many.status == 429 and one_too_many.answer.getheader("Retry-After"), one_too_many.status
    assert json.loads(one_too_many.answer.read())["code"] == "too-many-requests"
    more.pop().close()

    def has_room():
        one = Stream(node, other)
        one.answer.read()
        return one.status == 200

    until("the feed that was left still counts", has_room)
    for one in more:
        one.close()
    left = 0

    def has_left_another(accept):
        nonlocal left
        one = Stream(node, other, "?follow=true&after=1.1", Accept=accept)
        left += one.status == 200
        one.close()
        return left == 40

    # With places that are kept for fifteen seconds, this would take longer than there is.
    for accept in ("*/*", "text/event-stream"):
        left = 0
        until("feeds that were left still count", lambda accept=accept: has_left_another(accept))

    # A failover: the feeds end, and go on in the new epoch where they were.
    psql("SELECT holdfast.raise_epoch()")
    assert stream.event() is None
    for one in more:
        one.answer.read()
    holds(node.port, fan, show, 1)
    place, _, event = Stream(node, admin, Accept="text/event-stream", Last_Event_ID=told[-1][0]).event()
    assert place == f"2.{count + 3}" and event["previous"] == told[-1][2]["sequence"], (place, event)
    follower = Follower(node, admin)
    until("it was not told of the new epoch", lambda: len(check_chain(followed(), START)) == count + 3)
    follower.kill()
    node.stop()


if __name__ == "__main__":
    try:
        main()
    finally:
        Node.end()
