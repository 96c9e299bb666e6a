// SPDX-License-Identifier: GPL-2.0
/* base/confine: what a confined process can no longer do. Each case is a process of its own. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include "base/confine.h"
#include "child_status.h"
#include "skip.h"
#include "unit.h"

static int confined(void)
{
	return confine__calls(NULL, 0) ? 99 : 0;
}

static int opens(void)
{
	return confined() ?: open("/dev/null", O_RDONLY) < 0;
}

static int opens_allowed(void)
{
	const int calls[] = { SCMP_SYS(openat), SCMP_SYS(read) };

	if (confine__calls(calls, 2))
		return 99;
	return open("/dev/null", O_RDONLY) < 0;
}

static int makes_socket(void)
{
	return confined() ?: socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int executes(void)
{
	return confined() ?: execl("/bin/true", "true", NULL);
}

static int maps_code(void)
{
	return confined() ?:
			    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				 0) == MAP_FAILED;
}

/* After confine__privileges() ipitrace can still do all that it does. */
static int does_much(void)
{
	int fds[2];

	if (confine__privileges(true))
		return 99;
	return pipe(fds) || open("/dev/null", O_RDONLY) < 0 ||
	       socket(AF_INET, SOCK_STREAM, 0) < 0 ||
	       mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		       MAP_FAILED;
}

static int has_no_socket(void)
{
	if (confine__privileges(false))
		return 99;
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EACCES;
}

static int starts_a_process(void)
{
	pid_t pid;
	int status;

	if (confine__privileges(true))
		return 99;
	pid = fork();
	if (!pid)
		_exit(3);
	return waitpid(pid, &status, 0) != pid || status != W_EXITCODE(3, 0);
}

static void *thread(void *arg)
{
	return arg;
}

/* glibc asks for clone3(2) first. */
static int starts_a_thread(void)
{
	pthread_t id;

	if (confine__privileges(true))
		return 99;
	return pthread_create(&id, NULL, thread, NULL) || pthread_join(id, NULL);
}

/* A namespace in which it has all capabilities. */
static int makes_a_namespace(void)
{
	return confine__privileges(true) ?
		       99 :
		       syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) < 0;
}

static int makes_one_by_clone3(void)
{
	uint64_t args[8] = { CLONE_NEWUSER };

	if (confine__privileges(true))
		return 99;
	return syscall(SYS_clone3, args, sizeof(args)) >= 0 || errno != ENOSYS;
}

static int executes_all_the_same(void)
{
	return confine__privileges(true) ? 99 : execl("/bin/true", "true", NULL);
}

/* As execve(2), of an open file. */
static int executes_a_descriptor(void)
{
	char *argv[] = { "true", NULL };

	return confine__privileges(true) ?
		       99 :
		       syscall(SYS_execveat, -1, "/bin/true", argv, argv + 1, 0) < 0;
}

static int becomes_another(void)
{
	return confine__privileges(true) ? 99 : setuid(geteuid());
}

static int traces(void)
{
	return confine__privileges(true) ? 99 : ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 1 << 4);
}

/* Memory, sorting, files that are open, clocks: what each parser needs. */
static int works(void)
{
	FILE *file = fopen("/proc/self/stat", "r");
	char line[256];
	void *mem;

	if (!file || confined())
		return 99;
	mem = malloc(1 << 22);
	memset(mem, 1, 1 << 22);
	qsort(mem, 1 << 12, 1 << 4, by_bytes);
	free(mem);
	return !fgets(line, sizeof(line), file) || fclose(file) || write(STDERR_FILENO, "", 0);
}

/* What output to a terminal or a pipe asks for. */
static int asks_its_output(void)
{
	struct termios terminal;
	struct winsize size;
	int fds[2];

	if (pipe(fds) || confined())
		return 99;
	ioctl(fds[1], TCGETS, &terminal);
	ioctl(fds[1], TIOCGWINSZ, &size);
	return fcntl(fds[1], F_GETFL) < 0 || fcntl(fds[1], F_SETPIPE_SZ, 1 << 16) < 0 ||
	       fcntl(fds[1], F_GETPIPE_SZ) < 0;
}

/* Into the shell of the same terminal. */
static int types(void)
{
	return confined() ?: ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static int sets_flags(void)
{
	return confined() ?: fcntl(STDIN_FILENO, F_SETFL, 0);
}

static int duplicates(void)
{
	return confined() ?: fcntl(STDIN_FILENO, F_DUPFD, 0) < 0;
}

static int changes_memory(void)
{
	void *mem = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || confined())
		return 99;
	return mprotect(mem, 4096, PROT_READ | PROT_WRITE);
}

static int makes_memory_code(void)
{
	void *mem = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || confined())
		return 99;
	return mprotect(mem, 4096, PROT_READ | PROT_EXEC);
}

static int forks(void)
{
	return confined() ?: fork() < 0;
}

/* A process that may start others. */
static int starter_forks(void)
{
	const int calls[] = { SCMP_SYS(wait4), SCMP_SYS(set_robust_list) };
	pid_t pid;
	int status;

	if (confine__starter(calls, 2))
		return 99;
	pid = fork();
	if (!pid)
		_exit(3);
	return waitpid(pid, &status, 0) != pid || status != W_EXITCODE(3, 0);
}

static int starter_makes_a_namespace(void)
{
	return confine__starter(NULL, 0) ?
		       99 :
		       syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) < 0;
}

static int starter_opens(void)
{
	return confine__starter(NULL, 0) ? 99 : open("/dev/null", O_RDONLY) < 0;
}

TEST(requests_to_a_terminal_are_few)
{
	if (skip_if(SANITIZED, "sanitized builds are not confined"))
		return;
	assert_int_equal(child_status(asks_its_output), 0);
	assert_int_equal(child_status(types), 128 + SIGSYS);
	assert_int_equal(child_status(sets_flags), 128 + SIGSYS);
	assert_int_equal(child_status(duplicates), 128 + SIGSYS);
	assert_int_equal(child_status(changes_memory), 0);
	assert_int_equal(child_status(makes_memory_code), 128 + SIGSYS);
}

TEST(a_starter_forks_and_others_do_not)
{
	if (skip_if(SANITIZED, "sanitized builds are not confined"))
		return;
	assert_int_equal(child_status(forks), 128 + SIGSYS);
	assert_int_equal(child_status(starter_forks), 0);
	assert_int_equal(child_status(starter_makes_a_namespace), 128 + SIGSYS);
	assert_int_equal(child_status(starter_opens), 128 + SIGSYS);
}

TEST(other_calls_kill)
{
	if (skip_if(SANITIZED, "sanitized builds are not confined"))
		return;
	assert_int_equal(child_status(works), 0);
	assert_int_equal(child_status(opens_allowed), 0);
	assert_int_equal(child_status(opens), 128 + SIGSYS);
	assert_int_equal(child_status(makes_socket), 128 + SIGSYS);
	assert_int_equal(child_status(executes), 128 + SIGSYS);
	assert_int_equal(child_status(maps_code), 128 + SIGSYS);
}

static int reads_nothing(void)
{
	int err = confine__files();

	if (err)
		return err == -EOPNOTSUPP ? 77 : 99;
	return open("/proc/self/exe", O_RDONLY) >= 0 || errno != EACCES;
}

/* Returns whether this @failed as Landlock lets it fail. */
static bool is_refused(int failed)
{
	return failed < 0 && errno == EACCES;
}

/* Whoever has write access to a directory can do all of this in it. */
static int changes_nothing(void)
{
	int fds = list_fds(NULL), err;

	if (chdir("/tmp"))
		return 99;
	err = confine__files();
	if (err)
		return err == -EOPNOTSUPP ? 77 : 99;
	if (list_fds(NULL) != fds)
		return 1;
	if (!is_refused(open("ipitest", O_WRONLY | O_CREAT, 0600)))
		return 2;
	if (!is_refused(mkdir("ipitest", 0700)))
		return 3;
	if (!is_refused(symlink("a", "ipitest")) || !is_refused(mkfifo("ipitest", 0600)))
		return 4;
	return is_refused(open(".", O_RDONLY | O_DIRECTORY)) ? 0 : 5;
}

TEST(directories_cannot_be_changed)
{
	int status = child_status(changes_nothing);

	if (skip_if(status == 77, "this kernel has no Landlock"))
		return;
	assert_int_equal(status, 0);
}

TEST(files_cannot_be_opened)
{
	int status = child_status(reads_nothing);

	if (skip_if(status == 77, "this kernel has no Landlock"))
		return;
	assert_int_equal(status, 0);
}

static int burns(void)
{
	if (confine__limits(&(struct confine_limits){ .cpu_s = 1 }))
		return 99;
	for (;;)
		;
}

static int allocates(void)
{
	if (confine__limits(&(struct confine_limits){ .as_bytes = 64 << 20 }))
		return 99;
	return malloc(16 << 20) == NULL || malloc(64 << 20) != NULL;
}

static int grows_a_file(void)
{
	char path[] = "/tmp/ipitrace-XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	if (fd < 0 || confine__limits(&(struct confine_limits){}))
		return 99;
	return write(fd, "x", 1) != -1 || errno != EFBIG;
}

/* Whether both limits of @resource are @most. */
static bool is_limit(int resource, rlim_t most)
{
	struct rlimit limit;

	return !getrlimit(resource, &limit) && limit.rlim_cur == most && limit.rlim_max == most;
}

static int has_its_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_FSIZE, &files) || setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 4096 }))
		return 99;
	if (confine__limits(&(struct confine_limits){ .writes_files = true }) ||
	    !is_limit(RLIMIT_CORE, 0) || !is_limit(RLIMIT_FSIZE, files.rlim_max))
		return 1;
	if (confine__limits(&(struct confine_limits){ .cpu_s = 500 }) ||
	    !is_limit(RLIMIT_CPU, 500) || !is_limit(RLIMIT_FSIZE, 0))
		return 2;
	/* A limit that is lower stays; the soft one is the hard one. */
	if (setrlimit(RLIMIT_CPU, &(struct rlimit){ 300, 400 }) ||
	    confine__limits(&(struct confine_limits){ .cpu_s = 401 }) || !is_limit(RLIMIT_CPU, 400))
		return 3;
	if (!SANITIZED && (confine__limits(&(struct confine_limits){ .as_bytes = 1ULL << 34 }) ||
			   !is_limit(RLIMIT_AS, 1ULL << 34)))
		return 4;
	return 0;
}

static int has_another_parent(void)
{
	confine__die_with_parent(getppid() + 1);
	return 5;
}

static int has_its_parent(void)
{
	confine__die_with_parent(getppid());
	return 5;
}

TEST(limits_are_as_asked)
{
	assert_int_equal(child_status(has_its_limits), 0);
}

TEST(a_process_whose_parent_has_ended_ends)
{
	assert_int_equal(child_status(has_another_parent), 0);
	assert_int_equal(child_status(has_its_parent), 5);
}

TEST(limits_hold)
{
	assert_int_equal(child_status(burns), 128 + SIGKILL);
	assert_int_equal(child_status(grows_a_file), 0);
#if !SANITIZED
	assert_int_equal(child_status(allocates), 0);
#endif
}

/*
 * A child, whose own child would wait for ever; the pipe is at its end once all processes have
 * ended.
 */
TEST(a_child_ends_with_its_parent)
{
	int fds[2], begun[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pipe(begun), 0);
	pid = fork();
	if (!pid) {
		pid_t self = getpid();

		close(fds[0]);
		if (!fork()) {
			confine__die_with_parent(self);
			if (write(begun[1], "b", 1) == 1)
				pause();
		}
		if (read(begun[0], &byte, 1) == 1)
			kill(self, SIGKILL);
		_exit(1);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fds[0]);
	close(begun[0]);
	close(begun[1]);
}

TEST(privileged_calls_kill)
{
	if (skip_if(SANITIZED, "sanitized builds are not confined"))
		return;
	assert_int_equal(child_status(does_much), 0);
	assert_int_equal(child_status(has_no_socket), 0);
	assert_int_equal(child_status(executes_all_the_same), 128 + SIGSYS);
	assert_int_equal(child_status(executes_a_descriptor), 128 + SIGSYS);
	assert_int_equal(child_status(starts_a_process), 0);
	assert_int_equal(child_status(starts_a_thread), 0);
	assert_int_equal(child_status(makes_a_namespace), 128 + SIGSYS);
	assert_int_equal(child_status(makes_one_by_clone3), 0);
	assert_int_equal(child_status(becomes_another), 128 + SIGSYS);
	assert_int_equal(child_status(traces), 128 + SIGSYS);
}

TEST_MAIN(NULL, NULL)
