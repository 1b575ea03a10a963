"""Traces: what recording one request in a hundred costs holds, while a collector takes the spans."""

from ..figures import Figure
from ..holds_beside import microseconds, on_and_off

ON_OVER_OFF_MIN = 0.98
COST_MAX = 1.02
SAMPLED = 0.01


def recording(bench):
    instance = bench.instance
    with instance.nginx("/none", "/dev/null") as nginx:
        url = f"http://127.0.0.1:{nginx.port}/health/ready"
        flags = ("--traces-url", url, "--traces-sample", SAMPLED)
        with (
            instance.node(instance.log("traces_off")) as off,
            instance.node(instance.log("traces_on"), flags=[str(flag) for flag in flags]) as on,
        ):
            results, _ = on_and_off(bench, on, off)
    yield Figure.ratio(
        f"holds/s with {SAMPLED:.0%} of them traced ÷ none", results["on"].rates.over(results["off"].rates),
        ON_OVER_OFF_MIN, f"nginx takes the spans, on the same two cores; off: {results['off'].rates.text('/s')}",
    )  # fmt: skip
    on, off = microseconds(results["on"]), microseconds(results["off"])
    yield Figure.ratio(
        f"the node's processor time for a hold with {SAMPLED:.0%} of them traced ÷ none", on.over(off), at_most=COST_MAX,
        how=f"none: {off.text(' µs')}",
    )  # fmt: skip
