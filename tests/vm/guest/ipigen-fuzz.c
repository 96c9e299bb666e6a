// SPDX-License-Identifier: GPL-2.0
/*
 * Random ioctls on /dev/ipigen, valid and not, from several processes. Prints how often each errno
 * came back; the kernel's log shows what broke.
 *
 * usage: ipigen-fuzz COUNT [SEED]
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../kmod/ipigen.h"

#define PROCESSES 4
#define ERRNOS	  140

/* Shared by the processes: how often each errno came back; 0 is success. */
static long *results;
static uint64_t state;
static uint8_t mask[IPIGEN_MAX_CPUS / 8];
static struct ipigen_truth_row rows[64];

static uint64_t random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t below(uint64_t bound)
{
	return random64() % bound;
}

static int one_in(uint64_t n)
{
	return !below(n);
}

static void came_back(int err)
{
	__atomic_fetch_add(&results[err ? errno % ERRNOS : 0], 1, __ATOMIC_RELAXED);
}

/* Mostly a good pointer, sometimes a bad one. */
static uint64_t pointer(void *good)
{
	static const uint64_t bad[] = { 0, 1, 4096, 0x7ffffffff000, ~0ull, 0xffff888000000000 };

	return one_in(10) ? bad[below(6)] : (uintptr_t)good;
}

/* Any magnitude, small ones more often. */
static uint64_t magnitude(int bits)
{
	return random64() >> (64 - 1 - below(bits));
}

static uint64_t duration(void)
{
	if (!one_in(4))
		return 0;
	return one_in(200) ? magnitude(64) : magnitude(18);
}

static int32_t cpu(int own)
{
	if (one_in(20))
		return random64();
	return one_in(3) ? (int32_t)below(5) - 1 : own;
}

static void fuzz_run(int fd, int own)
{
	struct ipigen_run_args args = {
		.path = one_in(50) ? random64() : below(45),
		.src = one_in(3) ? cpu(own) : own,
		.count = one_in(50) ? magnitude(64) : below(20),
		.hold_ns = duration(),
		.irqs_off_ns = one_in(4) ? duration() : 0,
		.dst = pointer(mask),
		.dst_bytes = one_in(20) ? random64() : 1 + below(8),
		.hold_on = one_in(10) ? (one_in(5) ? random64() : below(6)) : 0,
	};

	memset(mask, 0, sizeof(mask));
	mask[0] = one_in(20) ? random64() : random64() & 0xf;
	if (one_in(50))
		mask[below(sizeof(mask))] = random64();
	came_back(ioctl(fd, IPIGEN_IOC_RUN, pointer(&args)));
}

static void fuzz_truth(int fd)
{
	struct ipigen_truth_args args = {
		.rows = pointer(rows),
		.capacity = one_in(10) ? random64() : below(65),
		.flags = one_in(10) ? random64() : below(2),
		.reserved = one_in(50) ? random64() : 0,
	};

	/* With a good pointer, never more than there is room for. */
	if (args.rows == (uintptr_t)rows && args.capacity > 64)
		args.capacity = 64;
	came_back(ioctl(fd, IPIGEN_IOC_TRUTH, pointer(&args)));
}

static void fuzz_device(int fd, int own)
{
	struct ipigen_device_args args = {
		.op = one_in(20) ? random64() : below(9),
		.src = cpu(own),
		.dst = one_in(10) ? random64() : below(5),
		.reserved = one_in(50) ? random64() : 0,
	};

	came_back(ioctl(fd, IPIGEN_IOC_DEVICE, pointer(&args)));
}

static void fuzz_other(int fd)
{
	static uint64_t buffer[64];
	struct ipigen_path_info path = { .index = one_in(10) ? random64() : below(45) };
	unsigned long command = one_in(2) ? random64() :
					    _IOWR('i', 0xe0 + below(8), struct ipigen_info);
	int err;

	switch (below(3)) {
	case 0:
		err = ioctl(fd, IPIGEN_IOC_PATH, pointer(&path));
		break;
	case 1:
		err = ioctl(fd, IPIGEN_IOC_INFO, pointer(buffer));
		break;
	default:
		err = ioctl(fd, command, pointer(buffer));
	}
	came_back(err);
}

static void interrupted(int signal)
{
	(void)signal;
}

static void fuzz(int own, long count)
{
	/* A signal ends a long run. */
	struct itimerval timer = { { 0, 30000 }, { 0, 30000 } };
	struct sigaction action = { .sa_handler = interrupted };
	int fd = open(IPIGEN_DEVICE, O_RDWR);
	cpu_set_t set;

	if (fd < 0)
		_exit(3);
	CPU_ZERO(&set);
	CPU_SET(own, &set);
	sched_setaffinity(0, sizeof(set), &set);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (count-- > 0) {
		switch (below(8)) {
		case 0:
			fuzz_truth(fd);
			break;
		case 1:
			fuzz_device(fd, own);
			break;
		case 2:
			fuzz_other(fd);
			break;
		default:
			fuzz_run(fd, own);
		}
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	long i, count = argc > 1 ? atol(argv[1]) : 0, total = 0;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	int status, failed = 0;

	if (count < PROCESSES) {
		fprintf(stderr, "usage: ipigen-fuzz COUNT [SEED]\n");
		return 2;
	}
	results = mmap(NULL, ERRNOS * sizeof(*results), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		return 4;
	for (i = 0; i < PROCESSES; i++) {
		state = (seed + i) * 0x9e3779b97f4a7c15ull;
		if (!fork())
			fuzz(i, count / PROCESSES);
	}
	while (wait(&status) > 0)
		failed |= !WIFEXITED(status) || WEXITSTATUS(status);
	for (i = 0; i < ERRNOS; i++) {
		total += results[i];
		if (results[i])
			printf("# %s: %ld\n", i ? strerrorname_np(i) : "done", results[i]);
	}
	printf("# %ld ioctls, seed %llu\n", total, (unsigned long long)seed);
	return failed ? 4 : 0;
}
