#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""latency.py STREAM_SOCKET TICKET COUNT - how long from an exec to its alert at a subscriber.

The record's `time` is taken by the kernel at the exec, on the boot clock, and turned into wall time by
the daemon's offset; the arrival is the wall clock when the line was read here. Both clocks are this
machine's. A line is only kept as it arrives and looked into afterwards.

Prints as JSON: how many alerts, the median, the 90th and 99th percentile and the worst in microseconds, and a
histogram: how many took at most `le_us` and more than the row before; le_us null: more than a second.
Exit status 1: they did not all come.
"""
import calendar
import json
import socket
import sys
import time

QUIET_S = 15  # nothing for so long: what is missing will not come
BOUNDS_US = [step * 10**decade for decade in range(1, 6) for step in (1, 2, 5)] + [10**6]


def records(path, ticket):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(QUIET_S)
    ask = {"v": 1, "after": None, "filter": {"ticket": ticket, "kind": "exec", "verdict": "unapproved"}}
    s.sendall(json.dumps(ask).encode() + b"\n")
    rest = b""
    while True:
        try:
            piece = s.recv(1 << 20)
        except TimeoutError:
            return
        now = time.time_ns()
        if not piece:
            return
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b'{"v"'):
                yield now, line


def wall_ns(text):
    day, clock = text.rstrip("Z").split("T")
    clock, fraction = clock.split(".")
    return calendar.timegm(time.strptime(day + clock, "%Y-%m-%d%H:%M:%S")) * 10**9 + int(fraction)


def histogram(took):
    counts = {bound: 0 for bound in [*BOUNDS_US, None]}
    for us in took:
        counts[next((bound for bound in BOUNDS_US if us <= bound), None)] += 1
    return [{"le_us": bound, "n": n} for bound, n in counts.items()]


def main():
    path, ticket, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    raw = []
    for now, line in records(path, ticket):
        raw.append((now, line))
        if len(raw) == count:
            break
    if len(raw) < count:
        sys.exit(f"latency.py: of {count} alerts {len(raw)} came")
    parsed = [(now, json.loads(line)) for now, line in raw]
    # The exit-codes of a shell are no alerts: every line is an exec that no step approves.
    strangers = [record for _, record in parsed if record["verdict"] != "unapproved"]
    if strangers:
        sys.exit(f"latency.py: {len(strangers)} of the lines are no alerts: {strangers[0]}")
    took = sorted((now - wall_ns(record["time"])) / 1000 for now, record in parsed)
    at = {"p50_us": 0.5, "p90_us": 0.9, "p99_us": 0.99}
    print(json.dumps({
        "alerts": len(took),
        **{name: round(took[int(len(took) * part)]) for name, part in at.items()},
        "worst_us": round(took[-1]),
        "histogram": histogram(took),
    }))


main()
