#!/usr/bin/env python3
"""Computes the order of a waiting room's draw anew: python3 verify-draw.py FILE

FILE is what GET /api/v1/shows/ID/queue/draw gave. Prints the verdict; the status is 0 only if the published order is the drawn one.
docs/waiting-room.md explains it.
"""
import hashlib
import hmac
import json
import sys


def fault(draw):
    """What is wrong with a draw; None: nothing."""
    if draw["algorithm"] != "HMAC-SHA-256":
        return "unknown algorithm"
    if draw.get("order") is None or draw.get("logHash") is None:
        return "the draw has not been held yet"
    key = b""
    for party in draw["commitments"]:
        if not party["forfeited"]:
            seed = bytes.fromhex(party.get("seed") or "")
            if len(seed) != 32 or hashlib.sha256(seed).hexdigest() != party["commitment"]:
                return "the seed of %s is not the committed one" % party["party"]
            key += seed
    if draw.get("beacon"):
        signature = bytes.fromhex(draw["beacon"].get("signature") or "")
        if hashlib.sha256(signature).hexdigest() != draw["beacon"].get("randomness"):
            return "the beacon's randomness is not the hash of its signature"
        key += hashlib.sha256(signature).digest()
    start = bytes.fromhex(draw["logHash"])
    rank = lambda entrant: hmac.digest(key, start + entrant.encode("ascii"), "sha256")
    if len(start) != 32 or len(set(draw["entrants"])) != len(draw["entrants"]):
        return "the log's hash or the list of entrants is broken"
    return None if sorted(draw["entrants"], key=rank) == draw["order"] else "the order is another one"


wrong = fault(json.load(open(sys.argv[1], encoding="utf-8")))
print("this is NOT what was drawn: " + wrong if wrong else "the order is the one that was drawn")
sys.exit(1 if wrong else 0)
