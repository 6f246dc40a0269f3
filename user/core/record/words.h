/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_WORDS_H
#define LOCKSTEP_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/span.h"
#include "core/event/kind.h"
#include "core/judge/verdict.h"

/* How a line writes numbers of the kernel, both ways. */
struct number_name {
	uint32_t number;
	const char *name;
};

struct number_names {
	const struct number_name *v;
	size_t n;
	const char *prefix; /* any other number is this and its digits; NULL: null */
	uint32_t none;      /* what null is read back as */
};

extern const struct number_names word_inputs, word_errors, word_write_ops, word_file_types,
	word_protocols, word_unix_types, word_families, word_socket_types, word_results;

enum { WORD_ROOM = 40 };

/* The name, or the prefix and digits in `room`; p NULL: null. */
struct span word_of(const struct number_names *names, uint32_t number, char room[WORD_ROOM]);
/* 0, or -EINVAL when it is no word of these. */
int word_read(const struct number_names *names, struct span word, uint32_t *number);

/* "pts/3", "tty1", "ttyS0", by Documentation/admin-guide/devices.txt; else as word_dev(). */
struct span word_tty(uint32_t tty, char room[WORD_ROOM]);
int word_read_tty(struct span word, uint32_t *tty);
/* "MAJOR:MINOR", as in /proc/self/mountinfo. */
struct span word_dev(uint32_t dev, char room[WORD_ROOM]);
int word_read_dev(struct span word, uint32_t *dev);

/* The last value that each of these names; the first is 1. */
enum {
	LAST_verdict_name = VERDICT_APPROVED,
	LAST_how_name = HOW_SERVICE,
	LAST_record_kind_name = RECORD_KINDS_N - 1,
};

#endif
