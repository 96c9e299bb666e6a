/* SPDX-License-Identifier: GPL-2.0 */
/* new_file__open() with its messages. */
#ifndef IPITRACE_CLI_OUTPUT_FILE_H
#define IPITRACE_CLI_OUTPUT_FILE_H

#include "base/new_file.h"

/* The descriptor, or a negative errno. Both a failure and a file that was renamed have been reported. */
int output_file__open(const char *path, const char *old, enum new_file_kind kind);

#endif /* IPITRACE_CLI_OUTPUT_FILE_H */
