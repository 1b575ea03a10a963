#!/usr/bin/env bash
# Does the payment simulator speak Stripe's API? Stripe's own client for Python decides: it creates, confirms, captures,
# cancels, refunds, lists and searches, and understands the errors.
#
# Environment: HOLDFAST_BIN and HOLDFAST_BUILD_CONFIGURATION as for tools/up; HOLDFAST_VENV, the Python environment with
# tools/requirements.txt.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
[[ -x ${HOLDFAST_VENV:-}/bin/python ]] ||
  fail "HOLDFAST_VENV must name a Python environment with tools/requirements.txt; tools/test makes one"

work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-stripe.XXXXXX")
simulator=

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  if [[ -n $simulator ]]; then
    kill "$simulator" 2>/dev/null || true
    wait "$simulator" || true
  fi
  if ((status != 0)) && [[ -f $work/log ]]; then tail -n 50 "$work/log" >&2; fi
  rm -rf -- "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

"$PROJECT/tools/payments-simulator" --port 0 --data "$work/payments.jsonl" >"$work/out" 2>"$work/log" &
simulator=$!
until [[ -s $work/out ]]; do
  kill -0 "$simulator" 2>/dev/null || fail "the simulator did not start"
  sleep 0.1
done

"$HOLDFAST_VENV/bin/python" - "$(head -n 1 "$work/out")" <<'PYTHON'
import json
import sys
import urllib.request

import stripe

url = sys.argv[1]
client = stripe.StripeClient("sk_test_holdfast", base_addresses={"api": url}, max_network_retries=0)
intents, refunds = client.v1.payment_intents, client.v1.refunds
card = {"payment_method_types": ["card"], "capture_method": "manual"}
amount = {"amount": 2500, "currency": "eur"}


def fails(kind, call, **wanted):
    try:
        call()
    except kind as error:
        found = {name: getattr(error, name) for name in wanted}
        assert found == wanted, (found, wanted)
        return error
    raise AssertionError(f"no {kind.__name__}")


# Created, confirmed, captured in part, given back in two parts.
intent = intents.create({**amount, **card, "metadata": {"order": "o-1"}})
assert (intent.status, intent.amount, intent.metadata["order"]) == ("requires_payment_method", 2500, "o-1"), intent
intent = intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
assert (intent.status, intent.amount_capturable) == ("requires_capture", 2500), intent
intent = intents.capture(intent.id, {"amount_to_capture": 2000})
assert (intent.status, intent.amount_received) == ("succeeded", 2000), intent
first = refunds.create({"payment_intent": intent.id, "amount": 500, "metadata": {"refund": "r-1"}})
rest = refunds.create({"payment_intent": intent.id})
assert (first.amount, rest.amount, rest.status) == (500, 1500, "succeeded"), (first, rest)
assert refunds.retrieve(first.id).metadata["refund"] == "r-1"
assert [refund.id for refund in refunds.list({"payment_intent": intent.id}).data] == [rest.id, first.id]
fails(
    stripe.InvalidRequestError, lambda: refunds.create({"payment_intent": intent.id}), code="charge_already_refunded")

# Confirmed as it is created; canceled; too late for a capture.
held = intents.create({**amount, **card, "payment_method": "pm_card_mastercard", "confirm": True})
assert held.status == "requires_capture", held
held = intents.cancel(held.id, {"cancellation_reason": "abandoned"})
assert (held.status, held.cancellation_reason) == ("canceled", "abandoned"), held
late = fails(
    stripe.InvalidRequestError, lambda: intents.capture(held.id), code="payment_intent_unexpected_state",
    http_status=400)
assert late.error.payment_intent.status == "canceled", late.error
assert intents.retrieve(held.id).canceled_at == held.canceled_at

# Charged at once, without manual capture.
direct = intents.create(
    {**amount, "payment_method_types": ["card"], "payment_method": "pm_card_visa", "confirm": True})
assert (direct.status, direct.amount_received) == ("succeeded", 2500), direct

# Declines, challenges, mistakes.
order = {**amount, **card, "confirm": True}
declined = fails(
    stripe.CardError, lambda: intents.create({**order, "payment_method": "pm_card_visa_chargeDeclinedLostCard"}),
    code="card_declined", http_status=402)
assert declined.error.decline_code == "lost_card", declined.error
assert declined.error.payment_intent.last_payment_error.decline_code == "lost_card", declined.error
second = intents.confirm(declined.error.payment_intent.id, {"payment_method": "pm_card_visa"})
assert (second.status, second.last_payment_error) == ("requires_capture", None), second
challenged = intents.create({**order, "payment_method": "pm_card_authenticationRequired"})
assert challenged.status == "requires_action", challenged
fails(
    stripe.CardError,
    lambda: intents.create(
        {**order, "payment_method": "pm_card_authenticationRequired", "error_on_requires_action": True}),
    code="authentication_required")
fails(
    stripe.InvalidRequestError, lambda: intents.create({**order, "payment_method": "pm_unheard_of"}),
    code="resource_missing", param="payment_method")
fails(stripe.InvalidRequestError, lambda: intents.create({"amount": 1}), code="parameter_missing", param="currency")
fails(
    stripe.InvalidRequestError, lambda: intents.create({**amount, "colour": "red"}), code="parameter_unknown",
    param="colour")
fails(stripe.InvalidRequestError, lambda: intents.retrieve("pi_unheard_of"), http_status=404)
stranger = stripe.StripeClient("sk_test_other", base_addresses={"api": url}, max_network_retries=0)
fails(stripe.AuthenticationError, lambda: stranger.v1.payment_intents.list(), http_status=401)

# Idempotency keys.
keyed = {**order, "payment_method": "pm_card_visa", "metadata": {"order": "o-2"}}
once = intents.create(keyed, {"idempotency_key": "k-1"})
again = intents.create(keyed, {"idempotency_key": "k-1"})
assert once.id == again.id and again.last_response.headers["idempotent-replayed"] == "true"
fails(
    stripe.IdempotencyError, lambda: intents.create({**keyed, "amount": 2600}, {"idempotency_key": "k-1"}),
    http_status=400)

# What goes wrong by the card's name.
broken = {**keyed, "metadata": {"order": "o-3"}, "payment_method": "pm_card_error500Before"}
fails(stripe.APIError, lambda: intents.create(broken, {"idempotency_key": "k-2"}), http_status=500)
assert intents.create(broken, {"idempotency_key": "k-2"}).status == "requires_capture"
cut = {**keyed, "metadata": {"order": "o-4"}, "payment_method": "pm_card_cutAfter"}
fails(stripe.APIConnectionError, lambda: intents.create(cut, {"idempotency_key": "k-3"}))
assert intents.create(cut, {"idempotency_key": "k-3"}).status == "requires_capture"

bounced = intents.create({**keyed, "metadata": {"order": "o-5"}, "payment_method": "pm_card_refundBounces"})
intents.capture(bounced.id)
attempts = [refunds.create({"payment_intent": bounced.id, "amount": 500}) for _ in range(2)]
assert [(attempt.status, getattr(attempt, "failure_reason", None)) for attempt in attempts] == [
    ("failed", "expired_or_canceled_card"), ("succeeded", None)], attempts

# Found again.
found = intents.search({"query": "metadata['order']:'o-2'"})
assert [intent.id for intent in found.data] == [once.id], found
# Strong authentication: the buyer's browser passes the challenge, or fails it.
def challenge(intent, outcome):
    form = f"outcome={outcome}&client_secret={intent.client_secret}".encode()
    return json.load(urllib.request.urlopen(f"{url}/challenges/{intent.id}", form))


for card_name in ["pm_card_threeDSecure2Required", "pm_card_authenticationRequired"]:
    asked = intents.create({**order, "payment_method": card_name, "return_url": "https://shop.example/"})
    assert asked.status == "requires_action" and asked.next_action.type == "redirect_to_url", asked
    asked = intents.create({**order, "payment_method": card_name})
    assert asked.status == "requires_action" and asked.next_action.type == "use_stripe_sdk", asked
    assert challenge(asked, "pass")["status"] == "requires_capture"
    assert intents.capture(asked.id).status == "succeeded"
failed = intents.create({**order, "payment_method": "pm_card_threeDSecure2Required"})
assert challenge(failed, "fail")["status"] == "requires_payment_method"
error = intents.retrieve(failed.id).last_payment_error
assert error.code == "payment_intent_authentication_failure", error
assert intents.cancel(failed.id).status == "canceled"

# Disputes, decided by the words that Stripe's tests have for it.
disputes = client.v1.disputes
for evidence, status in [("winning_evidence", "won"), ("losing_evidence", "lost")]:
    paid = intents.create({**order, "payment_method": "pm_card_createDispute"})
    intents.capture(paid.id)
    [dispute] = disputes.list({"payment_intent": paid.id}).data
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 2500), dispute
    fails(stripe.InvalidRequestError, lambda: refunds.create({"payment_intent": paid.id}), code="charge_disputed")
    closed = disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}, "submit": True})
    assert closed.status == status and disputes.retrieve(dispute.id).status == status, closed
    assert sum(entry["amount"] for entry in closed.balance_transactions) == (0 if status == "won" else -2500), closed
    if status == "won":
        assert refunds.create({"payment_intent": paid.id}).amount == 2500

# Currencies that there are.
for currency in ["zzz", "xxx", "irr"]:
    fails(
        stripe.InvalidRequestError, lambda: intents.create({"amount": 2500, "currency": currency}), param="currency",
        http_status=400)

# Lists since a time.
assert {refund.id for refund in refunds.list({"created": {"gte": first.created}, "limit": 100}).data} >= {first.id, rest.id}
assert not refunds.list({"created": {"gte": first.created + 10_000}}).data

everything = [intent.id for intent in intents.list({"limit": 3}).auto_paging_iter()]
assert len(everything) == len(set(everything)) and everything[-1] == intent.id, everything

ledger = json.load(urllib.request.urlopen(f"{url}/ledger"))["payments"]
assert len(ledger) == len(everything)
assert all(payment["charges"] <= 1 and payment["refunded"] <= payment["captured"] for payment in ledger), ledger
print(f"stripe {stripe.VERSION if hasattr(stripe, 'VERSION') else ''} and the simulator understand each other:"
      f" {len(ledger)} payments")
PYTHON
