// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "abi/limits.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/text/words.h"

struct duration view__duration(uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	struct duration d;
	double v = ns;
	int i = 0;

	while (v >= 999.5 && i < 3) {
		v /= 1000;
		i++;
	}
	/* One digit after the point below 10: "1 ms", "1.5 ms", "48 ms". */
	v = v < 9.95 ? round(v * 10) / 10 : round(v);
	snprintf(d.s, sizeof(d.s), "%g %s", v, units[i]);
	return d;
}

struct cpus_text view__cpus(const struct cpuset *cpus)
{
	char list[CPUSET_TEXT];
	struct cpus_text text;

	cpuset__format(cpus, list, sizeof(list));
	cpuset__shorten(list, sizeof(text.s));
	strcpy(text.s, list);
	return text;
}

void view__symbol(char *buf, size_t size, const struct symbol *symbol)
{
	if (!symbol->addr)
		snprintf(buf, size, "a function");
	else if (!symbol->name)
		snprintf(buf, size, "0x%" PRIx64, symbol->addr);
	else if (symbol->module)
		snprintf(buf, size, "%.80s [%.56s]", symbol->name, symbol->module);
	else
		snprintf(buf, size, "%.80s", symbol->name);
}

void view__frame(char *buf, size_t size, const struct symbol *symbol)
{
	if (!symbol->name)
		snprintf(buf, size, "0x%" PRIx64, symbol->addr);
	else if (symbol->module)
		snprintf(buf, size, "%.48s+0x%" PRIx64 " [%.16s]", symbol->name, symbol->offset,
			 symbol->module);
	else
		snprintf(buf, size, "%.56s+0x%" PRIx64, symbol->name, symbol->offset);
}

void view__task(char *buf, size_t size, const struct task_id *task)
{
	if (task->interrupt)
		snprintf(buf, size, "an interrupt");
	else if (!task->known)
		snprintf(buf, size, "a task");
	else
		snprintf(buf, size, "%.*s (%" PRIu32 ")", COMM_LEN, task->comm, task->pid);
	/* A task may put control characters into its name. */
	for (char *p = buf; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
}
