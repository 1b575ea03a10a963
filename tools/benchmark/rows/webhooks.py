"""Webhooks: how soon an endpoint is told, and what telling several of them costs holds."""

import contextlib
import datetime
import http.server
import json
import threading
import time
import uuid

from ..figures import Figure, Series
from ..holds_beside import catch_up, on_and_off
from ..instance import areas
from ..load import area_bodies, buying, constant, hold, load
from ..processes import Failure, say

AREAS = 10
PER_SECOND = 500
P99_MS_MAX = 50
ENDPOINTS = 3
ON_OVER_OFF_MIN = 0.95
FLAGS = ("--webhooks-private", "on")


def telling(bench):
    yield from latency(bench, "holds", "HoldPlaced", 32, lambda holding: holding)
    yield from latency(bench, "orders", "SeatsSold", 256, buying)
    yield from cost(bench)


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes everything, and notes how old it was, in milliseconds."""

    protocol_version = "HTTP/1.1"
    ages = []

    def do_POST(self):
        now = time.time()
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response_only(204)
        self.end_headers()
        recorded = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()
        Receiver.ages.append((now - recorded) * 1000)

    def log_message(self, *_):
        pass


def latency(bench, what, kind, connections, request):
    """How old the events of a type are when their endpoint has them."""
    instance = bench.instance
    with (
        instance.payments_simulator() as payments,
        instance.node(instance.log(f"webhooks_{what}"), flags=FLAGS, payments=payments) as node,
        serving() as url,
    ):
        show = instance.create_show(node, areas=areas(AREAS, 1_000_000))
        create(instance, node, url, [kind])
        told = load(what, node, connections, request(hold(show, area_bodies(AREAS))), rate=constant(PER_SECOND))
        # A node sees a new webhook within half a second.
        bench.generator.run([told], 1)
        catch_up(node, 1)
        p50, p99, others = [], [], []
        for number in range(bench.rounds):
            Receiver.ages = []
            report = bench.generator.run([told], bench.seconds)
            for one in report.load(what)["requests"]:
                report.rate(what, one["name"], only=201)
            # The latest count most.
            catch_up(node, 1)
            ages = sorted(Receiver.ages)
            if len(ages) < PER_SECOND * bench.seconds * 0.9:
                raise Failure(f"only {len(ages)} events were received")
            p50.append(ages[len(ages) // 2])
            p99.append(ages[int(len(ages) * 0.99)])
            say(f"round {number + 1}, {what}: {len(ages)} events, p50 {p50[-1]:.1f} ms, p99 {p99[-1]:.1f} ms")
            others.append(report.others)
    yield Figure.at_most(
        f"commit → webhook received at {PER_SECOND} {what}/s, p99", Series(p99, others), P99_MS_MAX, " ms", 1,
        f"`{kind}`; one endpoint, a server in Python on this machine; p50 {Series(p50, others).text(' ms', 1)}",
    )  # fmt: skip


def cost(bench):
    instance = bench.instance
    with (
        instance.node(instance.log("webhooks_off"), flags=FLAGS) as off,
        instance.node(instance.log("webhooks_on"), flags=FLAGS) as on,
        instance.nginx("/none", "/dev/null") as nginx,
    ):
        for _ in range(ENDPOINTS):
            create(instance, on, f"http://127.0.0.1:{nginx.port}/health/ready", [])

        results, behind = on_and_off(bench, on, off, sinks=1)
    yield Figure.ratio(
        f"holds/s while {ENDPOINTS} webhooks are told everything ÷ none", results["on"].rates.over(results["off"].rates),
        ON_OVER_OFF_MIN,
        f"nginx takes the messages, on the same two cores; off: {results['off'].rates.text('/s')}; after a round they have caught up "
        f"in {behind:.1f} s at most",
    )  # fmt: skip


@contextlib.contextmanager
def serving():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def create(instance, node, url, types):
    status, answer = node.request(
        "POST", "/api/v1/organisations/instance/webhooks",
        {
            "Authorization": f"Bearer {instance.admin}", "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        },
        json.dumps({"url": url, "types": types}),
    )  # fmt: skip
    if status != 201:
        raise Failure(f"no webhook: {status} {answer}")
