"""Makes every call of the API as somebody of every role. See roles.sh."""

import http.client
import json
import os
import re
import subprocess
import sys
import time

import yaml

HOLDFAST, POSTGRES, WORK, OPENAPI = sys.argv[1:]
COVERED = {
    "scanner": {"scanner", "supervisor", "organiser", "admin"},
    "supervisor": {"supervisor", "organiser", "admin"},
    "support": {"support", "organiser", "admin"},
    "organiser": {"organiser", "admin"},
    "operator": {"operator", "admin"},
    "admin": {"admin"},
}
SHOW = {
    "name": "Night", "artist": "Band", "venue": {"name": "Hall", "city": "Ghent"}, "startsAt": "2031-01-01T20:00:00Z",
    "currency": "EUR", "prices": {"A": 1000}, "areas": [{"areaId": "floor", "name": "F", "capacity": 99, "category": "A"}],
}  # fmt: skip
keys = iter(range(10**9))


def token(subject, *more):
    return subprocess.check_output([HOLDFAST, "token", subject, "--data", WORK, *more], text=True).strip()


def call(port, method, path, caller=None, body=None, behalf=None):
    """Status and body; of a stream the beginning."""
    headers = {"Idempotency-Key": f"k{next(keys)}"}
    if caller:
        headers["Authorization"] = f"Bearer {caller}"
    if behalf:
        headers["On-Behalf-Of"] = behalf
    if body is not None:
        headers["Content-Type"] = "application/json"
    if method == "GET" and not path.endswith("/stream"):
        headers["Last-Seen-Sequence"] = "head"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    is_stream = answer.getheader("Content-Type", "").startswith("text/event-stream")
    content = b"" if is_stream else answer.read()
    connection.close()
    try:
        return answer.status, json.loads(content)
    except ValueError:
        return answer.status, content


def make(port, path, caller, body):
    status, made = call(port, "POST", path, caller, body)
    assert status == 201, (status, made)
    return made


def main(port):
    admin = token("boss", "--role", "admin")
    organisations = [make(port, "/api/v1/organisations", admin, {"name": n})["organisationId"] for n in ("Acme", "Bolt")]
    # Of each caller: the token, the role, and the organisation that it is for; None: for all.
    callers = {"nobody": (None, None, None), "fan": (token("fan"), "user", None), "admin": (admin, "admin", None)}
    for role in ("support", "organiser", "operator"):
        callers[f"{role} by token"] = (token(f"t-{role}", "--role", role), role, None)
    for role in ("support", "organiser", "operator", "admin"):
        callers[f"{role} of all"] = (token(f"i-{role}"), role, None)
        status, said = call(port, "PUT", f"/api/v1/organisations/instance/members/i-{role}", admin, {"role": role})
        assert status == 200, (status, said)
    for place, organisation in enumerate(organisations):
        for role in ("scanner", "supervisor", "support", "organiser"):
            user = f"{role}-{place}"
            callers[f"{role} of {place}"] = (token(user), role, organisation)
            status, said = call(
                port, "PUT", f"/api/v1/organisations/{organisation}/members/{user}", admin, {"role": role}
            )
            assert status == 200, (status, said)
        callers[f"token of {place}"] = (
            token(f"o-{place}", "--role", "organiser", "--organisation", organisation), "organiser", organisation
        )  # fmt: skip
        for scope, role in (("scan", "scanner"), ("support", "support"), ("manage", "organiser")):
            key = make(port, f"/api/v1/organisations/{organisation}/keys", admin, {"name": scope, "scopes": [scope]})
            callers[f"key {scope} of {place}"] = (key["key"], role, organisation)
    shows = [
        make(port, "/api/v1/shows", callers[f"organiser of {place}"][0], SHOW)["showId"] for place in (0, 1)
    ]
    drafts = [
        make(port, "/api/v1/shows", callers[f"token of {place}"][0], SHOW | {"draft": True})["showId"]
        for place in (0, 1)
    ]
    faults = list(matrix(port, callers, organisations, shows))
    faults += drafts_are_hidden(port, callers, drafts, organisations)
    faults += keys_act_for_customers(port, admin, organisations, shows)
    assert not faults, "\n".join(faults)


def matrix(port, callers, organisations, shows):
    """What each call answers to each caller, about what the first organisation has."""
    with open(OPENAPI) as file:
        paths = yaml.load(file, yaml.CSafeLoader)["paths"]
    count = 0
    for template, calls in paths.items():
        for method, described in calls.items():
            access = described.get("x-access") if isinstance(described, dict) else None
            # Accounts are another listener's test, and a show that is cancelled has no more to try.
            if not access or any(part in template for part in ("/auth/", "/notices")) or template.endswith("/cancel"):
                continue
            path = template.replace("{export}", "orders").replace("{userId}", "somebody").replace("{keyId}", "none")
            path = path.replace("{entryId}", f"{shows[0]}-entry").replace("{webhookId}", f"wh_{0:032}")
            if template.startswith("/api/v1/shows/"):
                path = path.replace("{id}", shows[0])
            elif template.startswith("/api/v1/organisations/"):
                path = path.replace("{id}", organisations[0])
            elif template.startswith("/api/v1/tickets/"):
                path = path.replace("{id}", f"{shows[0]}-order-1")
            else:
                path = path.replace("{id}", f"{shows[0]}-none")
            assert "{" not in path, path
            for name, (caller, role, organisation) in callers.items():
                status, said = call(port, method.upper(), path, caller, {} if "requestBody" in described else None)
                count += 1
                code = said.get("code") if isinstance(said, dict) else None
                if access == "everybody":
                    security = described.get("security", [{}])
                    needs = bool(security) and {} not in security
                    good = status != 403 and (status == 401) == (needs and caller is None)
                elif caller is None:
                    good = status == 401
                elif access == "callers":
                    good = status not in (401, 403)
                else:
                    mine = organisation in (None, organisations[0]) or "{" not in template
                    may = role in COVERED[access] and mine
                    # A key changes neither members nor keys, and is told of no show of another's.
                    of_webhooks = "/webhooks" in template
                    if name.startswith("key") and "/organisations/" in template and method != "get" and not of_webhooks:
                        may = False
                    if name.startswith("key") and not mine and template.startswith(("/api/v1/organisations/",)):
                        may = False
                    good = (status not in (401, 403)) if may else (
                        status == 403 or (name.startswith("key") and not mine and code == "show-not-found")
                    )
                    # Whoever may scan by a token alone has to say where.
                    if not good and may and code == "forbidden" and "by token" in name and "scan" in access:
                        good = True
                if status >= 500:
                    good = False
                if not good:
                    yield f"{method.upper()} {path} ({access}) as {name}: {status} {said}"
    assert count > 1_000, count
    print(f"{count} calls")


def drafts_are_hidden(port, callers, drafts, organisations):
    for name, (caller, role, organisation) in callers.items():
        for place, draft in enumerate(drafts):
            may = role in COVERED["organiser"] and organisation in (None, organisations[place])
            for path in (f"/api/v1/shows/{draft}", f"/api/v1/shows/{draft}/availability"):
                status, _ = call(port, "GET", path, caller)
                if status != (200 if may else 404):
                    yield f"{path} as {name}: {status}"
            status, page = call(port, "GET", "/api/v1/shows?limit=100", caller)
            if any(show["showId"] == draft for show in page["shows"]) != may:
                yield f"the list of shows as {name}: {draft} {may}"


def keys_act_for_customers(port, admin, organisations, shows):
    selling = [
        make(port, f"/api/v1/organisations/{one}/keys", admin, {"name": "shop", "scopes": ["sell"]}) for one in organisations
    ]
    one, other = (key["key"] for key in selling)
    seats = {"areas": {"floor": 1}}
    status, hold = call(port, "POST", f"/api/v1/shows/{shows[0]}/holds", one, seats, behalf="c-1")
    if status != 201:
        yield f"a hold for a customer: {status} {hold}"
        return
    path = f"/api/v1/holds/{hold['holdId']}"
    for what, expected, got in [
        ("the customer's hold", 200, call(port, "GET", path, one, behalf="c-1")),
        ("another customer's", 404, call(port, "GET", path, one, behalf="c-2")),
        ("the other organisation's customer of that name", 404, call(port, "GET", path, other, behalf="c-1")),
        ("its release by them", 404, call(port, "DELETE", path, other, behalf="c-1")),
        ("a hold of another's show", 404, call(port, "POST", f"/api/v1/shows/{shows[1]}/holds", one, seats, behalf="c-1")),
        ("a hold for nobody", 400, call(port, "POST", f"/api/v1/shows/{shows[0]}/holds", one, seats)),
        ("a fan for another", 403, call(port, "GET", path, token("fan"), behalf="c-1")),
        ("nobody for another", 403, call(port, "GET", f"/api/v1/shows/{shows[0]}", None, behalf="c-1")),
        ("a forged key", 401, call(port, "GET", path, one[:-1] + ("A" if one[-1] != "A" else "B"), behalf="c-1")),
        ("a customer of no name", 400, call(port, "GET", path, one, behalf=" x y ")),
    ]:  # fmt: skip
        if got[0] != expected:
            yield f"{what}: {got} in place of {expected}"
    keys_path = f"/api/v1/organisations/{organisations[0]}/keys"
    make(port, keys_path, admin, {"name": "shop", "scopes": ["sell"]})
    status, said = call(port, "POST", keys_path, admin, {"name": "shop", "scopes": ["sell"]})
    if (status, said.get("code")) != (409, "too-many-keys"):
        yield f"a third key of one name: {status} {said}"
    status, _ = call(port, "DELETE", f"{keys_path}/{selling[0]['keyId']}", admin)
    revoked, _ = call(port, "GET", path, one, behalf="c-1")
    if (status, revoked) != (204, 401):
        yield f"a revoked key: {status}, then {revoked}"
    member = f"/api/v1/organisations/{organisations[0]}/members/organiser-0"
    status, _ = call(port, "DELETE", member, admin)
    later, _ = call(port, "GET", f"/api/v1/shows/{shows[0]}/orders", token("organiser-0"))
    if (status, later) != (204, 403):
        yield f"a role that was taken away: {status}, then {later}"


def started():
    with open(f"{WORK}/node.log", "w") as log:
        process = subprocess.Popen(
            [
                HOLDFAST, "serve", "--http-port", "0", "--data", f"{WORK}/node", "--postgres-url", POSTGRES,
                "--jwt-issuer", "urn:holdfast:local", "--jwt-audiences", "holdfast",
                "--jwt-jwks", f"{WORK}/keys/jwks.json", "--log-head-key", f"{WORK}/keys/log-key.pem",
                "--ticket-key", f"{WORK}/keys/ticket-key.pem", "--publish-endpoint", f"ipc://{WORK}/node.ipc",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with open(f"{WORK}/node.log") as log:
            found = re.search(r"127\.0\.0\.1:(\d+)", log.read())
        if found:
            port = int(found.group(1))
            try:
                if call(port, "GET", "/health/ready")[0] == 200:
                    return process, port
            except OSError:
                pass
        time.sleep(0.05)
    raise AssertionError("the node is not ready")


if __name__ == "__main__":
    os.makedirs(f"{WORK}/node", mode=0o700)
    process, port = started()
    try:
        main(port)
    finally:
        process.terminate()
        assert process.wait(30) == 0
