"""Buying what is held: completed orders per second, and what the payment process costs those who only hold."""

import re
import time

from ..books import difference
from ..figures import Figure, Series, cores, cost, milliseconds
from ..instance import areas
from ..load import area_bodies, buying, constant, hold, load
from ..processes import Failure, say

AREAS = 10
CONNECTIONS = (64, 256)
ORDERS_PER_SECOND_MIN = 1_000
OPEN_LOOP_ORDERS_PER_SECOND = 500
SETTLED_SECONDS_MAX = 60
IDLE_RATIO_MIN = 0.9


def purchases(bench):
    instance = bench.instance
    log = instance.log("orders")
    with (
        instance.payments_simulator() as provider,
        instance.node(log, payments=provider) as node,
        instance.node(instance.log("no_payments")) as plain,
    ):
        idle = list(beside_an_idle_process(bench, node, plain))
        bought = list(completed(bench, node, provider))
        wait_until_settled(node)
        wrong = difference(instance, log, provider)
        if wrong:
            raise Failure("the provider's ledger is not what the log says:\n" + "\n".join(wrong[:10]))
        say("the provider's ledger is what the log says")
    return bought + idle


def completed(bench, node, provider):
    """The ceiling, by buyers who begin again when they have their tickets; then latency at half of what is asked for."""
    instance = bench.instance
    show = instance.create_show(node, areas=areas(AREAS, 1_000_000))
    processes = {"node": node.pid, "simulator": provider.pid, "PostgreSQL": instance.postmaster}
    purchase = buying(hold(show, area_bodies(AREAS)))
    rates = {c: Series() for c in CONNECTIONS}
    reports = {c: [] for c in CONNECTIONS}
    calm = []
    for number in range(bench.rounds):
        for c in CONNECTIONS:
            report = bench.generator.run(
                [load("purchases", node, c, purchase)], bench.seconds, processes=processes
            )
            rates[c].add(orders(report))
            reports[c].append(report)
            say(f"round {number + 1}, {c} connections: {rates[c].values[-1]:,.0f} orders/s ({cores([report])})")
        report = bench.generator.run(
            [load("purchases", node, 256, purchase, rate=constant(OPEN_LOOP_ORDERS_PER_SECOND))],
            bench.seconds, processes=processes,
        )  # fmt: skip
        orders(report)
        calm.append(report)
        say(f"round {number + 1}, open loop: {milliseconds(report.latency('purchases', 'order'))}")
    for c in CONNECTIONS:
        latency = reports[c][-1].latency("purchases", "order")
        yield Figure.at_least(
            f"completed orders/s, {c} connections", rates[c], ORDERS_PER_SECOND_MIN, "/s",
            f"from the request to `completed` p50 {latency['p50']:.1f}, p99 {latency['p99']:.1f} ms; with each order its "
            f"hold; {cost(reports[c], rates[c])}",
        )  # fmt: skip
    # With all connections taken, purchases begin later than planned, which only their holds' latency shows.
    late = sum(report.load("purchases")["backlogPeak"] > 0 for report in calm)
    latencies = [report.latency("purchases", "order") for report in calm]
    yield Figure(
        f"from an order's request to `completed` at {OPEN_LOOP_ORDERS_PER_SECOND} orders/s",
        f"p50 {Series(one['p50'] for one in latencies).text(' ms', 2)}, "
        f"p99 {Series(one['p99'] for one in latencies).text(' ms', 2)}",
        how=f"open loop, which the machine did not keep up with in {late} of {len(calm)} rounds; "
        f"holds: {milliseconds(calm[-1].latency('purchases', 'hold'))}; {cores(calm)}; "
        f"afterwards the provider's ledger has what the log has, and nothing else",
    )


def beside_an_idle_process(bench, node, plain):
    """Holds on a node that could settle payments, and on one that could not; nothing is bought."""
    instance = bench.instance
    servers = {"idle": node, "without": plain}
    shows = {name: instance.create_show(server, areas=areas(AREAS, 1_000_000)) for name, server in servers.items()}
    rates = {(name, c): Series() for name in servers for c in CONNECTIONS}
    for number in range(bench.rounds):
        # Whoever comes first comes second in the next round: what went before must favour nobody.
        order = list(servers.items())[:: 1 if number % 2 == 0 else -1]
        for c in CONNECTIONS:
            for name, server in order:
                report = bench.generator.run(
                    [load("holds", server, c, hold(shows[name], area_bodies(AREAS)))], bench.seconds,
                    processes={"node": server.pid, "PostgreSQL": instance.postmaster},
                )  # fmt: skip
                rate = report.rate("holds", only=201)
                rates[name, c].add(rate)
                say(f"round {number + 1}, {c} connections, {name}: {rate:,.0f} holds/s ({cores([report])})")
    for c in CONNECTIONS:
        yield Figure.ratio(
            f"holds/s beside an idle payment process ÷ without one, {c} connections",
            rates["idle", c].over(rates["without", c]), IDLE_RATIO_MIN,
            f"{rates['idle', c].text('/s')} and {rates['without', c].text('/s')}",
        )  # fmt: skip


def orders(report):
    """Completed orders per second; that of their holds too must have been granted."""
    report.rate("purchases", "hold", only=201)
    return report.rate("purchases", "order", only=201)


def wait_until_settled(node):
    """Until the payment process has no order left: the last ones were under way when the load ended."""
    deadline = time.monotonic() + SETTLED_SECONDS_MAX
    while True:
        status, metrics = node.request("GET", "/metrics")
        left = re.search(r"^holdfast_payments_open_orders(?:\{[^}]*\})? (\S+)$", metrics.decode(), re.MULTILINE)
        if status == 200 and left and float(left[1]) == 0:
            return
        if time.monotonic() > deadline:
            raise Failure(f"orders are not settled after {SETTLED_SECONDS_MAX} s: {left and left[1]} are left")
        time.sleep(0.1)
