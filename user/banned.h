/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_BANNED_H
#define LOCKSTEP_BANNED_H

/*
 * Functions that have a bounded or checked twin; to use one is a compile error (the idea is git's
 * banned.h). Included before everything by the Makefile, so the headers that declare them come
 * first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCKSTEP_BANNED(name) sorry_##name##_is_banned

#undef strcpy
#define strcpy(...) LOCKSTEP_BANNED(strcpy)
#undef strcat
#define strcat(...) LOCKSTEP_BANNED(strcat)
#undef strncpy
#define strncpy(...) LOCKSTEP_BANNED(strncpy)
#undef strncat
#define strncat(...) LOCKSTEP_BANNED(strncat)
#undef sprintf
#define sprintf(...) LOCKSTEP_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) LOCKSTEP_BANNED(vsprintf)
#undef strtok
#define strtok(...) LOCKSTEP_BANNED(strtok)
#undef atoi
#define atoi(...) LOCKSTEP_BANNED(atoi)
#undef atol
#define atol(...) LOCKSTEP_BANNED(atol)
#undef gets
#define gets(...) LOCKSTEP_BANNED(gets)
#undef system
#define system(...) LOCKSTEP_BANNED(system)
#undef alloca
#define alloca(...) LOCKSTEP_BANNED(alloca)

#endif
