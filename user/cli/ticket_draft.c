/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "approve/plan_file.h"
#include "core/base/array.h"
#include "core/base/json_read.h"
#include "core/review/draft/draft.h"
#include "core/serve/config.h"
#include "edge/fsutil.h"
#include "edge/lookup.h"
#include "edge/sha256.h"
#include "edge/store/store.h"

enum { PROFILES_MAX = 64, NAME_SIZE = 80 };

struct drafting {
	struct options *options;
	const char *store, *profiles_dir, *session;
	bool last;
	struct buf last_session;
	struct draft_profile profiles[PROFILES_MAX];
	char names[PROFILES_MAX][NAME_SIZE];
	size_t profiles_n;
	struct draft *draft;
};

static const struct option_spec draft_options[] = {
	{ 256, "session", "ID", "the session to draft from" },
	{ 257, "last", NULL, "the store's latest session" },
	{ 's', "store", "FILE", "the store to read (default: " CONFIG_STORE ")" },
	{ 'p', "profiles", "DIR", "where profiles are (default: " PLAN_FILE_PROFILES_DIR ")" },
};

static int parse(struct drafting *drafting)
{
	struct options *options = drafting->options;
	int id;

	while ((id = options_next(options)) > 0) {
		if (id == 256)
			drafting->session = options->value;
		else if (id == 's')
			drafting->store = options->value;
		else if (id == 'p')
			drafting->profiles_dir = options->value;
		drafting->last |= id == 257;
	}
	if (id < 0)
		return options->status;
	if (options->operands_n)
		return options_usage(options, "unexpected \"%s\"", options->operands[0]);
	if (drafting->last == (drafting->session != NULL))
		return options_usage(options, "expected one of --session ID and --last");
	return CLI_OK;
}

/* NAME.yaml, and no other name: that is how a ticket would find it. */
static int is_profile(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 5 && n - 5 < NAME_SIZE &&
	       strcmp(entry->d_name + n - 5, ".yaml") == 0;
}

static int look_up(struct plan *plan, struct err *err)
{
	struct sha256 *sha256;
	int ret = sha256__new(&sha256);

	if (!ret) {
		const struct lookup_ops ops = { .hash = sha256__fd, .ctx = sha256 };

		ret = lookup_plan(plan, &ops);
	}
	if (!ret)
		ret = plan_compile(plan, err);
	sha256__free(sha256);
	return ret;
}

static int read_profile(const char *path, const char *name, struct plan **out, struct err *err)
{
	struct ticket *profile;
	struct buf bytes = { 0 };
	struct errs errs = { 0 };
	int ret = fs_read(path, TICKET_BYTES_MAX, 0, &bytes);

	*out = NULL;
	if (!ret)
		ret = profile_parse(bytes.p, bytes.n, &profile, &errs);
	if (errs.n)
		*err = errs.v[0];
	buf_free(&bytes);
	if (ret)
		return ret;
	if (strcmp(profile->id, name) != 0) {
		ticket_free(profile);
		return err_set(err, -EINVAL, 0, 0,
			       "expected the profile that the file is named after");
	}
	ret = plan_new(profile, NULL, 0, out, err);
	if (!ret)
		ret = look_up(*out, err);
	if (ret) {
		plan_free(*out);
		*out = NULL;
	}
	return ret;
}

/* One that can't be read explains nothing, and is said. */
static void add_profile(struct drafting *drafting, const char *file)
{
	char *name = drafting->names[drafting->profiles_n], path[4096];
	struct err err = { 0 };
	struct plan *plan;
	int ret;

	if (snprintf(path, sizeof(path), "%s/%s", drafting->profiles_dir, file) >=
	    (int)sizeof(path))
		return;
	snprintf(name, NAME_SIZE, "%.*s", (int)strlen(file) - 5, file);
	ret = read_profile(path, name, &plan, &err);
	if (ret)
		fprintf(stderr, "%s: warning: not used: %s\n", path,
			err.message[0] ? err.message : strerror(-ret));
	else
		drafting->profiles[drafting->profiles_n++] = (struct draft_profile){ name, plan };
}

static void read_profiles(struct drafting *drafting)
{
	struct dirent **entries;
	int n = scandir(drafting->profiles_dir, &entries, is_profile, alphasort);

	if (n < 0) {
		fprintf(stderr, "%s: warning: no profiles: %m\n", drafting->profiles_dir);
		return;
	}
	for (int i = 0; i < n; i++) {
		if (drafting->profiles_n < PROFILES_MAX)
			add_profile(drafting, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* Each start replaces the one before. */
static int note_session(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct drafting *drafting = ctx;
	struct json_object *object = malloc(sizeof(*object));
	struct buf *last = &drafting->last_session;

	(void)seq;
	if (!object)
		return -ENOMEM;
	if (!json_read((struct span){ line, n }, object)) {
		buf_reset(last);
		if (json_read_text(json_get(object, "session"), last) == 0)
			buf_addc(last, 0);
	}
	free(object);
	return last->failed ? -ENOMEM : 0;
}

static int find_session(struct drafting *drafting, struct store *store)
{
	const struct store_filter starts = { .kind = "session_start" };
	int ret;

	if (drafting->session)
		return 0;
	ret = store__read(store, &starts, 0, note_session, drafting);
	if (!ret && drafting->last_session.n < 2)
		return -ENODATA;
	drafting->session = drafting->last_session.p;
	return ret;
}

static int add_line(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct drafting *drafting = ctx;
	int ret = draft__line(drafting->draft, (struct span){ line, n });

	(void)seq;
	return ret == -EINVAL ? 0 : ret; /* the draft says how many */
}

static int make(struct drafting *drafting, struct store *store, struct buf *out)
{
	struct draft_opts opts = { drafting->profiles, drafting->profiles_n };
	struct store_filter filter = { 0 };
	int ret = find_session(drafting, store);

	if (!ret)
		ret = draft__new(&drafting->draft, &opts);
	filter.session = drafting->session;
	if (!ret)
		ret = store__read(store, &filter, 0, add_line, drafting);
	return ret ? ret : draft__write(drafting->draft, out);
}

static int explain(const struct drafting *drafting, int ret)
{
	const char *session = drafting->session ? drafting->session : "?";

	if (ret == -ENODATA && !drafting->session)
		return options_fail(drafting->options, "\"%s\": no session is in it",
				    drafting->store);
	if (ret == -ENODATA) {
		options_fail(drafting->options,
			     "session \"%s\": not in the store, or no command of it can be a step",
			     session);
		return CLI_NEGATIVE;
	}
	if (ret == -E2BIG)
		return options_fail(drafting->options,
				    "session \"%s\": it did more than one ticket can say", session);
	return options_fail(drafting->options, "%s", strerror(-ret));
}

static int print_draft(struct drafting *drafting)
{
	struct store *store;
	struct buf out = { 0 };
	char why[512];
	int ret, status = CLI_OK;

	if (store__open_readonly(&store, drafting->store, why, sizeof(why)))
		return options_fail(drafting->options, "%s", why);
	ret = make(drafting, store, &out);
	store__close(store);
	if (ret)
		status = explain(drafting, ret);
	else
		fwrite(out.p, 1, out.n, stdout); /* main() asks stdout how that went */
	buf_free(&out);
	return status;
}

static int ticket_draft(struct options *options)
{
	struct drafting *drafting = calloc(1, sizeof(*drafting));
	int status;

	if (!drafting)
		return options_fail(options, "out of memory");
	drafting->options = options;
	drafting->store = CONFIG_STORE;
	drafting->profiles_dir = PLAN_FILE_PROFILES_DIR;
	status = parse(drafting);
	if (!status && options->operands) {
		read_profiles(drafting);
		status = print_draft(drafting);
	}
	draft__free(drafting->draft);
	for (size_t i = 0; i < drafting->profiles_n; i++)
		plan_free((struct plan *)drafting->profiles[i].plan);
	buf_free(&drafting->last_session);
	free(drafting);
	return status;
}

const struct verb verb_ticket_draft = {
	.name = "ticket draft",
	.operands = "",
	.help = "turn a recorded session into a ticket, for a person to narrow",
	.about = "Prints YAML. Comments say what was left out, and what each proposed pattern "
		 "stands "
		 "for.\n"
		 "Exit status: 0 drafted, 1 the session has no command that could be a step, 2 not "
		 "readable.",
	.options = draft_options,
	.options_n = ARRAY_SIZE(draft_options),
	.run = ticket_draft,
};
