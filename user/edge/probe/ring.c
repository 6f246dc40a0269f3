// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "edge/probe/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define RETRY_NS 1000000 /* how long a record that is being written may keep a sleeping reader */
/*
 * How long a reader that found something leaves the ring alone before it looks again: whoever runs
 * a program runs another one soon, and a wake-up with each costs more than the record does.
 */
#define NAP_NS   2000000

struct ring {
	uint64_t *consumer;        /* page of its own, the only one that we may write */
	const uint64_t *producer;  /* page before the data */
	const unsigned char *data; /* mapped twice in a row, so that no record wraps */
	size_t bytes, page;
	uint64_t cursor; /* consumer <= cursor <= producer */
	uint32_t *waiting;
	bool armed; /* the timer, and its end was not taken */
	bool found; /* since the reader last looked in vain */
	int map_fd;
	int epoll_fd, timer_fd;
};

static int ring_map(struct ring *ring)
{
	void *p;

	p = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, ring->map_fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	ring->consumer = p;
	p = mmap(NULL, ring->page + 2 * ring->bytes, PROT_READ, MAP_SHARED, ring->map_fd,
		 (off_t)ring->page);
	if (p == MAP_FAILED)
		return -errno;
	ring->producer = p;
	ring->data = (const unsigned char *)p + ring->page;
	return 0;
}

static int ring_watch(struct ring *ring, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(ring->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/*
 * The ring's descriptor says "readable" as long as the consumer position trails, which ours does
 * while records wait for their commit; so it is watched edge-triggered, through an epoll of our
 * own.
 */
static int ring_poll_setup(struct ring *ring)
{
	int ret;

	ring->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	ring->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (ring->epoll_fd < 0 || ring->timer_fd < 0)
		return -errno;
	ret = ring_watch(ring, ring->map_fd, EPOLLIN | EPOLLET);
	return ret ? ret : ring_watch(ring, ring->timer_fd, EPOLLIN | EPOLLET);
}

int ring__open(struct ring **out, int map_fd, size_t bytes, uint32_t *waiting)
{
	struct ring *ring;
	int ret;

	*out = NULL;
	ring = calloc(1, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	ring->map_fd = map_fd;
	ring->bytes = bytes;
	ring->page = (size_t)sysconf(_SC_PAGESIZE);
	ring->waiting = waiting;
	ring->epoll_fd = ring->timer_fd = -1;
	ret = ring_map(ring);
	if (!ret)
		ret = ring_poll_setup(ring);
	if (ret)
		goto out;
	ring->cursor = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
	__atomic_store_n(waiting, 1, __ATOMIC_SEQ_CST);
	*out = ring;
	ring = NULL; /* transferred */
out:
	ring__close(ring);
	return ret;
}

void ring__close(struct ring *ring)
{
	if (!ring)
		return;
	if (ring->consumer)
		munmap(ring->consumer, ring->page);
	if (ring->producer)
		munmap((void *)(uintptr_t)ring->producer, ring->page + 2 * ring->bytes);
	if (ring->epoll_fd >= 0)
		close(ring->epoll_fd);
	if (ring->timer_fd >= 0)
		close(ring->timer_fd);
	free(ring);
}

/* What stands at the cursor: a record, nothing, or one that its writer has not finished. */
enum look { LOOK_NONE, LOOK_BUSY, LOOK_RECORD };

static enum look ring_look(struct ring *ring, const void **record, size_t *n)
{
	const unsigned char *p;
	uint32_t head, len;

	while (ring->cursor < __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE)) {
		p = ring->data + (ring->cursor & (ring->bytes - 1));
		head = __atomic_load_n((const uint32_t *)(const void *)p, __ATOMIC_ACQUIRE);
		if (head & BPF_RINGBUF_BUSY_BIT)
			return LOOK_BUSY;
		len = head & ~BPF_RINGBUF_DISCARD_BIT;
		ring->cursor += (len + BPF_RINGBUF_HDR_SZ + 7u) & ~UINT64_C(7);
		if (head & BPF_RINGBUF_DISCARD_BIT)
			continue;
		*record = p + BPF_RINGBUF_HDR_SZ;
		*n = len;
		return LOOK_RECORD;
	}
	return LOOK_NONE;
}

/* Takes the edges back, so that the descriptor is quiet until the next wake-up. */
static void ring_quiet(struct ring *ring)
{
	struct epoll_event events[2];
	uint64_t expired;

	epoll_wait(ring->epoll_fd, events, 2, 0);
	if (ring->armed && read(ring->timer_fd, &expired, sizeof(expired)) > 0)
		ring->armed = false;
}

static void ring_wake_in(struct ring *ring, long ns)
{
	const struct itimerspec soon = { .it_value.tv_nsec = ns };

	timerfd_settime(ring->timer_fd, 0, &soon, NULL);
	ring->armed = true;
}

/*
 * Before the reader sleeps: say so, then look once more. Whoever reserves after that look finds the
 * word set when it submits. Whoever had reserved before may have read the word already and wakes
 * nobody, so while such a record is unfinished a timer does.
 */
static enum look ring_idle(struct ring *ring, const void **record, size_t *n)
{
	enum look look;

	ring_quiet(ring);
	__atomic_store_n(ring->waiting, 1, __ATOMIC_SEQ_CST);
	look = ring_look(ring, record, n);
	if (look == LOOK_BUSY)
		ring_wake_in(ring, RETRY_NS);
	return look;
}

int ring__next(struct ring *ring, const void **record, size_t *n)
{
	bool found = ring_look(ring, record, n) == LOOK_RECORD;

	if (!found && ring->found) {
		ring->found = false;
		ring_quiet(ring);
		ring_wake_in(ring, NAP_NS);
		return 0;
	}
	if (!found)
		found = ring_idle(ring, record, n) == LOOK_RECORD;
	ring->found = found;
	return found;
}

int ring__fd(const struct ring *ring)
{
	return ring->epoll_fd;
}

uint64_t ring__cursor(const struct ring *ring)
{
	return ring->cursor;
}

void ring__release(struct ring *ring, uint64_t cursor)
{
	uint64_t now = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);

	if (cursor > now && cursor <= ring->cursor)
		__atomic_store_n(ring->consumer, cursor, __ATOMIC_RELEASE);
}

size_t ring__used(const struct ring *ring)
{
	return (size_t)(__atomic_load_n(ring->producer, __ATOMIC_RELAXED) -
			__atomic_load_n(ring->consumer, __ATOMIC_RELAXED));
}
