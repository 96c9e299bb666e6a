// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include "base/sysfile.h"
#include "run/parts.h"
#include "view/words/words.h"

#define THREAD	    "/proc/self/task/%d/"
/* How often the thread is looked at in the time of slow_start.limit. */
#define LOOKS	    6
/* After LONG times the limit, the message comes even if the thread goes from wait to wait. */
#define LONG	    4
/* The note that programs are loaded comes after the limit divided by this. */
#define NOTE	    3
#define STACK_SHOWN 4
#define MS	    1000000

struct slow_start {
	pthread_t thread;
	int tid; /* tid of the thread that is watched */
	uint64_t limit; /* ns */
	int pipe[2]; /* the watching thread ends when the other end is closed */
	int stop_fd;
	char *message;
	bool held; /* the thread is held, and the message was written */
	bool noting; /* the note is wanted, and was not shown yet */
};

/* Two of these show whether a thread is held in one call of the kernel. */
struct look {
	bool known;
	struct proc_stat stat;
	uint64_t sleeps; /* how often the thread let go of its CPU by itself */
};

static struct look read_look(int tid)
{
	struct look look = {};
	char line[512], count[32];

	if (!sysfile__line(line, sizeof(line), THREAD "stat", tid) ||
	    !sysfile__rest(count, sizeof(count), "voluntary_ctxt_switches:", THREAD "status", tid))
		return look;
	look.known = proc_stat__parse(&look.stat, line);
	look.sleeps = strtoull(count, NULL, 10);
	return look;
}

/*
 * Whether the thread is in the same call of the kernel: between two looks it neither came back to
 * user mode nor woke up.
 */
static bool is_same_call(const struct look *before, const struct look *now)
{
	return before->known && now->known && before->stat.user == now->stat.user &&
	       before->sleeps == now->sleeps;
}

/* Write the functions of the thread's kernel stack, innermost first: "a < b < c"; "": not root. */
static void read_stack(int tid, char *text, size_t size)
{
	char path[64], line[256], name[128];
	size_t len = 0;
	FILE *file;

	*text = '\0';
	snprintf(path, sizeof(path), THREAD "stack", tid);
	file = fopen(path, "re");
	for (int i = 0; file && i < STACK_SHOWN && len < size && fgets(line, sizeof(line), file);)
		if (sscanf(line, "[<%*[^>]>] %127[^+ \n]", name) == 1)
			len += snprintf(text + len, size - len, "%s%s", i++ ? " < " : "", name);
	if (file)
		fclose(file);
}

void slow_start__where(char state, unsigned int cpu, const char *stack, char *text, size_t size)
{
	*text = '\0';
	/* The thread does not wait in the kernel: real-time tasks may hold its CPU for seconds. */
	if (*stack && state == 'R')
		snprintf(text, size,
			 ": ipitrace is ready to run on CPU %u, which other tasks may have, in %s",
			 cpu, stack);
	else if (*stack)
		snprintf(text, size, ": the kernel waits in %s", stack);
	/* The thread may wait for another CPU in a loop. */
	else if (state == 'R')
		snprintf(
			text, size,
			": the kernel is busy on CPU %u, perhaps in a loop that waits until another "
			"CPU takes an IPI (ipitrace waits names such a CPU)",
			cpu);
}

static void say_held(struct slow_start *s, const struct look *look, uint64_t ns)
{
	char stack[4 * 128], where[600];
	struct look after;

	read_stack(s->tid, stack, sizeof(stack));
	/* The stack is the first look's, unless the thread slept or woke between the two looks. */
	after = read_look(s->tid);
	slow_start__where(is_same_call(look, &after) ? look->stat.state : after.stat.state,
			  look->stat.cpu, stack, where, sizeof(where));
	s->held = true;
	redraw__note_end();
	fail(EXIT_DONE, "%s for %.0f s%s", s->message, ns / 1e9, where);
}

static void show_note(struct slow_start *s)
{
	if (s->noting)
		redraw__note("loading BPF programs");
	s->noting = false;
}

static void *watch_thread(void *ctx)
{
	struct slow_start *s = ctx;
	struct pollfd fds[] = { { .fd = s->pipe[0], .events = POLLIN },
				{ .fd = s->stop_fd, .events = POLLIN } };
	struct look first = read_look(s->tid);
	char stack[4 * 128];
	uint64_t begun = mono_ns(), since = begun;

	/* Until the thread is held, the session handles a signal, and not this thread. */
	while (!poll(fds, s->held ? 2 : 1, s->limit / LOOKS / MS + 1)) {
		struct look look = read_look(s->tid);
		uint64_t now = mono_ns();

		if (!is_same_call(&first, &look)) {
			first = look;
			since = now;
		}
		if (now - begun >= s->limit / NOTE)
			show_note(s);
		if (!s->held && (now - since >= s->limit || now - begun >= LONG * s->limit))
			say_held(s, &look, now - since >= s->limit ? now - since : now - begun);
	}
	if (fds[0].revents || !fds[1].revents || !s->held)
		return NULL;
	/* Ctrl-C: a held thread sees no signal; the process ends once the kernel lets it go. */
	read_stack(s->tid, stack, sizeof(stack));
	fail(EXIT_FAILED,
	     "stopped before collection began; the process ends when the kernel has finished%s%s",
	     *stack ? " with " : "", stack);
	_exit(EXIT_FAILED);
}

static void slow_start_free(struct slow_start *s)
{
	close(s->pipe[0]);
	free(s->message);
	free(s);
}

struct slow_start *slow_start__begin(uint64_t ns, const char *message, int stop_fd, bool noting)
{
	struct slow_start *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->tid = gettid();
	s->limit = ns;
	s->stop_fd = stop_fd;
	s->noting = noting;
	s->message = strdup(message);
	if (!s->message || pipe2(s->pipe, O_CLOEXEC)) {
		free(s->message);
		free(s);
		return NULL;
	}
	if (!pthread_create(&s->thread, NULL, watch_thread, s))
		return s;
	close(s->pipe[1]);
	slow_start_free(s);
	return NULL;
}

void slow_start__end(struct slow_start *s)
{
	if (!s)
		return;
	close(s->pipe[1]);
	pthread_join(s->thread, NULL);
	redraw__note_end();
	slow_start_free(s);
}
