/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/members.h"

#include <errno.h>

#include "core/base/base64.h"
#include "core/base/timestamp.h"

void members_wrong(struct members *members)
{
	members->ret = -EINVAL;
}

struct span members_get(struct members *members, const char *key)
{
	const struct json_object *object = members->object;
	struct span wanted = span_of(key);

	for (size_t i = 0; i < object->n; i++) {
		size_t at = (members->at + i) % object->n;

		if (span_eq(object->members[at].key, wanted)) {
			members->at = at + 1;
			return object->members[at].value;
		}
	}
	return (struct span){ NULL, 0 };
}

bool members_null(struct members *members, const char *key)
{
	struct span value = members_get(members, key);

	members->at -= value.n > 0;
	return json_is_null(value);
}

uint64_t members_number_or(struct members *members, const char *key, uint64_t most, uint64_t none)
{
	return members_null(members, key) ? none : members_number(members, key, most);
}

uint64_t members_number(struct members *members, const char *key, uint64_t most)
{
	struct span value = members_get(members, key);
	uint64_t n = 0;

	if (json_read_u64(value, &n) == 0 && n <= most)
		return n;
	members_wrong(members);
	return 0;
}

bool members_flag(struct members *members, const char *key)
{
	struct span value = members_get(members, key);
	bool set = false;

	if (json_read_bool(value, &set))
		members_wrong(members);
	return set;
}

/* What follows KEY as KEY_b64. */
static struct span twin_of(struct members *members, const char *key)
{
	const struct json_object *object = members->object;
	size_t n = strlen(key);

	for (size_t i = 0; i < object->n; i++) {
		struct span name = object->members[i].key;

		if (name.n == n + 4 && !memcmp(name.p, key, n) && !memcmp(name.p + n, "_b64", 4))
			return object->members[i].value;
	}
	return (struct span){ NULL, 0 };
}

static void decode(struct members *members, struct span value, bool base64)
{
	if (!json_is_string(value) || (base64 ? base64_decode(members->room, json_inside(value))
					      : json_read_text(value, members->room)))
		members_wrong(members);
}

static struct span since(const struct members *members, size_t begin)
{
	const struct buf *room = members->room;

	return (struct span){ room->p ? room->p + begin : "", room->n - begin };
}

struct span members_text(struct members *members, const char *key)
{
	struct span value = members_get(members, key), twin = twin_of(members, key);
	size_t begin = members->room->n;

	if (!twin.n && json_is_null(value))
		return (struct span){ NULL, 0 };
	if (value.n == 0)
		members_wrong(members);
	decode(members, twin.n ? twin : value, twin.n > 0);
	return since(members, begin);
}

const char *members_cstr(struct members *members, const char *key)
{
	struct span text = members_text(members, key);

	if (!text.p)
		return NULL;
	if (memchr(text.p, 0, text.n))
		members_wrong(members);
	buf_addc(members->room, 0);
	return members->room->failed ? "" : text.p;
}

void members_fixed(struct members *members, const char *key, char *out, size_t n)
{
	struct span text = members_text(members, key);

	out[0] = 0;
	if (text.n >= n || (text.n && memchr(text.p, 0, text.n))) {
		members_wrong(members);
		return;
	}
	if (text.n)
		memcpy(out, text.p, text.n);
	out[text.n] = 0;
}

const char *members_json(struct members *members, const char *key)
{
	struct span value = members_get(members, key);
	size_t begin = members->room->n;

	if (value.n == 0) {
		members_wrong(members);
		return NULL;
	}
	buf_add(members->room, value.p, value.n);
	buf_addc(members->room, 0);
	return since(members, begin).p;
}

struct span members_items(struct members *members, const char *key)
{
	struct span value = members_get(members, key);

	if (value.n == 0 || value.p[0] != '[')
		members_wrong(members);
	return json_items(value);
}

struct span members_strings(struct members *members, const char *key)
{
	struct span value = members_get(members, key), twin = twin_of(members, key), item;
	struct span items = json_items(twin.n ? twin : value);
	size_t begin = members->room->n;

	if (value.n == 0)
		members_wrong(members);
	while (json_next(&items, &item)) {
		decode(members, item, twin.n > 0);
		buf_addc(members->room, 0);
	}
	item = since(members, begin);
	return item.n ? item : (struct span){ NULL, 0 };
}

int64_t members_time(struct members *members, const char *key)
{
	struct span value = members_get(members, key);
	int64_t ns = 0;

	if (!json_is_string(value))
		members_wrong(members);
	(void)timestamp_parse(json_inside(value), &ns);
	return ns;
}
