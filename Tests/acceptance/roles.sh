#!/usr/bin/env bash
# May everybody make the calls that the API says they may, and no others? Every call of openapi.yaml, as somebody of each role
# in each of two organisations and in the instance, and with their API keys.
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
for name in HOLDFAST_BIN HOLDFAST_TEST_POSTGRES HOLDFAST_VENV; do
  [[ -n ${!name:-} ]] || fail "$name must be set; tools/test sets it"
done
readonly DATABASE=roles_test

work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-roles.XXXXXX")
# conninfo DATABASE [ROLE]: of two equal keys the last counts.
conninfo() { printf '%s dbname=%s%s\n' "$HOLDFAST_TEST_POSTGRES" "$1" "${2:+ user=$2}"; }
query() { psql "$(conninfo postgres)" -XAtq --set=ON_ERROR_STOP=1 --command="$1"; }

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  query "DROP DATABASE IF EXISTS $DATABASE WITH (FORCE)" || status=1
  if ((status != 0)) && [[ -f $work/node.log ]]; then tail -n 50 "$work/node.log" >&2; fi
  rm -rf -- "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

query "DROP DATABASE IF EXISTS $DATABASE WITH (FORCE)" 2>/dev/null
query "CREATE DATABASE $DATABASE"
"$PROJECT/tools/migrate" "$(conninfo "$DATABASE")" >"$work/migrate.log" 2>&1 || fail "$(cat "$work/migrate.log")"
"$HOLDFAST_BIN/holdfast" keys --data "$work" >"$work/keys.log"

"$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/roles/matrix.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_app)" "$work" \
  "$PROJECT/Sources/Web/WebAPI/openapi.yaml" 2>"$work/try.log" ||
  fail "$(cat "$work/try.log")"
