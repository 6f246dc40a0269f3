#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tests/vm/test_broken.py BUILD CACHE - broken guests: none that prints no verdict is taken for one that passed, and
# what it was at is named. Consoles that are made up, printed by a shell in the place of QEMU; and one guest of
# Debian's 6.1 kernel whose first process dies. Exit status 77, 75: the kernel can't be had (tests/vm/kernel).
import io
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import emulator  # noqa: E402
import guest  # noqa: E402
import judge  # noqa: E402

PROGRAM = "test_made_up"
START = ["guest: kernel 6.1.0", "guest: no bpf lsm"]
BEGIN, PASSED = f"guest: begin {PROGRAM}", ["[ RUN      ] one", "[       OK ] one"]
END, VERDICT = f"guest: ran 0 1.50 3.75 {PROGRAM}", "guest: verdict done"
# (name, console, what follows it, the rows that fail)
TABLE = [
    ("whole", [*START, BEGIN, *PASSED, "guest: up 2 s", END, VERDICT], "", []),
    ("says nothing", [], "", ["prints its verdict", "its LSMs are those asked for", "runs every program"]),
    ("ends before the program", START, "", ["prints its verdict", "runs every program"]),
    ("ends in the program", [*START, BEGIN, *PASSED], "", ["prints its verdict", "exit status"]),
    ("ends in a row", [*START, BEGIN, *PASSED, "[ RUN      ] two"], "", ["prints its verdict", "two"]),
    ("ends after the program", [*START, BEGIN, *PASSED, END], "", ["prints its verdict"]),
    ("ends in the middle of a line", [*START, BEGIN, *PASSED, END, "guest: verdict d"], "", ["prints its verdict"]),
    ("hangs in a row", [*START, BEGIN, *PASSED, "[ RUN      ] two"], "sleep 1000000", ["prints its verdict"]),
    ("hangs after the program", [*START, BEGIN, *PASSED, END], "sleep 1000000", ["prints its verdict"]),
    ("leaves the program out", [*START, VERDICT], "", ["runs every program"]),
    ("has another LSM", ["guest: kernel 6.1.0", "guest: bpf lsm", BEGIN, *PASSED, END, VERDICT], "",
     ["its LSMs are those asked for"]),
    ("a row fails", [*START, BEGIN, "[ RUN      ] one", "[  ERROR   ] --- 1 != 2", "[  FAILED  ] one",
                     END.replace("ran 0", "ran 1"), VERDICT], "", ["one", "exit status"]),
    ("a program is killed in a row", [*START, BEGIN, "[ RUN      ] one", END.replace("ran 0", "ran 139"), VERDICT], "",
     ["one"]),
    ("a program takes too long", [*START, BEGIN, "[ RUN      ] one", END.replace("ran 0", "ran 143"), VERDICT], "",
     ["one"]),
]


class Report:
    """What tests/check-kernels would print."""

    def __init__(self):
        self.wrong, self.words, self.took = [], "", {}

    def program(self, _, name, rows, guest_s, wall_s, note=""):
        self.wrong += [(row.name, row.why) for row in rows if row.result == judge.FAILED]
        self.took[name] = guest_s

    def broken(self, _, console):
        self.words = console.read_text()


class MadeUp(guest.Guest):
    """A guest whose kernel has no modules: they are in this empty directory."""

    none = None

    def modules(self):
        return self.none


failures = 0


def row(name, want, got):
    global failures
    if want == got:
        print(f"ok: {name}")
    else:
        print(f'not so: {name}: expected "{want}", got "{got}"')
        failures += 1


def boot(of, image, base, work):
    report = Report()
    of.boot(image, base, work, report)
    return report


def made_up(work, console, after):
    """A guest that prints this console, in one piece: the emulator's command is a shell's."""
    of = MadeUp("6.1", "plain", [PROGRAM], whole=False)
    says = "\n".join(console) + ("\n" if console and console[-1] != "guest: verdict d" else "")
    emulator.command = lambda *_: ["sh", "-c", f"printf %s {shlex.quote(says)}; exec {after or 'true'}"]
    base = work / "base"
    base.touch()
    of.none = work / "modules"
    of.none.mkdir(exist_ok=True)
    return boot(of, Path("vmlinuz"), base, work)


def table(work):
    for name, console, after, want in TABLE:
        # What hangs is given little time. On a machine so slow that it is stopped before its first line, more fails.
        os.environ["HANG_SECONDS"] = "3" if after else "600"
        report = made_up(work, console, after)
        wrong = sorted(name for name, _ in report.wrong)
        if not after:
            row(f"{name}: what fails", sorted(want), wrong)
        else:
            row(f"{name}: what fails", sorted(want), [name for name in wrong if name in want])
            row(f"{name}: it is called hung", True, "hung: nothing on the console" in str(report.wrong))
        if name == "ends in the program":
            row(f"{name}: it is named", True, f"in {PROGRAM}" in str(report.wrong))
        if name == "a program takes too long":
            row(f"{name}: that is told", True, "of the guest's own time" in str(report.wrong))
        if name == "whole":
            row(f"{name}: how long the program took", 2.25, report.took[PROGRAM])


def dies(image, work):
    """A kernel whose first process ends: it panics, and QEMU ends."""
    os.environ["HANG_SECONDS"] = "600"
    root = work / "root"
    (root / "bin").mkdir(parents=True)
    subprocess.run(["cp", "/bin/busybox", root / "bin/sh"], check=True)
    (root / "init").write_text("#!/bin/sh\nexit 1\n")
    (root / "init").chmod(0o755)
    base = work / "dies"
    with open(base, "wb") as out:
        subprocess.run("find . | cpio --create --format=newc --quiet", shell=True, cwd=root, stdout=out, check=True)
    report = boot(guest.Guest("6.1", "plain", [guest.SESSION], whole=False), image, base, work)
    row("dies: it is a failure", True, "prints its verdict" in [name for name, _ in report.wrong])
    row("dies: with the kernel's words", True, "Attempted to kill init" in report.words)


def main():
    if len(sys.argv) != 3:
        print(f"usage: {sys.argv[0]} BUILD CACHE", file=sys.stderr)
        return 2
    kernel = subprocess.run([guest.HERE / "kernel", sys.argv[2], "6.1", guest.SUITES["6.1"]], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if kernel.returncode:
        print(kernel.stdout, end="")
        return kernel.returncode
    with tempfile.TemporaryDirectory() as work:
        real = emulator.command
        table(Path(work))
        emulator.command = real
        dies(Path(kernel.stdout.strip()), Path(work))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
