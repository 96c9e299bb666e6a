// SPDX-License-Identifier: GPL-2.0
/* The clerk names files, keeps the last of them, and waits for no CMD for long. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "base/cpuset.h"
#include "base/helper_process.h"
#include "model/moment.h"
#include "run/parts.h"
#include "skip.h"
#include "unit.h"

static char directory[64], path[PATH_MAX];
static const struct keep_limits *kept; /* the limits of said_of(); NULL: none */

static const int *refusals; /* what unlinkat() of f-2020010N fails with, by N; 0, NULL: it does not */

int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags)
{
	unsigned int n;

	if (sscanf(name, "f-2020010%1u", &n) != 1 || !refusals || !refusals[n])
		return __real_unlinkat(dir, name, flags);
	errno = refusals[n];
	return -1;
}

static int in_directory(void **state)
{
	strcpy(directory, "/tmp/test_clerk.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/f.zst", directory);
	return 0;
}

static int directory_remove(void **state)
{
	char command[128];

	refusals = NULL;
	kept = NULL;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static int files(void)
{
	DIR *dir = opendir(directory);
	int nr = 0;

	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr - 2;
}

#if SANITIZED
#define CONFINED 0
#else
#define CONFINED 2 /* SECCOMP_MODE_FILTER */
#endif

/* The number after @key in a process's status. */
static uint64_t status_of(pid_t pid, const char *key, int base)
{
	char file[64], line[256];
	uint64_t value = UINT64_MAX;
	size_t len = strlen(key);
	FILE *status;

	snprintf(file, sizeof(file), "/proc/%d/status", pid);
	status = fopen(file, "r");
	assert_non_null(status);
	while (fgets(line, sizeof(line), status))
		if (!strncmp(line, key, len) && line[len] == ':')
			value = strtoull(line + len + 1, NULL, base);
	fclose(status);
	assert_int_not_equal(value, UINT64_MAX);
	return value;
}

/* Of a test that has no other child. */
static pid_t only_child(void)
{
	FILE *file = fopen("/proc/thread-self/children", "r");
	int pid = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

static const struct trigger *trigger(void)
{
	static struct trigger trigger;

	/* A name has its milliseconds. */
	usleep(2000);
	trigger = (struct trigger){ .kind = TRIGGER_STALL,
				    .time = mono_ns(),
				    .id = 7,
				    .phase = PHASE_DELIVERY,
				    .src = 1,
				    .dst = 2,
				    .duration = 3 };
	return &trigger;
}

TEST(a_name_has_the_time)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
		{ "f.ndjson.zst", "f-20261121T034105.123Z.ndjson.zst" },
		{ "/a.b/f", "/a.b/f-20261121T034105.123Z" },
		{ "/a.b/.f.zst", "/a.b/.f-20261121T034105.123Z.zst" },
		{ "a/%s.x", "a/%s-20261121T034105.123Z.x" },
	};
	char name[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(clerk__name(cases[i].path, 1795232465123456789, name, sizeof(name)));
		assert_string_equal(name, cases[i].name);
	}
	assert_false(clerk__name("f.zst", 0, name, 20));
}

TEST(the_last_files_stay, in_directory, directory_remove)
{
	const struct clerk_config config = { .path = path, .max_files = 2 };
	char names[4][PATH_MAX], none[PATH_MAX];
	struct clerk *clerk;

	assert_int_equal(clerk__open(&clerk, &config), 0);
	for (int i = 0; i < 4; i++) {
		int fd = clerk__file(clerk);

		assert_true(fd >= 0);
		clerk__happened(clerk);
		assert_int_equal(write(fd, &i, sizeof(i)), sizeof(i));
		close(fd);
		clerk__finished(clerk, trigger(), i != 2, names[i], sizeof(names[i]));
	}
	/* Nothing could be written to this one: no file gives way to it. */
	close(clerk__file(clerk));
	clerk__happened(clerk);
	clerk__finished(clerk, trigger(), false, none, sizeof(none));
	/* The next one is there, and goes with the clerk. */
	close(clerk__file(clerk));
	assert_int_equal(files(), 3);
	clerk__close(clerk);
	assert_int_equal(files(), 2);
	for (int i = 0; i < 4; i++)
		assert_int_equal(!access(names[i], F_OK), i >= 2);
}

/* A file of @bytes that is @days old, under a name of that age. */
static void left_behind(const char *name, size_t bytes, int days)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW } };
	char file[PATH_MAX];
	int fd;

	snprintf(file, sizeof(file), "%s/%s", directory, name);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, bytes), 0);
	times[0].tv_sec = times[1].tv_sec = time(NULL) - days * 86400;
	times[0].tv_nsec = 0;
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static bool there(const char *name)
{
	struct stat st;
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s/%s", directory, name);
	return !lstat(file, &st);
}

/* Files of earlier runs; @limits, of which the newest @kept of three stay. */
static void check_trim(struct keep_limits limits, int kept)
{
	static const char *const names[] = { "f-20261120T000000.000Z.zst",
					     "f-20261121T000000.000Z.zst",
					     "f-20261122T000000.000Z.zst" };
	char failed[PATH_MAX], file[PATH_MAX];

	for (int i = 0; i < 3; i++)
		left_behind(names[i], 1000, 3 - i);
	assert_int_equal(kept_files__trim(&limits, path, clock_ns(CLOCK_REALTIME), failed), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(there(names[i]), i >= 3 - kept);
		snprintf(file, sizeof(file), "%s/%s", directory, names[i]);
		unlink(file);
	}
}

TEST(the_oldest_of_all_runs_go, in_directory, directory_remove)
{
	check_trim((struct keep_limits){ .count = 3 }, 3);
	check_trim((struct keep_limits){ .count = 2 }, 2);
	check_trim((struct keep_limits){ .bytes = 2000 }, 2);
	check_trim((struct keep_limits){ .bytes = 1999 }, 1);
	check_trim((struct keep_limits){ .age = 36 * 3600000000000ULL }, 1);
	check_trim((struct keep_limits){ .count = 3, .bytes = 5000, .age = 60 * 3600000000000ULL },
		   2);
	/* The newest stays, whatever the limits are. */
	check_trim((struct keep_limits){ .bytes = 10, .age = 1 }, 1);
}

/* Other names, a link, a directory: none of them is a file of the recorder. */
TEST(nothing_else_goes, in_directory, directory_remove)
{
	static const char *const others[] = {
		"f.zst",
		"f.zst.old",
		"f-20261121T000000.000Z",
		"f-20261121T000000.000Z.zst.bak",
		"g-20261121T000000.000Z.zst",
		"f-2026112aT000000.000Z.zst",
		"f-by-hand.zst",
	};
	const struct keep_limits one = { .count = 1 };
	char failed[PATH_MAX], file[PATH_MAX];

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		left_behind(others[i], 10, 30);
	snprintf(file, sizeof(file), "%s/f-20200101T000000.000Z.zst", directory);
	assert_int_equal(symlink("f.zst", file), 0);
	snprintf(file, sizeof(file), "%s/f-20200102T000000.000Z.zst", directory);
	assert_int_equal(mkdir(file, 0700), 0);
	left_behind("f-20200103T000000.000Z.zst", 10, 30);
	left_behind("f-20200104T000000.000Z.zst", 10, 30);
	if (!geteuid()) {
		left_behind("f-20200102T000000.500Z.zst", 10, 30);
		snprintf(file, sizeof(file), "%s/f-20200102T000000.500Z.zst", directory);
		assert_int_equal(chown(file, 65534, 65534), 0);
	}
	assert_int_equal(kept_files__trim(&one, path, clock_ns(CLOCK_REALTIME), failed), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_true(there(others[i]));
	assert_true(there("f-20200101T000000.000Z.zst") && there("f-20200102T000000.000Z.zst"));
	assert_true(geteuid() || there("f-20200102T000000.500Z.zst"));
	assert_false(there("f-20200103T000000.000Z.zst"));
	assert_true(there("f-20200104T000000.000Z.zst"));
	assert_int_equal(kept_files__trim(&one, "/nowhere/f", 0, failed), -ENOENT);
	assert_string_equal(failed, "/nowhere/");
}

/* A file may be immutable, or another process may have removed it meanwhile. */
TEST(a_file_that_stays_keeps_no_other, in_directory, directory_remove)
{
	const struct keep_limits one = { .count = 1 };
	char failed[PATH_MAX] = "", name[64];

	for (int i = 1; i <= 5; i++) {
		snprintf(name, sizeof(name), "f-2020010%dT000000.000Z.zst", i);
		left_behind(name, 10, 30);
	}
	refusals = (const int[10]){ [1] = EROFS, [3] = EPERM, [4] = ENOENT };
	/* The first failure is the one that is said. */
	assert_int_equal(kept_files__trim(&one, path, clock_ns(CLOCK_REALTIME), failed), -EPERM);
	refusals = NULL;
	assert_string_equal(failed, "f-20200103T000000.000Z.zst");
	assert_false(there("f-20200102T000000.000Z.zst"));
	assert_int_equal(kept_files__trim(&one, path, clock_ns(CLOCK_REALTIME), failed), 0);
	assert_int_equal(files(), 1);
}

/* As the clerk does it, with its rights. */
TEST(the_clerk_trims, in_directory, directory_remove)
{
	const struct keep_limits two = { .count = 2 };
	const struct clerk_config config = { .path = path, .max_files = 10, .keep = &two };
	struct clerk *clerk;
	char name[PATH_MAX];
	int fd;

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "f-2020010%dT000000.000Z.zst", i + 1);
		left_behind(name, 10, 30);
	}
	assert_int_equal(clerk__open(&clerk, &config), 0);
	fd = clerk__file(clerk);
	assert_true(fd >= 0);
	assert_false(there("f-20200102T000000.000Z.zst"));
	assert_true(there("f-20200103T000000.000Z.zst"));
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	clerk__finished(clerk, trigger(), true, name, sizeof(name));
	close(clerk__file(clerk));
	clerk__close(clerk);
	assert_false(there("f-20200103T000000.000Z.zst"));
	assert_true(there("f-20200104T000000.000Z.zst"));
	assert_int_equal(files(), 2);
}

TEST(a_cmd_gets_numbers_and_is_not_waited_for, in_directory, directory_remove)
{
	const struct clerk_config config = {
		.path = path,
		.max_files = 1,
		.exec = "cd $CLERK_DIR && env | grep ^IPITRACE_ | sort >env.$$ && "
			"mv env.$$ env.$IPITRACE_ID && echo >>written && exec sleep 5",
	};
	char name[PATH_MAX], text[1024] = {};
	struct stat written = {};
	struct clerk *clerk;
	FILE *env;

	setenv("CLERK_DIR", directory, 1);
	assert_int_equal(clerk__open(&clerk, &config), 0);
	/* More than may run at one time: the rest is refused. */
	for (int i = 0; i < CLERK_CMDS + 2; i++) {
		int fd = clerk__file(clerk);

		assert_true(fd >= 0);
		close(fd);
		clerk__happened(clerk);
		clerk__finished(clerk, trigger(), true, name, sizeof(name));
	}
	close(clerk__file(clerk));
	clerk__close(clerk);
	/* Nobody waits for a CMD: it may write its file later. */
	snprintf(text, sizeof(text), "%s/written", directory);
	for (int i = 0; i < 3000 && (stat(text, &written) || written.st_size < CLERK_CMDS); i++)
		usleep(10000);
	assert_int_equal(written.st_size, CLERK_CMDS);
	snprintf(text, sizeof(text), "%s/env.7", directory);
	env = fopen(text, "r");
	text[fread(text, 1, sizeof(text) - 1, env)] = '\0';
	fclose(env);
	assert_has(text, "IPITRACE_DST=2\n", "\nIPITRACE_INCIDENT=stall\n",
		   "\nIPITRACE_PHASE=delivery\n", "\nIPITRACE_NS=3\n");
}

/* Get what the clerk prints on stderr about a file, whose name gets @name, and its @exec. */
static void said_of(const char *exec, char name[PATH_MAX], char *said, size_t size)
{
	const struct clerk_config config = {
		.path = path, .max_files = 1, .exec = exec, .keep = kept
	};
	int old = dup(STDERR_FILENO), text = memfd_create("stderr", MFD_CLOEXEC);
	struct clerk *clerk;
	ssize_t n;

	assert_true(dup2(text, STDERR_FILENO) >= 0);
	assert_int_equal(clerk__open(&clerk, &config), 0);
	dup2(old, STDERR_FILENO);
	close(old);
	close(clerk__file(clerk));
	clerk__happened(clerk);
	clerk__finished(clerk, trigger(), true, name, PATH_MAX);
	clerk__close(clerk);
	/* The clerk may end later. */
	for (int i = 0; i < 3000 && !lseek(text, 0, SEEK_END) && strcmp(exec, "true"); i++)
		usleep(10000);
	n = pread(text, said, size - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	close(text);
}

TEST(an_older_file_is_named, in_directory, directory_remove)
{
	char name[PATH_MAX], said[2 * PATH_MAX], want[2 * PATH_MAX + 64];
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs("left", file);
	fclose(file);
	said_of("true", name, said, sizeof(said));
	snprintf(want, sizeof(want), "ipitrace: %s: the older file is %s.old now\n", path, path);
	assert_string_equal(said, want);
}

TEST(a_file_that_cannot_be_removed_is_named, in_directory, directory_remove)
{
	char name[PATH_MAX], said[2 * PATH_MAX];

	left_behind("f-20200101T000000.000Z.zst", 10, 30);
	kept = &(struct keep_limits){ .count = 1 };
	refusals = (const int[10]){ [1] = EPERM };
	said_of(":", name, said, sizeof(said));
	assert_has(said, "ipitrace: --keep: f-20200101T000000.000Z.zst: Operation not permitted\n");
}

TEST(a_cmd_that_fails_is_named_with_its_file, in_directory, directory_remove)
{
	static const struct {
		const char *exec, *before, *after;
	} cases[] = {
		{ "exit 3", "ipitrace: --exec: CMD ended with status 3 for ", "\n" },
		{ "kill -9 $$", "ipitrace: --exec: CMD was ended by signal 9 for ", "\n" },
		{ "exec sleep 4", "ipitrace: --exec: CMD still runs for ",
		  ": its status will not be known\n" },
	};
	char name[PATH_MAX], said[2 * PATH_MAX], want[2 * PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		said_of(cases[i].exec, name, said, sizeof(said));
		snprintf(want, sizeof(want), "%s%s%s", cases[i].before, name, cases[i].after);
		assert_string_equal(said, want);
	}
	said_of("true", name, said, sizeof(said));
	assert_string_equal(said, "");
}

/* Another file has the name: CMD would get that one. */
TEST(no_cmd_for_a_file_that_got_no_name, in_directory, directory_remove)
{
	const struct clerk_config config = { .path = path,
					     .max_files = 9,
					     .exec = "echo >>$CLERK_DIR/written" };
	struct trigger same = *trigger();
	char name[PATH_MAX], again[PATH_MAX], written[128];
	struct stat st = {};
	struct clerk *clerk;

	setenv("CLERK_DIR", directory, 1);
	/* In the middle of a millisecond, so that both names have the same one. */
	same.time += 500000 - (clock_ns(CLOCK_REALTIME) - mono_ns() + same.time) % 1000000;
	assert_int_equal(clerk__open(&clerk, &config), 0);
	close(clerk__file(clerk));
	clerk__finished(clerk, &same, true, name, sizeof(name));
	close(clerk__file(clerk));
	clerk__finished(clerk, &same, true, again, sizeof(again));
	assert_string_equal(again, name);
	close(clerk__file(clerk));
	clerk__finished(clerk, trigger(), true, again, sizeof(again));
	close(clerk__file(clerk));
	clerk__close(clerk);
	snprintf(written, sizeof(written), "%s/written", directory);
	for (int i = 0; i < 3000 && (stat(written, &st) || st.st_size < 2); i++)
		usleep(10000);
	/* A CMD too many would write now. */
	usleep(200000);
	assert_int_equal(stat(written, &st), 0);
	assert_int_equal(st.st_size, 2);
}

TEST(what_is_no_file_is_refused, in_directory, directory_remove)
{
	struct clerk_config config = { .path = path, .max_files = 1 };
	struct clerk *clerk;
	struct stat st;

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(clerk__open(&clerk, &config), 0);
	assert_int_equal(clerk__file(clerk), -EINVAL);
	clerk__close(clerk);
	assert_false(stat(path, &st));
	assert_true(S_ISFIFO(st.st_mode));
	config.path = "/nowhere/f";
	assert_int_equal(clerk__open(&clerk, &config), 0);
	assert_int_equal(clerk__file(clerk), -ENOENT);
	clerk__close(clerk);
}

/* A link is not followed, nor is a file that an earlier run left written over. */
TEST(what_was_there_is_the_old_file, in_directory, directory_remove)
{
	const struct clerk_config config = { .path = path, .max_files = 1 };
	char old[PATH_MAX + 8], text[8] = {};
	struct clerk *clerk;
	struct stat st;
	FILE *file;
	int fd;

	snprintf(old, sizeof(old), "%s.old", path);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(clerk__open(&clerk, &config), 0);
	fd = clerk__file(clerk);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_false(lstat(old, &st));
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(write(fd, "left", 4), 4);
	close(fd);
	/* The run ends before the file is finished. */
	clerk__happened(clerk);
	clerk__close(clerk);
	assert_int_equal(clerk__open(&clerk, &config), 0);
	close(clerk__file(clerk));
	clerk__close(clerk);
	file = fopen(old, "r");
	assert_non_null(file);
	assert_int_equal(fread(text, 1, sizeof(text), file), 4);
	fclose(file);
	assert_string_equal(text, "left");
}

/* A file of @dir, made or looked at. */
static int file_in(const char *dir, const char *name, int flags)
{
	char full[PATH_MAX + 128];

	snprintf(full, sizeof(full), "%s/%s", dir, name);
	return open(full, flags | O_CLOEXEC, 0600);
}

/*
 * Who owns what is above the directory gives its name to another one, in which a file has the names
 * that the clerk would rename and remove.
 */
TEST(the_directory_is_the_one_of_the_start, in_directory, directory_remove)
{
	const struct keep_limits one = { .count = 1 };
	struct clerk_config config = { .path = path, .max_files = 1, .keep = &one };
	char victim[PATH_MAX + 16], moved[PATH_MAX + 16], dir[PATH_MAX + 16], name[PATH_MAX];
	struct clerk *clerk;
	int fd;

	snprintf(dir, sizeof(dir), "%s/flight", directory);
	snprintf(moved, sizeof(moved), "%s/moved", directory);
	snprintf(victim, sizeof(victim), "%s/victim", directory);
	snprintf(path, sizeof(path), "%.200s/f.zst", dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(mkdir(victim, 0700), 0);
	close(file_in(victim, "f.zst", O_CREAT | O_WRONLY));
	close(file_in(victim, "f-20260101T000000.000Z.zst", O_CREAT | O_WRONLY));
	assert_int_equal(clerk__open(&clerk, &config), 0);
	fd = clerk__file(clerk);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(rename(dir, moved), 0);
	assert_int_equal(symlink(victim, dir), 0);
	clerk__finished(clerk, trigger(), false, name, sizeof(name));
	close(clerk__file(clerk));
	clerk__close(clerk);
	fd = file_in(moved, basename(name), O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	fd = file_in(victim, "f.zst", O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	fd = file_in(victim, "f-20260101T000000.000Z.zst", O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
}

/* Have CMD write what it is told to be the file, and what is in there, once the file's name is another file's. */
static void check_cmd(const char *dir, char *told, size_t told_size, char *content, size_t size)
{
	const struct clerk_config config = {
		.path = path,
		.max_files = 1,
		.exec = "until [ -e \"$CLERK_DIR/go\" ]; do sleep 0.01; done; cd \"$CLERK_DIR\" && "
			"cat \"$IPITRACE_FILE\" >content && echo \"$IPITRACE_FILE $IPITRACE_NAME\" >told.new && "
			"mv told.new told",
	};
	char name[PATH_MAX], other[PATH_MAX + 8], in[PATH_MAX];
	struct clerk *clerk;
	struct stat st;
	int fd;

	setenv("CLERK_DIR", directory, 1);
	snprintf(path, sizeof(path), "%.200s/f.zst", dir);
	assert_int_equal(clerk__open(&clerk, &config), 0);
	fd = clerk__file(clerk);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "ours\n", 5), 5);
	close(fd);
	clerk__finished(clerk, trigger(), true, name, sizeof(name));
	close(clerk__file(clerk));
	snprintf(other, sizeof(other), "%s.ours", name);
	if (strcmp(dir, directory)) {
		assert_int_equal(rename(name, other), 0);
		fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
		assert_int_equal(write(fd, "evil\n", 5), 5);
		close(fd);
	}
	close(file_in(directory, "go", O_CREAT | O_WRONLY));
	snprintf(in, sizeof(in), "%.200s/told", directory);
	for (int i = 0; i < 3000 && stat(in, &st); i++)
		usleep(10000);
	clerk__close(clerk);
	fd = file_in(directory, "told", O_RDONLY);
	told[fd < 0 ? 0 : read(fd, told, told_size - 1)] = '\0';
	close(fd);
	fd = file_in(directory, "content", O_RDONLY);
	content[fd < 0 ? 0 : read(fd, content, size - 1)] = '\0';
	close(fd);
	told[strcspn(told, "\n")] = '\0';
	/* The name is told in any case. */
	assert_non_null(strchr(told, ' '));
	assert_string_equal(strchr(told, ' ') + 1, name);
	*strchr(told, ' ') = '\0';
}

/* Who owns the directory of the files puts another file at the name, before CMD opens it. */
TEST(a_cmd_gets_the_file_whatever_has_its_name, in_directory, directory_remove)
{
	char told[2 * PATH_MAX] = {}, content[16] = {}, dir[PATH_MAX + 16];

	if (skip_if(geteuid(), "needs root"))
		return;
	snprintf(dir, sizeof(dir), "%s/flight", directory);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(chown(dir, 61234, 61234), 0);
	check_cmd(dir, told, sizeof(told), content, sizeof(content));
	assert_string_equal(content, "ours\n");
	assert_string_equal(told, CLERK_FILE);
}

/* Scripts move the file, or tell its name to others. */
TEST(a_cmd_gets_the_name_where_nobody_else_gives_it, in_directory, directory_remove)
{
	char told[2 * PATH_MAX] = {}, content[16] = {};

	check_cmd(directory, told, sizeof(told), content, sizeof(content));
	assert_string_equal(content, "ours\n");
	assert_memory_equal(told, directory, strlen(directory));
}

static volatile sig_atomic_t signals;

static void count(int signo)
{
	signals++;
}

TEST(the_process_gets_the_signal, in_directory, directory_remove)
{
	const struct clerk_config config = { .path = path, .max_files = 1, .signal = getpid() };
	struct clerk *clerk;

	signal(SIGUSR1, count);
	assert_int_equal(clerk__open(&clerk, &config), 0);
	assert_int_equal(signals, 0);
	clerk__happened(clerk);
	for (int i = 0; i < 3000 && !signals; i++)
		usleep(10000);
	assert_int_equal(signals, 1);
	clerk__close(clerk);
}

static void check_kept(const struct clerk_config *config, uint64_t caps, uint64_t privs,
		       uint64_t seccomp)
{
	struct clerk *clerk;
	pid_t pid;

	assert_int_equal(clerk__open(&clerk, config), 0);
	/* An answer comes once the rights are what they will be. */
	close(clerk__file(clerk));
	pid = only_child();
	assert_int_equal(status_of(pid, "CapEff", 16), caps);
	assert_int_equal(status_of(pid, "CapPrm", 16), caps);
	assert_int_equal(status_of(pid, "NoNewPrivs", 10), privs);
	assert_int_equal(status_of(pid, "Seccomp", 10), seccomp);
	clerk__close(clerk);
}

TEST(the_clerk_keeps_what_it_needs, in_directory, directory_remove)
{
	struct clerk_config config = { .path = path, .max_files = 1 };
	const uint64_t other = 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER;

	if (skip_if(geteuid() || status_of(getpid(), "CapEff", 16) < other, "needs root"))
		return;
	check_kept(&config, 0, 1, CONFINED);
	config.signal = getpid();
	check_kept(&config, 1ULL << CAP_KILL, 1, CONFINED);
	config.signal = 0;
	/* Each may remove only its own there; a directory of another user. */
	assert_int_equal(chmod(directory, 01777), 0);
	check_kept(&config, other, 1, CONFINED);
	assert_int_equal(chmod(directory, 0755), 0);
	assert_int_equal(chown(directory, 65534, 65534), 0);
	check_kept(&config, other, 1, CONFINED);
	/* Of who called sudo: the files are given to the caller. */
	assert_int_equal(setenv("SUDO_UID", "65534", 1) | setenv("SUDO_GID", "65534", 1), 0);
	check_kept(&config, other | 1ULL << CAP_CHOWN, 1, CONFINED);
	unsetenv("SUDO_UID");
	/* CMD is as if ipitrace's own command line had started it. */
	config.exec = "true";
	check_kept(&config, status_of(getpid(), "CapEff", 16),
		   status_of(getpid(), "NoNewPrivs", 10), status_of(getpid(), "Seccomp", 10));
}

TEST(a_directory_is_no_file)
{
	const struct clerk_config config = { .path = "./" };
	struct clerk_work work = { .config = &config };

	clerk_work__enter(&work);
	assert_int_equal(work.away, -EISDIR);
	close(work.begun_in);
}

/* A clerk with a test at the other end of its socket, which may ask for anything. */
struct asked {
	pid_t pid;
	int socket;
};

static void asked_open(struct asked *asked, const struct clerk_config *config)
{
	asked->pid = helper_process__start(&asked->socket);
	if (!asked->pid) {
		struct clerk_work work = { .config = config, .fd = asked->socket, .pidfd = -1 };

		clerk_work__enter(&work);
		clerk_work__run(&work);
		_exit(7);
	}
	assert_true(asked->pid > 0);
}

/* The clerk is over at once, not because the socket is closed. */
static void check_over(const struct asked *asked)
{
	int status = 0;
	char byte;

	alarm(60);
	assert_true(recv(asked->socket, &byte, 1, 0) <= 0);
	assert_int_equal(waitpid(asked->pid, &status, 0), asked->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	helpers__forget(asked->pid);
	alarm(0);
	close(asked->socket);
}

TEST(requests_that_ipitrace_does_not_make, in_directory, directory_remove)
{
	static const struct clerk_request good = {
		.wish = CLERK_WHOLE,
		.trigger = { .kind = TRIGGER_STALL, .phase = PHASE_WAIT, .src = CPU_UNKNOWN },
	};
	struct clerk_request bad[8];
	char ran[128], cmd[160];
	const struct clerk_config config = { .path = path, .max_files = 1, .exec = cmd };

	snprintf(ran, sizeof(ran), "%s/ran", directory);
	snprintf(cmd, sizeof(cmd), "touch %s", ran);
	assert_true(clerk_request__is_valid(&good));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = good;
	bad[0].wish = NR_WISHES;
	bad[1].wish = -1;
	bad[2].trigger.kind = NR_TRIGGERS;
	bad[3].trigger.kind = INT_MIN;
	bad[4].trigger.phase = NR_PHASES;
	bad[5].trigger.phase = 0x7f000000;
	bad[6].trigger.src = CPUSET_MAX;
	bad[7].trigger.dst = UINT32_MAX - 1;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct clerk_request create = { .wish = CLERK_CREATE };
		struct asked asked;
		int fd;

		asked_open(&asked, &config);
		assert_int_equal(send(asked.socket, &create, sizeof(create), 0), sizeof(create));
		fd = pass_fd__receive(asked.socket, 0);
		assert_true(fd >= 0);
		close(fd);
		assert_false(clerk_request__is_valid(&bad[i]));
		assert_int_equal(send(asked.socket, &bad[i], sizeof(*bad), 0), sizeof(*bad));
		check_over(&asked);
		assert_int_equal(access(ran, F_OK), -1);
	}
}

/* Too short, too long, and a file that was never asked for: what stands at its path is not the clerk's. */
TEST(packets_out_of_form_and_order, in_directory, directory_remove)
{
	const struct clerk_config config = { .path = path, .max_files = 1 };
	const struct clerk_request two[2] = { { .wish = CLERK_WHOLE }, { .wish = CLERK_WHOLE } };
	const size_t lens[] = { sizeof(*two) - 1, sizeof(*two) + 1, sizeof(*two) };

	close(open(path, O_WRONLY | O_CREAT, 0600));
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		struct asked asked;

		asked_open(&asked, &config);
		assert_int_equal(send(asked.socket, two, lens[i], 0), lens[i]);
		check_over(&asked);
		assert_int_equal(access(path, F_OK), 0);
		assert_int_equal(files(), 1);
	}
}

TEST_MAIN(NULL, NULL)
