"""Searching many shows while holds are placed."""

import json

from ..builds import THIS
from ..figures import Figure, cores, milliseconds
from ..instance import areas
from ..load import area_bodies, constant, hold, load
from ..processes import Failure, run
from ..rounds import Measurement, alternate

SHOWS = 50_000
SEARCHES_PER_SECOND = 20
HOLDS_PER_SECOND = 500
AREAS = 10
P95_MAX_MS = 50
# Kinds of searches, and how many of a hundred are of each kind.
SEARCHES = {
    "words": (40, ["q=karo", "q=mitenlu", "q=vorne+gra", "q=sabal", "q=hall+berlin", "q=zuhe", "q=%E6%9D%B1%E4%BA%AC"]),
    "typing errors": (20, ["q=karoo", "q=mitenl", "q=vornne", "q=saball", "q=berlln", "q=hambrug"]),
    "city and category": (20, ["city=koln&category=concert", "city=LODZ", "city=Gent&status=on-sale", "city=oslo&sort=name"]),
    "near": (10, ["near=53.5,10,50", "near=48.2,16.4,25&category=opera", "near=40,-3,100&sort=startsAt"]),
    "everything": (10, ["sort=startsAt", "status=on-sale", "category=concert", "sort=name"]),
}  # fmt: skip


def beside_holds(bench):
    instance = bench.instance
    log = instance.log("search")
    run(instance.binary("logbench"), "shows", "--postgres-url", log, "--shows", SHOWS)
    with instance.node(log) as node:
        show = instance.create_show(node, areas=areas(AREAS, 1_000_000))
        check(node)
        yield from measure(bench, node, show)
    instance.drop("search")


def check(node):
    """All shows are found, once the view has them."""
    for _ in range(60):
        status, body = node.request(
            "GET", "/api/v1/shows?sort=startsAt", {"Last-Seen-Sequence": "head", "Prefer": "wait=10"}
        )
        if status == 200:
            break
    total = json.loads(body).get("total")
    if status != 200 or total != SHOWS + 1:
        raise Failure(f"the search answered {status} and found {total} of {SHOWS + 1} shows")


def measure(bench, node, show):
    searches = [
        {
            "name": name, "method": "GET", "weight": weight,
            "paths": [f"/api/v1/shows?{query}" for query in queries],
        }  # fmt: skip
        for name, (weight, queries) in SEARCHES.items()
    ]
    loads = [
        load("search", node, 16, *searches, rate=constant(SEARCHES_PER_SECOND)),
        load("holds", node, 32, hold(show, area_bodies(AREAS)), rate=constant(HOLDS_PER_SECOND)),
    ]
    processes = {"holdfast": node.pid, "PostgreSQL": bench.instance.postmaster}

    def once():
        report = bench.generator.run(loads, bench.seconds, processes=processes)
        report.rate("holds", only=201)
        for name in SEARCHES:
            report.rate("search", name, only=200)
        worst = max(report.latency("search", name)["p95"] for name in SEARCHES)
        return Measurement(worst, report.others, report)

    results = alternate(bench.rounds, {THIS: once}, " ms")[THIS]
    reports = results.reports
    yield Figure.at_most(
        f"search of {SHOWS:,} shows beside {HOLDS_PER_SECOND} holds/s: p95 of the slowest kind", results.rates, P95_MAX_MS,
        " ms", 1, f"{SEARCHES_PER_SECOND} searches/s, each with facets; {cores(reports)}",
    )  # fmt: skip
    for name in SEARCHES:
        yield Figure(f"search by {name}", milliseconds(reports[-1].latency("search", name)), how="the last round")
