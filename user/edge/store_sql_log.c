/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "store_sql.h"

#include <errno.h>

#include "store_sql_part.h"

static int prepare(struct store_sql *sql, const char *text, sqlite3_stmt **stmt)
{
	return sql_error(sqlite3_prepare_v2(sql->db, text, -1, stmt, NULL));
}

int store_sql__begins(struct store_sql *sql, const struct store_place *place)
{
	sqlite3_stmt *stmt = NULL;
	int ret = prepare(sql, "INSERT INTO log VALUES(1,?,?,?,?)", &stmt);

	if (!ret) {
		sqlite3_bind_text64(stmt, 1, place->key.p, place->key.n, SQLITE_STATIC,
				    SQLITE_UTF8);
		sqlite3_bind_int64(stmt, 2, (sqlite3_int64)place->size);
		sqlite3_bind_int64(stmt, 3, (sqlite3_int64)place->seq);
		sql_bind_blob(stmt, 4, place->nodes);
		ret = sql_step_once(stmt);
	}
	sqlite3_finalize(stmt);
	return ret;
}

/* A row of four: text, size, seq, blob. The bytes go into *text, which the spans borrow from. */
static int read_place(sqlite3_stmt *stmt, struct buf *text, struct span *words,
		      struct store_place *out)
{
	struct span first, nodes;
	int code = sqlite3_step(stmt);

	if (code == SQLITE_DONE)
		return -ENOENT;
	if (code != SQLITE_ROW)
		return sql_error(code);
	first = sql_blob(stmt, 0);
	out->size = (uint64_t)sqlite3_column_int64(stmt, 1);
	out->seq = (uint64_t)sqlite3_column_int64(stmt, 2);
	nodes = sql_blob(stmt, 3);
	buf_reset(text);
	buf_add(text, first.p, first.n);
	buf_add(text, nodes.p, nodes.n);
	if (text->failed)
		return -ENOMEM;
	*words = (struct span){ text->p, first.n };
	out->nodes = (struct span){ text->p + first.n, nodes.n };
	return 0;
}

int store_sql__begin(struct store_sql *sql, struct buf *text, struct store_place *out)
{
	sqlite3_stmt *stmt = NULL;
	int ret = prepare(sql, "SELECT key, size, seq, nodes FROM log", &stmt);

	*out = (struct store_place){ 0 };
	if (!ret)
		ret = read_place(stmt, text, &out->key, out);
	sqlite3_finalize(stmt);
	return ret;
}

int store_sql__checkpoint(struct store_sql *sql, uint64_t size, struct buf *text,
			  struct store_place *out)
{
	sqlite3_stmt *stmt = NULL;
	int ret = prepare(sql,
			  "SELECT note, size, seq, nodes FROM checkpoints WHERE size<=? AND "
			  "size>(SELECT size FROM log) ORDER BY size DESC LIMIT 1",
			  &stmt);

	*out = (struct store_place){ 0 };
	if (!ret) {
		sqlite3_bind_int64(stmt, 1, size > INT64_MAX ? INT64_MAX : (sqlite3_int64)size);
		ret = read_place(stmt, text, &out->note, out);
	}
	sqlite3_finalize(stmt);
	return ret;
}

/* One number that a statement gives, with one text bound. */
static int ask(struct store_sql *sql, const char *text, const char *word, sqlite3_int64 *out)
{
	sqlite3_stmt *stmt = NULL;
	int ret = prepare(sql, text, &stmt), code;

	*out = 0;
	if (!ret) {
		if (word)
			sql_bind_text(stmt, 1, word);
		code = sqlite3_step(stmt);
		if (code == SQLITE_ROW)
			*out = sqlite3_column_int64(stmt, 0);
		ret = sql_error(code);
	}
	sqlite3_finalize(stmt);
	return ret;
}

bool store_sql__empty(struct store_sql *sql)
{
	sqlite3_int64 any;

	return ask(sql, "SELECT EXISTS(SELECT 1 FROM events) OR EXISTS(SELECT 1 FROM checkpoints)",
		   NULL, &any) == 0 &&
	       !any;
}

int64_t store_sql__last_ns(struct store_sql *sql)
{
	sqlite3_int64 ns;

	(void)ask(sql, "SELECT time FROM events ORDER BY seq DESC LIMIT 1", NULL, &ns);
	return ns;
}

/* Runs `what` with the file at `path` attached as `old`. */
static int with_old(struct store_sql *sql, const char *path, const char *what,
		    sqlite3_int64 *answer)
{
	sqlite3_int64 ignored;
	int ret = ask(sql, "ATTACH ? AS old", path, &ignored);

	if (ret)
		return ret;
	ret = answer ? ask(sql, what, NULL, answer) : sql_run(sql, what);
	if (!sqlite3_get_autocommit(sql->db))
		sql_run(sql, "ROLLBACK");
	sql_run(sql, "DETACH old");
	return ret;
}

int store_sql__carry(struct store_sql *sql, const char *path)
{
	return with_old(
		sql, path,
		"BEGIN IMMEDIATE;"
		"INSERT INTO main.resume SELECT * FROM old.resume;"
		"INSERT OR IGNORE INTO main.tickets SELECT * FROM old.tickets AS t WHERE EXISTS("
		"SELECT 1 FROM old.resume AS r WHERE instr(r.bytes, CAST(t.sha256 AS BLOB))>0);"
		"COMMIT",
		NULL);
}

/* Those that it kept itself, its last one, and one of each hour: without nodes, nothing is read
 * behind them. */
int store_sql__keep_checkpoints(struct store_sql *sql, const char *path)
{
	return with_old(sql, path,
			"INSERT OR IGNORE INTO main.checkpoints SELECT size, seq, note, x'' FROM "
			"old.checkpoints WHERE size<=(SELECT size FROM old.log) OR size=(SELECT "
			"max(size) FROM "
			"old.checkpoints) OR size IN (SELECT max(c.size) FROM old.checkpoints AS c "
			"JOIN old.events "
			"AS e ON e.seq=c.seq GROUP BY e.time/3600000000000)",
			NULL);
}

int store_sql__needs(struct store_sql *sql, const char *path)
{
	sqlite3_int64 any = 0;
	int ret = with_old(sql, path,
			   "SELECT EXISTS(SELECT 1 FROM main.resume AS r JOIN old.sessions AS s ON "
			   "s.id=r.session)",
			   &any);

	return ret ? ret : any != 0;
}

int store_sql__cut(struct store_sql *sql, uint64_t size, uint64_t seq)
{
	char text[200];
	int ret;

	snprintf(
		text, sizeof(text),
		"BEGIN IMMEDIATE; DELETE FROM events WHERE seq>%llu; DELETE FROM checkpoints WHERE "
		"size>%llu; COMMIT",
		(unsigned long long)seq, (unsigned long long)size);
	ret = sql_run(sql, text);
	if (!sqlite3_get_autocommit(sql->db))
		sql_run(sql, "ROLLBACK");
	return ret;
}

const char *store_sql__error(struct store_sql *sql)
{
	return sqlite3_errmsg(sql->db);
}

/* The next checkpoint, or an end that no record reaches. */
static int step_checkpoint(sqlite3_stmt *stmt, uint64_t *seq)
{
	int code = sqlite3_step(stmt);

	*seq = UINT64_MAX;
	if (code == SQLITE_ROW)
		*seq = (uint64_t)sqlite3_column_int64(stmt, 1);
	return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : sql_error(code);
}

static int give_checkpoint(sqlite3_stmt *stmt, const struct store_walk_ops *ops, void *ctx)
{
	return ops->checkpoint(ctx, (uint64_t)sqlite3_column_int64(stmt, 0), sql_blob(stmt, 2),
			       sql_blob(stmt, 3));
}

static const char *text_at(sqlite3_stmt *stmt, int at)
{
	const char *text = (const char *)sqlite3_column_text(stmt, at);

	return text ? text : "";
}

/* What readers would look for in it, and the text that they would find, has to be one and the same.
 */
static bool plain_text(sqlite3_stmt *stmt, int at)
{
	return sqlite3_column_type(stmt, at) == SQLITE_TEXT &&
	       strlen(text_at(stmt, at)) == (size_t)sqlite3_column_bytes(stmt, at);
}

static const char *odd_row(sqlite3_stmt *stmt)
{
	static const int numbers[] = { 0, 1, 4 }, texts[] = { 5, 6, 7 };
	bool in_session = sqlite3_column_type(stmt, 2) != SQLITE_NULL;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (sqlite3_column_type(stmt, numbers[i]) != SQLITE_INTEGER ||
		    sqlite3_column_int64(stmt, numbers[i]) < 0)
			return "a number of it is none";
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!plain_text(stmt, texts[i]))
			return "a text of it is none";
	}
	if (in_session && (!plain_text(stmt, 2) || !plain_text(stmt, 3)))
		return "its session is none";
	if (sqlite3_column_type(stmt, 8) != SQLITE_BLOB ||
	    sqlite3_column_bytes(stmt, 8) != DIGEST_BYTES)
		return "its digest is none";
	return NULL;
}

/* The fingerprint of which record is in which session: the same in whatever order they are added
 * up. */
static uint64_t pair(sqlite3_int64 session, sqlite3_int64 seq)
{
	uint64_t at =
		(uint64_t)session * 0x9e3779b97f4a7c15ull ^ (uint64_t)seq * 0xc2b2ae3d27d4eb4full;

	at = (at ^ at >> 31) * 0xd6e8feb86659fd93ull;
	return at ^ at >> 32;
}

struct walking {
	const struct store_walk_ops *ops;
	void *ctx;
	uint64_t pairs;
};

static int give_row(sqlite3_stmt *stmt, struct walking *walking)
{
	/* Before any of it is read as what it should be: that changes what it is. */
	const char *odd = odd_row(stmt);
	const struct span line = sql_blob(stmt, 7);
	const struct store_row row = {
		.seq = (uint64_t)sqlite3_column_int64(stmt, 0),
		.time_ns = sqlite3_column_int64(stmt, 1),
		.session = text_at(stmt, 2),
		.ticket = text_at(stmt, 3),
		.sseq = (uint64_t)sqlite3_column_int64(stmt, 4),
		.kind = text_at(stmt, 5),
		.verdict = text_at(stmt, 6),
		.line = line.p,
		.line_n = line.n,
	};

	walking->pairs += pair(sqlite3_column_int64(stmt, 9), sqlite3_column_int64(stmt, 0));
	if (odd)
		walking->ops->odd(walking->ctx, row.seq, odd);
	if (sqlite3_column_int64(stmt, 0) <= 0)
		return 0; /* it has no place */
	return walking->ops->row(walking->ctx, &row, sql_blob(stmt, 8));
}

/* Rows and checkpoints, each checkpoint behind the last row that it covers. */
static int merge(sqlite3_stmt *rows, sqlite3_stmt *checkpoints, struct walking *walking)
{
	const struct store_walk_ops *ops = walking->ops;
	void *ctx = walking->ctx;
	uint64_t covers;
	int code, ret = step_checkpoint(checkpoints, &covers);

	while (!ret && (code = sqlite3_step(rows)) == SQLITE_ROW) {
		sqlite3_int64 seq = sqlite3_column_int64(rows, 0);

		while (!ret && seq > 0 && covers < (uint64_t)seq) {
			ret = give_checkpoint(checkpoints, ops, ctx);
			if (!ret)
				ret = step_checkpoint(checkpoints, &covers);
		}
		if (!ret)
			ret = give_row(rows, walking);
	}
	if (!ret && code != SQLITE_DONE)
		return sql_error(code);
	while (!ret && covers != UINT64_MAX) {
		ret = give_checkpoint(checkpoints, ops, ctx);
		if (!ret)
			ret = step_checkpoint(checkpoints, &covers);
	}
	return ret;
}

static int walk_rows(struct store_sql *sql, sqlite3_int64 after, uint64_t size,
		     struct walking *walking)
{
	sqlite3_stmt *rows = NULL, *checkpoints = NULL;
	int ret = prepare(
		sql,
		"SELECT seq, time, s.id, s.ticket, sseq, kind, verdict, line, leaf, session FROM "
		"events NOT INDEXED LEFT JOIN sessions AS s ON s.n=session WHERE seq>? ORDER BY "
		"seq",
		&rows);

	if (!ret)
		ret = prepare(
			sql,
			"SELECT size, seq, note, nodes FROM checkpoints WHERE size>? ORDER BY size",
			&checkpoints);
	if (!ret) {
		sqlite3_bind_int64(rows, 1, after);
		sqlite3_bind_int64(checkpoints, 1, (sqlite3_int64)size);
		ret = merge(rows, checkpoints, walking);
	}
	sqlite3_finalize(rows);
	sqlite3_finalize(checkpoints);
	return ret;
}

/* Whether what sessions and tickets are found by leads to all that the tables hold, and to nothing
 * else. */
static int check_indexes(struct store_sql *sql, struct walking *walking)
{
	static const char *const lookups[] = {
		"SELECT EXISTS(SELECT 1 FROM sessions AS a NOT INDEXED WHERE a.n IS NOT (SELECT n "
		"FROM sessions AS b "
		"WHERE b.id=a.id))",
		"SELECT EXISTS(SELECT 1 FROM tickets AS a NOT INDEXED WHERE a.rowid IS NOT (SELECT "
		"rowid FROM tickets "
		"AS b WHERE b.sha256=a.sha256))",
	};
	sqlite3_stmt *stmt = NULL;
	sqlite3_int64 differs = 0;
	uint64_t pairs = 0;
	int code = SQLITE_DONE, ret;

	ret = prepare(sql, "SELECT session, seq FROM events INDEXED BY events_session", &stmt);
	while (!ret && (code = sqlite3_step(stmt)) == SQLITE_ROW)
		pairs += pair(sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1));
	sqlite3_finalize(stmt);
	if (!ret)
		ret = sql_error(code);
	for (size_t i = 0; i < sizeof(lookups) / sizeof(lookups[0]) && !ret && !differs; i++)
		ret = ask(sql, lookups[i], NULL, &differs);
	if (!ret && (differs || pairs != walking->pairs))
		walking->ops->odd(walking->ctx, 0,
				  "what its records are found by does not lead to all of them");
	return ret;
}

int store_sql__walk(struct store_sql *sql, const struct store_place *from,
		    const struct store_walk_ops *ops, void *ctx)
{
	struct walking walking = { ops, ctx, 0 };

	return walk_rows(sql, (sqlite3_int64)from->seq, from->size, &walking);
}

int store_sql__walk_all(struct store_sql *sql, const struct store_place *begin,
			const struct store_walk_ops *ops, void *ctx)
{
	struct walking walking = { ops, ctx, 0 };
	int ret = sql_run(sql, "BEGIN"); /* one state of it for all that is asked */

	if (!ret)
		ret = walk_rows(sql, INT64_MIN, begin->size, &walking);
	if (!ret)
		ret = check_indexes(sql, &walking);
	if (!sqlite3_get_autocommit(sql->db))
		sql_run(sql, "ROLLBACK");
	return ret;
}

int store_sql__walk_kept(struct store_sql *sql, uint64_t size, const struct store_walk_ops *ops,
			 void *ctx)
{
	sqlite3_stmt *stmt = NULL;
	int code = SQLITE_DONE, ret;

	ret = prepare(sql, "SELECT size, note FROM checkpoints WHERE size<=? ORDER BY size", &stmt);
	if (!ret)
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)size);
	while (!ret && (code = sqlite3_step(stmt)) == SQLITE_ROW)
		ret = ops->kept(ctx, (uint64_t)sqlite3_column_int64(stmt, 0), sql_blob(stmt, 1));
	if (!ret)
		ret = sql_error(code);
	sqlite3_finalize(stmt);
	return ret;
}

int store_sql__walk_tickets(struct store_sql *sql, const struct store_walk_ops *ops, void *ctx)
{
	sqlite3_stmt *stmt = NULL;
	int code = SQLITE_DONE, ret;

	ret = prepare(sql, "SELECT sha256, bytes FROM tickets", &stmt);
	while (!ret && (code = sqlite3_step(stmt)) == SQLITE_ROW)
		ret = ops->ticket(ctx, text_at(stmt, 0), sql_blob(stmt, 1));
	if (!ret)
		ret = sql_error(code);
	sqlite3_finalize(stmt);
	return ret;
}
