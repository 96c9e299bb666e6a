// SPDX-License-Identifier: GPL-2.0
/*
 * A new file: nothing that others put in the way is written through, and nothing that is there is
 * lost. As root in a directory of /tmp's kind, others' files are nobody's.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "base/write_all.h"
#include "skip.h"
#include "unit.h"

#define NOBODY 65534

static char dir[64];
static struct new_file file;

/* These replace libc's functions, so that a test can choose what they return. */
static uint64_t known_number; /* getrandom() gives it once; 0: a random one */
static int rename_errno; /* renameat2() fails with it; 0: it does not */
static bool crowded; /* renameat2() finds a file that was not there before */

ssize_t getrandom(void *buf, size_t size, unsigned int flags)
{
	if (!known_number)
		return syscall(SYS_getrandom, buf, size, flags);
	memcpy(buf, &known_number, size);
	known_number = 0;
	return size;
}

static const char *at(const char *name)
{
	static char paths[4][128];
	static int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *out = fopen(at(name), "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
	if (crowded)
		put(to, "came between");
	crowded = false;
	errno = rename_errno;
	return rename_errno ? -1 : syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

static const char *text_of(const char *name)
{
	static char text[64];
	FILE *in = fopen(at(name), "r");

	assert_non_null(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return text;
}

/* The type, mode and owner of what is there; 0: nothing is. */
static struct stat status_of(const char *name)
{
	struct stat st = {};

	if (lstat(at(name), &st))
		st.st_mode = 0;
	return st;
}

static int names(void)
{
	DIR *list = opendir(dir);
	int nr = 0;

	while (readdir(list))
		nr++;
	closedir(list);
	return nr - 2;
}

static void give_to_nobody(const char *name)
{
	if (!geteuid())
		assert_int_equal(lchown(at(name), NOBODY, NOBODY), 0);
}

/* A directory in which all users may create files, and none may rename a file of another user. */
static int setup(void **state)
{
	strcpy(dir, "/tmp/test_new_file.XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 01777), 0);
	put("victim", "precious");
	umask(0);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	assert_string_equal(text_of("victim"), "precious");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/*
 * Open "f" and write to it. The result must be a file of this user that has only what was written;
 * the directory then has @nr names.
 */
static void opens(enum new_file_kind kind, int nr)
{
	int fd = new_file__open(&file, at("f"), NULL, kind);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "new", 3), 3);
	close(fd);
	st = status_of("f");
	assert_members(st, st_mode, S_IFREG | 0600, st_uid, geteuid(), st_nlink, 1);
	assert_string_equal(text_of("f"), "new");
	assert_int_equal(names(), nr);
}

static void saves(enum new_file_kind kind, int nr)
{
	opens(kind, nr);
	assert_string_equal(file.old, at("f.old"));
}

static void refuses(enum new_file_kind kind, int err, const char *name, const char *why)
{
	int nr = names();

	assert_int_equal(new_file__open(&file, at("f"), NULL, kind), err);
	assert_members(file, name, at(name), why, why);
	assert_int_equal(names(), nr);
}

TEST_F(a_new_file_is_the_users_alone)
{
	opens(NEW_FILE_REGULAR, 2);
	assert_string_equal(file.old, "");
}

TEST_F(what_was_there_is_the_old_one)
{
	put("f", "first");
	give_to_nobody("f");
	saves(NEW_FILE_OR_STREAM, 3);
	assert_string_equal(text_of("f.old"), "first");
	put("f", "second");
	saves(NEW_FILE_OR_STREAM, 3);
	assert_string_equal(text_of("f.old"), "second");
	/* An empty file does not replace the old file. */
	put("f", "");
	opens(NEW_FILE_REGULAR, 3);
	assert_string_equal(file.old, "");
	assert_string_equal(text_of("f.old"), "second");
}

TEST_F(another_name_for_the_old_one)
{
	int fd;

	put("f.1", "first");
	fd = new_file__open(&file, at("f.1"), at("f.old.1"), NEW_FILE_REGULAR);
	assert_true(fd >= 0);
	close(fd);
	assert_string_equal(text_of("f.old.1"), "first");
}

TEST_F(a_link_is_not_followed)
{
	assert_int_equal(symlink("victim", at("f")), 0);
	give_to_nobody("f");
	saves(NEW_FILE_OR_STREAM, 3);
	assert_true(S_ISLNK(status_of("f.old").st_mode));
	/* Nor the link that is the old one by now. */
	put("f", "first");
	saves(NEW_FILE_OR_STREAM, 3);
	assert_string_equal(text_of("f.old"), "first");
}

TEST_F(a_hard_link_is_not_written_through)
{
	assert_int_equal(link(at("victim"), at("f")), 0);
	saves(NEW_FILE_REGULAR, 3);
	assert_string_equal(text_of("f.old"), "precious");
	/* rename() does nothing if both names are of one file. */
	unlink(at("f"));
	assert_int_equal(link(at("victim"), at("f")), 0);
	saves(NEW_FILE_REGULAR, 3);
	assert_int_equal(status_of("f.old").st_nlink, 2);
}

TEST_F(nothing_in_the_old_ones_place_is_written_through)
{
	put("f", "first");
	assert_int_equal(link(at("victim"), at("f.old")), 0);
	saves(NEW_FILE_REGULAR, 3);
	assert_string_equal(text_of("f.old"), "first");
	unlink(at("f.old"));
	assert_int_equal(mkfifo(at("f.old"), 0666), 0);
	give_to_nobody("f.old");
	saves(NEW_FILE_REGULAR, 3);
	unlink(at("f.old"));
	assert_int_equal(mkdir(at("f.old"), 0755), 0);
	refuses(NEW_FILE_REGULAR, -EISDIR, "f.old", strerror(EISDIR));
	assert_string_equal(text_of("f"), "new");
	rmdir(at("f.old"));
}

TEST_F(the_temporary_is_no_link)
{
	known_number = 0x1234;
	assert_int_equal(symlink("victim", at(".new-0000000000001234")), 0);
	give_to_nobody(".new-0000000000001234");
	opens(NEW_FILE_REGULAR, 3);
	assert_int_equal(known_number, 0);
}

TEST_F(a_file_that_comes_between_is_not_lost)
{
	crowded = true;
	saves(NEW_FILE_REGULAR, 3);
	assert_string_equal(text_of("f.old"), "came between");
}

TEST_F(a_file_system_without_that_flag)
{
	put("f", "first");
	rename_errno = EINVAL;
	saves(NEW_FILE_REGULAR, 3);
	assert_string_equal(text_of("f.old"), "first");
	unlink(at("f.old"));
	rename_errno = EIO;
	refuses(NEW_FILE_REGULAR, -EIO, "f", strerror(EIO));
	rename_errno = 0;
	assert_string_equal(text_of("f"), "new");
}

TEST_F(a_pipe_of_ones_own)
{
	char text[8] = {};
	int in, fd;

	assert_int_equal(mkfifo(at("f"), 0600), 0);
	in = open(at("f"), O_RDONLY | O_NONBLOCK);
	fd = new_file__open(&file, at("f"), NULL, NEW_FILE_OR_STREAM);
	assert_true(fd >= 0);
	assert_string_equal(file.old, "");
	assert_int_equal(write(fd, "new", 3), 3);
	assert_int_equal(read(in, text, sizeof(text)), 3);
	close(fd);
	refuses(NEW_FILE_REGULAR, -EINVAL, "f", "not a regular file");
	close(in);
}

static void *read_late(void *path)
{
	usleep(100000);
	return (void *)(long)open(path, O_RDONLY);
}

/* Without a reader, open(2) would wait, also when the run must end. */
TEST_F(a_pipe_that_nobody_reads)
{
	int stop = eventfd(0, EFD_CLOEXEC), fd;
	pthread_t reader;
	void *in;

	assert_int_equal(mkfifo(at("f"), 0600), 0);
	write_all__stop_by(stop);
	assert_int_equal(pthread_create(&reader, NULL, read_late, (void *)at("f")), 0);
	fd = new_file__open(&file, at("f"), NULL, NEW_FILE_OR_STREAM);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_WRONLY);
	assert_int_equal(pthread_join(reader, &in), 0);
	close((long)in);
	close(fd);
	assert_int_equal(eventfd_write(stop, 1), 0);
	refuses(NEW_FILE_OR_STREAM, -ETIMEDOUT, "f", "nobody reads this pipe");
	write_all__stop_by(-1);
	close(stop);
}

TEST_F(a_pipe_of_another_user)
{
	int in;

	if (skip_if(geteuid(), "not root"))
		return;
	assert_int_equal(mkfifo(at("f"), 0666), 0);
	give_to_nobody("f");
	/* The pipe has a reader, so that an open for writing would not wait. */
	in = open(at("f"), O_RDONLY | O_NONBLOCK);
	refuses(NEW_FILE_OR_STREAM, -EINVAL, "f", "a pipe of another user");
	refuses(NEW_FILE_REGULAR, -EINVAL, "f", "not a regular file");
	assert_int_equal(setenv("SUDO_UID", "65534", 1) | setenv("SUDO_GID", "65534", 1), 0);
	close(new_file__open(&file, at("f"), NULL, NEW_FILE_OR_STREAM));
	assert_string_equal(file.old, "");
	unsetenv("SUDO_UID");
	close(in);
}

TEST_F(what_is_no_file_stays)
{
	assert_int_equal(mkdir(at("f"), 0755), 0);
	refuses(NEW_FILE_OR_STREAM, -EISDIR, "f", "is a directory: name a file");
	assert_int_equal(new_file__open(&file, at("f/"), NULL, NEW_FILE_OR_STREAM), -EISDIR);
	assert_int_equal(new_file__open(&file, at("g/f"), NULL, NEW_FILE_OR_STREAM), -ENOENT);
	assert_int_equal(new_file__open(&file, "", NULL, NEW_FILE_OR_STREAM), -ENOENT);
	assert_int_equal(mkfifo(at("p"), 0600), 0);
	assert_int_equal(new_file__open(&file, at("p"), NULL, NEW_FILE_REGULAR), -EINVAL);
	assert_string_equal(file.why, "not a regular file");
}

TEST_F(a_device_and_a_descriptor)
{
	static const char *const stdouts[] = { "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1" };
	int fd = new_file__open(&file, "/dev/null", NULL, NEW_FILE_OR_STREAM), fds[2], own;
	char text[8];

	assert_true(fd >= 0);
	assert_string_equal(file.old, "");
	close(fd);
	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	own = dup(STDOUT_FILENO);
	for (size_t i = 0; i < ARRAY_SIZE(stdouts); i++) {
		dup2(fds[1], STDOUT_FILENO);
		fd = new_file__open(&file, stdouts[i], NULL, NEW_FILE_OR_STREAM);
		dup2(own, STDOUT_FILENO);
		assert_true(fd > STDERR_FILENO);
		assert_int_equal(write(fd, "new", 3), 3);
		assert_int_equal(read(fds[0], text, sizeof(text)), 3);
		close(fd);
		assert_int_equal(new_file__open(&file, stdouts[i], NULL, NEW_FILE_REGULAR),
				 -EINVAL);
	}
	assert_int_equal(new_file__open(&file, "/dev/fd/999", NULL, NEW_FILE_OR_STREAM), -EBADF);
	close(own);
	close(fds[0]);
	close(fds[1]);
}

TEST_F(a_terminal_is_refused)
{
	char name[64], by_number[32];
	int master, slave;

	if (skip_if(openpty(&master, &slave, name, NULL, NULL), "no terminal can be made"))
		return;
	snprintf(by_number, sizeof(by_number), "/dev/fd/%d", slave);
	assert_int_equal(new_file__open(&file, by_number, NULL, NEW_FILE_OR_STREAM), -EINVAL);
	assert_string_equal(file.why, "a terminal");
	assert_int_equal(new_file__open(&file, name, NULL, NEW_FILE_OR_STREAM), -EINVAL);
	assert_string_equal(file.why, "a terminal");
	close(master);
	close(slave);
}

/* Opens "f"; its owner. */
static uid_t owner(void)
{
	close(new_file__open(&file, at("f"), NULL, NEW_FILE_REGULAR));
	return status_of("f").st_uid;
}

TEST_F(under_sudo_the_callers_in_the_callers_directory)
{
	if (skip_if(geteuid(), "not root"))
		return;
	assert_int_equal(setenv("SUDO_UID", "65534", 1) | setenv("SUDO_GID", "65534", 1), 0);
	assert_int_equal(owner(), 0);
	assert_int_equal(chown(dir, NOBODY, NOBODY), 0);
	assert_int_equal(owner(), NOBODY);
	assert_int_equal(status_of("f").st_mode, S_IFREG | 0600);
	assert_int_equal(setenv("SUDO_UID", "65533", 1), 0);
	assert_int_equal(owner(), 0);
	unsetenv("SUDO_UID");
	assert_int_equal(owner(), 0);
}

TEST_F(only_out_of_the_way)
{
	int dir = new_file__directory(at("f"));

	assert_true(dir >= 0);
	assert_int_equal(new_file__make_way(&file, dir, at("f")), 0);
	assert_string_equal(file.old, "");
	put("f", "first");
	assert_int_equal(new_file__make_way(&file, dir, at("f")), 0);
	close(dir);
	assert_string_equal(file.old, at("f.old"));
	assert_string_equal(text_of("f.old"), "first");
	assert_int_equal(status_of("f").st_mode, 0);
}

/* A run that failed before it wrote anything. */
TEST_F(an_empty_file_is_withdrawn)
{
	int fd = new_file__open(&file, at("f"), NULL, NEW_FILE_REGULAR);

	assert_false(new_file__withdraw(&file, at("f"), fd));
	assert_int_equal(access(at("f"), F_OK), -1);
	close(fd);
	put("f", "first");
	fd = new_file__open(&file, at("f"), NULL, NEW_FILE_REGULAR);
	assert_true(new_file__withdraw(&file, at("f"), fd));
	assert_string_equal(text_of("f"), "first");
	assert_int_equal(access(at("f.old"), F_OK), -1);
	close(fd);
	/* Not if it has bytes, or if another file has the name. */
	fd = new_file__open(&file, at("f"), NULL, NEW_FILE_REGULAR);
	assert_int_equal(write(fd, "new", 3), 3);
	assert_false(new_file__withdraw(&file, at("f"), fd));
	assert_string_equal(text_of("f.old"), "first");
	close(fd);
	fd = new_file__open(&file, at("f"), NULL, NEW_FILE_REGULAR);
	assert_int_equal(unlink(at("f")), 0);
	put("f", "another's");
	assert_false(new_file__withdraw(&file, at("f"), fd));
	assert_string_equal(text_of("f"), "another's");
	close(fd);
}

/* A second run does not take the name from the file that the first run is writing. */
TEST_F(what_somebody_still_writes_stays)
{
	static const char why[] = "another process or option writes this file";
	int first = new_file__open(&file, at("f"), NULL, NEW_FILE_REGULAR), second;

	refuses(NEW_FILE_REGULAR, -EBUSY, "f", why);
	assert_int_equal(write(first, "1", 1), 1);
	second = new_file__open(&file, at("f"), NULL, NEW_FILE_REGULAR);
	assert_true(second >= 0);
	assert_string_equal(text_of("f.old"), "1");
	assert_int_equal(write(second, "2", 1), 1);
	refuses(NEW_FILE_REGULAR, -EBUSY, "f.old", why);
	close(first);
	saves(NEW_FILE_REGULAR, 3);
	assert_string_equal(text_of("f.old"), "2");
	close(second);
}

TEST_F(one_file_by_two_paths)
{
	char other[128], below[160];

	snprintf(other, sizeof(other), "%s/.//f", dir);
	assert_true(new_file__is_same(at("f"), other));
	assert_true(new_file__is_same("-", "-"));
	assert_false(new_file__is_same(at("f"), at("g")));
	assert_false(new_file__is_same(at("f"), "/nowhere/f"));
	assert_false(new_file__is_same("/nowhere/f", at("f")));
	assert_false(new_file__is_same("-", at("f")));
	assert_int_equal(mkdir(at("d"), 0700), 0);
	assert_false(new_file__is_same(at("d/f"), at("f")));
	/* By a link to the directory, too. */
	assert_int_equal(symlink(dir, at("link")), 0);
	snprintf(below, sizeof(below), "%s/link/f", dir);
	assert_true(new_file__is_same(at("f"), below));
}

TEST_F(a_file_without_a_name)
{
	struct stat st;
	int fd;

	unsetenv("TMPDIR");
	fd = nameless_file__open();
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_members(st, st_nlink, 0, st_mode, S_IFREG | 0600);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	setenv("TMPDIR", "/nowhere", 1);
	assert_int_equal(nameless_file__open(), -ENOENT);
	unsetenv("TMPDIR");
}

TEST_MAIN(NULL, NULL)
