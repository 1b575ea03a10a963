#!/usr/bin/env bash
# Does a node believe an OpenID Connect provider, and only what is meant for it? A provider of another's making (PyPI's
# oidc-provider-mock) hands out tokens by the code flow with PKCE; the node finds its keys by discovery. And do browsers log in
# there by way of the node, and only those that asked to?
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
readonly DATABASE=openid_test

coproc PORTS { exec "$PROJECT/Tests/acceptance/reserve-ports" 1; }
read -r port <&"${PORTS[0]}"

# shellcheck source=lib/node-database.sh
source "$PROJECT/Tests/acceptance/lib/node-database.sh"

PYTHONWARNINGS=ignore "$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/openid/try.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_appender)" "$work" "$port" 2>"$work/try.log" ||
  fail "$(cat "$work/try.log")"
