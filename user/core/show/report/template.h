/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEMPLATE_H
#define LOCKSTEP_TEMPLATE_H

#include "core/base/err.h"
#include "core/show/report/html.h"

/*
 * Fragments of HTML, with places for values. Markup comes from fragments alone, and a value is
 * always escaped (html.h): there is no verb that inserts it raw.
 *
 *   {{name}}                        a value
 *   {{name|one act|acts}}           a number and the word for it: "1 one act", "2,000 acts"
 *   {{#if name}} {{else}} {{/if}}   unless it is empty, 0 or false; {{else if name}} goes on
 *   {{#if name=word}}               if its text is this word
 *   {{#each name}} {{/each}}        once for each item of a list, whose names come first in it;
 *                                   `later` is true for all items but the first
 *   {{#with name}} {{/with}}        the same for one object, if there is one
 *   {{> file}} {{> file name}}      another fragment here; in the object `name`
 *   {{! text}}                      a comment
 *
 * Layout of the file is not layout of the page. A line break with the blanks around it is nothing
 * next to a tag or to braces, and a space between words. A blank line is a line break of the page.
 *
 * Names are looked up when the fragments are read, in the innermost object first, so an unknown
 * name is found without any data. A value may stand in text, or in the double-quoted value of an
 * attribute that only holds text (template_read.c has the list); in `href` only after a '#'. Every
 * branch ends in the tag, or the text, that it began in: what holds for a place in the file thus
 * holds for all pages.
 */
struct template;
struct walk;
struct value;

enum value_kind {
	VALUE_NONE, /* no such name */
	VALUE_TEXT,
	VALUE_NUMBER, /* "1234" */
	VALUE_SUM,    /* "1,234" */
	VALUE_FLAG,
	VALUE_OBJECT,
	VALUE_LIST,
	VALUE_ARRAY, /* a list of objects that lie behind one another */
};

/*
 * A model: says of an object which values it has, one V_... below for each. They look at the name
 * that is asked for, and work out nothing else: when fragments are read there is no object yet.
 */
typedef void (*model)(struct value *v);

struct value {
	struct span name;
	void *ctx;          /* template_write()'s */
	const void *object; /* what the model is of */
	struct buf *out;    /* where V_PUT's call writes */
	struct walk *walk;  /* where V_LIST's call walks */
	bool dry;           /* there is no object: only the kind is asked for */
	/* the answer */
	enum value_kind kind;
	model of;
	struct span text; /* went through text.h */
	bool absent;      /* the text only says that there is nothing */
	uint64_t number;
	const void *is; /* the object; NULL: there is none. The array: `number` of `size` bytes */
	size_t size;
	int ret; /* of the list */
};

/* Whether the value is to be worked out. */
static inline bool value_is(struct value *v, const char *name, enum value_kind kind, model of)
{
	/* the first byte alone tells most names apart: there are dozens to a model */
	if (!v->name.n || *v->name.p != *name || !span_is(v->name, name))
		return false;
	v->kind = kind;
	v->of = of;
	return !v->dry;
}

#define V_SET(v, name, kind, of, member, expression)                                               \
	do {                                                                                       \
		if (value_is(v, name, kind, of))                                                   \
			(v)->member = (expression);                                                \
	} while (0)
#define V_TEXT(v, name, span)   V_SET(v, name, VALUE_TEXT, NULL, text, span)
#define V_WORD(v, name, string) V_SET(v, name, VALUE_TEXT, NULL, text, span_of(string))
#define V_PUT(v, name, call)                                                                       \
	do {                                                                                       \
		if (value_is(v, name, VALUE_TEXT, NULL)) {                                         \
			call;                                                                      \
			(v)->text = buf_span((v)->out);                                            \
		}                                                                                  \
	} while (0)
#define V_NUMBER(v, name, n)           V_SET(v, name, VALUE_NUMBER, NULL, number, n)
#define V_SUM(v, name, n)              V_SET(v, name, VALUE_SUM, NULL, number, n)
#define V_FLAG(v, name, flag)          V_SET(v, name, VALUE_FLAG, NULL, number, flag)
#define V_OBJECT(v, name, of, pointer) V_SET(v, name, VALUE_OBJECT, of, is, pointer)
/* `call` gives each item to walk_item(), and returns what that returns but 0, or an -errno. */
#define V_LIST(v, name, of, call)      V_SET(v, name, VALUE_LIST, of, ret, call)
#define V_ARRAY(v, title, of, array, n)                                                            \
	do {                                                                                       \
		if (value_is(v, title, VALUE_ARRAY, of)) {                                         \
			(v)->is = (array);                                                         \
			(v)->number = (n);                                                         \
			(v)->size = sizeof(*(array));                                              \
		}                                                                                  \
	} while (0)

struct fragment {
	const char *name; /* "plan.html"; what ends with ".css" is taken as it is, for <style> */
	struct span text;
};

/*
 * Reads the first fragment, whose object is of the model `page`, and those that it includes. 0, and
 * *out borrows nothing; -EINVAL with file and line in *err; -ENOMEM.
 */
int template_read(struct template **out, const struct fragment *fragments, size_t n, model page,
		  struct err *err);
void template_free(struct template *template); /* NULL is allowed */

/* Writes the page of one object. Returns html->ret. */
int template_write(const struct template *template, struct html *html, void *ctx,
		   const void *object);

/* Writes a list's section for this object. What it returns but 0 ends the list. */
int walk_item(struct walk *walk, const void *object);

#endif
