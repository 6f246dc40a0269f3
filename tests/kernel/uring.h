/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_URING_H
#define LOCKSTEP_TEST_URING_H

#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * One request through io_uring(7) without a library: an actor has to be sure who runs it. Offsets
 * are those of io_uring_setup(2); nothing is unmapped, since the ring ends with the actor.
 */
struct uring {
	int fd;
	unsigned int *sq_tail, *sq_flags, *sq_array, *cq_tail;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	struct io_uring_params params;
};

static inline void *uring_map(const struct uring *ring, size_t n, off_t what)
{
	return mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, what);
}

/* Maps a ring that somebody made, with the parameters that it was made with. 0 or -errno. */
static inline int uring__adopt(struct uring *ring, int fd, const struct io_uring_params *params)
{
	const struct io_uring_params *p = &ring->params;
	unsigned char *sq, *cq;

	memset(ring, 0, sizeof(*ring));
	ring->params = *params;
	ring->fd = fd;
	sq = uring_map(ring, p->sq_off.array + p->sq_entries * sizeof(unsigned int),
		       IORING_OFF_SQ_RING);
	cq = uring_map(ring, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe),
		       IORING_OFF_CQ_RING);
	ring->sqes = uring_map(ring, p->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || ring->sqes == MAP_FAILED)
		return -ENOMEM;
	ring->sq_tail = (unsigned int *)(void *)(sq + p->sq_off.tail);
	ring->sq_flags = (unsigned int *)(void *)(sq + p->sq_off.flags);
	ring->sq_array = (unsigned int *)(void *)(sq + p->sq_off.array);
	ring->cq_tail = (unsigned int *)(void *)(cq + p->cq_off.tail);
	ring->cqes = (struct io_uring_cqe *)(void *)(cq + p->cq_off.cqes);
	return 0;
}

/* 0 or -errno: -ENOSYS and -EPERM where the kernel has none or forbids it. */
static inline int uring__open(struct uring *ring, unsigned int flags)
{
	struct io_uring_params params = { .flags = flags, .sq_thread_idle = 2000 };
	int fd = (int)syscall(SYS_io_uring_setup, 4, &params);

	return fd < 0 ? -errno : uring__adopt(ring, fd, &params);
}

static inline int uring_submit(struct uring *ring)
{
	unsigned int flags = IORING_ENTER_GETEVENTS, submit = 1;

	if (ring->params.flags & IORING_SETUP_SQPOLL) {
		submit = 0;
		if (__atomic_load_n(ring->sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
			flags |= IORING_ENTER_SQ_WAKEUP;
	}
	return syscall(SYS_io_uring_enter, ring->fd, submit, 1, flags, NULL, 0) < 0 ? -errno : 0;
}

/* Runs the request as the ring's first and only one; its result, or -errno. */
static inline int uring__run(struct uring *ring, const struct io_uring_sqe *request)
{
	int ret;

	ring->sqes[0] = *request;
	ring->sq_array[0] = 0;
	__atomic_store_n(ring->sq_tail, 1, __ATOMIC_SEQ_CST);
	ret = uring_submit(ring);
	if (ret)
		return ret;
	return __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) == 1 ? ring->cqes[0].res : -EIO;
}

#endif
