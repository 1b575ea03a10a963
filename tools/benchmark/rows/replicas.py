"""Starting replicas, and what they keep in memory."""

import time

from ..figures import Figure, Series
from ..instance import areas
from ..load import area_bodies, hold, load
from ..processes import say
from ..rounds import Measurement, alternate

AREAS = 10
CONNECTIONS = 256
SETTLE_SECONDS = 3
READY_SECONDS_MAX = 1
LONG_LOG_MIN = 0.97
SHOWS_MIB_MAX = 150
FURTHER_SEATS_MIB_MAX = 60


def ready(bench):
    """Seconds until a query replica says that it is ready."""
    figures = []
    for events in (1_000_000, 10_000_000) if bench.full else (1_000_000,):
        log, events = bench.filled_log(events)
        nothing, snapshot = Series(), Series()
        for number in range(bench.rounds):
            # Without anybody to follow it polls the log; it is ready all the same.
            with bench.others.sampled() as first, bench.instance.node(log, roles="query") as node:
                pass
            nothing.add(node.ready_after, first.cores)
            # What it stored when it stopped.
            with bench.others.sampled() as second, bench.instance.node(log, roles="query", data=node.data) as again:
                pass
            snapshot.add(again.ready_after, second.cores)
            say(f"round {number + 1}, {events:,} events: {node.ready_after:.2f} s, from snapshot {again.ready_after:.2f} s")
        figures += [
            Figure.at_most(
                f"replica ready over a log of {events:,} events, from snapshot", snapshot, READY_SECONDS_MAX, " s", 2,
                "from the start of the process until /health/ready",
            ),
            Figure.reported("the same from nothing", nothing, " s", 2),
        ]  # fmt: skip
    if not bench.full:
        figures.append(Figure.missing("the same over 10,000,000 events", f"≤ {READY_SECONDS_MAX} s from snapshot"))
    return figures


def holds_on_a_long_log(bench):
    """holds/s over a log of ten million events ÷ over an empty one."""
    if not bench.full:
        return [Figure.missing("holds/s at 10,000,000 events ÷ at zero", f"≥ {LONG_LOG_MIN:g}")]
    instance = bench.instance
    long, events = bench.filled_log(10_000_000)
    with instance.node(long) as long_node, instance.node(instance.log("empty")) as empty_node:

        def contestant(node):
            show = instance.create_show(node, areas=areas(AREAS, 1_000_000))
            holds = load("holds", node, CONNECTIONS, hold(show, area_bodies(AREAS)))
            processes = {"holdfast": node.pid, "PostgreSQL": instance.postmaster}
            return lambda: Measurement.of(
                bench.generator.run([holds], bench.seconds, processes=processes), "holds", only=201
            )

        results = alternate(bench.rounds, {"long": contestant(long_node), "empty": contestant(empty_node)})
    at_length, at_zero = results["long"].rates, results["empty"].rates
    return [
        Figure.ratio(
            f"holds/s at {events:,} events ÷ at zero, {CONNECTIONS} connections", at_length.over(at_zero), LONG_LOG_MIN,
            f"{at_length.text('/s')} and {at_zero.text('/s')}",
        )
    ]  # fmt: skip


def memory(bench):
    """Of a query replica that has just followed the log from its beginning."""
    used = {shows: resident(bench, shows) for shows in (100, 200)}
    return [
        Figure.at_most(
            "replica memory: 100 shows of 10,000 seats", Series([used[100]]), SHOWS_MIB_MAX, " MiB", 0,
            "Pss of the process after reading the log from its beginning: the shows, and 1,000 events of each",
        ),
        Figure.at_most(
            "per further million seats", Series([used[200] - used[100]]), FURTHER_SEATS_MIB_MAX, " MiB", 0,
            f"200 such shows: {used[200]:.0f} MiB",
        ),
    ]  # fmt: skip


def resident(bench, shows):
    log = bench.fill(f"memory_{shows}", shows * 1_000, shows=shows)
    with bench.instance.node(log, roles="query") as node:
        time.sleep(SETTLE_SECONDS)  # What start-up left behind is given back or not; both are part of it.
        megabytes = node.memory()
    bench.instance.drop(f"memory_{shows}")
    say(f"{shows} shows: {megabytes:.0f} MiB")
    return megabytes
