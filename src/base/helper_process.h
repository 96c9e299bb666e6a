/* SPDX-License-Identifier: GPL-2.0 */
/* A process beside ipitrace that does for it the part that needs a capability, or that may block. */
#ifndef IPITRACE_BASE_HELPER_PROCESS_H
#define IPITRACE_BASE_HELPER_PROCESS_H

#include <sys/types.h>

/*
 * Fork, with a socket of packets (SOCK_SEQPACKET) between both. Returns 0 in the new process,
 * its pid in the caller, or a negative errno. *@socket is the own end: closing the caller's
 * tells the process to end.
 */
pid_t helper_process__start(int *socket);

/*
 * In the new process: take @name, of up to 15 bytes; leave the terminal's signals to the
 * caller; keep @fds, which become the descriptors 0 to @nr_fds - 1, at most HELPER_FDS, and
 * close all others. Ends the process where that fails.
 */
#define HELPER_FDS 4
void helper_process__begin(const char *name, const int *fds, int nr_fds);

#endif /* IPITRACE_BASE_HELPER_PROCESS_H */
