// SPDX-License-Identifier: GPL-2.0
/* /proc/net/softnet_stat: a line of hexadecimal numbers for each CPU (net/core/net-procfs.c). */
#include "host/machine.h"

/* The number softnet_data.received_rps, counted from 1. */
#define RPS_COLUMN 10

uint64_t softnet__handed(const char *path)
{
	FILE *file = fopen(path ? path : "/proc/net/softnet_stat", "re");
	char line[256];
	uint64_t sum = file ? 0 : SOFTNET_UNKNOWN;

	while (file && fgets(line, sizeof(line), file)) {
		char *at = line;
		uint64_t value = 0;

		for (int i = 0; i < RPS_COLUMN; i++)
			value = strtoul(at, &at, 16);
		sum += value;
	}
	if (file)
		fclose(file);
	return sum;
}

bool softnet__may_have_handed(uint64_t before, uint64_t after)
{
	return before != after || after == SOFTNET_UNKNOWN;
}
