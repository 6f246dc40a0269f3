/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROBE_SEARCH_H
#define LOCKSTEP_PROBE_SEARCH_H

#include "lockstep/state.h"

/*
 * The search for processes that a fork should have tagged and did not (bpf/search.bpf.c): it was
 * skipped, or found no room.
 *
 * A pass looks at every task, in the order of pids, and tags each process that is in no session,
 * whose parent is in one, and that was started after that session's begin. Passes are repeated
 * until one finds nothing. Then no descendant is left untagged, whatever forks meanwhile:
 *   - A child is on the task list before its fork hook looks for the parent's membership. If it saw
 *     none and the parent was tagged by a pass, the next pass began after that and meets the child.
 *   - A fork after the parent was tagged tags by itself, or is counted as skipped or without room,
 *     which asks for another search.
 *   - A child whose hook may still be running (TASK_NEW) is left to it, and the pass does not count
 * as one that found nothing. Each process is found once, and the children of those found are tagged
 * at birth: it ends, and is bounded all the same.
 *
 * Not found: a process whose parent ended before the pass, since it is a child of init or of a
 * subreaper then, and nothing leads back to the session (but a subreaper of the session's own
 * does); and a child by CLONE_PARENT of the session's first process, whose parent is outside.
 * Found, though no descendant: what is adopted by a process of the session, that is a subreaper or
 * the first process of a pid namespace, from somebody outside who is not its child: a background
 * job of before the session, or one that entered the namespace (nsenter) and left its parent there.
 */

/*
 * A pass also counts out the processes that have ended and whose exit no program saw (bpf/gone.h):
 * the first pass that does not meet one says -EAGAIN, and the next takes it out (LS_FOUND_GONE).
 * One that was forked while a pass was under way is not met either, and makes that pass say -EAGAIN
 * too.
 */

/*
 * One pass. `link` is that of the program; `each` is called with whatever was met that was not
 * tagged. 0, also where some are not decided yet (ls_found.error is -EAGAIN); -ENOSPC: there is no
 * room for more, and the pass ended with that; or what bpf_iter_create() or read() say.
 */
int search_pass(int link, void (*each)(void *ctx, const struct ls_found *found), void *ctx);

#endif
