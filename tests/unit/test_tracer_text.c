// SPDX-License-Identifier: GPL-2.0
/* command/tracer_text: how a tracer's own file becomes text, and what is said if it does not. The tracers are scripts. */
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include "command/parts.h"
#include "made_root.h"
#include "printed.h"

#define PERF	 "PERFILE2 and more\n"
#define DAT	 "\x17\x08\x44tracing and more\n"
#define ARGS_DAT "report -t -i /proc/self/fd/3"
#define ARGS_PERF \
	"script --ns --show-lost-events -F comm,pid,tid,cpu,time,event,trace -i /proc/self/fd/3"

/* In this process, not in the tracer's. */
enum failing { NOTHING, PIPE, DUP3, FORK, COPY, CHMOD, SENDFILE, DUP, WAIT };
static enum failing failing, wanted; /* now, and in the functions under test */
static bool ordinary; /* the user is not root */
static pid_t own;
static char *path_before;

static bool fails(enum failing what)
{
	if (failing != what || getpid() != own)
		return false;
	errno = EMLINK;
	return true;
}

/* A function of the C library that fails. */
#define FAILING(type, wrap, real, what, head, ...)           \
	type real head;                                      \
	type wrap head                                       \
	{                                                    \
		return fails(what) ? -1 : real(__VA_ARGS__); \
	}

#define OF_TWO	(int from, int to, int flags)
#define OF_FILE (int to, int from, off_t *at, size_t nr)
#define OF_WAIT (pid_t pid, int *status, int flags)
FAILING(int, __wrap_pipe2, __real_pipe2, PIPE, (int fds[2], int flags), fds, flags)
FAILING(int, __wrap_dup3, __real_dup3, DUP3, OF_TWO, from, to, flags)
FAILING(pid_t, __wrap_fork, __real_fork, FORK, (void))
FAILING(int, __wrap_fchmod, __real_fchmod, CHMOD, (int of, mode_t mode), of, mode)
FAILING(ssize_t, __wrap_sendfile, __real_sendfile, SENDFILE, OF_FILE, to, from, at, nr)
FAILING(int, __wrap_dup, __real_dup, DUP, (int of), of)
FAILING(pid_t, __wrap_waitpid, __real_waitpid, WAIT, OF_WAIT, pid, status, flags)

int __real_nameless_file__open(void);
int __wrap_nameless_file__open(void)
{
	return fails(COPY) ? -EMLINK : __real_nameless_file__open();
}

uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void)
{
	return ordinary && getpid() == own ? 1000 : __real_geteuid();
}

/* Install a tracer, which runs the script. */
static void install(const char *name, const char *script)
{
	char path[32], whole[256];

	snprintf(path, sizeof(path), "/%s", name);
	root_file(path, script);
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	assert_int_equal(chmod(whole, 0755), 0);
}

static char got[4096]; /* the text */
static size_t most; /* bytes of the text that are read */

static int setup(void **state)
{
	char path[256];

	root_setup(state);
	assert_int_equal(chmod(root, 0755), 0);
	own = getpid();
	most = sizeof(got) - 1;
	wanted = NOTHING;
	path_before = strdup(getenv("PATH"));
	snprintf(path, sizeof(path), "%s:/nowhere", root);
	setenv("PATH", path, 1);
	return 0;
}

static int teardown(void **state)
{
	wanted = NOTHING;
	ordinary = false;
	printed_restore(state);
	setenv("PATH", path_before, 1);
	free(path_before);
	return root_teardown(state);
}

static struct tracer_text text;
static int fd, opened, ended;

static void read_text(const void *of)
{
	size_t len = 0;
	ssize_t nr;

	putc('\n', stderr);
	failing = wanted;
	opened = tracer_text__open(&text, fd, "FILE");
	failing = NOTHING;
	while (len < most && (nr = read(fd, got + len, most - len)) > 0)
		len += nr;
	got[len] = '\0';
	close(fd);
	failing = wanted;
	ended = tracer_text__close(&text, "FILE", EXIT_FOUND);
	failing = NOTHING;
}

/* Returns what is said meanwhile. */
static const char *read_file(const char *bytes)
{
	FILE *made = tmpfile();

	assert_non_null(made);
	fputs(bytes, made);
	rewind(made);
	fd = fcntl(fileno(made), F_DUPFD_CLOEXEC, 3);
	fclose(made);
	return printed_to(stderr, read_text, NULL) + 1;
}

TEST_F(a_tracer_has_the_file_and_its_arguments)
{
	static const struct {
		const char *tracer, *file, *args;
	} rows[] = { { "perf", PERF, ARGS_PERF }, { "trace-cmd", DAT, ARGS_DAT } };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		int row = i / 2;
		char want[512], script[256];

		/* Another user's tracer reads the file itself; the spare user has a copy, which it may open. */
		ordinary = i % 2;
		snprintf(
			script, sizeof(script),
			"#!/bin/sh\necho \"$*\" $LC_ALL $HOME\necho unseen >&2\nread a || echo no input\n"
			"/bin/cat %s\n",
			ordinary ? "<&3" : "/proc/self/fd/3");
		install(rows[row].tracer, script);
		snprintf(want, sizeof(want), "%s C /\nno input\n%s", rows[row].args,
			 rows[row].file);
		assert_string_equal(read_file(rows[row].file), "");
		assert_string_equal(got, want);
		assert_string_equal(text.name, rows[row].tracer);
		assert_int_equal(opened, EXIT_DONE);
		assert_int_equal(ended, EXIT_FOUND);
	}
}

/* ipitrace itself reads these, or says what they are. */
TEST_F(some_files_are_for_no_tracer)
{
	install("perf", "#!/bin/sh\necho text\n");
	assert_string_equal(read_file(DAT), "");
	assert_string_equal(got, DAT);
	assert_int_equal(text.pid, 0);
	assert_int_equal(ended, EXIT_FOUND);
	assert_string_equal(read_file("a text\n"), "");
	assert_string_equal(got, "a text\n");
	assert_string_equal(read_file(PERF), "");
	assert_string_equal(got, "text\n");
}

TEST_F(a_tracer_may_fail)
{
	static const struct {
		const char *script, *said;
		int opened, ended;
		size_t most;
	} rows[] = {
		{ "exit 0", "ipitrace: FILE: perf cannot read it, or finds no event in it\n",
		  EXIT_FAILED, EXIT_FOUND, 0 },
		{ "exit 1", "ipitrace: FILE: perf cannot read it, or finds no event in it\n",
		  EXIT_FAILED, EXIT_FOUND, 0 },
		{ "echo text; exit 1", "ipitrace: FILE: perf did not read it to its end\n",
		  EXIT_DONE, EXIT_FAILED, 0 },
		{ "echo text; kill -TERM $$", "ipitrace: FILE: perf did not read it to its end\n",
		  EXIT_DONE, EXIT_FAILED, 0 },
		/* It ends by SIGPIPE, because nobody reads further. */
		{ "while echo text; do :; done; exit 1", "", EXIT_DONE, EXIT_FOUND, 4 },
	};
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char script[128];

		snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", rows[i].script);
		install("perf", script);
		most = rows[i].most ?: sizeof(got) - 1;
		assert_string_equal(read_file(PERF), rows[i].said);
		assert_int_equal(opened, rows[i].opened);
		assert_int_equal(ended, rows[i].ended);
		assert_int_equal(text.pid, 0);
	}
	signal(SIGPIPE, before);
}

TEST_F(a_tracer_may_not_begin)
{
	static const struct {
		enum failing failing;
		bool ordinary;
	} rows[] = { { PIPE, 0 },  { DUP3, 0 },	    { FORK, 0 }, { COPY, 0 },
		     { CHMOD, 0 }, { SENDFILE, 0 }, { DUP, 1 } };

	install("perf", "#!/bin/sh\necho text\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ordinary = rows[i].ordinary;
		/* Another user has no copy. */
		if (!ordinary && __real_geteuid() && rows[i].failing >= COPY)
			continue;
		wanted = rows[i].failing;
		assert_string_equal(read_file(PERF), "ipitrace: FILE: Too many links\n");
		assert_int_equal(opened, EXIT_FAILED);
		assert_int_equal(ended, EXIT_FOUND);
		assert_int_equal(text.pid, 0);
	}
	ordinary = false;
	wanted = WAIT;
	assert_string_equal(read_file(PERF), "ipitrace: FILE: perf did not read it to its end\n");
	assert_int_equal(ended, EXIT_FAILED);
	assert_true(waitpid(-1, NULL, 0) > 0);
}

TEST_MAIN(NULL, NULL)
