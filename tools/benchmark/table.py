"""The table, for the terminal and for BENCHMARKS.md."""

import datetime
import os
import platform
import re

from .builds import OTHER
from .figures import DISTURBED_CORES, RATIO_ROUNDS_MIN, Series
from .processes import run

HEAD = """# Benchmarks

The last full run of `tools/bench`, written by it. One machine does everything: the servers, PostgreSQL and the load
generator share its cores, and its speed drifts, so the ratios say more than the figures. Everything that is compared
was measured in alternation in this one run; each figure is the median of its rounds with the lowest and the highest, a
ratio that of the ratios round by round. The load of others is the number of cores that processes other than the
benchmark's used meanwhile.

"""

METHOD = """
## How it is measured

* **Load** comes from `loadgen`: one thread, epoll, raw sockets, requests formatted ahead. *Closed loop*: each connection
  sends when it has its answer; for ceilings. *Open loop*: requests are planned at random (Poisson) intervals and
  latency counts from the planned time, however late they could be sent.
* **Holds** are `POST /shows/{id}/holds` for one unit of one of ten general-admission areas of 1,000,000, by 1,000 users
  with tokens of their own, each with an `Idempotency-Key` of its own. Nothing expires or sells out while it is measured.
  Every answer must be a 201 (or 409 on the sold-out show), or the run fails.
* **Holdfast** is one node with every role, as `tools/up` starts it, without further replicas where none are named.
* **Bare Hummingbird** gets the same requests, decodes the same body with `JSONDecoder` and answers a hold's JSON from
  memory: no authentication, no idempotency, no limits, no metrics, nothing stored.
* **The timer of 2 ms**: the same server, which answers each hold only when a timer of its event loop has fired. A durable
  answer has to wait for a disk in the same way, so this is the fair ceiling for one.
* **nginx** is Debian's, with a worker for each core, Debian's `sendfile` and `tcp_nopush`, and no access log. It serves the
  seat map from a file that it keeps open.
* **Another build** (`--against`) has a PostgreSQL of its own, on the same disk, and its own schema and log. Both get their
  requests from this build's load generator.
* **Visible** is a hold when a replica that is asked again and again says so. It is asked until it has shown all holds, at
  most 10 s longer than holds are placed.
* **Classic design 1** (`row-lock`) and **2** (`seat-lock`) stand behind the same bare server, talk to the same PostgreSQL
  (fsync on, synchronous commit) over blocking libpq calls on threads of their own, with prepared statements and the
  pool size that was best of those tried. No two requests want the same seat of design 2, which spares it all conflicts.
* **Orders** are bought by buyers who each hold such a place, order it with a good card as soon as they have it, and begin
  again when the order is completed: authorized, sold, captured, and all of that in the log. Only 201 `completed` counts,
  anything else fails the run. Latency is that of `POST /orders`, from the request until that answer. The payment provider
  is `payments-simulator`: a process of its own on the same cores, that has on the disk what it answers.
* **Order rates published elsewhere, not measured here**: pretix about 8/s per show with quotas, kompassi about 69/s,
  RunSignup about 119/s. Other systems on other machines: they stand here for the order of magnitude, and for no ratio.
* **Cores** are shares of one core, of the server's process, PostgreSQL with all its processes, and the generator.
"""


def terminal(figures):
    lines = []
    for figure in figures:
        bar = f"  [{': '.join(filter(None, ('bar ' + figure.bar, figure.verdict)))}]" if figure.bar else ""
        others = f"\n    load of others, in cores: {figure.others}" if figure.others else ""
        lines.append(f"{figure.name}\n    {figure.value}{bar}" + (f"\n    {figure.how}" if figure.how else "") + others)
    return "\n".join(lines)


def markdown(figures, bench, options):
    return HEAD + machine(bench, options) + "\n" + rows(figures) + METHOD


def rows(figures):
    lines = ["| figure | measured | bar | | how | load of others |", "| --- | --- | --- | --- | --- | --- |"]
    for f in figures:
        cells = (f.name, f.value, f.bar or "", f.verdict, f.how, f.others)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def rounds(count, seconds):
    text = f"* {count} round{'s' if count != 1 else ''} of {seconds:g} s after 1.5 s of warm-up"
    if count < RATIO_ROUNDS_MIN:
        text += f": fewer than {RATIO_ROUNDS_MIN}, so the ratios show little more than that everything works"
    return text


def load_of_others(samples):
    """Over all measurements of the run."""
    if not samples:
        return None
    disturbed = len(Series(others=samples).disturbed)
    return (
        f"* others used {Series(samples).text(digits=2)} cores during the measurements; in {disturbed} of {len(samples)} "
        f"more than {DISTURBED_CORES:g}, which counts as disturbed"
    )


def machine(bench, options):
    instance = bench.instance
    with open("/proc/cpuinfo") as lines:
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")
    with open("/proc/meminfo") as lines:
        memory = int(lines.readline().split()[1]) / 1024 / 1024
    swift = re.search(r"Swift version (\S+)", run("swift", "--version"))
    versions = [
        f"Swift {swift.group(1) if swift else 'unknown'}",
        f"PostgreSQL {instance.sql(instance.superuser, 'SHOW server_version').split()[0]}",
        f"Hummingbird {resolved(instance.project, 'hummingbird')}",
    ]
    # Executables that were built elsewhere may be of any commit.
    built = "executables of HOLDFAST_BIN"
    if "HOLDFAST_BIN" not in os.environ:
        built = f"commit {commit(instance.project)}, release build"
    lines = [
        f"* {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC, {built}",
        f"* another build: commit {commit(bench.builds[OTHER].project)}, release build" if bench.has_other else None,
        f"* {model}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}",
        f"* {', '.join(versions)}; PostgreSQL's settings are those of `tools/postgres`",
        rounds(options.rounds, options.seconds),
        f"* before it began, {options.load_before:.1f} threads of others wanted a core on average (load over a minute)",
        load_of_others(bench.others.samples),
    ]
    return "".join(f"{line}\n" for line in lines if line)


def commit(project):
    return run("git", "-C", project, "describe", "--always", "--dirty").strip()


def resolved(project, package):
    path = os.path.join(project, "Package.resolved")
    if not os.path.exists(path):
        # Nothing was built in this checkout: the executables are those of HOLDFAST_BIN.
        return "unknown"
    with open(path) as file:
        found = re.search(rf'"identity" : "{package}".*?"version" : "([^"]+)"', file.read(), re.DOTALL)
    return found.group(1) if found else "unknown"
