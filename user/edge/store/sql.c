/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/array.h"
#include "edge/store/sql_part.h"

#define APPLICATION_ID 0x6c6b7374 /* "lkst": what file(1) and we know a store by */
#define SCHEMA_VERSION 2
enum { BUSY_MS = 5000 };

/*
 * One narrow index. A session or a ticket (a few sessions) is what people ask for by name and what
 * is a small part of a big store; time follows seq, and kind and verdict are too coarse to be worth
 * the write: each index would cost about as much as the row.
 */
static const char schema[] =
	"CREATE TABLE sessions(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ticket TEXT NOT "
	"NULL);"
	"CREATE TABLE events(seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, session INTEGER NOT "
	"NULL,"
	" sseq INTEGER NOT NULL, kind TEXT NOT NULL, verdict TEXT NOT NULL, line TEXT NOT NULL,"
	" leaf BLOB NOT NULL);"
	"CREATE INDEX events_session ON events(session);"
	"CREATE TABLE tickets(sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL);"
	/* Empty but while sessions are open. */
	"CREATE TABLE resume(session TEXT NOT NULL, what TEXT NOT NULL, bytes BLOB NOT NULL,"
	" PRIMARY KEY(session, what));"
	/* Of this file, and of older ones that were deleted. nodes: the tree at that size. */
	"CREATE TABLE checkpoints(size INTEGER PRIMARY KEY, seq INTEGER NOT NULL, note TEXT NOT "
	"NULL,"
	" nodes BLOB NOT NULL);"
	/* Where in the log the file begins, and whose log it is. */
	"CREATE TABLE log(one INTEGER PRIMARY KEY CHECK(one=1), key TEXT NOT NULL, size INTEGER "
	"NOT "
	"NULL, seq INTEGER NOT NULL, nodes BLOB NOT NULL);";

int sql_error(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return -EBADMSG;
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_TOOBIG:
		return -E2BIG;
	default:
		return -EIO;
	}
}

int sql_run(struct store_sql *sql, const char *text)
{
	return sql_error(sqlite3_exec(sql->db, text, NULL, NULL, NULL));
}

/* One statement with one number as its answer. */
static int number(struct store_sql *sql, const char *text, sqlite3_int64 *out)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(sql->db, text, -1, &stmt, NULL);

	*out = 0;
	if (code == SQLITE_OK) {
		code = sqlite3_step(stmt);
		if (code == SQLITE_ROW)
			*out = sqlite3_column_int64(stmt, 0);
	}
	sqlite3_finalize(stmt);
	return sql_error(code);
}

static int make_schema(struct store_sql *sql)
{
	char pragmas[120];
	int ret;

	ret = sql_run(sql, "PRAGMA page_size=16384; BEGIN IMMEDIATE");
	if (ret)
		return ret;
	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id=%d; PRAGMA user_version=%d",
		 APPLICATION_ID, SCHEMA_VERSION);
	ret = sql_run(sql, schema);
	if (!ret)
		ret = sql_run(sql, pragmas);
	if (!ret)
		ret = sql_run(sql, "COMMIT");
	if (ret)
		sql_run(sql, "ROLLBACK");
	return ret;
}

/* What the tables of a database are, in one text. */
static int schema_text(sqlite3 *db, struct buf *out)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(
		db,
		"SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema ORDER BY "
		"name",
		-1, &stmt, NULL);

	while (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		for (int i = 0; i < 4; i++)
			buf_addf(out, "%s\n", (const char *)sqlite3_column_text(stmt, i));
		code = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	return code == SQLITE_DONE ? out->failed ? -ENOMEM : 0 : sql_error(code);
}

/* Another table, view, trigger or index can make a reader find other rows than those that are
 * there. */
static int compare_schema(struct store_sql *sql)
{
	struct buf is = { 0 }, want = { 0 };
	sqlite3 *model = NULL;
	int ret = sql_error(sqlite3_open(":memory:", &model));

	if (!ret)
		ret = sql_error(sqlite3_exec(model, schema, NULL, NULL, NULL));
	if (!ret)
		ret = schema_text(model, &want);
	if (!ret)
		ret = schema_text(sql->db, &is);
	if (!ret && !span_eq(buf_span(&is), buf_span(&want)))
		ret = -EBADMSG;
	sqlite3_close(model);
	buf_free(&is);
	buf_free(&want);
	return ret;
}

/* Ours, empty (then made ours where we write), or somebody else's. */
static int check_schema(struct store_sql *sql, bool write, const char *path, char *why,
			size_t why_n)
{
	sqlite3_int64 id = 0, version = 0, tables = 0;
	int ret = number(sql, "SELECT count(*) FROM sqlite_schema", &tables);

	if (!ret)
		ret = number(sql, "PRAGMA application_id", &id);
	if (!ret)
		ret = number(sql, "PRAGMA user_version", &version);
	if (!ret && tables == 0 && id == 0 && write)
		ret = make_schema(sql);
	else if (!ret && id != APPLICATION_ID)
		ret = -EBADMSG;
	else if (!ret && version != SCHEMA_VERSION)
		ret = -EPROTONOSUPPORT;
	else if (!ret)
		ret = compare_schema(sql);
	if (ret == -EBADMSG)
		snprintf(why, why_n, "\"%s\" is not a lockstep store", path);
	else if (ret == -EPROTONOSUPPORT)
		snprintf(why, why_n, "store \"%s\" has format %lld, this lockstep reads format %d",
			 path, (long long)version, SCHEMA_VERSION);
	else if (ret)
		snprintf(why, why_n, "store \"%s\": %s", path, sqlite3_errmsg(sql->db));
	return ret;
}

/*
 * Rows in one statement cost less than each by itself: its tables are opened once. OR ROLLBACK: a
 * batch is written whole or not at all, and a statement that could be undone by itself would copy
 * each page that it changes into a file of its own before (sqlite.org/tempfiles.html, "Statement
 * Journal Files").
 */
static int prepare_some(struct store_sql *sql)
{
	char text[48 + SQL_SOME * sizeof(",(?,?,?,?,?,?,?,?)")] =
		"INSERT OR ROLLBACK INTO events VALUES";
	size_t n = strlen(text);

	for (int i = 0; i < SQL_SOME; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s(?,?,?,?,?,?,?,?)",
				      i ? "," : "");
	return sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &sql->insert_some,
				  NULL);
}

static int prepare(struct store_sql *sql)
{
	const struct {
		sqlite3_stmt **stmt;
		const char *text;
	} all[] = {
		{ &sql->insert, "INSERT INTO events VALUES(?,?,?,?,?,?,?,?)" },
		{ &sql->session_add, "INSERT OR IGNORE INTO sessions(id, ticket) VALUES(?,?)" },
		{ &sql->session_get, "SELECT n FROM sessions WHERE id=?" },
		{ &sql->ticket_add, "INSERT OR IGNORE INTO tickets VALUES(?,?)" },
		{ &sql->resume_add, "INSERT OR REPLACE INTO resume VALUES(?,?,?)" },
		{ &sql->resume_end, "DELETE FROM resume WHERE session=?" },
		{ &sql->checkpoint_add, "INSERT INTO checkpoints VALUES(?,?,?,?)" },
		{ &sql->checkpoint_drop, "DELETE FROM checkpoints WHERE size=?" },
	};
	int code = prepare_some(sql);

	for (size_t i = 0; i < ARRAY_SIZE(all) && code == SQLITE_OK; i++)
		code = sqlite3_prepare_v3(sql->db, all[i].text, -1, SQLITE_PREPARE_PERSISTENT,
					  all[i].stmt, NULL);
	return sql_error(code);
}

int store_sql__open(struct store_sql **out, const char *path, bool write, char *why, size_t why_n)
{
	int flags = write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	struct store_sql *sql = calloc(1, sizeof(*sql));
	int ret;

	*out = NULL;
	/* Nobody asks how much memory it has, and to count it is two locks an allocation. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	snprintf(why, why_n, "store \"%s\": out of memory", path);
	if (!sql)
		return -ENOMEM;
	ret = sql_error(sqlite3_open_v2(path, &sql->db,
					flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL));
	if (ret) {
		snprintf(why, why_n, "store \"%s\": %s", path,
			 sql->db ? sqlite3_errmsg(sql->db) : "out of memory");
		goto out;
	}
	sqlite3_busy_timeout(sql->db, BUSY_MS);
	sqlite3_extended_result_codes(sql->db, 1);
	/* The file may be anybody's: nothing in it is to be run. */
	sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(sql->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(sql->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(sql->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	ret = check_schema(sql, write, path, why, why_n);
	if (!ret)
		ret = sql_add_walk(sql);
	/* Only now that the size of a page is known: what is set before, as the default is, is
	 * taken for so many pages of 4 KiB, and of ours four times as much (pcache.c,
	 * sqlite3PcacheSetPageSize()). */
	if (!ret)
		ret = sql_run(sql, "PRAGMA cache_size=-1024");
	if (ret || !write)
		goto out;
	ret = sql_run(sql, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
	if (!ret)
		ret = prepare(sql);
	if (ret)
		snprintf(why, why_n, "store \"%s\": %s", path, sqlite3_errmsg(sql->db));
out:
	if (ret) {
		store_sql__close(sql);
	} else {
		why[0] = '\0';
		*out = sql;
	}
	return ret;
}

void store_sql__close(struct store_sql *sql)
{
	if (!sql)
		return;
	sqlite3_finalize(sql->insert);
	sqlite3_finalize(sql->insert_some);
	sqlite3_finalize(sql->session_add);
	sqlite3_finalize(sql->session_get);
	sqlite3_finalize(sql->ticket_add);
	sqlite3_finalize(sql->resume_add);
	sqlite3_finalize(sql->resume_end);
	sqlite3_finalize(sql->checkpoint_add);
	sqlite3_finalize(sql->checkpoint_drop);
	sqlite3_close(sql->db);
	free(sql);
}

uint64_t store_sql__bytes(struct store_sql *sql)
{
	sqlite3_int64 pages = 0, size = 0;

	(void)number(sql, "PRAGMA page_count", &pages);
	(void)number(sql, "PRAGMA page_size", &size);
	return (uint64_t)(pages * size);
}

uint64_t store_sql__last_seq(struct store_sql *sql)
{
	sqlite3_int64 seq;

	number(sql, "SELECT max(seq) FROM events", &seq);
	return (uint64_t)seq;
}

void sql_bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

void sql_bind_blob(sqlite3_stmt *stmt, int at, struct span bytes)
{
	sqlite3_bind_blob64(stmt, at, bytes.n ? bytes.p : "", bytes.n, SQLITE_STATIC);
}

struct span sql_blob(sqlite3_stmt *stmt, int at)
{
	const char *p = sqlite3_column_blob(stmt, at);

	return (struct span){ p, (size_t)sqlite3_column_bytes(stmt, at) };
}

int sql_step_once(sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return sql_error(code);
}

static struct sql_name *name_slot(struct store_sql *sql, const char *id)
{
	size_t hash = 5381;

	for (const char *p = id; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	return &sql->names[hash % SQL_NAMES];
}

/* The number that stands for a session's id in `events`; 0 for records of no session. */
static int session_number(struct store_sql *sql, const struct store_row *row, sqlite3_int64 *n)
{
	struct sql_name *name = name_slot(sql, row->session);
	int ret, code;

	*n = 0;
	if (!*row->session)
		return 0;
	if (!strcmp(name->id, row->session)) {
		*n = name->n;
		return 0;
	}
	sql_bind_text(sql->session_add, 1, row->session);
	sql_bind_text(sql->session_add, 2, row->ticket);
	ret = sql_step_once(sql->session_add);
	if (ret)
		return ret;
	sql_bind_text(sql->session_get, 1, row->session);
	code = sqlite3_step(sql->session_get);
	*n = code == SQLITE_ROW ? sqlite3_column_int64(sql->session_get, 0) : 0;
	sqlite3_reset(sql->session_get);
	if (code != SQLITE_ROW)
		return sql_error(code) ? sql_error(code) : -EIO;
	if (strlen(row->session) < sizeof(name->id)) {
		snprintf(name->id, sizeof(name->id), "%s", row->session);
		name->n = *n;
	}
	return 0;
}

/* The columns from `at` on: of the row, and its leaf. */
static void bind_row(sqlite3_stmt *stmt, int at, const struct store_row *row, sqlite3_int64 session,
		     const struct digest *leaf)
{
	sqlite3_bind_int64(stmt, at + 1, (sqlite3_int64)row->seq);
	sqlite3_bind_int64(stmt, at + 2, row->time_ns);
	sqlite3_bind_int64(stmt, at + 3, session);
	sqlite3_bind_int64(stmt, at + 4, (sqlite3_int64)row->sseq);
	sql_bind_text(stmt, at + 5, row->kind);
	sql_bind_text(stmt, at + 6, row->verdict);
	sqlite3_bind_text64(stmt, at + 7, row->line, row->line_n, SQLITE_STATIC, SQLITE_UTF8);
	sql_bind_blob(stmt, at + 8, (struct span){ (const char *)leaf->b, DIGEST_BYTES });
}

/* SQL_SOME of them, or one. */
static int write_rows(struct store_sql *sql, const struct store_row *rows, size_t n,
		      struct store_log *log)
{
	sqlite3_stmt *stmt = n == 1 ? sql->insert : sql->insert_some;
	struct digest leaves[SQL_SOME];
	sqlite3_int64 session;
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		ret = session_number(sql, &rows[i], &session);
		if (!ret)
			ret = store_log__add(log, &rows[i], &leaves[i]);
		if (!ret)
			bind_row(stmt, SQL_COLUMNS * (int)i, &rows[i], session, &leaves[i]);
	}
	return ret ? ret : sql_step_once(stmt);
}

/* Over all that the batch brought. */
static int write_checkpoint(struct store_sql *sql, struct store_log *log)
{
	int ret = store_log__sign(log);

	if (!ret && log->loose) {
		sqlite3_bind_int64(sql->checkpoint_drop, 1, (sqlite3_int64)log->loose);
		ret = sql_step_once(sql->checkpoint_drop);
	}
	if (ret)
		return ret;
	sqlite3_bind_int64(sql->checkpoint_add, 1, (sqlite3_int64)log->next.size);
	sqlite3_bind_int64(sql->checkpoint_add, 2, (sqlite3_int64)log->next_seq);
	sqlite3_bind_text64(sql->checkpoint_add, 3, log->note.p, log->note.n, SQLITE_STATIC,
			    SQLITE_UTF8);
	sql_bind_blob(sql->checkpoint_add, 4, buf_span(&log->nodes));
	return sql_step_once(sql->checkpoint_add);
}

static int write_ticket(struct store_sql *sql, const struct queue_item *item)
{
	sql_bind_text(sql->ticket_add, 1, item->key);
	sqlite3_bind_blob64(sql->ticket_add, 2, item->bytes, item->bytes_n, SQLITE_STATIC);
	return sql_step_once(sql->ticket_add);
}

static int write_resume(struct store_sql *sql, const struct queue_item *item)
{
	sqlite3_stmt *stmt = *item->key ? sql->resume_add : sql->resume_end;

	sql_bind_text(stmt, 1, item->row.session);
	if (*item->key) {
		sql_bind_text(stmt, 2, item->key);
		sqlite3_bind_blob64(stmt, 3, item->bytes, item->bytes_n, SQLITE_STATIC);
	}
	return sql_step_once(stmt);
}

/*
 * The events by as many as a statement takes; what is left of them, and the other items, one by
 * one.
 */
static int write_items(struct store_sql *sql, const struct store_queue *queue,
		       struct store_log *log)
{
	struct store_row rows[SQL_SOME];
	struct queue_item item;
	size_t off = 0, n = 0;
	int ret = 0;

	while (!ret && store_queue__next(queue, &off, &item)) {
		if (item.kind != QUEUE_EVENT) {
			ret = item.kind == QUEUE_TICKET ? write_ticket(sql, &item)
							: write_resume(sql, &item);
			continue;
		}
		rows[n++] = item.row;
		if (n == SQL_SOME) {
			ret = write_rows(sql, rows, n, log);
			n = 0;
		}
	}
	for (size_t i = 0; i < n && !ret; i++)
		ret = write_rows(sql, &rows[i], 1, log);
	return ret;
}

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int store_sql__write(struct store_sql *sql, const struct store_queue *queue, struct store_log *log)
{
	int ret = sql_run(sql, "BEGIN IMMEDIATE");

	store_log__begin(log);
	if (!ret)
		ret = write_items(sql, queue, log);
	if (!ret && log->next.size > log->tree.size)
		ret = write_checkpoint(sql, log);
	if (!ret)
		ret = sql_run(sql, "COMMIT");
	if (!ret) {
		if (log->next.size > log->tree.size)
			store_log__commit(log, wall_ns());
		return 0;
	}
	/* Some errors have rolled back already, then this says so and nothing else. */
	if (!sqlite3_get_autocommit(sql->db))
		sql_run(sql, "ROLLBACK");
	memset(sql->names, 0,
	       sizeof(sql->names)); /* sessions that were new in here are gone again */
	return ret;
}
