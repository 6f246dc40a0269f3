/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/yaml/schema.h"
#include "lockstep/state.h"

#define KEY(name_, type, field_, read_)                                                            \
	{                                                                                          \
		.name = name_, .offset = offsetof(type, field_), .read = read_                     \
	}

enum { CONFIG_BYTES_MAX = 64 << 10, RUN_DIR_MAX = 90, IGNORE_MAX = LS_LOGIN_IGNORE_MAX / 2 };

static int read_bounded(struct reader *reader, const struct node *node, uint64_t min, uint64_t max,
			uint32_t *field)
{
	char what[64];
	uint64_t value;

	if (!schema_number(node, max, &value) || value < min) {
		snprintf(what, sizeof(what), "a number from %" PRIu64 " to %" PRIu64, min, max);
		return reader__expected(reader, node, what);
	}
	*field = (uint32_t)value;
	return 0;
}

static int read_sessions(struct reader *reader, const struct node *node, void *field)
{
	return read_bounded(reader, node, 1, LS_SESSIONS_MAX, field);
}

static int read_members(struct reader *reader, const struct node *node, void *field)
{
	return read_bounded(reader, node, 64, 4194304, field);
}

static int read_peers(struct reader *reader, const struct node *node, void *field)
{
	return read_bounded(reader, node, 1, 1024, field);
}

static int read_backlog(struct reader *reader, const struct node *node, void *field)
{
	return read_bounded(reader, node, 64, 65536, field);
}

static int read_kept(struct reader *reader, const struct node *node, void *field)
{
	return read_bounded(reader, node, 4, 2048, field);
}

static const struct key limits_keys[] = {
	KEY("sessions", struct config_limits, sessions, read_sessions),
	KEY("members", struct config_limits, members, read_members),
	KEY("subscribers", struct config_limits, subscribers, read_peers),
	KEY("subscriber_kib", struct config_limits, subscriber_kib, read_backlog),
	KEY("clients", struct config_limits, clients, read_peers),
	KEY("argv_kib", struct config_limits, argv_kib, read_kept),
	KEY("env_kib", struct config_limits, env_kib, read_kept),
};
static const struct schema limits_schema = { "the limits", limits_keys, ARRAY_SIZE(limits_keys) };

static int read_limits(struct reader *reader, const struct node *node, void *field)
{
	return schema_map(reader, node, &limits_schema, field);
}

/* The default that stands there is replaced. */
static int read_path(struct reader *reader, const struct node *node, void *field)
{
	char **path = field;
	char *value = NULL;
	int ret = schema_path(reader, node, &value);

	if (ret)
		return ret;
	free(*path);
	*path = value;
	return 0;
}

/* The sockets' names are added, and a socket's path has 107 bytes. */
static int read_run_dir(struct reader *reader, const struct node *node, void *field)
{
	if (node->kind == NODE_SCALAR && node->text.n > RUN_DIR_MAX)
		return reader__expected(reader, node, "a path of at most 90 bytes");
	return read_path(reader, node, field);
}

/* NULL for the word `none`. */
static int read_pins(struct reader *reader, const struct node *node, void *field)
{
	char **path = field;

	if (node->kind != NODE_SCALAR || !span_is(node->text, "none"))
		return read_path(reader, node, field);
	free(*path);
	*path = NULL;
	return 0;
}

static int read_ring(struct reader *reader, const struct node *node, void *field)
{
	uint64_t value;

	if (!schema_number(node, 1 << 20, &value) || value < 64 || (value & (value - 1)) != 0)
		return reader__expected(reader, node, "a power of two from 64 to 1048576");
	*(uint32_t *)field = (uint32_t)value;
	return 0;
}

/* 0 for the word `all`. */
static int read_keep(struct reader *reader, const struct node *node, void *field, uint64_t min,
		     uint64_t max, const char *expected)
{
	uint64_t value = 0;

	if ((node->kind != NODE_SCALAR || !span_is(node->text, "all")) &&
	    (!schema_number(node, max, &value) || value < min))
		return reader__expected(reader, node, expected);
	*(uint32_t *)field = (uint32_t)value;
	return 0;
}

static int read_keep_files(struct reader *reader, const struct node *node, void *field)
{
	return read_keep(reader, node, field, 2, 4096, "a number of files from 2 to 4096, or all");
}

static int read_keep_days(struct reader *reader, const struct node *node, void *field)
{
	return read_keep(reader, node, field, 1, 36500, "a number of days from 1 to 36500, or all");
}

static int read_file_mib(struct reader *reader, const struct node *node, void *field)
{
	uint64_t value;

	if (!schema_number(node, 1 << 20, &value) || !value)
		return reader__expected(reader, node, "a number from 1 to 1048576");
	*(uint32_t *)field = (uint32_t)value;
	return 0;
}

static int alert_item(struct reader *reader, const struct node *node, void *field)
{
	static const struct choice words[] = { { "journald", CONFIG_ALERTS_JOURNALD },
					       { "syslog", CONFIG_ALERTS_SYSLOG } };
	static const struct choices choices = { "journald or syslog", words, ARRAY_SIZE(words) };
	unsigned int alert;
	int ret = schema_choice(reader, node, &choices, &alert);

	*(unsigned int *)field |= alert;
	return ret;
}

static int read_alerts(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of journald and syslog", alert_item, .min = 0 };

	return schema_list(reader, node, &list, field);
}

static int read_signatures(struct reader *reader, const struct node *node, void *field)
{
	bool *optional = field;

	*optional = node->kind == NODE_SCALAR && span_is(node->text, "optional");
	if (*optional || (node->kind == NODE_SCALAR && span_is(node->text, "required")))
		return 0;
	return reader__expected(reader, node, "required or optional");
}

static int read_break_glass(struct reader *reader, const struct node *node, void *field)
{
	bool *allowed = field;

	*allowed = node->kind == NODE_SCALAR && span_is(node->text, "allowed");
	if (*allowed || (node->kind == NODE_SCALAR && span_is(node->text, "forbidden")))
		return 0;
	return reader__expected(reader, node, "allowed or forbidden");
}

static int read_logins(struct reader *reader, const struct node *node, void *field)
{
	bool *off = field;

	*off = node->kind == NODE_SCALAR && span_is(node->text, "off");
	if (*off || (node->kind == NODE_SCALAR && span_is(node->text, "recorded")))
		return 0;
	return reader__expected(reader, node, "recorded or off");
}

static void free_ignore(struct config_unticketed *unticketed)
{
	while (unticketed->ignore_n > 0)
		free(unticketed->ignore[--unticketed->ignore_n]);
	free(unticketed->ignore);
	unticketed->ignore = NULL;
}

static int add_ignore(struct config_unticketed *unticketed, char *path)
{
	char **room =
		schema_room(unticketed->ignore, unticketed->ignore_n, sizeof(*unticketed->ignore));

	if (!room || !path) {
		if (room)
			unticketed->ignore = room;
		free(path);
		return -ENOMEM;
	}
	unticketed->ignore = room;
	unticketed->ignore[unticketed->ignore_n++] = path;
	return 0;
}

static int ignore_item(struct reader *reader, const struct node *node, void *object)
{
	struct config_unticketed *unticketed = object;
	char *path = NULL;
	int ret = schema_path(reader, node, &path);

	return ret ? ret : add_ignore(unticketed, path);
}

/* The default that stands there is replaced. */
static int read_ignore(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of paths", ignore_item, .min = 0,
					  .max = IGNORE_MAX };
	struct config_unticketed *unticketed = field;

	free_ignore(unticketed);
	return schema_list(reader, node, &list, unticketed);
}

static const struct key unticketed_keys[] = {
	KEY("logins", struct config_unticketed, off, read_logins),
	{ .name = "ignore", .read = read_ignore },
};
static const struct schema unticketed_schema = { "unticketed", unticketed_keys,
						 ARRAY_SIZE(unticketed_keys) };

static int read_unticketed(struct reader *reader, const struct node *node, void *field)
{
	return schema_map(reader, node, &unticketed_schema, field);
}

static const struct key config_keys[] = {
	{ .name = "lockstep", .read = schema_version },
	KEY("store", struct config, store, read_path),
	KEY("key", struct config, key, read_path),
	KEY("store_file_mib", struct config, store_file_mib, read_file_mib),
	KEY("store_keep_files", struct config, store_keep_files, read_keep_files),
	KEY("store_keep_days", struct config, store_keep_days, read_keep_days),
	KEY("run_dir", struct config, run_dir, read_run_dir),
	KEY("tickets", struct config, tickets, read_path),
	KEY("profiles", struct config, profiles, read_path),
	KEY("cgroup", struct config, cgroup, read_path),
	KEY("pins", struct config, pins, read_pins),
	KEY("signatures", struct config, signatures_optional, read_signatures),
	KEY("allowed_signers", struct config, signers, read_path),
	KEY("revoked_keys", struct config, revoked, read_path),
	KEY("break_glass", struct config, break_glass, read_break_glass),
	KEY("group", struct config, group, schema_id),
	KEY("ring_kib", struct config, ring_kib, read_ring),
	KEY("alerts", struct config, alerts, read_alerts),
	KEY("unticketed", struct config, unticketed, read_unticketed),
	KEY("limits", struct config, limits, read_limits),
};
static const struct schema config_schema = { "the configuration", config_keys,
					     ARRAY_SIZE(config_keys) };

/* What sets an audit session for work that nobody logged in for. */
static int ignore_defaults(struct config_unticketed *unticketed)
{
	static const char *const programs[] = { "/usr/sbin/cron", "/usr/sbin/crond",
						"/usr/sbin/atd", "/usr/lib/systemd/systemd" };
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(programs) && !ret; i++)
		ret = add_ignore(unticketed, strdup(programs[i]));
	return ret;
}

int config_defaults(struct config *out)
{
	*out = (struct config){
		.store = strdup(CONFIG_STORE),
		.run_dir = strdup("/run/lockstep"),
		.tickets = strdup("/etc/lockstep/tickets"),
		.profiles = strdup(LOCKSTEP_PREFIX "/share/lockstep/profiles"),
		.pins = strdup("/sys/fs/bpf/lockstep"),
		.signers = strdup("/etc/lockstep/allowed_signers"),
		.revoked = strdup("/etc/lockstep/revoked_keys"),
		.store_file_mib = 1024,
		.ring_kib = LS_RING_BYTES_DEFAULT >> 10,
		.limits = {
			.sessions = 256,
			.members = LS_MEMBERS_MAX_DEFAULT,
			.subscribers = 32,
			.subscriber_kib = 4096,
			.clients = 64,
			.argv_kib = LS_ARGV_MAX_DEFAULT >> 10,
			.env_kib = LS_ENV_MAX_DEFAULT >> 10,
		},
	};
	if (out->store && out->run_dir && out->tickets && out->profiles && out->pins &&
	    out->signers && out->revoked && !ignore_defaults(&out->unticketed))
		return 0;
	config_free(out);
	return -ENOMEM;
}

/* Whether there is nothing but blanks and comments: a configuration of defaults. */
static bool is_empty(struct span text)
{
	bool comment = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\n')
			comment = false;
		else if (c == '#')
			comment = true;
		else if (!comment && c != ' ' && c != '\t' && c != '\r')
			return false;
	}
	return true;
}

int config_parse(const char *text, size_t n, struct config *out, struct errs *errs)
{
	int ret;

	errs_reset(errs);
	*out = (struct config){ 0 };
	if (n > CONFIG_BYTES_MAX)
		return errs_add(errs, -E2BIG, 0, 0, "expected at most %d bytes, got %zu",
				CONFIG_BYTES_MAX, n);
	ret = config_defaults(out);
	if (ret)
		return errs_add(errs, ret, 0, 0, "out of memory");
	if (!is_empty((struct span){ text, n }))
		ret = schema_document(text, n, &config_schema, out, errs);
	if (ret)
		config_free(out);
	return ret;
}

void config_free(struct config *config)
{
	free(config->store);
	free(config->key);
	free(config->run_dir);
	free(config->tickets);
	free(config->profiles);
	free(config->cgroup);
	free(config->pins);
	free(config->signers);
	free(config->revoked);
	free(config->group);
	free_ignore(&config->unticketed);
	*config = (struct config){ 0 };
}
