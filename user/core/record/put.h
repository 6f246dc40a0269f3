/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_RECORD_PUT_H
#define LOCKSTEP_RECORD_PUT_H

#include "core/base/json.h"
#include "core/base/timestamp.h"
#include "core/event/address.h"
#include "core/record/format.h"
#include "core/record/record.h"
#include "core/record/words.h"

/*
 * Expands a list of format.h to what writes it into `out`. Inline, and by the literal key: a line
 * is some fifty members, and the compiler lays their keys down as constants.
 */
#define PUT(type, key, ...)      put_##type(key, __VA_ARGS__);
#define PUT_NULL(type, key, ...) null_##type(key);

#define put_NUM(key, place)                json_u64(out, key, place)
#define put_NUM_IF(key, place, cond, none) put_number_if(out, key, (uint64_t)(place), cond)
#define put_FLAG(key, place)               json_bool(out, key, place)
#define put_BITS(key, place, mask, bit)    json_bool(out, key, (place) & (mask))
#define put_CSTR(key, place)               json_cstr(out, key, place)
#define put_NAME(key, place)               json_cstr(out, key, *(place) ? (place) : NULL)
#define put_TEXT(key, place)               put_text(out, key, key "_b64", place)
#define put_TEXT_IF(key, place)            put_text_if(out, key, key "_b64", place)
#define put_WORD(key, place, function)     json_cstr(out, key, function(place))
#define put_NUMBERED(key, place, names)    put_numbered(out, key, place, &(names))
#define put_DEV(key, place)                put_dev(out, key, place)
#define put_TIME(key, place)               put_time_ns(out, key, (int64_t)(place))
#define put_ADDRESS(key, place, cond)      put_address(out, key, &(place), cond)
#define put_JSON(key, place, name)         json_raw(out, key, (place) ? (place) : "[]")
#define put_CALL(key, shape, name)         put_##name(record, key, out)
#define put_CONST(key, value)                                                                      \
	_Generic(value, int: json_u64(out, key, (uintptr_t)(value)),                               \
		 char *: json_cstr(out, key, (const char *)(uintptr_t)(value)))
#define put_OPT_FLAG(key, place)                                                                   \
	do {                                                                                       \
		if (place)                                                                         \
			json_bool(out, key, true);                                                 \
	} while (0)
#define put_OPT_NUM(key, place, flag)                                                              \
	do {                                                                                       \
		if (flag)                                                                          \
			json_u64(out, key, place);                                                 \
	} while (0)
#define put_LIST(key, i, name)                                                                     \
	do {                                                                                       \
		if (record->lists) {                                                               \
			put_JSON(key, record->lists[i], name);                                     \
		} else {                                                                           \
			json_open(out, key, '[');                                                  \
			list_##name(record, out);                                                  \
			json_close(out, ']');                                                      \
		}                                                                                  \
	} while (0)
#define put_OBJECT(key, cond, name)                                                                \
	do {                                                                                       \
		if (cond) {                                                                        \
			json_open(out, key, '{');                                                  \
			object_##name(record, out);                                                \
			json_close(out, '}');                                                      \
		} else {                                                                           \
			json_null(out, key);                                                       \
		}                                                                                  \
	} while (0)

#define null_NUM(key)      json_null(out, key)
#define null_NUM_IF        null_NUM
#define null_FLAG          null_NUM
#define null_CSTR          null_NUM
#define null_NAME          null_NUM
#define null_JSON          null_NUM
#define null_CALL          null_NUM
#define null_OPT_FLAG(key) (void)0
#define null_OPT_NUM(key)  (void)0

static inline void put_number_if(struct buf *out, const char *key, uint64_t number, bool known)
{
	if (known)
		json_u64(out, key, number);
	else
		json_null(out, key);
}

/* A member, and its twin where the text is not UTF-8. */
static inline void put_text(struct buf *out, const char *key, const char *twin, struct span text)
{
	if (!json_text(out, key, text))
		json_base64(out, twin, text);
}

static inline void put_text_if(struct buf *out, const char *key, const char *twin, struct span text)
{
	if (text.n)
		put_text(out, key, twin, text);
	else
		json_null(out, key);
}

static inline void put_word(struct buf *out, const char *key, struct span word)
{
	if (word.p)
		json_text(out, key, word);
	else
		json_null(out, key);
}

static inline void put_numbered(struct buf *out, const char *key, uint32_t number,
				const struct number_names *names)
{
	char room[WORD_ROOM];

	put_word(out, key, word_of(names, number, room));
}

static inline void put_dev(struct buf *out, const char *key, uint32_t dev)
{
	char room[WORD_ROOM];

	put_word(out, key, word_dev(dev, room));
}

static inline void put_time_ns(struct buf *out, const char *key, int64_t ns)
{
	char text[TIMESTAMP_SIZE];

	timestamp_format(ns, text);
	json_text(out, key, (struct span){ text, TIMESTAMP_SIZE - 1 });
}

static inline void put_address(struct buf *out, const char *key, const struct address *address,
			       bool known)
{
	char room[ADDRESS_ROOM];

	put_word(out, key, known ? address_text(address, room) : (struct span){ NULL, 0 });
}

static inline void put_reason_set(struct buf *out, const char *key, uint32_t reasons)
{
	json_open(out, key, '[');
	for (unsigned int i = 0; reasons; i++, reasons >>= 1) {
		if (reasons & 1)
			json_cstr(out, NULL, reason_name((enum reason)i));
	}
	json_close(out, ']');
}

/* Judged or not, there is a judgement to look at. */
const struct judgement *record_judgement(const struct record *record);

/* record/exec.c: arguments and environment. */
void put_argv(const struct record *record, const char *key, struct buf *out);
void put_secrets(const struct record *record, const char *key, struct buf *out);
void put_env(const struct record *record, const char *key, struct buf *out);
void put_env_differs(const struct record *record, const char *key, struct buf *out);
void put_start_env(const struct record *record, const char *key, struct buf *out);
void put_approved(const struct record *record, const char *key, struct buf *out);
void put_actual(const struct record *record, const char *key, struct buf *out);
void put_actual_len(const struct record *record, const char *key, struct buf *out);

/* record/lists.c: what is made of plan and reconciliation. */
void list_profiles(const struct record *record, struct buf *out);
void list_hosts(const struct record *record, struct buf *out);
void list_steps(const struct record *record, struct buf *out);
void list_in_no_step(const struct record *record, struct buf *out);
void list_not_seen(const struct record *record, struct buf *out);

#endif
