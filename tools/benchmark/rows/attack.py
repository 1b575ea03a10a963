"""What others notice while one caller does their worst, on a node with its limits on."""

import contextlib
import json
import os
import signal
import subprocess
import sys

from ..figures import Figure
from ..instance import areas, hall
from ..load import area_bodies, availability, constant, hold, load
from ..processes import STOP_SECONDS_MAX, Failure, run
from ..rounds import Measurement, alternate

SEATS = 5_000
AREAS = 4
# A thousand callers, within their quota of 20 a minute.
HOLDS_PER_SECOND = 200
READS_PER_SECOND = 500
CONNECTIONS = 32
TIMES_MAX = 2
WORST = "large and slow bodies, streams, refusals, forged tokens"

# All others come from one address and stand for many: there is no limit for addresses, but the one for bad tokens. The
# attacker has an address of their own, by the word of a proxy that the node trusts.
LIMITS = (
    "--rate-limits", "on", "--http-trusted-proxies", "127.0.0.0/8",
    "--rate-address-multiples", "hold=0,read=0,other=0",
)  # fmt: skip


def one_caller_does_their_worst(bench):
    instance = bench.instance
    token = run(instance.binary("holdfast"), "token", "mallory", "--data", instance.folder).strip()
    with instance.node(instance.log("attack"), flags=LIMITS) as node:
        show = instance.create_show(node, seatingPlan=hall(SEATS), areas=areas(AREAS, 1_000_000))
        holds = load("holds", node, CONNECTIONS, hold(show, area_bodies(AREAS)), rate=constant(HOLDS_PER_SECOND))
        reads = load("reads", node, CONNECTIONS, availability(show), rate=constant(READS_PER_SECOND))
        processes = {"holdfast": node.pid, "PostgreSQL": instance.postmaster}

        def others(attack):
            with attack:
                report = bench.generator.run([holds, reads], bench.seconds, processes=processes)
            # Nobody else is refused anything.
            report.rate("holds", only=201)
            return Measurement.of(report, "reads", only=200)

        contestants = {
            "alone": lambda: others(contextlib.nullcontext()),
            "under attack": lambda: others(attacking(node, show, token)),
        }
        results = alternate(bench.rounds, contestants, " GET/s")
    for name in ("holds", "reads"):
        alone, attacked = (
            results[kind].series(lambda report, n=name: report.latency(n)["p99"]) for kind in contestants
        )
        yield Figure.ratio(
            f"others' p99 of {name} while one caller does their worst ({WORST}) ÷ alone", attacked.over(alone),
            at_most=TIMES_MAX, how=f"{attacked.text(' ms', 2)}; alone {alone.text(' ms', 2)}",
        )  # fmt: skip


@contextlib.contextmanager
def attacking(node, show, token):
    """Meanwhile one caller does their worst, and gets nothing but refusals."""
    program = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "attacker.py")
    attacker = subprocess.Popen(
        [sys.executable, program, str(node.port), show], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        attacker.stdin.write(token + "\n")
        attacker.stdin.flush()
        yield
        attacker.send_signal(signal.SIGINT)
        answers = json.loads(attacker.communicate(timeout=STOP_SECONDS_MAX)[0] or "{}")
        limited = {name.split()[0] for name in answers if name.endswith(" 429")}
        # A quota of bad tokens lasts for some seconds.
        if not limited >= {"large", "refused"} or any(name.split()[1] < "400" for name in answers):
            raise Failure(f"the attacker was to be refused and limited in each way, and got {answers}")
    finally:
        attacker.kill()
        attacker.wait()
