/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/ocsf.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/json.h"
#include "core/base/timestamp.h"
#include "core/show/export/ocsf_part.h"

const struct ocsf_class ocsf_process_activity = { 1007, 1, "Process Activity", "System Activity" };
const struct ocsf_class ocsf_network_activity = { 4001, 4, "Network Activity", "Network Activity" };
const struct ocsf_class ocsf_detection_finding = { 2004, 2, "Detection Finding", "Findings" };

/*
 * The members' index is not a base/table: it is filled again for each line, so it has to do without
 * allocations, and an index of 8 bits wraps around the 256 slots by itself.
 */
static uint8_t slot_of(struct span key)
{
	if (key.n == 0)
		return 0;
	return (uint8_t)(key.n * 37 + (unsigned char)key.p[0] * 11 +
			 (unsigned char)key.p[key.n / 2] * 5 + (unsigned char)key.p[key.n - 1]);
}

static void index_members(struct ocsf *ocsf)
{
	for (size_t i = 0; i < ocsf->line.n; i++) {
		uint8_t at = slot_of(ocsf->line.members[i].key);

		while (ocsf->slots[at])
			at++;
		ocsf->slots[at] = (uint8_t)(i + 1);
	}
}
_Static_assert(JSON_MEMBERS_MAX < 256, "a member's index fits, and a slot stays free");

struct span ocsf_get(const struct ocsf *ocsf, const char *name)
{
	const struct span key = span_of(name);

	for (uint8_t at = slot_of(key); ocsf->slots[at]; at++) {
		const struct json_member *member = &ocsf->line.members[ocsf->slots[at] - 1];

		if (span_eq(member->key, key))
			return json_is_null(member->value) ? (struct span){ NULL, 0 }
							   : member->value;
	}
	return (struct span){ NULL, 0 };
}

bool ocsf_is(const struct ocsf *ocsf, const char *key, const char *text)
{
	struct span value = ocsf_get(ocsf, key);

	return value.n && json_is(value, text);
}

/* Canonical JSON goes through as it is: its first byte behind the key, then the rest. */
void ocsf_put(struct ocsf *ocsf, const char *as, struct span value)
{
	if (value.n == 0)
		return;
	json_open(ocsf->out, as, value.p[0]);
	buf_add(ocsf->out, value.p + 1, value.n - 1);
}

void ocsf_copy(struct ocsf *ocsf, const char *as, const char *key)
{
	ocsf_put(ocsf, as, ocsf_get(ocsf, key));
}

void ocsf_copy_text(struct ocsf *ocsf, const char *as, const char *key)
{
	struct span value = ocsf_get(ocsf, key);

	if (value.n)
		json_text(ocsf->out, as, value);
}

struct span ocsf_bytes(struct ocsf *ocsf, const char *key)
{
	struct span value = ocsf_get(ocsf, key);

	buf_reset(&ocsf->scratch);
	if (value.n == 0 || json_read_text(value, &ocsf->scratch))
		return (struct span){ NULL, 0 };
	return buf_span(&ocsf->scratch);
}

struct span ocsf_inside(const struct ocsf *ocsf, const char *key)
{
	struct span value = ocsf_get(ocsf, key);

	if (value.n == 0 || !json_is_string(value))
		return (struct span){ NULL, 0 };
	return (struct span){ value.p + 1, value.n - 2 };
}

struct span ocsf_digits(const struct ocsf *ocsf, const char *key)
{
	struct span value = ocsf_get(ocsf, key);
	uint64_t n;

	return value.n && !json_read_u64(value, &n) ? value : (struct span){ NULL, 0 };
}

static void add_span(struct buf *out, struct span text)
{
	buf_add(out, text.p, text.n);
}

void ocsf_event_uid(struct ocsf *ocsf, const char *as, const char *mark)
{
	json_open(ocsf->out, as, '"');
	add_span(ocsf->out, ocsf_inside(ocsf, "host"));
	buf_addc(ocsf->out, ':');
	add_span(ocsf->out, ocsf_inside(ocsf, "boot"));
	buf_addc(ocsf->out, ':');
	add_span(ocsf->out, ocsf_digits(ocsf, "seq"));
	buf_adds(ocsf->out, mark);
	buf_addc(ocsf->out, '"');
}

static void add_severity(struct ocsf *ocsf, const char *severity)
{
	static const struct {
		const char *ours, *caption;
		uint32_t id;
	} table[] = {
		{ "info", "Informational", 1 }, { "low", "Low", 2 },
		{ "medium", "Medium", 3 },      { "high", "High", 4 },
		{ "critical", "Critical", 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (severity ? strcmp(table[i].ours, severity) != 0
			     : !ocsf_is(ocsf, "severity", table[i].ours))
			continue;
		json_u64(ocsf->out, "severity_id", table[i].id);
		json_cstr(ocsf->out, "severity", table[i].caption);
		return;
	}
	json_u64(ocsf->out, "severity_id", 0);
}

static void add_metadata(struct ocsf *ocsf, const struct ocsf_class *class)
{
	struct buf *out = ocsf->out;
	bool finding = class == &ocsf_detection_finding;

	json_open(out, "metadata", '{');
	json_cstr(out, "version", OCSF_VERSION);
	json_open(out, "product", '{');
	json_cstr(out, "name", "lockstep");
	json_cstr(out, "vendor_name", "lockstep");
	json_cstr(out, "version", LOCKSTEP_VERSION);
	json_close(out, '}');
	json_open(out, "profiles", '[');
	json_cstr(out, NULL, "host");
	json_cstr(out, NULL, "security_control");
	json_cstr(out, NULL, "linux/linux_users");
	if (finding)
		json_cstr(out, NULL, "incident");
	json_close(out, ']');
	ocsf_event_uid(ocsf, "uid", finding ? ":finding" : "");
	ocsf_copy(ocsf, "sequence", "seq");
	ocsf_copy(ocsf, "event_code", "kind");
	ocsf_copy(ocsf, "correlation_uid", "session");
	ocsf_copy(ocsf, "original_time", "time");
	json_close(out, '}');
}

void ocsf_begin(struct ocsf *ocsf, const struct ocsf_class *class,
		const struct ocsf_activity *activity, const char *severity)
{
	struct buf *out = ocsf->out;
	int64_t ns = 0;

	buf_addc(out, '{'); /* not json_begin(): a line may stand before it, and wants no comma */
	json_u64(out, "activity_id", activity->id);
	json_cstr(out, "activity_name", activity->name);
	json_u64(out, "category_uid", class->category);
	json_cstr(out, "category_name", class->category_name);
	json_u64(out, "class_uid", class->uid);
	json_cstr(out, "class_name", class->name);
	json_u64(out, "type_uid", class->uid * 100 + activity->id);
	json_open(ocsf->out, "type_name", '"');
	buf_adds(ocsf->out, class->name);
	buf_adds(ocsf->out, ": ");
	buf_adds(ocsf->out, activity->id == 99 ? "Other" : activity->name);
	buf_addc(ocsf->out, '"');
	add_severity(ocsf, severity);
	/* Milliseconds of the epoch; the record's own text is beside it as original_time. */
	(void)timestamp_parse(ocsf_inside(ocsf, "time"), &ns);
	json_i64(ocsf->out, "time", ns / 1000000);
	add_metadata(ocsf, class);
	json_open(ocsf->out, "device", '{');
	json_u64(ocsf->out, "type_id", 0);
	json_cstr(ocsf->out, "type", "Unknown");
	ocsf_copy(ocsf, "hostname", "host");
	ocsf_copy(ocsf, "boot_uid", "boot");
	json_open(ocsf->out, "os", '{');
	json_cstr(ocsf->out, "name", "Linux");
	json_u64(ocsf->out, "type_id", 200);
	json_cstr(ocsf->out, "type", "Linux");
	json_close(ocsf->out, '}');
	json_close(ocsf->out, '}');
}

/* What is worth having and has no attribute: under its own name. */
static const char *const unmapped[] = {
	"sseq",
	"parent",
	"ticket_sha256",
	"unsigned",
	"break_glass",
	"requester",
	"approvers",
	"verdict",
	"reasons",
	"step",
	"how",
	"asid",
	"mntns",
	"root",
	"argv",
	"argv_b64",
	"secrets",
	"truncated",
	"unreadable",
	"filename",
	"interp",
	"stdin",
	"env_differs",
	"env_more",
	"fileless",
	"deleted",
	"foreign",
	"dev",
	"ino",
	"ctime",
	"script_seen",
	"nearest",
	"error",
	"dirfd",
	"at_flags",
	"signal",
	"of",
	"late",
	"family",
	"type",
	"proto",
	"given",
	"abstract",
	"send",
	"op",
	"from",
	"created",
	"emptied",
	"exchanged",
	"first",
	"last",
	"count",
	"reason",
	"what",
	"outcome",
	"why",
	"alive",
	"unclosed",
	"approved",
	"unapproved",
	"indeterminate",
	"steps",
	"in_no_step",
	"in_no_step_more",
	"not_seen",
	"emitted",
	"delivered",
	"stored",
	"lost",
	"missed",
	"refused",
	"not_stored",
	"dropped",
	"recursion",
	"unexplained",
};

void ocsf_end(struct ocsf *ocsf)
{
	json_open(ocsf->out, "unmapped", '{');
	for (size_t i = 0; i < ARRAY_SIZE(unmapped); i++)
		ocsf_copy(ocsf, unmapped[i], unmapped[i]);
	json_close(ocsf->out, '}');
	json_close(ocsf->out, '}');
	buf_addc(ocsf->out, '\n');
}

void ocsf_status(struct ocsf *ocsf, bool success)
{
	json_u64(ocsf->out, "status_id", success ? 1 : 2);
	json_cstr(ocsf->out, "status", success ? "Success" : "Failure");
}

bool ocsf_is_alert(const struct ocsf *ocsf)
{
	return ocsf_is(ocsf, "verdict", "unapproved") || ocsf_is(ocsf, "verdict", "indeterminate");
}

/* lockstep watches: what it does not approve it lets happen all the same. */
static const struct {
	const char *verdict, *action, *disposition;
	uint32_t action_id, disposition_id;
} controls[] = {
	{ "approved", "Allowed", "Approved", 1, 8 },
	{ "unapproved", "Observed", "Unauthorized", 3, 26 },
	{ "indeterminate", "Observed", "Indeterminate", 3, 99 },
};

void ocsf_control(struct ocsf *ocsf)
{
	struct buf *out = ocsf->out;

	for (size_t i = 0; i < ARRAY_SIZE(controls); i++) {
		if (!ocsf_is(ocsf, "verdict", controls[i].verdict))
			continue;
		json_u64(out, "action_id", controls[i].action_id);
		json_cstr(out, "action", controls[i].action);
		json_u64(out, "disposition_id", controls[i].disposition_id);
		json_cstr(out, "disposition", controls[i].disposition);
		json_bool(out, "is_alert", ocsf_is_alert(ocsf));
	}
	if (ocsf_get(ocsf, "ticket").n == 0)
		return;
	json_open(out, "policy", '{');
	json_cstr(out, "name", "maintenance ticket");
	ocsf_copy(ocsf, "uid", "ticket");
	ocsf_copy(ocsf, "version", "ticket_sha256");
	json_close(out, '}');
}

static void add_session(struct ocsf *ocsf)
{
	if (ocsf_get(ocsf, "session").n == 0)
		return;
	json_open(ocsf->out, "session", '{');
	ocsf_copy(ocsf, "uid", "session");
	ocsf_copy(ocsf, "terminal", "tty");
	json_close(ocsf->out, '}');
}

void ocsf_actor(struct ocsf *ocsf)
{
	struct buf *out = ocsf->out;

	json_open(out, "actor", '{');
	if (ocsf_get(ocsf, "operator").n) {
		json_open(out, "user", '{');
		ocsf_copy(ocsf, "name", "operator");
		json_close(out, '}');
	} else {
		json_cstr(out, "app_name", "lockstepd");
	}
	if (ocsf_get(ocsf, "pid").n)
		ocsf_process(ocsf, "process", false);
	add_session(ocsf);
	json_close(out, '}');
}

int ocsf_lines(struct span line, struct buf *out)
{
	struct ocsf *ocsf = malloc(sizeof(*ocsf));
	size_t before = out->n;
	int ret = 0;

	if (!ocsf)
		return -ENOMEM;
	*ocsf = (struct ocsf){ .out = out };
	/* a record has no blanks: what does would come out as more lines than are counted */
	if (line.n && !memchr(line.p, '\n', line.n) && !json_read(line, &ocsf->line))
		index_members(ocsf);
	ocsf->kind = record_kind_named(json_inside(json_get(&ocsf->line, "kind")));
	if (ocsf->line.n == 0 || !json_is_string(json_get(&ocsf->line, "kind")) ||
	    ocsf_digits(ocsf, "seq").n == 0) {
		ret = -EBADMSG;
		goto out;
	}
	ret = record_kind_class(ocsf->kind) != KIND_CLASS_NONE;
	if (record_kind_class(ocsf->kind) == KIND_CLASS_PROCESS)
		ocsf_process_line(ocsf);
	else if (record_kind_class(ocsf->kind) == KIND_CLASS_NETWORK)
		ocsf_network_line(ocsf);
	ret += ocsf_finding_line(ocsf);
	if (out->failed || ocsf->scratch.failed) {
		out->n = before;
		ret = -ENOMEM;
	}
out:
	buf_free(&ocsf->scratch);
	free(ocsf);
	return ret;
}

int ocsf_seq(struct span line, uint64_t *seq, bool *more)
{
	struct json_object *object = malloc(sizeof(*object));
	bool alert = false;
	uint64_t class;
	int ret = -ENOMEM;

	*seq = 0;
	*more = false;
	if (!object)
		return ret;
	ret = json_read(line, object) || json_read_u64(json_get(object, "class_uid"), &class)
		      ? -EBADMSG
		      : 0;
	if (!ret) {
		(void)json_read_bool(json_get(object, "is_alert"), &alert);
		*more = alert && class != ocsf_detection_finding.uid;
		ret = json_read(json_get(object, "metadata"), object) ||
				      json_read_u64(json_get(object, "sequence"), seq)
			      ? -EBADMSG
			      : 0;
	}
	free(object);
	return ret;
}
