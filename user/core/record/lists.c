/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/put.h"

/* What approved beside the ticket's own steps: whose bytes are in the store under these hashes. */
void list_profiles(const struct record *record, struct buf *out)
{
	const struct plan *plan = record->start.plan;

	for (size_t i = 0; plan && i < plan->owned_n; i++) {
		const struct ticket *profile = plan->owned[i];

		if (!profile->is_profile)
			continue;
		json_open(out, NULL, '{');
		PROFILE_MEMBERS(PUT)
		json_close(out, '}');
	}
}

static void put_addresses(const struct host_name *host, const char *key, struct buf *out)
{
	char room[ADDRESS_ROOM];

	json_open(out, key, '[');
	for (size_t i = 0; i < host->addresses_n; i++)
		json_text(out, NULL, address_ip_text(&host->addresses[i], room));
	json_close(out, ']');
}

static void put_host(const struct host_name *host, struct buf *out)
{
	const struct host_name *record = host; /* what the calls of this list are given */

	json_open(out, NULL, '{');
	HOST_NAME_MEMBERS(PUT)
	json_close(out, '}');
}

void list_hosts(const struct record *record, struct buf *out)
{
	const struct plan *plan = record->start.plan;

	for (size_t i = 0; plan && i < plan->hosts_n; i++)
		put_host(&plan->hosts[i], out);
}

static void put_step_facts(const struct step_facts *of, bool missing_known, struct buf *out)
{
	const struct step *step = of->step;
	uint32_t least = step->times_set ? step->times_min : 0, runs = of->done + of->running;
	uint32_t missing = missing_known && least > runs ? least - runs : 0;

	json_open(out, NULL, '{');
	STEP_MEMBERS(PUT)
	json_close(out, '}');
}

/* The ticket's own steps, and of the profiles' those that were run: a profile offers, it does not
 * ask. */
void list_steps(const struct record *record, struct buf *out)
{
	const struct reconciliation *facts = record->end.facts;
	bool missing_known = facts->reasons & REASON_BIT(step_missing);

	for (size_t i = 0; i < facts->steps_n; i++) {
		if (i < facts->own_steps_n || facts->steps[i].first_sseq)
			put_step_facts(&facts->steps[i], missing_known, out);
	}
}

static void put_act_reasons(const struct unexplained_act *act, const char *key, struct buf *out)
{
	put_reason_set(out, key, act->reasons);
}

static void put_unexplained(const struct unexplained_act *act, struct buf *out)
{
	const struct unexplained_act *record = act; /* what the calls of this list are given */
	struct span text = { act->text, act->text_n };

	json_open(out, NULL, '{');
	UNEXPLAINED_MEMBERS(PUT)
	json_close(out, '}');
}

void list_in_no_step(const struct record *record, struct buf *out)
{
	for (size_t i = 0; i < record->end.facts->unexplained_n; i++)
		put_unexplained(&record->end.facts->unexplained[i], out);
}

void list_not_seen(const struct record *record, struct buf *out)
{
	for (size_t i = 0; i < record->end.facts->unseen_n; i++)
		json_cstr(out, NULL, record->end.facts->unseen[i]);
}
