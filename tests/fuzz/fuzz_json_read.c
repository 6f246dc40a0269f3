/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Any bytes as a JSON object, and as a record's line for people. What is accepted can be walked to
 * its leaves; what is shown holds no control byte.
 */
#include <stdint.h>

#include "core/base/json_read.h"
#include "core/show/export/csv.h"
#include "core/show/present.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void walk(struct span value, unsigned int depth);

static void walk_members(const struct json_object *object, unsigned int depth)
{
	for (size_t i = 0; i < object->n; i++) {
		must(object->members[i].value.n > 0);
		walk(object->members[i].value, depth + 1);
	}
}

static void walk_object(struct span value, unsigned int depth)
{
	struct json_object object;

	must(json_read(value, &object) == 0);
	walk_members(&object, depth);
}

static void walk(struct span value, unsigned int depth)
{
	struct span items = json_items(value), item;
	struct buf text = { 0 };
	uint64_t number;
	int64_t integer;

	must(depth <= JSON_DEPTH_MAX);
	if (value.p[0] == '{')
		walk_object(value, depth);
	while (json_next(&items, &item))
		walk(item, depth + 1);
	if (json_is_string(value)) {
		must(json_read_text(value, &text) == 0);
		must(text.n <= value.n);
		buf_addc(&text, 0);
		/* a text with a NUL inside is no C string's */
		must(json_is(value, text.p) == (strlen(text.p) == text.n - 1));
	} else {
		must(json_read_text(value, &text) != 0);
	}
	if (json_read_u64(value, &number) == 0 && number <= INT64_MAX)
		must(json_read_i64(value, &integer) == 0 && (uint64_t)integer == number);
	buf_free(&text);
}

static void check_shown(const struct buf *out)
{
	for (size_t i = 0; i < out->n; i++) {
		unsigned char c = (unsigned char)out->p[i];

		must((c >= 0x20 || c == '\n' || c == '\r') && c != 0x7f);
		must(c != 0xc2 || i + 1 == out->n || (unsigned char)out->p[i + 1] >= 0xa0);
	}
}

static void check_people(struct span line)
{
	struct buf out = { 0 };

	for (int form = PRESENT_LINE; form <= PRESENT_ALERT; form++) {
		struct present_opts opts = { .form = (enum present_form)form };

		buf_reset(&out);
		present_line(line, &opts, &out);
		check_shown(&out);
	}
	buf_reset(&out);
	csv_line(line, &out);
	check_shown(&out);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct json_object object;

	if (json_read(text, &object) == 0)
		walk_members(&object, 1);
	else
		must(object.n == 0);
	check_people(text);
	return 0;
}
