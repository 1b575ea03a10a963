#!/usr/bin/env bash
# Accounts in a real browser (Chromium): passkeys of its virtual authenticator, and what a page of another origin can do to
# somebody who is logged in.
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
# shellcheck source=../../tools/lib/packages.sh
source "$PROJECT/tools/lib/packages.sh"
for name in HOLDFAST_BIN HOLDFAST_TEST_POSTGRES HOLDFAST_VENV; do
  [[ -n ${!name:-} ]] || fail "$name must be set; tools/test sets it"
done
ensure_packages chromium
readonly DATABASE=browser_test

coproc PORTS { exec "$PROJECT/Tests/acceptance/reserve-ports" 2; } # the node, and the attacker
read -r port <&"${PORTS[0]}"
work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-browser.XXXXXX")
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

"$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/browser/try.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_app)" "$work" "$port" "$(command -v chromium)" \
  2>"$work/try.log" || fail "$(cat "$work/try.log")"
