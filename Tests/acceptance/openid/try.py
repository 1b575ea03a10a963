"""Logs in at a provider as a web shop does, and calls a node with the tokens; then as a browser, by way of the node. See
openid.sh."""

import base64
import contextlib
import hashlib
import http.cookiejar
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import oidc_provider_mock

HOLDFAST, POSTGRES, WORK, PORT = sys.argv[1:]
URL = f"http://127.0.0.1:{PORT}"
CALLBACK = "http://127.0.0.1/callback"


class NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def call(url, form=None, headers=None, method=None):
    """Status, headers and body."""
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        with urllib.request.build_opener(NoRedirection).open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def log_in(provider, subject, client):
    """The id token that the code flow with PKCE brings (RFC 7636)."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = urllib.parse.urlencode(
        {
            "client_id": client, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid",
            "state": "s", "code_challenge": challenge, "code_challenge_method": "S256",
        }
    )  # fmt: skip
    status, headers, body = call(f"{provider}/oauth2/authorize?{query}", {"sub": subject})
    assert status == 302, (status, body)
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(headers["Location"]).query)["code"][0]
    status, _, body = call(
        f"{provider}/oauth2/token",
        {
            "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "client_id": client,
            "client_secret": "secret", "code_verifier": verifier,
        },
    )  # fmt: skip
    assert status == 200, (status, body)
    return json.loads(body)["id_token"]


@contextlib.contextmanager
def node(issuer, denied):
    """The URL of a node that believes the issuer."""
    with open(f"{WORK}/node.log", "w") as log:
        process = subprocess.Popen(
            [
                HOLDFAST, "serve", "--http-port", PORT, "--data", f"{WORK}/node", "--postgres-url", POSTGRES,
                "--jwt-issuer", issuer, "--jwt-audiences", "shop", "--jwt-denied", denied,
                "--ticket-key", f"{WORK}/keys/ticket-key.pem", "--publish-endpoint", f"ipc://{WORK}/node.ipc",
                "--accounts-url", URL, "--accounts-own", "off", "--openid-client-id", "shop",
                "--openid-client-secret", f"{WORK}/client-secret", "--audit-log", f"{WORK}/audit.jsonl",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield ready(process)
    finally:
        process.terminate()
        assert process.wait(30) == 0


def ready(process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the node stopped"
        with contextlib.suppress(OSError):
            if call(f"{URL}/health/ready")[0] == 200:
                return URL
        time.sleep(0.05)
    raise AssertionError("the node is not ready")


def holds(url, token):
    status, _, body = call(f"{url}/api/v1/me/holds", headers={"Authorization": f"Bearer {token}"})
    return status, json.loads(body)


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Browser:
    """What keeps cookies, and follows nothing by itself."""

    def __init__(self):
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(NoRedirection, urllib.request.HTTPCookieProcessor(self.jar))

    def call(self, url, body=None, method=None, headers=None):
        """Status, headers, and the body's JSON."""
        headers = {"Origin": URL, **(headers or {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with self.opener.open(request, timeout=20) as answer:
                status, headers, text = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, text = error.code, error.headers, error.read()
        return status, headers, json.loads(text) if text else None

    def at_provider(self, issuer, subject, path="/account"):
        """Where the provider sends the browser back to, once somebody has logged in there."""
        status, headers, body = self.call(f"{URL}/api/v1/auth/openid/login?return={urllib.parse.quote(path, safe='')}")
        assert status == 302 and headers["Location"].startswith(f"{issuer}/"), (status, body)
        status, headers, body = call(headers["Location"], {"sub": subject})
        assert status == 302, (status, body)
        return headers["Location"]


def command(body=None, **headers):
    return {"body": body or {}, "method": "POST", "headers": {"Idempotency-Key": secrets.token_hex(8), **headers}}


def try_browser(issuer):
    """Logs in by the code flow as browsers do; what is refused is what nobody asked for."""
    alice, mallory = Browser(), Browser()
    callback = alice.at_provider(issuer, "alice", "/shows?a=b")
    assert callback.startswith(f"{URL}/api/v1/auth/openid/callback?"), callback
    # An answer that somebody sends to another browser, before and after it has begun a log-in of its own.
    status, _, body = mallory.call(callback)
    assert status == 400 and body["code"] == "invalid-login", body
    others = mallory.at_provider(issuer, "mallory")
    status, _, body = mallory.call(callback)
    assert status == 400 and body["code"] == "invalid-login", body
    status, _, body = alice.call(others)
    assert status == 400 and body["code"] == "invalid-login", body
    assert alice.call(f"{URL}/api/v1/auth/me")[0] == 401

    before = {cookie.name: cookie.value for cookie in alice.jar}
    status, headers, _ = alice.call(callback)
    assert (status, headers["Location"]) == (303, f"{URL}/shows?a=b"), status
    status, _, me = alice.call(f"{URL}/api/v1/auth/me")
    assert status == 200 and me["userId"] == "alice" and me["issuer"] == issuer, me
    assert me["providerLogoutUrl"].startswith(f"{issuer}/"), me
    # The same answer once more, in a browser that has kept the cookie.
    old = Browser()
    cookie = "; ".join(f"{name}={value}" for name, value in before.items())
    status, _, body = old.call(callback, headers={"Cookie": cookie})
    assert status in (400, 401) and body["code"] in ("invalid-login", "login-declined"), body

    # What a token's bearer holds is the browser's too, and the other way round.
    token = log_in(issuer, "alice", "shop")
    admin = Browser()
    show = {
        "name": "A", "artist": "B", "venue": {"name": "C", "city": "D"}, "startsAt": "2050-01-01T20:00:00Z",
        "currency": "EUR", "prices": {"standing": 1000},
        "areas": [{"areaId": "floor", "name": "Floor", "capacity": 10, "category": "standing"}],
    }  # fmt: skip
    bearer = {"Authorization": f"Bearer {log_in(issuer, 'root', 'shop')}"}
    status, headers, body = admin.call(f"{URL}/api/v1/shows", **command(show, **bearer))
    assert status == 201, body
    url = f"{URL}/api/v1/shows/{body['showId']}/holds"
    bearer = {"Authorization": f"Bearer {token}"}
    made = [
        admin.call(url, **command({"areas": {"floor": 1}}, **bearer)),
        alice.call(url, **command({"areas": {"floor": 2}})),
    ]
    assert [one[0] for one in made] == [201, 201], made
    ids = {one[2]["holdId"] for one in made}
    head = {"Last-Seen-Sequence": "head"}
    for reader, headers in [(alice, head), (admin, {**head, **bearer})]:
        status, _, body = reader.call(f"{URL}/api/v1/me/holds", headers=headers)
        assert {one["holdId"] for one in body["holds"]} == ids, body
    # Only an account can be deleted here.
    status, _, body = alice.call(f"{URL}/api/v1/auth/sessions")
    assert status == 200 and len(body["sessions"]) == 1, body
    assert alice.call(f"{URL}/api/v1/auth/logout", method="POST")[0] == 204
    assert alice.call(f"{URL}/api/v1/auth/me")[0] == 401
    assert call(f"{URL}/account")[0] == 200 and call(f"{URL}/api/v1/auth/login", {}, method="POST")[0] == 404
    for path in ("//evil.example", "/%5Cevil.example", "https://evil.example", "/a\r\nSet-Cookie: a=b"):
        status, _, body = alice.call(f"{URL}/api/v1/auth/openid/login?return={urllib.parse.quote(path, safe='')}")
        assert status == 400 and body["code"] == "invalid-request", body
    with open(f"{WORK}/audit.jsonl") as audit:
        entries = [json.loads(line) for line in audit]
    refused = [entry["reason"] for entry in entries if entry["event"] == "login-refused"]
    assert refused[:3] == ["provider: cookie", "provider: state", "provider: state"] and len(refused) == 4, refused
    assert [entry["caller"] for entry in entries if entry["event"] == "login"] == ["alice"], entries
    return len(refused)


def main():
    os.makedirs(f"{WORK}/node", mode=0o700)
    denied = f"{WORK}/denied"
    with open(denied, "w"):
        pass
    with open(os.open(f"{WORK}/client-secret", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write("secret")
    staff = [oidc_provider_mock.User(sub="root", claims={"role": "admin"})]
    with oidc_provider_mock.run_server_in_thread(user_claims=staff) as provider, oidc_provider_mock.run_server_in_thread() as stranger:
        issuers = [f"http://localhost:{one.server_port}" for one in (provider, stranger)]
        with node(issuers[0], denied) as url:
            good = log_in(issuers[0], "auth0|alice@example.com", "shop")
            status, body = holds(url, good)
            assert (status, body) == (200, {"holds": []}), (status, body)
            for token, says in [
                (log_in(issuers[0], "alice", "another-shop"), "audience"),
                (log_in(issuers[1], "alice", "shop"), "issuer"),
                (good[:-8] + "AAAAAAAA", "signature"),
                (good.split(".")[0] + "." + good.split(".")[1] + ".", "signature"),
            ]:
                status, body = holds(url, token)
                assert status == 401 and says in body["detail"], (says, status, body)
            count = try_browser(issuers[0])
    print(f"openid: a token of {claims(good)['iss']} is good, and four others are refused")
    print(f"openid: a browser logs in by the code flow as the same user, and {count} wrong answers open nothing")


main()
