"""Processes that a benchmark starts, and always stops itself."""

import http.client
import os
import signal
import socket
import subprocess
import time

STOP_SECONDS_MAX = 20
READY_SECONDS_MAX = 300  # a replica may have ten million events to read


class Failure(Exception):
    """Something a benchmark needs did not work; the message is for people."""


def say(text):
    print(f"==> {text}", flush=True)


def reserved_port():
    """A socket that keeps a free port: bound, but not listening, so that the system gives the port to nobody who asks for
    any, and a server that is told to listen on it can (both set SO_REUSEADDR)."""
    kept = socket.socket()
    kept.bind(("127.0.0.1", 0))
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return kept


def run(*command):
    """Runs a command to its end; returns what it printed."""
    return ran(*command).stdout


def ran(*command):
    """The same, with what it said on standard error."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{command[0]} failed:\n{(done.stderr or done.stdout)[-2000:]}")
    return done


def ensure_package(project, name):
    """Installs a Debian package where what it brings is missing, as the other tools do."""
    lib = os.path.join(project, "tools", "lib")
    script = f'set -euo pipefail; source "{lib}/report.sh"; source "{lib}/packages.sh"; ensure_packages "$1"'
    if subprocess.run(["bash", "-c", script, "bench", name], check=False).returncode != 0:
        raise Failure(f"{name} is missing")


class Server:
    """A server process on a port of its own. It is stopped at the end of a `with` block, whatever happened in it."""

    def __init__(self, name, log, *command, health="/health/ready"):
        self.name = name
        self.health = health
        self.reserved = reserved_port()
        self.port = self.reserved.getsockname()[1]
        self.reserved_for_operations = reserved_port()
        self.operations_port = self.reserved_for_operations.getsockname()[1]
        self.log = log
        self.command = [str(part).format(port=self.port) for part in command]
        self.process = None
        self.ready_after = None

    def start(self):
        with open(self.log, "ab") as log:
            # Of a session of its own: Ctrl-C is for the benchmark, which stops things in order.
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                # Builds of before do not know the flag.
                env=os.environ | {"HOLDFAST_OPERATIONS_PORT": str(self.operations_port)},
            )  # fmt: skip
        return self

    def __enter__(self):
        if self.process is None:
            self.start()
            try:
                self.ready_after = self.wait_until_ready()
            except BaseException:
                self.stop()
                raise
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid

    def wait_until_ready(self, pause=0.01):
        """Seconds until `health` says yes."""
        start = time.monotonic()
        while time.monotonic() - start < READY_SECONDS_MAX:
            if self.process.poll() is not None:
                with open(self.log, errors="replace") as log:
                    raise Failure(f"{self.name} stopped while starting:\n{log.read()[-2000:]}")
            if self.is_ready():
                return time.monotonic() - start
            time.sleep(pause)
        raise Failure(f"{self.name} is not ready after {READY_SECONDS_MAX} s; its log is {self.log}")

    def is_ready(self):
        try:
            return self.request("GET", self.health)[0] == 200
        except OSError:
            return False

    def request(self, method, path, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def operations(self, path):
        """Asks the listener for operators; builds of before have all at one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.operations_port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except ConnectionRefusedError:
            return self.request("GET", path)
        finally:
            connection.close()

    def metrics(self, *names):
        """What the series of these metrics say, by series."""
        status, answer = self.operations("/metrics")
        if status != 200:
            raise Failure(f"no metrics: {status} {answer}")
        lines = (line.rsplit(" ", 1) for line in answer.decode().splitlines() if not line.startswith("#"))
        return {series: float(value) for series, value in lines if series.partition("{")[0] in names}

    def memory(self):
        """Bytes of memory that are its own and in use, in MiB (Pss: shared pages count once)."""
        with open(f"/proc/{self.pid}/smaps_rollup") as lines:
            for line in lines:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) / 1024
        raise Failure("no Pss in smaps_rollup")

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not stop in time and is killed")
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
