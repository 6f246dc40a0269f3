/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/store.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/ed25519.h"
#include "edge/fsutil.h"
#include "edge/sha256.h"
#include "evidence/audit_store.h"
#include "lib/sealed.h"
#include "lib/wait.h"

/*
 * The log of a store: what somebody does to it afterwards is found and named, what a crash or a bad
 * disk leaves is cut back to what was signed.
 *
 * Each row of `damages` was seen to pass as undamaged in a build of audit.c without the check that
 * it is about (the comparison with the leaf, of the columns, of the order, of the root, of the
 * signature; the checkpoint that is held; the file's begin).
 */
static char dir[64], file[128];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lockstep-log.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/s.db", dir);
	return 0;
}

static bool any(void *ctx, const char *name)
{
	(void)ctx;
	return name[0] != '.';
}

static int remove_name(void *ctx, const char *name)
{
	char path[400];

	(void)ctx;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return unlink(path) ? -errno : 0;
}

static int remove_dir(void **state)
{
	(void)state;
	log_signer__free(sealed);
	sealed = NULL;
	if (fs_list(dir, any, 10000, remove_name, NULL))
		return -1;
	return rmdir(dir);
}

static int append(struct store *store, uint64_t seq, const char *session, const char *kind,
		  bool begins)
{
	char line[300];
	int n = sealed_line(seq, session, kind, 0, line, sizeof(line));

	return store__append(store, &(struct store_row){
					    .seq = seq,
					    .time_ns = (int64_t)seq * 1000,
					    .session = session,
					    .ticket = *session ? "CHG-1" : "",
					    .kind = kind,
					    .verdict = strcmp(kind, "exec") ? "" : "approved",
					    .line = line,
					    .line_n = (size_t)n,
					    .begins = begins,
				    });
}

/* Records of `host` make checkpoints that stay: every tenth is one, and each ends a batch. */
static void write_some(struct store *store, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq <= to; seq++) {
		bool host = seq % 10 == 0;

		assert_int_equal(append(store, seq, host ? "" : "A", host ? "host" : "exec", false),
				 0);
		if (host)
			assert_int_equal(store__flush(store), 0);
	}
	assert_int_equal(store__flush(store), 0);
}

static void make_store(uint64_t n)
{
	struct store *store;

	assert_int_equal(sealed_open(&store, file), 0);
	write_some(store, 1, n);
	assert_int_equal(store__put_ticket(
				 store,
				 "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
				 "foo", 3),
			 0);
	assert_int_equal(store__close(store), 0);
}

/* Where it may run: on one CPU there is no thread that reads ahead. */
static void run_on(bool one)
{
	static cpu_set_t all;
	cpu_set_t cpus;

	if (!one) {
		assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
		return;
	}
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	assert_int_equal(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

static int audit_all(const char *held, struct audit_totals *totals,
		     struct audit_finding found[AUDIT_FINDINGS])
{
	struct sha256 *sha256;
	struct audit_opts opts = { .ops.verify = ed25519_verify };
	const struct audit_finding *findings;
	struct audit *audit;
	struct store *store;
	size_t n;
	int ret;

	assert_int_equal(sha256__new(&sha256), 0);
	opts.ops.hash = (struct hash_ops){ sha256__raw, sha256 };
	opts.key = sealed ? &log_signer__of(sealed)->key : NULL;
	assert_int_equal(audit__new(&audit, &opts), 0);
	if (held)
		assert_int_equal(audit__hold(audit, "kept", span_of(held)), 0);
	ret = store__open_readonly(&store, file, sealed_why, sizeof(sealed_why));
	if (ret)
		fail_msg("%s", sealed_why);
	ret = audit_store(audit, store, file);
	store__close(store);
	audit__totals(audit, totals);
	findings = audit__findings(audit, &n);
	for (size_t i = 0; i < AUDIT_FINDINGS; i++)
		found[i] = i < n ? findings[i] : (struct audit_finding){ 0 };
	audit__free(audit);
	sha256__free(sha256);
	return ret;
}

/* With a thread that reads ahead and without: both have to say the same. */
static int verify(const char *held, struct audit_totals *totals, struct audit_finding *first)
{
	struct audit_finding found[AUDIT_FINDINGS], alone[AUDIT_FINDINGS];
	struct audit_totals other;
	int ret = audit_all(held, totals, found);

	run_on(true);
	assert_int_equal(audit_all(held, &other, alone), ret);
	run_on(false);
	assert_memory_equal(totals, &other, sizeof(other));
	for (size_t i = 0; i < AUDIT_FINDINGS; i++) {
		assert_int_equal(found[i].seq, alone[i].seq);
		assert_string_equal(found[i].text, alone[i].text);
	}
	*first = found[0];
	return ret;
}

static void verified(uint64_t records)
{
	struct audit_totals totals;
	struct audit_finding first;

	assert_int_equal(verify(NULL, &totals, &first), 0);
	if (totals.findings)
		fail_msg("record %llu: %s", (unsigned long long)first.seq, first.text);
	assert_int_equal(totals.records, records);
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
	sqlite3_close(db);
}

static void forget_mark(void)
{
	char path[200];

	snprintf(path, sizeof(path), "%s-log", file);
	assert_int_equal(unlink(path), 0);
}

static const struct damage {
	const char *name, *sql;
	uint64_t seq;
	const char *says;
} damages[] = {
	{ "a byte of a record",
	  "UPDATE events SET line=replace(line, 'approved', 'approvee') WHERE seq=23", 23,
	  "was changed" },
	{ "a record's verdict, with its column",
	  "UPDATE events SET line=replace(line, 'approved', 'unapproved'), verdict='unapproved' "
	  "WHERE seq=23",
	  23, "was changed after it was stored" },
	{ "a record, with another digest",
	  "UPDATE events SET line=replace(line, '\"v\":1', '\"v\":2'), leaf=randomblob(32) WHERE "
	  "seq=23",
	  23, "was changed after it was stored" },
	{ "no record at all", "UPDATE events SET line='x' WHERE seq=23", 23, "the record is none" },
	{ "a record, re-dated",
	  "UPDATE events SET line=replace(line, '00:00:00.000023', '00:00:01.000023'), "
	  "time=time+1000000000 "
	  "WHERE seq=23",
	  23, "was changed after it was stored" },
	{ "the time that it is found by", "UPDATE events SET time=time+1 WHERE seq=23", 23,
	  "the time" },
	{ "the kind that it is found by", "UPDATE events SET kind='exit' WHERE seq=23", 23,
	  "kind or verdict" },
	{ "the verdict that it is found by", "UPDATE events SET verdict='' WHERE seq=23", 23,
	  "kind or verdict" },
	{ "the session that it is found by", "UPDATE events SET session=0 WHERE seq=23", 23,
	  "session or ticket" },
	{ "the ticket that sessions are found by", "UPDATE sessions SET ticket='CHG-2'", 1,
	  "session or ticket" },
	{ "one record less", "DELETE FROM events WHERE seq=23", 23,
	  "records 23 to 23 were removed" },
	{ "several less", "DELETE FROM events WHERE seq BETWEEN 23 AND 26", 23,
	  "records 23 to 26 were removed" },
	{ "less over a checkpoint",
	  "DELETE FROM events WHERE seq BETWEEN 15 AND 34; DELETE FROM checkpoints WHERE seq "
	  "BETWEEN 15 AND 34",
	  15, "records 15 to 34 were removed" },
	{ "one less, and the rest moved up",
	  "DELETE FROM events WHERE seq=23; UPDATE events SET seq=seq-1 WHERE seq=24", 23,
	  "stands the record 24" },
	{ "the first ten less",
	  "DELETE FROM events WHERE seq<=10; DELETE FROM checkpoints WHERE seq<=10", 1,
	  "records 1 to 10 were removed" },
	{ "the last less", "DELETE FROM events WHERE seq=100", 91, "records were removed" },
	{ "the last ten less, with their checkpoint",
	  "DELETE FROM events WHERE seq>90; DELETE FROM checkpoints WHERE seq>90", 91,
	  "the log was cut" },
	{ "all less", "DELETE FROM events; DELETE FROM checkpoints", 1, "the log was cut" },
	{ "one inserted where none was",
	  "DELETE FROM events WHERE seq=23; INSERT INTO events SELECT 23, 23000, session, 0, kind, "
	  "verdict, "
	  "replace(line, '\"seq\":24,\"time\":\"1970-01-01T00:00:00.000024', "
	  "'\"seq\":23,\"time\":\"1970-01-01T00:00:00.000023'), leaf FROM events WHERE seq=24",
	  23, "was changed after it was stored" },
	{ "one inserted at the end",
	  "INSERT INTO events SELECT 101, 101000, session, 0, kind, verdict, "
	  "replace(replace(line, '\"seq\":99', '\"seq\":101'), '00.000099', '00.000101'), leaf "
	  "FROM events WHERE "
	  "seq=99",
	  101, "was changed after it was stored" },
	{ "two that changed places",
	  "UPDATE events SET line=(SELECT line FROM events AS o WHERE o.seq=47-events.seq), "
	  "leaf=(SELECT leaf FROM events AS o WHERE o.seq=47-events.seq) WHERE seq IN (23, 24)",
	  23, "stands the record 24" },
	{ "a digest", "UPDATE events SET leaf=randomblob(32) WHERE seq=23", 23, "was changed" },
	{ "a checkpoint's size",
	  "UPDATE checkpoints SET note=replace(note, char(10)||'30'||char(10), "
	  "char(10)||'31'||char(10)) WHERE size=30",
	  0, "the checkpoint of 30 records is none" },
	{ "what a checkpoint says is last",
	  "UPDATE checkpoints SET note=replace(note, 'seq 30', 'seq 31') WHERE size=30", 31,
	  "signature that is not of these bytes" },
	{ "a checkpoint's root",
	  "UPDATE checkpoints SET note=replace(note, substr(note, instr(note, '30')+3, 4), 'AAAA') "
	  "WHERE size=30",
	  30, "signature that is not of these bytes" },
	{ "a checkpoint without signature",
	  "UPDATE checkpoints SET note=substr(note, 1, instr(note, "
	  "char(8212))-1) WHERE size=30",
	  0, "is none" },
	{ "a checkpoint of another key",
	  "UPDATE checkpoints SET note=replace(note, 'host ', 'host AAAAA') WHERE size=30", 30,
	  "is not signed by the host's key" },
	{ "a checkpoint of another name",
	  "UPDATE checkpoints SET note=replace(note, 'lockstep/host', 'lockstep/other') WHERE "
	  "size=30",
	  30, "is of another log" },
	{ "the tree beside a checkpoint",
	  "UPDATE checkpoints SET nodes=zeroblob(length(nodes)) WHERE size=30", 30,
	  "has not its own tree beside it" },
	{ "a verdict that no text is",
	  "UPDATE events SET verdict=CAST(verdict AS BLOB) WHERE seq=23", 23,
	  "a text of it is none" },
	{ "a verdict that goes on behind its end",
	  "UPDATE events SET verdict=verdict||char(0)||'x' WHERE seq=23", 23,
	  "a text of it is none" },
	{ "a time that no number is", "UPDATE events SET time=CAST(time AS BLOB) WHERE seq=23", 23,
	  "a number of it is none" },
	{ "a session that goes on behind its end", "UPDATE sessions SET id=id||char(0)||'x'", 1,
	  "its session is none" },
	{ "a ticket's name that no text is", "UPDATE sessions SET ticket=CAST(ticket AS BLOB)", 1,
	  "its session is none" },
	{ "the number in a session", "UPDATE events SET sseq=7 WHERE seq=23", 23,
	  "number in its session" },
	{ "no digest", "UPDATE events SET leaf=x'' WHERE seq=23", 23, "its digest is none" },
	{ "a record before all",
	  "INSERT INTO events SELECT -5, time, session, sseq, kind, verdict, line, leaf "
	  "FROM events WHERE seq=23",
	  UINT64_MAX - 4, "a number of it is none" },
	{ "an index that leads to some",
	  "DROP INDEX events_session; CREATE INDEX events_session ON events(session) WHERE "
	  "seq<>23; "
	  "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql='CREATE INDEX events_session ON "
	  "events(session)' WHERE name='events_session'",
	  0, "does not lead to all of them" },
	{ "a ticket", "UPDATE tickets SET bytes=CAST('fop' AS BLOB)", 0,
	  "the ticket or signature kept as 2c26b46b68ff" },
	{ "whose log it is",
	  "UPDATE log SET "
	  "key='lockstep/host+00000000+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
	  0, "names no key" },
	{ "where it begins", "UPDATE log SET size=1, nodes=randomblob(32)", 1,
	  "begins behind 1 records" },
	{ "where it begins, the first ten less",
	  "UPDATE log SET (size, seq, nodes)=(SELECT size, seq, nodes FROM checkpoints WHERE "
	  "size=10); DELETE "
	  "FROM events WHERE seq<=10; DELETE FROM checkpoints WHERE size<=10",
	  11, "begins behind 10 records" },
};

static void test_damages(void **state)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage *damage = &damages[i];
		struct audit_totals totals;
		struct audit_finding first;

		print_message("row: %s\n", damage->name);
		assert_int_equal(make_dir(state), 0);
		make_store(100);
		verified(100);
		sql(file, damage->sql);
		assert_int_equal(verify(NULL, &totals, &first), 0);
		if (!totals.findings || !strstr(first.text, damage->says) ||
		    (damage->seq != first.seq)) {
			print_message("not so: %s: expected record %llu: %s; got %llu findings, "
				      "record %llu: %s\n",
				      damage->name, (unsigned long long)damage->seq, damage->says,
				      (unsigned long long)totals.findings,
				      (unsigned long long)first.seq, first.text);
			wrong++;
		}
		assert_int_equal(remove_dir(state), 0);
	}
	assert_int_equal(wrong, 0);
}

/* Puts a record there with the digest that it must have: what only who knows the format can do. */
static void forge(uint64_t seq, const char *session)
{
	struct sha256 *sha256;
	struct digest leaf;
	struct hash_ops ops = { sha256__raw, NULL };
	sqlite3_stmt *stmt;
	sqlite3 *db;
	char line[300];
	int n = sealed_line(seq, session, "exec", 0, line, sizeof(line));

	assert_int_equal(sha256__new(&sha256), 0);
	ops.ctx = sha256;
	assert_int_equal(merkle_leaf(&ops, line, (size_t)n, &leaf), 0);
	sha256__free(sha256);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(
			db,
			"INSERT OR REPLACE INTO events VALUES(?1, ?1 * 1000, "
			"(SELECT n FROM sessions WHERE id=?2), 0, 'exec', 'approved', ?3, ?4)",
			-1, &stmt, NULL),
		SQLITE_OK);
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)seq);
	sqlite3_bind_text(stmt, 2, session, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, line, n, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 4, leaf.b, sizeof(leaf.b), SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

/* What is not of a store's making is no store: a view, a trigger, one more table. */
static void test_other_tables(void **state)
{
	static const char *const rows[] = {
		"CREATE TABLE more(x)",
		"ALTER TABLE events RENAME TO e; CREATE VIEW events AS SELECT * FROM e",
		"CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events WHERE seq=1; END",
		"DROP INDEX events_session",
		"DROP INDEX events_session; CREATE INDEX events_session ON events(session) WHERE "
		"seq<>23",
	};
	struct store *store;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(make_dir(state), 0);
		make_store(100);
		sql(file, rows[i]);
		if (store__open_readonly(&store, file, sealed_why, sizeof(sealed_why)) != -EBADMSG)
			fail_msg("taken for a store: %s", rows[i]);
		assert_int_equal(remove_dir(state), 0);
	}
}

/*
 * What stands beside a checkpoint is what a writer would go on with: changed, it costs no record.
 */
static void test_changed_tree(void **state)
{
	struct audit_totals totals;
	struct audit_finding first;
	struct store *store;

	(void)state;
	make_store(6000);
	sql(file,
	    "UPDATE checkpoints SET nodes=zeroblob(length(nodes)) WHERE size<3000 OR size=6000");
	assert_int_equal(sealed_open(&store, file), 0);
	assert_string_equal(store__cut(store), "");
	write_some(store, 6001, 6020);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_int_equal(totals.records, 6020);
	assert_non_null(strstr(first.text, "has not its own tree beside it"));
	sql(file, "UPDATE checkpoints SET nodes=x''");
	forget_mark();
	assert_int_equal(sealed_open(&store, file), 0);
	assert_string_equal(store__cut(store), "");
	assert_int_equal(store__close(store), 0);
}

static void test_forged(void **state)
{
	struct audit_totals totals;
	struct audit_finding first;
	struct store *store;

	(void)state;
	assert_int_equal(sealed_open(&store, file), 0);
	write_some(store, 1, 24);
	write_some(store, 26, 60); /* 25 was not stored: the disk refused it, say */
	assert_int_equal(append(store, 61, "B", "exec", false), 0);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_int_equal(totals.findings, 0);
	forge(25, "A");
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_int_equal(totals.findings, 1);
	assert_int_equal(first.seq, 25);
	assert_non_null(strstr(first.text, "the record was inserted"));
	sql(file, "DELETE FROM events WHERE seq=25");
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_int_equal(totals.findings, 0);
	forge(42, "B");
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_int_equal(totals.findings, 1);
	assert_int_equal(first.seq, 41);
	assert_non_null(strstr(first.text, "of the records 41 to 50 one or more were changed"));
}

/* Signs whatever is there anew, with the host's own key: only a checkpoint kept elsewhere tells. */
static void test_rewritten(void **state)
{
	struct audit_totals totals;
	struct audit_finding first;
	struct buf kept = { 0 };
	struct store *store;

	(void)state;
	assert_int_equal(sealed_open(&store, file), 0);
	write_some(store, 1, 50);
	assert_int_equal(store__checkpoint(store, &kept), 0);
	buf_addc(&kept, '\0');
	write_some(store, 51, 100);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(verify(kept.p, &totals, &first), 0);
	assert_int_equal(totals.findings, 0);
	assert_int_equal(totals.held, 2); /* and the store's own mark */

	assert_int_equal(unlink(file), 0);
	forget_mark();
	assert_int_equal(sealed_open(&store, file), 0);
	write_some(store, 2, 100);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_int_equal(totals.findings, 0); /* nothing in it says so */
	assert_int_equal(verify(kept.p, &totals, &first), 0);
	assert_int_equal(totals.findings, 1);
	assert_non_null(strstr(first.text, "history was rewritten"));

	assert_int_equal(unlink(file), 0);
	forget_mark();
	assert_int_equal(sealed_open(&store, file), 0);
	write_some(store, 1, 20);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(verify(kept.p, &totals, &first), 0);
	assert_int_equal(totals.findings, 1);
	assert_non_null(strstr(first.text, "the log was cut"));
	buf_free(&kept);
}

/* What does not agree with what was signed is cut off before anything is written behind it. */
static void test_tail(void **state)
{
	static const struct {
		const char *name, *sql;
		uint64_t left, next; /* records that stay; the next number */
		const char *says;
	} rows[] = {
		{ "nothing", "SELECT 1", 100, 101, "" },
		{ "the last record changed", "UPDATE events SET line=line||' ' WHERE seq=100", 90,
		  101, "the records 91 to 100 do not agree" },
		{ "one further back", "UPDATE events SET leaf=randomblob(32) WHERE seq=55", 50, 101,
		  "the records 51 to 100 do not agree" },
		{ "a record that no checkpoint covers",
		  "INSERT INTO events SELECT 101, 101000, session, 0, kind, verdict, line, leaf "
		  "FROM events "
		  "WHERE seq=99",
		  100, 101, "the records 101 to 101 do not agree" },
		{ "records lost with their checkpoint",
		  "DELETE FROM events WHERE seq>90; DELETE FROM checkpoints WHERE size>90", 90, 101,
		  "10 records are missing behind the record 90" },
		{ "all records lost", "DELETE FROM events; DELETE FROM checkpoints", 0, 101,
		  "100 records are missing behind the record 0" },
		{ "a checkpoint lost", "DELETE FROM checkpoints WHERE size=100", 90, 101,
		  "the records 91 to 100 do not agree" },
		{ "a checkpoint changed", "UPDATE checkpoints SET note='x' WHERE size=100", 90, 101,
		  "the records 91 to 100 do not agree" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store *store;

		print_message("row: %s\n", rows[i].name);
		assert_int_equal(make_dir(state), 0);
		make_store(100);
		sql(file, rows[i].sql);
		assert_int_equal(sealed_open(&store, file), 0);
		if (!rows[i].says[0] ? *store__cut(store) != 0
				     : !strstr(store__cut(store), rows[i].says))
			fail_msg("said \"%s\"", store__cut(store));
		assert_int_equal(store__last_seq(store) + 1, rows[i].next);
		write_some(store, rows[i].next, 120);
		assert_int_equal(store__close(store), 0);
		verified(rows[i].left + 20);
		assert_int_equal(remove_dir(state), 0);
	}
}

/* A file that sqlite can't read any more stays as it is, and the log goes on behind what it had. */
static void test_damaged_file(void **state)
{
	struct audit_totals totals;
	struct audit_finding first;
	struct store *store;
	struct stat st;
	int fd;

	(void)state;
	make_store(2000);
	assert_int_equal(stat(file, &st), 0);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	for (off_t at = 4096; at < st.st_size; at += 512)
		assert_int_equal(pwrite(fd, "torn", 4, at), 4);
	close(fd);
	assert_int_equal(sealed_open(&store, file), 0);
	assert_non_null(strstr(store__cut(store), "is damaged and was left as it is"));
	assert_int_equal(store__last_seq(store), 2000);
	write_some(store, 2001, 2020);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_true(totals.findings > 0);
	assert_int_equal(totals.size, 2020);
	assert_int_equal(totals.seq, 2020);
}

static void next_file(struct store *store, uint64_t seq)
{
	assert_int_equal(append(store, seq, "", "host", true), 0);
	assert_int_equal(store__flush(store), 0);
}

static size_t files_n(void)
{
	struct store *store;
	struct audit_totals totals;
	struct audit_finding first;

	assert_int_equal(store__open_readonly(&store, file, sealed_why, sizeof(sealed_why)), 0);
	store__close(store);
	assert_int_equal(verify(NULL, &totals, &first), 0);
	return (size_t)totals.files;
}

static int count(void *ctx, uint64_t seq, const char *line, size_t n)
{
	uint64_t *next = ctx;

	(void)line;
	(void)n;
	assert_int_equal(seq, *next);
	++*next;
	return 0;
}

static void test_files(void **state)
{
	const struct store_opts opts = { .file_bytes = 1 };
	struct audit_totals totals;
	struct audit_finding first;
	struct store *store;
	uint64_t next = 1, n;
	void *bytes;
	size_t bytes_n;
	char path[200];

	(void)state;
	make_store(100);
	assert_int_equal(sealed_open_as(&store, file, &opts), 0);
	assert_false(store__full(store));
	assert_int_equal(store__put_resume(
				 store, "A", "open",
				 "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
				 64),
			 0);
	write_some(store, 101, 120);
	assert_true(store__full(store));
	next_file(store, 121);
	write_some(store, 122, 150);
	next_file(store, 151);
	write_some(store, 152, 160);
	assert_int_equal(store__read(store, &(struct store_filter){ 0 }, 0, count, &next), 0);
	assert_int_equal(next, 161);
	next = 131;
	assert_int_equal(
		store__read(store, &(struct store_filter){ .after = 130 }, 0, count, &next), 0);
	assert_int_equal(next, 161);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(files_n(), 3);
	verified(160);
	assert_int_equal(store__open_readonly(&store, file, sealed_why, sizeof(sealed_why)), 0);
	assert_int_equal(store__events(store, "A", &n), 0);
	/* What a restart needs is in the newest file. */
	assert_int_equal(store__get_ticket(
				 store,
				 "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
				 &bytes, &bytes_n),
			 0);
	assert_int_equal(bytes_n, 3);
	free(bytes);
	store__close(store);
	snprintf(path, sizeof(path), "%s.%020d", file, 151);
	verified(160);

	/* A file in the middle is missed. */
	snprintf(path, sizeof(path), "%s.%020d", file, 121);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_int_equal(first.seq, 121);
	assert_non_null(strstr(first.text, "a file is missing"));
}

/*
 * No file can be begun: that is known, records go into the one that there is, and it ends when it
 * can be.
 */
static void test_no_next_file(void **state)
{
	const struct store_opts opts = { .file_bytes = 1 };
	struct store *store;
	char path[200], inside[220];

	(void)state;
	make_store(20);
	snprintf(path, sizeof(path), "%s.new", file);
	snprintf(inside, sizeof(inside), "%s/x", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkdir(inside, 0700), 0);
	assert_int_equal(sealed_open_as(&store, file, &opts), 0);
	write_some(store, 21, 30);
	next_file(store, 31);
	assert_true(store__next_error(store) < 0);
	write_some(store, 32, 40);
	assert_true(store__next_error(store) < 0); /* until one was begun */
	assert_int_equal(files_n(), 1);
	assert_int_equal(rmdir(inside), 0);
	assert_int_equal(rmdir(path), 0);
	next_file(store, 41);
	assert_int_equal(store__next_error(store), 0);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(files_n(), 2);
	verified(41);
}

/* Files beyond keep_files go, but not while a session with records in them is open; their
 * checkpoints stay. */
static void test_retention(void **state)
{
	const struct store_opts opts = { .keep_files = 2 };
	struct audit_totals totals;
	struct audit_finding first;
	struct buf kept = { 0 };
	struct store *store;
	char path[200], other[200];

	(void)state;
	assert_int_equal(sealed_open_as(&store, file, &opts), 0);
	write_some(store, 1, 20);
	assert_int_equal(store__checkpoint(store, &kept), 0);
	buf_addc(&kept, '\0');
	assert_int_equal(store__put_resume(store, "A", "open", "x", 1), 0);
	assert_int_equal(store__flush(store), 0);
	next_file(store, 21);
	write_some(store, 22, 40);
	next_file(store, 41);
	write_some(store, 42, 60);
	assert_int_equal(files_n(), 3); /* session A is open */
	assert_int_equal(store__put_resume(store, "A", NULL, NULL, 0), 0);
	assert_int_equal(store__flush(store), 0);
	next_file(store, 61);
	write_some(store, 62, 80);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(files_n(), 2);
	assert_int_equal(verify(kept.p, &totals, &first), 0);
	assert_string_equal(first.text, "");
	assert_int_equal(totals.records, 40);
	assert_int_equal(totals.size, 80);
	/* A copy of what was kept elsewhere could have been put among those that stayed. */
	assert_int_equal(totals.held, 1);
	assert_int_equal(totals.deleted, 1);
	assert_int_equal(totals.begins, 40);
	buf_free(&kept);

	/* A record of a number that was deleted is found by readers, and is none. */
	snprintf(path, sizeof(path), "%s.%020d", file, 41);
	sql(path, "INSERT INTO events SELECT 7, time, session, sseq, kind, verdict, line, leaf "
		  "FROM events WHERE seq=43");
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_int_equal(first.seq, 7);
	assert_non_null(strstr(first.text, "from before this file begins"));
	sql(path, "DELETE FROM events WHERE seq=7");
	/* By its name a reader passes over what it can't hold. */
	snprintf(other, sizeof(other), "%s.%020d", file, 1);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(verify(NULL, &totals, &first), 0);
	if (!strstr(first.text, "is not that of its first record"))
		fail_msg("%s", first.text);
}

/* What is kept of deleted files is bounded: the newest files hold as many records as the first. */
static void test_retention_for_long(void **state)
{
	const struct store_opts opts = { .keep_files = 2, .file_bytes = 256 << 10 };
	struct audit_totals totals;
	struct audit_finding first;
	struct store *store;
	uint64_t seq = 0;

	(void)state;
	assert_int_equal(sealed_open_as(&store, file, &opts), 0);
	for (int i = 0; i < 60; i++) {
		bool full = false;

		for (int n = 0; n < 400 && !full; n++) {
			write_some(store, seq + 1, seq + 10);
			seq += 10;
			full = store__full(store);
		}
		assert_true(full);
		next_file(store, ++seq);
	}
	assert_int_equal(store__close(store), 0);
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_string_equal(first.text, "");
	print_message("%llu records in %llu files, %llu checkpoints\n",
		      (unsigned long long)totals.records, (unsigned long long)totals.files,
		      (unsigned long long)totals.checkpoints);
	assert_true(totals.records > seq / 120);
	assert_true(totals.checkpoints < totals.records + 200);
}

/* A file of no bytes, of whoever did not get further, is none. */
static void test_unused_file(void **state)
{
	struct store *store;
	char path[200];
	int fd;

	(void)state;
	make_store(20);
	snprintf(path, sizeof(path), "%s.%020d", file, 21);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(store__open_readonly(&store, file, sealed_why, sizeof(sealed_why)), 0);
	assert_int_equal(store__last_seq(store), 20);
	store__close(store);
	assert_int_equal(sealed_open(&store, file), 0);
	assert_string_equal(store__cut(store), "");
	write_some(store, 21, 30);
	assert_int_equal(store__close(store), 0);
	verified(30);
}

static void test_other_key(void **state)
{
	struct store *store;
	char path[200];

	(void)state;
	make_store(20);
	log_signer__free(sealed);
	sealed = NULL;
	snprintf(path, sizeof(path), "%s.key", file);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sealed_open(&store, file), -EKEYREJECTED);
	assert_non_null(strstr(sealed_why, "is signed with another key (lockstep/host+"));
}

static void test_keys_refused(void **state)
{
	static const struct {
		const char *name, *text;
		mode_t mode;
		int error;
	} rows[] = {
		{ "others may read it", "", 0640, -EPERM },
		{ "nothing in it", "", 0600, -EBADMSG },
		{ "something else", "-----BEGIN PRIVATE KEY-----\n", 0600, -EBADMSG },
	};
	struct ed25519 *key;
	char path[200];

	(void)state;
	snprintf(path, sizeof(path), "%s/key", dir);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		assert_int_equal(write(fd, rows[i].text, strlen(rows[i].text)),
				 strlen(rows[i].text));
		fchmod(fd, rows[i].mode);
		close(fd);
		if (ed25519__open(&key, path) != rows[i].error)
			fail_msg("row \"%s\"", rows[i].name);
		unlink(path);
	}
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(ed25519__open(&key, path), -ELOOP);
}

/* RFC 6962's own tree, as the certificate transparency implementations test it. */
static void test_known_roots(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} leaves[] = {
		{ "", 0 },
		{ "\x00", 1 },
		{ "\x10", 1 },
		{ "\x20\x21", 2 },
		{ "\x30\x31", 2 },
		{ "\x40\x41\x42\x43", 4 },
		{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
		{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
	};
	static const char *const roots[] = {
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	};
	struct merkle tree = { 0 };
	struct sha256 *sha256;
	struct hash_ops ops = { sha256__raw, NULL };

	(void)state;
	assert_int_equal(sha256__new(&sha256), 0);
	ops.ctx = sha256;
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct digest leaf, root;
		char hex[65];

		assert_int_equal(merkle_leaf(&ops, leaves[i].bytes, leaves[i].n, &leaf), 0);
		assert_int_equal(merkle_push(&tree, &ops, &leaf, NULL), 0);
		assert_int_equal(merkle_root(&tree, &ops, &root), 0);
		for (size_t k = 0; k < 32; k++)
			snprintf(hex + 2 * k, 3, "%02x", root.b[k]);
		assert_string_equal(hex, roots[i]);
	}
	sha256__free(sha256);
}

/* STORE_KILLS=300 in the environment: more of them, by hand. */
static int kills(void)
{
	const char *asked = getenv("STORE_KILLS");
	long n = asked ? strtol(asked, NULL, 10) : 0;

	return n > 0 && n <= 100000 ? (int)n : 100;
}

struct shared {
	uint64_t announced, appended, files;
};

/* Begins a file now and then, so that some are killed in the middle of that. */
static void write_for_ever(struct shared *shared)
{
	const struct store_opts opts = { .file_bytes = 256 << 10, .keep_files = 3 };
	struct store *store;
	uint64_t seq, cursor;

	if (sealed_open_as(&store, file, &opts))
		_exit(1);
	seq = store__last_seq(store);
	for (;;) {
		bool begins = store__full(store) && store__sync(store, 1000) == 0;

		seq++;
		if (store__room(store) &&
		    append(store, seq, begins ? "" : "A", begins ? "host" : "exec", begins))
			_exit(2);
		shared->appended = seq;
		shared->files += begins;
		if (begins)
			(void)store__sync(store, 1000);
		else if (seq % 32 == 0)
			store__hurry(store); /* so that kills meet commits */
		store__durable(store, &shared->announced, &cursor);
		usleep(seq % 7 * 20);
	}
}

static void test_killed(void **state)
{
	struct shared *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct audit_totals totals = { 0 };
	struct audit_finding first;

	(void)state;
	assert_ptr_not_equal(shared, MAP_FAILED);
	make_store(1);
	srand(20417);
	for (int i = 0; i < kills(); i++) {
		uint64_t until;
		int status;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			write_for_ever(shared);
		/* After some rows, or while it opens the files. */
		until = i % 8 ? shared->appended + 1 + (uint64_t)rand() % 64 : 0;
		WAIT_FOR(__atomic_load_n(&shared->appended, __ATOMIC_RELAXED) >= until);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFSIGNALED(status))
			fail_msg("the writer ended by itself: status %d: %s", WEXITSTATUS(status),
				 sealed_why);
		assert_int_equal(verify(NULL, &totals, &first), 0);
		if (totals.findings)
			fail_msg("kill %d: record %llu: %s", i, (unsigned long long)first.seq,
				 first.text);
		/* What was announced is there, nothing is there twice, and nothing between is
		 * missing. */
		if (totals.size < shared->announced || totals.seq != totals.size)
			fail_msg("kill %d: %llu announced, %llu there, the last of them %llu", i,
				 (unsigned long long)shared->announced,
				 (unsigned long long)totals.size, (unsigned long long)totals.seq);
	}
	print_message(
		"killed %d times: %llu records announced, %llu in the log, %llu files begun\n",
		kills(), (unsigned long long)shared->announced, (unsigned long long)totals.size,
		(unsigned long long)shared->files);
	assert_true(shared->announced > 0);
	assert_true(shared->files > 1);
	munmap(shared, 4096);
}

struct failing {
	struct sha256 *sha256;
	unsigned int left; /* calls until it fails */
};

static int failing_hash(void *ctx, const void *a, size_t a_n, const void *b, size_t b_n,
			struct digest *out)
{
	struct failing *failing = ctx;

	return failing->left-- ? sha256__raw(failing->sha256, a, a_n, b, b_n, out) : -EIO;
}

/* How auditing ends when the hash fails at that call. */
static int audit_until(unsigned int calls)
{
	struct failing failing = { .left = calls };
	struct audit_opts opts = { .ops = { .verify = ed25519_verify,
					    .hash = { failing_hash, &failing } } };
	struct audit *audit;
	struct store *store;
	int ret;

	assert_int_equal(sha256__new(&failing.sha256), 0);
	assert_int_equal(audit__new(&audit, &opts), 0);
	assert_int_equal(store__open_readonly(&store, file, sealed_why, sizeof(sealed_why)), 0);
	ret = audit_store(audit, store, file);
	store__close(store);
	audit__free(audit);
	sha256__free(failing.sha256);
	return ret;
}

/*
 * More than the reader packs into one block: what is audited is all of it, in its order, and an
 * audit that can't go on stops the reader wherever that is. Seen failing: without `stop` it waits
 * for ever.
 */
static void test_many(void **state)
{
	struct audit_totals totals;
	struct audit_finding first;
	struct store *store;

	(void)state;
	assert_int_equal(sealed_open(&store, file), 0);
	for (uint64_t seq = 1; seq <= 6000; seq++)
		assert_int_equal(append(store, seq, "A", "exec", false), 0);
	assert_int_equal(store__close(store), 0);
	verified(6000);
	for (unsigned int calls = 1; calls < 12000; calls = calls * 3 + 1) {
		assert_int_equal(audit_until(calls), -EIO);
		run_on(true);
		assert_int_equal(audit_until(calls), -EIO);
		run_on(false);
	}
	sql(file, "UPDATE events SET line=replace(line,'exec','exit') WHERE seq=5432");
	assert_int_equal(verify(NULL, &totals, &first), 0);
	assert_int_equal(first.seq, 5432);
	assert_int_equal(totals.records, 6000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_roots),
		cmocka_unit_test(test_damages), /* a directory a row */
		cmocka_unit_test(test_other_tables),
		cmocka_unit_test(test_tail),
		cmocka_unit_test_setup_teardown(test_changed_tree, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_forged, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_rewritten, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_damaged_file, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_files, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_no_next_file, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_retention, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_retention_for_long, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_unused_file, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_other_key, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_keys_refused, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_many, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_killed, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
