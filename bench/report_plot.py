# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The plots of docs/benchmarks.md, by gnuplot, as SVG on white."""
import os
import subprocess

from report_data import Malformed

START = """set terminal svg size {width},{height} font "sans-serif,13" background "#ffffff" rounded dynamic
set encoding utf8
set style fill solid 0.85 noborder
set border 3 lc rgb "#444444"
set tics nomirror out
set grid {grid} lc rgb "#dddddd" lw 1
set style line 1 lc rgb "#1f77b4" lw 2 pt 7 ps 0.9
set style line 2 lc rgb "#d95f02" lw 2 pt 5 ps 0.9
set style line 3 lc rgb "#5f9e6e" lw 2 pt 9 ps 0.9
"""
OURS, PEER = 0x1F77B4, 0x9A9A9A
SEEN_FROM = 100  # instructions; less is what two runs without a tool differ by


def gnuplot(script, path):
    try:
        done = subprocess.run(["gnuplot"], input=script.encode(), capture_output=True, check=False)
    except FileNotFoundError:
        raise Malformed("the plots can't be drawn: gnuplot is not installed (scripts/deps bench)") from None
    if done.returncode or not done.stdout:
        raise Malformed(f"{path} can't be drawn: {done.stderr.decode(errors='replace').strip()}")
    with open(path, "wb") as file:
        file.write(done.stdout)


def quoted(text):
    return '"' + text.replace("\\", "").replace('"', "").replace("_", "\\\\_") + '"'


def block(name, rows):
    return "\n".join([f"${name} << END", *(" ".join(str(cell) for cell in row) for row in rows), "END", ""])


def overhead_bars(result, load):
    """From the top down: where each bar is, how long, its colour, its label, the tool."""
    rows = []
    tools = [tool for tool in result.items("tools") if tool.text("tool") != "none"]
    for i, tool in enumerate(tools):
        node = tool.find(f"added.{load}")
        missing = node.has("recorded") and not node.flag("recorded")
        value = 0 if missing else node.number("all")
        label = "not recorded" if missing else f"{value:,}" if value >= SEEN_FROM else "none seen"
        colour = OURS if tool.text("tool").startswith("lockstep") else PEER
        rows.append((len(tools) - i, max(value, SEEN_FROM), colour, quoted(label), quoted(tool.text("tool"))))
    return rows


def overhead(result, path):
    panels = [("spawn_static", "spawn of a static program"), ("tcp", "TCP connect and close"),
              ("script", "script of 21 execs")]
    have = [name.value for name in result.items("loads")]
    panels = [(load, title) for load, title in panels if load in have]
    bars = [overhead_bars(result, load) for load, _ in panels]
    height = 26 * len(bars[0]) + 74
    script = START.format(width=820, height=height * len(panels), grid="x")
    script += f"""set multiplot layout {len(panels)},1 margins char 18, char 3, char 3.5, char 2 spacing char 0, char 6
set logscale x
set format x "10^{{%T}}"
set boxwidth 0.7
unset key
"""
    for (_, title), rows in zip(panels, bars):
        top = max(row[1] for row in rows) * 20
        script += block("bars", rows)
        script += f"""set title "{title}: instructions added, all together" offset 0,-0.5
set xrange [{SEEN_FROM}:{top}]
set yrange [0.4:{len(rows) + 0.6}]
plot $bars using ({SEEN_FROM}):1:({SEEN_FROM}):2:($1-0.36):($1+0.36):3:ytic(5) with boxxyerror lc rgb variable, \\
 $bars using ($2*1.1):1:4 with labels left
"""
    gnuplot(script + "unset multiplot\n", path)


def bound_text(us):
    return "more" if us is None else f"{us} µs" if us < 1000 else f"{us // 1000} ms" if us < 10**6 else "1 s"


def latency(result, path):
    runs = result.items("runs")
    shares, bounds = [], None
    for run in runs:
        rows = [(row.value.get("le_us"), row.number("n")) for row in run.items("histogram")]
        bounds = bounds or [bound for bound, _ in rows]
        if [bound for bound, _ in rows] != bounds:
            run.member("histogram").wrong("expected the bounds of the first run")
        shares.append([100 * n / max(run.number("alerts"), 1) for _, n in rows])
    used = [i for i in range(len(bounds)) if any(share[i] for share in shares)]
    rows = [(quoted(bound_text(bounds[i])), *(f"{share[i]:.4f}" for share in shares))
            for i in range(min(used, default=0), max(used, default=0) + 1)]
    script = START.format(width=820, height=400, grid="y") + block("shares", rows)
    script += """set title "From an exec to its alert at a subscriber"
set xlabel "took at most (and more than the column before)"
set ylabel "% of the alerts"
set yrange [0:*]
set style data histogram
set style histogram clustered gap 1
set key outside above
plot """
    script += ", ".join(f"$shares using {i + 2}{':xtic(1)' if i == 0 else ''} ls {i % 3 + 1} title "
                        + quoted(f"{run.text('name')}, store {run.text('store')}") for i, run in enumerate(runs))
    gnuplot(script + "\n", path)


def rules(result, path):
    counted = result.items("instructions")
    rows = [(row.number("rules"), row.number("approved"), row.number("unapproved")) for row in counted]
    script = START.format(width=820, height=360, grid="y") + block("rules", rows)
    script += f"""set title "Judging an exec and its exit"
set xlabel "rules of the ticket"
set ylabel "instructions"
set logscale x
set xrange [{min(row[0] for row in rows) / 2}:{max(row[0] for row in rows) * 2}]
set xtics ({', '.join(f'"{row[0]:,}" {row[0]}' for row in rows)})
set format y "%'.0f"
set yrange [0:{max(max(row[1:]) for row in rows) * 1.3:.0f}]
set key top left
plot $rules using 1:3 with linespoints ls 2 title "unapproved", $rules using 1:2 with linespoints ls 1 title "approved"
"""
    gnuplot(script, path)


def draw(results, directory):
    os.makedirs(directory, exist_ok=True)
    for name, plot, shown in (("overhead", overhead, "overhead"), ("latency", latency, "latency"),
                              ("judge", rules, "rules")):
        path = os.path.join(directory, f"{shown}.svg")
        if results[name] and (name != "judge" or results[name].items("instructions")):
            plot(results[name], path)
        elif os.path.exists(path):
            os.remove(path)
