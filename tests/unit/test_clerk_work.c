// SPDX-License-Identifier: GPL-2.0
/* The clerk's own process: what its messages say, what CMD is given, and whose directories it trusts. */
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "base/cpuset.h"
#include "base/helper_process.h"
#include "model/moment.h"
#include "run/parts.h"
#include "made_root.h"
#include "skip.h"
#include "unit.h"

/* 2026-11-21 03:41:05.123 */
#define REAL   1795232465123000000ULL
#define SECOND 1000000000ULL
#define FIRST  "f-20261121T034105.123Z.zst"

static char path[PATH_MAX], before[PATH_MAX];
static int said_fd; /* what the clerk writes to stdout and stderr */

static int setup(void **state)
{
	root_setup(state);
	snprintf(path, sizeof(path), "%s/f.zst", root);
	said_fd = memfd_create("said", MFD_CLOEXEC);
	return !getcwd(before, sizeof(before));
}

static int teardown(void **state)
{
	close(said_fd);
	return chdir(before) || root_teardown(state);
}

/* A clerk in a process of its own, and the other end of its socket. */
struct clerk_at {
	pid_t pid;
	int socket;
};

/* Start a clerk with its messages in said_fd. @pidfd: the process of --signal, negative: none. */
static struct clerk_at clerk_at(const struct clerk_config *config, int pidfd)
{
	struct clerk_at at;

	at.pid = helper_process__start(&at.socket);
	assert_true(at.pid >= 0);
	if (!at.pid) {
		struct clerk_work work = {
			.config = config, .fd = at.socket, .pidfd = pidfd, .file = -1
		};

		dup2(said_fd, STDOUT_FILENO);
		dup2(said_fd, STDERR_FILENO);
		clerk_work__enter(&work);
		clerk_work__run(&work);
		_exit(7);
	}
	return at;
}

static void ask(const struct clerk_at *at, enum clerk_wish wish, uint64_t real)
{
	const struct clerk_request request = {
		.wish = wish,
		.real = real,
		.trigger = { .kind = TRIGGER_STALL, .id = 7, .phase = PHASE_DELIVERY },
	};

	assert_int_equal(send(at->socket, &request, sizeof(request), 0), sizeof(request));
}

/* Ask for the next file; @wish says what becomes of the one before. Returns the answer. */
static int ask_file(const struct clerk_at *at, enum clerk_wish wish, uint64_t real)
{
	int fd;

	ask(at, wish, real);
	fd = pass_fd__receive(at->socket, 0);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* Returns what the clerk and its CMDs have written, once the clerk has ended. */
static const char *said(const struct clerk_at *at)
{
	static char text[4 * PATH_MAX];
	int status;
	ssize_t n;

	close(at->socket);
	assert_int_equal(waitpid(at->pid, &status, 0), at->pid);
	helpers__forget(at->pid);
	assert_int_equal(status, W_EXITCODE(7, 0));
	n = pread(said_fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Wait until there is a file with this name, which a CMD makes. */
static void await_file(const char *name)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s/%s", root, name);
	for (int i = 0; i < 3000 && access(file, F_OK); i++)
		usleep(10000);
	assert_int_equal(access(file, F_OK), 0);
}

static bool there(const char *name)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s/%s", root, name);
	return !access(file, F_OK);
}

/* Fails unless @text is @format with the directory's path for each %s of it, at most three. */
static void check_said(const char *text, const char *format)
{
	char want[1024];

	snprintf(want, sizeof(want), format, root, root, root);
	assert_string_equal(text, want);
}

TEST_F(a_name_that_is_taken_is_an_error)
{
	const struct clerk_config config = { .path = path,
					     .max_files = 3,
					     .exec = "echo \"$IPITRACE_NAME\"" };
	struct clerk_at at = clerk_at(&config, -1);

	assert_int_equal(ask_file(&at, CLERK_CREATE, 0), 0);
	root_file("/" FIRST, "another's");
	/* The file keeps its name, becomes the older one, and has no CMD. */
	root_file("/f.zst", "ours");
	assert_int_equal(ask_file(&at, CLERK_WHOLE, REAL), 0);
	assert_true(there("f.zst.old"));
	check_said(said(&at), "ipitrace: %s/" FIRST ": File exists\n"
			      "ipitrace: %s/f.zst: the older file is %s/f.zst.old now\n");
}

/* The file that gives way may be gone; if something stays in its place, that is said. */
TEST_F(a_file_that_cannot_give_way_is_named)
{
	const struct clerk_config config = { .path = path, .max_files = 1 };
	struct clerk_at at = clerk_at(&config, -1);
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s/" FIRST, root);
	assert_int_equal(ask_file(&at, CLERK_CREATE, 0), 0);
	assert_int_equal(ask_file(&at, CLERK_WHOLE, REAL), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(ask_file(&at, CLERK_WHOLE, REAL + SECOND), 0);
	assert_int_equal(ask_file(&at, CLERK_WHOLE, REAL), 0);
	assert_false(there("f-20261121T034106.123Z.zst"));
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_int_equal(ask_file(&at, CLERK_WHOLE, REAL + 2 * SECOND), 0);
	check_said(said(&at), "ipitrace: %s/" FIRST ": Is a directory\n");
	/* What was never written to goes with the clerk. */
	assert_false(there("f.zst"));
	assert_true(there("f-20261121T034107.123Z.zst"));
}

TEST_F(a_process_that_gets_no_signal_any_more_is_named)
{
	struct clerk_config config = { .path = path, .max_files = 1 };
	pid_t pid = fork();
	struct clerk_at at;
	char want[64];
	int pidfd;

	if (!pid) {
		pause();
		_exit(0);
	}
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	assert_true(pidfd >= 0);
	config.signal = pid;
	at = clerk_at(&config, pidfd);
	close(pidfd);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	ask(&at, CLERK_HAPPENED, 0);
	snprintf(want, sizeof(want), "ipitrace: --signal %d: No such process\n", pid);
	assert_string_equal(said(&at), want);
}

/* After an incident the file is not empty any more, and stays. */
TEST_F(a_file_of_an_incident_stays)
{
	const struct clerk_config config = { .path = path, .max_files = 1 };
	struct clerk_at at = clerk_at(&config, -1);

	assert_int_equal(ask_file(&at, CLERK_CREATE, 0), 0);
	ask(&at, CLERK_HAPPENED, 0);
	assert_string_equal(said(&at), "");
	assert_true(there("f.zst"));
}

/* The shell that says what it has got: its directory, descriptors, signals, and its file's content. */
#define SAY                                                                                       \
	"pwd; ls /proc/$$/fd; readlink /proc/$$/fd/0; read line <&3; echo \"$line\"; "            \
	"echo x 2>/dev/null >&3 || echo read only; "                                              \
	"while read key mask; do case $key in SigBlk:) echo $mask;; SigIgn:) "                    \
	"echo $((0x$mask >> 12 & 1)) $((0x$mask >> 16 & 1)) $((0x$mask >> 24 & 1));; esac; done " \
	"</proc/self/status; echo \"$IPITRACE_NAME $IPITRACE_TIME $IPITRACE_ID\"; "

TEST_F(a_cmd_has_its_file_and_nothing_else)
{
	const struct clerk_config config = { .path = "f.zst",
					     .max_files = 1,
					     .exec = SAY "echo >done" };
	struct clerk_at at;

	assert_int_equal(chdir(root), 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	at = clerk_at(&config, -1);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(ask_file(&at, CLERK_CREATE, 0), 0);
	root_file("/f.zst", "ours\n");
	assert_int_equal(ask_file(&at, CLERK_WHOLE, REAL), 0);
	await_file("done");
	check_said(said(&at),
		   "%s\n0\n1\n2\n3\n/dev/null\nours\nread only\n0000000000000000\n0 0 0\n" FIRST
		   " 1795232465 7\n");
}

/* The files are the caller's, and CMD may be any command. */
TEST_F(a_cmd_runs_as_the_caller_of_sudo)
{
	const struct clerk_config config = {
		.path = path,
		.max_files = 1,
		.exec = "id -u; id -g; id -G; until [ -e \"$CLERK_DIR/go\" ]; do sleep 0.01; done; "
			"echo >\"$CLERK_DIR/done\"",
	};
	struct clerk_at at;

	if (skip_if(geteuid(), "needs root"))
		return;
	assert_int_equal(chmod(root, 0777), 0);
	setenv("CLERK_DIR", root, 1);
	setenv("SUDO_UID", "12345", 1);
	setenv("SUDO_GID", "12346", 1);
	at = clerk_at(&config, -1);
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	assert_int_equal(ask_file(&at, CLERK_CREATE, 0), 0);
	assert_int_equal(ask_file(&at, CLERK_WHOLE, REAL), 0);
	root_file("/go", "");
	await_file("done");
	assert_string_equal(said(&at), "12345\n12346\n12346\n");
}

TEST_F(a_cmd_too_many_is_named_with_its_file)
{
	const struct clerk_config config = {
		.path = path,
		.max_files = 20,
		.exec = "until [ -e \"$CLERK_DIR/go\" ]; do sleep 0.01; done; echo ran",
	};
	struct clerk_at at;
	const char *text;

	setenv("CLERK_DIR", root, 1);
	at = clerk_at(&config, -1);
	assert_int_equal(ask_file(&at, CLERK_CREATE, 0), 0);
	for (int i = 0; i < CLERK_CMDS + 1; i++)
		assert_int_equal(ask_file(&at, CLERK_WHOLE, REAL + i * SECOND), 0);
	/* Once one of them has ended there is a place again. */
	root_file("/go", "");
	text = said(&at);
	assert_has(text, "f-20261121T034113.123Z.zst: 8 CMDs still run\n");
	assert_int_equal(count_words(text, "CMD was not run for "), 1);
	for (int i = 0; i < CLERK_CMDS + 1; i++) {
		char name[64];

		snprintf(name, sizeof(name), "f-20261121T0341%02d.123Z.zst", 5 + i);
		assert_true(there(name));
	}
}

TEST_F(the_directory_of_a_file_is_entered_once)
{
	struct clerk_config config = { .path = "f.zst" };
	struct clerk_work work = { .config = &config };
	char long_path[PATH_MAX + 8], dir[PATH_MAX];

	clerk_work__enter(&work);
	assert_int_equal(work.away, 0);
	assert_string_equal(work.base, "f.zst");
	assert_string_equal(getcwd(dir, sizeof(dir)), before);
	close(work.begun_in);

	config.path = path;
	work = (struct clerk_work){ .config = &config };
	clerk_work__enter(&work);
	assert_int_equal(work.away, 0);
	assert_string_equal(work.base, "f.zst");
	assert_string_equal(getcwd(dir, sizeof(dir)), root);
	assert_int_equal(fchdir(work.begun_in), 0);
	assert_string_equal(getcwd(dir, sizeof(dir)), before);
	close(work.begun_in);

	config.path = "/nowhere/f.zst";
	work = (struct clerk_work){ .config = &config };
	clerk_work__enter(&work);
	assert_int_equal(work.away, -ENOENT);
	close(work.begun_in);

	/* The longest directory of a path, and one that has no room for its '\0'. */
	for (int i = 0; i < 2; i++) {
		memset(long_path, '/', sizeof(long_path));
		strcpy(long_path + PATH_MAX - 1 + i, "f");
		config.path = long_path;
		work = (struct clerk_work){ .config = &config };
		clerk_work__enter(&work);
		assert_int_equal(work.away, i ? -ENAMETOOLONG : 0);
		close(work.begun_in);
	}
}

/* The name for CMD of the file @name that the clerk has in the directory below root. */
static const char *name_in(const char *dir, const char *name)
{
	static char cmd_name[PATH_MAX];
	struct clerk_work work = { .begun_in = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s/%s", root, dir);
	assert_int_equal(chdir(whole), 0);
	snprintf(work.name, sizeof(work.name), "%s", name);
	clerk_work__file_name(&work, cmd_name);
	close(work.begun_in);
	return cmd_name;
}

static void own(const char *dir, uid_t uid, gid_t gid, mode_t mode)
{
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s/%s", root, dir);
	assert_int_equal(chown(whole, uid, gid), 0);
	assert_int_equal(chmod(whole, mode), 0);
}

/* CMD has the name of the file where nobody else can put another file there, or replace a directory above. */
TEST_F(a_name_is_told_where_nobody_else_gives_it)
{
	char link[PATH_MAX], real[PATH_MAX];

	root_file("/a/b/f.zst", "");
	assert_string_equal(name_in("a/b", "a/b/f.zst"), "a/b/f.zst");
	own("a/b", geteuid(), getegid(), 0777);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), CLERK_FILE);
	own("a/b", geteuid(), getegid(), 0757);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), CLERK_FILE);
	/* Each user removes only his own files there. */
	own("a/b", geteuid(), getegid(), 01777);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), "a/b/f.zst");
	own("a/b", geteuid(), getegid(), 0755);
	own("a", geteuid(), getegid(), 0757);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), CLERK_FILE);
	own("a", geteuid(), getegid(), 0755);
	/* A link may be replaced: the name leads there without one. */
	snprintf(link, sizeof(link), "%s/link", root);
	assert_int_equal(symlink("a", link), 0);
	snprintf(real, sizeof(real), "%s/a/b/f.zst", root);
	assert_string_equal(name_in("a/b", "link/b/f.zst"), real);
	snprintf(real, sizeof(real), "%s/a/b/none.zst", root);
	assert_string_equal(name_in("a/b", "link/b/none.zst"), real);
}

TEST_F(a_directory_of_another_user_or_group_is_not_trusted)
{
	if (skip_if(geteuid(), "needs root"))
		return;
	root_file("/a/b/f.zst", "");
	/* Who is in root's group can do as much as root. */
	own("a/b", 0, 0, 0775);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), "a/b/f.zst");
	own("a/b", 0, 12, 0775);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), CLERK_FILE);
	own("a/b", 0, 12, 0755);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), "a/b/f.zst");
	own("a/b", 12, 0, 0755);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), CLERK_FILE);
	own("a/b", 12, 0, 01777);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), CLERK_FILE);
	own("a/b", 0, 0, 0755);
	own("a", 12, 0, 0755);
	assert_string_equal(name_in("a/b", "a/b/f.zst"), CLERK_FILE);
	own("a", 0, 0, 0755);
}

static void check_owns(bool owns, bool callers)
{
	bool are_callers = !callers;

	assert_int_equal(clerk_work__owns_directory(path, &are_callers), owns);
	assert_int_equal(are_callers, callers);
}

TEST_F(files_of_an_own_directory_need_no_capability)
{
	bool callers = true;

	check_owns(true, false);
	own(".", geteuid(), getegid(), 01700);
	check_owns(false, false);
	own(".", geteuid(), getegid(), 0500);
	check_owns(false, false);
	own(".", geteuid(), getegid(), 0700);
	assert_false(clerk_work__owns_directory("/nowhere/f.zst", &callers));
	assert_false(callers);
	if (skip_if(geteuid(), "needs root"))
		return;
	own(".", 12345, 0, 0755);
	setenv("SUDO_UID", "12345", 1);
	setenv("SUDO_GID", "12345", 1);
	check_owns(false, true);
	own(".", 12346, 0, 0777);
	check_owns(true, false);
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
}

TEST(numbers_that_ipitrace_can_send_are_valid)
{
	struct clerk_request request = {
		.wish = NR_WISHES - 1,
		.trigger = { .kind = NR_TRIGGERS - 1,
			     .phase = NR_PHASES - 1,
			     .src = CPUSET_MAX - 1,
			     .dst = CPU_UNKNOWN },
	};

	assert_true(clerk_request__is_valid(&request));
	request.trigger.dst = CPUSET_MAX - 1;
	request.trigger.src = CPU_UNKNOWN;
	assert_true(clerk_request__is_valid(&request));
	request.trigger.src = CPUSET_MAX;
	assert_false(clerk_request__is_valid(&request));
	request.trigger.src = 0;
	request.trigger.dst = CPUSET_MAX;
	assert_false(clerk_request__is_valid(&request));
}

static char variables[1024];

static void variable_note(const char *name, const char *value)
{
	text_append(variables, sizeof(variables), "%s=%s\n", name, value ?: "(none)");
}

#define NONE                                                                                    \
	"IPITRACE_ID=(none)\nIPITRACE_PHASE=(none)\nIPITRACE_SRC=(none)\nIPITRACE_DST=(none)\n" \
	"IPITRACE_NS=(none)\nIPITRACE_FILE=a file\n"

/* A variable of a CMD before must not stay. */
TEST(variables_are_those_of_the_incident)
{
	struct clerk_request request = {
		.real = 1795232465999999999,
		.trigger = { .kind = TRIGGER_STALL,
			     .id = 7,
			     .phase = PHASE_DELIVERY,
			     .src = 1,
			     .dst = 2,
			     .duration = 3 },
	};

	*variables = '\0';
	clerk_request__environment(&request, "a file", variable_note);
	assert_string_equal(variables,
			    NONE "IPITRACE_INCIDENT=stall\nIPITRACE_TIME=1795232465\n"
				 "IPITRACE_ID=7\nIPITRACE_PHASE=delivery\nIPITRACE_SRC=1\n"
				 "IPITRACE_DST=2\nIPITRACE_NS=3\n");
	*variables = '\0';
	request.trigger.kind = TRIGGER_STORM;
	request.trigger.id = 0;
	clerk_request__environment(&request, "a file", variable_note);
	assert_string_equal(variables, NONE "IPITRACE_INCIDENT=storm\nIPITRACE_TIME=1795232465\n");
}

TEST_MAIN(NULL, NULL)
