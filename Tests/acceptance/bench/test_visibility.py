import contextlib
import http.server
import json
import os
import subprocess
import threading
import time
import unittest


class Shop(http.server.ThreadingHTTPServer):
    """Takes holds at once, and shows them only when `shows` says so."""

    daemon_threads = True

    def __init__(self, shows):
        super().__init__(("127.0.0.1", 0), Handler)
        self.shows = shows
        self.lock = threading.Lock()
        self.holds = 0
        self.last_hold = time.monotonic()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.holds += 1
            self.server.last_hold = time.monotonic()
            place = self.server.holds
        self.answer(201, {"placedAt": "2026-01-31T12:00:00Z"}, f"1.{place}")

    def do_GET(self):
        with self.server.lock:
            applied = self.server.holds if self.server.shows(self.server) else 0
        self.answer(200, {"applied": applied})

    def answer(self, status, body, sequence=None):
        body = json.dumps(body, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if sequence:
            self.send_header("Sequence", sequence)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def running(shop):
    thread = threading.Thread(target=shop.serve_forever)
    thread.start()
    try:
        yield shop.server_address[1]
    finally:
        shop.shutdown()
        thread.join()
        shop.server_close()


def visibility(shows):
    """What the load generator reports of holds that a shop shows so."""
    with running(Shop(shows)) as port:
        holds = {"name": "hold", "method": "POST", "paths": ["/holds"], "bodies": ["{}"]}
        looks = {"name": "look", "method": "GET", "paths": ["/"]}
        plan = {
            "seconds": 1, "warmupSeconds": 0.2,
            "loads": [
                {
                    "name": "holds", "port": port, "connections": 4, "requests": [holds],
                    "rate": [{"seconds": 1, "from": 50}],
                },
                {
                    "name": "looks", "port": port, "connections": 1, "requests": [looks],
                    "polls": {"every": 0.01, "number": '"applied":'},
                },
            ],
        }  # fmt: skip
        done = subprocess.run(
            [os.path.join(os.environ["HOLDFAST_BIN"], "loadgen"), "-"], input=json.dumps(plan), text=True,
            capture_output=True, check=True,
        )  # fmt: skip
    return json.loads(done.stdout)["visibility"]


class VisibilityTests(unittest.TestCase):
    def test_holds_that_show_after_the_end_are_seen(self):
        report = visibility(lambda shop: time.monotonic() - shop.last_hold > 1)
        self.assertEqual(report["neverSeen"], 0)
        self.assertGreater(report["sinceAnswer"]["count"], 0)

    def test_looks_end_when_nothing_shows(self):
        report = visibility(lambda shop: False)
        self.assertGreater(report["neverSeen"], 0)
        self.assertNotIn("sinceAnswer", report)


if __name__ == "__main__":
    unittest.main()
