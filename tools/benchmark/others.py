"""How much processor time everybody else on this machine takes while something is measured."""

import contextlib
import os
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
KERNEL_THREADS = "kthreadd"  # what starts them: they work for whoever is busy


class Others:
    """Samples the machine's processor time that none of our processes took."""

    def __init__(self, roots):
        """`roots` returns the process ids whose trees are ours; this process is always one of them."""
        self.roots = roots
        self.samples = []

    @contextlib.contextmanager
    def sampled(self):
        """Gives a Sample that knows its cores when the block is over."""
        sample = Sample()
        before = self.reading()
        yield sample
        sample.cores = cores_of_others(before, self.reading())
        self.samples.append(sample.cores)

    def reading(self):
        """Seconds: the clock's, those that the whole machine was busy, and those that were ours."""
        with open("/proc/stat") as lines:
            busy = busy_ticks(lines.readline())
        processes = dict(all_processes())
        roots = {os.getpid(), *self.roots()} | {pid for pid, one in processes.items() if one.name == KERNEL_THREADS}
        own = sum(processes[pid].ticks for pid in trees(processes, roots))
        return time.monotonic(), busy / TICKS_PER_SECOND, own / TICKS_PER_SECOND


class Sample:
    """Of one measurement."""

    cores = None


class Process:
    """One line of /proc/PID/stat (proc(5))."""

    def __init__(self, stat):
        # The name, in parentheses, may hold anything: count the fields after it.
        end = stat.rindex(")")
        fields = stat[end + 1 :].split()
        self.name = stat[stat.index("(") + 1 : end]
        self.parent = int(fields[1])
        # User and system time, its own and that of children that have ended.
        self.ticks = sum(int(field) for field in fields[11:15])


def all_processes():
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", errors="replace") as file:
                    yield int(name), Process(file.read())
            except (FileNotFoundError, ProcessLookupError):
                continue  # It has ended.


def trees(processes, roots):
    """The ids of the roots that run and of all their descendants."""
    found = set()
    for pid in processes:
        above = []
        while pid in processes and pid not in roots and pid not in found:
            above.append(pid)
            pid = processes[pid].parent
        if pid in processes:
            found.update(above, [pid])
    return found


def busy_ticks(line):
    """Of the first line of /proc/stat. Interrupts belong to nobody; steal is what the host gave to other machines."""
    user, nice, system, _, _, _, _, steal = (int(field) for field in line.split()[1:9])
    return user + nice + system + steal


def cores_of_others(before, after):
    """Cores that others used between two readings. Never less than none: the clocks of the two sums tick apart."""
    (start, busy_before, own_before), (end, busy_after, own_after) = before, after
    return max(0.0, (busy_after - busy_before) - (own_after - own_before)) / (end - start)
