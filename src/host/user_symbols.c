// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "base/confine.h"
#include "base/helper_process.h"
#include "base/privileges.h"
#include "base/sysfile.h"
#include "host/user/user.h"
#include "host/symbols.h"
#include "model/callers.h"

/*
 * The opener's capabilities: for /proc/PID/maps and root (ptrace_may_access()), for files and
 * directories of other users, and, since 5.9, for map_files.
 */
static const unsigned int opener_caps[] = { CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
					    CAP_CHECKPOINT_RESTORE };

#define NR_CAPS (sizeof(opener_caps) / sizeof(*opener_caps))

/* Memory beyond what a process inherits: enough for 32 processes with 4,096 mappings each. */
#define ROOM_BYTES    (64UL << 20)
/* More CPU time than any request takes, because each has a budget. */
#define REQUEST_CPU_S 1

/*
 * Set the keeper's limits, which reader and opener inherit: no limit of CPU time, because the
 * keeper lives as long as ipitrace. Call this before giving up rights: the root directory of a
 * container or a chroot may be closed to other users, and then they cannot read /proc.
 */
static int limits_set(void)
{
	struct confine_limits limits = {};
	uint64_t pages;

	if (!sysfile__number(&pages, "%" SCNu64, "/proc/self/statm"))
		return -ENOENT;
	limits.as_bytes = pages * sysconf(_SC_PAGESIZE) + ROOM_BYTES;
	return confine__limits(&limits);
}

static void __attribute__((noreturn)) opener_main(int socket)
{
	helper_process__begin("ipitrace-open", &socket, 1);
	helper_process__end_with_starter();
	if (!opener__confine())
		opener__run(0);
	_exit(0);
}

/* The reader's descriptor of the opener's socket. */
#define OPENER 1

/* Serve requests until the keeper closes the socket, or the opener has ended. */
static void serve_requests(struct namer *namer)
{
	static struct name_request request;
	static struct name_answer answer;
	struct pollfd opener = { .fd = OPENER };

	while (recv(0, &request, sizeof(request), 0) == sizeof(request)) {
		/* A request that takes too long despite its budget ends the reader (SIGPROF). */
		setitimer(ITIMER_PROF, &(struct itimerval){ .it_value.tv_sec = REQUEST_CPU_S },
			  NULL);
		answer.id = request.id;
		namer__name(namer, request.tgid, &request.stack, &answer.named);
		/* If the opener has ended, the names of files that it did not open are missing. */
		if (poll(&opener, 1, 0) != 0 || send(0, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
}

static void __attribute__((noreturn)) reader_main(int socket, int opener)
{
	const int fds[] = { socket, opener };
	struct namer *namer;

	helper_process__begin("ipitrace-names", fds, 2);
	helper_process__end_with_starter();
	if (privileges__keep(NULL, 0))
		_exit(1);
	namer = namer__confine() ? NULL : namer__new(OPENER);
	if (namer)
		serve_requests(namer);
	_exit(0);
}

static void __attribute__((noreturn)) keeper_main(int socket)
{
	static const struct kept_workers workers = { reader_main, opener_main };

	helper_process__begin("ipitrace-keeper", &socket, 1);
	if (limits_set() || privileges__drop_but(opener_caps, NR_CAPS))
		_exit(1);
	helper_process__end_with_starter();
	if (!keeper__confine())
		keeper__run(0, &workers);
	_exit(0);
}

#define MS	   1000000ULL
/* The end of a window, and Ctrl-C, must not wait for all stacks, however many are new. */
#define EARLY_MS   20
#define RESOLVE_MS 200
/* Maximum number of stacks whose names are kept: more than a window has. */
#define KEPT	   1024
/* The keeper ends when it sees that the socket is closed. */
#define END_MS	   100

/* A stack that has names. */
struct kept_stack {
	uint64_t key;
	uint32_t end;
	uint32_t nr;
	uint32_t first; /* index of its first frame */
};

/* The arrays are filled from the beginning again when one of them is full. */
struct user_symbols {
	pid_t pid; /* the keeper's */
	struct keeper_news news; /* the latest news; all 0: none yet */
	/* The first news that reader and opener were started again; reader 0: none came. */
	struct keeper_news anew;
	int fd; /* negative: the keeper has ended */
	int status; /* how the keeper ended, for WIFEXITED(); known if `reaped` */
	bool reaped;
	uint64_t sent; /* id of the latest request */
	uint64_t received; /* id of the latest answer */
	uint64_t early_until; /* until when user_symbols__name_early() may wait */
	bool hangs; /* the answer to the latest request did not come in time */
	struct kept_stack kept[KEPT];
	size_t nr_kept;
	struct named_frame *frames; /* room for the frames of all stacks; NULL: none yet */
	size_t nr_frames;
	struct name_answer answer;
};

int user_symbols__open(struct user_symbols **out)
{
	struct user_symbols *us = calloc(1, sizeof(*us));

	if (!us)
		return -ENOMEM;
	us->pid = helper_process__start(&us->fd);
	if (!us->pid)
		keeper_main(us->fd);
	if (us->pid < 0) {
		int err = us->pid;

		free(us);
		return err;
	}
	*out = us;
	return 0;
}

static void forget_helpers(const struct user_symbols *us)
{
	helpers__forget(us->pid);
	helpers__forget(us->news.reader);
	helpers__forget(us->news.opener);
}

void user_symbols__close(struct user_symbols *us)
{
	if (!us)
		return;
	if (us->fd >= 0)
		close(us->fd);
	helper_process__await_end(us->pid, END_MS);
	forget_helpers(us);
	free(us->frames);
	free(us);
}

static void mix_key(uint64_t *key, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	/* FNV-1a, by words. */
	for (uint64_t word; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		*key = (*key ^ word) * 0x100000001b3ULL;
		*key ^= *key >> 29;
	}
}

static uint64_t stack_key(uint32_t tgid, const struct user_stack *stack)
{
	uint64_t key = 0xcbf29ce484222325ULL ^ tgid;

	mix_key(&key, &stack->ip, 4 * sizeof(stack->ip));
	mix_key(&key, stack->frames, stack->nr * sizeof(*stack->frames));
	mix_key(&key, stack->stack, stack->words * sizeof(*stack->stack));
	return key;
}

static const struct kept_stack *kept_find(const struct user_symbols *us, uint64_t key)
{
	for (size_t i = us->nr_kept; i-- > 0;)
		if (us->kept[i].key == key)
			return &us->kept[i];
	return NULL;
}

/* Keep the latest answer, under @key. NULL: there is no room before the next resolve(). */
static const struct kept_stack *kept_add(struct user_symbols *us, uint64_t key)
{
	const struct named_stack *named = &us->answer.named;
	struct kept_stack *kept = &us->kept[us->nr_kept];

	if (!us->frames)
		us->frames = malloc(KEPT * USER_FRAMES * sizeof(*us->frames));
	if (us->nr_kept == KEPT || !us->frames)
		return NULL;
	*kept = (struct kept_stack){
		.key = key,
		.end = named->end < NR_USER_ENDS ? named->end : USER_END_LOST,
		.nr = named->nr < USER_FRAMES ? named->nr : USER_FRAMES,
		.first = us->nr_frames,
	};
	memcpy(&us->frames[us->nr_frames], named->frames, kept->nr * sizeof(*named->frames));
	us->nr_frames += kept->nr;
	us->nr_kept++;
	return kept;
}

/* The keeper has closed its socket: note how it ended. */
static void keeper_reap(struct user_symbols *us)
{
	close(us->fd);
	us->fd = -1;
	for (int i = 0; i < END_MS && !us->reaped; i++) {
		us->reaped = waitpid(us->pid, &us->status, WNOHANG) == us->pid;
		if (!us->reaped)
			usleep(1000);
	}
	forget_helpers(us);
}

/*
 * If the @n bytes received are news of the processes that the keeper has started, note them as
 * ipitrace's own. Returns false if they are no news.
 */
static bool take_news(struct user_symbols *us, ssize_t n)
{
	bool first = !us->news.reader;

	if (n != sizeof(us->news))
		return false;
	helpers__forget(us->news.reader);
	helpers__forget(us->news.opener);
	memcpy(&us->news, &us->answer, sizeof(us->news));
	helpers__add(us->news.reader);
	helpers__add(us->news.opener);
	if (!first && !us->anew.reader)
		us->anew = us->news;
	return true;
}

/* Receive the answer to the latest request; drop earlier ones. False: not before @until. */
static bool answer_wait(struct user_symbols *us, uint64_t until)
{
	struct pollfd fd = { .fd = us->fd, .events = POLLIN };

	/* If the reader hangs in a file, wait only once, until the keeper answers for it. */
	if (us->hangs)
		until = 0;
	while (us->received != us->sent) {
		uint64_t now = mono_ns();
		ssize_t n;

		if (poll(&fd, 1, now < until ? (until - now) / MS + 1 : 0) <= 0) {
			us->hangs = true;
			return false;
		}
		n = recv(us->fd, &us->answer, sizeof(us->answer), MSG_DONTWAIT);
		if (take_news(us, n))
			continue;
		if (n != sizeof(us->answer)) {
			keeper_reap(us);
			return false;
		}
		us->received = us->answer.id;
		us->hangs = false;
	}
	return true;
}

/* Ask for the names of @stack. False: no answer comes before @until. */
static bool ask_reader(struct user_symbols *us, uint32_t tgid, const struct user_stack *stack,
		       uint64_t until)
{
	struct name_request request = { .tgid = tgid, .stack = *stack };

	/* One request at a time: a reader that hangs gets no further request. */
	if (us->fd < 0 || !answer_wait(us, until))
		return false;
	request.id = us->sent + 1;
	if (send(us->fd, &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		keeper_reap(us);
		return false;
	}
	us->sent++;
	return answer_wait(us, until);
}

/* Write to @how in what way the process @name ended, by its @status. */
static void explain_end(char *how, size_t size, const char *name, int status)
{
	if (WIFSIGNALED(status))
		snprintf(how, size, "%s was ended by signal %d", name, WTERMSIG(status));
	else
		snprintf(how, size, "%s ended with status %d", name, WEXITSTATUS(status));
}

bool user_symbols__ended(const struct user_symbols *us, char *how, size_t size)
{
	if (!us || us->fd >= 0)
		return false;
	if (us->reaped)
		explain_end(how, size, "ipitrace-keeper", us->status);
	else
		snprintf(how, size, "ipitrace-keeper closed its socket");
	return true;
}

bool user_symbols__restarted(const struct user_symbols *us, uint32_t *tgid, char *how, size_t size)
{
	if (!us || !us->anew.reader)
		return false;
	*tgid = us->anew.tgid;
	if (us->anew.ended)
		explain_end(how, size,
			    us->anew.ended == KEPT_READER ? "ipitrace-names" : "ipitrace-open",
			    us->anew.status);
	else
		snprintf(how, size, "ipitrace-names did not answer within %d s",
			 KEEPER_PATIENCE_MS / 1000);
	return true;
}

void user_symbols__allow_early(struct user_symbols *us)
{
	if (us)
		us->early_until = mono_ns() + EARLY_MS * MS;
}

bool user_symbols__name_early(struct user_symbols *us, uint32_t tgid, const struct user_stack *live)
{
	struct user_stack stack = *live;
	uint64_t key;

	if (!stack.ip || stack.nr > USER_DEPTH || stack.words > USER_WORDS)
		return true;
	key = stack_key(tgid, &stack);
	if (!kept_find(us, key) && ask_reader(us, tgid, &stack, us->early_until) &&
	    us->answer.named.nr)
		kept_add(us, key);
	return mono_ns() < us->early_until;
}

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

static void sample_name(struct user_symbols *us, struct stack_sample *sample,
			const struct user_stack *stack, uint64_t until)
{
	const struct kept_stack *kept;
	uint64_t key;

	/* Below an interrupt are the frames of a task that has nothing to do with the csd. */
	if (!stack->ip || callers__sent_by_interrupt(sample))
		return;
	key = stack_key(sample->tgid, stack);
	kept = kept_find(us, key);
	if (!kept && ask_reader(us, sample->tgid, stack, until))
		kept = kept_add(us, key);
	sample->user_end = kept ? kept->end : USER_END_LATE;
	sample->nr_user = kept ? kept->nr : 0;
	for (uint32_t f = 0; f < sample->nr_user; f++) {
		const struct named_frame *frame = &us->frames[kept->first + f];

		sample->user[f] = (struct symbol){
			.addr = frame->addr,
			.offset = frame->offset,
			.name = text_or_null(frame->name),
			.module = text_or_null(frame->module),
		};
	}
}

void user_symbols__resolve(struct user_symbols *us, struct snapshot *snap)
{
	uint64_t until = mono_ns() + RESOLVE_MS * MS;

	/* The last window's names may go now: make room for the names of this window. */
	if (us && us->nr_kept > KEPT - SAMPLES)
		us->nr_kept = us->nr_frames = 0;
	for (size_t i = 0; us && i < snap->nr_user_stacks && i < snap->nr_samples; i++)
		sample_name(us, &snap->samples[i], &snap->user_stacks[i], until);
	for (size_t i = 0; us && i < snap->nr_send_user_stacks && i < snap->nr_send_samples; i++)
		sample_name(us, &snap->send_samples[i], &snap->send_user_stacks[i], until);
	free(snap->user_stacks);
	free(snap->send_user_stacks);
	snap->user_stacks = snap->send_user_stacks = NULL;
	snap->nr_user_stacks = snap->nr_send_user_stacks = 0;
}
