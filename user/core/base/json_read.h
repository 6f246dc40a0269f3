/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_JSON_READ_H
#define LOCKSTEP_JSON_READ_H

#include <stdint.h>

#include "core/base/buf.h"

/*
 * Reads one JSON object (RFC 8259) that may come from a hostile peer. The whole text is checked
 * before anything of it is handed out; then values are spans of it, and nothing is allocated but
 * what a decoded string needs.
 *
 * Stricter than the RFC where it leaves room: keys are unique, also in nested objects, and hold no
 * escapes; a surrogate must have its other half; strings are valid UTF-8.
 */
enum {
	JSON_MEMBERS_MAX = 96, /* of one object */
	JSON_DEPTH_MAX = 8,    /* the outer object is 1 */
	JSON_BYTES_MAX = 64 << 20,
};

struct json_member {
	struct span key;   /* without its quotes */
	struct span value; /* the value's text, quotes and brackets included */
};

/* The members in their order; spans borrow from the text. */
struct json_object {
	struct json_member members[JSON_MEMBERS_MAX];
	size_t n;
};

/*
 * 0; -EINVAL when the text is not exactly one object with optional blanks around it; -E2BIG beyond
 * a bound above. *out is empty on failure. A value that is an object may be read by the same
 * function.
 */
int json_read(struct span text, struct json_object *out);

/* The value's text, n 0 when there is no such member. */
struct span json_get(const struct json_object *object, const char *key);

/*
 * What a checked value is. The last four return 0, or -EINVAL when it is of another type, does not
 * fit, or is a number written other than as plain digits (1.0, 1e3); *out is 0 then.
 */
bool json_is_null(struct span value);
bool json_is_string(struct span value);
bool json_is(struct span value, const char *text); /* a string with this text */
/* What is between the quotes, escapes as they stand: names have none. n 0: not a string. */
struct span json_inside(struct span value);
int json_read_bool(struct span value, bool *out);
int json_read_u64(struct span value, uint64_t *out);
int json_read_i64(struct span value, int64_t *out);
/* Appends the decoded text (which may hold NUL). 0, -EINVAL, -ENOMEM. */
int json_read_text(struct span value, struct buf *out);

/*
 * Walks an array: json_items() gives what json_next() takes the items off; n 0 when the value is no
 * array or an empty one.
 */
struct span json_items(struct span array);
bool json_next(struct span *items, struct span *value);

#endif
