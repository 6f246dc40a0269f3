# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The guests of tests/check-kernels: which there are, what each runs, and one from its boot to its rows.
# Each of Debian's kernels boots twice: with the bpf LSM and without. In each, this build's lockstep records one
# session, `lockstep doctor` says what that kernel lets it see, and the programs of tests/kernel run, and those
# of tests/vm, which are for guests alone. A kernel that is too old boots once: each program has to refuse it.
import fnmatch
import os
import subprocess
import time
from pathlib import Path

import judge
from emulator import Emulator, hang_seconds

HERE = Path(__file__).parent
SUITES = {"5.10": "bullseye", "6.1": "bookworm", "6.12": "trixie", "7": "sid"}
REFUSED = ["5.10"]
LSMS = {"bpf": "landlock,lockdown,yama,apparmor,bpf", "plain": "landlock,lockdown,yama,apparmor"}
# What looks through hooks that the bpf LSM decides on runs in both guests of a kernel, the rest in one of them:
# an emulated processor loads the programs slowly.
IN_BOTH = ["test_capture", "test_rows_failed", "test_rows_net", "test_rows_unix", "test_rows_write"]
IN_BPF = ["test_exec", "test_rows_blind", "test_rows_tree", "test_search", "test_tree"]
ELSEWHERE = "runs in this kernel's other guest: the bpf LSM makes no difference to it"
MEMORY_MIB = 1024
# What a program may take of the guest's own time; the longest takes a minute.
TEST_SECONDS = 300
# A part that is no program of its own.
SESSION = "session"


def left_out():
    """What of tests/kernel no guest runs: pairs of a pattern and why."""
    lines = (HERE / "left-out").read_text().splitlines()
    return [line.split(None, 1) for line in lines if line and not line.startswith("#")]


def programs():
    """(name, why it is left out or None) of every test of tests/kernel and tests/vm."""
    found = []
    for source in sorted([*(HERE / "../kernel").glob("test_*"), *HERE.glob("test_*.c")]):
        why = next((why for pattern, why in left_out() if fnmatch.fnmatch(source.name, pattern)), None)
        found.append((source.name if why else source.name.removesuffix(".c"), why))
    return found


def runs_in(lsm, program):
    return program in IN_BOTH or (program in IN_BPF) == (lsm == "bpf")


def program_path(build, name):
    return next((path for path in (Path(build, "tests", where, name) for where in ("kernel", "vm"))
                 if os.access(path, os.X_OK)), None)


class Guest:
    """One guest. What comes of it goes to report: program() for each of its programs, and broken()."""

    def __init__(self, series, lsm, tests, whole=True, row=""):
        self.series, self.lsm, self.row = series, lsm, row
        self.name = f"{series} {lsm}"
        self.refused = series in REFUSED
        self.tests = [] if self.refused else [test for test in tests if not whole or runs_in(lsm, test)]
        self.elsewhere = [] if self.refused else [test for test in tests if test not in self.tests]
        self.whole = whole  # or a part of it was asked for, and what the rest says of that is not there
        self.rows, self.sections, self.said = [], {}, []
        self.section = self.begun = self.running = None

    def append(self):
        # LOCKSTEP_EXECS says that this is a guest, where a test may do whatever it likes with the clock, and how
        # much of what is only volume it does.
        return " ".join(["console=ttyS0 earlyprintk=serial,ttyS0,115200 quiet loglevel=3 oops=panic panic=-1",
                         f"lsm={LSMS[self.lsm]}", "LOCKSTEP_EXECS=400", f"TEST_SECONDS={TEST_SECONDS}",
                         f"LOCKSTEP_REFUSED={self.series if self.refused else ''}",
                         f"LOCKSTEP_SESSION={'yes' if self.wants(SESSION) else ''}"])

    def boot(self, image, base, work, report):
        """image: the kernel's; base: the file system that all guests share; work: where its files go."""
        self.image, self.report = image, report
        initramfs, console = work / f"{self.slug()}.initramfs", work / f"{self.slug()}.console"
        with open(initramfs, "wb") as out:
            out.write(base.read_bytes())
            subprocess.run([HERE / "initramfs-guest", self.modules()], input="\n".join([self.row, *self.tests]),
                           text=True, stdout=out.fileno(), check=True, start_new_session=True)
        self.emulator = Emulator(image, initramfs, MEMORY_MIB, self.append())
        with open(console, "w") as self.console:
            self.emulator.run(self.line)
        initramfs.unlink()
        self.finish(console)

    def slug(self):
        return self.name.replace(" ", "-")

    def modules(self):
        return self.image.parent / self.image.name.replace("vmlinuz-", "modules-")

    def line(self, text):
        print(text, file=self.console, flush=True)
        word = text.split(" ")
        if text.startswith("guest: begin "):
            self.section, self.begun = text.removeprefix("guest: begin "), time.monotonic()
            self.sections[self.section] = []
            self.running = self.section if self.section in self.tests else None
        elif text.startswith("guest: end "):
            self.section = None
        elif text.startswith("guest: ran ") and self.running:
            self.ended(int(word[2]), float(word[4]) - float(word[3]),
                       f"took longer than {TEST_SECONDS} s of the guest's own time")
        elif text.startswith("guest: up "):
            pass  # a heartbeat: the program runs, however long it says nothing
        elif self.section:
            self.sections[self.section].append(text)
        else:
            self.said.append(text)

    def ended(self, status, guest_s, late):
        """A test program did: says at once what came of it. late: why, where it was stopped."""
        program, self.running, self.section = self.running, None, None
        rows = judge.program_rows(program, self.sections[program], status, late)
        if self.row and self.row not in [row.name for row in rows]:
            rows.append(judge.Row(program, self.row, judge.FAILED,
                                  f"expected a row of that name, got: {', '.join(row.name for row in rows)}"))
        self.rows += rows
        self.report.program(self, program, rows, guest_s, time.monotonic() - self.begun)

    def finish(self, console):
        """The guest is gone: its boot, its session, and what its doctor said."""
        wrong = self.boot_wrong()
        if self.running:
            self.ended(judge.KILLED, None, f"the guest {'hung' if self.emulator.hung else 'ended'} here")
        self.report.program(self, "boot", [judge.Row("boot", name, judge.FAILED, why) for name, why in wrong],
                            None, self.emulator.wall_s, f"{self.emulator.cpu_s:.0f} s of processor")
        if wrong:
            self.report.broken(self, console)
        if self.refused:
            self.judged("refusal", judge.refusal_rows(self.series, self.sections, self.said))
        if self.wants(SESSION) and not self.refused:
            self.judged(SESSION, judge.session_rows(self.sections, self.said))
        self.rows += [judge.Row(program, "-", "not tried", ELSEWHERE) for program in self.elsewhere]
        if self.whole and not self.refused:
            before = {(row.program, row.name) for row in self.rows if row.result == judge.FAILED}
            self.rows = judge.held(self.sections.get("doctor", []), self.rows)
            self.report.program(self, "doctor", [row for row in self.rows if row.result == judge.FAILED and
                                                 (row.program, row.name) not in before], None, None)

    def wants(self, part):
        return self.whole or part in self.tests

    def judged(self, part, rows):
        self.rows += rows
        self.report.program(self, part, rows, None, None)

    def boot_wrong(self):
        """Pairs of what is not so and why."""
        wrong = []
        if "guest: verdict done" not in self.said:
            why = f"QEMU ended with status {self.emulator.status}"
            if self.emulator.hung:
                why = f"hung: nothing on the console for {hang_seconds()} s"
            if self.running:
                why += f", in {self.running}"
            wrong.append(("prints its verdict", f'expected "guest: verdict done", got none: {why}'))
        lsm = "guest: bpf lsm" if self.lsm == "bpf" else "guest: no bpf lsm"
        if lsm not in self.said:
            wrong.append(("its LSMs are those asked for", f'expected "{lsm}", got no such line'))
        ran = {row.program for row in self.rows}
        missing = [test for test in self.tests if test not in ran and test not in (self.running, SESSION)]
        if missing:
            wrong.append(("runs every program", f"did not run: {' '.join(missing)}"))
        for module in [] if self.refused else sorted(self.modules().glob("*.ko*")):
            if f"guest: module {module.name}" not in self.said:
                wrong.append((f"loads {module.name}", "expected the line that it is loaded, got none"))
        return wrong
