// SPDX-License-Identifier: GPL-2.0
/*
 * The threads of a run. All are pinned and registered before the first call, and receivers leave
 * after the last call, so every call finds its targets.
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ipiload.h"

/* Much longer than setup takes: a receiver killed during setup would never be ready. */
#define SETUP_LIMIT_NS (10 * NSEC_PER_SEC)

/* Any thread may raise the phase, which never decreases. */
static void phase_raise(struct run *run, uint32_t to)
{
	uint32_t now = atomic_load(&run->phase);

	while (now < to && !atomic_compare_exchange_weak(&run->phase, &now, to))
		;
	syscall(SYS_futex, &run->phase, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

/* Wait until the phase is not @phase, or until @until_ns (UINT64_MAX: for ever). */
static void phase_wait_while(struct run *run, uint32_t phase, uint64_t until_ns)
{
	struct timespec ts = { until_ns / NSEC_PER_SEC, until_ns % NSEC_PER_SEC };

	while (atomic_load(&run->phase) == phase) {
		if (syscall(SYS_futex, &run->phase, FUTEX_WAIT_BITSET_PRIVATE, phase,
			    until_ns == UINT64_MAX ? NULL : &ts, NULL, FUTEX_BITSET_MATCH_ANY) &&
		    errno == ETIMEDOUT)
			return;
	}
}

/* Ends the run. Only the first failure is reported. */
__attribute__((format(printf, 2, 3))) static void fail(struct run *run, const char *format, ...)
{
	va_list args;

	if (!atomic_exchange(&run->failed, true)) {
		va_start(args, format);
		vsnprintf(run->why, sizeof(run->why), format, args);
		va_end(args);
	}
	phase_raise(run, PHASE_STOP);
}

/* Computed in two parts, because seq * NSEC_PER_SEC would overflow. */
static uint64_t due_ns(const struct run *run, uint64_t seq)
{
	uint64_t rate = run->opts->rate;

	return run->start_ns + seq / rate * NSEC_PER_SEC + seq % rate * NSEC_PER_SEC / rate;
}

/* Wait until the call is due. Returns false if the run ends before. */
static bool wait_for_turn(struct run *run, uint64_t seq)
{
	uint64_t due = due_ns(run, seq);
	bool in_time = due < run->deadline_ns;

	if (due > mono_ns())
		phase_wait_while(run, PHASE_RUN, in_time ? due : run->deadline_ns);
	return in_time && atomic_load(&run->phase) == PHASE_RUN;
}

/*
 * Sender i makes the run's calls i, i + N, i + 2N, ...: the total is exact and
 * the pace even, without a counter that all senders write.
 */
static void send_calls(struct sender *sender)
{
	struct run *run = sender->run;
	const struct load *load = run->load;
	const struct options *opts = run->opts;

	for (uint64_t seq = sender->index; seq < opts->count; seq += opts->senders) {
		uint64_t before, after;
		int err;

		if (load->prepare && load->prepare(sender)) {
			fail(run, "%s on CPU %d, preparing a call: %s", load->name, sender->cpu,
			     strerror(errno));
			return;
		}
		if (opts->rate && !wait_for_turn(run, seq))
			return;
		if (atomic_load_explicit(&run->phase, memory_order_relaxed) != PHASE_RUN)
			return;
		before = mono_ns();
		err = load->call(sender);
		after = mono_ns();
		sender->calls++;
		if (err) {
			sender->errors++;
			fail(run, "%s on CPU %d: %s", load->name, sender->cpu, strerror(errno));
			return;
		}
		hist_add(&sender->round_trip, after - before);
		if (after >= run->deadline_ns)
			return;
	}
}

static void *sender_main(void *arg)
{
	struct sender *sender = arg;
	struct run *run = sender->run;

	sender->tid = gettid();
	if (pin_to(0, sender->cpu))
		fail(run, "cannot run on CPU %d: %s", sender->cpu, strerror(errno));
	prctl(PR_SET_TIMERSLACK, 1UL); /* the default, 50 us, would disturb the pace */
	atomic_fetch_add(&run->ready, 1);
	phase_wait_while(run, PHASE_SETUP, UINT64_MAX);
	/* A run that ended during setup makes no calls. */
	if (atomic_load(&run->phase) == PHASE_RUN)
		send_calls(sender);
	sender->end_ns = mono_ns();
	atomic_fetch_add(&run->finished, 1);
	pthread_kill(run->main_thread, SIGUSR1);
	return NULL;
}

static void *receiver_main(void *arg)
{
	struct receiver *receiver = arg;
	struct run *run = receiver->run;

	receiver->tid = gettid();
	if (pin_to(0, receiver->cpu))
		fail(run, "cannot run on CPU %d: %s", receiver->cpu, strerror(errno));
	else if (run->load->join && run->load->join(run->load))
		fail(run, "a receiver cannot register: %s", strerror(errno));
	atomic_fetch_add(&run->ready, 1);
	run->load->receive(receiver);
	return NULL;
}

static int receiver_fork(struct receiver *receiver)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid) {
		receiver->tid = pid;
		return 0;
	}
	/* A busy process must end if its parent is killed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		receiver_main(receiver);
	_exit(0);
}

/* Start the receivers first, because fork() is safe only while there is one thread. */
static void start_all(struct run *run)
{
	const struct options *opts = run->opts;
	bool fork_them = run->load->peer == PEER_PROCESSES;

	for (unsigned int i = 0; i < opts->receivers && !run->failed; i++) {
		struct receiver *receiver = &run->receivers[i];
		int err = fork_them ?
				  receiver_fork(receiver) :
				  pthread_create(&receiver->thread, NULL, receiver_main, receiver);

		if (err)
			fail(run, "cannot start receiver %u: %s", i + 1, strerror(err));
		else
			run->receivers_made++;
	}
	for (unsigned int i = 0; i < opts->senders && !run->failed; i++) {
		struct sender *sender = &run->senders[i];
		int err = pthread_create(&sender->thread, NULL, sender_main, sender);

		if (err)
			fail(run, "cannot start sender %u: %s", i + 1, strerror(err));
		else
			run->senders_made++;
	}
}

/* The signals are blocked from the start, and only signal_take() takes them, so that none is lost. */
static void signals_block(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGUSR1); /* a sender has finished */
	sigaddset(set, SIGCHLD); /* a receiver process has died */
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGCHLD, SIG_DFL); /* an inherited SIG_IGN would suppress it */
}

/* A process that only stopped, by Ctrl-Z, continues later with its parent. */
static void check_processes(struct run *run)
{
	for (unsigned int i = 0; i < run->receivers_made; i++) {
		siginfo_t info = { .si_pid = 0 };

		if (!waitid(P_PID, run->receivers[i].tid, &info, WEXITED | WNOHANG | WNOWAIT) &&
		    info.si_pid)
			fail(run, "receiver process %d was killed", info.si_pid);
	}
}

/* Wait for one signal, at most for @limit; SIGINT and SIGTERM end the calls. */
static void signal_take(struct run *run, const sigset_t *set, const struct timespec *limit)
{
	int sig = sigtimedwait(set, NULL, limit);

	if (sig == SIGINT || sig == SIGTERM)
		phase_raise(run, PHASE_STOP);
	else if (sig == SIGCHLD && run->load->peer == PEER_PROCESSES)
		check_processes(run);
}

static void wait_until_ready(struct run *run, const sigset_t *set)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	uint64_t limit = mono_ns() + SETUP_LIMIT_NS;

	while (atomic_load(&run->ready) < run->receivers_made + run->senders_made &&
	       atomic_load(&run->phase) == PHASE_SETUP) {
		signal_take(run, set, &pause);
		if (mono_ns() > limit)
			fail(run, "the receivers did not start in time");
	}
}

static void stop_all(struct run *run)
{
	for (unsigned int i = 0; i < run->senders_made; i++)
		pthread_join(run->senders[i].thread, NULL);
	phase_raise(run, PHASE_END);
	for (unsigned int i = 0; i < run->receivers_made; i++) {
		struct receiver *receiver = &run->receivers[i];

		if (run->load->release)
			run->load->release(receiver);
		if (run->load->peer == PEER_PROCESSES)
			waitpid(receiver->tid, NULL, 0);
		else
			pthread_join(receiver->thread, NULL);
	}
}

int run_loads(struct run *run)
{
	const uint64_t duration = run->opts->duration_ns;
	sigset_t set;

	signals_block(&set);
	run->main_thread = pthread_self();
	if (run->load->setup && run->load->setup(run->load))
		fail(run, "%s: cannot register: %s", run->load->name, strerror(errno));
	start_all(run);
	wait_until_ready(run, &set);
	run->start_ns = mono_ns();
	run->deadline_ns = duration == UINT64_MAX ? UINT64_MAX : run->start_ns + duration;
	phase_raise(run, PHASE_RUN);
	while (atomic_load(&run->finished) < run->senders_made)
		signal_take(run, &set, NULL);
	stop_all(run);
	if (!run->failed)
		return EXIT_DONE;
	fprintf(stderr, "ipiload: %s\n", run->why);
	return EXIT_FAILED;
}

static void *shared_alloc(size_t size)
{
	void *map = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

/* CPUs without a sender, so that receivers do not delay senders; all CPUs if there are none. */
static struct cpuset receiver_cpus(const struct options *opts)
{
	struct cpuset others = { 0 };
	unsigned int n = cpuset__count(&opts->cpus);

	for (unsigned int i = opts->senders; i < n; i++)
		cpuset__add(&others, cpuset__nth(&opts->cpus, i));
	return opts->senders < n ? others : opts->cpus;
}

static void place_threads(struct run *run)
{
	const struct options *opts = run->opts;
	bool pairs = run->load->peer == PEER_PAIRS;
	struct cpuset others = receiver_cpus(opts);

	for (unsigned int i = 0; i < opts->receivers; i++) {
		struct receiver *receiver = &run->receivers[i];

		receiver->run = run;
		receiver->cpu = pairs ? cpuset__nth(&opts->cpus, i + 1) : cpuset__nth(&others, i);
	}
	for (unsigned int i = 0; i < opts->senders; i++) {
		struct sender *sender = &run->senders[i];

		sender->run = run;
		sender->index = i;
		sender->cpu = cpuset__nth(&opts->cpus, i);
		if (pairs) {
			sender->peer = &run->receivers[i];
			sender->move_to = sender->peer->cpu;
		}
	}
}

/* NULL if there is no memory. exit() frees the result. */
struct run *run_new(const struct options *opts)
{
	struct run *run = shared_alloc(sizeof(*run));

	if (!run)
		return NULL;
	run->opts = opts;
	run->load = opts->load;
	run->senders = shared_alloc(opts->senders * sizeof(*run->senders));
	run->receivers = shared_alloc(opts->receivers * sizeof(*run->receivers));
	if (!run->senders || !run->receivers)
		return NULL;
	place_threads(run);
	return run;
}
