# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# make            build lockstep and lockstepd into $(O)
# make run        install what is missing, build, run the demo
# make check      install what is missing, build, pass every test (LEVELS="unit edge" TEST=NAME ROW=NAME)
# make check-kernels  the same programs on Debian's kernels, emulated (KERNEL=6.1 TEST=NAME ROW=NAME)
# make fuzz       FUZZ_SECS=60 of fuzzing a target (needs clang)
# make schemas    docs/*.schema.json, from docs/*.schema.in and the loader's tables
# make bench      every benchmark, and docs/benchmarks.md from what they say (QUICK=1: in six minutes)
# make bench-overhead, bench-native  what an operation costs with lockstep: beside its peers in guests; here
# make bench-replay  events a second on one core, stage by stage; export and verify (EVENTS=1000000)
# make bench-judge  what judging an exec costs on tickets of 3, 30, 300 and 3,000 rules
# make bench-latency  how long an alert takes, at rest and at 5,000 execs/s (needs root)
# make bench-report  docs/benchmarks.md and its plots from what these left in bench/results
# make install    PREFIX=/usr DESTDIR= PAM_DIR=/usr/lib/x86_64-linux-gnu/security
#
# V=1 shows the commands; SAN=1 builds with ASan and UBSan into a directory of its own; O=DIR builds
# elsewhere.

SAN ?=
O ?= build$(if $(SAN),/san)
PREFIX ?= /usr/local
# Debian's PAM looks for modules named without a path in /usr/lib/x86_64-linux-gnu/security.
PAM_DIR ?= $(PREFIX)/lib/security
DESTDIR ?=
V ?=
FUZZ_SECS ?= 60
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2);)

CC = gcc
CLANG = clang
BPFTOOL = $(firstword $(wildcard /usr/sbin/bpftool /sbin/bpftool) bpftool)
AR = gcc-ar

VERSION := 0.1.0
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Werror
comma := ,
CPPFLAGS += -D_GNU_SOURCE -DLOCKSTEP_VERSION='"$(VERSION)"' -DLOCKSTEP_PREFIX='"$(PREFIX)"' \
	-Iinclude -Iuser -I$(O)/gen \
	-include user/banned.h
# The sanitizers' build is for their reports; at -O1 it takes a third less time to make.
CFLAGS ?= $(if $(SAN),-O1,-O2) -g
override CFLAGS += -std=gnu11 $(WARN) -fno-strict-aliasing -fstack-protector-strong \
	$(if $(SAN),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=undefined,-D_FORTIFY_SOURCE=2) -pthread
LDFLAGS += $(if $(SAN),-fsanitize=address -fsanitize=undefined,-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now) -pthread
CORE_LIBS := -lyaml
EDGE_LIBS := -lbpf -lelf -lz -lsqlite3 -lcrypto
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -D__BPF__ -D__TARGET_ARCH_x86 -Iinclude -Ibpf \
	-idirafter /usr/include/x86_64-linux-gnu -Wall -Wextra -Wno-unused-parameter -Werror

obj = $(patsubst %.c,$(O)/%.o,$(1))
# The sources of these folders and of the folders in them.
sources = $(sort $(foreach dir,$(1),$(wildcard user/$(dir)/*.c user/$(dir)/*/*.c user/$(dir)/*/*/*.c)))
CORE := $(call obj,$(call sources,core))
EDGE := $(call obj,$(call sources,edge))
# What joins core and edges, for both programs.
JOIN := $(call obj,$(call sources,engine approve evidence))
CLI := $(call obj,$(call sources,cli))
DAEMON := $(call obj,$(call sources,daemon))
# The file that defines the maps is linked first: bpftool 7.1 loses the offsets of maps that it met as
# extern before.
BPF_OBJ := $(patsubst %.c,$(O)/%.o,bpf/maps.bpf.c $(filter-out bpf/maps.bpf.c,$(wildcard bpf/*.bpf.c)))
BINS := $(O)/lockstep $(O)/lockstepd
# What a login loads with the PAM module: as little as there can be, and no outside library but PAM's.
PAM := $(O)/pam_lockstep.so
PAM_CORE := $(addprefix base/,base64 buf err id json json_read text unitext) \
	plan/env_table serve/pam_options
PAM_OBJ := $(patsubst %.c,$(O)/pic/%.o,$(call sources,pam) user/edge/socket.c $(PAM_CORE:%=user/core/%.c))

UNIT := $(patsubst %.c,$(O)/%,$(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c))
ifneq ($(words $(UNIT)),$(words $(sort $(notdir $(UNIT)))))
$(error two unit tests have one name, and so would have one log)
endif
# What more than one test needs; a program takes from it what it calls. It comes before cmocka on the command
# line, because it has a function of cmocka's in its own form (row_filter.c).
TESTLIB := $(O)/libtests.a
SCENARIO := $(patsubst %.c,$(O)/%,$(wildcard tests/scenario/test_*.c))
EDGETEST := $(patsubst %.c,$(O)/%,$(wildcard tests/edge/test_*.c))
EDGEAID := $(O)/tests/edge/fill
KERNELTEST := $(patsubst %.c,$(O)/%,$(wildcard tests/kernel/test_*.c))
# Run in the guests only.
VMTEST := $(patsubst %.c,$(O)/%,$(wildcard tests/vm/test_*.c))
KERNELAID := $(call obj,$(filter-out tests/kernel/test_% tests/kernel/actor_% tests/kernel/%.bpf.c,$(wildcard tests/kernel/*.c)))
ACTORS := $(patsubst %.c,$(O)/%,$(wildcard tests/kernel/actor_*.c tests/vm/actor_*.c bench/actor_*.c))
SHIM := $(O)/tests/shim/slow_fsync.so
DYNAMIC := $(O)/tests/kernel/actor_dynamic
REPORTTEST := $(O)/tests/report/fill
SCHEMATEST := $(O)/tests/schema/loader $(O)/tests/schema/to_json $(O)/tests/schema/to_ocsf $(O)/tests/schema/to_schema $(O)/tests/schema/record_schema
REPLAY := $(patsubst tests/fuzz/fuzz_%.c,$(O)/tests/fuzz/replay_%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,$(O)/fuzz/fuzz_%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all schemas run check check-kernels deps install clean fuzz tests tests-san bench bench-judge bench-replay bench-latency bench-overhead bench-native bench-report deps-bench FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BINS) $(PAM)

# The packages come first, then a make that can see what they brought.
deps:
	$(Q)scripts/deps

run: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)examples/demo/run $(O)

check: deps
	$(Q)O=$(O) tests/check

# What picks guests, programs and rows is handed on: make exports the variables of its command line.
check-kernels: deps
	$(Q)O=$(O) tests/check-kernels

# Every test program of this build (tests/check runs them).
tests: $(UNIT) $(SCENARIO) $(EDGETEST) $(EDGEAID) $(O)/bench/replay $(KERNELTEST) $(VMTEST) $(ACTORS) $(DYNAMIC) $(SHIM) $(REPLAY) $(SCHEMATEST) $(REPORTTEST)

# What runs once more under the sanitizers.
tests-san: $(UNIT) $(SCENARIO) $(EDGETEST) $(REPLAY)

$(O)/lockstep: $(CLI) $(JOIN) $(O)/libedge.a $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(EDGE_LIBS) $(CORE_LIBS)

$(O)/lockstepd: $(DAEMON) $(JOIN) $(O)/libedge.a $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(EDGE_LIBS) $(CORE_LIBS)

$(O)/libcore.a: $(CORE)
$(O)/libedge.a: $(EDGE)
$(TESTLIB): $(call obj,$(wildcard tests/lib/*.c))
# q and not r, which would keep one of two members of one name: judge/exec.o and record/exec.o.
$(O)/lib%.a $(O)/fuzz/lib%.a:
	$(call say,AR,$@)rm -f $@ && $(AR) qcs $@ $^

# Changes when what is compiled in does, so that `make install PREFIX=...` installs what it says.
$(O)/gen/compiled-in: FORCE
	@mkdir -p $(@D)
	@echo '$(VERSION) $(PREFIX)' | cmp -s - $@ || echo '$(VERSION) $(PREFIX)' >$@

$(O)/tests/%.o $(O)/bench/%.o $(O)/fuzz/tests/%.o: CPPFLAGS += -Itests

$(O)/%.o: %.c $(O)/gen/compiled-in
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The pages' fragments are read in by the assembler, of which -MMD knows nothing.
$(O)/user/core/show/report/fragments.o $(O)/fuzz/user/core/show/report/fragments.o: $(wildcard user/core/show/report/*.html user/core/show/report/*.css)

$(O)/pic/%.o: %.c $(O)/gen/compiled-in
	@mkdir -p $(@D)
	$(call say,PIC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -ffunction-sections -MMD -MP -c -o $@ $<

# -z defs: what is not in it or in PAM is missed here and not at a login.
$(PAM): $(PAM_OBJ)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -shared -Wl,--gc-sections $(if $(SAN),,-Wl$(comma)-z$(comma)defs) -o $@ $^ -lpam

# The kernel side: each file on its own, one object, one skeleton.
$(O)/bpf/%.o: bpf/%.c
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/lockstep.bpf.o: $(BPF_OBJ)
	$(call say,BPFLINK,$@)$(BPFTOOL) gen object $@ $^

$(O)/gen/lockstep.skel.h: $(O)/lockstep.bpf.o
	@mkdir -p $(@D)
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name lockstep_bpf > $@

$(addprefix $(O)/user/edge/probe/,probe.o hooks.o pin.o): $(O)/gen/lockstep.skel.h

# The matcher alone, compiled for the kernel: one test runs it there.
$(O)/tests/kernel/%.bpf.o: tests/kernel/%.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/gen/%.skel.h: $(O)/tests/kernel/%.bpf.o
	@mkdir -p $(@D)
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $* > $@

$(O)/tests/kernel/test_automaton.o: $(O)/gen/automaton_walk.skel.h

# Unit and scenario tests link core, libyaml and cmocka only: that is the proof of the layers.
$(UNIT) $(SCENARIO): $(O)/%: $(O)/%.o $(TESTLIB) $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(CORE_LIBS) -lcmocka

$(KERNELTEST) $(VMTEST): $(O)/%: $(O)/%.o $(TESTLIB) $(KERNELAID) $(JOIN) $(O)/libedge.a $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(EDGE_LIBS) $(CORE_LIBS) -lcmocka

$(EDGETEST): $(O)/%: $(O)/%.o $(TESTLIB) $(JOIN) $(O)/libedge.a $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(EDGE_LIBS) $(CORE_LIBS) -lcmocka

$(EDGEAID): $(O)/%: $(O)/%.o $(TESTLIB) $(JOIN) $(O)/libedge.a $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(EDGE_LIBS) $(CORE_LIBS)

# Static, so that an actor's exec costs little and means one file; the sanitizers need a loader.
$(ACTORS): $(O)/%: $(O)/%.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) $(if $(SAN),,-static) -o $@ $^

# The same program with a loader, for what the loader is told to run.
$(DYNAMIC): $(O)/tests/kernel/actor_self.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

$(O)/bench/leaf_dynamic $(O)/bench/load_dynamic: $(O)/bench/%_dynamic: $(O)/bench/actor_%.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

# What starts no C library.
$(O)/bench/leaf_bare: bench/leaf_bare.c
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -std=gnu11 -O2 $(WARN) -nostdlib -static -o $@ $<

$(SHIM): $(O)/%.so: %.c
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -std=gnu11 -O2 -D_GNU_SOURCE $(WARN) -shared -fPIC -o $@ $<

# A fuzz target runs its corpus under a plain main() in `make check`, and under libFuzzer in `make fuzz`.
$(REPLAY): $(O)/tests/fuzz/replay_%: $(O)/tests/fuzz/fuzz_%.o $(O)/tests/fuzz/replay.o $(TESTLIB) $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(CORE_LIBS)

$(SCHEMATEST): $(O)/%: $(O)/%.o $(TESTLIB) $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(CORE_LIBS)

schemas: $(O)/tests/schema/to_schema
	$(Q)for kind in ticket profile; do \
		$< <docs/lockstep-$$kind.schema.in >$(O)/gen/$$kind.schema && \
			mv $(O)/gen/$$kind.schema docs/lockstep-$$kind.schema.json || exit 1; \
	done

$(REPORTTEST): $(O)/%: $(O)/%.o $(TESTLIB) $(JOIN) $(O)/libedge.a $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(EDGE_LIBS) $(CORE_LIBS)

# libFuzzer wants clang, and core built for it.
FUZZ_CC = $(CLANG) $(CPPFLAGS) -std=gnu11 -O1 -g -fno-sanitize-recover=undefined \
	-fsanitize=$(1),address,undefined

$(O)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(call FUZZ_CC,fuzzer-no-link) -MMD -MP -c -o $@ $<

$(O)/fuzz/libcore.a: $(patsubst $(O)/%,$(O)/fuzz/%,$(CORE))
$(O)/fuzz/libtests.a: $(patsubst %.c,$(O)/fuzz/%.o,$(wildcard tests/lib/*.c))

$(FUZZ): $(O)/fuzz/%: $(O)/fuzz/tests/fuzz/%.o $(O)/fuzz/libtests.a $(O)/fuzz/libcore.a
	$(call say,LD,$@)$(call FUZZ_CC,fuzzer) -o $@ $^ $(CORE_LIBS)

fuzz: deps $(FUZZ)
	$(Q)tests/fuzz/run $(O)/fuzz $(FUZZ_SECS)

# What judging costs on small and on large tickets: core alone.
$(O)/bench/judge: $(O)/bench/judge.o $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(CORE_LIBS)

bench-judge: deps-bench $(O)/bench/judge
	$(Q)mkdir -p $(RESULTS) && RESULT=$(RESULTS)/judge.json bench/judge_instructions $(O)/bench/judge

# What an event costs from the ring to the disk; no root.
$(O)/bench/replay: $(O)/bench/replay.o $(TESTLIB) $(JOIN) $(O)/libedge.a $(O)/libcore.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(EDGE_LIBS) $(CORE_LIBS)

# The figures are in a file too, for the report; QUICK=1: fewer.
RESULTS = bench/results
EVENTS = $(if $(filter-out 0,$(QUICK)),100000,1000000)
export QUICK

bench-replay: $(O)/bench/replay
	$(Q)mkdir -p $(RESULTS) $(O)/bench && $< --json $(O)/bench/throughput.json $(EVENTS)
	$(Q)bench/head throughput --into $(RESULTS)/throughput.json <$(O)/bench/throughput.json

# How long an alert takes; needs root.
bench-latency: $(O)/lockstep $(O)/lockstepd $(O)/bench/actor_pace $(O)/bench/leaf_bare
	$(Q)mkdir -p $(RESULTS) && RESULT=$(RESULTS)/latency.json bench/latency $(O)

# All of them, one after the other: each would be in the way of the next.
bench: deps deps-bench
	$(Q)for of in overhead native latency replay judge report; do \
		$(MAKE) --no-print-directory bench-$$of || exit 1; done

bench-report: deps-bench
	$(Q)bench/report.py

deps-bench:
	$(Q)scripts/deps bench

BENCHTOOL := $(O)/bench/actor_load $(O)/bench/actor_leaf $(O)/bench/load_dynamic $(O)/bench/leaf_dynamic

# What an operation costs beside no tool and beside other tools, in guests (QUICK=1, TOOLS="auditd lockstep-10").
bench-overhead: deps
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all $(BENCHTOOL)
	$(Q)mkdir -p bench/results
	$(Q)RESULT=bench/results/overhead.json bench/overhead $(O) $(O)/bench-cache $(TOOLS)

# The same loads here, by the clock, ours alone.
bench-native: deps
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all $(BENCHTOOL)
	$(Q)mkdir -p bench/results
	$(Q)RESULT=bench/results/native.json bench/native $(O)

install: all
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin \
		$(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 \
		$(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/share/lockstep/profiles \
		$(DESTDIR)$(PAM_DIR)
	$(Q)install -m 0755 $(O)/lockstep $(DESTDIR)$(PREFIX)/bin/
	$(Q)install -m 0755 $(O)/lockstepd $(DESTDIR)$(PREFIX)/sbin/
	$(Q)install -m 0644 $(PAM) $(DESTDIR)$(PAM_DIR)/
	$(Q)install -m 0644 examples/profiles/*.yaml $(DESTDIR)$(PREFIX)/share/lockstep/profiles/
	$(Q)install -m 0644 docs/*.schema.json $(DESTDIR)$(PREFIX)/share/lockstep/
	$(Q)for page in docs/man/*.[158]; do \
		install -m 0644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/ || exit 1; done

clean:
	$(Q)rm -rf build

# What is fetched or unpacked for tests has files of such names too.
-include $(shell find $(O) -name '*-cache' -prune -o -name '*.d' -type f -print 2>/dev/null)
