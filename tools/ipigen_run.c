// SPDX-License-Identifier: GPL-2.0
/*
 * ipigen run: makes calls, from a process of its own for each sending CPU.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ipigen_client.h"
#include "pin.h"

/* A run waits 10 s in all for a CPU that has gone offline. */
#define BACK_PAUSE_NS 10000000
#define BACK_TRIES    1000

struct request {
	const char *path;
	const char *src;
	const char *dst;
	struct ipigen_run_args args;
	struct cpuset dst_cpus;
	bool json;
};

/*
 * The signal ends the ioctl with EINTR. A signal that comes just before the ioctl would be lost, so
 * from then on SIGALRM comes every second.
 */
static void handle_alarm(int signal)
{
	(void)signal;
	alarm(1);
}

static void parse_arguments(struct request *request, int argc, char **argv)
{
	const char *value;
	int cpu;

	while (argc > 0) {
		if (client_next_option(&argc, &argv, "--json", "-j", NULL)) {
			request->json = true;
		} else if (client_next_option(&argc, &argv, "--src", NULL, &request->src) ||
			   client_next_option(&argc, &argv, "--dst", NULL, &request->dst)) {
			continue;
		} else if (client_next_option(&argc, &argv, "--count", "-n", &value)) {
			if (!parse_count(value, &request->args.count))
				die(EXIT_USAGE, "--count %s: not a number", value);
		} else if (client_next_option(&argc, &argv, "--hold", NULL, &value)) {
			if (!parse_time(value, &request->args.hold_ns))
				die(EXIT_USAGE, "--hold %s: not a time (10us, 2ms)", value);
		} else if (client_next_option(&argc, &argv, "--irqs-off", NULL, &value)) {
			if (!parse_time(value, &request->args.irqs_off_ns))
				die(EXIT_USAGE, "--irqs-off %s: not a time (10us, 2ms)", value);
		} else if (client_next_option(&argc, &argv, "--hold-on", NULL, &value)) {
			if (!parse_cpu(value, &cpu))
				die(EXIT_USAGE, "--hold-on %s: not a CPU", value);
			request->args.hold_on = 1 + cpu;
		} else if (argv[0][0] == '-' || request->path) {
			die(EXIT_USAGE, "run: what is '%s'?", argv[0]);
		} else {
			request->path = argv[0];
			argc--;
			argv++;
		}
	}
	if (!request->path)
		die(EXIT_USAGE, "run: which path? (see ipigen list)");
	if (request->args.count > IPIGEN_MAX_COUNT)
		die(EXIT_USAGE, "--count: at most %d", IPIGEN_MAX_COUNT);
}

static void print_report(const struct request *request)
{
	const struct ipigen_run_args *args = &request->args;

	/* One write for each line, because the senders share stdout. */
	if (request->json)
		printf("{\"schema\":\"ipigen/1\",\"type\":\"run\",\"path\":\"%s\",\"src\":%d,"
		       "\"calls\":%llu,\"issued\":%llu,\"local\":%llu,\"skipped\":%llu}\n",
		       request->path, args->src, (unsigned long long)args->calls,
		       (unsigned long long)args->issued, (unsigned long long)args->local,
		       (unsigned long long)args->skipped);
	else
		printf("%s: CPU %d made %llu calls: %llu to other CPUs, %llu to itself, %llu "
		       "skipped\n",
		       request->path, args->src, (unsigned long long)args->calls,
		       (unsigned long long)args->issued, (unsigned long long)args->local,
		       (unsigned long long)args->skipped);
	fflush(stdout);
}

static void print_error(int error, const struct request *request, int fd)
{
	const char *path = request->path;
	int src = request->args.src;

	switch (error) {
	case ERANGE:
		die(EXIT_USAGE, "--hold and --irqs-off: at most %llu ms",
		    (unsigned long long)client_info(fd).max_ns / 1000000);
	case ENXIO:
		if (request->args.hold_on > client_info(fd).cpus)
			die(EXIT_USAGE, "--hold-on %u: no such CPU", request->args.hold_on - 1);
		die(EXIT_USAGE, "--dst %s: no such CPU", request->dst ? request->dst : "");
	case ENODEV:
		if (request->dst)
			die(EXIT_USAGE, "--dst %s: offline", request->dst);
		die(EXIT_CANNOT, "%s: no CPU but the sender is online", path);
	case EXDEV:
		die(EXIT_CANNOT, "%s: CPU %d went offline", path, src);
	case EINTR:
		die(EXIT_FAILED, "%s: interrupted", path);
	default:
		die(EXIT_FAILED, "%s: %s", path, strerror(error));
	}
}

/* Returns 0 if the CPU that went offline, and took the sender or the last target with it, is back in time. */
static int wait_for_cpu(const struct ipigen_run_args *args, int error, int *tries)
{
	const struct timespec pause = { .tv_nsec = BACK_PAUSE_NS };

	if (error != EXDEV && (error != ENODEV || !args->calls))
		return error;
	while (++*tries < BACK_TRIES) {
		if (nanosleep(&pause, NULL))
			return EINTR;
		if (error == ENODEV || !pin_to(0, args->src))
			return 0;
	}
	return error;
}

/* Run again while CPUs go offline and come back. The results are those of all parts. */
static int run_parts(struct ipigen_run_args *args, int fd)
{
	struct ipigen_run_args part;
	int tries = 0;

	for (;;) {
		part = *args;
		part.count -= args->calls;
		int error = ioctl(fd, IPIGEN_IOC_RUN, &part) ? errno : 0;

		if (part.calls)
			tries = 0;
		args->calls += part.calls;
		args->issued += part.issued;
		args->local += part.local;
		args->skipped += part.skipped;
		if (!error)
			return 0;
		error = wait_for_cpu(args, error, &tries);
		if (error)
			return error;
	}
}

static int run_sender(struct request *request, int fd, int src)
{
	int error;

	if (src < 0)
		src = sched_getcpu();
	client_bind(src);
	request->args.src = src;
	error = run_parts(&request->args, fd);
	if (!error || request->args.calls)
		print_report(request);
	if (error)
		print_error(error, request, fd);
	return EXIT_DONE;
}

static int run_from_all(struct request *request, int fd, const struct cpuset *cpus)
{
	int cpu, status, worst = EXIT_DONE;

	fflush(stdout);
	for_each_cpu(cpu, cpus) {
		pid_t pid = fork();

		if (pid < 0)
			die(EXIT_FAILED, "cannot fork: %s", strerror(errno));
		if (!pid)
			_exit(run_sender(request, fd, cpu));
	}
	for (;;) {
		if (wait(&status) < 0) {
			if (errno == EINTR)
				continue;
			return worst;
		}
		status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
		if (status > worst)
			worst = status;
	}
}

static void parse_cpus(const char *option, const char *text, struct cpuset *cpus)
{
	const char *wrong;

	if (cpuset__parse_below(cpus, text, IPIGEN_MAX_CPUS, &wrong))
		die(EXIT_USAGE, "%s %s: %s (as in 0,2-5)", option, text, wrong);
}

int command_run(int argc, char **argv)
{
	static struct request request;
	static struct cpuset src_cpus;
	struct sigaction action = { .sa_handler = handle_alarm };
	int fd, cpu;

	request.args.count = 1;
	parse_arguments(&request, argc, argv);
	if (request.dst) {
		parse_cpus("--dst", request.dst, &request.dst_cpus);
		/* The module reads bytes: on x86 and arm64, the low byte of a word comes first. */
		request.args.dst = (uintptr_t)request.dst_cpus.words;
		request.args.dst_bytes = IPIGEN_MAX_CPUS / 8;
	}
	if (request.src)
		parse_cpus("--src", request.src, &src_cpus);
	fd = client_open();
	request.args.path = client_find(fd, request.path).index;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	if (!request.src)
		return run_sender(&request, fd, -1);
	if (parse_cpu(request.src, &cpu))
		return run_sender(&request, fd, cpu);
	return run_from_all(&request, fd, &src_cpus);
}
