"""Plans for the load generator, and what it reports."""

import json
import os
import tempfile

from .processes import Failure, run


class Generator:
    """Runs plans on an instance's servers, one at a time."""

    def __init__(self, instance, loadgen, others):
        self.instance = instance
        self.loadgen = loadgen
        self.others = others
        self.runs = 0

    def run(self, loads, seconds, warmup=1.5, processes=None):
        """Puts `loads` on at once; returns the report."""
        self.runs += 1
        plan = {
            "seed": self.runs, "seconds": seconds, "warmupSeconds": warmup, "tokens": self.instance.tokens,
            "processes": [{"name": name, "pid": pid} for name, pid in (processes or {}).items()], "loads": loads,
        }  # fmt: skip
        with tempfile.NamedTemporaryFile("w", suffix=".json", dir=self.instance.folder, delete=False) as file:
            json.dump(plan, file)
        try:
            with self.others.sampled() as sample:
                report = json.loads(run(self.loadgen, file.name))
        finally:
            os.unlink(file.name)
        return Report(report, sample.cores)


class Report:
    """What a run measured."""

    def __init__(self, json, others):
        self.json = json
        self.others = others
        self.cpu = json["cpuShares"] | {"loadgen": json["generator"]["cpuShare"]}

    def load(self, name):
        return next(load for load in self.json["loads"] if load["name"] == name)

    def request(self, load, name=None):
        requests = self.load(load)["requests"]
        return requests[0] if name is None else next(one for one in requests if one["name"] == name)

    def rate(self, load, name=None, only=None):
        """Answers per second. With `only`, a status: any other answer is a failure of the benchmark."""
        request = self.request(load, name)
        if only is not None and set(request["statuses"]) - {str(only)}:
            raise Failure(f"{load}: expected {only} only, got {request['statuses']}")
        self.check(load)
        return request["rate"]

    def completed(self, load):
        """The last of a load's requests that were answered in a second, such as the orders of purchases. Every answer to every request
        has to be 201."""
        return [self.rate(load, one["name"], only=201) for one in self.load(load)["requests"]][-1]

    def check(self, name):
        """Nothing was lost, and an open loop's every request was sent and answered: else its rate is not what was planned."""
        load = self.load(name)
        if load["lost"]:
            raise Failure(f"{name}: {load['lost']} connections were lost")
        if load["planned"] and (load["givenUp"] or load["unanswered"]):
            raise Failure(
                f"{name}: of {load['planned']} requests {load['givenUp']} were given up, {load['unanswered']} never answered"
            )

    def latency(self, load, name=None):
        return self.request(load, name)["latency"]


def hold(show, bodies, name="hold", **more):
    return {
        "name": name, "method": "POST", "paths": [f"/api/v1/shows/{show}/holds"], "bodies": bodies,
        "isAuthenticated": True, "isIdempotent": True, **more,
    }  # fmt: skip


def buying(hold, name="order", payment_methods=("pm_card_visa",)):
    """A hold that is bought as soon as it is there."""
    return {**hold, "order": {"name": name, "paymentMethods": list(payment_methods)}}


def area_bodies(count):
    return [json.dumps({"areas": {f"a{n}": 1}}) for n in range(count)]


def availability(show, name="availability", **more):
    return {"name": name, "method": "GET", "paths": [f"/api/v1/shows/{show}/availability"], **more}


def load(name, server, connections, *requests, **more):
    return {"name": name, "port": server.port, "connections": connections, "requests": list(requests), **more}


def constant(rate):
    return [{"seconds": 1, "from": rate}]
