// SPDX-License-Identifier: GPL-2.0
/*
 * ipigen menu: the character device scenario, as a numbered menu.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipigen_client.h"

static const char *const names[] = {
	"quit",	       "mutex lock", "mutex unlock", "spin lock",
	"spin unlock", "ipi good",   "ipi blocking", "ipi spinning",
};

#define NAMES (int)(sizeof(names) / sizeof(names[0]))

/* Start a task in user mode that the handler can interrupt, because the idle task must never sleep. */
static pid_t victim_start(int cpu)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die(EXIT_FAILED, "cannot fork: %s", strerror(errno));
	if (pid)
		return pid;
	prctl(PR_SET_NAME, "ipigen-victim");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILED);
	client_bind(cpu);
	for (;;)
		__asm__ volatile("");
}

static void victim_end(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The module refuses with EAGAIN if the handler did not interrupt the victim in user mode. */
static int blocking(int fd, struct ipigen_device_args *args)
{
	pid_t victim = victim_start(args->dst);
	int tries, status = -1;

	for (tries = 0; tries < 200; tries++) {
		usleep(10000);
		status = ioctl(fd, IPIGEN_IOC_DEVICE, args);
		if (!status || errno != EAGAIN)
			break;
	}
	tries = errno;
	victim_end(victim);
	errno = tries;
	return status;
}

static const char *explain_error(int op, int error)
{
	if (op == IPIGEN_IPI_BLOCKING && error == EACCES)
		return "the module does not allow it (allow_blocking=1, on x86-64)";
	switch (error) {
	case EALREADY:
		return "already locked";
	case ENOLCK:
		return "not locked";
	case EBUSY:
		return "it needs a third CPU";
	case ENXIO:
		return "a CPU is offline";
	}
	return strerror(error);
}

static void run_choice(int fd, int op, int src, int dst)
{
	struct ipigen_device_args args = { .op = op, .src = src, .dst = dst };
	int status = op == IPIGEN_IPI_BLOCKING ? blocking(fd, &args) :
						 ioctl(fd, IPIGEN_IOC_DEVICE, &args);

	if (status)
		printf("%s: %s\n", names[op], explain_error(op, errno));
	else if (op >= IPIGEN_IPI_GOOD)
		printf("%s: CPU %d waited %llu us, the handler took %llu us on CPU %d\n", names[op],
		       src, (unsigned long long)args.wait_ns / 1000,
		       (unsigned long long)args.handler_ns / 1000, dst);
	else
		printf("%s: done\n", names[op]);
}

static void print_menu(void)
{
	int i;

	for (i = 0; i < NAMES; i++)
		printf("%d: %s\n", i, names[i]);
	fputs("choice? ", stdout);
	fflush(stdout);
}

static int cpu_option(const char *option, const char *text)
{
	int cpu;

	if (!parse_cpu(text, &cpu))
		die(EXIT_USAGE, "%s %s: not a CPU", option, text);
	return cpu;
}

int command_menu(int argc, char **argv)
{
	int fd, src = -1, dst = -1;
	const char *value;
	char line[64];

	while (argc > 0) {
		if (client_next_option(&argc, &argv, "--src", NULL, &value))
			src = cpu_option("--src", value);
		else if (client_next_option(&argc, &argv, "--dst", NULL, &value))
			dst = cpu_option("--dst", value);
		else
			die(EXIT_USAGE, "menu: what is '%s'?", argv[0]);
	}
	fd = client_open();
	if (src < 0)
		src = dst ? 0 : 1;
	if (dst < 0)
		dst = src == 1 ? 0 : 1;
	client_bind(src);
	for (;;) {
		char *end;
		long op;

		print_menu();
		if (!fgets(line, sizeof(line), stdin))
			break;
		op = strtol(line, &end, 10);
		if (end == line || (*end && *end != '\n') || op < 0 || op >= NAMES) {
			printf("a number from 0 to %d, please\n", NAMES - 1);
			continue;
		}
		if (!op)
			break;
		run_choice(fd, op, src, dst);
	}
	close(fd);
	return EXIT_DONE;
}
