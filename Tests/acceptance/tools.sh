#!/usr/bin/env bash
# Is what every tool prints with --json one JSON document, or one a line, also where it fails, and with the same exit status? And
# do scripts and programs complete? One instance serves all.
#
# Environment: HOLDFAST_BIN and HOLDFAST_BUILD_CONFIGURATION as for tools/up.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
readonly INSTANCE=tools
# shellcheck source=lib/local-instance.sh
source "$PROJECT/Tests/acceptance/lib/local-instance.sh"
cd "$PROJECT"

# json STATUS FILTER COMMAND...: the command ends with that status, and its standard output is one document that FILTER is
# true of.
json() {
  local status=0
  "${@:3}" --json >"$work/json.out" 2>"$work/json.log" || status=$?
  ((status == $1)) || fail "'${*:3} --json' ended with $status, not $1: $(<"$work/json.out") $(<"$work/json.log")"
  [[ $(jq -s length "$work/json.out") == 1 ]] || fail "'${*:3} --json' did not print one document: $(<"$work/json.out")"
  jq -e "$2" "$work/json.out" >/dev/null || fail "'${*:3} --json' did not print what $2 is true of: $(<"$work/json.out")"
}

# json_lines STATUS FILTER COMMAND...: the same of lines, each a document; FILTER is of all of them.
json_lines() {
  local status=0
  "${@:3}" --json >"$work/json.out" 2>"$work/json.log" || status=$?
  ((status == $1)) || fail "'${*:3} --json' ended with $status, not $1: $(<"$work/json.out") $(<"$work/json.log")"
  jq -s -e "$2" "$work/json.out" >/dev/null || fail "'${*:3} --json' did not print what $2 is true of: $(<"$work/json.out")"
  [[ $(jq -s length "$work/json.out") == "$(wc -l <"$work/json.out")" ]] || fail "'${*:3} --json' is not one a line"
}

is_error='.error | type == "string" and length > 0'
data=$work/data holdfast=$HOLDFAST_BIN/holdfast replay=$HOLDFAST_BIN/replay

say "Without an instance every tool says so"
for tool in doctor "token ann" mail; do
  # shellcheck disable=SC2086 # a tool and its argument
  json 1 "$is_error" tools/$tool --data "$data"
done
json 0 '.wasRunning == false' tools/down --data "$data"
json 2 "$is_error" tools/up --nonsense
json 2 "$is_error" tools/migrate
json 2 "$is_error" tools/postgres start
json 1 "$is_error" tools/postgres conninfo "$work/nowhere"
json 64 "$is_error" "$holdfast" token
json 64 "$is_error" "$replay" as-of availability
json 64 "$is_error" "$HOLDFAST_BIN/payments-simulator" --port 99999 --data "$work/ledger"
json 2 "$is_error" tools/bench --rounds many

say "tools/up, and what looks at the instance"
coproc PORTS { exec Tests/acceptance/reserve-ports 3; } # a node, the simulator, the node's listener for operators
read -r port <&"${PORTS[0]}"
json 0 '.nodes | length == 1' tools/up --detach --replicas 0 --port "$port" --data "$data"
jq -e '.tokens.alice and .tokens.admin and .demoShow and .api and .payments' "$work/json.out" >/dev/null ||
  fail "tools/up --json does not tell all: $(<"$work/json.out")"
show=$(jq -r .demoShow "$work/json.out") node=$(jq -r '.nodes[0].url' "$work/json.out")
json 0 '.nodes | length == 1' tools/up --detach --data "$data"
json 0 '.token | split(".") | length == 3' tools/token sue --role support --data "$data"
token=$(jq -r .token "$work/json.out")
json 0 '.jwks | endswith("jwks.json")' "$holdfast" keys --data "$data"
json 0 '.publicKey | length == 40' "$holdfast" curve-keys "$work/curve.key"
json 1 "$is_error" "$holdfast" curve-keys "$work/curve.key"
status=0
tools/doctor --data "$data" >/dev/null 2>&1 || status=$?
json "$status" '.checks | length > 5' tools/doctor --data "$data"
json 1 "$is_error" tools/mail --data "$data"
printf 'Date: Mon, 1 Jan 2035 00:00:00 +0000\r\nTo: "A" <a@x.test>\r\nSubject: a\\b\r\n\r\ntext\r\n' >"$data/mail/1.eml"
json 0 '.subject == "a\\b" and (.text | endswith("text\n") or endswith("text"))' tools/mail --data "$data"
json 0 '.mails | length == 1' tools/mail --list --data "$data"
json_lines 0 'length == 0' tools/payments list --data "$data"
json_lines 0 'length == 0' tools/payments disputes --data "$data"
json_lines 0 'length == 0' tools/payments reconcile --data "$data"
json 1 "$is_error" tools/payments retry "$show-nothing" --data "$data"
postgres=$(jq -r .postgres "$data/instance.json")
json 0 '.epoch' "$holdfast" log head --postgres-url "$postgres"
cp -- "$work/json.out" "$work/head"

say "tools/replay"
json 0 '.isSame and (.views | length > 5)' tools/replay verify --data "$data"
json 0 '(.views | length == 1) and .nodes[0].wasIdentical' tools/replay rebuild sales --data "$data"
json_lines 0 'length >= 1' tools/replay as-of sales --sequence 1 --data "$data"
json_lines 64 '.[-1].error' tools/replay as-of nothing --sequence 1 --data "$data"
json 0 '.isFair' tools/replay fairness "$show" --data "$data"
json 64 "$is_error" tools/replay draw verify "$show" --data "$data"
json_lines 0 'length == 1 and .[0].type == "ShowCreated"' tools/replay log show 1 --data "$data"
json_lines 0 'length >= 1' tools/replay log tail --data "$data"
json_lines 0 'length >= 1' tools/replay log export --data "$data"
command=$(tools/replay log show 1 --data "$data" | jq -r .commandId)
json 0 '.isWhole and .contains' tools/replay log check --head "$work/head" --data "$data"
json 0 '.command' tools/replay log proof "$command" --data "$data"
cp -- "$work/json.out" "$work/proof"
json 0 '.isProof' tools/replay log verify-proof "$work/proof"
json 64 "$is_error" tools/replay log proof "${command//[0-9a-f]/0}" --data "$data"

say "What runs for tests and measurements"
json 0 '.isKept and .seeds == 2' tools/simulate --seeds 2
json 0 '.isKept and (.steps | length > 0)' tools/simulate --seed 1
json 0 '.fans.people > 0' tools/bot-crowd --seeds 1 --first 1
json 1 "$is_error" tools/loadgen "$work/no-plan"
"$HOLDFAST_BIN/payments-simulator" --port 0 --data "$work/ledger" --json >"$work/simulator.out" 2>"$work/simulator.log" &
simulator=$!
until [[ -s $work/simulator.out ]]; do
  kill -0 "$simulator" || fail "the simulator ended: $(<"$work/simulator.log")"
  sleep 0.1
done
kill "$simulator"
wait "$simulator" || true
jq -e '.url | startswith("http://127.0.0.1:")' "$work/simulator.out" >/dev/null || fail "$(<"$work/simulator.out")"

say "A report on sales, from the node and in a file"
for format in json csv; do
  curl --silent --show-error --fail-with-body --noproxy '*' --max-time 20 --header "Authorization: Bearer $token" \
    --output "$work/report.$format" "$node/api/v1/shows/$show/reports/sales?by=category&format=$format"
done
jq -e '.total.net == 0 and .currency' "$work/report.json" >/dev/null || fail "$(<"$work/report.json")"
[[ $(head -n 1 "$work/report.csv") == part,category,currency,* ]] || fail "$(<"$work/report.csv")"

say "Completion"
# completes WORDS... : what is offered for the last of them, one a line.
completes() {
  bash -c '
    source tools/completion.bash
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
    read -ra parts < <(complete -p "$1")
    for ((i = 0; i < ${#parts[@]}; i++)); do if [[ ${parts[i]} == -F ]]; then function=${parts[i + 1]}; fi; done
    "$function" "$1" "${@: -1}" "${@: -2:1}"
    printf "%s\n" "${COMPREPLY[@]}" | sort' bash "$@"
}
# offers EXPECTED WORDS...
offers() {
  local found
  found=$(completes "${@:2}" | tr '\n' ' ')
  [[ ${found% } == "$1" ]] || fail "after '${*:2}' there is '$found', not '$1'"
}
offers '--data --detach' tools/up --d
offers 'off on watch' tools/up --bots ''
offers 'rebuild' tools/replay r
offers 'reconcile restore retry' tools/payments re
offers 'start stop' tools/postgres st
offers '--quick' ./tools/bench --q
offers '--json' "$PROJECT/tools/down" --j
for program in holdfast replay; do
  "$HOLDFAST_BIN/$program" --generate-completion-script bash >"$work/$program.bash"
  "$HOLDFAST_BIN/$program" --generate-completion-script zsh >"$work/$program.zsh"
done
[[ $(
  # shellcheck disable=SC1091 # made by the program
  source "$work/holdfast.bash"
  COMP_WORDS=(holdfast tok) COMP_CWORD=1 COMP_LINE='holdfast tok' COMP_POINT=12
  _holdfast holdfast tok holdfast
  printf '%s' "${COMPREPLY[*]}"
) == token ]] || fail "holdfast does not complete its commands"

say "tools/down, tools/migrate and tools/postgres"
json 0 '.wasRunning' tools/down --data "$data"
json 0 '.conninfo | startswith("host=")' tools/postgres start "$data/postgres"
database=$(jq -r .conninfo "$work/json.out")
json 0 '.applied == []' tools/migrate "${database/dbname=postgres/dbname=holdfast}"
json 0 '.applied | length > 20' tools/migrate "$database"
json 0 '.folder' tools/postgres stop "$data/postgres"
json 0 '.folder' tools/postgres remove "$data/postgres"
