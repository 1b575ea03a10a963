#!/usr/bin/env bash
# Everything that README.md, ARCHITECTURE.md and the pages in docs name exists: paths, links and their anchors, types and
# functions, flags, metrics and problem codes. And README.md stays short enough to be read.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 - <<'PYTHON'
import glob
import os
import re
import sys

FOLDERS = ("Sources", "Tests", "Projections", "schema", "tools", "docs")
PAGES = ("README.md", "ARCHITECTURE.md", *sorted(glob.glob("docs/*.md")))
README_LINES_MAX = 150
# Fewer names: the pages are written in another way than this script reads.
NAMES_MIN = 200


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def sources(folders, suffixes):
    """The text of every file below the folders whose name ends like that."""
    return "\n".join(
        read(os.path.join(path, name))
        for folder in folders for path, _, names in os.walk(folder) for name in names if name.endswith(suffixes))


def flags():
    """The flags of our programs and scripts."""
    swift = sources(("Sources",), ".swift")
    scripts = "\n".join(read(path) for path in glob.glob("tools/*") if os.path.isfile(path))
    found = {"--help"} | set(re.findall(r"--[a-z][a-z0-9-]*", scripts))
    # A setting's key has dots.
    found |= {"--" + key.replace(".", "-") for key in re.findall(r'\bkey: "([a-z0-9.]+)"', swift)}
    # An option is named like its property.
    properties = re.findall(r"@(?:Option|Flag)\b[^@]*?\bvar (\w+)", swift)
    found |= {"--" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower() for name in properties}
    return found | {"--" + name for name in re.findall(r'customLong\("([a-z-]+)"\)', swift)}


def anchors(page):
    """The anchors that a renderer gives the page's headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", read(page), flags=re.S | re.M), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


words = set(re.findall(r"\w+", sources(FOLDERS[:4], (".swift", ".sql", ".proto"))))
hyphenated = set(re.findall(r"[a-z]+(?:-[a-z]+)+", sources(("Sources", "Projections", "tools"), (".swift", ".sh", ".yaml"))))
known_flags = flags()
missing = []
checked = 0


def check(page, name, is_there):
    global checked
    checked += 1
    if not is_there:
        missing.append(f"{page}: there is no {name}")


for page in PAGES:
    # The blocks of a session, or of commands and files to adapt, are not about this folder.
    text = re.sub(r"^```.*?^```$", "", read(page), flags=re.S | re.M)
    links = [link or image for link, image in re.findall(r'\]\(([^)]+)\)|src="([^"]+)"', text)]
    for link in links:
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        exists = os.path.exists(target)
        check(page, link, exists and (not anchor or anchor in anchors(target)))
    for name in re.findall(r"`([^`]+)`", text):
        first = name.split()[0]
        for flag in re.findall(r"(?<!\S)--[a-z][a-z0-9-]*", name):
            # Of psql, curl and others.
            if first.startswith("--") or first.startswith("tools/") or first == "holdfast":
                check(page, flag, flag in known_flags)
        if first.split("/")[0] in FOLDERS:
            check(page, first, os.path.exists(first))
        elif re.fullmatch(r"(?:holdfast|http)_\w+", name):
            # Timers and counters are exposed with a suffix.
            check(page, name, name in words or re.sub(r"_(?:seconds|total)$", "", name) in words)
        elif re.fullmatch(r"[a-z]+(?:-[a-z]+)+", name):
            check(page, name, name in hyphenated)
        # A type of ours, alone or with a member; or a function of the log.
        elif re.fullmatch(r"(?:[A-Z]\w*[a-z]\w*|holdfast)(?:\.\w+)*", name) and name != "holdfast":
            for part in name.split("."):
                check(page, f"{part} (`{name}`)", part in words)

# Each requirement of ASVS 5.0, levels 1 and 2, has one line on the page about security.
required = read("Tests/acceptance/asvs-5.0.txt").split()
rows = re.findall(r"^\| ((?:\d+\.\d+\.\d+(?:, )?)+) \|", read("docs/security.md"), re.M)
answered = [requirement for row in rows for requirement in row.split(", ")]
for requirement in required:
    check("docs/security.md", f"single line for {requirement}", answered.count(requirement) == 1)
for requirement in set(answered) - set(required):
    check("docs/security.md", f"{requirement} among the requirements", False)

lines = read("README.md").count("\n")
if lines > README_LINES_MAX:
    missing.append(f"README.md has {lines} lines; at most {README_LINES_MAX} are read")

print(*missing, sep="\n", file=sys.stderr)
print(f"{checked} names on {len(PAGES)} pages looked up, {len(missing)} complaints")
sys.exit(bool(missing) or checked < NAMES_MIN)
PYTHON
