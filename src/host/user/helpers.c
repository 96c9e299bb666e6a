// SPDX-License-Identifier: GPL-2.0
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/helper_process.h"
#include "base/privileges.h"
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

static void __attribute__((noreturn)) opener_main(int socket)
{
	helper_process__begin("ipitrace-open", &socket, 1);
	if (!privileges__drop_but(opener_caps, NR_CAPS))
		opener__run(0);
	_exit(0);
}

static void __attribute__((noreturn)) reader_main(int socket)
{
	static struct name_request request;
	static struct name_answer answer;
	struct namer *namer;
	pid_t opener;
	int to_opener;

	helper_process__begin("ipitrace-names", &socket, 1);
	opener = helper_process__start(&to_opener);
	if (!opener)
		opener_main(to_opener);
	if (opener < 0)
		_exit(1);
	namer = privileges__drop() ? NULL : namer__new(to_opener);
	while (namer && recv(0, &request, sizeof(request), 0) == sizeof(request)) {
		answer.id = request.id;
		namer__name(namer, request.tgid, &request.stack, &answer.named);
		if (send(0, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
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
