// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ipiload_cpus.h"

void cpus_add(struct cpu_set *set, unsigned int cpu)
{
	set->word[cpu / BITS_PER_WORD] |= 1UL << cpu % BITS_PER_WORD;
}

bool cpus_has(const struct cpu_set *set, unsigned int cpu)
{
	return cpu < MAX_CPUS && (set->word[cpu / BITS_PER_WORD] >> cpu % BITS_PER_WORD & 1);
}

unsigned int cpus_count(const struct cpu_set *set)
{
	unsigned int n = 0;

	for (size_t i = 0; i < MAX_CPUS / BITS_PER_WORD; i++)
		n += __builtin_popcountl(set->word[i]);
	return n;
}

int cpus_next(const struct cpu_set *set, unsigned int cpu)
{
	for (; cpu < MAX_CPUS; cpu++) {
		if (cpus_has(set, cpu))
			return cpu;
	}
	return -1;
}

int cpus_nth(const struct cpu_set *set, unsigned int n)
{
	int cpu = cpus_next(set, 0);

	for (n %= cpus_count(set); n; n--)
		cpu = cpus_next(set, cpu + 1);
	return cpu;
}

/* Digits only: strtoul() would take signs and spaces. */
static const char *parse_cpu(const char **text, unsigned int *cpu)
{
	const char *p = *text;

	if (*p < '0' || *p > '9')
		return *p ? "not a list of CPUs" : "ends where a CPU is due";
	for (*cpu = 0; *p >= '0' && *p <= '9'; p++) {
		*cpu = *cpu * 10 + (*p - '0');
		if (*cpu >= MAX_CPUS)
			return "no kernel has a CPU of that number";
	}
	*text = p;
	return NULL;
}

static const char *parse_range(const char **text, struct cpu_set *set)
{
	unsigned int first, last;
	const char *wrong = parse_cpu(text, &first);

	if (wrong)
		return wrong;
	last = first;
	if (**text == '-') {
		++*text;
		wrong = parse_cpu(text, &last);
		if (wrong)
			return wrong;
	}
	if (last < first)
		return "a range runs backwards";
	while (first <= last)
		cpus_add(set, first++);
	return NULL;
}

const char *cpus_parse(const char *text, struct cpu_set *set)
{
	memset(set, 0, sizeof(*set));
	if (!*text)
		return "the list is empty";
	for (;;) {
		const char *wrong = parse_range(&text, set);

		if (wrong)
			return wrong;
		if (!*text)
			return NULL;
		if (*text++ != ',')
			return "not a list of CPUs";
	}
}

int cpus_read(const char *path, struct cpu_set *set)
{
	char text[16384]; /* sysfs gives at most a page */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -1;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return -1;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (cpus_parse(text, set)) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int cpus_allowed(struct cpu_set *set)
{
	memset(set, 0, sizeof(*set));
	return sched_getaffinity(0, sizeof(*set), (cpu_set_t *)set);
}

int cpus_pin(pid_t tid, int cpu)
{
	struct cpu_set set = { 0 };

	cpus_add(&set, cpu);
	return sched_setaffinity(tid, sizeof(set), (cpu_set_t *)&set);
}
