/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/opener.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/json.h"
#include "daemon/admission.h"
#include "daemon/asker.h"
#include "daemon/reply.h"
#include "edge/host.h"
#include "edge/loop.h"
#include "edge/memory.h"
#include "engine/engine.h"

enum { QUEUE_MAX = 32, QUEUE_OF_ROOT = 8, QUEUE_OF_ONE = 4 };

struct job {
	struct job *next;
	uid_t uid;       /* who asks */
	uint64_t ticket; /* of the call */
	int pidfd;       /* -1: nothing is opened, the tickets are listed */
	pid_t pid;
	struct buf ids;             /* of the tickets, each ended by NUL */
	struct admission admission; /* what is asked for, and what came of it */
	struct errors errors;
};

struct queue {
	struct job *first, **last;
};

struct opener {
	struct opener_opts opts; /* the rules are those below */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	/* under the lock */
	struct admission_rules rules;
	struct queue waiting, done;
	unsigned int queued; /* in either queue or with the thread */
	bool stop;
	/* of the loop's thread */
	int ready; /* eventfd: something is done */
};

static void queue_put(struct queue *queue, struct job *job)
{
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
}

static struct job *queue_take(struct queue *queue)
{
	struct job *job = queue->first;

	if (!job)
		return NULL;
	queue->first = job->next;
	if (!queue->first)
		queue->last = &queue->first;
	return job;
}

static void job_free(struct job *job)
{
	if (!job)
		return;
	if (job->pidfd >= 0)
		close(job->pidfd);
	admission_free(&job->admission);
	buf_free(&job->ids);
	free(job);
}

static void list_tickets(struct job *job)
{
	int ret = admission_list(&job->admission, &job->ids);

	if (ret == -E2BIG)
		errors_add(&job->errors, "there are more than %d tickets: name one",
			   ADMISSION_LIST_MAX);
	else if (ret)
		errors_add(&job->errors, "can't list the tickets: %s", strerror(-ret));
}

static void *opener_thread(void *arg)
{
	struct opener *opener = arg;
	struct job *job;
	int ret;

	pthread_mutex_lock(&opener->lock);
	for (;;) {
		while (!opener->stop && !opener->waiting.first)
			pthread_cond_wait(&opener->work, &opener->lock);
		if (opener->stop)
			break;
		job = queue_take(&opener->waiting);
		ret = admission_rules_copy(&job->admission.rules, &opener->rules);
		pthread_mutex_unlock(&opener->lock);
		if (ret)
			errors_add(&job->errors, "out of memory");
		else if (job->pidfd < 0)
			list_tickets(job);
		else
			admission_check(&job->admission, &job->errors);
		pthread_mutex_lock(&opener->lock);
		queue_put(&opener->done, job);
		eventfd_write(opener->ready, 1);
	}
	pthread_mutex_unlock(&opener->lock);
	return NULL;
}

static const char *open_failure(int ret)
{
	switch (ret) {
	case -EEXIST:
		return "the process is in a session already";
	case -ESRCH:
		return "the process is gone";
	case -ENOSPC:
		return "too many sessions or processes";
	default:
		return strerror(-ret);
	}
}

/* *after: the seq before the session's first record. */
static void open_session(struct opener *opener, struct job *job, char id[32], uint64_t *after)
{
	struct admission *admission = &job->admission;
	struct engine_session session = {
		.pidfd = job->pidfd,
		.plan = admission->file.plan,
		.shell = admission->shell,
		.mntns = host_mntns(),
		.env = buf_span(&admission->env),
		.ticket_bytes = admission->file.bytes.p,
		.ticket_bytes_n = admission->file.bytes.n,
		.evidence = admission->approved.kept,
		.evidence_n = admission->approved.kept_n,
		.profiles = admission->file.profiles,
		.profiles_n = admission->file.profiles_n,
	};
	char why[256];
	uint32_t number;
	int ret;

	admission_info(admission, &session.info);
	session.info.tgid = (uint32_t)job->pid;
	admission->file.plan = NULL; /* transferred */
	*after = collector__next_seq(engine__collector(opener->opts.engine)) - 1;
	ret = engine__open_session(opener->opts.engine, &session, &number, id);
	if (!ret)
		return;
	errors_add(&job->errors, "%s", open_failure(ret));
	if (ret == -EEXIST) {
		snprintf(why, sizeof(why), "uid %u asked for ticket %s from inside a session",
			 admission->operator_uid, admission->id);
		engine__host(opener->opts.engine, "nested_session_refused", why);
	}
}

static void answer_list(struct opener *opener, struct job *job)
{
	struct buf reply = { 0 };
	const char *id;

	reply_begin(&reply);
	json_open(&reply, "tickets", '[');
	for (id = job->ids.p; id && id < job->ids.p + job->ids.n; id += strlen(id) + 1)
		json_cstr(&reply, NULL, id);
	json_close(&reply, ']');
	json_close(&reply, '}');
	if (job->errors.n) {
		buf_reset(&reply);
		reply_errors(&reply, &job->errors);
	}
	opener->opts.answer(opener->opts.ctx, job->ticket, buf_span(&reply));
	buf_free(&reply);
}

static void finish(struct opener *opener, struct job *job)
{
	const struct admission *admission = &job->admission;
	struct buf reply = { 0 };
	char id[32] = "", line[1024];
	uint64_t after = 0;
	size_t i;

	if (job->errors.n == 0 && !opener->opts.waits(opener->opts.ctx, job->ticket))
		errors_add(&job->errors, "who asked for it did not wait");
	/* The look took its time, and who revokes a ticket ends the sessions that there are. */
	if (job->errors.n == 0)
		admission_check_revoked(admission, &job->errors);
	if (job->errors.n == 0)
		open_session(opener, job, id, &after);
	if (job->errors.n == 0) {
		reply_begin(&reply);
		json_cstr(&reply, "session", id);
		json_u64(&reply, "after", after);
		json_close(&reply, '}');
		snprintf(line, sizeof(line), "session %s opened on ticket %s for %s (uid %u)%s", id,
			 admission->id, admission->operator_name, admission->operator_uid,
			 admission->break_glass ? ", break-glass: with fewer signatures than the "
						  "ticket asks for"
						: "");
		opener->opts.say(opener->opts.ctx, line);
		if (admission->break_glass)
			engine__host(opener->opts.engine, "break_glass", line);
	} else {
		reply_errors(&reply, &job->errors);
	}
	for (i = 0; i < job->errors.n; i++) {
		snprintf(line, sizeof(line), "session on ticket %s refused for uid %u: %s",
			 admission->id, admission->operator_uid, job->errors.line[i]);
		opener->opts.say(opener->opts.ctx, line);
	}
	opener->opts.answer(opener->opts.ctx, job->ticket, buf_span(&reply));
	buf_free(&reply);
}

static void done_ready(void *ctx, uint32_t events)
{
	struct opener *opener = ctx;
	struct job *job;
	eventfd_t count;

	(void)events;
	eventfd_read(opener->ready, &count);
	for (;;) {
		pthread_mutex_lock(&opener->lock);
		job = queue_take(&opener->done);
		opener->queued -= job ? 1 : 0;
		pthread_mutex_unlock(&opener->lock);
		if (!job)
			return;
		if (job->pidfd < 0)
			answer_list(opener, job);
		else
			finish(opener, job);
		job_free(job);
		memory_give_back(); /* a large ticket takes some MiB until it is made */
	}
}

int opener__set(struct opener *opener, const struct admission_rules *rules,
		unsigned int sessions_max)
{
	struct admission_rules copy;
	int ret = admission_rules_copy(&copy, rules);

	if (ret)
		return ret;
	pthread_mutex_lock(&opener->lock);
	admission_rules_free(&opener->rules);
	opener->rules = copy;
	pthread_mutex_unlock(&opener->lock);
	opener->opts.sessions_max = sessions_max;
	return 0;
}

static void opener_free(struct opener *opener)
{
	if (opener->ready >= 0)
		close(opener->ready);
	admission_rules_free(&opener->rules);
	pthread_cond_destroy(&opener->work);
	pthread_mutex_destroy(&opener->lock);
	free(opener);
}

/* Signals are the loop's: the thread is born with all of them blocked. */
static int start_thread(struct opener *opener)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = -pthread_create(&opener->thread, NULL, opener_thread, opener);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

int opener__open(struct opener **out, const struct opener_opts *opts)
{
	struct opener *opener = calloc(1, sizeof(*opener));
	int ret;

	*out = NULL;
	if (!opener)
		return -ENOMEM;
	opener->opts = *opts;
	opener->waiting.last = &opener->waiting.first;
	opener->done.last = &opener->done.first;
	pthread_mutex_init(&opener->lock, NULL);
	pthread_cond_init(&opener->work, NULL);
	opener->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = opener->ready < 0 ? -errno : opener__set(opener, &opts->rules, opts->sessions_max);
	if (!ret)
		ret = loop__watch(opts->loop, opener->ready, EPOLLIN, done_ready, opener);
	if (!ret) {
		ret = start_thread(opener);
		if (ret)
			loop__unwatch(opts->loop, opener->ready);
	}
	if (ret) {
		opener_free(opener);
		return ret;
	}
	*out = opener;
	return 0;
}

void opener__close(struct opener *opener)
{
	struct job *job;

	if (!opener)
		return;
	pthread_mutex_lock(&opener->lock);
	opener->stop = true;
	pthread_cond_signal(&opener->work);
	pthread_mutex_unlock(&opener->lock);
	pthread_join(opener->thread, NULL);
	loop__unwatch(opener->opts.loop, opener->ready);
	while ((job = queue_take(&opener->waiting)) || (job = queue_take(&opener->done)))
		job_free(job);
	opener_free(opener);
}

static struct job *job_new(const struct control_call *call, pid_t pid)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->ticket = call->ticket;
	job->uid = call->peer.uid;
	job->pidfd = call->request->op == REQUEST_SESSION_START ? call->passed_fd : -1;
	job->pid = pid;
	if (admission_init(&job->admission, call->request, &call->peer)) {
		job->pidfd = -1; /* stays the caller's */
		job_free(job);
		return NULL;
	}
	return job;
}

static unsigned int jobs_of(const struct queue *queue, uid_t uid)
{
	unsigned int n = 0;

	for (const struct job *job = queue->first; job; job = job->next)
		n += job->uid == uid;
	return n;
}

/* Root, who asks for logins, finds room that nobody else can take. */
static bool has_room(struct opener *opener, uid_t uid)
{
	unsigned int own;

	if (uid == 0)
		return opener->queued < QUEUE_MAX;
	pthread_mutex_lock(&opener->lock);
	own = jobs_of(&opener->waiting, uid) + jobs_of(&opener->done, uid);
	pthread_mutex_unlock(&opener->lock);
	return own < QUEUE_OF_ONE && opener->queued < QUEUE_MAX - QUEUE_OF_ROOT;
}

/* Why there can't be another job now, or NULL. */
static const char *check_room(struct opener *opener, enum request_op op, uid_t uid)
{
	uint32_t none;

	if (op == REQUEST_SESSION_START &&
	    collector__sessions(engine__collector(opener->opts.engine), &none, 1) >=
		    opener->opts.sessions_max + engine__logins(opener->opts.engine))
		return "too many sessions are open";
	if (!has_room(opener, uid))
		return "too many sessions are being opened; try again";
	return NULL;
}

enum control_result opener__submit(struct opener *opener, const struct control_call *call,
				   struct buf *reply)
{
	const enum request_op op = call->request->op;
	const char *why = NULL;
	struct job *job = NULL;
	pid_t pid = 0;

	if (op == REQUEST_SESSION_START)
		why = asker_process(call, call->request->on_behalf, &pid);
	if (!why)
		why = check_room(opener, op, call->peer.uid);
	if (!why) {
		job = job_new(call, pid);
		why = job ? NULL : "out of memory";
	}
	if (why) {
		if (call->passed_fd >= 0)
			close(call->passed_fd);
		reply_error(reply, why);
		return CONTROL_ANSWERED;
	}
	/* What it has no use for. */
	if (call->passed_fd >= 0 && job->pidfd != call->passed_fd)
		close(call->passed_fd);
	pthread_mutex_lock(&opener->lock);
	opener->queued++;
	queue_put(&opener->waiting, job);
	pthread_cond_signal(&opener->work);
	pthread_mutex_unlock(&opener->lock);
	return CONTROL_LATER;
}
