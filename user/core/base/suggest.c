/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/suggest.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/base/chars.h"

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein's distance with a swap of neighbours as one edit (optimal string alignment). */
static size_t distance(struct span a, struct span b)
{
	size_t rows[3][SUGGEST_MAX + 1];

	if (a.n > SUGGEST_MAX || b.n > SUGGEST_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *row = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			row[j] = min3(last[j] + 1, row[j - 1] + 1,
				      last[j - 1] +
					      (ascii_lower(a.p[i - 1]) != ascii_lower(b.p[j - 1])));
			if (i > 1 && j > 1 && ascii_lower(a.p[i - 1]) == ascii_lower(b.p[j - 2]) &&
			    ascii_lower(a.p[i - 2]) == ascii_lower(b.p[j - 1]) &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
	}
	return rows[a.n % 3][b.n];
}

void suggest_offer(struct suggest *suggest, const char *name)
{
	struct span offered = span_of(name);
	size_t edits = distance(suggest->word, offered);

	/* more edits than these make any short word into any other */
	if (edits > (offered.n <= 3 ? 1 : 2) || (suggest->nearest && edits >= suggest->edits))
		return;
	suggest->nearest = name;
	suggest->edits = edits;
}
