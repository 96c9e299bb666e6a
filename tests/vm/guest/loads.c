// SPDX-License-Identifier: GPL-2.0
/*
 * Sends IPIs for one cause, for the test that each cause gets its name.
 *
 * usage: loads NAME SECONDS
 *
 * exit status: 0; 1 failed; 2 usage; 3 this machine cannot have the load, and stderr says why
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "loads.h"

char *volatile shared;
volatile size_t shared_pages;
volatile pid_t victim_tid;
volatile bool victim_over;

static const struct load *load;

void check(bool failed, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(1);
}

/* Where QEMU runs the virtual CPUs by turns, this instruction ends the turn. */
void relax(void)
{
	__builtin_ia32_pause();
}

void rest(void)
{
	usleep(10000);
}

void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		cannot(path);
	check(write(fd, text, strlen(text)) < 0, path);
	close(fd);
}

long file_read(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		cannot(path);
	check(read(fd, text, sizeof(text) - 1) < 0, path);
	close(fd);
	return atol(text);
}

char *map_pages(size_t pages, int flags, int fd)
{
	char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	check(at == MAP_FAILED, "mmap");
	return at;
}

void touch_pages(char *at, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		((volatile char *)at)[i * PAGE] = 1;
}

void share_pages(size_t pages)
{
	char *at = map_pages(pages, MAP_PRIVATE, -1);

	madvise(at, pages * PAGE, MADV_NOHUGEPAGE);
	touch_pages(at, pages);
	shared_pages = pages;
	shared = at;
}

void spin_forever(void)
{
	for (;;)
		relax();
}

struct begun {
	void (*body)(void);
	volatile pid_t tid;
};

static void *run_thread(void *arg)
{
	struct begun *begun = arg;

	begun->tid = syscall(SYS_gettid);
	begun->body();
	return NULL;
}

pid_t thread_begin(int cpu, void (*body)(void))
{
	struct begun *begun = calloc(1, sizeof(*begun));
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t set;

	check(!begun, "calloc");
	begun->body = body;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	errno = pthread_create(&thread, &attr, run_thread, begun);
	check(errno, "pthread_create");
	pthread_attr_destroy(&attr);
	pthread_detach(thread);
	while (!begun->tid)
		relax();
	return begun->tid;
}

pid_t process_begin(int cpu, void (*body)(void))
{
	pid_t pid = fork();

	check(pid < 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bind_to(0, cpu);
	body();
	_exit(0);
}

/* Read the shared memory, where there is some. */
static void read_shared(void)
{
	char *at = shared;

	for (size_t i = 0; at && i < shared_pages; i++)
		(void)((volatile char *)at)[i * PAGE];
	for (int i = 0; i < 10; i++)
		relax();
}

static void run_victim(void)
{
	victim_tid = syscall(SYS_gettid);
	while (!victim_over)
		(load->victim ? load->victim : read_shared)();
}

static const struct load *find_load(const char *name)
{
	static const struct load *const tables[] = { loads_of_memory, loads_of_files,
						     loads_of_pages,  loads_of_kernel,
						     loads_of_text,   loads_of_signals,
						     loads_of_tasks,  loads_of_settings };

	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (const struct load *row = tables[t]; row->name; row++)
			if (!strcmp(row->name, name))
				return row;
	return NULL;
}

static double read_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double end;
	unsigned long steps = 0;

	if (argc != 3)
		return 2;
	load = find_load(argv[1]);
	if (!load)
		return 2;
	end = read_clock() + atof(argv[2]);
	bind_to(0, ACTOR_CPU);
	if (load->begin)
		load->begin();
	thread_begin(VICTIM_CPU, run_victim);
	for (; read_clock() < end; steps++) {
		load->step();
		if (load->pause_us)
			usleep(load->pause_us);
	}
	victim_over = true;
	printf("%lu steps\n", steps);
	fflush(stdout);
	_exit(0);
}
