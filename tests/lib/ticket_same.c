/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/ticket_same.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_strings(const struct strings *a, const struct strings *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++) {
		if (!same_text(a->v[i], b->v[i]))
			return false;
	}
	return a->n == b->n;
}

static bool same_word(const struct word *a, const struct word *b)
{
	return a->repeat == b->repeat && a->literal == b->literal && a->atoms_n == b->atoms_n &&
	       a->sets_n == b->sets_n && same_text(a->text, b->text) &&
	       same_text(a->value, b->value);
}

static bool same_patterns(const struct patterns *a, const struct patterns *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++) {
		if (!same_word(&a->v[i], &b->v[i]))
			return false;
	}
	return a->n == b->n;
}

static bool same_command(const struct command *a, const struct command *b)
{
	for (size_t i = 0; i < a->words_n && a->words_n == b->words_n; i++) {
		if (!same_word(&a->words[i], &b->words[i]))
			return false;
	}
	return a->words_n == b->words_n && same_text(a->text, b->text);
}

static bool same_dests(const struct dests *a, const struct dests *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++) {
		const struct dest *x = &a->v[i], *y = &b->v[i];

		if (x->kind != y->kind || x->proto != y->proto || x->port_min != y->port_min ||
		    x->port_max != y->port_max || x->family != y->family ||
		    x->prefix_len != y->prefix_len || memcmp(x->ip, y->ip, sizeof(x->ip)) != 0 ||
		    !same_text(x->name, y->name) || !same_text(x->text, y->text))
			return false;
	}
	return a->n == b->n;
}

static bool same_env(const struct step *a, const struct step *b)
{
	for (size_t i = 0; i < a->env_n && a->env_n == b->env_n; i++) {
		if (!same_text(a->env[i].name, b->env[i].name) ||
		    !same_text(a->env[i].value, b->env[i].value))
			return false;
	}
	return a->env_n == b->env_n;
}

static bool same_children(const struct step *a, const struct step *b)
{
	for (size_t i = 0; i < a->child_runs_n && a->child_runs_n == b->child_runs_n; i++) {
		if (!same_command(&a->child_runs[i], &b->child_runs[i]))
			return false;
	}
	return a->children == b->children && a->child_runs_n == b->child_runs_n;
}

static bool same_step(const struct step *a, const struct step *b)
{
	return same_text(a->id, b->id) && same_command(&a->run, &b->run) &&
	       same_text(a->as, b->as) && a->times_set == b->times_set &&
	       a->times_min == b->times_min && a->times_max == b->times_max &&
	       same_children(a, b) && same_dests(&a->connect, &b->connect) &&
	       same_dests(&a->listen, &b->listen) && same_dests(&a->send, &b->send) &&
	       same_patterns(&a->write, &b->write) && same_patterns(&a->installs, &b->installs) &&
	       same_env(a, b) && a->stdin_mask == b->stdin_mask && a->sockets == b->sockets &&
	       same_text(a->cwd, b->cwd) && same_text(a->sha256, b->sha256);
}

static bool same_ticket(const struct ticket *a, const struct ticket *b)
{
	for (size_t i = 0; i < a->steps_n && a->steps_n == b->steps_n; i++) {
		if (!same_step(&a->steps[i], &b->steps[i]))
			return false;
	}
	return a->steps_n == b->steps_n && a->is_profile == b->is_profile &&
	       same_text(a->id, b->id) && same_text(a->summary, b->summary) &&
	       same_text(a->requester, b->requester) &&
	       same_strings(&a->operators, &b->operators) && same_strings(&a->hosts, &b->hosts) &&
	       a->from_ns == b->from_ns && a->until_ns == b->until_ns &&
	       a->approvals == b->approvals && a->order == b->order && a->mode == b->mode &&
	       same_strings(&a->profiles, &b->profiles) &&
	       same_strings(&a->profile_texts, &b->profile_texts) &&
	       same_strings(&a->path, &b->path) &&
	       same_dests(&a->allow_connect, &b->allow_connect) &&
	       same_patterns(&a->allow_write, &b->allow_write);
}

const char *ticket_fixpoint(const struct ticket *ticket, char message[512])
{
	struct buf once = { 0 }, twice = { 0 };
	const char *wrong = NULL;
	struct ticket *again = NULL;
	struct errs errs = { 0 };

	message[0] = 0;
	if (ticket_print(ticket, &once)) {
		wrong = "it could not be printed";
	} else if (once.n > TICKET_BYTES_MAX) {
		wrong = NULL;
	} else if (ticket->is_profile ? profile_parse(once.p, once.n, &again, &errs)
				      : ticket_parse(once.p, once.n, &again, &errs)) {
		snprintf(message, 512, "%u:%u: %s", errs.v[0].line, errs.v[0].column,
			 errs.v[0].message);
		wrong = message;
	} else if (!same_ticket(ticket, again)) {
		wrong = "what was read again is another ticket";
	} else if (ticket_print(again, &twice) || !span_eq(buf_span(&once), buf_span(&twice))) {
		wrong = "printed again it is other bytes";
	}
	ticket_free(again);
	buf_free(&once);
	buf_free(&twice);
	return wrong;
}
