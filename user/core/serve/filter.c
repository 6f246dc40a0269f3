/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/filter.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/json_read.h"
#include "core/base/timestamp.h"
#include "core/base/unix_path.h"
#include "core/event/address.h"
#include "core/judge/verdict.h"
#include "core/match/pattern.h"
#include "core/plan/program.h"
#include "core/record/record.h"
#include "core/record/row.h"
#include "core/ticket/dest.h"

static bool name_matches(const char *wanted, struct span name)
{
	return !*wanted || span_is(name, wanted);
}

static bool time_matches(const struct record_filter *filter, struct span time)
{
	int64_t ns;

	if (!filter->since_ns && !filter->until_ns)
		return true;
	return timestamp_parse(time, &ns) == 0 && (!filter->since_ns || ns >= filter->since_ns) &&
	       (!filter->until_ns || ns < filter->until_ns);
}

/* The names are those of a closed list, so none is a part of another between its quotes. */
static bool reason_matches(const char *wanted, const struct record_row *facts)
{
	struct span rest = facts->rest, key, value, item;
	struct span items;

	if (!*wanted)
		return true;
	if (!row_next_member(&rest, &key, &value) || !span_is(key, "reasons"))
		return false;
	items = json_items(value);
	while (json_next(&items, &item)) {
		if (span_is(json_inside(item), wanted))
			return true;
	}
	return false;
}

/* A text's bytes; `room` only where escapes have to be taken away. n 0: null, or no memory. */
static struct span decoded(struct span value, struct buf *room)
{
	struct span text = json_inside(value);

	if (text.n == 0 || !memchr(text.p, '\\', text.n))
		return text;
	buf_reset(room);
	return json_read_text(value, room) ? (struct span){ 0 } : buf_span(room);
}

static bool is_program(const struct record_filter *filter, struct span path)
{
	if (path.n == 0)
		return false;
	if (!memchr(filter->program_text, '/', strlen(filter->program_text)))
		path = path_base(path);
	return word_matches(filter->program, path);
}

/*
 * `exe` is in every line, before anything that holds objects; behind it only an exec's line is read
 * on, to what its caller named.
 */
static bool program_matches(const struct record_filter *filter, const struct record_row *facts)
{
	bool exec = span_is(facts->kind, record_kind_name(RECORD_EXEC));
	bool failed = span_is(facts->kind, record_kind_name(RECORD_EXEC_FAILED));
	struct span rest = facts->rest, key, value;
	struct buf room = { 0 };
	bool found = false;

	if (!filter->program)
		return true;
	while (!found && row_next_member(&rest, &key, &value)) {
		if (span_is(key, "exe")) {
			found = !failed && is_program(filter, decoded(value, &room));
			if (!exec && !failed)
				break;
		} else if (span_is(key, "filename")) {
			found = is_program(filter, decoded(value, &room));
			break;
		}
	}
	buf_free(&room);
	return found;
}

/* What a line says of the other end, or of its own where it listens there. */
struct place_named {
	struct span proto, local, remote, path;
};

static void read_place(struct span rest, struct place_named *out)
{
	struct span key, value;

	*out = (struct place_named){ 0 };
	while (row_next_member(&rest, &key, &value)) {
		if (span_is(key, "proto"))
			out->proto = json_inside(value);
		else if (span_is(key, "local"))
			out->local = json_inside(value);
		else if (span_is(key, "remote"))
			out->remote = json_inside(value);
		else if (span_is(key, "path"))
			out->path = value;
	}
}

static bool is_unix_destination(const struct dest *dest, struct span value)
{
	char room[UNIX_PATH_ROOM];
	struct buf text = { 0 };
	bool found = dest_covers_unix(dest, unix_path_tidy(decoded(value, &text), room));

	buf_free(&text);
	return found;
}

static bool destination_matches(const struct record_filter *filter, const struct record_row *facts)
{
	const struct dest *dest = filter->destination;
	struct place_named place;
	struct address address;
	uint16_t proto;

	if (!dest)
		return true;
	if (!record_kind_has(record_kind_named(facts->kind), KIND_PLACE))
		return false;
	read_place(facts->rest, &place);
	if (dest->kind == DEST_UNIX)
		return place.path.n && is_unix_destination(dest, place.path);
	if (address_read(place.remote.n ? place.remote : place.local, &address))
		return false;
	proto = span_is(place.proto, "udp") ? LS_IPPROTO_UDP : LS_IPPROTO_TCP;
	if (filter->any_proto)
		proto = dest->proto;
	else if (!span_is(place.proto, "udp") && !span_is(place.proto, "tcp"))
		return false;
	return dest_covers(dest, proto, &address);
}

/* What the rest of a line says; of a row that was just made it has to be read. */
static bool rest_matches(const struct record_filter *filter, const struct record_row *facts)
{
	struct record_row whole;

	if (!*filter->operator_name && !*filter->host && !*filter->reason && !filter->program &&
	    !filter->destination && !filter->since_ns && !filter->until_ns)
		return true;
	if (facts->partly) {
		if (row_read(facts->line, &whole))
			return false;
		facts = &whole;
	}
	return name_matches(filter->operator_name, facts->operator_name) &&
	       name_matches(filter->host, facts->host) && time_matches(filter, facts->time) &&
	       reason_matches(filter->reason, facts) && program_matches(filter, facts) &&
	       destination_matches(filter, facts);
}

bool filter_matches(const struct record_filter *filter, const struct record_row *facts)
{
	return facts->seq > filter->after && name_matches(filter->session, facts->session) &&
	       name_matches(filter->ticket, facts->ticket) &&
	       name_matches(filter->kind, facts->kind) &&
	       name_matches(filter->verdict, facts->verdict) &&
	       (!filter->alerts || row_is_alert(facts) || row_is_ack(facts)) &&
	       rest_matches(filter, facts);
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

bool filter_reason_known(struct span reason)
{
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (span_is(reason, reason_name((enum reason)i)))
			return true;
	}
	return false;
}
