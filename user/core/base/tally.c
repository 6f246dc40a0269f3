/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/tally.h"

#include "core/base/grow.h"

int tally_add(struct tally *tally, struct span text, unsigned int marks, uint32_t *index)
{
	struct tally_item *room;
	char *copy = strndup(text.p ? text.p : "", text.n);
	uint32_t at = 0;
	int ret;

	if (!copy)
		return -ENOMEM;
	room = grow_array(tally->v, &tally->cap, tally->n + 1, sizeof(*tally->v));
	if (!room) {
		free(copy);
		return -ENOMEM;
	}
	tally->v = room;
	ret = names_add(&tally->names, copy, &at);
	if (ret || at < tally->n)
		free(copy);
	else
		tally->v[tally->n++] = (struct tally_item){ .text = copy };
	if (ret)
		return ret;
	tally->v[at].n++;
	tally->v[at].marks |= marks;
	if (index)
		*index = at;
	return 0;
}

void tally_free(struct tally *tally)
{
	for (size_t i = 0; i < tally->n; i++)
		free(tally->v[i].text);
	free(tally->v);
	names_free(&tally->names);
	*tally = (struct tally){ 0 };
}
