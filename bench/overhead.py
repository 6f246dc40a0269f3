#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""overhead.py TOOLS RESULT COUNT TEXT... - what bench/overhead's guests printed, one TEXT a tool, as a table;
as JSON into the file RESULT too, unless that is "". TOOLS is the directory of the tools, COUNT how many execs
and how many connects each guest made for the tool to count."""
import json
import os
import re
import subprocess
import sys

LOADS = ["getppid", "spawn_static", "spawn_dynamic", "tcp", "udp", "udp_send", "script"]
# What a tool does not look at is no cost of recording it.
UNSEEN = {"libbpf-tools": ["udp", "udp_send"], "snoopy": ["tcp", "udp", "udp_send"]}


def described(tools, tool):
    with open(os.path.join(tools, tool), encoding="utf-8") as file:
        return re.search(r'^what="(.*)"$', file.read(), re.M).group(1)


def count(text, what):
    found = re.search(rf"^{what}: (\d+)$", text, re.M)
    return int(found.group(1)) if found else None


def read(tools, path, asked):
    tool = os.path.basename(path).removesuffix(".text")
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    cost = {}
    for phase, load, in_load, elsewhere in re.findall(r"^cost: (\w+) (\w+) ([\d.]+) (-?[\d.]+)$", text, re.M):
        cost[phase, load] = (float(in_load), float(elsewhere))
    idle = {phase: int(n) for phase, n in re.findall(r"^idle: (\w+) (\d+)$", text, re.M)}
    version = re.search(r"^version: (.+)$", text, re.M)
    kib = [int(n) for n in re.findall(r"^memory: (\d+)$", text, re.M)]
    for phase in ("without", "with"):
        lacks = [load for load in LOADS if (phase, load) not in cost] + ([] if phase in idle else ["idle"])
        if lacks:
            sys.exit(f"bench/overhead: {tool}: the guest printed no cost {phase} the tool of: {', '.join(lacks)}")
    added = {}
    for load in LOADS:
        of, was = cost["with", load], cost["without", load]
        in_load, elsewhere = round(of[0] - was[0]), round(of[1] - was[1])
        added[load] = {"in": in_load, "tool": elsewhere, "all": in_load + elsewhere}
        if load in UNSEEN.get(tool, []):
            added[load]["recorded"] = False
    execs, connects = count(text, "execs"), count(text, "connects")
    kernel = re.search(r"^.*guest: kernel (\S+)$", text, re.M).group(1)
    return kernel, {
        "tool": tool,
        "what": described(tools, tool),
        "version": version.group(1).strip() if version else None,
        "base": {load: round(sum(cost["without", load])) for load in LOADS},
        "added": added,
        "peak_kib": sum(kib) if kib else None,
        "idle_per_s": max(0, idle["with"] - idle["without"]),
        "loss": None if execs is None and connects is None else {
            "execs": asked if execs is not None else None, "execs_seen": execs,
            "connects": asked if connects is not None else None, "connects_seen": connects},
    }


def table(rows):
    print(f"{'instructions added':18}" + "".join(f"{load:>26}" for load in LOADS))
    print(f"{'':18}" + "".join(f"{'in':>9}{'tool':>8}{'all':>9}" for _ in LOADS))
    for row in rows:
        cells = "".join(f"{row['added'][load]['in']:>+9}{row['added'][load]['tool']:>+8}"
                        f"{row['added'][load]['all']:>+9}" for load in LOADS)
        print(f"{row['tool']:18}{cells}")
    print(f"{'(operation itself)':18}" + "".join(f"{rows[0]['base'][load]:>26}" for load in LOADS))
    print(f"\n{'':18}{'peak KiB':>9}{'idle/s':>10}{'execs seen':>16}{'connects seen':>16}")
    for row in rows:
        loss = row["loss"] or {}
        seen = "".join(
            f"{str(loss.get(what + '_seen')) + ' of ' + str(loss[what]) if loss.get(what) else '-':>16}"
            for what in ("execs", "connects"))
        print(f"{row['tool']:18}{row['peak_kib'] or '-':>9}{row['idle_per_s']:>10}{seen}")


def qemu():
    text = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"version (\S+)", text).group(1)


def main(tools, result, asked, *paths):
    read_all = [read(tools, path, int(asked)) for path in paths]
    rows = [row for _, row in read_all]
    table(rows)
    if not result:
        return
    if os.path.exists(result):
        names = [row["tool"] for row in rows]
        with open(result, encoding="utf-8") as file:
            before = json.load(file)["tools"]
        order = [row["tool"] for row in before]
        rows += [row for row in before if row["tool"] not in names]
        rows.sort(key=lambda row: order.index(row["tool"]) if row["tool"] in order else len(order))
    body = {"kernel": read_all[0][0], "qemu": qemu(), "loads": LOADS, "tools": rows}
    head = os.path.join(os.path.dirname(os.path.abspath(__file__)), "head")
    subprocess.run([head, "overhead", "--into", result], input=json.dumps(body), text=True, check=True)


main(*sys.argv[1:])
