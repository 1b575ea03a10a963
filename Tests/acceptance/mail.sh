#!/usr/bin/env bash
# Do people get mail of what concerns them: by SMTP, once, or again under the same id after a node's death or while the server
# is down; with codes that can be read; in their language; and no reminders once they have said so? The mail server is a real one.
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
# shellcheck source=../../tools/lib/packages.sh
source "$PROJECT/tools/lib/packages.sh"
readonly DATABASE=mail_test
ensure_packages openssl

# shellcheck source=lib/node-database.sh
source "$PROJECT/Tests/acceptance/lib/node-database.sh"

certificate relay
certificate stranger
"$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/mail/try.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_appender)" "$work" "$(conninfo "$DATABASE")" \
  "$HOLDFAST_BIN/payments-simulator" 2>"$work/try.log" || fail "$(cat "$work/try.log")"
