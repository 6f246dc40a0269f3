/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/resume.h"

#include <errno.h>

#include "core/base/json.h"
#include "core/base/members.h"
#include "core/plan/lookups.h"

/*
 * All but the profiles and the plan's answers: type, key, where it is. Written and read by this
 * list.
 */
#define RESUME_MEMBERS(M)                                                                          \
	M(FIXED, "boot", boot)                                                                     \
	M(FIXED, "session", info->id)                                                              \
	M(NUM, "number", open->session)                                                            \
	M(NUM, "pid", info->tgid)                                                                  \
	M(NUM, "start", info->start_ns)                                                            \
	M(CSTR, "ticket", info->ticket)                                                            \
	M(FIXED, "ticket_sha256", info->ticket_sha256)                                             \
	M(FLAG, "unsigned", info->unsigned_ticket)                                                 \
	M(FLAG, "break_glass", info->break_glass)                                                  \
	M(CSTR, "approvers", info->approvers)                                                      \
	M(CSTR, "approvals", info->approvals)                                                      \
	M(FIXED, "signers_sha256", info->signers_sha256)                                           \
	M(CSTR, "requester", info->requester)                                                      \
	M(CSTR, "operator", info->operator_name)                                                   \
	M(NUM, "operator_uid", info->operator_uid)                                                 \
	M(CSTR, "summary", info->summary)                                                          \
	M(FLAG, "login", info->login)                                                              \
	M(NUM, "login_asid", info->login_asid)                                                     \
	M(FLAG, "quiet", open->quiet)                                                              \
	M(FLAG, "shell", open->judge.shell)                                                        \
	M(FLAG, "wrong_host", open->judge.wrong_host)                                              \
	M(FLAG, "wrong_operator", open->judge.wrong_operator)                                      \
	M(NUM, "mntns", open->judge.mntns)                                                         \
	M(NUM, "sees", open->judge.sees)                                                           \
	M(NUM, "recursion", open->recursion_misses)                                                \
	M(NUM, "boot_to_wall", open->judge.boot_to_wall_ns)

#define PUT(type, key, place) put_##type(key, place);
#define put_NUM(key, place)   json_u64(out, key, (uint64_t)(place))
#define put_FLAG(key, place)  json_bool(out, key, place)
#define put_CSTR(key, place)  json_cstr(out, key, place)
#define put_FIXED             put_CSTR

#define GET(type, key, place) get_##type(key, place);
#define get_NUM(key, place)                                                                        \
	((place) = (__typeof__(place))members_number(                                              \
		 &members, key, sizeof(place) == 8 ? UINT64_MAX : UINT32_MAX))
#define get_FLAG(key, place)  ((place) = members_flag(&members, key))
#define get_CSTR(key, place)  ((place) = members_cstr(&members, key))
#define get_FIXED(key, place) members_fixed(&members, key, place, sizeof(place))

int resume_write(const struct open_opts *open, const char *boot, const char (*profiles)[65],
		 size_t profiles_n, struct buf *out)
{
	const struct session_info *info = &open->info;

	json_begin(out);
	json_u64(out, "v", 1);
	RESUME_MEMBERS(PUT)
	json_open(out, "profiles", '[');
	for (size_t i = 0; i < profiles_n; i++)
		json_cstr(out, NULL, profiles[i]);
	json_close(out, ']');
	if (open->plan)
		lookups_write(open->plan, out);
	json_close(out, '}');
	return out->failed ? -ENOMEM : 0;
}

static int read_members(struct resume *resume)
{
	struct members members = { .object = &resume->object, .room = &resume->room };
	struct open_opts *open = &resume->open;
	struct session_info *info = &open->info;
	char boot[sizeof(resume->boot)];

	if (members_number(&members, "v", 1) != 1)
		members_wrong(&members);
	RESUME_MEMBERS(GET)
	memcpy(resume->boot, boot, sizeof(boot));
	open->judge.operator_uid = info->operator_uid;
	return resume->room.failed ? -ENOMEM : members.ret;
}

int resume_read(struct span text, struct resume *out)
{
	int ret;

	*out = (struct resume){ 0 };
	ret = json_read(text, &out->object);
	/* Decoded it is shorter than written: texts do not move. */
	if (!ret)
		ret = buf_reserve(&out->room, 2 * text.n);
	if (!ret)
		ret = read_members(out);
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
