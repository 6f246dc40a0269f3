/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/draft.h"

#include <errno.h>
#include <stdlib.h>

#include "core/review/draft/part.h"

int draft__new(struct draft **out, const struct draft_opts *opts)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->opts = *opts;
	return 0;
}

void draft__free(struct draft *draft)
{
	if (!draft)
		return;
	for (size_t i = 0; i < draft->runs_n; i++) {
		free(draft->runs[i].bytes);
		free(draft->runs[i].run);
	}
	for (size_t i = 0; i < draft->acts_n; i++) {
		free(draft->acts[i].path);
		free(draft->acts[i].from);
	}
	for (size_t i = 0; i < draft->steps_n; i++) {
		struct draft_step *step = &draft->steps[i];

		for (size_t key = 0; key < STEP_KEYS_N; key++)
			counted_set_free(&step->lists[key]);
		dests_free(&step->so_far.connect);
		counted_set_free(&step->delegation);
		counted_set_free(&step->notes);
	}
	free(draft->runs);
	free(draft->acts);
	free(draft->pids);
	free(draft->steps);
	counted_set_free(&draft->keys);
	counted_set_free(&draft->allow);
	counted_set_free(&draft->allow_write);
	dests_free(&draft->so_far.connect);
	counted_set_free(&draft->profiles);
	counted_set_free(&draft->notes);
	free(draft->session);
	free(draft->host);
	free(draft->operator_name);
	free(draft);
}

static int compare_pids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int draft__write(struct draft *draft, struct buf *out)
{
	struct placeholder_context context = { .time_ns = draft->time_ns };
	int ret = 0;

	if (!draft->begun)
		return -ENODATA;
	if (draft->pids_n)
		qsort(draft->pids, draft->pids_n, sizeof(*draft->pids), compare_pids);
	context.pids = draft->pids;
	context.pids_n = draft->pids_n;
	for (size_t i = 0; i < draft->runs_n && !ret; i++)
		ret = draft_run_write(&context, &draft->runs[i]);
	if (!ret)
		ret = draft_tree(draft);
	if (!ret && draft->steps_n == 0)
		return -ENODATA;
	if (!ret)
		ret = draft_acts(draft, &context);
	return ret ? ret : draft_text(draft, out);
}
