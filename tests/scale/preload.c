// SPDX-License-Identifier: GPL-2.0
/*
 * To be preloaded into ipitrace, which then opens, sizes, loads and attaches
 * as ever, for a machine with $SCALE_CPUS CPUs. bpf(2) only takes notes. When
 * ipitrace creates its --ready-file, $SCALE_TO, what it has loaded is run on the
 * simulated CPUs, the results go to that file, and ipitrace ends. With
 * $SCALE_NO_FENTRY no program at a function can be loaded.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cli/exit_status.h"
#include "machine.h"

_Noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("scale: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	_exit(EXIT_FAILED);
}

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

long syscall(long nr, ...)
{
	static long (*next)(long, ...);
	long a[6];
	va_list args;

	va_start(args, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (nr == SYS_bpf)
		return bpf_call(a[0], (const union bpf_attr *)a[1], a[2]);
	if (!next)
		next = real("syscall");
	return next(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* A memfd cannot be waited for, and nothing will come from a ring buffer. */
int epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	int (*next)(int, int, int, struct epoll_event *) = real("epoll_ctl");

	return object_of(fd, MAP) ? 0 : next(epoll, op, fd, event);
}

static uint32_t nr_cpus(void)
{
	const char *cpus = getenv("SCALE_CPUS");

	return cpus ? atoi(cpus) : 0;
}

/* A descriptor of the list of CPUs, if @path is one of those. */
static int list_open(const char *path)
{
	static const char sys[] = "/sys/devices/system/cpu/";
	int fd;

	if (strncmp(path, sys, sizeof(sys) - 1) ||
	    (strcmp(path + sizeof(sys) - 1, "possible") &&
	     strcmp(path + sizeof(sys) - 1, "present") && strcmp(path + sizeof(sys) - 1, "online")))
		return -1;
	fd = memfd_create("cpus", MFD_CLOEXEC);
	dprintf(fd, "0-%u\n", nr_cpus() - 1);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static _Noreturn void simulate(const char *to)
{
	sim.nr_cpus = nr_cpus();
	if (sim.nr_cpus < 2 || sim.nr_cpus > CPUS_MAX)
		fail("from 2 to %d CPUs", CPUS_MAX);
	memory_open();
	selftest();
	events_check();
	maps_layout();
	measure_all(to);
	_exit(EXIT_DONE);
}

/* ipitrace creates the file by its name in an open directory. */
int openat(int dir, const char *path, int flags, ...)
{
	int (*next)(int, const char *, int, ...) = real("openat");
	const char *to = getenv("SCALE_TO");
	int mode = 0;
	va_list args;

	if (flags & (O_CREAT | __O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, int);
		va_end(args);
	}
	if (to && flags & O_CREAT && !strcmp(path, basename(to)))
		simulate(to);
	return next(dir, path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...) __attribute__((alias("openat")));

int open(const char *path, int flags, ...)
{
	int mode = 0, list = list_open(path);
	va_list args;

	if (flags & (O_CREAT | __O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, int);
		va_end(args);
	}
	return list < 0 ? openat(AT_FDCWD, path, flags, mode) : list;
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

FILE *fopen(const char *path, const char *mode)
{
	FILE *(*next)(const char *, const char *) = real("fopen");
	int list = list_open(path);

	return list < 0 ? next(path, mode) : fdopen(list, mode);
}

FILE *fopen64(const char *path, const char *mode) __attribute__((alias("fopen")));
