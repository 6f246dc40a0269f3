/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SCHEMA_H
#define LOCKSTEP_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/yaml/reader.h"

/*
 * Mappings with known keys, read into structs by tables. A field's reader is called with the
 * value's node (whose text is gone with the next reader__next()) and the field's address; it
 * returns 0, -EINVAL with the mistake noted, or -ENOMEM. What it allocated belongs to the
 * struct at once, so that the struct's own destructor cleans up after a failure.
 */
struct choices;
typedef int (*field_reader)(struct reader *reader, const struct node *node, void *field);

struct key {
	const char *name;
	bool required;
	size_t offset; /* of the field in the struct */
	field_reader read;
	int type;                    /* of the field, for other walks of the table than reading */
	const struct choices *words; /* that the value is made of, likewise; NULL: it is not */
};

enum { SCHEMA_KEYS_MAX = 32, SCHEMA_LIST_MAX = 4096 };

struct schema {
	const char *what; /* "a step", for messages */
	const struct key *keys;
	size_t n; /* at most SCHEMA_KEYS_MAX */
};

/*
 * Reads the mapping at `node` to its end. Unknown, repeated and missing keys are refused. After a
 * mistake it goes on with the next key, and returns -EINVAL at the end.
 */
int schema_map(struct reader *reader, const struct node *node, const struct schema *schema,
	       void *object);

/*
 * Reads a text that is one mapping. 0; -EINVAL, -ENOMEM with all that is wrong appended to *errs
 * (reader.h; NULL is allowed).
 */
int schema_document(const char *text, size_t n, const struct schema *schema, void *object,
		    struct errs *errs);

struct list {
	const char *what; /* "a list of steps", for messages */
	field_reader item;
	size_t min, max; /* elements; max 0: SCHEMA_LIST_MAX */
};

/*
 * Reads the sequence at `node` to its end: list->item is called with each element's node and
 * `object`. After a mistake it goes on with the next element, and returns -EINVAL at the end.
 */
int schema_list(struct reader *reader, const struct node *node, const struct list *list,
		void *object);

/* One of a few words, each of which stands for a number. */
struct choice {
	const char *name;
	unsigned int value;
};

struct choices {
	const char *what; /* "any or strict", for messages */
	const struct choice *v;
	size_t n;
};

/*
 * 0 and *value is that of the word; -EINVAL with the mistake noted and the nearest word suggested.
 */
int schema_choice(struct reader *reader, const struct node *node, const struct choices *choices,
		  unsigned int *value);

/*
 * Makes room for one more element in an array that holds `n`: the array's new address, or NULL. It
 * grows at powers of two only, so the caller keeps no capacity. The new element is zeroed.
 */
void *schema_room(void *array, size_t n, size_t size);
/* As that for a reader, of the array that the pointer at `array` leads to. 0 or -ENOMEM, noted. */
int schema_grow(struct reader *reader, void *array, size_t n, size_t size);

/* Decimal digits without sign or leading zero, unquoted. False when the node is anything else. */
bool schema_number(const struct node *node, uint64_t max, uint64_t *value);

/*
 * 1-64 characters of A-Z a-z 0-9 . _ - that do not begin with one of . _ -: safe as a file's name.
 */
bool schema_is_id(struct span text);
/* Begins with / and has no empty, "." or ".." component, but "/" itself. */
bool schema_is_path(struct span text);

/* Field readers: a `char *` for each but the last. */
int schema_text(struct reader *reader, const struct node *node, void *field); /* not empty */
int schema_id(struct reader *reader, const struct node *node, void *field);
int schema_path(struct reader *reader, const struct node *node, void *field);
/* Sets the char * field to a copy of the node's text, whatever it had; 0 or -ENOMEM. */
int schema_copy(struct reader *reader, const struct node *node, void *field);
/* `lockstep: 1`; the field is not written. */
int schema_version(struct reader *reader, const struct node *node, void *field);

#endif
