"""Reads the mail that a node sends. See mail.sh."""

import collections
import contextlib
import email
import email.policy
import json
import os
import re
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import urllib.request

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from node import WORK, Node, call, expect, psql, token, until  # noqa: E402

SIMULATOR = sys.argv[5]
PASSWORD = "correct horse battery"
SHOW = {
    "name": "Nächt <b>&", "artist": "Band", "venue": {"name": "Hall", "city": "Ghent", "timeZone": "Europe/Brussels"},
    "startsAt": "2031-01-01T20:00:00Z", "currency": "EUR", "prices": {"A": 1000}, "maxSeatsPerUser": 99,
    "areas": [{"areaId": "floor", "name": "Floor", "capacity": 99, "category": "A"}],
}  # fmt: skip


class Inbox:
    """An SMTP server that keeps what it takes, and refuses what it is told to."""

    def __init__(self):
        self.mails = []
        self.refusals = collections.defaultdict(list)  # replies to the next mails to an address
        self.tries = collections.Counter()
        self.logins = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.up()

    def up(self, **tls):
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self.authenticate, auth_required=True,
            auth_require_tls=False, **tls,
        )  # fmt: skip
        self.controller.start()

    def down(self):
        self.controller.stop()

    def authenticate(self, server, session, envelope, mechanism, login):
        self.logins += 1
        return AuthResult(success=(login.login, login.password) == (b"shop", b"relay-password"))

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tries[address] += 1
        if self.refusals[address]:
            return self.refusals[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert envelope.rcpt_tos == [mail["To"].addresses[0].addr_spec], envelope.rcpt_tos
        assert all(not part.defects for part in mail.walk())
        self.mails.append(mail)
        return "250 OK"

    def of(self, address, kind=None):
        return [m for m in self.mails if m["To"] == address and (kind is None or f".{kind}." in m["Message-ID"])]

    def one(self, address, kind):
        """The mail of a kind to an address, which comes under one id."""
        until(f"no {kind} to {address}", lambda: self.of(address, kind))
        assert len({m["Message-ID"] for m in self.of(address, kind)}) == 1, [m["Message-ID"] for m in self.of(address)]
        return self.of(address, kind)[0]


@contextlib.contextmanager
def turning_away(port):
    """Greets whoever comes with a refusal; yields who came."""
    callers = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            callers.append(self.client_address)
            self.request.sendall(b"554 5.3.2 No SMTP service here\r\n")
            while self.request.recv(1024):
                self.request.sendall(b"503 5.5.1 Go away\r\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield callers
        finally:
            server.shutdown()


def certificate(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{WORK}/{name}.pem", f"{WORK}/{name}-key.pem")
    return context


def text(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


def codes(mail):
    """What a QR reader reads from a mail's images."""
    found = []
    for part in mail.walk():
        if part.get_content_type() == "image/png":
            path = f"{WORK}/code.png"
            with open(path, "wb") as file:
                file.write(part.get_content())
            found.append(subprocess.check_output(["zbarimg", "--quiet", "--raw", path], text=True).strip())
    return found


def main():
    for name, secret in (("payments.key", "sk_test_mail"), ("relay.password", "relay-password")):
        with open(f"{WORK}/{name}", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(secret)
    simulator = subprocess.Popen(
        [SIMULATOR, "--port", "0", "--data", f"{WORK}/payments.jsonl", "--secret-key-file", f"{WORK}/payments.key"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        try_mail(simulator.stdout.readline().strip())
    finally:
        Node.end()
        simulator.kill()
        simulator.wait()


def try_mail(payments):
    inbox = Inbox()
    flags = [
        "--roles", "command,query,payments", "--payments-url", payments, "--payments-key", f"{WORK}/payments.key",
        "--accounts-url", "http://localhost:8080", "--accounts-password-cost", "14", "--mail-from", "tickets@shop.example",
        "--mail-smtp", f"smtp://127.0.0.1:{inbox.port}", "--mail-smtp-user", "shop",
        "--mail-smtp-password", f"{WORK}/relay.password",
    ]  # fmt: skip
    node = Node(*flags)
    admin = token("boss", "--role", "admin")

    def account(name):
        """Registers and logs in; returns what stands for the caller."""
        address = f"{name}@example.org"
        login = {"email": address, "password": PASSWORD}
        expect(202, call(node.port, "POST", "/auth/register", {}, login))
        until("no mail with a code", lambda: inbox.of(address))
        code = re.search(r"#code=([\w-]+)", text(inbox.of(address)[0])).group(1)
        expect(204, call(node.port, "POST", "/auth/verify-email", {}, {"code": code}))
        request = urllib.request.Request(
            f"http://127.0.0.1:{node.port}/api/v1/auth/login", json.dumps(login).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            cookie = answer.headers["Set-Cookie"].split(";")[0]
            users[name] = json.load(answer)["userId"]
        return {"Cookie": cookie, "Origin": "http://localhost:8080"}

    users = {}
    ann, ben = account("ann"), account("ben")
    anns, bens = "ann@example.org", "ben@example.org"
    organisation = expect(201, call(node.port, "POST", "/organisations", admin, {"name": "Härbour Hall"}))["organisationId"]

    def show(**more):
        made = call(node.port, "POST", "/shows", admin, SHOW | {"organisationId": organisation} | more)
        return expect(201, made)["showId"]

    def buy(who, where, quantity, card="pm_card_visa", status=201):
        return buy_places(who, where, {"areas": {"floor": quantity}}, card, status)

    def buy_places(who, where, places, card="pm_card_visa", status=201):
        hold = expect(201, call(node.port, "POST", f"/shows/{where}/holds", who, places))
        order = {"holdId": hold["holdId"], "fencingToken": hold["fencingToken"], "paymentMethod": card}
        return expect(status, call(node.port, "POST", "/orders", who, order))

    # An order: its tickets, with codes that the door takes, from the organiser.
    night = show()
    order = buy(ann, night, 2)
    mail = inbox.one(anns, "order")
    assert mail["Subject"] == "Your tickets for Nächt <b>&", mail["Subject"]
    sender = mail["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Härbour Hall", "tickets@shop.example"), mail["From"]
    assert re.fullmatch(r"<1\.\d+\.order\.[0-9a-f]{12}@shop\.example>", mail["Message-ID"]), mail["Message-ID"]
    assert mail["List-Unsubscribe"] is None
    assert "20.00" in text(mail) and order["orderId"] in text(mail), text(mail)
    assert "9:00" in text(mail) and "Europe/Brussels" in text(mail), text(mail)
    assert "Nächt &lt;b&gt;&amp;" in text(mail, "html")
    tickets = [ticket["ticketId"] for ticket in order["tickets"]]
    door = token("door", "--role", "scanner", "--show", night)
    read = codes(mail)
    assert len(read) == 2, read
    expect(200, call(node.port, "POST", f"/tickets/{tickets[1]}/scan", door, {"code": read[1]}))

    # A payment that fails, a refund.
    buy(ann, night, 1, "pm_card_chargeDeclined", 402)
    assert "have not been charged" in text(inbox.one(anns, "payment-failed"))
    expect(200, call(node.port, "POST", f"/orders/{order['orderId']}/refund", ann, {"tickets": [tickets[0]]}))
    assert "10.00" in inbox.one(anns, "refund")["Subject"]

    # A transfer, to somebody who reads German.
    got = expect(200, call(node.port, "PATCH", "/me/notices", ben, {"language": "de"}))
    assert got == {"language": "de", "reminders": True, "languages": ["de", "en"]}, got
    passed = buy(ann, night, 1)["tickets"][0]["ticketId"]
    expect(200, call(node.port, "POST", f"/tickets/{passed}/transfer", ann, {"to": users["ben"]}))
    assert "angeboten" in inbox.one(bens, "transfer-offered")["Subject"]
    expect(200, call(node.port, "POST", f"/tickets/{passed}/transfer/accept", ben))
    inbox.one(anns, "transfer-accepted")
    expect(200, call(node.port, "POST", f"/tickets/{passed}/scan", door, {"code": codes(inbox.one(bens, "ticket-received"))[0]}))

    # A bank that wants to see the buyer.
    asked = buy(ann, night, 1, "pm_card_authenticationRequired", 202)
    assert asked["status"] == "requires-action", asked
    assert asked["orderId"] in text(inbox.one(anns, "payment-action"))

    # Other seats: whoever has the ticket gets its new code, and the old one lets nobody in.
    here = {"position": {"x": 0, "y": 0}}
    seats = [{"seat_guid": f"s{number}", "seat_number": str(number), "category": "A"} | here for number in (1, 2)]
    plan = {
        "name": "Hall", "size": {"width": 9, "height": 9}, "categories": [{"name": "A", "color": "teal"}],
        "zones": [{"name": "Stalls", "areas": [], "rows": [{"row_number": "1", "seats": seats} | here]} | here],
    }  # fmt: skip
    seated = show(areas=[], seatingPlan=plan)
    order = buy_places(ann, seated, {"seats": ["s1"]})
    ticket = order["tickets"][0]["ticketId"]
    until("no mail of the seat", lambda: len(inbox.of(anns, "order")) == 3)
    [old] = codes(inbox.of(anns, "order")[-1])
    swap = {"swaps": [{"ticket": ticket, "seat": "s2"}]}
    expect(200, call(node.port, "POST", f"/orders/{order['orderId']}/swap", admin, swap))
    [new] = codes(inbox.one(anns, "seats-changed"))
    usher = token("usher", "--role", "scanner", "--show", seated)
    expect(409, call(node.port, "POST", f"/tickets/{ticket}/scan", usher, {"code": old}))
    expect(200, call(node.port, "POST", f"/tickets/{ticket}/scan", usher, {"code": new}))

    # A waiting room with one place: ben's turn comes, and passes unused; only then it is ann's.
    crowded = show(name="Crowded")
    room = {"opensAt": "2026-01-01T00:00:00Z", "admitPerMinute": 6000, "maxActive": 1, "claimSeconds": 10}
    expect(200, call(node.port, "PUT", f"/shows/{crowded}/queue", admin, room))
    for who in (ben, ann):
        expect(201, call(node.port, "POST", f"/shows/{crowded}/queue/entries", who))
    turn = inbox.one(bens, "admission")
    assert turn["Subject"] == "Sie sind an der Reihe: Crowded" and turn["List-Unsubscribe"] is None, turn["Subject"]
    missed = inbox.one(bens, "admission-missed")
    assert missed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Crowded" in inbox.one(anns, "admission")["Subject"]

    # Somebody without an account here gets none, and slows nobody.
    buy(token("guest"), night, 1)

    # A reader who is refused for now, and one who is refused for good.
    inbox.refusals[bens] = ["451 later"]
    late = show(name="Late")
    before = inbox.tries[bens]
    buy(ben, late, 1)
    buy(ann, late, 1)
    until("ann waits for ben", lambda: len(inbox.of(anns, "order")) == 4)
    until("ben was not tried again", lambda: inbox.of(bens, "order"))
    assert inbox.tries[bens] == before + 2
    inbox.refusals[bens] = ["550 never"]
    before = inbox.tries[bens]
    buy(ben, late, 1)
    until("ben was not tried", lambda: inbox.tries[bens] == before + 1)

    # A mail server that is away: nothing is lost.
    inbox.down()
    buy(ben, late, 1)
    until(
        "the sink does not say that it fails",
        lambda: "a sink can't put the log's events" in node.log(),
    )
    # One that sends everybody away at the door says nothing about this mail.
    with turning_away(inbox.port) as callers:
        until("nobody comes to the door", lambda: len(callers) >= 2)
    inbox.up()
    until("ben got no mail after the outage", lambda: len(inbox.of(bens, "order")) == 2)

    # A show that changes: whoever has tickets is told, with the former time.
    expect(200, call(node.port, "PATCH", f"/shows/{late}", admin, {"startsAt": "2031-02-02T20:00:00Z"}))
    changed = inbox.one(bens, "show-changed")
    assert "2. Februar 2031" in text(changed) and "1. Januar 2031" in text(changed), text(changed)
    inbox.one(anns, "show-changed")

    # Reminders, and the way out of them.
    full = show(name="Full", areas=[{"areaId": "floor", "name": "F", "capacity": 1, "category": "A"}])
    buy(ben, full, 1)
    expect(201, call(node.port, "POST", f"/shows/{full}/waitlist", ann, {"quantity": 1}))
    reminder = inbox.one(anns, "waitlist-joined")
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = reminder["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8080")
    for method in ("GET", "POST"):
        assert expect(200, call(node.port, "GET", "/me/notices", ann))["reminders"] is True
        body = b"List-Unsubscribe=One-Click" if method == "POST" else None
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{node.port}{path}", body, method=method), timeout=20
        ) as page:
            assert page.headers.get_content_type() == "text/html"
    assert expect(200, call(node.port, "GET", "/me/notices", ann))["reminders"] is False
    expect(422, call(node.port, "POST", "/notices/unsubscribe?token=AAAA", {}))
    full = show(name="Full, too", areas=[{"areaId": "floor", "name": "F", "capacity": 1, "category": "A"}])
    held = buy(ben, full, 1)
    entry = expect(201, call(node.port, "POST", f"/shows/{full}/waitlist", ann, {"quantity": 1}))
    assert entry["entryId"]
    # What comes free is offered, which is no reminder: the mail of the offer comes after where the reminder would have been.
    expect(200, call(node.port, "POST", f"/orders/{held['orderId']}/refund", ben))
    inbox.one(anns, "waitlist-offer")
    assert len(inbox.of(anns, "waitlist-joined")) == 1

    # A node that dies between sending and keeping its checkpoint: the same mail again, under the same id.
    gift = buy(ben, night, 1)["tickets"][0]["ticketId"]
    node.stop()
    # What a timer appended may be put before, and is where the node dies then.
    while not inbox.of(anns, "transfer-offered"):
        node.start(failpoint="after-sink:1")
        with contextlib.suppress(OSError):
            call(node.port, "POST", f"/tickets/{gift}/transfer", ben, {"to": users["ann"]}, key="gift")
        status = node.process.wait(30)
        assert status == -signal.SIGKILL, status
    assert len(inbox.of(anns, "transfer-offered")) == 1
    node.start()
    until("no mail after the death", lambda: len(inbox.of(anns, "transfer-offered")) == 2)
    inbox.one(anns, "transfer-offered")

    # A show that is cancelled.
    expect(200, call(node.port, "POST", f"/shows/{late}/cancel", admin))
    cancelled = inbox.one(anns, "show-cancelled")
    assert cancelled["Subject"] == "Late is cancelled" and "10.00" in text(cancelled), text(cancelled)
    until("no mail of both orders", lambda: len(inbox.of(bens, "show-cancelled")) == 3)
    node.stop()

    # Every other mail came once.
    count = collections.Counter(m["Message-ID"] for m in inbox.mails)
    assert [id for id, number in count.items() if number > 1] == [inbox.one(anns, "transfer-offered")["Message-ID"]], count
    assert "example.org" not in node.log(), "the node's log has an address"
    told = "SELECT count(*) FROM holdfast.events WHERE position({text}::bytea IN payload) > 0"
    assert psql(told.format(text="'Band'")) != "0", "names are not found in the log"
    assert psql(told.format(text="'example.org'")) == "0", "the log of events has an address"

    # TLS: who has another certificate, or none, is told nothing, not even the password.
    inbox.down()
    logins = inbox.logins
    for scheme, tls in (("smtp", "tls_context"), ("smtps", "ssl_context")):
        at = flags.index("--mail-smtp")
        flags[at + 1] = f"{scheme}://localhost:{inbox.port}"
        node = Node(*flags, "--mail-smtp-ca", f"{WORK}/relay.pem")
        count = len(inbox.of(bens, "order"))
        buy(ben, night, 1)
        for servers in ({}, {tls: certificate("stranger")}):
            inbox.up(**servers)
            failures = node.log().count("a sink can't put the log's events")
            until("no failure", lambda: node.log().count("a sink can't put the log's events") >= failures + 2)
            inbox.down()
        assert inbox.logins == logins and len(inbox.of(bens, "order")) == count
        inbox.up(**{tls: certificate("relay")})
        until("no mail by TLS", lambda: len(inbox.of(bens, "order")) == count + 1)
        assert inbox.logins > logins
        logins = inbox.logins
        inbox.down()
        node.stop()


if __name__ == "__main__":
    main()
