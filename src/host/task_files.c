// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/sysfile.h"
#include "host/task_files.h"

/* The file @name of the thread, in @text, as far as @size reaches. */
static void read_text(const char *root, uint32_t tgid, uint32_t tid, const char *name, char *text,
		      size_t size)
{
	char path[128];
	ssize_t len;
	int fd;

	text[0] = '\0';
	snprintf(path, sizeof(path), "%s/proc/%" PRIu32 "/task/%" PRIu32 "/%s", root, tgid, tid,
		 name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, text, size - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
}

void thread_file__comm(char comm[COMM_LEN], uint32_t tgid, uint32_t tid)
{
	read_text("", tgid, tid, "comm", comm, COMM_LEN);
	comm[strcspn(comm, "\n")] = '\0';
}

bool thread_file__slices(const char *root, uint32_t tgid, uint32_t tid, uint64_t *slices)
{
	char text[80];

	/* Time on a CPU, time in a run queue, slices: proc_pid_schedstat(), fs/proc/base.c. */
	read_text(root, tgid, tid, "schedstat", text, sizeof(text));
	return sscanf(text, "%*u %*u %" SCNu64, slices) == 1;
}

bool task_cgroup__read(const char *root, uint32_t tgid, char *path, size_t size)
{
	char name[PATH_MAX], line[4096];
	bool found = false;
	FILE *file;

	*path = '\0';
	snprintf(name, sizeof(name), "%s/proc/%" PRIu32 "/cgroup", root ? root : "", tgid);
	file = fopen(name, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		/* Hierarchy 0, without controllers, is cgroup2 (cgroups(7)). */
		found = !strncmp(line, "0::", 3);
		if (found)
			snprintf(path, size, "%s", line + 3);
	}
	if (file)
		fclose(file);
	return found;
}

/* getrusage() would not do: its maximum includes the parent's memory before exec. */
uint64_t self__rss_peak(void)
{
	uint64_t kib;

	sysfile__number(&kib, "VmHWM: %" SCNu64 " kB", "/proc/self/status");
	return kib * 1024;
}

uint64_t self__rss(void)
{
	uint64_t pages;

	sysfile__number(&pages, "%*u %" SCNu64, "/proc/self/statm");
	return pages * sysconf(_SC_PAGESIZE);
}
