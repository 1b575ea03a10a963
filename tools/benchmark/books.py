"""The payment provider's ledger beside the log: what was charged is what was sold."""

import json

from .processes import run


def difference(instance, log, provider):
    """What is in one and not in the other, one line each; empty: nothing. For runs without refunds."""
    sold, captured = in_log(instance, log)
    status, answer = provider.request("GET", "/ledger")
    if status != 200:
        return [f"the ledger can't be read: {status}"]
    wrong = []
    charged = {}
    for payment in json.loads(answer)["payments"]:
        order = payment["order"]
        if payment["charges"] > 1 or order in charged and payment["captured"]:
            wrong.append(f"{order} was charged more than once")
        if payment["captured"]:
            charged[order] = payment["captured"] - payment["refunded"]
        elif payment["state"] != "canceled":
            wrong.append(f"{order} is left {payment['state']}")
    for order in sorted(sold.keys() | captured.keys() | charged.keys()):
        amounts = (sold.get(order), captured.get(order), charged.get(order))
        if len(set(amounts)) != 1:
            wrong.append(f"{order}: sold for {amounts[0]}, captured {amounts[1]} by the log, {amounts[2]} by the ledger")
    return wrong


def in_log(instance, log):
    """What every order was sold for, and what the log says was captured for it."""
    sold, captured = {}, {}
    for line in run(instance.binary("replay"), "log", "export", "--postgres-url", log).splitlines():
        # Most lines are of holds: they need no parsing.
        if '"SeatsSold"' in line:
            payload = json.loads(line)["payload"]
            sold[payload["orderId"]] = int(payload["total"])
        elif '"PaymentCaptured"' in line:
            payload = json.loads(line)["payload"]
            captured[payload["orderId"]] = int(payload["amount"])
    return sold, captured
