"""Starting replicas, and what they keep in memory."""

import time

from ..figures import Figure, Series, cores
from ..instance import areas
from ..load import area_bodies, hold, load
from ..processes import say

AREAS = 10
CONNECTIONS = 256
SETTLE_SECONDS = 3


def ready(bench):
    """Seconds until a query replica says that it is ready."""
    figures = []
    for events in (1_000_000, 10_000_000) if bench.full else (1_000_000,):
        log, events = bench.filled_log(events)
        nothing, snapshot = Series(), Series()
        for number in range(bench.rounds):
            # Without anybody to follow it polls the log; it is ready all the same.
            with bench.instance.node(log, roles="query") as node:
                nothing.add(node.ready_after)
            # What it stored when it stopped.
            with bench.instance.node(log, roles="query", data=node.data) as again:
                snapshot.add(again.ready_after)
            say(f"round {number + 1}, {events:,} events: {nothing.values[-1]:.2f} s, from snapshot {snapshot.values[-1]:.2f} s")
        figures += [
            Figure.at_most(
                f"replica ready over a log of {events:,} events, from snapshot", snapshot, 3, " s", 2,
                "from the start of the process until /health/ready",
            ),
            Figure("the same from nothing", nothing.text(" s", 2)),
        ]  # fmt: skip
    if not bench.full:
        figures.append(Figure.missing("the same over 10,000,000 events", "≤ 3 s from snapshot"))
    return figures


def holds_on_a_long_log(bench):
    """holds/s over a log of ten million events ÷ over an empty one."""
    if not bench.full:
        return [Figure.missing("holds/s at 10,000,000 events ÷ at zero", "≥ 0.95")]
    instance = bench.instance
    long, events = bench.filled_log(10_000_000)
    rates = {"long": Series(), "empty": Series()}
    reports = []
    with instance.node(long) as long_node, instance.node(instance.log("empty")) as empty_node:
        nodes = {"long": long_node, "empty": empty_node}
        shows = {name: instance.create_show(node, areas=areas(AREAS, 1_000_000)) for name, node in nodes.items()}
        for number in range(bench.rounds):
            for name, node in nodes.items():
                report = bench.generator.run(
                    [load("holds", node, CONNECTIONS, hold(shows[name], area_bodies(AREAS)))], bench.seconds,
                    processes={"holdfast": node.pid, "PostgreSQL": instance.postmaster},
                )  # fmt: skip
                rates[name].add(report.rate("holds", only=201))
                reports.append(report)
                say(f"round {number + 1}, {name}: {rates[name].values[-1]:,.0f}/s ({cores([report])})")
    return [
        Figure.ratio(
            f"holds/s at {events:,} events ÷ at zero, {CONNECTIONS} connections", rates["long"].over(rates["empty"]), 0.95,
            f"{rates['long'].text('/s')} and {rates['empty'].text('/s')}",
        )
    ]  # fmt: skip


def memory(bench):
    """Of a query replica that has just followed the log from its beginning."""
    used = {shows: resident(bench, shows) for shows in (100, 200)}
    return [
        Figure.at_most(
            "replica memory: 100 shows of 10,000 seats", Series([used[100]]), 200, " MiB", 0,
            "Pss of the process after reading the log from its beginning: the shows, and 1,000 events of each",
        ),
        Figure.at_most(
            "per further million seats", Series([used[200] - used[100]]), 200, " MiB", 0,
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
