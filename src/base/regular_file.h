/* SPDX-License-Identifier: GPL-2.0 */
/* A file that was opened may be a device or a pipe, which does something when it is used. */
#ifndef IPITRACE_BASE_REGULAR_FILE_H
#define IPITRACE_BASE_REGULAR_FILE_H

/* @fd as open() returned it: @fd, if it is a regular file; else it is closed: a negative errno. */
int regular_file__keep(int fd);

#endif /* IPITRACE_BASE_REGULAR_FILE_H */
