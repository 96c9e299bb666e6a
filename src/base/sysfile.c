// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/sysfile.h"

static FILE *path_open(const char *format, va_list args)
{
	char path[PATH_MAX];

	vsnprintf(path, sizeof(path), format, args);
	return fopen(path, "re");
}

/* Find the first line that begins with @key; the other arguments are those of sysfile__line(). */
static bool line_find(char *line, size_t size, const char *key, const char *path, va_list args)
{
	FILE *file = path_open(path, args);
	bool found = false;

	while (file && !found && fgets(line, size, file))
		found = !strncmp(line, key, strlen(key));
	if (file)
		fclose(file);
	line[found ? strcspn(line, "\n") : 0] = '\0';
	return found;
}

bool sysfile__line(char *buf, size_t size, const char *path, ...)
{
	va_list args;
	bool found;

	va_start(args, path);
	found = line_find(buf, size, "", path, args);
	va_end(args);
	return found;
}

bool sysfile__rest(char *buf, size_t size, const char *key, const char *path, ...)
{
	char line[8192]; /* the flags of /proc/cpuinfo are the longest line */
	va_list args;
	bool found;

	va_start(args, path);
	found = line_find(line, sizeof(line), key, path, args);
	va_end(args);
	snprintf(buf, size, "%s", found ? line + strlen(key) : "");
	return found;
}

bool sysfile__number(uint64_t *number, const char *form, const char *path, ...)
{
	bool found = false;
	char line[256];
	va_list args;
	FILE *file;

	va_start(args, path);
	file = path_open(path, args);
	va_end(args);
	*number = 0;
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, form, number) == 1;
	if (file)
		fclose(file);
	return found;
}

bool proc_stat__parse(struct proc_stat *stat, const char *line)
{
	const char *end = strrchr(line, ')');

	*stat = (struct proc_stat){};
	/* Fields 3, 9, 14, 39 and 43 of proc_pid_stat(5). */
	return end &&
	       sscanf(end + 1,
		      " %c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %" SCNu64 " %*u "
		      "%*d %*d %*d %*d %*d %*d %*u %*u %*d %*u %*u %*u %*u %*u %*u %*u %*u "
		      "%*u %*u %*u %*u %*u %*d %u %*u %*u %*u %" SCNu64,
		      &stat->state, &stat->flags, &stat->user, &stat->cpu, &stat->guest) >= 2;
}

DIR *sysdir__open(const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return opendir(path);
}

const struct dirent *sysdir__next(DIR *dir)
{
	const struct dirent *entry = dir ? readdir(dir) : NULL;

	while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")))
		entry = readdir(dir);
	if (dir && !entry)
		closedir(dir);
	return entry;
}

int regular_file__open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

/* A command opens about a hundred files: programs, maps, links and the kernel's files. */
#define OPEN_FILES_NEEDED 256

/* The functions of some commands, and of libbpf, have buffers of tens of kB. */
#define STACK_NEEDED (256 << 10)

bool stack__is_small(char *advice, size_t size)
{
	struct rlimit stack;

	if (getrlimit(RLIMIT_STACK, &stack) || stack.rlim_cur >= STACK_NEEDED)
		return false;
	snprintf(advice, size, "a limit of %ju kB for the stack is too low: try ulimit -s %d",
		 (uintmax_t)stack.rlim_cur >> 10, STACK_NEEDED >> 10);
	return true;
}

bool open_files__are_few(char *advice, size_t size)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= OPEN_FILES_NEEDED)
		return false;
	snprintf(advice, size, "a limit of %ju open files is too low: try ulimit -n %d",
		 (uintmax_t)files.rlim_cur, OPEN_FILES_NEEDED);
	return true;
}
