/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/rejudge_names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/plan/action.h"
#include "core/plan/program.h"

static char *copy_of(struct span text)
{
	char *copy = malloc(text.n + 1);

	if (copy) {
		if (text.n)
			memcpy(copy, text.p, text.n);
		copy[text.n] = 0;
	}
	return copy;
}

/* A path with a NUL in it names no file; one in another place names another. */
static bool is_here(const struct stored *stored, struct span path, uint32_t mntns)
{
	const struct event_exec *exec = &stored->event.exec;
	const uint32_t nowhere =
		LS_EXEC_FOREIGN | LS_EXEC_FILELESS | LS_EXEC_DELETED | LS_EXEC_PATH_TRUNCATED;

	return path.n && path.p[0] == '/' && !memchr(path.p, 0, path.n) &&
	       !(exec->exec_flags & nowhere) && (!mntns || stored->event.mntns == mntns) &&
	       (exec->root.n == 0 || span_is(exec->root, "/"));
}

/* A file that was changed when the session ran already is not what the name meant at its start. */
static bool is_late(const struct stored *stored, const struct action *action, int64_t start_ns)
{
	return (stored->judgement.reasons & REASON_BIT(binary_changed)) ||
	       (action->script && !stored->event.exec.script_seen) ||
	       (int64_t)stored_changed_ns(stored) > start_ns;
}

/*
 * Whether the first ticket itself found the program under a name of its own: by what was hashed
 * when the session began, by a step whose words it matched, or by a step of which only an argument
 * differed.
 */
static bool is_confirmed(const struct stored *stored)
{
	const struct judgement *judgement = &stored->judgement;

	if (judgement->verdict == VERDICT_APPROVED)
		return stored->program.sha256[0] || judgement->how == HOW_STEP ||
		       judgement->how == HOW_PROFILE;
	return stored_words_match(stored) || (judgement->reasons & REASON_BIT(argument_differs));
}

/* "/bin/ls" for "/usr/bin/ls", on systems with one /usr. */
static bool is_merged_usr(struct span filename, struct span exe)
{
	return exe.n == filename.n + 4 && !memcmp(exe.p, "/usr", 4) &&
	       !memcmp(exe.p + 4, filename.p, filename.n);
}

/* What it was called by, where that is not its path and leads to it for sure. Made in `room`. */
static struct span alias_of(const struct stored *stored, const struct action *action,
			    struct buf *room, bool *open)
{
	const struct event_exec *exec = &stored->event.exec;
	struct span filename = exec->filename, exe = exec->exe, argv0, argv = action->argv;
	bool confirmed = is_confirmed(stored);

	buf_reset(room);
	*open = false;
	if (action->script)
		return buf_span(room);
	if (filename.n && filename.p[0] == '/' && !memchr(filename.p, 0, filename.n) &&
	    !span_eq(filename, exe)) {
		*open = !confirmed && !is_merged_usr(filename, exe);
		buf_add(room, filename.p, filename.n);
	} else if (confirmed && strings_next(&argv, &argv0) && argv0.n &&
		   !memchr(argv0.p, '/', argv0.n) && !span_eq(argv0, path_base(exe))) {
		/* a rule takes no other argv[0] than its own name: a link of that name stands
		 * beside it */
		buf_add(room, exe.p, exe.n - path_base(exe).n);
		buf_add(room, argv0.p, argv0.n);
	}
	return buf_span(room);
}

static bool is_text(const char *text, struct span wanted)
{
	return text ? span_is(wanted, text) : wanted.n == 0;
}

static struct known_file *find(const struct known_names *names, const struct known_file *wanted,
			       struct span path, struct span alias)
{
	for (size_t i = 0; i < names->files_n; i++) {
		struct known_file *file = &names->files[i];

		if (file->trust == wanted->trust && file->script == wanted->script &&
		    file->alias_open == wanted->alias_open && is_text(file->path, path) &&
		    is_text(file->alias, alias))
			return file;
	}
	return NULL;
}

static void fill(struct known_file *file, const struct stored *stored)
{
	const struct event_exec *exec = &stored->event.exec;

	file->file.id = exec->file;
	memcpy(file->file.sha256, stored->program.sha256, sizeof(file->file.sha256));
	if (!file->script)
		return;
	file->interp_dev = exec->file.dev;
	file->interp_ino = exec->file.ino;
	file->file = stored->script;
}

static int add(struct known_names *names, const struct known_file *file, struct span path,
	       struct span alias)
{
	struct known_file *added;

	if (grow_to(names->files, names->files_cap, names->files_n + 1))
		return -ENOMEM;
	added = &names->files[names->files_n++];
	*added = *file;
	added->path = copy_of(path);
	added->alias = alias.n ? copy_of(alias) : NULL;
	return added->path && (added->alias || alias.n == 0) ? 0 : -ENOMEM;
}

/*
 * What is behind program_differs. Where the words match, the path is the name's: then the hash was
 * to be another; or, of a script, the interpreter, and what that was at the start is not known.
 */
static enum file_trust differing(const struct stored *stored, const struct action *action,
				 struct known_file *file)
{
	if (!stored_words_match(stored))
		return FILE_OTHER;
	file->late |= action->script;
	return file->late ? FILE_CHANGED : FILE_KNOWN;
}

int known_names_exec(struct known_names *names, const struct stored *stored, int64_t start_ns,
		     uint32_t mntns)
{
	struct known_file file = { 0 }, *known;
	struct span alias = { NULL, 0 };
	struct action action;
	struct buf room = { 0 }, called = { 0 };
	int ret = action_build(&stored->event.exec, &room, &action);

	if (ret == -ENOMEM || !is_here(stored, action.path, mntns)) {
		buf_free(&room);
		return ret == -ENOMEM ? ret : 0;
	}
	ret = 0;
	file.script = action.script;
	file.late = is_late(stored, &action, start_ns);
	file.trust = file.late ? FILE_CHANGED : FILE_KNOWN;
	if (stored->judgement.reasons & REASON_BIT(program_differs))
		file.trust = differing(stored, &action, &file);
	fill(&file, stored);
	if (file.trust == FILE_KNOWN)
		alias = alias_of(stored, &action, &called, &file.alias_open);
	known = find(names, &file, action.path, alias);
	if (known) {
		/* the hash is in those execs only that the first ticket approved by a rule */
		if (!known->file.sha256[0] && known->file.id.ino == file.file.id.ino &&
		    known->file.id.ctime_ns == file.file.id.ctime_ns)
			memcpy(known->file.sha256, file.file.sha256, sizeof(file.file.sha256));
	} else if (names->files_n == REJUDGE_FILES_MAX) {
		names->more++;
	} else {
		ret = add(names, &file, action.path, alias);
	}
	if (called.failed)
		ret = -ENOMEM;
	buf_free(&called);
	buf_free(&room);
	return ret;
}

/* Where in the order of its candidates a path stands; SIZE_MAX: it is none. */
static size_t rank(const struct program *program, const struct strings *dirs, const char *path)
{
	size_t n = path ? strlen(path) : 0, base = strlen(program->name);

	if (!path)
		return SIZE_MAX;
	if (program->name[0] == '/')
		return strcmp(program->name, path) ? SIZE_MAX : 0;
	for (size_t i = 0; i < dirs->n; i++) {
		size_t dir = strlen(dirs->v[i]);

		while (dir && dirs->v[i][dir - 1] == '/')
			dir--;
		if (n == dir + 1 + base && !memcmp(path, dirs->v[i], dir) && path[dir] == '/' &&
		    !strcmp(path + dir + 1, program->name))
			return i;
	}
	return SIZE_MAX;
}

/* How names are answered: by what is known, and by what `leads` says of links. */
struct answering {
	const struct known_names *names;
	const struct strings *dirs;
	bool (*leads)(void *ctx, const char *path, const char *to);
	void *ctx;
};

static size_t rank_of(const struct answering *by, const struct known_file *file,
		      const struct program *program)
{
	size_t path = rank(program, by->dirs, file->path);
	size_t alias = rank(program, by->dirs, file->alias);

	if (alias < path && file->alias_open &&
	    !(by->leads && by->leads(by->ctx, file->alias, file->path)))
		alias = SIZE_MAX;
	return path < alias ? path : alias;
}

/* The file that is best known, and among those the one whose directory is looked in first. */
static const struct known_file *file_of(const struct answering *by, const struct program *program)
{
	const struct known_file *best = NULL;
	size_t best_rank = SIZE_MAX;

	for (size_t i = 0; i < by->names->files_n; i++) {
		const struct known_file *file = &by->names->files[i];
		size_t at = rank_of(by, file, program);

		if (at == SIZE_MAX || (best && (file->trust < best->trust ||
						(file->trust == best->trust && at >= best_rank))))
			continue;
		best = file;
		best_rank = at;
	}
	return best;
}

static int answer_script(const struct known_file *file, struct program *program)
{
	program->script = true;
	program->interp_dev = file->interp_dev;
	program->interp_ino = file->interp_ino;
	program->texts = calloc(1, sizeof(*program->texts));
	if (!program->texts)
		return -ENOMEM;
	program->texts[0] = copy_of(span_of(file->path));
	program->texts_n = program->texts[0] != NULL;
	return program->texts_n ? 0 : -ENOMEM;
}

static int answer_program(const struct answering *by, struct program *program)
{
	const struct known_file *file = file_of(by, program);
	/* that it was none of a name's says nothing against it by its path */
	bool other = file && file->trust == FILE_OTHER && program->name[0] != '/';

	if (!file)
		return 0;
	program->found = true;
	/* of what was another program under the name only that is known: the name's own is
	 * elsewhere */
	program->path = copy_of(other ? span_of("/") : span_of(file->path));
	if (!program->path)
		return -ENOMEM;
	if (!other && file->script && answer_script(file, program))
		return -ENOMEM;
	if (other || file->late)
		return 0; /* no inode of any file is 0 */
	program->file = file->file.id;
	memcpy(program->sha256, file->file.sha256, sizeof(program->sha256));
	return 0;
}

static int add_address(struct host_name *host, struct span text, size_t *cap)
{
	struct address address = { .family = LS_AF_INET };
	char ip[INET6_ADDRSTRLEN];

	if (!json_is_string(text) || text.n - 2 >= sizeof(ip))
		return 0;
	memcpy(ip, text.p + 1, text.n - 2);
	ip[text.n - 2] = 0;
	if (strchr(ip, ':'))
		address.family = LS_AF_INET6;
	if (inet_pton(address.family, ip, address.ip) != 1)
		return 0;
	if (grow_to(host->addresses, *cap, host->addresses_n + 1))
		return -ENOMEM;
	host->addresses[host->addresses_n++] = address;
	return 0;
}

static int answer_host(const struct json_object *known, struct host_name *host)
{
	struct span items = json_items(json_get(known, "addresses")), item;
	size_t cap = host->addresses_n;
	int ret = 0;

	while (!ret && json_next(&items, &item))
		ret = add_address(host, item, &cap);
	return ret;
}

static int answer_hosts(const struct known_names *names, struct plan *plan)
{
	struct span items = json_items(buf_span(&names->hosts)), item;
	struct json_object *known = malloc(sizeof(*known));
	int ret = known ? 0 : -ENOMEM;

	while (!ret && json_next(&items, &item)) {
		if (json_read(item, known))
			continue;
		for (size_t i = 0; !ret && i < plan->hosts_n; i++) {
			if (json_is(json_get(known, "name"), plan->hosts[i].name))
				ret = answer_host(known, &plan->hosts[i]);
		}
	}
	free(known);
	return ret;
}

int known_names_answer(const struct known_names *names,
		       bool (*leads)(void *ctx, const char *path, const char *to), void *ctx,
		       struct plan *plan)
{
	const struct answering by = { names, &plan->path, leads, ctx };
	int ret = 0;

	for (size_t i = 0; !ret && i < plan->programs_n; i++)
		ret = answer_program(&by, &plan->programs[i]);
	return ret ? ret : answer_hosts(names, plan);
}

void known_names_free(struct known_names *names)
{
	while (names->files_n > 0) {
		free(names->files[--names->files_n].path);
		free(names->files[names->files_n].alias);
	}
	free(names->files);
	buf_free(&names->hosts);
	*names = (struct known_names){ 0 };
}
