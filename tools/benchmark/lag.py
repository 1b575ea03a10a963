"""How far what a node tells others is behind its log."""

import time

from .processes import Failure

CATCH_UP_SECONDS_MAX = 120


def catch_up(node, count):
    """Waits until everybody has been told everything, so that what is measured next has the machine to itself.

    `count` is how many sinks the node has, all webhooks counting as one. Returns how long it took, in seconds."""
    start = time.monotonic()
    while True:
        status, metrics = node.operations("/metrics")
        lags = [
            line for line in metrics.decode().splitlines()
            if line.startswith(("holdfast_sink_lag_events{", "holdfast_webhook_lag_events"))
        ]  # fmt: skip
        if status != 200 or len(lags) != count:
            raise Failure(f"not all sinks are there: {lags}")
        taken = time.monotonic() - start
        if all(float(line.split()[-1]) == 0 for line in lags):
            return taken
        if taken > CATCH_UP_SECONDS_MAX:
            raise Failure(f"they do not catch up: {lags}")
        time.sleep(0.1)
