/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/loss.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/intervals.h"

enum {
	HOLES_MAX = 4096,
	REFUSED_MAX = 64,
	/* A number further ahead than this many acts can be between two looks at the counters is
	   forged. */
	AHEAD_MAX = 1 << 26,
};

/*
 * Invariants: holes are above the blur and below or at `top`. The blur is what the lowest holes
 * became when there were too many: how many of its numbers are missing is known, but not which, so
 * a duplicate in there is taken for a late one until all have come.
 */
struct loss_book {
	struct intervals holes;
	struct interval blur;
	uint64_t blur_missing;
	/* Every number up to here came, is in a hole or the blur, or was reported lost. */
	uint64_t top;
	struct loss_range refused[REFUSED_MAX]; /* not reported yet */
	size_t refused_n;
	struct loss_range not_stored; /* likewise; count 0: nothing */
	struct loss_counts counts;
	uint64_t recursion_base;
	uint64_t recursion_before; /* counted beside the base: loss_book__skipped_before() */
	uint64_t restored;         /* numbers up to here may come again after a restart */
};

int loss_book__new(struct loss_book **out, uint64_t recursion_misses)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->recursion_base = recursion_misses;
	return 0;
}

void loss_book__free(struct loss_book *book)
{
	if (!book)
		return;
	intervals__free(&book->holes);
	free(book);
}

/* Gives up telling the lowest `n` holes apart. Needs no memory. */
static void blur_lowest(struct loss_book *book, size_t n)
{
	if (n == 0)
		return;
	if (!book->blur_missing)
		book->blur.first = book->holes.v[0].first;
	book->blur.last = book->holes.v[n - 1].last;
	for (size_t i = 0; i < n; i++)
		book->blur_missing += interval_count(book->holes.v[i]);
	intervals__drop(&book->holes, 0, n);
}

/* Makes room for one more hole; where that costs holes, it is the lower half of them. */
static bool room_for_hole(struct loss_book *book)
{
	if (book->holes.n < HOLES_MAX && !intervals__reserve(&book->holes))
		return true;
	blur_lowest(book, (book->holes.n + 1) / 2);
	return book->holes.n < book->holes.cap;
}

/* Every number from `top` + 1 to `last` has not come. */
static void add_top_hole(struct loss_book *book, uint64_t last)
{
	struct interval hole = { book->top + 1, last };

	book->top = last;
	if (room_for_hole(book)) {
		book->holes.v[book->holes.n++] = hole;
		return;
	}
	/* No memory at all: straight into the blur. */
	if (!book->blur_missing)
		book->blur.first = hole.first;
	book->blur.last = hole.last;
	book->blur_missing += interval_count(hole);
}

static bool in_blur(const struct loss_book *book, uint64_t sseq)
{
	return book->blur_missing && sseq >= book->blur.first && sseq <= book->blur.last;
}

/* A number at or below `top`: it fills a hole, or is a duplicate. */
static bool came_late(struct loss_book *book, uint64_t sseq)
{
	if (!in_blur(book, sseq)) {
		const struct interval *hole;

		if (!intervals__has(&book->holes, sseq))
			return false;
		hole = &book->holes.v[intervals__find(&book->holes, sseq)];
		if (hole->first < sseq && sseq < hole->last)
			room_for_hole(book); /* to split it; may blur it */
	}
	if (in_blur(book, sseq))
		book->blur_missing--;
	else
		intervals__take(&book->holes, sseq);
	return true;
}

static uint64_t lost_sum(const struct loss_counts *counts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < LS_LOST_REASONS; i++)
		sum += counts->lost[i];
	return sum;
}

/* Every number of which it is known what became of it. */
static uint64_t accounted_sum(const struct loss_counts *counts)
{
	return counts->stored + counts->refused + counts->not_stored + lost_sum(counts);
}

static bool plausible(const struct loss_book *book, uint64_t sseq)
{
	const struct loss_counts *counts = &book->counts;
	uint64_t given = accounted_sum(counts);

	if (given < counts->emitted)
		given = counts->emitted;
	return sseq > 0 && (sseq <= given || sseq - given <= AHEAD_MAX);
}

static void note_refused(struct loss_book *book, uint64_t sseq)
{
	struct loss_range *last = book->refused_n ? &book->refused[book->refused_n - 1] : NULL;

	if (!last || (sseq != last->last + 1 && book->refused_n < REFUSED_MAX)) {
		book->refused[book->refused_n++] = (struct loss_range){ sseq, sseq, 1, "refused" };
		return;
	}
	if (sseq < last->first)
		last->first = sseq;
	if (sseq > last->last)
		last->last = sseq;
	last->count++;
}

bool loss_book__came(struct loss_book *book, uint64_t sseq, bool refused)
{
	bool fresh = plausible(book, sseq);

	if (fresh && sseq > book->top) {
		if (sseq > book->top + 1)
			add_top_hole(book, sseq - 1);
		book->top = sseq;
	} else if (fresh) {
		fresh = came_late(book, sseq);
	}
	if (!fresh) {
		book->counts.dropped += sseq == 0 || sseq > book->restored;
		return false;
	}
	if (refused) {
		book->counts.refused++;
		note_refused(book, sseq);
	} else {
		book->counts.stored++;
	}
	return true;
}

void loss_book__refuse(struct loss_book *book, uint64_t sseq)
{
	book->counts.stored--;
	book->counts.refused++;
	note_refused(book, sseq);
}

void loss_book__not_stored(struct loss_book *book, uint64_t first, uint64_t last, uint64_t count)
{
	struct loss_range *told = &book->not_stored;

	if (count > book->counts.stored)
		count = book->counts.stored;
	if (!count)
		return;
	book->counts.stored -= count;
	book->counts.not_stored += count;
	if (!told->count || first < told->first)
		told->first = first;
	if (last > told->last)
		told->last = last;
	told->count += count;
	told->reason = "not_stored";
}

/* The reasons that take numbers, in the order of lost[]; one that this version has no name for is
 * unexplained. */
static const char *const lost_names[LS_LOST_REASONS] = {
	[LS_LOST_RING_FULL] = "ring_full",
	[LS_LOST_FILL] = "fill",
	[LS_LOST_UNTRACKED] = "untracked",
};

void loss_book__exec(struct loss_book *book, uint32_t exec_flags)
{
	book->counts.argv_unreadable += (exec_flags & LS_EXEC_ARGV_UNREADABLE) != 0;
	book->counts.path_unreadable += (exec_flags & LS_EXEC_PATH_TRUNCATED) != 0;
}

/* One settlement: how many numbers each reason may still explain, in order; what is over is
 * unexplained. */
struct settlement {
	uint64_t left[LS_LOST_REASONS + 1];
	void (*report)(void *ctx, const struct loss_range *range);
	void *ctx;
};

static void report_count(const struct settlement *settle, const char *reason, uint64_t count)
{
	struct loss_range range = { 0, 0, count, reason };

	if (count)
		settle->report(settle->ctx, &range);
}

/* One hole, cut where the reason changes. `missing` of its numbers did not come: all, but in the
 * blur. */
static void report_hole(struct settlement *settle, struct interval hole, uint64_t missing)
{
	bool exact = missing == interval_count(hole);

	for (size_t i = 0; i <= LS_LOST_REASONS && missing; i++) {
		const char *reason = i < LS_LOST_REASONS ? lost_names[i] : NULL;
		uint64_t n = settle->left[i] < missing ? settle->left[i] : missing;
		struct loss_range range = { hole.first, hole.last, n,
					    reason ? reason : "unexplained" };

		if (n == 0)
			continue;
		if (exact)
			range.last = hole.first + n - 1;
		settle->report(settle->ctx, &range);
		settle->left[i] -= n;
		missing -= n;
		if (exact)
			hole.first += n;
	}
}

/* Numbers that did not come, of those that the kernel says it gave out. */
static uint64_t missing_sum(const struct loss_book *book)
{
	uint64_t emitted = book->counts.emitted, n = book->blur_missing;

	for (size_t i = 0; i < book->holes.n && book->holes.v[i].first <= emitted; i++) {
		struct interval hole = book->holes.v[i];

		if (hole.last > emitted)
			hole.last = emitted;
		n += interval_count(hole);
	}
	return n;
}

/* What was reported is no hole any more: a record that comes with such a number now is dropped. */
static void report_holes(struct loss_book *book, struct settlement *settle)
{
	size_t n = 0;

	if (book->blur_missing)
		report_hole(settle, book->blur, book->blur_missing);
	book->blur_missing = 0;
	for (; n < book->holes.n && book->holes.v[n].first <= book->counts.emitted; n++) {
		struct interval hole = book->holes.v[n];

		if (hole.last > book->counts.emitted)
			hole.last = book->counts.emitted;
		report_hole(settle, hole, interval_count(hole));
	}
	intervals__drop(&book->holes, 0, n);
}

static uint64_t growth(uint64_t *known, uint64_t now)
{
	uint64_t n = now > *known ? now - *known : 0;

	*known += n;
	return n;
}

static void report_uncounted(struct loss_book *book, const struct ls_session *kernel,
			     uint64_t recursion_misses, struct settlement *settle)
{
	struct loss_counts *counts = &book->counts;
	uint64_t misses = recursion_misses > book->recursion_base
				  ? recursion_misses - book->recursion_base
				  : 0;
	uint64_t known = counts->recursion_misses - book->recursion_before;

	for (size_t i = 0; i < book->refused_n; i++)
		settle->report(settle->ctx, &book->refused[i]);
	book->refused_n = 0;
	if (book->not_stored.count)
		settle->report(settle->ctx, &book->not_stored);
	book->not_stored = (struct loss_range){ 0 };
	report_count(settle, "member_full",
		     growth(&counts->missed[LS_MISSED_MEMBER_FULL],
			    kernel->missed[LS_MISSED_MEMBER_FULL]));
	report_count(
		settle, "sock_full",
		growth(&counts->missed[LS_MISSED_SOCK_FULL], kernel->missed[LS_MISSED_SOCK_FULL]));
	report_count(settle, "recursion", growth(&known, misses));
	counts->recursion_misses = known + book->recursion_before;
}

bool loss_book__settle(struct loss_book *book, const struct ls_session *kernel,
		       uint64_t recursion_misses, bool final,
		       void (*report)(void *ctx, const struct loss_range *range), void *ctx)
{
	struct loss_counts *counts = &book->counts;
	struct settlement settle = {
		.left = { [LS_LOST_REASONS] = UINT64_MAX },
		.report = report,
		.ctx = ctx,
	};
	uint64_t missing, lost = 0, accounted;

	growth(&counts->emitted, kernel->emitted);
	if (counts->emitted > book->top)
		add_top_hole(book, counts->emitted);
	report_uncounted(book, kernel, recursion_misses, &settle);
	for (size_t i = 0; i < LS_LOST_REASONS; i++)
		lost += kernel->lost[i] > counts->lost[i] ? kernel->lost[i] - counts->lost[i] : 0;
	missing = missing_sum(book);
	/* Until the two agree something is in flight; at the end nothing can be. */
	if (missing == lost || final) {
		for (size_t i = 0; i < LS_LOST_REASONS; i++)
			settle.left[i] = growth(&counts->lost[i], kernel->lost[i]);
		report_holes(book, &settle);
		if (lost > missing)
			report_count(&settle, "unexplained", lost - missing);
	}
	accounted = accounted_sum(counts);
	counts->unexplained = counts->emitted > accounted ? counts->emitted - accounted : 0;
	if (final && accounted > counts->emitted) /* records with numbers that nobody gave out */
		report_count(&settle, "unexplained", accounted - counts->emitted);
	return counts->emitted == accounted;
}

/* Takes the lowest `n` missing numbers of first..last out of the holes. */
static void forget_missing(struct loss_book *book, uint64_t first, uint64_t last, uint64_t n)
{
	while (n) {
		size_t at = intervals__find(&book->holes, first);
		struct interval *hole = &book->holes.v[at];
		uint64_t count;

		if (at == book->holes.n || hole->first > last)
			return;
		if (hole->first < first) { /* cut in two: the upper is the next one */
			came_late(book, first);
			n--;
			continue;
		}
		count = last - hole->first + 1;
		if (count > n)
			count = n;
		if (count >= interval_count(*hole)) {
			count = interval_count(*hole);
			intervals__drop(&book->holes, at, 1);
		} else {
			hole->first += count;
		}
		n -= count;
	}
}

static const char *const reason_names[] = { "ring_full",   "fill",       "refused",
					    "member_full", "sock_full",  "recursion",
					    "untracked",   "not_stored", "unexplained" };

const char *loss_reason_name(size_t i)
{
	return i < ARRAY_SIZE(reason_names) ? reason_names[i] : NULL;
}

/* Where a reason is counted; NULL: it only follows from the other counts. */
static uint64_t *count_of(struct loss_counts *counts, const char *reason)
{
	uint64_t *const all[] = {
		&counts->lost[LS_LOST_RING_FULL],
		&counts->lost[LS_LOST_FILL],
		&counts->refused,
		&counts->missed[LS_MISSED_MEMBER_FULL],
		&counts->missed[LS_MISSED_SOCK_FULL],
		&counts->recursion_misses,
		&counts->lost[LS_LOST_UNTRACKED],
		&counts->not_stored,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (strcmp(reason_names[i], reason) == 0)
			return all[i];
	}
	return NULL;
}

static bool range_ok(const struct loss_book *book, const struct loss_range *range)
{
	return range->last >= range->first && plausible(book, range->last) &&
	       range->count - 1 <= range->last - range->first;
}

void loss_book__lost(struct loss_book *book, const struct loss_range *range)
{
	uint64_t *count = count_of(&book->counts, range->reason);

	if (range->first && !range_ok(book, range))
		return;
	if (count)
		*count += range->count;
	if (!range->first)
		return;
	if (range->last > book->top)
		add_top_hole(book, range->last);
	if (in_blur(book, range->first))
		book->blur_missing -=
			range->count < book->blur_missing ? range->count : book->blur_missing;
	else
		forget_missing(book, range->first, range->last, range->count);
}

bool loss_book__skipped_before(struct loss_book *book, struct loss_range *range)
{
	*range = (struct loss_range){ .count = 1, .reason = "recursion" };
	if (book->counts.recursion_misses)
		return false;
	book->counts.recursion_misses = book->recursion_before = 1;
	return true;
}

void loss_book__restored(struct loss_book *book)
{
	book->restored = book->top;
}

uint64_t loss_book__top(const struct loss_book *book)
{
	return book->top;
}

void loss_book__counts(const struct loss_book *book, struct loss_counts *out)
{
	*out = book->counts;
}
