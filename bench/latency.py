#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""latency.py STREAM_SOCKET TICKET COUNT - how long from an exec to its line at a subscriber.

The record's `time` is taken by the kernel at the exec, on the boot clock, and turned into wall time by
the daemon's offset; the arrival is the wall clock when the line was read here. Both clocks are this
machine's. Prints count, median, 99th percentile and worst, in milliseconds.
"""
import calendar
import json
import socket
import sys
import time


def records(path, ticket):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    ask = {"v": 1, "after": None, "filter": {"ticket": ticket, "kind": "exec"}}
    s.sendall(json.dumps(ask).encode() + b"\n")
    rest = b""
    while True:
        piece = s.recv(1 << 20)
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


def main():
    path, ticket, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    raw = []
    for now, line in records(path, ticket):
        raw.append((now, line))
        if len(raw) == count:
            break
    took = sorted((now - wall_ns(json.loads(line)["time"])) / 1e6 for now, line in raw)
    print(f"{len(took)} execs: median {took[len(took) // 2]:.2f} ms, "
          f"99% {took[len(took) * 99 // 100]:.2f} ms, worst {took[-1]:.2f} ms")


main()
