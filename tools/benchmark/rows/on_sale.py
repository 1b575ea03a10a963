"""The minute in which a show goes on sale."""

import json

from ..builds import point_replay_at
from ..figures import Figure, Series, cores, milliseconds
from ..instance import hall, hall_seats
from ..load import availability, hold, load
from ..processes import Failure, ran, say

SEATS = 50_000
SEATS_PER_HOLD = 2
HOT_SHARE = 0.05  # of the seats, which most people want
HOT_DEMAND = 80  # percent of the holds
READS_PER_HOLD = 10
LOAD = 0.7  # of the ceiling
CONNECTIONS = 256
BODIES = 20_000


def profile(bench):
    """Reads before the sale, a step to the peak within a second, a plateau; seats come free again as holds expire."""
    instance = bench.instance
    plateau = 10 if bench.quick else 60
    log = instance.log("on_sale")
    with instance.node(log) as node, instance.node(log, roles="query", subscribe=node.endpoint) as replica:
        plan = hall(SEATS)
        processes = {"node": node.pid, "replica": replica.pid, "PostgreSQL": instance.postmaster}

        # The ceiling: the same mix as fast as it goes, on a show of its own.
        show = instance.create_show(node, seatingPlan=plan)
        report = bench.generator.run(
            [
                load("reads", replica, CONNECTIONS // 2, availability(show)),
                load("holds", node, CONNECTIONS // 2, *demand(show)),
            ],
            bench.seconds, processes=processes,
        )  # fmt: skip
        # Both in the proportion of the profile, as far as the scarcer of the two goes.
        holds = min(answered(report), report.rate("reads", only=200) / READS_PER_HOLD)
        say(f"ceiling: {holds:,.0f} holds/s with {READS_PER_HOLD} reads each")
        peak = LOAD * holds

        show = instance.create_show(node, seatingPlan=plan, holdSeconds=max(3, plateau // 3))
        calm, ramp = 3, 1
        steps = [
            {"seconds": calm, "from": peak / 100},
            {"seconds": ramp, "from": peak / 100, "to": peak},
            {"seconds": plateau, "from": peak},
        ]
        report = bench.generator.run(
            [
                load("reads", replica, CONNECTIONS, availability(show), rate=scaled(steps, READS_PER_HOLD)),
                load("holds", node, CONNECTIONS, *demand(show), rate=steps),
            ],
            seconds=ramp + plateau, warmup=calm, processes=processes,
        )  # fmt: skip
        answered(report)
        report.rate("reads", only=200)
        violations = check(instance, log, [node, replica])
    p99 = max(report.latency("holds", name)["p99"] for name in ("hot seats", "any seats"))
    return [
        Figure.at_most(
            f"on-sale profile at {LOAD} of the ceiling: p99 of holds", Series([p99], [report.others]), 100, " ms", 1,
            f"{peak:,.0f} holds/s and {peak * READS_PER_HOLD:,.0f} reads/s for {plateau} s on {SEATS:,} seats, "
            f"{HOT_DEMAND} % of the holds on {HOT_SHARE:.0%} of them; every hold is abandoned and expires after "
            f"{max(3, plateau // 3)} s, so seats come free and are fought for again; "
            f"answers {statuses(report)}; reads {milliseconds(report.latency('reads'))}; {cores([report])}; "
            f"the generator was late by p99 {report.json['generator']['lateness']['p99']:.2f} ms",
        ),
        Figure("violations in it", violations or "none", "none", not violations, "`replay log check` and `replay verify`"),
    ]  # fmt: skip


def demand(show):
    seats = hall_seats(SEATS)
    hot = seats[: int(SEATS * HOT_SHARE)]
    step = SEATS // BODIES
    return (
        hold(show, bodies(hot, 1), name="hot seats", weight=HOT_DEMAND),
        hold(show, bodies(seats, step), name="any seats", weight=100 - HOT_DEMAND),
    )


def bodies(seats, step):
    """Neighbours, wherever they begin."""
    return [
        json.dumps({"seats": seats[n : n + SEATS_PER_HOLD]}) for n in range(0, len(seats) - SEATS_PER_HOLD + 1, step)
    ]


def answered(report):
    """Holds per second that got a final answer, accepted or rejected."""
    total = 0
    report.check("holds")
    for name in ("hot seats", "any seats"):
        request = report.request("holds", name)
        if set(request["statuses"]) - {"201", "409"}:
            raise Failure(f"{name}: {request['statuses']}")
        total += request["rate"]
    return total


def statuses(report):
    total = {}
    for name in ("hot seats", "any seats"):
        for status, count in report.request("holds", name)["statuses"].items():
            total[status] = total.get(status, 0) + count
    return ", ".join(f"{status}: {count:,}" for status, count in sorted(total.items()))


def scaled(steps, factor):
    return [{key: value * (factor if key != "seconds" else 1) for key, value in step.items()} for step in steps]


def check(instance, log, nodes):
    """What is wrong with the log or with a replica; nothing: all is well."""
    point_replay_at(instance, log, nodes)
    wrong = []
    for command in (["log", "check"], ["verify"]):
        try:
            ran(instance.binary("replay"), *command, "--data", instance.folder)
        except Failure as failure:
            wrong.append(str(failure))
    return "; ".join(wrong)
