/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/request.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/json.h"
#include "core/base/json_read.h"
#include "core/event/event.h"
#include "core/serve/ack.h"

enum who { WHO_NOBODY, WHO_ROOT, WHO_RESPONDER, WHO_OPERATOR, WHO_ANYONE };

/* Members that an operation may have, and those that it must have. */
enum {
	HAS_TICKET = 1,
	HAS_SESSION = 2,
	HAS_SHELL = 4,
	HAS_KILL = 8,
	HAS_ENV = 16,
	HAS_BREAK_GLASS = 32,
	HAS_OPERATOR = 64,
	HAS_OF = 128,
	HAS_NOTE = 256
};

/*
 * What there is to ask for, and who may. What is not here is refused. WHO_OPERATOR is the session's
 * own operator, or root; WHO_RESPONDER root, or who has the group that may read every session.
 * Whether a ticket lets somebody start a session is the ticket's business.
 */
static const struct op {
	enum request_op op;
	const char *name;
	enum who may;
	unsigned int takes, needs;
} ops[] = {
	{ REQUEST_SESSION_START, "session_start", WHO_ANYONE,
	  HAS_TICKET | HAS_SHELL | HAS_ENV | HAS_BREAK_GLASS | HAS_OPERATOR, HAS_TICKET },
	{ REQUEST_SESSION_LIST, "session_list", WHO_ANYONE, 0, 0 },
	{ REQUEST_SESSION_SHOW, "session_show", WHO_OPERATOR, HAS_SESSION, HAS_SESSION },
	{ REQUEST_SESSION_END, "session_end", WHO_OPERATOR, HAS_SESSION | HAS_KILL, HAS_SESSION },
	{ REQUEST_STATUS, "status", WHO_ANYONE, 0, 0 },
	{ REQUEST_TICKET_REVOKE, "ticket_revoke", WHO_ROOT, HAS_TICKET, HAS_TICKET },
	{ REQUEST_SESSION_SELF, "session_self", WHO_ANYONE, HAS_OPERATOR, 0 },
	{ REQUEST_TICKET_LIST, "ticket_list", WHO_ANYONE, HAS_OPERATOR, 0 },
	{ REQUEST_ALERT_ACK, "alert_ack", WHO_RESPONDER, HAS_OF | HAS_NOTE, HAS_OF | HAS_NOTE },
};

static enum who who_may(enum request_op op)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops) && ops[i].op != op; i++)
		;
	return i < ARRAY_SIZE(ops) ? ops[i].may : WHO_NOBODY;
}

bool request_of_responders(enum request_op op)
{
	return who_may(op) == WHO_RESPONDER;
}

bool request_allowed(enum request_op op, uint32_t peer, uint32_t owner)
{
	if (peer == REQUEST_NO_OWNER)
		return false;
	switch (who_may(op)) {
	case WHO_ANYONE:
		return true;
	case WHO_OPERATOR:
		return peer == 0 || peer == owner;
	case WHO_ROOT:
	case WHO_RESPONDER:
		return peer == 0;
	case WHO_NOBODY:
		break;
	}
	return false;
}

bool request_may_speak(const struct request *request, uint32_t peer)
{
	if (peer == REQUEST_NO_OWNER)
		return false;
	if (!request->on_behalf)
		return true;
	return peer == 0 && request->operator_uid != REQUEST_NO_OWNER;
}

uint32_t request_operator(const struct request *request, uint32_t peer)
{
	return request->on_behalf ? request->operator_uid : peer;
}

static unsigned int column_of(struct span line, struct span at)
{
	return (unsigned int)(at.p - line.p) + 1;
}

/* What is said of a value. The key is one of our own, so it may stand in the message. */
static int wrong(struct err *err, struct span line, const struct json_member *member,
		 const char *want)
{
	return err_set(err, -EINVAL, 1, column_of(line, member->value), "\"%.*s\": expected %s",
		       (int)member->key.n, member->key.p, want);
}

/* A name: a string of 1 to ID_ROOM - 1 bytes of what names are made of. */
static int read_name(struct span value, char out[ID_ROOM])
{
	struct buf text = { 0 };
	int ret = json_read_text(value, &text);

	if (!ret && !id_valid(buf_span(&text)))
		ret = -EINVAL;
	if (!ret) {
		memcpy(out, text.p, text.n);
		out[text.n] = '\0';
	}
	buf_free(&text);
	return ret;
}

/* One "NAME=VALUE" onto out->env, ended by NUL; it may hold none itself. */
static int read_variable(struct span value, struct buf *env)
{
	size_t from = env->n;
	int ret = json_read_text(value, env);
	struct span text;

	if (ret)
		return ret;
	text = (struct span){ env->p + from, env->n - from };
	if (text.n == 0 || text.p[0] == '=' || memchr(text.p, '\0', text.n) ||
	    !memchr(text.p, '=', text.n))
		return -EINVAL;
	buf_addc(env, '\0');
	return env->failed ? -ENOMEM : 0;
}

static int read_env(struct span value, struct buf *env)
{
	struct span items = json_items(value), item;
	size_t n = 0;
	int ret = 0;

	if (value.n == 0 || value.p[0] != '[')
		return -EINVAL;
	while (!ret && json_next(&items, &item))
		ret = n++ < REQUEST_ENV_MAX ? read_variable(item, env) : -EINVAL;
	return ret;
}

static int read_operator(struct span value, struct request *out)
{
	uint64_t uid;
	int ret = json_read_u64(value, &uid);

	if (ret || uid >= REQUEST_NO_OWNER)
		return -EINVAL;
	out->on_behalf = true;
	out->operator_uid = (uint32_t)uid;
	return 0;
}

static const struct member {
	const char *key;
	unsigned int bit;
	const char *want;
} members[] = {
	{ "ticket", HAS_TICKET, "a ticket's id: 1 to 127 of A-Z a-z 0-9 . _ -, no dot in front" },
	{ "session", HAS_SESSION, "a session's id" },
	{ "shell", HAS_SHELL, "true or false" },
	{ "kill", HAS_KILL, "true or false" },
	{ "break_glass", HAS_BREAK_GLASS, "true or false" },
	{ "env", HAS_ENV, "a list of at most 512 NAME=VALUE" },
	{ "operator", HAS_OPERATOR, "a user's number" },
	{ "of", HAS_OF, "the number of a record" },
	{ "note", HAS_NOTE, "a text of at most 4096 bytes that says something" },
};

static int read_member(unsigned int bit, struct span value, struct request *out)
{
	int ret;

	switch (bit) {
	case HAS_TICKET:
		return read_name(value, out->ticket);
	case HAS_SESSION:
		return read_name(value, out->session);
	case HAS_SHELL:
		return json_read_bool(value, &out->shell);
	case HAS_KILL:
		return json_read_bool(value, &out->kill);
	case HAS_BREAK_GLASS:
		return json_read_bool(value, &out->break_glass);
	case HAS_ENV:
		return read_env(value, &out->env);
	case HAS_OPERATOR:
		return read_operator(value, out);
	case HAS_OF:
		return json_read_u64(value, &out->of) || !out->of ? -EINVAL : 0;
	case HAS_NOTE:
		ret = json_read_text(value, &out->note);
		return ret ? ret : ack_note_ok(buf_span(&out->note)) ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static const struct op *op_of(const struct json_object *object)
{
	struct span value = json_get(object, "op");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		if (value.n && json_is(value, ops[i].name))
			return &ops[i];
	}
	return NULL;
}

static int read_members(struct span line, const struct json_object *object, const struct op *op,
			struct request *out, struct err *err)
{
	const struct json_member *member;
	unsigned int seen = 0;
	size_t i, k;
	int ret;

	for (i = 0; i < object->n; i++) {
		member = &object->members[i];
		if (span_is(member->key, "op"))
			continue;
		for (k = 0; k < ARRAY_SIZE(members) && !span_is(member->key, members[k].key); k++)
			;
		if (k == ARRAY_SIZE(members) || !(op->takes & members[k].bit))
			return err_set(err, -EINVAL, 1, column_of(line, member->key),
				       "%s does not take the member at column %u", op->name,
				       column_of(line, member->key));
		ret = read_member(members[k].bit, member->value, out);
		if (ret)
			return ret == -ENOMEM ? ret : wrong(err, line, member, members[k].want);
		seen |= members[k].bit;
	}
	for (k = 0; k < ARRAY_SIZE(members); k++) {
		if (op->needs & ~seen & members[k].bit)
			return err_set(err, -EINVAL, 1, 0, "%s needs \"%s\"", op->name,
				       members[k].key);
	}
	return 0;
}

/* A json_object is too big for a deep stack, so it is on the heap for as long as it is read. */
static int read_object(struct span line, struct json_object **out, struct err *err)
{
	struct json_object *object = NULL;
	int ret = -E2BIG;

	*out = NULL;
	if (line.n <= REQUEST_BYTES_MAX) {
		object = malloc(sizeof(*object));
		ret = object ? json_read(line, object) : -ENOMEM;
	}
	if (ret) {
		free(object);
		return ret == -ENOMEM
			       ? ret
			       : err_set(err, -EINVAL, 1, 0, "expected one JSON object a line");
	}
	*out = object;
	return 0;
}

int request_parse(struct span line, struct request *out, struct err *err)
{
	struct json_object *object;
	const struct op *op;
	int ret;

	*out = (struct request){ .operator_uid = REQUEST_NO_OWNER };
	ret = read_object(line, &object, err);
	if (ret)
		return ret;
	op = op_of(object);
	if (op)
		ret = read_members(line, object, op, out, err);
	else
		ret = err_set(err, -EINVAL, 1, 0, "expected \"op\" with the name of an operation");
	free(object);
	if (ret)
		request_free(out);
	else
		out->op = op->op;
	return ret;
}

void request_free(struct request *request)
{
	buf_free(&request->env);
	buf_free(&request->note);
	*request = (struct request){ 0 };
}

static int read_filter_member(struct span line, const struct json_member *member,
			      struct record_filter *out, struct err *err)
{
	struct buf text = { 0 };
	struct err why = { 0 };
	int ret;

	if (span_is(member->key, "alerts"))
		return json_read_bool(member->value, &out->alerts)
			       ? wrong(err, line, member, "true or false")
			       : 0;
	if (span_is(member->key, "open"))
		return json_read_bool(member->value, &out->open)
			       ? wrong(err, line, member, "true or false")
			       : 0;
	ret = json_read_text(member->value, &text);
	if (ret == -EINVAL)
		buf_reset(&text); /* then it is no value that any filter takes */
	if (ret != -ENOMEM)
		ret = filter_set(out, member->key, buf_span(&text), &why);
	buf_free(&text);
	if (ret == -ENOENT)
		return err_set(err, -EINVAL, 1, column_of(line, member->key),
			       "expected alerts, open or the name of a filter, got another member");
	if (ret == -EINVAL)
		return err_set(err, -EINVAL, 1, column_of(line, member->value), "\"%.*s\": %s",
			       (int)member->key.n, member->key.p, why.message);
	return ret;
}

static int read_filter(struct span line, const struct json_member *filter,
		       struct record_filter *out, struct err *err)
{
	struct json_object *object = malloc(sizeof(*object));
	size_t i;
	int ret;

	ret = object ? json_read(filter->value, object) : -ENOMEM;
	if (ret && ret != -ENOMEM)
		ret = wrong(err, line, filter, "an object");
	for (i = 0; !ret && i < object->n; i++)
		ret = read_filter_member(line, &object->members[i], out, err);
	free(object);
	out->alerts |= out->open;
	return ret;
}

static int read_subscribe_member(struct span line, const struct json_member *member,
				 struct subscribe *out, struct err *err)
{
	struct span value = member->value;
	uint64_t version;

	if (span_is(member->key, "v"))
		return json_read_u64(value, &version) || version != STREAM_VERSION
			       ? wrong(err, line, member, "1, the only version that there is")
			       : 0;
	if (span_is(member->key, "filter"))
		return read_filter(line, member, &out->filter, err);
	if (span_is(member->key, "after")) {
		if (json_is_null(value))
			return 0;
		out->from_store = true;
		return json_read_u64(value, &out->filter.after)
			       ? wrong(err, line, member, "null or a record's seq")
			       : 0;
	}
	if (span_is(member->key, "since")) {
		out->from_store = true;
		return json_read_i64(value, &out->filter.since_ns) || out->filter.since_ns <= 0
			       ? wrong(err, line, member, "nanoseconds of the epoch")
			       : 0;
	}
	if (span_is(member->key, "until"))
		return json_read_i64(value, &out->filter.until_ns) || out->filter.until_ns <= 0
			       ? wrong(err, line, member, "nanoseconds of the epoch")
			       : 0;
	return err_set(err, -EINVAL, 1, column_of(line, member->key),
		       "expected v, after, since, until or filter, got another member");
}

int subscribe_parse(struct span line, struct subscribe *out, struct err *err)
{
	struct json_object *object;
	size_t i;
	int ret;

	*out = (struct subscribe){ 0 };
	ret = read_object(line, &object, err);
	if (ret)
		return ret;
	if (json_get(object, "v").n == 0)
		ret = err_set(err, -EINVAL, 1, 0, "expected \"v\", the version");
	for (i = 0; !ret && i < object->n; i++)
		ret = read_subscribe_member(line, &object->members[i], out, err);
	free(object);
	if (ret)
		subscribe_free(out);
	return ret;
}

void subscribe_free(struct subscribe *subscribe)
{
	filter_free(&subscribe->filter);
	*subscribe = (struct subscribe){ 0 };
}

/* As they are kept: names as a line has them, between its quotes, and plain text. */
static void add_filter(const struct record_filter *filter, unsigned int i, struct buf *out)
{
	const char *text = filter_text(filter, i);

	if (!*text)
		return;
	if (text == filter->operator_name || text == filter->host) {
		json_open(out, filter_name(i), '"');
		buf_adds(out, text);
		buf_addc(out, '"');
	} else {
		json_cstr(out, filter_name(i), text);
	}
}

void subscribe_line(const struct subscribe *subscribe, struct buf *out)
{
	const struct record_filter *filter = &subscribe->filter;

	json_begin(out);
	json_u64(out, "v", STREAM_VERSION);
	if (subscribe->from_store)
		json_u64(out, "after", filter->after);
	if (filter->since_ns)
		json_i64(out, "since", filter->since_ns);
	if (filter->until_ns)
		json_i64(out, "until", filter->until_ns);
	json_open(out, "filter", '{');
	for (unsigned int i = 0; filter_name(i); i++)
		add_filter(filter, i, out);
	if (filter->alerts)
		json_bool(out, "alerts", true);
	if (filter->open)
		json_bool(out, "open", true);
	json_close(out, '}');
	json_close(out, '}');
}
