"""The waiting room of a show that everybody wants: joining, looking, waiting."""

import contextlib
import json
import socket
import uuid

from ..builds import THIS
from ..figures import Figure, Series, cores, milliseconds
from ..instance import USERS, areas
from ..load import availability, constant, load
from ..processes import Failure, say
from ..rounds import Measurement, alternate

PEOPLE = 100_000
MINUTE = 60
WARMUP = 1
JOIN_P99_MAX_MS = 250
STATUS_MIN = 0.9
PLACE_MIN = 0.7
CONNECTIONS = 64
STREAMS = 1_000
STREAM_KIB_MAX = 4


def waiting_room(bench):
    instance = bench.instance
    with instance.node(instance.log("queue")) as node:
        yield joins(bench, node, open_room(instance, node, entriesPerUser=PEOPLE // USERS))
        show = open_room(instance, node)
        entries = [join(node, show, token) for token in instance.tokens]
        yield from looks(bench, node, show, entries)
        yield streams(instance, node)


def open_room(instance, node, **settings):
    """A show with a room that is open, and admits hardly anybody."""
    show = instance.create_show(node, areas=areas(1, 1_000_000))
    body = {"opensAt": "2020-01-01T00:00:00Z", "admitPerMinute": 60, "maxActive": 10, **settings}
    headers = command(instance.admin) | {"Content-Type": "application/json"}
    status, answer = node.request("PUT", f"/api/v1/shows/{show}/queue", headers, json.dumps(body))
    if status != 200:
        raise Failure(f"the waiting room was not set up: {status} {answer[:500]}")
    return show


def command(token):
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}


def join(node, show, token):
    status, answer = node.request("POST", f"/api/v1/shows/{show}/queue/entries", command(token))
    if status != 201:
        raise Failure(f"nobody could join: {status} {answer[:500]}")
    return json.loads(answer)["entryId"]


def joins(bench, node, show):
    """A hundred thousand people within a minute, as a hundred entries of each of a thousand."""
    seconds = min(bench.seconds, MINUTE - WARMUP) if bench.quick else MINUTE - WARMUP
    request = {
        "name": "join", "method": "POST", "paths": [f"/api/v1/shows/{show}/queue/entries"],
        "isAuthenticated": True, "isIdempotent": True,
    }  # fmt: skip
    rate = (PEOPLE - 1_000) / MINUTE  # A random pace must not exceed what one person may have.
    report = bench.generator.run(
        [load("joins", node, 256, request, rate=constant(rate))], seconds, warmup=WARMUP,
        processes={"holdfast": node.pid, "PostgreSQL": bench.instance.postmaster},
    )  # fmt: skip
    report.rate("joins", only=201)
    waiting = read_status(node, show)
    planned = report.load("joins")["planned"]
    if waiting["waiting"] + waiting["servedThrough"] < planned:
        raise Failure(f"of {planned} who joined, {waiting['waiting']} wait and {waiting['servedThrough']} were served")
    return Figure.at_most(
        f"{rate * seconds:,.0f} people join a waiting room within {seconds:.0f} s: p99",
        Series([report.latency("joins")["p99"]], [report.others]), JOIN_P99_MAX_MS, " ms", 1,
        f"none lost; {milliseconds(report.latency('joins'))}; {cores([report])}",
    )  # fmt: skip


def read_status(node, show):
    status, body = node.request("GET", f"/api/v1/shows/{show}/queue", {"Last-Seen-Sequence": "head"})
    if status != 200:
        raise Failure(f"no status: {status}")
    return json.loads(body)


def looks(bench, node, show, entries):
    """The public status and the own place, each beside a bare server with the same bytes."""
    instance = bench.instance
    status = f"/api/v1/shows/{show}/queue"
    places = [f"{status}/entries/{entry}" for entry in entries]
    _, body = node.request("GET", places[-1], {"Authorization": f"Bearer {instance.tokens[-1]}"})
    _, public = node.request("GET", status)
    # The generator begins with its second user.
    own = {
        "name": "look", "method": "GET", "paths": places[1:] + places[:1], "pick": "sequence", "isAuthenticated": True,
    }  # fmt: skip
    everybody = {"name": "look", "method": "GET", "paths": [status]}
    with contextlib.ExitStack() as stack:
        bare = {}
        for name, content in (("status", public), ("own place", body)):
            file = instance.path(f"{name.replace(' ', '-')}.json")
            with open(file, "wb") as out:
                out.write(content)
            bare[name] = stack.enter_context(instance.baseline("bare", "--body", file))
        kinds = {
            (THIS, "status"): (node, everybody), ("bare", "status"): (bare["status"], availability(show, "look")),
            (THIS, "own place"): (node, own), ("bare", "own place"): (bare["own place"], availability(show, "look")),
        }  # fmt: skip

        def one(server, request):
            report = bench.generator.run(
                [load("looks", server, CONNECTIONS, request)], bench.seconds, processes={"server": server.pid}
            )
            return Measurement.of(report, "looks", only=200)

        results = alternate(
            bench.rounds,
            {" ".join(key): lambda key=key: one(*kinds[key]) for key in kinds},
            " GET/s",
        )  # fmt: skip
    for name, bar, size in (("status", STATUS_MIN, len(public)), ("own place", PLACE_MIN, len(body))):
        ours, theirs = results[f"{THIS} {name}"], results[f"bare {name}"]
        yield Figure.ratio(
            f"{name} of a waiting room ({size} bytes) ÷ bare Hummingbird serving the same bytes",
            ours.rates.over(theirs.rates), bar,
            f"{ours.rates.text('/s')}, bare {theirs.rates.text('/s')}; {cores(ours.reports)}",
        )  # fmt: skip


def streams(instance, node):
    """What a thousand people who sleep on their own streams take of the node's memory, each on a connection of its own."""
    idle = kib_each(node, instance.tokens, "/api/v1/me/holds", lambda answer: b"\r\n\r\n" in answer)
    asleep = kib_each(node, instance.tokens, "/api/v1/me/stream", lambda answer: b"event: snapshot" in answer)
    say(f"a sleeping stream takes {asleep:.1f} KiB, an idle connection {idle:.1f}")
    return Figure.at_most(
        "memory of a sleeping stream of one's own", Series([asleep]), STREAM_KIB_MAX, " KiB", 1,
        f"{STREAMS:,} open at once, each on a connection of its own, which is counted: one that sleeps after an answer "
        f"takes {idle:.1f} KiB",
    )  # fmt: skip


def kib_each(node, tokens, path, is_there):
    """KiB that a connection takes on which `path` was asked for and an answer came that `is_there`."""
    with contextlib.ExitStack() as stack:
        ask(stack, node, path, tokens[0], is_there)  # what the first one takes once for all
        before = node.memory()
        for number in range(STREAMS):
            ask(stack, node, path, tokens[number % len(tokens)], is_there)
        return (node.memory() - before) * 1024 / STREAMS


def ask(stack, node, path, token, is_there):
    """Returns when the answer is there; the connection stays."""
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", node.port), timeout=30))
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    answer = b""
    while not is_there(answer):
        part = connection.recv(65_536)
        answer += part
        if not part or not answer.startswith(b"HTTP/1.1 200"[: len(answer)]):
            raise Failure(f"no answer to {path}: {answer[:200]}")
