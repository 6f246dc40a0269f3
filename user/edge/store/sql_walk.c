/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/sql.h"

#include <errno.h>

#include "core/base/array.h"
#include "edge/store/sql_part.h"

enum { SEATS = 64, SEAT_TEXT = 128 };

/* What a session's number stands for. */
struct seat {
	bool known; /* of a seat that is kept: it is of session n */
	sqlite3_int64 n;
	bool there, plain; /* it is one; its texts are such */
	const char *id, *ticket;
	char id_room[SEAT_TEXT], ticket_room[SEAT_TEXT];
};

/*
 * The rows come through a function of SQL, which sees the values where they are: to step from row
 * to row, and to ask for each value through the statement, costs half as much as to read the row.
 */
struct walking {
	const struct store_walk_ops *ops;
	void *ctx;
	uint64_t pairs; /* of the rows */
	uint64_t found; /* of what they are found by */
	sqlite3_stmt *checkpoints, *session;
	uint64_t covers; /* the last record of the next checkpoint */
	struct seat seats[SEATS], loose;
	int ret; /* why it ended early */
};

static int prepare(struct store_sql *sql, const char *text, sqlite3_stmt **stmt)
{
	return sql_error(sqlite3_prepare_v2(sql->db, text, -1, stmt, NULL));
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

/* Those that end before this record. */
static int give_checkpoints(struct walking *walking, uint64_t seq)
{
	sqlite3_stmt *stmt = walking->checkpoints;
	int ret = 0;

	while (!ret && walking->covers < seq) {
		if (walking->ops->checkpoint)
			ret = walking->ops->checkpoint(walking->ctx,
						       (uint64_t)sqlite3_column_int64(stmt, 0),
						       sql_blob(stmt, 2), sql_blob(stmt, 3));
		if (!ret)
			ret = step_checkpoint(stmt, &walking->covers);
	}
	return ret;
}

/*
 * Of a function's argument, or of a statement's column: that is an "unprotected" value, which makes
 * a difference only where a connection has a mutex (sqlite3_value(3)), and ours have none.
 */
static const char *text_of(sqlite3_value *value)
{
	const char *text = (const char *)sqlite3_value_text(value);

	return text ? text : "";
}

/*
 * What readers would look for in it, and the text that they would find, has to be one and the same.
 */
static bool plain_text(sqlite3_value *value)
{
	return sqlite3_value_type(value) == SQLITE_TEXT &&
	       strlen(text_of(value)) == (size_t)sqlite3_value_bytes(value);
}

static bool keep_text(char room[SEAT_TEXT], const char **text)
{
	size_t n = strnlen(*text, SEAT_TEXT);

	if (n == SEAT_TEXT)
		return false;
	memcpy(room, *text, n + 1);
	*text = room;
	return true;
}

/* Asks the table; the texts are the statement's, until it is asked again. */
static int look_up(sqlite3_stmt *stmt, sqlite3_value *session, struct seat *out)
{
	sqlite3_value *id, *ticket;
	int code;

	*out = (struct seat){ .id = "", .ticket = "" };
	sqlite3_reset(stmt);
	sqlite3_bind_value(stmt, 1, session);
	code = sqlite3_step(stmt);
	if (code != SQLITE_ROW)
		return sql_error(code);
	id = sqlite3_column_value(stmt, 0);
	ticket = sqlite3_column_value(stmt, 1);
	/* Before it is read as text: that changes what it is. */
	out->there = sqlite3_value_type(id) != SQLITE_NULL;
	out->plain = out->there && plain_text(id) && plain_text(ticket);
	out->id = text_of(id);
	out->ticket = text_of(ticket);
	return 0;
}

/* The last ones are kept: rows of few sessions follow one another. */
static int seat_of(struct walking *walking, sqlite3_value *session, const struct seat **out)
{
	sqlite3_int64 n = sqlite3_value_int64(session);
	bool number = sqlite3_value_type(session) == SQLITE_INTEGER;
	struct seat *seat = &walking->seats[(uint64_t)n % SEATS];
	int ret;

	*out = seat;
	if (number && seat->known && seat->n == n)
		return 0;
	*out = &walking->loose;
	ret = look_up(walking->session, session, &walking->loose);
	if (ret || !number)
		return ret;
	*seat = walking->loose;
	seat->known =
		keep_text(seat->id_room, &seat->id) && keep_text(seat->ticket_room, &seat->ticket);
	seat->n = n;
	return 0;
}

enum { SEQ, TIME, SESSION, SSEQ, KIND, VERDICT, LINE, LEAF, COLUMNS };

static const char *odd_row(sqlite3_value **of, const struct seat *session)
{
	static const int numbers[] = { SEQ, TIME, SSEQ }, texts[] = { KIND, VERDICT, LINE };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (sqlite3_value_type(of[numbers[i]]) != SQLITE_INTEGER ||
		    sqlite3_value_int64(of[numbers[i]]) < 0)
			return "a number of it is none";
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!plain_text(of[texts[i]]))
			return "a text of it is none";
	}
	if (session->there && !session->plain)
		return "its session is none";
	if (sqlite3_value_type(of[LEAF]) != SQLITE_BLOB ||
	    sqlite3_value_bytes(of[LEAF]) != DIGEST_BYTES)
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

static struct span blob_of(sqlite3_value *value)
{
	const char *p = sqlite3_value_blob(value);

	return (struct span){ p, (size_t)sqlite3_value_bytes(value) };
}

static int give_row(struct walking *walking, sqlite3_value **of, const struct seat *session)
{
	/* Before any of it is read as what it should be: that changes what it is. */
	const char *odd = odd_row(of, session);
	const struct span line = blob_of(of[LINE]);
	const struct store_row row = {
		.seq = (uint64_t)sqlite3_value_int64(of[SEQ]),
		.time_ns = sqlite3_value_int64(of[TIME]),
		.session = session->id,
		.ticket = session->ticket,
		.sseq = (uint64_t)sqlite3_value_int64(of[SSEQ]),
		.kind = text_of(of[KIND]),
		.verdict = text_of(of[VERDICT]),
		.line = line.p,
		.line_n = line.n,
	};

	walking->pairs += pair(sqlite3_value_int64(of[SESSION]), (sqlite3_int64)row.seq);
	if (odd && walking->ops->odd)
		walking->ops->odd(walking->ctx, row.seq, odd);
	if ((sqlite3_int64)row.seq <= 0)
		return 0; /* it has no place */
	return walking->ops->row(walking->ctx, &row, blob_of(of[LEAF]));
}

static struct walking *walking_of(sqlite3_context *context)
{
	const struct store_sql *sql = sqlite3_user_data(context);

	return sql->walking;
}

/* A row, behind the checkpoints that do not cover it. As a condition it is false. */
static void on_row(sqlite3_context *context, int n, sqlite3_value **of)
{
	struct walking *walking = walking_of(context);
	sqlite3_int64 seq = sqlite3_value_int64(of[SEQ]);
	const struct seat *session;
	int ret = seat_of(walking, of[SESSION], &session);

	(void)n;
	if (!ret && seq > 0)
		ret = give_checkpoints(walking, (uint64_t)seq);
	if (!ret)
		ret = give_row(walking, of, session);
	walking->ret = ret;
	if (ret)
		sqlite3_result_error_code(context, SQLITE_ABORT);
}

static void on_pair(sqlite3_context *context, int n, sqlite3_value **of)
{
	struct walking *walking = walking_of(context);

	(void)n;
	walking->found += pair(sqlite3_value_int64(of[0]), sqlite3_value_int64(of[1]));
}

int sql_add_walk(struct store_sql *sql)
{
	const int how = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	int code = sqlite3_create_function_v2(sql->db, "walk_row", COLUMNS, how, sql, on_row, NULL,
					      NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_create_function_v2(sql->db, "walk_pair", 2, how, sql, on_pair, NULL,
						  NULL, NULL);
	return sql_error(code);
}

/*
 * Runs a statement of which a function above sees every row, and lets none through. `after`: for
 * the one place in the statement, where it has one.
 */
static int run(struct store_sql *sql, const char *text, sqlite3_int64 after,
	       struct walking *walking)
{
	sqlite3_stmt *stmt = NULL;
	int ret = prepare(sql, text, &stmt);

	if (!ret) {
		sqlite3_bind_int64(stmt, 1, after);
		sql->walking = walking;
		ret = sql_error(sqlite3_step(stmt));
		sql->walking = NULL;
	}
	sqlite3_finalize(stmt);
	return walking->ret ? walking->ret : ret;
}

/* Rows and checkpoints, each checkpoint behind the last row that it covers. */
static int walk_rows(struct store_sql *sql, sqlite3_int64 after, uint64_t size,
		     struct walking *walking)
{
	int ret = prepare(
		sql, "SELECT size, seq, note, nodes FROM checkpoints WHERE size>? ORDER BY size",
		&walking->checkpoints);

	if (!ret)
		ret = prepare(sql, "SELECT id, ticket FROM sessions WHERE n=?", &walking->session);
	if (!ret) {
		sqlite3_bind_int64(walking->checkpoints, 1, (sqlite3_int64)size);
		ret = step_checkpoint(walking->checkpoints, &walking->covers);
	}
	if (!ret)
		ret = run(sql,
			  "SELECT 1 FROM events NOT INDEXED WHERE seq>? AND walk_row(seq, time, "
			  "session, sseq, kind, verdict, line, leaf) ORDER BY seq",
			  after, walking);
	if (!ret)
		ret = give_checkpoints(walking, UINT64_MAX);
	sqlite3_finalize(walking->checkpoints);
	sqlite3_finalize(walking->session);
	return ret;
}

/* The answer to a question that is yes or no. */
static int ask(struct store_sql *sql, const char *text, bool *out)
{
	sqlite3_stmt *stmt = NULL;
	int ret = prepare(sql, text, &stmt), code;

	*out = false;
	if (!ret) {
		code = sqlite3_step(stmt);
		*out = code == SQLITE_ROW && sqlite3_column_int64(stmt, 0);
		ret = sql_error(code);
	}
	sqlite3_finalize(stmt);
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
	bool differs = false;
	int ret = run(sql,
		      "SELECT 1 FROM events INDEXED BY events_session WHERE walk_pair(session, "
		      "seq)",
		      0, walking);

	for (size_t i = 0; i < ARRAY_SIZE(lookups) && !ret && !differs; i++)
		ret = ask(sql, lookups[i], &differs);
	if (!ret && walking->ops->odd && (differs || walking->found != walking->pairs))
		walking->ops->odd(walking->ctx, 0,
				  "what its records are found by does not lead to all of them");
	return ret;
}

int store_sql__walk(struct store_sql *sql, const struct store_place *from,
		    const struct store_walk_ops *ops, void *ctx)
{
	struct walking walking = { .ops = ops, .ctx = ctx };

	return walk_rows(sql, (sqlite3_int64)from->seq, from->size, &walking);
}

int store_sql__walk_all(struct store_sql *sql, const struct store_place *begin,
			const struct store_walk_ops *ops, void *ctx)
{
	struct walking walking = { .ops = ops, .ctx = ctx };
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
		ret = ops->ticket(ctx, text_of(sqlite3_column_value(stmt, 0)), sql_blob(stmt, 1));
	if (!ret)
		ret = sql_error(code);
	sqlite3_finalize(stmt);
	return ret;
}
