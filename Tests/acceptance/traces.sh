#!/usr/bin/env bash
# Do the spans of a request, of the append that it went with, of the nodes that applied it, of its payment and of its webhook
# reach a collector as one connected picture, read with OpenTelemetry's own library? Does a node without a collector lose spans
# and nothing else? And do the logs tell what they should, and nothing personal or secret?
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
readonly DATABASE=traces_test

# shellcheck source=lib/node-database.sh
source "$PROJECT/Tests/acceptance/lib/node-database.sh"

"$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/traces/collect.py" \
  "$HOLDFAST_BIN" "$(conninfo "$DATABASE" holdfast_appender)" "$work" 2>"$work/try.log" || fail "$(cat "$work/try.log")"
