// SPDX-License-Identifier: GPL-2.0
/*
 * A program that calls membarrier() again and again, while a thread of it runs on another CPU,
 * so that each call is an IPI (munmap() is none where a hypervisor flushes the TLB): the call is
 * made by arena_purge(), or by code that the program made itself, and named in its perf map, or
 * in none.
 *
 * arena CPU-OF-THREAD CPU [made|unnamed]
 */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* syscall(). */
typedef long (*release)(long number, ...);

static int run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static void *other_cpu(void *cpu)
{
	static volatile unsigned long n;

	run_on(*(int *)cpu);
	for (;;)
		n++;
	return NULL;
}

/* Not a jump, but a call. */
__attribute__((noinline)) long arena_purge(release fn)
{
	char spread[64];
	long err;

	memset(spread, 1, sizeof(spread));
	err = fn(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0);
	__asm__ volatile("" : : "r"(spread) : "memory");
	return err;
}

__attribute__((noinline)) long arena_free(release fn)
{
	long err = arena_purge(fn);

	__asm__ volatile("" : : : "memory");
	return err;
}

/* push %rbp; mov %rsp,%rbp; movabs $syscall,%rax; call *%rax; pop %rbp; ret */
static release made(bool named)
{
#ifdef __x86_64__
	unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0xb8, 0,	   0,	 0,
				 0,    0,    0,	   0,	 0,    0xff, 0xd0, 0x5d, 0xc3 };
	release to = syscall;
	char path[64];
	void *page;
	FILE *map;

	memcpy(code + 6, &to, sizeof(to));
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	if (page == MAP_FAILED)
		return NULL;
	memcpy(page, code, sizeof(code));
	if (!named)
		return (release)page;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "w");
	if (!map)
		return NULL;
	fprintf(map, "%lx %zx jit_release\n", (unsigned long)page, sizeof(code));
	fclose(map);
	return (release)page;
#else
	(void)named;
	return NULL;
#endif
}

int main(int argc, char **argv)
{
	release fn = argc > 3 ? made(!strcmp(argv[3], "made")) : syscall;
	int cpu = argc > 2 ? atoi(argv[1]) : 0;
	pthread_t thread;

	if (argc < 3 || !fn || run_on(atoi(argv[2])) ||
	    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0))
		return 1;
	if (pthread_create(&thread, NULL, other_cpu, &cpu))
		return 1;
	for (;;) {
		if (arena_free(fn))
			return 1;
		usleep(200);
	}
}
