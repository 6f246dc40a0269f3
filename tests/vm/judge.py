# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What came of each row of a guest, from what the guest printed. What the session's export says is held against
# the truth that its actor printed; what the doctor says, against what the programs saw (tests/vm/held).
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
FAILED = "FAILED"
KILLED = 137  # the status of a program that SIGKILL ended


class Row(NamedTuple):
    program: str
    name: str
    result: str  # passed, FAILED, not visible, not tried
    why: str

    def line(self):
        return "\t".join(["row", *self]) + "\n"


def parse(lines):
    return [Row(*(line.split("\t")[1:] + [""])[:4]) for line in lines.splitlines() if line.startswith("row\t")]


def compared(program, name, got, want):
    if got == want:
        return Row(program, name, "passed", "")
    return Row(program, name, FAILED, f"expected {json.dumps(want)}, got {json.dumps(got)}")


def program_rows(program, lines, status, late):
    """The rows of a test program, from what it printed; late: what a row says that was stopped by timeout(1)."""
    text = "\n".join([f"guest: begin {program}", *lines, f"guest: status {status} {program}", ""])
    rows = parse(subprocess.run([HERE / "rows"], input=text, text=True, stdout=subprocess.PIPE, check=True).stdout)
    timed_out = status in (124, KILLED, 143)  # busybox passes on that of a program that it killed
    return [row._replace(why=late) if timed_out and row.why == f"exit status {status}" else row for row in rows]


def held(doctor, rows):
    """All rows again, held against the doctor's answer, and one for each capability."""
    with tempfile.TemporaryDirectory() as work:
        answer, file = Path(work, "doctor"), Path(work, "rows")
        answer.write_text("\n".join(doctor) + "\n")
        file.write_text("".join(row.line() for row in rows))
        return parse(subprocess.run([HERE / "held", answer, file], text=True, stdout=subprocess.PIPE,
                                    check=True).stdout)


def json_lines(lines):
    """What of them is JSON; None for a line that is not."""
    values = []
    for line in lines:
        try:
            values.append(json.loads(line))
        except ValueError:
            values.append(None)
    return values


def of_kind(records, kind):
    return [record for record in records if record.get("kind") == kind]


def picked(records, *keys):
    return [[record.get(key) for key in keys] for record in records]


def session_rows(sections, said):
    """The session that tests/vm/init records: actor_guest forks, and the child connects."""
    program = "session"
    statuses = [line for line in said if re.fullmatch("guest: status [0-9]+", line)]
    rows = [compared(program, "lockstep run --strict ends with 0", statuses, ["guest: status 0"])]
    records = json_lines(sections.get("records", []))
    truth = {act["act"]: act for act in json_lines(sections.get("truth", [])) if act}
    rows.append(compared(program, "the actor prints the truth", sorted(truth), ["connect", "fork"]))
    rows.append(compared(program, "every line is a record",
                         bool(records) and all(record and record.get("v") and record.get("kind")
                                               for record in records), True))
    if any(row.result == FAILED for row in rows[1:]):
        return rows
    execs, connects, closes = (of_kind(records, kind) for kind in ("exec", "connect", "close"))
    fork, sent = truth["fork"], truth["connect"]["sent"]
    return rows + [compared(program, *row) for row in [
        ("the execs, no third, are approved by their steps", picked(execs, "verdict", "step"),
         [["approved", "parent"], ["approved", "connect"]]),
        ("the pids are the actor's", picked(execs, "pid"), [[fork["pid"]], [fork["child"]]]),
        ("the second exec descends from the first across the fork", picked(execs[1:], "parent", "ppid"),
         picked(execs[:1], "sseq", "pid")),
        ("one connect, approved, of the second exec", picked(connects, "verdict", "parent"),
         [["approved", *sseq] for sseq in picked(execs[1:], "sseq")]),
        ("the connect's close carries its bytes", picked(closes, "of", "bytes_sent"),
         [[*sseq, sent] for sseq in picked(connects, "sseq")]),
        ("nothing was lost", of_kind(records, "loss"), []),
        ("the session ended compliant", picked(of_kind(records, "session_end"), "outcome"), [["compliant"]]),
    ]]


def refusal_rows(series, sections, said):
    """A kernel that is too old is refused, in one line, by each program."""
    rows = []
    for who in ("lockstep run", "lockstepd", "lockstep doctor"):
        name = f"refusal {who}"
        lines = sections.get(name, [])
        says = [bool(re.search(rf"this kernel is Linux {re.escape(series)}\S*; 6\.1 or later is needed$", line))
                for line in lines]
        ends = [line for line in said if line.endswith(name)]
        rows.append(compared("refusal", f"{who} ends with 2", ends, [f"guest: status 2 {name}"]))
        row = compared("refusal", f"{who} says why", says, [True])
        rows.append(row if row.result == "passed" else row._replace(why=f"expected one line, that the kernel is too old, "
                                                                       f"got {json.dumps(lines)}"))
    return rows
