// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes on one CPU pass a byte back and forth through pipes, which
 * makes as many context switches as possible. Prints the number a second.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void bind(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void echo(int in, int out)
{
	char byte;

	while (read(in, &byte, 1) == 1)
		if (write(out, &byte, 1) != 1)
			break;
	_exit(0);
}

int main(int argc, char **argv)
{
	double seconds = argc == 2 ? atof(argv[1]) : 0, begin;
	int to[2], from[2];
	char byte = 0;
	long n = 0;

	if (seconds <= 0) {
		fprintf(stderr, "Usage: switches SECONDS\n");
		return 2;
	}
	bind();
	if (pipe(to) || pipe(from)) {
		perror("pipe");
		return 4;
	}
	switch (fork()) {
	case -1:
		perror("fork");
		return 4;
	case 0:
		close(to[1]);
		close(from[0]);
		echo(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	for (begin = now(); now() < begin + seconds; n++)
		if (write(to[1], &byte, 1) != 1 || read(from[0], &byte, 1) != 1)
			break;
	/* There and back. */
	printf("%.0f\n", 2 * n / (now() - begin));
	close(to[1]);
	wait(NULL);
	return 0;
}
