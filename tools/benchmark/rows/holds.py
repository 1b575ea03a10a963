"""Durable holds per second: against a bare server, the designs that lock rows, and another build."""

import json

from ..builds import OTHER, THIS
from ..figures import Figure, cost
from ..instance import areas
from ..load import area_bodies, hold, load
from ..processes import say
from ..rounds import Measurement, alternate

AREAS = 10
CONNECTIONS = (64, 256)
BARE_MIN = {64: 0.6, 256: 0.8}
OTHER_BUILD_MIN = {64: 2.0, 256: 2.2}
ROW_LOCK_MIN = 8
SEAT_LOCK_MIN = 3
REJECTED_MIN = 1.2
ROW_LOCK_POOLS = (4, 8, 16)
SEAT_LOCK_POOLS = (8, 16, 32, 64)
SEATS = 4_000_000


class SeatSupply:
    """Seats for seat-lock: every run gets free ones, far more than it can take."""

    def __init__(self):
        self.next = 0

    def bodies(self, count):
        first = self.next
        self.next = (first + count) % SEATS
        return [json.dumps({"seats": [f"s{(first + n) % SEATS}"]}) for n in range(count)]


def hot_show(bench):
    """holds/s ÷ bare, ÷ timer, ÷ row-lock, ÷ seat-lock, ÷ another build, and rejected ÷ accepted: all in alternation."""
    instance = bench.instance
    classic = instance.database("classic")
    supply = SeatSupply()

    def classic_server(design, pool):
        return instance.baseline(design, "--postgres-url", classic, "--pool", pool, "--seats", SEATS)

    def seat_load(server, connections, seconds):
        bodies = supply.bodies(int((seconds + 2) * 12_000))
        return load("holds", server, connections, hold("hot", bodies, pick="sequence"))

    def area_load(server, connections, show="hot", places=AREAS):
        return load("holds", server, connections, hold(show, area_bodies(places)))

    row_pool = best_pool(bench, "row-lock", ROW_LOCK_POOLS, classic_server, lambda s: area_load(s, 64))
    seat_pool = best_pool(bench, "seat-lock", SEAT_LOCK_POOLS, classic_server, lambda s: seat_load(s, 64, 3))

    with (
        bench.nodes("hot") as nodes,
        instance.baseline("bare") as bare,
        instance.baseline("timer") as timer,
        classic_server("row-lock", row_pool) as row_lock,
        classic_server("seat-lock", seat_pool) as seat_lock,
    ):
        node = nodes[THIS]
        shows = {name: bench.builds[name].create_show(one, areas=areas(AREAS, 1_000_000)) for name, one in nodes.items()}
        sold_out = instance.create_show(node, areas=areas(1, 1))
        bench.generator.run([area_load(node, 1, sold_out, 1)], seconds=0.2, warmup=0)  # takes the only place
        systems = {
            name: (one, lambda c, name=name, one=one: area_load(one, c, shows[name]), 201) for name, one in nodes.items()
        } | {
            "bare": (bare, lambda c: area_load(bare, c), 201),
            "timer": (timer, lambda c: area_load(timer, c), 201),
            "row-lock": (row_lock, lambda c: area_load(row_lock, c), 201),
            "seat-lock": (seat_lock, lambda c: seat_load(seat_lock, c, bench.seconds), 201),
            "rejected": (node, lambda c: area_load(node, c, sold_out, 1), 409),
        }

        def measure(name, c):
            server, make, status = systems[name]
            build = name if name in nodes else THIS
            processes = {"server": server.pid, "PostgreSQL": bench.builds[build].postmaster}
            report = bench.generators[build].run([make(c)], bench.seconds, processes=processes)
            return Measurement.of(report, "holds", only=status)

        results = alternate(
            bench.rounds,
            {(name, c): lambda name=name, c=c: measure(name, c) for c in CONNECTIONS for name in systems},
        )  # fmt: skip
    return list(lines(results, row_pool, seat_pool, bench))


def best_pool(bench, design, pools, server, make):
    """The number of database connections with which a design is quickest."""
    rates = {}
    for pool in pools:
        with server(design, pool) as running:
            rates[pool] = bench.generator.run([make(running)], seconds=3, warmup=1).rate("holds", only=201)
        say(f"{design} with {pool} database connections: {rates[pool]:,.0f}/s")
    return max(rates, key=rates.get)


def lines(results, row_pool, seat_pool, bench):
    def over(name, c):
        return results[THIS, c].rates.over(results[name, c].rates)

    def what(name, c, note=""):
        rates = results[name, c].rates
        return f"{name} {rates.text('/s')}{note}; {cost(results[name, c].reports, rates)}"

    for c in CONNECTIONS:
        ours = results[THIS, c]
        p50, p99 = (ours.series(lambda report, q=q: report.latency("holds")[q]).text(digits=1) for q in ("p50", "p99"))
        yield Figure.reported(
            f"durable holds/s, one hot show, {c} connections", ours.rates, "/s",
            how=f"p50 {p50}, p99 {p99} ms; {cost(ours.reports, ours.rates)}",
        )  # fmt: skip
        yield Figure.ratio(f"÷ bare Hummingbird, {c} connections", over("bare", c), BARE_MIN[c], what("bare", c))
        yield Figure.ratio(
            f"÷ bare Hummingbird that answers after a timer of 2 ms, {c} connections", over("timer", c),
            how="the fair ceiling of a durable answer; " + what("timer", c),
        )  # fmt: skip
    for design, pool, bar, note in (
        ("row-lock", row_pool, ROW_LOCK_MIN, "classic design 1"),
        ("seat-lock", seat_pool, SEAT_LOCK_MIN, "classic design 2"),
    ):
        for c in CONNECTIONS:
            yield Figure.ratio(
                f"÷ {note}, {c} connections", over(design, c), bar, what(design, c, f" with its best pool of {pool}")
            )
    for c in CONNECTIONS:
        if bench.has_other:
            yield Figure.ratio(
                f"holds/s ÷ another build, {c} connections", over(OTHER, c), OTHER_BUILD_MIN[c],
                what(OTHER, c),
            )  # fmt: skip
    for c in CONNECTIONS:
        yield Figure.ratio(
            f"rejected ÷ accepted holds/s, {c} connections",
            results["rejected", c].rates.over(results[THIS, c].rates), REJECTED_MIN, what("rejected", c),
        )  # fmt: skip
