/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_VERDICT_H
#define LOCKSTEP_VERDICT_H

#include <stdint.h>

/*
 * Of one act. The zero value is not approved; records that are no acts (exit, close) keep it: null.
 */
enum verdict { VERDICT_NONE, VERDICT_UNAPPROVED, VERDICT_INDETERMINATE, VERDICT_APPROVED };

/* Of a closed session. The zero value is not compliant. */
enum outcome { OUTCOME_INDETERMINATE, OUTCOME_VIOLATION, OUTCOME_COMPLIANT };

/* How an approved act came to be approved. */
enum how { HOW_NONE, HOW_STEP, HOW_CHILD, HOW_PROFILE, HOW_SHELL, HOW_PROBE, HOW_SERVICE };

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

/*
 * The closed list of reasons: name, severity, one line for a person. A set of reasons is a bit
 * mask. The order is the order of print and of importance within one record: what names the cause
 * best comes first.
 */
#define REASONS(X)                                                                                 \
	X(monitor_tampering, CRITICAL, "an act against the monitor itself")                        \
	X(no_ticket, HIGH, "the session has no ticket")                                            \
	X(revoked, HIGH, "the ticket was revoked")                                                 \
	X(after_end, HIGH, "the session had ended")                                                \
	X(outside_window, HIGH, "outside the ticket's time window")                                \
	X(wrong_host, HIGH, "the ticket does not name this host")                                  \
	X(wrong_operator, HIGH, "the ticket does not name this operator")                          \
	X(fileless, CRITICAL, "the program has no file")                                           \
	X(program_differs, CRITICAL, "another program under an approved name")                     \
	X(binary_changed, CRITICAL, "the program changed since the session's start")               \
	X(delegation, HIGH, "hands work to a process outside the session")                         \
	X(environment, HIGH, "a variable that carries code or changes what runs was set")          \
	X(stdin_differs, HIGH, "an interpreter takes its commands from another input")             \
	X(argument_differs, HIGH, "an argument is not the approved one")                           \
	X(not_in_ticket, HIGH, "no step of the ticket is this command")                            \
	X(not_a_child, HIGH, "not approved as a child of the step that ran it")                    \
	X(wrong_user, HIGH, "run as another user than approved")                                   \
	X(too_many_times, MEDIUM, "run more often than approved")                                  \
	X(out_of_order, MEDIUM, "run after a later step")                                          \
	X(step_missing, MEDIUM, "a step of the ticket was not done")                               \
	X(connect_not_allowed, HIGH, "no rule allows this connection")                             \
	X(listen_not_allowed, HIGH, "no rule allows listening there")                              \
	X(send_not_allowed, HIGH, "no rule allows sending there")                                  \
	X(write_not_allowed, HIGH, "no rule allows writing this file")                             \
	X(argv_truncated, HIGH, "the arguments were too long to be recorded whole")                \
	X(argv_unreadable, HIGH, "the arguments could not be read")                                \
	X(events_lost, HIGH, "events were lost")                                                   \
	X(untracked_process, HIGH, "a process escaped the session's tracking")

/* clang-format takes REASONS(X) for the beginning of the next line. */
/* clang-format off */
enum reason {
#define X(name, severity, text) REASON_##name,
	REASONS(X)
#undef X
	REASON_COUNT
};
/* clang-format on */
_Static_assert(REASON_COUNT <= 32, "a set of reasons is a 32-bit mask");

#define REASON_BIT(name) (1u << REASON_##name)

const char *reason_name(enum reason reason);
const char *reason_text(enum reason reason);
/* The highest in the set; INFO for the empty one. */
enum severity reasons_severity(uint32_t reasons);
const char *verdict_name(enum verdict verdict); /* NULL for VERDICT_NONE */
const char *outcome_name(enum outcome outcome);
const char *how_name(enum how how); /* NULL for HOW_NONE */
const char *severity_name(enum severity severity);

#endif
