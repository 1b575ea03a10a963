"""Has a node put its log into brokers while everything dies, and reads it there. See brokers.sh."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys

import pika

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "lib"))

from node import DEADLINE, SHOW, WORK, Node, call, check_chain, dies, expect, holds, psql, token, until  # noqa: E402
from rabbitmq import RabbitMQ  # noqa: E402

NAME = "holdfast.events"
EXCHANGE = "holdfast.types"
SINKS = (f"kafka:{NAME}", f"rabbitmq:{NAME}")
PARTITIONS = 4
START = "0000000001.0000000000000000000"
MESSAGE_BYTES_MAX = 16_384  # the least that the settings take: events of more than half of it go without their data


class MockKafka:
    def __init__(self):
        program = os.path.join(os.path.dirname(os.path.realpath(__file__)), "mock_kafka.py")
        with open(f"{WORK}/kafka.log", "w") as log:
            self.process = subprocess.Popen(
                [sys.executable, program, NAME, str(PARTITIONS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True,
            )  # fmt: skip
        self.servers = self.process.stdout.readline().strip()

    def do(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == command

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)

    def messages(self):
        """Partition, key, headers and event of every message, partition by partition."""
        lines = subprocess.run(
            ["kcat", "-C", "-b", self.servers, "-t", NAME, "-o", "beginning", "-e", "-q", "-f", "%p\t%k\t%h\t%s\n"],
            check=True, stdout=subprocess.PIPE, text=True,
        ).stdout.splitlines()  # fmt: skip
        for line in lines:
            partition, key, headers, value = line.split("\t")
            yield int(partition), key, dict(one.split("=", 1) for one in headers.split(",")), json.loads(value)


def amqp(rabbitmq):
    """As an application connects: over TLS, with a password."""
    context = ssl.create_default_context(cafile=f"{WORK}/broker.pem")
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            "localhost", rabbitmq.tls_port, ssl_options=pika.SSLOptions(context, "localhost"),
            credentials=pika.PlainCredentials(rabbitmq.USER, rabbitmq.password),
        )  # fmt: skip
    )


def queued(rabbitmq, queue, last):
    """The messages of a queue up to an event, by its id: properties and event of each. The queue keeps them."""
    connection = amqp(rabbitmq)
    found = []
    for method, properties, body in connection.channel().consume(queue, inactivity_timeout=DEADLINE):
        assert method, f"{queue} has no {last}"
        found.append((properties, json.loads(body)))
        if properties.message_id == last:
            break
    connection.close()
    return found


def checkpoints():
    return dict(line.split("|") for line in psql("SELECT sink, position FROM holdfast_sinks.checkpoints").splitlines())


def last_id():
    return psql("SELECT epoch || '.' || position FROM holdfast.log_head")


def head():
    return int(psql("SELECT position FROM holdfast.log_head"))


def until_put(what, sinks=SINKS):
    until(what, lambda: (lambda kept, end: all(int(kept.get(sink, 0)) >= end for sink in sinks))(checkpoints(), head()))


def check_kafka(kafka):
    """First appearances are in order for each key and whole for all; each key is in one partition; repeats only repeat."""
    partitions, seen, last, versions = {}, {}, {}, {}
    for partition, key, headers, event in kafka.messages():
        assert partitions.setdefault(key, partition) == partition, f"{key} is in two partitions"
        place = headers["ce_sequence"]
        assert headers["content-type"] == "application/cloudevents+json; charset=UTF-8", headers
        assert (headers["ce_id"], headers["ce_type"], place) == (event["id"], event["type"], event["sequence"]), headers
        assert event["subject"] in (key, f"shows/{key}"), (key, event["subject"])
        if place in seen:
            assert seen[place] == event, "a repeat says something else"
            continue
        seen[place] = event
        assert place > last.get(key, ""), f"{place} of {key} comes after {last[key]}"
        last[key] = place
        stream, version = headers["holdfast_stream"], int(headers["holdfast_stream_version"])
        assert version == versions.get(stream, 0) + 1, f"{stream} has version {version} after {versions.get(stream, 0)}"
        versions[stream] = version
    return check_chain([(place, seen[place]) for place in sorted(seen)], START)


def check_rabbitmq(rabbitmq):
    messages = queued(rabbitmq, NAME, last_id())
    for properties, event in messages:
        assert (properties.message_id, properties.type, properties.delivery_mode) == (event["id"], event["type"], 2), properties
        assert properties.headers["ce_sequence"] == event["sequence"], properties
    return check_chain([(properties.message_id, event) for properties, event in messages], START)


def main(kafka, rabbitmq):
    with open(os.open(f"{WORK}/kafka.properties", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        # A request for each message, so that several would be under way if they could.
        file.write(f"message.max.bytes={MESSAGE_BYTES_MAX}\nlinger.ms=0\nbatch.num.messages=1\n")
    flags = [
        "--kafka-servers", kafka.servers, "--kafka-properties", f"{WORK}/kafka.properties", "--rabbitmq-urls",
        f"amqps://{rabbitmq.USER}@localhost:{rabbitmq.tls_port}", "--rabbitmq-password", rabbitmq.password_file,
        "--rabbitmq-ca", f"{WORK}/broker.pem",
    ]  # fmt: skip
    node = Node(*flags)
    admin, fans = token("boss", "--role", "admin"), [token(f"fan{number}") for number in range(3)]
    shows = [expect(201, call(node.port, "POST", "/shows", admin, SHOW))["showId"] for _ in fans]

    def hold(count=4):
        for fan, show in zip(fans, shows):
            holds(node.port, fan, show, count)

    # An event that is too large for Kafka's settings.
    areas = [{"areaId": f"a{n}", "name": "x" * 80, "capacity": 1, "category": "A"} for n in range(100)]
    large = expect(201, call(node.port, "POST", "/shows", admin, SHOW | {"areas": areas}))["showId"]
    hold()
    rabbitmq.wait()
    until_put("not everything was put")

    # Killed at each boundary, in the middle of putting.
    for failpoint in ("before-sink:3", "after-sink:4", "after-checkpoint:2"):
        node.stop()
        kafka.do("refuse")  # the first of a new producer
        node.start(failpoint)
        dies(node, lambda: hold(1))
        node.start()
        hold(2)

    # Killed whenever.
    for _ in range(3):
        hold()
        node.stop(signal.SIGKILL)
        node.start()
    until_put("not everything was put after the kills")

    # Brokers that are gone for a while, one of them killed.
    kafka.do("down")
    rabbitmq.kill()
    hold()
    rabbitmq.start()
    kafka.do("up")
    hold()
    rabbitmq.wait()
    until_put("not everything was put after the brokers came back")

    # A failover that cut off a tail which was put: the new epoch goes on from where that began.
    node.stop()
    cut = head()
    psql(f"UPDATE holdfast_sinks.checkpoints SET position = {cut + 2}; SELECT holdfast.raise_epoch()")
    node.start()
    hold(2)
    until_put("not all of the new epoch was put")

    told = [check_kafka(kafka), check_rabbitmq(rabbitmq)]
    assert [len(events) for events in told] == [head()] * 2, [len(events) for events in told]
    assert [event["id"] for event in told[1]][cut - 1 :][:2] == [f"1.{cut}", f"2.{cut + 1}"], told[1][cut - 1 :]
    differing = [small for small, whole in zip(*told) if small != whole]
    assert [event["subject"] for event in differing] == [f"shows/{large}"] and "data" not in differing[0], differing
    feed = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
    feed.request("GET", differing[0]["dataref"], headers={"Authorization": f"Bearer {admin}"})
    assert len(json.loads(feed.getresponse().read().splitlines()[0])["data"]["areas"]) == len(areas)
    node.stop()

    # Brokers that refuse: nothing is passed over, and the log says why. Another target is told from the beginning.
    connection = amqp(rabbitmq)
    connection.channel().exchange_declare(EXCHANGE, "topic", durable=True)
    kafka.do("forbid")
    node = Node(*flags, "--rabbitmq-exchange", EXCHANGE)
    hold(1)
    until("that no queue takes a message is not said", lambda: "no queue of RabbitMQ takes a message" in node.log())
    until("that the topic is forbidden is not said", lambda: "Kafka does not let this user write to the topic" in node.log())
    assert f"rabbitmq:{EXCHANGE}" not in checkpoints(), "what was not taken is behind the checkpoint"
    node.stop()
    channel = connection.channel()
    for queue, types in (("holds", "holdfast.HoldPlaced.*"), ("rest", "#")):
        channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
        channel.queue_bind(queue, EXCHANGE, types)
    connection.close()
    kafka.do("allow")
    node.start()
    until_put("not everything was put once it may be", (SINKS[0], f"rabbitmq:{EXCHANGE}"))
    node.stop()
    told = check_kafka(kafka)
    assert len(told) == head()
    routed = [(properties.message_id, event) for properties, event in queued(rabbitmq, "rest", last_id())]
    assert [event["id"] for event in check_chain(routed, START)] == [event["id"] for event in told]
    placed = [event["id"] for event in told if event["type"] == "holdfast.HoldPlaced.v1"]
    assert [event["id"] for _, event in queued(rabbitmq, "holds", placed[-1])] == placed


if __name__ == "__main__":
    servers = []
    try:
        servers.append(MockKafka())
        servers.append(RabbitMQ(f"{WORK}/rabbitmq", f"{WORK}/broker.pem", f"{WORK}/broker-key.pem"))
        main(*servers)
    finally:
        Node.end()
        for server in servers:
            server.stop()
