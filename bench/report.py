#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""report.py [--results DIR] [--into DIR] [--no-plots] - makes docs/benchmarks.md, and the plots that it shows, from
bench/results, bench/budgets.json and the prose in bench/report.d: the same bytes from the same files. What was
not run is said to be not run, a budget that was missed to be missed. Exit status 1: a result is malformed, or a
plot can't be drawn."""
import argparse
import os
import sys

sys.dont_write_bytecode = True  # nothing of it in the tree
from report_data import Malformed, held, read_json, read_results

BENCH = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(BENCH)
LOADS = {
    "getppid": "getppid", "spawn_static": "spawn, static", "spawn_dynamic": "spawn, dynamic", "tcp": "TCP connect",
    "udp": "UDP connect", "udp_send": "UDP send", "script": "21-exec script",
}
STAGES = {
    "decode": "decode", "judge": "judge", "record": "record line, books", "leaf": "leaf and tree", "store": "store",
}


def prose(name):
    with open(os.path.join(BENCH, "report.d", f"{name}.md"), encoding="utf-8") as file:
        return file.read().strip()


def table(head, rows, texts=1):
    """The first so many columns are texts, the others figures."""
    lines = [head, ["---"] * texts + ["---:"] * (len(head) - texts), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def count(value):
    return "—" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def signed(value):
    return "0" if round(value) == 0 else f"{round(value):+,}".replace("-", "−")


def where(result):
    text = (f"Linux {result.text('kernel')}, {result.text('cpu')}, {result.number('cpus')} CPUs, commit "
            f"{result.text('commit')}, {result.text('date')[:10]}")
    return text + ("; a quick run, of fewer operations." if result.flag("quick") else ".")


def section(title, result, name, body):
    parts = [f"## {title}", f"Not run: there is no bench/results/{name}.json." if result is None else where(result)]
    return "\n\n".join(parts + ([] if result is None else body(result)) + [prose(name)])


def budgets_part(rows):
    said = {verdict: sum(row[4] == verdict for row in rows) for verdict in ("met", "MISSED", "not run")}
    total = f"Of {len(rows)} budgets {said['met']} are met, {said['MISSED']} are MISSED, {said['not run']} were not run."
    body = [(group, what, bound, count(value), f"**{verdict}**" if verdict == "MISSED" else verdict)
            for group, what, bound, value, verdict in rows]
    return f"## Against the budgets\n\n{total}\n\n" + table(["", "", "budget", "measured", ""], body, texts=2)


def added(tool, load):
    node = tool.find(f"added.{load}")
    if node.has("recorded") and not node.flag("recorded"):
        return "—"
    return f"{signed(node.number('in'))} / {signed(node.number('all'))}"


def seen(tool, what):
    if tool.member("loss").value is None or tool.number_or_none(f"loss.{what}") is None:
        return "—"
    return f"{count(tool.number(f'loss.{what}_seen'))} of {count(tool.number(f'loss.{what}'))}"


def overhead_part(result):
    loads = [(name, LOADS.get(name.value, name.value)) for name in result.items("loads")]
    tools = result.items("tools")
    if not tools:
        result.member("tools").wrong("expected at least one tool")
    rows = [[tool.text("tool"), *(added(tool, name.value) for name, _ in loads)] for tool in tools]
    base = ["*the operation itself*", *(f"*{count(tools[0].number(f'base.{name.value}'))}*" for name, _ in loads)]
    kept = [[tool.text("tool"), tool.text("what"), tool.text_or_none("version") or "—",
             count(tool.number_or_none("peak_kib")), count(tool.number("idle_per_s")),
             seen(tool, "execs"), seen(tool, "connects")] for tool in tools]
    return ["Instructions added to one operation: in the process that does it / including the tool and the kernel's "
            "threads. \"—\": the tool does not record it.",
            table(["", *(shown for _, shown in loads)], [base, *rows]),
            "![Instructions added, by tool, on a log scale](benchmarks/overhead.svg)",
            table(["", "what it is", "version", "peak KiB", "instructions a second at idle", "execs seen",
                   "connects seen"], kept, texts=3)]


def native_part(result):
    loads = result.items("loads")
    rows = [[LOADS.get(load.value, load.value), count(round(result.number(f"none_ns.{load.value}"))),
             *(f"{result.number(f'ratio.{mode}.{load.value}'):.3f}" for mode in result.keys("ratio"))] for load in loads]
    modes = {"idle": "no session", "beside": "next to a session", "inside": "inside a session"}
    return [f"Time by the clock, as a multiple of the time without a tool, in {result.number('rounds')} rounds of one run:",
            table(["", "no tool, ns", *(modes.get(mode, mode) for mode in result.keys("ratio"))], rows)]


def throughput_part(result):
    ns = {stage: result.number(f"stage_ns.{stage}") for stage in STAGES}
    rows = [[STAGES[stage], count(ns[stage]), count(round(1e9 / max(ns[stage], 1))),
             f"{100 * ns[stage] / sum(ns.values()):.0f} %"] for stage in STAGES]
    rates = [[what, count(result.number(f"{name}_per_cpu_s")), count(result.number(f"{name}_per_s"))]
             for name, what in (("events", "stored"), ("export", "exported, JSON lines"), ("verify", "verified"))]
    rates.append([f"verified, on all of {result.number('verify_cpus')} CPUs", "—",
                  count(result.number("verify_on_all_cpus_per_s"))])
    argv = [[count(row.number("bytes")), *(count(row.number(stage)) for stage in list(STAGES)[:-1])]
            for row in result.items("argv")]
    points = result.items("memory")
    memory = [[count(point.number("events")), count(point.number("kib"))] for point in points[1::2]]
    return [f"{count(result.number('events'))} events on one core. The cost of each stage alone:",
            table(["stage", "ns an event", "events a second", "share"], rows),
            "Records a second:", table(["records", "one core, CPU time", "one core, with the disk"], rates),
            f"A record takes {count(result.number('store_bytes_a_record'))} bytes of the store, of which "
            f"{count(result.number('line_bytes_a_record'))} are its line. At most {count(result.number('peak_kib'))} KiB "
            "were in memory. Memory by the number of events so far:",
            table(["events", "KiB"], memory),
            "Cost in ns of an exec that no step approves, and of its exit, by the length of its arguments:",
            table(["bytes of argv", *list(STAGES)[:-1]], argv)]


def latency_part(result):
    rows = [[f"{run.text('name')}, store {run.text('store')}", count(run.number("reached_per_s")), count(run.number("alerts")),
             *(f"{run.number(f'{at}_us') / 1000:.2f}" for at in ("p50", "p90", "p99", "worst"))]
            for run in result.items("runs")]
    return [table(["", "execs a second, reached", "alerts", "median, ms", "90 %", "99 %", "worst"], rows),
            "![How many alerts took how long](benchmarks/latency.svg)"]


def judge_part(result):
    counted = result.items("instructions")
    first = counted[0] if counted else None
    rows = [[count(row.number("rules")), *(f"{count(row.number(how))} ({row.number(how) / first.number(how):.2f})"
                                           for how in ("approved", "unapproved"))] for row in counted]
    clock = [[count(row.number("rules")) + (", all but two of one program" if row.flag("one_program") else ""),
              *(count(row.number(f"{how}_ns")) for how in ("approved", "unapproved")), count(row.number("compile_ms")),
              count(row.number("states")), count(row.number("table_kib"))] for row in result.items("clock")]
    return ["Instructions to judge an exec and its exit (callgrind), and the ratio to the smallest ticket:",
            table(["rules", "approved", "unapproved"], rows) if rows else "Not counted: valgrind was not installed.",
            "![Instructions of an exec and its exit, by rules](benchmarks/rules.svg)",
            "By the clock, with what compiling the ticket's automaton takes:",
            table(["rules", "approved, ns", "unapproved, ns", "compiled in ms", "states", "table, KiB"], clock)]


def report(results, budgets):
    sections = [
        section("Instructions, compared with other tools", results["overhead"], "overhead", overhead_part),
        section("By the clock", results["native"], "native", native_part),
        section("From the ring to the disk", results["throughput"], "throughput", throughput_part),
        section("From an exec to its alert", results["latency"], "latency", latency_part),
        section("Judging, by the size of the ticket", results["judge"], "judge", judge_part),
    ]
    return "\n\n".join([prose("head"), budgets_part(held(budgets, results)), *sections, prose("tried")]) + "\n"


def main():
    asked = argparse.ArgumentParser(description="makes docs/benchmarks.md from bench/results")
    asked.add_argument("--results", default=os.path.join(BENCH, "results"))
    asked.add_argument("--into", default=os.path.join(ROOT, "docs"))
    asked.add_argument("--no-plots", action="store_true")
    args = asked.parse_args()
    results = read_results(args.results)
    text = report(results, read_json(os.path.join(BENCH, "budgets.json"), "bench/budgets.json").value)
    with open(os.path.join(args.into, "benchmarks.md"), "w", encoding="utf-8") as file:
        file.write(text)
    if not args.no_plots:
        import report_plot  # it wants gnuplot, the text does not
        report_plot.draw(results, os.path.join(args.into, "benchmarks"))


if __name__ == "__main__":
    try:
        main()
    except (Malformed, OSError) as why:
        sys.exit(f"bench/report.py: {why}")
