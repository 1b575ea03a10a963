"""Buying what is held: completed orders per second, and what the payment process costs those who only hold."""

import contextlib
import time

from ..books import difference
from ..builds import OTHER, THIS
from ..figures import Figure, cores, cost, milliseconds
from ..instance import areas
from ..load import area_bodies, buying, constant, hold, load
from ..processes import Failure, say
from ..rounds import Measurement, alternate

AREAS = 10
CONNECTIONS = (64, 256)
ORDERS_PER_SECOND_MIN = 1_000
OTHER_BUILD_MIN = 1.7
OPEN_LOOP_ORDERS_PER_SECOND = 500
SETTLED_SECONDS_MAX = 60
IDLE_RATIO_MIN = 0.9


def purchases(bench):
    instance = bench.instance
    logs = {build: one.log("orders") for build, one in bench.builds.items()}
    with contextlib.ExitStack() as stack:
        providers = {build: stack.enter_context(one.payments_simulator()) for build, one in bench.builds.items()}
        nodes = {
            build: stack.enter_context(one.node(logs[build], payments=providers[build]))
            for build, one in bench.builds.items()
        }
        plain = stack.enter_context(instance.node(instance.log("no_payments")))
        idle = list(beside_an_idle_process(bench, nodes[THIS], plain))
        bought = list(completed(bench, nodes, providers))
        wait_until_settled(nodes[THIS])
        wrong = difference(instance, logs[THIS], providers[THIS])
        if wrong:
            raise Failure("the provider's ledger is not what the log says:\n" + "\n".join(wrong[:10]))
        say("the provider's ledger is what the log says")
    return bought + idle


def completed(bench, nodes, providers):
    """The ceiling, by buyers who begin again when they have their tickets; then latency at half of what is asked for."""
    purchases = {
        build: buying(hold(one.create_show(nodes[build], areas=areas(AREAS, 1_000_000)), area_bodies(AREAS)))
        for build, one in bench.builds.items()
    }

    def buy(build, c, **pace):
        report = bench.generators[build].run(
            [load("purchases", nodes[build], c, purchases[build], **pace)], bench.seconds,
            processes={
                "node": nodes[build].pid, "simulator": providers[build].pid,
                "PostgreSQL": bench.builds[build].postmaster,
            },
        )  # fmt: skip
        return Measurement(report.completed("purchases"), report.others, report)

    results = alternate(
        bench.rounds,
        {(build, c): lambda build=build, c=c: buy(build, c) for c in CONNECTIONS for build in bench.builds}
        | {"open loop": lambda: buy(THIS, 256, rate=constant(OPEN_LOOP_ORDERS_PER_SECOND))},
        " orders/s",
    )  # fmt: skip
    for c in CONNECTIONS:
        ours = results[THIS, c]
        p50, p99 = (
            ours.series(lambda report, q=q: report.latency("purchases", "order")[q]).text(digits=1) for q in ("p50", "p99")
        )
        yield Figure.at_least(
            f"completed orders/s, {c} connections", ours.rates, ORDERS_PER_SECOND_MIN, "/s",
            f"from the request to `completed` p50 {p50}, p99 {p99} ms; with each order its hold; "
            f"{cost(ours.reports, ours.rates)}",
        )  # fmt: skip
    for c in CONNECTIONS:
        if bench.has_other:
            other = results[OTHER, c]
            yield Figure.ratio(
                f"completed orders/s ÷ another build, {c} connections", results[THIS, c].rates.over(other.rates),
                OTHER_BUILD_MIN, f"{OTHER} {other.rates.text('/s')}; {cost(other.reports, other.rates)}",
            )  # fmt: skip
    # With all connections taken, purchases begin later than planned, which only their holds' latency shows.
    calm = results["open loop"]
    late = sum(report.load("purchases")["backlogPeak"] > 0 for report in calm.reports)
    p50, p99 = (calm.series(lambda report, q=q: report.latency("purchases", "order")[q]) for q in ("p50", "p99"))
    yield Figure.reported(
        f"from an order's request to `completed` at {OPEN_LOOP_ORDERS_PER_SECOND} orders/s, p99", p99, " ms", 2,
        f"p50 {p50.text(' ms', 2)}; open loop, which the machine did not keep up with in {late} of {len(calm)} rounds; "
        f"holds: {milliseconds(calm.reports[-1].latency('purchases', 'hold'))}; {cores(calm.reports)}; "
        f"afterwards the provider's ledger has what the log has, and nothing else",
    )  # fmt: skip


def beside_an_idle_process(bench, node, plain):
    """Holds on a node that could settle payments, and on one that could not; nothing is bought."""
    instance = bench.instance
    servers = {"idle": node, "without": plain}
    holds = {
        name: hold(instance.create_show(server, areas=areas(AREAS, 1_000_000)), area_bodies(AREAS))
        for name, server in servers.items()
    }

    def measure(name, c):
        report = bench.generator.run(
            [load("holds", servers[name], c, holds[name])], bench.seconds,
            processes={"node": servers[name].pid, "PostgreSQL": instance.postmaster},
        )  # fmt: skip
        return Measurement.of(report, "holds", only=201)

    results = alternate(
        bench.rounds,
        {(name, c): lambda name=name, c=c: measure(name, c) for c in CONNECTIONS for name in servers},
        " holds/s",
    )  # fmt: skip
    for c in CONNECTIONS:
        idle, without = results["idle", c].rates, results["without", c].rates
        yield Figure.ratio(
            f"holds/s beside an idle payment process ÷ without one, {c} connections", idle.over(without), IDLE_RATIO_MIN,
            f"{idle.text('/s')} and {without.text('/s')}",
        )  # fmt: skip


def wait_until_settled(node):
    """Until the payment process has no order left: the last ones were under way when the load ended."""
    deadline = time.monotonic() + SETTLED_SECONDS_MAX
    while True:
        left = list(node.metrics("holdfast_payments_open_orders").values())
        if left == [0]:
            return
        if time.monotonic() > deadline:
            raise Failure(f"orders are not settled after {SETTLED_SECONDS_MAX} s: {left} are left")
        time.sleep(0.1)
