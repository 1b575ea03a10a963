"""Mostly reads, some holds, as fast as they go."""

import os

from ..figures import Figure, Series, cores, milliseconds
from ..instance import areas, hall
from ..load import area_bodies, availability, hold, load
from ..processes import say

SEATS = 20_000
AREAS = 10
CONNECTIONS = (64, 256)


def reads_and_holds(bench):
    """95 % availability, 5 % holds on one connection mix and one node."""
    instance = bench.instance
    rates = {c: Series() for c in CONNECTIONS}
    reports = {c: [] for c in CONNECTIONS}
    with instance.node(instance.log("mixed")) as node:
        show = instance.create_show(node, seatingPlan=hall(SEATS), areas=areas(AREAS, 1_000_000))
        for number in range(bench.rounds):
            for c in CONNECTIONS:
                mix = load(
                    "mix", node, c, availability(show, weight=95), hold(show, area_bodies(AREAS), weight=5)
                )
                processes = {"holdfast": node.pid, "PostgreSQL": instance.postmaster}
                report = bench.generator.run([mix], bench.seconds, processes=processes)
                rates[c].add(
                    report.rate("mix", "availability", only=200) + report.rate("mix", "hold", only=201)
                )
                reports[c].append(report)
                say(f"round {number + 1}, {c} connections: {rates[c].values[-1]:,.0f}/s ({cores([report])})")
    return [
        Figure(
            f"mixed load, 95 % availability of {SEATS:,} seats, 5 % holds, {c} connections",
            rates[c].text("/s"),
            how=f"availability {milliseconds(reports[c][-1].latency('mix', 'availability'))}; "
            f"holds {milliseconds(reports[c][-1].latency('mix', 'hold'))}; {cores(reports[c])} of {os.cpu_count()}",
        )
        for c in CONNECTIONS
    ]
