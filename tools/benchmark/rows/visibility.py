"""How soon a hold is visible on a replica."""

from ..figures import Figure, Series, cores, milliseconds
from ..instance import areas
from ..load import area_bodies, constant, hold, load
from ..processes import Failure, say

AREAS = 10
HOLDS_PER_SECOND = 1_000
LOOK_EVERY = 0.0005


def on_a_replica(bench):
    """Holds on one node; another process is asked for what it has applied, and for reads that carry the token."""
    instance = bench.instance
    log = instance.log("visibility")
    with instance.node(log) as node, instance.node(log, roles="query", subscribe=node.endpoint) as replica:
        show = instance.create_show(node, areas=areas(AREAS, 1_000_000))
        reports = []
        for number in range(bench.rounds):
            report = bench.generator.run(
                [
                    load("holds", node, 64, hold(show, area_bodies(AREAS)), rate=constant(HOLDS_PER_SECOND)),
                    load("looks", replica, 1, get("/health/ready"), polls={
                        "every": LOOK_EVERY, "number": '"availability":',
                    }),
                    load("token reads", replica, 64, get(f"/api/v1/shows/{show}"), follows="holds"),
                ],
                bench.seconds,
                processes={"node": node.pid, "replica": replica.pid, "PostgreSQL": instance.postmaster},
            )  # fmt: skip
            report.rate("holds", only=201)
            report.rate("token reads", only=200)
            if report.json["visibility"]["neverSeen"]:
                raise Failure(f"{report.json['visibility']['neverSeen']} holds never showed on the replica")
            say(f"round {number + 1}: token reads {milliseconds(report.latency('token reads'))}")
            reports.append(report)
    return list(lines(reports))


def get(path):
    return {"name": "get", "method": "GET", "paths": [path]}


def lines(reports):
    def series(key, quantile):
        return Series(report.json["visibility"][key][quantile] for report in reports)

    last = reports[-1].json["visibility"]
    early = last["visibleBeforeAnswer"] / last["sinceAnswer"]["count"]
    yield Figure.at_most(
        f"commit → visible on a replica at {HOLDS_PER_SECOND:,} holds/s, p99", series("sinceAnswer", "p99"), 5, " ms", 2,
        f"from the caller's answer, which follows the commit at once; p50 {series('sinceAnswer', 'p50').text(' ms', 2)}; "
        f"{early:.0%} were visible before the answer; seen by asking the replica every "
        f"{last['betweenLooks']['p50']:.2f} ms (p99 {last['betweenLooks']['p99']:.2f})",
    )  # fmt: skip
    yield Figure(
        "the same from the decision on, append and disk sync included",
        f"p50 {series('sinceDecision', 'p50').text(' ms', 2)}, p99 {series('sinceDecision', 'p99').text(' ms', 2)}",
    )
    reads = [report.latency("token reads") for report in reports]
    yield Figure.at_most(
        "a read with the token on the replica, sent at once, p99", Series(read["p99"] for read in reads), 5, " ms", 2,
        f"the whole request, HTTP included; p50 {Series(read['p50'] for read in reads).text(' ms', 2)}; "
        f"holds: {milliseconds(reports[-1].latency('holds'))}; {cores(reports)}; "
        f"the generator was late by p99 {reports[-1].json['generator']['lateness']['p99']:.2f} ms",
    )  # fmt: skip
