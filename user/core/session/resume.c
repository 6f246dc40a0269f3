/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/resume.h"

#include <errno.h>

#include "core/base/array.h"
#include "core/base/json.h"
#include "core/plan/lookups.h"

int resume_write(const struct open_opts *opts, const char *boot, const char (*profiles)[65],
		 size_t profiles_n, struct buf *out)
{
	const struct session_info *info = &opts->info;

	json_begin(out);
	json_u64(out, "v", 1);
	json_cstr(out, "boot", boot);
	json_cstr(out, "session", info->id);
	json_u64(out, "number", opts->session);
	json_u64(out, "pid", info->tgid);
	json_u64(out, "start", info->start_ns);
	json_cstr(out, "ticket", info->ticket);
	json_cstr(out, "ticket_sha256", info->ticket_sha256);
	json_bool(out, "unsigned", info->unsigned_ticket);
	json_bool(out, "break_glass", info->break_glass);
	json_cstr(out, "approvers", info->approvers);
	json_cstr(out, "approvals", info->approvals);
	json_cstr(out, "signers_sha256", info->signers_sha256);
	json_cstr(out, "requester", info->requester);
	json_cstr(out, "operator", info->operator_name);
	json_u64(out, "operator_uid", info->operator_uid);
	json_cstr(out, "summary", info->summary);
	json_bool(out, "login", info->login);
	json_u64(out, "login_asid", info->login_asid);
	json_bool(out, "quiet", opts->quiet);
	json_bool(out, "shell", opts->judge.shell);
	json_bool(out, "wrong_host", opts->judge.wrong_host);
	json_bool(out, "wrong_operator", opts->judge.wrong_operator);
	json_u64(out, "mntns", opts->judge.mntns);
	json_u64(out, "sees", opts->judge.sees);
	json_u64(out, "recursion", opts->recursion_misses);
	json_u64(out, "boot_to_wall", (uint64_t)opts->judge.boot_to_wall_ns);
	json_open(out, "profiles", '[');
	for (size_t i = 0; i < profiles_n; i++)
		json_cstr(out, NULL, profiles[i]);
	json_close(out, ']');
	if (opts->plan)
		lookups_write(opts->plan, out);
	json_close(out, '}');
	return out->failed ? -ENOMEM : 0;
}

static int read_number(const struct resume *resume, const char *key, uint64_t most, uint64_t *out)
{
	int ret = json_read_u64(json_get(&resume->object, key), out);

	return ret ? ret : *out > most ? -EINVAL : 0;
}

/* A C string in the room; *out NULL for null. */
static int read_text(struct resume *resume, const char *key, const char **out)
{
	struct span value = json_get(&resume->object, key);
	size_t begin = resume->room.n;
	int ret;

	*out = NULL;
	if (json_is_null(value))
		return 0;
	ret = json_read_text(value, &resume->room);
	if (ret)
		return ret;
	buf_addc(&resume->room, 0);
	*out = resume->room.p + begin;
	return strlen(*out) + 1 == resume->room.n - begin ? 0 : -EINVAL;
}

static int read_texts(struct resume *resume)
{
	struct session_info *info = &resume->open.info;
	const struct {
		const char *key;
		const char **text; /* in the room; or */
		char *fixed;       /* copied, "" for null */
		size_t n;
	} all[] = {
		{ "ticket", &info->ticket, NULL, 0 },
		{ "requester", &info->requester, NULL, 0 },
		{ "operator", &info->operator_name, NULL, 0 },
		{ "summary", &info->summary, NULL, 0 },
		{ "approvers", &info->approvers, NULL, 0 },
		{ "approvals", &info->approvals, NULL, 0 },
		{ "signers_sha256", NULL, info->signers_sha256, sizeof(info->signers_sha256) },
		{ "session", NULL, info->id, sizeof(info->id) },
		{ "ticket_sha256", NULL, info->ticket_sha256, sizeof(info->ticket_sha256) },
		{ "boot", NULL, resume->boot, sizeof(resume->boot) },
	};
	const char *text;
	int ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(all); i++) {
		ret = read_text(resume, all[i].key, all[i].text ? all[i].text : &text);
		if (ret || all[i].text)
			continue;
		text = text ? text : "";
		if (strlen(text) >= all[i].n)
			return -EINVAL;
		memcpy(all[i].fixed, text, strlen(text) + 1);
	}
	return ret;
}

static int read_numbers(struct resume *resume)
{
	struct open_opts *open = &resume->open;
	const struct {
		const char *key;
		uint32_t *small;
		uint64_t *large;
	} all[] = {
		{ "number", &open->session, NULL },
		{ "pid", &open->info.tgid, NULL },
		{ "start", NULL, &open->info.start_ns },
		{ "operator_uid", &open->info.operator_uid, NULL },
		{ "login_asid", &open->info.login_asid, NULL },
		{ "mntns", &open->judge.mntns, NULL },
		{ "sees", &open->judge.sees, NULL },
		{ "recursion", NULL, &open->recursion_misses },
	};
	uint64_t n = 0;
	int ret = read_number(resume, "boot_to_wall", UINT64_MAX, &n);

	open->judge.boot_to_wall_ns = (int64_t)n;
	for (size_t i = 0; !ret && i < ARRAY_SIZE(all); i++) {
		ret = read_number(resume, all[i].key, all[i].small ? UINT32_MAX : UINT64_MAX, &n);
		if (all[i].small)
			*all[i].small = (uint32_t)n;
		else
			*all[i].large = n;
	}
	open->judge.operator_uid = open->info.operator_uid;
	return ret;
}

static int read_flags(struct resume *resume)
{
	struct open_opts *open = &resume->open;
	const struct {
		const char *key;
		bool *flag;
	} all[] = {
		{ "unsigned", &open->info.unsigned_ticket },
		{ "break_glass", &open->info.break_glass },
		{ "login", &open->info.login },
		{ "quiet", &open->quiet },
		{ "shell", &open->judge.shell },
		{ "wrong_host", &open->judge.wrong_host },
		{ "wrong_operator", &open->judge.wrong_operator },
	};
	int ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(all); i++)
		ret = json_read_bool(json_get(&resume->object, all[i].key), all[i].flag);
	return ret;
}

int resume_read(struct span text, struct resume *out)
{
	uint64_t version;
	int ret;

	*out = (struct resume){ 0 };
	ret = json_read(text, &out->object);
	if (!ret)
		ret = read_number(out, "v", 1, &version);
	/* Decoded it is shorter than written: texts do not move. */
	if (!ret)
		ret = buf_reserve(&out->room, 2 * text.n);
	if (!ret)
		ret = read_texts(out);
	if (!ret)
		ret = read_numbers(out);
	if (!ret)
		ret = read_flags(out);
	out->profiles = json_get(&out->object, "profiles");
	if (ret)
		resume_free(out);
	return ret;
}

void resume_free(struct resume *resume)
{
	buf_free(&resume->room);
	*resume = (struct resume){ 0 };
}
