"""Measuring in alternation, so that what drifts favours nobody."""

from .figures import DISTURBED_CORES, Series, cores
from .processes import say


class Measurement:
    """What one contestant did in one round: a rate, and how many cores others used meanwhile."""

    def __init__(self, value, others, report=None):
        self.value = value
        self.others = others
        self.report = report

    @staticmethod
    def of(report, load, request=None, *, only):
        """The answers per second of a load's request, all of this status."""
        return Measurement(report.rate(load, request, only=only), report.others, report)


class Results(list):
    """One contestant's measurements, one per round."""

    @property
    def rates(self):
        return Series.of(self)

    @property
    def reports(self):
        return [one.report for one in self]

    def series(self, value):
        """Another figure of the same rounds; `value` picks it from the load generator's report."""
        return Series.of(self, lambda one: value(one.report))


def alternate(rounds, contestants, unit="/s"):
    """Measures each contestant once a round. Whoever came first comes last in the next round.

    `contestants` maps a name, or a name with a number of connections, to a function that returns a Measurement. Returns
    their Results under the same names."""
    results = {name: Results() for name in contestants}
    for number in range(rounds):
        for name in list(contestants)[:: 1 if number % 2 == 0 else -1]:
            one = contestants[name]()
            results[name].append(one)
            who = "{}, {} connections".format(*name) if isinstance(name, tuple) else name
            notes = [f"others {one.others:.2f} cores"]
            if one.others > DISTURBED_CORES:
                notes.append("disturbed")
            if one.report:
                notes.append(cores([one.report]))
            say(f"round {number + 1}, {who}: {one.value:,.0f}{unit} ({'; '.join(notes)})")
    return results
