/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REPLAY_FIGURES_H
#define LOCKSTEP_REPLAY_FIGURES_H

/* What bench/replay measured, as a table for people and as JSON for bench/report.py. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"

enum { MEMORY_POINTS = 20, ARGV_ROWS = 5 };

enum stage { STREAM, DECODE, JUDGE, RECORD, LEAF, STORE, STAGES };
static const char *const stage_names[STAGES] = { "stream", "decode", "judge",
						 "record", "leaf",   "store" };

struct took {
	double cpu, wall; /* seconds */
};

struct figures {
	uint64_t events, records, line_bytes, store_bytes;
	double ns[STAGES];                              /* an event, up to and with the stage */
	struct took store, export, verify, verify_free; /* the last on all CPUs */
	long peak_kib;
	int cpus;
	struct memory_point {
		uint64_t events; /* that were fed */
		long kib;        /* resident */
	} memory[MEMORY_POINTS];
	struct argv_figures {
		size_t bytes;
		double ns[STORE]; /* an exec and its exit, up to and with the stage */
	} argv[ARGV_ROWS];
	size_t memory_n, argv_n;
};

static inline double own_ns(const double *ns, enum stage stage)
{
	return ns[stage] - (stage ? ns[stage - 1] : 0);
}

static inline double rate(uint64_t n, double took)
{
	return took > 0 ? (double)n / took : 0;
}

static inline void print_table(const struct figures *f)
{
	double all = f->ns[STORE] - f->ns[STREAM];

	printf("%-8s %10s %14s %8s %16s\n", "stage", "ns", "alone/s", "share", "up to here/s");
	for (enum stage stage = DECODE; stage < STAGES; stage++)
		printf("%-8s %10.0f %14.0f %7.1f%% %16.0f\n", stage_names[stage],
		       own_ns(f->ns, stage), 1e9 / own_ns(f->ns, stage),
		       100 * own_ns(f->ns, stage) / all, 1e9 / (f->ns[stage] - f->ns[STREAM]));
	printf("\n%llu events: %.0f/s of CPU, %.0f/s with the disk\n",
	       (unsigned long long)f->events, 1e9 / all, rate(f->events, f->store.wall));
	printf("export   %.0f records/s of CPU, %.0f/s with the disk\n",
	       rate(f->records, f->export.cpu), rate(f->records, f->export.wall));
	printf("verify   %.0f records/s of CPU, %.0f/s with the disk\n",
	       rate(f->records, f->verify.cpu), rate(f->records, f->verify.wall));
	printf("         %.0f records/s with the disk on all of %d CPUs\n",
	       rate(f->records, f->verify_free.wall), f->cpus);
	printf("bytes    %llu a record in the store, of which %llu are its line\n",
	       (unsigned long long)(f->store_bytes / f->records),
	       (unsigned long long)(f->line_bytes / f->records));
	printf("memory   %ld KiB at most while it recorded;", f->peak_kib);
	for (size_t i = 3; i < f->memory_n; i += 4)
		printf(" %ld at %llu", f->memory[i].kib, (unsigned long long)f->memory[i].events);
	putchar('\n');
}

static inline void print_argv(const struct figures *f)
{
	printf("\n%-8s %10s %10s %10s %10s\n", "argv", "decode ns", "judge", "record", "leaf");
	for (size_t i = 0; i < f->argv_n; i++) {
		printf("%-8zu", f->argv[i].bytes);
		for (enum stage stage = DECODE; stage < STORE; stage++)
			printf(" %10.0f", own_ns(f->argv[i].ns, stage));
		putchar('\n');
	}
}

static inline void json_memory(struct buf *out, const struct figures *f)
{
	json_open(out, "memory", '[');
	for (size_t i = 0; i < f->memory_n; i++) {
		json_open(out, NULL, '{');
		json_u64(out, "events", f->memory[i].events);
		json_i64(out, "kib", f->memory[i].kib);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static inline void json_argv(struct buf *out, const struct figures *f)
{
	json_open(out, "argv", '[');
	for (size_t i = 0; i < f->argv_n; i++) {
		json_open(out, NULL, '{');
		json_u64(out, "bytes", f->argv[i].bytes);
		for (enum stage stage = DECODE; stage < STORE; stage++)
			json_i64(out, stage_names[stage], (int64_t)own_ns(f->argv[i].ns, stage));
		json_close(out, '}');
	}
	json_close(out, ']');
}

static inline void json_figures(struct buf *out, const struct figures *f)
{
	json_begin(out);
	json_u64(out, "events", f->events);
	json_u64(out, "records", f->records);
	json_open(out, "stage_ns", '{');
	for (enum stage stage = STREAM; stage < STAGES; stage++)
		json_i64(out, stage_names[stage], (int64_t)own_ns(f->ns, stage));
	json_close(out, '}');
	json_i64(out, "events_per_cpu_s", (int64_t)(1e9 / (f->ns[STORE] - f->ns[STREAM])));
	json_i64(out, "events_per_s", (int64_t)rate(f->events, f->store.wall));
	json_i64(out, "export_per_cpu_s", (int64_t)rate(f->records, f->export.cpu));
	json_i64(out, "export_per_s", (int64_t)rate(f->records, f->export.wall));
	json_i64(out, "verify_per_cpu_s", (int64_t)rate(f->records, f->verify.cpu));
	json_i64(out, "verify_per_s", (int64_t)rate(f->records, f->verify.wall));
	json_i64(out, "verify_on_all_cpus_per_s", (int64_t)rate(f->records, f->verify_free.wall));
	json_i64(out, "verify_cpus", f->cpus);
	json_u64(out, "store_bytes_a_record", f->store_bytes / f->records);
	json_u64(out, "line_bytes_a_record", f->line_bytes / f->records);
	json_i64(out, "peak_kib", f->peak_kib);
	json_memory(out, f);
	json_argv(out, f);
	json_close(out, '}');
}

/* Returns 0, or -1 with errno set. */
static inline int write_json(const struct figures *f, const char *path)
{
	bool to_stdout = strcmp(path, "-") == 0;
	FILE *file = to_stdout ? stdout : fopen(path, "we");
	struct buf out = { 0 };
	int ret;

	if (!file)
		return -1;
	json_figures(&out, f);
	buf_addc(&out, '\n');
	ret = out.failed || fwrite(out.p, 1, out.n, file) != out.n ? -1 : 0;
	buf_free(&out);
	if (to_stdout ? fflush(file) : fclose(file))
		ret = -1;
	return ret;
}

#endif
