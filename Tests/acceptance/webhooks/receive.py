"""Receives webhooks, well and badly. See webhooks.sh."""

import http.client
import http.server
import os
import signal
import socket
import ssl
import sys
import threading
import time

from standardwebhooks.webhooks import Webhook

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from node import SHOW, WORK, Node, call, check_chain, dies, expect, holds, psql, token, until  # noqa: E402


class Receiver:
    """A server that keeps what it took, and answers what it is told to; by TLS, if there is a certificate."""

    def __init__(self, certificate=None):
        self.taken = []  # (headers, body) of what was answered with 2xx
        self.tries = 0
        self.answers = []  # statuses of the next answers, with headers; then 204
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # a node that is killed in the middle of a message
                receiver.tries += 1
                status, headers = receiver.answers.pop(0) if receiver.answers else (204, {})
                if status < 300:
                    receiver.taken.append((dict(self.headers), body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            # Where the node looks for localhost.
            address_family = socket.getaddrinfo("localhost", 0)[0][0] if certificate else socket.AF_INET

        self.server = Server(("localhost" if certificate else "127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{WORK}/{certificate}.pem", f"{WORK}/{certificate}-key.pem")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.server.handle_error = lambda *_: None  # a node that is killed resets its connections
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]
        self.url = f"https://localhost:{self.port}/hook" if certificate else f"http://127.0.0.1:{self.port}/hook"

    def events(self, secret):
        """What was taken, each with its signature checked by the standard's own library."""
        return [(headers["webhook-id"], Webhook(secret).verify(body, headers)) for headers, body in self.taken]


def main():
    node = Node("--webhooks-private", "on")
    admin, fan = token("boss", "--role", "admin"), token("fan")
    a, b = (expect(201, call(node.port, "POST", "/organisations", admin, {"name": n}))["organisationId"] for n in "AB")
    shows = [expect(201, call(node.port, "POST", "/shows", admin, SHOW | {"organisationId": o}))["showId"] for o in (a, b)]
    good, bad, every = Receiver(), Receiver(), Receiver()

    def webhook(organisation, receiver, **more):
        return expect(
            201, call(node.port, "POST", f"/organisations/{organisation}/webhooks", admin, {"url": receiver.url, **more})
        )

    # A repetition makes no other, and shows the same secret.
    first = call(node.port, "POST", f"/organisations/{a}/webhooks", admin, {"url": good.url, "after": "1.0"}, "one")
    again = call(node.port, "POST", f"/organisations/{a}/webhooks", admin, {"url": good.url, "after": "1.0"}, "one")
    hook = expect(201, first)
    assert expect(201, again)["secret"] == hook["secret"] and again[1]["webhookId"] == hook["webhookId"]
    other = call(node.port, "POST", f"/organisations/{a}/webhooks", admin, {"url": bad.url, "after": "1.0"}, "one")
    assert (other[0], other[1]["code"]) == (422, "idempotency-key-reused"), other
    only_b = webhook(b, bad, types=["HoldPlaced"])
    whole = webhook("instance", every, after="1.0")
    path, path_b = f"/organisations/{a}/webhooks/{hook['webhookId']}", f"/organisations/{b}/webhooks/{only_b['webhookId']}"

    # One that fails is tried again, and slows no other.
    bad.answers = [(500, {})]
    holds(node.port, fan, shows[1], 3)
    holds(node.port, fan, shows[0], 5)
    until("the good one was not told", lambda: len(good.taken) >= 7)
    assert bad.tries == 1 and not bad.taken, "the bad one is tried again too soon"
    until("its failure is not noted", lambda: expect(200, call(node.port, "GET", path_b, admin))["failures"] == 1)
    state = expect(200, call(node.port, "GET", path_b, admin))
    assert state["attempts"][0]["status"] == 500 and "nextTryAt" in state, state
    until("the bad one was not told", lambda: len(bad.taken) == 3)
    assert [event["type"] for _, event in bad.events(only_b["secret"])] == ["holdfast.HoldPlaced.v1"] * 3

    # What is another organisation's is told to nobody but it, and the instance.
    mine = check_chain(good.events(hook["secret"]), "0000000001.0000000000000000000")
    assert {event["subject"] for event in mine} == {f"organisations/{a}", f"shows/{shows[0]}"}, mine
    assert all(event["organisation"] == a for event in mine)
    until("not everything was told", lambda: len(every.taken) >= 12)
    total = len(check_chain(every.events(whole["secret"]), "0000000001.0000000000000000000"))

    # A node that is killed again and again, in the middle of telling.
    for _ in range(3):
        until("nothing is told", lambda count=len(every.taken): (holds(node.port, fan, shows[0], 4), len(every.taken) > count)[1])
        node.stop(signal.SIGKILL)
        node.start()
    # And at each boundary of telling: before, after, and when it is noted.
    for failpoint in ("before-sink:3", "after-sink:3", "after-checkpoint:2"):
        node.stop()
        node.start(failpoint)
        dies(node, lambda: holds(node.port, fan, shows[0], 1))
        node.start()
    holds(node.port, fan, shows[0], 1)
    head = expect(200, call(node.port, "GET", f"/organisations/{a}/webhooks", admin))
    assert [one["webhookId"] for one in head["webhooks"]] == [hook["webhookId"]]

    def settled():
        state = expect(200, call(node.port, "GET", path, admin))
        feed = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
        feed.request("GET", f"/api/v1/events?after={state['delivered']}&show={shows[0]}&types=HoldPlaced",
                     headers={"Authorization": f"Bearer {admin}"})
        return feed.getresponse().read().count(b"HoldPlaced.v1") == 0

    until("not everything was told after the kills", settled)
    mine = check_chain(good.events(hook["secret"]), "0000000001.0000000000000000000")
    assert len(mine) >= 5 + 12, len(mine)
    assert len(check_chain(every.events(whole["secret"]), "0000000001.0000000000000000000")) > total

    # A failover, after which the webhook has seen what is not in the log any more: it is told all of the new epoch.
    good.taken.clear()
    position = int(expect(200, call(node.port, "GET", path, admin))["seen"].split(".")[1])
    psql("SELECT holdfast.raise_epoch()")
    lost = f"1.{position + 2}"
    psql(f"UPDATE holdfast_webhooks.endpoints SET seen = '{lost}', delivered = '{lost}', revision = revision + 1 "
         f"WHERE webhook_id = '{hook['webhookId']}'")  # fmt: skip
    holds(node.port, fan, shows[0], 6)
    until("not all of the new epoch was told", lambda: len(good.taken) >= 6)
    mine = check_chain(good.events(hook["secret"]), f"0000000001.{position + 2:019}")
    assert len(mine) == 6 and all(event["id"].startswith("2.") for event in mine), mine

    # The past again, under the same ids.
    expect(200, call(node.port, "POST", f"{path}/replay", admin, {"after": "1.0"}))
    until("the past was not told", lambda: len(good.taken) > 6 and settled())
    before = {message for message, _ in good.events(hook["secret"])}
    good.taken.clear()
    expect(200, call(node.port, "POST", f"{path}/replay", admin, {"after": "1.0"}))
    until("the past was not told again", lambda: len(good.taken) >= len(before))
    assert {message for message, _ in good.events(hook["secret"])} == before

    # A change that is repeated later, as a proxy may, takes nothing back that came after it.
    assert not expect(200, call(node.port, "PATCH", path_b, admin, {"enabled": False}, "off"))["enabled"]
    assert expect(200, call(node.port, "PATCH", path_b, admin, {"enabled": True, "description": "on"}, "on"))["enabled"]
    assert expect(200, call(node.port, "PATCH", path_b, admin, {"enabled": False}, "off"))["enabled"]
    replayed = f"{path_b}/replay"
    assert expect(200, call(node.port, "POST", replayed, admin, {"after": "1.0"}, "past"))["enabled"]
    for method, where, body, key in (
        ("PATCH", path_b, {"enabled": True}, "off"), ("POST", replayed, {"after": "1.1"}, "past"),
    ):  # fmt: skip
        reused = call(node.port, method, where, admin, body, key)
        assert (reused[0], reused[1]["code"]) == (422, "idempotency-key-reused"), reused

    # Another secret: for a day both are good. Who repeats an earlier request for one is told what that one made.
    leaked = expect(200, call(node.port, "POST", f"{path_b}/secret", admin, key="leaked"))["secret"]
    safe = expect(200, call(node.port, "POST", f"{path_b}/secret", admin, key="safe"))["secret"]
    assert expect(200, call(node.port, "POST", f"{path_b}/secret", admin, key="leaked"))["secret"] == leaked != safe
    expect(200, call(node.port, "POST", f"{path_b}/test", admin))
    headers, body = next(taken for taken in bad.taken if taken[0]["webhook-id"].startswith("test_"))
    newest = headers["webhook-signature"].split()[0]
    Webhook(safe).verify(body, headers | {"webhook-signature": newest})
    renewed = expect(200, call(node.port, "POST", f"{path}/secret", admin))
    assert renewed["secret"] != hook["secret"]

    def is_signed_with_both():
        good.taken.clear()
        holds(node.port, fan, shows[0], 1)
        until("nothing is told after the secret is new", lambda: good.taken)
        good.events(hook["secret"])  # the former one, always
        return len(good.taken[0][0]["webhook-signature"].split()) == 2

    until("nothing is signed with the new secret", is_signed_with_both)
    assert good.events(renewed["secret"]) == good.events(hook["secret"])

    # A test, and an endpoint that wants nothing more.
    tried = expect(200, call(node.port, "POST", f"{path}/test", admin))
    assert tried["status"] == 204, tried
    assert "holdfast.Test.v1" in [event["type"] for _, event in good.events(renewed["secret"])]
    good.answers = [(410, {})]
    holds(node.port, fan, shows[0], 1)
    until("410 does not end it", lambda: not expect(200, call(node.port, "GET", path, admin))["enabled"])
    tries = good.tries
    holds(node.port, fan, shows[0], 1)
    changed = expect(200, call(node.port, "PATCH", path, admin, {"enabled": True, "description": "CRM"}))
    assert changed["enabled"] and changed["description"] == "CRM"
    until("it is not told when it is back", lambda: good.tries >= tries + 2)

    # Who asks for a pause gets it.
    bad.answers, count = [(429, {"Retry-After": "3600"})], bad.tries
    holds(node.port, fan, shows[1], 1)
    until("it is not tried", lambda: bad.tries > count)
    until("its wish is not noted", lambda: expect(200, call(node.port, "GET", path_b, admin))["failures"] == 1)
    wait = expect(200, call(node.port, "GET", path_b, admin))["nextTryAt"]
    assert wait > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 3000)), wait

    # Refusals.
    for body, status, code in [
        ({"url": "ftp://example.com"}, 422, "invalid-webhook"), ({"url": "https://u:p@example.com"}, 422, "invalid-webhook"),
        ({"url": good.url, "types": ["No"]}, 422, "invalid-webhook"), ({}, 400, "invalid-request"),
        ({"url": good.url, "more": 1}, 400, "unknown-member"), ({"url": good.url, "after": "2.99999"}, 400, "sequence-ahead-of-log"),
        ({"url": good.url, "after": "1.99999"}, 409, "sequence-lost"),
        ({"url": good.url, "after": "x"}, 400, "invalid-sequence"),
    ]:  # fmt: skip
        got = call(node.port, "POST", f"/organisations/{a}/webhooks", admin, body)
        assert (got[0], got[1]["code"]) == (status, code), (body, got)
    for method, where, caller, status in [
        ("GET", f"/organisations/{b}/webhooks/{hook['webhookId']}", admin, 404), ("GET", f"{path}0", admin, 404),
        ("GET", path, fan, 403), ("POST", "/organisations/nobody/webhooks", admin, 404), ("GET", path, "x", 401),
    ]:  # fmt: skip
        expect(status, call(node.port, method, where, caller, {"url": good.url} if method == "POST" else None))
    expect(204, call(node.port, "DELETE", path, admin))
    expect(404, call(node.port, "DELETE", path, admin))
    node.stop()

    # By TLS: to who has a certificate for the host, of an authority that is known, and to nobody else.
    node = Node("--webhooks-private", "on", "--webhooks-ca", f"{WORK}/endpoint.pem")
    secure, stranger = Receiver("endpoint"), Receiver("stranger")
    silent = socket.create_server(("127.0.0.1", 0))
    hooks = f"/organisations/{b}/webhooks"

    def tried(url):
        made = expect(201, call(node.port, "POST", hooks, admin, {"url": url}))
        answer = expect(200, call(node.port, "POST", f"{hooks}/{made['webhookId']}/test", admin))
        expect(204, call(node.port, "DELETE", f"{hooks}/{made['webhookId']}", admin))
        return answer

    # One that takes the connection and says nothing; see below.
    mute = expect(201, call(node.port, "POST", hooks, admin, {"url": f"http://127.0.0.1:{silent.getsockname()[1]}/"}))
    answer = tried(secure.url)
    assert answer.get("status") == 204 and len(secure.taken) == 1, answer
    numeric = socket.getaddrinfo("localhost", 0)[0][4][0]
    other_name = f"https://[{numeric}]:{secure.port}/" if ":" in numeric else f"https://{numeric}:{secure.port}/"
    for url in (other_name, stranger.url, every.url.replace("http://127.0.0.1", "https://localhost")):
        answer = tried(url)
        assert "status" not in answer and answer["detail"].startswith("there was no answer"), answer
    hook = webhook(b, secure)
    holds(node.port, fan, shows[1], 3)
    until("it was not told by TLS", lambda: len(secure.taken) == 4)
    del secure.taken[0]  # the test
    told = secure.events(hook["secret"])
    assert len(check_chain(told, told[0][1]["previous"])) == 3
    assert not stranger.tries and secure.tries == 4
    # Whoever says nothing is given up after a while, and has held up nobody.
    until("the mute one does not fail", lambda: expect(200, call(node.port, "GET", f"{hooks}/{mute['webhookId']}", admin))["failures"])
    node.stop()

    # Without the flag, nothing of this machine or its network is called.
    node = Node()
    tries = every.tries
    state_path = f"/organisations/instance/webhooks/{whole['webhookId']}"
    holds(node.port, fan, shows[0], 1)
    until("it is not refused", lambda: expect(200, call(node.port, "GET", state_path, admin))["failures"] >= 1)
    assert every.tries == tries, "a server in a private network was called"
    # Names, and addresses that only the system's resolver takes for some.
    for url in ("https://localhost:1/", "https://127.1:1/", "https://0x7f000001:1/", "https://2852039166/"):
        answer = tried(url)
        assert "status" not in answer and answer["detail"] == "the host is in a private network", answer
    for url in (every.url, "https://127.0.0.1:1/", "https://[::1]:1/", "https://169.254.169.254/"):
        expect(422, call(node.port, "POST", hooks, admin, {"url": url}))
    node.stop()

    # A name that means a public address when it is looked at, and this machine a moment later (DNS rebinding): each connection
    # goes to the address that was looked at for it.
    os.environ |= {"LD_PRELOAD": f"{WORK}/rebinding.so", "REBINDING_LOG": f"{WORK}/look-ups"}
    node = Node()
    for name in ("LD_PRELOAD", "REBINDING_LOG"):
        del os.environ[name]
    url = f"https://rebinding.test:{secure.port}/"
    made = expect(201, call(node.port, "POST", hooks, admin, {"url": url, "after": "1.0"}))

    def state():
        return expect(200, call(node.port, "GET", f"{hooks}/{made['webhookId']}", admin))

    until("it was not tried twice", lambda: state()["failures"] >= 2)
    details = [attempt["detail"] for attempt in state()["attempts"]][::-1]
    assert details[0].startswith("there was no answer") and details[1] == "the host is in a private network", details
    with open(f"{WORK}/look-ups") as file:
        assert len(file.readlines()) == len(details), "it is looked up more than once for a connection"
    assert secure.tries == 4
    node.stop()


if __name__ == "__main__":
    try:
        main()
    finally:
        Node.end()
