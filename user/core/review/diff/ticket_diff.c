/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/diff/ticket_diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/event/event.h"
#include "core/match/product.h"
#include "core/plan/program.h"
#include "core/review/diff/part.h"
#include "core/review/diff/step_compare.h"

enum {
	PAIR_KNOWN = 1u << STEP_KEYS_N, /* in `pairs`, beside the keys */
	NONE = UINT32_MAX,
};
_Static_assert(STEP_KEYS_N < 16, "a pair's keys are kept in 16 bits");

/*
 * A step of `is` that allows what the step `was` does not; NONE: a command that no step approves.
 */
struct found {
	uint32_t is, was, node;
};

/* What became of a step of `is`. */
struct fate {
	uint32_t first, last; /* of the steps of `was` that give what it gives; NONE, 0: none */
};

/* What a step of `was` gives. */
struct spent {
	uint64_t times; /* together, of the steps of `is` that are within it */
	uint32_t steps, last;
};

struct diff {
	const struct plan *was, *is;
	ticket_diff_tell tell;
	void *ctx;
	bool same_path; /* bare names are looked for in the same places */
	struct meets meets;
	/* Of steps, by `is` and then by `was`: step_compare(), as they are asked for. */
	uint16_t *pairs;
	struct fate *fates;
	struct spent *spent;
	struct pair_set given, listed;
	struct found *found;
	size_t found_n, found_cap;
};

static bool both_list(const struct step *had, const struct step *has)
{
	return had->children == CHILDREN_LIST && has->children == CHILDREN_LIST;
}

static int pair_make(struct diff *diff, uint32_t was, uint32_t is, unsigned int *keys)
{
	const struct step *had = diff->was->steps[was], *has = diff->is->steps[is];
	size_t patterns = has->installs.n + has->write.n;
	uint32_t node = MEETS_NO_NODE;
	int ret = 0;

	/* these are compared by automata of their own, of which there is time for some thousands */
	if (patterns)
		ret = meets__work(&diff->meets, (patterns + had->installs.n + had->write.n) << 12);
	if (!ret)
		ret = step_compare((struct placed_step){ diff->was, had },
				   (struct placed_step){ diff->is, has }, keys);
	if (!ret && both_list(had, has))
		ret = meets__beyond(&diff->meets, was, is, true, &node);
	if (node != MEETS_NO_NODE)
		*keys |= STEP_KEY_BIT(STEP_CHILDREN);
	return ret;
}

static int pair_keys(struct diff *diff, uint32_t was, uint32_t is, unsigned int *keys)
{
	uint16_t *pair = &diff->pairs[(size_t)is * diff->was->steps_n + was];
	int ret = 0;

	*keys = *pair & (PAIR_KNOWN - 1);
	if (*pair)
		return 0;
	ret = pair_make(diff, was, is, keys);
	*pair = (uint16_t)(*keys | PAIR_KNOWN);
	return ret;
}

static int list(struct diff *diff, uint32_t is, uint32_t was, uint32_t node)
{
	struct found *found;
	bool fresh;

	if (pair_set_add(&diff->listed, is, was, &fresh))
		return -ENOMEM;
	if (!fresh)
		return 0;
	found = grow_array(diff->found, &diff->found_cap, diff->found_n + 1, sizeof(*found));
	if (!found)
		return -ENOMEM;
	diff->found = found;
	found[diff->found_n++] = (struct found){ is, was, node };
	return 0;
}

/* What step `is` gives is what step `was` gave, for one command at least. */
static int give(struct diff *diff, uint32_t was, uint32_t is)
{
	struct fate *fate = &diff->fates[is];
	struct spent *spent = &diff->spent[was];
	bool fresh;

	if (pair_set_add(&diff->given, is, was + 1, &fresh))
		return -ENOMEM;
	if (!fresh)
		return 0;
	fate->first = was < fate->first ? was : fate->first;
	fate->last = was > fate->last ? was : fate->last;
	spent->times += diff->is->steps[is]->times_max;
	spent->steps++;
	spent->last = is;
	return 0;
}

/* The step of `was` that gives most of what step `is` gives for one command. */
struct best {
	uint32_t was; /* NONE: no step approves the command */
	unsigned int keys;
};

/* How well a step of `was` stands for one of `is` where several give as much: the higher the
 * better. */
static int kinship(const struct diff *diff, uint32_t was, uint32_t is)
{
	const struct step *had = diff->was->steps[was], *has = diff->is->steps[is];

	return 2 * (strcmp(had->id, has->id) == 0) + (had->times_max == TIMES_ANY);
}

static bool is_better(const struct diff *diff, struct best best, uint32_t is, uint32_t was,
		      unsigned int keys)
{
	int more;

	if (best.was == NONE)
		return true;
	more = __builtin_popcount(keys) - __builtin_popcount(best.keys);
	if (more)
		return more < 0;
	return kinship(diff, was, is) > kinship(diff, best.was, is);
}

static int find_best(struct diff *diff, struct rules had, uint32_t is, struct best *best)
{
	int ret = meets__work(&diff->meets, had.n);

	*best = (struct best){ NONE, 0 };
	for (size_t i = 0; i < had.n && !ret; i++) {
		const struct rule *rule = &diff->was->rules[had.v[i]];
		unsigned int keys;

		if (rule->child)
			continue;
		ret = pair_keys(diff, rule->step, is, &keys);
		if (!ret && is_better(diff, *best, is, rule->step, keys))
			*best = (struct best){ rule->step, keys };
	}
	return ret;
}

static int judge_step(struct diff *diff, size_t meet, uint32_t is)
{
	uint32_t node = diff->meets.product.meets[meet].node;
	struct best best;
	int ret = find_best(diff, meets__had(&diff->meets, meet), is, &best);

	if (ret)
		return ret;
	if (best.was == NONE)
		return list(diff, is, NONE, node);
	return best.keys ? list(diff, is, best.was + 1, node) : give(diff, best.was, is);
}

static int judge_meets(struct diff *diff)
{
	int ret = 0;

	for (size_t i = 0; i < diff->meets.product.meets_n && !ret; i++) {
		struct rules has = meets__has(&diff->meets, i);

		for (size_t k = 0; k < has.n && !ret; k++) {
			const struct rule *rule = &diff->is->rules[has.v[k]];

			if (!rule->child)
				ret = judge_step(diff, i, rule->step);
		}
	}
	return ret;
}

/* ---- telling ---- */

static bool names_file(const struct plan *plan, struct span base)
{
	for (size_t i = 0; i < plan->programs_n; i++) {
		const char *name = plan->programs[i].name;

		if (strchr(name, '/') && span_eq(path_base(span_of(name)), base))
			return true;
	}
	return false;
}

/* No path in either ticket ends in that name. */
static bool is_bare(const struct diff *diff, struct span action)
{
	struct span path = { 0 }, base;

	strings_next(&action, &path);
	base = path_base(path);
	return diff->same_path && !names_file(diff->was, base) && !names_file(diff->is, base);
}

static void tell_command(const struct diff *diff, uint32_t is, struct span action)
{
	const struct ticket_difference difference = {
		.step = diff->is->steps[is],
		.action = action,
		.bare = is_bare(diff, action),
	};

	diff->tell(diff->ctx, &difference);
}

static int tell_key(const struct diff *diff, const struct found *found, enum step_key key,
		    struct span action)
{
	const struct step *step = diff->is->steps[found->is];
	const struct step *other = diff->was->steps[found->was - 1];
	struct buf has = { 0 }, had = { 0 };
	int ret;

	step_key_value(step, key, &has);
	step_key_value(other, key, &had);
	ret = has.failed || had.failed ? -ENOMEM : 0;
	if (!ret) {
		const struct ticket_difference difference = {
			.step = step,
			.key = step_keys[key].name,
			.other = other,
			.has = buf_span(&has),
			.had = buf_span(&had),
			.action = action,
			.bare = is_bare(diff, action),
		};
		diff->tell(diff->ctx, &difference);
	}
	buf_free(&has);
	buf_free(&had);
	return ret;
}

/* The command that shows it: of children that are listed, the child's. */
static int show_action(struct diff *diff, const struct found *found, enum step_key key,
		       struct buf *action)
{
	uint32_t node = found->node, child = MEETS_NO_NODE;
	int ret = 0;

	if (key == STEP_CHILDREN &&
	    both_list(diff->was->steps[found->was - 1], diff->is->steps[found->is]))
		ret = meets__beyond(&diff->meets, found->was - 1, found->is, true, &child);
	buf_reset(action);
	product__action(&diff->meets.product, child == MEETS_NO_NODE ? node : child, action);
	return action->failed ? -ENOMEM : ret;
}

static int tell_keys(struct diff *diff, const struct found *found, struct buf *action)
{
	unsigned int keys;
	int ret = pair_keys(diff, found->was - 1, found->is, &keys);

	for (unsigned int key = 0; key < STEP_KEYS_N && !ret; key++) {
		if (!(keys & STEP_KEY_BIT(key)))
			continue;
		ret = show_action(diff, found, (enum step_key)key, action);
		if (!ret)
			ret = tell_key(diff, found, (enum step_key)key, buf_span(action));
	}
	return ret;
}

static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->is != y->is)
		return x->is < y->is ? -1 : 1;
	if (x->was == NONE || y->was == NONE)
		return x->was == NONE ? -1 : 1;
	return x->was < y->was ? -1 : x->was > y->was;
}

static int tell_found(struct diff *diff)
{
	struct buf action = { 0 };
	int ret = 0;

	if (diff->found_n)
		qsort(diff->found, diff->found_n, sizeof(*diff->found), compare_found);
	for (size_t i = 0; i < diff->found_n && !ret; i++) {
		const struct found *found = &diff->found[i];

		if (found->was != NONE) {
			ret = tell_keys(diff, found, &action);
			continue;
		}
		buf_reset(&action);
		product__action(&diff->meets.product, found->node, &action);
		ret = action.failed ? -ENOMEM : 0;
		if (!ret)
			tell_command(diff, found->is, buf_span(&action));
	}
	buf_free(&action);
	return ret;
}

/* Steps that are each within one of `was`, but together are more than it was to be done. */
static void tell_times(const struct diff *diff)
{
	for (size_t i = 0; i < diff->was->steps_n; i++) {
		const struct step *other = diff->was->steps[i];
		const struct spent *spent = &diff->spent[i];
		char has[64], had[16];

		if (other->times_max == TIMES_ANY || spent->times <= other->times_max)
			continue;
		snprintf(has, sizeof(has), "%llu by %u steps together",
			 (unsigned long long)spent->times, spent->steps);
		snprintf(had, sizeof(had), "%u", other->times_max);
		diff->tell(diff->ctx, &(struct ticket_difference){
					      .step = diff->is->steps[spent->last],
					      .key = step_keys[STEP_TIMES].name,
					      .other = other,
					      .has = span_of(has),
					      .had = span_of(had),
				      });
	}
}

/*
 * With order: strict in both: whether what comes later was before, or one step is where two were.
 */
static void tell_order(const struct diff *diff)
{
	uint32_t behind = 0;

	if (diff->is->ticket->order != ORDER_STRICT || diff->was->ticket->order != ORDER_STRICT)
		return;
	for (size_t i = 0; i < diff->is->steps_n; i++) {
		const struct fate *fate = &diff->fates[i];

		if (fate->first == NONE)
			continue;
		if (fate->first < behind || fate->first < fate->last)
			diff->tell(diff->ctx, &(struct ticket_difference){
						      .step = diff->is->steps[i],
						      .key = ticket_keys[TICKET_ORDER].name,
						      .other = diff->was->steps[fate->first],
						      .has = span_of("after what it was before"),
						      .had = span_of("strict"),
					      });
		behind = fate->last > behind ? fate->last : behind;
	}
}

/* A step all of whose commands the other one approved: only then its runs are that step's. */
static int is_required(struct diff *diff, uint32_t was, bool *required)
{
	const struct step *other = diff->was->steps[was];
	uint32_t beyond;
	int ret = 0;

	*required = false;
	for (uint32_t i = 0; i < diff->is->steps_n && !ret && !*required; i++) {
		if (diff->is->steps[i]->times_min < other->times_min)
			continue;
		ret = meets__beyond(&diff->meets, was, i, false, &beyond);
		*required = !ret && beyond == MEETS_NO_NODE;
	}
	return ret;
}

/* A step that had to be done, and may be left out or done less often. */
static int tell_left_out(struct diff *diff)
{
	char had[32];

	for (uint32_t i = 0; i < diff->was->steps_n; i++) {
		const struct step *other = diff->was->steps[i];
		bool required;
		int ret;

		if (other->times_min == 0)
			continue;
		ret = is_required(diff, i, &required);
		if (ret)
			return ret;
		if (required)
			continue;
		snprintf(had, sizeof(had), "%u or more", other->times_min);
		diff->tell(diff->ctx, &(struct ticket_difference){
					      .other = other,
					      .had = span_of(had),
				      });
	}
	return 0;
}

/* ---- the whole ---- */

static bool same_strings(const struct strings *a, const struct strings *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++) {
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	}
	return a->n == b->n;
}

static int diff_begin(struct diff *diff)
{
	const struct plan *was = diff->was, *is = diff->is;

	diff->pairs = calloc(was->steps_n * is->steps_n + 1, sizeof(*diff->pairs));
	diff->fates = calloc(is->steps_n + 1, sizeof(*diff->fates));
	diff->spent = calloc(was->steps_n + 1, sizeof(*diff->spent));
	if (!diff->pairs || !diff->fates || !diff->spent)
		return -ENOMEM;
	for (size_t i = 0; i < is->steps_n; i++)
		diff->fates[i].first = NONE;
	diff->same_path = same_strings(&was->path, &is->path);
	return meets__make(&diff->meets, was, is);
}

static void diff_free(struct diff *diff)
{
	meets__free(&diff->meets);
	pair_set_free(&diff->given);
	pair_set_free(&diff->listed);
	free(diff->pairs);
	free(diff->fates);
	free(diff->spent);
	free(diff->found);
}

int ticket_diff(const struct plan *was, const struct plan *is, ticket_diff_tell tell, void *ctx)
{
	struct diff diff = { .was = was, .is = is, .tell = tell, .ctx = ctx };
	int ret = diff_begin(&diff);

	if (!ret)
		ret = judge_meets(&diff);
	if (!ret)
		ret = ticket_diff_head(was, is, tell, ctx);
	if (!ret)
		ret = tell_found(&diff);
	if (!ret) {
		tell_times(&diff);
		tell_order(&diff);
		ret = tell_left_out(&diff);
	}
	diff_free(&diff);
	return ret;
}
