/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SEES_H
#define LOCKSTEP_SEES_H

/* What a judge is told of, though not every host shows it. The rest is listed as not seen. */
#define JUDGE_SEES_WRITES 1u
#define JUDGE_SEES_FAILED 2u /* execs that failed */
#define JUDGE_SEES_UNIX   4u /* connects to unix sockets */

#endif
