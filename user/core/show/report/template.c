/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/template.h"

#include <errno.h>
#include <stdlib.h>

#include "core/show/report/template_part.h"

struct run {
	const struct template *template;
	struct html *html;
	void *ctx;
};

/* An object that names are looked up in, and the one around it. */
struct frame {
	const struct frame *around;
	const void *object;
	bool later;
};

struct walk {
	const struct run *run;
	const struct frame *around;
	size_t from, to; /* the section's ops */
	uint64_t n;      /* items */
	bool probe;      /* only whether there is one is asked */
};

enum { DIGITS_MAX = 32 };

static struct span cut(const struct buf *from, struct range range)
{
	return (struct span){ from->p + range.at, range.n };
}

static struct value ask(const struct run *run, const struct frame *frame, const struct op *op,
			struct walk *walk)
{
	struct value v = {
		.name = cut(&run->template->words, op->name),
		.ctx = run->ctx,
		.out = &run->html->room,
		.walk = walk,
	};

	if (!op->model) {
		v.number = frame->later;
		return v;
	}
	for (unsigned int i = 0; i < op->up; i++)
		frame = frame->around;
	v.object = frame->object;
	op->model(&v);
	if (run->html->room.failed && !run->html->ret)
		run->html->ret = -ENOMEM;
	return v;
}

/* With a comma before every three digits, if `grouped`. */
static struct span digits_of(uint64_t n, bool grouped, char room[DIGITS_MAX])
{
	size_t at = DIGITS_MAX, count = 0;

	do {
		if (grouped && count > 0 && count % 3 == 0)
			room[--at] = ',';
		room[--at] = (char)('0' + n % 10);
		n /= 10;
		count++;
	} while (n > 0);
	return (struct span){ room + at, DIGITS_MAX - at };
}

static struct span text_of(const struct value *v, const struct op *op, char room[DIGITS_MAX])
{
	if (op->value == VALUE_NUMBER || op->value == VALUE_SUM)
		return digits_of(v->number, op->value == VALUE_SUM, room);
	return v->text;
}

static bool is_true(const struct run *run, const struct frame *frame, const struct op *op)
{
	struct walk probe = { .run = run, .around = frame, .probe = true };
	struct value v = ask(run, frame, op, &probe);
	char room[DIGITS_MAX];
	bool is;

	if (op->word.n)
		is = span_eq(text_of(&v, op, room), cut(&run->template->words, op->word));
	else if (op->value == VALUE_LIST)
		is = probe.n > 0;
	else if (op->value == VALUE_TEXT)
		is = v.text.n > 0 && !v.absent;
	else
		is = v.number != 0;
	buf_reset(&run->html->room);
	return is;
}

static void write_value(const struct run *run, const struct frame *frame, const struct op *op)
{
	const struct buf *texts = &run->template->texts;
	struct value v = ask(run, frame, op, NULL);
	char room[DIGITS_MAX];

	if (op->kind == OP_VALUE) {
		html_shown(run->html, text_of(&v, op, room));
	} else {
		html_shown(run->html, digits_of(v.number, true, room));
		html_markup(run->html, span_of(" "));
		html_markup(run->html, cut(texts, v.number == 1 ? op->text : op->many));
	}
	/* a list in which this stands may use the room, too */
	buf_reset(&run->html->room);
}

static void write_section(const struct run *run, const struct frame *frame, size_t from,
			  const struct op *op)
{
	struct walk walk = { .run = run, .around = frame, .from = from, .to = op->end };
	struct value v = ask(run, frame, op, &walk);

	if (op->value == VALUE_OBJECT && v.is)
		walk_item(&walk, v.is);
	for (uint64_t i = 0; op->value == VALUE_ARRAY && !run->html->ret && i < v.number; i++)
		walk_item(&walk, (const char *)v.is + i * v.size);
	if (v.ret && !run->html->ret)
		run->html->ret = v.ret;
}

static void write_ops(const struct run *run, const struct frame *frame, size_t from, size_t to)
{
	const struct buf *texts = &run->template->texts;

	for (size_t i = from; i < to && !run->html->ret;) {
		const struct op *op = &run->template->ops[i++];

		switch (op->kind) {
		case OP_MARKUP:
			html_markup(run->html, cut(texts, op->text));
			break;
		case OP_VALUE:
		case OP_WORDS:
			write_value(run, frame, op);
			break;
		case OP_IF:
			if (!is_true(run, frame, op))
				i = op->end;
			break;
		case OP_ELSE:
			i = op->end;
			break;
		case OP_EACH:
			write_section(run, frame, i, op);
			i = op->end;
			break;
		}
	}
}

int walk_item(struct walk *walk, const void *object)
{
	const struct frame frame = { walk->around, object, walk->n++ > 0 };

	if (walk->probe)
		return 1;
	write_ops(walk->run, &frame, walk->from, walk->to);
	return walk->run->html->ret;
}

int template_write(const struct template *template, struct html *html, void *ctx,
		   const void *object)
{
	const struct run run = { template, html, ctx };
	const struct frame frame = { .object = object };

	write_ops(&run, &frame, 0, template->n);
	return html->ret;
}

void template_free(struct template *template)
{
	if (!template)
		return;
	free(template->ops);
	buf_free(&template->texts);
	buf_free(&template->words);
	free(template);
}
