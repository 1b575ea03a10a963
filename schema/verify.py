"""Reads a log and verifies it: python3 verify.py CONNINFO [HEAD-FILE]; README.md has the format. Prints the last batch.

HEAD-FILE is one that `holdfast log head` printed: the log must still contain that head. Needs nothing but psql."""
import hashlib, json, struct, subprocess, sys

BATCHES = """SELECT to_json(b) FROM (SELECT *, (extract(epoch FROM recorded_at) * 1000000)::bigint AS microseconds
    FROM holdfast.batches ORDER BY last_position, number) AS b"""

def rows(conninfo, sql):
    command = ["psql", "-XAtqd", conninfo, "-v", "FETCH_COUNT=64", "-v", "ON_ERROR_STOP=1", "-c", sql]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as psql:
        yield from map(json.loads, psql.stdout)
    assert psql.returncode == 0, "psql failed"
def sha256(*parts): return hashlib.sha256(b"".join(parts)).digest()
def raw(text): return bytes.fromhex(text.removeprefix("\\x").replace("-", ""))  # of a bytea or a uuid
def prefixed(data): return struct.pack(">i", len(data)) + data
def tree(hashes):  # RFC 9162, 2.1.1
    while len(hashes) > 1:
        pairs = [hashes[i:i + 2] for i in range(0, len(hashes), 2)]
        hashes = [sha256(b"\x01", *pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return hashes[0]
def batch_hash(b, previous):
    leaves, counts, event = [[] for _ in b["s_name"]], [0] * len(b["s_name"]), 0
    for c, stream in enumerate(b["c_stream"]):
        of_stream, command, events = leaves[stream - 1], raw(b["c_id"][c]), b["c_events"][c]
        texts = [b["c_principal"][c].encode(), raw(b["c_fingerprint"][c]), raw(b["c_outcome"][c])]
        numbers = struct.pack(">ii", counts[stream - 1], events)
        of_stream.append(sha256(b"\x00c", command, *map(prefixed, texts), numbers))
        for _ in range(events):
            counts[stream - 1] += 1
            of_stream.append(sha256(
                b"\x00e", command, struct.pack(">i", counts[stream - 1]), prefixed(b["e_type"][event].encode()),
                struct.pack(">h", b["e_schema_version"][event]), prefixed(raw(b["e_payload"][event]))))
            event += 1
    first, parts = b["after_position"] + 1, []
    for s, name in enumerate(b["s_name"]):
        root, commands = tree(leaves[s]), b["c_stream"].count(s + 1)
        assert root == raw(b["s_root"][s]), f"batch {b['number']}: {name} has other commands or events"
        numbers = b["s_version"][s], b["s_last_position"][s], first, commands, counts[s]
        parts.append(sha256(b"\x00", prefixed(name.encode()), struct.pack(">qqqii", *numbers), root))
        first += counts[s]
    assert first == b["last_position"] + 1, f"batch {b['number']} has a wrong number of events"
    header = [b[k] for k in ("number", "epoch", "after_position", "last_position", "microseconds")]
    return sha256(previous, struct.pack(">qqqqqi", *header, len(parts)), tree(parts))

def verify(conninfo, earlier=None):
    [[head, start]] = rows(conninfo, "SELECT json_build_array(h, s) FROM holdfast.log_head h, holdfast.chain_start s")
    number, position, link = 0, 0, raw(start["hash"])
    for b in rows(conninfo, BATCHES):
        assert (b["number"], b["after_position"]) == (number + 1, position), f"batch {number + 1} is missing"
        number, position, link = b["number"], b["last_position"], batch_hash(b, link)
        assert link == raw(b["hash"]), f"batch {number} has another hash"
        if earlier and earlier["batch"] == number:
            assert earlier["hash"] == link.hex(), f"the log was rewritten at or before batch {number}"
    assert (head["batch"], head["position"], raw(head["hash"])) == (number, position, link), "the head is another"
    assert not earlier or earlier["batch"] <= number, f"the log was cut off after batch {number}"
    return f"{position} events, {number} batches, hash {link.hex()}"

if __name__ == "__main__":
    print(verify(sys.argv[1], json.load(open(sys.argv[2])) if len(sys.argv) > 2 else None))
