// SPDX-License-Identifier: GPL-2.0
/*
 * LD_PRELOAD: an allocation fails. The process counts its allocations from the
 * start of main().
 *
 *   FAULTS_NTH   the number of the allocation that fails; 0: none
 *   FAULTS_ON    if set, all later allocations fail as well
 *   FAULTS_LOG   a file: the number of allocations, and the stack of the first that failed
 *
 * PROGRAM is started without the preload.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAMES 32

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nr, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

/* The log: shared, so that an end by a signal keeps it. */
struct log {
	atomic_ulong allocations;
	atomic_ulong failed;
	void *base; /* of the program */
	void *stack[FRAMES];
};

static struct log *log;
static unsigned long nth;
static bool on;
static pid_t owner; /* a forked child fails nothing */

static bool fails(void)
{
	unsigned long n;

	if (!log || getpid() != owner)
		return false;
	n = atomic_fetch_add(&log->allocations, 1) + 1;
	if (!nth || n < nth || (n > nth && !on))
		return false;
	if (!atomic_fetch_add(&log->failed, 1))
		backtrace(log->stack, FRAMES);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t nr, size_t size)
{
	return fails() ? NULL : __libc_calloc(nr, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t nr, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(nr, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}

void *aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}

void *memalign(size_t align, size_t size)
{
	return aligned_alloc(align, size);
}

int posix_memalign(void **to, size_t align, size_t size)
{
	void *memory = aligned_alloc(align, size);

	if (memory)
		*to = memory;
	return memory ? 0 : ENOMEM;
}

char *strndup(const char *s, size_t max)
{
	size_t len = strnlen(s, max);
	char *copy = malloc(len + 1);

	if (copy) {
		memcpy(copy, s, len);
		copy[len] = '\0';
	}
	return copy;
}

char *strdup(const char *s)
{
	return strndup(s, strlen(s));
}

static struct log *log_open(void)
{
	const char *path = getenv("FAULTS_LOG");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at = MAP_FAILED;

	if (fd >= 0) {
		at = mmap(NULL, sizeof(*log), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	}
	if (at == MAP_FAILED) {
		perror("FAULTS_LOG");
		_exit(99);
	}
	return at;
}

static int (*real_main)(int, char **, char **);

static int main_with_faults(int argc, char **argv, char **envp)
{
	struct log *opened = log_open();
	void *frames[FRAMES];
	Dl_info info;

	backtrace(frames, FRAMES); /* the first call allocates */
	if (dladdr((void *)real_main, &info))
		opened->base = info.dli_fbase;
	nth = strtoul(getenv("FAULTS_NTH") ?: "0", NULL, 10);
	on = getenv("FAULTS_ON") != NULL;
	owner = getpid();
	unsetenv("LD_PRELOAD");
	log = opened;
	return real_main(argc, argv, envp);
}

int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void), void *end)
{
	int (*start)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
		     void (*)(void), void *) = dlsym(RTLD_NEXT, "__libc_start_main");

	real_main = program;
	return start(main_with_faults, argc, argv, init, fini, rtld_fini, end);
}
