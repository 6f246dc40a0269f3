/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_FORMAT_H
#define LOCKSTEP_FORMAT_H

/*
 * The members of a record's line, in their order: M(type, key, where it is, ...). record.c writes
 * them, stored.c reads them back, catalogue.c says what they are. All three expand these lists, and
 * none has one of its own. What a member means is in lockstep-record(5).
 *
 * `record`, `session`, `event` and the like are locals of the function that expands the list. The
 * types, where PLACE is an lvalue:
 *     NUM(PLACE), FLAG(PLACE), CSTR(PLACE), DEV(PLACE), TIME(PLACE)
 *     BITS(PLACE, MASK, BIT)     whether one of MASK is set; read back as BIT
 *     NUM_IF(PLACE, COND, ELSE)  null unless COND; read back as ELSE then
 *     TEXT(PLACE)                bytes, with a twin KEY_b64 if they are not UTF-8
 *     TEXT_IF(PLACE)             the same, null if empty
 *     NAME(PLACE)                an array that holds a C string; null if empty
 *     WORD(PLACE, FUNCTION)      FUNCTION(i) is the name of value i; null for value 0
 *     NUMBERED(PLACE, TABLE)     see words.h
 *     ADDRESS(PLACE, COND)       null unless COND
 *     JSON(PLACE, NAME)          a C string of canonical JSON, NULL for []
 *     LIST(I, NAME)              written by list_NAME(), read back as the I-th of record.lists
 *     OBJECT(COND, NAME)         the members NAME_MEMBERS; null unless COND
 *     CONST(VALUE)               always this number or text
 *     CALL(SHAPE, NAME)          put_NAME() and get_NAME() know; SHAPE as in catalogue.h
 * And not in every line: OPT_FLAG(PLACE), if it is set; OPT_NUM(PLACE, FLAG), if the flag is set.
 */
#define HEAD_MEMBERS(M)                                                                            \
	M(CONST, "v", 1)                                                                           \
	M(NUM, "seq", record->seq)                                                                 \
	M(CALL, "time", WHEN, time)                                                                \
	M(CSTR, "host", record->host)                                                              \
	M(CSTR, "boot", record->boot)                                                              \
	M(CALL, "session", STRING | NULLABLE, session)                                             \
	M(CALL, "sseq", NUMBER | NULLABLE, sseq)

/* The same in all lines of a session; null in a record of none. */
#define SESSION_MEMBERS(M)                                                                         \
	M(CSTR, "ticket", session->ticket)                                                         \
	M(NAME, "ticket_sha256", session->ticket_sha256)                                           \
	M(FLAG, "unsigned", session->unsigned_ticket)                                              \
	M(CSTR, "requester", session->requester)                                                   \
	M(CSTR, "operator", session->operator_name)                                                \
	M(JSON, "approvers", session->approvers, approvers)                                        \
	M(OPT_FLAG, "break_glass", session->break_glass)                                           \
	M(OPT_NUM, "login", session->login_asid, session->login)

#define VERDICT_MEMBERS(M)                                                                         \
	M(CALL, "kind", STRING, kind)                                                              \
	M(WORD, "verdict", judgement->verdict, verdict_name)                                       \
	M(CALL, "reasons", STRINGS, reasons)                                                       \
	M(CALL, "step", STRING | NULLABLE, step)                                                   \
	M(WORD, "how", judgement->how, how_name)                                                   \
	M(CALL, "severity", STRING, severity)

/*
 * Null in what no process did, but for the opener's pid in session_start. `whole`: not KIND_LATE.
 */
#define PROCESS_MEMBERS(M)                                                                         \
	M(NUM, "pid", event->tgid)                                                                 \
	M(NUM_IF, "tid", event->tid, whole, 0)                                                     \
	M(NUM_IF, "ppid", event->ppid, whole, 0)                                                   \
	M(NUM, "parent", event->image)                                                             \
	M(NUM, "start", event->start_ns)                                                           \
	M(NUM_IF, "uid", event->uid, whole, 0)                                                     \
	M(NUM_IF, "euid", event->euid, whole, 0)                                                   \
	M(CALL, "user", STRING | NULLABLE, user)                                                   \
	M(NUM_IF, "auid", event->auid, whole && event->auid != LS_NO_ID, LS_NO_ID)                 \
	M(NUM_IF, "asid", event->asid, whole && event->asid != LS_NO_ID, LS_NO_ID)                 \
	M(CALL, "exe", STRING | NULLABLE | TWIN, exe)                                              \
	M(NUM_IF, "mntns", event->mntns, whole, 0)                                                 \
	M(CALL, "root", STRING | NULLABLE | TWIN, root)

#define SESSION_START_MEMBERS(M)                                                                   \
	M(NUM, "operator_uid", session->operator_uid)                                              \
	M(CSTR, "summary", session->summary)                                                       \
	M(FLAG, "rehearsal", session->quiet)                                                       \
	M(JSON, "approvals", session->approvals, approvals)                                        \
	M(NAME, "signers_sha256", session->signers_sha256)                                         \
	M(LIST, "profiles", 0, profiles)                                                           \
	M(LIST, "hosts", 1, hosts)                                                                 \
	M(CALL, "env", STRINGS | TWIN, start_env)

#define FILE_MEMBERS(M)                                                                            \
	M(DEV, "dev", file->dev)                                                                   \
	M(NUM, "ino", file->ino)                                                                   \
	M(NUM, "size", file->size)                                                                 \
	M(TIME, "ctime", file->ctime_ns)                                                           \
	M(NAME, "sha256", sha256)

#define NEAREST_MEMBERS(M)                                                                         \
	M(CSTR, "step", step->id)                                                                  \
	M(CSTR, "run", step->run.text)                                                             \
	M(NUM_IF, "argument", nearest->argument, differs, 0)                                       \
	M(CALL, "approved", STRING | NULLABLE, approved)                                           \
	M(CALL, "actual", STRING | NULLABLE | TWIN, actual)                                        \
	M(CALL, "actual_len", NUMBER | NULLABLE, actual_len)

#define EXEC_MEMBERS(M)                                                                            \
	M(CALL, "argv", STRINGS | TWIN, argv)                                                      \
	M(CALL, "secrets", NUMBERS | OPTIONAL, secrets)                                            \
	M(NUM, "argc", exec->argc)                                                                 \
	M(NUM, "argv_len", exec->argv_len)                                                         \
	M(BITS, "truncated", exec->exec_flags, LS_EXEC_ARGV_TRUNCATED, LS_EXEC_ARGV_TRUNCATED)     \
	M(BITS, "unreadable", exec->exec_flags, LS_EXEC_ARGV_UNREADABLE, LS_EXEC_ARGV_UNREADABLE)  \
	M(TEXT, "cwd", exec->cwd)                                                                  \
	M(TEXT, "filename", exec->filename)                                                        \
	M(TEXT_IF, "interp", exec->interp)                                                         \
	M(NUMBERED, "stdin", exec->stdin_kind, word_inputs)                                        \
	M(CALL, "tty", STRING | NULLABLE, tty)                                                     \
	M(CALL, "env", STRINGS | TWIN, env)                                                        \
	M(NUM, "env_more", judgement->env_more)                                                    \
	M(CALL, "env_differs", NUMBERS, env_differs)                                               \
	M(BITS, "env_truncated", exec->exec_flags, LS_EXEC_ENV_TRUNCATED | LS_EXEC_ENV_UNREADABLE, \
	  LS_EXEC_ENV_TRUNCATED)                                                                   \
	M(BITS, "path_truncated", exec->exec_flags, LS_EXEC_PATH_TRUNCATED,                        \
	  LS_EXEC_PATH_TRUNCATED)                                                                  \
	M(BITS, "fileless", exec->exec_flags, LS_EXEC_FILELESS, LS_EXEC_FILELESS)                  \
	M(BITS, "deleted", exec->exec_flags, LS_EXEC_DELETED, LS_EXEC_DELETED)                     \
	M(BITS, "secure", exec->exec_flags, LS_EXEC_SECURE, LS_EXEC_SECURE)                        \
	M(BITS, "foreign", exec->exec_flags, LS_EXEC_FOREIGN, LS_EXEC_FOREIGN)                     \
	FILE_MEMBERS(M)                                                                            \
	M(OBJECT, "script_seen", exec->script_seen, file)                                          \
	M(OBJECT, "nearest", judgement->nearest.step, nearest)

#define EXEC_FAILED_MEMBERS(M)                                                                     \
	M(NUMBERED, "error", failed->error, word_errors)                                           \
	M(CALL, "argv", STRINGS | TWIN, argv)                                                      \
	M(CALL, "secrets", NUMBERS | OPTIONAL, secrets)                                            \
	M(NUM, "argc", failed->argc)                                                               \
	M(BITS, "truncated", failed->failed_flags, LS_FAILED_ARGV_TRUNCATED,                       \
	  LS_FAILED_ARGV_TRUNCATED)                                                                \
	M(BITS, "unreadable", failed->failed_flags, LS_FAILED_UNREADABLE, LS_FAILED_UNREADABLE)    \
	M(TEXT, "cwd", failed->cwd)                                                                \
	M(TEXT, "filename", failed->filename)                                                      \
	M(NUM_IF, "dirfd", failed->dirfd, failed->dirfd >= 0, LS_AT_FDCWD)                         \
	M(NUM, "at_flags", failed->at_flags)                                                       \
	M(BITS, "path_truncated", failed->failed_flags, LS_FAILED_PATH_TRUNCATED,                  \
	  LS_FAILED_PATH_TRUNCATED)

#define EXIT_MEMBERS(M)                                                                            \
	M(CALL, "exit_code", NUMBER | NULLABLE, exit_code)                                         \
	M(CALL, "signal", NUMBER | NULLABLE, signal)

#define WRITE_MEMBERS(M)                                                                           \
	M(NUMBERED, "op", write->op, word_write_ops)                                               \
	M(TEXT, "path", write->path)                                                               \
	M(TEXT_IF, "from", write->from)                                                            \
	M(CALL, "type", STRING | NULLABLE, file_type)                                              \
	M(BITS, "created", write->write_flags, LS_WRITE_CREATED, LS_WRITE_CREATED)                 \
	M(BITS, "emptied", write->write_flags, LS_WRITE_EMPTIED, LS_WRITE_EMPTIED)                 \
	M(BITS, "exchanged", write->write_flags, LS_WRITE_EXCHANGED, LS_WRITE_EXCHANGED)           \
	M(BITS, "deleted", write->write_flags, LS_WRITE_DELETED, LS_WRITE_DELETED)                 \
	M(BITS, "foreign", write->write_flags, LS_WRITE_FOREIGN, LS_WRITE_FOREIGN)                 \
	M(BITS, "path_truncated", write->write_flags, LS_WRITE_PATH_TRUNCATED,                     \
	  LS_WRITE_PATH_TRUNCATED)                                                                 \
	M(DEV, "dev", write->dev)                                                                  \
	M(NUM, "ino", write->ino)                                                                  \
	M(CALL, "rdev", STRING | NULLABLE, rdev)

/* The far end of a datagram's connect is known before the kernel has chosen its own. */
#define CONNECT_MEMBERS(M)                                                                         \
	M(NUMBERED, "proto", net->proto, word_protocols)                                           \
	M(ADDRESS, "local", net->local, !address_is_unset(&net->local))                            \
	M(ADDRESS, "remote", net->remote, true)

#define LISTEN_MEMBERS(M)                                                                          \
	M(NUMBERED, "proto", net->proto, word_protocols)                                           \
	M(ADDRESS, "local", net->local, true)                                                      \
	M(ADDRESS, "remote", net->remote, false)

#define ACCEPT_MEMBERS(M)                                                                          \
	CONNECT_MEMBERS(M)                                                                         \
	M(NUM, "of", net->of)

#define UNIX_MEMBERS(M)                                                                            \
	M(CONST, "proto", "unix")                                                                  \
	M(NUMBERED, "type", un->type, word_unix_types)                                             \
	M(TEXT, "path", un->path)                                                                  \
	M(TEXT, "given", un->given)                                                                \
	M(FLAG, "abstract", un->abstract)                                                          \
	M(FLAG, "send", un->send)                                                                  \
	M(FLAG, "foreign", un->foreign)                                                            \
	M(CALL, "service", STRING | NULLABLE, service)

#define SOCKET_MEMBERS(M)                                                                          \
	M(NUMBERED, "family", socket->family, word_families)                                       \
	M(NUMBERED, "type", socket->type, word_socket_types)                                       \
	M(NUM, "proto", socket->proto)

#define CLOSE_MEMBERS(M)                                                                           \
	M(NUM, "of", close->of)                                                                    \
	M(CALL, "result", STRING, result)                                                          \
	M(NUM, "bytes_sent", close->bytes_sent)                                                    \
	M(NUM, "bytes_received", close->bytes_received)                                            \
	M(FLAG, "late", record->late)

#define LOSS_MEMBERS(M)                                                                            \
	M(NUM_IF, "first", record->loss.first, record->loss.first, 0)                              \
	M(NUM_IF, "last", record->loss.last, record->loss.first, 0)                                \
	M(NUM, "count", record->loss.count)                                                        \
	M(CALL, "reason", STRING, loss_reason)

#define HEARTBEAT_MEMBERS(M)                                                                       \
	M(NUM, "stored", record->heartbeat.stored)                                                 \
	M(NUM, "open_sessions", record->heartbeat.open_sessions)

#define HOST_MEMBERS(M)                                                                            \
	M(CSTR, "what", record->host_event.what)                                                   \
	M(CSTR, "detail", record->host_event.detail)

#define ACK_MEMBERS(M)                                                                             \
	M(NUM, "of", record->ack.of)                                                               \
	M(CSTR, "by", record->ack.by)                                                              \
	M(NUM, "by_uid", record->ack.by_uid)                                                       \
	M(NUM_IF, "by_auid", record->ack.by_auid, record->ack.by_auid != LS_NO_ID, LS_NO_ID)       \
	M(TEXT, "note", record->ack.note)

#define LOST_MEMBERS(M)                                                                            \
	M(NUM, "ring_full", counts->lost[LS_LOST_RING_FULL])                                       \
	M(NUM, "fill", counts->lost[LS_LOST_FILL])                                                 \
	M(NUM, "untracked", counts->lost[LS_LOST_UNTRACKED])

#define MISSED_MEMBERS(M)                                                                          \
	M(NUM, "member_full", counts->missed[LS_MISSED_MEMBER_FULL])                               \
	M(NUM, "sock_full", counts->missed[LS_MISSED_SOCK_FULL])

#define UNREADABLE_MEMBERS(M)                                                                      \
	M(NUM, "argv", counts->argv_unreadable)                                                    \
	M(NUM, "path", counts->path_unreadable)

#define SESSION_END_MEMBERS(M)                                                                     \
	M(CALL, "outcome", STRING, outcome)                                                        \
	M(CSTR, "why", record->end.why)                                                            \
	M(NUM, "alive", record->end.alive)                                                         \
	M(NUM, "unclosed", record->end.unclosed)                                                   \
	M(NUM, "approved", facts->approved)                                                        \
	M(NUM, "unapproved", facts->unapproved)                                                    \
	M(NUM, "indeterminate", facts->indeterminate)                                              \
	M(LIST, "steps", 0, steps)                                                                 \
	M(LIST, "in_no_step", 1, in_no_step)                                                       \
	M(CALL, "in_no_step_more", NUMBER, in_no_step_more)                                        \
	M(LIST, "not_seen", 2, not_seen)                                                           \
	M(NUM, "emitted", counts->emitted)                                                         \
	M(CALL, "delivered", NUMBER, delivered)                                                    \
	M(NUM, "stored", counts->stored)                                                           \
	M(OBJECT, "lost", true, lost)                                                              \
	M(OBJECT, "missed", true, missed)                                                          \
	M(NUM, "refused", counts->refused)                                                         \
	M(NUM, "not_stored", counts->not_stored)                                                   \
	M(NUM, "dropped", counts->dropped)                                                         \
	M(NUM, "recursion", counts->recursion_misses)                                              \
	M(OBJECT, "unreadable", true, unreadable)                                                  \
	M(NUM, "unexplained", counts->unexplained)

/*
 * Elements of lists. They are written only: who reads a list takes it from the text, see
 * record.lists.
 */
#define PROFILE_MEMBERS(M)                                                                         \
	M(CSTR, "name", profile->id)                                                               \
	M(NAME, "sha256", profile->sha256)

#define HOST_NAME_MEMBERS(M)                                                                       \
	M(CSTR, "name", host->name)                                                                \
	M(CALL, "addresses", STRINGS, addresses)

#define STEP_MEMBERS(M)                                                                            \
	M(CSTR, "id", step->id)                                                                    \
	M(CSTR, "profile", step->profile)                                                          \
	M(CSTR, "run", step->run.text)                                                             \
	M(NUM_IF, "times", step->times_min, step->times_set, 0)                                    \
	M(NUM, "done", of->done)                                                                   \
	M(NUM, "failed", of->failed)                                                               \
	M(NUM, "running", of->running)                                                             \
	M(NUM, "missing", missing)                                                                 \
	M(NUM, "first", of->first_sseq)                                                            \
	M(NUM, "last", of->last_sseq)

#define UNEXPLAINED_MEMBERS(M)                                                                     \
	M(NUM, "sseq", act->sseq)                                                                  \
	M(WORD, "kind", act->kind, record_kind_name)                                               \
	M(WORD, "verdict", act->verdict, verdict_name)                                             \
	M(CALL, "reasons", STRINGS, act_reasons)                                                   \
	M(TEXT, "text", text)                                                                      \
	M(FLAG, "cut", act->cut)

/* Kinds by their lists. */
#define KINDS_BY_MEMBERS(K)                                                                        \
	K(SESSION_START, SESSION_START_MEMBERS)                                                    \
	K(EXEC, EXEC_MEMBERS)                                                                      \
	K(EXIT, EXIT_MEMBERS)                                                                      \
	K(CONNECT, CONNECT_MEMBERS)                                                                \
	K(CLOSE, CLOSE_MEMBERS)                                                                    \
	K(SEND, CONNECT_MEMBERS)                                                                   \
	K(BIND, LISTEN_MEMBERS)                                                                    \
	K(LISTEN, LISTEN_MEMBERS)                                                                  \
	K(ACCEPT, ACCEPT_MEMBERS)                                                                  \
	K(UNIX, UNIX_MEMBERS)                                                                      \
	K(SOCKET, SOCKET_MEMBERS)                                                                  \
	K(WRITE, WRITE_MEMBERS)                                                                    \
	K(EXEC_FAILED, EXEC_FAILED_MEMBERS)                                                        \
	K(LOSS, LOSS_MEMBERS)                                                                      \
	K(HEARTBEAT, HEARTBEAT_MEMBERS)                                                            \
	K(HOST, HOST_MEMBERS)                                                                      \
	K(ACK, ACK_MEMBERS)                                                                        \
	K(SESSION_END, SESSION_END_MEMBERS)

#endif
