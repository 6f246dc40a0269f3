/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/diff/step_compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/unix_path.h"
#include "core/match/automaton_build.h"
#include "core/match/product.h"
#include "core/plan/programs_table.h"

/* ---- destinations ---- */

static bool prefix_within(const struct dest *outer, const struct dest *inner)
{
	unsigned int whole = outer->prefix_len / 8, bits = outer->prefix_len % 8;

	if (outer->family != inner->family || outer->prefix_len > inner->prefix_len)
		return false;
	if (memcmp(outer->ip, inner->ip, whole) != 0)
		return false;
	return bits == 0 || (outer->ip[whole] ^ inner->ip[whole]) >> (8 - bits) == 0;
}

static bool dest_within(const struct dest *outer, const struct dest *inner)
{
	char room[UNIX_PATH_ROOM];

	if (outer->kind != inner->kind)
		return false;
	if (outer->kind == DEST_UNIX)
		return dest_covers_unix(outer, unix_path_tidy(span_of(inner->name), room));
	if (outer->proto != inner->proto || outer->port_min > inner->port_min ||
	    outer->port_max < inner->port_max)
		return false;
	return outer->kind == DEST_PREFIX ? prefix_within(outer, inner)
					  : strcmp(outer->name, inner->name) == 0;
}

const struct dest *step_compare_dest(const struct dests *const *lists, size_t n,
				     const struct dests *has)
{
	for (size_t i = 0; i < has->n; i++) {
		bool found = false;

		for (size_t l = 0; l < n && !found; l++) {
			for (size_t k = 0; k < lists[l]->n && !found; k++)
				found = dest_within(&lists[l]->v[k], &has->v[i]);
		}
		if (!found)
			return &has->v[i];
	}
	return NULL;
}

/* connect: it is also what the step had for that, and what its plan allows to every step. */
static bool more_dests(struct placed_step had, const struct dests *own, bool connect,
		       const struct dests *has)
{
	const struct dests *lists[PLAN_SOURCES_MAX + 2] = { own };
	size_t n = 1;

	if (connect)
		lists[n++] = &had.step->connect;
	for (size_t i = 0; connect && i < had.plan->allow_n; i++)
		lists[n++] = &had.plan->allow[i];
	return step_compare_dest(lists, n, has);
}

/* ---- patterns ---- */

/* NULL for patterns that are none. */
static int build_patterns(const struct patterns *const *lists, size_t n, struct ls_automaton **out)
{
	struct automaton_built built = { 0 };
	struct nfa nfa = { 0 };
	size_t left = 0;
	int ret;

	*out = NULL;
	for (size_t i = 0; i < n; i++)
		left += lists[i]->n;
	if (left == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < lists[i]->n; k++) {
			size_t fork = --left ? nfa_emit(&nfa, NFA_FORK, 0, 0) : 0;

			nfa_own(&nfa, 0);
			nfa_word(&nfa, &lists[i]->v[k]);
			nfa_emit(&nfa, NFA_ACCEPT, 0, 0);
			if (left)
				nfa_patch(&nfa, fork);
		}
	}
	ret = automaton_build(&nfa, &built);
	if (!ret)
		*out = built.automaton;
	accept_sets_free(&built.sets);
	nfa_free(&nfa);
	return ret;
}

static int pattern_is_more(const struct ls_automaton *had, const struct word *word, bool *more)
{
	const struct patterns one = { (struct word *)word, 1 }, *list = &one;
	struct ls_automaton *automaton;
	struct product product = { 0 };
	int ret = build_patterns(&list, 1, &automaton);

	*more = false;
	if (!ret)
		ret = product__walk(&product, had, automaton);
	for (size_t i = 0; i < product.meets_n; i++)
		*more |= product.meets[i].a_set == 0;
	product__free(&product);
	free(automaton);
	return ret;
}

static bool is_written(const struct patterns *const *lists, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < lists[i]->n; k++) {
			if (strcmp(lists[i]->v[k].text, text) == 0)
				return true;
		}
	}
	return false;
}

int step_compare_pattern(const struct patterns *const *lists, size_t n, const struct patterns *has,
			 const struct word **out)
{
	struct ls_automaton *had = NULL;
	bool built = false, more = false;
	int ret = 0;

	*out = NULL;
	for (size_t i = 0; i < has->n && !ret && !more; i++) {
		if (is_written(lists, n, has->v[i].text))
			continue;
		if (!built)
			ret = build_patterns(lists, n, &had);
		built = true;
		if (!ret)
			ret = pattern_is_more(had, &has->v[i], &more);
		if (!ret && more)
			*out = &has->v[i];
	}
	free(had);
	return ret;
}

/* ---- steps ---- */

static bool is_root(const struct plan *plan, const char *name)
{
	const struct user_name *user = plan_user(plan, name);

	return strcmp(name, "root") == 0 || strcmp(name, "0") == 0 ||
	       (user && user->found && user->uid == 0);
}

/* Without `as` it is the operator, whoever that will be, or root. */
static bool more_as(struct placed_step had, struct placed_step has)
{
	const char *was = had.step->as, *is = has.step->as;

	if (!was || !is)
		return was || (is && !is_root(has.plan, is));
	return strcmp(was, is) != 0 && !(is_root(had.plan, was) && is_root(has.plan, is));
}

/*
 * `children: any` leaves out what hands work on and interpreters that read commands from their
 * input, and takes no word of the step's `env`: a list can name all of these.
 */
static bool any_covers(const struct step *has)
{
	if (has->env_n || has->stdin_mask)
		return false;
	for (size_t i = 0; i < has->child_runs_n; i++) {
		struct program_nature nature = program_nature(
			span_of(has->child_runs[i].words[0].value), (struct span){ 0 });

		if (nature.delegation || nature.input != INPUT_NONE)
			return false;
	}
	return true;
}

static bool more_children(const struct step *had, const struct step *has)
{
	switch (has->children) {
	case CHILDREN_ANY:
		return had->children != CHILDREN_ANY;
	case CHILDREN_LIST:
		return had->children == CHILDREN_NONE ||
		       (had->children == CHILDREN_ANY && !any_covers(has));
	default:
		return false;
	}
}

static bool more_env(const struct step *had, const struct step *has)
{
	for (size_t i = 0; i < has->env_n; i++) {
		const struct step_env *env = &has->env[i];
		bool found = false;

		for (size_t k = 0; k < had->env_n && !found; k++) {
			const struct step_env *other = &had->env[k];

			found = strcmp(other->name, env->name) == 0 &&
				(!other->value ||
				 (env->value && strcmp(other->value, env->value) == 0));
		}
		if (!found)
			return true;
	}
	return false;
}

/* A text that pins: without it, all. */
static bool more_text(const char *had, const char *has)
{
	return had && (!has || strcmp(had, has) != 0);
}

/*
 * A step without `write` allows any program's writes but those of shells and their like, with it
 * those of its patterns only, so each allows what the other does not.
 */
static int more_writes(struct placed_step had, const struct step *has, bool *more)
{
	const struct patterns *lists[PLAN_SOURCES_MAX + 1] = { &had.step->write };
	const size_t n = had.plan->allow_n;
	const struct word *word;
	int ret;

	*more = had.step->write.n > 0 && has->write.n == 0;
	if (*more || has->write.n == 0)
		return 0;
	memcpy(lists + 1, had.plan->allow_write, n * sizeof(*lists));
	ret = step_compare_pattern(lists, n + 1, &has->write, &word);
	*more = word;
	return ret;
}

static int more_key(enum step_key key, struct placed_step had, struct placed_step has, bool *more)
{
	const struct step *was = had.step, *is = has.step;
	const struct patterns *installs = &was->installs;
	const struct word *word = NULL;
	int ret = 0;

	*more = false;
	switch (key) {
	case STEP_ID:  /* a name */
	case STEP_RUN: /* the caller's to compare */
		break;
	case STEP_AS:
		*more = more_as(had, has);
		break;
	case STEP_TIMES:
		*more = is->times_max > was->times_max;
		break;
	case STEP_CHILDREN:
		*more = more_children(was, is);
		break;
	case STEP_CONNECT:
		*more = more_dests(had, &was->connect, true, &is->connect);
		break;
	case STEP_LISTEN:
		*more = more_dests(had, &was->listen, false, &is->listen);
		break;
	case STEP_SEND:
		*more = more_dests(had, &was->send, true, &is->send);
		break;
	case STEP_ENV:
		*more = more_env(was, is);
		break;
	case STEP_STDIN:
		*more = is->stdin_mask & ~was->stdin_mask;
		break;
	case STEP_SOCKETS:
		*more = is->sockets & ~was->sockets;
		break;
	case STEP_CWD:
		*more = more_text(was->cwd, is->cwd);
		break;
	case STEP_SHA256:
		*more = more_text(was->sha256, is->sha256);
		break;
	case STEP_INSTALLS:
		ret = step_compare_pattern(&installs, 1, &is->installs, &word);
		*more = word;
		break;
	case STEP_WRITE:
		return more_writes(had, is, more);
	case STEP_KEYS_N:
		break;
	}
	return ret;
}

int step_compare(struct placed_step had, struct placed_step has, unsigned int *keys)
{
	int ret = 0;

	*keys = 0;
	for (unsigned int key = 0; key < STEP_KEYS_N && !ret; key++) {
		bool more;

		ret = more_key((enum step_key)key, had, has, &more);
		*keys |= more ? STEP_KEY_BIT(key) : 0;
	}
	return ret;
}

void step_key_value(const struct step *step, enum step_key key, struct buf *out)
{
	static const char *const absent[STEP_KEYS_N] = {
		[STEP_AS] = "the operator, or root",
		[STEP_CWD] = "any",
		[STEP_SHA256] = "any",
	};
	const size_t before = out->n;

	value_show(&step_keys[key], step, out);
	if (out->n == before)
		buf_adds(out, absent[key] ? absent[key] : "none");
}
