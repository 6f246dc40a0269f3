/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_FRAGMENTS_H
#define LOCKSTEP_FRAGMENTS_H

#include "core/show/report/template.h"

/* The files of this folder that a page is made of, the whole first. */
#define FRAGMENT_FILES(X)                                                                          \
	X(page, "page.html")                                                                       \
	X(style, "style.css")                                                                      \
	X(shapes, "shapes.html")                                                                   \
	X(moment, "moment.html")                                                                   \
	X(clock, "clock.html")                                                                     \
	X(state, "state.html")                                                                     \
	X(mark, "mark.html")                                                                       \
	X(overview, "overview.html")                                                               \
	X(session, "session.html")                                                                 \
	X(people, "people.html")                                                                   \
	X(listed, "listed.html")                                                                   \
	X(plan, "plan.html")                                                                       \
	X(asked, "asked.html")                                                                     \
	X(when, "when.html")                                                                       \
	X(timeline, "timeline.html")                                                               \
	X(number, "number.html")                                                                   \
	X(tree, "tree.html")                                                                       \
	X(alerts, "alerts.html")                                                                   \
	X(card, "card.html")                                                                       \
	X(fact, "fact.html")                                                                       \
	X(acks, "acks.html")                                                                       \
	X(connections, "connections.html")                                                         \
	X(losses, "losses.html")                                                                   \
	X(events, "events.html")                                                                   \
	X(checks, "checks.html")

enum {
#define X(name, file) FRAGMENT_##name,
	FRAGMENT_FILES(X)
#undef X
		FRAGMENTS
};

/* Their text when this was built. */
void fragments_get(struct fragment out[FRAGMENTS]);

#endif
