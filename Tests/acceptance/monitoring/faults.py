"""Does an operator see what happens? Puts load on an instance with Prometheus, asks for every panel of the dashboard, then
plants faults and waits for their alerts to fire, heals them and waits for the alerts to clear. See monitoring.sh."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

PROJECT, DATA, ADMIN, *FANS = sys.argv[1:]
INSTANCE = json.load(open(f"{DATA}/instance.json", encoding="utf-8"))
NODE, REPLICA = (node["url"] for node in INSTANCE["nodes"])
PROMETHEUS, SIMULATOR = INSTANCE["monitoring"], INSTANCE["payments"]
SHOW = json.load(open(f"{DATA}/demo-show.json", encoding="utf-8"))["showId"]
# What takes three seconds with the times of monitoring.sh, on a machine that does much else.
SECONDS_MAX = 180
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(url, body=None, token=None, method=None, timeout=10, headers=()):
    """Status and JSON; 0 for no answer."""
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), method=method)
    for name, value in headers:
        request.add_header(name, value)
    if body is not None:
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    if request.get_method() not in ("GET", "HEAD"):
        request.add_header("Idempotency-Key", str(uuid.uuid4()))
    try:
        with NO_PROXY.open(request, timeout=timeout) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
    except (OSError, ValueError):
        return 0, None


def must(status, url, *arguments, **named):
    got, answer = call(url, *arguments, **named)
    if got != status:
        sys.exit(f"{url}: {got} {answer}")
    return answer


def buy(card, fan=0, wait=3):
    """A hold, and an order by this card. The order's id; None: there is no order."""
    status, hold = call(f"{NODE}/api/v1/shows/{SHOW}/holds", {"areas": {"floor": 1}}, FANS[fan])
    if status != 201:
        return None
    order = {"holdId": hold["holdId"], "fencingToken": hold["fencingToken"], "paymentMethod": card}
    _, answer = call(f"{NODE}/api/v1/orders", order, FANS[fan], timeout=15, headers=[("Prefer", f"wait={wait}")])
    return (answer or {}).get("orderId")


class Load(threading.Thread):
    """A few people, who hold, look and buy, until they are told to stop."""

    def __init__(self):
        super().__init__(daemon=True)
        self.over = threading.Event()

    def run(self):
        turn = 0
        while not self.over.wait(0.1):
            turn += 1
            trace = ("traceparent", f"00-{uuid.uuid4().hex}-00f067aa0ba902b7-01")
            call(f"{NODE}/api/v1/shows/{SHOW}/holds", {"areas": {"floor": 1}}, FANS[turn % len(FANS)], headers=[trace])
            call(f"{REPLICA}/api/v1/shows/{SHOW}/availability", headers=[trace])
            if turn % 5 == 0:
                buy("pm_card_visa", wait=1)
                call(f"{NODE}/api/v1/me/orders", token=FANS[0])
                # Rejected, and recorded.
                call(f"{NODE}/api/v1/shows/{SHOW}/holds", {"areas": {"nowhere": 1}}, FANS[0])


def query(expression):
    answer = must(200, f"{PROMETHEUS}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
    return answer["data"]["result"]


def firing():
    """The alerts that fire, with the nodes that they name."""
    alerts = must(200, f"{PROMETHEUS}/api/v1/alerts")["data"]["alerts"]
    return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


def eventually(what, condition):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"not within {SECONDS_MAX} s: {what() if callable(what) else what}; firing: {sorted(firing())}")
        time.sleep(0.25)


def pid(name):
    return int(open(f"{DATA}/run/{name}.pid", encoding="utf-8").read().split()[0])


class Psql:
    """Statements in a session of their own, as the superuser."""

    def __init__(self, sql):
        conninfo = re.sub(r"\buser=\S+", "user=postgres", INSTANCE["postgres"])
        self.command = ["psql", f"{conninfo} application_name=fault", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c"]
        self.process = subprocess.Popen([*self.command, sql], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end(self):
        if self.process.wait(60) != 0:
            sys.exit("psql failed")

    def terminate(self):
        others = "application_name = 'fault' AND pid <> pg_backend_pid()"
        subprocess.run(
            [*self.command, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.process.wait(60)


class Replica:
    """The replica's process, which is killed and started as tools/up did."""

    def __init__(self):
        self.pid = pid("replica-1")
        command = open(f"/proc/{self.pid}/cmdline", "rb").read().split(b"\0")[:-1]
        self.command = [part.decode() for part in command]
        owner = os.stat(f"/proc/{self.pid}")
        self.owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        self.process = None

    def restart(self):
        os.kill(self.pid, signal.SIGKILL)
        if self.process:
            self.process.wait()
        with open(f"{DATA}/log/replica-1.log", "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", umask=0o077, **self.owner
            )
        self.pid = self.process.pid
        with open(f"{DATA}/run/replica-1.pid", "w", encoding="utf-8") as file:
            fields = open(f"/proc/{self.pid}/stat", encoding="utf-8").read().rsplit(") ", 1)[1].split()
            boot = open("/proc/sys/kernel/random/boot_id", encoding="utf-8").read().strip()
            file.write(f"{self.pid} {boot} {fields[19]}\n")


planted = set()


def fault(what, alerts, plant, heal=lambda _: None):
    """Plants one fault, or several at once; each of the alerts must fire, and clear when it is healed."""
    began = time.monotonic()
    planted.update(alerts)
    quiet = set(alerts)

    def all_fired():
        quiet.difference_update(firing())
        return not quiet

    state = plant()
    eventually(lambda: f"{what}: {sorted(quiet)} fire", all_fired)
    fired = time.monotonic()
    heal(state)
    eventually(f"{what} is over: {sorted(alerts)} clear", lambda: not alerts & firing())
    print(f"{what}: {', '.join(sorted(alerts))} fired after {fired - began:.0f} s, cleared {time.monotonic() - fired:.0f} s later")


def panels():
    """Every expression of the dashboard, as Grafana would ask for it."""
    dashboard = json.load(open(f"{PROJECT}/tools/monitoring/dashboard.json", encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$__rate_interval", "10s").replace("$node", ".*")


def waiting_room():
    show = {
        "name": "Small", "artist": "Nobody", "venue": {"name": "Hall", "city": "Gent"}, "startsAt": "2035-01-01T00:00:00Z",
        "currency": "EUR", "prices": {"A": 100}, "areas": [{"areaId": "floor", "name": "Floor", "capacity": 50, "category": "A"}],
    }  # fmt: skip
    show_id = must(201, f"{NODE}/api/v1/shows", show, ADMIN)["showId"]
    room = f"{NODE}/api/v1/shows/{show_id}/queue"
    # Room for one: the second waits.
    settings = {"opensAt": "2020-01-01T00:00:00Z", "admitPerMinute": 600, "maxActive": 1, "claimSeconds": 600}
    must(200, room, settings, ADMIN, method="PUT")
    for fan in FANS[:3]:
        must(201, f"{room}/entries", {}, fan)
    return room


def parked():
    for _ in range(2):
        buy("pm_card_captureRefused", wait=1)


def void_parked(_):
    listed = subprocess.run(
        [f"{PROJECT}/tools/payments", "list", "--data", DATA], check=True, capture_output=True, text=True
    ).stdout
    for line in listed.splitlines():
        order = json.loads(line)["orderId"]
        subprocess.run([f"{PROJECT}/tools/payments", "void", order, "--data", DATA], check=True)


def several(*parts):
    """A fault of several: plants and heals them together."""
    return (
        lambda: [plant() for plant, _ in parts],
        lambda states: [heal(state) for (_, heal), state in zip(parts, states)],
    )


def stop_postgres():
    subprocess.run([f"{PROJECT}/tools/postgres", "stop", f"{DATA}/postgres"], check=True, capture_output=True)
    replica.restart()


def start_postgres(_):
    subprocess.run([f"{PROJECT}/tools/postgres", "start", f"{DATA}/postgres"], check=True, capture_output=True)


def restart_thrice():
    def started():
        return [series["value"][1] for series in query('process_start_time_seconds{node="replica-1"}')]

    for _ in range(3):
        eventually("the replica is looked at", started)
        before = started()
        replica.restart()
        eventually("the replica is looked at again", lambda: started() and started() != before)  # noqa: B023


def set_files(target, soft, hard):
    """Its owner may change the limits of a process; root may lack the right to in a container."""
    owner = os.stat(f"/proc/{target}")
    subprocess.run(
        ["prlimit", f"--pid={target}", f"--nofile={soft}:{hard}"], check=True,
        **({"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}),
    )  # fmt: skip


def few_files():
    target = pid("node")
    limits = open(f"/proc/{target}/limits", encoding="utf-8").read()
    soft, hard = re.search(r"Max open files\s+(\d+)\s+(\d+)", limits).groups()
    used = len(os.listdir(f"/proc/{target}/fd"))
    set_files(target, used + used // 8 + 3, hard)
    return target, soft, hard


def many_files(state):
    set_files(*state)


def fail_provider():
    must(200, f"{SIMULATOR}/faults", {"rate": 1, "seed": 1})
    for fan in range(len(FANS)):
        for _ in range(3):
            buy("pm_card_visa", fan, wait=0)


def dead_webhooks():
    webhooks = f"{NODE}/api/v1/organisations/instance/webhooks"
    return [f"{webhooks}/{must(201, webhooks, {'url': 'https://localhost:1/'}, ADMIN)['webhookId']}" for _ in range(2)]


def delete_webhooks(urls):
    for url in urls:
        must(204, url, token=ADMIN, method="DELETE")


def rename(table, name):
    Psql(f"ALTER TABLE {table} RENAME TO {name}").end()


replica = Replica()
load = Load()
load.start()
room = waiting_room()
buy("pm_card_visa")
time.sleep(8)

missing = list(panels())


def fewer():
    missing[:] = [panel for panel in missing if not query(panel[1])]
    return not missing


eventually(lambda: f"all panels have data, but for {missing}", fewer)
print(f"{len(list(panels()))} expressions of the dashboard have data")
request = urllib.request.Request(INSTANCE["nodes"][0]["operations"] + "/metrics")
request.add_header("Accept", "application/openmetrics-text; version=1.0.0")
exposed = NO_PROXY.open(request, timeout=10).read().decode()
if not exposed.endswith("# EOF\n") or not re.search(r'_bucket\{.*\} \d+ # \{trace_id="[0-9a-f]{32}"\} ', exposed):
    sys.exit("OpenMetrics has no exemplars")

fault(
    "cards are declined, captures refused, the orders locked, a room full",
    {"CheckoutsFail", "PaymentsParked", "ViewLags", "WaitingRoomStalls"},
    *several(
        (lambda: [buy("pm_card_chargeDeclined", fan, wait=1) for _ in range(4) for fan in range(len(FANS))], lambda _: None),
        (parked, void_parked),
        (
            lambda: Psql("BEGIN; LOCK TABLE holdfast_orders.checkpoint; SELECT pg_sleep(25) IS NULL; COMMIT"),
            Psql.terminate,
        ),
        (lambda: None, lambda _: must(200, f"{room}/end", {}, ADMIN)),
    ),
)
fault(
    "somebody locks the log's head, and a node may not open files",
    {"AppendsSlow", "RequestsSlow", "FilesNearLimit"},
    *several(
        (
            lambda: Psql("; ".join(["BEGIN; SELECT epoch IS NULL FROM holdfast.log_head FOR UPDATE; SELECT pg_sleep(1.5) IS NULL; COMMIT"] * 6)),
            Psql.end,
        ),
        (few_files, many_files),
    ),
)
fault(
    "nobody takes webhooks, and a sink's checkpoint is gone",
    {"WebhooksFail", "SinkFails"},
    *several(
        (dead_webhooks, delete_webhooks),
        (lambda: rename("holdfast_sinks.checkpoints", "lost"), lambda _: rename("holdfast_sinks.lost", "checkpoints")),
    ),
)
fault("the provider fails", {"PaymentProviderFails"}, fail_provider, lambda _: must(200, f"{SIMULATOR}/faults", {"rate": 0, "seed": 1}))
fault(
    "PostgreSQL is away, and a replica starts meanwhile",
    {"PostgresErrors", "AppendsFail", "RequestErrors", "PaymentsUnattended", "NodeNotReady"},
    stop_postgres,
    start_postgres,
)
fault("a replica starts again and again", {"NodeRestarts"}, restart_thrice)
fault(
    "the command node stands still",
    {"NodeDown", "FanoutSilent"},
    lambda: os.kill(pid("node"), signal.SIGSTOP),
    lambda _: os.kill(pid("node"), signal.SIGCONT),
)
load.over.set()
load.join()
rules = open(f"{PROJECT}/tools/monitoring/rules.yml", encoding="utf-8").read()
unplanted = set(re.findall(r"alert: (\w+)", rules)) - planted
tested = set(re.findall(r"alertname: (\w+)", open(f"{PROJECT}/Tests/acceptance/monitoring/rules-test.yml", encoding="utf-8").read()))
if unplanted - tested:
    sys.exit(f"nobody tries {sorted(unplanted - tested)}")
print(f"{len(planted)} alerts fired and cleared, {len(unplanted)} are tried on made-up series")
