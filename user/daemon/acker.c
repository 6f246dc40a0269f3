/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/acker.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/record/row.h"
#include "core/serve/filter.h"
#include "daemon/alert_count.h"
#include "daemon/reply.h"
#include "edge/host.h"
#include "edge/loop.h"
#include "edge/store/store.h"
#include "engine/engine.h"
#include "evidence/answer.h"

enum {
	QUEUE_MAX = 32,
	QUEUE_OF_ONE = 8,
	COMMIT_TRIES = 10, /* an alert was live before it is stored: how often it is waited for */
	COMMIT_PAUSE_MS = 50,
	DISK_SECONDS = 5,
};

struct job {
	struct job *next;
	uint64_t ticket; /* of the call */
	uid_t uid;
	uint32_t auid;
	char name[256]; /* of uid */
	uint64_t of;    /* alert_ack; 0: the alerts of `session` are counted */
	struct buf note;
	struct answer answer;
	char session[ID_ROOM];
	struct buf reply; /* of the count: as far as it is */
	uint64_t count;
	bool counted;
	char why[512];        /* "": nothing is wrong */
	uint64_t seq;         /* of the ack, which is to become durable */
	unsigned int seconds; /* that it has waited for that */
};

struct acker {
	struct acker_opts opts;
	char *path;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	/* under the lock */
	struct job *waiting, *done;
	unsigned int queued; /* in either list or with the thread */
	bool stop;
	bool told;                 /* `before` is whole, and is the loop's */
	struct open_alerts before; /* of rows up to opts.last_seq; the thread's until told */
	atomic_bool hurry;         /* stop, for who is in the middle of the store */
	/* of the thread */
	struct store *store;
	uint64_t counted; /* rows up to here */
	/* of the loop's thread */
	int ready;               /* eventfd */
	struct open_alerts open; /* since the start; then of all */
	bool known;
	struct job *writing; /* acks that are not durable yet */
};

static void list_add(struct job **list, struct job *job)
{
	while (*list)
		list = &(*list)->next;
	job->next = NULL;
	*list = job;
}

static struct job *list_take(struct job **list)
{
	struct job *job = *list;

	if (job)
		*list = job->next;
	return job;
}

static void job_free(struct job *job)
{
	answer_free(&job->answer);
	buf_free(&job->note);
	buf_free(&job->reply);
	free(job);
}

static void find_alert(struct acker *acker, struct job *job)
{
	const char *why;
	int ret, tries = 0;
	const struct timespec pause = { .tv_nsec = COMMIT_PAUSE_MS * 1000000 };

	do {
		if (tries)
			nanosleep(&pause, NULL);
		ret = answer_find(acker->store, job->of, &job->answer, job->why, sizeof(job->why));
	} while (ret == -ENOENT && ++tries < COMMIT_TRIES && !atomic_load(&acker->hurry));
	why = ret ? NULL : ack_refusal(job->uid, &job->answer.session);
	if (why)
		snprintf(job->why, sizeof(job->why), "record %" PRIu64 " can't be acknowledged: %s",
			 job->of, why);
	if (!ret && !why)
		host_user_name(job->uid, job->name, sizeof(job->name));
}

static void do_job(struct acker *acker, struct job *job)
{
	if (!acker->store)
		snprintf(job->why, sizeof(job->why), "the store can't be read");
	else if (job->of)
		find_alert(acker, job);
	else
		job->counted = !alert_count_session(acker->store, job->session, &acker->hurry,
						    &job->count);
}

static void *acker_thread(void *arg)
{
	struct acker *acker = arg;
	struct job *job;
	bool counting = true;
	char why[512];

	/* Without it nothing is counted and nothing acknowledged; what can be done is to say so. */
	if (store__open_readonly(&acker->store, acker->path, why, sizeof(why)))
		acker->store = NULL;
	pthread_mutex_lock(&acker->lock);
	for (;;) {
		while (!acker->stop && !acker->waiting && !counting)
			pthread_cond_wait(&acker->work, &acker->lock);
		if (acker->stop)
			break;
		job = list_take(&acker->waiting);
		pthread_mutex_unlock(&acker->lock);
		if (job)
			do_job(acker, job);
		else
			counting = acker->store &&
				   alert_count_piece(acker->store, &acker->counted,
						     acker->opts.last_seq, &acker->hurry,
						     &acker->before) > 0;
		pthread_mutex_lock(&acker->lock);
		if (job)
			list_add(&acker->done, job);
		acker->told |= !counting;
		if (job || !counting)
			eventfd_write(acker->ready, 1);
	}
	pthread_mutex_unlock(&acker->lock);
	store__close(acker->store);
	return NULL;
}

static void answer_job(struct acker *acker, struct job *job)
{
	struct buf reply = { 0 };

	if (job->why[0]) {
		reply_error(&reply, job->why);
	} else {
		reply_begin(&reply);
		json_u64(&reply, "seq", job->seq);
		json_close(&reply, '}');
	}
	acker->opts.answer(acker->opts.ctx, job->ticket, buf_span(&reply));
	buf_free(&reply);
	job_free(job);
}

static void add_count(struct buf *reply, const struct job *job)
{
	if (job && job->counted)
		json_u64(reply, "open_alerts", job->count);
	else
		json_null(reply, "open_alerts");
	json_close(reply, '}');
}

static void write_ack(struct acker *acker, struct job *job)
{
	const struct ack ack = { job->of, job->name, job->uid, job->auid, buf_span(&job->note) };
	const struct ack_subject *alert = &job->answer.alert;
	char line[512];
	int ret = engine__ack(acker->opts.engine, alert->in_session ? &alert->session : NULL, &ack,
			      &job->seq);

	if (ret) {
		snprintf(job->why, sizeof(job->why), "%s", strerror(-ret));
		answer_job(acker, job);
		return;
	}
	snprintf(line, sizeof(line),
		 "alert %" PRIu64 " acknowledged by %s (uid %u), record %" PRIu64, job->of,
		 job->name, job->uid, job->seq);
	acker->opts.say(acker->opts.ctx, line);
	list_add(&acker->writing, job);
}

static void take_before(struct acker *acker)
{
	if (acker->known || !acker->told)
		return;
	open_alerts__merge(&acker->open, &acker->before);
	open_alerts__free(&acker->before);
	acker->known = acker->store != NULL;
}

static void done_ready(void *ctx, uint32_t events)
{
	struct acker *acker = ctx;
	struct job *job;
	eventfd_t count;

	(void)events;
	eventfd_read(acker->ready, &count);
	for (;;) {
		pthread_mutex_lock(&acker->lock);
		take_before(acker);
		job = list_take(&acker->done);
		acker->queued -= job ? 1 : 0;
		pthread_mutex_unlock(&acker->lock);
		if (!job)
			return;
		if (job->of && !job->why[0]) {
			write_ack(acker, job);
		} else if (job->of) {
			answer_job(acker, job);
		} else {
			add_count(&job->reply, job);
			acker->opts.answer(acker->opts.ctx, job->ticket, buf_span(&job->reply));
			job_free(job);
		}
	}
}

void acker__record(struct acker *acker, const struct record_row *row)
{
	open_alerts__row(&acker->open, row);
}

void acker__durable(struct acker *acker, uint64_t seq)
{
	while (acker->writing && acker->writing->seq <= seq)
		answer_job(acker, list_take(&acker->writing));
}

void acker__tick(struct acker *acker)
{
	struct job *job;

	for (job = acker->writing; job; job = job->next)
		job->seconds++;
	while (acker->writing && acker->writing->seconds > DISK_SECONDS) {
		job = list_take(&acker->writing);
		snprintf(job->why, sizeof(job->why),
			 "record %" PRIu64
			 " is made, but the disk has not taken it yet: see lockstep "
			 "status",
			 job->seq);
		answer_job(acker, job);
	}
}

static void acker_free(struct acker *acker)
{
	struct job *job;

	while ((job = list_take(&acker->waiting)) || (job = list_take(&acker->done)) ||
	       (job = list_take(&acker->writing)))
		job_free(job);
	if (acker->ready >= 0)
		close(acker->ready);
	open_alerts__free(&acker->open);
	open_alerts__free(&acker->before);
	pthread_cond_destroy(&acker->work);
	pthread_mutex_destroy(&acker->lock);
	free(acker->path);
	free(acker);
}

/* Signals are the loop's: the thread is born with all of them blocked. */
static int start_thread(struct acker *acker)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = -pthread_create(&acker->thread, NULL, acker_thread, acker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

int acker__open(struct acker **out, const struct acker_opts *opts)
{
	struct acker *acker = calloc(1, sizeof(*acker));
	int ret;

	*out = NULL;
	if (!acker)
		return -ENOMEM;
	acker->opts = *opts;
	pthread_mutex_init(&acker->lock, NULL);
	pthread_cond_init(&acker->work, NULL);
	acker->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	acker->path = strdup(opts->store);
	ret = acker->ready < 0 ? -errno : acker->path ? 0 : -ENOMEM;
	if (!ret)
		ret = loop__watch(opts->loop, acker->ready, EPOLLIN, done_ready, acker);
	if (!ret) {
		ret = start_thread(acker);
		if (ret)
			loop__unwatch(opts->loop, acker->ready);
	}
	if (ret) {
		acker_free(acker);
		return ret;
	}
	*out = acker;
	return 0;
}

void acker__close(struct acker *acker)
{
	if (!acker)
		return;
	atomic_store(&acker->hurry, true);
	pthread_mutex_lock(&acker->lock);
	acker->stop = true;
	pthread_cond_signal(&acker->work);
	pthread_mutex_unlock(&acker->lock);
	pthread_join(acker->thread, NULL);
	loop__unwatch(acker->opts.loop, acker->ready);
	acker_free(acker);
}

static unsigned int jobs_of(const struct job *job, uid_t uid)
{
	unsigned int n = 0;

	for (; job; job = job->next)
		n += job->uid == uid;
	return n;
}

static bool queue_job(struct acker *acker, struct job *job)
{
	bool room;

	pthread_mutex_lock(&acker->lock);
	room = acker->queued < QUEUE_MAX &&
	       (job->uid == 0 || jobs_of(acker->waiting, job->uid) < QUEUE_OF_ONE);
	if (room) {
		acker->queued++;
		list_add(&acker->waiting, job);
		pthread_cond_signal(&acker->work);
	}
	pthread_mutex_unlock(&acker->lock);
	return room;
}

static struct job *job_new(const struct control_call *call)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->ticket = call->ticket;
	job->uid = call->peer.uid;
	job->auid = LS_NO_ID;
	return job;
}

enum control_result acker__submit(struct acker *acker, const struct control_call *call,
				  struct buf *reply)
{
	struct job *job = job_new(call);
	bool queued;

	if (job) {
		job->of = call->request->of;
		buf_add(&job->note, call->request->note.p, call->request->note.n);
		/* The peer waits for this answer, so its number is still its own; one that lies
		 * about that by leaving can be taken for another process, as record.h says. */
		host_login_uid(call->peer.pid, &job->auid);
	}
	queued = job && !job->note.failed && queue_job(acker, job);
	if (queued) {
		store__hurry(engine__store(acker->opts.engine)); /* the alert may just have come */
		return CONTROL_LATER;
	}
	reply_error(reply, !job || job->note.failed ? "out of memory"
						    : "too much is being acknowledged; try again");
	if (job)
		job_free(job);
	return CONTROL_ANSWERED;
}

enum control_result acker__count(struct acker *acker, const struct control_call *call,
				 struct buf *reply)
{
	struct job *job = job_new(call);

	if (job) {
		snprintf(job->session, sizeof(job->session), "%s", call->request->session);
		buf_add(&job->reply, reply->p, reply->n);
	}
	if (job && !job->reply.failed && queue_job(acker, job))
		return CONTROL_LATER;
	add_count(reply, NULL);
	if (job)
		job_free(job);
	return CONTROL_ANSWERED;
}

const struct open_alerts *acker__open_alerts(const struct acker *acker)
{
	return acker->known ? &acker->open : NULL;
}
