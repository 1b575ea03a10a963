"""Message brokers: what putting every event into Kafka and RabbitMQ costs holds."""

import contextlib
import os
import subprocess
import sys
import tempfile

from ..figures import Figure
from ..holds_beside import on_and_off
from ..processes import Failure, ensure_package

ON_OVER_OFF_MIN = 0.95
BROKERS = 2


def putting(bench):
    instance = bench.instance
    ensure_package(instance.project, "rabbitmq-server")
    with brokers(instance) as flags, instance.node(instance.log("brokers_off")) as off:
        log = instance.log("brokers_on")
        with instance.node(log, flags=flags) as on:
            results, behind = on_and_off(bench, on, off, BROKERS + 1)  # and the webhooks, of which there are none
            owner = log.replace("user=holdfast_appender", "user=postgres")
            if not instance.sql(owner, "SELECT min(position) FROM holdfast_sinks.checkpoints HAVING count(*) = 2"):
                raise Failure("the brokers got nothing")
    yield Figure.ratio(
        "holds/s while Kafka and RabbitMQ get everything ÷ neither", results["on"].rates.over(results["off"].rates),
        ON_OVER_OFF_MIN,
        f"librdkafka's mock cluster and Debian's RabbitMQ, on the same two cores; off: {results['off'].rates.text('/s')}; after a round "
        f"they have caught up in {behind:.1f} s at most",
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
        rabbitmq = RabbitMQ(os.path.join(tempfile.mkdtemp(dir=instance.path()), "rabbitmq"))
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
