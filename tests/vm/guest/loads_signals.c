// SPDX-License-Identifier: GPL-2.0
/* A task that runs is interrupted, so that it sees work: signals, ptrace, timers, io_uring, freezer. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "loads.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static void handle_signal(int signo)
{
	(void)signo;
}

static void begin_tgkill(void)
{
	signal(SIGURG, handle_signal);
}

static void step_tgkill(void)
{
	syscall(SYS_tgkill, getpid(), victim_tid, SIGURG);
}

/* A process that spins on the victim's CPU, beside the victim, which sleeps. */
static pid_t other;

static void begin_other(void)
{
	other = process_begin(VICTIM_CPU, spin_forever);
	usleep(10000);
}

static void sleep_long(void)
{
	usleep(100000);
}

static void step_stop(void)
{
	int status;

	kill(other, SIGSTOP);
	waitpid(other, &status, WUNTRACED);
	kill(other, SIGCONT);
	usleep(100);
}

static void begin_ptrace(void)
{
	begin_other();
	check(ptrace(PTRACE_SEIZE, other, NULL, NULL), "PTRACE_SEIZE");
}

static void step_ptrace(void)
{
	int status;

	check(ptrace(PTRACE_INTERRUPT, other, NULL, NULL), "PTRACE_INTERRUPT");
	waitpid(other, &status, 0);
	check(ptrace(PTRACE_CONT, other, NULL, NULL), "PTRACE_CONT");
	usleep(100);
}

/*
 * A process with threads on other CPUs is killed. A process with one thread makes it: its memory
 * is on no other CPU.
 */
static volatile int *begun; /* in memory that all processes share */

static void run_threads(void)
{
	for (int cpu = VICTIM_CPU; cpu < 4; cpu++)
		thread_begin(cpu, spin_forever);
	*begun = 1;
	pause();
}

static void kill_programs(void)
{
	for (;;) {
		pid_t pid;
		int status;

		*begun = 0;
		pid = process_begin(ACTOR_CPU, run_threads);
		while (!*begun)
			usleep(100);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
}

static void begin_kill(void)
{
	begun = (void *)map_pages(1, MAP_SHARED, -1);
	process_begin(ACTOR_CPU, kill_programs);
}

/* Such a process ends by itself. */
static void exit_with_threads(void)
{
	for (int cpu = VICTIM_CPU; cpu < 4; cpu++)
		thread_begin(cpu, spin_forever);
	touch_pages(map_pages(64, MAP_PRIVATE, -1), 64);
}

static void end_programs(void)
{
	int status;

	for (;;)
		waitpid(process_begin(ACTOR_CPU, exit_with_threads), &status, 0);
}

static void begin_exit(void)
{
	process_begin(ACTOR_CPU, end_programs);
}

/* Timers of the actor's, whose signals the victim takes. */
static void block_signal(int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	check(sigprocmask(SIG_BLOCK, &set, NULL), "sigprocmask");
}

static void unblock_signal(int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	relax();
}

static void victim_unblocks(void)
{
	unblock_signal(SIGALRM);
}

/*
 * The signal's arrival on the victim's CPU arms the timer anew. The timer goes to the actor's CPU if that
 * has an earlier one (kernel/time/hrtimer.c: hrtimer_check_target()), as a short pause is.
 */
static void begin_itimer(void)
{
	struct itimerval every = { { 0, 5000 }, { 0, 5000 } };

	signal(SIGALRM, handle_signal);
	block_signal(SIGALRM);
	check(setitimer(ITIMER_REAL, &every, NULL), "setitimer");
}

/*
 * A timer of the time that the process runs: the tick of either thread finds that the timer has
 * run out, and the victim takes the signal.
 */
static void begin_profiler(void)
{
	struct itimerval every = { { 0, 1000 }, { 0, 1000 } };

	signal(SIGPROF, handle_signal);
	block_signal(SIGPROF);
	check(setitimer(ITIMER_PROF, &every, NULL), "setitimer");
}

static void victim_profiled(void)
{
	unblock_signal(SIGPROF);
}

static void begin_alarms(void)
{
	signal(SIGALRM, handle_signal);
}

static void step_posix_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	struct itimerspec every = { { 0, 2000000 }, { 0, 2000000 } };
	static timer_t timer;
	static bool armed;

	if (!armed) {
		while (!victim_tid)
			relax();
		event.sigev_notify_thread_id = victim_tid;
		check(timer_create(CLOCK_MONOTONIC, &event, &timer) ||
			      timer_settime(timer, 0, &every, NULL),
		      "timer_create");
		armed = true;
	}
	usleep(10000);
}

/* A timer on a CPU clock: the CPU must keep its tick. It never runs out. */
static void step_cpu_timer(void)
{
	struct itimerspec at = { .it_value = { 100000, 0 } }, off = {};
	static timer_t timer;
	static bool made;
	clockid_t clock;

	if (!made) {
		clock = (~(clockid_t)victim_tid << 3) | 6; /* CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED */
		check(timer_create(clock, NULL, &timer), "timer_create");
		made = true;
	}
	check(timer_settime(timer, 0, &at, NULL) || timer_settime(timer, 0, &off, NULL),
	      "timer_settime");
}

/* kernel-doc of io_uring: rings and their entries, by raw system calls. */
static int ring, efd;
static unsigned int *sq_tail, *sq_array, *cq_head, *cq_tail, cq_mask;
static struct io_uring_sqe *sqe;
static struct io_uring_cqe *cqe;

static void setup_ring(struct io_uring_params params)
{
	char *sq, *cq;

	efd = eventfd(0, EFD_NONBLOCK);
	ring = syscall(SYS_io_uring_setup, 256, &params);
	if (ring < 0)
		cannot("io_uring_setup");
	sq = mmap(NULL, params.sq_off.array + params.sq_entries * sizeof(unsigned int),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(*cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, params.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		   IORING_OFF_SQES);
	check(sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED, "mmap");
	sq_tail = (unsigned int *)(sq + params.sq_off.tail);
	sq_array = (unsigned int *)(sq + params.sq_off.array);
	cq_head = (unsigned int *)(cq + params.cq_off.head);
	cq_tail = (unsigned int *)(cq + params.cq_off.tail);
	cq_mask = *(unsigned int *)(cq + params.cq_off.ring_mask);
	cqe = (struct io_uring_cqe *)(cq + params.cq_off.cqes);
}

static void begin_io_uring(void)
{
	setup_ring((struct io_uring_params){});
}

/* Polls the completions of a multishot poll, without system calls while it is armed. */
static void victim_io_uring(void)
{
	bool more = true;

	sqe[0] = (struct io_uring_sqe){ .opcode = IORING_OP_POLL_ADD,
					.fd = efd,
					.len = IORING_POLL_ADD_MULTI,
					.poll32_events = POLLIN };
	sq_array[0] = 0;
	__atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
	check(syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) < 0, "io_uring_enter");
	while (more) {
		while (*cq_head == __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE))
			relax();
		more = cqe[*cq_head & cq_mask].flags & IORING_CQE_F_MORE;
		__atomic_store_n(cq_head, *cq_head + 1, __ATOMIC_RELEASE);
	}
}

static void step_eventfd(void)
{
	unsigned long long one = 1;

	check(write(efd, &one, sizeof(one)) < 0, "write");
	(void)!read(efd, &one, sizeof(one));
	relax();
}

/*
 * A thread of the kernel on the victim's CPU submits for the actor, and soon waits until it is
 * woken.
 */
static void begin_sqpoll(void)
{
	setup_ring((struct io_uring_params){ .flags = IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF,
					     .sq_thread_cpu = VICTIM_CPU,
					     .sq_thread_idle = 1 });
}

static void step_sqpoll(void)
{
	sqe[0] = (struct io_uring_sqe){ .opcode = IORING_OP_NOP };
	sq_array[0] = 0;
	__atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
	check(syscall(SYS_io_uring_enter, ring, 1, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0) < 0,
	      "io_uring_enter");
	__atomic_store_n(cq_head, __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
}

#define GROUP "/sys/fs/cgroup/loads-frozen"

static void begin_freezer(void)
{
	char pid[16];

	begin_other();
	mkdir(GROUP, 0755);
	snprintf(pid, sizeof(pid), "%d", other);
	file_write(GROUP "/cgroup.procs", pid);
}

static void step_freezer(void)
{
	file_write(GROUP "/cgroup.freeze", "1");
	usleep(1000);
	file_write(GROUP "/cgroup.freeze", "0");
	usleep(1000);
}

const struct load loads_of_signals[] = {
	{ "tgkill", .step = step_tgkill, .begin = begin_tgkill },
	{ "stop", .step = step_stop, .begin = begin_other, .victim = sleep_long },
	{ "ptrace", .step = step_ptrace, .begin = begin_ptrace, .victim = sleep_long },
	{ "kill", .step = rest, .begin = begin_kill, .victim = sleep_long },
	{ "exit", .step = rest, .begin = begin_exit, .victim = sleep_long },
	{ "itimer", .step = relax, .begin = begin_itimer, .victim = victim_unblocks,
	  .pause_us = 1000 },
	{ "profiler", .step = relax, .begin = begin_profiler, .victim = victim_profiled },
	{ "posix_timer", .step = step_posix_timer, .begin = begin_alarms },
	{ "cpu_timer", .step = step_cpu_timer, .pause_us = 1000 },
	{ "io_uring", .step = step_eventfd, .begin = begin_io_uring, .victim = victim_io_uring },
	{ "sqpoll", .step = step_sqpoll, .begin = begin_sqpoll, .victim = sleep_long,
	  .pause_us = 4000 },
	{ "freezer", .step = step_freezer, .begin = begin_freezer, .victim = sleep_long },
	{},
};
