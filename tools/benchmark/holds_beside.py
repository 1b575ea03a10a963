"""What it costs holds that a node does something else as well, such as telling others."""

import time

from .figures import Series
from .instance import areas
from .load import area_bodies, hold, load
from .others import TICKS_PER_SECOND, Process
from .processes import Failure
from .rounds import Measurement, alternate

AREAS = 10
CONNECTIONS = 64
CATCH_UP_SECONDS_MAX = 120


def on_and_off(bench, on, off, sinks=0):
    """Measures holds on a node that does it and on one that does not, in alternation.

    `sinks` is how many sinks the first one has, all webhooks counting as one. What is measured next waits until all of them
    have been told everything. Returns the results of both, and the most seconds that this took after a round."""
    behind = [0.0]
    shows = {node: bench.instance.create_show(node, areas=areas(AREAS, 1_000_000)) for node in (on, off)}

    def holds(node):
        before = spent(node)
        report = bench.generator.run(
            [load("holds", node, CONNECTIONS, hold(shows[node], area_bodies(AREAS)))], bench.seconds
        )
        measured = Measurement.of(report, "holds", only=201)
        seconds, commands = (after - then for after, then in zip(spent(node), before, strict=True))
        measured.microseconds = seconds / commands * 1e6
        if node is on and sinks:
            behind.append(catch_up(node, sinks))
        return measured

    return alternate(bench.rounds, {"on": lambda: holds(on), "off": lambda: holds(off)}), max(behind)


def microseconds(results):
    """A node's processor time per hold, round by round: it says less of the machine's whims than holds per second do."""
    return Series.of(results, lambda one: one.microseconds)


def spent(node):
    """A node's processor time so far, in seconds, and its commands."""
    with open(f"/proc/{node.pid}/stat") as file:
        ticks = Process(file.read()).ticks
    return ticks / TICKS_PER_SECOND, sum(node.metrics("holdfast_append_batch_commands_sum").values())


def catch_up(node, sinks):
    """Waits until everybody has been told everything. Returns how long it took, in seconds."""
    start = time.monotonic()
    while True:
        lags = node.metrics("holdfast_sink_lag_events", "holdfast_webhook_lag_events")
        if len(lags) != sinks:
            raise Failure(f"not all sinks are there: {lags}")
        taken = time.monotonic() - start
        if not any(lags.values()):
            return taken
        if taken > CATCH_UP_SECONDS_MAX:
            raise Failure(f"they do not catch up: {lags}")
        time.sleep(0.1)
