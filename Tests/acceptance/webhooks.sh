#!/usr/bin/env bash
# Are endpoints of webhooks told what happens: all of it, in order, what is theirs alone, signed as the standard's own library
# checks it, through a node's death, and without one that is down slowing another? Receivers are real servers.
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
readonly DATABASE=webhooks_test

# shellcheck source=lib/node-database.sh
source "$PROJECT/Tests/acceptance/lib/node-database.sh"

certificate endpoint
certificate stranger
clang -shared -fPIC -o "$work/rebinding.so" "$PROJECT/Tests/acceptance/webhooks/rebinding.c" -ldl

"$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/webhooks/receive.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_appender)" "$work" "$(conninfo "$DATABASE")" 2>"$work/try.log" ||
  fail "$(cat "$work/try.log")"
