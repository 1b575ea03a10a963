#!/usr/bin/env bash
# Everything that README.md and ARCHITECTURE.md name is there: every path and link, and every identifier of ours.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 - <<'PYTHON'
import os
import re
import sys

FOLDERS = ("Sources", "Tests", "Projections", "schema", "tools", "demo", "docs")


def words():
    """Every identifier in our sources."""
    found = set()
    for folder in FOLDERS[:4]:
        for path, _, names in os.walk(folder):
            for name in names:
                if name.endswith((".swift", ".sql", ".proto")):
                    with open(os.path.join(path, name), encoding="utf-8") as file:
                        found.update(re.findall(r"\w+", file.read()))
    return found


known = words()
missing = []
checked = 0
for page in ("README.md", "ARCHITECTURE.md"):
    text = open(page, encoding="utf-8").read()
    # The blocks of a session or of commands to adapt are not about this folder.
    text = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    targets = [link for link in re.findall(r'\]\(([^)#]+)\)|src="([^"]+)"', text) for link in link if link]
    paths = [link for link in targets if not link.startswith("https://")]
    for name in re.findall(r"`([^`]+)`", text):
        first = name.split()[0]
        if first.split("/")[0] in FOLDERS:
            paths.append(first)
        # A type of ours, alone or with a member; or a function of the log.
        elif re.fullmatch(r"(?:[A-Z]\w*[a-z]\w*|holdfast)(?:\.\w+)*", name) and name != "holdfast":
            checked += 1
            missing += [f"{page}: `{name}`: there is no {part}" for part in name.split(".") if part not in known]
    checked += len(paths)
    missing += [f"{page}: there is no {path}" for path in paths if not os.path.exists(path)]

print(*missing, sep="\n", file=sys.stderr)
print(f"{checked} names in the documents looked up, {len(missing)} not found")
# Too few: the documents are written in another way than this script reads.
sys.exit(bool(missing) or checked < 100)
PYTHON
