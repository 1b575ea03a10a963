"""Durable holds per second, against a bare server and against the designs that lock rows."""

import json

from ..figures import Figure, Series, cores, cost
from ..instance import areas
from ..load import area_bodies, hold, load
from ..processes import say

AREAS = 10
CONNECTIONS = (64, 256)
BARS = {64: 0.6, 256: 0.7}
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
    """holds/s ÷ bare, ÷ row-lock, ÷ seat-lock, and rejected ÷ accepted: all in alternation."""
    instance = bench.instance
    classic = instance.database("classic")
    supply = SeatSupply()
    seconds = bench.seconds

    def classic_server(design, pool):
        return instance.baseline(design, "--postgres-url", classic, "--pool", pool, "--seats", SEATS)

    def seat_load(server, connections, seconds):
        bodies = supply.bodies(int((seconds + 2) * 12_000))
        return load("holds", server, connections, hold("hot", bodies, pick="sequence"))

    def area_load(server, connections, show="hot"):
        return load("holds", server, connections, hold(show, area_bodies(AREAS)))

    row_pool = best_pool(bench, "row-lock", ROW_LOCK_POOLS, classic_server, lambda s: area_load(s, 64))
    seat_pool = best_pool(bench, "seat-lock", SEAT_LOCK_POOLS, classic_server, lambda s: seat_load(s, 64, 3))

    log = instance.log("hot")
    with (
        instance.node(log) as node,
        instance.baseline("bare") as bare,
        classic_server("row-lock", row_pool) as row_lock,
        classic_server("seat-lock", seat_pool) as seat_lock,
    ):
        show = instance.create_show(node, areas=areas(AREAS, 1_000_000))
        sold_out = instance.create_show(node, areas=areas(1, 1))
        bench.generator.run(
            [load("holds", node, 1, hold(sold_out, area_bodies(1)))], seconds=0.2, warmup=0
        )  # takes the only place
        systems = {
            "holdfast": (node, lambda c: area_load(node, c, show), 201),
            "bare": (bare, lambda c: area_load(bare, c), 201),
            "row-lock": (row_lock, lambda c: area_load(row_lock, c), 201),
            "seat-lock": (seat_lock, lambda c: seat_load(seat_lock, c, seconds), 201),
            "rejected": (node, lambda c: load("holds", node, c, hold(sold_out, area_bodies(1))), 409),
        }
        rates = {(name, c): Series() for name in systems for c in CONNECTIONS}
        reports = {key: [] for key in rates}
        for number in range(bench.rounds):
            for connections in CONNECTIONS:
                for name, (server, make, status) in systems.items():
                    processes = {"server": server.pid, "PostgreSQL": instance.postmaster}
                    report = bench.generator.run([make(connections)], seconds, processes=processes)
                    rate = report.rate("holds", only=status)
                    rates[name, connections].add(rate)
                    reports[name, connections].append(report)
                    say(f"round {number + 1}, {connections} connections, {name}: {rate:,.0f}/s ({cores([report])})")
    return list(lines(rates, reports, row_pool, seat_pool))


def best_pool(bench, design, pools, server, make):
    """The number of database connections with which a design is quickest."""
    rates = {}
    for pool in pools:
        with server(design, pool) as running:
            rates[pool] = bench.generator.run([make(running)], seconds=3, warmup=1).rate("holds", only=201)
        say(f"{design} with {pool} database connections: {rates[pool]:,.0f}/s")
    return max(rates, key=rates.get)


def lines(rates, reports, row_pool, seat_pool):
    def rate(name, connections):
        return rates[name, connections]

    for c in CONNECTIONS:
        latency = reports["holdfast", c][-1].latency("holds")
        yield Figure(
            f"durable holds/s, one hot show, {c} connections", rate("holdfast", c).text("/s"),
            how=f"p50 {latency['p50']:.1f}, p99 {latency['p99']:.1f} ms; {cost(reports['holdfast', c], rate('holdfast', c))}",
        )  # fmt: skip
        bare = rate("bare", c)
        yield Figure.ratio(
            f"÷ bare Hummingbird, {c} connections", rate("holdfast", c).over(bare), BARS[c],
            f"bare {bare.text('/s')}; {cost(reports['bare', c], bare)}",
        )  # fmt: skip
    for design, pool, bar, note in (
        ("row-lock", row_pool, 10, "classic design 1"),
        ("seat-lock", seat_pool, 3, "classic design 2"),
    ):
        for c in CONNECTIONS:
            other = rate(design, c)
            yield Figure.ratio(
                f"÷ {note}, {c} connections", rate("holdfast", c).over(other), bar,
                f"{design} {other.text('/s')} with its best pool of {pool}; {cost(reports[design, c], other)}",
            )  # fmt: skip
    for c in CONNECTIONS:
        rejected = rate("rejected", c)
        yield Figure.ratio(
            f"rejected ÷ accepted holds/s, {c} connections", rejected.over(rate("holdfast", c)), 1,
            f"rejected {rejected.text('/s')}; {cost(reports['rejected', c], rejected)}",
        )  # fmt: skip
