/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "store_sql.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>

#define APPLICATION_ID 0x6c6b7374 /* "lkst": what file(1) and we know a store by */
#define SCHEMA_VERSION 1
enum { BUSY_MS = 5000, PAGE_BYTES = 1 << 20, PAGE_ROWS = 4096, NAMES = 64 };

/*
 * One narrow index. A session or a ticket (a few sessions) is what people ask for by name and what
 * is a small part of a big store; time follows seq, and kind and verdict are too coarse to be worth
 * the write: each index would cost about as much as the row (DESIGN.md section 13).
 */
static const char schema[] =
	"CREATE TABLE sessions(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ticket TEXT NOT "
	"NULL);"
	"CREATE TABLE events(seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, session INTEGER NOT "
	"NULL,"
	" sseq INTEGER NOT NULL, kind TEXT NOT NULL, verdict TEXT NOT NULL, line TEXT NOT NULL);"
	"CREATE INDEX events_session ON events(session);"
	"CREATE TABLE tickets(sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL);";

/* Empty but while sessions are open. Not in stores of before it; who only reads has no use for it. */
static const char resumes[] = "CREATE TABLE IF NOT EXISTS resume(session TEXT NOT NULL, what TEXT NOT "
			      "NULL, bytes BLOB NOT NULL, PRIMARY KEY(session, what))";

/* Numbers of the sessions that were written last, so that a row costs no look-up. */
struct name {
	char id[40];
	sqlite3_int64 n;
};

struct store_sql {
	sqlite3 *db;
	sqlite3_stmt *insert, *session_add, *session_get, *ticket_add, *resume_add, *resume_end;
	struct name names[NAMES];
};

static int error_of(int code)
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

static int run(struct store_sql *sql, const char *text)
{
	return error_of(sqlite3_exec(sql->db, text, NULL, NULL, NULL));
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
	return error_of(code);
}

static int make_schema(struct store_sql *sql)
{
	char pragmas[120];
	int ret;

	ret = run(sql, "BEGIN IMMEDIATE");
	if (ret)
		return ret;
	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id=%d; PRAGMA user_version=%d",
		 APPLICATION_ID, SCHEMA_VERSION);
	ret = run(sql, schema);
	if (!ret)
		ret = run(sql, pragmas);
	if (!ret)
		ret = run(sql, "COMMIT");
	if (ret)
		run(sql, "ROLLBACK");
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
	if (ret == -EBADMSG)
		snprintf(why, why_n, "\"%s\" is not a lockstep store", path);
	else if (ret == -EPROTONOSUPPORT)
		snprintf(why, why_n, "store \"%s\" has format %lld, this lockstep reads format %d",
			 path, (long long)version, SCHEMA_VERSION);
	else if (ret)
		snprintf(why, why_n, "store \"%s\": %s", path, sqlite3_errmsg(sql->db));
	return ret;
}

static int prepare(struct store_sql *sql)
{
	const struct {
		sqlite3_stmt **stmt;
		const char *text;
	} all[] = {
		{ &sql->insert, "INSERT INTO events VALUES(?,?,?,?,?,?,?)" },
		{ &sql->session_add, "INSERT OR IGNORE INTO sessions(id, ticket) VALUES(?,?)" },
		{ &sql->session_get, "SELECT n FROM sessions WHERE id=?" },
		{ &sql->ticket_add, "INSERT OR IGNORE INTO tickets VALUES(?,?)" },
		{ &sql->resume_add, "INSERT OR REPLACE INTO resume VALUES(?,?,?)" },
		{ &sql->resume_end, "DELETE FROM resume WHERE session=?" },
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == SQLITE_OK; i++)
		code = sqlite3_prepare_v3(sql->db, all[i].text, -1, SQLITE_PREPARE_PERSISTENT,
					  all[i].stmt, NULL);
	return error_of(code);
}

int store_sql__open(struct store_sql **out, const char *path, bool write, char *why, size_t why_n)
{
	int flags = write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	struct store_sql *sql = calloc(1, sizeof(*sql));
	int ret;

	*out = NULL;
	snprintf(why, why_n, "store \"%s\": out of memory", path);
	if (!sql)
		return -ENOMEM;
	ret = error_of(sqlite3_open_v2(path, &sql->db,
				       flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL));
	if (ret) {
		snprintf(why, why_n, "store \"%s\": %s", path,
			 sql->db ? sqlite3_errmsg(sql->db) : "out of memory");
		goto out;
	}
	sqlite3_busy_timeout(sql->db, BUSY_MS);
	sqlite3_extended_result_codes(sql->db, 1);
	ret = check_schema(sql, write, path, why, why_n);
	if (ret || !write)
		goto out;
	ret = run(sql, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
	if (!ret)
		ret = run(sql, resumes);
	if (!ret)
		ret = prepare(sql);
	if (ret)
		snprintf(why, why_n, "store \"%s\": %s", path, sqlite3_errmsg(sql->db));
out:
	if (ret)
		store_sql__close(sql);
	else
		*out = sql;
	return ret;
}

void store_sql__close(struct store_sql *sql)
{
	if (!sql)
		return;
	sqlite3_finalize(sql->insert);
	sqlite3_finalize(sql->session_add);
	sqlite3_finalize(sql->session_get);
	sqlite3_finalize(sql->ticket_add);
	sqlite3_finalize(sql->resume_add);
	sqlite3_finalize(sql->resume_end);
	sqlite3_close(sql->db);
	free(sql);
}

uint64_t store_sql__last_seq(struct store_sql *sql)
{
	sqlite3_int64 seq;

	number(sql, "SELECT max(seq) FROM events", &seq);
	return (uint64_t)seq;
}

static void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

static int step_once(sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return error_of(code);
}

static struct name *name_slot(struct store_sql *sql, const char *id)
{
	size_t hash = 5381;

	for (const char *p = id; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	return &sql->names[hash % NAMES];
}

/* The number that stands for a session's id in `events`; 0 for records of no session. */
static int session_number(struct store_sql *sql, const struct store_row *row, sqlite3_int64 *n)
{
	struct name *name = name_slot(sql, row->session);
	int ret, code;

	*n = 0;
	if (!*row->session)
		return 0;
	if (!strcmp(name->id, row->session)) {
		*n = name->n;
		return 0;
	}
	bind_text(sql->session_add, 1, row->session);
	bind_text(sql->session_add, 2, row->ticket);
	ret = step_once(sql->session_add);
	if (ret)
		return ret;
	bind_text(sql->session_get, 1, row->session);
	code = sqlite3_step(sql->session_get);
	*n = code == SQLITE_ROW ? sqlite3_column_int64(sql->session_get, 0) : 0;
	sqlite3_reset(sql->session_get);
	if (code != SQLITE_ROW)
		return error_of(code) ? error_of(code) : -EIO;
	if (strlen(row->session) < sizeof(name->id)) {
		snprintf(name->id, sizeof(name->id), "%s", row->session);
		name->n = *n;
	}
	return 0;
}

static int write_row(struct store_sql *sql, const struct store_row *row)
{
	sqlite3_int64 session;
	int ret = session_number(sql, row, &session);

	if (ret)
		return ret;
	sqlite3_bind_int64(sql->insert, 1, (sqlite3_int64)row->seq);
	sqlite3_bind_int64(sql->insert, 2, row->time_ns);
	sqlite3_bind_int64(sql->insert, 3, session);
	sqlite3_bind_int64(sql->insert, 4, (sqlite3_int64)row->sseq);
	bind_text(sql->insert, 5, row->kind);
	bind_text(sql->insert, 6, row->verdict);
	sqlite3_bind_text64(sql->insert, 7, row->line, row->line_n, SQLITE_STATIC, SQLITE_UTF8);
	return step_once(sql->insert);
}

static int write_ticket(struct store_sql *sql, const struct queue_item *item)
{
	bind_text(sql->ticket_add, 1, item->key);
	sqlite3_bind_blob64(sql->ticket_add, 2, item->bytes, item->bytes_n, SQLITE_STATIC);
	return step_once(sql->ticket_add);
}

static int write_resume(struct store_sql *sql, const struct queue_item *item)
{
	sqlite3_stmt *stmt = *item->key ? sql->resume_add : sql->resume_end;

	bind_text(stmt, 1, item->row.session);
	if (*item->key) {
		bind_text(stmt, 2, item->key);
		sqlite3_bind_blob64(stmt, 3, item->bytes, item->bytes_n, SQLITE_STATIC);
	}
	return step_once(stmt);
}

static int write_item(struct store_sql *sql, const struct queue_item *item)
{
	switch (item->kind) {
	case QUEUE_TICKET:
		return write_ticket(sql, item);
	case QUEUE_RESUME:
		return write_resume(sql, item);
	default:
		return write_row(sql, &item->row);
	}
}

int store_sql__write(struct store_sql *sql, const struct store_queue *queue)
{
	struct queue_item item;
	size_t off = 0;
	int ret = run(sql, "BEGIN IMMEDIATE");

	while (!ret && store_queue__next(queue, &off, &item))
		ret = write_item(sql, &item);
	if (!ret)
		ret = run(sql, "COMMIT");
	if (!ret)
		return 0;
	/* Some errors have rolled back already, then this says so and nothing else. */
	if (!sqlite3_get_autocommit(sql->db))
		run(sql, "ROLLBACK");
	memset(sql->names, 0,
	       sizeof(sql->names)); /* sessions that were new in here are gone again */
	return ret;
}

static void page_text(const struct store_filter *filter, char *text, size_t n)
{
	/* The unary + keeps the planner on one index: that of the session where one is asked for.
	 */
	snprintf(text, n,
		 "SELECT seq, line FROM events WHERE seq>?1%s%s%s%s%s%s ORDER BY seq LIMIT ?2",
		 filter->session ? " AND session=(SELECT n FROM sessions WHERE id=?3)" : "",
		 filter->ticket ? " AND session IN (SELECT n FROM sessions WHERE ticket=?4)" : "",
		 filter->kind ? " AND +kind=?5" : "", filter->verdict ? " AND +verdict=?6" : "",
		 filter->since_ns ? " AND +time>=?7" : "", filter->until_ns ? " AND +time<?8" : "");
}

static void page_bind(sqlite3_stmt *stmt, const struct store_filter *filter, uint64_t after,
		      uint64_t limit)
{
	sqlite3_bind_int64(stmt, 1, after > INT64_MAX ? INT64_MAX : (sqlite3_int64)after);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)(limit < PAGE_ROWS ? limit : PAGE_ROWS));
	if (filter->session)
		bind_text(stmt, 3, filter->session);
	if (filter->ticket)
		bind_text(stmt, 4, filter->ticket);
	if (filter->kind)
		bind_text(stmt, 5, filter->kind);
	if (filter->verdict)
		bind_text(stmt, 6, filter->verdict);
	if (filter->since_ns)
		sqlite3_bind_int64(stmt, 7, filter->since_ns);
	if (filter->until_ns)
		sqlite3_bind_int64(stmt, 8, filter->until_ns);
}

int store_sql__page(struct store_sql *sql, const struct store_filter *filter, uint64_t after,
		    uint64_t limit, struct store_queue *page)
{
	sqlite3_stmt *stmt = NULL;
	char text[512];
	int ret, code;

	page_text(filter, text, sizeof(text));
	ret = error_of(sqlite3_prepare_v2(sql->db, text, -1, &stmt, NULL));
	if (ret)
		return ret;
	page_bind(stmt, filter, after, limit);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct queue_item item = { .row.seq = (uint64_t)sqlite3_column_int64(stmt, 0) };

		item.row.line = (const char *)sqlite3_column_text(stmt, 1);
		item.row.line_n = (size_t)sqlite3_column_bytes(stmt, 1);
		ret = store_queue__add(page, &item);
		if (ret || page->bytes.n >= PAGE_BYTES)
			break;
	}
	if (!ret)
		ret = error_of(code);
	sqlite3_finalize(stmt);
	return ret;
}

int store_sql__resumes(struct store_sql *sql, struct store_queue *out)
{
	sqlite3_stmt *stmt = NULL;
	int ret = 0, code = sqlite3_prepare_v2(sql->db,
					       "SELECT session, what, bytes FROM resume ORDER BY "
					       "session, what",
					       -1, &stmt, NULL);

	if (code == SQLITE_ERROR) /* no such table */
		return 0;
	while (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct queue_item item = { .kind = QUEUE_RESUME };

		item.row.session = (const char *)sqlite3_column_text(stmt, 0);
		item.key = (const char *)sqlite3_column_text(stmt, 1);
		item.bytes = sqlite3_column_blob(stmt, 2);
		item.bytes_n = (size_t)sqlite3_column_bytes(stmt, 2);
		ret = store_queue__add(out, &item);
		if (ret)
			break;
		code = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	return ret ? ret : error_of(code);
}

int store_sql__events(struct store_sql *sql, const char *session, uint64_t *n)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(sql->db,
				      "SELECT count(*) FROM events WHERE sseq>0 AND "
				      "session=(SELECT n FROM sessions WHERE id=?)",
				      -1, &stmt, NULL);

	if (code == SQLITE_OK) {
		bind_text(stmt, 1, session);
		code = sqlite3_step(stmt);
	}
	*n = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return error_of(code);
}

int store_sql__ticket(struct store_sql *sql, const char *sha256, void **bytes, size_t *n)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(sql->db, "SELECT bytes FROM tickets WHERE sha256=?", -1,
				      &stmt, NULL);

	*bytes = NULL;
	*n = 0;
	if (code == SQLITE_OK) {
		bind_text(stmt, 1, sha256);
		code = sqlite3_step(stmt);
	}
	if (code == SQLITE_ROW) {
		*n = (size_t)sqlite3_column_bytes(stmt, 0);
		*bytes = malloc(*n + 1);
		if (*bytes && *n)
			memcpy(*bytes, sqlite3_column_blob(stmt, 0), *n);
	}
	sqlite3_finalize(stmt);
	if (code == SQLITE_DONE)
		return -ENOENT;
	if (code == SQLITE_ROW && !*bytes)
		return -ENOMEM;
	return error_of(code);
}
