"""Logs in with passkeys, at an identity provider and by the node's own page, and attacks who is logged in, in Chromium. See
browser.sh."""

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

import oidc_provider_mock
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
def node(issuer):
    with open(f"{WORK}/node.log", "w") as log:
        process = subprocess.Popen(
            [
                HOLDFAST, "serve", "--http-port", PORT, "--data", f"{WORK}/node", "--postgres-url", POSTGRES,
                "--jwt-issuer", issuer, "--jwt-audiences", "api", "--openid-client-id", "shop",
                "--openid-client-secret", f"{WORK}/client-secret", "--ticket-key", f"{WORK}/keys/ticket-key.pem",
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


def try_page(browser, issuer):
    """The node's own page, with a keyboard: every way to log in, and out again."""
    context = browser.new_context()
    page = context.new_page()
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    authenticator(context, page)

    def shows(what, who=None):
        heading = page.get_by_role("heading", level=2, name=what)
        heading.wait_for()
        assert page.get_by_role("heading", level=2).count() == 1
        if who:
            page.get_by_text(who, exact=True).wait_for()

    def log_out():
        page.get_by_role("button", name="Log out", exact=True).press("Enter")

    page.goto(f"{SHOP}/account")
    shows("Log in")
    page.get_by_label("E-mail address").fill("ann@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_label("Password").press("Enter")
    page.get_by_role("status").get_by_text("no account with this address").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    shows("You are logged in", "ann@example.org")
    assert page.evaluate("document.activeElement.id") == "who"
    status, body = page.evaluate(ADD_PASSKEY)
    assert status == 201, body
    log_out()
    shows("Log in")
    page.get_by_role("button", name="Log in with a passkey").press("Enter")
    shows("You are logged in", "ann@example.org")
    log_out()
    shows("Log in")

    page.get_by_role("link", name="Log in with your provider").press("Enter")
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{API}/auth/openid/callback?*")
    # This provider's refusal does not say of which log-in it is, as the standard has it, so it is believed of none.
    assert '"invalid-login"' in page.content(), page.content()
    page.goto(f"{SHOP}/account")
    page.get_by_role("link", name="Log in with your provider").press("Enter")
    page.get_by_placeholder("sub").fill("<b>alice</b>")
    page.get_by_placeholder("sub").press("Enter")
    page.wait_for_url(f"{SHOP}/account")
    shows("You are logged in", "<b>alice</b>")
    page.get_by_text(issuer, exact=True).wait_for()
    cookies = {cookie["name"]: cookie for cookie in context.cookies(SHOP)}
    assert not any(name.endswith("-Login") for name in cookies), cookies
    page.get_by_role("button", name="Log out on all devices").press("Enter")
    page.wait_for_url(f"{issuer}/**", wait_until="commit")
    page.goto(f"{SHOP}/account")
    shows("Log in")
    # Nothing that the page does is against its own policy. (A browser reports what it can't load, too.)
    assert all("Failed to load resource" in fault for fault in faults), faults
    # An attacker's page has the browser begin and finish log-ins.
    context.clear_cookies()
    stranger = context.new_page()
    for attacker in ATTACKERS:
        stranger.goto(f"{attacker}/")
        for path in ("/auth/openid/login", "/auth/openid/callback?code=c&state=s"):
            stranger.evaluate(IMAGE, API + path)
        assert not [one for one in context.cookies(SHOP) if "Holdfast" in one["name"]], context.cookies(SHOP)
        with stranger.expect_navigation(url=lambda url: url.startswith(API)) as answer:
            stranger.evaluate("(url) => { location.href = url }", f"{API}/auth/openid/callback?code=c&state=s")
        assert answer.value.status == 400, answer.value.status
    context.close()


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
    with open(os.open(f"{WORK}/client-secret", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write("secret")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT) + 1), Attacker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(oidc_provider_mock.run_server_in_thread())
        issuer = f"http://localhost:{provider.server_port}"
        stack.enter_context(node(issuer))
        playwright = stack.enter_context(sync_playwright())
        make_account("ann@example.org")
        make_account("bob@example.org")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try_passkeys(browser)
        try_page(browser, issuer)
        count = try_cross_site(browser)
        browser.close()
    server.shutdown()
    print("browser: the node's own page logs in by password, passkey and provider, and out")
    print(f"browser: passkeys log in, and {count} requests of other origins changed nothing")


main()
