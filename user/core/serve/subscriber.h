/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SUBSCRIBER_H
#define LOCKSTEP_SUBSCRIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/span.h"

/*
 * What one reader of the stream is still to be sent. Never waits for it: what finds no room is
 * counted, and told as soon as there is room again:
 *
 *     {"missed":{"first":SEQ,"last":SEQ,"count":N}}    N lines between these were not sent
 *     {"durable":SEQ}                                  everything up to SEQ is on the disk
 *
 * A reader begins with what the store has (catch-up) and goes over to live lines without a gap and
 * without a duplicate. The seam: records are live before they are durable, and the store gives only
 * what is durable. So once the store has no more to give, live lines are held back while the store
 * is asked once more, when everything that was emitted before the hold is durable; then the held
 * lines follow. Held lines that outgrow the bound are dropped and the catch-up goes on: they come
 * from the store then.
 *
 *     CATCHUP --(store has no more)--> SEAM --(store has no more)--> LIVE
 *        ^------(held lines outgrow)----'
 *
 * Lines are given in seq order. Memory: `bound` bytes queued and as many held, and one line more
 * each, because an empty queue takes a line of any size (else a long one could never be sent).
 */
struct subscriber;

enum subscriber_phase { SUBSCRIBER_CATCHUP, SUBSCRIBER_SEAM, SUBSCRIBER_LIVE };

/* From the store's rows after `after` on. 0 or -ENOMEM. */
int subscriber__new(struct subscriber **out, size_t bound, uint64_t after);
/* Only what comes from now on: the last record that was emitted is `last`. */
int subscriber__new_live(struct subscriber **out, size_t bound, uint64_t last);
void subscriber__free(struct subscriber *sub); /* NULL is allowed */

/* A record that passed the reader's filter was emitted. */
void subscriber__live(struct subscriber *sub, uint64_t seq, struct span line);

/*
 * Whether it is worth reading the store now, and from where: rows after *after, up to and including
 * *last. `durable` is the highest seq that the store can give; UINT64_MAX when it gives no more
 * than it does now (the disk refuses).
 */
bool subscriber__wants(const struct subscriber *sub, uint64_t durable, uint64_t *after,
		       uint64_t *last);
/* A row that was read; `line` is NULL where the filter drops it. False: no room, stop reading. */
bool subscriber__row(struct subscriber *sub, uint64_t seq, const struct span *line);
/* The store had no more rows. `emitted`: the last seq that was emitted until now. */
void subscriber__rows_end(struct subscriber *sub, uint64_t emitted);

/* Everything up to `seq` is on the disk. Told once per move, and only to a reader that is live. */
void subscriber__durable(struct subscriber *sub, uint64_t seq);

/* Bytes to write now, valid until the next call; and that the first `n` of them were written. */
struct span subscriber__pending(const struct subscriber *sub);
void subscriber__sent(struct subscriber *sub, size_t n);

enum subscriber_phase subscriber__phase(const struct subscriber *sub);
uint64_t subscriber__missed(const struct subscriber *sub); /* lines in all that found no room */

#endif
