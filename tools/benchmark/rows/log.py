"""The log without HTTP: appending to it, reading it back, and what it takes on the disk."""

import json
import re
import time

from ..builds import OTHER, THIS, point_replay_at
from ..figures import Figure, Series
from ..instance import areas
from ..load import area_bodies, hold, load
from ..processes import Failure, ran
from ..rounds import Measurement, alternate

BATCH = 512
SINGLE_WRITERS = (1, 8)
APPENDED_OVER_OTHER_MIN = 1.5
REPLAYED_OVER_OTHER_MIN = 2
BYTES_OVER_OTHER_MAX = 0.6
SHOWS = 100
AREAS = 10
BUYERS = 64


def appending(bench):
    logs = {name: one.log("appending") for name, one in bench.builds.items()}

    def append(build, batch, writers):
        return bench.command(
            lambda done: json.loads(done.stdout)["rate"],
            bench.builds[build].binary("logbench"), "append", "--postgres-url", logs[build], "--batch", batch,
            "--writers", writers, "--seconds", bench.seconds,
        )  # fmt: skip

    singles = [f"one by one, {w} writers" for w in SINGLE_WRITERS]
    results = alternate(
        bench.rounds,
        {build: lambda build=build: append(build, BATCH, 1) for build in bench.builds}
        | {name: lambda w=w: append(THIS, 1, w) for name, w in zip(singles, SINGLE_WRITERS, strict=True)},
        " commands/s",
    )  # fmt: skip
    for one in bench.builds.values():
        one.drop("appending")
    batches = results[THIS].rates
    best = max(singles, key=lambda name: results[name].rates.median)
    yield Figure.at_least(
        "commands appended to PostgreSQL without HTTP", batches, 40_000, "/s",
        f"batches of {BATCH} by one writer, one event each, the next being made meanwhile",
    )  # fmt: skip
    yield Figure.ratio(
        "÷ one append per transaction", batches.over(results[best].rates), 10, f"{best}: {results[best].rates.text('/s')}"
    )
    if bench.has_other:
        other = results[OTHER].rates
        yield Figure.ratio(
            "commands appended ÷ another build", batches.over(other), APPENDED_OVER_OTHER_MIN, f"{OTHER} {other.text('/s')}"
        )


def replaying(bench):
    """The replay tool's own figure: read, decode and fold; and the whole of what it does for all views."""
    logs = {}
    for build, instance in bench.builds.items():
        logs[build], events = bench.filled_log(1_000_000, build)
        point_replay_at(instance, logs[build])

    def rebuild(build, *views):
        instance = bench.builds[build]
        return instance.binary("replay"), "rebuild", *views, "--data", instance.folder

    def into_both(build):
        return bench.command(own_rate, *rebuild(build, "availability", "my-holds"))

    def into_all(build):
        with bench.others.sampled() as sample:
            start = time.monotonic()
            ran(*rebuild(build))
            seconds = time.monotonic() - start
        return Measurement(events / seconds, sample.cores)

    results = alternate(
        bench.rounds,
        {f"{build}, both views": lambda build=build: into_both(build) for build in bench.builds}
        | {f"{build}, all views": lambda build=build: into_all(build) for build in bench.builds},
        " events/s",
    )  # fmt: skip
    both, every = results[f"{THIS}, both views"].rates, results[f"{THIS}, all views"].rates
    yield Figure.at_least(
        "replay from PostgreSQL into both views", both, 400_000, " events/s",
        f"`replay rebuild availability my-holds` over {events:,} events: {SHOWS} shows of 10,000 seats, holds of two seats "
        "by 50,000 users, and releases",
    )  # fmt: skip
    yield Figure.reported(
        "replay into all views", every, " events/s", how="`replay rebuild` over the same log, from its start to its end"
    )
    if bench.has_other:
        for name, ours, bar in (("both", both, None), ("all", every, REPLAYED_OVER_OTHER_MIN)):
            other = results[f"{OTHER}, {name} views"].rates
            yield Figure.ratio(
                f"replay into {name} views ÷ another build", ours.over(other), bar, f"{OTHER} {other.text(' events/s')}"
            )


def own_rate(done):
    found = re.findall(r"100 %\s+\d+/\d+ events\s+(\d+)/s", done.stderr)
    if not found:
        raise Failure(f"the replay tool says no rate: {done.stderr[-500:]}")
    return int(found[-1])


def size(bench):
    """Bytes that an event takes on the disk, indexes and what comes with it included; the shows themselves left out."""
    sizes = {}
    for build, instance in bench.builds.items():
        shows = instance.bytes(bench.fill("only_shows", SHOWS, SHOWS, build))
        instance.drop("only_shows")
        for wanted in (1_000_000, 10_000_000) if bench.full and build == THIS else (1_000_000,):
            _, events = bench.filled_log(wanted, build)
            sizes[build, events] = (bench.log_bytes[build, events] - shows) / (events - SHOWS)
    for build, events in sizes:
        if build == THIS:
            yield Figure(
                f"bytes an event in a log of {events:,} events", f"{sizes[build, events]:,.0f} bytes",
                how="tables and indexes, after a checkpoint; holds of two seats and releases",
            )  # fmt: skip
    if bench.has_other:
        events = min(events for build, events in sizes if build == THIS)
        ours, theirs = sizes[THIS, events], sizes[OTHER, events]
        yield Figure.at_most(
            "bytes an event ÷ another build", Series([ours / theirs]), BYTES_OVER_OTHER_MAX, "", 2,
            f"of logs of {events:,} events; {OTHER} {theirs:,.0f} bytes; counted, not timed: once",
        )  # fmt: skip
    placed = placed_bytes(bench)
    yield Figure(
        f"bytes an event of holds that a node takes from {BUYERS} connections", f"{placed[THIS]:,.0f} bytes",
        how="in the batches that form under load" + (f"; {OTHER} {placed[OTHER]:,.0f} bytes" if bench.has_other else ""),
    )  # fmt: skip


def placed_bytes(bench):
    """Bytes an event by build: a log that a node wrote has smaller batches than one that was filled."""
    sizes = {}
    with bench.nodes("placed") as nodes:
        for build, node in nodes.items():
            instance = bench.builds[build]
            log = instance.log("placed")
            show = instance.create_show(node, areas=areas(AREAS, 1_000_000))
            first, before = position(node), instance.bytes(log)
            bench.generators[build].run(
                [load("holds", node, BUYERS, hold(show, area_bodies(AREAS)))], bench.seconds
            )  # fmt: skip
            sizes[build] = (instance.bytes(log) - before) / (position(node) - first)
    return sizes


def position(node):
    """The last event that the node's view has applied."""
    _, answer = node.operations("/health/ready")
    return int(re.search(rb'"availability":\s*(\d+)', answer)[1])
