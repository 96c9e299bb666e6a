/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A new process becomes another program, and its starter learns whether that worked. Each process
 * has an end of a pipe with O_CLOEXEC: if execvp() succeeds, the kernel closes the new process's
 * end; if it fails, the new process writes an errno.
 */
#ifndef IPITRACE_BASE_BECOME_H
#define IPITRACE_BASE_BECOME_H

/* In the new process: become @argv, with the signals of a fresh process, or report to @report_fd. */
void __attribute__((noreturn)) become__program(char **argv, int report_fd);

/*
 * Find the program that execvp() would find for @name. Returns 0 if it may be executed; else the negative errno
 * of execvp(). A file that may be executed may still be no program.
 */
int become__check(const char *name);

/*
 * In the starter, which must have closed its copy of the new process's end: wait for the outcome.
 * Returns 0, or the negative errno.
 */
int become__wait(int report_fd);

#endif
