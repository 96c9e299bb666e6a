/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run of session__run() in which all is made up: the collector, the feeds, the clocks' descriptors,
 * the names. The made functions note their names in the order of the calls, and one of them fails if
 * the test wants that. Each run has a process of its own, as signals, affinity and stdout outlive it.
 */
#ifndef IPITRACE_TESTS_MADE_RUN_H
#define IPITRACE_TESTS_MADE_RUN_H

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/probe.h"
#include "collect/read_bank.h"
#include "run/parts.h"
#include "unit.h"

#define SECOND 1000000000ULL
/*
 * So often a run is repeated in one process to see whether it gives back its memory: glibc counts the
 * first seven chunks of a size that were freed as if they were in use.
 */
#define RUNS   12

/* What the test wants of a run. */
struct made {
	const char *fails; /* the function of this name returns @failure; NULL: none fails */
	int failure;
	/*
	 * What each wait for the end of a window finds, a letter for each: t the timer, k a tick,
	 * r the command's descriptor, n new stacks of users, o nothing, i a signal that is no end,
	 * s SIGTERM, c PROGRAM's end.
	 */
	const char *polls;
	int holds; /* so often gate() holds the run */
	bool stopped; /* a signal comes while the run is held */
	bool gate_over, tick_over; /* gate() and tick() end the run */
	bool reader_gone; /* window() writes to a pipe that nobody reads */
	uint64_t period; /* of the feeds */
	uint64_t queued; /* csds of each window */
	bool hidden, syslog; /* the kernel hides names; this process has CAP_SYSLOG */
	const char *ended,
		*restarted; /* how the readers of programs' files ended; NULL: they run */
	uint32_t restarted_by; /* the process whose file was the reason */
	enum flush_way flush_way;
	int nr_funcs; /* functions that match --func */
	uint32_t modules_gone; /* while the run lasts */
	uint64_t init_dropped; /* csds of init functions */
	int funcs_late; /* functions that match --func, of a module that comes and goes around the attaching */
	bool asids; /* whether INVLPGB is there */
	bool locks; /* the feeds have watchers */
	int end; /* what end() returns */
	const char *swap[2]; /* two names that are exchanged from open() to close() */
	int unlink; /* what unlinkat() fails with; 0: it does not */
};

/* What a run did, in memory that its process shares with the test's. */
struct seen {
	char log[2048];
	int status;
	long files; /* descriptors that are open after the run and were not before */
	long bytes; /* that a run more has allocated and not freed */
	struct collect_config config;
	char slow[128]; /* the message of a slow start */
	uint64_t slow_ns;
	bool sockets, verbose, last;
	bool ready,
		ready_early; /* the file is there when PROGRAM begins; and when the gate is asked */
	mode_t ready_mode;
	enum names_shown names;
	enum flush_way flush_way;
	uint64_t begun; /* before the run */
	uint64_t armed, armed_at; /* the end of the last window, and when it was asked for */
	uint64_t tick_ns;
	int waits[16]; /* the limits of the waits, ms */
	int nr_waits, nr_kept;
	struct cut_short cut;
	char said[2048]; /* on stderr */
};

static struct made made;
static struct seen *seen;
static struct collector collector = { .epoch = 7 };
static struct options opts;
static int turn; /* of made.polls */
static char find; /* what the last wait found */

static int note(const char *what)
{
	size_t len = strlen(seen->log);

	snprintf(seen->log + len, sizeof(seen->log) - len, "%s%s", len ? " " : "", what);
	return made.fails && !strcmp(made.fails, what) ? made.failure : 0;
}

/* Does what a system call does: -1 with errno. */
static int system_call(const char *what)
{
	int err = note(what);

	errno = -err;
	return err ? -1 : 0;
}

int __wrap_collector__open(struct collector **c, const struct collect_config *config)
{
	int err = note("attach");

	seen->config = *config;
	*c = err ? NULL : &collector;
	return err;
}

void __wrap_collector__begin(struct collector *c)
{
	note(c == &collector ? "begin" : "begin nothing");
}

int __wrap_collector__cut(struct collector *c, struct snapshot *snap, bool last)
{
	int err = note("cut");

	memset(snap, 0, sizeof(*snap));
	seen->last = last;
	if (err)
		return err;
	snap->ledger.queued = made.queued;
	/* For snapshot__free(). */
	snap->fns = calloc(1, sizeof(*snap->fns));
	snap->nr_fns = 1;
	return 0;
}

uint32_t __wrap_collector__modules_gone(const struct collector *c)
{
	return made.modules_gone;
}

uint64_t __wrap_collector__init_dropped(const struct collector *c)
{
	return made.init_dropped;
}

void __wrap_collector__close(struct collector *c)
{
	if (c)
		note(c == &collector ? "detach" : "detach something");
}

void __wrap_collector__verbose(bool verbose)
{
	seen->verbose = verbose;
}

void __wrap_probe__explain(const struct collect_config *config, int err, char *why, size_t size)
{
	snprintf(why, size, "the kernel lacks it (%d)", err);
}

enum kernel_has __wrap_probe__global_asids(void)
{
	note("asids");
	return 0;
}

struct tlb_facts __wrap_quirks__tlb_facts(const char *root)
{
	return (struct tlb_facts){ .invlpgb = made.asids };
}

enum flush_way __wrap_quirks__flush_way(const struct tlb_facts *facts)
{
	return made.flush_way;
}

/* The feeds. */

void __wrap_feeds__configure(struct feeds *feeds, const struct options *o,
			     struct collect_config *config)
{
	note("feeds-configure");
}

int __wrap_feeds__open(struct feeds *feeds, const struct options *o, struct collector *c)
{
	return note(c == &collector ? "feeds-open" : "feeds-open nothing");
}

int __wrap_feeds__begin(struct feeds *feeds)
{
	return note("feeds-begin");
}

uint64_t __wrap_feeds__period(const struct feeds *feeds)
{
	return made.period;
}

int __wrap_feeds__tick(struct feeds *feeds)
{
	return note("feeds-tick");
}

void __wrap_feeds__cut(struct feeds *feeds)
{
	note("feeds-cut");
}

int __wrap_feeds__window(struct feeds *feeds, const struct snapshot *snap)
{
	return note("feeds-window");
}

int __wrap_feeds__end(struct feeds *feeds)
{
	return note("feeds-end");
}

void __wrap_feeds__close(struct feeds *feeds)
{
	note("feeds-close");
}

void __wrap_watcher_threads__lock_memory(void)
{
	note("lock");
}

void __wrap_watcher_threads__stop(struct watcher_threads *threads)
{
	note("stop");
}

/* Names, and what else completes a snapshot. */

int __wrap_symbols__open(struct symbols **s, const char *path, const char *modules)
{
	*s = (void *)&collector;
	return note("symbols");
}

void __wrap_symbols__close(struct symbols *s)
{
	if (s)
		note("symbols-close");
}

int __wrap_symbols__resolve(struct symbols *s, struct snapshot *snap, uint64_t now)
{
	return note("names");
}

bool __wrap_symbols__hidden(const struct symbols *s)
{
	return made.hidden;
}

int __wrap_symbols__match(struct symbols *s, const char *glob, uint64_t **addrs)
{
	bool late = strstr(seen->log, "attach") && !strstr(seen->log, "feeds-open");
	int nr = late && made.funcs_late ? made.funcs_late : made.nr_funcs;

	*addrs = calloc(nr, sizeof(**addrs));
	for (int i = made.nr_funcs; *addrs && i < nr; i++)
		(*addrs)[i] = i;
	return nr;
}

/* The numbers are the kernel's also where the tests run in a container. */
bool __wrap_machine__has_kernel_pids(void)
{
	return true;
}

bool __wrap_privileges__have(unsigned int cap)
{
	return made.syslog;
}

int __wrap_cgroups__open(struct cgroups **c, const char *root)
{
	*c = (void *)&collector;
	return note("cgroups");
}

void __wrap_cgroups__close(struct cgroups *c)
{
	if (c)
		note("cgroups-close");
}

void __wrap_cgroups__resolve(struct cgroups *c, struct snapshot *snap)
{
	note("paths");
}

int __wrap_interrupts__open(struct interrupts **in, const char *path)
{
	*in = (void *)&collector;
	return note("interrupts");
}

void __wrap_interrupts__close(struct interrupts *in)
{
	if (in)
		note("interrupts-close");
}

void __wrap_interrupts__since(struct interrupts *in, struct arrivals *since)
{
	note(in ? "arrivals" : "arrivals unknown");
}

int __wrap_kinds__complete(struct snapshot *snap, const struct collect_config *config,
			   const struct arrivals *since, const char *machine)
{
	return note("kinds");
}

int __wrap_user_symbols__open(struct user_symbols **us)
{
	int err = note("users");

	*us = err ? NULL : (void *)&collector;
	return err;
}

void __wrap_user_symbols__close(struct user_symbols *us)
{
	if (us)
		note("users-close");
}

void __wrap_user_symbols__resolve(struct user_symbols *us, struct snapshot *snap)
{
	if (us)
		note("users-names");
}

void __wrap_user_symbols__allow_early(struct user_symbols *us)
{
	note(us ? "allow" : "allow nobody");
}

bool __wrap_user_symbols__ended(const struct user_symbols *us, char *how, size_t size)
{
	if (made.ended)
		snprintf(how, size, "%s", made.ended);
	return made.ended;
}

bool __wrap_user_symbols__restarted(const struct user_symbols *us, uint32_t *tgid, char *how,
				    size_t size)
{
	*tgid = made.restarted_by;
	if (made.restarted)
		snprintf(how, size, "%s", made.restarted);
	return made.restarted;
}

size_t __wrap_live_stacks__each(struct live_stacks *live, const struct maps *maps, uint32_t epoch,
				live_stack_fn *see, void *ctx)
{
	note(epoch == collector.epoch && maps == &collector.maps ? "stacks" : "stacks of others");
	return find == 'n';
}

/* What goes before the collection. */

int __real_signals__open(struct signals *signals);
int __wrap_signals__open(struct signals *signals)
{
	int err = note("signals");

	return err ? err : __real_signals__open(signals);
}

void __real_signals__close(struct signals *signals);
void __wrap_signals__close(struct signals *signals)
{
	if (signals->child_fd >= 0)
		note("signals-close");
	__real_signals__close(signals);
}

int __real_child__fork(struct child *child, char **argv);
int __wrap_child__fork(struct child *child, char **argv)
{
	int err = note("fork");

	return err ? err : __real_child__fork(child, argv);
}

int __real_unlinkat(int dir, const char *path, int flags);
int __wrap_unlinkat(int dir, const char *path, int flags)
{
	errno = -made.unlink;
	return made.unlink ? -1 : __real_unlinkat(dir, path, flags);
}

int __real_child__start(struct child *child);
int __wrap_child__start(struct child *child)
{
	struct stat st;
	int err = note("program");

	seen->ready = opts.ready_file && !lstat(opts.ready_file, &st);
	seen->ready_mode = seen->ready ? st.st_mode : 0;
	return err ? err : __real_child__start(child);
}

int __wrap_affinity__bind(const struct cpuset *wanted, struct cpuset *bound)
{
	return note(wanted ? "bind to those" : "bind");
}

void __wrap_affinity__keep(const struct cpuset *bound)
{
	seen->nr_kept++;
}

struct slow_start *__wrap_slow_start__begin(uint64_t ns, const char *message, int stop_fd)
{
	note("watch");
	seen->slow_ns = ns;
	snprintf(seen->slow, sizeof(seen->slow), "%s", message);
	return (void *)&collector;
}

void __wrap_slow_start__end(struct slow_start *s)
{
	note(s == (void *)&collector ? "watched" : "watched nothing");
}

int __wrap_privileges__drop(void)
{
	return note("drop");
}

int __wrap_confine__privileges(bool sockets)
{
	seen->sockets = sockets;
	return note("confine");
}

/* Time, and what happens meanwhile. */

int __real_timerfd_create(int clock, int flags);
int __wrap_timerfd_create(int clock, int flags)
{
	return system_call("timer") ?: __real_timerfd_create(clock, flags);
}

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *when, struct itimerspec *was)
{
	seen->armed = when->it_value.tv_sec * SECOND + when->it_value.tv_nsec;
	seen->armed_at = mono_ns();
	return system_call(flags == TFD_TIMER_ABSTIME ? "arm" : "arm for a while");
}

int __wrap_ticker__open(uint64_t period_ns)
{
	int err = note("ticker");

	seen->tick_ns = period_ns;
	return err ? err : __real_timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
}

bool __wrap_ticker__due(int fd)
{
	return find == 'k';
}

void __wrap_wall_clock__sync(void)
{
	note("sync");
}

/* A wait for the end of a window. */
static int wait_made(struct pollfd *fds, int limit)
{
	int err = system_call("wait");

	if (seen->nr_waits < (int)ARRAY_SIZE(seen->waits))
		seen->waits[seen->nr_waits++] = limit;
	if (err)
		return err;
	for (int i = 0; i < 5; i++)
		fds[i].revents = 0;
	find = made.polls[turn];
	/* A run that goes on although nothing is left to happen. */
	if (!find)
		_exit(EXIT_FAILURE);
	turn++;
	if (find == 't')
		fds[0].revents = POLLIN;
	if (find == 'r' && fds[4].fd >= 0)
		fds[4].revents = POLLIN;
	if (find == 's')
		raise(SIGTERM);
	if (find == 'c')
		waitid(P_ALL, 0, &(siginfo_t){}, WEXITED | WNOWAIT);
	errno = EINTR;
	return find == 'i' ? -1 : 1;
}

int __real_poll(struct pollfd *fds, nfds_t nr, int limit);
int __wrap_poll(struct pollfd *fds, nfds_t nr, int limit)
{
	if (nr == 5)
		return wait_made(fds, limit);
	if (nr != 1 || limit <= 0)
		return __real_poll(fds, nr, limit);
	note("hold");
	return made.stopped;
}

/* The command. */

static void on_configure(void *ctx, const struct options *o, struct collect_config *config)
{
	note("configure");
}

static int on_gate(void *ctx, const struct collect_config *config, struct gating *gating)
{
	struct stat st;

	seen->ready_early = opts.ready_file && !lstat(opts.ready_file, &st);
	gating->slow = "the made gate holds";
	gating->over = made.gate_over;
	if (gating->hold)
		note("held before");
	gating->hold = made.holds-- > 0;
	return note("gate");
}

static int on_end_unattached(void *ctx, const struct options *o)
{
	return note("end-unattached");
}

static void names_swap(void)
{
	if (made.swap[0] &&
	    renameat2(AT_FDCWD, made.swap[0], AT_FDCWD, made.swap[1], RENAME_EXCHANGE))
		note("no swap");
}

static int on_open(void *ctx, const struct options *o, struct collector *c)
{
	names_swap();
	return note(c == &collector ? "open" : "open nothing");
}

static int on_begun(void *ctx)
{
	return note("begun");
}

static int on_tick(void *ctx, bool *over)
{
	*over = made.tick_over;
	return note("tick");
}

static int on_fd(void *ctx)
{
	return STDIN_FILENO;
}

static int on_readable(void *ctx, bool *over)
{
	return note("readable");
}

static void on_before_cut(void *ctx)
{
	note("before-cut");
}

static int on_window(void *ctx, const struct snapshot *snap, const struct options *o)
{
	seen->names = snap->how.names;
	seen->flush_way = snap->how.flush_way;
	if (made.reader_gone)
		printf("a window\n");
	return note(snap->window.last ? "last-window" : "window");
}

static int on_end(void *ctx, const struct options *o, const struct cut_short *cut)
{
	seen->cut = *cut;
	return note("end") ?: made.end;
}

static void on_close(void *ctx)
{
	names_swap();
	note(ctx == &made ? "close" : "close something");
}

/* A command that has all that a command can have. */
#define ALL_OPS                                                                                   \
	.users = true, .tick_ns = 5000000, .configure = on_configure, .gate = on_gate,            \
	.end_unattached = on_end_unattached, .open = on_open, .begun = on_begun, .tick = on_tick, \
	.fd = on_fd, .readable = on_readable, .before_cut = on_before_cut, .window = on_window,   \
	.end = on_end, .close = on_close

static const struct session_ops all_ops = { ALL_OPS };

/* No signal of a run is there in the next one. */
static void signals_forget(void)
{
	sigset_t all;

	sigfillset(&all);
	while (sigtimedwait(&all, NULL, &(struct timespec){}) > 0)
		;
}

/* In a process of its own: the same run several times. */
static void __attribute__((noreturn)) run_child(const struct session_ops *ops, int said)
{
	const struct made first = made;
	struct feeds feeds = { .stalls.watchers = made.locks ? (void *)&collector : NULL };
	size_t before = 0;
	int ends[2];

	dup2(said, STDERR_FILENO);
	if (made.reader_gone && !pipe(ends)) {
		signal(SIGPIPE, SIG_IGN);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
	}
	for (int i = 0; i < RUNS; i++) {
		if (ftruncate(said, 0) || lseek(said, 0, SEEK_SET))
			_exit(EXIT_FAILURE);
		memset(seen, 0, sizeof(*seen));
		made = first;
		turn = 0;
		seen->files = -list_fds(NULL);
		seen->begun = mono_ns();
		seen->status = session__run(&opts, ops, &feeds, &made);
		seen->files += list_fds(NULL);
		signals_forget();
		seen->bytes = mallinfo2().uordblks - before;
		before = mallinfo2().uordblks;
		/* The reader that is gone is gone in the next run. */
		if (made.reader_gone) {
			seen->bytes = 0;
			break;
		}
	}
	/* Not _exit(): a sanitizer looks for leaks here. */
	exit(EXIT_SUCCESS);
}

/*
 * Run, as `made` and `opts` say, and fill in `seen`. Fails unless the run gave back its descriptors, but
 * that of the signals, which stdout needs until the process ends, and its memory.
 */
static void run(const struct session_ops *ops)
{
	int said = memfd_create("said", 0), status;
	pid_t pid;

	assert_true(said >= 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		run_child(ops, said);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	memset(seen->said, 0, sizeof(seen->said));
	assert_true(pread(said, seen->said, sizeof(seen->said) - 1, 0) >= 0);
	close(said);
	if (status)
		print_error("status %x after: %s\n%s", status, seen->log, seen->said);
	assert_int_equal(status, 0);
	assert_int_equal(seen->files, strstr(seen->log, "signals-close") ? 1 : 0);
	assert_int_equal(seen->bytes, 0);
}

static int made_setup(void **state)
{
	memset(&made, 0, sizeof(made));
	memset(&opts, 0, sizeof(opts));
	made.polls = "t";
	made.nr_funcs = 1;
	opts.command = COMMAND_SUMMARY;
	opts.duration = 3600;
	return 0;
}

static int made_open(void **state)
{
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return seen == MAP_FAILED ? -1 : 0;
}

#endif /* IPITRACE_TESTS_MADE_RUN_H */
