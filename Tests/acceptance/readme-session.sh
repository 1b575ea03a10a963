#!/usr/bin/env bash
# Runs the README's session as it stands there, on a private instance, and compares what comes out with what the README
# says comes out. The code blocks are read from README.md, so the text and the test can't drift apart.
#
# Within "## A session" every `sh` block is run, all in one shell, and the block without a language that follows it is its
# output: line by line, where … is anything within a line and a line of … alone any number of lines. Only the ports and
# the data folder are exchanged for this test's own.
set -euo pipefail
cd "$(dirname "$0")/../.."

coproc PORTS { exec Tests/acceptance/reserve-ports 4; } # a node, two replicas, the payment simulator
read -r port <&"${PORTS[0]}"
work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-readme.XXXXXX")
chmod 0755 "$work" # PostgreSQL may have to run as another user

clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  tools/down --data "$work/data" || status=1
  tools/postgres remove "$work/data/postgres" || status=1
  rm -rf -- "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir "$work/blocks" "$work/output"
python3 - "$port" "$work" <<'PYTHON'
import re
import sys

port, work = int(sys.argv[1]), sys.argv[2]
text = open("README.md", encoding="utf-8").read()
session = re.search(r"^## A session\n(.*?)^## ", text, re.S | re.M).group(1)
for index in range(3):
    old = f"http://127.0.0.1:{8080 + index}"
    if old not in session:
        sys.exit(f"the session does not name {old}")
    session = session.replace(old, f"http://127.0.0.1:{port + index}")
if session.count("DATA=.holdfast\n") != 1:
    sys.exit("the session does not set DATA=.holdfast, once")
session = session.replace("DATA=.holdfast\n", f"DATA={work}/data\n")

blocks = re.findall(r"^```(\w*)\n(.*?)^```$", session, re.S | re.M)
if not blocks or [language for language, _ in blocks] != ["sh", ""] * (len(blocks) // 2):
    sys.exit("in the session, every `sh` block is followed by a block with its output")
script = "set -euo pipefail\n"
for number in range(len(blocks) // 2):
    command, output = blocks[2 * number][1], blocks[2 * number + 1][1]
    open(f"{work}/blocks/{number:02}", "w", encoding="utf-8").write(output)
    script += f"{{\n{command}}} >{work}/output/{number:02}\n"
open(f"{work}/session", "w", encoding="utf-8").write(script)
PYTHON

tools/up --detach --data "$work/data" --port "$port" >"$work/up.log" 2>&1 || {
  cat "$work/up.log" >&2
  exit 1
}
bash "$work/session" || {
  echo "a command of the session failed; its output so far:" >&2
  tail -n +1 "$work"/output/* >&2
  exit 1
}

python3 - "$work" <<'PYTHON'
import os
import re
import sys

work = sys.argv[1]


def pattern(expected):
    """The regular expression of a README output block."""
    lines = [r"(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"\n" for line in expected]
    return re.compile("".join(lines))


failed = 0
for name in sorted(os.listdir(f"{work}/blocks")):
    expected = open(f"{work}/blocks/{name}", encoding="utf-8").read().splitlines()
    output = open(f"{work}/output/{name}", encoding="utf-8").read().replace("\r", "").rstrip("\n") + "\n"
    if not pattern(expected).fullmatch(output):
        failed += 1
        print("The README says:", *expected, "", "What came:", output, sep="\n", file=sys.stderr)
count = len(os.listdir(f"{work}/blocks"))
print(f"{count - failed} of {count} blocks of the README's session came out as it says")
sys.exit(failed > 0)
PYTHON
