/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/stored.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/base64.h"
#include "core/base/json_read.h"
#include "core/base/timestamp.h"
#include "core/event/address.h"

/* One line on its way in. */
struct reading {
	const struct json_object *line;
	struct stored *out;
	bool bad;
};

static struct span get(const struct reading *reading, const char *key)
{
	return json_get(reading->line, key);
}

static uint64_t number(struct reading *reading, const char *key)
{
	struct span value = get(reading, key);
	uint64_t n = 0;

	if (!json_is_null(value) && json_read_u64(value, &n))
		reading->bad = true;
	return n;
}

/* Of a member that not every line had, or has to have. */
static uint64_t number_if(struct reading *reading, const char *key)
{
	return get(reading, key).n ? number(reading, key) : 0;
}

static bool flag(struct reading *reading, const char *key)
{
	bool set = false;

	if (json_read_bool(get(reading, key), &set))
		reading->bad = true;
	return set;
}

/* Appends what a string, or its twin in base64, stands for. */
static void add_decoded(struct reading *reading, struct span value, bool twin)
{
	struct buf *room = &reading->out->room;

	if (!json_is_string(value))
		reading->bad = true;
	else if (twin)
		reading->bad |= base64_decode(room, (struct span){ value.p + 1, value.n - 2 }) != 0;
	else
		reading->bad |= json_read_text(value, room) != 0;
}

/* The bytes that a text stood for; n 0 where it is null. */
static struct span text(struct reading *reading, const char *key, const char *twin)
{
	struct span exact = get(reading, twin), value = get(reading, key);
	struct span out = { NULL, 0 };
	size_t begin = reading->out->room.n;

	if (!exact.n && json_is_null(value))
		return out;
	add_decoded(reading, exact.n ? exact : value, exact.n > 0);
	out.n = reading->out->room.n - begin;
	out.p = reading->out->room.p + begin;
	return out;
}

static struct span strings(struct reading *reading, const char *key, const char *twin)
{
	struct span exact = get(reading, twin);
	struct span items = json_items(exact.n ? exact : get(reading, key)), item, out;
	size_t begin = reading->out->room.n;

	while (json_next(&items, &item)) {
		add_decoded(reading, item, exact.n > 0);
		buf_addc(&reading->out->room, 0);
	}
	out.n = reading->out->room.n - begin;
	out.p = out.n ? reading->out->room.p + begin : NULL;
	return out;
}

static void read_kind(struct reading *reading)
{
	reading->out->kind = record_kind_named(json_inside(get(reading, "kind")));
	if (record_kind_is_event(reading->out->kind))
		reading->out->event.kind = reading->out->kind;
	reading->bad |= reading->out->kind == RECORD_NONE;
}

static uint32_t read_reasons(struct reading *reading)
{
	struct span items = json_items(get(reading, "reasons")), item;
	uint32_t reasons = 0;

	while (json_next(&items, &item)) {
		unsigned int i = 0;

		while (i < REASON_COUNT && !json_is(item, reason_name(i)))
			i++;
		if (i < REASON_COUNT)
			reasons |= 1u << i;
		else
			reading->bad = true;
	}
	return reasons;
}

static void read_verdict(struct reading *reading)
{
	struct judgement *judgement = &reading->out->judgement;
	struct span verdict = get(reading, "verdict"), how = get(reading, "how");

	judgement->reasons = read_reasons(reading);
	for (unsigned int i = VERDICT_NONE + 1; i <= VERDICT_APPROVED; i++) {
		if (json_is(verdict, verdict_name(i)))
			judgement->verdict = i;
	}
	for (unsigned int i = HOW_NONE + 1; i <= HOW_SERVICE; i++) {
		if (json_is(how, how_name(i)))
			judgement->how = i;
	}
	reading->bad |= !json_is_null(verdict) && !judgement->verdict;
	reading->bad |= !json_is_null(how) && !judgement->how;
	reading->out->step = text(reading, "step", "");
}

/* By its mark: the same secret twice is one, as in the judgement. */
static void note_secret(struct judgement *judgement, struct span mark)
{
	for (size_t i = 0; i < judgement->secrets_n; i++) {
		if (span_eq(judgement->secrets[i], mark))
			return;
	}
	if (judgement->secrets_n < sizeof(judgement->secrets) / sizeof(*judgement->secrets))
		judgement->secrets[judgement->secrets_n++] = mark;
	else
		judgement->secrets_more = true;
}

static void read_secrets(struct reading *reading)
{
	struct span items = json_items(get(reading, "secrets")), item;
	struct span rest = reading->out->event.exec.argv, argument = { 0 };
	uint64_t at = 0, wanted;

	while (json_next(&items, &item)) {
		if (json_read_u64(item, &wanted)) {
			reading->bad = true;
			return;
		}
		while (strings_next(&rest, &argument) && at++ < wanted)
			;
		if (at == wanted + 1)
			note_secret(&reading->out->judgement, argument);
	}
}

/* Those of the table, and which of them differ from the session's start. */
static void read_env(struct reading *reading)
{
	struct judgement *judgement = &reading->out->judgement;
	struct span items = json_items(get(reading, "env_differs")), item;
	struct span rest = strings(reading, "env", "env_b64");
	uint64_t at;

	reading->out->event.exec.env = rest;
	while (judgement->env_n < sizeof(judgement->env) / sizeof(*judgement->env) &&
	       strings_next(&rest, &judgement->env[judgement->env_n]))
		judgement->env_n++;
	judgement->env_more = number(reading, "env_more");
	while (json_next(&items, &item)) {
		if (json_read_u64(item, &at) || at >= judgement->env_n)
			reading->bad = true;
		else
			judgement->env_differs[at] = true;
	}
}

static void read_stdin(struct reading *reading)
{
	struct event_exec *exec = &reading->out->event.exec;

	exec->stdin_kind = LS_STDIN_OTHER;
	for (uint32_t i = 0; i < RECORD_INPUTS_N; i++) {
		if (json_is(get(reading, "stdin"), record_inputs[i]))
			exec->stdin_kind = i;
	}
}

static uint64_t read_time(struct reading *reading, struct span value)
{
	struct buf *room = &reading->out->room;
	struct span text = { NULL, room->n };
	int64_t ns = 0;

	if (!json_is_string(value))
		return 0;
	reading->bad |= json_read_text(value, room) != 0;
	text.p = room->p + text.n;
	text.n = room->n - text.n;
	/* a file may be of before 1970, which is as good as 1970 here */
	(void)timestamp_parse(text, &ns);
	return (uint64_t)ns;
}

/* "MAJOR:MINOR" as the kernel's dev_t, as record_dev() writes it; 0 for what is none. */
static uint32_t read_dev(struct reading *reading, struct span value)
{
	uint64_t part[2] = { 0, 0 };
	size_t at = 0;

	if (!json_is_string(value)) {
		reading->bad |= value.n > 0 && !json_is_null(value);
		return 0;
	}
	for (size_t i = 1; i + 1 < value.n; i++) {
		if (value.p[i] == ':' && at == 0)
			at = 1;
		else if (value.p[i] >= '0' && value.p[i] <= '9' && part[at] < 1 << 20)
			part[at] = part[at] * 10 + (uint64_t)(value.p[i] - '0');
		else
			reading->bad = true;
	}
	reading->bad |= part[0] > 0xfff || part[1] > 0xfffff;
	return (uint32_t)(part[0] << 20 | (part[1] & 0xfffff));
}

static void read_hash(struct span value, char out[65])
{
	out[0] = 0;
	if (value.n == 0 || !json_is_string(value) || value.n - 2 > 64)
		return;
	memcpy(out, value.p + 1, value.n - 2);
	out[value.n - 2] = 0;
}

static void read_file_id(struct reading *reading, const struct json_object *object,
			 struct file_id *out)
{
	struct span ino = json_get(object, "ino"), size = json_get(object, "size");

	out->dev = read_dev(reading, json_get(object, "dev"));
	reading->bad |= ino.n && json_read_u64(ino, &out->ino);
	reading->bad |= size.n && json_read_u64(size, &out->size);
	out->ctime_ns = read_time(reading, json_get(object, "ctime"));
}

static void read_script(struct reading *reading)
{
	struct file_facts *script = &reading->out->script;
	struct json_object *seen = malloc(sizeof(*seen));

	if (!seen) {
		reading->out->room.failed = true;
		return;
	}
	if (json_read(get(reading, "script_seen"), seen) == 0) {
		reading->out->script_seen = true;
		read_file_id(reading, seen, &script->id);
		read_hash(json_get(seen, "sha256"), script->sha256);
	}
	free(seen);
}

/* `nearest` has no argument where none differs. */
static void read_nearest(struct reading *reading)
{
	struct json_object *nearest = malloc(sizeof(*nearest));

	if (!nearest)
		reading->out->room.failed = true;
	else if (json_read(get(reading, "nearest"), nearest) == 0)
		reading->out->words_match = json_is_null(json_get(nearest, "argument"));
	free(nearest);
}

/* The loaded file; the change time of a script is its own, as far as that was seen. */
static void read_file(struct reading *reading)
{
	struct event_exec *exec = &reading->out->event.exec;

	read_file_id(reading, reading->line, &exec->file);
	if (get(reading, "sha256").n)
		reading->out->sha256 = text(reading, "sha256", "");
	read_script(reading);
	if (exec->interp.n)
		exec->file.ctime_ns = reading->out->script.id.ctime_ns;
}

static void read_exec(struct reading *reading)
{
	static const struct {
		const char *key;
		uint32_t flag;
	} flags[] = {
		{ "truncated", LS_EXEC_ARGV_TRUNCATED },
		{ "unreadable", LS_EXEC_ARGV_UNREADABLE },
		{ "path_truncated", LS_EXEC_PATH_TRUNCATED },
		{ "fileless", LS_EXEC_FILELESS },
		{ "deleted", LS_EXEC_DELETED },
		{ "secure", LS_EXEC_SECURE },
		{ "foreign", LS_EXEC_FOREIGN },
		{ "env_truncated", LS_EXEC_ENV_TRUNCATED },
	};
	struct event_exec *exec = &reading->out->event.exec;

	exec->exe = text(reading, "exe", "exe_b64");
	exec->cwd = text(reading, "cwd", "cwd_b64");
	exec->filename = text(reading, "filename", "filename_b64");
	exec->interp = text(reading, "interp", "interp_b64");
	exec->argv = strings(reading, "argv", "argv_b64");
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (flag(reading, flags[i].key))
			exec->exec_flags |= flags[i].flag;
	}
	if (get(reading, "root").n)
		exec->root = text(reading, "root", "root_b64");
	read_file(reading);
	read_nearest(reading);
	read_stdin(reading);
	read_env(reading);
	read_secrets(reading);
}

/* wait(2)'s status again, but for the core dump's bit, which no record keeps. */
static void read_exit(struct reading *reading)
{
	uint64_t code = number(reading, "exit_code"), signal = number(reading, "signal");

	reading->bad |= code > 0xff || signal > 0x7f;
	reading->out->event.exit.status = (uint32_t)(code << 8 | signal);
}

static void read_address(struct reading *reading, const char *key, struct address *out)
{
	struct span all = text(reading, key, "");

	*out = (struct address){ 0 };
	if (all.n)
		reading->bad |= address_read(all, out) != 0;
}

static void read_net(struct reading *reading)
{
	struct event_net *net = &reading->out->event.net;
	struct span proto = get(reading, "proto");

	read_address(reading, "local", &net->local);
	read_address(reading, "remote", &net->remote);
	net->of = number_if(reading, "of");
	if (json_is(proto, "tcp"))
		net->proto = LS_IPPROTO_TCP;
	else if (json_is(proto, "udp"))
		net->proto = LS_IPPROTO_UDP;
	else if (proto.n > 5)
		net->proto = (uint16_t)strtoul(proto.p + 4, NULL, 10); /* "ip-N" in its quotes */
	else
		reading->bad = true;
}

static void read_unix(struct reading *reading)
{
	struct event_unix *un = &reading->out->event.un;

	un->path = text(reading, "path", "path_b64");
	un->root = text(reading, "root", "root_b64");
	un->foreign = flag(reading, "foreign");
	un->abstract = flag(reading, "abstract");
}

static void read_write(struct reading *reading)
{
	struct event_write *write = &reading->out->event.write;

	if (flag(reading, "foreign"))
		write->write_flags |= LS_WRITE_FOREIGN;
	if (flag(reading, "deleted"))
		write->write_flags |= LS_WRITE_DELETED;
	if (flag(reading, "path_truncated"))
		write->write_flags |= LS_WRITE_PATH_TRUNCATED;
	write->path = text(reading, "path", "path_b64");
	write->from = text(reading, "from", "from_b64");
}

/* As record_socket() has them: a name, or the number as text. */
static uint32_t read_name(struct reading *reading, const char *key, const char *const *names,
			  size_t n)
{
	struct span value = get(reading, key);

	for (uint32_t i = 0; i < n; i++) {
		if (names[i] && json_is(value, names[i]))
			return i;
	}
	return value.n > 2 ? (uint32_t)strtoul(value.p + 1, NULL, 10) : 0;
}

static void read_socket(struct reading *reading)
{
	struct event_socket *socket = &reading->out->event.socket;

	socket->family = (uint16_t)read_name(reading, "family", record_families, RECORD_FAMILIES_N);
	socket->type = (uint16_t)read_name(reading, "type", record_types, RECORD_TYPES_N);
	socket->proto = (uint32_t)number(reading, "proto");
}

static void read_loss(struct reading *reading)
{
	struct loss_range *loss = &reading->out->loss;

	loss->first = number(reading, "first");
	loss->last = number(reading, "last");
	loss->count = number(reading, "count");
	for (size_t i = 0; !loss->reason && loss_reason_name(i); i++) {
		if (json_is(get(reading, "reason"), loss_reason_name(i)))
			loss->reason = loss_reason_name(i);
	}
	reading->bad |= !loss->reason;
}

static void read_by_kind(struct reading *reading)
{
	switch (reading->out->kind) {
	case RECORD_SESSION_START:
		reading->out->env = strings(reading, "env", "env_b64");
		break;
	case RECORD_EXEC:
		read_exec(reading);
		break;
	case RECORD_EXIT:
		read_exit(reading);
		break;
	case RECORD_CONNECT:
	case RECORD_SEND:
	case RECORD_BIND:
	case RECORD_LISTEN:
	case RECORD_ACCEPT:
		read_net(reading);
		break;
	case RECORD_UNIX:
		read_unix(reading);
		break;
	case RECORD_WRITE:
		read_write(reading);
		break;
	case RECORD_SOCKET:
		read_socket(reading);
		break;
	case RECORD_LOSS:
		read_loss(reading);
		break;
	case RECORD_EXEC_FAILED: /* changed nothing */
	case RECORD_CLOSE:
	case RECORD_HEARTBEAT:
	case RECORD_HOST:
	case RECORD_ACK: /* of an act, and no act */
	case RECORD_SESSION_END:
	case RECORD_NONE:
		break;
	}
}

static int read_line(const struct json_object *line, struct stored *out)
{
	struct reading reading = { .line = line, .out = out };

	out->event.sseq = number(&reading, "sseq");
	read_kind(&reading);
	out->event.tgid = (uint32_t)number(&reading, "pid");
	out->event.start_ns = number(&reading, "start");
	out->event.image = number(&reading, "parent");
	out->event.uid = (uint32_t)number(&reading, "uid");
	out->event.euid = (uint32_t)number(&reading, "euid");
	out->event.ppid = (uint32_t)number(&reading, "ppid");
	out->event.mntns = (uint32_t)number_if(&reading, "mntns");
	read_verdict(&reading);
	if (!reading.bad)
		reading.out->time_ns = (int64_t)read_time(&reading, get(&reading, "time"));
	read_by_kind(&reading);
	if (out->room.failed)
		return -ENOMEM;
	return reading.bad ? -EINVAL : 0;
}

int stored_read(struct span line, struct stored *out)
{
	struct json_object *object = malloc(sizeof(*object));
	struct buf room = out->room;
	int ret = -ENOMEM;

	buf_reset(&room);
	*out = (struct stored){ .room = room };
	/* What is decoded is shorter than its text: the room does not move under the spans. */
	if (object && !buf_reserve(&out->room, line.n))
		ret = json_read(line, object);
	if (!ret)
		ret = read_line(object, out);
	free(object);
	return ret == -E2BIG ? -EINVAL : ret;
}

void stored_free(struct stored *stored)
{
	buf_free(&stored->room);
}
