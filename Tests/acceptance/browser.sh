#!/usr/bin/env bash
# Accounts in a real browser (Chromium): passkeys of its virtual authenticator, the node's own page with log-ins at an identity
# provider (PyPI's oidc-provider-mock), and what a page of another origin can do to somebody who is logged in.
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
# shellcheck source=../../tools/lib/packages.sh
source "$PROJECT/tools/lib/packages.sh"
ensure_packages chromium
readonly DATABASE=browser_test

coproc PORTS { exec "$PROJECT/Tests/acceptance/reserve-ports" 2; } # the node, and the attacker
read -r port <&"${PORTS[0]}"
# shellcheck source=lib/node-database.sh
source "$PROJECT/Tests/acceptance/lib/node-database.sh"

PYTHONWARNINGS=ignore "$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/browser/try.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_appender)" "$work" "$port" "$(command -v chromium)" \
  2>"$work/try.log" || fail "$(cat "$work/try.log")"
