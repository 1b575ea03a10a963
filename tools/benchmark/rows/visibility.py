"""How soon a hold is visible on a replica."""

from ..figures import Figure, Series, cores, milliseconds
from ..instance import areas
from ..load import area_bodies, constant, hold, load
from ..processes import say

AREAS = 10
HOLDS_PER_SECOND = 1_000
LOOK_EVERY = 0.0005
P99_MS_MAX = 2


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
            say(
                f"round {number + 1}: token reads {milliseconds(report.latency('token reads'))} "
                f"(others {report.others:.2f} cores)"
            )
            reports.append(report)
    return list(lines(reports))


def get(path):
    return {"name": "get", "method": "GET", "paths": [path]}


def lines(reports):
    def seen(key, quantile):
        return Series(
            (report.json["visibility"][key][quantile] for report in reports), (report.others for report in reports)
        )

    last = reports[-1].json["visibility"]
    early = last["visibleBeforeAnswer"] / last["sinceAnswer"]["count"]
    visible = Figure.at_most(
        f"commit → visible on a replica at {HOLDS_PER_SECOND:,} holds/s, p99", seen("sinceAnswer", "p99"), P99_MS_MAX,
        " ms", 2,
        f"from the caller's answer, which follows the commit at once; p50 {seen('sinceAnswer', 'p50').text(' ms', 2)}; "
        f"{early:.0%} were visible before the answer; seen by asking the replica every "
        f"{last['betweenLooks']['p50']:.2f} ms (p99 {last['betweenLooks']['p99']:.2f})",
    )  # fmt: skip
    never = sum(report.json["visibility"]["neverSeen"] for report in reports)
    if never:
        visible.passed = False
        visible.how += f"; {never} holds did not show within 10 s after the last one, and are not in the figure"
    yield visible
    yield Figure.reported(
        "the same from the decision on, append and disk sync included, p99", seen("sinceDecision", "p99"), " ms", 2,
        f"p50 {seen('sinceDecision', 'p50').text(' ms', 2)}",
    )  # fmt: skip
    reads = Series((report.latency("token reads")["p99"] for report in reports), (report.others for report in reports))
    middle = Series(report.latency("token reads")["p50"] for report in reports)
    yield Figure.at_most(
        "a read with the token on the replica, sent at once, p99", reads, P99_MS_MAX, " ms", 2,
        f"the whole request, HTTP included; p50 {middle.text(' ms', 2)}; "
        f"holds: {milliseconds(reports[-1].latency('holds'))}; {cores(reports)}; "
        f"the generator was late by p99 {reports[-1].json['generator']['lateness']['p99']:.2f} ms",
    )  # fmt: skip
