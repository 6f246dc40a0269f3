/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/sql.h"

#include <errno.h>
#include <inttypes.h>

#include "edge/store/sql_part.h"

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

	snprintf(text, sizeof(text),
		 "BEGIN IMMEDIATE; DELETE FROM events WHERE seq>%" PRIu64
		 "; DELETE FROM checkpoints WHERE "
		 "size>%" PRIu64 "; COMMIT",
		 seq, size);
	ret = sql_run(sql, text);
	if (!sqlite3_get_autocommit(sql->db))
		sql_run(sql, "ROLLBACK");
	return ret;
}
