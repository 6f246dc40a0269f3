/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/part.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "core/session/capability.h"
#include "engine/canary.h"
#include "engine/logins.h"
#include "engine/takeover.h"
#include "engine/untracked_search.h"

/*
 * A session that the kernel has, and of which the store knows nothing: recorded all the same. A
 * login without a ticket, or an earlier daemon's.
 */
static int adopt(struct engine *engine, uint32_t number, uint32_t tgid)
{
	char name[64] = "unknown";
	struct open_opts opts = {
		.session = number,
		.info = { .operator_name = name, .operator_uid = LS_NO_ID, .tgid = tgid },
		.judge = { .boot_to_wall_ns = engine->boot_to_wall_ns,
			   .mntns = host_mntns(),
			   .sees = capability_sees(probe__facts(engine->probe)) },
		.recursion_misses = probe__recursion_misses(engine->probe),
	};
	struct ls_session kernel;
	int ret = host_session_id(opts.info.id);

	if (probe__counters(engine->probe, number, &kernel) == 0 && kernel.login) {
		opts.info.login = true;
		opts.info.login_asid = kernel.asid;
		opts.info.operator_uid = kernel.auid;
		host_local_user_name(kernel.auid, name, sizeof(name));
		untracked_search__want(engine->search);
	}
	opts.judge.operator_uid = opts.info.operator_uid;
	opts.info.start_ns = host_boot_ns();
	if (!ret && engine->store && engine->opts.keep)
		ret = takeover_note(engine->store, &opts, engine->host.boot, NULL, 0);
	return ret ? ret : collector__open(engine->collector, &opts, opts.info.start_ns);
}

static int on_adopt(void *ctx, uint32_t number)
{
	return adopt(ctx, number, 0);
}

static int on_login(void *ctx, uint32_t number, uint32_t tgid)
{
	return adopt(ctx, number, tgid);
}

static void on_takeover_trouble(void *ctx, const char *line)
{
	struct engine *engine = ctx;

	engine_trouble(engine, line);
	collector__host(engine->collector, "takeover", line, host_boot_ns());
}

static void tell_takeover(struct engine *engine, const struct takeover *takeover)
{
	size_t used, size;
	char text[256];

	probe__fill(engine->probe, &used, &size);
	snprintf(text, sizeof(text),
		 "%u sessions go on, %u of which nothing was known; %u are over; %zu of %zu bytes "
		 "of the "
		 "ring were waiting%s",
		 takeover->resumed + takeover->adopted, takeover->adopted, takeover->closed, used,
		 size,
		 probe__outdated(engine->probe)
			 ? "; the kernel programs of before are kept until they have ended"
			 : "");
	collector__host(engine->collector, "restart", text, host_boot_ns());
	engine_trouble(engine, text);
}

/* What an earlier process left open, in the kernel or in the store. */
int engine_take_over(struct engine *engine, char *why, size_t why_n)
{
	const struct takeover_opts opts = {
		.probe = engine->probe,
		.store = engine->store,
		.collector = engine->collector,
		.boot = engine->host.boot,
		.now_ns = host_boot_ns(),
		.adopt = on_adopt,
		.trouble = on_takeover_trouble,
		.ctx = engine,
	};
	struct takeover takeover;
	int ret;
	uint32_t unused;

	if (!engine->store)
		return 0;
	engine->taking_over = true;
	ret = takeover_run(&opts, &takeover);
	engine->taking_over = false;
	if (ret) {
		snprintf(why, why_n, "the sessions that were open can't be read from the store: %s",
			 strerror(-ret));
		return ret;
	}
	engine->next_session = takeover.highest + 1;
	if (probe__taken_over(engine->probe)) {
		untracked_search__want(engine->search);
		/*
		 * In the maps that were taken over, sockets of sessions that have ended live on
		 * under their numbers, and nobody knows the highest. An eighth of a second of the
		 * boot clock a number is more than a daemon gives.
		 */
		unused = (uint32_t)(opts.now_ns >> 27);
		if (engine->next_session < unused)
			engine->next_session = unused;
	}
	if (probe__taken_over(engine->probe) || takeover.closed)
		tell_takeover(engine, &takeover);
	return 0;
}

static uint32_t on_number(void *ctx)
{
	struct engine *engine = ctx;

	return engine->next_session++;
}

static void on_login_tell(void *ctx, const char *what, const char *line)
{
	struct engine *engine = ctx;

	engine_trouble(engine, line);
	collector__host(engine->collector, what, line, host_boot_ns());
}

/* After the takeover, which knows the numbers that are in use. */
int engine_open_logins(struct engine *engine)
{
	const struct logins_ops ops = {
		.number = on_number, .open = on_login, .tell = on_login_tell, .ctx = engine
	};

	return logins__new(&engine->logins, engine->probe, &ops);
}

/*
 * Sessions of before may have filled the ring, and may be about to fill it again. How far it gets
 * is for the disk to say.
 */
static void make_room(struct engine *engine)
{
	const uint64_t until_ns = host_boot_ns() + ROOM_MS * MS;
	struct pollfd moved = { store__fd(engine->store), POLLIN, 0 };
	size_t used, size;

	do {
		engine_heed_store(engine, false);
		engine_drain(engine, 0);
		probe__fill(engine->probe, &used, &size);
	} while (used > size / 4 && poll(&moved, 1, 10) >= 0 && host_boot_ns() < until_ns);
}

/*
 * Programs that were taken over passed it when they were loaded, so a canary for which their
 * sessions left no room is no reason to leave those sessions alone.
 */
int engine_run_selftest(struct engine *engine, char *why, size_t why_n)
{
	const bool taken = engine->store && probe__taken_over(engine->probe);
	struct canary canary;
	int ret;

	for (int tries = 0; tries < SELFTEST_TRIES; tries++) {
		if (taken)
			make_room(engine);
		ret = canary_run(engine->probe, &canary, engine_feed, engine, why, why_n);
		if (ret)
			return ret;
		if (selftest_passed(&canary.test) || !canary.lost)
			break;
	}
	if (!selftest_passed(&canary.test) && canary.lost)
		buf_addf(&engine->selftest,
			 "the ring had no room for %" PRIu64 " acts of the canary: ", canary.lost);
	canary_tell(&canary, &engine->selftest);
	buf_addc(&engine->selftest, '\0');
	if (engine->selftest.failed)
		return -ENOMEM;
	if (selftest_passed(&canary.test))
		return 0;
	if (taken && canary.lost) {
		engine_trouble(engine, engine->selftest.p);
		return 0;
	}
	snprintf(why, why_n, "self-test: %s", engine->selftest.p);
	return -ENOMSG;
}
