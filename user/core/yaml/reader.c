/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/yaml/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/base/unitext.h"

enum { FEED_MAX = 4096, SHOWN_MAX = 60 };

static const char quote_hint[] = "; write such a text in quotes";

struct reader {
	yaml_parser_t parser;
	bool parser_made;
	yaml_event_t event; /* the node that was given out borrows from it */
	struct span input;
	size_t fed;          /* bytes that libyaml has taken */
	size_t fed_at_event; /* when it gave the last event; <= fed */
	bool starved;        /* it wanted more than READER_GAP_MAX for one event */
	unsigned int depth;
	yaml_mark_t end; /* where the last event ended */
	const char *key;
	struct errs *errs;
	size_t mistakes;
	size_t first; /* where the first of them was found, in characters */
	bool ended;
};

void reader__set_key(struct reader *reader, const char *key)
{
	reader->key = key;
}

const char *reader__key(const struct reader *reader)
{
	return reader->key;
}

unsigned int reader__depth(const struct reader *reader)
{
	return reader->depth;
}

bool reader__ended(const struct reader *reader)
{
	return reader->ended;
}

size_t reader__mistakes(const struct reader *reader)
{
	return reader->mistakes;
}

static int note(struct reader *reader, int code, unsigned int line, unsigned int column,
		const char *message)
{
	if (reader->mistakes++ == 0)
		reader->first = reader->end.index;
	if (!reader->errs || reader->errs->n == ERRS_MAX || code != -EINVAL)
		reader->ended = true;
	return errs_add(reader->errs, code, line, column, "%s%s%s", reader->key ? reader->key : "",
			reader->key ? ": " : "", message);
}

int reader__no_memory(struct reader *reader)
{
	reader->key = NULL;
	return note(reader, -ENOMEM, 0, 0, "out of memory");
}

int reader__refuse(struct reader *reader, unsigned int line, unsigned int column, const char *fmt,
		   ...)
{
	char message[sizeof(reader->errs->v[0].message)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return note(reader, -EINVAL, line, column, message);
}

int reader__refuse_text(struct reader *reader, const struct node *node, const char *before,
			struct span text)
{
	struct buf shown = { 0 };

	text_show(&shown, text, SHOWN_MAX);
	buf_addc(&shown, 0);
	reader__refuse(reader, node->line, node->column, "%s \"%s\"", before,
		       shown.failed ? "?" : shown.p);
	buf_free(&shown);
	return -EINVAL;
}

int reader__expected(struct reader *reader, const struct node *node, const char *what)
{
	static const char *const kinds[] = { "text", "a sequence", "a mapping", "the end" };
	char before[200];

	if (node->kind == NODE_SCALAR && node->text.n > 0) {
		snprintf(before, sizeof(before), "expected %s, got %s", what,
			 node->plain ? "text" : "quoted text");
		return reader__refuse_text(reader, node, before, node->text);
	}
	if (node->kind == NODE_SCALAR)
		return reader__refuse(reader, node->line, node->column, "expected %s, got %s", what,
				      node->plain ? "nothing" : "an empty text");
	return reader__refuse(reader, node->line, node->column, "expected %s, got %s", what,
			      kinds[node->kind]);
}

static int refuse_hidden(struct reader *reader, unsigned int line, unsigned int column,
			 struct span c)
{
	const struct node at = { .line = line, .column = column };

	return reader__refuse_text(reader, &at, "expected text that can be seen, got the character",
				   c);
}

/*
 * Every byte before libyaml sees one: it accepts UTF-16, takes NEL and the Unicode separators for
 * line breaks (so that its lines are not an editor's), and hands control characters through.
 */
static int check_bytes(struct reader *reader)
{
	struct span rest = reader->input;
	unsigned int line = 1, column = 1;
	uint32_t c;
	size_t n;

	while (rest.n > 0) {
		/* the bytes that nearly every ticket is made of, without a call */
		if ((*rest.p >= 0x20 && *rest.p < 0x7f) || *rest.p == '\n' || *rest.p == '\t') {
			line += *rest.p == '\n';
			column = *rest.p == '\n' ? 1 : column + 1;
			rest.p++;
			rest.n--;
			continue;
		}
		n = unitext_decode(rest, &c);
		if (n == 0)
			return reader__refuse(reader, line, column,
					      "expected UTF-8, got the byte 0x%02x",
					      (unsigned char)*rest.p);
		if (text_is_hidden(c) && !(rest.n > 1 && rest.p[0] == '\r' && rest.p[1] == '\n'))
			return refuse_hidden(reader, line, column, (struct span){ rest.p, n });
		column++;
		rest.p += n;
		rest.n -= n;
	}
	return 0;
}

/*
 * libyaml compares each %TAG with all before it, and a %YAML would choose other rules than ours.
 * They can stand only before the document; what follows it is checked by reader__finish().
 */
static int check_directives(struct reader *reader)
{
	struct span rest = reader->input;
	unsigned int line = 1;
	bool begins = true, comment = false;

	for (; rest.n > 0; rest.p++, rest.n--) {
		char c = *rest.p;

		if (c == '%' && begins)
			return reader__refuse(reader, line, 1, "expected no directive, got %%");
		if (!comment && c != '#' && c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return 0;
		begins = c == '\n';
		comment = !begins && (comment || c == '#');
		line += begins;
	}
	return 0;
}

/* Small pieces, so that what libyaml took since its last event bounds the work for the next one. */
static int feed(void *data, unsigned char *buffer, size_t size, size_t *size_read)
{
	struct reader *reader = data;
	size_t n = reader->input.n - reader->fed;

	if (n > FEED_MAX)
		n = FEED_MAX;
	if (n > size)
		n = size;
	reader->starved = n > 0 && reader->fed - reader->fed_at_event > READER_GAP_MAX;
	if (reader->starved)
		return 0;
	memcpy(buffer, reader->input.p + reader->fed, n);
	reader->fed += n;
	*size_read = n;
	return 1;
}

/*
 * What libyaml says, but for the two mistakes that people make: patterns and groups without quotes.
 */
static int refuse_syntax(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *context = parser->context ? parser->context : "";
	const char *problem = parser->problem ? parser->problem : "not readable";
	unsigned int line = (unsigned int)parser->problem_mark.line + 1;
	unsigned int column = (unsigned int)parser->problem_mark.column + 1;

	if (parser->error == YAML_MEMORY_ERROR)
		return reader__no_memory(reader);
	if (reader->starved)
		return reader__refuse(
			reader, (unsigned int)reader->end.line + 1,
			(unsigned int)reader->end.column + 1,
			"expected at most %d bytes in one text, got more than %d without an end",
			READER_SCALAR_MAX, READER_GAP_MAX);
	if (strstr(context, "alias"))
		return reader__refuse(reader, line, column, "expected a value, got an alias (*)%s",
				      quote_hint);
	return reader__refuse(reader, line, column, "expected YAML, got something else: %s%s%s%s",
			      context, *context ? ", " : "", problem,
			      strstr(problem, "start any token") ? quote_hint : "");
}

static int pull(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	if (!yaml_parser_parse(&reader->parser, &reader->event)) {
		memset(&reader->event, 0, sizeof(reader->event));
		return refuse_syntax(reader);
	}
	reader->fed_at_event = reader->fed;
	return 0;
}

static int refuse_mark(struct reader *reader, const yaml_mark_t *mark, const char *message)
{
	return reader__refuse(reader, (unsigned int)mark->line + 1, (unsigned int)mark->column + 1,
			      "%s", message);
}

static int check_properties(struct reader *reader, const unsigned char *anchor,
			    const unsigned char *tag)
{
	if (anchor)
		return refuse_mark(reader, &reader->event.start_mark,
				   "expected a value, got an anchor (&)");
	if (tag)
		return refuse_mark(reader, &reader->event.start_mark,
				   "expected a value, got a tag (!)");
	return 0;
}

static int check_scalar(struct reader *reader, const struct node *node)
{
	struct span rest = node->text;
	uint32_t c;

	if (node->text.n > READER_SCALAR_MAX)
		return reader__refuse(reader, node->line, node->column,
				      "expected at most %d bytes in one text, got %zu",
				      READER_SCALAR_MAX, node->text.n);
	while (rest.n > 0) {
		size_t n = unitext_decode(rest, &c);

		if (n > 0 && c == '\n')
			return reader__refuse(reader, node->line, node->column,
					      "expected one line of text, got a line break");
		if (n == 0 || text_is_hidden(c))
			return refuse_hidden(reader, node->line, node->column,
					     (struct span){ rest.p, n ? n : 1 });
		rest.p += n;
		rest.n -= n;
	}
	return 0;
}

static int take_scalar(struct reader *reader, struct node *node)
{
	const yaml_event_t *event = &reader->event;

	node->kind = NODE_SCALAR;
	node->text =
		(struct span){ (const char *)event->data.scalar.value, event->data.scalar.length };
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->one_line = node->plain && event->start_mark.line == event->end_mark.line;
	if (check_properties(reader, event->data.scalar.anchor, event->data.scalar.tag))
		return -EINVAL;
	return check_scalar(reader, node);
}

static int enter(struct reader *reader, struct node *node, enum node_kind kind,
		 const unsigned char *anchor, const unsigned char *tag)
{
	node->kind = kind;
	if (check_properties(reader, anchor, tag))
		return -EINVAL;
	if (reader->depth == READER_DEPTH_MAX)
		return reader__refuse(reader, node->line, node->column,
				      "expected at most %d levels, got one more", READER_DEPTH_MAX);
	reader->depth++;
	return 0;
}

static int take_event(struct reader *reader, struct node *node)
{
	const yaml_event_t *event = &reader->event;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return take_scalar(reader, node);
	case YAML_SEQUENCE_START_EVENT:
		return enter(reader, node, NODE_SEQUENCE, event->data.sequence_start.anchor,
			     event->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return enter(reader, node, NODE_MAPPING, event->data.mapping_start.anchor,
			     event->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		reader->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return refuse_mark(
			reader, &event->start_mark,
			"expected a value, got an alias (*); write such a text in quotes");
	default: /* the end of the stream: there was no document */
		return refuse_mark(reader, &event->start_mark, "expected a document, got nothing");
	}
}

/* Work behind a mistake brings no answer nearer, so there is an end to it. */
static int check_behind(struct reader *reader)
{
	if (reader->mistakes == 0 || reader->end.index - reader->first <= READER_BEHIND_MAX)
		return 0;
	reader->key = NULL;
	return refuse_mark(reader, &reader->end,
			   "expected fewer mistakes; what follows here was not read");
}

static int next_node(struct reader *reader, struct node *node)
{
	int ret = check_behind(reader);

	if (ret)
		return ret;
	do {
		ret = pull(reader);
		if (ret)
			return ret;
	} while (reader->event.type == YAML_STREAM_START_EVENT ||
		 reader->event.type == YAML_DOCUMENT_START_EVENT);
	reader->end = reader->event.end_mark;
	node->line = (unsigned int)reader->event.start_mark.line + 1;
	node->column = (unsigned int)reader->event.start_mark.column + 1;
	return take_event(reader, node);
}

int reader__next(struct reader *reader, struct node *node)
{
	int ret = -EINVAL;

	*node = (struct node){ .kind = NODE_END };
	if (!reader->ended)
		ret = next_node(reader, node);
	if (ret)
		reader->ended = true;
	return ret;
}

int reader__resume(struct reader *reader, int ret, unsigned int depth)
{
	struct node node;

	if (ret && (ret != -EINVAL || reader->ended))
		return ret;
	while (reader->depth > depth) {
		ret = reader__next(reader, &node);
		if (ret)
			return ret;
	}
	return 0;
}

int reader__skip(struct reader *reader)
{
	unsigned int depth = reader->depth;
	struct node node;
	int ret = reader__next(reader, &node);

	return reader__resume(reader, ret, depth);
}

/* The input from a mark of libyaml's on; columns count characters. */
static struct span input_from(const struct reader *reader, const yaml_mark_t *mark)
{
	struct span rest = reader->input;
	uint32_t c;

	for (size_t i = 0; i < mark->line && rest.n > 0; i++) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) + 1 : rest.n;

		rest.p += n;
		rest.n -= n;
	}
	for (size_t i = 0; i < mark->column && rest.n > 0; i++) {
		size_t n = unitext_decode(rest, &c);

		rest.p += n;
		rest.n -= n;
	}
	return rest;
}

/*
 * What follows the document is looked at here and not parsed: another document could bring new
 * directives with it, and be of any length.
 */
int reader__finish(struct reader *reader)
{
	struct span rest;
	unsigned int line, column;
	bool comment = false;
	int ret;

	reader->key = NULL;
	ret = pull(reader);
	if (ret)
		return ret;
	rest = input_from(reader, &reader->event.end_mark);
	line = (unsigned int)reader->event.end_mark.line + 1;
	column = (unsigned int)reader->event.end_mark.column + 1;
	for (; rest.n > 0; rest.p++, rest.n--) {
		if (*rest.p == '\n') {
			line++;
			column = 1;
			comment = false;
			continue;
		}
		comment = comment || *rest.p == '#';
		if (!comment && !strchr(" \t\r", *rest.p))
			return reader__refuse(reader, line, column,
					      "expected one document, got more after its end");
		column++;
	}
	return 0;
}

int reader__new(struct reader **out, const char *text, size_t n, struct errs *errs)
{
	struct reader *reader;
	int ret;

	*out = NULL;
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return errs_add(errs, -ENOMEM, 0, 0, "out of memory");
	reader->input = (struct span){ text, n };
	reader->errs = errs;
	ret = check_bytes(reader);
	if (!ret)
		ret = check_directives(reader);
	if (ret)
		goto out;
	reader->parser_made = yaml_parser_initialize(&reader->parser);
	if (!reader->parser_made) {
		ret = reader__no_memory(reader);
		goto out;
	}
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input(&reader->parser, feed, reader);
	*out = reader;
	reader = NULL;
out:
	reader__free(reader);
	return ret;
}

void reader__free(struct reader *reader)
{
	if (!reader)
		return;
	yaml_event_delete(&reader->event);
	if (reader->parser_made)
		yaml_parser_delete(&reader->parser);
	free(reader);
}
