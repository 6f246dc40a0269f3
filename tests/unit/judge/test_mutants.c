/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Every command that an example ticket approves, changed in one respect at a time: byte by byte,
 * argument by argument, and in all that makes the same text another act. The judge must flag each
 * mutant but those that an oracle, which reads the ticket's text by itself, finds inside a pattern.
 */
#include "lib/cmocka.h"
#include "lib/mutant_exec.h"
#include "lib/mutant_net.h"

static void read_file(const char *name, struct buf *out)
{
	FILE *file = fopen(name, "rb");
	char room[4096];
	size_t n;

	if (!file)
		fail_msg("\"%s\" is not there: run from the source's top directory", name);
	while ((n = fread(room, 1, sizeof(room), file)) > 0)
		buf_add(out, room, n);
	fclose(file);
}

static void replace(struct buf *text, const char *old, const char *new)
{
	struct buf out = { 0 };
	size_t n = strlen(old);

	for (size_t i = 0; i < text->n;) {
		if (text->n - i >= n && memcmp(text->p + i, old, n) == 0) {
			buf_adds(&out, new);
			i += n;
		} else {
			buf_addc(&out, text->p[i++]);
		}
	}
	buf_free(text);
	*text = out;
}

static void ticket_text(int ticket, bool strict, struct buf *out)
{
	if (ticket == TICKET_RICH)
		buf_adds(out, rich_ticket);
	else
		read_file(ticket == TICKET_DEMO ? demo_file : example_file, out);
	for (size_t i = 0; ticket == TICKET_DEMO && i < COUNT(demo_values); i++)
		replace(out, demo_values[i][0], demo_values[i][1]);
	replace(out, "order: any", "");
	if (strict)
		buf_adds(out, "order: strict\n");
}

static void add_original(struct set *set, const struct row *row)
{
	struct original *o = &set->v[set->n++];
	const struct plan *plan = set->stage.plan;
	const struct program *program = row->any ? stage_other() : NULL;

	*o = (struct original){ .row = row, .step = stage_step(&set->stage, row->step) };
	if (!o->step)
		fail_msg("no step \"%s\"", row->step);
	act_args(&o->act, row->argv, &o->args);
	for (size_t i = 0; !program && i < (row->child ? o->step->child_runs_n : 1); i++) {
		const char *name =
			(row->child ? &o->step->child_runs[i] : &o->step->run)->words[0].value;

		if (!row->child || span_is(o->act.args[0], name))
			program = stage_find(plan, name);
	}
	act_init(&o->act, &set->stage, program);
	act_args(&o->act, row->argv, &o->args);
	if (row->env)
		o->act.env = (struct span){ row->env, strlen(row->env) + 1 };
	if (row->cwd)
		o->act.cwd = span_of(row->cwd);
	if (row->other_user)
		o->act.euid = row->user_id;
	if (row->stdin_given)
		o->act.stdin_kind = row->stdin_kind;
	if (row->child || row->any)
		o->act.parent = &original_of(set, row->step)->act;
}

static void set_make(struct set *set, int ticket, bool strict)
{
	struct buf text = { 0 }, profiles[COUNT(profile_files)] = { { 0 } };
	struct span spans[COUNT(profile_files)];

	set->n = 0;
	ticket_text(ticket, strict, &text);
	for (size_t i = 0; i < COUNT(profile_files); i++) {
		read_file(profile_files[i], &profiles[i]);
		spans[i] = buf_span(&profiles[i]);
	}
	stage_init(&set->stage, buf_span(&text), spans,
		   ticket == TICKET_EXAMPLE ? COUNT(profile_files) : 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].ticket == ticket)
			add_original(set, &rows[i]);
	}
	for (size_t i = 0; i < COUNT(profile_files); i++)
		buf_free(&profiles[i]);
	buf_free(&text);
}

static void set_clear(struct set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		buf_free(&set->v[i].args);
		buf_free(&set->v[i].env);
	}
	plan_free(set->stage.plan);
}

static void mutate(const struct set *set, const struct original *o)
{
	mutant_originals++;
	mutant_want_approved("an original", &o->act);
	mutate_flags(o);
	mutate_environment(o);
	mutate_time(o);
	mutate_session(o);
	mutate_parent(set, o);
	mutate_handover(o);
	if (o->row->any)
		return; /* its text is none of the ticket's */
	mutate_bytes(o);
	mutate_arguments(o);
	mutate_more(o);
	mutate_cuts(o);
	mutate_argv0(o);
	mutate_path(o);
	mutate_file(o);
	mutate_components(o);
	mutate_dashes(o);
	mutate_cwd(o);
	mutate_relative(o);
	mutate_stdin(o);
	mutate_times(o);
	if (!o->row->child)
		mutate_user(o);
}

static size_t own_index(const struct set *set, const struct original *o)
{
	for (size_t i = 0; !o->act.parent && i < set->stage.plan->own_steps_n; i++) {
		if (set->stage.plan->steps[i] == o->step)
			return i;
	}
	return SIZE_MAX;
}

static void mutate_order(const struct set *set)
{
	for (size_t a = 0; a < set->n; a++) {
		for (size_t b = 0; b < set->n; b++) {
			size_t i = own_index(set, &set->v[a]), k = own_index(set, &set->v[b]);
			struct act act = set->v[b].act;

			if (i == SIZE_MAX || k == SIZE_MAX || i == k)
				continue;
			act.before[act.before_n++] = &set->v[a].act;
			if (i > k)
				mutant_semantic(KIND_order, &act);
			else
				mutant_want_approved("in order", &act);
		}
	}
}

static void mutate_ticket(int ticket)
{
	static struct set set;

	set_make(&set, ticket, false);
	for (size_t i = 0; i < set.n; i++)
		mutate(&set, &set.v[i]);
	for (size_t i = 0; i < COUNT(net_rows); i++) {
		if (net_rows[i].ticket == ticket)
			net_original(&set, &net_rows[i]);
	}
	for (size_t i = 0; i < COUNT(unix_rows); i++) {
		if (unix_rows[i].ticket == ticket)
			path_original(KIND_unix, &set, &unix_rows[i]);
	}
	for (size_t i = 0; i < COUNT(write_rows); i++) {
		if (write_rows[i].ticket == ticket)
			path_original(KIND_write, &set, &write_rows[i]);
	}
	set_clear(&set);
	set_make(&set, ticket, true);
	mutate_order(&set);
	set_clear(&set);
}

static void print_line(const char *name, const struct tally *t)
{
	print_message("  %-32s %8u %8u %8u %8u\n", name, t->mutants, t->flagged, t->inside,
		      t->missed);
}

static void test_mutants(void **state)
{
	struct tally all = { 0 };

	(void)state;
	for (int ticket = 0; ticket < TICKETS; ticket++)
		mutate_ticket(ticket);
	buf_free(&mutant_scratch);
	free(stage_other()->path);
	print_message("originals: %u\n  %-32s %8s %8s %8s %8s\n", mutant_originals, "", "mutants",
		      "flagged", "inside", "missed");
	for (int i = 0; i < KIND_COUNT; i++) {
		print_line(mutant_kinds[i], &mutant_tallies[i]);
		all.mutants += mutant_tallies[i].mutants;
		all.flagged += mutant_tallies[i].flagged;
		all.inside += mutant_tallies[i].inside;
		all.missed += mutant_tallies[i].missed;
		if (mutant_tallies[i].flagged == 0)
			fail_msg("no mutant of the kind \"%s\" was flagged", mutant_kinds[i]);
	}
	print_line("all", &all);
	assert_int_equal(all.missed, 0);
	assert_int_equal(mutants_wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_mutants) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
