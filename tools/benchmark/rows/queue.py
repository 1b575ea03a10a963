"""The waiting room of a show that everybody wants: joining, looking, waiting."""

import contextlib
import datetime
import json
import selectors
import socket
import time
import uuid

from ..builds import THIS
from ..figures import Figure, Series, cores, milliseconds
from ..instance import USERS, areas
from ..load import area_bodies, availability, constant, hold, load
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
AREAS = 10
BEHIND_MIN = 0.95
HOLD_CONNECTIONS = (64, 256)
ADMITTED_PER_MINUTE = 6_000
SESSION_MINUTES = 15
SEEN_P99_MAX_MS = 20
SEEN_SECONDS_MAX = 60


def waiting_room(bench):
    instance = bench.instance
    with instance.node(instance.log("queue")) as node:
        yield joins(bench, node, open_room(instance, node, entriesPerUser=PEOPLE // USERS))
        show = open_room(instance, node)
        entries = [join(node, show, token) for token in instance.tokens]
        yield from looks(bench, node, show, entries)
        yield streams(instance, node)
        yield admissions(bench, node, show)
        yield from holds_behind(bench, node)


def open_room(instance, node, **settings):
    """A show with a room that is open, and admits hardly anybody."""
    show = instance.create_show(node, areas=areas(AREAS, 1_000_000))
    set_up(instance, node, show, **settings)
    return show


def set_up(instance, node, show, **settings):
    body = {"opensAt": "2020-01-01T00:00:00Z", "admitPerMinute": 60, "maxActive": 10, **settings}
    headers = command(instance.admin) | {"Content-Type": "application/json"}
    status, answer = node.request("PUT", f"/api/v1/shows/{show}/queue", headers, json.dumps(body))
    if status != 200:
        raise Failure(f"the waiting room was not set up: {status} {answer[:500]}")


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


def admissions(bench, node, show):
    """How soon those who are admitted read it on their own streams, while everybody who waits has one open."""
    instance = bench.instance
    with bench.others.sampled() as sample, contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for token in instance.tokens:
            stream = ask(stack, node, "/api/v1/me/stream", token, lambda answer: b"event: snapshot" in answer)
            stream.setblocking(False)
            selector.register(stream, selectors.EVENT_READ, bytearray())
        waiting = read_status(node, show)["waiting"]
        set_up(instance, node, show, admitPerMinute=ADMITTED_PER_MINUTE, maxActive=2 * USERS)
        late = list(seen(selector, waiting))
    late.sort()
    p50, p99 = (late[len(late) * percent // 100] for percent in (50, 99))
    return Figure.at_most(
        "admission → read on its owner's stream, p99", Series([p99], [sample.cores]), SEEN_P99_MAX_MS, " ms", 1,
        f"{len(late):,} people wait on streams of their own, {ADMITTED_PER_MINUTE:,} are admitted a minute; from the "
        f"decision on, append and disk sync included; p50 {p50:.1f}, max {late[-1]:.1f} ms",
    )  # fmt: skip


def seen(selector, people):
    """Milliseconds from each admission to the moment at which its owner's stream brought it."""
    deadline = time.monotonic() + SEEN_SECONDS_MAX
    while people > 0:
        if time.monotonic() > deadline:
            raise Failure(f"{people} people did not learn of their admission within {SEEN_SECONDS_MAX} s")
        for key, _ in selector.select(timeout=1):
            part = key.fileobj.recv(65_536)
            now = time.time()
            if not part:
                raise Failure("a stream ended while its owner waited")
            key.data.extend(part)
            *whole, rest = bytes(key.data).split(b"\n\n")
            key.data[:] = rest
            for message in whole:
                if b'"status":"admitted"' in message:
                    entry = json.loads(message[message.index(b"data: ") + 6 :].splitlines()[0])
                    until = datetime.datetime.fromisoformat(entry["admittedUntil"]).timestamp()
                    selector.unregister(key.fileobj)
                    people -= 1
                    yield (now - (until - SESSION_MINUTES * 60)) * 1_000


def holds_behind(bench, node):
    """Holds on a show whose waiting room has admitted everybody, beside the same show without a room."""
    instance = bench.instance
    behind = open_room(
        instance, node, admitPerMinute=1_000_000, maxActive=2 * USERS, claimSeconds=3_600, sessionMinutes=1_440
    )
    tokens = dict(admitted(node, behind, token) for token in instance.tokens)
    shows = {
        "behind": (behind, {"userHeaders": {"Admission": [tokens[token] for token in instance.tokens]}}),
        "without": (instance.create_show(node, areas=areas(AREAS, 1_000_000)), {}),
    }

    def one(name, connections):
        show, more = shows[name]
        report = bench.generator.run(
            [load("holds", node, connections, hold(show, area_bodies(AREAS), **more))], bench.seconds,
            processes={"holdfast": node.pid, "PostgreSQL": instance.postmaster},
        )  # fmt: skip
        return Measurement.of(report, "holds", only=201)

    results = alternate(
        bench.rounds, {(name, c): lambda name=name, c=c: one(name, c) for c in HOLD_CONNECTIONS for name in shows}
    )
    for c in HOLD_CONNECTIONS:
        room, free = results["behind", c], results["without", c]
        yield Figure.ratio(
            f"holds/s behind a waiting room ÷ without one, {c} connections", room.rates.over(free.rates), BEHIND_MIN,
            f"{room.rates.text('/s')}, without {free.rates.text('/s')}; {cores(room.reports)}",
        )  # fmt: skip


def admitted(node, show, token):
    """A person's token, with the admission that the person is given soon after joining."""
    entry = join(node, show, token)
    deadline = time.monotonic() + SEEN_SECONDS_MAX
    while time.monotonic() < deadline:
        _, answer = node.request(
            "GET", f"/api/v1/shows/{show}/queue/entries/{entry}",
            {"Authorization": f"Bearer {token}", "Last-Seen-Sequence": "head"},
        )  # fmt: skip
        if admission := json.loads(answer).get("admission"):
            return token, admission
        time.sleep(0.01)
    raise Failure(f"nobody was admitted within {SEEN_SECONDS_MAX} s")


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
    """A connection on which the answer is there; it stays."""
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
    return connection
