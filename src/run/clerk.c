// SPDX-License-Identifier: GPL-2.0
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include "base/helper_process.h"
#include "run/parts.h"

/* How long ipitrace waits for a disk on which a file is to be created, ms. */
#define ANSWER_MS 2000

struct clerk {
	pid_t pid;
	int fd; /* socket: requests go there, answers come back */
	bool asked; /* a file was asked for, and its answer was not received yet */
	const char *path;
};

/* The calls that create, name and remove the files, send --signal, and print messages. */
static const int clerk_calls[] = {
	SCMP_SYS(sendmsg),  SCMP_SYS(recvfrom), SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(openat),   SCMP_SYS(openat2),	SCMP_SYS(lstat),
	SCMP_SYS(stat),	    SCMP_SYS(statx),	SCMP_SYS(fcntl),
	SCMP_SYS(fchmod),   SCMP_SYS(fchown),	SCMP_SYS(ftruncate),
	SCMP_SYS(fsync),    SCMP_SYS(link),	SCMP_SYS(linkat),
	SCMP_SYS(rename),   SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(unlink),   SCMP_SYS(unlinkat), SCMP_SYS(geteuid),
	SCMP_SYS(pwritev2), SCMP_SYS(ioctl),	SCMP_SYS(getdents64),
	SCMP_SYS(flock)
};

/*
 * Keep the rights that the clerk needs. --exec starts CMD with all rights that ipitrace was started
 * with, as the shell of the command line would. Without --exec the clerk keeps what --signal needs,
 * and what files need in a directory of another user, or in one in which each user may remove only
 * his own files.
 */
static int rights_keep(const struct clerk_config *config, const char *base)
{
	unsigned int caps[4];
	size_t nr = 0;
	bool callers;
	int err;

	if (config->exec)
		return 0;
	if (config->signal)
		caps[nr++] = CAP_KILL;
	if (!clerk_work__owns_directory(base, &callers)) {
		caps[nr++] = CAP_DAC_OVERRIDE;
		caps[nr++] = CAP_FOWNER;
	}
	/* A new file in a directory of sudo's caller is given to the caller (base/write_all.h). */
	if (callers)
		caps[nr++] = CAP_CHOWN;
	err = privileges__keep(caps, nr);
	return err ? err : confine__calls(clerk_calls, sizeof(clerk_calls) / sizeof(*clerk_calls));
}

/* Run the clerk in its own process. */
static void __attribute__((noreturn))
clerk_main(const struct clerk_config *config, int fd, int pidfd)
{
	struct clerk_work work = { .config = config, .fd = fd, .pidfd = pidfd, .file = -1 };
	int err;

	prctl(PR_SET_NAME, "ipitrace-clerk");
	clerk_work__enter(&work);
	err = rights_keep(config, work.base);
	if (err)
		fail(EXIT_FAILED, "record --flight: ipitrace-clerk cannot give up its rights: %s",
		     strerror(-err));
	else
		clerk_work__run(&work);
	_exit(0);
}

int clerk__open(struct clerk **out, const struct clerk_config *config)
{
	/* The pidfd makes sure that --signal reaches no later process with the same number. */
	int pidfd = config->signal ? syscall(SYS_pidfd_open, config->signal, 0) : -1, status;
	struct clerk *clerk;

	if (config->signal && pidfd < 0)
		return fail(EXIT_FAILED, "--signal %u: %s", config->signal, strerror(errno));
	clerk = calloc(1, sizeof(*clerk));
	if (!clerk) {
		if (pidfd >= 0)
			close(pidfd);
		return part_status("start", -ENOMEM);
	}
	clerk->pid = helper_process__start(&clerk->fd);
	if (!clerk->pid)
		clerk_main(config, clerk->fd, pidfd);
	if (pidfd >= 0)
		close(pidfd);
	if (clerk->pid < 0) {
		status = part_status("start", clerk->pid);
		free(clerk);
		return status;
	}
	clerk->path = config->path;
	*out = clerk;
	return EXIT_DONE;
}

static int send_request(const struct clerk *clerk, const struct clerk_request *request)
{
	return send(clerk->fd, request, sizeof(*request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ?
		       -errno :
		       0;
}

void clerk__happened(struct clerk *clerk)
{
	send_request(clerk, &(struct clerk_request){ .wish = CLERK_HAPPENED });
}

int clerk__file(struct clerk *clerk)
{
	struct pollfd fd = { .fd = clerk->fd, .events = POLLIN };
	int err = 0;

	if (!clerk->asked)
		err = send_request(clerk, &(struct clerk_request){ .wish = CLERK_CREATE });
	if (err)
		return err;
	clerk->asked = true;
	if (poll(&fd, 1, ANSWER_MS) <= 0)
		return -ETIMEDOUT;
	clerk->asked = false;
	/* This fails if somebody has killed the clerk. */
	return pass_fd__receive(clerk->fd, MSG_DONTWAIT);
}

void clerk__finished(struct clerk *clerk, const struct trigger *trigger, bool whole, char *name,
		     size_t size)
{
	const struct clerk_request finished = {
		.wish = whole ? CLERK_WHOLE : CLERK_PARTIAL,
		.trigger = *trigger,
		.real = clock_ns(CLOCK_REALTIME) - mono_ns() + trigger->time,
	};

	if (!clerk__name(clerk->path, finished.real, name, size))
		snprintf(name, size, "%s", clerk->path);
	clerk->asked = !send_request(clerk, &finished);
}

void clerk__close(struct clerk *clerk)
{
	if (!clerk)
		return;
	close(clerk->fd);
	/* ipitrace does not wait for a clerk that waits for its disk: the clerk ends later. */
	helper_process__await_end(clerk->pid, 2 * CLERK_END_MS);
	free(clerk);
}
