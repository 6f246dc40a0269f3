/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_KIN_H
#define LOCKSTEP_TEST_KIN_H

#include "world.h"

/*
 * Compares the records of a session with what its processes said (truth.h), a line for each act:
 *
 *     me PID CALLER    a process was born; CALLER is who called fork() or clone()
 *     exec PID         it executed something
 *     udp PID PPID     it connected a UDP socket; also "io", by a thread that is not its own code's
 *     tcp PID PPID     it connected a TCP socket, which was refused and closed
 *     auid PID UID     from here on its records say this login uid
 *     exit PID STATUS  it ended, or is about to
 *
 * The opener is known from the run. Each line is met by the next record of its process, which is of
 * the image that the process has by its descent, of one start, and of the said parent; each process
 * ends with an exit record; and no record is left that nobody spoke of. Fails the test otherwise.
 */
void kin_check(const struct run *run);

#endif
