/* SPDX-License-Identifier: GPL-2.0 */
/* Read small files of /proc and /sys; open files that must be regular ones. */
#ifndef IPITRACE_BASE_SYSFILE_H
#define IPITRACE_BASE_SYSFILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Paths are formats of printf(3). Read the first line of the file @path into @buf, cut to @size,
 * without its newline. Returns false, with "" in @buf, if there is no line; errno says why, unless
 * the file is empty.
 */
bool sysfile__line(char *buf, size_t size, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* Read, as sysfile__line(), the text after @key in the first line that begins with @key. */
bool sysfile__rest(char *buf, size_t size, const char *key, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Read the number in the first line of @path, in the format @form, which is scanf(3)'s with one
 * SCNu64. Returns false, with *@number 0, if there is none.
 */
bool sysfile__number(uint64_t *number, const char *form, const char *path, ...)
	__attribute__((format(scanf, 2, 0), format(printf, 3, 4)));

/* The figures of /proc/PID/stat that ipitrace reads; a figure that a cut line lacks is 0. */
struct proc_stat {
	char state; /* R: the process runs, or waits only for a CPU */
	unsigned int flags; /* PF_*: include/linux/sched.h */
	uint64_t user; /* CPU time in user mode, ticks */
	unsigned int cpu;
	uint64_t guest; /* CPU time in a guest, ticks */
};

/*
 * Parse @line, "PID (name) state ppid pgrp session tty tpgid flags ...". A name may have any bytes,
 * parentheses among them: the last parenthesis of the line ends the name. Returns false if @line
 * has no flags.
 */
bool proc_stat__parse(struct proc_stat *stat, const char *line);

/* Open a directory for sysdir__next(). Returns NULL if it cannot be opened. */
DIR *sysdir__open(const char *path, ...) __attribute__((format(printf, 1, 2)));

/*
 * Returns the next entry except "." and "..". NULL if @dir is NULL, or after the last entry, when
 * @dir is closed.
 */
const struct dirent *sysdir__next(DIR *dir);

/*
 * Open @path for reading if it is a regular file: a device or a pipe may do something when it is
 * used, or wait for ever. Returns the descriptor, or a negative errno: -EINVAL if it is no regular
 * file.
 */
int regular_file__open(const char *path);

/*
 * Whether this process may open too few files for a command, or may have too small a stack. Then
 * @advice gets what a user is to do, without a newline, cut to @size bytes.
 */
bool open_files__are_few(char *advice, size_t size);
bool stack__is_small(char *advice, size_t size);

#endif /* IPITRACE_BASE_SYSFILE_H */
