// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "edge/probe/hooks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/session/verifier_error.h"

/* libbpf reports through one process-wide callback. */
static struct heard {
	struct verifier_error words;
	int hook; /* the last that it named, -1: none */
} heard;

__attribute__((format(printf, 2, 0))) static int hear(enum libbpf_print_level level,
						      const char *format, va_list args)
{
	char *text = NULL;
	int hook;

	if (level > LIBBPF_WARN || vasprintf(&text, format, args) < 0)
		return 0;
	verifier_error_add(&heard.words, text);
	hook = hook_blamed(text);
	if (hook >= 0)
		heard.hook = hook;
	free(text);
	return 0;
}

struct loader {
	struct lockstep_bpf *skel;
	const char *btf;
	struct kernel_facts *facts;
	uint64_t chosen;
	uint64_t refused;
	int failed;       /* the hook that made an attempt fail, -1: none that is known */
	const char *what; /* was being done to it */
};

static bool is_chosen(const struct loader *loader, const char *program)
{
	int hook = hook_of_program(program);

	return hook >= 0 && (loader->chosen & HOOK_BIT(hook));
}

/* A type that this libbpf has no section for is set by hand; all of those are cgroup programs. */
static int prepare_program(const struct loader *loader, struct bpf_program *program)
{
	int hook = hook_of_program(bpf_program__name(program));
	bool chosen = is_chosen(loader, bpf_program__name(program));
	int ret = bpf_program__set_autoload(program, chosen);

	if (hook < 0)
		return -EINVAL; /* a program that no row names would never be attached */
	if (ret || !chosen || !hook_rows[hook].attach_type)
		return ret;
	ret = bpf_program__set_type(program, BPF_PROG_TYPE_CGROUP_SOCK_ADDR);
	return ret ? ret
		   : bpf_program__set_expected_attach_type(program, hook_rows[hook].attach_type);
}

static int load(struct loader *loader)
{
	struct bpf_object_skeleton *skeleton = loader->skel->skeleton;
	int ret = 0;

	for (int i = 0; i < skeleton->prog_cnt && !ret; i++)
		ret = prepare_program(loader, *skeleton->progs[i].prog);
	if (!ret)
		ret = lockstep_bpf__load(loader->skel);
	loader->failed = ret ? heard.hook : -1;
	loader->what = "load";
	return ret;
}

static int attach(struct loader *loader, int cgroup)
{
	struct bpf_object_skeleton *skeleton = loader->skel->skeleton;
	struct bpf_program *program;
	enum bpf_prog_type type;
	struct bpf_link *link;
	int ret = 0;

	loader->what = "attach";
	for (int i = 0; i < skeleton->prog_cnt && !ret; i++) {
		if (!is_chosen(loader, skeleton->progs[i].name))
			continue;
		program = *skeleton->progs[i].prog;
		type = bpf_program__type(program);
		link = type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR || type == BPF_PROG_TYPE_CGROUP_SOCK
			       ? bpf_program__attach_cgroup(program, cgroup)
			       : bpf_program__attach(program);
		ret = link ? 0 : -errno;
		*skeleton->progs[i].link = link;
		if (ret)
			loader->failed = hook_of_program(skeleton->progs[i].name);
	}
	return ret;
}

static int attempt(struct loader *loader, int cgroup, hooks_prepare prepare, const void *ctx)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = loader->btf);
	int ret;

	heard = (struct heard){ .hook = -1 };
	loader->failed = -1;
	loader->what = "open";
	loader->chosen = hooks_choose(hook_rows, HOOKS_N, loader->facts, loader->refused);
	loader->skel = lockstep_bpf__open_opts(&opts);
	if (!loader->skel)
		return -errno;
	ret = prepare(loader->skel, ctx);
	if (!ret)
		ret = load(loader);
	return ret ? ret : attach(loader, cgroup);
}

static void say_why(const struct loader *loader, int ret, char *why, size_t why_n)
{
	char words[600];

	verifier_error_line(&heard.words, words, sizeof(words));
	if (ret == -EPERM && !strcmp(loader->what, "load"))
		snprintf(why, why_n,
			 "not permitted to load the kernel programs: root is needed, or CAP_BPF, "
			 "CAP_PERFMON and CAP_NET_ADMIN");
	else
		snprintf(why, why_n, "cannot %s %s: %s (%s)", loader->what,
			 loader->failed >= 0 && !strcmp(loader->what, "attach")
				 ? hook_program(loader->failed)
				 : "the kernel programs",
			 strerror(-ret), words);
}

/* Permission is refused to a kind of program, and not to one. */
static bool is_same_refusal(const struct loader *loader, unsigned int hook, int ret)
{
	if ((int)hook == loader->failed)
		return true;
	return ret == -EPERM && !hook_rows[hook].required && (loader->chosen & HOOK_BIT(hook)) &&
	       hook_rows[hook].way == hook_rows[loader->failed].way;
}

/* Whether it was a program that need not be there: then it is left out of the next attempt. */
static bool give_up_one(struct loader *loader, int ret)
{
	char words[600];

	if (loader->failed < 0 || hook_rows[loader->failed].required ||
	    (loader->refused & HOOK_BIT(loader->failed)))
		return false;
	verifier_error_line(&heard.words, words, sizeof(words));
	for (unsigned int hook = 0; hook < HOOKS_N; hook++) {
		if (!is_same_refusal(loader, hook, ret))
			continue;
		loader->refused |= HOOK_BIT(hook);
		snprintf(loader->facts->refused[hook], sizeof(loader->facts->refused[0]),
			 "%s: %s (%.100s)", loader->what, strerror(-ret), words);
	}
	return true;
}

int hooks_load(struct lockstep_bpf **out, int cgroup, const char *btf, hooks_prepare prepare,
	       const void *ctx, uint64_t without, struct kernel_facts *facts, char *why,
	       size_t why_n)
{
	struct loader loader = { .facts = facts, .refused = without, .btf = btf };
	libbpf_print_fn_t before = libbpf_set_print(hear);
	int ret;

	*out = NULL;
	do {
		lockstep_bpf__destroy(loader.skel);
		ret = attempt(&loader, cgroup, prepare, ctx);
	} while (ret && give_up_one(&loader, ret));
	if (ret) {
		say_why(&loader, ret, why, why_n);
		lockstep_bpf__destroy(loader.skel);
	} else {
		facts->programs = loader.chosen;
		*out = loader.skel;
	}
	libbpf_set_print(before);
	return ret;
}

void program_recursion_misses(int fd, uint64_t misses[HOOKS_N])
{
	struct bpf_prog_info info = {};
	uint32_t n = sizeof(info);
	int hook;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &n))
		return;
	hook = hook_of_kernel_name(info.name);
	if (hook >= 0)
		misses[hook] = info.recursion_misses;
}

void hooks_recursion_misses(const struct lockstep_bpf *skel, uint64_t misses[HOOKS_N])
{
	const struct bpf_object_skeleton *skeleton = skel->skeleton;

	for (int i = 0; i < skeleton->prog_cnt; i++)
		program_recursion_misses(bpf_program__fd(*skeleton->progs[i].prog), misses);
}

/* It tells versions apart; who may write to the pins needs no collision. */
uint64_t hooks_object_hash(void)
{
	struct span object;

	object.p = lockstep_bpf__elf_bytes(&object.n);
	return fnv1a(object);
}
