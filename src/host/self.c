// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "host/self.h"

/* getrusage() would not do: its maximum includes the parent's memory before exec. */
uint64_t self__rss_peak(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[128];

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "VmHWM: %lu kB", &kib) == 1)
			break;
	if (status)
		fclose(status);
	return kib * 1024ULL;
}
