"""Verifies a receipt with docs/verify-receipt.py, and that it is none once anything in it is changed.

python3 tamper.py VERIFY-RECEIPT.py RECEIPT.json PUBLIC-KEY.pem ANOTHER-KEY.pem"""

import copy
import importlib.util
import json
import sys

script, receipt_file, key, another_key = sys.argv[1:]
spec = importlib.util.spec_from_file_location("verify_receipt", script)
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)
# What says nothing of the log: which key signed, and the batch's own hash is compared with the head's.
FREE = {("head", "keyId")}


def places(value, path=()):
    """The path of every text and number in a document."""
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*path, index))
    else:
        yield path


def changed(value):
    if isinstance(value, int):
        return value + 1
    middle = len(value) // 2
    if not value:
        return "00"
    return value[:middle] + ("1" if value[middle] != "1" else "2") + value[middle + 1 :]


def is_good(receipt, key_file):
    try:
        return bool(verifier.verify(receipt, key_file))
    except Exception:
        return False


with open(receipt_file) as file:
    receipt = json.load(file)
print(verifier.verify(receipt, key))
assert not is_good(receipt, another_key), "another key is as good"
count = 0
for path in places(receipt):
    if path in FREE:
        continue
    forged = copy.deepcopy(receipt)
    place = forged
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = changed(place[path[-1]])
    assert not is_good(forged, key), f"{path} can be changed"
    count += 1
for name, cut in [("an event", lambda r: r["sale"]["events"].pop()), ("a path", lambda r: r["sale"]["command"]["path"].append("00" * 32))]:
    forged = copy.deepcopy(receipt)
    cut(forged)
    assert not is_good(forged, key), f"{name} can be cut or added"
assert count > 20, count
print(f"{count} changes were found out")
