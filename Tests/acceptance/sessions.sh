#!/usr/bin/env bash
# Runs the sessions that README.md and docs/tour.md print, each on a new private instance, and compares the outputs with
# the printed ones. The code blocks are read from the pages, so the text and the test can't drift apart.
#
# A page's `sh` blocks run in order in one shell. The block without a language that follows each of them is its output,
# compared line by line: … matches anything within a line, and a line of … alone matches any number of lines. Only the
# ports and the data folder are replaced by this test's own.
set -euo pipefail
cd "$(dirname "$0")/../.."

coproc PORTS { exec Tests/acceptance/reserve-ports 7; } # a node, two replicas, the payment simulator, and the listeners for operators
read -r port <&"${PORTS[0]}"
work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-sessions.XXXXXX")
chmod 0755 "$work" # PostgreSQL may have to run as another user
instance= # the data folder of the instance that runs

stop() {
  local stopped=0
  if [[ -z $instance ]]; then return; fi
  tools/down --data "$instance" || stopped=1
  tools/postgres remove "$instance/postgres" || stopped=1
  instance=
  return "$stopped"
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  stop || status=1
  rm -rf -- "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# extract PAGE PORT DATA FOLDER: writes FOLDER/session, a script that leaves its outputs in FOLDER/output, and the printed
# outputs in FOLDER/printed.
extract() {
  mkdir -p "$4/printed" "$4/output"
  python3 - "$@" <<'PYTHON'
import re
import sys

page, port, data, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
text = open(page, encoding="utf-8").read()
blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M)
if not blocks or [language for language, _ in blocks] != ["sh", ""] * (len(blocks) // 2):
    sys.exit(f"{page}: a block with its output must follow every `sh` block")

# A page names the data folder once, as DATA=.holdfast, or leaves it to the tools' default.
commands = "".join(command for _, command in blocks[::2])
if commands.count("DATA=.holdfast\n") != ("$DATA" in commands):
    sys.exit(f"{page}: DATA=.holdfast is set once, where $DATA is used")


def of_this_test(block):
    """The block with the ports and the data folder of this test's instance."""
    block = re.sub(r"http://127\.0\.0\.1:80(8\d)\b", lambda url: f"http://127.0.0.1:{port + int(url[1]) - 80}", block)
    block = block.replace("DATA=.holdfast\n", f"DATA={data}\n")
    if "$DATA" not in commands:
        block = re.sub(r"\btools/token \w+", rf"\g<0> --data {data}", block)
    return block


script = "set -euo pipefail\n"
for number in range(len(blocks) // 2):
    command, output = (of_this_test(block) for _, block in blocks[2 * number:2 * number + 2])
    open(f"{folder}/printed/{number:02}", "w", encoding="utf-8").write(output)
    script += f"{{\n{command}}} >{folder}/output/{number:02}\n"
open(f"{folder}/session", "w", encoding="utf-8").write(script)
PYTHON
}

# compare PAGE FOLDER
compare() {
  python3 - "$@" <<'PYTHON'
import os
import re
import sys

page, folder = sys.argv[1], sys.argv[2]


def pattern(printed):
    """The regular expression of a printed output."""
    lines = [r"(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"\n" for line in printed]
    return re.compile("".join(lines))


failed = 0
names = sorted(os.listdir(f"{folder}/printed"))
for name in names:
    printed = open(f"{folder}/printed/{name}", encoding="utf-8").read().splitlines()
    output = open(f"{folder}/output/{name}", encoding="utf-8").read().replace("\r", "").rstrip("\n") + "\n"
    if not pattern(printed).fullmatch(output):
        failed += 1
        print(f"{page} prints:", *printed, "", "The commands printed:", output, sep="\n", file=sys.stderr)
print(f"{page}: {len(names) - failed} of {len(names)} outputs are as printed")
sys.exit(failed > 0)
PYTHON
}

failed=0
for page in README.md docs/tour.md; do
  folder=$work/$(basename "$page" .md)
  extract "$page" "$port" "$folder/data" "$folder"
  instance=$folder/data
  tools/up --detach --data "$instance" --port "$port" >"$folder/up.log" 2>&1 || {
    cat "$folder/up.log" >&2
    exit 1
  }
  bash "$folder/session" || {
    echo "a command of $page failed; the outputs so far:" >&2
    tail -n +1 "$folder"/output/* >&2
    exit 1
  }
  compare "$page" "$folder" || failed=1
  stop
done
exit "$failed"
