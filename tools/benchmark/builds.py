"""What every part needs: this build, the other one it is compared with, and what measures them."""

import contextlib
import json
import os

from .load import Generator
from .others import Others
from .processes import ran, run, say
from .rounds import Measurement

THIS = "holdfast"
OTHER = "another build"
QUICK_EVENTS_MAX = 100_000


class Bench:
    """`instances` has an Instance of THIS build, and with --against one of the OTHER."""

    def __init__(self, instances, options):
        self.builds = instances
        self.instance = instances[THIS]
        self.rounds = options.rounds
        self.seconds = options.seconds
        self.quick = options.quick
        self.full = options.full
        self.others = Others(lambda: [one.postmaster for one in instances.values()])
        # One load generator, ours, for all.
        self.generators = {
            name: Generator(one, self.instance.binary("loadgen"), self.others) for name, one in instances.items()
        }
        self.generator = self.generators[THIS]
        self.logs = {}
        self.log_bytes = {}

    @property
    def has_other(self):
        return OTHER in self.builds

    @contextlib.contextmanager
    def nodes(self, log):
        """A running node of each build, by the build's name, on a new log."""
        with contextlib.ExitStack() as stack:
            yield {name: stack.enter_context(one.node(one.log(log))) for name, one in self.builds.items()}

    def command(self, rate, *command):
        """Runs a command whose rate is what is measured; `rate` finds it in what the command printed."""
        with self.others.sampled() as sample:
            done = ran(*command)
        return Measurement(rate(done), sample.cores)

    # MARK: logs

    def fill(self, name, events, shows=100, build=THIS):
        """The connection string of a new log with so many events on so many shows of 10,000 seats."""
        instance = self.builds[build]
        log = instance.log(name)
        say(f"Making a log of {events:,} events" + (f" ({build})" if build != THIS else ""))
        run(instance.binary("logbench"), "fill", "--postgres-url", log, "--events", events, "--shows", shows)
        return log

    def filled_log(self, events, build=THIS):
        """One that parts share, with its number of events: fewer in a quick run."""
        if self.quick:
            events = min(events, QUICK_EVENTS_MAX)
        if (build, events) not in self.logs:
            log = self.logs[build, events] = self.fill(f"filled_{events}", events, build=build)
            # At once: a part may append to it.
            self.log_bytes[build, events] = self.builds[build].bytes(log)
        return self.logs[build, events], events


def point_replay_at(instance, log, nodes=()):
    """Makes the instance's folder one that the replay tool reads: of this log and these nodes."""
    description = {"nodes": [
        {"url": f"http://127.0.0.1:{node.port}", "operations": f"http://127.0.0.1:{node.operations_port}"} for node in nodes
    ], "postgres": log}
    with open(os.path.join(instance.folder, "instance.json"), "w") as file:
        json.dump(description, file)
