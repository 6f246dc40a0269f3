/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MEMBERS_H
#define LOCKSTEP_MEMBERS_H

#include "core/base/json_read.h"

/*
 * Reads the members of an object one after the other. The first thing that is wrong stays in `ret`,
 * so that it is looked at once, at the end. Texts are decoded into `room`; reserve the object's
 * length beforehand, and those that were handed out do not move.
 */
struct members {
	const struct json_object *object;
	struct buf *room;
	size_t at; /* where the next one is expected: who wrote them had an order */
	int ret;   /* 0, -EINVAL */
};

/* The value's text; n 0 when there is no such member. */
struct span members_get(struct members *members, const char *key);
void members_wrong(struct members *members);

/* Whether it is null. It is still the next one to be read. */
bool members_null(struct members *members, const char *key);
/* A number of at most `most`; a flag; 0 and false where it is another thing. */
uint64_t members_number(struct members *members, const char *key, uint64_t most);
/* The same, or `none` for null. */
uint64_t members_number_or(struct members *members, const char *key, uint64_t most, uint64_t none);
bool members_flag(struct members *members, const char *key);
/* The bytes that a text stands for, by its twin KEY_b64 if it has one; p NULL for null. */
struct span members_text(struct members *members, const char *key);
/* The same ended by NUL, of a text that has none in it; NULL for null. */
const char *members_cstr(struct members *members, const char *key);
/* The same into an array; "" for null. */
void members_fixed(struct members *members, const char *key, char *out, size_t n);
/* The value as it stands, ended by NUL. */
const char *members_json(struct members *members, const char *key);
/* What json_next() takes an array's items off. */
struct span members_items(struct members *members, const char *key);
/* The texts of an array, each ended by NUL. */
struct span members_strings(struct members *members, const char *key);
/* RFC 3339, nanoseconds of the epoch; what is before 1970 is as good as 1970. */
int64_t members_time(struct members *members, const char *key);

#endif
