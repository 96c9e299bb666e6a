// SPDX-License-Identifier: GPL-2.0
/*
 * Text to numbers: times, counts, a CPU.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipigen_client.h"

static bool read_digits(const char **text, __u64 *value)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*value = strtoull(*text, &end, 10);
	if (errno)
		return false;
	*text = end;
	return true;
}

bool parse_time(const char *text, __u64 *ns)
{
	static const struct {
		const char *name;
		__u64 ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	__u64 value;
	size_t i;

	if (!read_digits(&text, &value))
		return false;
	if (!*text && !value) {
		*ns = 0;
		return true;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].name) || value > UINT64_MAX / units[i].ns)
			continue;
		*ns = value * units[i].ns;
		return true;
	}
	return false;
}

bool parse_count(const char *text, __u64 *count)
{
	return read_digits(&text, count) && !*text;
}

bool parse_cpu(const char *text, int *cpu)
{
	__u64 value;

	if (!parse_count(text, &value) || value >= IPIGEN_MAX_CPUS)
		return false;
	*cpu = value;
	return true;
}
