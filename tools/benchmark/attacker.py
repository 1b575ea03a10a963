"""One caller who does their worst to a node: python3 attacker.py PORT SHOW, with an access token on standard input.

Goes on until it is stopped. It is paced, so that it takes the node's time and not the machine's.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import sys

LARGE_BODY_BYTES = 16 * 1024
# Of each kind.
REQUESTS_PER_SECOND = 100
SLOW_CONNECTIONS = 40
STREAMS = 40
# An address of the attacker's own, as the proxy tells it.
ADDRESS = "203.0.113.9"


class Attacker:
    def __init__(self, port, show, token):
        self.port, self.show, self.token = port, show, token
        self.keys = itertools.count()
        self.answers = {}

    def head(self, method, path, token, *fields):
        lines = [
            f"{method} /api/v1/{path} HTTP/1.1", "Host: localhost", f"X-Forwarded-For: {ADDRESS}",
            f"Authorization: Bearer {token}", f"Idempotency-Key: attack-{next(self.keys)}", *fields,
        ]  # fmt: skip
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def requests(self, name, make):
        """As many a second as REQUESTS_PER_SECOND, one after the other, on one connection as long as it lasts."""
        reader = writer = None
        while True:
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(make())
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").lower().split("\r\n")
                key = f"{name} {lines[0].split()[1]}"
                self.answers[key] = self.answers.get(key, 0) + 1
                length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
                await reader.readexactly(length)
                if "connection: close" in lines:
                    raise ConnectionResetError
            except (OSError, asyncio.IncompleteReadError):
                if writer is not None:
                    writer.close()
                writer = None
            await asyncio.sleep(1 / REQUESTS_PER_SECOND)

    def large_body(self):
        body = b'{"seats":[' + b"0," * (LARGE_BODY_BYTES // 2 - 16) + b"0]}"
        return self.head(
            "POST", f"shows/{self.show}/holds", self.token, "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ) + body  # fmt: skip

    def refusal(self):
        return self.head("DELETE", f"holds/{self.show}.nothing{next(self.keys)}", self.token)

    def forged(self):
        def part(value):
            return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

        claims = {"sub": f"forged-{next(self.keys)}", "exp": 4_000_000_000}
        token = f"{part({'alg': 'EdDSA'})}.{part(claims)}.{'A' * 86}"
        return self.head("GET", "me/holds", token)

    async def slow_body(self):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(
                    self.head("POST", f"shows/{self.show}/holds", self.token, f"Content-Length: {LARGE_BODY_BYTES}")
                )
                with contextlib.closing(writer):
                    for _ in range(60):
                        writer.write(b" ")
                        await writer.drain()
                        await asyncio.sleep(0.5)
            await asyncio.sleep(0.5)

    async def stream(self):
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(self.head("GET", f"shows/{self.show}/availability/stream", self.token))
                with contextlib.closing(writer):
                    while await reader.read(65536):
                        pass
            await asyncio.sleep(0.5)

    async def run(self):
        async with asyncio.TaskGroup() as tasks:
            for name, make in (("large", self.large_body), ("refused", self.refusal), ("forged", self.forged)):
                tasks.create_task(self.requests(name, make))
            for _ in range(SLOW_CONNECTIONS):
                tasks.create_task(self.slow_body())
            for _ in range(STREAMS):
                tasks.create_task(self.stream())


def main():
    attacker = Attacker(int(sys.argv[1]), sys.argv[2], sys.stdin.readline().strip())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(attacker.run())
    # What became of it, for whoever looks.
    print(json.dumps(attacker.answers))


if __name__ == "__main__":
    main()
