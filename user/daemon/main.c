/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/acker.h"
#include "daemon/alerts.h"
#include "daemon/control.h"
#include "daemon/daemon.h"
#include "daemon/opener.h"
#include "daemon/ops.h"
#include "daemon/sessions.h"
#include "daemon/settings.h"
#include "daemon/stream.h"
#include "edge/host.h"
#include "edge/loop.h"
#include "edge/memory.h"
#include "edge/probe/probe.h"
#include "edge/store/store.h"
#include "engine/engine.h"

enum {
	PUMP_RECORDS = 256, /* ring records between two looks at the sockets */
	TICK_MS = 1000,
	/* That the start waits for the disk, so that no alert is left uncounted. */
	ACKER_SYNC_MS = 2000,
	EXIT_BLIND = 1,
	EXIT_CONFIG = 2,
};

static int complain(const char *what)
{
	fprintf(stderr, "lockstepd: %s\n", what);
	return EXIT_CONFIG;
}

/* All that is wrong with the configuration, each on a line. */
static int refuse(const struct refusal *refusal)
{
	struct buf lines = { 0 };

	refusal_lines(refusal, &lines);
	for (char *line = lines.p, *end; !lines.failed && line < lines.p + lines.n;
	     line = end + 1) {
		end = memchr(line, '\n', lines.n - (size_t)(line - lines.p));
		*end = 0;
		complain(line);
	}
	if (lines.failed)
		complain("out of memory");
	buf_free(&lines);
	return EXIT_CONFIG;
}

static void on_record(void *ctx, const struct record *record, struct span line)
{
	const struct record_row row = row_of(record, line);
	struct daemon *daemon = ctx;

	if (daemon->stream)
		stream__record(daemon->stream, &row);
	if (daemon->acker)
		acker__record(daemon->acker, &row);
	alerts__record(daemon->alerts, record, &row);
}

static void on_durable(void *ctx, uint64_t seq)
{
	struct daemon *daemon = ctx;

	if (daemon->stream)
		stream__durable(daemon->stream, seq);
	if (daemon->acker)
		acker__durable(daemon->acker, seq);
}

static void on_trouble(void *ctx, const char *line)
{
	struct daemon *daemon = ctx;

	alerts__say(daemon->alerts, true, "%s", line);
}

static void on_opened(void *ctx, uint64_t ticket, struct span reply)
{
	struct daemon *daemon = ctx;

	control__answer(daemon->control, ticket, reply);
}

static bool on_waits(void *ctx, uint64_t ticket)
{
	const struct daemon *daemon = ctx;

	return control__waits(daemon->control, ticket);
}

static void on_said(void *ctx, const char *line)
{
	struct daemon *daemon = ctx;

	alerts__say(daemon->alerts, false, "%s", line);
}

static uint32_t on_owner(void *ctx, const char *session)
{
	struct daemon *daemon = ctx;

	return sessions_owner(daemon->engine, session);
}

static const struct open_alerts *on_open_alerts(void *ctx)
{
	const struct daemon *daemon = ctx;

	return daemon->acker ? acker__open_alerts(daemon->acker) : NULL;
}

static void on_signal(void *ctx, int signal)
{
	struct daemon *daemon = ctx;

	if (signal == SIGHUP)
		daemon->reload = true;
	else
		daemon->stop = true;
}

static void on_engine(void *ctx, uint32_t events)
{
	struct daemon *daemon = ctx;

	(void)events;
	engine__pump(daemon->engine, PUMP_RECORDS);
}

/* The manager is told that we live only by a turn that also pumped the engine. */
static void on_tick(void *ctx)
{
	struct daemon *daemon = ctx;

	engine__pump(daemon->engine, PUMP_RECORDS);
	control__tick(daemon->control);
	stream__tick(daemon->stream);
	acker__tick(daemon->acker);
	if (daemon->notify.watchdog_us)
		notify__watchdog(&daemon->notify);
}

/* Whoever can write there can put another socket in the place of ours. */
static int make_run_dir(const char *path, char *why, size_t why_n)
{
	struct stat st;
	int ret = 0;

	if ((mkdir(path, 0755) && errno != EEXIST) || lstat(path, &st)) {
		ret = -errno;
		snprintf(why, why_n, "can't make %s: %s", path, strerror(-ret));
	} else if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022)) {
		ret = -EPERM;
		snprintf(why, why_n,
			 "%s must be a directory of uid %u that nobody else can write to", path,
			 geteuid());
	}
	return ret;
}

static int open_control(struct daemon *daemon, char *why, size_t why_n)
{
	char path[128];
	const struct control_opts opts = {
		.loop = daemon->loop,
		.path = path,
		.clients_max = daemon->config.limits.clients,
		.handle = ops_handle,
		.ctx = daemon,
	};

	snprintf(path, sizeof(path), "%s/control.sock", daemon->config.run_dir);
	return control__open(&daemon->control, &opts, why, why_n);
}

static struct engine_opts engine_options(struct daemon *daemon)
{
	const struct config *config = &daemon->config;

	return (struct engine_opts){
		.probe = {
			.cgroup = config->cgroup,
			.ring_bytes = config->ring_kib << 10,
			.argv_max = config->limits.argv_kib << 10,
			.env_max = config->limits.env_kib << 10,
			.members_max = config->limits.members,
			.pins = config->pins,
		},
		.store = config->store,
		.key = config->key,
		.store_file_bytes = (uint64_t)config->store_file_mib << 20,
		.store_keep_files = config->store_keep_files,
		.store_keep_days = config->store_keep_days,
		.keep = true,
		.selftest = true,
		.record = on_record,
		.durable = on_durable,
		.trouble = on_trouble,
		.ctx = daemon,
	};
}

static int open_engine(struct daemon *daemon, char *why, size_t why_n)
{
	struct engine_opts opts = engine_options(daemon);
	int ret = engine__open(&daemon->engine, &opts, why, why_n);

	/* Without a bpffs a daemon that records is worth more than one that does not start. */
	if (ret == -ENOTSUP && opts.probe.pins) {
		alerts__say(daemon->alerts, true, "%s: sessions end when the daemon does", why);
		opts.probe.pins = NULL;
		ret = engine__open(&daemon->engine, &opts, why, why_n);
	}
	if (ret)
		return ret;
	ret = settings_logins(daemon, &daemon->config.unticketed);
	if (ret) {
		snprintf(why, why_n, "out of memory");
		return ret;
	}
	ret = loop__watch(daemon->loop, engine__fd(daemon->engine), EPOLLIN, on_engine, daemon);
	if (ret)
		snprintf(why, why_n, "can't watch the engine: %s", strerror(-ret));
	return ret;
}

static int open_stream(struct daemon *daemon, char *why, size_t why_n)
{
	char path[128];
	struct stream_opts opts = {
		.loop = daemon->loop,
		.store = engine__store(daemon->engine),
		.path = path,
		.clients_max = daemon->config.limits.subscribers,
		.bound = (size_t)daemon->config.limits.subscriber_kib << 10,
		.last_seq = collector__next_seq(engine__collector(daemon->engine)) - 1,
		.owner = on_owner,
		.open = on_open_alerts,
		.ctx = daemon,
	};
	int ret;

	snprintf(path, sizeof(path), "%s/stream.sock", daemon->config.run_dir);
	ret = settings_group(daemon->config.group, &opts.group, why, why_n);
	return ret ? ret : stream__open(&daemon->stream, &opts, why, why_n);
}

static int open_opener(struct daemon *daemon, char *why, size_t why_n)
{
	const struct opener_opts opts = {
		.loop = daemon->loop,
		.engine = daemon->engine,
		.rules = settings_rules(&daemon->config),
		.sessions_max = daemon->config.limits.sessions,
		.waits = on_waits,
		.answer = on_opened,
		.say = on_said,
		.ctx = daemon,
	};
	int ret = opener__open(&daemon->opener, &opts);

	if (ret)
		snprintf(why, why_n, "can't start the thread that reads tickets: %s",
			 strerror(-ret));
	return ret;
}

/* What was recorded until now, of sessions that were taken over, it has to find in the store. */
static int open_acker(struct daemon *daemon, char *why, size_t why_n)
{
	const struct acker_opts opts = {
		.loop = daemon->loop,
		.engine = daemon->engine,
		.store = daemon->config.store,
		.last_seq = collector__next_seq(engine__collector(daemon->engine)) - 1,
		.answer = on_opened,
		.say = on_said,
		.ctx = daemon,
	};
	int ret;

	(void)store__sync(engine__store(daemon->engine), ACKER_SYNC_MS);
	ret = acker__open(&daemon->acker, &opts);
	if (ret)
		snprintf(why, why_n, "can't start the thread that reads alerts: %s",
			 strerror(-ret));
	return ret;
}

/* The signals are blocked before any thread is born: they are the loop's alone. */
static int open_loop(struct daemon *daemon, char *why, size_t why_n)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, 0 };
	int ret;

	signal(SIGPIPE, SIG_IGN);
	ret = loop__open(&daemon->loop);
	if (!ret)
		ret = loop__signals(daemon->loop, signals, on_signal, daemon);
	if (!ret)
		ret = loop__every(daemon->loop, TICK_MS, on_tick, daemon);
	if (ret)
		snprintf(why, why_n, "can't set up the event loop: %s", strerror(-ret));
	return ret;
}

/* The control socket comes first: it is what tells a second daemon that there is one. */
static int daemon_open(struct daemon *daemon, char *why, size_t why_n)
{
	int ret;

	daemon->started_ns = host_boot_ns();
	ret = alerts__open(&daemon->alerts, daemon->config.alerts);
	if (ret) {
		snprintf(why, why_n, "out of memory");
		return ret;
	}
	ret = open_loop(daemon, why, why_n);
	if (ret)
		return ret;
	ret = make_run_dir(daemon->config.run_dir, why, why_n);
	if (ret)
		return ret;
	ret = open_control(daemon, why, why_n);
	if (ret)
		return ret;
	ret = open_engine(daemon, why, why_n);
	if (ret)
		return ret;
	ret = open_stream(daemon, why, why_n);
	if (ret)
		return ret;
	ret = open_opener(daemon, why, why_n);
	return ret ? ret : open_acker(daemon, why, why_n);
}

/* The stream goes last: its readers get the end of every session. */
static int daemon_close(struct daemon *daemon)
{
	int ret;

	opener__close(daemon->opener);
	acker__close(daemon->acker);
	daemon->acker = NULL;
	control__close(daemon->control);
	if (daemon->engine) {
		loop__unwatch(daemon->loop, engine__fd(daemon->engine));
		if (daemon->stream)
			engine__host(daemon->engine, "stop", NULL);
	}
	ret = engine__close(daemon->engine);
	if (ret)
		alerts__say(daemon->alerts, true, "not everything was stored: %s", strerror(-ret));
	stream__close(daemon->stream);
	alerts__close(daemon->alerts);
	loop__close(daemon->loop);
	notify__close(&daemon->notify);
	config_free(&daemon->config);
	return ret;
}

static void reload(struct daemon *daemon)
{
	notify__reloading(&daemon->notify);
	settings_reload(daemon);
	notify__ready(&daemon->notify, "recording");
	daemon->reload = false;
}

static int serve(struct daemon *daemon)
{
	bool more = false;
	int ret = 0;

	engine__host(daemon->engine, "start", "lockstepd " LOCKSTEP_VERSION);
	engine__host(daemon->engine, "selftest", engine__selftest(daemon->engine));
	alerts__say(daemon->alerts, false, "recording to %s", daemon->config.store);
	notify__ready(&daemon->notify, "recording");
	while (!ret && !daemon->stop) {
		ret = loop__turn(daemon->loop, more ? 0 : -1);
		if (daemon->reload)
			reload(daemon);
		more = stream__turn(daemon->stream);
	}
	notify__stopping(&daemon->notify);
	alerts__say(daemon->alerts, ret != 0, "stopping%s%s", ret ? ": " : "",
		    ret ? strerror(-ret) : "");
	return ret;
}

/*
 * Whatever an earlier daemon left in the kernel, for good: recorded to its end where that can be.
 */
static int unload(struct daemon *daemon)
{
	const char *pins = daemon->config.pins;
	struct engine_opts opts = engine_options(daemon);
	char why[1024] = "";
	int ret;

	if (!pins || access(pins, F_OK)) {
		config_free(&daemon->config);
		return 0;
	}
	if (alerts__open(&daemon->alerts, 0))
		return complain("out of memory");
	opts.keep = opts.selftest = false;
	ret = engine__open(&daemon->engine, &opts, why, sizeof(why));
	if (!ret) {
		engine__host(daemon->engine, "unload", NULL);
		ret = engine__close(daemon->engine);
		if (ret)
			snprintf(why, sizeof(why), "not everything was stored: %s", strerror(-ret));
	} else if (ret != -EBUSY) {
		alerts__say(daemon->alerts, false, "%s; what is pinned is taken away all the same",
			    why);
		ret = probe_unload(pins, why, sizeof(why));
	}
	if (ret)
		complain(why);
	alerts__close(daemon->alerts);
	config_free(&daemon->config);
	return ret ? 1 : 0;
}

static void print_help(FILE *to)
{
	fputs("usage: lockstepd [-c FILE] [--check | --unload]\n\n"
	      "Opens sessions on tickets, judges what runs in them, keeps and streams the "
	      "record.\n\n"
	      "  -c, --config FILE   configuration (default: " SETTINGS_PATH ", if it exists)\n"
	      "      --check         read the configuration, say what is wrong with it, and leave\n"
	      "      --unload        end what an earlier daemon left open, "
	      "take its programs out of\n"
	      "                      the kernel, and leave\n"
	      "      --version       print the version\n"
	      "  -h, --help          print this\n\n"
	      "SIGHUP reads the configuration again. SIGTERM leaves; open sessions go on, and the\n"
	      "next start takes them over.\n",
	      to);
}

/* 0: go on. Else *status is what to exit with. */
static int read_options(int argc, char **argv, struct daemon *daemon, int *mode, int *status)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'C' },
		{ "unload", no_argument, NULL, 'U' },       { "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },         { 0 },
	};
	int c;

	*status = 0;
	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (c == 'c') {
			daemon->config_path = optarg;
		} else if (c == 'C' || c == 'U') {
			*mode = c;
		} else if (c == 'V') {
			puts("lockstepd " LOCKSTEP_VERSION);
			return 1;
		} else {
			*status = c == 'h' ? 0 : EXIT_CONFIG;
			print_help(c == 'h' ? stdout : stderr);
			return 1;
		}
	}
	if (optind < argc) {
		*status = complain("takes no operands; see lockstepd --help");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct daemon daemon = { .notify = { .fd = -1 } };
	char why[1024] = "out of memory";
	struct refusal refusal;
	int mode = 0, status, ret;

	memory_keep_small();
	/* Who ignored it before us keeps us from learning how our children end. */
	signal(SIGCHLD, SIG_DFL);
	if (read_options(argc, argv, &daemon, &mode, &status))
		return status;
	if (settings_read(daemon.config_path, &daemon.config, &refusal))
		return refuse(&refusal);
	if (mode == 'C') {
		config_free(&daemon.config);
		return 0;
	}
	if (mode == 'U')
		return unload(&daemon);
	if (notify__open(&daemon.notify))
		complain("$NOTIFY_SOCKET can't be reached; nobody is told when it is ready");
	ret = daemon_open(&daemon, why, sizeof(why));
	if (!ret)
		status = serve(&daemon) ? 1 : 0;
	else
		status = complain(why) && ret == -ENOMSG ? EXIT_BLIND : EXIT_CONFIG;
	return daemon_close(&daemon) ? 1 : status;
}
