#!/usr/bin/env bash
# Does a running node do what openapi.yaml says? Validates the document, then has schemathesis make up requests from it,
# good ones, bad ones and sequences of them, and checks every answer against it. What schemathesis can't do is asked
# here: the stream that never ends, what others may not, a snapshot that fits.
#
# Environment: HOLDFAST_BIN and HOLDFAST_BUILD_CONFIGURATION as for tools/up; HOLDFAST_VENV, the Python environment with
# tools/requirements.txt; HOLDFAST_SCHEMATHESIS_EXAMPLES to look deeper than 40 random requests per call.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
# shellcheck source=../../tools/lib/packages.sh
source "$PROJECT/tools/lib/packages.sh"
[[ -x ${HOLDFAST_VENV:-}/bin/schemathesis ]] ||
  fail "HOLDFAST_VENV must name a Python environment with tools/requirements.txt; tools/test makes one"

readonly DOCUMENT=$PROJECT/Sources/Web/WebAPI/openapi.yaml
# Random requests per call and sequences of calls; some minutes in all, most of it spent making them up.
readonly EXAMPLES=${HOLDFAST_SCHEMATHESIS_EXAMPLES:-40}
readonly SCHEMATHESIS_SECONDS_MAX=600
readonly EVENT_SECONDS_MAX=10

work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-schemathesis.XXXXXX")
chmod 0755 "$work" # PostgreSQL may have to run as another user
stream=

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  if [[ -n $stream ]]; then kill "$stream" 2>/dev/null || true; fi
  if ((status != 0)) && [[ -f $work/data/log/node.log ]]; then tail -n 50 "$work/data/log/node.log" >&2; fi
  "$PROJECT/tools/down" --data "$work/data" || status=1
  rm -rf -- "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

python() { "$HOLDFAST_VENV/bin/python" "$@"; }

# request EXPECTED-STATUS CURL-ARGUMENT...: asks as $token; leaves the answer in $work/body and $work/headers.
request() {
  local status
  status=$(curl --silent --show-error --noproxy '*' --max-time 20 --dump-header "$work/headers" --output "$work/body" \
    --header "Authorization: Bearer $token" --write-out '%{http_code}' "${@:2}")
  [[ $status == "$1" ]] || fail "expected $1, got $status for ${*:2}: $(head -c 1000 "$work/body")"
}

# command EXPECTED-STATUS KEY BODY CURL-ARGUMENT...
command_request() {
  request "$1" --header "Idempotency-Key: $2" --header 'Content-Type: application/json' --data-binary "$3" "${@:4}"
}

# same WHAT WANTED FOUND
same() { [[ $2 == "$3" ]] || fail "$1 should be '$2', is '$3'"; }

header() { sed -n "s/^$1: \(.*\)\r$/\1/Ip" "$work/headers"; }
member() { jq -er "$1" "$work/body"; }

# follow FILE CURL-ARGUMENT...: starts to write the arena's stream into FILE.
follow() {
  : >"$1" # which is looked at before curl has begun
  curl --silent --no-buffer --noproxy '*' --max-time 60 "${@:2}" \
    "$url/api/v1/shows/$arena/availability/stream" >"$1" &
  stream=$!
}

unfollow() {
  kill "$stream"
  wait "$stream" || true
  stream=
}

# field FILE NUMBER NAME: waits for that event of the stream, from 1, and prints its field id, event or data.
field() {
  local deadline=$((SECONDS + EVENT_SECONDS_MAX))
  until (($(grep -c '^$' "$1") >= $2)); do
    ((SECONDS < deadline)) || fail "no event $2 in $EVENT_SECONDS_MAX seconds, only: $(head -c 2000 "$1")"
    sleep 0.05
  done
  awk -v RS= -v number="$2" 'NR == number' "$1" | sed -n "s/^$3: //p"
}

# conforms SCHEMA: the JSON on standard input is what the document calls that.
conforms() {
  # shellcheck disable=SC2016 # Python, not the shell
  python -c '
import json, sys, jsonschema, yaml
document = yaml.safe_load(open(sys.argv[1]))
schema = {"$ref": f"#/components/schemas/{sys.argv[2]}", "components": document["components"]}
jsonschema.Draft202012Validator(schema).validate(json.load(sys.stdin))' "$DOCUMENT" "$1"
}

say "Validating openapi.yaml"
"$HOLDFAST_VENV/bin/openapi-spec-validator" "$DOCUMENT"

# The cheapest there is: schemathesis has many passwords hashed.
export HOLDFAST_ACCOUNTS_PASSWORD_COST=14
coproc PORTS { exec "$PROJECT/Tests/acceptance/reserve-ports" 3; } # the node, the payment simulator, and the node's operators
read -r port <&"${PORTS[0]}"
url=http://127.0.0.1:$port
"$PROJECT/tools/up" --detach --data "$work/data" --port "$port" --replicas 0 --rate-limits off >"$work/up.log"
operations=$(jq -er '.nodes[0].operations' "$work/data/instance.json")
admin=$("$PROJECT/tools/token" admin --role admin --data "$work/data")
user=$("$PROJECT/tools/token" bob --data "$work/data")
token=$admin

say "The document is served as it is"
request 200 "$url/openapi.yaml"
cmp "$work/body" "$DOCUMENT"
same Content-Type application/yaml "$(header Content-Type)"

say "The document's own example makes a show"
python -c '
import json, sys, yaml
post = yaml.safe_load(open(sys.argv[1]))["paths"]["/api/v1/shows"]["post"]
json.dump(post["requestBody"]["content"]["application/json"]["examples"]["seatsAndAreas"]["value"], sys.stdout)
' "$DOCUMENT" >"$work/show.json"
command_request 201 a-show-to-cancel "@$work/show.json" "$url/api/v1/shows"
cancelled=$(member .showId)
command_request 201 a-show-to-queue-for "@$work/show.json" "$url/api/v1/shows"
queued=$(member .showId)
command_request 201 a-show-to-change "@$work/show.json" "$url/api/v1/shows"
changed=$(member .showId)
# One caller holds again and again.
jq '.maxSeatsPerUser = 1000000' "$work/show.json" >"$work/unlimited-show.json"
command_request 201 a-show "@$work/unlimited-show.json" "$url/api/v1/shows"
show=$(member .showId)

say "What a client has already is not sent again"
for part in seating-plan availability; do
  request 200 "$url/api/v1/shows/$show/$part"
  request 304 --header "If-None-Match: $(header ETag)" "$url/api/v1/shows/$show/$part"
done

say "The stream tells the whole, then what changes; resumed, exactly what was missed"
# Of a show of thousands of seats: for a small one the whole is shorter than what changed.
arena=$(jq -er .showId "$work/data/demo-show.json")
request 200 "$url/api/v1/shows/$arena/seating-plan"
mapfile -t seats < <(jq -r '[.zones[].rows[].seats[].seat_guid][:2][]' "$work/body")
request 200 "$url/api/v1/shows/$arena"
created=$(member .version)
follow "$work/first"
same 'the first id' "$created" "$(field "$work/first" 1 id)"
same 'the first event' availability "$(field "$work/first" 1 event)"
field "$work/first" 1 data | conforms SeatMap
same 'held at first' 0 "$(field "$work/first" 1 data | jq .held)"
command_request 201 a-hold "{\"seats\":[\"${seats[1]}\"]}" "$url/api/v1/shows/$arena/holds"
hold=$(member .holdId)
held=$(header Sequence)
held_command=$(header Command-Id)
same 'the second id' "$held" "$(field "$work/first" 2 id)"
field "$work/first" 2 data | conforms SeatMapChanges
wanted="{\"since\":\"$created\",\"changes\":[[1,1]]}"
same 'the change' "$wanted" "$(field "$work/first" 2 data | jq -c '{since, changes}')"
unfollow
follow "$work/resumed" --header "Last-Event-ID: $created"
same 'the resumed change' "$wanted" "$(field "$work/resumed" 1 data | jq -c '{since, changes}')"
unfollow
follow "$work/current" --header "Last-Event-ID: $held"
command_request 201 another-hold "{\"seats\":[\"${seats[0]}\"]}" "$url/api/v1/shows/$arena/holds"
same 'what a reader who missed nothing gets first' "{\"since\":\"$held\",\"changes\":[[0,1]]}" \
  "$(field "$work/current" 1 data | jq -c '{since, changes}')"
unfollow
request 400 --header 'Last-Event-ID: soon' "$url/api/v1/shows/$arena/availability/stream"
same code invalid-sequence "$(member .code)"
request 404 "$url/api/v1/shows/nowhere/availability/stream"
request 200 --head "$url/api/v1/shows/$arena/availability/stream" # which ends

say "A hold becomes a ticket, which changes hands and lets somebody in, once"
command_request 201 to-buy '{"seats":["A-1","A-2","A-3"]}' "$url/api/v1/shows/$show/holds"
purchase=$(jq -c '{holdId, fencingToken, paymentMethod: "pm_card_visa"}' "$work/body")
command_request 201 buy "$purchase" --header 'Prefer: wait=30' --max-time 60 "$url/api/v1/orders"
conforms Order <"$work/body"
same 'the order' completed "$(member .status)"
order=$(member .orderId)
paid=$(header Sequence)
same Location "/api/v1/orders/$order" "$(header Location)"
command_request 201 buy "$purchase" --header 'Prefer: wait=30' --max-time 60 "$url/api/v1/orders"
same 'the order of the same key' "$order" "$(member .orderId)"

say "Its receipt proves the sale without the log, and no other receipt does"
ensure_packages openssl
request 200 --header "Last-Seen-Sequence: $paid" "$url/api/v1/orders/$order/receipt"
cp "$work/body" "$work/receipt.json"
openssl pkey -in "$work/data/keys/log-key.pem" -pubout -out "$work/log-key.pem"
openssl pkey -in "$work/data/keys/ticket-key.pem" -pubout -out "$work/another-key.pem"
python "$PROJECT/Tests/acceptance/receipt/tamper.py" "$PROJECT/docs/verify-receipt.py" "$work/receipt.json" \
  "$work/log-key.pem" "$work/another-key.pem"
token=$user
request 404 --header "Last-Seen-Sequence: $paid" "$url/api/v1/orders/$order/receipt"
token=$admin

command_request 200 give '{"to":"bob"}' "$url/api/v1/tickets/$order-1/transfer"
request 200 --header "Last-Seen-Sequence: $paid" "$url/api/v1/tickets/$order-1"
member .code >"$work/old-code"
token=$user
command_request 200 take '' --request POST "$url/api/v1/tickets/$order-1/transfer/accept"
request 200 --header "Last-Seen-Sequence: $(header Sequence)" "$url/api/v1/tickets/$order-1"
conforms Ticket <"$work/body"
member .code >"$work/code"
command_request 403 scan "$(jq -R '{code: .}' "$work/code")" "$url/api/v1/tickets/$order-1/scan"
token=$("$PROJECT/tools/token" eve --role scanner --data "$work/data")
command_request 403 scan-nowhere "$(jq -R '{code: .}' "$work/code")" "$url/api/v1/tickets/$order-1/scan"
token=$("$PROJECT/tools/token" eve --role scanner --show "${order%%-*}" --gate north --data "$work/data")
command_request 409 scan-old "$(jq -R '{code: .}' "$work/old-code")" "$url/api/v1/tickets/$order-1/scan"
same reason transferred "$(member .reason)"
command_request 422 scan-forged '{"code":"x.y.z"}' "$url/api/v1/tickets/$order-1/scan"
command_request 200 scan "$(jq -R '{code: .}' "$work/code")" "$url/api/v1/tickets/$order-1/scan"
command_request 409 scan-again "$(jq -R '{code: .}' "$work/code")" "$url/api/v1/tickets/$order-1/scan"
same code ticket-already-scanned "$(member .code)"
token=$admin

say "A browser whose cookie is of no place in the log gets rid of it"
request 400 --cookie 'Last-Seen-Sequence=1.999999' "$url/api/v1/shows"
same code sequence-ahead-of-log "$(member .code)"
same Set-Cookie 'Last-Seen-Sequence=; Path=/; SameSite=Lax; HttpOnly; Max-Age=0' "$(header Set-Cookie)"

say "Nobody does what only others may"
token=$user
command_request 403 not-mine "@$work/show.json" "$url/api/v1/shows"
command_request 403 not-mine '' --request POST "$url/api/v1/shows/$show/cancel"
command_request 403 not-mine '' --request POST "$url/api/v1/payments/$order/void"
request 404 --header "Last-Seen-Sequence: $paid" "$url/api/v1/orders/$order"
request 404 --header "Last-Seen-Sequence: $paid" "$url/api/v1/tickets/$order-2"
command_request 404 not-mine '' --request POST "$url/api/v1/orders/$order/refund"
request 404 "$url/metrics"
request 404 "$url/api/v1/projections"
request 403 "$operations/api/v1/projections"
request 403 --request POST "$operations/api/v1/projections/availability/rebuild"
request 404 --header "Last-Seen-Sequence: $held" "$url/api/v1/holds/$hold"
request 404 "$url/api/v1/commands/$held_command"
command_request 404 not-mine '' --request DELETE "$url/api/v1/holds/$hold"
token=$admin

say "A show gets a waiting room"
command_request 200 room '{"opensAt":"2035-06-01T10:00:00Z","admitPerMinute":60,"maxActive":100}' --request PUT \
  "$url/api/v1/shows/$queued/queue"

say "A node builds its views anew"
for projection in availability my-holds deadlines sales; do
  request 200 "$operations/api/v1/projections/$projection/snapshot"
  request 200 --request POST "$operations/api/v1/projections/$projection/rebuild"
  same wasIdentical true "$(member .wasIdentical)"
done

say "schemathesis: every call, at random"
# It reads its configuration and the dictionaries from the folder it runs in.
cp -- "$PROJECT"/Tests/acceptance/schemathesis/* "$work"
printf '"%s"\n' "$show" >"$work/shows.dict"
printf '"%s"\n' "$hold" >"$work/holds.dict"
printf '"%s"\n' "$order" >"$work/orders.dict"
printf '"%s"\n' "$order-2" "$order-3" >"$work/tickets.dict"
printf '"%s"\n' "$cancelled" >"$work/shows-to-cancel.dict"
printf '"%s"\n' "$queued" >"$work/shows-to-queue-for.dict"
printf '"%s"\n' "$changed" >"$work/shows-to-change.dict"
printf '"%s"\n' "$held_command" >"$work/commands.dict"
printf '"%s"\n' A-1 A-2 A-3 B-1 B-2 B-3 >"$work/seats.dict"
(cd "$work" && HOLDFAST_HOOKS=$work/hooks.py HOLDFAST_TOKEN=$admin timeout "$SCHEMATHESIS_SECONDS_MAX" \
  "$HOLDFAST_VENV/bin/schemathesis" run --no-color --max-examples "$EXAMPLES" "$url/openapi.yaml") ||
  fail "schemathesis found something, see above"

say "Every call was really answered, and none with a 5xx"
request 200 "$operations/metrics"
# METHOD ROUTE STATUS COUNT
sed -n 's/^http_requests_total{method="\(.*\)",route="\(.*\)",status="\(.*\)"} /\1 \2 \3 /p' \
  "$work/body" >"$work/counts"
if grep -E '^[A-Za-z]+ [^ ]+ 5' "$work/counts" >&2; then fail "there were answers with a 5xx"; fi
while read -r method route status minimum; do
  count=$(awk -v key="$method $route $status" '$1 " " $2 " " $3 == key { print $4 }' "$work/counts")
  ((${count:-0} >= minimum)) || fail "only ${count:-0} answers $status to $method $route: $(<"$work/counts")"
done <<'CALLS'
POST /api/v1/shows 201 20
POST /api/v1/shows 400 20
POST /api/v1/shows 422 3
GET /api/v1/shows 200 20
GET /api/v1/shows/{id} 200 20
GET /api/v1/shows/{id}/seating-plan 200 20
GET /api/v1/shows/{id}/availability 200 20
POST /api/v1/shows/{id}/holds 201 20
POST /api/v1/shows/{id}/holds 400 20
POST /api/v1/shows/{id}/holds 401 2
POST /api/v1/shows/{id}/holds 409 1
POST /api/v1/shows/{id}/holds 422 10
GET /api/v1/holds/{id} 200 1
GET /api/v1/holds/{id} 404 2
DELETE /api/v1/holds/{id} 204 1
DELETE /api/v1/holds/{id} 404 2
GET /api/v1/me/holds 200 20
GET /api/v1/me/holds 400 5
GET /api/v1/me/holds 401 5
POST /api/v1/shows/{id}/cancel 200 1
PUT /api/v1/shows/{id}/queue 200 1
PUT /api/v1/shows/{id}/queue 422 1
POST /api/v1/orders 201 1
POST /api/v1/orders 404 1
GET /api/v1/orders/{id} 200 1
GET /api/v1/me/orders 200 1
GET /api/v1/shows/{id}/reports/sales 200 10
GET /api/v1/shows/{id}/reports/sales 400 10
GET /api/v1/me/tickets 200 1
GET /api/v1/tickets/{id} 200 1
POST /api/v1/orders/{id}/refund 409 1
POST /api/v1/tickets/{id}/scan 422 1
POST /api/v1/tickets/{id}/transfer 409 1
POST /api/v1/tickets/{id}/resale 409 1
POST /api/v1/payments/{id}/retry 409 1
POST /api/v1/payments/{id}/void 409 1
GET /api/v1/commands/{id} 200 20
GET /api/v1/commands/{id} 404 2
POST /api/v1/projections/{name}/rebuild 200 3
CALLS
