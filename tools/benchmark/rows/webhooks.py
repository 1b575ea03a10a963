"""Webhooks: how soon an endpoint is told, and what telling several of them costs holds."""

import contextlib
import datetime
import json
import socketserver
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
# What 500 orders a second are of those that a machine completes at most, in BENCHMARKS.md: 1,545.
ORDERS_PART = 0.32
ENDPOINTS = 3
ON_OVER_OFF_MIN = 0.95
FLAGS = ("--webhooks-private", "on")


def telling(bench):
    yield latency(bench, "holds", "HoldPlaced", 32, lambda holding: holding)
    yield latency(bench, "orders", "SeatsSold", 256, buying)
    yield latency(bench, "orders", "SeatsSold", 256, buying, ORDERS_PART)
    yield from cost(bench)


class Receiver(socketserver.StreamRequestHandler):
    """Takes everything, and notes how old it was, in milliseconds. It shares the cores with what is measured, so it is no more than
    what HTTP asks for."""

    ages = []

    def handle(self):
        while (length := self.head()) is not None:
            event = json.loads(self.rfile.read(length))
            now = time.time()
            self.wfile.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            recorded = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()
            Receiver.ages.append((now - recorded) * 1000)

    def head(self):
        """How long the next request's body is; None: there is none."""
        length = None
        while (line := self.rfile.readline()).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return length


def latency(bench, what, kind, connections, request, part=None):
    """How old the events of a type are when their endpoint has them, at 500 a second or at a part of what the machine can."""
    instance = bench.instance
    with (
        instance.payments_simulator() as payments,
        instance.node(instance.log(f"webhooks_{what}{'' if part is None else '_part'}"), flags=FLAGS, payments=payments) as node,
        serving() as url,
    ):
        show = instance.create_show(node, areas=areas(AREAS, 1_000_000))
        requests = request(hold(show, area_bodies(AREAS)))
        rate = PER_SECOND if part is None else most(bench, node, connections, requests) * part
        create(instance, node, url, [kind])
        told = load(what, node, connections, requests, rate=constant(rate))
        # A node sees a new webhook within half a second.
        bench.generator.run([told], 1)
        catch_up(node, 1)
        p50, p99, rates, others = [], [], [], []
        for number in range(bench.rounds):
            Receiver.ages = []
            report = bench.generator.run([told], bench.seconds)
            rates.append(report.completed(what))
            # The latest count most.
            catch_up(node, 1)
            ages = sorted(Receiver.ages)
            if len(ages) < rates[-1] * bench.seconds * 0.9:
                raise Failure(f"only {len(ages)} events were received")
            p50.append(ages[len(ages) // 2])
            p99.append(ages[int(len(ages) * 0.99)])
            say(f"round {number + 1}, {rate:.0f} {what}/s: {len(ages)} events, p50 {p50[-1]:.1f} ms, p99 {p99[-1]:.1f} ms")
            others.append(report.others)
    load_is = f"{PER_SECOND} {what}/s" if part is None else f"{part:.0%} of the {what}/s that the machine completes"
    return Figure.at_most(
        f"commit → webhook received at {load_is}, p99", Series(p99, others), P99_MS_MAX, " ms", 1,
        f"`{kind}`; of {rate:.0f} {what}/s the machine completed {Series(rates, others).text('/s')}; one endpoint, a server in Python "
        f"on this machine; p50 {Series(p50, others).text(' ms', 1)}",
    )  # fmt: skip


def most(bench, node, connections, requests):
    """How many per second are answered to clients who begin again at once."""
    report = bench.generator.run([load("most", node, connections, requests)], bench.seconds)
    return report.completed("most")


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
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
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
