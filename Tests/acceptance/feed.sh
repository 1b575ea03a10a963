#!/usr/bin/env bash
# Does a reader of the feed get everything, in order, for ever: as JSON lines by the program in docs/, through kills of it and of
# the node, and as Server-Sent Events, from the place where it stopped, into another epoch? Does a reader that leaves make room?
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
readonly DATABASE=feed_test

# shellcheck source=lib/node-database.sh
source "$PROJECT/Tests/acceptance/lib/node-database.sh"

"$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/feed/read.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_appender)" "$work" "$(conninfo "$DATABASE")" \
  "$PROJECT/docs/follow-feed.py" 2>"$work/try.log" || fail "$(cat "$work/try.log")"
