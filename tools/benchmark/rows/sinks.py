"""What all ways out together cost holds: brokers, webhooks, the outbox, mail and a reader of the feed."""

import contextlib
import http.client
import threading

from ..figures import Figure
from ..holds_beside import on_and_off
from ..processes import Failure
from .brokers import brokers
from .webhooks import ENDPOINTS, create

ON_OVER_OFF_MIN = 0.95
SINKS = 5  # two brokers, the outbox, mail, and the webhooks together


def all_at_once(bench):
    instance = bench.instance
    with (
        brokers(instance) as flags,
        instance.node(instance.log("sinks_off")) as off,
        instance.node(instance.log("sinks_on"), flags=(*flags, "--outbox", "on", "--webhooks-private", "on", *mail(instance))) as on,
        instance.nginx("/none", "/dev/null") as nginx,
    ):
        for _ in range(ENDPOINTS):
            create(instance, on, f"http://127.0.0.1:{nginx.port}/health/ready", [])

        with following(on, instance.admin) as told:
            results, behind = on_and_off(bench, on, off, SINKS)
            if not told:
                raise Failure("the feed told nothing")
    p99 = {name: found.series(lambda report: report.latency("holds")["p99"]).text(" ms", 1) for name, found in results.items()}
    yield Figure.ratio(
        f"holds/s while two brokers, {ENDPOINTS} webhooks, the outbox, mail and a feed are told everything ÷ none",
        results["on"].rates.over(results["off"].rates), ON_OVER_OFF_MIN,
        f"all of them on the same two cores as the node; off: {results['off'].rates.text('/s')}; p99 {p99['on']} and {p99['off']}; "
        f"after a round the last of them has caught up in {behind:.1f} s at most",
    )  # fmt: skip


def mail(instance):
    """Accounts whose mail goes to a folder."""
    return (
        "--accounts-url", "http://localhost:8080", "--mail-from", "tickets@example.test", "--mail-folder", instance.path("mail"),
        "--ticket-key", instance.path("keys", "ticket-key.pem"),
    )  # fmt: skip


@contextlib.contextmanager
def following(node, token):
    """Reads the feed of a node for as long as the block runs; yields the sizes of what was read."""
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
    connection.request("GET", "/api/v1/events?follow=true", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    told = []

    def read():
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):  # it is closed
            while part := answer.read1(1 << 16):
                told.append(len(part))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield told
    finally:
        connection.sock.shutdown(2)
        reader.join(10)
        connection.close()
