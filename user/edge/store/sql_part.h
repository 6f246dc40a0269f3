/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_SQL_PART_H
#define LOCKSTEP_STORE_SQL_PART_H

#include <sqlite3.h>

#include "edge/store/sql.h"

/* What the files of store_sql share. */
enum { SQL_NAMES = 64, SQL_COLUMNS = 8 /* of events */, SQL_SOME = 16 /* rows a statement */ };

/* Numbers of the sessions that were written last, so that a row costs no look-up. */
struct sql_name {
	char id[40];
	sqlite3_int64 n;
};

struct walking;

struct store_sql {
	sqlite3 *db;
	sqlite3_stmt *insert, *insert_some, *session_add, *session_get, *ticket_add, *resume_add,
		*resume_end, *checkpoint_add, *checkpoint_drop;
	struct sql_name names[SQL_NAMES];
	struct walking *walking; /* of the functions of sql_add_walk(), while one runs */
};

int sql_error(int code); /* of sqlite, as -errno */
int sql_add_walk(
	struct store_sql *sql); /* what store_sql__walk() calls from a statement; 0 or -errno */
int sql_run(struct store_sql *sql, const char *text);
void sql_bind_text(sqlite3_stmt *stmt, int at, const char *text);
void sql_bind_blob(sqlite3_stmt *stmt, int at, struct span bytes);
int sql_step_once(sqlite3_stmt *stmt);            /* and resets it */
struct span sql_blob(sqlite3_stmt *stmt, int at); /* until the next step */

#endif
