#!/usr/bin/env python3
"""Follows the feed of events for ever, from where it stopped: follow-feed.py URL TOKEN STATE-FILE [TYPES]

Prints each event, and keeps its place in the state file. Replace `handle` by what you do with an event. If the program dies
between `handle` and `keep`, it gets the event again: `id` tells.
"""
import http.client, json, os, sys, time, urllib.error, urllib.request

url, token, state = sys.argv[1:4]
types = f"&types={sys.argv[4]}" if len(sys.argv) > 4 else ""


def handle(event):
    print(json.dumps(event), flush=True)


def keep(sequence):
    with open(f"{state}.new", "w") as file:
        file.write(sequence)
    os.replace(f"{state}.new", state)


def lines(last):
    """The feed's lines after a place, until the connection ends."""
    query = f"{url}/api/v1/events?follow=true&after={last}{types}"
    try:
        with urllib.request.urlopen(
            urllib.request.Request(query, headers={"Authorization": f"Bearer {token}"}), timeout=60) as answer:
            for line in answer:
                if line.endswith(b"\n"):
                    yield line
    except urllib.error.HTTPError as problem:
        if problem.code in (400, 401, 403, 409):
            sys.exit(f"{problem.code}: {problem.read().decode()}")
    except (OSError, http.client.HTTPException):
        pass  # It is begun anew.


while True:
    last = open(state).read() if os.path.exists(state) else "1.0"
    for line in lines(last):
        event = json.loads(line)
        if last != "1.0" and event["previous"] != last:
            sys.exit(f"a gap: {event['previous']} comes before {event['id']}, and the last one here is {last}")
        if "data" in event:
            handle(event)
        last = event["sequence"]
        keep(last)
    time.sleep(1)
