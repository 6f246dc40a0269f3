/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/program.h"

const char *const path_temp_dirs[PATH_TEMP_DIRS_N] = { "/tmp/", "/var/tmp/", "/dev/shm/" };

struct span path_base(struct span path)
{
	const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;

	if (!slash)
		return path;
	return (struct span){ slash + 1, path.n - (size_t)(slash + 1 - path.p) };
}

bool path_is_relative(struct span argument)
{
	if (argument.n == 0)
		return false;
	if ((argument.n > 1 && memcmp(argument.p, "./", 2) == 0) ||
	    (argument.n > 2 && memcmp(argument.p, "../", 3) == 0))
		return true;
	return memchr(argument.p, '/', argument.n) && argument.p[0] != '/' &&
	       argument.p[0] != '-' && !memchr(argument.p, ':', argument.n) &&
	       !memchr(argument.p, '=', argument.n);
}

/* A directory without its final slash: "/" becomes "". */
static struct span dir_of(const struct strings *dirs, size_t i)
{
	struct span dir = span_of(dirs->v[i]);

	while (dir.n && dir.p[dir.n - 1] == '/')
		dir.n--;
	return dir;
}

static bool is_texts(const struct program *program)
{
	return program->found && program->script && program->texts_n;
}

/* The one path that it has; NULL: several. */
static const char *only_path(const struct program *program)
{
	if (is_texts(program))
		return NULL;
	if (program->found)
		return program->path;
	return program->name[0] == '/' ? program->name : NULL;
}

static void emit_texts(const struct program *program, struct nfa *nfa)
{
	size_t jumps = 0;

	for (size_t i = 0; i + 1 < program->texts_n; i++) {
		size_t fork = nfa_emit(nfa, NFA_FORK, 0, 0);

		nfa_text(nfa, span_of(program->texts[i]));
		jumps = nfa_jump(nfa, jumps);
		nfa_patch(nfa, fork);
	}
	nfa_text(nfa, span_of(program->texts[program->texts_n - 1]));
	nfa_patch_jumps(nfa, jumps);
}

/* Every directory and its slash, before what is emitted next; bare: or nothing before it. */
static void emit_dirs(const struct strings *dirs, bool bare, struct nfa *nfa)
{
	size_t jumps = 0;

	for (size_t i = 0; i < dirs->n; i++) {
		bool last = !bare && i + 1 == dirs->n;
		size_t fork = last ? 0 : nfa_emit(nfa, NFA_FORK, 0, 0);

		nfa_text(nfa, dir_of(dirs, i));
		nfa_emit(nfa, NFA_TEXT, '/', 0);
		jumps = nfa_jump(nfa, jumps);
		if (!last)
			nfa_patch(nfa, fork);
	}
	nfa_patch_jumps(nfa, jumps);
}

static void emit_path(const struct program *program, const struct strings *dirs, struct nfa *nfa)
{
	const char *path = only_path(program);

	if (path) {
		nfa_text(nfa, span_of(path));
	} else if (is_texts(program)) {
		emit_texts(program, nfa);
	} else {
		emit_dirs(dirs, false, nfa);
		nfa_text(nfa, span_of(program->name));
	}
	nfa_emit(nfa, NFA_NUL, 0, 0);
}

/* The directories' names end in one copy of the base: in the automaton, they share its states. */
static void emit_argv0(const struct program *program, const struct strings *dirs, struct nfa *nfa)
{
	const char *whole[] = { program->name, program->found ? program->path : NULL };
	size_t jumps = 0;

	for (size_t i = 0; i < 2; i++) {
		size_t fork;

		if (!whole[i] || !strchr(whole[i], '/'))
			continue;
		fork = nfa_emit(nfa, NFA_FORK, 0, 0);
		nfa_text(nfa, span_of(whole[i]));
		jumps = nfa_jump(nfa, jumps);
		nfa_patch(nfa, fork);
	}
	emit_dirs(dirs, true, nfa);
	nfa_text(nfa, path_base(span_of(program->name)));
	nfa_patch_jumps(nfa, jumps);
}

void program_emit(const struct program *program, const struct strings *dirs, struct nfa *nfa)
{
	emit_path(program, dirs, nfa);
	if (is_texts(program))
		emit_texts(program, nfa);
	else
		emit_argv0(program, dirs, nfa);
	nfa_emit(nfa, NFA_NUL, 0, 0);
}

/* Whether `path` is base behind one of the directories. */
static bool is_under(const struct strings *dirs, struct span base, struct span path)
{
	for (size_t i = 0; i < dirs->n; i++) {
		struct span dir = dir_of(dirs, i);

		if (path.n == dir.n + 1 + base.n && memcmp(path.p, dir.p, dir.n) == 0 &&
		    path.p[dir.n] == '/' && memcmp(path.p + dir.n + 1, base.p, base.n) == 0)
			return true;
	}
	return false;
}

static bool is_a_text(const struct program *program, struct span text)
{
	for (size_t i = 0; i < program->texts_n; i++) {
		if (span_is(text, program->texts[i]))
			return true;
	}
	return false;
}

bool program_has_path(const struct program *program, const struct strings *dirs, struct span path)
{
	const char *only = only_path(program);

	if (only)
		return span_is(path, only);
	if (is_texts(program))
		return is_a_text(program, path);
	return is_under(dirs, span_of(program->name), path);
}

bool program_has_argv0(const struct program *program, const struct strings *dirs, struct span argv0)
{
	struct span base = path_base(span_of(program->name));

	if (is_texts(program))
		return is_a_text(program, argv0);
	return span_is(argv0, program->name) || span_eq(argv0, base) ||
	       is_under(dirs, base, argv0) ||
	       (program->found && program->path && span_is(argv0, program->path));
}
