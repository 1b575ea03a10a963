"""Reads a log and verifies it: python3 verify.py CONNINFO [HEAD-FILE]; README.md has the format. Prints the last batch.

HEAD-FILE is one that `holdfast log head` printed: the log must still contain that head. Needs nothing but psql."""
import hashlib, itertools, json, struct, subprocess, sys

BATCHES = """SELECT to_json(b) FROM (SELECT *, (extract(epoch FROM recorded_at) * 1000000)::bigint AS microseconds
    FROM holdfast.batches WHERE number <= {} ORDER BY last_position, number) AS b"""
def rows(conninfo, sql):
    command = ["psql", "-XAtqd", conninfo, "-v", "FETCH_COUNT=64", "-v", "ON_ERROR_STOP=1", "-c", sql]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as psql:
        yield from map(json.loads, psql.stdout)
    assert psql.returncode == 0, "psql failed"
def sha256(*parts): return hashlib.sha256(b"".join(parts)).digest()
def raw(text): return bytes.fromhex(text.removeprefix("\\x").replace("-", ""))  # of a bytea or a uuid
def prefixed(data): return struct.pack(">i", len(data)) + data
def tree(hashes):  # RFC 9162, 2.1.1; left of the root is the greatest power of two that leaves something for the right
    left = 1 << max(0, (len(hashes) - 1).bit_length() - 1)
    return sha256(b"\x01", tree(hashes[:left]), tree(hashes[left:])) if len(hashes) > 1 else hashes[0]
def batch_hash(b, previous):
    order, n = b["c_stream"], {"s": len(b["s_name"]), "c": len(b["c_id"]), "e": sum(b["c_events"])}
    assert order == sorted(order) and {*order} == {*range(1, n["s"] + 1)} and min(b["c_events"]) >= 0 and \
        all(len(b[k]) == n[k[0]] for k in b if k[1] == "_"), f"batch {b['number']} contradicts itself"
    leaves, counts = [[] for _ in b["s_name"]], [0] * n["s"]
    rest = zip(b["e_type"], b["e_schema_version"], b["e_payload"])
    for c, stream in enumerate(order):
        part, command, events = leaves[stream - 1], raw(b["c_id"][c]), b["c_events"][c]
        texts = [b["c_principal"][c].encode(), raw(b["c_fingerprint"][c]), raw(b["c_outcome"][c])]
        part.append(sha256(b"\x00c", command, *map(prefixed, texts), struct.pack(">ii", counts[stream - 1], events)))
        for type, version, data in itertools.islice(rest, events):
            counts[stream - 1] += 1
            place, version = struct.pack(">i", counts[stream - 1]), struct.pack(">h", version)
            part.append(sha256(b"\x00e", command, place, prefixed(type.encode()), version, prefixed(raw(data))))
    first, parts = b["after_position"] + 1, []
    for s, name in enumerate(b["s_name"]):
        root, commands = tree(leaves[s]), order.count(s + 1)
        assert root == raw(b["s_root"][s]), f"batch {b['number']}: {name} has other commands or events"
        numbers = struct.pack(">qqqii", b["s_version"][s], b["s_last_position"][s], first, commands, counts[s])
        parts.append(sha256(b"\x00", prefixed(name.encode()), numbers, root))
        first += counts[s]
    assert first == b["last_position"] + 1, f"batch {b['number']} has a wrong number of events"
    header = [b[k] for k in ("number", "epoch", "after_position", "last_position", "microseconds")]
    return sha256(previous, struct.pack(">qqqqqi", *header, len(parts)), tree(parts))

def verify(conninfo, earlier=None):
    [[head, start]] = rows(conninfo, "SELECT json_build_array(h, s) FROM holdfast.log_head h, holdfast.chain_start s")
    number, position, link = 0, 0, raw(start["hash"])
    assert start["position"] >= 0 and (start["position"] > 0) == any(link), "the chain's start contradicts itself"
    kept = earlier or {"batch": 0, "position": start["position"], "hash": link.hex()}
    assert kept["batch"] or (kept["position"], kept["hash"]) == (start["position"], link.hex()), "the log was rewritten"
    for b in rows(conninfo, BATCHES.format(head["batch"])):
        assert (b["number"], b["after_position"]) == (number + 1, position), f"batch {number + 1} is missing"
        number, position, link = b["number"], b["last_position"], batch_hash(b, link)
        assert link == raw(b["hash"]), f"batch {number} has another hash"
        assert kept["batch"] != number or kept["hash"] == link.hex(), f"the log was rewritten up to batch {number}"
    assert (head["batch"], head["position"], raw(head["hash"])) == (number, position, link), "the head is another"
    assert position >= start["position"] and kept["batch"] <= number, f"the log was cut off after batch {number}"
    return f"{position} events, {number} batches, hash {link.hex()}"

if __name__ == "__main__":
    print(verify(sys.argv[1], json.load(open(sys.argv[2])) if len(sys.argv) > 2 else None))
