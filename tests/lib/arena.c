// SPDX-License-Identifier: GPL-2.0
/*
 * A program that gives memory back by munmap() again and again, while a thread of it runs on
 * another CPU, so that each munmap() is an IPI: the call is made by arena_purge(), or by code
 * that the program made itself, and named in its perf map.
 *
 * arena CPU-OF-THREAD CPU [made]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES 8192

typedef int (*release)(void *at, size_t len);

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
__attribute__((noinline)) int arena_purge(release fn, void *at)
{
	char spread[64];
	int err;

	memset(spread, 1, sizeof(spread));
	err = fn(at, BYTES);
	__asm__ volatile("" : : "r"(spread) : "memory");
	return err;
}

__attribute__((noinline)) int arena_free(release fn, void *at)
{
	int err = arena_purge(fn, at);

	__asm__ volatile("" : : : "memory");
	return err;
}

/* push %rbp; mov %rsp,%rbp; movabs $munmap,%rax; call *%rax; pop %rbp; ret */
static release made(void)
{
#ifdef __x86_64__
	unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0xb8, 0,	   0,	 0,
				 0,    0,    0,	   0,	 0,    0xff, 0xd0, 0x5d, 0xc3 };
	release to = munmap;
	char path[64];
	void *page;
	FILE *map;

	memcpy(code + 6, &to, sizeof(to));
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "w");
	if (page == MAP_FAILED || !map)
		return NULL;
	memcpy(page, code, sizeof(code));
	fprintf(map, "%lx %zx jit_release\n", (unsigned long)page, sizeof(code));
	fclose(map);
	return (release)page;
#else
	return NULL;
#endif
}

int main(int argc, char **argv)
{
	release fn = argc > 3 ? made() : munmap;
	int cpu = argc > 2 ? atoi(argv[1]) : 0;
	pthread_t thread;

	if (argc < 3 || !fn || run_on(atoi(argv[2])))
		return 1;
	if (pthread_create(&thread, NULL, other_cpu, &cpu))
		return 1;
	for (;;) {
		char *at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

		if (at == MAP_FAILED)
			return 1;
		*at = 1;
		arena_free(fn, at);
		usleep(200);
	}
}
