"""Figures with their spread, and their ratios."""

import os
import statistics

RATIO_ROUNDS_MIN = 5
# Cores that others may use before a round counts as disturbed.
DISTURBED_CORES = 0.1 * os.cpu_count()


class Series:
    """Values of one figure, one per round, and how many cores others used meanwhile."""

    def __init__(self, values=(), others=()):
        self.values = list(values)
        self.others = list(others)

    @staticmethod
    def of(samples, value=lambda sample: sample.value):
        """From what was measured, one per round; `value` picks the figure."""
        return Series((value(sample) for sample in samples), (sample.others for sample in samples))

    def add(self, value, others):
        self.values.append(value)
        self.others.append(others)

    @property
    def rounds(self):
        return len(self.values)

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def disturbed(self):
        """The rounds in which others used more than they should have, from 1."""
        return [number for number, cores in enumerate(self.others, 1) if cores > DISTURBED_CORES]

    def text(self, unit="", digits=0):
        if self.rounds == 1:
            return f"{self.median:,.{digits}f}{unit}"
        return (
            f"{self.median:,.{digits}f}{unit} ({min(self.values):,.{digits}f} to {max(self.values):,.{digits}f})"
        )

    def load_of_others(self):
        """In cores, with the rounds that it disturbed."""
        if not self.others:
            return ""
        text = Series(self.others).text(digits=2)
        if self.disturbed:
            numbers = ", ".join(str(number) for number in self.disturbed)
            text += f"; disturbed: round{'s' if len(self.disturbed) > 1 else ''} {numbers} of {self.rounds}"
        return text

    def over(self, other):
        """Round by round: what drifts from round to round drifts in both. What disturbs either disturbs the ratio."""
        return Series(
            (mine / theirs for mine, theirs in zip(self.values, other.values, strict=True)),
            (max(pair) for pair in zip(self.others, other.others, strict=True)),
        )


class Figure:
    """One line of the table."""

    def __init__(self, name, value, bar=None, passed=None, how="", others=""):
        self.name = name
        self.value = value
        self.bar = bar
        self.passed = passed
        self.how = how
        self.others = others

    @property
    def members(self):
        """As a JSON object."""
        return {
            "name": self.name, "value": self.value, "bar": self.bar, "passed": self.passed, "how": self.how,
            "others": self.others,
        }  # fmt: skip

    @property
    def verdict(self):
        return {None: "", True: "pass", False: "MISS"}[self.passed]

    @staticmethod
    def reported(name, series, unit="", digits=0, how=""):
        """Without a bar."""
        return Figure(name, series.text(unit, digits), how=how, others=series.load_of_others())

    @staticmethod
    def ratio(name, series, at_least=None, how="", at_most=None):
        """Without a bar it is only reported."""
        value = series.text(digits=2)
        if series.rounds < RATIO_ROUNDS_MIN:
            value += f", of only {series.rounds} round{'s' if series.rounds > 1 else ''}"
        bar, passed = None, None
        if at_least is not None:
            bar, passed = f"≥ {at_least:g}", series.median >= at_least
        elif at_most is not None:
            bar, passed = f"≤ {at_most:g}", series.median <= at_most
        return Figure(name, value, bar, passed, how, series.load_of_others())

    @staticmethod
    def at_least(name, series, limit, unit, how=""):
        return Figure(
            name, series.text(unit), f"≥ {limit:,}{unit}", series.median >= limit, how, series.load_of_others()
        )

    @staticmethod
    def at_most(name, series, limit, unit, digits=0, how=""):
        return Figure(
            name, series.text(unit, digits), f"≤ {limit:,}{unit}", series.median <= limit, how, series.load_of_others()
        )

    @staticmethod
    def missing(name, bar=None):
        return Figure(name, "not measured in this run", bar)

    @staticmethod
    def failed(name, failure):
        """A part that could not be measured; the reason is for people, on one line of the table."""
        return Figure(name, "could not be measured", None, False, " ".join(str(failure).split()))


def milliseconds(latency):
    return f"p50 {latency['p50']:.2f}, p95 {latency['p95']:.2f}, p99 {latency['p99']:.2f}, max {latency['max']:.1f} ms"


def cores(reports):
    """Where the processor time went, as shares of one core."""
    names = reports[0].cpu.keys()
    return "cores: " + ", ".join(f"{name} {statistics.median(r.cpu[name] for r in reports):.2f}" for name in names)


def cost(reports, rates):
    """Processor time per request, and the shares of a core it makes together. Of all figures the one that least depends
    on who else uses the machine."""
    names = reports[0].cpu.keys()
    per_request = (
        f"{name} {statistics.median(r.cpu[name] / rate * 1e6 for r, rate in zip(reports, rates.values, strict=True)):.0f}"
        for name in names
    )
    return f"processor time per request: {', '.join(per_request)} µs; {cores(reports)}"
