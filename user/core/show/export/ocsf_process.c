/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/ocsf_part.h"

#include "core/base/array.h"
#include "core/base/base64.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/plan/program.h"

/* The last component of a path, as the framework's `name`. */
static void add_base(struct ocsf *ocsf, const char *as, const char *key)
{
	struct span path = ocsf_bytes(ocsf, key), base = path_base(path);

	json_text(ocsf->out, as, base.n ? base : path);
}

void ocsf_file(struct ocsf *ocsf, const char *as, const char *key)
{
	static const struct {
		const char *ours;
		uint32_t id;
	} types[] = { { "file", 1 },   { "directory", 2 }, { "char", 3 },   { "block", 4 },
		      { "socket", 5 }, { "fifo", 6 },      { "symlink", 7 } };
	bool write = ocsf->kind == RECORD_WRITE;
	struct span sha256 = ocsf_get(ocsf, "sha256");
	uint32_t type = write ? 0 : 1;

	for (size_t i = 0; write && i < ARRAY_SIZE(types); i++) {
		if (ocsf_is(ocsf, "type", types[i].ours))
			type = types[i].id;
	}
	json_open(ocsf->out, as, '{');
	add_base(ocsf, "name", key);
	ocsf_copy(ocsf, "path", key);
	json_u64(ocsf->out, "type_id", type);
	ocsf_copy(ocsf, "size", "size");
	if (sha256.n) {
		json_open(ocsf->out, "hashes", '[');
		json_open(ocsf->out, NULL, '{');
		json_u64(ocsf->out, "algorithm_id", 3);
		json_cstr(ocsf->out, "algorithm", "SHA-256");
		ocsf_put(ocsf, "value", sha256);
		json_close(ocsf->out, '}');
		json_close(ocsf->out, ']');
	}
	json_close(ocsf->out, '}');
}

/* As a shell would read it, each argument whole; the exact ones are in `unmapped`. */
static void add_command(struct ocsf *ocsf)
{
	struct span twin = ocsf_get(ocsf, "argv_b64"), item;
	struct span items = json_items(twin.n ? twin : ocsf_get(ocsf, "argv"));
	struct buf command = { 0 };

	while (json_next(&items, &item)) {
		buf_reset(&ocsf->scratch);
		if (!json_is_string(item))
			continue;
		if (twin.n)
			(void)base64_decode(&ocsf->scratch,
					    (struct span){ item.p + 1, item.n - 2 });
		else
			(void)json_read_text(item, &ocsf->scratch);
		if (command.n)
			buf_addc(&command, ' ');
		text_quote(&command, buf_span(&ocsf->scratch), 0);
	}
	json_text(ocsf->out, "cmd_line", buf_span(&command));
	if (command.failed)
		ocsf->scratch.failed = true;
	buf_free(&command);
}

static void add_env(struct ocsf *ocsf)
{
	struct span items = json_items(ocsf_get(ocsf, "env")), item;

	json_open(ocsf->out, "environment_variables", '[');
	while (json_next(&items, &item)) {
		const char *equals = memchr(item.p, '=', item.n);
		size_t name_n = equals ? (size_t)(equals - item.p) : item.n - 1;

		if (!json_is_string(item))
			continue;
		/* name and value are both between the quotes of one text: cut, not decoded */
		json_open(ocsf->out, NULL, '{');
		json_open(ocsf->out, "name", '"');
		buf_add(ocsf->out, item.p + 1, name_n - 1);
		buf_addc(ocsf->out, '"');
		json_open(ocsf->out, "value", '"');
		buf_add(ocsf->out, item.p + name_n + 1, equals ? item.n - name_n - 1 : 0);
		buf_adds(ocsf->out, equals ? "" : "\"");
		json_close(ocsf->out, '}');
	}
	json_close(ocsf->out, ']');
}

static void add_user(struct ocsf *ocsf)
{
	if (ocsf_get(ocsf, "uid").n == 0)
		return;
	json_open(ocsf->out, "user", '{');
	ocsf_copy_text(ocsf, "uid", "uid");
	ocsf_copy(ocsf, "name", "user");
	json_close(ocsf->out, '}');
}

/* The identity of a process, beyond its pid: "BOOT:PID:START". */
static void add_uid(struct ocsf *ocsf)
{
	struct span boot = ocsf_inside(ocsf, "boot"), pid = ocsf_digits(ocsf, "pid");
	struct span start = ocsf_digits(ocsf, "start");

	if (start.n == 0)
		return;
	json_open(ocsf->out, "uid", '"');
	buf_add(ocsf->out, boot.p, boot.n);
	buf_addc(ocsf->out, ':');
	buf_add(ocsf->out, pid.p, pid.n);
	buf_addc(ocsf->out, ':');
	buf_add(ocsf->out, start.p, start.n);
	buf_addc(ocsf->out, '"');
}

/* Of an exec the line's exe is the new image's, which is not yet who acted. */
static bool exe_is_its(const struct ocsf *ocsf, bool launched)
{
	return ocsf_get(ocsf, "exe").n &&
	       (ocsf->kind == RECORD_EXEC ? launched : !launched || ocsf->kind == RECORD_EXIT);
}

void ocsf_process(struct ocsf *ocsf, const char *as, bool launched)
{
	json_open(ocsf->out, as, '{');
	ocsf_copy(ocsf, "pid", "pid");
	add_uid(ocsf);
	if (exe_is_its(ocsf, launched)) {
		add_base(ocsf, "name", "exe");
		ocsf_copy(ocsf, "path", "exe");
	}
	if (launched && ocsf_get(ocsf, "argv").n) {
		if (ocsf->kind == RECORD_EXEC) {
			if (ocsf_get(ocsf, "exe").n)
				ocsf_file(ocsf, "file", "exe");
			add_env(ocsf);
		} else if (ocsf_get(ocsf, "filename").n) {
			ocsf_file(ocsf, "file", "filename");
		}
		add_command(ocsf);
		ocsf_copy(ocsf, "working_directory", "cwd");
	}
	ocsf_copy(ocsf, "tid", "tid");
	add_user(ocsf);
	ocsf_copy(ocsf, "auid", "auid");
	ocsf_copy(ocsf, "euid", "euid");
	if (ocsf_get(ocsf, "ppid").n) {
		json_open(ocsf->out, "parent_process", '{');
		ocsf_copy(ocsf, "pid", "ppid");
		json_close(ocsf->out, '}');
	}
	json_close(ocsf->out, '}');
}

static void add_launch(struct ocsf *ocsf, bool success)
{
	json_u64(ocsf->out, "launch_type_id", 3);
	json_cstr(ocsf->out, "launch_type", "Exec");
	ocsf_status(ocsf, success);
	if (!success)
		ocsf_copy(ocsf, "status_code", "error");
}

void ocsf_process_line(struct ocsf *ocsf)
{
	static const struct ocsf_activity launch = { 1, "Launch" }, terminate = { 2, "Terminate" };
	bool exec = ocsf->kind == RECORD_EXEC, failed = ocsf->kind == RECORD_EXEC_FAILED;

	ocsf_begin(ocsf, &ocsf_process_activity, exec || failed ? &launch : &terminate, NULL);
	ocsf_actor(ocsf);
	ocsf_process(ocsf, "process", true);
	if (exec || failed)
		add_launch(ocsf, exec);
	else
		ocsf_copy(ocsf, "exit_code", "exit_code");
	ocsf_control(ocsf);
	ocsf_end(ocsf);
}
