/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/diff/wider.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/unix_path.h"
#include "core/match/automaton_build.h"
#include "core/match/product.h"
#include "core/plan/programs_table.h"

const char *wider_key_name(enum wider_key key)
{
	static const char *const names[WIDER_KEYS_N] = {
		[WIDER_AS] = "as",
		[WIDER_TIMES] = "times",
		[WIDER_CHILDREN] = "children",
		[WIDER_CONNECT] = "connect",
		[WIDER_LISTEN] = "listen",
		[WIDER_SEND] = "send",
		[WIDER_ENV] = "env",
		[WIDER_STDIN] = "stdin",
		[WIDER_SOCKETS] = "sockets",
		[WIDER_CWD] = "cwd",
		[WIDER_SHA256] = "sha256",
		[WIDER_INSTALLS] = "installs",
		[WIDER_WRITE] = "write",
	};

	return names[key];
}

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

static bool dests_have(const struct dests *const *lists, size_t n, const struct dest *dest)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < lists[i]->n; k++) {
			if (dest_within(&lists[i]->v[k], dest))
				return true;
		}
	}
	return false;
}

const struct dest *wider_dest(const struct dests *const *lists, size_t n, const struct dests *has)
{
	for (size_t i = 0; i < has->n; i++) {
		if (!dests_have(lists, n, &has->v[i]))
			return &has->v[i];
	}
	return NULL;
}

/* The lists and, behind them, what a plan allows to every step. */
static bool more_dests(const struct plan *plan, const struct dests *had, const struct dests *also,
		       const struct dests *has)
{
	const struct dests *lists[] = { had, also };

	for (size_t i = 0; i < has->n; i++) {
		bool found = dests_have(lists, also ? 2 : 1, &has->v[i]);

		for (size_t k = 0; also && k < plan->allow_n && !found; k++) {
			const struct dests *allow = &plan->allow[k];

			found = dests_have(&allow, 1, &has->v[i]);
		}
		if (!found)
			return true;
	}
	return false;
}

/* ---- patterns ---- */

static size_t patterns_count(const struct patterns *const *lists, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += lists[i]->n;
	return count;
}

static void emit_patterns(struct nfa *nfa, const struct patterns *const *lists, size_t n)
{
	size_t left = patterns_count(lists, n);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < lists[i]->n; k++) {
			size_t fork = --left ? nfa_emit(nfa, NFA_FORK, 0, 0) : 0;

			nfa_own(nfa, 0);
			nfa_word(nfa, &lists[i]->v[k]);
			nfa_emit(nfa, NFA_ACCEPT, 0, 0);
			if (left)
				nfa_patch(nfa, fork);
		}
	}
}

/* NULL for patterns that are none. */
static int build_patterns(const struct patterns *const *lists, size_t n, struct ls_automaton **out)
{
	struct automaton_built built = { 0 };
	struct nfa nfa = { 0 };
	int ret;

	*out = NULL;
	if (patterns_count(lists, n) == 0)
		return 0;
	emit_patterns(&nfa, lists, n);
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

int wider_pattern(const struct patterns *const *lists, size_t n, const struct patterns *has,
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

static bool env_has_it(const struct step *step, const struct step_env *env)
{
	for (size_t i = 0; i < step->env_n; i++) {
		const struct step_env *other = &step->env[i];

		if (strcmp(other->name, env->name) == 0 &&
		    (!other->value || (env->value && strcmp(other->value, env->value) == 0)))
			return true;
	}
	return false;
}

static bool more_env(const struct step *had, const struct step *has)
{
	for (size_t i = 0; i < has->env_n; i++) {
		if (!env_has_it(had, &has->env[i]))
			return true;
	}
	return false;
}

/* A text that pins: without it, all. */
static bool more_text(const char *had, const char *has)
{
	return had && (!has || strcmp(had, has) != 0);
}

static unsigned int bit(bool more, enum wider_key key)
{
	return more ? WIDER_BIT(key) : 0;
}

static unsigned int more_net(struct placed_step had, const struct step *has)
{
	static const struct dests none;
	const struct step *step = had.step;

	return bit(more_dests(had.plan, &step->connect, &none, &has->connect), WIDER_CONNECT) |
	       bit(more_dests(had.plan, &step->listen, NULL, &has->listen), WIDER_LISTEN) |
	       bit(more_dests(had.plan, &step->send, &step->connect, &has->send), WIDER_SEND) |
	       bit(has->sockets & ~step->sockets, WIDER_SOCKETS);
}

/*
 * A step without `write` allows any program's writes but those of shells and their like, with it
 * those of its patterns only, so each allows what the other does not.
 */
static int more_writes(struct placed_step had, const struct step *has, bool *more)
{
	const struct patterns **lists;
	const struct word *word;
	int ret;

	*more = had.step->write.n > 0 && has->write.n == 0;
	if (*more || has->write.n == 0)
		return 0;
	lists = calloc(had.plan->allow_n + 1, sizeof(struct patterns *));
	if (!lists)
		return -ENOMEM;
	memcpy(lists, had.plan->allow_write, had.plan->allow_n * sizeof(struct patterns *));
	lists[had.plan->allow_n] = &had.step->write;
	ret = wider_pattern(lists, had.plan->allow_n + 1, &has->write, &word);
	*more = word;
	free(lists);
	return ret;
}

static int more_files(struct placed_step had, const struct step *has, unsigned int *keys)
{
	const struct patterns *installs = &had.step->installs;
	const struct word *word;
	bool writes = false;
	int ret = wider_pattern(&installs, 1, &has->installs, &word);

	if (!ret)
		ret = more_writes(had, has, &writes);
	*keys |= bit(word, WIDER_INSTALLS) | bit(writes, WIDER_WRITE);
	return ret;
}

int wider_keys(struct placed_step had, struct placed_step has, unsigned int *keys)
{
	const struct step *was = had.step, *is = has.step;

	*keys = bit(more_as(had, has), WIDER_AS) |
		bit(is->times_max > was->times_max, WIDER_TIMES) |
		bit(more_children(was, is), WIDER_CHILDREN) | more_net(had, is) |
		bit(more_env(was, is), WIDER_ENV) |
		bit(is->stdin_mask & ~was->stdin_mask, WIDER_STDIN) |
		bit(more_text(was->cwd, is->cwd), WIDER_CWD) |
		bit(more_text(was->sha256, is->sha256), WIDER_SHA256);
	return more_files(had, is, keys);
}

/* ---- telling ---- */

static void separate(struct buf *out, size_t i)
{
	buf_adds(out, i ? ", " : "");
}

static void tell_dests(const struct dests *dests, struct buf *out)
{
	for (size_t i = 0; i < dests->n; i++) {
		separate(out, i);
		buf_adds(out, dests->v[i].text);
	}
}

static void tell_patterns(const struct patterns *patterns, struct buf *out)
{
	for (size_t i = 0; i < patterns->n; i++) {
		separate(out, i);
		buf_adds(out, patterns->v[i].text);
	}
}

static void tell_env(const struct step *step, struct buf *out)
{
	for (size_t i = 0; i < step->env_n; i++) {
		separate(out, i);
		buf_addf(out, "%s=%s", step->env[i].name,
			 step->env[i].value ? step->env[i].value : "*");
	}
}

static void tell_bits(unsigned int mask, const char *const *names, struct buf *out)
{
	size_t told = 0;

	for (size_t i = 0; names[i]; i++) {
		if (!(mask & 1u << i))
			continue;
		separate(out, told++);
		buf_adds(out, names[i]);
	}
}

static void tell_times(const struct step *step, struct buf *out)
{
	if (step->times_max == TIMES_ANY)
		buf_adds(out, "any");
	else if (step->times_min == step->times_max)
		buf_addf(out, "%u", step->times_max);
	else
		buf_addf(out, "%u-%u", step->times_min, step->times_max);
}

static void tell_children(const struct step *step, struct buf *out)
{
	if (step->children == CHILDREN_ANY)
		buf_adds(out, "any");
	for (size_t i = 0; i < step->child_runs_n; i++) {
		separate(out, i);
		buf_adds(out, step->child_runs[i].text);
	}
}

static void tell_text(const char *text, const char *absent, struct buf *out)
{
	buf_adds(out, text ? text : absent);
}

static void tell_inputs(const struct step *step, enum wider_key key, struct buf *out)
{
	static const char *const stdins[] = { "tty", "pipe", "file", NULL };
	static const char *const sockets[] = { "raw", "packet", "icmp", "vsock", "other", NULL };

	if (key == WIDER_STDIN)
		tell_bits(step->stdin_mask, stdins, out);
	else
		tell_bits(step->sockets, sockets, out);
}

void wider_value(const struct step *step, enum wider_key key, struct buf *out)
{
	const size_t before = out->n;

	switch (key) {
	case WIDER_AS:
		tell_text(step->as, "the operator, or root", out);
		break;
	case WIDER_TIMES:
		tell_times(step, out);
		break;
	case WIDER_CHILDREN:
		tell_children(step, out);
		break;
	case WIDER_CONNECT:
		tell_dests(&step->connect, out);
		break;
	case WIDER_LISTEN:
		tell_dests(&step->listen, out);
		break;
	case WIDER_SEND:
		tell_dests(&step->send, out);
		break;
	case WIDER_ENV:
		tell_env(step, out);
		break;
	case WIDER_STDIN:
	case WIDER_SOCKETS:
		tell_inputs(step, key, out);
		break;
	case WIDER_CWD:
		tell_text(step->cwd, "any", out);
		break;
	case WIDER_SHA256:
		tell_text(step->sha256, "any", out);
		break;
	case WIDER_INSTALLS:
		tell_patterns(&step->installs, out);
		break;
	default:
		tell_patterns(&step->write, out);
	}
	if (out->n == before)
		buf_adds(out, "none");
}
