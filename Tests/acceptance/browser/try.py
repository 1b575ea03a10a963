"""Logs in with passkeys and attacks who is logged in, in Chromium. See browser.sh."""

import contextlib
import glob
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from playwright.sync_api import sync_playwright

HOLDFAST, POSTGRES, WORK, PORT, CHROMIUM = sys.argv[1:]
PASSWORD = "k7#pQz!w-a9"
# The same site as the attacker's first address: cookies with SameSite are sent there, so only the node refuses.
SHOP = f"http://localhost:{PORT}"
API = f"{SHOP}/api/v1"
ATTACKERS = [f"http://localhost:{int(PORT) + 1}", f"http://127.0.0.1:{int(PORT) + 1}"]


def call(path, body):
    """The status of a program's request."""
    request = urllib.request.Request(
        API + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@contextlib.contextmanager
def node():
    with open(f"{WORK}/node.log", "w") as log:
        process = subprocess.Popen(
            [
                HOLDFAST, "serve", "--http-port", PORT, "--data", f"{WORK}/node", "--postgres-url", POSTGRES,
                "--jwt-jwks", f"{WORK}/keys/jwks.json", "--jwt-issuer", "urn:holdfast:local",
                "--jwt-audiences", "holdfast", "--ticket-key", f"{WORK}/keys/ticket-key.pem",
                "--publish-endpoint", f"ipc://{WORK}/node.ipc", "--audit-log", f"{WORK}/audit.jsonl",
                "--rate-limits", "off", "--accounts-password-cost", "14", "--accounts-url", SHOP,
                "--accounts-mail-from", "tickets@holdfast.test", "--accounts-mail-folder", f"{WORK}/mail",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until("the node is ready", lambda: is_ready(process))
        yield
    finally:
        process.terminate()
        assert process.wait(30) == 0


def is_ready(process):
    assert process.poll() is None, "the node stopped"
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(f"{SHOP}/health/ready", timeout=20) as answer:
            return answer.status == 200


def until(what, condition):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def make_account(email):
    assert call("/auth/register", {"email": email, "password": PASSWORD}) == 202

    def code():
        for path in glob.glob(f"{WORK}/mail/*"):
            with open(path) as mail:
                text = mail.read()
            if f"To: {email}" in text and (found := re.search(r"#code=([\w-]+)", text)):
                return found[1]

    assert call("/auth/verify-email", {"code": until("a mail", code)}) < 300


# What a shop's own page does.
OWN_CALL = """async ([method, path, body]) => {
  const answer = await fetch("/api/v1" + path, {
    method, body: body && JSON.stringify(body), headers: body ? {"Content-Type": "application/json"} : {}});
  return [answer.status, answer.status == 204 ? "" : await answer.text()];
}"""
ADD_PASSKEY = """async () => {
  const begun = await (await fetch("/api/v1/auth/passkey-options", {method: "POST"})).json();
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(begun.publicKey);
  const credential = await navigator.credentials.create({publicKey});
  const answer = await fetch("/api/v1/auth/passkeys", {
    method: "POST", headers: {"Content-Type": "application/json"},
    body: JSON.stringify({name: "laptop", credential: credential.toJSON()})});
  return [answer.status, await answer.text()];
}"""
LOG_IN = """async (body) => {
  const headers = {"Content-Type": "application/json"};
  const begun = await (await fetch("/api/v1/auth/login/passkey/options", {
    method: "POST", headers, body: body && JSON.stringify(body)})).json();
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(begun.publicKey);
  const credential = await navigator.credentials.get({publicKey});
  const sent = JSON.stringify({credential: credential.toJSON()});
  const answer = await fetch("/api/v1/auth/login/passkey", {method: "POST", headers, body: sent});
  const again = await fetch("/api/v1/auth/login/passkey", {method: "POST", headers, body: sent});
  return [answer.status, await answer.text(), again.status];
}"""


def own_page(context):
    """A page of the shop's origin, without the node's content security policy: its own pages are the shop's."""
    page = context.new_page()
    page.route(f"{SHOP}/page", lambda route: route.fulfill(content_type="text/html", body="<p>shop</p>"))
    page.goto(f"{SHOP}/page")
    return page


def authenticator(context, page, *, verifies=True):
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": verifies, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    return session, made["authenticatorId"]


def try_passkeys(browser):
    context = browser.new_context()
    page = own_page(context)
    session, device = authenticator(context, page)
    status, body = page.evaluate(OWN_CALL, ["POST", "/auth/login", {"email": "ann@example.org", "password": PASSWORD}])
    assert status == 200, body
    status, body = page.evaluate(ADD_PASSKEY)
    assert status == 201, body
    assert page.evaluate(OWN_CALL, ["POST", "/auth/logout", None])[0] == 204
    assert page.evaluate(OWN_CALL, ["GET", "/auth/me", None])[0] == 401
    for address in (None, {"email": "ann@example.org"}):
        status, body, again = page.evaluate(LOG_IN, address)
        assert (status, again) == (200, 401), (status, body, again)
        status, body = page.evaluate(OWN_CALL, ["GET", "/auth/me", None])
        assert status == 200 and json.loads(body)["email"] == "ann@example.org", body
    # Bob's address, Ann's passkey.
    assert page.evaluate(LOG_IN, {"email": "bob@example.org"})[0] == 401
    # A copy of the passkey that has signed less often.
    held = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert len(held) == 1 and held[0]["signCount"] > 1, held
    session.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    session.send("WebAuthn.addCredential", {"authenticatorId": device, "credential": {**held[0], "signCount": 0}})
    assert page.evaluate(LOG_IN, None)[0] == 401
    # Another origin can't even ask for it.
    stranger = context.new_page()
    stranger.goto(f"{ATTACKERS[1]}/")
    refusal = stranger.evaluate(
        """async () => { try {
          await navigator.credentials.get({publicKey: {challenge: new Uint8Array(32), rpId: "localhost"}});
        } catch (error) { return error.name } }"""
    )
    assert refusal == "SecurityError", refusal
    context.close()
    with open(f"{WORK}/audit.jsonl") as audit:
        reasons = {json.loads(line).get("reason") for line in audit}
    # An answer that is sent twice has a counter that did not rise.
    expected = {f"passkey: {fault}" for fault in ("challenge", "counter")}
    assert expected <= reasons, reasons


class Attacker(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><p>win a ticket</p>")

    def log_message(self, *_):
        pass


# Each returns once the browser has its answer or gave up.
FETCH = """async ([method, url, mode, type, body]) => {
  try {
    const answer = await fetch(url, {method, mode, credentials: "include", body: body ?? undefined,
      headers: type ? {"Content-Type": type} : {}});
    return answer.type == "opaque" ? "opaque" : String(answer.status);
  } catch { return "refused by the browser" }
}"""
IMAGE = """(url) => new Promise((done) => {
  const image = new Image(); image.onload = image.onerror = () => done("loaded or not"); image.src = url; })"""
FORM = """([method, url, type, name, value]) => {
  const form = Object.assign(document.createElement("form"), {method, action: url, enctype: type});
  form.append(Object.assign(document.createElement("input"), {name, value}));
  document.body.append(form); form.submit(); }"""


def attack(page, attacker, session_id):
    """Everything that a page of another origin can make the browser send. How many requests it tried."""
    login = json.dumps({"email": "bob@example.org", "password": PASSWORD})
    change = json.dumps({"password": PASSWORD, "newPassword": "another-Passw0rd"})
    fetches = [
        (method, API + path, mode, type, body)
        for mode in ("cors", "no-cors")
        for method, path, type, body in [
            ("POST", "/auth/logout", None, None), ("POST", "/auth/logout-all", "text/plain", "{}"),
            ("POST", "/auth/password", "text/plain", change), ("POST", "/auth/login", "text/plain", login),
            ("POST", "/auth/passkey-options", None, None),
        ]
    ]  # fmt: skip
    fetches += [
        ("DELETE", f"{API}/auth/sessions/{session_id}", "cors", None, None),
        ("DELETE", f"{API}/auth/me", "cors", "application/json", json.dumps({"password": PASSWORD})),
        ("POST", f"{API}/auth/password", "cors", "application/json", change),
    ]
    page.goto(f"{attacker}/")
    for one in fetches:
        said = page.evaluate(FETCH, list(one))
        assert said in ("401", "403", "opaque", "refused by the browser"), (one[:3], said)
    for path in ("/auth/logout", "/auth/logout-all", f"/auth/sessions/{session_id}"):
        page.evaluate(IMAGE, API + path)
    # A body that is JSON, but for the equals sign that a form puts between name and value.
    forms = [
        ("POST", "/auth/logout", "application/x-www-form-urlencoded", "a", "b"),
        ("POST", "/auth/logout-all", "multipart/form-data", "a", "b"),
        ("POST", "/auth/password", "text/plain", change[:-2] + " ", '"}'),
        ("POST", "/auth/login", "text/plain", login[:-2] + " ", '"}'),
        ("GET", "/auth/logout", "application/x-www-form-urlencoded", "a", "b"),
    ]
    for method, path, *rest in forms:
        page.goto(f"{attacker}/")
        with page.expect_navigation(url=lambda url: url.startswith(API)) as answer:
            page.evaluate(FORM, [method, API + path, *rest])
        assert answer.value.status in (401, 403, 404, 405), (path, answer.value.status)
    for path in ("/auth/logout", f"/auth/sessions/{session_id}"):
        page.goto(f"{attacker}/")
        with page.expect_navigation(url=lambda url: url.startswith(API)):
            page.evaluate("(url) => { location.href = url }", API + path)
    return len(fetches) + len(forms) + 5


def try_cross_site(browser):
    context = browser.new_context()
    page = own_page(context)
    status, body = page.evaluate(OWN_CALL, ["POST", "/auth/login", {"email": "bob@example.org", "password": PASSWORD}])
    assert status == 200, body

    def sessions():
        status, body = page.evaluate(OWN_CALL, ["GET", "/auth/sessions", None])
        assert status == 200, body
        return [one["sessionId"] for one in json.loads(body)["sessions"]]

    before, cookies = sessions(), context.cookies(SHOP)
    assert cookies and all(cookie["httpOnly"] for cookie in cookies if "Session" in cookie["name"]), cookies
    victim = context.new_page()
    count = sum(attack(victim, attacker, before[0]) for attacker in ATTACKERS)
    assert sessions() == before
    assert [one["value"] for one in context.cookies(SHOP) if "Session" in one["name"]] == [
        one["value"] for one in cookies if "Session" in one["name"]
    ]
    # The same calls from the shop's own page do something: the attacks could have.
    status, body = page.evaluate(OWN_CALL, ["POST", "/auth/passkey-options", None])
    assert status == 200, body
    change = {"password": PASSWORD, "newPassword": "another-Passw0rd"}
    assert page.evaluate(OWN_CALL, ["POST", "/auth/password", change])[0] == 204
    assert page.evaluate(OWN_CALL, ["DELETE", f"/auth/sessions/{before[0]}", None])[0] == 204
    assert page.evaluate(OWN_CALL, ["GET", "/auth/me", None])[0] == 401
    context.close()
    return count


def main():
    os.makedirs(f"{WORK}/node", mode=0o700)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT) + 1), Attacker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with node(), sync_playwright() as playwright:
        make_account("ann@example.org")
        make_account("bob@example.org")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try_passkeys(browser)
        count = try_cross_site(browser)
        browser.close()
    server.shutdown()
    print(f"browser: passkeys log in, and {count} requests of other origins changed nothing")


main()
