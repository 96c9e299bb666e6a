// SPDX-License-Identifier: GPL-2.0
#include <jansson.h>
#include <seccomp.h>
#include <sys/resource.h>
#include "run/parts.h"

/*
 * System calls of base/write_all.h and view/view.h; sysinfo(2), because glibc's qsort(3) before
 * 2.37 asks how much memory there is.
 */
static const int calls[] = { SCMP_SYS(pwritev2), SCMP_SYS(ftruncate), SCMP_SYS(sysinfo) };

/*
 * Close all descriptors except 0 to 2 and @fds: the shell may have left others open. A -1 in @fds
 * is no descriptor.
 */
static void others_close(const int *fds, size_t nr)
{
	unsigned int from = STDERR_FILENO + 1, kept;

	do {
		kept = ~0U;
		for (size_t i = 0; i < nr; i++) {
			unsigned int fd = fds[i];

			if (fd >= from && fd < kept)
				kept = fd;
		}
		if (kept > from)
			syscall(SYS_close_range, from, kept - 1, 0);
		from = kept + 1;
	} while (from);
}

unsigned int confined__cpu_s(const int *fds, size_t nr)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < nr; i++) {
		struct stat st;

		if (fds[i] < 0 || (fcntl(fds[i], F_GETFL) & O_ACCMODE) == O_WRONLY)
			continue;
		if (fstat(fds[i], &st) || !S_ISREG(st.st_mode))
			return 0;
		bytes += st.st_size;
	}
	return CONFINED_CPU_S + bytes / CONFINED_CPU_BYTES;
}

/* Give up the rights. Returns a negative errno, or 0. */
static int rights_drop(pid_t parent, unsigned int cpu_s)
{
	const struct confine_limits limits = { .cpu_s = cpu_s,
					       .as_bytes = CONFINED_MEMORY,
					       .writes_files = true };
	int err = geteuid() ? privileges__drop_to(geteuid(), getegid()) : privileges__drop();

	if (err)
		return err;
	confine__die_with_parent(parent);
	err = confine__files();
	if (!err || err == -EOPNOTSUPP)
		err = confine__limits(&limits);
	return err ? err : confine__calls(calls, sizeof(calls) / sizeof(*calls));
}

/*
 * Returns the exit status, by wait(2)'s @status, of a process that had @cpu_s seconds and used
 * @used.
 */
static int child_status(int status, const char *what, unsigned int cpu_s, const struct rusage *used)
{
	int signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (!signo)
		return WEXITSTATUS(status);
	/* These are sent to end the whole run: let the signal end this process, too. */
	if (signo == SIGINT || signo == SIGTERM || signo == SIGHUP || signo == SIGQUIT) {
		signal(signo, SIG_DFL);
		raise(signo);
	}
	if (signo == SIGSYS)
		return fail(EXIT_FAILED,
			    "%s: its reader made a forbidden system call (SIGSYS), and was ended: "
			    "the file is hostile, or ipitrace has a fault",
			    what);
	if (signo == SIGKILL && cpu_s && used->ru_utime.tv_sec + used->ru_stime.tv_sec + 1 >= cpu_s)
		return fail(
			EXIT_FAILED,
			"%s: its reader had not ended after %u s of CPU time, and was ended: the "
			"file is hostile, or ipitrace has a fault",
			what, cpu_s);
	return fail(EXIT_FAILED, "%s: its reader was ended by signal %d: %s", what, signo,
		    strsignal(signo));
}

int confined__run(int (*work)(void *ctx), void *ctx, const char *what, const int *fds, size_t nr)
{
	unsigned int cpu_s = confined__cpu_s(fds, nr);
	pid_t parent = getpid(), pid;
	struct rusage used;
	int status, err;

	/*
	 * Libraries open some files when they first need them: jansson /dev/urandom, libc the time
	 * zone. If TZ is not set, libc looks for another zone at each strftime(3).
	 */
	json_object_seed(0);
	setenv("TZ", ":/etc/localtime", false);
	tzset();
	/* Flush stdout: otherwise both processes would write what is in the buffer. */
	err = output_status(0);
	if (err != EXIT_DONE)
		return err;
	pid = fork();
	if (pid < 0)
		return part_status("fork", -errno);
	if (!pid) {
		/* A handler may belong to the parent, as that of pager__open() does. */
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		others_close(fds, nr);
		err = rights_drop(parent, cpu_s);
		if (err)
			_exit(fail(EXIT_FAILED, "%s: its reader cannot give up its rights: %s",
				   what, strerror(-err)));
		status = work(ctx);
		/* Report nothing here, as in main(): the function that failed has reported it. */
		if (status == EXIT_DONE)
			status = output_status(0);
		else
			output__flush();
		_exit(status);
	}
	while (wait4(pid, &status, 0, &used) < 0)
		if (errno != EINTR)
			return part_status("wait", -errno);
	return child_status(status, what, cpu_s, &used);
}
