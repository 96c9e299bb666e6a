// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "host/cgroup_walk.h"

/* Not fts_open(): without memory glibc's crashes. */
struct walk {
	cgroup_visit_fn *visit;
	void *ctx;
	size_t seen;
	char path[PATH_MAX];
};

/* The cgroup w->path, @len bytes long, and those below. */
static void descend(struct walk *w, size_t len)
{
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (w->seen == CGROUP_WALK_MAX || stat(w->path, &st))
		return;
	w->seen++;
	w->visit(w->ctx, w->path, st.st_ino);
	dir = opendir(w->path);
	while (dir && (entry = readdir(dir))) {
		size_t room = sizeof(w->path) - len, more;

		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		more = snprintf(w->path + len, room, "/%s", entry->d_name);
		if (more < room)
			descend(w, len + more);
		w->path[len] = '\0';
	}
	if (dir)
		closedir(dir);
}

void cgroup_walk(const char *root, cgroup_visit_fn *visit, void *ctx)
{
	struct walk w = { .visit = visit, .ctx = ctx };
	size_t len = snprintf(w.path, sizeof(w.path), "%s", root);

	if (len < sizeof(w.path))
		descend(&w, len);
}
