"""The choice of the best seats, without HTTP and without the log."""

import json

from ..builds import THIS
from ..figures import Figure
from ..rounds import alternate

SEATS = 20_000
MICROSECONDS_MAX = 1_000
MAPS = {
    "random": "nine of ten seats taken at random",
    "every-second": "every second seat taken: nobody sits beside another",
    "threes-and-ones": "free seats in runs of three and of one",
}


def best_seats(bench):
    """The slowest of several quantities up to a hundred, of which 99 of 100 choices take less."""

    def slowest(name):
        return bench.command(
            lambda done: max(line["p99"] for line in map(json.loads, done.stdout.splitlines()) if line["map"] == name),
            bench.builds[THIS].binary("logbench"), "choose", "--seats", SEATS,
        )  # fmt: skip

    results = alternate(bench.rounds, {name: lambda name=name: slowest(name) for name in MAPS}, " µs")
    for name, how in MAPS.items():
        yield Figure.at_most(
            f"choosing the best of {SEATS:,} seats ({name})", results[name].rates, MICROSECONDS_MAX, " µs", 0,
            f"{how}; 99 of 100 choices of 1 to 100 seats take less",
        )  # fmt: skip
