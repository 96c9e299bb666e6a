// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/pass_fd.h"
#include "base/regular_file.h"
#include "host/user/opener.h"

#define READING (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* The kernel's link leads to the file itself, whatever mounts there are, and names it by no path. */
static int mapped_open(const struct opener_request *request)
{
	char path[96];
	int at, fd;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files/%" PRIx64 "-%" PRIx64,
		 request->pid, request->start, request->end);
	at = regular_file__keep(open(path, O_PATH | O_CLOEXEC));
	if (at < 0)
		return at;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
	fd = open(path, READING);
	if (fd < 0)
		fd = -errno;
	close(at);
	return fd;
}

/* @path below the root directory that process @pid has; 0: that we have. Symbolic links stay below it. */
static int below_root(uint32_t pid, const char *path)
{
	struct open_how how = {
		.flags = READING | O_NOFOLLOW,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	char root[32] = "/";
	int at, fd;

	if (pid)
		snprintf(root, sizeof(root), "/proc/%" PRIu32 "/root", pid);
	at = open(root, O_PATH | O_CLOEXEC);
	if (at < 0)
		return -errno;
	fd = syscall(SYS_openat2, at, path, &how, sizeof(how));
	fd = regular_file__keep(fd);
	close(at);
	return fd;
}

/* The process's number in its own pid namespace, and its user. */
static bool identity(uint32_t pid, uint32_t *inner, uint32_t *uid)
{
	bool has_uid = false, has_inner = false;
	char path[32], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		const char *last = strrchr(line, '\t');

		has_uid |= sscanf(line, "Uid:\t%*u\t%" SCNu32, uid) == 1;
		if (!strncmp(line, "NSpid:", 6) && last)
			has_inner = sscanf(last, "%" SCNu32, inner) == 1;
	}
	if (file)
		fclose(file);
	return has_uid && has_inner;
}

/* Anybody may create files in /tmp: the process's own user must have made it. */
static int perf_map_open(uint32_t pid)
{
	uint32_t inner, uid;
	struct stat st;
	char path[32];
	int fd;

	if (!identity(pid, &inner, &uid))
		return -ESRCH;
	snprintf(path, sizeof(path), "tmp/perf-%" PRIu32 ".map", inner);
	fd = below_root(pid, path);
	if (fd < 0 || (!fstat(fd, &st) && st.st_uid == uid))
		return fd;
	close(fd);
	return -EPERM;
}

/* Where distributions put the symbols of stripped files. */
static int debug_open(const struct opener_request *request)
{
	char path[96] = "usr/lib/debug/.build-id/";
	size_t len = strlen(path);
	int fd;

	if (request->build_id_len < 2 || request->build_id_len > BUILD_ID_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < request->build_id_len; i++)
		len += snprintf(path + len, sizeof(path) - len, i ? "%02x" : "%02x/",
				request->build_id[i]);
	snprintf(path + len, sizeof(path) - len, ".debug");
	fd = below_root(request->pid, path);
	return fd < 0 ? below_root(0, path) : fd;
}

static int file_open(const struct opener_request *request)
{
	char path[32];
	int fd;

	switch (request->file) {
	case OPEN_MAPS:
		snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", request->pid);
		fd = open(path, READING);
		return fd < 0 ? -errno : fd;
	case OPEN_MAPPED:
		return mapped_open(request);
	case OPEN_PERF_MAP:
		return perf_map_open(request->pid);
	case OPEN_DEBUG:
		return debug_open(request);
	}
	return -EINVAL;
}

void opener__run(int socket)
{
	struct opener_request request;

	while (recv(socket, &request, sizeof(request), 0) == sizeof(request)) {
		int fd = file_open(&request);

		pass_fd__send(socket, fd);
		if (fd >= 0)
			close(fd);
	}
}

int opener__ask(int socket, const struct opener_request *request)
{
	if (send(socket, request, sizeof(*request), MSG_NOSIGNAL) != sizeof(*request))
		return -EPIPE;
	return pass_fd__receive(socket, 0);
}
