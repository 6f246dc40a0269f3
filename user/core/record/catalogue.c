/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/catalogue.h"

#include "core/record/format.h"

#define DESCRIBE(type, member, ...) { .key = member, describe_##type(__VA_ARGS__) },

#define describe_NUM(place)                .shape = NUMBER
#define describe_NUM_IF(place, cond, none) .shape = NUMBER | NULLABLE
#define describe_FLAG(place)               .shape = BOOL
#define describe_BITS(place, mask, bit)    .shape = BOOL
#define describe_CSTR(place)               .shape = STRING | NULLABLE
#define describe_NAME(place)               .shape = STRING | NULLABLE
#define describe_TEXT(place)               .shape = STRING | TWIN
#define describe_TEXT_IF(place)            .shape = STRING | NULLABLE | TWIN
#define describe_WORD(place, function)                                                             \
	.shape = STRING | NULLABLE, .word = function, .last = LAST_##function
#define describe_NUMBERED(place, names) .shape = STRING, .numbered = &(names)
#define describe_DEV(place)             .shape = DEVICE
#define describe_TIME(place)            .shape = WHEN
#define describe_ADDRESS(place, cond)   .shape = STRING | NULLABLE
#define describe_CALL(what, name)       .shape = what
#define describe_OPT_FLAG(place)        .shape = BOOL | OPTIONAL
#define describe_OPT_NUM(place, flag)   .shape = NUMBER | OPTIONAL
#define describe_OBJECT(cond, name)     .shape = OBJECT | NULLABLE, .members = name##_members
#define describe_LIST(i, name)          list_of_##name
#define describe_JSON(place, name)      list_of_##name
#define describe_CONST(value)                                                                      \
	.shape = _Generic(value, int: NUMBER, char *: STRING),                                     \
	.text = _Generic(value, int: NULL, char *: value),                                         \
	.last = _Generic(value, int: value, char *: 0)

#define list_of_approvers  .shape = STRINGS
#define list_of_not_seen   .shape = STRINGS
#define list_of_approvals  .shape = OBJECTS, .members = signature_members
#define list_of_profiles   .shape = OBJECTS, .members = profile_members
#define list_of_hosts      .shape = OBJECTS, .members = host_members
#define list_of_steps      .shape = OBJECTS, .members = step_members
#define list_of_in_no_step .shape = OBJECTS, .members = unexplained_members

#define LISTED(name, LIST) static const struct member name[] = { LIST(DESCRIBE){ .key = NULL } };

/* approvals_evidence() writes them. */
static const struct member signature_members[] = { { .key = "signer", .shape = STRING },
						   { .key = "key", .shape = STRING },
						   { .key = "signature", .shape = STRING },
						   { .key = NULL } };
LISTED(profile_members, PROFILE_MEMBERS)
LISTED(host_members, HOST_NAME_MEMBERS)
LISTED(step_members, STEP_MEMBERS)
LISTED(unexplained_members, UNEXPLAINED_MEMBERS)
LISTED(file_members, FILE_MEMBERS)
LISTED(nearest_members, NEAREST_MEMBERS)
LISTED(lost_members, LOST_MEMBERS)
LISTED(missed_members, MISSED_MEMBERS)
LISTED(unreadable_members, UNREADABLE_MEMBERS)

#define K(kind, LIST) LISTED(of_##kind, LIST)
KINDS_BY_MEMBERS(K)
#undef K

const struct member catalogue_head[] = { HEAD_MEMBERS(DESCRIBE){ .key = NULL } };
const struct member catalogue_session[] = { SESSION_MEMBERS(DESCRIBE){ .key = NULL } };
const struct member catalogue_verdict[] = { VERDICT_MEMBERS(DESCRIBE){ .key = NULL } };
const struct member catalogue_process[] = { PROCESS_MEMBERS(DESCRIBE){ .key = NULL } };

const struct member *catalogue_members(enum record_kind kind)
{
	static const struct member *const all[RECORD_KINDS_N] = {
#define K(kind, LIST) [RECORD_##kind] = of_##kind,
		KINDS_BY_MEMBERS(K)
#undef K
	};

	return all[kind];
}
