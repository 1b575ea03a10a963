# shellcheck shell=bash
# Does a running instance serve? Asks it, by what it says of itself. Needs report.sh, processes.sh and instance.sh.

# What answers at all answers in milliseconds; a node that has just got PostgreSQL back is ready again within this time.
readonly ANSWER_SECONDS_MAX=5

# Requests to ourselves go to ourselves, whatever proxy the environment names.
request() { curl --silent --show-error --noproxy '*' "$@"; }

# Prints why the node whose listener for operators is at URL $1 serves without some of its views; fails when that is not so. A view that met an event it
# can't read will never be ready; the rest of the node serves all the same.
stopped_views() {
  request --max-time 2 "$1/health/ready" 2>/dev/null | jq -er 'select(.code == "projection-stopped").detail' 2>/dev/null
}

# answers COMMAND...: does it succeed, within what is left of the time until $deadline? It is tried once in any case.
answers() {
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then return 1; fi
    sleep 0.2
  done
}

postgres_serves() { timeout 2 psql "$(jq -r .postgres "$DATA/instance.json")" -XAtqc 'SELECT 1'; }
prometheus_serves() { request --fail --max-time 2 "$1/-/ready"; }
simulator_serves() { request --fail --max-time 2 "$1/health"; }
node_serves() {
  request --fail --max-time 2 "$1/health/live" && { request --fail --max-time 2 "$1/health/ready" || stopped_views "$2"; }
}

# Prints what does not serve, a line each; nothing when all is well.
instance_faults() {
  local deadline=$((SECONDS + ANSWER_SECONDS_MAX)) name url operations
  if ! answers postgres_serves; then echo "    PostgreSQL does not answer; its log is $DATA/log/postgres.log"; fi
  while read -r name url operations; do
    if ! recorded_process "$DATA/run/$name.pid" >/dev/null; then
      echo "    $name is not running; its log is $DATA/log/$name.log"
    elif [[ $name == prometheus ]]; then
      answers prometheus_serves "$url" || echo "    $name does not answer at $url; its log is $DATA/log/$name.log"
    elif [[ $name == payments-simulator ]]; then
      answers simulator_serves "$url" || echo "    $name does not answer at $url; its log is $DATA/log/$name.log"
    elif ! answers node_serves "$url" "$operations"; then
      echo "    $name does not serve at $url; its log is $DATA/log/$name.log"
    fi
  done < <(jq -r '(.nodes[] | "\(.data) \(.url) \(.operations // .url)"), "payments-simulator \(.payments)", (.monitoring // empty | "prometheus \(.)")' "$DATA/instance.json")
}
