// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/confine.h"

/*
 * The system calls of libc's memory, stdio, threads and signals. fstat(3) of glibc 2.33 and later
 * is newfstatat(2); qsort(3) before 2.37 calls sysinfo(2) for the size of the memory.
 */
static const int base_calls[] = {
	SCMP_SYS(read),		 SCMP_SYS(write),	    SCMP_SYS(readv),
	SCMP_SYS(writev),	 SCMP_SYS(pwritev2),	    SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),	 SCMP_SYS(lseek),	    SCMP_SYS(close),
	SCMP_SYS(fstat),	 SCMP_SYS(newfstatat),	    SCMP_SYS(brk),
	SCMP_SYS(sysinfo),	 SCMP_SYS(munmap),	    SCMP_SYS(mremap),
	SCMP_SYS(madvise),	 SCMP_SYS(futex),	    SCMP_SYS(sched_yield),
	SCMP_SYS(poll),		 SCMP_SYS(ppoll),	    SCMP_SYS(getpid),
	SCMP_SYS(gettid),	 SCMP_SYS(tgkill),	    SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction),	 SCMP_SYS(rt_sigprocmask),  SCMP_SYS(restart_syscall),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),    SCMP_SYS(time),
	SCMP_SYS(nanosleep),	 SCMP_SYS(clock_nanosleep), SCMP_SYS(getrandom),
	SCMP_SYS(exit),		 SCMP_SYS(exit_group),
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

static void calls_allow(struct seccomp_filter *filter, const int *calls, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		seccomp_filter__call(filter, calls[i], SECCOMP_RET_ALLOW);
}

/*
 * Allow the requests of isatty(3), and of output to a terminal or a pipe. Other requests of
 * ioctl(2) are not harmless: TIOCSTI types into the shell that has the same terminal.
 */
static void requests_allow(struct seccomp_filter *filter)
{
	static const struct {
		int call;
		uint32_t request;
	} requests[] = {
		{ SCMP_SYS(ioctl), TCGETS },	   { SCMP_SYS(ioctl), TIOCGWINSZ },
		{ SCMP_SYS(fcntl), F_GETFL },	   { SCMP_SYS(fcntl), F_GETPIPE_SZ },
		{ SCMP_SYS(fcntl), F_SETPIPE_SZ },
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		seccomp_filter__call_with(filter, requests[i].call, 1, UINT32_MAX,
					  requests[i].request, SECCOMP_RET_ALLOW);
}

/*
 * The flags of clone(2) that make a namespace. In a user namespace of its own a process has all
 * capabilities, and may do what the kernel lets only root do. (unshare(2) and setns(2) are in
 * privileged_calls[].)
 * clone3(2) has its flags in memory, which a filter cannot read; without it glibc uses clone(2).
 */
#define NAMESPACES                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)

static void namespaces_refuse(struct seccomp_filter *filter)
{
	seccomp_filter__call(filter, SCMP_SYS(clone3), SECCOMP_RET_ERRNO | ENOSYS);
	seccomp_filter__call_with(filter, SCMP_SYS(clone), 0, NAMESPACES, 0, SECCOMP_RET_ALLOW);
	seccomp_filter__call(filter, SCMP_SYS(clone), SECCOMP_RET_KILL_PROCESS);
}

static int calls_confine(const int *allowed, size_t nr, bool forks)
{
	struct seccomp_filter filter;

	if (sanitized)
		return 0;
	seccomp_filter__begin(&filter);
	calls_allow(&filter, base_calls, sizeof(base_calls) / sizeof(*base_calls));
	/* Allow memory that cannot be executed, and no other. */
	seccomp_filter__call_with(&filter, SCMP_SYS(mmap), 2, PROT_EXEC, 0, SECCOMP_RET_ALLOW);
	seccomp_filter__call_with(&filter, SCMP_SYS(mprotect), 2, PROT_EXEC, 0, SECCOMP_RET_ALLOW);
	requests_allow(&filter);
	if (forks)
		namespaces_refuse(&filter);
	calls_allow(&filter, allowed, nr);
	return seccomp_filter__load(&filter, SECCOMP_RET_KILL_PROCESS, 0);
}

int confine__calls(const int *allowed, size_t nr)
{
	return calls_confine(allowed, nr, false);
}

int confine__starter(const int *allowed, size_t nr)
{
	return calls_confine(allowed, nr, true);
}

/* Calls that no part of ipitrace makes once it has given up its privileges. */
static const int privileged_calls[] = {
	SCMP_SYS(execveat),	   SCMP_SYS(execve),	       SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),	   SCMP_SYS(process_vm_readv), SCMP_SYS(ptrace),
	SCMP_SYS(move_mount),	   SCMP_SYS(chroot),	       SCMP_SYS(fsopen),
	SCMP_SYS(mount),	   SCMP_SYS(umount2),	       SCMP_SYS(open_tree),
	SCMP_SYS(pivot_root),	   SCMP_SYS(unshare),	       SCMP_SYS(open_by_handle_at),
	SCMP_SYS(setns),	   SCMP_SYS(delete_module),    SCMP_SYS(reboot),
	SCMP_SYS(finit_module),	   SCMP_SYS(swapoff),	       SCMP_SYS(init_module),
	SCMP_SYS(kexec_file_load), SCMP_SYS(kexec_load),       SCMP_SYS(swapon),
	SCMP_SYS(keyctl),	   SCMP_SYS(userfaultfd),      SCMP_SYS(request_key),
	SCMP_SYS(add_key),	   SCMP_SYS(io_uring_setup),   SCMP_SYS(setreuid),
	SCMP_SYS(setgid),	   SCMP_SYS(setresuid),	       SCMP_SYS(setgroups),
	SCMP_SYS(setresgid),	   SCMP_SYS(setregid),	       SCMP_SYS(capset),
	SCMP_SYS(setuid),
};

int confine__privileges(bool sockets)
{
	struct seccomp_filter filter;

	if (sanitized)
		return 0;
	seccomp_filter__begin(&filter);
	for (size_t i = 0; i < sizeof(privileged_calls) / sizeof(*privileged_calls); i++)
		seccomp_filter__call(&filter, privileged_calls[i], SECCOMP_RET_KILL_PROCESS);
	namespaces_refuse(&filter);
	if (!sockets)
		seccomp_filter__call(&filter, SCMP_SYS(socket), SECCOMP_RET_ERRNO | EACCES);
	/*
	 * Before 5.16 a filter makes the kernel turn the CPU's speculation off for this process,
	 * which costs time. Allow speculation, because this code is ipitrace's own.
	 */
	return seccomp_filter__load(&filter, SECCOMP_RET_ALLOW, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
}

int confine__files(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr;
	int fd, err = 0;

	if (abi < 1)
		return -EOPNOTSUPP;
	/*
	 * A right that is handled and granted by no rule is refused. Version 1 has 13 rights, a bit
	 * each; version 2 adds REFER, version 3 TRUNCATE.
	 */
	attr.handled_access_fs = (1ULL << (abi < 2 ? 13 : abi < 3 ? 14 : 15)) - 1;
	fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, fd, 0))
		err = -errno;
	close(fd);
	return err;
}

static int set_limit(int resource, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(resource, &now))
		return -errno;
	if (now.rlim_max > most)
		now.rlim_max = most;
	now.rlim_cur = now.rlim_max;
	return setrlimit(resource, &now) ? -errno : 0;
}

int confine__limits(const struct confine_limits *limits)
{
	int err = set_limit(RLIMIT_CORE, 0);

	/* The sanitizers' shadow memory is larger than any limit. */
	if (!err && limits->as_bytes && !sanitized)
		err = set_limit(RLIMIT_AS, limits->as_bytes);
	if (!err && limits->cpu_s)
		err = set_limit(RLIMIT_CPU, limits->cpu_s);
	if (!err && !limits->writes_files)
		err = set_limit(RLIMIT_FSIZE, 0);
	return err;
}

void confine__die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(0);
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define X32_FIRST    0x40000000 /* __X32_SYSCALL_BIT */
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static void add_instruction(struct seccomp_filter *filter, struct sock_filter instruction)
{
	if (filter->len < SECCOMP_FILTER_MAX)
		filter->code[filter->len++] = instruction;
}

static void load_word(struct seccomp_filter *filter, uint32_t offset)
{
	add_instruction(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void add_return(struct seccomp_filter *filter, uint32_t action)
{
	add_instruction(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Skip @nr instructions unless the loaded word is @value. */
static void skip_unless(struct seccomp_filter *filter, uint32_t value, uint8_t nr)
{
	add_instruction(filter,
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, nr));
}

void seccomp_filter__begin(struct seccomp_filter *filter)
{
	filter->len = 0;
	load_word(filter, offsetof(struct seccomp_data, arch));
	add_instruction(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							     ARCHITECTURE, 1, 0));
	add_return(filter, SECCOMP_RET_KILL_PROCESS);
	load_word(filter, offsetof(struct seccomp_data, nr));
#ifdef X32_FIRST
	add_instruction(filter,
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_FIRST, 0, 1));
	add_return(filter, SECCOMP_RET_KILL_PROCESS);
#endif
}

void seccomp_filter__call(struct seccomp_filter *filter, int nr, uint32_t action)
{
	if (nr < 0)
		return;
	skip_unless(filter, nr, 1);
	add_return(filter, action);
}

void seccomp_filter__call_with(struct seccomp_filter *filter, int nr, unsigned int arg,
			       uint32_t mask, uint32_t value, uint32_t action)
{
	if (nr < 0)
		return;
	skip_unless(filter, nr, 5);
	/* Both architectures are little-endian: the low half comes first. */
	load_word(filter, offsetof(struct seccomp_data, args) + arg * sizeof(__u64));
	add_instruction(filter, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
	skip_unless(filter, value, 1);
	add_return(filter, action);
	load_word(filter, offsetof(struct seccomp_data, nr));
}

int seccomp_filter__load(struct seccomp_filter *filter, uint32_t action, unsigned int flags)
{
	struct sock_fprog program = { .filter = filter->code };
	long failed;

	add_return(filter, action);
	if (filter->len == SECCOMP_FILTER_MAX)
		return -E2BIG;
	program.len = filter->len;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | flags,
			 &program);
	/* A positive value is the thread that could not take the filter. */
	return failed < 0 ? -errno : failed ? -ESRCH : 0;
}
