/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/template.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/grow.h"
#include "core/show/report/template_part.h"

enum {
	DEPTH_MAX = 16,   /* objects in one another */
	INCLUDE_MAX = 8,  /* fragments */
	SECTION_MAX = 40, /* sections in one another */
};

/* Where in HTML the fragment stands, by as much of its grammar as our fragments use. */
struct place {
	bool tag, style; /* in a tag; in a style element */
	bool value;      /* in an attribute's value, between double quotes */
	bool unsure;     /* a section may have put something at the start of the value */
	size_t name;     /* of the tag, in texts */
	size_t begun;    /* the value, in texts */
};

struct reader {
	struct template *template;
	const struct fragment *fragments;
	size_t fragments_n;
	const struct fragment *file; /* the one that is read */
	struct span rest;            /* of it */
	model models[DEPTH_MAX];
	size_t depth, includes, sections;
	struct place place;
	struct err *err;
};

static unsigned int line_of(const struct reader *reader, const char *at)
{
	unsigned int line = 1;

	for (const char *p = reader->file->text.p; p < at; p++)
		line += *p == '\n';
	return line;
}

/* At a place of the file that is read; -EINVAL. */
#define FAIL(reader, at, fmt, ...)                                                                 \
	err_set((reader)->err, -EINVAL, line_of(reader, at), 0, "%s:%u: " fmt,                     \
		(reader)->file->name, line_of(reader, at), __VA_ARGS__)

static int add_op(struct reader *reader, const struct op *op)
{
	struct template *template = reader->template;
	struct op *moved =
		grow_array(template->ops, &template->cap, template->n + 1, sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	template->ops = moved;
	moved[template->n++] = *op;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool texts_begin(const struct reader *reader, size_t at, const char *with)
{
	const struct buf *texts = &reader->template->texts;

	return texts->n - at >= strlen(with) && memcmp(texts->p + at, with, strlen(with)) == 0;
}

/* Appends one byte of markup, and follows it through HTML. */
static int add_byte(struct reader *reader, char c, const char *at)
{
	struct buf *texts = &reader->template->texts;
	struct place *place = &reader->place;
	char before = texts->n ? texts->p[texts->n - 1] : 0;

	buf_addc(texts, c);
	if (texts->failed)
		return -ENOMEM;
	if (!place->tag) {
		if (c == '<')
			*place = (struct place){ .tag = true, .name = texts->n };
	} else if (place->value) {
		place->value = c != '"';
	} else if (c == '"' && before == '=') {
		place->value = true;
		place->unsure = false;
		place->begun = texts->n;
	} else if (before == '=' || c == '"' || c == '\'' || c == '<') {
		return FAIL(reader, at, "%s", "in a tag, a value stands in double quotes");
	} else if (is_blank(c) || c == '>') {
		if (texts_begin(reader, place->name, "script") ||
		    texts_begin(reader, place->name, "!--"))
			return FAIL(reader, at, "%s", "a page of ours has no script or comment");
		place->style |= texts_begin(reader, place->name, "style");
		place->tag = c != '>';
	}
	return 0;
}

/* Between two names in a tag, or out of it. */
static bool at_gap(const struct reader *reader)
{
	const struct buf *texts = &reader->template->texts;

	return !reader->place.tag || reader->place.value || is_blank(texts->p[texts->n - 1]) ||
	       texts->p[texts->n - 1] == '"';
}

/* Whether a section may end here that began at that place. */
static bool same_place(const struct reader *reader, const struct place *begin)
{
	const struct place *place = &reader->place;

	return at_gap(reader) && place->tag == begin->tag && place->value == begin->value &&
	       place->style == begin->style && (!place->value || place->begun == begin->begun);
}

/*
 * Attributes that only hold text, in the elements that fragments use. Not `style` or one of a
 * script; `content` is of a meta element, whose http-equiv a fragment spells out.
 */
static bool holds_text(struct span attribute)
{
	static const char *const names[] = {
		"aria-label", "class",   "content", "d", "datetime", "height",
		"id",         "viewBox", "width",   "x", "y",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (span_is(attribute, names[i]))
			return true;
	}
	return false;
}

/* Whether an escaped value is only text here. */
static int check_place(const struct reader *reader, const char *at)
{
	const struct place *place = &reader->place;
	const char *texts = reader->template->texts.p;
	struct span name;

	if (!place->tag && !place->style)
		return 0;
	if (!place->value)
		return FAIL(reader, at,
			    "a value can stand in text or in double quotes, not in a %s",
			    place->tag ? "tag" : "style");
	/* back from the quote and the equals sign; a tag has a blank before each name */
	name = (struct span){ texts + place->begun - 2, 0 };
	for (; !is_blank(name.p[-1]) && name.p[-1] != '<'; name.n++)
		name.p--;
	if (span_is(name, "href") && !place->unsure && texts_begin(reader, place->begun, "#"))
		return 0;
	if (span_is(name, "href"))
		return FAIL(reader, at, "a value in %s has to stand after a '#'", "href");
	if (!holds_text(name))
		return FAIL(reader, at, "a value can't stand in the attribute \"%.*s\"",
			    (int)name.n, name.p);
	return 0;
}

/*
 * Markup into texts. A line break and the blanks around it: the page's line breaks for blank lines,
 * a space between two words, nothing next to a tag or to an end of the text.
 */
static int add_text(struct reader *reader, struct span text, struct range *range)
{
	struct buf *texts = &reader->template->texts;
	int ret = 0;

	range->at = texts->n;
	for (size_t i = 0, end; i < text.n && !ret; i = end) {
		size_t lines = 0;

		for (end = i; end < text.n && is_blank(text.p[end]); end++)
			lines += text.p[end] == '\n';
		if (lines == 0) {
			end = i + 1;
			ret = add_byte(reader, text.p[i], text.p + i);
		} else if (lines == 1 && i > 0 && end < text.n && text.p[i - 1] != '>' &&
			   text.p[end] != '<') {
			ret = add_byte(reader, ' ', text.p + i);
		}
		while (!ret && lines-- > 1)
			ret = add_byte(reader, '\n', text.p + i);
	}
	range->n = texts->n - range->at;
	return ret;
}

static int add_markup(struct reader *reader, struct span text)
{
	struct op op = { .kind = OP_MARKUP };
	int ret = add_text(reader, text, &op.text);

	return ret || op.text.n == 0 ? ret : add_op(reader, &op);
}

static struct span trim(struct span text)
{
	for (; text.n > 0 && is_blank(*text.p); text.n--)
		text.p++;
	while (text.n > 0 && is_blank(text.p[text.n - 1]))
		text.n--;
	return text;
}

/* Cuts off what stands before the first `c`; the whole, and a rest of n 0, if there is none. */
static struct span cut(struct span *rest, char c)
{
	const char *at = memchr(rest->p, c, rest->n);
	struct span first = { rest->p, at ? (size_t)(at - rest->p) : rest->n };

	rest->p += first.n + (at != NULL);
	rest->n -= first.n + (at != NULL);
	return trim(first);
}

/* A name, or a word to be equal to. */
static struct range keep(struct reader *reader, struct span text)
{
	struct buf *words = &reader->template->words;
	const struct range range = { words->n, text.n };

	buf_add(words, text.p, text.n);
	return range;
}

/* The innermost object that has the name. */
static int find(struct reader *reader, struct span name, struct op *op)
{
	for (size_t up = 0; up < reader->depth; up++) {
		struct value v = { .name = name, .dry = true };

		op->model = reader->models[reader->depth - 1 - up];
		op->model(&v);
		op->up = (unsigned int)up;
		op->value = v.kind;
		op->of = v.of;
		op->name = keep(reader, name);
		if (v.kind != VALUE_NONE)
			return 0;
	}
	op->model = NULL;
	op->value = VALUE_FLAG;
	return span_is(name, "later")
		       ? 0
		       : FAIL(reader, name.p, "unknown name \"%.*s\"", (int)name.n, name.p);
}

static bool is_number(const struct op *op)
{
	return op->value == VALUE_NUMBER || op->value == VALUE_SUM;
}

/* {{name}}, {{name|one|many}} */
static int read_value(struct reader *reader, struct span tag)
{
	bool words = memchr(tag.p, '|', tag.n) != NULL;
	struct span name = cut(&tag, '|'), one;
	struct place before = reader->place;
	struct op op = { .kind = words ? OP_WORDS : OP_VALUE };
	int ret = check_place(reader, name.p);

	if (!ret)
		ret = find(reader, name, &op);
	if (ret)
		return ret;
	if (!is_number(&op) && (words || op.value != VALUE_TEXT))
		return FAIL(reader, name.p, "\"%.*s\" is not a %s", (int)name.n, name.p,
			    words ? "number" : "text");
	if (words) {
		one = cut(&tag, '|');
		ret = add_text(reader, one, &op.text);
		if (!ret)
			ret = add_text(reader, trim(tag), &op.many);
		if (!ret && !same_place(reader, &before))
			return FAIL(reader, name.p, "the words of \"%.*s\" hold half a tag",
				    (int)name.n, name.p);
	}
	return ret ? ret : add_op(reader, &op);
}

static int read_ops(struct reader *reader, struct span *closing);
static int read_file(struct reader *reader, const struct fragment *file);

/* Reads a section's body up to a closing tag, which has to be `end`, or, if `may_else`, an else. */
static int read_body(struct reader *reader, struct span tag, const char *end, bool may_else,
		     struct span *closing)
{
	struct place before = reader->place;
	int ret;

	if (reader->sections++ == SECTION_MAX)
		return FAIL(reader, tag.p, "more than %d sections in one another", SECTION_MAX);
	if (!at_gap(reader))
		return FAIL(reader, tag.p, "{{%.*s}} stands in a name", (int)tag.n, tag.p);
	reader->place.unsure |= before.value && reader->template->texts.n == before.begun;
	ret = read_ops(reader, closing);
	if (ret)
		return ret;
	reader->sections--;
	if (!closing->p)
		return FAIL(reader, tag.p, "{{%.*s}} is not closed", (int)tag.n, tag.p);
	if (!span_is(*closing, end) && !(may_else && *closing->p == 'e'))
		return FAIL(reader, closing->p, "{{%.*s}} in {{%.*s}}", (int)closing->n, closing->p,
			    (int)tag.n, tag.p);
	if (!same_place(reader, &before))
		return FAIL(reader, closing->p, "{{%.*s}} ends in another tag than it began in",
			    (int)tag.n, tag.p);
	return 0;
}

/* "name", "name=word", and what follows up to {{/if}}. */
static int read_if(struct reader *reader, struct span tag, struct span word)
{
	struct span name = cut(&word, '='), closing;
	struct op op = { .kind = OP_IF }, jump = { .kind = OP_ELSE };
	size_t at = reader->template->n, else_at;
	int ret = find(reader, name, &op);

	if (ret)
		return ret;
	if (op.value == VALUE_OBJECT || (word.n && !is_number(&op) && op.value != VALUE_TEXT))
		return FAIL(reader, name.p, "\"%.*s\" can't be asked for", (int)name.n, name.p);
	op.word = keep(reader, word);
	ret = add_op(reader, &op);
	if (!ret)
		ret = read_body(reader, tag, "/if", true, &closing);
	if (ret)
		return ret;
	reader->template->ops[at].end = else_at = reader->template->n;
	if (span_is(closing, "/if"))
		return 0;
	ret = add_op(reader, &jump);
	if (ret)
		return ret;
	reader->template->ops[at].end++;
	if (closing.n > 8 && memcmp(closing.p, "else if ", 8) == 0)
		ret = read_if(reader, closing, trim((struct span){ closing.p + 8, closing.n - 8 }));
	else if (span_is(closing, "else"))
		ret = read_body(reader, tag, "/if", false, &closing);
	else
		ret = FAIL(reader, closing.p, "expected {{else}} or {{else if name}}, got {{%.*s}}",
			   (int)closing.n, closing.p);
	reader->template->ops[else_at].end = reader->template->n;
	return ret;
}

/* An object or a list: its model comes first in the body, which is a file or goes up to `end`. */
static int read_each(struct reader *reader, struct span tag, struct span name, const char *end,
		     const struct fragment *file)
{
	struct op op = { .kind = OP_EACH };
	size_t at = reader->template->n;
	struct span closing;
	int ret = find(reader, name, &op);

	if (ret)
		return ret;
	if (!op.of)
		return FAIL(reader, name.p, "\"%.*s\" is no object or list", (int)name.n, name.p);
	if (reader->depth == DEPTH_MAX)
		return FAIL(reader, name.p, "more than %d objects in one another", DEPTH_MAX);
	reader->models[reader->depth++] = op.of;
	ret = add_op(reader, &op);
	if (!ret)
		ret = file ? read_file(reader, file) : read_body(reader, tag, end, false, &closing);
	reader->depth--;
	reader->template->ops[at].end = reader->template->n;
	return ret;
}

static int read_file(struct reader *reader, const struct fragment *file)
{
	const struct reader outer = *reader;
	struct span closing;
	int ret;

	reader->file = file;
	reader->rest = file->text;
	ret = read_ops(reader, &closing);
	if (!ret && closing.p)
		ret = FAIL(reader, closing.p, "{{%.*s}} closes nothing", (int)closing.n, closing.p);
	if (!ret && !same_place(reader, &outer.place))
		ret = FAIL(reader, file->text.p + file->text.n, "%s ends in a tag", file->name);
	reader->file = outer.file;
	reader->rest = outer.rest;
	return ret;
}

/* A style is no markup: it is taken as it is, and may not end its element. */
static int add_style(struct reader *reader, const struct fragment *file, const char *at)
{
	struct buf *texts = &reader->template->texts;
	const struct op op = { .kind = OP_MARKUP, .text = { texts->n, file->text.n } };

	if (!reader->place.style || reader->place.tag || memchr(file->text.p, '<', file->text.n))
		return FAIL(reader, at, "%s can only stand in <style>, and without a '<'",
			    file->name);
	buf_add(texts, file->text.p, file->text.n);
	return texts->failed ? -ENOMEM : add_op(reader, &op);
}

/* "file.html", "file.html name" */
static int read_include(struct reader *reader, struct span object)
{
	struct span name = cut(&object, ' ');
	size_t i = 0;
	int ret;

	while (i < reader->fragments_n && !span_is(name, reader->fragments[i].name))
		i++;
	if (i == reader->fragments_n)
		return FAIL(reader, name.p, "unknown fragment \"%.*s\"", (int)name.n, name.p);
	if (name.n > 4 && memcmp(name.p + name.n - 4, ".css", 4) == 0)
		return add_style(reader, &reader->fragments[i], name.p);
	if (reader->includes++ == INCLUDE_MAX)
		return FAIL(reader, name.p, "more than %d fragments in one another", INCLUDE_MAX);
	ret = object.n ? read_each(reader, object, object, NULL, &reader->fragments[i])
		       : read_file(reader, &reader->fragments[i]);
	reader->includes--;
	return ret;
}

static int read_tag(struct reader *reader, struct span tag)
{
	struct span rest = tag, verb = cut(&rest, ' ');

	rest = trim(rest);
	if (*tag.p == '!')
		return 0;
	if (*tag.p == '>')
		return read_include(reader, trim((struct span){ tag.p + 1, tag.n - 1 }));
	if (span_is(verb, "#if"))
		return read_if(reader, tag, rest);
	if (span_is(verb, "#each"))
		return read_each(reader, tag, rest, "/each", NULL);
	if (span_is(verb, "#with"))
		return read_each(reader, tag, rest, "/with", NULL);
	return read_value(reader, tag);
}

/* Up to the end of the file (then closing->p is NULL), or to a tag that ends a section. */
static int read_ops(struct reader *reader, struct span *closing)
{
	struct span *rest = &reader->rest;

	*closing = (struct span){ 0 };
	for (;;) {
		const char *end = rest->p + rest->n, *open = memmem(rest->p, rest->n, "{{", 2);
		size_t before = open ? (size_t)(open - rest->p) : rest->n;
		const char *close = open ? memmem(open, rest->n - before, "}}", 2) : NULL;
		struct span tag;
		int ret = add_markup(reader, (struct span){ rest->p, before });

		if (ret || !open)
			return ret;
		if (!close)
			return FAIL(reader, open, "%s", "{{ without }}");
		tag = trim((struct span){ open + 2, (size_t)(close - open) - 2 });
		*rest = (struct span){ close + 2, (size_t)(end - close) - 2 };
		if (tag.n == 0)
			return FAIL(reader, open, "%s", "{{}} names nothing");
		if (*tag.p == '/' || (tag.n >= 4 && memcmp(tag.p, "else", 4) == 0)) {
			*closing = tag;
			return 0;
		}
		ret = read_tag(reader, tag);
		if (ret)
			return ret;
	}
}

int template_read(struct template **out, const struct fragment *fragments, size_t n, model page,
		  struct err *err)
{
	struct reader reader = {
		.fragments = fragments,
		.fragments_n = n,
		.models = { page },
		.depth = 1,
		.err = err,
	};
	int ret;

	*out = NULL;
	reader.template = calloc(1, sizeof(*reader.template));
	if (!reader.template)
		return -ENOMEM;
	ret = read_file(&reader, &fragments[0]);
	if (!ret && reader.template->words.failed)
		ret = -ENOMEM;
	if (ret)
		template_free(reader.template);
	else
		*out = reader.template;
	return ret;
}
