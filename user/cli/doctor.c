/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/base/json.h"
#include "core/session/capability.h"
#include "engine/canary.h"

struct doctor {
	struct options *options;
	const char *cgroup;
	bool json, table;
	struct probe *probe;
	const struct kernel_facts *facts;
	struct canary canary;
	struct buf text, why;
};

static const struct option_spec doctor_options[] = {
	{ 256, "cgroup", "DIR", "attach the network hooks there; without it at the tree's root" },
	{ 'j', "json", NULL, "one JSON object" },
	{ 257, "table", NULL, "the table of all hosts as Markdown, and no more; needs no root" },
};

/* A capability is blind when an act that one of its programs should have reported was not seen. */
static bool is_blind(const struct doctor *doctor, const struct capability *capability)
{
	uint64_t hooks = capability_serving(capability, doctor->facts);

	for (unsigned int act = 0; act < SELFTEST_ACTS; act++) {
		enum selftest_state state = selftest_state(&doctor->canary.test, act);
		int hook = selftest_act_hook(&doctor->canary.test, act);

		if (hook < 0 || !(hooks & HOOK_BIT(hook)))
			continue;
		if (state == SELFTEST_BLIND || state == SELFTEST_UNTRIED)
			return true;
	}
	return false;
}

/* The state of a row, and in doctor->why what serves it or why nothing does. */
static const char *judge_row(struct doctor *doctor, const struct capability *capability)
{
	enum capability_state state;

	buf_reset(&doctor->why);
	state = capability_probe(capability, doctor->facts, &doctor->why);
	if (state != CAPABILITY_SERVED)
		return capability_state_name(state);
	capability_hooks(capability_serving(capability, doctor->facts), &doctor->why);
	return is_blind(doctor, capability) ? "blind" : capability_state_name(state);
}

static const char *fact_name(enum fact fact)
{
	static const char *const names[] = {
		[FACT_UNKNOWN] = "unknown", [FACT_NO] = "no", [FACT_YES] = "yes"
	};

	return names[fact];
}

static void print_text(struct doctor *doctor)
{
	const struct kernel_facts *facts = doctor->facts;
	struct buf *out = &doctor->text;

	buf_addf(out,
		 "kernel %s; BTF: %s; network hooks at %s; fentry programs: %s; BPF LSM: %s; "
		 "io_uring: %s\n",
		 facts->release, fact_name(facts->btf), probe__cgroup(doctor->probe),
		 fact_name(facts->fentry), fact_name(facts->lsm_bpf), fact_name(facts->io_uring));
	for (size_t i = 0; i < capability_n(); i++) {
		const struct capability *capability = capability_at(i);
		const char *state = judge_row(doctor, capability);

		buf_addf(out, "%-14s %-12s %s\n", capability->name, state, capability->what);
		buf_addf(out, "%-27s %.*s\n", "", (int)doctor->why.n, doctor->why.p);
	}
	buf_addf(out, "self-test (%" PRIu64 " ms): ", doctor->canary.took_ns / 1000000);
	canary_tell(&doctor->canary, out);
	buf_addc(out, '\n');
}

static void add_capabilities(struct doctor *doctor, struct buf *out)
{
	json_open(out, "capabilities", '[');
	for (size_t i = 0; i < capability_n(); i++) {
		const struct capability *capability = capability_at(i);
		const char *state = judge_row(doctor, capability);
		bool served = !strcmp(state, "served") || !strcmp(state, "blind");

		json_open(out, NULL, '{');
		json_cstr(out, "capability", capability->name);
		json_cstr(out, "what", capability->what);
		json_cstr(out, "state", state);
		json_text(out, served ? "hooks" : "why", buf_span(&doctor->why));
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void add_selftest(struct doctor *doctor, struct buf *out)
{
	const struct selftest *test = &doctor->canary.test;

	json_open(out, "selftest", '{');
	json_bool(out, "passed", selftest_passed(test));
	json_u64(out, "took_ms", doctor->canary.took_ns / 1000000);
	json_open(out, "acts", '[');
	for (unsigned int act = 0; act < SELFTEST_ACTS; act++) {
		int hook = selftest_act_hook(test, act);

		json_open(out, NULL, '{');
		json_cstr(out, "act", selftest_act_name(act));
		json_cstr(out, "program", hook < 0 ? NULL : hook_program(hook));
		json_cstr(out, "state", selftest_state_name(selftest_state(test, act)));
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
}

static void print_json(struct doctor *doctor)
{
	struct buf *out = &doctor->text;

	json_begin(out);
	json_cstr(out, "kernel", doctor->facts->release);
	json_open(out, "facts", '{');
	json_cstr(out, "btf", fact_name(doctor->facts->btf));
	json_cstr(out, "fentry", fact_name(doctor->facts->fentry));
	json_cstr(out, "lsm_bpf", fact_name(doctor->facts->lsm_bpf));
	json_cstr(out, "io_uring", fact_name(doctor->facts->io_uring));
	json_text(out, "cgroup", span_of(probe__cgroup(doctor->probe)));
	json_close(out, '}');
	add_capabilities(doctor, out);
	add_selftest(doctor, out);
	json_close(out, '}');
	buf_addc(out, '\n');
}

static int examine(struct doctor *doctor)
{
	const struct probe_opts opts = { .cgroup = doctor->cgroup };
	char why[1024] = "";

	if (geteuid() != 0)
		return options_fail(doctor->options, "needs root: it loads eBPF programs");
	if (probe__open(&doctor->probe, &opts, why, sizeof(why)))
		return options_fail(doctor->options, "%s", why);
	doctor->facts = probe__facts(doctor->probe);
	if (canary_run(doctor->probe, &doctor->canary, NULL, NULL, why, sizeof(why)))
		return options_fail(doctor->options, "%s", why);
	(doctor->json ? print_json : print_text)(doctor);
	return CLI_OK;
}

/* One line for whoever reads only stderr. */
static int verdict(struct doctor *doctor)
{
	if (selftest_passed(&doctor->canary.test))
		return CLI_OK;
	buf_reset(&doctor->why);
	canary_tell(&doctor->canary, &doctor->why);
	options_fail(doctor->options, "%.*s", (int)doctor->why.n, doctor->why.p);
	return CLI_NEGATIVE;
}

static int print_table(struct doctor *doctor)
{
	capability_table(&doctor->text);
	return CLI_OK;
}

static int verb_doctor_main(struct options *options)
{
	struct doctor doctor = { .options = options };
	int id, ret;

	while ((id = options_next(options)) > 0) {
		if (id == 256)
			doctor.cgroup = options->value;
		doctor.json |= id == 'j';
		doctor.table |= id == 257;
	}
	if (id < 0)
		return options->status;
	if (options->operands_n)
		return options_usage(options, "unexpected \"%s\"", options->operands[0]);
	ret = doctor.table ? print_table(&doctor) : examine(&doctor);
	if (!ret && doctor.text.failed)
		ret = options_fail(options, "out of memory");
	if (!ret)
		fwrite(doctor.text.p, 1, doctor.text.n, stdout);
	if (!ret && !doctor.table)
		ret = verdict(&doctor);
	probe__close(doctor.probe);
	buf_free(&doctor.text);
	buf_free(&doctor.why);
	return ret;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.operands = "",
	.help = "what this host lets lockstep see, and whether it does",
	.about = "Exit status: 0 every act of the self-test was seen, 1 a hook is blind, 2 it "
		 "can't be tried.",
	.options = doctor_options,
	.options_n = ARRAY_SIZE(doctor_options),
	.run = verb_doctor_main,
};
