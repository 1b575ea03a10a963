"""Mostly reads, some holds, as fast as they go."""

import os

from ..figures import Figure, cores
from ..instance import areas, hall
from ..load import area_bodies, availability, hold, load
from ..rounds import Measurement, alternate

SEATS = 20_000
AREAS = 10
CONNECTIONS = (64, 256)
HOLDS_P99_MS_MAX = {64: 40}


def reads_and_holds(bench):
    """95 % availability, 5 % holds on one connection mix and one node."""
    instance = bench.instance
    with instance.node(instance.log("mixed")) as node:
        show = instance.create_show(node, seatingPlan=hall(SEATS), areas=areas(AREAS, 1_000_000))

        def mix(c):
            requests = availability(show, weight=95), hold(show, area_bodies(AREAS), weight=5)
            processes = {"holdfast": node.pid, "PostgreSQL": instance.postmaster}
            report = bench.generator.run([load("mix", node, c, *requests)], bench.seconds, processes=processes)
            rate = report.rate("mix", "availability", only=200) + report.rate("mix", "hold", only=201)
            return Measurement(rate, report.others, report)

        results = alternate(bench.rounds, {("mix", c): lambda c=c: mix(c) for c in CONNECTIONS})
    for c in CONNECTIONS:
        ours = results["mix", c]
        reads, holds = (
            {
                quantile: ours.series(lambda report, n=name, q=quantile: report.latency("mix", n)[q])
                for quantile in ("p50", "p99")
            }
            for name in ("availability", "hold")
        )
        yield Figure.reported(
            f"mixed load, 95 % availability of {SEATS:,} seats, 5 % holds, {c} connections", ours.rates, "/s",
            how=f"availability p50 {reads['p50'].text(digits=2)}, p99 {reads['p99'].text(digits=2)} ms; "
            f"{cores(ours.reports)} of {os.cpu_count()}",
        )  # fmt: skip
        name, how = f"p99 of the holds in it, {c} connections", f"p50 {holds['p50'].text(' ms', 2)}"
        if c in HOLDS_P99_MS_MAX:
            yield Figure.at_most(name, holds["p99"], HOLDS_P99_MS_MAX[c], " ms", 1, how)
        else:
            yield Figure.reported(name, holds["p99"], " ms", 1, how)
