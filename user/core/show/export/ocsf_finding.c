/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/ocsf_part.h"

#include "core/base/array.h"
#include "core/base/json.h"
#include "core/judge/verdict.h"

/* What is found, and how bad it is; severity NULL: the record's own. */
struct finding {
	const char *title, *severity;
	bool alert, resolved;
};

/* What a `host` record says of the monitor itself, where somebody should look at it. */
static const struct {
	const char *what;
	struct finding finding;
} host_findings[] = {
	{ "untracked_process",
	  { "a process had left the tracking of its session", "high", true, false } },
	{ "unseen_exit", { "a process of a session ended unseen", "medium", true, false } },
	{ "search_failed", { "escaped processes can't be looked for", "high", true, false } },
	{ "log_cut",
	  { "the end of the log did not agree with its checkpoints, or was missing", "critical",
	    true, false } },
	{ "store_file", { "the store can't begin another file", "medium", true, false } },
	{ "login_unrecorded",
	  { "commands of logins without a ticket were not recorded", "high", true, false } },
	{ "foreign_login", { "another user's login came up in a session", "high", true, false } },
	{ "store_gap", { "records were not stored", "high", true, false } },
	{ "stray_records",
	  { "events came that belong to no open session", "medium", true, false } },
	{ "clock_step", { "the wall clock was set", "medium", true, false } },
	{ "unload",
	  { "the monitor's programs were taken out of the kernel", "high", true, false } },
	{ "nested_session_refused",
	  { "a session was to be opened inside of another", "medium", true, false } },
	{ "reload_failed", { "the configuration can't be loaded", "medium", true, false } },
	{ "break_glass",
	  { "a ticket was used with fewer approvals than it asks for", "high", true, false } },
};

static const struct {
	const char *outcome;
	struct finding finding;
} end_findings[] = {
	{ "violation", { "the session did what its ticket does not approve", NULL, true, false } },
	{ "indeterminate", { "what the session did is not known whole", "high", true, false } },
	{ "compliant", { "the session kept to its ticket", NULL, false, true } },
};

static const struct finding unapproved = { "an act that the ticket does not approve", NULL, true,
					   false };
static const struct finding indeterminate = { "an act that can't be judged", NULL, true, false };
static const struct finding loss = { "events were lost", NULL, true, false };
static const struct finding glass = {
	"a session was opened with fewer approvals than its ticket asks for", "high", true, false
};

static const struct finding *finding_of(const struct ocsf *ocsf)
{
	if (ocsf_is(ocsf, "verdict", "unapproved"))
		return &unapproved;
	if (ocsf_is(ocsf, "verdict", "indeterminate"))
		return &indeterminate;
	if (ocsf->kind == RECORD_LOSS)
		return &loss;
	if (ocsf->kind == RECORD_SESSION_START)
		return span_is(ocsf_get(ocsf, "break_glass"), "true") ? &glass : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(end_findings); i++) {
		if (ocsf->kind == RECORD_SESSION_END &&
		    ocsf_is(ocsf, "outcome", end_findings[i].outcome))
			return &end_findings[i].finding;
	}
	for (size_t i = 0; i < ARRAY_SIZE(host_findings); i++) {
		if (ocsf->kind == RECORD_HOST && ocsf_is(ocsf, "what", host_findings[i].what))
			return &host_findings[i].finding;
	}
	return NULL;
}

/* What the reasons mean, in the words of verdict.h; or what a host record tells. */
static void add_description(struct ocsf *ocsf)
{
	struct span items = json_items(ocsf_get(ocsf, "reasons")), item;
	struct buf text = { 0 };

	while (json_next(&items, &item)) {
		for (unsigned int i = 0; i < REASON_COUNT; i++) {
			if (!json_is(item, reason_name((enum reason)i)))
				continue;
			buf_adds(&text, text.n ? "; " : "");
			buf_adds(&text, reason_text((enum reason)i));
		}
	}
	if (text.n)
		json_text(ocsf->out, "desc", buf_span(&text));
	else
		ocsf_copy(ocsf, "desc", "detail");
	if (text.failed)
		ocsf->scratch.failed = true;
	buf_free(&text);
}

static void add_info(struct ocsf *ocsf, const struct finding *finding)
{
	struct buf *out = ocsf->out;

	json_open(out, "finding_info", '{');
	ocsf_event_uid(ocsf, "uid", ":finding");
	json_cstr(out, "title", finding->title);
	add_description(ocsf);
	if (ocsf_get(ocsf, "reasons").n > 2)
		ocsf_copy(ocsf, "types", "reasons");
	json_open(ocsf->out, "analytic", '{');
	json_cstr(ocsf->out, "name", "act against approved plan");
	json_u64(ocsf->out, "type_id", 1);
	json_cstr(ocsf->out, "type", "Rule");
	json_close(ocsf->out, '}');
	/* Whether the record has a line of its own that the finding is about. */
	if (ocsf->kind != RECORD_WRITE && ocsf_get(ocsf, "verdict").n) {
		json_open(out, "related_events", '[');
		json_open(out, NULL, '{');
		ocsf_event_uid(ocsf, "uid", "");
		json_close(out, '}');
		json_close(out, ']');
	}
	json_close(out, '}');
}

/* What the finding rests on, as far as it is an act. */
static void add_evidence(struct ocsf *ocsf)
{
	bool exec = ocsf->kind == RECORD_EXEC;

	if (ocsf_get(ocsf, "verdict").n == 0)
		return;
	json_open(ocsf->out, "evidences", '[');
	json_open(ocsf->out, NULL, '{');
	ocsf_actor(ocsf);
	if (exec)
		ocsf_process(ocsf, "process", true);
	else if (ocsf->kind == RECORD_WRITE)
		ocsf_file(ocsf, "file", "path");
	else
		ocsf_ends(ocsf);
	json_close(ocsf->out, '}');
	json_close(ocsf->out, ']');
}

/* The incident profile: the ticket that the finding is to be held against. */
static void add_incident(struct ocsf *ocsf)
{
	if (ocsf_get(ocsf, "ticket").n == 0)
		return;
	json_open(ocsf->out, "tickets", '[');
	json_open(ocsf->out, NULL, '{');
	ocsf_copy(ocsf, "uid", "ticket");
	ocsf_copy(ocsf, "title", "summary");
	json_close(ocsf->out, '}');
	json_close(ocsf->out, ']');
}

bool ocsf_finding_line(struct ocsf *ocsf)
{
	static const struct ocsf_activity create = { 1, "Create" };
	const struct finding *finding = finding_of(ocsf);

	if (!finding)
		return false;
	ocsf_begin(ocsf, &ocsf_detection_finding, &create, finding->severity);
	json_u64(ocsf->out, "status_id", finding->resolved ? 4 : 1);
	json_cstr(ocsf->out, "status", finding->resolved ? "Resolved" : "New");
	json_cstr(ocsf->out, "message", finding->title);
	add_info(ocsf, finding);
	ocsf_actor(ocsf);
	add_evidence(ocsf);
	if (ocsf_get(ocsf, "verdict").n == 0)
		json_bool(ocsf->out, "is_alert", finding->alert);
	ocsf_control(ocsf);
	add_incident(ocsf);
	ocsf_end(ocsf);
	return true;
}
