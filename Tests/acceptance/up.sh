#!/usr/bin/env bash
# Does tools/up look at an instance that is up already, and repair it? Breaks one in every way that a part of it can be
# broken, and expects tools/up to say what does not serve and to leave an instance that has lost nothing. Also looks at who its
# processes run as, and what that lets them reach.
#
# Environment: HOLDFAST_BIN and HOLDFAST_BUILD_CONFIGURATION as for tools/up.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
# shellcheck source=../../tools/lib/processes.sh
source "$PROJECT/tools/lib/processes.sh"
# shellcheck source=../../tools/lib/packages.sh
source "$PROJECT/tools/lib/packages.sh"
# shellcheck source=../../tools/lib/users.sh
source "$PROJECT/tools/lib/users.sh"

readonly SECONDS_MAX=60 # for what should take less than ten

readonly INSTANCE=up
# shellcheck source=lib/local-instance.sh
source "$PROJECT/Tests/acceptance/lib/local-instance.sh"
run=$work/data/run

coproc PORTS { exec "$PROJECT/Tests/acceptance/reserve-ports" 6; } # the node, its replica, the simulator, two for operators, nginx
read -r port <&"${PORTS[0]}"
node=http://127.0.0.1:$port replica=http://127.0.0.1:$((port + 1)) simulator=http://127.0.0.1:$((port + 2))

# up STATUS [FLAG...]: runs tools/up, which is to end with that status; what it says is in $work/up.log. Where the
# instance is up already, it keeps the ports it has, whatever the flags say.
up() {
  local status=0
  "$PROJECT/tools/up" --data "$work/data" "${@:2}" >"$work/up.log" 2>&1 || status=$?
  ((status == $1)) || fail "tools/up ended with $status, not $1"
}

# said WORDS...: in the output of the last tools/up.
said() { grep -qF -- "$*" "$work/up.log" || fail "tools/up did not say '$*'"; }

# waits_for WHAT COMMAND...
waits_for() {
  local deadline=$((SECONDS + SECONDS_MAX))
  until "${@:2}"; do
    ((SECONDS < deadline)) || fail "did not happen in $SECONDS_MAX seconds: $1"
    sleep 0.1
  done
}

ended() { ! recorded_process "$run/$1.pid" >/dev/null; }

# breaks SIGNAL PART
breaks() {
  kill "-$1" "$(recorded_process "$run/$2.pid")"
  if [[ $1 == KILL ]]; then waits_for "$2 ends" ended "$2"; fi
}

curl_to() { curl --silent --show-error --fail-with-body --noproxy '*' --max-time 20 "$@"; }

holds_placed=0 folders=
# A hold is acknowledged, and the replica shows it, and all that were acknowledged before.
serves() {
  local key=hold-$holds_placed seen
  seen=$(curl_to "$node/api/v1/shows/$show/holds" --header "$alice" --header "Idempotency-Key: $key" \
    --json '{"quantity": 1}' --output /dev/null --write-out '%header{sequence}') || fail "the hold was refused"
  holds_placed=$((holds_placed + 1))
  seen=$(curl_to "$replica/api/v1/me/holds" --header "$alice" --header "Last-Seen-Sequence: $seen" | jq '.holds | length')
  ((seen == holds_placed)) || fail "the replica shows $seen holds of $holds_placed"
  curl_to "$simulator/health" >/dev/null
}

say "A fresh instance, and another tools/up that finds all of it well"
up 0 --detach --port "$port" --replicas 1
show=$(jq -er .showId "$work/data/demo-show.json")
alice="Authorization: Bearer $("$PROJECT/tools/token" alice --data "$work/data")"
serves
before=$(cat "$run"/*.pid)
up 0 --replicas 1 --bots on
said "Already running in $work/data, detached"
said "--bots stays 'off', not 'on'"
! grep -q -e "--replicas stays" "$work/up.log" || fail "tools/up says that an option is not applied which is"
[[ $(cat "$run"/*.pid) == "$before" ]] || fail "tools/up started anew what was well"

say "Each process has its own user, database role and folder"
# runs PART USER: as that user, of those whom tools/up runs processes as.
runs() {
  local user
  user=$(stat -c %U "/proc/$(recorded_process "$run/$1.pid")")
  [[ $user == "$2" ]] || fail "$1 runs as $user, not as $2"
}
runs node "$(command_user)"
runs payments-simulator "$(command_user)"
runs replica-1 "$(query_user)"
if ((EUID == 0)); then runs postgres postgres; else runs postgres "$(id -un)"; fi
# connects_as PART: the database role that it was told to have.
connects_as() { tr '\0' '\n' <"/proc/$(recorded_process "$run/$1.pid")/cmdline" | sed -n 's/^host=.* user=\([a-z_]*\) .*/\1/p'; }
[[ $(connects_as node) == holdfast_appender ]] || fail "the node connects as $(connects_as node)"
[[ $(connects_as replica-1) == holdfast_reader ]] || fail "the replica connects as $(connects_as replica-1)"
# may_be USER ROLE: does PostgreSQL let the system user be this role?
conninfo=$(jq -r .postgres "$work/data/instance.json")
may_be() { as_user "$1" psql "$conninfo user=$2" -XAtqc 'SELECT 1' >/dev/null 2>&1; }
for role in postgres holdfast_appender holdfast_reader; do
  may_be "$(id -un)" "$role" || fail "$(id -un) cannot be $role"
  ((EUID == 0)) || continue
  # With the nodes' group, which lets anybody as far as PostgreSQL's socket: its map has to refuse them.
  if setpriv --reuid=nobody --regid="$NODE_GROUP" --clear-groups psql "$conninfo user=$role" -XAtqc 'SELECT 1' \
    >"$work/nobody.log" 2>&1; then fail "anybody can be $role"; fi
  grep -q 'Peer authentication failed' "$work/nobody.log" || fail "PostgreSQL was not asked: $(<"$work/nobody.log")"
done
if ((EUID == 0)); then
  may_be "$COMMAND_USER" holdfast_appender || fail "the node's user cannot be holdfast_appender"
  may_be "$QUERY_USER" holdfast_reader || fail "the replica's user cannot be holdfast_reader"
  for user in "$COMMAND_USER" "$QUERY_USER"; do
    if may_be "$user" postgres; then fail "$user can be superuser"; fi
    if as_user "$user" test -r "$work/data/keys/signing-key.pem"; then fail "$user can sign access tokens"; fi
  done
  if may_be "$QUERY_USER" holdfast_appender; then fail "the replica's user can append"; fi
  if as_user "$QUERY_USER" test -r "$work/data/node/keys/payments.key"; then fail "the replica can read the provider's key"; fi
fi
if ((EUID == 0)); then
  install -d -o nobody "$work/foreign"
  up 1 --data "$work/foreign"
  said "belongs to nobody"
  for refused in "down --data" "postgres stop" "postgres start"; do
    # shellcheck disable=SC2086 # a program and a word
    if "$PROJECT"/tools/$refused "$work/foreign" 2>"$work/up.log"; then fail "tools/$refused works in another's folder"; fi
    said "belongs to nobody"
  done
fi
# Others may pass through folders of root's, and no more.
open=$(find "$work/data" "$work/data/"*/ \( -type d -perm /066 \) -o \( -type f -perm /077 \) | grep -v '/postgres/cluster/' || true)
[[ -z $open ]] || fail "others than their owners may read: $open"

say "Behind an nginx that was told no more than where the node is"
ensure_packages nginx
mkdir "$work/nginx"
for folder in client_body proxy fastcgi uwsgi scgi; do folders+="${folder}_temp_path $work/nginx/$folder; "; done
cat >"$work/nginx.conf" <<NGINX
daemon off;
master_process off;
pid $work/nginx/pid;
events {}
http {
  access_log off;
  $folders
  server { listen 127.0.0.1:$((port + 5)); location / { proxy_pass $node; } }
}
NGINX
PATH=$PATH:/usr/sbin nginx -p "$work/nginx" -c "$work/nginx.conf" -e "$work/nginx.log" &
proxy=$! proxied=http://127.0.0.1:$((port + 5))
proxied_map() { curl_to "$proxied/api/v1/shows/$show/availability" --output /dev/null 2>/dev/null; }
waits_for "nginx serves" proxied_map
curl --silent --no-buffer --noproxy '*' --max-time 60 "$proxied/api/v1/shows/$show/availability/stream" >"$work/stream" &
reader=$!
streamed() { (($(grep -c '^event: availability' "$work/stream") >= $1)); }
waits_for "the stream begins" streamed 1
serves
waits_for "the stream goes on" streamed 2
kill "$reader" "$proxy"
wait "$reader" "$proxy" || true

say "PostgreSQL killed"
breaks KILL postgres
up 0
said "PostgreSQL does not answer"
serves

say "A replica that stands still, and the payment simulator killed"
breaks STOP replica-1
breaks KILL payments-simulator
up 0
said "replica-1 does not serve"
said "payments-simulator is not running"
serves

say "The node killed; and PostgreSQL stands still"
breaks KILL node
breaks STOP postgres
up 0
said "node is not running"
said "PostgreSQL does not answer"
serves

say "In the foreground: PostgreSQL is started again by itself"
"$PROJECT/tools/down" --data "$work/data"
"$PROJECT/tools/up" --data "$work/data" --port "$port" --replicas 1 >"$work/foreground.log" 2>&1 &
owner=$!
watching() { grep -qF "$1" "$work/foreground.log"; }
waits_for "the instance is up" watching "Ctrl-C stops everything"
breaks KILL postgres
waits_for "tools/up tells" watching "PostgreSQL has stopped"
recovered() { curl_to "$node/health/ready" >/dev/null 2>&1 && curl_to "$replica/health/ready" >/dev/null 2>&1; }
waits_for "PostgreSQL runs again" recorded_process "$run/postgres.pid" >/dev/null
waits_for "the nodes are ready again" recovered
serves
up 0
said "in the foreground of process $owner"

say "In the foreground of another process, what is broken is told"
breaks STOP replica-1
up 1
said "runs in the foreground of process $owner, and part of it does not answer"
said "replica-1 does not serve"
breaks KILL payments-simulator
waits_for "tools/up tells" watching "payments-simulator has stopped"

say "Its tools/up killed, the next one takes over"
kill -KILL "$owner"
wait "$owner" || true
up 0 --detach --port "$port" --replicas 1 --orders-database history
said "Stopping what an earlier run left behind"
serves

say "The stored views in another database, also after a repair"
breaks KILL node
up 0
said "node is not running"
serves
orders=$(jq -r .orders "$work/data/instance.json")
[[ $orders == *dbname=history* ]] || fail "the stored views are said to be in '$orders'"
follows() { [[ $(psql "$orders" -XAtc 'SELECT position FROM holdfast_orders.checkpoint') -ge $holds_placed ]]; }
waits_for "the orders follow the log" follows
"$PROJECT/tools/replay" verify --data "$work/data" >"$work/verify.log" 2>&1 || fail "tools/replay verify: $(<"$work/verify.log")"
grep -q "^orders at [0-9]*: same" "$work/verify.log" || fail "tools/replay verify does not look at the orders: $(<"$work/verify.log")"

say "tools/down of what is broken"
breaks STOP replica-1
breaks KILL node
breaks KILL postgres
"$PROJECT/tools/down" --data "$work/data"
for part in node replica-1 payments-simulator postgres; do ended "$part" || fail "$part still runs"; done
say "Broken and repaired; $holds_placed holds acknowledged, and all are there"
