/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_RING_H
#define LOCKSTEP_RING_H

#include <stddef.h>
#include <stdint.h>

/*
 * A reader of a BPF ring buffer (Documentation/bpf/ringbuf.rst) whose position in the ring moves
 * only when it is told to. libbpf's moves as soon as a record was handed out, and a reader killed
 * before that record is on disk has lost it.
 */
struct ring;

/*
 * `map_fd` is the ring's map of `bytes` bytes; `waiting` is the word that the writer takes back to
 * 0 when it wakes the reader (struct ls_reader). Both stay the caller's and must outlive the ring.
 * 0 or -errno.
 */
int ring__open(struct ring **out, int map_fd, size_t bytes, uint32_t *waiting);
void ring__close(struct ring *ring); /* NULL is allowed */

int ring__fd(const struct ring *ring); /* readable when there may be something to read */
/* 1 and the next record, which is valid until it is released; 0 when there is none now. */
int ring__next(struct ring *ring, const void **record, size_t *n);
uint64_t ring__cursor(const struct ring *ring); /* behind the record that ring__next() gave last */
void ring__release(struct ring *ring, uint64_t cursor); /* never moves back or past the cursor */
size_t ring__used(const struct ring *ring);             /* bytes that are not released */

#endif
