// SPDX-License-Identifier: GPL-2.0
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/output_file.h"

int output_file__open(const char *path, const char *old, enum new_file_kind kind)
{
	struct new_file file;
	int fd = new_file__open(&file, path, old, kind);

	if (fd < 0)
		fail(EXIT_FAILED, "%s: %s", file.name, file.why);
	else if (*file.old)
		diag__renamed(path, file.old);
	return fd;
}
