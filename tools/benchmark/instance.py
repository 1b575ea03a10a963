"""A private PostgreSQL with Holdfast's log, and whatever runs on it."""

import json
import os
import shutil
import uuid

from .processes import Failure, Server, ensure_package, run

USERS = 1000

# Debian's settings where they matter (sendfile, tcp_nopush), and nothing that costs: no access log, files stay open.
NGINX = """daemon off;
user www-data;
worker_processes auto;
error_log stderr;
pid {folder}/pid;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=16;
  keepalive_requests 1000000000;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location = {path} {{ alias {file}; }}
    location = /health/ready {{ return 200; }}
  }}
}}
"""


class Instance:
    """Everything lives in one folder that is deleted at the end."""

    def __init__(self, project, binaries, folder):
        self.project = project
        self.binaries = binaries
        self.folder = folder
        self.superuser = None
        self.tokens = []
        self.nodes = 0

    def tool(self, name):
        return os.path.join(self.project, "tools", name)

    def binary(self, name):
        return os.path.join(self.binaries, name)

    def __enter__(self):
        os.makedirs(self.folder, mode=0o755, exist_ok=True)
        os.chmod(self.folder, 0o755)  # PostgreSQL may have to run as another user.
        try:
            self.superuser = run(self.tool("postgres"), "start", self.path("postgres")).strip().splitlines()[-1]
            run(self.binary("holdfast"), "keys", "--data", self.folder)
            self.tokens = run(
                self.binary("logbench"), "tokens", "--data", self.folder, "--count", USERS
            ).split()
            self.admin = run(
                self.binary("holdfast"), "token", "admin", "--role", "admin", "--data", self.folder
            ).strip()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        run(self.tool("postgres"), "remove", self.path("postgres"))
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    # MARK: the database

    def database(self, name):
        """The superuser's connection string of a database, made when it is not there."""
        exists = self.sql(self.superuser, f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
        if not exists:
            self.sql(self.superuser, f"CREATE DATABASE {name}")
        return self.superuser.replace("dbname=postgres", f"dbname={name}")

    def log(self, name):
        """The application's connection string of an empty log."""
        conninfo = self.database(name)
        run(self.tool("migrate"), conninfo)
        return conninfo.replace("user=postgres", "user=holdfast_appender")

    def drop(self, name):
        self.sql(self.superuser, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def bytes(self, log):
        """What a log takes on the disk, with its indexes."""
        conninfo = log.replace("user=holdfast_appender", "user=postgres")
        self.sql(conninfo, "CHECKPOINT")
        return int(self.sql(conninfo, "SELECT pg_database_size(current_database())"))

    def sql(self, conninfo, statement):
        return run("psql", conninfo, "-XAtqc", statement).strip()

    @property
    def postmaster(self):
        with open(os.path.join(os.path.realpath(self.path("postgres", "cluster")), "postmaster.pid")) as lines:
            return int(lines.readline())

    # MARK: servers

    def node(self, log, roles="command,query", data=None, subscribe=None, payments=None, flags=()):
        """A Holdfast process, not started yet. With `payments`, the provider's server, it settles payments too; `flags` are
        more of its flags."""
        if payments:
            roles += ",payments"
        self.nodes += 1
        name = f"node-{self.nodes}"
        data = data or self.path(name)
        os.makedirs(data, exist_ok=True)
        endpoint = f"ipc://{self.path(name)}.ipc"
        command = [
            self.binary("holdfast"), "serve", "--roles", roles, "--http-port", "{port}", "--data", data,
            "--postgres-url", log, "--jwt-jwks", self.path("keys", "jwks.json"), "--log-level", "warning",
            "--subscribe-endpoints", subscribe or endpoint, *flags,
        ]  # fmt: skip
        if "command" in roles:
            command += ["--publish-endpoint", endpoint]
        if payments:
            command += ["--payments-url", f"http://127.0.0.1:{payments.port}", "--payments-key", payments.key]
        server = Server(name, self.path(f"{name}.log"), *command)
        server.endpoint = endpoint
        server.data = data
        return server

    def payments_simulator(self):
        """A payment provider at which nothing goes wrong, with a ledger of its own."""
        key = self.path("payments.key")
        with open(key, "w") as file:
            os.chmod(key, 0o600)
            file.write("sk_test_benchmark\n")
        server = Server(
            "payments-simulator", self.path("payments-simulator.log"), self.binary("payments-simulator"),
            "--port", "{port}", "--data", self.path("ledger.jsonl"), "--secret-key-file", key, health="/health",
        )  # fmt: skip
        server.key = key
        return server

    def baseline(self, design, *arguments):
        return Server(
            design, self.path(f"{design}.log"), self.binary("baseline"), "--design", design, "--port", "{port}",
            *arguments,
        )  # fmt: skip

    def nginx(self, path, file):
        """Debian's nginx, which serves one file at one path."""
        ensure_package(self.project, "nginx")
        folder = self.path("nginx")
        os.makedirs(folder, exist_ok=True)
        configuration = os.path.join(folder, "nginx.conf")
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        server = Server("nginx", self.path("nginx.log"), program, "-p", folder, "-c", configuration, "-e", "stderr")
        with open(configuration, "w") as out:
            out.write(NGINX.format(folder=folder, port=server.port, path=path, file=file))
        return server

    # MARK: shows

    def create_show(self, node, **show):
        """The id of a new show."""
        body = {
            "name": "Benchmark", "artist": "The Regulars", "venue": {"name": "Hall", "city": "Hamburg"},
            "startsAt": "2035-06-16T18:00:00Z", "currency": "EUR", "prices": {"Floor": 7900, "Seat": 6900},
            "holdSeconds": 86400, "maxSeatsPerHold": 10, "maxSeatsPerUser": 1_000_000, **show,
        }  # fmt: skip
        headers = {
            "Authorization": f"Bearer {self.admin}", "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }  # fmt: skip
        status, answer = node.request("POST", "/api/v1/shows", headers, json.dumps(body))
        if status != 201:
            raise Failure(f"the show was not created: {status} {answer[:500]}")
        return json.loads(answer)["showId"]


def areas(count, capacity):
    return [
        {"areaId": f"a{n}", "name": f"Area {n}", "capacity": capacity, "category": "Floor"} for n in range(count)
    ]


def hall(seats, per_row=50):
    """A seating plan of straight rows; seats are called r1-1, r1-2, …"""
    rows = []
    for row in range((seats + per_row - 1) // per_row):
        rows.append(
            {
                "row_number": f"{row + 1}",
                "position": {"x": 0, "y": row * 40},
                "seats": [
                    {
                        "seat_guid": f"r{row + 1}-{n + 1}", "seat_number": f"{n + 1}",
                        "position": {"x": n * 25, "y": 0}, "category": "Seat",
                    }  # fmt: skip
                    for n in range(min(per_row, seats - row * per_row))
                ],
            }
        )
    return {
        "name": "Hall", "size": {"width": per_row * 25, "height": len(rows) * 40},
        "categories": [{"name": "Seat", "color": "#3f7fbf"}],
        "zones": [{"name": "Hall", "position": {"x": 0, "y": 0}, "rows": rows, "areas": []}],
    }  # fmt: skip


def hall_seats(seats, per_row=50):
    """The names of the seats of `hall`, in plan order."""
    return [f"r{n // per_row + 1}-{n % per_row + 1}" for n in range(seats)]
