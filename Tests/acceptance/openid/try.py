"""Logs in at a provider as a web shop does, and calls a node with the tokens. See openid.sh."""

import base64
import contextlib
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import oidc_provider_mock

HOLDFAST, POSTGRES, WORK = sys.argv[1:]
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
                HOLDFAST, "serve", "--http-port", "0", "--data", f"{WORK}/node", "--postgres-url", POSTGRES,
                "--jwt-issuer", issuer, "--jwt-audiences", "shop", "--jwt-denied", denied,
                "--ticket-key", f"{WORK}/keys/ticket-key.pem", "--publish-endpoint", f"ipc://{WORK}/node.ipc",
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
        with open(f"{WORK}/node.log") as log:
            found = re.search(r"127\.0\.0\.1:(\d+)", log.read())
        if found:
            url = f"http://127.0.0.1:{found[1]}"
            with contextlib.suppress(OSError):
                if call(f"{url}/health/ready")[0] == 200:
                    return url
        time.sleep(0.05)
    raise AssertionError("the node is not ready")


def holds(url, token):
    status, _, body = call(f"{url}/api/v1/me/holds", headers={"Authorization": f"Bearer {token}"})
    return status, json.loads(body)


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def main():
    os.makedirs(f"{WORK}/node", mode=0o700)
    denied = f"{WORK}/denied"
    with open(denied, "w"):
        pass
    with oidc_provider_mock.run_server_in_thread() as provider, oidc_provider_mock.run_server_in_thread() as stranger:
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
    print(f"openid: a token of {claims(good)['iss']} is good, and four others are refused")


main()
