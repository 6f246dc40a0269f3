/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_ACTS_H
#define LOCKSTEP_TESTS_ACTS_H

/*
 * A small language for what happens in a session, from which a test builds the ring's bytes and
 * feeds them to a collector. One act a line; words may be "quoted" with \n \t \\ \" \xHH inside;
 * "#" begins a comment.
 *
 * Before the first act, what is there:
 *   operator UID | sees MASK | shell | wrong_host | wrong_operator | quiet | noticket | mntns N
 *   env NAME=VALUE                      of the session's start
 *   program PATH [name=N] [ino=N] [dev=N] [size=N] [ctime=N] [script=INTERPRETER] [sha256=H]
 *           [text=PATH]
 *   user NAME UID | host NAME ADDRESS...
 *
 * Acts (pid defaults to 100, whose image is the opener's; sseq and time count up by themselves):
 *   fork pid=N child=N                  no record: the child runs its parent's image
 *   exec [pid= exe= cwd= root= filename= interp= env=… stdin= flags=… uid= euid= mntns= ino= dev=
 *         size= ctime= image= sseq= at= argc=] -- ARGV0 ARGV1 ...
 *   exit [pid=] [status=]
 *   connect|send|bind|listen PROTO ADDRESS:PORT [pid=]
 *   accept PROTO PEER:PORT of=N [pid=]
 *   unix stream|dgram|seqpacket|send PATH [pid= cwd= root= mntns=] [foreign]   "@name": abstract
 *   socket FAMILY TYPE PROTO [pid=]     numbers
 *   close of=N [pid= sent= received= error= established=]
 *   write open|truncate|rename|link|symlink|unlink PATH [pid= from= mode= ino= dev= rdev= flags=…]
 *   failed ERRNO FILENAME [pid= cwd= dirfd= at_flags= flags=…] -- ARGV0 ARGV1 ...
 *   lose [full|fill] [exec pid=]        a number is taken, nothing comes
 *   miss                                a child could not be tagged
 *   unseen                              one that ended unseen was counted out
 *   hold / release                      the next record is kept back / comes now
 *   again                               the last record comes a second time
 *   raw HEX                             bytes as they are
 *   settle [final] [members=N] [sockets=N] [emitted=N] [full=N] [recursion=N]
 *   end WHY | tick SECONDS | heartbeat
 *   restart                             the collector dies, and another goes on from what it stored
 *   clock SECONDS                       the wall clock is that far from where it was at the start
 *   abandon WHY                         the kernel knows nothing of the session any more
 *   edit PATH [dev= ino= size= ctime= sha256=] [gone]   a program's file is another one now
 * What the collector finds where a script was is that of the `program` line with the path, if any.
 * An exec's dev, ino, size and ctime are by default those of the `program` line with its path.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/plan/lookups.h"
#include "core/plan/plan.h"
#include "core/session/collector.h"
#include "core/session/resume.h"
#include "core/ticket/ticket.h"

enum { ACTS_PIDS = 64, ACTS_PROGRAMS = 64, ACTS_WORDS = 4096 };

/* 2026-11-23T20:30:00Z is boot time 7200 s, when the session is opened. */
#define ACTS_OPEN_NS      7200000000000ull
#define ACTS_BOOT_TO_WALL (1795465800000000000ll - (long long)ACTS_OPEN_NS)

struct acts_program {
	char path[128], name[64], script[128], sha256[65], text[128];
	unsigned long long ino, size, ctime;
	unsigned int dev;
	bool gone;
};

struct acts_name {
	char name[64];
	unsigned int uid;
	char address[64];
};

struct acts {
	struct collector *collector;
	struct collector_ops ops; /* the test's own; without .look, acts_look() */
	char error[600];          /* set: the script or the ticket is wrong */
	struct acts_program programs[ACTS_PROGRAMS];
	size_t programs_n;
	struct acts_name users[8], hosts[8];
	size_t users_n, hosts_n;
	struct judge_opts judge;
	char env[4096];
	size_t env_n;
	bool quiet, noticket, opened;
	struct {
		unsigned int pid;
		unsigned long long image;
		bool shared;
	} pids[ACTS_PIDS];
	size_t pids_n;
	unsigned long long now_ns, end_ns, sseq;
	long long clock_ns; /* what the wall clock was set by since the start */
	struct ls_session kernel;
	unsigned long long recursion;
	bool hold;
	/* Every record so far behind its length, two bytes: a seed for fuzz_collector. */
	struct buf stream;
	char *held, *last;
	size_t held_n, last_n;
	const char *ticket;
	const char *const *profiles; /* texts */
	size_t profiles_n;
	struct buf lines;                   /* every line so far, each with its newline */
	struct buf resume;                  /* what is kept of the session while it is open */
	const char *why;                    /* it was ended by command */
	unsigned int acts_n, restart_after; /* `restart` behind that many acts; 0: never */
	char *words[ACTS_WORDS];
	size_t words_n;
};

/* Sets acts->error, unless it is set. */
void acts_fail(struct acts *acts, const char *what, const char *detail);

/* With the answers of `resume`, or, where it is NULL, what the script says of the host. */
struct plan *acts_plan(struct acts *acts, const struct resume *resume);

/* Plays one script; the session is opened before its first act. */
void acts_play(struct acts *acts, const char *script);
struct acts *acts_new(const char *ticket, const char *const *profiles, size_t profiles_n,
		      const struct collector_ops *ops);
void acts_free(struct acts *acts);

#endif
