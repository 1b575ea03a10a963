# For the scripts that try a node which they start themselves: a folder of their own, and a database with the schema; both
# are gone when the script ends, and what the node said last is shown if it failed.
#
# Source it after tools/lib/report.sh, with DATABASE set. It sets work, the folder, which has the node's keys.

for name in HOLDFAST_BIN HOLDFAST_TEST_POSTGRES HOLDFAST_VENV; do
  [[ -n ${!name:-} ]] || fail "$name must be set; tools/test sets it"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-$DATABASE.XXXXXX")
# conninfo DATABASE [ROLE]: of two equal keys the last counts.
conninfo() { printf '%s dbname=%s%s\n' "$HOLDFAST_TEST_POSTGRES" "$1" "${2:+ user=$2}"; }
# certificate NAME: makes NAME.pem and NAME-key.pem in the folder, for localhost.
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$work/$1-key.pem" -out "$work/$1.pem" 2>"$work/openssl.log" || fail "$(cat "$work/openssl.log")"
}
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
