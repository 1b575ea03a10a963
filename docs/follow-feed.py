#!/usr/bin/env python3
"""Follows the feed of events for ever, from where it stopped: follow-feed.py URL TOKEN STATE-FILE [TYPES]

Prints each event: put what you do with one in the place of `print`. It gets an event again if it dies before `os.replace`.
"""
import http.client, json, os, sys, time, urllib.error, urllib.request

url, token, state = sys.argv[1:4]
types = f"&types={sys.argv[4]}" if len(sys.argv) > 4 else ""
last = open(state).read() if os.path.exists(state) else "1.0"
while True:
    query = f"{url}/api/v1/events?follow=true&after={last}{types}"
    request = urllib.request.Request(query, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            for line in filter(lambda line: line.endswith(b"\n"), answer):  # The last one may be cut off.
                event = json.loads(line)
                if last not in ("1.0", event["previous"]):
                    sys.exit(f"a gap: {event['previous']} comes before {event['id']}, and the last one here is {last}")
                if "data" in event:
                    print(json.dumps(event), flush=True)
                last = event["sequence"]
                with open(f"{state}.new", "w") as file:
                    file.write(last)
                os.replace(f"{state}.new", state)
    except urllib.error.HTTPError as problem:
        if problem.code in (400, 401, 403, 409):
            sys.exit(f"{problem.code}: {problem.read().decode()}")
    except (urllib.error.URLError, ConnectionError, TimeoutError, http.client.HTTPException):
        pass  # It is begun anew.
    time.sleep(1)
