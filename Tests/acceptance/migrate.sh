#!/usr/bin/env bash
# Does tools/migrate bring every database to the same schema? A new one, one of the first release with a log in it, and
# those that meet changed, broken, dropped and older files. The first release's migration is kept in migrate/released.
#
# Environment, which tools/test sets: HOLDFAST_TEST_POSTGRES, the connection string of the superuser of a PostgreSQL, and
# HOLDFAST_BIN, the folder with our executables.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
# shellcheck source=../../tools/lib/packages.sh
source "$PROJECT/tools/lib/packages.sh"
[[ -n ${HOLDFAST_TEST_POSTGRES:-} ]] ||
  fail "HOLDFAST_TEST_POSTGRES must name a PostgreSQL; tools/test starts one"

readonly RELEASED=$PROJECT/Tests/acceptance/migrate/released
PG_DUMP=$(postgres_programs)/pg_dump
readonly PG_DUMP
# By query nodes, and by command nodes besides.
readonly READER_CALLS='position_at recorded_commands read_barrier try_lease apply clear similar_words'
readonly APPENDER_CALLS='append barrier claim_writer
begin_mailing begin_reset change_password delete_account end_sessions open_session purge register reset_password revoke verify
begin_second_factor begin_second_factor_try confirm_second_factor end_second_factor fail_second_factor use_second_factor
add_passkey add_session answer_challenge lock_owner open_passkey_session open_provider_session'
readonly DATABASES=(migrate_test_new migrate_test_old migrate_test_split)

work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-migrate.XXXXXX")

# conninfo DATABASE [ROLE]: of two equal keys the last counts.
conninfo() { printf '%s dbname=%s%s\n' "$HOLDFAST_TEST_POSTGRES" "$1" "${2:+ user=$2}"; }

# query DATABASE SQL [ROLE]: holdfast_app, the role of earlier versions, can log in where one of these made it.
query() {
  local options=
  if [[ ${3:-} == holdfast_app ]]; then options='-c role=holdfast_app'; set -- "$1" "$2"; fi
  PGOPTIONS=$options psql "$(conninfo "$1" "${3:-}")" -XAtq --set=ON_ERROR_STOP=1 --command="$2"
}

drop_databases() {
  local name
  for name in "${DATABASES[@]}"; do query postgres "DROP DATABASE IF EXISTS $name WITH (FORCE)" 2>/dev/null; done
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  drop_databases || status=1
  rm -rf -- "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# migrates EXPECTED DATABASE [PROJECT]: it succeeds, having applied the files EXPECTED and no others.
migrates() {
  local applied
  applied=$("${3:-$PROJECT}/tools/migrate" "$(conninfo "$2")" 2>&1) || fail "$2 was not migrated: $applied"
  applied=${applied//applying schema\//}
  applied=${applied//$'\n'/ }
  [[ $applied == "$1" ]] || fail "$2: applied '$applied' instead of '$1'"
}

# refuses REASON DATABASE PROJECT: it fails, says REASON, and leaves the database as it was.
refuses() {
  local before output
  before=$(everything "$2")
  if output=$("$3/tools/migrate" "$(conninfo "$2")" 2>&1); then fail "$2 was migrated; expected: $1"; fi
  [[ $output == *"$1"* ]] || fail "expected '$1', got: $output"
  [[ $(everything "$2") == "$before" ]] || fail "$2 was changed, though it said: $output"
}

# dump DATABASE ARGUMENT...: newer versions of pg_dump put a random key into each.
dump() { "$PG_DUMP" "$(conninfo "$1")" "${@:2}" | sed '/^\\\(un\)\?restrict /d'; }
everything() { dump "$1"; }
schema() { dump "$1" --schema-only; }
# log DATABASE: what both formats of the log say.
log() {
  query "$1" "SELECT position, stream, stream_version, type, schema_version, payload, command_id, recorded_at
    FROM holdfast.events ORDER BY position"
  query "$1" "SELECT id, recorded_at, position, event_count, stream, principal, fingerprint, outcome
    FROM holdfast.commands ORDER BY id"
  query "$1" "SELECT * FROM holdfast.streams ORDER BY stream"
  query "$1" "SELECT epoch, position, recorded_at FROM holdfast.log_head"
}

# same WHAT ONE OTHER
same() { diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") >&2 || fail "$1 (above)"; }

# append DATABASE STREAM EXPECTED-VERSION [ROLE [released]]: one command with two events, as this version or the first release
# appends.
append() {
  local role=${4:-holdfast_appender} root="ARRAY[sha256('')],"
  if [[ ${5:-} == released ]]; then root=; fi
  query "$1" "SELECT kind FROM holdfast.append(1, ARRAY['$2'], ARRAY[$3]::bigint[], $root ARRAY[1],
    ARRAY[gen_random_uuid()], ARRAY['alice'], ARRAY[sha256('')], ARRAY['\\x00'::bytea], ARRAY[2], ARRAY['one', 'two'],
    ARRAY[1, 1]::smallint[], ARRAY['\\x01', '\\x02']::bytea[])" "$role" | grep -qx 0 ||
    fail "$1: nothing was appended"
}

# version NAME: a copy of this version's migration, to be changed; prints its folder.
version() {
  mkdir -p "$work/$1/tools"
  cp -R "$PROJECT/tools/migrate" "$PROJECT/tools/lib" "$work/$1/tools/"
  cp -R "$PROJECT/schema" "$work/$1/"
  printf '%s\n' "$work/$1"
}

# revise FILE: the function in the file returns the epoch's end instead of the position, so to speak.
revise() { sed -i 's/RETURN low;/RETURN low + 0;/' "$1"; }

drop_databases
for name in "${DATABASES[@]}"; do query postgres "CREATE DATABASE $name"; done

say "A new database, and the same again"
accounts='accounts/[0-9]*.sql accounts/functions/*.sql webhooks/[0-9]*.sql sinks/[0-9]*.sql'
views='orders/functions/*.sql shows/[0-9]*.sql shows/functions/*.sql'
# shellcheck disable=SC2086 # patterns
files=$(cd "$PROJECT/schema" && printf '%s ' [0-9]*.sql functions/*.sql $accounts orders/[0-9]*.sql $views)
migrates "${files% }" migrate_test_new
before=$(everything migrate_test_new)
migrates '' migrate_test_new
same "a second run changed the database" "$before" "$(everything migrate_test_new)"
append migrate_test_new a 0

say "The log and the views in two databases"
"$PROJECT/tools/migrate" "$(conninfo migrate_test_split)" --orders-url "$(conninfo migrate_test_new)" >/dev/null
same "the log's database has the stored views too" 'holdfast holdfast_accounts holdfast_sinks holdfast_webhooks' \
  "$(query migrate_test_split "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname LIKE 'holdfast%'")"

say "A doctor who asks as the readers' role knows whether both have everything"
# schemas: what it says of each schema. The machine may have problems of its own.
schemas() {
  local found
  found=$("$HOLDFAST_BIN/holdfast" doctor --schema "$PROJECT/schema" --json \
    --postgres-url "$(conninfo migrate_test_split holdfast_reader)" \
    --orders-url "$(conninfo migrate_test_new holdfast_reader)") || true
  jq -r '.checks[] | select(.check | contains(": schema ")) | "\(.check) \(.status)"' <<<"$found"
}
readonly WELL='database: schema holdfast ok
database: schema holdfast_accounts ok
database: schema holdfast_webhooks ok
database: schema holdfast_sinks ok
stored views: schema holdfast_orders ok
stored views: schema holdfast_shows ok'
same "the doctor finds something missing" "$WELL" "$(schemas)"
query migrate_test_split "DELETE FROM holdfast_webhooks.schema_migrations WHERE file = '0002_reader.sql'"
query migrate_test_new "DELETE FROM holdfast_orders.schema_migrations WHERE file = 'functions/apply.sql'"
same "the doctor overlooks what is missing" "$(sed -E 's/(webhooks|orders) ok/\1 problem/' <<<"$WELL")" "$(schemas)"
"$PROJECT/tools/migrate" "$(conninfo migrate_test_split)" --orders-url "$(conninfo migrate_test_new)" >/dev/null
same "the doctor still finds something missing" "$WELL" "$(schemas)"

say "A database of the first release, with a log"
migrates '0001_log.sql 0002_append.sql orders/0001_orders.sql' migrate_test_old "$RELEASED"
append migrate_test_old a 0 holdfast_app released
append migrate_test_old b 0 holdfast_app released
before=$(log migrate_test_old)
# shellcheck disable=SC2086 # patterns
later=$(cd "$PROJECT/schema" && printf '%s ' 000[3-9]*.sql functions/*.sql $accounts orders/000[2-9]*.sql $views)
migrates "${later% }" migrate_test_old
same "the log was changed" "$before" "$(log migrate_test_old)"
same "an old database differs from a new one" "$(schema migrate_test_new)" "$(schema migrate_test_old)"
recorded="SELECT file, checksum FROM holdfast.schema_migrations UNION ALL
  SELECT file, checksum FROM holdfast_accounts.schema_migrations UNION ALL
  SELECT file, checksum FROM holdfast_webhooks.schema_migrations UNION ALL
  SELECT file, checksum FROM holdfast_sinks.schema_migrations UNION ALL
  SELECT file, checksum FROM holdfast_orders.schema_migrations UNION ALL
  SELECT file, checksum FROM holdfast_shows.schema_migrations ORDER BY 1, 2"
# Functions that no extension brought.
readonly OURS="pronamespace::regnamespace::text LIKE 'holdfast%' AND NOT EXISTS (SELECT FROM pg_depend
  WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')"
same "an old database has other records than a new one" \
  "$(query migrate_test_new "$recorded")" "$(query migrate_test_old "$recorded")"
append migrate_test_old a 2
append migrate_test_old a 4 holdfast_app # by nodes that have not been given another role yet
migrates '' migrate_test_old

say "Privileges"
for name in migrate_test_new migrate_test_old; do
  for role in holdfast_reader holdfast_appender; do
    calls=$READER_CALLS
    if [[ $role == holdfast_appender ]]; then calls+=" $APPENDER_CALLS"; fi
    same "$role may call other functions of $name" "$(tr ' ' '\n' <<<"$calls" | sort)" "$(query $name "
      SELECT DISTINCT proname FROM pg_proc WHERE $OURS AND has_function_privilege('$role', oid, 'EXECUTE')" | sort)"
  done
  same "holdfast_app still has something of $name as its own" '' "$(query $name "
    SELECT objid::text FROM pg_shdepend JOIN pg_database AS d ON d.oid = dbid
    WHERE d.datname = current_database() AND refobjid = 'holdfast_app'::regrole")"
  same "a role changes other tables of $name" "$(printf '%s\n' \
    accounts.{accounts,answered_challenges,late_notices,mailings,notice_preferences,notice_rounds,passkeys,revocation_head,revocations,second_factors,sessions}:appender \
    orders.{checkpoint,orders,tickets}:{appender,reader} shows.{checkpoint,shows,words}:{appender,reader} \
    sinks.{checkpoints,outbox}:appender webhooks.{attempts,changes,endpoints}:appender | sort)" \
    "$(query $name "
    SELECT DISTINCT substring(n.nspname FROM 10) || '.' || c.relname || ':' || substring(r.rolname FROM 10)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace, pg_roles AS r
    WHERE n.nspname LIKE 'holdfast%' AND c.relkind IN ('r', 'p', 'v') AND r.rolname IN ('holdfast_appender', 'holdfast_reader')
    AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')" | sort)"
  # What of columns alone: the last request of a session.
  same "the readers' role changes other columns of $name" sessions.seen_at "$(query $name "
    SELECT c.relname || '.' || a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
    WHERE relnamespace = 'holdfast_accounts'::regnamespace AND relkind = 'r' AND attnum > 0
    AND has_column_privilege('holdfast_reader', c.oid, attnum, 'INSERT, UPDATE')")"
  same "everybody may make objects in $name" f \
    "$(query $name "SELECT bool_or(has_schema_privilege('public', oid, 'CREATE')) FROM pg_namespace")"
  same "everybody may take leases in $name" '' "$(query $name "
    SELECT oid::regprocedure FROM pg_proc WHERE proname ~ '^pg_(try_)?advisory_(xact_)?lock'
    AND has_function_privilege('public', oid, 'EXECUTE')")"
  same "everybody may call, or another role owns, a function of $name" '' "$(query $name "
    SELECT oid::regprocedure FROM pg_proc WHERE $OURS
    AND (has_function_privilege('public', oid, 'EXECUTE') OR proowner <> 'holdfast_owner'::regrole)")"
  same "other functions of $name run with their owner's rights" "append barrier try_lease" "$(query $name "
    SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc
    WHERE $OURS AND prosecdef")"
done

say "An older program"
for name in migrate_test_new migrate_test_old; do refuses 'unknown here: it is newer' $name "$RELEASED"; done

say "A changed numbered file"
changed=$(version changed)
for file in 0001_log.sql orders/0001_orders.sql; do
  cp "$PROJECT/schema/0001_log.sql" "$changed/schema/"
  echo '-- changed' >>"$changed/schema/$file"
  refuses "schema/$file was changed" migrate_test_new "$changed"
done

say "A changed function, and the way back"
revised=$(version revised)
revise "$revised/schema/functions/position_at.sql"
sed -i 's/LIMIT p_limit/LIMIT p_limit + 0/' "$revised/schema/shows/functions/similar_words.sql" # it needs an extension
migrates 'functions/position_at.sql shows/functions/similar_words.sql' migrate_test_new "$revised"
query migrate_test_new "SELECT pg_get_functiondef('holdfast.position_at'::regproc)" | grep -q 'low + 0' ||
  fail "the function was not replaced"
migrates '' migrate_test_new "$revised"
refuses 'this database had this schema/functions/position_at.sql before' migrate_test_new "$PROJECT"

say "A broken function takes those before it with it"
broken=$(version broken)
revise "$broken/schema/functions/position_at.sql"
sed -i 's/RAISE EXCEPTION/RAISE NOTHING AT ALL/' "$broken/schema/functions/refuse_change.sql"
refuses functions/refuse_change.sql migrate_test_old "$broken"

say "Other arguments, or another result, without dropping the function first"
sed -i '/^CREATE/s/p_at timestamptz/p_at timestamptz, p_more integer/' "$revised/schema/functions/position_at.sql"
refuses functions/position_at.sql migrate_test_new "$revised"
sed -i '/^CREATE/{ s/, p_more integer//; s/RETURNS bigint/RETURNS numeric/; }' "$revised/schema/functions/position_at.sql"
refuses functions/position_at.sql migrate_test_new "$revised"
cat >"$revised/schema/0004_position_at.sql" <<'SQL'
DROP FUNCTION holdfast.position_at(timestamptz);
DELETE FROM holdfast.schema_migrations WHERE file = 'functions/position_at.sql';
SQL
migrates '0004_position_at.sql functions/position_at.sql' migrate_test_new "$revised"

say "A dropped function"
dropped=$(version dropped)
rm "$dropped/schema/functions/position_at.sql"
refuses 'functions/position_at.sql, unknown here' migrate_test_old "$dropped"
cp "$revised/schema/0004_position_at.sql" "$dropped/schema/"
migrates 0004_position_at.sql migrate_test_old "$dropped"
same "the function is still there" '' "$(query migrate_test_old "SELECT to_regproc('holdfast.position_at')")"
refuses '0004_position_at.sql, unknown here: it is newer' migrate_test_old "$PROJECT"
