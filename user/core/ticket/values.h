/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TICKET_VALUES_H
#define LOCKSTEP_TICKET_VALUES_H

#include "core/yaml/schema.h"

/* What choices stand for: bits of STDIN_* and SOCKETS_*, and the enums of ticket.h. */
extern const struct choices children_words, stdin_words, sockets_words, order_words, mode_words;

/*
 * Readers (schema.h) for the values that only tickets have. The field is what the comment names.
 */
int value_command(struct reader *reader, const struct node *node, void *field); /* struct command */
int value_dests(struct reader *reader, const struct node *node, void *field);   /* struct dests */
int value_send_dests(struct reader *reader, const struct node *node,
		     void *field); /* struct dests, udp */
int value_times(struct reader *reader, const struct node *node, void *field);     /* struct step */
int value_children(struct reader *reader, const struct node *node, void *field);  /* struct step */
int value_env(struct reader *reader, const struct node *node, void *field);       /* struct step */
int value_stdin(struct reader *reader, const struct node *node, void *field);     /* unsigned int */
int value_sockets(struct reader *reader, const struct node *node, void *field);   /* unsigned int */
int value_sha256(struct reader *reader, const struct node *node, void *field);    /* char * */
int value_user(struct reader *reader, const struct node *node, void *field);      /* char * */
int value_time(struct reader *reader, const struct node *node, void *field);      /* int64_t */
int value_approvals(struct reader *reader, const struct node *node, void *field); /* unsigned int */
int value_order(struct reader *reader, const struct node *node,
		void *field);                                                /* enum ticket_order */
int value_mode(struct reader *reader, const struct node *node, void *field); /* enum ticket_mode */
int value_path_patterns(struct reader *reader, const struct node *node,
			void *field); /* struct patterns */

/* Lists, into struct strings. */
int value_operators(struct reader *reader, const struct node *node, void *field);
int value_hosts(struct reader *reader, const struct node *node, void *field);
/* Each twice: what it is called to ticket.profiles, what stands there to ticket.profile_texts. */
int value_profiles(struct reader *reader, const struct node *node, void *field);
int value_directories(struct reader *reader, const struct node *node, void *field);

#endif
