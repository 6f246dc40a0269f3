#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tests/vm/emulator.py IMAGE INITRAMFS MEMORY_MIB APPEND - boots a guest and prints its console as it comes.
# Exit status 124: the guest hung; what QEMU exits with otherwise.
#
# The guest's clock is its instructions (-icount): one is a nanosecond, and a time in which every process
# sleeps is skipped. What takes a second in the guest so takes a second of it on every machine, loaded or not,
# and a limit inside the guest means the same everywhere. From outside there is no limit on how long a guest
# takes; it is hung when nothing new appears on its console for HANG_SECONDS.
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time

HANG_SECONDS = 600
# The guest's time stands still while it is suspended to RAM, so that no alarm of its own can end that. Its real-time
# clock, by which it learns how long that was, is this machine's.
SUSPEND_SECONDS = 3
# Emulated five-level page tables cost half of the speed, and "rep movsb", which the kernel takes for fast copies
# where the processor has ERMS, is emulated a byte at a time.
CPU = "max,-la57,-erms,-fsrm"


def hang_seconds():
    return int(os.environ.get("HANG_SECONDS") or HANG_SECONDS)


def command(image, initramfs, memory, append, control):
    # One processor: with -icount QEMU 7.2 hands the next processor its turn only when the one before it is idle
    # or executes "pause" (QEMU 8.1 splits the turns), and Linux 6.1 waits with neither for the second to start.
    return ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-M", "pc", "-accel", "tcg", "-cpu", CPU,
            "-smp", "1", "-m", str(memory), "-icount", "shift=0,sleep=off", "-nographic", "-no-reboot",
            "-nic", "none", "-chardev", f"socket,id=control,fd={control}", "-mon", "chardev=control,mode=control",
            "-kernel", image, "-initrd", initramfs, "-append", append]


def plain(line):
    """A line of the console, as text, without what only a terminal understands."""
    return line.decode("utf-8", "replace").replace("\r", "").replace("\033", "")


class Emulator:
    """One guest. After run(): .status, .hung, .wall_s, .cpu_s."""

    def __init__(self, image, initramfs, memory, append):
        self.boot = image, initramfs, memory, append
        self.hung = False
        self.wake_at = None

    def run(self, on_line):
        """Calls on_line with each line of the console, until the guest ends or hangs."""
        begun = time.monotonic()
        self.control, theirs = socket.socketpair()
        self.control.sendall(b'{"execute":"qmp_capabilities"}\n')
        with theirs:
            self.process = subprocess.Popen(command(*self.boot, theirs.fileno()), stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                            pass_fds=[theirs.fileno()])
        ended = False
        try:
            ended = self.follow(on_line)
        finally:
            if not ended:
                os.kill(self.process.pid, signal.SIGKILL)  # Popen.kill() might reap it
            self.process.stdout.close()
            self.control.close()
            _, status, usage = os.wait4(self.process.pid, 0)
            self.process.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.wall_s = time.monotonic() - begun
        self.cpu_s = usage.ru_utime + usage.ru_stime

    def follow(self, on_line):
        """Whether the guest ended; else it is hung."""
        console = self.process.stdout
        listen, rest, quiet_since = [console, self.control], b"", time.monotonic()
        while True:
            now = time.monotonic()
            until = [quiet_since + hang_seconds(), *([self.wake_at] if self.wake_at else [])]
            ready, _, _ = select.select(listen, [], [], max(0, min(until) - now))
            if self.wake_at and time.monotonic() >= self.wake_at:
                self.wake()
            elif not ready and time.monotonic() >= quiet_since + hang_seconds():
                self.hung = True
                return False
            if self.control in ready and not self.hear():
                listen.remove(self.control)
            if console not in ready:
                continue
            data = os.read(console.fileno(), 65536)
            if not data:
                if rest:
                    on_line(plain(rest))
                return True
            quiet_since = time.monotonic()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                on_line(plain(line))

    def hear(self):
        """What QEMU says of the guest's state; False at its end. An event is one short line, in one piece."""
        try:
            said = self.control.recv(65536)
        except ConnectionResetError:  # it is gone, and has not read all
            said = b""
        if b'"event": "SUSPEND"' in said:
            self.wake_at = time.monotonic() + SUSPEND_SECONDS
        return bool(said)

    def wake(self):
        self.wake_at = None
        with contextlib.suppress(BrokenPipeError):  # it is gone, and its console says so
            self.control.sendall(b'{"execute":"system_wakeup"}\n')


def main():
    if len(sys.argv) != 5:
        print(f"usage: {sys.argv[0]} IMAGE INITRAMFS MEMORY_MIB APPEND", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    emulator = Emulator(*sys.argv[1:])
    emulator.run(lambda line: print(line, flush=True))
    if emulator.hung:
        print(f"hung: nothing on the console for {hang_seconds()} s")
        return 124
    return emulator.status


if __name__ == "__main__":
    sys.exit(main())
