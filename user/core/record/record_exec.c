/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/record_part.h"

#include <errno.h>

#include "core/base/json.h"
#include "core/base/timestamp.h"

enum { SECRET_SIZE = sizeof("{secret:}") + 64, NO_SECRET = -1, UNKNOWN_SECRET = -2 };

static const struct judgement no_judgement;

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
static struct span shown(const struct record *record, struct span argument, int secret,
			 char room[SECRET_SIZE])
{
	struct span text = { room, 0 };
	size_t n;

	if (secret == NO_SECRET)
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

static void add_secrets(const struct judgement *judgement, struct span argv, struct buf *out)
{
	struct span argument;

	json_open(out, "secrets", '[');
	for (uint64_t i = 0; strings_next(&argv, &argument); i++) {
		if (secret_of(judgement, argument, i == 0) != NO_SECRET)
			json_u64(out, NULL, i);
	}
	json_close(out, ']');
}

/* Returns whether every argument was UTF-8. */
static bool add_argv(const struct record *record, const struct judgement *judgement,
		     struct span argv, bool exact_bytes, struct buf *out)
{
	struct span argument;
	bool first = true, exact = true;
	char room[SECRET_SIZE];

	json_open(out, exact_bytes ? "argv_b64" : "argv", '[');
	for (; strings_next(&argv, &argument); first = false) {
		argument = shown(record, argument, secret_of(judgement, argument, first), room);
		if (exact_bytes)
			json_base64(out, NULL, argument);
		else
			exact &= json_text(out, NULL, argument);
	}
	json_close(out, ']');
	return exact;
}

static void add_arguments(const struct record *record, const struct judgement *judgement,
			  struct span argv, struct buf *out)
{
	if (!add_argv(record, judgement, argv, false, out))
		add_argv(record, judgement, argv, true, out);
	if (judgement->secrets_n > 0 || judgement->secrets_more)
		add_secrets(judgement, argv, out);
}

static void add_env(const struct judgement *judgement, struct buf *out)
{
	bool exact = true;

	json_open(out, "env", '[');
	for (size_t i = 0; i < judgement->env_n; i++)
		exact &= json_text(out, NULL, judgement->env[i]);
	json_close(out, ']');
	if (!exact) {
		json_open(out, "env_b64", '[');
		for (size_t i = 0; i < judgement->env_n; i++)
			json_base64(out, NULL, judgement->env[i]);
		json_close(out, ']');
	}
	json_u64(out, "env_more", judgement->env_more);
	json_open(out, "env_differs", '[');
	for (size_t i = 0; i < judgement->env_n; i++) {
		if (judgement->env_differs[i])
			json_u64(out, NULL, i);
	}
	json_close(out, ']');
}

static size_t put_text(char *out, const char *text)
{
	size_t n = strlen(text);

	memcpy(out, text, n);
	return n;
}

static size_t put_dev(char *out, uint32_t dev)
{
	size_t n = json_digits(dev >> 20, out);

	out[n++] = ':';
	return n + json_digits(dev & 0xfffff, out + n);
}

void record_dev(struct buf *out, const char *key, uint32_t dev)
{
	char text[24];

	json_text(out, key, (struct span){ text, put_dev(text, dev) });
}

/* Names by Documentation/admin-guide/devices.txt: 136-143 are pts, 4 the virtual and serial lines. */
static void add_tty(uint32_t tty, struct buf *out)
{
	uint32_t major = tty >> 20, minor = tty & 0xfffff;
	char text[32];
	size_t n;

	if (tty == 0) {
		json_null(out, "tty");
		return;
	}
	if (major >= 136 && major <= 143) {
		n = put_text(text, "pts/");
		n += json_digits(((uint64_t)(major - 136) << 20) + minor, text + n);
	} else if (major == 4) {
		n = put_text(text, minor < 64 ? "tty" : "ttyS");
		n += json_digits(minor < 64 ? minor : minor - 64, text + n);
	} else {
		n = put_dev(text, tty);
	}
	json_text(out, "tty", (struct span){ text, n });
}

const char *const record_inputs[RECORD_INPUTS_N] = {
	[LS_STDIN_CLOSED] = "closed", [LS_STDIN_TTY] = "tty",	[LS_STDIN_PIPE] = "pipe",
	[LS_STDIN_FILE] = "file",     [LS_STDIN_NULL] = "null", [LS_STDIN_OTHER] = "other",
};

static const char *stdin_name(uint32_t kind)
{
	return kind < RECORD_INPUTS_N ? record_inputs[kind] : NULL;
}

static void add_file_id(const struct file_id *id, const char *sha256, struct buf *out)
{
	char time[TIMESTAMP_SIZE];

	timestamp_format((int64_t)id->ctime_ns, time);
	record_dev(out, "dev", id->dev);
	json_u64(out, "ino", id->ino);
	json_u64(out, "size", id->size);
	json_text(out, "ctime", (struct span){ time, TIMESTAMP_SIZE - 1 });
	json_cstr(out, "sha256", sha256 && *sha256 ? sha256 : NULL);
}

static void add_file(const struct event_exec *exec, const struct program *program, struct buf *out)
{
	json_bool(out, "fileless", exec->exec_flags & LS_EXEC_FILELESS);
	json_bool(out, "deleted", exec->exec_flags & LS_EXEC_DELETED);
	json_bool(out, "secure", exec->exec_flags & LS_EXEC_SECURE);
	json_bool(out, "foreign", exec->exec_flags & LS_EXEC_FOREIGN);
	add_file_id(&exec->file, program ? program->sha256 : NULL, out);
}

static void add_script_seen(const struct file_facts *seen, struct buf *out)
{
	if (!seen) {
		json_null(out, "script_seen");
		return;
	}
	json_open(out, "script_seen", '{');
	add_file_id(&seen->id, seen->sha256, out);
	json_close(out, '}');
}

/* The argument may be a whole megabyte, and argv has it already. */
static void add_actual(const struct record *record, const struct judgement *judgement, struct buf *out)
{
	struct span actual = judgement->nearest.actual;
	bool first = judgement->nearest.argument == 0;
	char room[SECRET_SIZE];

	if (!actual.p) {
		json_null(out, "actual");
		json_null(out, "actual_len");
		return;
	}
	actual = shown(record, actual, secret_of(judgement, actual, first), room);
	record_text(out, "actual", "actual_b64",
		    (struct span){ actual.p, actual.n < RECORD_ACTUAL_MAX ? actual.n : RECORD_ACTUAL_MAX });
	json_u64(out, "actual_len", actual.n);
}

static void add_nearest(const struct record *record, const struct judgement *judgement, struct buf *out)
{
	const struct nearest *nearest = &judgement->nearest;

	if (!nearest->step) {
		json_null(out, "nearest");
		return;
	}
	json_open(out, "nearest", '{');
	json_cstr(out, "step", nearest->step->id);
	json_cstr(out, "run", nearest->step->run.text);
	/* a command that a step's words do match is refused for something else than an argument */
	if (nearest->approved[0] || nearest->actual.p) {
		json_u64(out, "argument", nearest->argument);
		json_cstr(out, "approved", nearest->approved);
	} else {
		json_null(out, "argument");
		json_null(out, "approved");
	}
	add_actual(record, judgement, out);
	json_close(out, '}');
}

void record_exec(const struct record *record, struct buf *out)
{
	const struct judgement *judgement = record->judgement ? record->judgement : &no_judgement;
	const struct event_exec *exec = &record->event->exec;

	add_arguments(record, judgement, exec->argv, out);
	json_u64(out, "argc", exec->argc);
	json_u64(out, "argv_len", exec->argv_len);
	json_bool(out, "truncated", exec->exec_flags & LS_EXEC_ARGV_TRUNCATED);
	json_bool(out, "unreadable", exec->exec_flags & LS_EXEC_ARGV_UNREADABLE);
	record_text(out, "cwd", "cwd_b64", exec->cwd);
	record_text(out, "filename", "filename_b64", exec->filename);
	if (exec->interp.n)
		record_text(out, "interp", "interp_b64", exec->interp);
	else
		json_null(out, "interp");
	json_cstr(out, "stdin", stdin_name(exec->stdin_kind));
	add_tty(exec->tty, out);
	add_env(judgement, out);
	json_bool(out, "env_truncated",
		  exec->exec_flags & (LS_EXEC_ENV_TRUNCATED | LS_EXEC_ENV_UNREADABLE));
	json_bool(out, "path_truncated", exec->exec_flags & LS_EXEC_PATH_TRUNCATED);
	add_file(exec, judgement->program, out);
	add_script_seen(exec->script_seen, out);
	add_nearest(record, judgement, out);
}

/* What execve(2) says that it can fail with; another one is "errno-N". */
static void add_error(uint32_t error, struct buf *out)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EPERM, "EPERM" },	    { ENOENT, "ENOENT" },   { EINTR, "EINTR" },
		{ EIO, "EIO" },		    { E2BIG, "E2BIG" },	    { ENOEXEC, "ENOEXEC" },
		{ EBADF, "EBADF" },	    { EAGAIN, "EAGAIN" },   { ENOMEM, "ENOMEM" },
		{ EACCES, "EACCES" },	    { EFAULT, "EFAULT" },   { EBUSY, "EBUSY" },
		{ ENODEV, "ENODEV" },	    { ENOTDIR, "ENOTDIR" }, { EISDIR, "EISDIR" },
		{ EINVAL, "EINVAL" },	    { ENFILE, "ENFILE" },   { EMFILE, "EMFILE" },
		{ ETXTBSY, "ETXTBSY" },	    { ELOOP, "ELOOP" },	    { ENAMETOOLONG, "ENAMETOOLONG" },
		{ ELIBBAD, "ELIBBAD" },	    { ESTALE, "ESTALE" },   { ENOSYS, "ENOSYS" },
	};
	char text[32] = "errno-";

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if ((uint32_t)names[i].error == error) {
			json_cstr(out, "error", names[i].name);
			return;
		}
	}
	json_text(out, "error", (struct span){ text, 6 + json_digits(error, text + 6) });
}

static void add_dirfd(int32_t dirfd, struct buf *out)
{
	if (dirfd < 0)
		json_null(out, "dirfd");
	else
		json_u64(out, "dirfd", (uint64_t)dirfd);
}

void record_exec_failed(const struct record *record, struct buf *out)
{
	const struct judgement *judgement = record->judgement ? record->judgement : &no_judgement;
	const struct event_failed *failed = &record->event->failed;

	add_error(failed->error, out);
	add_arguments(record, judgement, failed->argv, out);
	json_u64(out, "argc", failed->argc);
	json_bool(out, "truncated", failed->failed_flags & LS_FAILED_ARGV_TRUNCATED);
	json_bool(out, "unreadable", failed->failed_flags & LS_FAILED_UNREADABLE);
	record_text(out, "cwd", "cwd_b64", failed->cwd);
	record_text(out, "filename", "filename_b64", failed->filename);
	add_dirfd(failed->dirfd, out);
	json_u64(out, "at_flags", failed->at_flags);
	json_bool(out, "path_truncated", failed->failed_flags & LS_FAILED_PATH_TRUNCATED);
}
