"""The feed of events, from the beginning of a long log to its end."""

import http.client
import time

from ..figures import Figure
from ..processes import Failure
from ..rounds import Measurement, alternate

EVENTS = 1_000_000
EVENTS_PER_SECOND_MIN = 100_000
READ_BYTES = 1 << 20


def whole(bench):
    log, events = bench.filled_log(EVENTS)
    with bench.instance.node(log) as node:

        def read():
            with bench.others.sampled() as sample:
                start = time.monotonic()
                lines = count(node, bench.instance.admin)
                seconds = time.monotonic() - start
            if lines != events:
                raise Failure(f"the feed has {lines} events of {events}")
            return Measurement(events / seconds, sample.cores)

        rates = alternate(bench.rounds, {"feed": read}, " events/s")["feed"].rates
    yield Figure.at_least(
        "events from the feed, one reader", rates, EVENTS_PER_SECOND_MIN, " events/s",
        f"`GET /api/v1/events` over {events:,} events as JSON lines, read by a program on the same machine",
    )  # fmt: skip


def count(node, token):
    """Reads the whole feed; returns how many lines it has."""
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
    connection.request("GET", "/api/v1/events", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise Failure(f"the feed answers {answer.status}")
    lines = 0
    while part := answer.read(READ_BYTES):
        lines += part.count(b"\n")
    connection.close()
    return lines
