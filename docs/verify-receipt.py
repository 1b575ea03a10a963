"""Verifies an order's receipt without the log: python3 verify-receipt.py RECEIPT.json PUBLIC-KEY.pem

The key is the public half of the one that signs the log's heads. Needs nothing but openssl. Prints what the receipt proves."""
import base64, datetime, hashlib, json, struct, subprocess, sys, tempfile

def sha256(*parts): return hashlib.sha256(b"".join(parts)).digest()
def prefixed(data): return struct.pack(">i", len(data)) + data
def microseconds(text):
    return (datetime.datetime.fromisoformat(text) - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) // datetime.timedelta(microseconds=1)
def root(leaf, index, count, path):  # RFC 9162, 2.1.3.2
    last = count - 1
    for step in map(bytes.fromhex, path):
        if index % 2 or index == last:
            leaf = sha256(b"\x01", step, leaf)
            while not index % 2 and index: index, last = index >> 1, last >> 1
        else: leaf = sha256(b"\x01", leaf, step)
        index, last = index >> 1, last >> 1
    assert last == 0 and 0 <= index == 0, "a path is of another length"
    return leaf
def signed(head, key_file):
    text = f"holdfast log head\n{head['epoch']}.{head['position']}\n{head['batch']}\n{head['hash']}\n{microseconds(head['recordedAt'])}\n"
    assert head["algorithm"] in ("EdDSA", "ES256"), "the algorithm is another"
    raw = base64.urlsafe_b64decode(head["signature"] + "==")
    if head["algorithm"] == "ES256":  # r and s, as openssl takes them
        halves = [int.from_bytes(raw[i:i + 32], "big") for i in (0, 32)]
        numbers = b"".join(bytes([2, len(n)]) + n for n in (h.to_bytes(h.bit_length() // 8 + 1, "big") for h in halves))
        raw = bytes([0x30, len(numbers)]) + numbers
    with tempfile.NamedTemporaryFile() as message, tempfile.NamedTemporaryFile() as signature:
        message.write(text.encode()), message.flush(), signature.write(raw), signature.flush()
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key_file, "-rawin", "-in", message.name, "-sigfile", signature.name]
        return subprocess.run(command, capture_output=True).returncode == 0
def verify(receipt, key_file):
    head, sale = receipt["head"], receipt["sale"]
    batch, part, command, events = sale["batch"], sale["part"], sale["command"], sale["events"]
    count, id = part["commands"] + part["events"], bytes.fromhex(command["id"])
    texts = [command["principal"].encode(), bytes.fromhex(command["fingerprint"]), bytes.fromhex(command["outcome"])]
    leaves = [(sha256(b"\x00c", id, *map(prefixed, texts), struct.pack(">ii", command["eventsBefore"], command.get("events", len(events)))), command["path"], 0)]
    for index, e in enumerate(events):
        place = e.get("place", index)
        data = prefixed(e["type"].encode()) + struct.pack(">h", e["schemaVersion"]) + prefixed(bytes.fromhex(e["payload"]))
        leaves.append((sha256(b"\x00e", id, struct.pack(">i", command["eventsBefore"] + place + 1), data), e["path"], place + 1))
    for leaf, path, offset in leaves:
        assert root(leaf, command["index"] + offset, count, path).hex() == part["root"], "the command or an event is another"
    numbers = struct.pack(">qqqii", part["version"], part["lastPosition"], part["firstPosition"], part["commands"], part["events"])
    leaf = sha256(b"\x00", prefixed(part["stream"].encode()), numbers, bytes.fromhex(part["root"]))
    header = struct.pack(">qqqqqi", batch["number"], batch["epoch"], batch["afterPosition"], batch["lastPosition"], microseconds(batch["recordedAt"]), batch["parts"])
    hash = sha256(bytes.fromhex(batch["previousHash"]), header, root(leaf, part["index"], batch["parts"], part["path"])).hex()
    assert hash == batch["hash"] == head["hash"], "the batch has another hash"
    assert (head["batch"], head["epoch"], head["position"]) == (batch["number"], batch["epoch"], batch["lastPosition"]), "the head is of another batch"
    order = receipt["orderId"].encode()
    assert any(e["type"] == "SeatsSold" and bytes.fromhex(e["payload"]).startswith(b"\x0a" + bytes([len(order)]) + order) for e in events), "it is no sale of the order"
    assert signed(head, key_file), "the head is not signed with this key"
    return f"order {receipt['orderId']} is sold in batch {batch['number']} of the log, at {batch['recordedAt']}"

if __name__ == "__main__":
    print(verify(json.load(open(sys.argv[1])), sys.argv[2]))
