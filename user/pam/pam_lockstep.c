/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pam_lockstep.so: a login becomes a session on its ticket, see pam_lockstep(8). The process that
 * is tagged is the one that calls pam_open_session(3): what it forks afterwards, the login's shell
 * among it, is in the session.
 */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/plan/env_table.h"
#include "core/serve/pam_options.h"
#include "core/serve/request.h"
#include "pam/courier.h"

#define ENTRY           __attribute__((visibility("default")))
#define TICKET_VARIABLE "LOCKSTEP_TICKET"

struct login {
	pam_handle_t *pamh;
	struct pam_options options;
	struct courier courier;
	bool silent;
	bool elsewhere; /* in a session that is not this login's */
	int pidfd;      /* of this process */
	uid_t operator_uid;
	char ticket[ID_ROOM]; /* "": none yet */
};

/* To whoever logs in, and to the log. */
static void say(const struct login *login, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(const struct login *login, int level, const char *fmt, ...)
{
	const int style = level == LOG_INFO ? PAM_TEXT_INFO : PAM_ERROR_MSG;
	char line[640];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	pam_syslog(login->pamh, level, "%s", line);
	if (!login->silent || style == PAM_ERROR_MSG)
		pam_prompt(login->pamh, style, NULL, "lockstep: %s", line);
}

/*
 * What becomes of a login that is in no session. Not PAM_SESSION_ERR: with that, sudo (1.9.13) goes
 * on as if nothing had been said.
 */
static int unbound(const struct login *login)
{
	if (!login->options.optional) {
		say(login, LOG_ERR, "this login needs a ticket: denied");
		return PAM_PERM_DENIED;
	}
	say(login, LOG_WARNING, "%s",
	    login->elsewhere ? "this login is in the session of another operator, and not bound to "
			       "a ticket of its own"
			     : "this login is not bound to a ticket: what it does is not judged");
	return PAM_SUCCESS;
}

static void say_error(const struct login *login, struct span error)
{
	struct buf text = { 0 }, line = { 0 };

	if (!json_read_text(error, &text))
		text_show(&line, buf_span(&text), 0);
	say(login, LOG_ERR, "%.*s", (int)line.n, line.n ? line.p : "");
	buf_free(&text);
	buf_free(&line);
}

/* False, and each reason was said, where the daemon did not do it. */
static bool was_done(const struct login *login, const struct answer *answer)
{
	struct span items, item;

	if (!answer->object) {
		say(login, LOG_ERR, "%s", answer->why);
		return false;
	}
	if (answer->ok)
		return true;
	items = json_items(json_get(answer->object, "errors"));
	while (json_next(&items, &item))
		say_error(login, item);
	return false;
}

static const char *item(const struct login *login, int type)
{
	const void *text = NULL;

	return pam_get_item(login->pamh, type, &text) == PAM_SUCCESS && text ? text : "";
}

/*
 * Whether somebody on this host becomes another user, as by su and sudo, which say who calls them;
 * in a session that is one of its acts. A login from without has no caller, or a host that it comes
 * from.
 */
static bool is_change_of_user(const struct login *login)
{
	return *item(login, PAM_RUSER) && !*item(login, PAM_RHOST);
}

/*
 * 1: in a session already, which is this login's: its operator's, or of who changes to another user
 * in it; 0: in none; -1: in another one's, or no answer, which was said.
 */
static int find_session(struct login *login)
{
	struct answer answer;
	struct buf request = { 0 };
	char session[ID_ROOM];
	int ret = -1;

	json_begin(&request);
	json_cstr(&request, "op", "session_self");
	if (!is_change_of_user(login))
		json_u64(&request, "operator", login->operator_uid);
	json_close(&request, '}');
	courier__ask(&login->courier, buf_span(&request), login->pidfd, &answer);
	if (was_done(login, &answer)) {
		ret = answer_text(&answer, "session", session, sizeof(session));
		if (ret)
			say(login, LOG_INFO, "in session %s already", session);
	}
	login->elsewhere = answer.object && !answer.ok &&
			   answer_text(&answer, "session", session, sizeof(session));
	answer_free(&answer);
	buf_free(&request);
	return ret;
}

/* False: "" or no id at all; the latter is said. */
static bool take_ticket(struct login *login, const char *text, const char *whence)
{
	if (!text || !*text)
		return false;
	if (!id_valid(span_of(text))) {
		say(login, LOG_ERR, "%s: not a ticket's id", whence);
		return false;
	}
	snprintf(login->ticket, sizeof(login->ticket), "%s", text);
	return true;
}

/*
 * What was said beforehand: in the service's file, at the authentication, by the caller's variable.
 */
static bool told_ticket(struct login *login)
{
	return take_ticket(login, login->options.ticket, "ticket=") ||
	       take_ticket(login, pam_getenv(login->pamh, TICKET_VARIABLE), TICKET_VARIABLE) ||
	       take_ticket(login, getenv(TICKET_VARIABLE), TICKET_VARIABLE);
}

static bool asked_ticket(struct login *login)
{
	char *text = NULL;
	bool taken = false;

	if (pam_prompt(login->pamh, PAM_PROMPT_ECHO_ON, &text, "Ticket: ") == PAM_SUCCESS)
		taken = take_ticket(login, text, "the answer");
	free(text);
	return taken;
}

/* The one ticket of this list. */
static bool only_ticket(struct login *login, const struct answer *answer)
{
	struct span items = json_items(json_get(answer->object, "tickets")), item;
	struct buf id = { 0 };
	unsigned int n = 0;
	bool taken = false;

	while (json_next(&items, &item)) {
		if (n++ == 0 && !json_read_text(item, &id))
			buf_addc(&id, '\0');
	}
	if (n == 1 && id.n && !id.failed)
		taken = take_ticket(login, id.p, "the open ticket");
	else
		say(login, LOG_WARNING, "auto: %u tickets are open for this user here", n);
	buf_free(&id);
	return taken;
}

static bool open_ticket(struct login *login)
{
	struct answer answer;
	struct buf request = { 0 };
	bool taken;

	json_begin(&request);
	json_cstr(&request, "op", "ticket_list");
	json_u64(&request, "operator", login->operator_uid);
	json_close(&request, '}');
	courier__ask(&login->courier, buf_span(&request), -1, &answer);
	taken = was_done(login, &answer) && only_ticket(login, &answer);
	answer_free(&answer);
	buf_free(&request);
	return taken;
}

static bool decide_ticket(struct login *login)
{
	if (told_ticket(login) || (login->options.automatic && open_ticket(login)) ||
	    (isatty(STDIN_FILENO) && asked_ticket(login)))
		return true;
	say(login, LOG_ERR, "no ticket was named");
	return false;
}

/*
 * Those of PAM's list are what the login begins with. What the calling program has in its own
 * environment is for others to set, and need not reach the login at all.
 */
static void add_env(struct login *login, struct buf *request)
{
	char **list = pam_getenvlist(login->pamh), **entry;
	struct span name, value;
	size_t n = 0, before;

	json_open(request, "env", '[');
	for (entry = list; entry && *entry; entry++) {
		before = request->n;
		if (n < REQUEST_ENV_MAX && env_split(span_of(*entry), &name, &value) &&
		    env_class(name) != ENV_NONE) {
			if (json_text(request, NULL, span_of(*entry)))
				n++;
			else
				request->n = before; /* not UTF-8: it will count as changed */
		}
		free(*entry);
	}
	free(list);
	json_close(request, ']');
}

static bool start_session(struct login *login)
{
	struct answer answer;
	struct buf request = { 0 };
	char session[ID_ROOM];
	bool started;

	/* Said before, so that the connection to the log is none of the session's acts. */
	pam_syslog(login->pamh, LOG_INFO, "asks for a session on ticket %s for uid %u",
		   login->ticket, (unsigned int)login->operator_uid);
	json_begin(&request);
	json_cstr(&request, "op", "session_start");
	json_cstr(&request, "ticket", login->ticket);
	json_bool(&request, "shell", true);
	json_u64(&request, "operator", login->operator_uid);
	add_env(login, &request);
	json_close(&request, '}');
	courier__ask(&login->courier, buf_span(&request), login->pidfd, &answer);
	started = was_done(login, &answer) &&
		  answer_text(&answer, "session", session, sizeof(session));
	if (started)
		say(login, LOG_INFO, "session %s on ticket %s", session, login->ticket);
	answer_free(&answer);
	buf_free(&request);
	return started;
}

static bool find_operator(struct login *login)
{
	const char *name = item(login, login->options.ruser ? PAM_RUSER : PAM_USER);
	const struct passwd *user = *name ? pam_modutil_getpwnam(login->pamh, name) : NULL;

	if (!user) {
		say(login, LOG_ERR, "the user %s is not known",
		    login->options.ruser ? "who calls" : "who logs in");
		return false;
	}
	login->operator_uid = user->pw_uid;
	return true;
}

static int open_login(struct login *login)
{
	int ret = is_change_of_user(login) || find_operator(login) ? find_session(login) : -1;

	if (ret > 0)
		return PAM_SUCCESS;
	if (ret == 0 && find_operator(login) && decide_ticket(login) && start_session(login))
		return PAM_SUCCESS;
	return unbound(login);
}

static bool login_init(struct login *login, pam_handle_t *pamh, int flags, int argc,
		       const char **argv)
{
	struct err err;

	*login = (struct login){ .pamh = pamh, .silent = flags & PAM_SILENT, .pidfd = -1 };
	if (pam_options_read(argc, argv, &login->options, &err)) {
		say(login, LOG_ERR, "%s", err.message);
		return false;
	}
	login->courier = (struct courier){ login->options.run_dir, login->options.wait_ms };
	return true;
}

ENTRY int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct login login;
	int ret;

	if (!login_init(&login, pamh, flags, argc, argv))
		return unbound(&login);
	login.pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (login.pidfd < 0) {
		say(&login, LOG_ERR, "pidfd_open: %s", strerror(errno));
		return unbound(&login);
	}
	ret = open_login(&login);
	close(login.pidfd);
	return ret;
}

/* The session ends with its last process. */
ENTRY int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

/*
 * Where the session can't ask, as under sshd, the authentication does, by keyboard-interactive. It
 * proves nothing about anybody, so it never says more than "ignore me".
 */
ENTRY int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	char setting[sizeof(TICKET_VARIABLE "=") + ID_ROOM];
	struct login login;

	if (!login_init(&login, pamh, flags, argc, argv) || told_ticket(&login) ||
	    !asked_ticket(&login))
		return PAM_IGNORE;
	snprintf(setting, sizeof(setting), TICKET_VARIABLE "=%s", login.ticket);
	pam_putenv(pamh, setting);
	return PAM_IGNORE;
}

ENTRY int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_IGNORE;
}
