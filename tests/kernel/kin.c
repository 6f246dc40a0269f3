// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kin.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define KIN_MAX 4096

/* A process; one that took the number of another is another. */
struct kin {
	uint32_t tgid;
	uint64_t image, start_ns;
	uint32_t auid;
	bool auid_said, over;
};

struct kinship {
	const struct run *run;
	struct kin kin[KIN_MAX];
	size_t n;
	size_t met;
	bool *taken; /* seen[i] was met by a line */
};

/* The latest of that number. */
static struct kin *kin_find(struct kinship *all, uint32_t tgid)
{
	size_t i;

	for (i = all->n; i > 0; i--)
		if (all->kin[i - 1].tgid == tgid)
			return &all->kin[i - 1];
	fail_msg("process %u spoke before it was born", tgid);
	return NULL;
}

static struct kin *kin_add(struct kinship *all, uint32_t tgid)
{
	struct kin *kin = &all->kin[all->n++];

	assert_true(all->n <= KIN_MAX);
	*kin = (struct kin){ .tgid = tgid };
	return kin;
}

/*
 * What the actors write on their way, their calls to the outsider, and execs that lost against
 * another thread's, are recorded where the kernel shows it; no line speaks of them.
 */
static void pass_over(struct kinship *all)
{
	size_t i;

	for (i = 0; i < all->run->seen_n; i++) {
		enum record_kind kind = all->run->seen[i].event.kind;

		all->taken[i] =
			kind == RECORD_WRITE || kind == RECORD_EXEC_FAILED || kind == RECORD_UNIX;
		all->met += all->taken[i];
	}
}

/* The next record of the process, which is to be of this kind. */
static const struct event *meet(struct kinship *all, struct kin *kin, enum record_kind kind,
				const char *line)
{
	const struct run *run = all->run;
	const struct event *e = NULL;
	size_t i;

	for (i = 0; i < run->seen_n && !e; i++)
		if (!all->taken[i] && run->seen[i].event.tgid == kin->tgid)
			e = &run->seen[i].event;
	if (!e)
		fail_msg("no record for \"%s\"; they said:\n%s", line, run->truth);
	if (e->kind != kind)
		fail_msg("a record of kind %d for \"%s\"", e->kind, line);
	all->taken[i - 1] = true;
	all->met++;
	if (kin->start_ns == 0)
		kin->start_ns = e->start_ns;
	if (e->start_ns != kin->start_ns)
		fail_msg("another start of the process for \"%s\"", line);
	if (kind != RECORD_CLOSE && e->image != kin->image)
		fail_msg("image %llu, not %llu, for \"%s\"", (unsigned long long)e->image,
			 (unsigned long long)kin->image, line);
	if (kin->auid_said && kind != RECORD_CLOSE && e->auid != kin->auid)
		fail_msg("auid %u for \"%s\"", e->auid, line);
	return e;
}

static void meet_birth(struct kinship *all, uint32_t tgid, uint32_t caller)
{
	const struct kin *parent = kin_find(all, caller);
	struct kin *kin = kin_add(all, tgid);
	size_t i;

	kin->image = parent->image;
	for (i = 0; i + 1 < all->n; i++)
		if (all->kin[i].tgid == tgid && !all->kin[i].over)
			fail_msg("process %u was born twice", tgid);
}

static void meet_connect(struct kinship *all, struct kin *kin, const char *word, uint32_t ppid,
			 const char *line)
{
	const struct event *e = meet(all, kin, RECORD_CONNECT, line);
	bool tcp = !strcmp(word, "tcp");

	if (e->ppid != ppid)
		fail_msg("ppid %u for \"%s\"", e->ppid, line);
	assert_int_equal(e->net.proto, tcp ? LS_IPPROTO_TCP : LS_IPPROTO_UDP);
	if (!strcmp(word, "io"))
		assert_int_not_equal(e->tid, e->tgid);
	if (tcp)
		assert_int_equal(meet(all, kin, RECORD_CLOSE, line)->close.of, e->sseq);
}

static void meet_exit(struct kinship *all, struct kin *kin, uint32_t status, const char *line)
{
	const struct event *e = meet(all, kin, RECORD_EXIT, line);

	if (e->exit.status != status)
		fail_msg("status %u for \"%s\"", e->exit.status, line);
	kin->over = true;
}

static void meet_line(struct kinship *all, const char *line)
{
	char word[16] = "";
	uint32_t tgid = 0, value = 0;
	struct kin *kin;

	if (!strncmp(line, "actor ", 6))
		fail_msg("%s", line);
	if (sscanf(line, "%15s %u %u", word, &tgid, &value) < 2)
		return;
	if (!strcmp(word, "me")) {
		meet_birth(all, tgid, value);
		return;
	}
	kin = kin_find(all, tgid);
	if (!strcmp(word, "exec")) {
		kin->image = meet(all, kin, RECORD_EXEC, line)->sseq;
	} else if (!strcmp(word, "exit")) {
		meet_exit(all, kin, value, line);
	} else if (!strcmp(word, "auid")) {
		kin->auid = value;
		kin->auid_said = true;
	} else {
		meet_connect(all, kin, word, value, line);
	}
}

static void check_rest(const struct kinship *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!all->kin[i].over)
			fail_msg("process %u never ended", all->kin[i].tgid);
	for (i = 0; i < all->run->seen_n; i++)
		if (!all->taken[i])
			fail_msg("a record of kind %d of process %u, of which nobody spoke",
				 all->run->seen[i].event.kind, all->run->seen[i].event.tgid);
	assert_int_equal(all->met, all->run->seen_n);
}

void kin_check(const struct run *run)
{
	static struct kinship all;
	const char *line = run->truth, *end;

	memset(&all, 0, sizeof(all));
	all.run = run;
	all.taken = calloc(run->seen_n + 1, sizeof(*all.taken));
	assert_non_null(all.taken);
	pass_over(&all);
	kin_add(&all, (uint32_t)run->pid);
	for (; (end = strchr(line, '\n')); line = end + 1) {
		char text[256];

		snprintf(text, sizeof(text), "%.*s", (int)(end - line), line);
		meet_line(&all, text);
	}
	check_rest(&all);
	free(all.taken);
}
