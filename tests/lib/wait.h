/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_WAIT_H
#define LOCKSTEP_TEST_WAIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/*
 * Waiting for an event. There is one deadline, which only catches a hang: 300 s, or WAIT_SECONDS of
 * the environment. No test may take it for an answer.
 */
static inline int64_t wait_seconds(void)
{
	const char *asked = getenv("WAIT_SECONDS");
	long seconds = asked ? strtol(asked, NULL, 10) : 0;

	return seconds > 0 ? seconds : 300;
}

static inline int64_t wait_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct wait {
	int64_t until_ms;
	long nap_us;
};

static inline struct wait wait_begin(void)
{
	return (struct wait){ wait_now_ms() + wait_seconds() * 1000, 50 };
}

/* Sleeps for a moment, longer each time up to 5 ms. false: the deadline is over. */
static inline bool wait_again(struct wait *wait)
{
	const struct timespec nap = { .tv_nsec = wait->nap_us * 1000 };

	nanosleep(&nap, NULL);
	wait->nap_us = wait->nap_us < 2500 ? 2 * wait->nap_us : 5000;
	return wait_now_ms() < wait->until_ms;
}

/* For cmocka's tests; where it fails it names what did not happen. */
#define WAIT_FOR(condition)                                                                        \
	do {                                                                                       \
		struct wait wait_for_ = wait_begin();                                              \
		while (!(condition))                                                               \
			if (!wait_again(&wait_for_))                                               \
				fail_msg("waited %lld s for: %s", (long long)wait_seconds(),       \
					 #condition);                                              \
	} while (0)

#endif
