/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Work on bytes of strangers in a process of its own, which has no rights: the caller has opened
 * all files, and finishes them afterwards by what the work returned.
 */
#ifndef IPITRACE_RUN_CONFINED_H
#define IPITRACE_RUN_CONFINED_H

#include <stddef.h>

/* Address space of that process: memory is bounded whatever the bytes say. */
#define CONFINED_MEMORY ((size_t)1 << 30)

/*
 * CPU time of that process, s: so much, and a second more for so many bytes of the @nr files @fds:
 * windows that are all alike, which compress best, are read at twenty times that. 0, no bound, where
 * one of them is read and is no regular file: nobody knows how much comes out of a pipe. -1 is no
 * file.
 */
#define CONFINED_CPU_S	   600
#define CONFINED_CPU_BYTES 2000
unsigned int confined__cpu_s(const int *fds, size_t nr);

/*
 * Fork, and call @work(@ctx) in the new process: as root under a user id that nobody has, without
 * capabilities, without opening files (Landlock, where the kernel has it), with few system calls
 * (seccomp), with CONFINED_MEMORY bytes and for confined__cpu_s() of @fds. @work may read and write
 * what is open. It returns an exit status, and so does this function: if @work is killed
 * EXIT_FAILED, after a message that names @what is being read. The process ends with its parent.
 *
 * @fds: the @nr descriptors that @work needs besides 0 to 2; it has no others.
 */
int confined__run(int (*work)(void *ctx), void *ctx, const char *what, const int *fds, size_t nr);

#endif /* IPITRACE_RUN_CONFINED_H */
