// SPDX-License-Identifier: GPL-2.0
/*
 * To be preloaded into ipitrace, which then opens, sizes, loads and attaches
 * as ever, for a machine with the CPUs that $CAPTURE_CPUS lists (a file like
 * /sys/devices/system/cpu/possible). bpf(2) only takes notes. When ipitrace
 * creates its --ready-file, $CAPTURE_READY, all that it has loaded is written
 * to the folder $CAPTURE_TO, and ipitrace ends. With $CAPTURE_NO_FENTRY no
 * program at a function can be loaded.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include "bpf.h"
#include "descriptors.h"
#include "dump.h"

long syscall(long nr, ...)
{
	static long (*real)(long, ...);
	long a[6];
	va_list args;

	va_start(args, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (nr == SYS_bpf)
		return bpf_call(a[0], (const union bpf_attr *)a[1], a[2]);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	return real(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* A memfd cannot be waited for, and nothing will come from a ring buffer. */
int epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	static int (*real)(int, int, int, struct epoll_event *);

	if (object_of(fd, MAP))
		return 0;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "epoll_ctl");
	return real(epoll, op, fd, event);
}

static const char *redirect(const char *path)
{
	static const char *const lists[] = {
		"/sys/devices/system/cpu/possible",
		"/sys/devices/system/cpu/present",
		"/sys/devices/system/cpu/online",
	};
	const char *cpus = getenv("CAPTURE_CPUS");

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (cpus && !strcmp(path, lists[i]))
			return cpus;
	return path;
}

int open(const char *path, int flags, ...)
{
	const char *ready = getenv("CAPTURE_READY"), *to = getenv("CAPTURE_TO");
	int mode = 0;
	va_list args;

	if (flags & (O_CREAT | __O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, int);
		va_end(args);
	}
	if (ready && to && flags & O_CREAT && !strcmp(path, ready))
		dump_and_end(to);
	return openat(AT_FDCWD, redirect(path), flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

FILE *fopen(const char *path, const char *mode)
{
	static FILE *(*real)(const char *, const char *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fopen");
	return real(redirect(path), mode);
}

FILE *fopen64(const char *path, const char *mode) __attribute__((alias("fopen")));
