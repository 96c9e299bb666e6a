// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/cpuset.h"

#define NOT_A_LIST "not a list of CPUs"

/* Read a number at *@text. Accept digits only, because strtoul() would accept signs and spaces. */
static int parse_cpu(const char **text, uint32_t limit, uint32_t *cpu)
{
	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	for (*cpu = 0; isdigit((unsigned char)**text); ++*text) {
		*cpu = *cpu * 10 + (**text - '0');
		if (*cpu >= limit)
			return -ERANGE;
	}
	return 0;
}

static int refuse_list(const char **why, const char *text, int err)
{
	if (why)
		*why = text;
	return err;
}

int cpuset__parse_below(struct cpuset *set, const char *text, uint32_t limit, const char **why)
{
	const char *at = text;
	uint32_t first = 0, last;

	memset(set, 0, sizeof(*set));
	do {
		int err = parse_cpu(&at, limit, &first);

		last = first;
		if (!err && *at == '-' && at++)
			err = parse_cpu(&at, limit, &last);
		if (err == -ERANGE)
			return refuse_list(why, "no kernel has a CPU of that number", err);
		if (err)
			return refuse_list(why,
					   !*text ? "the list is empty" :
					   *at	  ? NOT_A_LIST :
						    "ends where a CPU is due",
					   err);
		if (last < first)
			return refuse_list(why, "a range runs backwards", -EINVAL);
		while (first <= last)
			cpuset__add(set, first++);
	} while (*at == ',' && at++);
	return *at ? refuse_list(why, NOT_A_LIST, -EINVAL) : 0;
}

int cpuset__parse(struct cpuset *set, const char *text)
{
	return cpuset__parse_below(set, text, CPUSET_MAX, NULL);
}

int cpuset__read_fd(struct cpuset *set, int fd)
{
	char line[CPUSET_TEXT + 1];
	ssize_t len = pread(fd, line, sizeof(line) - 1, 0);

	if (len <= 0)
		return len < 0 ? -errno : -EINVAL;
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return cpuset__parse(set, line);
}

int cpuset__read_path(struct cpuset *set, const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;
	int fd, err;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = cpuset__read_fd(set, fd);
	close(fd);
	return err;
}

int cpuset__open(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cpuset__read(struct cpuset *set, const char *name)
{
	return cpuset__read_path(set, "/sys/devices/system/cpu/%s", name);
}

size_t cpuset__format(const struct cpuset *set, char *text, size_t size)
{
	size_t len = 0;

	if (size)
		*text = '\0';
	for (int cpu = cpuset__next(set, 0), last = cpu; cpu >= 0; cpu = last) {
		char *to = len < size ? text + len : NULL;
		size_t room = len < size ? size - len : 0;
		const char *comma = len ? "," : "";

		while (cpuset__has(set, last + 1))
			last++;
		if (cpu == last)
			len += snprintf(to, room, "%s%d", comma, cpu);
		else
			len += snprintf(to, room, "%s%d-%d", comma, cpu, last);
		last = cpuset__next(set, last + 1);
	}
	return len;
}

void cpuset__shorten(char *text, size_t size)
{
	static const char mark[] = "...";
	char *comma;

	if (strlen(text) < size)
		return;
	text[size - sizeof(mark)] = '\0';
	comma = strrchr(text, ',');
	strcpy(comma ? comma + 1 : text + size - sizeof(mark), mark);
}

void cpuset__add(struct cpuset *set, uint32_t cpu)
{
	set->words[cpu / CPUSET_WORD_BITS] |= 1UL << cpu % CPUSET_WORD_BITS;
}

bool cpuset__has(const struct cpuset *set, uint32_t cpu)
{
	return cpu < CPUSET_MAX &&
	       (set->words[cpu / CPUSET_WORD_BITS] >> cpu % CPUSET_WORD_BITS & 1);
}

#define WORDS (CPUSET_MAX / CPUSET_WORD_BITS)

void cpuset__unite(struct cpuset *set, const struct cpuset *others)
{
	for (size_t i = 0; i < WORDS; i++)
		set->words[i] |= others->words[i];
}

void cpuset__intersect(struct cpuset *set, const struct cpuset *others)
{
	for (size_t i = 0; i < WORDS; i++)
		set->words[i] &= others->words[i];
}

void cpuset__subtract(struct cpuset *set, const struct cpuset *others)
{
	for (size_t i = 0; i < WORDS; i++)
		set->words[i] &= ~others->words[i];
}

uint32_t cpuset__count(const struct cpuset *set)
{
	uint32_t nr = 0;

	for (size_t i = 0; i < WORDS; i++)
		nr += __builtin_popcountl(set->words[i]);
	return nr;
}

uint32_t cpuset__end(const struct cpuset *set)
{
	for (size_t i = WORDS; i-- > 0;)
		if (set->words[i])
			return (i + 1) * CPUSET_WORD_BITS - __builtin_clzl(set->words[i]);
	return 0;
}

int cpuset__next(const struct cpuset *set, uint32_t cpu)
{
	for (; cpu < CPUSET_MAX; cpu = (cpu / CPUSET_WORD_BITS + 1) * CPUSET_WORD_BITS) {
		unsigned long word = set->words[cpu / CPUSET_WORD_BITS] >> cpu % CPUSET_WORD_BITS;

		if (word)
			return cpu + __builtin_ctzl(word);
	}
	return -1;
}

int cpuset__nth(const struct cpuset *set, uint32_t n)
{
	uint32_t nr = cpuset__count(set);
	int cpu = cpuset__next(set, 0);

	for (n = nr ? n % nr : 0; n; n--)
		cpu = cpuset__next(set, cpu + 1);
	return cpu;
}
