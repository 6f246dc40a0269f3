/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { LOOP_FDS_MAX = 4096, LOOP_BATCH = 64 };

/* Who waits for a descriptor. `generation` tells a number's later owner from an earlier one. */
struct watch {
	loop_fn fn; /* NULL: nobody */
	void *ctx;
	uint32_t generation;
};

struct loop {
	int epoll, signals, timer;
	struct watch watches[LOOP_FDS_MAX]; /* by descriptor */
	void (*on_signal)(void *ctx, int signal);
	void *signal_ctx;
	void (*on_tick)(void *ctx);
	void *tick_ctx;
};

static uint64_t token(const struct loop *loop, int fd)
{
	return (uint64_t)loop->watches[fd].generation << 32 | (uint32_t)fd;
}

int loop__open(struct loop **out)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int ret;

	*out = NULL;
	if (!loop)
		return -ENOMEM;
	loop->signals = -1;
	loop->timer = -1;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		ret = -errno;
		free(loop);
		return ret;
	}
	*out = loop;
	return 0;
}

void loop__close(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->signals >= 0)
		close(loop->signals);
	if (loop->timer >= 0)
		close(loop->timer);
	close(loop->epoll);
	free(loop);
}

int loop__watch(struct loop *loop, int fd, uint32_t events, loop_fn fn, void *ctx)
{
	struct epoll_event event = { .events = events };

	if (fd < 0 || fd >= LOOP_FDS_MAX)
		return -EMFILE;
	if (loop->watches[fd].fn)
		return -EEXIST;
	loop->watches[fd].generation++;
	event.data.u64 = token(loop, fd);
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	loop->watches[fd].fn = fn;
	loop->watches[fd].ctx = ctx;
	return 0;
}

int loop__rewatch(struct loop *loop, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };

	if (fd < 0 || fd >= LOOP_FDS_MAX || !loop->watches[fd].fn)
		return -ENOENT;
	event.data.u64 = token(loop, fd);
	return epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event) ? -errno : 0;
}

void loop__unwatch(struct loop *loop, int fd)
{
	if (fd < 0 || fd >= LOOP_FDS_MAX || !loop->watches[fd].fn)
		return;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
	loop->watches[fd].fn = NULL;
}

static void signals_ready(void *ctx, uint32_t events)
{
	struct loop *loop = ctx;
	struct signalfd_siginfo info;

	(void)events;
	while (read(loop->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		loop->on_signal(loop->signal_ctx, (int)info.ssi_signo);
}

int loop__signals(struct loop *loop, const int *signals, void (*fn)(void *ctx, int signal),
		  void *ctx)
{
	sigset_t set;

	sigemptyset(&set);
	for (; *signals; signals++)
		sigaddset(&set, *signals);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	loop->on_signal = fn;
	loop->signal_ctx = ctx;
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signals < 0)
		return -errno;
	return loop__watch(loop, loop->signals, EPOLLIN, signals_ready, loop);
}

static void timer_ready(void *ctx, uint32_t events)
{
	struct loop *loop = ctx;
	uint64_t passed;

	(void)events;
	if (read(loop->timer, &passed, sizeof(passed)) == (ssize_t)sizeof(passed))
		loop->on_tick(loop->tick_ctx);
}

int loop__every(struct loop *loop, unsigned int ms, void (*fn)(void *ctx), void *ctx)
{
	struct itimerspec spec = {
		.it_interval = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 },
	};

	spec.it_value = spec.it_interval;
	loop->on_tick = fn;
	loop->tick_ctx = ctx;
	loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->timer < 0 || timerfd_settime(loop->timer, 0, &spec, NULL))
		return -errno;
	return loop__watch(loop, loop->timer, EPOLLIN, timer_ready, loop);
}

int loop__turn(struct loop *loop, int timeout_ms)
{
	struct epoll_event events[LOOP_BATCH];
	int n = epoll_wait(loop->epoll, events, LOOP_BATCH, timeout_ms);
	int i;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (i = 0; i < n; i++) {
		uint32_t fd = (uint32_t)events[i].data.u64;
		struct watch *watch = &loop->watches[fd];

		if (watch->fn && token(loop, (int)fd) == events[i].data.u64)
			watch->fn(watch->ctx, events[i].events);
	}
	return 0;
}
