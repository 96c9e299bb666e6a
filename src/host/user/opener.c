// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include "base/confine.h"
#include "base/helper_process.h"
#include "host/user/user.h"

#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define PATH_FLAGS (O_PATH | O_CLOEXEC)

/* Not in linux/magic.h. */
#define CONFIGFS_MAGIC 0x62656570
#define NFSD_MAGIC     0x6e667364

/* The users whose files may be opened: anybody's, or those of one user, and perhaps root's. */
struct owner {
	bool anybody, root;
	uint32_t uid;
};

/* /proc/self/fd. */
static int own_fds = -1;

/*
 * Whether the file belongs to a file system of the kernel itself. Such a file may be a regular one,
 * but opening it may have an effect, as with trace_pipe of tracefs or /proc/kmsg.
 */
static bool is_made_up(int fd)
{
	static const uint32_t kernels[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC,		DEBUGFS_MAGIC,	     TRACEFS_MAGIC,
		SECURITYFS_MAGIC, CGROUP_SUPER_MAGIC,	CGROUP2_SUPER_MAGIC, SELINUX_MAGIC,
		SMACK_MAGIC,	  BPF_FS_MAGIC,		PSTOREFS_MAGIC,	     EFIVARFS_MAGIC,
		BINFMTFS_MAGIC,	  RDTGROUP_SUPER_MAGIC, XENFS_SUPER_MAGIC,   NSFS_MAGIC,
		CONFIGFS_MAGIC,	  NFSD_MAGIC,
	};
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return true;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++)
		if ((uint32_t)fs.f_type == kernels[i])
			return true;
	return false;
}

/*
 * Open for reading the file of @at, an O_PATH descriptor or a negative errno. A user with a mount
 * namespace of his own may have put a device there, and opening a device may have an effect. So
 * this function checks the file by @at, and then opens the same file, without a path. Closes @at.
 */
static int open_checked(int at, const struct owner *owner)
{
	char number[16];
	struct stat st;
	int fd;

	if (at < 0)
		return at;
	snprintf(number, sizeof(number), "%d", at);
	if (fstat(at, &st) || !S_ISREG(st.st_mode) || is_made_up(at) ||
	    !(owner->anybody || st.st_uid == owner->uid || (owner->root && !st.st_uid))) {
		close(at);
		return -EPERM;
	}
	fd = openat(own_fds, number, READ_FLAGS);
	if (fd < 0)
		fd = -errno;
	close(at);
	return fd;
}

/*
 * Whether the process has code at exactly this mapping. Files that it has mapped as data, such as
 * those of a database, must not be read for a name. A line of the file: "7f00-7f40 r-xp ...".
 */
static bool has_code_mapping(const struct opener_request *request)
{
	char path[32], line[512];
	bool begins = true, found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", request->pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		uint64_t start, end;
		char mode[5];

		/* Do not parse the rest of a line that was too long for the buffer. */
		found = begins &&
			sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &start, &end, mode) == 3 &&
			start == request->start && end == request->end && mode[2] == 'x';
		begins = strchr(line, '\n');
	}
	if (file)
		fclose(file);
	return found;
}

/* Open a mapped file. The kernel's link leads to the file, without a path: mounts do not matter. */
static int mapped_open(const struct opener_request *request)
{
	static const struct owner anybody = { .anybody = true };
	char path[96];
	int at;

	if (!has_code_mapping(request))
		return -EPERM;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files/%" PRIx64 "-%" PRIx64,
		 request->pid, request->start, request->end);
	at = open(path, PATH_FLAGS);
	return open_checked(at < 0 ? -errno : at, &anybody);
}

/*
 * Open @path below the root directory of process @pid (0: of ipitrace). Symbolic links do not lead
 * out of this directory.
 */
static int open_below_root(uint32_t pid, const char *path, const struct owner *owner)
{
	struct open_how how = {
		.flags = PATH_FLAGS | O_NOFOLLOW,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	char root[32] = "/";
	int dir, at;

	if (pid)
		snprintf(root, sizeof(root), "/proc/%" PRIu32 "/root", pid);
	dir = open(root, PATH_FLAGS);
	if (dir < 0)
		return -errno;
	at = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	if (at < 0)
		at = -errno;
	close(dir);
	return open_checked(at, owner);
}

bool opener__identity(uint32_t pid, uint32_t *inner, uint32_t *uid)
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

/* Anybody may create files in /tmp, so the process's own user must own the map. */
static int perf_map_open(uint32_t pid)
{
	struct owner owner = {};
	uint32_t inner;
	char path[32];

	if (!opener__identity(pid, &inner, &owner.uid))
		return -ESRCH;
	snprintf(path, sizeof(path), "tmp/perf-%" PRIu32 ".map", inner);
	return open_below_root(pid, path, &owner);
}

/*
 * Open the symbols of a stripped file, at the path of all distributions. Root or the process's own
 * user must own the file.
 */
static int debug_open(const struct opener_request *request)
{
	struct owner owner = { .root = true };
	char path[96] = "usr/lib/debug/.build-id/";
	size_t len = strlen(path);
	uint32_t inner;

	if (request->build_id_len < 2 || request->build_id_len > BUILD_ID_MAX)
		return -EINVAL;
	if (request->pid && !opener__identity(request->pid, &inner, &owner.uid))
		return -ESRCH;
	for (uint32_t i = 0; i < request->build_id_len; i++)
		len += snprintf(path + len, sizeof(path) - len, i ? "%02x" : "%02x/",
				request->build_id[i]);
	snprintf(path + len, sizeof(path) - len, ".debug");
	return open_below_root(request->pid, path, &owner);
}

static int file_open(const struct opener_request *request)
{
	char path[32];
	int fd;

	switch (request->file) {
	case OPEN_MAPS:
		snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", request->pid);
		fd = open(path, READ_FLAGS);
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

int opener__confine(void)
{
	static const int calls[] = {
		SCMP_SYS(recvfrom), SCMP_SYS(sendmsg), SCMP_SYS(openat),
		SCMP_SYS(openat2),  SCMP_SYS(fstatfs),
	};

	/* No Landlock: it would take away the right to read other processes' files of /proc. */
	return confine__calls(calls, sizeof(calls) / sizeof(*calls));
}

void opener__run(int socket)
{
	struct opener_request request;

	own_fds = open("/proc/self/fd", PATH_FLAGS | O_DIRECTORY);
	while (recv(socket, &request, sizeof(request), 0) == sizeof(request)) {
		int fd = file_open(&request);

		pass_fd__send(socket, fd);
		if (fd >= 0)
			close(fd);
	}
	close(own_fds);
}

int opener__ask(int socket, const struct opener_request *request)
{
	if (send(socket, request, sizeof(*request), MSG_NOSIGNAL) != sizeof(*request))
		return -EPIPE;
	return pass_fd__receive(socket, 0);
}
