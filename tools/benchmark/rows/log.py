"""The log without HTTP: appending to it, and reading it back."""

import json
import re

from ..figures import Figure, Series
from ..processes import Failure, ran, run, say

BATCH = 512
SINGLE_WRITERS = (1, 8)


def appending(bench):
    instance = bench.instance
    rates = {"batches": Series()} | {f"one by one, {w} writers": Series() for w in SINGLE_WRITERS}
    log = instance.log("appending")
    for number in range(bench.rounds):
        for name, batch, writers in [("batches", BATCH, 1)] + [
            (f"one by one, {w} writers", 1, w) for w in SINGLE_WRITERS
        ]:
            answer = run(
                instance.binary("logbench"), "append", "--postgres-url", log, "--batch", batch, "--writers", writers,
                "--seconds", bench.seconds,
            )  # fmt: skip
            rates[name].add(json.loads(answer)["rate"])
            say(f"round {number + 1}, {name}: {rates[name].values[-1]:,.0f} commands/s")
    instance.drop("appending")
    batches = rates.pop("batches")
    best = max(rates, key=lambda name: rates[name].median)
    return [
        Figure.at_least(
            "commands appended to PostgreSQL without HTTP", batches, 40_000, "/s",
            f"batches of {BATCH} by one writer, one event each, the next being made meanwhile",
        ),
        Figure.ratio(
            "÷ one append per transaction", batches.over(rates[best]), 10, f"{best}: {rates[best].text('/s')}"
        ),
    ]  # fmt: skip


def replaying(bench):
    """The replay tool's own figure: read, decode and fold."""
    instance = bench.instance
    log, events = bench.filled_log(1_000_000)
    with open(instance.path("instance.json"), "w") as file:
        json.dump({"nodes": [], "postgres": log}, file)
    rates = Series()
    for number in range(bench.rounds):
        done = ran(instance.binary("replay"), "rebuild", "availability", "my-holds", "--data", instance.folder)
        found = re.findall(r"100 %\s+\d+/\d+ events\s+(\d+)/s", done.stderr)
        if not found:
            raise Failure(f"the replay tool says no rate: {done.stderr[-500:]}")
        rates.add(int(found[-1]))
        say(f"round {number + 1}: {rates.values[-1]:,} events/s")
    return [
        Figure.at_least(
            "replay from PostgreSQL into both views", rates, 400_000, " events/s",
            f"`replay rebuild availability my-holds` over {events:,} events: 100 shows of 10,000 seats, holds of two seats "
            "by 50,000 users, and releases",
        )
    ]  # fmt: skip
