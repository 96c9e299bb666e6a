// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/helper_process.h"
#include "base/write_all.h"

/*
 * In a helper: its end of a pipe, which nobody uses; the starter has the other end. -1: this
 * process is no helper.
 */
static int starters_end = -1;

static struct helpers own;

/*
 * For each of own.pids: this process's end of the pipe by which that helper learns that its starter
 * has ended; -1: another process started that helper.
 */
static int lines[HELPERS_MAX];

const struct helpers *helpers__own(void)
{
	return &own;
}

bool helpers__have(const struct helpers *helpers, uint32_t pid)
{
	for (size_t i = 0; helpers && i < helpers->nr; i++)
		if (helpers->pids[i] == pid)
			return true;
	return false;
}

/* Add a helper to the list. Without room there, @line stays open until this process ends. */
static void add_helper(pid_t pid, int line)
{
	if (pid <= 0 || own.nr == HELPERS_MAX)
		return;
	lines[own.nr] = line;
	own.pids[own.nr++] = pid;
}

void helpers__add(pid_t pid)
{
	add_helper(pid, -1);
}

void helpers__forget(pid_t pid)
{
	size_t kept = 0;

	for (size_t i = 0; i < own.nr; i++) {
		if (own.pids[i] != (uint32_t)pid) {
			lines[kept] = lines[i];
			own.pids[kept++] = own.pids[i];
		} else if (lines[i] >= 0) {
			close(lines[i]);
		}
	}
	own.nr = kept;
}

void helper_process__await_end(pid_t pid, int ms)
{
	for (int i = 0; i < ms; i++) {
		if (waitpid(pid, NULL, WNOHANG)) {
			helpers__forget(pid);
			return;
		}
		usleep(1000);
	}
}

pid_t helper_process__start(int *socket)
{
	int fds[2], line[2], err;
	pid_t pid;

	if (pipe2(line, O_CLOEXEC))
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		goto no_socket;
	pid = fork();
	if (pid < 0)
		goto no_process;
	*socket = fds[!pid];
	close(fds[!!pid]);
	/* The starter's end stays open until the helper is forgotten, or the starter has ended. */
	close(line[!pid]);
	if (!pid) {
		starters_end = line[0];
		/* The new process has none of the starter's helpers: empty the list. */
		own.nr = 0;
	}
	add_helper(pid, line[1]);
	return pid;

no_process:
	err = -errno;
	close(fds[0]);
	close(fds[1]);
	errno = -err;
no_socket:
	err = -errno;
	close(line[0]);
	close(line[1]);
	return err;
}

/*
 * Close all descriptors except @fds. Otherwise this process would keep ipitrace's output open,
 * whose reader waits for the end, and the BPF programs, which would stay loaded.
 */
static bool descriptors_keep(const int *fds, int nr_fds)
{
	int copies[HELPER_FDS + 1];

	/*
	 * Move all descriptors to high numbers first, because each may have the number that another
	 * one must get.
	 */
	for (int i = 0; i < nr_fds; i++) {
		copies[i] = fcntl(fds[i], F_DUPFD, nr_fds);
		if (copies[i] < 0)
			return false;
	}
	for (int i = 0; i < nr_fds; i++)
		if (dup2(copies[i], i) != i)
			return false;
	return !syscall(SYS_close_range, nr_fds, ~0U, 0);
}

void helper_process__begin(const char *name, const int *fds, int nr_fds)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	int kept[HELPER_FDS + 1];

	/* Ignore Ctrl-C, which all processes of the terminal get: this one ends after ipitrace. */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, name);
	if (nr_fds > HELPER_FDS)
		_exit(1);
	memcpy(kept, fds, nr_fds * sizeof(*fds));
	kept[nr_fds] = starters_end;
	if (!descriptors_keep(kept, nr_fds + 1))
		_exit(1);
	starters_end = nr_fds;
}

void helper_process__end_with_starter(void)
{
	struct pollfd fd = { .fd = starters_end };

	if (fcntl(starters_end, F_SETOWN, getpid()) || fcntl(starters_end, F_SETSIG, SIGKILL) ||
	    fcntl(starters_end, F_SETFL, O_ASYNC) || poll(&fd, 1, 0))
		_exit(1);
}

void pass_fd__send(int socket, int fd)
{
	int err = fd < 0 ? fd : 0;
	char room[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &err, sizeof(err) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *head;

		message.msg_control = room;
		message.msg_controllen = sizeof(room);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	}
	sendmsg(socket, &message, MSG_NOSIGNAL);
}

int pass_fd__receive(int socket, int flags)
{
	char room[CMSG_SPACE(sizeof(int))];
	int err = 0, fd = -1;
	struct iovec iov = { &err, sizeof(err) };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
	const struct cmsghdr *head;
	if (n < 0)
		return -errno;
	if (n != sizeof(err))
		return -EPIPE;
	head = CMSG_FIRSTHDR(&message);
	if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return err ? err : fd;
}

/* Where execvp() looks if there is no PATH: confstr(_CS_PATH) of glibc; musl has more. */
#define DEFAULT_PATH "/bin:/usr/bin"

void become__program(char **argv, int report_fd)
{
	sigset_t none;
	int err;

	write_signals__set(SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	err = errno;
	(void)!write(report_fd, &err, sizeof(err));
	_exit(err == ENOENT ? 127 : 126);
}

/* Returns 0 if @file may be executed; else the negative errno of execve(). */
static int check_file(const char *file)
{
	struct stat st;

	if (stat(file, &st))
		return -errno;
	return S_ISREG(st.st_mode) && !access(file, X_OK) ? 0 : -EACCES;
}

int become__check(const char *name)
{
	const char *path = getenv("PATH") ?: DEFAULT_PATH;
	char file[PATH_MAX];
	int err = -ENOENT;

	if (strchr(name, '/'))
		return check_file(name);
	while (path && *name) {
		const char *end = strchrnul(path, ':');
		int found = -ENOENT;

		if (snprintf(file, sizeof(file), "%.*s%s%s", (int)(end - path), path,
			     end > path ? "/" : "", name) < (int)sizeof(file))
			found = check_file(file);
		if (!found)
			return 0;
		if (found == -EACCES)
			err = found;
		path = *end ? end + 1 : NULL;
	}
	return err;
}

int become__wait(int report_fd)
{
	int err;
	ssize_t len;

	do {
		len = read(report_fd, &err, sizeof(err));
	} while (len < 0 && errno == EINTR);
	return len == sizeof(err) ? -err : 0;
}
