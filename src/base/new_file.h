/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file to write to, perhaps as root in a directory where others may put what they like: links,
 * pipes, files. The file is a new one, made under a name that nobody can know and then renamed,
 * so that nothing is written through what is there. What is there becomes PATH.old.
 */
#ifndef IPITRACE_BASE_NEW_FILE_H
#define IPITRACE_BASE_NEW_FILE_H

#include <limits.h>

enum new_file_kind {
	NEW_FILE_REGULAR,
	/*
	 * Or, as it is: a descriptor that the user opened (-, /dev/stdout, /dev/stderr, /dev/fd/N,
	 * /proc/self/fd/N), a device that is no terminal, a pipe of root or the user's own.
	 */
	NEW_FILE_OR_STREAM,
};

struct new_file {
	char old[PATH_MAX]; /* what was there has this name now; "": nothing was there */
	/* Where it failed: the name, and why. */
	const char *name;
	const char *why;
};

/*
 * Open @path for writing, as an empty file of mode 0600. The file is the user's, or under sudo, in
 * a directory of the caller's own, the caller's. A regular file that has bytes, or a link, is
 * renamed to @old, in the same directory, and replaces a file of that name; @old NULL: PATH.old. An
 * empty file goes. Anything else stays, and is refused. The descriptor, or a negative errno.
 */
int new_file__open(struct new_file *file, const char *path, const char *old,
		   enum new_file_kind kind);

/* Only rename or remove what is at @path, as new_file__open() does. 0 or a negative errno. */
int new_file__make_way(struct new_file *file, const char *path);

#endif /* IPITRACE_BASE_NEW_FILE_H */
