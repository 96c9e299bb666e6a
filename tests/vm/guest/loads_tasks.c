// SPDX-License-Identifier: GPL-2.0
/* Tasks are woken, moved, or get other priorities and groups. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "loads.h"

static pid_t other;

static int to[2], from[2];

static void begin_pipes(void)
{
	check(pipe(to) || pipe(from), "pipe");
}

static void pass_byte(int in, int out)
{
	char byte;

	check(read(in, &byte, 1) != 1 || write(out, &byte, 1) != 1, "pipe");
}

static void step_pipe(void)
{
	char byte;

	check(write(to[1], "x", 1) != 1 || read(from[0], &byte, 1) != 1, "pipe");
}

static void victim_pipe(void)
{
	pass_byte(to[0], from[1]);
}

/* Both ends of the pipes are on the CPU of the victim. */
static void echo_bytes(void)
{
	for (;;)
		victim_pipe();
}

static void begin_two_tasks(void)
{
	begin_pipes();
	process_begin(VICTIM_CPU, echo_bytes);
}

static int turn; /* a futex */

static void wait_for_turn(int mine)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != mine)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !mine, NULL, NULL, 0);
}

static void give_turn(int whose)
{
	__atomic_store_n(&turn, whose, __ATOMIC_RELEASE);
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void step_futex(void)
{
	wait_for_turn(0);
	give_turn(1);
}

static void victim_futex(void)
{
	wait_for_turn(1);
	give_turn(0);
}

static int efd, back;

static void begin_eventfd(void)
{
	efd = eventfd(0, 0);
	back = eventfd(0, 0);
}

static void signal_eventfd(int fd)
{
	unsigned long long one = 1;

	check(write(fd, &one, sizeof(one)) < 0, "write");
}

static void wait_for_eventfd(int fd)
{
	unsigned long long count;

	check(read(fd, &count, sizeof(count)) < 0, "read");
}

static void step_eventfd(void)
{
	signal_eventfd(efd);
	wait_for_eventfd(back);
}

static void victim_eventfd(void)
{
	wait_for_eventfd(efd);
	signal_eventfd(back);
}

/* A real-time task preempts a program that spins on the CPU. */
static void begin_fifo(void)
{
	begin_eventfd();
	process_begin(VICTIM_CPU, spin_forever);
}

static void victim_fifo(void)
{
	struct sched_param param = { 10 };

	check(sched_setscheduler(0, SCHED_FIFO, &param), "sched_setscheduler");
	victim_eventfd();
}

static int sender, receiver;

static void begin_udp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	receiver = socket(AF_INET, SOCK_DGRAM, 0);
	sender = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(receiver, (void *)&at, len) || getsockname(receiver, (void *)&at, &len) ||
	    connect(sender, (void *)&at, len))
		cannot("sockets");
}

static void step_udp(void)
{
	(void)!send(sender, "x", 1, 0);
}

static void victim_udp(void)
{
	char byte;

	(void)!recv(receiver, &byte, 1, 0);
}

/* CPU 2 receives the packets: the kernel refuses an isolated CPU here. */
static void begin_rps(void)
{
	begin_udp();
	file_write("/sys/class/net/lo/queues/rx-0/rps_cpus", "4");
}

/* A network device whose packets a thread of its own takes: napi/loads-N. */
static int tap;

static void begin_napi_thread(void)
{
	struct ifreq request = { .ifr_name = "loads", .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_NAPI };
	int of = socket(AF_INET, SOCK_DGRAM, 0);
	DIR *tasks;

	tap = open("/dev/net/tun", O_RDWR);
	if (tap < 0 || ioctl(tap, TUNSETIFF, &request))
		cannot("/dev/net/tun");
	request.ifr_flags = IFF_UP;
	check(ioctl(of, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
	file_write("/sys/class/net/loads/threaded", "1");
	tasks = opendir("/proc");
	for (struct dirent *task; tasks && (task = readdir(tasks));) {
		char path[300], comm[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", task->d_name);
		file = fopen(path, "r");
		if (file && fgets(comm, sizeof(comm), file) && strstr(comm, "napi/loads"))
			other = atoi(task->d_name);
		if (file)
			fclose(file);
	}
	check(!other, "napi/loads-N");
	bind_to(other, VICTIM_CPU);
}

static void step_tap(void)
{
	static char frame[64];

	(void)!write(tap, frame, sizeof(frame));
}

static void victim_sleep(void)
{
	usleep(1000);
}

static void victim_sleeps_long(void)
{
	usleep(1000000);
}

/* A clock that also wakes a machine that is suspended. */
static void victim_alarm(void)
{
	struct timespec time = { 0, 1000000 };

	if (clock_nanosleep(CLOCK_BOOTTIME_ALARM, 0, &time, NULL))
		cannot("CLOCK_BOOTTIME_ALARM");
}

static int uevents;

static void begin_uevent(void)
{
	/* linux/netlink.h: NETLINK_KOBJECT_UEVENT, the kernel's group. */
	struct {
		unsigned short family, pad;
		unsigned int pid, groups;
	} at = { .family = AF_NETLINK, .groups = 1 };

	uevents = socket(AF_NETLINK, SOCK_DGRAM, 15);
	check(uevents < 0 || bind(uevents, (void *)&at, sizeof(at)), "netlink");
}

static void step_uevent(void)
{
	file_write("/sys/devices/virtual/mem/null/uevent", "change");
}

static void victim_uevent(void)
{
	char event[4096];

	(void)!recv(uevents, event, sizeof(event), 0);
}

/*
 * A file that is closed is freed by RCU, whose callbacks go from this CPU to threads; these are
 * woken for the first one only, until all have run (kernel/rcu/tree_nocb.h:
 * __call_rcu_nocb_wake()).
 */
static void victim_opens(void)
{
	close(open("/proc/self/stat", O_RDONLY));
	for (int i = 0; i < 1000; i++)
		relax();
}

static void *short_thread(void *arg)
{
	return arg;
}

/* The thread begins on the victim's CPU, and is not moved there. */
static void step_new_task(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(VICTIM_CPU, &set);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	check(pthread_create(&thread, &attr, short_thread, NULL), "pthread_create");
	pthread_join(thread, NULL);
}

static void step_affinity(void)
{
	bind_to(0, OTHER_CPU);
	bind_to(0, ACTOR_CPU);
}

static void begin_spinner(void)
{
	other = process_begin(OTHER_CPU, spin_forever);
}

static void step_affinity_other(void)
{
	bind_to(other, VICTIM_CPU);
	usleep(1000);
	bind_to(other, OTHER_CPU);
	usleep(1000);
}

static void step_nice(void)
{
	check(setpriority(PRIO_PROCESS, victim_tid, 5) || setpriority(PRIO_PROCESS, victim_tid, 0),
	      "setpriority");
}

static void step_policy(void)
{
	struct sched_param fifo = { 10 }, none = { 0 };

	check(sched_setscheduler(victim_tid, SCHED_FIFO, &fifo) ||
		      sched_setscheduler(victim_tid, SCHED_OTHER, &none),
	      "sched_setscheduler");
}

/* More tasks than may run at once, so their timers push them to other CPUs. */
static void run_deadline(void)
{
	struct {
		unsigned int size, policy;
		unsigned long long flags;
		int nice;
		unsigned int priority;
		unsigned long long runtime, deadline, period;
	} attr = { .size = sizeof(attr),
		   .policy = 6, /* SCHED_DEADLINE */
		   .runtime = 400000,
		   .deadline = 2000000,
		   .period = 2000000 };
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	if (sched_setaffinity(0, sizeof(all), &all) || syscall(SYS_sched_setattr, 0, &attr, 0))
		cannot("SCHED_DEADLINE");
	spin_forever();
}

static void begin_deadline(void)
{
	for (int i = 0; i < 3; i++)
		process_begin(OTHER_CPU, run_deadline);
}

/* A CPU with two tasks asks one that idles to balance the load. */
static void begin_balance(void)
{
	for (int i = 0; i < 2; i++)
		process_begin(OTHER_CPU, spin_forever);
}

/* Another spins on the victim's CPU, so the slices of time of both end. */
static void begin_cpu_clock(void)
{
	process_begin(VICTIM_CPU, spin_forever);
}

static void step_cpu_clock(void)
{
	struct timespec now;

	while (!victim_tid)
		relax();
	/* CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED */
	check(clock_gettime((~(clockid_t)victim_tid << 3) | 6, &now), "clock_gettime");
}

#define GROUPS "/sys/fs/cgroup/"

static void move_to(const char *group, pid_t pid)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), GROUPS "%s/cgroup.procs", group);
	snprintf(text, sizeof(text), "%d", pid);
	file_write(path, text);
}

static void begin_quota(void)
{
	file_write(GROUPS "cgroup.subtree_control", "+cpu");
	mkdir(GROUPS "loads-quota", 0755);
	file_write(GROUPS "loads-quota/cpu.max", "2000 4000");
	for (int i = 0; i < 2; i++)
		move_to("loads-quota", process_begin(i ? OTHER_CPU : VICTIM_CPU, spin_forever));
}

static void begin_group(void)
{
	file_write(GROUPS "cgroup.subtree_control", "+cpu");
	mkdir(GROUPS "loads-a", 0755);
	mkdir(GROUPS "loads-b", 0755);
	other = process_begin(VICTIM_CPU, spin_forever);
	process_begin(VICTIM_CPU, spin_forever);
}

static void step_group(void)
{
	move_to("loads-a", other);
	move_to("loads-b", other);
}

static void allocate(void)
{
	touch_pages(map_pages(64, MAP_PRIVATE, -1), 64);
}

static void step_container(void)
{
	int status;
	pid_t pid;

	file_write(GROUPS "cgroup.subtree_control", "+memory");
	mkdir(GROUPS "loads-container", 0755);
	pid = process_begin(VICTIM_CPU, allocate);
	move_to("loads-container", pid);
	waitpid(pid, &status, 0);
	usleep(1000);
	rmdir(GROUPS "loads-container");
}

/* Two tasks that run, in a cgroup whose CPUs change. */
static void begin_cpuset(void)
{
	file_write(GROUPS "cgroup.subtree_control", "+cpuset");
	mkdir(GROUPS "loads-cpuset", 0755);
	file_write(GROUPS "loads-cpuset/cpuset.cpus", "1-2");
	for (int i = 0; i < 2; i++)
		move_to("loads-cpuset", process_begin(OTHER_CPU, spin_forever));
}

static void step_cpuset(void)
{
	file_write(GROUPS "loads-cpuset/cpuset.cpus", "1");
	file_write(GROUPS "loads-cpuset/cpuset.cpus", "2");
}

/* A partition has domains of the scheduler of its own, which are built anew. */
static void step_partition(void)
{
	file_write(GROUPS "loads-cpuset/cpuset.cpus.partition", "isolated");
	file_write(GROUPS "loads-cpuset/cpuset.cpus.partition", "member");
}

static void begin_partition(void)
{
	file_write(GROUPS "cgroup.subtree_control", "+cpuset");
	mkdir(GROUPS "loads-cpuset", 0755);
	file_write(GROUPS "loads-cpuset/cpuset.cpus", "3");
}

static void step_stat_refresh(void)
{
	file_write("/proc/sys/vm/stat_refresh", "1");
}

/* The latency that idle CPUs may have changes each time, so all of them look again. */
static void step_dma_latency(void)
{
	static int fd = -1, latency;

	if (fd < 0)
		fd = open("/dev/cpu_dma_latency", O_WRONLY);
	if (fd < 0)
		cannot("/dev/cpu_dma_latency");
	latency = latency ? 0 : 1000;
	check(write(fd, &latency, sizeof(latency)) < 0, "/dev/cpu_dma_latency");
}

/* The timer runs on the actor's CPU, which arms it; the victim reads it. */
static int timer_fd;

static void begin_timerfd(void)
{
	struct itimerspec every = { { 0, 2000000 }, { 0, 2000000 } };

	timer_fd = timerfd_create(CLOCK_MONOTONIC, 0);
	check(timer_fd < 0 || timerfd_settime(timer_fd, 0, &every, NULL), "timerfd");
}

static void victim_timerfd(void)
{
	unsigned long long count;

	(void)!read(timer_fd, &count, sizeof(count));
}

/* Real-time tasks that may run on two CPUs, and are more than these. */
static void run_real_time(void)
{
	struct sched_param param = { 1 + getpid() % 8 };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(ACTOR_CPU, &set);
	CPU_SET(OTHER_CPU, &set);
	check(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
	check(sched_setscheduler(0, SCHED_FIFO, &param), "sched_setscheduler");
	for (;;) {
		for (int i = 0; i < 1000; i++)
			relax();
		usleep(1000);
	}
}

static void begin_real_time(void)
{
	for (int i = 0; i < 4; i++)
		process_begin(ACTOR_CPU, run_real_time);
}

/*
 * Locks with priority inheritance: threads on the victim's CPU hold them while others of these
 * run, and the one whose lock the actor waits for gets the actor's priority.
 */
#define HOLDERS 4
static pthread_mutex_t locks[HOLDERS];

static void hold_lock(void)
{
	static int holders;
	pthread_mutex_t *lock = &locks[__atomic_fetch_add(&holders, 1, __ATOMIC_RELAXED)];

	for (;;) {
		pthread_mutex_lock(lock);
		sched_yield();
		pthread_mutex_unlock(lock);
		relax();
	}
}

static void begin_inheritance(void)
{
	pthread_mutexattr_t attr;
	struct sched_param param = { 10 };

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	for (int i = 0; i < HOLDERS; i++) {
		pthread_mutex_init(&locks[i], &attr);
		thread_begin(VICTIM_CPU, hold_lock);
	}
	check(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param),
	      "sched_setscheduler");
}

static void take_lock(void)
{
	static int turn;

	pthread_mutex_lock(&locks[turn]);
	pthread_mutex_unlock(&locks[turn]);
	turn = (turn + 1) % HOLDERS;
}

const struct load loads_of_tasks[] = {
	{ "pipe", .step = step_pipe, .begin = begin_pipes, .victim = victim_pipe },
	{ "two_tasks", .step = rest, .begin = begin_two_tasks, .victim = step_pipe },
	{ "futex", .step = step_futex, .victim = victim_futex },
	{ "eventfd", .step = step_eventfd, .begin = begin_eventfd, .victim = victim_eventfd },
	{ "fifo", .step = step_eventfd, .begin = begin_fifo, .victim = victim_fifo },
	{ "udp", .step = step_udp, .begin = begin_udp, .victim = victim_udp, .pause_us = 200 },
	{ "rps", .step = step_udp, .begin = begin_rps, .victim = victim_udp },
	{ "napi_thread", .step = step_tap, .begin = begin_napi_thread, .victim = victim_sleeps_long,
	  .pause_us = 500 },
	{ "sleep", .step = rest, .victim = victim_sleep },
	{ "alarm", .step = rest, .victim = victim_alarm },
	{ "uevent", .step = step_uevent, .begin = begin_uevent, .victim = victim_uevent,
	  .pause_us = 200 },
	{ "rcu_offloaded", .step = rest, .victim = victim_opens },
	{ "new_task", .step = step_new_task, .victim = victim_sleep },
	{ "affinity", .step = step_affinity },
	{ "affinity_other", .step = step_affinity_other, .begin = begin_spinner },
	{ "nice", .step = step_nice },
	{ "deadline", .step = rest, .begin = begin_deadline, .victim = victim_sleeps_long },
	{ "nohz_balance", .step = rest, .begin = begin_balance, .victim = victim_sleeps_long },
	{ "cpu_clock", .step = step_cpu_clock, .begin = begin_cpu_clock },
	{ "policy", .step = step_policy },
	{ "quota", .step = rest, .begin = begin_quota, .victim = victim_sleeps_long },
	{ "group", .step = step_group, .begin = begin_group, .victim = victim_sleeps_long },
	{ "container", .step = step_container },
	{ "cpuset", .step = step_cpuset, .begin = begin_cpuset, .pause_us = 1000 },
	{ "partition", .step = step_partition, .begin = begin_partition, .pause_us = 1000 },
	{ "stat_refresh", .step = step_stat_refresh },
	{ "dma_latency", .step = step_dma_latency, .victim = victim_sleeps_long, .pause_us = 500 },
	{ "timerfd", .step = rest, .begin = begin_timerfd, .victim = victim_timerfd },
	{ "real_time", .step = rest, .begin = begin_real_time, .victim = victim_sleeps_long },
	{ "inheritance", .step = take_lock, .begin = begin_inheritance,
	  .victim = victim_sleeps_long, .pause_us = 500 },
	{},
};
