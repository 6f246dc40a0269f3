/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "filter.h"

#include <errno.h>

#include "record.h"
#include "timestamp.h"
#include "verdict.h"

/* Cuts a string, its quotes included, off *rest. */
static bool cut_string(struct span *rest, struct span *out)
{
	size_t i;

	for (i = 1; i < rest->n && rest->p[i] != '"'; i++)
		i += rest->p[i] == '\\';
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

/* The next `"key":value` and the comma behind it. False: the object's end, or no canonical line. */
static bool next_member(struct span *rest, struct span *key, struct span *value)
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

/* The text of a string; names have no escapes, so what has some equals none of them. */
static struct span text_of(struct span value)
{
	if (value.n < 2 || *value.p != '"')
		return (struct span){ 0 };
	return (struct span){ value.p + 1, value.n - 2 };
}

static uint64_t number_of(struct span value)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < value.n && value.p[i] >= '0' && value.p[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(value.p[i] - '0');
	return n;
}

int filter_facts(struct span line, struct record_facts *out)
{
	struct span key, value;

	*out = (struct record_facts){ 0 };
	if (line.n == 0 || *line.p != '{')
		return -EBADMSG;
	line.p++;
	line.n--;
	while (next_member(&line, &key, &value)) {
		if (span_is(key, "seq"))
			out->seq = number_of(value);
		else if (span_is(key, "time"))
			out->time = text_of(value);
		else if (span_is(key, "session"))
			out->session = text_of(value);
		else if (span_is(key, "ticket"))
			out->ticket = text_of(value);
		else if (span_is(key, "break_glass"))
			out->break_glass = span_is(value, "true");
		else if (span_is(key, "kind"))
			out->kind = text_of(value);
		else if (span_is(key, "verdict")) {
			out->verdict = text_of(value);
			return out->seq && out->time.n && out->kind.n ? 0 : -EBADMSG;
		}
	}
	return -EBADMSG;
}

bool filter_is_ack(const struct record_facts *facts)
{
	return span_is(facts->kind, record_kind_name(RECORD_ACK));
}

bool filter_is_alert(const struct record_facts *facts)
{
	return span_is(facts->verdict, verdict_name(VERDICT_UNAPPROVED)) ||
	       span_is(facts->verdict, verdict_name(VERDICT_INDETERMINATE)) ||
	       span_is(facts->kind, record_kind_name(RECORD_LOSS)) ||
	       (facts->break_glass &&
		span_is(facts->kind, record_kind_name(RECORD_SESSION_START))) ||
	       span_is(facts->kind, record_kind_name(RECORD_SESSION_END));
}

static bool name_matches(const char *wanted, struct span name)
{
	return !*wanted || span_is(name, wanted);
}

static bool since_matches(int64_t since_ns, struct span time)
{
	int64_t ns;

	return since_ns == 0 || (timestamp_parse(time, &ns) == 0 && ns >= since_ns);
}

bool filter_matches(const struct record_filter *filter, const struct record_facts *facts)
{
	return facts->seq > filter->after && name_matches(filter->session, facts->session) &&
	       name_matches(filter->ticket, facts->ticket) &&
	       name_matches(filter->kind, facts->kind) &&
	       name_matches(filter->verdict, facts->verdict) &&
	       (!filter->alerts || filter_is_alert(facts) || filter_is_ack(facts)) &&
	       since_matches(filter->since_ns, facts->time);
}

bool filter_kind_known(struct span kind)
{
	int i;

	for (i = 0; i <= RECORD_SESSION_END; i++) {
		if (span_is(kind, record_kind_name((enum record_kind)i)))
			return true;
	}
	return false;
}

bool filter_verdict_known(struct span verdict)
{
	int i;

	for (i = VERDICT_UNAPPROVED; i <= VERDICT_APPROVED; i++) {
		if (span_is(verdict, verdict_name((enum verdict)i)))
			return true;
	}
	return false;
}
