#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""native.py COSTS ROUNDS RESULT - bench/native's lines ("ROUND cost: PHASE LOAD NS 0") as ratios to no tool: of
each round, and of those the median. Round 0 is not counted. RESULT: as JSON into that file too, unless it is ""."""
import json
import os
import statistics
import subprocess
import sys

PHASES = ["idle", "beside", "inside"]


def main(costs, rounds, result):
    ns, loads = {}, []
    with open(costs, encoding="utf-8") as lines:
        for line in lines:
            number, _, phase, load, cost, _ = line.split()
            ns[int(number), phase, load] = float(cost)
            if load not in loads:
                loads.append(load)
    counted = range(1, int(rounds) + 1)
    ratio = {phase: {load: round(statistics.median(ns[n, phase, load] / ns[n, "none", load] for n in counted), 3)
                     for load in loads} for phase in PHASES}
    none_ns = {load: round(statistics.median(ns[n, "none", load] for n in counted)) for load in loads}
    print(f"{'':15}{'no tool, ns':>12}" + "".join(f"{phase:>9}" for phase in PHASES))
    for load in loads:
        print(f"{load:15}{none_ns[load]:>12}" + "".join(f"{ratio[phase][load]:>9.3f}" for phase in PHASES))
    if result:
        head = os.path.join(os.path.dirname(os.path.abspath(__file__)), "head")
        body = {"loads": loads, "rounds": int(rounds), "none_ns": none_ns, "ratio": ratio}
        subprocess.run([head, "native", "--into", result], input=json.dumps(body), text=True, check=True)


main(*sys.argv[1:])
