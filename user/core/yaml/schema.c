/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/yaml/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/base/chars.h"
#include "core/base/id.h"
#include "core/base/suggest.h"

enum { ID_MAX = 64 };

/* A mapping that is being read. */
struct map {
	const struct schema *schema;
	void *object;
	unsigned int seen[SCHEMA_KEYS_MAX]; /* the line where the key stands; 0: not yet */
	bool meant[SCHEMA_KEYS_MAX];        /* a mistyped key was told to be this one */
};

/* The index of the key that a mistyped one was most likely meant to be; schema->n: of none. */
static size_t nearest_key(const struct schema *schema, struct span name)
{
	struct suggest suggest = { .word = name };
	size_t i = 0;

	for (size_t k = 0; k < schema->n; k++)
		suggest_offer(&suggest, schema->keys[k].name);
	while (i < schema->n && schema->keys[i].name != suggest.nearest)
		i++;
	return i;
}

static int refuse_unknown(struct reader *reader, const struct node *node, struct map *map)
{
	const struct schema *schema = map->schema;
	size_t nearest = nearest_key(schema, node->text);
	struct buf before = { 0 };

	buf_addf(&before, "expected a key of %s (", schema->what);
	if (nearest < schema->n) {
		buf_addf(&before, "is it \"%s\"?", schema->keys[nearest].name);
		map->meant[nearest] = true;
	}
	for (size_t i = 0; i < schema->n && nearest == schema->n; i++)
		buf_addf(&before, "%s%s", i ? ", " : "", schema->keys[i].name);
	buf_add(&before, "), got", sizeof("), got"));
	reader__refuse_text(reader, node, before.failed ? "unknown key" : before.p, node->text);
	buf_free(&before);
	return -EINVAL;
}

/* The index of the key that the node names; -EINVAL when it is none, or was there before. */
static int find_key(struct reader *reader, const struct node *node, struct map *map)
{
	const struct schema *schema = map->schema;

	if (node->kind != NODE_SCALAR)
		return reader__expected(reader, node, "a key");
	for (size_t i = 0; i < schema->n; i++) {
		if (!span_is(node->text, schema->keys[i].name))
			continue;
		if (map->seen[i])
			return reader__refuse(
				reader, node->line, node->column,
				"expected \"%s\" once, got it again (first in line %u)",
				schema->keys[i].name, map->seen[i]);
		return (int)i;
	}
	return refuse_unknown(reader, node, map);
}

/* A key and its value; the value of a key that is none is read over. */
static int read_pair(struct reader *reader, const struct node *name, struct map *map,
		     unsigned int depth)
{
	int ret, index = find_key(reader, name, map);
	const struct key *key;
	struct node value;

	if (index < 0) {
		ret = reader__resume(reader, index, depth);
		return ret ? ret : reader__skip(reader);
	}
	key = &map->schema->keys[index];
	map->seen[index] = name->line;
	reader__set_key(reader, key->name);
	ret = reader__next(reader, &value);
	return ret ? ret : key->read(reader, &value, (char *)map->object + key->offset);
}

static int read_keys(struct reader *reader, const struct node *node, struct map *map)
{
	unsigned int depth = reader__depth(reader);
	size_t mistakes = reader__mistakes(reader);
	struct node key;
	int ret;
	const struct schema *schema = map->schema;

	for (;;) {
		reader__set_key(reader, NULL);
		ret = reader__next(reader, &key);
		if (ret)
			return ret;
		if (key.kind == NODE_END)
			break;
		ret = read_pair(reader, &key, map, depth);
		ret = reader__resume(reader, ret, depth);
		if (ret)
			return ret;
	}
	/* A mistyped key is told once: that the right one is missing goes without saying. */
	for (size_t i = 0; i < schema->n && !reader__ended(reader); i++) {
		if (schema->keys[i].required && !map->seen[i] && !map->meant[i])
			reader__refuse(reader, node->line, node->column,
				       "expected the key \"%s\" in %s, got none",
				       schema->keys[i].name, schema->what);
	}
	return reader__mistakes(reader) > mistakes ? -EINVAL : 0;
}

int schema_map(struct reader *reader, const struct node *node, const struct schema *schema,
	       void *object)
{
	const char *outer = reader__key(reader);
	struct map map = { .schema = schema, .object = object };
	struct node at = *node;
	int ret;

	if (node->kind != NODE_MAPPING) {
		char what[80];

		snprintf(what, sizeof(what), "%s (a mapping)", schema->what);
		return reader__expected(reader, node, what);
	}
	ret = read_keys(reader, &at, &map);
	reader__set_key(reader, outer);
	return ret;
}

int schema_document(const char *text, size_t n, const struct schema *schema, void *object,
		    struct errs *errs)
{
	struct reader *reader;
	struct node node;
	int ret, behind;

	ret = reader__new(&reader, text, n, errs);
	if (ret)
		return ret;
	ret = reader__next(reader, &node);
	if (!ret) {
		ret = schema_map(reader, &node, schema, object);
		behind = reader__resume(reader, ret, 0);
		if (!behind)
			behind = reader__finish(reader);
		ret = ret ? ret : behind;
	}
	reader__free(reader);
	return ret;
}

int schema_list(struct reader *reader, const struct node *node, const struct list *list,
		void *object)
{
	unsigned int depth = reader__depth(reader);
	size_t n = 0, mistakes = reader__mistakes(reader);
	size_t max = list->max ? list->max : SCHEMA_LIST_MAX;
	struct node at = *node, element;
	int ret;

	if (node->kind != NODE_SEQUENCE)
		return reader__expected(reader, node, list->what);
	for (;; n++) {
		ret = reader__next(reader, &element);
		if (ret)
			return ret;
		if (element.kind == NODE_END)
			break;
		if (n == max)
			return reader__refuse(reader, element.line, element.column,
					      "expected at most %zu elements, got more", max);
		ret = list->item(reader, &element, object);
		ret = reader__resume(reader, ret, depth);
		if (ret)
			return ret;
	}
	if (n < list->min)
		return reader__refuse(reader, at.line, at.column, "expected %s, got an empty one",
				      list->what);
	return reader__mistakes(reader) > mistakes ? -EINVAL : 0;
}

int schema_choice(struct reader *reader, const struct node *node, const struct choices *choices,
		  unsigned int *value)
{
	struct suggest suggest = { .word = node->text };
	char what[160];

	*value = 0;
	for (size_t i = 0; node->kind == NODE_SCALAR && i < choices->n; i++) {
		if (span_is(node->text, choices->v[i].name)) {
			*value = choices->v[i].value;
			return 0;
		}
		suggest_offer(&suggest, choices->v[i].name);
	}
	if (!suggest.nearest)
		return reader__expected(reader, node, choices->what);
	snprintf(what, sizeof(what), "%s (is it \"%s\"?)", choices->what, suggest.nearest);
	return reader__expected(reader, node, what);
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

int schema_grow(struct reader *reader, void *array, size_t n, size_t size)
{
	void **v = array, *room = schema_room(*v, n, size);

	if (!room)
		return reader__no_memory(reader);
	*v = room;
	return 0;
}

bool schema_number(const struct node *node, uint64_t max, uint64_t *value)
{
	struct span text = node->text;

	*value = 0;
	if (node->kind != NODE_SCALAR || !node->plain || text.n == 0 || text.n > 18 ||
	    (text.n > 1 && text.p[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (!is_digit(text.p[i]))
			return false;
		*value = *value * 10 + (uint64_t)(text.p[i] - '0');
	}
	return *value <= max;
}

/* An id as others pass it, and narrower: no longer than ID_MAX, and begun by no mark. */
bool schema_is_id(struct span text)
{
	return text.n <= ID_MAX && id_valid(text) && is_alnum(text.p[0]);
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
		return reader__no_memory(reader);
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
