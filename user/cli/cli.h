/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CLI_H
#define LOCKSTEP_CLI_H

#include <stdio.h>

#include "cli/options.h"

/*
 * The verbs of `lockstep`, one file each (a file may hold the sub-verbs of one word). A new verb is
 * a line here and a line in main.c's table.
 */
extern const struct verb verb_run;
extern const struct verb verb_session_start, verb_session_list, verb_session_show, verb_session_end;
extern const struct verb verb_ticket_check, verb_ticket_explain, verb_ticket_draft;
extern const struct verb verb_ticket_show, verb_ticket_diff;
extern const struct verb verb_ticket_sign, verb_ticket_verify, verb_ticket_revoke;
extern const struct verb verb_tail;
extern const struct verb verb_ack;
extern const struct verb verb_export;
extern const struct verb verb_verify;
extern const struct verb verb_rejudge;
extern const struct verb verb_report;
extern const struct verb verb_status;
extern const struct verb verb_doctor;

/* All that is wrong with a file, a line each, on stderr. */
struct refusal;
void cli_refusal(const struct refusal *refusal);

/* A line for each signature, or for each that does not count. */
struct approvals;
void cli_approvals(const struct approvals *list, bool refused_only, FILE *out);

/* Colour and other terminal codes may go to this descriptor (NO_COLOR, TERM and isatty asked). */
bool cli_colour(int fd);

#endif
