/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "schema.h"

#include <errno.h>
#include <stdlib.h>

#include "buf.h"

enum { ID_MAX = 64, SUGGEST_MAX = 24, SUGGEST_DISTANCE = 2 };

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Levenshtein's distance with a transposition of neighbours as one edit (optimal string alignment);
 * a text longer than SUGGEST_MAX is far from everything.
 */
static size_t distance(struct span a, const char *b)
{
	size_t rows[3][SUGGEST_MAX + 1];
	size_t n = strlen(b);

	if (a.n > SUGGEST_MAX || n > SUGGEST_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *row = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			row[j] = min3(last[j] + 1, row[j - 1] + 1,
				      last[j - 1] + (a.p[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a.p[i - 1] == b[j - 2] && a.p[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
	}
	return rows[a.n % 3][n];
}

static const char *nearest_key(const struct schema *schema, struct span name)
{
	const char *nearest = NULL;
	size_t least = SUGGEST_DISTANCE + 1;

	for (size_t i = 0; i < schema->n; i++) {
		size_t d = distance(name, schema->keys[i].name);

		/* two edits make any two letters into any others */
		if (d < least && d < strlen(schema->keys[i].name)) {
			least = d;
			nearest = schema->keys[i].name;
		}
	}
	return nearest;
}

static int refuse_unknown(struct reader *reader, const struct node *node,
			  const struct schema *schema)
{
	const char *nearest = nearest_key(schema, node->text);
	struct buf before = { 0 };

	buf_addf(&before, "expected a key of %s (", schema->what);
	if (nearest)
		buf_addf(&before, "is it \"%s\"?", nearest);
	for (size_t i = 0; i < schema->n && !nearest; i++)
		buf_addf(&before, "%s%s", i ? ", " : "", schema->keys[i].name);
	buf_add(&before, "), came", sizeof("), came"));
	reader__refuse_text(reader, node, before.failed ? "unknown key" : before.p, node->text);
	buf_free(&before);
	return -EINVAL;
}

/* The index of the key that the node names; -EINVAL when it is none, or was there before. */
static int find_key(struct reader *reader, const struct node *node, const struct schema *schema,
		    const unsigned int *seen)
{
	if (node->kind != NODE_SCALAR)
		return reader__expected(reader, node, "a key");
	for (size_t i = 0; i < schema->n; i++) {
		if (!span_is(node->text, schema->keys[i].name))
			continue;
		if (seen[i])
			return reader__refuse(reader, node->line, node->column,
					      "expected \"%s\" once, came again (first in line %u)",
					      schema->keys[i].name, seen[i]);
		return (int)i;
	}
	return refuse_unknown(reader, node, schema);
}

static int check_missing(struct reader *reader, const struct node *node,
			 const struct schema *schema, const unsigned int *seen)
{
	for (size_t i = 0; i < schema->n; i++) {
		if (schema->keys[i].required && !seen[i])
			return reader__refuse(reader, node->line, node->column,
					      "expected the key \"%s\" in %s, came none",
					      schema->keys[i].name, schema->what);
	}
	return 0;
}

static int read_keys(struct reader *reader, const struct node *node, const struct schema *schema,
		     void *object)
{
	unsigned int seen[SCHEMA_KEYS_MAX] = { 0 };
	struct node key, value;
	int ret, index;

	for (;;) {
		reader__set_key(reader, NULL);
		ret = reader__next(reader, &key);
		if (ret)
			return ret;
		if (key.kind == NODE_END)
			return check_missing(reader, node, schema, seen);
		index = find_key(reader, &key, schema, seen);
		if (index < 0)
			return index;
		seen[index] = key.line;
		reader__set_key(reader, schema->keys[index].name);
		ret = reader__next(reader, &value);
		if (ret)
			return ret;
		ret = schema->keys[index].read(reader, &value,
					       (char *)object + schema->keys[index].offset);
		if (ret)
			return ret;
	}
}

int schema_map(struct reader *reader, const struct node *node, const struct schema *schema,
	       void *object)
{
	const char *outer = reader__key(reader);
	struct node at = *node;
	int ret;

	if (node->kind != NODE_MAPPING) {
		char what[80];

		snprintf(what, sizeof(what), "%s (a mapping)", schema->what);
		return reader__expected(reader, node, what);
	}
	ret = read_keys(reader, &at, schema, object);
	reader__set_key(reader, outer);
	return ret;
}

int schema_list(struct reader *reader, const struct node *node, const char *what, size_t min,
		field_reader item, void *list)
{
	struct node at = *node, element;
	size_t n = 0;
	int ret;

	if (node->kind != NODE_SEQUENCE)
		return reader__expected(reader, node, what);
	for (;; n++) {
		ret = reader__next(reader, &element);
		if (ret)
			return ret;
		if (element.kind == NODE_END)
			break;
		if (n == SCHEMA_LIST_MAX)
			return reader__refuse(reader, element.line, element.column,
					      "expected at most %d elements, came more",
					      SCHEMA_LIST_MAX);
		ret = item(reader, &element, list);
		if (ret)
			return ret;
	}
	if (n < min)
		return reader__refuse(reader, at.line, at.column, "expected %s, came an empty one",
				      what);
	return 0;
}

void *schema_room(void *array, size_t n, size_t size)
{
	char *grown = array;

	if ((n & (n - 1)) == 0)
		grown = reallocarray(array, n ? 2 * n : 1, size);
	if (grown)
		memset(grown + n * size, 0, size);
	return grown;
}

bool schema_number(const struct node *node, uint64_t max, uint64_t *value)
{
	struct span text = node->text;

	*value = 0;
	if (node->kind != NODE_SCALAR || !node->plain || text.n == 0 || text.n > 18 ||
	    (text.n > 1 && text.p[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		*value = *value * 10 + (uint64_t)(text.p[i] - '0');
	}
	return *value <= max;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool schema_is_id(struct span text)
{
	if (text.n == 0 || text.n > ID_MAX || !is_alnum(text.p[0]))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (!is_alnum(text.p[i]) && text.p[i] != '.' && text.p[i] != '_' &&
		    text.p[i] != '-')
			return false;
	}
	return true;
}

bool schema_is_path(struct span text)
{
	if (text.n == 0 || text.p[0] != '/')
		return false;
	if (text.n == 1)
		return true;
	while (text.n > 0) {
		struct span part = { text.p + 1, 0 };

		while (part.n < text.n - 1 && part.p[part.n] != '/')
			part.n++;
		if (part.n == 0 || span_is(part, ".") || span_is(part, ".."))
			return false;
		text.p += part.n + 1;
		text.n -= part.n + 1;
	}
	return true;
}

int schema_copy(struct reader *reader, const struct node *node, void *field)
{
	char **out = field;

	*out = strndup(node->text.p, node->text.n);
	if (!*out)
		return err_set(reader__err(reader), -ENOMEM, 0, 0, "out of memory");
	return 0;
}

int schema_text(struct reader *reader, const struct node *node, void *field)
{
	if (node->kind != NODE_SCALAR || node->text.n == 0)
		return reader__expected(reader, node, "a text");
	return schema_copy(reader, node, field);
}

int schema_id(struct reader *reader, const struct node *node, void *field)
{
	if (node->kind != NODE_SCALAR || !schema_is_id(node->text))
		return reader__expected(
			reader, node,
			"1 to 64 letters, digits or . _ - beginning with a letter or digit");
	return schema_copy(reader, node, field);
}

int schema_path(struct reader *reader, const struct node *node, void *field)
{
	if (node->kind != NODE_SCALAR || !schema_is_path(node->text))
		return reader__expected(reader, node,
					"an absolute path without . or .. or empty components");
	return schema_copy(reader, node, field);
}

int schema_version(struct reader *reader, const struct node *node, void *field)
{
	uint64_t version;

	(void)field;
	if (!schema_number(node, 1, &version) || version != 1)
		return reader__expected(reader, node, "the language's version 1");
	return 0;
}
