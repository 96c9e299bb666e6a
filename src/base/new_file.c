// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>
#include "base/write_all.h"
#include "base/privileges.h"

/* How often to try again with another name, if another process creates files at the same time. */
#define TRIES 16

#define TEMPORARY_SIZE 32

#define DIRECTORY "is a directory: name a file" /* advice for the path of a user */

/* How often to check whether somebody reads a pipe, or still writes a file. */
#define READER_MS  20
#define LOCK_TRIES 50

/* Names in an open directory, which stays the same if names above the directory change. */
struct place {
	int dir;
	const char *base; /* last part of the file's path */
	const char *old;
};

static int note_failure(struct new_file *file, const char *name, const char *why, int err)
{
	file->name = name;
	file->why = why ? why : strerror(-err);
	return err;
}

/* Set the names of @path in the open directory @dir, and the name of the old file. */
static int place_set(struct new_file *file, struct place *place, int dir, const char *path,
		     const char *old)
{
	*file = (struct new_file){};
	if (snprintf(file->old, sizeof(file->old), "%s%s", old ? old : path, old ? "" : ".old") >=
	    (int)sizeof(file->old))
		return note_failure(file, path, NULL, -ENAMETOOLONG);
	*place = (struct place){ dir, basename(path), basename(file->old) };
	if (*place->base)
		return 0;
	return *path ? note_failure(file, path, DIRECTORY, -EISDIR) :
		       note_failure(file, path, NULL, -ENOENT);
}

int new_file__directory(const char *path)
{
	char dir[PATH_MAX];
	int len = basename(path) - path, fd;

	if (snprintf(dir, sizeof(dir), "%.*s.", len, path) >= (int)sizeof(dir))
		return -ENAMETOOLONG;
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Open the directory of @path, and make the name of the old file. */
static int place_open(struct new_file *file, struct place *place, const char *path, const char *old)
{
	int err = place_set(file, place, -1, path, old);

	if (err)
		return err;
	place->dir = new_file__directory(path);
	return place->dir < 0 ?
		       note_failure(file, path, place->dir == -ENOENT ? "no such directory" : NULL,
				    place->dir) :
		       0;
}

/* Returns the number of the descriptor that @path names; -1 if it names none. */
static int parse_descriptor(const char *path)
{
	static const char *const directories[] = { "/dev/fd/", "/proc/self/fd/" };

	if (!strcmp(path, "-") || !strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if (!strcmp(path, "/dev/stderr"))
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		size_t len = strlen(directories[i]), digits;

		if (strncmp(path, directories[i], len))
			continue;
		digits = strspn(path + len, "0123456789");
		if (digits && digits < 8 && !path[len + digits])
			return atoi(path + len);
	}
	return -1;
}

/* Returns @fd, from open() or fcntl(); refuses a terminal, and closes @fd then. */
static int refuse_terminal(struct new_file *file, const char *path, int fd)
{
	if (fd < 0)
		return note_failure(file, path, NULL, -errno);
	if (!isatty(fd))
		return fd;
	close(fd);
	return note_failure(file, path, "a terminal", -EINVAL);
}

/*
 * Open the pipe @path for writing. If nobody reads it, wait for a reader until the run must end:
 * open(2) itself would wait for ever, because the signals that end a run are blocked. Returns the
 * descriptor; -1 and errno, ETIMEDOUT: the run must end.
 */
static int pipe_open(const char *path)
{
	int fd;

	while ((fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 && errno == ENXIO) {
		if (write_all__pause(READER_MS))
			continue;
		errno = ETIMEDOUT;
		return -1;
	}
	/* Without O_NONBLOCK. */
	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, 0);
	return fd;
}

/*
 * Open a device or a pipe through the descriptor of the file that was found, because another file
 * may get the name meanwhile.
 */
static int stream_open(struct new_file *file, const struct place *place, const char *path)
{
	int found = openat(place->dir, place->base, O_PATH | O_NOFOLLOW | O_CLOEXEC), fd;
	char self[32];
	struct stat st;

	if (found < 0 || fstat(found, &st))
		fd = note_failure(file, path, NULL, -errno);
	else if (!S_ISCHR(st.st_mode) && !S_ISFIFO(st.st_mode))
		fd = note_failure(file, path, "not a regular file", -EINVAL);
	else if (S_ISFIFO(st.st_mode) && !owner__is_trusted(&st))
		fd = note_failure(file, path, "a pipe of another user", -EINVAL);
	else {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", found);
		fd = S_ISFIFO(st.st_mode) ? pipe_open(self) :
					    open(self, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		fd = fd < 0 && errno == ETIMEDOUT ?
			     note_failure(file, path, "nobody reads this pipe", -ETIMEDOUT) :
			     refuse_terminal(file, path, fd);
	}
	if (found >= 0)
		close(found);
	return fd;
}

/*
 * Whether the file still has the old name after rename(), which does nothing if the old and the new
 * name are links to one file.
 */
static bool name_remains(const struct place *place, const struct stat *was)
{
	struct stat st;

	return !fstatat(place->dir, place->base, &st, AT_SYMLINK_NOFOLLOW) &&
	       st.st_dev == was->st_dev && st.st_ino == was->st_ino;
}

/*
 * Whether somebody still writes the new file @name: another ipitrace, or another option of this
 * one. Wait for a process that is about to end. Files of other users do not count.
 */
static bool is_written(const struct place *place, const char *name)
{
	int fd = openat(place->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool written = false;
	struct stat st;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && owner__is_trusted(&st)) {
		int tries = LOCK_TRIES;

		do {
			written = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
		} while (written && --tries && write_all__pause(READER_MS));
	}
	close(fd);
	return written;
}

static int refuse_written(struct new_file *file, const char *name)
{
	return note_failure(file, name, "another process or option writes this file", -EBUSY);
}

/* Returns 1 if nothing was there to keep; 0 if an old file was renamed; or a negative errno. */
static int make_way(struct new_file *file, const struct place *place, const char *path)
{
	struct stat st;

	if (fstatat(place->dir, place->base, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 1 : note_failure(file, path, NULL, -errno);
	if (S_ISDIR(st.st_mode))
		return note_failure(file, path, DIRECTORY, -EISDIR);
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return note_failure(file, path, "not a regular file", -EINVAL);
	if (S_ISREG(st.st_mode) && !st.st_size) {
		if (is_written(place, place->base))
			return refuse_written(file, path);
		if (!unlinkat(place->dir, place->base, 0) || errno == ENOENT)
			return 1;
		return note_failure(file, path, NULL, -errno);
	}
	if (is_written(place, place->old))
		return refuse_written(file, file->old);
	if (renameat(place->dir, place->base, place->dir, place->old))
		return errno == ENOENT ? 1 : note_failure(file, file->old, NULL, -errno);
	if (name_remains(place, &st) && unlinkat(place->dir, place->base, 0))
		return note_failure(file, path, NULL, -errno);
	return 0;
}

/* Create a file under a name that nobody can guess; @name has TEMPORARY_SIZE bytes. */
static int temporary_open(int dir, char *name)
{
	for (int i = 0; i < TRIES; i++) {
		uint64_t number;
		int fd;

		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return -EIO;
		snprintf(name, TEMPORARY_SIZE, ".new-%016" PRIx64, number);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd < 0 ? -errno : fd;
	}
	return -EEXIST;
}

/* Give the file to the caller of sudo if that user owns the directory, and so could replace it. */
static void give_to_caller(int dir, int fd)
{
	struct stat st;
	uid_t uid;
	gid_t gid;

	/* Without CAP_CHOWN the file remains root's. */
	if (!fstat(dir, &st) && sudo_caller__owns(&st, &uid, &gid))
		(void)!fchown(fd, uid, gid);
}

/* Give the temporary file its final name, which is free. */
static int name_set(const struct place *place, const char *temporary)
{
	if (!renameat2(place->dir, temporary, place->dir, place->base, RENAME_NOREPLACE))
		return 0;
	/* Some file systems, such as NFS, do not have that flag. */
	if (errno == EINVAL && !renameat(place->dir, temporary, place->dir, place->base))
		return 0;
	return -errno;
}

static int regular_open(struct new_file *file, const struct place *place, const char *path)
{
	char temporary[TEMPORARY_SIZE];
	int fd = temporary_open(place->dir, temporary), err = -EEXIST;
	bool saved = false;

	if (fd < 0)
		return note_failure(file, path, NULL, fd);
	/* is_written() sees the lock as long as the file is open. */
	(void)flock(fd, LOCK_EX | LOCK_NB);
	give_to_caller(place->dir, fd);
	for (int i = 0; i < TRIES && err == -EEXIST; i++) {
		err = make_way(file, place, path);
		if (err < 0)
			break;
		saved |= !err;
		err = name_set(place, temporary);
		note_failure(file, path, NULL, err);
	}
	if (!saved && !err)
		*file->old = '\0';
	if (!err)
		return fd;
	if (saved)
		renameat(place->dir, place->old, place->dir, place->base);
	unlinkat(place->dir, temporary, 0);
	close(fd);
	return err;
}

int new_file__open(struct new_file *file, const char *path, const char *old,
		   enum new_file_kind kind)
{
	int number = parse_descriptor(path), fd;
	struct place place;
	struct stat st;
	if (number >= 0) {
		*file = (struct new_file){};
		return kind == NEW_FILE_OR_STREAM ?
			       refuse_terminal(file, path, fcntl(number, F_DUPFD_CLOEXEC, 0)) :
			       note_failure(file, path, "not a regular file", -EINVAL);
	}
	fd = place_open(file, &place, path, old);
	if (fd)
		return fd;
	if (kind == NEW_FILE_OR_STREAM &&
	    !fstatat(place.dir, place.base, &st, AT_SYMLINK_NOFOLLOW) &&
	    (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))) {
		fd = stream_open(file, &place, path);
		if (fd >= 0)
			*file->old = '\0';
	} else {
		fd = regular_open(file, &place, path);
	}
	close(place.dir);
	return fd;
}

bool new_file__withdraw(const struct new_file *file, const char *path, int fd)
{
	struct stat st, named;
	struct place place;
	struct new_file at;
	bool back;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size ||
	    place_open(&at, &place, path, NULL))
		return false;
	/* Somebody else may have put another file there. */
	back = !fstatat(place.dir, place.base, &named, AT_SYMLINK_NOFOLLOW) &&
	       named.st_dev == st.st_dev && named.st_ino == st.st_ino;
	if (back && !*file->old)
		unlinkat(place.dir, place.base, 0);
	back = back && *file->old &&
	       !renameat(place.dir, basename(file->old), place.dir, place.base);
	close(place.dir);
	return back;
}

bool new_file__is_same(const char *a, const char *b)
{
	struct place place = { .dir = -1 }, other = { .dir = -1 };
	struct new_file file;
	struct stat st, st_other;
	bool same = !strcmp(a, b);

	if (!same && !place_open(&file, &place, a, NULL) && !place_open(&file, &other, b, NULL))
		same = !strcmp(place.base, other.base) && !fstat(place.dir, &st) &&
		       !fstat(other.dir, &st_other) && st.st_dev == st_other.st_dev &&
		       st.st_ino == st_other.st_ino;
	if (place.dir >= 0)
		close(place.dir);
	if (other.dir >= 0)
		close(other.dir);
	return same;
}

bool new_file__renames(const char *path, const char *other)
{
	char old[PATH_MAX];

	return snprintf(old, sizeof(old), "%s.old", path) < (int)sizeof(old) &&
	       new_file__is_same(old, other);
}

int new_file__make_way(struct new_file *file, int dir, const char *path)
{
	struct place place;
	int err = place_set(file, &place, dir, path, NULL);

	if (err)
		return err;
	err = make_way(file, &place, path);
	if (err > 0)
		*file->old = '\0';
	return err < 0 ? err : 0;
}

int nameless_file__open(void)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}
