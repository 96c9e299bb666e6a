// SPDX-License-Identifier: GPL-2.0
/* The opener: what it opens of a process, whatever it is asked for. */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "host/user/user.h"
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

/* Ask the opener for this process's mapping of @bytes at @at. Returns 0 or a negative errno. */
static int ask(const char *at, size_t bytes)
{
	const struct opener_request request = {
		.file = OPEN_MAPPED,
		.pid = getpid(),
		.start = (uintptr_t)at,
		.end = (uintptr_t)at + bytes,
	};
	int fd = opener__ask(sockets[0], &request);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* An attacker who controls the reader may ask for anything. */
TEST_F(only_code_is_opened)
{
	const size_t bytes = 2 * sysconf(_SC_PAGESIZE);
	char path[] = "/var/tmp/ipitest-opener-XXXXXX";
	int fd = mkstemp(path);
	char *at;

	if (skip_if(geteuid(), "needs root"))
		return;
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(ftruncate(fd, bytes), 0);
	at = mmap(NULL, bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_true(at != MAP_FAILED);
	assert_int_equal(ask(at, bytes), 0);
	assert_int_equal(ask(at, bytes / 2), -EPERM);
	assert_int_equal(mprotect(at, bytes, PROT_READ), 0);
	assert_int_equal(ask(at, bytes), -EPERM);
	assert_int_equal(mprotect(at, bytes, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(ask(at, bytes), -EPERM);
	munmap(at, bytes);
	assert_int_equal(ask(at, bytes), -EPERM);
	close(fd);
}

TEST_MAIN(NULL, NULL)
