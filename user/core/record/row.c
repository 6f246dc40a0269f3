/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/row.h"

#include <errno.h>
#include <string.h>

#include "core/base/json_read.h"
#include "core/judge/verdict.h"
#include "core/record/record.h"

/*
 * Where a string ends: its closing quote, or the end of *rest. Most have no escape, and memchr() is
 * what makes a line cheap to look at; a quote behind a backslash has to be come upon from the
 * front.
 */
static size_t string_end(struct span rest)
{
	const char *quote = memchr(rest.p + 1, '"', rest.n - 1);
	size_t i;

	if (!quote)
		return rest.n;
	if (quote[-1] != '\\')
		return (size_t)(quote - rest.p);
	for (i = 1; i < rest.n && rest.p[i] != '"'; i++)
		i += rest.p[i] == '\\';
	return i;
}

/* Cuts a string, its quotes included, off *rest. */
static bool cut_string(struct span *rest, struct span *out)
{
	size_t i = string_end(*rest);

	if (i >= rest->n)
		return false;
	*out = (struct span){ rest->p, i + 1 };
	rest->p += i + 1;
	rest->n -= i + 1;
	return true;
}

/*
 * Cuts a value off *rest. The head has no objects, and arrays of texts only, of which the brackets
 * are skipped like anything else that is not a string.
 */
static bool cut_value(struct span *rest, struct span *out)
{
	struct span start = *rest, text;
	bool array = rest->n && *rest->p == '[';

	while (rest->n) {
		if (*rest->p == '"') {
			if (!cut_string(rest, &text))
				return false;
			continue;
		}
		if (!array && (*rest->p == ',' || *rest->p == '}'))
			break;
		array = array && *rest->p != ']';
		rest->p++;
		rest->n--;
	}
	*out = (struct span){ start.p, start.n - rest->n };
	return out->n > 0;
}

bool row_next_member(struct span *rest, struct span *key, struct span *value)
{
	if (rest->n == 0 || *rest->p != '"' || !cut_string(rest, key) || rest->n == 0 ||
	    *rest->p != ':')
		return false;
	rest->p++;
	rest->n--;
	if (!cut_value(rest, value))
		return false;
	if (rest->n && *rest->p == ',') {
		rest->p++;
		rest->n--;
	}
	*key = (struct span){ key->p + 1, key->n - 2 };
	return true;
}

static uint64_t number_of(struct span value)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < value.n && value.p[i] >= '0' && value.p[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(value.p[i] - '0');
	return n;
}

/*
 * What nearly every line is: each member where record_line() puts it, its text without a quote in
 * it. These take the member off *rest as row_next_member() would, or leave it as it is; so where
 * the order is another, or a member is not that simple, the loop in row_read() goes on from there.
 */
/* Else each key is compared by a call. */
#define ALWAYS    static inline __attribute__((always_inline))
#define KEY(name) "\"" name "\":", sizeof("\"" name "\":") - 1

ALWAYS const char *behind_key(struct span rest, const char *key, size_t n)
{
	return rest.n > n && memcmp(rest.p, key, n) == 0 ? rest.p + n : NULL;
}

/* The value ends at `end`: it counts where a comma follows. */
ALWAYS bool take_to(struct span *rest, const char *end)
{
	size_t n = (size_t)(end - rest->p);

	if (n >= rest->n || *end != ',')
		return false;
	rest->p += n + 1;
	rest->n -= n + 1;
	return true;
}

ALWAYS bool take_word(struct span *rest, const char *value, const char *word)
{
	size_t n = strlen(word);

	return rest->n - (size_t)(value - rest->p) > n && memcmp(value, word, n) == 0 &&
	       take_to(rest, value + n);
}

ALWAYS bool take_text(struct span *rest, const char *key, size_t key_n, struct span *out)
{
	const char *value = behind_key(*rest, key, key_n), *quote;

	if (!value)
		return false;
	if (*value != '"')
		return take_word(rest, value, "null");
	quote = memchr(value + 1, '"', rest->n - key_n - 1);
	if (!quote || quote[-1] == '\\' || !take_to(rest, quote + 1))
		return false;
	*out = (struct span){ value + 1, (size_t)(quote - value) - 1 };
	return true;
}

ALWAYS bool take_number(struct span *rest, const char *key, size_t key_n, const char **out)
{
	const char *value = behind_key(*rest, key, key_n), *at = value, *end = rest->p + rest->n;

	if (!value)
		return false;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	if (at == value ? !take_word(rest, value, "null") : !take_to(rest, at))
		return false;
	*out = value;
	return true;
}

ALWAYS bool take_flag(struct span *rest, const char *key, size_t key_n)
{
	const char *value = behind_key(*rest, key, key_n);

	return value && (take_word(rest, value, "false") || take_word(rest, value, "true") ||
			 take_word(rest, value, "null"));
}

ALWAYS bool take_any(struct span *rest, const char *key, size_t key_n)
{
	struct span behind = *rest, name, value;

	if (!behind_key(*rest, key, key_n) || !row_next_member(&behind, &name, &value))
		return false;
	*rest = behind;
	return true;
}

/* Whether that was all, up to `verdict`. */
static bool usual_head(struct span *rest, struct record_row *out)
{
	struct span text;
	const char *v, *seq = NULL;
	bool all;

	all = take_number(rest, KEY("v"), &v) && take_number(rest, KEY("seq"), &seq) &&
	      take_text(rest, KEY("time"), &out->time) &&
	      take_text(rest, KEY("host"), &out->host) && take_text(rest, KEY("boot"), &text) &&
	      take_text(rest, KEY("session"), &out->session) &&
	      take_number(rest, KEY("sseq"), &out->sseq) &&
	      take_text(rest, KEY("ticket"), &out->ticket) &&
	      take_text(rest, KEY("ticket_sha256"), &text) && take_flag(rest, KEY("unsigned")) &&
	      take_text(rest, KEY("requester"), &text) &&
	      take_text(rest, KEY("operator"), &out->operator_name) &&
	      take_any(rest, KEY("approvers")) && take_text(rest, KEY("kind"), &out->kind) &&
	      take_text(rest, KEY("verdict"), &out->verdict);
	if (seq)
		out->seq = number_of((struct span){ seq, (size_t)(rest->p - seq) });
	return all;
}

static void heed_member(struct record_row *out, struct span key, struct span value)
{
	if (span_is(key, "seq"))
		out->seq = number_of(value);
	else if (span_is(key, "time"))
		out->time = json_inside(value);
	else if (span_is(key, "session"))
		out->session = json_inside(value);
	else if (span_is(key, "ticket"))
		out->ticket = json_inside(value);
	else if (span_is(key, "host"))
		out->host = json_inside(value);
	else if (span_is(key, "operator"))
		out->operator_name = json_inside(value);
	else if (span_is(key, "break_glass"))
		out->break_glass = span_is(value, "true");
	else if (span_is(key, "kind"))
		out->kind = json_inside(value);
}

int row_read(struct span line, struct record_row *out)
{
	struct span key, value;
	bool all;

	*out = (struct record_row){ .line = line };
	if (line.n == 0 || *line.p != '{')
		return -EBADMSG;
	line.p++;
	line.n--;
	all = usual_head(&line, out);
	while (!all && row_next_member(&line, &key, &value)) {
		all = span_is(key, "verdict");
		if (all)
			out->verdict = json_inside(value);
		else
			heed_member(out, key, value);
	}
	out->rest = all ? line : out->rest;
	return all && out->seq && out->time.n && out->kind.n ? 0 : -EBADMSG;
}

bool row_is_ack(const struct record_row *facts)
{
	return span_is(facts->kind, record_kind_name(RECORD_ACK));
}

bool row_is_alert(const struct record_row *facts)
{
	return span_is(facts->verdict, verdict_name(VERDICT_UNAPPROVED)) ||
	       span_is(facts->verdict, verdict_name(VERDICT_INDETERMINATE)) ||
	       span_is(facts->kind, record_kind_name(RECORD_LOSS)) ||
	       (facts->break_glass &&
		span_is(facts->kind, record_kind_name(RECORD_SESSION_START))) ||
	       span_is(facts->kind, record_kind_name(RECORD_SESSION_END));
}

/* Names of ours have no escapes: a ticket's and a session's id are as in the line. */
struct record_row row_of(const struct record *record, struct span line)
{
	const struct session_info *session = record->session;
	const struct judgement *judgement = record->judgement;

	return (struct record_row){
		.seq = record->seq,
		.session = span_of(session ? session->id : NULL),
		.ticket = span_of(session ? session->ticket : NULL),
		.kind = span_of(record_kind_name(record->kind)),
		.verdict = span_of(judgement ? verdict_name(judgement->verdict) : NULL),
		.break_glass = session && session->break_glass,
		.partly = true,
		.line = line,
	};
}
