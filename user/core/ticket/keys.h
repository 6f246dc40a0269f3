/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TICKET_KEYS_H
#define LOCKSTEP_TICKET_KEYS_H

#include "core/base/buf.h"
#include "core/ticket/ticket.h"
#include "core/yaml/schema.h"

/*
 * The keys of a ticket and of its parts, each in one table, in the order of lockstep-ticket(5).
 * Reading, printing, freeing, comparing, drafting and checking tickets walk the tables, and the
 * JSON Schemas are made from them.
 */

/* What a key's field holds: struct key's type. */
enum value_type {
	VALUE_VERSION,  /* nothing */
	VALUE_TEXT,     /* char * */
	VALUE_NUMBER,   /* unsigned int */
	VALUE_TIME,     /* int64_t */
	VALUE_CHOICE,   /* an enum, one of the key's words; the default is 0 */
	VALUE_BITS,     /* unsigned int, bits of the key's words */
	VALUE_COMMAND,  /* struct command */
	VALUE_STRINGS,  /* struct strings */
	VALUE_DESTS,    /* struct dests */
	VALUE_PATTERNS, /* struct patterns */
	VALUE_TIMES,    /* struct step */
	VALUE_CHILDREN,
	VALUE_ENV,
	VALUE_WINDOW, /* struct ticket */
	VALUE_STEPS,
	VALUE_ALLOW,
};

enum step_key {
	STEP_ID,
	STEP_RUN,
	STEP_AS,
	STEP_TIMES,
	STEP_CHILDREN,
	STEP_CONNECT,
	STEP_LISTEN,
	STEP_SEND,
	STEP_ENV,
	STEP_STDIN,
	STEP_SOCKETS,
	STEP_CWD,
	STEP_SHA256,
	STEP_INSTALLS,
	STEP_WRITE,
	STEP_KEYS_N
};

enum ticket_key {
	TICKET_VERSION,
	TICKET_ID,
	TICKET_SUMMARY,
	TICKET_REQUESTER,
	TICKET_OPERATORS,
	TICKET_HOSTS,
	TICKET_WINDOW,
	TICKET_APPROVALS,
	TICKET_ORDER,
	TICKET_MODE,
	TICKET_PROFILES,
	TICKET_PATH,
	TICKET_STEPS,
	TICKET_ALLOW,
	TICKET_KEYS_N
};

extern const struct key step_keys[STEP_KEYS_N], ticket_keys[TICKET_KEYS_N];
extern const struct schema ticket_schema, profile_schema, window_schema, step_schema, allow_schema;

static inline const void *value_field(const struct key *key, const void *object)
{
	return (const char *)object + key->offset;
}

/* Whether the object says anything for the key; what is the default counts as nothing. */
bool value_given(const struct key *key, const void *object);
/* Of a value that is a list, and of bits: the i-th element or word. NULL: there are no more. */
const char *value_item(const struct key *key, const void *object, size_t i);
/* Appends the value as a person reads it, lists with commas; nothing where nothing is given. */
void value_show(const struct key *key, const void *object, struct buf *out);

#endif
