/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/put.h"

enum { SECRET_SIZE = sizeof("{secret:}") + 64, NO_SECRET = -1, UNKNOWN_SECRET = -2 };

const struct judgement *record_judgement(const struct record *record)
{
	static const struct judgement none;

	return record->judgement ? record->judgement : &none;
}

static struct span argv_of(const struct record *record)
{
	return record->kind == RECORD_EXEC ? record->event->exec.argv : record->event->failed.argv;
}

/*
 * Which secret an argument is. By its bytes and not by its place: the same text elsewhere on the
 * command line would give it away.
 */
static int secret_of(const struct judgement *judgement, struct span argument, bool first)
{
	for (size_t i = 0; i < judgement->secrets_n; i++) {
		if (span_eq(argument, judgement->secrets[i]))
			return (int)i;
	}
	return judgement->secrets_more && !first ? UNKNOWN_SECRET : NO_SECRET;
}

/* What stands in an argument's place: itself, or the mark of a secret made in `room`. */
static struct span shown(const struct record *record, struct span argument, bool first,
			 char room[SECRET_SIZE])
{
	int secret = secret_of(record_judgement(record), argument, first);
	struct span text = { room, 0 };
	size_t n;

	if (secret == NO_SECRET || record->marked)
		return argument;
	if (secret == UNKNOWN_SECRET || !record->secret_hash)
		return span_of("{secret}");
	n = strnlen(record->secret_hash[secret], 64);
	memcpy(room, "{secret:", 8);
	memcpy(room + 8, record->secret_hash[secret], n);
	room[8 + n] = '}';
	text.n = n + 9;
	return text;
}

static void put_argv_b64(const struct record *record, struct buf *out)
{
	struct span argv = argv_of(record), argument;
	char room[SECRET_SIZE];

	json_open(out, "argv_b64", '[');
	for (bool first = true; strings_next(&argv, &argument); first = false)
		json_base64(out, NULL, shown(record, argument, first, room));
	json_close(out, ']');
}

void put_argv(const struct record *record, const char *key, struct buf *out)
{
	struct span argv = argv_of(record), argument;
	bool first = true, exact = true;
	char room[SECRET_SIZE];

	json_open(out, key, '[');
	for (; strings_next(&argv, &argument); first = false)
		exact &= json_text(out, NULL, shown(record, argument, first, room));
	json_close(out, ']');
	if (!exact)
		put_argv_b64(record, out);
}

void put_secrets(const struct record *record, const char *key, struct buf *out)
{
	const struct judgement *judgement = record_judgement(record);
	struct span argv = argv_of(record), argument;

	if (judgement->secrets_n == 0 && !judgement->secrets_more)
		return;
	json_open(out, key, '[');
	for (uint64_t i = 0; strings_next(&argv, &argument); i++) {
		if (secret_of(judgement, argument, i == 0) != NO_SECRET)
			json_u64(out, NULL, i);
	}
	json_close(out, ']');
}

void put_env(const struct record *record, const char *key, struct buf *out)
{
	const struct judgement *judgement = record_judgement(record);
	bool exact = true;

	json_open(out, key, '[');
	for (size_t i = 0; i < judgement->env_n; i++)
		exact &= json_text(out, NULL, judgement->env[i]);
	json_close(out, ']');
	if (exact)
		return;
	json_open(out, "env_b64", '[');
	for (size_t i = 0; i < judgement->env_n; i++)
		json_base64(out, NULL, judgement->env[i]);
	json_close(out, ']');
}

void put_env_differs(const struct record *record, const char *key, struct buf *out)
{
	const struct judgement *judgement = record_judgement(record);

	json_open(out, key, '[');
	for (size_t i = 0; i < judgement->env_n; i++) {
		if (judgement->env_differs[i])
			json_u64(out, NULL, i);
	}
	json_close(out, ']');
}

void put_start_env(const struct record *record, const char *key, struct buf *out)
{
	struct span env = record->start.env, rest = env, entry;
	bool exact = true;

	json_open(out, key, '[');
	while (strings_next(&rest, &entry))
		exact &= json_text(out, NULL, entry);
	json_close(out, ']');
	if (exact)
		return;
	json_open(out, "env_b64", '[');
	while (strings_next(&env, &entry))
		json_base64(out, NULL, entry);
	json_close(out, ']');
}

/* A command that a step's words do match is refused for something else than an argument. */
void put_approved(const struct record *record, const char *key, struct buf *out)
{
	const struct nearest *nearest = &record->judgement->nearest;

	json_cstr(out, key, nearest->approved[0] || nearest->actual.p ? nearest->approved : NULL);
}

/* The argument may be a whole megabyte, and argv has it already. */
void put_actual(const struct record *record, const char *key, struct buf *out)
{
	const struct nearest *nearest = &record->judgement->nearest;
	struct span actual = nearest->actual;
	char room[SECRET_SIZE];

	if (!actual.p) {
		json_null(out, key);
		return;
	}
	actual = shown(record, actual, nearest->argument == 0, room);
	actual.n = actual.n < RECORD_ACTUAL_MAX ? actual.n : RECORD_ACTUAL_MAX;
	put_text(out, key, "actual_b64", actual);
}

void put_actual_len(const struct record *record, const char *key, struct buf *out)
{
	const struct nearest *nearest = &record->judgement->nearest;
	char room[SECRET_SIZE];
	size_t n = shown(record, nearest->actual, nearest->argument == 0, room).n;

	put_number_if(out, key, n + nearest->actual_cut, nearest->actual.p);
}
