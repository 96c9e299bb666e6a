/* SPDX-License-Identifier: GPL-2.0 */
/* --ready-file, which shows that collection has begun. */
#ifndef IPITRACE_RUN_READY_FILE_H
#define IPITRACE_RUN_READY_FILE_H

/*
 * Remove the file or the symbolic link of an earlier run; a file that has bytes becomes PATH.old.
 * Returns 0 or a negative errno: -EEXIST, there is something else, which stays.
 */
int ready_file__remove(const char *path);

/* Create the file, of mode 0600, never through a symbolic link. Returns 0 or a negative errno. */
int ready_file__create(const char *path);

#endif /* IPITRACE_RUN_READY_FILE_H */
