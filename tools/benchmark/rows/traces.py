"""Traces: what recording one request in a hundred costs holds, while a collector takes the spans."""

from ..figures import Figure
from ..instance import areas
from ..load import area_bodies, hold, load
from ..rounds import Measurement, alternate

AREAS = 10
CONNECTIONS = 64
ON_OVER_OFF_MIN = 0.98
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
            shows = {node: instance.create_show(node, areas=areas(AREAS, 1_000_000)) for node in (on, off)}

            def holds(node):
                report = bench.generator.run(
                    [load("holds", node, CONNECTIONS, hold(shows[node], area_bodies(AREAS)))], bench.seconds
                )
                return Measurement(report.rate("holds", only=201), report.others)

            results = alternate(bench.rounds, {"on": lambda: holds(on), "off": lambda: holds(off)})
    yield Figure.ratio(
        f"holds/s with {SAMPLED:.0%} of them traced ÷ none", results["on"].rates.over(results["off"].rates),
        ON_OVER_OFF_MIN, f"nginx takes the spans, on the same two cores; off: {results['off'].rates.text('/s')}",
    )  # fmt: skip
