/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_OCSF_PART_H
#define LOCKSTEP_OCSF_PART_H

#include <stdint.h>

#include "core/base/json_read.h"
#include "core/event/kind.h"
#include "core/show/export/ocsf.h"

/* What the files of ocsf.c share: one record on its way out. */
struct ocsf {
	struct json_object line;
	enum record_kind kind;
	uint8_t slots[256]; /* its members by key: index + 1, 0: free; most of them are asked for */
	struct buf *out;
	struct buf scratch;
};

struct ocsf_class {
	uint32_t uid, category;
	const char *name, *category_name;
};

extern const struct ocsf_class ocsf_process_activity, ocsf_network_activity, ocsf_detection_finding;

struct ocsf_activity {
	uint32_t id;
	const char *name;
};

/* The event's object up to `device`, its metadata included. severity: a name of verdict.h; NULL:
 * the record's. */
void ocsf_begin(struct ocsf *ocsf, const struct ocsf_class *class,
		const struct ocsf_activity *activity, const char *severity);
/* Its end: `unmapped`, the bracket, the newline. */
void ocsf_end(struct ocsf *ocsf);

struct span ocsf_get(const struct ocsf *ocsf, const char *key); /* n 0 also for null */
bool ocsf_is(const struct ocsf *ocsf, const char *key, const char *text);
/* The member `key`, under another name; nothing where it is null. */
void ocsf_copy(struct ocsf *ocsf, const char *as, const char *key);
/* A value of the line, n 0: nothing. */
void ocsf_put(struct ocsf *ocsf, const char *as, struct span value);
/*
 * What stands between a text's quotes, and a number's digits; n 0 where the member is something
 * else. A store may have been written by anybody: what is put into another text has to be fit for
 * it.
 */
struct span ocsf_inside(const struct ocsf *ocsf, const char *key);
struct span ocsf_digits(const struct ocsf *ocsf, const char *key);
/* A number as text: the framework's uid of a user. */
void ocsf_copy_text(struct ocsf *ocsf, const char *as, const char *key);
/* A text's bytes; valid until the next call. */
struct span ocsf_bytes(struct ocsf *ocsf, const char *key);
void ocsf_status(struct ocsf *ocsf, bool success);
/* What was decided of an act, and by which ticket; nothing where there is no verdict. */
void ocsf_control(struct ocsf *ocsf);
/* Who did it: the operator, the process, the session. */
void ocsf_actor(struct ocsf *ocsf);
/* The process of the line, as a member. launched: what an exec made of it. */
void ocsf_process(struct ocsf *ocsf, const char *as, bool launched);
/* `file`, named by that member. */
void ocsf_file(struct ocsf *ocsf, const char *as, const char *key);
/* Both ends of a connection, and what is known of it. */
void ocsf_ends(struct ocsf *ocsf);
/* "HOST:BOOT:SEQ" and the mark behind it: an event's uid. */
void ocsf_event_uid(struct ocsf *ocsf, const char *as, const char *mark);
bool ocsf_is_alert(const struct ocsf *ocsf); /* its verdict is none to be content with */

/* The line of an act, by its kind's class. */
void ocsf_process_line(struct ocsf *ocsf);
void ocsf_network_line(struct ocsf *ocsf);
bool ocsf_finding_line(struct ocsf *ocsf); /* whether there is one */

#endif
