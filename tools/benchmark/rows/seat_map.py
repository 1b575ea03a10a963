"""Reading the seat map of a large show while it changes."""

from ..builds import THIS
from ..figures import Figure, cores, milliseconds
from ..instance import areas, hall
from ..load import area_bodies, availability, constant, hold, load
from ..processes import Failure
from ..rounds import Measurement, alternate

SEATS = 20_000
CONNECTIONS = 64
HOLDS_PER_SECOND = 500
AREAS = 10
BARE_MIN = 0.95


def while_holds_are_placed(bench):
    instance = bench.instance
    with instance.node(instance.log("seat_map")) as node:
        show = instance.create_show(node, seatingPlan=hall(SEATS), areas=areas(AREAS, 1_000_000))
        path = f"/api/v1/shows/{show}/availability"
        status, body = node.request("GET", path, {"Last-Seen-Sequence": "head"})
        if status != 200:
            raise Failure(f"no seat map: {status}")
        file = instance.path("seat-map.json")
        with open(file, "wb") as out:
            out.write(body)
        with instance.baseline("bare", "--body", file) as bare, instance.nginx(path, file) as nginx:
            return list(measure(bench, node, bare, nginx, show, len(body)))


def measure(bench, node, bare, nginx, show, size):
    def reads(server):
        return load("reads", server, CONNECTIONS, availability(show))

    holds = load("holds", node, 32, hold(show, area_bodies(AREAS)), rate=constant(HOLDS_PER_SECOND))
    kinds = {
        THIS: [reads(node), holds],
        "bare beside the holds": [reads(bare), holds],
        "bare alone": [reads(bare)],
        "nginx alone": [reads(nginx)],
    }
    processes = {
        "holdfast": node.pid, "bare": bare.pid, "nginx": nginx.pid, "PostgreSQL": bench.instance.postmaster,
    }  # fmt: skip

    def one(loads):
        report = bench.generator.run(loads, bench.seconds, processes=processes)
        if holds in loads:
            report.rate("holds", only=201)
        return Measurement.of(report, "reads", only=200)

    results = alternate(
        bench.rounds, {name: lambda loads=loads: one(loads) for name, loads in kinds.items()}, " GET/s"
    )
    rates = {name: ones.rates for name, ones in results.items()}
    ours = results[THIS]
    yield Figure.reported(
        f"availability of {SEATS:,} seats ({size:,} bytes) while {HOLDS_PER_SECOND} holds/s are placed on the show",
        ours.rates, " GET/s",
        how=f"holds: {milliseconds(ours.reports[-1].latency('holds'))}; {cores(ours.reports)}",
    )  # fmt: skip
    yield Figure.ratio(
        "÷ bare Hummingbird serving the same bytes, the same holds being placed beside it",
        ours.rates.over(rates["bare beside the holds"]), BARE_MIN, f"bare {rates['bare beside the holds'].text('/s')}",
    )  # fmt: skip
    for name, what in (("bare alone", "bare Hummingbird"), ("nginx alone", "nginx")):
        yield Figure.ratio(
            f"÷ {what} serving the same bytes, nothing else going on", ours.rates.over(rates[name]),
            how=f"{name.split()[0]} {rates[name].text('/s')}; {cores(results[name].reports)}",
        )  # fmt: skip
