/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "evidence/bundle.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/ed25519.h"
#include "edge/fsutil.h"
#include "edge/sha256.h"
#include "lib/sealed.h"
#include "lib/wait.h"

/*
 * A bundle, checked three times: by lockstep, by the commands of its own README.txt, word for word,
 * and by Go's golang.org/x/mod/sumdb (tests/oracle/oracle.go), which is not ours. What is tampered
 * with is refused by all who can see it.
 */
#define TICKET                                                                                     \
	"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" /* SHA-256 of "foo" */

/* SHA-256 of "bar", "baz" and "qux". */
#define SIGNERS   "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"
#define SIGNATURE "baa5a0964d3320fbc0c6a922140453c8513ea24ab8fd0577034804a967248096"
#define PROFILE   "21f58d27f827d295ffcd860c65045685e3baf1ad4506caa0140113b316647534"

/* What a session_start names beside its ticket. */
static const char named[] =
	",\"signers_sha256\":\"" SIGNERS "\",\"approvals\":[{\"signer\":\"a\",\"key\":\"k\","
	"\"signature\":\"" SIGNATURE "\"}],\"profiles\":[{\"name\":\"base\",\"sha256\":\"" PROFILE
	"\"}]";

static char dir[64], file[128], bundle[128], oracle[128];
static struct buf kept; /* a checkpoint of the first 20 records */

__attribute__((format(printf, 1, 2))) static int sh(const char *text, ...)
{
	char *command;
	va_list args;
	int status;
	pid_t pid;

	va_start(args, text);
	assert_true(vasprintf(&command, text, args) > 0);
	va_end(args);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	free(command);
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void append(struct store *store, uint64_t seq, const char *session, const char *kind,
		   uint64_t sseq, bool begins)
{
	char time[TIMESTAMP_SIZE], line[1200];
	int n;

	timestamp_format((int64_t)seq * 1000, time);
	n = snprintf(line, sizeof(line),
		     "{\"v\":1,\"seq\":%llu,\"time\":\"%s\",\"session\":%s%s%s,\"sseq\":%llu,"
		     "\"ticket\":%s,"
		     "\"ticket_sha256\":\"%s\",\"kind\":\"%s\",\"verdict\":null,\"stored\":%d,"
		     "\"emitted\":%d%s}",
		     (unsigned long long)seq, time, *session ? "\"" : "",
		     *session ? session : "null", *session ? "\"" : "", (unsigned long long)sseq,
		     *session ? "\"CHG-1\"" : "null", TICKET, kind, 20, 20,
		     strcmp(kind, "session_start") ? "" : named);
	assert_int_equal(
		store__append(store, &(struct store_row){ .seq = seq,
							  .time_ns = (int64_t)seq * 1000,
							  .session = session,
							  .ticket = *session ? "CHG-1" : "",
							  .kind = kind,
							  .verdict = "",
							  .sseq = sseq,
							  .line = line,
							  .line_n = (size_t)n,
							  .begins = begins }),
		0);
}

static void put_tickets(struct store *store)
{
	assert_int_equal(store__put_ticket(store, TICKET, "foo", 3), 0);
	assert_int_equal(store__put_ticket(store, SIGNERS, "bar", 3), 0);
	assert_int_equal(store__put_ticket(store, SIGNATURE, "baz", 3), 0);
	assert_int_equal(store__put_ticket(store, PROFILE, "qux", 3), 0);
}

/* Two sessions of 20 acts each, in three files, and what is of no session between them. */
static void make_store(void)
{
	const char *const ids[] = { "A", "B" };
	struct store *store;
	uint64_t seq = 0;

	assert_int_equal(sealed_open(&store, file), 0);
	put_tickets(store);
	for (int i = 0; i < 2; i++) {
		append(store, ++seq, ids[i], "session_start", 0, false);
		for (uint64_t sseq = 1; sseq <= 20; sseq++) {
			append(store, ++seq, ids[i], "exec", sseq, false);
			if (seq == 20) {
				assert_int_equal(store__flush(store), 0);
				assert_int_equal(store__checkpoint(store, &kept), 0);
			}
			if (sseq == 10) {
				assert_int_equal(store__flush(store), 0);
				append(store, ++seq, "", "host", 0, true);
			}
		}
		append(store, ++seq, ids[i], "session_end", 0, false);
		append(store, ++seq, "", "heartbeat", 0, false);
	}
	assert_int_equal(store__close(store), 0);
}

static int write_bundle(const char *session, const char *ticket, const char *since)
{
	struct sha256 *sha256;
	struct store *store;
	struct bundle_opts opts = {
		.dir = bundle, .session = session, .ticket = ticket, .since = since
	};
	uint64_t records;
	int ret;

	assert_int_equal(sha256__new(&sha256), 0);
	assert_int_equal(store__open_readonly(&store, file, sealed_why, sizeof(sealed_why)), 0);
	opts.store = store;
	opts.hash = (struct hash_ops){ sha256__raw, sha256 };
	ret = bundle_write(&opts, &records, sealed_why, sizeof(sealed_why));
	store__close(store);
	sha256__free(sha256);
	return ret ? ret : (int)records;
}

static void check(struct audit_totals *totals, struct audit_finding *first, bool held)
{
	struct audit_opts opts = { .ops.verify = ed25519_verify };
	const struct audit_finding *findings;
	struct sha256 *sha256;
	struct audit *audit;
	size_t n;

	assert_int_equal(sha256__new(&sha256), 0);
	opts.ops.hash = (struct hash_ops){ sha256__raw, sha256 };
	assert_int_equal(audit__new(&audit, &opts), 0);
	if (held)
		assert_int_equal(audit__hold(audit, "kept", buf_span(&kept)), 0);
	if (bundle_check(audit, bundle, sealed_why, sizeof(sealed_why)))
		fail_msg("%s", sealed_why);
	audit__totals(audit, totals);
	findings = audit__findings(audit, &n);
	*first = n ? findings[0] : (struct audit_finding){ 0 };
	audit__free(audit);
	sha256__free(sha256);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lockstep-bundle.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/s.db", dir);
	snprintf(bundle, sizeof(bundle), "%s/bundle", dir);
	snprintf(oracle, sizeof(oracle), "%s/oracle", dir);
	make_store();
	return sh("GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=%s/cache go build -o %s "
		  "tests/oracle/oracle.go",
		  dir, oracle);
}

static int teardown(void **state)
{
	(void)state;
	log_signer__free(sealed);
	sealed = NULL;
	buf_free(&kept);
	return sh("rm -rf %s", dir);
}

/* What README.txt tells to type: its indented lines behind the heading. Bodies go where the test
 * may write. */
static int readme(void)
{
	return sh("cd %s && sed -n '/with stock tools/,$ s/^  //p' README.txt | sed "
		  "'s|/tmp/|../|g' >../commands && "
		  "sh -e ../commands >../said 2>&1",
		  bundle);
}

static void test_good(void **state)
{
	static const struct {
		const char *session, *ticket;
		int records;
	} rows[] = { { "A", NULL, 22 }, { "B", NULL, 22 }, { NULL, "CHG-1", 44 } };
	struct audit_totals totals;
	struct audit_finding first;
	char since[200];

	(void)state;
	snprintf(since, sizeof(since), "%s/kept", dir);
	assert_int_equal(sh("cat >%s <<'END'\n%.*sEND\n", since, (int)kept.n, kept.p), 0);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const bool held = i % 2;

		assert_int_equal(
			write_bundle(rows[i / 2].session, rows[i / 2].ticket, held ? since : NULL),
			rows[i / 2].records);
		check(&totals, &first, held);
		assert_string_equal(first.text, "");
		assert_int_equal(totals.records, rows[i / 2].records);
		assert_int_equal(totals.size, 48);
		assert_int_equal(totals.tickets, 4);
		assert_int_equal(totals.held, held);
		if (readme())
			fail_msg("README.txt: %d", sh("cat %s/said", dir));
		assert_int_equal(sh("grep -qx 'all records are in the log' %s/said", dir), 0);
		assert_int_equal(
			sh("%s %s >%s/said && grep -qx 'records %d size 48 consistency %s' %s/said",
			   oracle, bundle, dir, rows[i / 2].records, held ? "true" : "false", dir),
			0);
		assert_int_equal(sh("rm -r %s", bundle), 0);
	}
	assert_int_equal(write_bundle("C", NULL, NULL), -ENOENT);
	assert_string_equal(sealed_why, "no record of session \"C\"");
	assert_int_equal(sh("rm -r %s", bundle), 0);
}

/* ALONE: the others are not asked, they read without bound. */
enum { OURS = 1, README = 2, GO = 4, ALL = 7, ALONE = 8 };

static void test_tampered(void **state)
{
	/* Each was seen to pass in a build of core/log/audit_bundle.c, core/log/merkle_proof.c and
	 * bundle_check.c without its check. */
	static const struct {
		const char *name, *command;
		unsigned int refused_by;
		uint64_t seq;
		const char *says;
	} rows[] = {
		{ "a record", "sed -i '7s/exec/exit/' records.jsonl", ALL, 7, "was changed" },
		{ "two records in each other's place", "sed -i -e '7{h;d}' -e '8{G}' records.jsonl",
		  OURS, 7, "inserted or reordered" },
		{ "a proof's node", "sed -i '3s/^...../AAAAA/' proofs/7.tlog-proof", ALL, 7,
		  "was changed" },
		{ "a proof's node less", "sed -i 3d proofs/7.tlog-proof", ALL, 7, "was changed" },
		{ "a proof's place", "sed -i '2s/.*/index 9/' proofs/7.tlog-proof", ALL, 7,
		  "was changed" },
		{ "another record's proof", "cp proofs/8.tlog-proof proofs/7.tlog-proof", ALL, 7,
		  "was changed" },
		{ "a record without proof", "rm proofs/7.tlog-proof", ALL, 7, "its proof is none" },
		{ "a record less", "sed -i 7d records.jsonl", OURS, 23,
		  "counts 20 acts stored, there are 19" },
		{ "a record twice", "sed -i 7p records.jsonl", OURS, 7, "inserted or reordered" },
		{ "the size in the checkpoint", "sed -i '2s/48/49/' checkpoint proofs/*", ALL, 48,
		  "signature that is not of these bytes" },
		{ "the root in the checkpoint", "sed -i '3s/^..../AAAA/' checkpoint", ALL, 48,
		  "signature that is not of these bytes" },
		{ "the signature", "sed -i '$s/\\(.*\\)....$/\\1AAA=/' checkpoint", ALL, 48,
		  "signature" },
		{ "the name", "sed -i '1s/host/hosu/; $s/host/hosu/' checkpoint", ALL, 48,
		  "is of another log" },
		{ "its start left out", "sed -i '/session_start/d' records.jsonl", OURS, 0,
		  "has no session_start" },
		{ "its end left out", "sed -i '/session_end/d' records.jsonl", OURS, 0,
		  "has no session_end" },
		{ "both left out", "sed -i '/session_/d' records.jsonl", OURS, 0,
		  "has no session_start and no session_end" },
		{ "all left out", ": >records.jsonl", OURS, 0, "has no record" },
		{ "of another session", "echo session B >of", OURS, 1, "is not of the session" },
		{ "of another ticket", "echo ticket CHG-2 >of", OURS, 1, "is not of the ticket" },
		{ "of nothing", "rm of", OURS, 0, "does not say which" },
		{ "of something else", "echo host h >of", OURS, 0, "does not say which" },
		{ "the ticket left out", "rm tickets/" TICKET, OURS, 0,
		  "names " TICKET ", which is not among the tickets" },
		{ "the signers left out", "rm tickets/" SIGNERS, OURS, 0,
		  "names " SIGNERS ", which is not among the tickets" },
		{ "a signature left out", "rm tickets/" SIGNATURE, OURS, 0,
		  "names " SIGNATURE ", which is not among the tickets" },
		{ "a profile left out", "rm tickets/" PROFILE, OURS, 0,
		  "names " PROFILE ", which is not among the tickets" },
		{ "a line without end", "truncate -s 20G records.jsonl", OURS | ALONE, 24,
		  "a line is too long" },
		{ "another key",
		  "openssl genpkey -algorithm ed25519 -out ../other 2>/dev/null; openssl pkey -in "
		  "../other -pubout "
		  "-out key.pem; sed -i 's/+[^+]*$/+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/' "
		  "key",
		  ALL, 0, "names no key" },
		{ "the ticket", "printf fop >tickets/" TICKET, OURS | README, 0, "was changed" },
		{ "the consistency proof", "sed -i '1s/^..../AAAA/' consistency", OURS | GO, 20,
		  "history was rewritten" },
		{ "the checkpoint that was kept", "sed -i '3s/^..../AAAA/' since", OURS | GO, 20,
		  "signature that is not of these bytes" },
	};
	struct audit_totals totals;
	struct audit_finding first;
	unsigned int by, wrong = 0;
	char since[200];

	(void)state;
	snprintf(since, sizeof(since), "%s/kept", dir);
	assert_int_equal(sh("cat >%s <<'END'\n%.*sEND\n", since, (int)kept.n, kept.p), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(write_bundle("A", NULL, since), 22);
		assert_int_equal(sh("cd %s && %s", bundle, rows[i].command), 0);
		check(&totals, &first, false);
		by = totals.findings ? OURS : 0;
		if (rows[i].refused_by & ALONE)
			by |= ALONE;
		else
			by |= (readme() ? README : 0) |
			      (sh("%s %s >/dev/null", oracle, bundle) ? GO : 0);
		if (by != rows[i].refused_by || first.seq != rows[i].seq ||
		    !strstr(first.text, rows[i].says)) {
			print_message("not so: %s: refused by %u of %u; record %llu: %s\n",
				      rows[i].name, by, rows[i].refused_by,
				      (unsigned long long)first.seq, first.text);
			wrong++;
		}
		assert_int_equal(sh("rm -r %s", bundle), 0);
	}
	assert_int_equal(wrong, 0);
}

/* What is no regular file of that name is not read; it would block, or not end. */
static void test_hostile(void **state)
{
	static const struct {
		const char *name, *command, *says;
	} rows[] = {
		{ "a FIFO", "rm records.jsonl; mkfifo records.jsonl", "Invalid argument" },
		{ "a link to the records",
		  "mv records.jsonl ../there; ln -s ../there records.jsonl", "symbolic links" },
		{ "a link to a device", "ln -sf /dev/zero records.jsonl", "symbolic links" },
		{ "a directory", "rm records.jsonl; mkdir records.jsonl", "Invalid argument" },
		{ "no records", "rm records.jsonl", "No such file" },
		{ "a link to what it is of", "mv of ../of; ln -s ../of of", "symbolic links" },
		{ "no tickets", "rm -r tickets", "No such file" },
	};
	struct audit_opts opts = { .ops.verify = ed25519_verify };
	struct sha256 *sha256;
	struct audit *audit;

	(void)state;
	assert_int_equal(sha256__new(&sha256), 0);
	opts.ops.hash = (struct hash_ops){ sha256__raw, sha256 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(write_bundle("A", NULL, NULL), 22);
		assert_int_equal(sh("cd %s && %s", bundle, rows[i].command), 0);
		assert_int_equal(audit__new(&audit, &opts), 0);
		sealed_why[0] = '\0';
		alarm((unsigned int)wait_seconds()); /* a fifo is not waited for */
		if (!bundle_check(audit, bundle, sealed_why, sizeof(sealed_why)) ||
		    !strstr(sealed_why, rows[i].says))
			fail_msg("%s: \"%s\"", rows[i].name, sealed_why);
		alarm(0);
		audit__free(audit);
		assert_int_equal(sh("rm -r %s", bundle), 0);
	}
	sha256__free(sha256);
}

/* A checkpoint that was kept elsewhere, of as many records as the bundle's. */
static void test_equal_size(void **state)
{
	struct audit_totals totals;
	struct audit_finding first;
	struct buf before = kept;
	char path[200];

	(void)state;
	assert_int_equal(write_bundle("A", NULL, NULL), 22);
	snprintf(path, sizeof(path), "%s/checkpoint", bundle);
	for (int other = 0; other < 2; other++) {
		/* The root is base64 in the third line: its signature is no longer right then, but
		 * that its root is another has to be told as well. */
		if (other)
			assert_int_equal(
				sh("cp %s %s/c && sed -i '3s/^..../AAAA/' %s/c", path, dir, dir),
				0);
		snprintf(path, sizeof(path), other ? "%s/c" : "%s/checkpoint",
			 other ? dir : bundle);
		assert_int_equal(fs_read(path, 4096, 0, &kept), 0);
		checkpoint_trim(&kept);
		check(&totals, &first, true);
		buf_free(&kept);
		assert_int_equal(totals.held, 1);
		if (other)
			assert_non_null(strstr(first.text, "history was rewritten"));
		else
			assert_string_equal(first.text, "");
	}
	kept = before;
	assert_int_equal(sh("rm -r %s", bundle), 0);
}

/* A session that is open when it is written, and a ticket of two of which one is. */
static void test_open(void **state)
{
	struct audit_totals totals;
	struct audit_finding first;
	struct store *store;
	char closed[sizeof(file)];

	(void)state;
	memcpy(closed, file, sizeof(file));
	snprintf(file, sizeof(file), "%s/open.db", dir);
	assert_int_equal(sealed_open(&store, file), 0);
	put_tickets(store);
	append(store, 1, "O", "session_start", 0, false);
	append(store, 2, "O", "exec", 1, false);
	assert_int_equal(store__close(store), 0);
	assert_int_equal(write_bundle("O", NULL, NULL), 2);
	assert_string_equal(sealed_why, "session O is not whole: it has no session_end");
	check(&totals, &first, false);
	assert_string_equal(first.text, "session O is not whole: it has no session_end");
	assert_int_equal(sh("rm -r %s", bundle), 0);
	memcpy(file, closed, sizeof(file));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good),
					    cmocka_unit_test(test_tampered),
					    cmocka_unit_test(test_hostile),
					    cmocka_unit_test(test_equal_size),
					    cmocka_unit_test(test_open) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
