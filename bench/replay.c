/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * bench/replay [--again] [--json FILE] [EVENTS [DIRECTORY]] - what the collector costs an event, on
 * one core: a captured stream (DIRECTORY: acts and ticket.yaml, as those of tests/scenario) is
 * repeated to that many events, and fed through decode, judge, record, leaf hash and store. Each
 * run does one stage more than the one before, so that a stage's own cost is what the run takes
 * longer.
 *
 * All threads are on one CPU and what counts is the CPU time of this process, which is what others
 * on the machine leave alone; what it takes with the disk is said beside it. The rows are stored,
 * exported and verified by what lockstepd, `lockstep export` and `lockstep verify` call. The table
 * ends with what an exec costs by the length of its arguments. With --again, every record of the
 * store is read back and written again, and has to be the same line. The figures go to FILE too, or
 * to standard output alone where it is "-".
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "replay_figures.h"
#include "replay_stream.h"

#include "core/base/json.h"
#include "core/event/decode.h"
#include "core/show/export/export_format.h"
#include "core/record/stored.h"
#include "edge/ed25519.h"
#include "edge/host.h"
#include "edge/sha256.h"
#include "engine/store_row.h"
#include "evidence/audit_store.h"
#include "evidence/log_signer.h"

enum { EVENTS = 20000, STAGE_EVENTS = 200000, REPEATS = 5 };

struct bench {
	struct stream stream;
	char ids[STREAM_SESSIONS][HOST_SESSION_ID];
	enum stage stage;
	struct judge *judges[STREAM_SESSIONS];
	struct plan *plans[STREAM_SESSIONS];
	struct collector *collector;
	struct sha256 *sha256;
	struct merkle tree;
	struct store *store;
	int null_fd;
	cpu_set_t cpus;          /* that it may run on */
	uint64_t records, bytes; /* of lines, of the last run */
	struct figures *memory;  /* where it is noted as the events go, or NULL */
	struct buf text;
};

static void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("bench/replay: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct took now(void)
{
	return (struct took){ seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC) };
}

static struct took since(struct took begun)
{
	struct took took = now();

	return (struct took){ took.cpu - begun.cpu, took.wall - begun.wall };
}

/* *all: where it may run otherwise. */
static void on_one_cpu(cpu_set_t *all)
{
	cpu_set_t one;

	if (sched_getaffinity(0, sizeof(*all), all))
		die("it is not known where it may run");
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("it can't be kept on one CPU");
}

static void sink(void *ctx, const struct record *record, struct span line)
{
	struct bench *bench = ctx;

	bench->records++;
	bench->bytes += line.n;
	if (bench->stage == LEAF) {
		const struct hash_ops hash = { sha256__raw, bench->sha256 };
		struct digest leaf;

		if (merkle_leaf(&hash, line.p, line.n, &leaf) ||
		    merkle_push(&bench->tree, &hash, &leaf, NULL))
			die("a leaf can't be hashed");
	} else if (bench->stage == STORE) {
		const struct store_row row = store_row_of(record, line);

		/* As the engine does: it leaves the ring alone. */
		while (!store__room(bench->store))
			store__flush(bench->store);
		if (store__append(bench->store, &row))
			die("a row was not stored");
	}
}

static struct open_opts open_opts(struct bench *bench, size_t i)
{
	struct acts *acts = bench->stream.acts;
	struct open_opts opts = {
		.session = 1 + (uint32_t)i,
		.info = {
			.operator_name = "jdoe",
			.operator_uid = acts->judge.operator_uid,
			.unsigned_ticket = true,
			.tgid = 100,
			.start_ns = ACTS_OPEN_NS,
		},
		.plan = acts_plan(acts, NULL),
		.judge = acts->judge,
	};

	if (acts->error[0])
		die("%s", acts->error);
	snprintf(opts.info.id, sizeof(opts.info.id), "%s", bench->ids[i]);
	opts.info.ticket = opts.plan->ticket->id;
	opts.info.requester = opts.plan->ticket->requester;
	opts.info.summary = opts.plan->ticket->summary;
	opts.judge.env = (struct span){ acts->env, acts->env_n };
	opts.judge.boot_to_wall_ns = ACTS_BOOT_TO_WALL;
	return opts;
}

static void open_judges(struct bench *bench)
{
	for (size_t i = 0; i < STREAM_SESSIONS; i++) {
		struct open_opts opts = open_opts(bench, i);

		bench->plans[i] = opts.plan;
		opts.judge.plan = opts.plan;
		if (judge__new(&bench->judges[i], &opts.judge))
			die("no memory");
	}
}

static void open_collector(struct bench *bench)
{
	const struct collector_opts opts = {
		.host = "web-1.example",
		.boot = "5f3c2a50-9f5e-4f0c-8a3e-3f0d6b0f7f10",
		.next_seq = 1,
		.ops = { .sink = sink, .ctx = bench },
	};

	if (collector__new(&bench->collector, &opts))
		die("no memory");
	collector__set_clock(bench->collector, ACTS_BOOT_TO_WALL);
	for (size_t i = 0; i < STREAM_SESSIONS; i++) {
		struct open_opts open = open_opts(bench, i);

		if (collector__open(bench->collector, &open, ACTS_OPEN_NS))
			die("a session can't be opened");
	}
}

static void begin(struct bench *bench, enum stage stage)
{
	bench->stage = stage;
	bench->stream.at = 0;
	bench->records = bench->bytes = 0;
	bench->tree = (struct merkle){ 0 };
	if (stage == JUDGE)
		open_judges(bench);
	else if (stage >= RECORD)
		open_collector(bench);
}

static void end(struct bench *bench)
{
	for (size_t i = 0; i < STREAM_SESSIONS; i++) {
		judge__free(bench->judges[i]);
		plan_free(bench->plans[i]);
		bench->judges[i] = NULL;
		bench->plans[i] = NULL;
	}
	if (bench->collector && collector__strays(bench->collector))
		die("not every record found its session");
	collector__free(bench->collector);
	bench->collector = NULL;
}

static void decode_and_judge(struct bench *bench, struct decoder *decoder, const char *p, size_t n)
{
	struct judgement judgement;
	struct event event;

	if (decode_record(decoder, p, n, &event))
		die("a record can't be decoded");
	if (bench->stage == JUDGE)
		judge__event(bench->judges[event.session - 1], &event, &judgement);
}

/* What of this process is in memory now. */
static long resident_kib(void)
{
	long pages = 0, all;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%ld %ld", &all, &pages) != 2)
		die("it is not known how much memory is used");
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void note_memory(struct figures *out, uint64_t events)
{
	if (out && out->memory_n < MEMORY_POINTS &&
	    events * MEMORY_POINTS >= (out->memory_n + 1) * out->events)
		out->memory[out->memory_n++] = (struct memory_point){ events, resident_kib() };
}

/* Only what the events cost: sessions are open by then. */
static struct took feed(struct bench *bench, uint64_t events)
{
	static struct decoder decoder;
	struct took begun = now();
	size_t n;

	for (uint64_t i = 0; i < events; i++) {
		const char *p = stream_next(&bench->stream, &n);

		if (bench->stage >= RECORD)
			collector__feed(bench->collector, p, n);
		else if (bench->stage != STREAM)
			decode_and_judge(bench, &decoder, p, n);
		note_memory(bench->memory, i + 1);
	}
	if (bench->stage == STORE && store__flush(bench->store))
		die("not all of it was stored");
	return since(begun);
}

/* The best of some, without the store: what the machine did beside it only ever adds. */
static double stage_seconds(struct bench *bench, enum stage stage, uint64_t events)
{
	double best = 0;

	for (int i = 0; i < REPEATS; i++) {
		double took;

		begin(bench, stage);
		took = feed(bench, events).cpu;
		best = i == 0 || took < best ? took : best;
		end(bench);
	}
	return best / (double)events;
}

static int export_row(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct bench *bench = ctx;

	(void)seq;
	if (export_lines(EXPORT_JSONL, (struct span){ line, n }, &bench->text) < 0)
		return -EBADMSG;
	bench->records++;
	if (bench->text.n < 1 << 16)
		return 0;
	if (write(bench->null_fd, bench->text.p, bench->text.n) != (ssize_t)bench->text.n)
		return -EIO;
	buf_reset(&bench->text);
	return 0;
}

static struct took export_all(struct bench *bench, const char *path)
{
	const struct store_filter all = { 0 };
	char why[512];
	struct store *store;
	struct took begun;

	bench->records = 0;
	bench->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (bench->null_fd < 0 || store__open_readonly(&store, path, why, sizeof(why)))
		die("the store can't be read: %s", why);
	begun = now();
	if (store__read(store, &all, 0, export_row, bench))
		die("the store can't be exported");
	begun = since(begun);
	store__close(store);
	close(bench->null_fd);
	return begun;
}

/* What is read back from a line and written again is to be the same line. */
struct again {
	struct stored stored;
	struct buf line;
	uint64_t same;
};

static int again_row(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct again *again = ctx;

	buf_reset(&again->line);
	if (stored_read((struct span){ line, n }, &again->stored) ||
	    record_line(&again->stored.record, &again->line) ||
	    !span_eq(buf_span(&again->line), (struct span){ line, n }))
		die("record %llu is not the same again: %.*s", (unsigned long long)seq, (int)n,
		    line);
	again->same++;
	return 0;
}

static void write_again(const char *path, uint64_t records)
{
	const struct store_filter all = { 0 };
	struct again again = { 0 };
	char why[512];
	struct store *store;

	if (store__open_readonly(&store, path, why, sizeof(why)) ||
	    store__read(store, &all, 0, again_row, &again) || again.same != records)
		die("the store can't be read again: %s", why);
	printf("%llu records read back and written again, each the same line\n",
	       (unsigned long long)again.same);
	store__close(store);
	stored_free(&again.stored);
	buf_free(&again.line);
}

static struct took verify_all(struct bench *bench, const char *path)
{
	const struct audit_opts opts = {
		.ops = { .hash = { sha256__raw, bench->sha256 }, .verify = ed25519_verify },
	};
	struct audit_totals totals;
	struct audit *audit;
	char why[512];
	struct store *store;
	struct took begun;

	if (audit__new(&audit, &opts) || store__open_readonly(&store, path, why, sizeof(why)))
		die("the store can't be read");
	begun = now();
	if (audit_store(audit, store, path))
		die("the store can't be verified");
	begun = since(begun);
	audit__totals(audit, &totals);
	if (totals.findings || totals.records != bench->records)
		die("of %llu records %llu were verified, with %llu findings: %s",
		    (unsigned long long)bench->records, (unsigned long long)totals.records,
		    (unsigned long long)totals.findings,
		    totals.findings ? audit__findings(audit, &(size_t){ 0 })->text : "");
	store__close(store);
	audit__free(audit);
	return begun;
}

static void store_all(struct bench *bench, const char *path, struct figures *out)
{
	const struct store_opts opts = { .path = path };
	struct log_signer *seal;
	char why[512];
	struct rusage usage;
	struct stat st;

	if (log_signer_open_store(&seal, &bench->store, &opts, NULL, "web-1.example", why,
				  sizeof(why)))
		die("%s", why);
	begin(bench, STORE);
	bench->memory = out;
	out->store = feed(bench, out->events);
	bench->memory = NULL;
	out->records = bench->records;
	out->line_bytes = bench->bytes;
	end(bench);
	if (store__close(bench->store))
		die("the store can't be closed");
	log_signer__free(seal);
	getrusage(RUSAGE_SELF, &usage);
	out->peak_kib = usage.ru_maxrss;
	if (stat(path, &st))
		die("the store is not there");
	out->store_bytes = (uint64_t)st.st_size;
	out->ns[STORE] = out->store.cpu / (double)out->events * 1e9;
}

static void measure(struct bench *bench, const char *path, struct figures *out)
{
	uint64_t n = out->events < STAGE_EVENTS ? out->events : STAGE_EVENTS;

	for (enum stage stage = STREAM; stage < STORE; stage++)
		out->ns[stage] = stage_seconds(bench, stage, n) * 1e9;
	store_all(bench, path, out);
	out->export = export_all(bench, path);
	if (bench->records != out->records)
		die("of %llu records %llu were exported", (unsigned long long)out->records,
		    (unsigned long long)bench->records);
	out->verify = verify_all(bench, path);
	if (sched_setaffinity(0, sizeof(bench->cpus), &bench->cpus))
		die("it can't go back to all CPUs");
	out->verify_free = verify_all(bench, path);
	out->cpus = CPU_COUNT(&bench->cpus);
}

/* What an exec costs by the length of its arguments, which no step approves; with its exit. */
static void measure_argv(struct bench *bench, struct figures *out)
{
	const struct stream whole = bench->stream;

	for (size_t n = 10; n <= 100000; n *= 10) {
		struct argv_figures *row = &out->argv[out->argv_n];
		uint64_t execs = (uint64_t)(20000000 / (1000 + n));

		if (!stream_take_argv(&bench->stream, &whole, n))
			break;
		row->bytes = n;
		for (enum stage stage = STREAM; stage < STORE; stage++)
			row->ns[stage] = 2 * stage_seconds(bench, stage, 2 * execs) * 1e9;
		stream_drop(&bench->stream);
		out->argv_n++;
	}
	bench->stream = whole;
}

static void remove_all(const char *directory)
{
	static const char *const names[] = {
		"db", "db-lock", "db-log", "db-wal", "db-shm", "db.key"
	};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
}

int main(int argc, char **argv)
{
	static struct bench bench;
	struct figures figures = { .events = EVENTS };
	bool again = argc > 1 && strcmp(argv[1], "--again") == 0;
	const char *json_path;
	const char *temp = getenv("TMPDIR");
	char directory[PATH_MAX - 8], path[PATH_MAX];

	argv += again;
	argc -= again;
	json_path = argc > 2 && strcmp(argv[1], "--json") == 0 ? argv[2] : NULL;
	argv += json_path ? 2 : 0;
	argc -= json_path ? 2 : 0;
	if (argc > 1)
		figures.events = strtoull(argv[1], NULL, 10);
	if (!figures.events || argc > 3)
		die("usage: bench/replay [--again] [--json FILE] [EVENTS [DIRECTORY]]");
	on_one_cpu(&bench.cpus);
	stream_play(&bench.stream, argc > 2 ? argv[2] : "bench/replay_stream");
	stream_take_all(&bench.stream);
	for (size_t i = 0; i < STREAM_SESSIONS; i++) {
		if (host_session_id(bench.ids[i]))
			die("no random numbers");
	}
	snprintf(directory, sizeof(directory), "%s/lockstep-replay-XXXXXX", temp ? temp : "/tmp");
	if (bench.stream.acts->error[0] || sha256__new(&bench.sha256) || !mkdtemp(directory))
		die("%s", bench.stream.acts->error[0] ? bench.stream.acts->error : directory);
	snprintf(path, sizeof(path), "%s/db", directory);
	measure(&bench, path, &figures);
	if (again)
		write_again(path, bench.records);
	remove_all(directory);
	measure_argv(&bench, &figures);
	if (json_path && write_json(&figures, json_path))
		die("\"%s\" can't be written: %s", json_path, strerror(errno));
	if (!json_path || strcmp(json_path, "-") != 0) {
		print_table(&figures);
		print_argv(&figures);
	}
	stream_free(&bench.stream);
	sha256__free(bench.sha256);
	buf_free(&bench.text);
	return 0;
}
