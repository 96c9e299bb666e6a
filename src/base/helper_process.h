/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start a process that does a part of ipitrace's work which needs a capability, or may block; or
 * one that becomes another program.
 */
#ifndef IPITRACE_BASE_HELPER_PROCESS_H
#define IPITRACE_BASE_HELPER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Fork, with a socket of packets (SOCK_SEQPACKET) between both processes. Returns 0 in the new
 * process, its pid in the caller, or a negative errno. *@socket is each process's own end. When the
 * caller closes its end, the new process must end.
 */
pid_t helper_process__start(int *socket);

/*
 * The helpers of this process that have not ended, and their helpers: their work counts as
 * ipitrace's own. The list is global, because helpers begin and end at many places.
 */
#define HELPERS_MAX 16
struct helpers {
	size_t nr;
	uint32_t pids[HELPERS_MAX];
};

const struct helpers *helpers__own(void);

/* Whether @pid is one of @helpers; NULL: there are none. */
bool helpers__have(const struct helpers *helpers, uint32_t pid);

/*
 * Add @pid to the list. helper_process__start() adds its helper. The caller adds the helpers of a
 * helper, and removes each helper after it has ended or must end. For a helper that this process
 * started, helpers__forget() has the same effect as if this process had ended: the helper ends.
 */
void helpers__add(pid_t pid);
void helpers__forget(pid_t pid);

/*
 * Wait at most @ms until helper @pid has ended, whose socket the caller has closed, and forget the
 * helper then. A helper that takes longer stays in the list, and ends by itself later.
 */
void helper_process__await_end(pid_t pid, int ms);

/*
 * Call this first in the new process. It sets the process's name to @name, of up to 15 bytes;
 * ignores the terminal's signals, which are for the starter; keeps @fds, at most HELPER_FDS, which
 * become the descriptors 0 to @nr_fds - 1, and one descriptor by which the process learns that its
 * starter has ended; closes all others. Ends the process if that fails.
 */
#define HELPER_FDS 4
void helper_process__begin(const char *name, const int *fds, int nr_fds);

/*
 * Let the kernel send SIGKILL to this process when the starter has ended, for whatever reason, also
 * while this process is busy or stopped. Call this in the new process, after
 * helper_process__begin(), once it has its final user. PR_SET_PDEATHSIG is not enough: its signal
 * is sent with the rights of the starter (kernel/exit.c: reparent_leader(), kernel/signal.c:
 * check_kill_permission()), which has given up root by then and is another user. The owner of a
 * pipe gets a signal with the owner's own rights (fs/fcntl.c: sigio_perm()).
 */
void helper_process__end_with_starter(void);

/*
 * Send a descriptor through a socket to another process: @fd, which stays open here. A negative
 * errno in its place says why there is no descriptor.
 */
void pass_fd__send(int socket, int fd);

/*
 * Receive the next descriptor, which the caller closes. Returns the negative errno that came in
 * place of a descriptor, or -EPIPE if the sender has ended. @flags are those of recvmsg().
 */
int pass_fd__receive(int socket, int flags);

/*
 * A new process becomes another program, and its starter learns whether that worked. Each process
 * has an end of a pipe with O_CLOEXEC: if execvp() succeeds, the kernel closes the new process's
 * end; if it fails, the new process writes an errno.
 */

/* In the new process: become @argv, with a fresh process's signals, or report to @report_fd. */
void __attribute__((noreturn)) become__program(char **argv, int report_fd);

/*
 * Find the program that execvp() would find for @name. Returns 0 if it may be executed; else the
 * negative errno of execvp(). A file that may be executed may still be no program.
 */
int become__check(const char *name);

/*
 * In the starter, which must have closed its copy of the new process's end: wait for the outcome.
 * Returns 0, or the negative errno.
 */
int become__wait(int report_fd);

#endif /* IPITRACE_BASE_HELPER_PROCESS_H */
