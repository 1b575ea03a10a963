"""Message brokers: what putting every event into Kafka and RabbitMQ costs holds."""

import contextlib
import os
import subprocess
import sys

from ..figures import Figure
from ..instance import areas
from ..lag import catch_up
from ..load import area_bodies, hold, load
from ..processes import ensure_package
from ..rounds import Measurement, alternate

AREAS = 10
CONNECTIONS = 64
ON_OVER_OFF_MIN = 0.95
BROKERS = 2


def putting(bench):
    instance = bench.instance
    ensure_package(instance.project, "rabbitmq-server")
    with brokers(instance) as flags, instance.node(instance.log("brokers_off")) as off:
        with instance.node(instance.log("brokers_on"), flags=flags) as on:
            shows = {node: instance.create_show(node, areas=areas(AREAS, 1_000_000)) for node in (on, off)}

            behind = []

            def holds(node):
                report = bench.generator.run(
                    [load("holds", node, CONNECTIONS, hold(shows[node], area_bodies(AREAS)))], bench.seconds
                )
                if node is on:
                    behind.append(catch_up(node, BROKERS + 1))  # and the webhooks, of which there are none
                return Measurement(report.rate("holds", only=201), report.others)

            results = alternate(bench.rounds, {"on": lambda: holds(on), "off": lambda: holds(off)})
    yield Figure.ratio(
        "holds/s while Kafka and RabbitMQ get everything ÷ neither", results["on"].rates.over(results["off"].rates),
        ON_OVER_OFF_MIN,
        f"librdkafka's mock cluster and Debian's RabbitMQ, on the same two cores; off: {results['off'].rates.text('/s')}; after a round "
        f"they have caught up in {max(behind):.1f} s at most",
    )  # fmt: skip


@contextlib.contextmanager
def brokers(instance):
    """Both, as the acceptance test starts them: the flags of a node that puts its log there."""
    folder = os.path.join(instance.project, "Tests", "acceptance", "brokers")
    sys.path.insert(0, folder)
    from rabbitmq import RabbitMQ

    kafka = subprocess.Popen(
        [sys.executable, os.path.join(folder, "mock_kafka.py"), "holdfast.events", "12"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    rabbitmq = None
    try:
        servers = kafka.stdout.readline().strip()
        rabbitmq = RabbitMQ(instance.path("rabbitmq"))
        rabbitmq.wait()
        yield (
            "--kafka-servers", servers, "--rabbitmq-urls", f"amqp://{rabbitmq.USER}@127.0.0.1:{rabbitmq.port}",
            "--rabbitmq-password", rabbitmq.password_file,
        )  # fmt: skip
    finally:
        kafka.stdin.close()
        kafka.wait(30)
        if rabbitmq:
            rabbitmq.stop()
