/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * The program that bench/latency executes: it only ends. No C library: glibc's start asks CPUID
 * some dozens of times, and where the machine is a virtual one each of these leaves it for the
 * hypervisor, so that two thirds of what an exec takes would be that and 5,000 a second could not
 * be made beside the daemon.
 */
__attribute__((noreturn)) void _start(void);

void _start(void)
{
	__asm__ volatile("syscall" : : "a"(60 /* exit */), "D"(0) : "rcx", "r11", "memory");
	__builtin_unreachable();
}
