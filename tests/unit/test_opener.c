// SPDX-License-Identifier: GPL-2.0
/* The opener: what it opens of a process, whatever it is asked for. */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "host/user/user.h"
#include "made_root.h"
#include "skip.h"
#include "unit.h"

static int sockets[2];
static pthread_t thread;

static void *serve(void *arg)
{
	opener__run(sockets[1]);
	return arg;
}

static int setup(void **state)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
	assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	shutdown(sockets[0], SHUT_RDWR);
	pthread_join(thread, NULL);
	close(sockets[0]);
	close(sockets[1]);
	return 0;
}

/* Ask the opener. Returns 0 or a negative errno; @text, if any, gets the begin of the file. */
static int ask(const struct opener_request *request, char *text, size_t size)
{
	int fd = opener__ask(sockets[0], request);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = text ? read(fd, text, size - 1) : 0;
	assert_true(n >= 0);
	if (text)
		text[n] = '\0';
	close(fd);
	return 0;
}

/* Ask for this process's mapping of @bytes at @at. */
static int ask_mapped(const char *at, size_t bytes)
{
	const struct opener_request request = {
		.file = OPEN_MAPPED,
		.pid = getpid(),
		.start = (uintptr_t)at,
		.end = (uintptr_t)at + bytes,
	};

	return ask(&request, NULL, 0);
}

/* Two pages of code, which a file has. */
struct code {
	size_t bytes;
	char *at;
};

static int map_code(void **state)
{
	static struct code code;
	char path[] = "/tmp/ipitest-opener-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	code.bytes = 2 * sysconf(_SC_PAGESIZE);
	assert_int_equal(ftruncate(fd, code.bytes), 0);
	code.at = mmap(NULL, code.bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_true(code.at != MAP_FAILED);
	close(fd);
	*state = &code;
	return setup(state);
}

static int unmap_code(void **state)
{
	const struct code *code = *state;

	munmap(code->at, code->bytes);
	return teardown(state);
}

/* An attacker who controls the reader may ask for anything. */
TEST(only_code_is_opened, map_code, unmap_code)
{
	const struct code *code = *state;

	if (skip_if(geteuid(), "needs root"))
		return;
	assert_int_equal(ask_mapped(code->at, code->bytes), 0);
	assert_int_equal(ask_mapped(code->at, code->bytes / 2), -EPERM);
	assert_int_equal(mprotect(code->at, code->bytes, PROT_READ), 0);
	assert_int_equal(ask_mapped(code->at, code->bytes), -EPERM);
	assert_int_equal(mprotect(code->at, code->bytes, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(ask_mapped(code->at, code->bytes), -EPERM);
	munmap(code->at, code->bytes);
	assert_int_equal(ask_mapped(code->at, code->bytes), -EPERM);
}

/* The opener finds the file, and has no descriptor left to open the file for reading. */
TEST(no_descriptor_is_left, map_code, unmap_code)
{
	const struct code *code = *state;
	struct rlimit limit, one_more;
	int next;

	if (skip_if(geteuid(), "needs root"))
		return;
	assert_int_equal(ask_mapped(code->at, code->bytes), 0);
	next = dup(sockets[0]);
	assert_true(next >= 0);
	close(next);
	getrlimit(RLIMIT_NOFILE, &limit);
	one_more = (struct rlimit){ next + 1, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &one_more), 0);
	assert_int_equal(ask_mapped(code->at, code->bytes), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(ask_mapped(code->at, code->bytes), 0);
}

TEST_F(maps_of_a_process)
{
	struct opener_request request = { .file = OPEN_MAPS, .pid = getpid() };
	unsigned long start, end;
	char text[128];

	assert_int_equal(ask(&request, text, sizeof(text)), 0);
	assert_int_equal(sscanf(text, "%lx-%lx r", &start, &end), 2);
	request.pid = INT_MAX;
	assert_int_equal(ask(&request, NULL, 0), -ENOENT);
	request.file = OPEN_PERF_MAP;
	assert_int_equal(ask(&request, NULL, 0), -ESRCH);
	request = (struct opener_request){ .file = OPEN_DEBUG, .pid = INT_MAX, .build_id_len = 2 };
	assert_int_equal(ask(&request, NULL, 0), -ESRCH);
	request.file = OPEN_DEBUG + 1;
	assert_int_equal(ask(&request, NULL, 0), -EINVAL);
}

#define USER  4242 /* of the process */
#define OTHER 4243

/* A process of @user, whose root directory is ours. In the perf map's place may be the file @mounted. */
static pid_t start_in_root(uid_t user, const char *mounted)
{
	char map[128], ready;
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		snprintf(map, sizeof(map), "%s/tmp/perf-%d.map", root, getpid());
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    (mounted &&
		     (close(creat(map, 0644)) || mount(mounted, map, NULL, MS_BIND, NULL))) ||
		    chroot(root) || chdir("/") || setresuid(user, user, user) ||
		    prctl(PR_SET_PDEATHSIG, SIGKILL) || write(ends[1], "r", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	return pid;
}

static void end_in_root(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int setup_root(void **state)
{
	return root_setup(state) || setup(state);
}

static int teardown_root(void **state)
{
	return teardown(state) || root_teardown(state);
}

/* A file below the root directory, of the user. Its text is "of" and the user. */
static void user_file(const char *path, uid_t user)
{
	char whole[256], text[16];

	snprintf(text, sizeof(text), "of %u", user);
	root_file(path, text);
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	assert_int_equal(chown(whole, user, 0), 0);
}

/* Anybody may write into /tmp of a process: only a regular file of the process's own user is opened. */
TEST(perf_map_of_a_process, setup_root, teardown_root)
{
	struct opener_request request = { .file = OPEN_PERF_MAP };
	char path[64], whole[128], tmp[128], aside[128], text[16];

	if (skip_if(geteuid(), "needs root"))
		return;
	request.pid = start_in_root(USER, NULL);
	snprintf(path, sizeof(path), "/tmp/perf-%u.map", request.pid);
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	assert_int_equal(ask(&request, NULL, 0), -ENOENT);

	user_file(path, USER);
	assert_int_equal(ask(&request, text, sizeof(text)), 0);
	assert_string_equal(text, "of 4242");
	user_file(path, OTHER);
	assert_int_equal(ask(&request, NULL, 0), -EPERM);
	user_file(path, 0);
	assert_int_equal(ask(&request, NULL, 0), -EPERM);

	/* A link of the user's, to a file of the user's. */
	user_file("/tmp/map", USER);
	assert_int_equal(unlink(whole), 0);
	assert_int_equal(symlink("map", whole), 0);
	assert_int_equal(lchown(whole, USER, 0), 0);
	assert_int_equal(ask(&request, NULL, 0), -EPERM);
	assert_int_equal(unlink(whole), 0);
	assert_int_equal(mkfifo(whole, 0644), 0);
	assert_int_equal(chown(whole, USER, 0), 0);
	assert_int_equal(ask(&request, NULL, 0), -EPERM);
	assert_int_equal(unlink(whole), 0);

	/* The directory is a link: the link's path begins at the process's root directory. */
	user_file(path, USER);
	snprintf(tmp, sizeof(tmp), "%s/tmp", root);
	snprintf(aside, sizeof(aside), "%s/aside", root);
	assert_int_equal(rename(tmp, aside), 0);
	assert_int_equal(symlink(aside, tmp), 0);
	/* From there, /tmp is the link itself. */
	assert_int_equal(ask(&request, NULL, 0), -ELOOP);
	assert_int_equal(unlink(tmp), 0);
	assert_int_equal(symlink("/aside", tmp), 0);
	assert_int_equal(ask(&request, text, sizeof(text)), 0);
	assert_string_equal(text, "of 4242");
	end_in_root(request.pid);
}

/* A file of /proc may be root's own and a regular one: what opening it does only the kernel knows. */
TEST(perf_map_that_the_kernel_made_up, setup_root, teardown_root)
{
	struct opener_request request = { .file = OPEN_PERF_MAP };
	char own[128];

	if (skip_if(geteuid(), "needs root"))
		return;
	root_file("/tmp/file", "of root");
	snprintf(own, sizeof(own), "%s/tmp/file", root);
	request.pid = start_in_root(0, own);
	assert_int_equal(ask(&request, NULL, 0), 0);
	end_in_root(request.pid);
	request.pid = start_in_root(0, "/proc/version");
	assert_int_equal(ask(&request, NULL, 0), -EPERM);
	end_in_root(request.pid);
}

/* Symbols belong to root or to the process's user. */
TEST(symbols_of_a_build_id, setup_root, teardown_root)
{
	static const char path[] = "/usr/lib/debug/.build-id/01/02ff.debug";
	struct opener_request request = { .file = OPEN_DEBUG,
					  .build_id = { 1, 2, 255 },
					  .build_id_len = 3 };
	char text[16], longest[128], *end;

	if (skip_if(geteuid(), "needs root"))
		return;
	request.pid = start_in_root(USER, NULL);
	assert_int_equal(ask(&request, NULL, 0), -ENOENT);
	user_file(path, 0);
	assert_int_equal(ask(&request, text, sizeof(text)), 0);
	assert_string_equal(text, "of 0");
	user_file(path, USER);
	assert_int_equal(ask(&request, text, sizeof(text)), 0);
	assert_string_equal(text, "of 4242");
	user_file(path, OTHER);
	assert_int_equal(ask(&request, NULL, 0), -EPERM);

	/* Two bytes at least, for the directory and the file, and at most BUILD_ID_MAX. */
	user_file("/usr/lib/debug/.build-id/01/02.debug", 0);
	request.build_id_len = 2;
	assert_int_equal(ask(&request, NULL, 0), 0);
	request.build_id_len = 1;
	assert_int_equal(ask(&request, NULL, 0), -EINVAL);
	request.build_id_len = BUILD_ID_MAX + 1;
	assert_int_equal(ask(&request, NULL, 0), -EINVAL);
	request.build_id_len = BUILD_ID_MAX;
	memset(request.build_id, 0xa5, BUILD_ID_MAX);
	end = stpcpy(longest, "/usr/lib/debug/.build-id/a5/");
	for (int i = 1; i < BUILD_ID_MAX; i++)
		end = stpcpy(end, "a5");
	strcpy(end, ".debug");
	user_file(longest, 0);
	assert_int_equal(ask(&request, text, sizeof(text)), 0);
	end_in_root(request.pid);

	/* Pid 0: below the root directory of ipitrace itself, which has no such file. */
	request.pid = 0;
	assert_int_equal(ask(&request, NULL, 0), -ENOENT);
}

TEST_MAIN(NULL, NULL)
