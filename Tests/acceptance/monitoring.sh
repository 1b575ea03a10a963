#!/usr/bin/env bash
# Does an operator see what happens? Brings up an instance with Prometheus, checks that metrics, rules, dashboard and runbook fit
# each other, plants the faults that alerts are about, and waits for the alerts.
#
# Environment: HOLDFAST_BIN and HOLDFAST_BUILD_CONFIGURATION as for tools/up.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
# shellcheck source=../../tools/lib/packages.sh
source "$PROJECT/tools/lib/packages.sh"
export HOLDFAST_MONITORING_SPEED=30

readonly INSTANCE=monitoring
# shellcheck source=lib/local-instance.sh
source "$PROJECT/Tests/acceptance/lib/local-instance.sh"

ensure_packages prometheus
promtool check rules "$PROJECT/tools/monitoring/rules.yml"
promtool test rules "$PROJECT/Tests/acceptance/monitoring/rules-test.yml"
# docs.sh finds out whether the anchors of links exist; those of the rules are no links.
grep -oE 'docs/runbook.md#[a-z]+' "$PROJECT/tools/monitoring/rules.yml" | sort -u | while IFS='#' read -r page anchor; do
  grep -qiE "^## $anchor\$" "$PROJECT/$page" || fail "$page has no part $anchor"
done

coproc PORTS { exec "$PROJECT/Tests/acceptance/reserve-ports" 6; } # the node, its replica, the simulator, two for operators, Prometheus
read -r port <&"${PORTS[0]}"
"$PROJECT/tools/up" --data "$work/data" --port "$port" --replicas 1 --rate-limits off --monitoring --detach >"$work/up.log" 2>&1
grep -q "monitoring   http://127.0.0.1:$((port + 5)) (Prometheus)" "$work/up.log" || fail "tools/up did not say where Prometheus is"

say "Metrics that promtool finds nothing to say about"
for operations in $((port + 3)) $((port + 4)); do
  curl --silent --show-error --fail --noproxy '*' "http://127.0.0.1:$operations/metrics" | promtool check metrics
done

say "A machine and an instance that are well, as far as tools/doctor knows"
doctor=0
"$PROJECT/tools/doctor" --data "$work/data" --json >"$work/doctor.json" || doctor=$?
jq -e --argjson status "$doctor" '(.status == "problem") == ($status != 0) and (.checks | length > 25)' "$work/doctor.json" >/dev/null ||
  fail "tools/doctor ended with $doctor: $(<"$work/doctor.json")"
# The machine of the test is what it is.
jq -e '[.checks[] | select(.status == "problem") | .check] | map(select(contains(": "))) == []' "$work/doctor.json" >/dev/null ||
  fail "tools/doctor finds problems: $(<"$work/doctor.json")"
chmod 0644 "$work/data/keys/ticket-key.pem"
! "$PROJECT/tools/doctor" --data "$work/data" >"$work/doctor.txt" || fail "tools/doctor overlooks a key that everybody may read"
grep -q '→ chmod go= ' "$work/doctor.txt" || fail "tools/doctor does not say what to do: $(<"$work/doctor.txt")"
chmod 0600 "$work/data/keys/ticket-key.pem"

token() { "$PROJECT/tools/token" "$@" --data "$work/data"; }
api() { curl --silent --show-error --fail-with-body --noproxy '*' --max-time 20 --output /dev/null "$@"; }

say "Requests are logged from now on, and somebody registers"
readonly email=zoe.quast@example.test password='a horse that nobody else rides'
api -X PUT "http://127.0.0.1:$((port + 3))/api/v1/log-levels/http" -H "Authorization: Bearer $(token root --role admin)" --json '{"level": "debug"}'
api "http://127.0.0.1:$port/api/v1/auth/register" --json "{\"email\": \"$email\", \"password\": \"$password\"}"

say "Faults"
python3 "$PROJECT/Tests/acceptance/monitoring/faults.py" "$PROJECT" "$work/data" "$(token root --role admin)" \
  "$(token ann)" "$(token ben)" "$(token cem)" "$(token dan)" 2>"$work/faults.log" || fail "$(<"$work/faults.log")"

say "Logs are lines of JSON, with nothing personal or secret in them"
for name in node replica-1; do
  jq -es 'length > 5 and all(.time and .level and .subsystem and .message)' "$work/data/log/$name.log" >/dev/null ||
    fail "$name.log is not lines of JSON"
done
jq -es 'any(.subsystem == "http" and .level == "debug" and .data.path)' "$work/data/log/node.log" >/dev/null ||
  fail "the level of http was not changed"
jq -es 'all(.subsystem == "http" or .level != "debug")' "$work/data/log/node.log" >/dev/null || fail "other levels were changed too"
# Tokens, keys, cards, addresses, passwords, users.
if grep -nE "eyJ[A-Za-z0-9_-]{20}|sk_test_|whsec_|pm_card|BEGIN PRIVATE|$email|$password|\\b(ann|ben|cem|dan)\\b" "$work"/data/log/{node,replica-1,payments-simulator}.log; then
  fail "the lines above should not be in a log"
fi

say "tools/down stops Prometheus too"
"$PROJECT/tools/down" --data "$work/data"
if curl --silent --noproxy '*' --max-time 2 "http://127.0.0.1:$((port + 5))/-/ready" >/dev/null; then fail "Prometheus still runs"; fi
