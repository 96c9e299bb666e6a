/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which files of the flight recorder stay, those of earlier runs too: --keep.
 */
#ifndef IPITRACE_RUN_KEPT_FILES_H
#define IPITRACE_RUN_KEPT_FILES_H

#include <limits.h>
#include "cli/options.h"

/* The length of @path up to where the time of a file is added: clerk_work__name(). */
size_t kept_files__stem(const char *path);

/* The directory of @path. False: longer than PATH_MAX. */
bool kept_files__directory(const char *path, char dir[PATH_MAX]);

/*
 * Remove the oldest files of @path that are above any of the limits at @now (CLOCK_REALTIME, ns).
 * A file of @path is a regular one of this process's user or of the caller of sudo, in the directory
 * of @path, whose name is @path with a time (clerk_work__name()); the newest file stays in any case,
 * and so does what others have made under such a name. 0 or the first negative errno; *@failed is the
 * name that it is of.
 */
int kept_files__trim(const struct keep_limits *limits, const char *path, uint64_t now,
		     char failed[PATH_MAX]);

#endif /* IPITRACE_RUN_KEPT_FILES_H */
