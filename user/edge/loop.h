/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOOP_H
#define LOCKSTEP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One thread's event loop: epoll(7), signalfd(2), timerfd_create(2). A callback may watch and
 * unwatch any descriptor, its own too: what the same turn still holds for a descriptor that was
 * unwatched is dropped, even if the number is in use again.
 */
struct loop;

typedef void (*loop_fn)(void *ctx, uint32_t events); /* EPOLLIN, EPOLLOUT, EPOLLHUP, … */

int loop__open(struct loop **out); /* 0 or -errno */
void loop__close(
	struct loop *loop); /* closes its own descriptors, none of the watched. NULL is allowed */

/* Level-triggered. 0 or -errno (-EEXIST: watched already). The descriptor stays the caller's. */
int loop__watch(struct loop *loop, int fd, uint32_t events, loop_fn fn, void *ctx);
int loop__rewatch(struct loop *loop, int fd, uint32_t events);
void loop__unwatch(struct loop *loop, int fd);

/* Blocks the signals for the process (0-ended list) and gives them to `fn` one by one. */
int loop__signals(struct loop *loop, const int *signals, void (*fn)(void *ctx, int signal),
		  void *ctx);
/* Calls `fn` every `ms` milliseconds of the boot clock's time awake (CLOCK_MONOTONIC). */
int loop__every(struct loop *loop, unsigned int ms, void (*fn)(void *ctx), void *ctx);

/* Waits at most timeout_ms (-1: for ever) and calls what is ready. 0 or -errno of epoll_wait(2). */
int loop__turn(struct loop *loop, int timeout_ms);

#endif
