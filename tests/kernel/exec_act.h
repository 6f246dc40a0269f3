/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_EXEC_ACT_H
#define LOCKSTEP_TEST_EXEC_ACT_H

#include <limits.h>

#include "world.h"

/* A directory of the test's own with a copy of actor_self in it. */
struct room {
	char dir[64];
	char actor[80];
};

/* The directory and everything in it are made, and removed. */
void room__open(struct room *room);
void room__close(const struct room *room);
/* DIR/name, in one of a few static buffers. */
const char *room__path(const struct room *room, const char *name);
/* Copies a file byte by byte; exits with 125 on failure, in the test as in an opener. */
void copy_file(const char *from, const char *to, unsigned int mode);

/* What of its record the actor can't tell, or tells as its own namespace sees it. */
#define ACT_PID    0x1u   /* the act says the pid as "outer" */
#define ACT_PPID   0x2u   /* the parent is of another namespace */
#define ACT_UID    0x4u   /* the record's uid and euid are act->uid */
#define ACT_CWD    0x8u   /* getcwd() cannot name it */
#define ACT_STDIN  0x10u  /* is what the row says */
#define ACT_OTHERS 0x20u  /* other processes or images of the session leave records too */
#define ACT_LOADER 0x40u  /* main() has not all arguments; /proc/self/cmdline has */
#define ACT_ARGV   0x80u  /* more than the record keeps: act->check looks at it */
#define ACT_IMAGE  0x100u /* the image before is the process's last exec, whatever its number */

/*
 * A way to execute actor_self, and what its record says beyond what the actor says about itself. In
 * path, filename, interp and root a leading "@" stands for the room's directory.
 */
struct act {
	const char *name;
	const struct room *room; /* set by act__filled() */
	void (*prepare)(void);   /* NULL: nothing; standard input is /dev/null before it */
	char *const *argv;       /* NULL: self one */
	char *const *env;        /* NULL: A=1 PATH=/usr/bin */
	const char *path;        /* NULL: the actor */
	/* NULL: execve(path, argv, env). A return ends the opener. */
	int (*exec)(const struct act *act);
	const char *filename;    /* NULL: path; "": not compared */
	const char *interp;      /* NULL: none */
	const char *root;        /* NULL: "/" */
	const char *other;       /* a second place or program that the way needs */
	unsigned int stdin_kind; /* 0: LS_STDIN_NULL, but for ACT_STDIN */
	unsigned int blind;      /* ACT_* */
	uint32_t flags;          /* LS_EXEC_* */
	uint32_t uid;
	uint64_t image; /* that executed the actor; 0: the opener's */
	int status;
	void (*check)(const struct act *act, const struct run *run, const struct event *e);
};

/* Runs the act as the opener of a session and compares the actor's exec record with the truth. */
void act__run(const struct act *act, const struct room *room, struct world *world);
/* The opener's side of it, for run__session(); never returns. */
void act__child(void *act);
/* A copy with every default filled in. */
struct act act__filled(const struct act *act, const struct room *room);

#endif
