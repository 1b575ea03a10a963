"""A RabbitMQ server of Debian's, on loopback and in a folder of its own."""

import os
import secrets
import signal
import socket
import subprocess
import time

PROGRAMS = "/usr/lib/rabbitmq/bin"  # what Debian has in PATH insists on a user of its own
TRIES = 3
DEADLINE = 60


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class RabbitMQ:
    USER = "shop"

    def __init__(self, folder, certificate=None, key=None):
        """Starts to start; ``wait`` waits until it is there. With a certificate and its key (PEM files), it takes TLS too."""
        self.folder = folder
        self.certificate, self.key = certificate, key
        self.password = secrets.token_urlsafe(24)
        self.password_file = f"{folder}/password"
        os.makedirs(folder, mode=0o700)
        with open(os.open(self.password_file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(self.password)
        with open(f"{folder}/enabled_plugins", "w") as file:
            file.write("[].")
        self.tries = 0
        self.epmd = self.process = None
        self.begin()

    def begin(self):
        self.port, self.tls_port, self.distribution, epmd_port = free_ports(4)
        self.environment = os.environ | {
            "HOME": self.folder,  # has the cookie
            "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(epmd_port),
            "RABBITMQ_NODENAME": f"holdfast-{os.getpid()}@localhost", "RABBITMQ_CONFIG_FILE": f"{self.folder}/rabbitmq.conf",
            "RABBITMQ_MNESIA_BASE": f"{self.folder}/data", "RABBITMQ_LOG_BASE": f"{self.folder}/log",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self.folder}/enabled_plugins", "RABBITMQ_PID_FILE": f"{self.folder}/pid",
            "RABBITMQ_DIST_PORT": str(self.distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
        }  # fmt: skip
        with open(f"{self.folder}/rabbitmq.conf", "w") as file:
            file.write(
                f"listeners.tcp.1 = 127.0.0.1:{self.port}\ndisk_free_limit.absolute = 10MB\n"
                f"default_user = {self.USER}\ndefault_pass = {self.password}\n"
            )
            if self.certificate:
                file.write(
                    f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}\nssl_options.keyfile = {self.key}\n"
                    f"ssl_options.certfile = {self.certificate}\nssl_options.cacertfile = {self.certificate}\n"
                )
        # The server would start one that outlives it, on every address.
        self.epmd = subprocess.Popen(
            ["epmd", "-address", "127.0.0.1", "-port", str(epmd_port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=self.environment,
        )  # fmt: skip
        self.start()

    def start(self):
        if os.path.exists(f"{self.folder}/pid"):
            os.remove(f"{self.folder}/pid")
        with open(f"{self.folder}/out.log", "a") as log:
            self.process = subprocess.Popen(
                [f"{PROGRAMS}/rabbitmq-server"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
            )

    def wait(self):
        deadline = time.monotonic() + DEADLINE
        while True:
            if self.process.poll() is not None:
                # Another may have taken a port.
                self.tries += 1
                assert self.tries < TRIES, f"RabbitMQ does not start: {self.said()}"
                self.stop()
                self.begin()
            try:
                for port in [self.port] + [self.tls_port] * bool(self.certificate):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                assert time.monotonic() < deadline, f"RabbitMQ is not ready: {self.said()}"
                time.sleep(0.1)

    def said(self):
        with open(f"{self.folder}/out.log") as log:
            return log.read()[-2000:]

    def kill(self):
        """Without a chance to clean up."""
        with open(f"{self.folder}/pid") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        self.process.wait(30)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.epmd:
            self.epmd.kill()
            self.epmd.wait()
