"""What schemathesis must know of Holdfast beyond openapi.yaml."""

import itertools
from pathlib import Path

import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation

# The generator of valid names: letters, marks, numbers, punctuation, symbols and spaces of any script.
schemathesis.openapi.format(
    "single-line",
    strategies.text(
        strategies.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=200
    ).filter(lambda text: not text.isspace()),
)

schemathesis.openapi.format(
    "iana-time-zone",
    strategies.sampled_from(["UTC", "Africa/Nairobi", "America/New_York", "Asia/Kathmandu", "Europe/Berlin", "Pacific/Apia"]),
)

schemathesis.openapi.format(
    "time-or-day", strategies.sampled_from(["2035-06-16", "2035-06-16T18:00:00Z", "2035-06-16T20:00:00.5+02:00"])
)
schemathesis.openapi.format("moment", strategies.sampled_from(["1.1", "2020-01-01T00:00:00Z"]))
schemathesis.openapi.format("near", strategies.sampled_from(["53.54,9.98,50", "-90,180,20038", "0,-180,0.5"]))

commands = itertools.count()
seen = (0, 0)
# The shows that everything but a cancellation is tried on.
kept = Path("shows.dict").read_text().split()


@schemathesis.hook
def before_call(context, case, kwargs):
    meta = case.meta
    if meta and meta.generation.mode == GenerationMode.NEGATIVE:
        # A malformed cookie counts, and so is refused, only without the header of that name.
        if meta.is_negative_at(ParameterLocation.COOKIE) and not meta.is_negative_at(ParameterLocation.HEADER):
            case.headers.pop("Last-Seen-Sequence", None)
        return
    if "Idempotency-Key" in case.headers and (number := next(commands)) % 8:
        # Random keys are mostly the same few, and most commands would be refused for that. Every eighth stays as it is.
        case.headers["Idempotency-Key"] = made_unique(case.headers["Idempotency-Key"], number)
    if case.operation.definition.raw.get("operationId") == "createShow" and isinstance(case.body, dict):
        make_consistent(case.body)
    if case.operation.definition.raw.get("operationId") == "createVenue" and isinstance(case.body, dict):
        # As a show would be, but for the prices.
        make_consistent(case.body | {"prices": {"any": 1}})
    if case.operation.definition.raw.get("operationId") == "cancelShow" and f'"{case.path_parameters.get("id")}"' in kept:
        # Found by a link from some list; everything else is tried on these.
        case.path_parameters["id"] = "a-show-that-is-kept"
    takes_freshness = any(parameter.name == "Last-Seen-Sequence" for parameter in case.operation.headers)
    if takes_freshness and "Last-Seen-Sequence" not in case.headers and "Last-Seen-Sequence" not in case.cookies:
        # What a browser does: without it, a read right after a command may rightly not know of it yet.
        case.headers["Last-Seen-Sequence"] = f"{seen[0]}.{seen[1]}"


@schemathesis.hook
def after_call(context, case, response):
    global seen
    for token in response.headers.get("sequence", []):
        epoch, sequence = token.split(".")
        seen = max(seen, (int(epoch), int(sequence)))


def made_unique(key, number):
    """The key with the number at its end, bare or quoted as it is, within 255 characters."""
    if key.startswith('"'):
        return f'"{number}"' if "\\" in key else f'"{key[1:-1][:200]}-{number}"'
    return f"{key[:200]}-{number}"


def make_consistent(show):
    """Random parts of a show don't fit together, and none would get as far as the log: gives every category a price and
    every seat a category of the plan, adds a seat where there is none, drops seats and areas that are there twice."""
    # A category with ticket types needs no price of its own.
    show["prices"] = show.get("prices") or {"any": 100}
    areas = {area["areaId"]: area for area in show.get("areas") or []}
    if areas:
        show["areas"] = list(areas.values())
    for area in areas.values():
        area["category"] = next(iter(show["prices"]))
    plan = show.get("seatingPlan")
    if not plan:
        return
    plan["categories"] = list({category["name"]: category for category in plan["categories"]}.values())
    names = [category["name"] for category in plan["categories"]]
    guids = set()
    for zone in plan["zones"]:
        zone["rows"] = zone.get("rows") or []
    for row in (row for zone in plan["zones"] for row in zone["rows"]):
        new = {seat["seat_guid"]: seat for seat in row["seats"] if seat["seat_guid"] not in guids}
        guids |= new.keys()
        row["seats"] = list(new.values())
        for index, seat in enumerate(row["seats"]):
            seat["category"] = names[index % len(names)]
    show["prices"] |= {name: 100 for name in names}
    if not guids:
        plan["zones"][0]["rows"].append({"seats": [{"seat_guid": "1", "category": names[0]}]})
