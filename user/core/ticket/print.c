/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/ticket/print.h"

#include <errno.h>

#include "core/base/timestamp.h"
#include "core/base/unitext.h"
#include "core/ticket/keys.h"

/* Longer keys than this YAML 1.1 wants marked as such; libyaml counts up to 1,024 bytes. */
enum { SIMPLE_KEY_MAX = 1000 };

/* U+FFFE and U+FFFF can be written by an escape only. */
static void add_quoted(struct buf *out, const char *text)
{
	struct span rest = span_of(text);
	uint32_t c;

	buf_addc(out, '"');
	while (rest.n > 0) {
		size_t n = unitext_decode(rest, &c);

		n = n ? n : 1;
		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", (int)c);
		else if (c == 0xfffe || c == 0xffff)
			buf_addf(out, "\\u%04X", (unsigned int)c);
		else
			buf_add(out, rest.p, n);
		rest.p += n;
		rest.n -= n;
	}
	buf_addc(out, '"');
}

static void add_text(struct buf *out, bool yaml, const char *text)
{
	if (yaml)
		add_quoted(out, text);
	else if (text)
		buf_adds(out, text);
}

static bool is_one_bit(unsigned int mask)
{
	return mask && !(mask & (mask - 1));
}

/* The word that stands for exactly this number; NULL: there is none. */
static const char *word_of(const struct choices *words, unsigned int value)
{
	for (size_t i = 0; i < words->n; i++) {
		if (words->v[i].value == value)
			return words->v[i].name;
	}
	return NULL;
}

const char *value_item(const struct key *key, const void *object, size_t i)
{
	const void *field = value_field(key, object);
	const struct strings *strings = field;
	const struct dests *dests = field;
	const struct patterns *patterns = field;
	const struct step *step = object;

	switch (key->type) {
	case VALUE_STRINGS:
		return i < strings->n ? strings->v[i] : NULL;
	case VALUE_DESTS:
		return i < dests->n ? dests->v[i].text : NULL;
	case VALUE_PATTERNS:
		return i < patterns->n ? patterns->v[i].text : NULL;
	case VALUE_CHILDREN:
		return i < step->child_runs_n ? step->child_runs[i].text : NULL;
	case VALUE_BITS:
		for (size_t w = 0; w < key->words->n; w++) {
			const struct choice *word = &key->words->v[w];

			if (is_one_bit(word->value) &&
			    (*(const unsigned int *)field & word->value) && i-- == 0)
				return word->name;
		}
		return NULL;
	default:
		return NULL;
	}
}

bool value_given(const struct key *key, const void *object)
{
	const void *field = value_field(key, object);
	const struct step *step = object;
	const struct ticket *ticket = object;

	switch (key->type) {
	case VALUE_TEXT:
		return *(char *const *)field;
	case VALUE_CHOICE:
		return *(const unsigned int *)field != 0;
	case VALUE_STRINGS:
	case VALUE_DESTS:
	case VALUE_PATTERNS:
	case VALUE_BITS:
		return value_item(key, object, 0);
	case VALUE_TIMES:
		return step->times_set;
	case VALUE_CHILDREN:
		return step->children != CHILDREN_NONE;
	case VALUE_ENV:
		return step->env_n > 0;
	case VALUE_STEPS:
		return ticket->steps_n > 0;
	case VALUE_ALLOW:
		return ticket->allow_connect.n + ticket->allow_write.n > 0;
	default:
		return true;
	}
}

static void add_times(struct buf *out, const struct step *step)
{
	if (step->times_max == TIMES_ANY)
		buf_adds(out, "any");
	else if (step->times_min == step->times_max)
		buf_addf(out, "%u", step->times_max);
	else
		buf_addf(out, "%u-%u", step->times_min, step->times_max);
}

static void add_env(struct buf *out, bool yaml, const struct step *step)
{
	buf_adds(out, yaml ? "{" : "");
	for (size_t i = 0; i < step->env_n; i++) {
		const struct step_env *env = &step->env[i];

		buf_addf(out, "%s%s%s%s", i ? ", " : "",
			 yaml && strlen(env->name) > SIMPLE_KEY_MAX ? "? " : "", env->name,
			 yaml ? ": " : "=");
		add_text(out, yaml, env->value ? env->value : "*");
	}
	buf_adds(out, yaml ? "}" : "");
}

/* A word for the whole of it, as `any`, where there is one; a person reads what it comes to. */
static void add_list(struct buf *out, bool yaml, const struct key *key, const void *object)
{
	const struct step *step = object;
	const char *item, *whole = NULL;

	if (key->type == VALUE_CHILDREN)
		whole = step->children == CHILDREN_ANY ? word_of(key->words, CHILDREN_ANY) : NULL;
	else if (key->type == VALUE_BITS && yaml &&
		 !is_one_bit(*(const unsigned int *)value_field(key, object)))
		whole = word_of(key->words, *(const unsigned int *)value_field(key, object));
	if (whole) {
		buf_adds(out, whole);
		return;
	}
	buf_adds(out, yaml ? "[" : "");
	for (size_t i = 0; (item = value_item(key, object, i)); i++) {
		buf_adds(out, i ? ", " : "");
		add_text(out, yaml && key->type != VALUE_BITS, item);
	}
	buf_adds(out, yaml ? "]" : "");
}

static void add_window(struct buf *out, bool yaml, const struct ticket *ticket)
{
	char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE];

	timestamp_format(ticket->from_ns, from);
	timestamp_format(ticket->until_ns, until);
	if (yaml)
		buf_addf(out, "{%s: \"%s\", %s: \"%s\"}", window_schema.keys[0].name, from,
			 window_schema.keys[1].name, until);
	else
		buf_addf(out, "%.19sZ to %.19sZ", from, until);
}

static void add_value(struct buf *out, bool yaml, const struct key *key, const void *object)
{
	const void *field = value_field(key, object);

	switch (key->type) {
	case VALUE_VERSION:
		buf_addc(out, '1');
		break;
	case VALUE_TEXT:
		add_text(out, yaml, *(char *const *)field);
		break;
	case VALUE_COMMAND:
		add_text(out, yaml, ((const struct command *)field)->text);
		break;
	case VALUE_NUMBER:
		buf_addf(out, "%u", *(const unsigned int *)field);
		break;
	case VALUE_CHOICE:
		buf_adds(out, word_of(key->words, *(const unsigned int *)field));
		break;
	case VALUE_WINDOW:
		add_window(out, yaml, object);
		break;
	case VALUE_TIMES:
		add_times(out, object);
		break;
	case VALUE_ENV:
		add_env(out, yaml, object);
		break;
	default:
		add_list(out, yaml, key, object);
	}
}

void value_show(const struct key *key, const void *object, struct buf *out)
{
	add_value(out, false, key, object);
}

/* `first` stands before the first key, and `indent` before the others. */
static void print_keys(struct buf *out, const char *first, const char *indent,
		       const struct schema *schema, const void *object)
{
	const struct ticket *ticket = object;

	for (size_t i = 0; i < schema->n; i++) {
		const struct key *key = &schema->keys[i];

		if (!value_given(key, object))
			continue;
		buf_addf(out, "%s%s:", first, key->name);
		first = indent;
		if (key->type == VALUE_STEPS) {
			buf_addc(out, '\n');
			for (size_t s = 0; s < ticket->steps_n; s++)
				print_keys(out, "  - ", "    ", &step_schema, &ticket->steps[s]);
		} else if (key->type == VALUE_ALLOW) {
			buf_addc(out, '\n');
			print_keys(out, "  ", "  ", &allow_schema, ticket);
		} else {
			buf_addc(out, ' ');
			add_value(out, true, key, object);
			buf_addc(out, '\n');
		}
	}
}

int ticket_print(const struct ticket *ticket, struct buf *out)
{
	print_keys(out, "", "", ticket->is_profile ? &profile_schema : &ticket_schema, ticket);
	return out->failed ? -ENOMEM : 0;
}
