# shellcheck shell=bash
# Prometheus beside an instance: it watches the instance's nodes, on the loopback. Needs report.sh, processes.sh, packages.sh,
# users.sh and instance.sh.
#
#   HOLDFAST_MONITORING_SPEED   for tests: what the rules look back at, and wait for, is so many times shorter (default 1), and
#                               looks are more frequent, up to one a second

readonly MONITORING_INTERVAL=5 # seconds between two looks; tools/monitoring/rules.yml is made for it
readonly MONITORING_RETENTION=15d
readonly MONITORING_START_SECONDS_MAX=60

# monitoring_rules SPEED INTERVAL: the rules with their times SPEED times shorter. A window has five looks at least.
monitoring_rules() {
  awk -v speed="$1" -v interval="$2" '
    function shrink(time,   unit, seconds) {
      unit = substr(time, length(time))
      seconds = substr(time, 1, length(time) - 1) * (unit == "m" ? 60 : unit == "h" ? 3600 : 1)
      return int(seconds / speed)
    }
    speed == 1 { print; next }
    {
      line = ""
      while (match($0, /(\[|for: )[0-9]+[smh]/)) {
        prefix = substr($0, RSTART, 1) == "[" ? "[" : "for: "
        seconds = shrink(substr($0, RSTART + length(prefix), RLENGTH - length(prefix)))
        least = prefix == "[" ? 5 * interval : 1
        line = line substr($0, 1, RSTART - 1) prefix (seconds < least ? least : seconds) "s"
        $0 = substr($0, RSTART + RLENGTH)
      }
      print line $0
    }' "$PROJECT/tools/monitoring/rules.yml"
}

# Who Prometheus runs as: root's is the user that Debian's package has made for it.
monitoring_user() { if ((EUID == 0)) && getent passwd prometheus >/dev/null; then echo prometheus; else query_user; fi; }

# write_monitoring_configuration SPEED USER FOLDER: gives USER prometheus.yml and rules.yml, from what the instance says of
# itself. They are made where USER could not have put a link before.
write_monitoring_configuration() {
  local speed=$1 user=$2 folder=$3 interval=$((MONITORING_INTERVAL / $1)) new faults
  ((interval >= 1)) || interval=1
  new=$(mktemp -d)
  monitoring_rules "$speed" "$interval" >"$new/rules.yml"
  {
    cat <<YAML
# Made by tools/up from what the instance says of itself.
global:
  scrape_interval: ${interval}s
  scrape_timeout: ${interval}s
  evaluation_interval: ${interval}s
rule_files: [rules.yml]
scrape_configs:
  - job_name: holdfast
    static_configs:
YAML
    jq -r '.nodes[] | "      - targets: [\"\(.operations | ltrimstr("http://"))\"]\n        labels: {node: \"\(.data)\"}"' \
      "$DATA/instance.json"
  } >"$new/prometheus.yml"
  if ! faults=$(promtool check config "$new/prometheus.yml" 2>&1); then
    rm -rf -- "$new"
    fail "$faults"
  fi
  hand_over "$user" "$folder" "$new"/{prometheus,rules}.yml
  rm -rf -- "$new"
}

# start_monitoring PORT: Prometheus on 127.0.0.1:PORT.
start_monitoring() {
  local port=$1 speed=${HOLDFAST_MONITORING_SPEED:-1} user folder deadline pid
  [[ $speed =~ ^[1-9][0-9]{0,2}$ ]] || fail "HOLDFAST_MONITORING_SPEED is a number from 1 to 999, not '$speed'"
  user=$(monitoring_user)
  folder=$(own_folder monitoring "$user")
  write_monitoring_configuration "$speed" "$user" "$folder"
  rotate_log "$DATA/log/prometheus.log"
  say "Starting Prometheus"
  (
    record_process "$DATA/run/prometheus.pid" "$BASHPID"
    become "$user" env --default-signal=INT,QUIT setsid prometheus --config.file="$folder/prometheus.yml" \
      --storage.tsdb.path="$folder/series" --storage.tsdb.retention.time="$MONITORING_RETENTION" \
      --web.listen-address="$HOST:$port" </dev/null >>"$DATA/log/prometheus.log" 2>&1 7>&- 8>&- 9>&-
  ) &
  pid=$!
  disown
  deadline=$((SECONDS + MONITORING_START_SECONDS_MAX))
  until request --fail --output /dev/null --max-time 2 "http://$HOST:$port/-/ready" 2>/dev/null; do
    if ! kill -0 "$pid" 2>/dev/null || ((SECONDS >= deadline)); then
      tail -n 20 "$DATA/log/prometheus.log" >&2
      fail "Prometheus did not start; the end of $DATA/log/prometheus.log is above"
    fi
    sleep 0.2
  done
}

# Notes where Prometheus is in the instance's description.
describe_monitoring() {
  jq --arg monitoring "http://$HOST:$1" '. + {$monitoring}' "$DATA/instance.json" >"$DATA/instance.json.new"
  mv -f -- "$DATA/instance.json.new" "$DATA/instance.json"
}
