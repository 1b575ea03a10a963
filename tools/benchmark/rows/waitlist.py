"""What a release costs on a show with a long waiting list, without HTTP and without the log."""

import json

from ..builds import THIS
from ..figures import Figure
from ..rounds import alternate

ENTRIES = 100_000
SEATS = 20_000
MICROSECONDS_MAX = 100


def releases(bench):
    """Half of the releases with their offers take less, and 99 of 100 of them."""
    logbench = bench.builds[THIS].binary("logbench")

    def one(quantile):
        return bench.command(
            lambda done: json.loads(done.stdout)[quantile], logbench, "waitlist", "--entries", ENTRIES, "--seats", SEATS
        )

    results = alternate(bench.rounds, {quantile: lambda quantile=quantile: one(quantile) for quantile in ("median", "p99")}, " µs")
    for quantile, results_of_it in results.items():
        yield Figure.at_most(
            f"a release with its offer while {ENTRIES:,} wait, {quantile}", results_of_it.rates, MICROSECONDS_MAX,
            " µs", 0, f"mixed wishes for {SEATS:,} seats, all of them held in pairs",
        )  # fmt: skip
