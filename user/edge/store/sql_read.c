/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/sql.h"

#include <errno.h>
#include <stdlib.h>

#include "edge/store/sql_part.h"

enum { PAGE_BYTES = 1 << 20, PAGE_ROWS = 4096 };

static void page_text(const struct store_filter *filter, char *text, size_t n)
{
	/*
	 * The unary + keeps the planner on one index: that of the session where one is asked for.
	 */
	snprintf(text, n,
		 "SELECT seq, line FROM events WHERE seq>?1%s%s%s%s%s%s ORDER BY seq LIMIT ?2",
		 filter->session ? " AND session=(SELECT n FROM sessions WHERE id=?3)" : "",
		 filter->ticket ? " AND session IN (SELECT n FROM sessions WHERE ticket=?4)" : "",
		 filter->kind ? " AND +kind=?5" : "", filter->verdict ? " AND +verdict=?6" : "",
		 filter->since_ns ? " AND +time>=?7" : "", filter->until_ns ? " AND +time<?8" : "");
}

int store_sql__page(struct store_sql *sql, const struct store_filter *filter, uint64_t after,
		    uint64_t limit, struct store_queue *page)
{
	sqlite3_stmt *stmt = NULL;
	char text[512];
	int ret, code;

	page_text(filter, text, sizeof(text));
	ret = sql_error(sqlite3_prepare_v2(sql->db, text, -1, &stmt, NULL));
	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, after > INT64_MAX ? INT64_MAX : (sqlite3_int64)after);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)(limit < PAGE_ROWS ? limit : PAGE_ROWS));
	if (filter->session)
		sql_bind_text(stmt, 3, filter->session);
	if (filter->ticket)
		sql_bind_text(stmt, 4, filter->ticket);
	if (filter->kind)
		sql_bind_text(stmt, 5, filter->kind);
	if (filter->verdict)
		sql_bind_text(stmt, 6, filter->verdict);
	if (filter->since_ns)
		sqlite3_bind_int64(stmt, 7, filter->since_ns);
	if (filter->until_ns)
		sqlite3_bind_int64(stmt, 8, filter->until_ns);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct queue_item item = { .row.seq = (uint64_t)sqlite3_column_int64(stmt, 0) };

		item.row.line = (const char *)sqlite3_column_text(stmt, 1);
		item.row.line_n = (size_t)sqlite3_column_bytes(stmt, 1);
		ret = store_queue__add(page, &item);
		if (ret || page->bytes.n >= PAGE_BYTES)
			break;
	}
	if (!ret)
		ret = sql_error(code);
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
	return ret ? ret : sql_error(code);
}

int store_sql__events(struct store_sql *sql, const char *session, uint64_t *n)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(sql->db,
				      "SELECT count(*) FROM events WHERE sseq>0 AND "
				      "session=(SELECT n FROM sessions WHERE id=?)",
				      -1, &stmt, NULL);

	if (code == SQLITE_OK) {
		sql_bind_text(stmt, 1, session);
		code = sqlite3_step(stmt);
	}
	*n = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return sql_error(code);
}

int store_sql__ticket(struct store_sql *sql, const char *sha256, void **bytes, size_t *n)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(sql->db, "SELECT bytes FROM tickets WHERE sha256=?", -1,
				      &stmt, NULL);

	*bytes = NULL;
	*n = 0;
	if (code == SQLITE_OK) {
		sql_bind_text(stmt, 1, sha256);
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
	return sql_error(code);
}
