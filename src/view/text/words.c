// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "abi/limits.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/text/safe.h"
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
	if (!symbol->addr && !symbol->name)
		snprintf(buf, size, "a function");
	else if (!symbol->name)
		snprintf(buf, size, "0x%" PRIx64, symbol->addr);
	else if (symbol->module)
		snprintf(buf, size, "%s [%s]", safe__cut(symbol->name, 80).s,
			 safe__cut(symbol->module, 56).s);
	else
		snprintf(buf, size, "%s", safe__cut(symbol->name, 80).s);
}

void view__user(char *buf, size_t size, const struct symbol *user)
{
	char name[96] = "";

	*buf = '\0';
	if (!user)
		return;
	if (user->name)
		snprintf(name, sizeof(name), "%.95s", safe__cut(user->name, 48).s);
	else
		snprintf(name, sizeof(name), "0x%" PRIx64, user->offset);
	snprintf(buf, size, " < %s (%s)", name,
		 user->module ? safe__cut(user->module, 32).s : "no file");
}

const char *words__user_end(enum user_end end)
{
	static const char *const words[NR_USER_ENDS] = {
		[USER_END_DEEP] = "and more frames of the program",
		[USER_END_LOST] = "the program's next frame is not found: no frame pointer",
		[USER_END_PAGED] = "the program's stack was not in memory",
		[USER_END_GONE] = "the process was gone before its code was looked up",
		[USER_END_DENIED] = "ipitrace may not look into the process",
		[USER_END_LATE] = "the program's frames were not named in time",
	};

	return words[end];
}

void view__frame(char *buf, size_t size, const struct symbol *symbol)
{
	if (!symbol->name)
		snprintf(buf, size, "0x%" PRIx64, symbol->addr);
	else if (symbol->module)
		snprintf(buf, size, "%s+0x%" PRIx64 " [%s]", safe__cut(symbol->name, 48).s,
			 symbol->offset, safe__cut(symbol->module, 16).s);
	else
		snprintf(buf, size, "%s+0x%" PRIx64, safe__cut(symbol->name, 56).s, symbol->offset);
}

static const char *comm_of(const struct task_id *task)
{
	if (*task->comm)
		return task->comm;
	return task->pid ? "unknown" : "idle";
}

void view__task(char *buf, size_t size, const struct task_id *task)
{
	char process[16] = "", thread[24] = "";

	if (task->interrupt || !task->known) {
		snprintf(buf, size, task->interrupt ? "an interrupt" : "a task");
		return;
	}
	if (task->tgid)
		snprintf(process, sizeof(process), "[%" PRIu32 "]", task->tgid);
	if (task->pid != task->tgid)
		snprintf(thread, sizeof(thread), " thread %" PRIu32, task->pid);
	snprintf(buf, size, "%s%s%s", safe__comm(comm_of(task)).s, process, thread);
}
