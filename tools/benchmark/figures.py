"""Figures with their spread, and their ratios."""

import statistics


class Series:
    """Values of one figure, one per round."""

    def __init__(self, values=()):
        self.values = list(values)

    def add(self, value):
        self.values.append(value)

    @property
    def median(self):
        return statistics.median(self.values)

    def text(self, unit="", digits=0):
        if len(self.values) == 1:
            return f"{self.median:,.{digits}f}{unit}"
        return (
            f"{self.median:,.{digits}f}{unit} ({min(self.values):,.{digits}f} to {max(self.values):,.{digits}f})"
        )

    def over(self, other):
        """Round by round: what drifts from round to round drifts in both."""
        return Series(mine / theirs for mine, theirs in zip(self.values, other.values, strict=True))


class Figure:
    """One line of the table."""

    def __init__(self, name, value, bar=None, passed=None, how=""):
        self.name = name
        self.value = value
        self.bar = bar
        self.passed = passed
        self.how = how

    @property
    def verdict(self):
        return {None: "", True: "pass", False: "MISS"}[self.passed]

    @staticmethod
    def ratio(name, series, at_least, how=""):
        return Figure(name, series.text(digits=2), f"≥ {at_least:g}", series.median >= at_least, how)

    @staticmethod
    def at_least(name, series, limit, unit, how=""):
        return Figure(name, series.text(unit), f"≥ {limit:,}{unit}", series.median >= limit, how)

    @staticmethod
    def at_most(name, series, limit, unit, digits=0, how=""):
        return Figure(name, series.text(unit, digits), f"≤ {limit:,}{unit}", series.median <= limit, how)

    @staticmethod
    def missing(name, bar=None):
        return Figure(name, "not measured yet", bar)


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
