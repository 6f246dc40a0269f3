/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PRESENT_VIEW_H
#define LOCKSTEP_PRESENT_VIEW_H

#include "core/base/json_read.h"
#include "core/event/kind.h"
#include "core/show/present.h"

/* What the files of present.c share: members of a line as safe text. */
struct view {
	struct json_object line;
	const struct present_opts *opts;
	struct buf *out;
	struct buf scratch;  /* one decoded value at a time */
	size_t argument_max; /* bytes of one argument that are shown */
	size_t command_max;  /* of a command, escapes counted: no further argument behind so many */
};

/* Alerts stand among the output of the commands that they are about, so they say whose they are. */
#define VIEW_PREFIX "lockstep: "

enum { VIEW_ARGUMENT_MAX = 200, VIEW_COMMAND_MAX = 1000, VIEW_TEXT_MAX = 400 };

enum tone { TONE_BAD, TONE_DOUBT, TONE_GOOD, TONE_LABEL };

/* The text in a colour, where there is any. */
void view_tone(struct view *view, enum tone tone, const char *text);
enum record_kind view_kind(const struct view *view);
/* UNAPPROVED, INDETERMINATE, approved; "-" for what has no verdict. */
void view_verdict(struct view *view, struct span verdict);
/* VIOLATION, INDETERMINATE, COMPLIANT; NO TICKET where there was none. */
void view_outcome(struct view *view);

/* The exact bytes of a member: from its twin KEY_b64 where it has one. Valid until the next view
 * call. */
struct span view_bytes(struct view *view, const struct json_object *object, const char *key);
/* The member as safe text, "-" where it is absent, null or empty. A number or a word as it is. */
void view_text(struct view *view, const struct json_object *object, const char *key);
uint64_t view_number(const struct json_object *object, const char *key); /* 0 where there is none */
bool view_has(const struct json_object *object, const char *key);        /* there, and not null */

/* argv as a shell would read it, {secret} where something was hidden; then the program if it is
 * another. */
void view_command(struct view *view);
/* "connected to", … and where, for the network kinds: "tcp 10.0.0.1:443". */
void view_destination(struct view *view);
void view_write(struct view *view); /* "open /etc/motd" */
/* Whether the line's `reasons` hold this one. */
bool view_has_reason(const struct view *view, const char *name);
/* Names of the reasons with ", " between them. */
void view_reasons(struct view *view, const struct json_object *object);
/* "argument 3: approved 'a', ran 'b'"; nothing when the line's `nearest` does not say. */
void view_difference(struct view *view, const struct json_object *nearest);
/* The line's `nearest`: false when there is none. */
bool view_nearest(const struct view *view, struct json_object *nearest);

/* What the act was, whatever its kind: what PRESENT_LINE says behind the kind. */
void view_act(struct view *view);

/* Of a session_end: why the outcome is that, in words. */
void view_outcome_why(struct view *view);
/* Of one of its steps: "1 of 1 done, 1 failed"; and whether what had to be done was. */
void view_step_count(struct view *view, const struct json_object *step);
bool view_step_done(const struct json_object *step);
/* The i-th of the ways to lose something: how often it came, and "events found the buffer full" or,
 * of one, "event found the buffer full". False: no such. */
bool view_lost(const struct view *view, size_t i, uint64_t *n, const char **what);
/* Of a loss: its reason in words, NULL for one that is not known. */
const char *view_loss_why(const struct view *view);

/* The forms of present.c. */
void present_alert(struct view *view);
void present_end(struct view *view);

#endif
