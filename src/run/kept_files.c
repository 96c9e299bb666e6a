// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/privileges.h"
#include "run/kept_files.h"

struct kept_file {
	char name[NAME_MAX + 1];
	uint64_t bytes;
	uint64_t time; /* of the last change, CLOCK_REALTIME, ns */
};

struct kept_files {
	struct kept_file *files;
	size_t nr;
};

size_t kept_files__stem(const char *path)
{
	const char *base = basename(path);

	return (*base ? strchrnul(base + 1, '.') : base) - path;
}

bool kept_files__directory(const char *path, char dir[PATH_MAX])
{
	int len = basename(path) - path;

	return snprintf(dir, PATH_MAX, "%.*s", len ? len : 1, len ? path : ".") < PATH_MAX;
}

/* Whether @name is @base with a time, as clerk_work__name() adds it. */
static bool has_time(const char *name, const char *base)
{
	static const char time[] = "-00000000T000000.000Z";
	size_t stem = kept_files__stem(base);

	if (strncmp(name, base, stem))
		return false;
	name += stem;
	for (const char *t = time; *t; t++, name++)
		if (*t == '0' ? !isdigit((unsigned char)*name) : *name != *t)
			return false;
	return !strcmp(name, base + stem);
}

static bool is_own(const struct stat *st)
{
	uid_t uid;
	gid_t gid;

	return S_ISREG(st->st_mode) &&
	       (st->st_uid == geteuid() || (sudo_caller__find(&uid, &gid) && st->st_uid == uid));
}

static int file_add(struct kept_files *kept, const char *name, const struct stat *st)
{
	struct kept_file *files = reallocarray(kept->files, kept->nr + 1, sizeof(*kept->files));

	if (!files)
		return -ENOMEM;
	kept->files = files;
	files[kept->nr] = (struct kept_file){
		.bytes = st->st_size,
		.time = st->st_mtim.tv_sec * 1000000000ULL + st->st_mtim.tv_nsec,
	};
	strcpy(files[kept->nr++].name, name);
	return 0;
}

/* The newest first: a name has the time of its file. */
static int newer_first(const void *a, const void *b)
{
	return strcmp(((const struct kept_file *)b)->name, ((const struct kept_file *)a)->name);
}

static int files_find(struct kept_files *kept, DIR *dir, const char *base)
{
	struct dirent *entry;
	struct stat st;
	int err = 0;

	while (!err && (entry = readdir(dir)))
		if (has_time(entry->d_name, base) &&
		    !fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && is_own(&st))
			err = file_add(kept, entry->d_name, &st);
	if (kept->nr)
		qsort(kept->files, kept->nr, sizeof(*kept->files), newer_first);
	return err;
}

static int above_remove(const struct kept_files *kept, const struct keep_limits *limits, int dir,
			uint64_t now, char failed[PATH_MAX])
{
	uint64_t bytes = 0;
	int err = 0;

	for (size_t i = 0; i < kept->nr; i++) {
		const struct kept_file *file = &kept->files[i];
		bool above = (limits->count && i >= limits->count) ||
			     (limits->bytes && bytes + file->bytes > limits->bytes) ||
			     (limits->age && file->time < now && now - file->time > limits->age);

		bytes += file->bytes;
		if (!i || !above || !unlinkat(dir, file->name, 0) || errno == ENOENT || err)
			continue;
		err = -errno;
		strcpy(failed, file->name);
	}
	return err;
}

int kept_files__trim(const struct keep_limits *limits, const char *path, uint64_t now,
		     char failed[PATH_MAX])
{
	struct kept_files kept = {};
	int err;
	DIR *dir;

	if (!kept_files__directory(path, failed))
		return -ENAMETOOLONG;
	dir = opendir(failed);
	if (!dir)
		return -errno;
	err = files_find(&kept, dir, basename(path));
	if (!err)
		err = above_remove(&kept, limits, dirfd(dir), now, failed);
	free(kept.files);
	closedir(dir);
	return err;
}
