// SPDX-License-Identifier: GPL-2.0
#include <linux/capability.h>
#include <math.h>
#include <sys/timerfd.h>
#include "collect/collector.h"
#include "collect/probe.h"
#include "collect/read_bank.h"
#include "base/helper_process.h"
#include "model/callers.h"
#include "model/callsite.h"
#include "run/parts.h"

#define NS	     1000000000ULL
#define GATE_MS	     100
/* How often new user stacks are named while a window lasts: at first, and when none are new. */
#define LIVE_MS	     50
#define LIVE_MOST_MS 200
/* A call of the kernel takes less than this where all CPUs answer. */
#define SLOW_NS	     (3 * NS)

void finisher__open(struct finisher *f)
{
	struct tlb_facts facts = quirks__tlb_facts("");

	/* Reading the kernel's types takes some ms: only if the CPU has the instruction INVLPGB. */
	if (facts.invlpgb)
		facts.global_asids = probe__global_asids();
	f->flush_way = quirks__flush_way(&facts);
	if (symbols__open(&f->symbols, NULL, NULL))
		f->symbols = NULL;
	f->syslog = privileges__have(CAP_SYSLOG);
	f->kernel_pids = machine__has_kernel_pids();
	if (cgroups__open(&f->cgroups, NULL))
		f->cgroups = NULL;
	if (interrupts__open(&f->interrupts, NULL))
		f->interrupts = NULL;
}

void finisher__close(struct finisher *f)
{
	symbols__close(f->symbols);
	user_symbols__close(f->users);
	cgroups__close(f->cgroups);
	interrupts__close(f->interrupts);
}

void finisher__cut(struct finisher *f)
{
	interrupts__since(f->interrupts, &f->since);
	f->handed_before = f->handed;
	f->handed = softnet__handed(NULL);
}

/*
 * If RPS may have handed packets to CPUs in the window, the packets that a task ran may be
 * anybody's.
 */
static void doubt_senders(const struct finisher *f, struct snapshot *snap)
{
	if (!softnet__may_have_handed(f->handed_before, f->handed))
		return;
	for (size_t i = 0; i < snap->nr_samples; i++)
		callers__doubt_backlog(&snap->samples[i]);
	for (size_t i = 0; i < snap->nr_send_samples; i++)
		callers__doubt_backlog(&snap->send_samples[i]);
}

int finisher__finish(struct finisher *f, struct snapshot *snap, const struct collect_config *config,
		     bool nameless)
{
	int err = 0;

	machine__read(&f->host);
	snap->host = &f->host;
	snap->how.flush_way = f->flush_way;
	if (f->symbols && !nameless)
		err = symbols__resolve(f->symbols, snap, mono_ns());
	callsites__clear_hidden(snap);
	if (!nameless && !f->symbols)
		snap->how.names = NAMES_UNREADABLE;
	else if (!nameless && !err && symbols__hidden(f->symbols))
		snap->how.names = f->syslog ? NAMES_RESTRICTED : NAMES_NEED_SYSLOG;
	user_symbols__resolve(f->users, snap);
	if (!nameless)
		cgroups__resolve(f->cgroups, snap);
	doubt_senders(f, snap);
	if (!err)
		own_work__mark(snap, f->kernel_pids ? (uint32_t)getpid() : UINT32_MAX,
			       f->kernel_pids ? helpers__own() : NULL);
	if (!err)
		err = kinds__complete(snap, config, &f->since, f->host.name.machine);
	if (!err && snap->known.self)
		snap->rss_bytes = self__rss_peak();
	return err ? err : snapshot__rank(snap);
}

struct session {
	const struct options *opts;
	const struct session_ops *ops;
	struct feeds *feeds;
	void *ctx;
	struct collect_config config;
	uint64_t *funcs; /* the memory of config.funcs */
	bool funcs_came; /* functions that match --func came after those were looked up */
	struct collector *collector;
	struct finisher finisher;
	bool users_gone; /* it was reported that the processes that name user stacks ended */
	bool users_anew; /* it was reported that they were started again */
	struct child child;
	struct signals signals;
	int ready_dir; /* the directory of --ready-file; negative: not open */
	int timer_fd;
	int tick_fd; /* -1: neither feeds to poll nor tick() */
	struct boundaries run; /* CLOCK_MONOTONIC */
	uint64_t queued; /* csds in the windows so far */
	struct live_stacks live; /* names already looked up in the window that has begun */
	struct cpuset own_cpus; /* the CPUs that ipitrace is bound to */
	struct cut_short cut;
	struct gating gating;
};

/* Set the timer to the window's end, *@last if that ends the run. Returns 0 or a negative errno. */
static int window_arm(struct session *s, bool *last)
{
	struct boundary next = boundary__next(&s->run, mono_ns());
	uint64_t at = s->ops->windowless ? s->run.begun + s->run.duration : next.at;
	struct itimerspec when = { .it_value = { at / NS, at % NS } };

	*last = s->ops->windowless || next.last;
	if (s->ops->windowless && !s->run.duration)
		return 0;
	return timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) ? -errno : 0;
}

/* Note whether the run, which began at @begun and ends now, was cut short. */
static void note_cut_short(struct session *s, uint64_t begun)
{
	const struct run_end end = {
		.signal = signals__stopped_by(),
		.unread = ferror(stdout),
		.ns = mono_ns() - begun,
	};

	if (s->cut.by == CUT_NOT)
		s->cut = cut_short(s->opts, &s->child, &end);
}

static bool has_users(const struct session *s)
{
	/* In a PID namespace /proc/N is another process than the kernel's number N. */
	return s->ops->users && !s->opts->no_user && s->finisher.kernel_pids;
}

/* Hold the run until programs may be attached, or it is over. Returns an exit status. */
static int hold_gate(struct session *s)
{
	uint64_t begun = mono_ns(), duration = llround(s->opts->duration * NS);
	struct pollfd stop = { .fd = s->signals.stop_fd, .events = POLLIN };
	struct gating *gating = &s->gating;
	int status = EXIT_DONE;

	gating->hold = s->ops->gate;
	while (gating->hold && !gating->over && status == EXIT_DONE) {
		gating->hold = false;
		status = part_status("start", s->ops->gate(s->ctx, &s->config, gating));
		if (gating->hold && !gating->over)
			gating->over = poll(&stop, 1, GATE_MS) > 0 ||
				       (duration && mono_ns() - begun >= duration);
	}
	if (gating->over)
		note_cut_short(s, begun);
	return status;
}

/* Whether the exit status, or a test of --tap, is a verdict. */
static bool is_gate(const struct options *opts)
{
	return opts->exit_code || opts->tap;
}

/* Whether there are functions now that match --func of a gate, and that are not watched. */
static bool have_functions_come(const struct session *s)
{
	return is_gate(s->opts) &&
	       configure__funcs_came(s->opts, s->finisher.symbols, s->funcs, s->config.nr_funcs);
}

/* Open the collector. Returns an exit status. */
static int collector_open(struct session *s)
{
	struct slow_start *slow;
	char why[256];
	int err;

	s->config.any_source = s->ops->any_source;
	s->config.program = s->child.pid;
	s->config.user_stacks = has_users(s);
	s->config.host_flushes = s->finisher.flush_way == FLUSH_BY_HOST;
	feeds__configure(s->feeds, s->opts, &s->config);
	if (s->ops->configure)
		s->ops->configure(s->ctx, s->opts, &s->config);
	slow = slow_start__begin(
		SLOW_NS,
		s->gating.slow ?:
			"the kernel has not answered, as BPF programs are loaded and attached,",
		s->signals.stop_fd, !s->opts->quiet);
	err = collector__open(&s->collector, &s->config);
	slow_start__end(slow);
	if (err == -ENOMEM)
		return part_status("start", err);
	if (err) {
		probe__explain(&s->config, err, why, sizeof(why));
		return fail(EXIT_CANNOT, "%s", why);
	}
	/* A module may have come since the functions were looked up, and be gone at the end. */
	s->funcs_came = have_functions_come(s);
	return EXIT_DONE;
}

/*
 * Open the directory of --ready-file, and remove the file or the symbolic link of an earlier run; a
 * file that has bytes becomes PATH.old. Returns 0 or a negative errno: -EEXIST, there is something
 * else, which stays.
 */
static int ready_remove(struct session *s, const char *path)
{
	const char *base = basename(path);
	struct new_file file;
	struct stat st;
	int err;

	s->ready_dir = new_file__directory(path);
	if (s->ready_dir < 0)
		return s->ready_dir;
	if (fstatat(s->ready_dir, base, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT && *base ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* A run leaves no device and no FIFO, so this is no file of an earlier run: keep it. */
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return -EEXIST;
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return unlinkat(s->ready_dir, base, 0) && errno != ENOENT ? -errno : 0;
	/* A run leaves no file that has bytes either: keep such a file under another name. */
	err = new_file__make_way(&file, s->ready_dir, path);
	if (!err && *file.old)
		diag__renamed(path, file.old);
	return err;
}

/*
 * Create the file, of mode 0600, in the directory that @path led to at the start, never through a
 * symbolic link. Returns 0 or a negative errno.
 */
static int ready_create(struct session *s, const char *path)
{
	/* O_EXCL: whoever may write to the directory cannot make root follow a link. */
	int fd = openat(s->ready_dir, basename(path),
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Remove or create --ready-file, which shows that collection has begun. Returns an exit status. */
static int ready_file(struct session *s, int (*change)(struct session *s, const char *path))
{
	const char *path = s->opts->ready_file;
	int err = path ? change(s, path) : 0;

	return err ? fail(EXIT_FAILED, "--ready-file %s: %s", path, strerror(-err)) : EXIT_DONE;
}

/* Open, as root, what the command follows. Returns an exit status. */
static int open_run(struct session *s)
{
	int status = part_status("start", feeds__open(s->feeds, s->opts, s->collector));

	if (status == EXIT_DONE && s->ops->open)
		status = part_status("start", s->ops->open(s->ctx, s->opts, s->collector));
	/* All that the watchers use is allocated: they must not wait for memory. */
	if (status == EXIT_DONE && s->feeds->stalls.watchers)
		watcher_threads__lock_memory();
	return status;
}

/* Start collection and PROGRAM, and give up root. Returns an exit status. */
static int begin_run(struct session *s)
{
	uint64_t tick_ns = s->ops->tick_ns ?: feeds__period(s->feeds);
	int err, status;

	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (s->timer_fd < 0)
		return part_status("timer", -errno);
	s->tick_fd = tick_ns ? ticker__open(tick_ns) : -1;
	if (tick_ns && s->tick_fd < 0)
		return part_status("start", s->tick_fd);
	finisher__cut(&s->finisher);
	collector__begin(s->collector);
	s->run = (struct boundaries){
		.begun = mono_ns(),
		.period = llround(options__window(s->opts) * NS),
		.duration = llround(s->opts->duration * NS),
		.early = s->ops->early_ns,
	};
	status = ready_file(s, ready_create);
	if (status != EXIT_DONE)
		return status;
	err = child__start(&s->child);
	/* become__check() has seen the file itself. */
	if (err == -ENOENT)
		return fail(EXIT_FAILED, "%s: its interpreter (#!, or the loader) does not exist",
			    s->opts->program[0]);
	if (err)
		return part_status(s->opts->program[0], err);
	err = privileges__drop();
	if (err)
		return part_status("cannot give up root", err);
	/* A kernel without seccomp takes no filter; `check` says so. */
	(void)confine__privileges(s->ops->sockets);
	status = s->ops->begun ? part_status("threads", s->ops->begun(s->ctx)) : EXIT_DONE;
	return status == EXIT_DONE ? part_status("threads", feeds__begin(s->feeds)) : status;
}

/* Name a user stack. A live_stack_fn. */
static bool stack_name(void *users, uint32_t tgid, const struct user_stack *stack)
{
	return user_symbols__name_early(users, tgid, stack);
}

/* Do the command's part while a window lasts. Returns an exit status. */
static int command_turn(struct session *s, bool readable, bool *over)
{
	int status = EXIT_DONE;

	if (s->tick_fd >= 0 && ticker__due(s->tick_fd)) {
		status = feeds__tick(s->feeds);
		if (status == EXIT_DONE && s->ops->tick)
			status = s->ops->tick(s->ctx, over);
	}
	if (status == EXIT_DONE && readable)
		status = s->ops->readable(s->ctx, over);
	/* If the reader is gone, that is no failure. */
	*over |= status < 0;
	return status < 0 ? output_status(status) : status;
}

/*
 * Wait for the end of the window: by the timer, a signal, the end of PROGRAM or
 * the command's tick() or readable(). Returns an exit status.
 */
static int window_wait(struct session *s, bool *last)
{
	struct pollfd fds[] = {
		{ .fd = s->timer_fd, .events = POLLIN },
		{ .fd = s->signals.stop_fd, .events = POLLIN },
		{ .fd = s->signals.child_fd, .events = POLLIN },
		{ .fd = s->tick_fd, .events = POLLIN },
		{ .events = POLLIN },
	};
	int err = window_arm(s, last), status, live_ms = LIVE_MS;
	bool over = false;

	if (err)
		return part_status("timer", err);
	while (!fds[0].revents) {
		/* A process in the background has no keys. */
		fds[4].fd = s->ops->fd ? s->ops->fd(s->ctx) : -1;
		if (poll(fds, 5, has_users(s) ? live_ms : -1) < 0 && errno != EINTR)
			return part_status("poll", -errno);
		if (has_users(s)) {
			user_symbols__allow_early(s->finisher.users);
			/* Look less often while there are no new user stacks. */
			live_ms = live_ms < LIVE_MOST_MS ? 2 * live_ms : LIVE_MOST_MS;
			if (live_stacks__each(&s->live, &s->collector->maps, s->collector->epoch,
					      stack_name, s->finisher.users))
				live_ms = LIVE_MS;
		}
		affinity__keep(&s->own_cpus);
		status = command_turn(s, fds[4].revents, &over);
		if (status != EXIT_DONE)
			return status;
		signals__child_seen(&s->signals);
		/* PROGRAM has ended, or a signal ends the run. */
		if (child__poll(&s->child) || signals__stop(&s->signals) || over) {
			*last = true;
			break;
		}
	}
	if (*last)
		note_cut_short(s, s->run.begun);
	return EXIT_DONE;
}

/* Say once that the reader of programs' files has ended: collection goes on. */
static void users_gone_say(struct session *s)
{
	char how[80];

	if (s->users_gone || !user_symbols__ended(s->finisher.users, how, sizeof(how)))
		return;
	fail(EXIT_FAILED, "helper process %s: from now on names of programs' functions are missing",
	     how);
	s->users_gone = true;
}

/*
 * Say once that the process that reads programs' files hung or ended, and was started again: only
 * some names are missing.
 */
static void users_anew_say(struct session *s)
{
	char how[80], whose[64] = "";
	uint32_t tgid;

	if (s->users_anew || !user_symbols__restarted(s->finisher.users, &tgid, how, sizeof(how)))
		return;
	if (tgid)
		snprintf(whose, sizeof(whose), " for process %u", tgid);
	fail(EXIT_FAILED, "helper process %s%s: ipitrace started it again, and %s", how, whose,
	     tgid ? "names of that process's functions are missing" :
		    "some names of programs' functions are missing");
	s->users_anew = true;
}

/* End a window and show it. Returns an exit status. */
static int window_end(struct session *s, bool last)
{
	struct snapshot snap;
	int err, status = EXIT_DONE;

	wall_clock__sync();
	if (s->ops->before_cut)
		s->ops->before_cut(s->ctx);
	finisher__cut(&s->finisher);
	err = collector__cut(s->collector, &snap, last);
	if (err)
		return part_status("end of a window", err);
	snap.window.last = last;
	s->queued += snap.ledger.queued;
	feeds__cut(s->feeds);
	err = finisher__finish(&s->finisher, &snap, &s->config, s->ops->nameless);
	users_anew_say(s);
	users_gone_say(s);
	if (err)
		status = part_status("end of a window", err);
	else
		status = feeds__window(s->feeds, &snap);
	if (status == EXIT_DONE && s->ops->window)
		status = s->ops->window(s->ctx, &snap, s->opts);
	snapshot__free(&snap);
	return status <= EXIT_DONE ? output_status(status) : status;
}

/* Say it if functions match --func, but no csd ran one of them. */
static void func_unseen(const struct session *s)
{
	const struct options *opts = s->opts;

	if (!opts->func || s->queued || opts->quiet || opts->json || s->ops->windowless ||
	    s->ops->unattended)
		return;
	fail(EXIT_DONE, "--func %s: no csd ran the %zu function%s that match%s", opts->func,
	     s->config.nr_funcs, s->config.nr_funcs == 1 ? "" : "s",
	     s->config.nr_funcs == 1 ? "es" : "");
}

/* Note whether a gate with --func has not watched all functions of that name. */
static void note_functions(struct session *s)
{
	uint32_t gone = s->config.funcs ? collector__modules_gone(s->collector) : 0;
	uint64_t init = s->config.funcs ? collector__init_dropped(s->collector) : 0;
	char *why = s->cut.why;
	size_t size = sizeof(s->cut.why);

	if (s->cut.by != CUT_NOT || !is_gate(s->opts))
		return;
	if (s->funcs_came || have_functions_come(s))
		snprintf(why, size,
			 "functions that match --func came during the run, and were not watched");
	else if (gone)
		snprintf(
			why, size,
			"%u module%s came and went during the run, and may have had functions that "
			"match --func",
			gone, gone == 1 ? "" : "s");
	else if (init)
		snprintf(why, size,
			 "%" PRIu64
			 " csd%s ran init functions of modules that came during the run, "
			 "which have no names any more and may match --func",
			 init, init == 1 ? "" : "s");
	else
		return;
	s->cut.by = CUT_FUNCTIONS;
}

/* Run all windows, and the command's end. Returns an exit status. */
static int run_windows(struct session *s)
{
	bool last = false;
	int status;

	do {
		status = window_wait(s, &last);
		if (status != EXIT_DONE || s->ops->windowless)
			continue;
		status = window_end(s, last);
		/* A reader of stdout that is gone ends the run, and is no failure. */
		if (!last && ferror(stdout)) {
			last = true;
			note_cut_short(s, s->run.begun);
		}
	} while (status == EXIT_DONE && !last);
	if (status == EXIT_DONE)
		func_unseen(s);
	if (status == EXIT_DONE)
		status = feeds__end(s->feeds);
	/* The reader of stdout may be gone, which is no failure. */
	if (status < 0)
		status = output_status(status);
	if (status == EXIT_DONE)
		note_functions(s);
	if (status == EXIT_DONE && s->ops->end)
		status = s->ops->end(s->ctx, s->opts, &s->cut);
	return status < 0 ? output_status(status) : status;
}

/* Prepare all that must precede the attaching. Returns an exit status. */
static int prepare_run(struct session *s)
{
	const struct options *opts = s->opts;
	const struct cpuset *own = NULL;
	int err = opts->program ? become__check(opts->program[0]) : 0, status;

	/* Check PROGRAM before new files take the place of older ones. */
	if (err)
		return part_status(opts->program[0], err);
	finisher__open(&s->finisher);
	err = signals__open(&s->signals);
	if (!err)
		err = child__fork(&s->child, opts->program);
	if (err)
		return part_status("start", err);
	status = configure__cpus(&opts->housekeeping, "housekeeping", &own);
	if (status != EXIT_DONE)
		return status;
	/* Bind after the fork of PROGRAM, which must not inherit the affinity. */
	err = affinity__bind(own, &s->own_cpus);
	if (err == -EINVAL && opts->housekeeping.given)
		return fail(EXIT_USAGE, "--housekeeping: none of these CPUs is online: name a CPU "
					"that is");
	if (err)
		return part_status("sched_setaffinity", err);
	/* Fork the processes that name user stacks after that: they run on ipitrace's CPUs. */
	return has_users(s) ? part_status("start", user_symbols__open(&s->finisher.users)) :
			      EXIT_DONE;
}

int session__run(const struct options *opts, const struct session_ops *ops, struct feeds *feeds,
		 void *ctx)
{
	struct feeds none = {};
	struct session s = {
		.opts = opts,
		.ops = ops,
		.feeds = feeds ?: &none,
		.ctx = ctx,
		.child = { .go_fd = -1, .error_fd = -1 },
		.signals = { -1, -1 },
		.ready_dir = -1,
		.timer_fd = -1,
		.tick_fd = -1,
	};
	int status;

	status = ready_file(&s, ready_remove) ?: prepare_run(&s);
	collector__verbose(opts->verbose);
	if (status == EXIT_DONE)
		status = configure__options(opts, s.finisher.symbols, &s.config, &s.funcs);
	if (status == EXIT_DONE)
		status = output_begin(opts) ?: hold_gate(&s);
	if (status == EXIT_DONE && !s.gating.over)
		status = collector_open(&s) ?: open_run(&s) ?: begin_run(&s) ?: run_windows(&s);
	else if (status == EXIT_DONE && ops->end_unattached)
		status = ops->end_unattached(ctx, opts);
	child__poll(&s.child);
	status = joint_status(opts, status, &s.child, &s.cut);
	child__close(&s.child);
	/* Watchers call functions of the command. */
	watcher_threads__stop(s.feeds->stalls.watchers);
	if (ops->close)
		ops->close(ctx);
	feeds__close(s.feeds);
	collector__close(s.collector);
	finisher__close(&s.finisher);
	signals__close(&s.signals);
	free(s.funcs);
	if (s.ready_dir >= 0)
		close(s.ready_dir);
	if (s.timer_fd >= 0)
		close(s.timer_fd);
	if (s.tick_fd >= 0)
		close(s.tick_fd);
	return status;
}
