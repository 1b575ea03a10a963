#!/usr/bin/env bash
# May everybody make the calls that the API says they may, and no others? Every call of openapi.yaml, as somebody of each role
# in each of two organisations and in the instance, and with their API keys.
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
readonly DATABASE=roles_test

# shellcheck source=lib/node-database.sh
source "$PROJECT/Tests/acceptance/lib/node-database.sh"

"$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/roles/matrix.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_appender)" "$work" \
  "$PROJECT/Sources/Web/WebAPI/openapi.yaml" 2>"$work/try.log" ||
  fail "$(cat "$work/try.log")"
