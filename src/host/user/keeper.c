// SPDX-License-Identifier: GPL-2.0
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "base/confine.h"
#include "base/helper_process.h"
#include "base/sysfile.h"
#include "host/user/user.h"

#define MS	1000000ULL
/*
 * On a busy machine reader and opener wait for a CPU: a request may take this long while one of
 * them runs.
 */
#define BUSY_MS 10000
/* How long a process whose socket is closed may take to end. */
#define END_MS	100

/* A process whose stacks get no names any more. */
struct left_out {
	uint32_t tgid;
	uint32_t uid;
};

struct keeper {
	int socket; /* the socket to ipitrace */
	const struct kept_workers *workers;
	int reader_fd;
	pid_t reader, opener;
	struct left_out left_out[KEEPER_AGAIN];
	size_t nr_left_out;
	size_t begun;
};

/*
 * Start reader and opener, and send ipitrace their pids, with the reason in @why. False: they
 * cannot start.
 */
static bool workers_start(struct keeper *k, const struct keeper_news *why)
{
	struct keeper_news news = *why;
	int opener_fd;

	if (k->begun++ > KEEPER_AGAIN)
		return false;
	k->reader = 0;
	k->opener = helper_process__start(&opener_fd);
	if (!k->opener)
		k->workers->opener(opener_fd);
	if (k->opener < 0)
		return false;
	k->reader = helper_process__start(&k->reader_fd);
	if (!k->reader)
		k->workers->reader(k->reader_fd, opener_fd);
	close(opener_fd);
	if (k->reader < 0)
		return false;
	news.reader = k->reader;
	news.opener = k->opener;
	return send(k->socket, &news, sizeof(news), MSG_NOSIGNAL) == sizeof(news);
}

/*
 * Kill reader and opener, and do not wait for their end: while the server of a FUSE file system has
 * a request, no signal ends the process that made the request (fs/fuse/dev.c:
 * request_wait_answer()).
 */
static void workers_kill(struct keeper *k)
{
	const pid_t pids[] = { k->reader, k->opener };

	close(k->reader_fd);
	for (size_t i = 0; i < sizeof(pids) / sizeof(*pids); i++) {
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
		helpers__forget(pids[i]);
	}
}

/*
 * Forget @pid, reader or opener, which has ended: another process may get its number. *@news gets
 * its end, unless it ended in good order because the other worker had ended.
 */
static void note_end(struct keeper *k, pid_t pid, int status, struct keeper_news *news)
{
	bool is_reader = pid == k->reader;

	*(is_reader ? &k->reader : &k->opener) = 0;
	helpers__forget(pid);
	/* Each worker ends in good order when the other has ended. */
	if (news->ended != KEPT_NONE && !status)
		return;
	news->ended = is_reader ? KEPT_READER : KEPT_OPENER;
	news->status = status;
}

/*
 * Reap the workers that have ended, also those of earlier starts. Returns whether the present
 * reader or opener has ended; *@news says which, and how.
 */
static bool workers_reap(struct keeper *k, struct keeper_news *news)
{
	int status;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == k->reader || pid == k->opener)
			note_end(k, pid, status, news);
	return news->ended != KEPT_NONE;
}

/* Reader or opener closed its socket, and is about to end: wait for its end. */
static void workers_wait(struct keeper *k, struct keeper_news *news)
{
	for (int i = 0; i < END_MS; i++) {
		workers_reap(k, news);
		if (news->status || (!k->reader && !k->opener))
			break;
		usleep(1000);
	}
}

/* Whether @pid runs, or waits only for a CPU. */
static bool is_running(pid_t pid)
{
	struct proc_stat stat;
	char line[512];

	return pid > 0 && sysfile__line(line, sizeof(line), "/proc/%d/stat", pid) &&
	       proc_stat__parse(&stat, line) && stat.state == 'R';
}

enum outcome {
	ANSWERED,
	HANGS, /* no answer came in time */
	BROKEN, /* the reader ends */
	CLOSED, /* ipitrace has ended */
};

static enum outcome wait_answer(struct keeper *k, struct name_answer *answer)
{
	struct pollfd fds[] = { { .fd = k->reader_fd, .events = POLLIN }, { .fd = k->socket } };
	uint64_t begun = mono_ns();

	for (;;) {
		int n = poll(fds, 2, KEEPER_PATIENCE_MS);

		if (n < 0 && errno != EINTR)
			return BROKEN;
		if (fds[1].revents)
			return CLOSED;
		if (n > 0)
			return recv(k->reader_fd, answer, sizeof(*answer), MSG_DONTWAIT) ==
					       sizeof(*answer) ?
				       ANSWERED :
				       BROKEN;
		if (!is_running(k->reader) && !is_running(k->opener))
			return HANGS;
		if (mono_ns() - begun > BUSY_MS * MS)
			return HANGS;
	}
}

static uint32_t read_uid(uint32_t tgid)
{
	uint32_t inner, uid;

	return opener__identity(tgid, &inner, &uid) ? uid : 0;
}

static bool is_left_out(const struct keeper *k, uint32_t tgid)
{
	uint32_t uid = k->nr_left_out < KEEPER_USER_MOST ? 0 : read_uid(tgid);
	size_t same_user = 0;

	for (size_t i = 0; i < k->nr_left_out; i++) {
		if (k->left_out[i].tgid == tgid)
			return true;
		same_user += uid && k->left_out[i].uid == uid;
	}
	return same_user >= KEEPER_USER_MOST;
}

/* Kill reader and opener, and start both again; @news says why. */
static bool workers_restart(struct keeper *k, const struct keeper_news *news)
{
	workers_kill(k);
	return workers_start(k, news);
}

/* Let the reader name a stack. False: the keeper has to end. */
static bool name_stack(struct keeper *k, const struct name_request *request,
		       struct name_answer *answer)
{
	struct keeper_news news = {};
	enum outcome outcome;

	/* A worker that ended between requests did not end because of some process's file. */
	if (workers_reap(k, &news) && !workers_restart(k, &news))
		return false;
	if (send(k->reader_fd, request, sizeof(*request), MSG_NOSIGNAL) == sizeof(*request))
		outcome = wait_answer(k, answer);
	else
		outcome = BROKEN;
	if (outcome == ANSWERED || outcome == CLOSED)
		return outcome == ANSWERED;
	news = (struct keeper_news){ .tgid = request->tgid };
	if (outcome == BROKEN)
		workers_wait(k, &news);
	if (k->nr_left_out < KEEPER_AGAIN)
		k->left_out[k->nr_left_out++] =
			(struct left_out){ request->tgid, read_uid(request->tgid) };
	return workers_restart(k, &news);
}

void keeper__run(int socket, const struct kept_workers *workers)
{
	static struct name_request request;
	static struct name_answer answer;
	struct keeper k = { .socket = socket, .workers = workers };

	if (!workers_start(&k, &(struct keeper_news){}))
		return;
	while (recv(socket, &request, sizeof(request), 0) == sizeof(request)) {
		answer = (struct name_answer){ .named.end = USER_END_LATE };
		if (!is_left_out(&k, request.tgid) && !name_stack(&k, &request, &answer))
			break;
		answer.id = request.id;
		if (send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			break;
	}
	workers_kill(&k);
}

int keeper__confine(void)
{
	static const int calls[] = {
		/* The keeper's own. */
		SCMP_SYS(recvfrom),
		SCMP_SYS(sendto),
		SCMP_SYS(wait4),
		SCMP_SYS(kill),
		SCMP_SYS(pipe2),
		SCMP_SYS(socketpair),
		SCMP_SYS(set_robust_list),
		/* Those of reader and opener when they begin. */
		SCMP_SYS(fcntl),
		SCMP_SYS(dup2),
		SCMP_SYS(dup3),
		SCMP_SYS(close_range),
		SCMP_SYS(prctl),
		SCMP_SYS(capget),
		SCMP_SYS(capset),
		SCMP_SYS(seccomp),
		SCMP_SYS(landlock_create_ruleset),
		SCMP_SYS(landlock_restrict_self),
		/* Those of reader and opener when they work. */
		SCMP_SYS(recvmsg),
		SCMP_SYS(sendmsg),
		SCMP_SYS(setitimer),
		SCMP_SYS(openat),
		SCMP_SYS(openat2),
		SCMP_SYS(fstatfs),
	};

	return confine__starter(calls, sizeof(calls) / sizeof(*calls));
}
