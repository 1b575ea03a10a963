"""Collects the spans of two nodes. See traces.sh."""

import contextlib
import http.client
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

BIN, POSTGRES, WORK = sys.argv[1:]
DEADLINE = 30
SHOW = {
    "name": "Night", "artist": "Band", "venue": {"name": "Hall", "city": "Ghent"}, "startsAt": "2031-01-01T20:00:00Z",
    "currency": "EUR", "prices": {"A": 1000}, "areas": [{"areaId": "floor", "name": "F", "capacity": 9999, "category": "A"}],
    "maxSeatsPerUser": 9999,
}  # fmt: skip
USER, CARD = "ann-of-the-shop", "pm_card_visa"
PROVIDER_KEY = "sk_test_acceptance"
MALFORMED = [
    {"traceparent": text, "tracestate": state}
    for text, state in [
        ("", ""), ("00", "="), ("00-" + "0" * 32 + "-00f067aa0ba902b7-01", "a=1"), ("ff-" + "a" * 32 + "-" + "b" * 16 + "-01", "a"),
        ("x" * 4000, "y" * 4000), ("00-" + "A" * 32 + "-" + "b" * 16 + "-01", "a=1,a=2"), ("00-" + "a" * 32 + "-" + "b" * 16 + "-01-x", ""),
    ]
] + [{"X-Request-Id": "r" * 65}, {"X-Correlation-Id": "\t"}, {"X-Request-Id": "a b"}]  # fmt: skip
keys = iter(range(10**9))


class Server:
    """A server on the loopback that answers POSTs."""

    def __init__(self, port=0):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                server.take(self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.send_header("Connection", "close")  # so that it is gone when it stops
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Collector(Server):
    def __init__(self):
        self.spans = []  # (the process, the span)
        super().__init__()

    def take(self, path, headers, body):
        assert (path, headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf"), (path, dict(headers))
        request = ExportTraceServiceRequest.FromString(body)
        for part in request.resource_spans:
            resource = values(part.resource)
            assert resource["service.name"] == "holdfast" and resource["service.version"], resource
            for scope in part.scope_spans:
                self.spans += [(resource["service.instance.id"], span) for span in scope.spans]

    def named(self, name, **having):
        """The spans of this name whose fields are these."""
        return [s for _, s in list(self.spans) if s.name == name and all(getattr(s, k) == v for k, v in having.items())]

    def one(self, name, **having):
        until(f"there is no span {name}", lambda: self.named(name, **having))
        found = self.named(name, **having)
        assert len(found) == 1, f"{name} came {len(found)} times"
        return found[0]


class Receiver(Server):
    def __init__(self):
        self.traces = []
        super().__init__()

    def take(self, path, headers, body):
        self.traces.append(headers["traceparent"])


def values(thing):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in thing.attributes}


def until(what, condition, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def request(port, method, path, body=None, headers={}):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = dict(headers)
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, dict(answer.getheaders())


def call(port, method, path, caller, body=None, headers={}, status=(200, 201, 202)):
    headers = {"Idempotency-Key": f"k{next(keys)}", "Authorization": f"Bearer {caller}"} | headers
    got = request(port, method, f"/api/v1{path}", body, headers)
    assert got[0] in status, got
    return json.loads(got[1]), got[2]


def token(subject, *more):
    command = [f"{BIN}/holdfast", "token", subject, "--data", WORK, *more]
    return subprocess.check_output(command, text=True).strip()


@contextlib.contextmanager
def process(name, command, pattern):
    """A process that says in its log which ports it listens on."""
    path = f"{WORK}/{name}.log"
    with open(path, "w") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log)

    def said():
        assert running.poll() is None, f"{name} is gone: {open(path).read()[-2000:]}"
        return re.findall(pattern, open(path).read())

    try:
        until(f"{name} does not listen", said)
        yield said
    finally:
        running.send_signal(signal.SIGTERM)
        status = running.wait(30)
    assert status == 0, f"{name} ended with {status}"


@contextlib.contextmanager
def node(name, collector, *flags):
    command = [
        f"{BIN}/holdfast", "serve", "--http-port", "0", "--operations-port", "0", "--data", f"{WORK}/{name}",
        "--postgres-url", POSTGRES, "--jwt-issuer", "urn:holdfast:local", "--jwt-audiences", "holdfast",
        "--jwt-jwks", f"{WORK}/keys/jwks.json", "--ticket-key", f"{WORK}/keys/ticket-key.pem",
        "--log-format", "json", "--log-level", "debug", "--traces-url", collector.url, "--traces-sample", "0",
        "--audit-log", f"{WORK}/{name}.audit.jsonl", "--subscribe-endpoints", f"ipc://{WORK}/node.ipc", *flags,
    ]  # fmt: skip
    with process(name, command, r"127\.0\.0\.1:(\d+)") as said:
        ports = {}

        def ready():
            for port in said():
                with contextlib.suppress(OSError):
                    kind = "operations" if request(port, "GET", "/metrics")[0] == 200 else "port"
                    if request(port, "GET", "/health/ready")[0] == 200:
                        ports[kind] = port
            return len(ports) == 2

        until(f"{name} is not ready", ready)
        yield ports


def check_tree(collector, trace, caller, route, applied_by):
    """The spans of one command are one connected picture. Returns the request's."""
    server = collector.one(route, trace_id=trace)
    assert (server.parent_span_id, server.kind) == (caller, Span.SPAN_KIND_SERVER)
    assert values(server)["http.response.status_code"] in (200, 201), server
    inner = [collector.one(n, trace_id=trace, parent_span_id=server.span_id) for n in ("sequencer wait", "decide", "append wait")]
    times = [t for span in inner for t in (span.start_time_unix_nano, span.end_time_unix_nano)]
    assert times == sorted(times) and server.start_time_unix_nano <= times[0], times
    assert server.end_time_unix_nano >= times[-1], "it was answered before it was appended"
    (link,) = inner[2].links
    append = collector.one("append", trace_id=link.trace_id, span_id=link.span_id)
    assert append.trace_id != trace and not append.parent_span_id and append.kind == Span.SPAN_KIND_CLIENT
    assert [(back.trace_id, back.span_id) for back in append.links] == [(trace, server.span_id)]
    assert values(append)["db.system.name"] == "postgresql" and values(append)["holdfast.batch.commands"] == 1

    def appliers():
        return {p for p, s in list(collector.spans) if s.name == "apply" and s.parent_span_id == append.span_id}

    until("not every node says that it applied the batch", lambda: len(appliers()) == applied_by)
    assert all(s.trace_id == append.trace_id for s in collector.named("apply", parent_span_id=append.span_id))
    return server


def metric(ports, name):
    text = request(ports["operations"], "GET", "/metrics")[1].decode()
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def lines(name):
    with open(f"{WORK}/{name}.log") as log:
        return [json.loads(line) for line in log if line.startswith("{")]


def said(name, message, **data):
    return [e for e in lines(name) if e.get("message") == message and data.items() <= e.get("data", {}).items()]


def check_log(show, order, trace):
    assert said("node", "node started", roles="command,query,payments") and said("node", "node ready")
    assert said("query", "node ready") and said("node", "lease won", lease="payments")
    assert len(said("node", "show created", show=show)) == 1
    until("no line says that the order is complete", lambda: said("node", "order completed", order=order))
    assert [e["data"]["show"] for e in said("node", "order completed", order=order)] == [show]
    assert said("node", "order completed", order=order)[0]["data"]["trace"] == trace, said("node", "order completed")
    assert not said("query", "order completed"), "it is said by a node that did not record it"
    (line,) = said("node", "request", correlation="call-1")
    assert line["data"]["trace"] and line["data"]["command"], line


def main():
    with open(f"{WORK}/provider.key", "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(PROVIDER_KEY + "\n")
    collector, receiver = Collector(), Receiver()
    simulator = [
        f"{BIN}/payments-simulator", "--port", "0", "--data", f"{WORK}/ledger.jsonl", "--secret-key-file", f"{WORK}/provider.key",
    ]  # fmt: skip
    with contextlib.ExitStack() as running:
        payments = running.enter_context(process("payments", simulator, r"127\.0\.0\.1:(\d+)"))()[0]
        command = running.enter_context(node(
            "node", collector, "--roles", "command,query,payments", "--publish-endpoint", f"ipc://{WORK}/node.ipc",
            "--payments-url", f"http://127.0.0.1:{payments}", "--payments-key", f"{WORK}/provider.key", "--webhooks-private", "on",
        ))  # fmt: skip
        running.enter_context(node("query", collector, "--roles", "query"))
        port = command["port"]
        admin, user = token("boss", "--role", "admin"), token(USER)
        show = call(port, "POST", "/shows", admin, SHOW)[0]["showId"]
        hook = {"url": receiver.url, "types": ["HoldPlaced"]}
        call(port, "POST", "/organisations/instance/webhooks", admin, hook)

        def hold(**headers):
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return call(port, "POST", f"/shows/{show}/holds", user, {"areas": {"floor": 1}}, names)

        # The caller's trace.
        trace, caller = bytes(range(16)), bytes(range(8, 16))
        parent = f"00-{trace.hex()}-{caller.hex()}-01"
        held, headers = hold(traceparent=parent, tracestate="shop=1", X_Correlation_Id="call-1")
        assert headers["X-Request-Id"] == "call-1", headers
        span = check_tree(collector, trace, caller, "POST /api/v1/shows/{id}/holds", applied_by=2)
        assert span.trace_state == "shop=1" and values(span)["holdfast.command"] == headers["Command-Id"]
        hooked = collector.one("webhook try", trace_id=trace, parent_span_id=span.span_id)
        assert receiver.traces == [f"00-{trace.hex()}-{hooked.span_id.hex()}-01"], receiver.traces
        assert values(hooked)["http.response.status_code"] == 200

        # An order, with what the payment provider is asked for.
        trace = trace[::-1]
        order = call(
            port, "POST", "/orders", user, {k: held[k] for k in ("holdId", "fencingToken")} | {"paymentMethod": CARD},
            {"traceparent": f"00-{trace.hex()}-{caller.hex()}-01"},
        )[0]  # fmt: skip
        until("the order is not paid for", lambda: collector.named("payment capture", trace_id=trace))
        placed = collector.one("POST /api/v1/orders", trace_id=trace, parent_span_id=caller)
        for name in ("payment authorize", "payment capture"):
            paid = collector.one(name, trace_id=trace, parent_span_id=placed.span_id)
            assert paid.kind == Span.SPAN_KIND_CLIENT and values(paid)["holdfast.order"] == order["orderId"], paid
        # The order's own command, and what the payments recorded.
        until("what was paid was not recorded", lambda: len(collector.named("append wait", trace_id=trace)) >= 3)

        # Nobody else is traced, whatever they send.
        until("the webhook's span is missing", lambda: len(collector.named("webhook try")) == 1)
        count = len(collector.spans)
        hold(traceparent=parent[:-1] + "0")
        for bad in MALFORMED:
            hold(**bad)
        last, headers = hold(traceparent=f"00-{'c' * 32}-{'d' * 16}-01")
        collector.one("POST /api/v1/shows/{id}/holds", trace_id=bytes.fromhex("c" * 32))
        until("the webhooks are not told", lambda: len(receiver.traces) == len(MALFORMED) + 3)
        others = {s.trace_id for _, s in collector.spans[count:]} - {trace, bytes.fromhex("c" * 32)}
        linked = {s.trace_id for _, s in collector.spans if s.name == "append"}
        assert others <= linked, "somebody was traced who did not ask for it"
        assert receiver.traces[1:-1] == [None] * (len(MALFORMED) + 1), receiver.traces
        check_log(show, order["orderId"], trace.hex())

        # Without a collector spans are lost, and nothing else.
        lost = 'holdfast_trace_spans_dropped_total{reason="unsent"}'
        assert metric(command, lost) == 0 and metric(command, "holdfast_trace_spans_exported_total") > 15
        collector.stop()
        before = time.monotonic()
        for number in range(20):
            hold(traceparent=f"00-{number + 1:032x}-{'d' * 16}-01")
        assert time.monotonic() - before < DEADLINE
        until("no span counts as lost", lambda: metric(command, lost) > 0)
        assert len(said("node", "the trace collector takes no spans")) == 1

    everything = "".join(open(f"{WORK}/{name}.log").read() for name in ("node", "query"))
    secrets = [r"eyJ[A-Za-z0-9_-]{20}", r"sk_test_", r"whsec_", r"pm_card", "BEGIN PRIVATE", re.escape(USER), "shop=1"]
    found = re.search("|".join(secrets), everything)
    assert not found, f"the log has {found}"
    assert said("node", "node stopping") and said("query", "node stopping")
    told = repr(collector.spans)
    found = re.search("|".join(secrets[:-1] + [r"boss\b", r"key: \"url\.(path|query)"]), told)
    assert not found, f"a span has {found}"


main()
