// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/confine.h"
#include "base/helper_process.h"
#include "base/privileges.h"
#include "base/sysfile.h"
#include "host/user/helpers.h"
#include "host/user/namer.h"
#include "host/user/opener.h"

/*
 * The opener's capabilities: for /proc/PID/maps and root (ptrace_may_access()), for files and
 * directories of other users, and, since 5.9, for map_files.
 */
static const unsigned int opener_caps[] = { CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
					    CAP_CHECKPOINT_RESTORE };

#define NR_CAPS (sizeof(opener_caps) / sizeof(*opener_caps))

/* Memory beyond what a process has of ipitrace's: 32 processes with 4,096 mappings each, and some more. */
#define ROOM_BYTES    (64UL << 20)
/* CPU time that no request takes: it has a budget. */
#define REQUEST_CPU_S 1

/*
 * No limit of CPU time: both live as long as ipitrace. To be called with rights: the root directory,
 * a container's or a chroot's, may be closed to others, and then so is /proc.
 */
static int limits_set(void)
{
	struct confine_limits limits = {};
	uint64_t pages;

	if (!sysfile__number(&pages, "%" SCNu64, "/proc/self/statm"))
		return -ENOENT;
	limits.as_bytes = pages * sysconf(_SC_PAGESIZE) + ROOM_BYTES;
	return confine__limits(&limits);
}

static void __attribute__((noreturn)) opener_main(int socket)
{
	helper_process__begin("ipitrace-open", &socket, 1);
	if (limits_set() || privileges__drop_but(opener_caps, NR_CAPS))
		_exit(1);
	helper_process__end_with_starter();
	if (!opener__confine())
		opener__run(0);
	_exit(0);
}

int helpers__confine_reader(void)
{
	static const int calls[] = {
		SCMP_SYS(recvfrom),  SCMP_SYS(sendto), SCMP_SYS(recvmsg),
		SCMP_SYS(setitimer), SCMP_SYS(wait4),
	};
	int err = confine__files(CONFINE_NO_FILES);

	return err && err != -EOPNOTSUPP ? err :
					   confine__calls(calls, sizeof(calls) / sizeof(*calls));
}

/* A request that takes too long in spite of its budget ends the reader (SIGPROF). */
static void alarm_set(void)
{
	setitimer(ITIMER_PROF, &(struct itimerval){ .it_value.tv_sec = REQUEST_CPU_S }, NULL);
}

/* Until ipitrace closes the socket, or the opener has ended. */
static void serve(struct namer *namer, pid_t opener)
{
	static struct name_request request;
	static struct name_answer answer;

	while (recv(0, &request, sizeof(request), 0) == sizeof(request)) {
		alarm_set();
		answer.id = request.id;
		namer__name(namer, request.tgid, &request.stack, &answer.named);
		if (waitpid(opener, NULL, WNOHANG) ||
		    send(0, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
}

static void __attribute__((noreturn)) reader_main(int socket)
{
	pid_t opener;
	struct namer *namer;
	int to_opener;

	helper_process__begin("ipitrace-names", &socket, 1);
	opener = helper_process__start(&to_opener);
	if (!opener)
		opener_main(to_opener);
	if (opener < 0 || limits_set() || privileges__drop())
		_exit(1);
	helper_process__end_with_starter();
	namer = helpers__confine_reader() ? NULL : namer__new(to_opener);
	if (namer)
		serve(namer, opener);
	close(to_opener);
	waitpid(opener, NULL, 0);
	_exit(0);
}

pid_t helpers__start(int *socket)
{
	pid_t pid = helper_process__start(socket);

	if (!pid)
		reader_main(*socket);
	return pid;
}
