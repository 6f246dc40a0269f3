/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/lookups.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/base64.h"
#include "core/base/json.h"
#include "core/base/members.h"

/* Paths are bytes, and so in base64. */
static void write_program(const struct program *program, struct buf *out)
{
	json_open(out, NULL, '{');
	json_cstr(out, "name", program->name);
	json_bool(out, "found", program->found);
	json_base64(out, "path", span_of(program->path));
	json_open(out, "texts", '[');
	for (size_t i = 0; i < program->texts_n; i++)
		json_base64(out, NULL, span_of(program->texts[i]));
	json_close(out, ']');
	json_bool(out, "script", program->script);
	json_u64(out, "dev", program->file.dev);
	json_u64(out, "ino", program->file.ino);
	json_u64(out, "size", program->file.size);
	json_u64(out, "ctime", program->file.ctime_ns);
	json_u64(out, "interp_dev", program->interp_dev);
	json_u64(out, "interp_ino", program->interp_ino);
	json_cstr(out, "sha256", program->sha256);
	json_close(out, '}');
}

static void write_host(const struct host_name *host, struct buf *out)
{
	json_open(out, NULL, '{');
	json_cstr(out, "name", host->name);
	json_open(out, "addresses", '[');
	for (size_t i = 0; i < host->addresses_n; i++) {
		json_u64(out, NULL, host->addresses[i].family);
		json_base64(out, NULL,
			    (struct span){ (const char *)host->addresses[i].ip,
					   sizeof(host->addresses[i].ip) });
	}
	json_close(out, ']');
	json_close(out, '}');
}

void lookups_write(const struct plan *plan, struct buf *out)
{
	json_open(out, "programs", '[');
	for (size_t i = 0; i < plan->programs_n; i++)
		write_program(&plan->programs[i], out);
	json_close(out, ']');
	json_open(out, "users", '[');
	for (size_t i = 0; i < plan->users_n; i++) {
		json_open(out, NULL, '{');
		json_cstr(out, "name", plan->users[i].name);
		json_bool(out, "found", plan->users[i].found);
		json_u64(out, "uid", plan->users[i].uid);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_open(out, "hosts", '[');
	for (size_t i = 0; i < plan->hosts_n; i++)
		write_host(&plan->hosts[i], out);
	json_close(out, ']');
}

/* One element on its way in; the first thing that is wrong stays in `ret`. */
struct answer {
	struct json_object object;
	struct members members; /* of it */
	struct buf text;
	int ret;
};

static void wrong(struct answer *answer, int ret)
{
	if (!answer->ret)
		answer->ret = ret;
}

static void check_name(struct answer *answer, const char *name)
{
	if (!json_is(members_get(&answer->members, "name"), name))
		wrong(answer, -EINVAL);
}

/* What a string in base64 stands for. */
static void decode(struct answer *answer, struct span value, struct buf *out)
{
	int ret = json_is_string(value) ? base64_decode(out, json_inside(value)) : -EINVAL;

	if (ret)
		wrong(answer, ret);
}

/* As a C string from malloc(). */
static char *path(struct answer *answer, struct span value)
{
	struct buf text = { 0 };

	decode(answer, value, &text);
	if (text.n && memchr(text.p, 0, text.n))
		wrong(answer, -EINVAL);
	buf_addc(&text, 0);
	if (text.failed)
		wrong(answer, -ENOMEM);
	return text.p;
}

static size_t count(struct span items)
{
	struct span item;
	size_t n = 0;

	while (json_next(&items, &item))
		n++;
	return n;
}

static void read_texts(struct answer *answer, struct program *program)
{
	struct span items = json_items(json_get(&answer->object, "texts")), item;

	if (items.n == 0)
		return;
	program->texts = calloc(count(items), sizeof(*program->texts));
	if (!program->texts) {
		wrong(answer, -ENOMEM);
		return;
	}
	while (!answer->ret && json_next(&items, &item)) {
		program->texts[program->texts_n] = path(answer, item);
		program->texts_n += program->texts[program->texts_n] ? 1 : 0;
	}
}

static void read_program(struct answer *answer, void *of)
{
	struct members *m = &answer->members;
	struct program *program = of;

	check_name(answer, program->name);
	program->found = members_flag(m, "found");
	if (program->found)
		program->path = path(answer, members_get(m, "path"));
	read_texts(answer, program);
	program->script = members_flag(m, "script");
	program->file.dev = (uint32_t)members_number(m, "dev", UINT32_MAX);
	program->file.ino = members_number(m, "ino", UINT64_MAX);
	program->file.size = members_number(m, "size", UINT64_MAX);
	program->file.ctime_ns = members_number(m, "ctime", UINT64_MAX);
	program->interp_dev = (uint32_t)members_number(m, "interp_dev", UINT32_MAX);
	program->interp_ino = members_number(m, "interp_ino", UINT64_MAX);
	members_fixed(m, "sha256", program->sha256, sizeof(program->sha256));
}

static void read_user(struct answer *answer, void *of)
{
	struct members *m = &answer->members;
	struct user_name *user = of;

	check_name(answer, user->name);
	user->found = members_flag(m, "found");
	user->uid = (uint32_t)members_number(m, "uid", UINT32_MAX);
}

static void read_address(struct answer *answer, struct span family, struct span ip,
			 struct address *out)
{
	struct buf bytes = { 0 };
	uint64_t n;

	decode(answer, ip, &bytes);
	if (json_read_u64(family, &n) || n > UINT16_MAX || bytes.n != sizeof(out->ip))
		wrong(answer, -EINVAL);
	else
		memcpy(out->ip, bytes.p, bytes.n);
	out->family = (uint16_t)n;
	buf_free(&bytes);
}

static void read_host(struct answer *answer, void *of)
{
	struct span items = json_items(json_get(&answer->object, "addresses")), family, ip;
	struct host_name *host = of;

	check_name(answer, host->name);
	if (items.n == 0)
		return;
	host->addresses = calloc(count(items) / 2 + 1, sizeof(*host->addresses));
	if (!host->addresses) {
		wrong(answer, -ENOMEM);
		return;
	}
	while (!answer->ret && json_next(&items, &family) && json_next(&items, &ip))
		read_address(answer, family, ip, &host->addresses[host->addresses_n++]);
}

/* As many elements as there are names, each for its own. */
static int read_list(struct answer *answer, struct span list, void *to, size_t n, size_t size,
		     void (*read)(struct answer *answer, void *of))
{
	struct span items = json_items(list), item;
	size_t i;

	for (i = 0; !answer->ret && i < n && json_next(&items, &item); i++) {
		answer->ret = json_read(item, &answer->object);
		answer->members =
			(struct members){ .object = &answer->object, .room = &answer->text };
		buf_reset(&answer->text);
		if (!answer->ret)
			read(answer, (char *)to + i * size);
		if (answer->members.ret || answer->text.failed)
			wrong(answer, answer->text.failed ? -ENOMEM : -EINVAL);
	}
	if (!answer->ret && (i < n || json_next(&items, &item)))
		answer->ret = -EINVAL;
	return answer->ret;
}

int lookups_read(struct plan *plan, const struct json_object *object)
{
	struct answer *answer = calloc(1, sizeof(*answer));
	int ret;

	if (!answer)
		return -ENOMEM;
	ret = read_list(answer, json_get(object, "programs"), plan->programs, plan->programs_n,
			sizeof(*plan->programs), read_program);
	if (!ret)
		ret = read_list(answer, json_get(object, "users"), plan->users, plan->users_n,
				sizeof(*plan->users), read_user);
	if (!ret)
		ret = read_list(answer, json_get(object, "hosts"), plan->hosts, plan->hosts_n,
				sizeof(*plan->hosts), read_host);
	buf_free(&answer->text);
	free(answer);
	return ret;
}
