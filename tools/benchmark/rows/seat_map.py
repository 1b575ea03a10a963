"""Reading the seat map of a large show while it changes."""

from ..figures import Figure, Series, cores, milliseconds
from ..instance import areas, hall
from ..load import area_bodies, availability, constant, hold, load
from ..processes import Failure, say

SEATS = 20_000
CONNECTIONS = 64
HOLDS_PER_SECOND = 500
AREAS = 10


def while_holds_are_placed(bench):
    instance = bench.instance
    with instance.node(instance.log("seat_map")) as node:
        show = instance.create_show(node, seatingPlan=hall(SEATS), areas=areas(AREAS, 1_000_000))
        status, body = node.request("GET", f"/api/v1/shows/{show}/availability", {"Last-Seen-Sequence": "head"})
        if status != 200:
            raise Failure(f"no seat map: {status}")
        path = instance.path("seat-map.json")
        with open(path, "wb") as file:
            file.write(body)
        with instance.baseline("bare", "--body", path) as bare:
            return measure(bench, node, bare, show, len(body))


def measure(bench, node, bare, show, size):
    def holds():
        return load(
            "holds", node, 32, hold(show, area_bodies(AREAS)), rate=constant(HOLDS_PER_SECOND)
        )

    def reads(server):
        return load("reads", server, CONNECTIONS, availability(show))

    kinds = {
        "holdfast": [reads(node), holds()],
        "bare alone": [reads(bare)],
        "bare beside the holds": [reads(bare), holds()],
    }
    rates = {name: Series() for name in kinds}
    reports = {name: [] for name in kinds}
    for number in range(bench.rounds):
        for name, loads in kinds.items():
            processes = {"holdfast": node.pid, "bare": bare.pid, "PostgreSQL": bench.instance.postmaster}
            report = bench.generator.run(loads, bench.seconds, processes=processes)
            rates[name].add(report.rate("reads", only=200))
            if len(loads) == 2:
                report.rate("holds", only=201)
            reports[name].append(report)
            say(f"round {number + 1}, {name}: {rates[name].values[-1]:,.0f} GET/s ({cores([report])})")
    held = reports["holdfast"][-1]
    return [
        Figure(
            f"availability of {SEATS:,} seats ({size:,} bytes) while {HOLDS_PER_SECOND} holds/s are placed on the show",
            rates["holdfast"].text(" GET/s"),
            how=f"holds: {milliseconds(held.latency('holds'))}; {cores(reports['holdfast'])}",
        ),
        Figure.ratio(
            "÷ bare Hummingbird serving the same bytes, the same holds being placed beside it",
            rates["holdfast"].over(rates["bare beside the holds"]), 0.9,
            f"bare {rates['bare beside the holds'].text('/s')}",
        ),
        Figure(
            "÷ bare Hummingbird serving the same bytes, nothing else going on",
            rates["holdfast"].over(rates["bare alone"]).text(digits=2),
            how=f"bare {rates['bare alone'].text('/s')}",
        ),
    ]  # fmt: skip
