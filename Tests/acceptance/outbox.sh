#!/usr/bin/env bash
# Does change data capture see every event of the log once, in order, whatever happens to the node? Captures the outbox as
# Debezium does, by logical decoding, from a PostgreSQL of its own.
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_VENV, the Python environment with
# tools/requirements.txt. tools/test sets both.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
readonly DATABASE=outbox_test

cluster=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-outbox.XXXXXX")
chmod 0755 "$cluster" # PostgreSQL may have to run as another user
remove_cluster() {
  "$PROJECT/tools/postgres" remove "$cluster/postgres" >&2
  rm -rf -- "$cluster"
}
trap remove_cluster EXIT
HOLDFAST_TEST_POSTGRES=$("$PROJECT/tools/postgres" start "$cluster/postgres" | tail -n 1)
psql "$HOLDFAST_TEST_POSTGRES" -Xqc "ALTER SYSTEM SET wal_level = logical"
"$PROJECT/tools/postgres" stop "$cluster/postgres"
"$PROJECT/tools/postgres" start "$cluster/postgres" >/dev/null
export HOLDFAST_TEST_POSTGRES

# shellcheck source=lib/node-database.sh
source "$PROJECT/Tests/acceptance/lib/node-database.sh"
clean_up_node=$(declare -f clean_up)
eval "${clean_up_node/clean_up/clean_up_node}"
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  (clean_up_node) || status=$?
  remove_cluster || status=1
  exit "${status:-0}"
}

"$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/outbox/capture.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_appender)" "$work" "$(conninfo "$DATABASE")" 2>"$work/try.log" ||
  fail "$(cat "$work/try.log")"
