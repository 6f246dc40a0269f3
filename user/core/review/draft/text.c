/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/part.h"

#include <errno.h>

#include "core/base/array.h"
#include "core/base/chars.h"
#include "core/base/text.h"
#include "core/base/timestamp.h"
#include "core/plan/env_table.h"
#include "core/yaml/schema.h"

enum {
	/* What stands between two values must stay well below READER_GAP_MAX. */
	COMMENTS_MAX = 12000,
	COMMENT_MAX = 400,
};

struct writer {
	struct buf *out;
	size_t comments; /* bytes of them since the last value */
	size_t dropped;  /* comments that did not fit there */
	bool too_long;   /* a list */
};

/*
 * One line; `text` is what it says, and may be hostile; what was made safe already stays as it is.
 */
static void comment(struct writer *writer, unsigned int indent, struct span text)
{
	size_t begin = writer->out->n;

	if (writer->comments > COMMENTS_MAX) {
		writer->dropped++;
		return;
	}
	buf_addf(writer->out, "%*s# ", (int)indent, "");
	if (text.n <= COMMENT_MAX && text_seen(text) == text.n)
		buf_add(writer->out, text.p, text.n);
	else
		text_show(writer->out, text, COMMENT_MAX);
	buf_addc(writer->out, '\n');
	writer->comments += writer->out->n - begin;
}

static void say(struct writer *writer, unsigned int indent, const char *text)
{
	comment(writer, indent, span_of(text));
}

/* A value follows. */
static void flush(struct writer *writer, unsigned int indent)
{
	if (writer->dropped)
		buf_addf(writer->out, "%*s# and %zu comments more that found no room\n",
			 (int)indent, "", writer->dropped);
	writer->comments = 0;
	writer->dropped = 0;
}

/* Plain where YAML reads it as the same text, in block context (YAML 1.1, 5.3 and 9.1.3). */
static bool is_plain(struct span text)
{
	char c = text.n ? text.p[0] : 0;

	if (!is_letter(c) && c != '/')
		return false;
	if (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == ':')
		return false;
	return !memmem(text.p, text.n, ": ", 2) && !memmem(text.p, text.n, " #", 2);
}

static void add_quoted(struct writer *writer, struct span text)
{
	buf_addc(writer->out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\'')
			buf_addc(writer->out, '\'');
		buf_addc(writer->out, text.p[i]);
	}
	buf_addc(writer->out, '\'');
}

static void add_scalar(struct writer *writer, struct span text)
{
	if (is_plain(text))
		buf_add(writer->out, text.p, text.n);
	else
		add_quoted(writer, text);
}

static void key(struct writer *writer, unsigned int indent, const char *name)
{
	flush(writer, indent);
	buf_addf(writer->out, "%*s%s:", (int)indent, "", name);
}

static void value(struct writer *writer, unsigned int indent, const char *name, struct span text)
{
	key(writer, indent, name);
	buf_addc(writer->out, ' ');
	add_scalar(writer, text);
	buf_addc(writer->out, '\n');
}

static void item(struct writer *writer, unsigned int indent, struct span text)
{
	flush(writer, indent);
	buf_addf(writer->out, "%*s- ", (int)indent, "");
	add_scalar(writer, text);
	buf_addc(writer->out, '\n');
}

static void explain_marks(struct writer *writer, unsigned int indent, unsigned int marks)
{
	char text[200];

	for (unsigned int kind = 1; kind < DRAFT_KEPT; kind <<= 1) {
		if (!(marks & kind))
			continue;
		snprintf(text, sizeof(text), "a pattern %s", placeholder_reason(kind));
		say(writer, indent, text);
	}
	if (marks & DRAFT_KEPT)
		say(writer, indent,
		    "what varies in this code was left as it is: a pattern would allow other code");
}

static void say_count(struct writer *writer, unsigned int indent, uint32_t n)
{
	char text[64];

	if (n < 2)
		return;
	snprintf(text, sizeof(text), "%u times", n);
	say(writer, indent, text);
}

static void notes(struct writer *writer, unsigned int indent, const struct counted_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		comment(writer, indent, span_of(set->v[i].text));
		say_count(writer, indent + 2, set->v[i].n);
	}
}

static void list(struct writer *writer, unsigned int indent, enum step_key number,
		 const struct counted_set *set)
{
	if (set->n == 0)
		return;
	writer->too_long |= set->n > SCHEMA_LIST_MAX;
	key(writer, indent, step_keys[number].name);
	buf_addc(writer->out, '\n');
	for (size_t i = 0; i < set->n; i++) {
		explain_marks(writer, indent + 2, set->v[i].marks);
		say_count(writer, indent + 2, set->v[i].n);
		item(writer, indent + 2, span_of(set->v[i].text));
	}
}

static void delegation(struct writer *writer, const struct draft_step *step)
{
	char text[200];

	if (step->delegation.n == 0)
		return;
	say(writer, 4,
	    "not drafted, because it does work for who asks, outside the session; name it "
	    "under connect where the step is meant to:");
	for (size_t i = 0; i < step->delegation.n; i++) {
		snprintf(text, sizeof(text), "  - %s", step->delegation.v[i].text);
		say(writer, 4, text);
	}
}

/* What a ticket can say: its value is seen, and is not "*", which is any. */
static bool can_be_set(struct span name, struct span text)
{
	return ticket_is_variable(name) && text_seen(text) == text.n && !span_is(text, "*") &&
	       text.n <= READER_SCALAR_MAX;
}

static void env_note(struct writer *writer, struct span entry)
{
	struct buf text = { 0 };

	buf_adds(&text, "not drafted: ");
	text_quote(&text, entry, 160);
	buf_adds(&text, ": a ticket can't say it, or says another value of it already");
	comment(writer, 4, buf_span(&text));
	buf_free(&text);
}

/* Of several values of a variable the first. */
static void env(struct writer *writer, const struct counted_set *env)
{
	struct counted_set names = { 0 };

	for (size_t i = 0; i < env->n; i++) {
		struct span entry = span_of(env->v[i].text), name, text;
		size_t n = names.n;

		if (n < TICKET_ENV_MAX && env_split(entry, &name, &text) &&
		    can_be_set(name, text) && counted_set_add(&names, name, 0, NULL))
			writer->out->failed = true;
		if (names.n == n) {
			env_note(writer, entry);
			continue;
		}
		if (n == 0) {
			key(writer, 4, step_keys[STEP_ENV].name);
			buf_addc(writer->out, '\n');
		}
		if (env_carries_code(name))
			say(writer, 6, "it carries code into the program: should it?");
		flush(writer, 6);
		buf_addf(writer->out, "      %.*s: ", (int)name.n, name.p);
		add_quoted(writer, text);
		buf_addc(writer->out, '\n');
	}
	counted_set_free(&names);
}

static void words(struct writer *writer, enum step_key number, const struct step *so_far)
{
	const char *word;

	if (!value_given(&step_keys[number], so_far))
		return;
	key(writer, 4, step_keys[number].name);
	for (size_t i = 0; (word = value_item(&step_keys[number], so_far, i)); i++)
		buf_addf(writer->out, "%s%s", i ? ", " : " [", word);
	buf_adds(writer->out, "]\n");
}

static void as(struct writer *writer, const struct draft *draft, const struct draft_run *run)
{
	char text[16];

	if (draft_run_is_usual_user(draft, run))
		return;
	snprintf(text, sizeof(text), "%u", run->euid);
	value(writer, 4, step_keys[STEP_AS].name, span_of(text));
}

static void cwd(struct writer *writer, const struct draft_run *run)
{
	if (!run->relative)
		return;
	if (schema_is_path(run->cwd) && text_seen(run->cwd) == run->cwd.n &&
	    run->cwd.n <= READER_SCALAR_MAX) {
		say(writer, 4, "an argument is a path that depends on the directory");
		value(writer, 4, step_keys[STEP_CWD].name, run->cwd);
	} else {
		say(writer, 4, "an argument depends on the directory, which a ticket can't say");
	}
}

static void step_value(struct writer *writer, const struct draft *draft,
		       const struct draft_step *step, enum step_key number)
{
	switch (number) {
	case STEP_ID:     /* stands before what is said of the step */
	case STEP_TIMES:  /* may be another number the next time */
	case STEP_SHA256: /* pins what is yet to be looked at */
	case STEP_KEYS_N:
		return;
	case STEP_RUN:
		value(writer, 4, step_keys[STEP_RUN].name, span_of(step->first->run));
		return;
	case STEP_AS:
		as(writer, draft, step->first);
		return;
	case STEP_CWD:
		cwd(writer, step->first);
		return;
	case STEP_STDIN:
	case STEP_SOCKETS:
		words(writer, number, &step->so_far);
		return;
	case STEP_ENV:
		env(writer, &step->lists[STEP_ENV]);
		return;
	case STEP_INSTALLS:
		if (step->lists[STEP_INSTALLS].n)
			say(writer, 4,
			    "put in place or changed during the session, by this step as it seems");
		break;
	case STEP_CHILDREN:
	case STEP_CONNECT:
	case STEP_LISTEN:
	case STEP_SEND:
	case STEP_WRITE:
		break;
	}
	list(writer, 4, number, &step->lists[number]);
	if (number == STEP_CONNECT)
		delegation(writer, step);
}

/* What a person has to look at first comes first: who and what runs, then what that may do. */
static const enum step_key reading_order[] = {
	STEP_RUN,      STEP_AS,      STEP_CWD,    STEP_STDIN, STEP_ENV,     STEP_CHILDREN,
	STEP_INSTALLS, STEP_CONNECT, STEP_LISTEN, STEP_SEND,  STEP_SOCKETS, STEP_WRITE,
};
enum { DRAFTED_N = ARRAY_SIZE(reading_order) };
_Static_assert(DRAFTED_N + 3 == STEP_KEYS_N, "a key is drafted, or step_value() says why not");

static void step(struct writer *writer, const struct draft *draft, const struct draft_step *from)
{
	flush(writer, 2);
	buf_addf(writer->out, "  - %s: %s\n", step_keys[STEP_ID].name, from->id);
	say_count(writer, 4, from->n);
	explain_marks(writer, 4, from->marks);
	for (size_t i = 0; i < DRAFTED_N; i++)
		step_value(writer, draft, from, reading_order[i]);
	notes(writer, 4, &from->notes);
}

static bool is_name_char(char c)
{
	return is_alnum(c) || is_one_of(c, "._-");
}

static bool is_name(struct span text)
{
	return text.n <= TICKET_NAME_MAX && span_all(text, is_name_char) && text.p[0] != '-';
}

static void preface(struct writer *writer, const struct draft *draft)
{
	char time[TIMESTAMP_SIZE], text[300];

	timestamp_format(draft->time_ns, time);
	snprintf(text, sizeof(text),
		 "Drafted from session %.60s of %.19sZ: commands run: %zu, steps: %zu.",
		 draft->session, time, draft->runs_n, draft->steps_n);
	say(writer, 0, text);
	say(writer, 0,
	    "NARROW THIS BEFORE YOU LET IT BE SIGNED. It allows what was seen, needed or not:");
	say(writer, 0,
	    "take out what the change does not need, make each pattern as narrow as you can,");
	say(writer, 0,
	    "fill in what says CHANGE-ME and the window, and ask `lockstep ticket check`.");
	if (draft->losses) {
		snprintf(text, sizeof(text),
			 "Not here, because they were lost: acts of the session, %llu.",
			 (unsigned long long)draft->losses);
		say(writer, 0, text);
	}
	if (draft->bad) {
		snprintf(text, sizeof(text),
			 "Not here, because they could not be read: stored lines, %llu.",
			 (unsigned long long)draft->bad);
		say(writer, 0, text);
	}
	notes(writer, 0, &draft->notes);
}

static void head(struct writer *writer, const struct draft *draft)
{
	flush(writer, 0);
	buf_adds(writer->out, "lockstep: 1\n"
			      "ticket: CHANGE-ME\n"
			      "summary: CHANGE-ME\n"
			      "requester: CHANGE-ME\n");
	if (is_name(span_of(draft->operator_name)))
		buf_addf(writer->out, "operators: ['%s']\n", draft->operator_name);
	else
		buf_addf(writer->out, "operators: ['%u']\n", draft->operator_uid);
	if (is_name(span_of(draft->host)))
		buf_addf(writer->out, "hosts: ['%s']\n", draft->host);
	say(writer, 0, "CHANGE-ME: when it is to be done");
	flush(writer, 0);
	buf_adds(writer->out,
		 "window: {from: 2099-01-01T00:00:00Z, until: 2099-01-01T02:00:00Z}\n");
	if (draft->profiles.n) {
		say(writer, 0, "these explain commands of the session that are not listed below");
		flush(writer, 0);
	}
	if (draft->profiles.n)
		buf_adds(writer->out, "profiles:\n");
	for (size_t i = 0; i < draft->profiles.n; i++)
		item(writer, 2, span_of(draft->profiles.v[i].text));
}

static void allow(struct writer *writer, const struct draft *draft)
{
	if (draft->allow.n + draft->allow_write.n == 0)
		return;
	say(writer, 0, "done by the login shell, or by what a profile explains");
	key(writer, 0, "allow");
	buf_addc(writer->out, '\n');
	list(writer, 2, STEP_CONNECT, &draft->allow);
	list(writer, 2, STEP_WRITE, &draft->allow_write);
}

int draft_text(struct draft *draft, struct buf *out)
{
	struct writer writer = { .out = out };
	size_t begin = out->n;

	preface(&writer, draft);
	head(&writer, draft);
	key(&writer, 0, "steps");
	buf_addc(out, '\n');
	for (size_t i = 0; i < draft->steps_n; i++)
		step(&writer, draft, &draft->steps[i]);
	allow(&writer, draft);
	flush(&writer, 0);
	if (out->failed)
		return -ENOMEM;
	return writer.too_long || out->n - begin > TICKET_BYTES_MAX ? -E2BIG : 0;
}
