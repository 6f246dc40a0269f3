/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MEMORY_H
#define LOCKSTEP_MEMORY_H

/*
 * How much of what was freed stays resident: little, in a process that runs for months beside what
 * it watches. By mallopt(3) and prctl(2); what they refuse stays as it was.
 *
 * small: for the whole process, before it allocates or makes threads. A block of 256 KiB or more is
 * a mapping of its own and goes back when it is freed; glibc would otherwise raise that bound to
 * the largest one that was freed (mallopt(3), M_MMAP_THRESHOLD). And no huge pages: where they are
 * given unasked (Debian's kernels), the half-empty heap of a thread takes 2 MiB. Children inherit
 * the latter.
 *
 * give_back: what is free in all heaps, after work that took much for once. A millisecond or so.
 */
void memory_keep_small(void);
void memory_give_back(void);

#endif
