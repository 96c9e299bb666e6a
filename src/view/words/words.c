// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "view/words/words.h"

/* @n with three digits; each of the @nr @units is 1000 times the unit before. */
static struct text scale_units(uint64_t n, const char *const *units, int nr)
{
	double v = n;
	struct text t;
	int i = 0;

	if (n < 1000) {
		snprintf(t.s, sizeof(t.s), "%u%s", (unsigned int)n, units[0]);
		return t;
	}
	while (v >= 999.5 && i + 1 < nr) {
		v /= 1000;
		i++;
	}
	snprintf(t.s, sizeof(t.s), "%.*f%s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, units[i]);
	return t;
}

struct text units__ns(uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };

	return scale_units(ns, units, 4);
}

struct text units__ns_of(uint64_t ns, uint64_t samples)
{
	return samples ? units__ns(ns) : (struct text){ "-" };
}

struct text units__count(uint64_t n)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };

	return scale_units(n, units, 5);
}

struct text units__rate(double per_second)
{
	struct text t;

	if (per_second >= 99.95)
		return units__count(per_second + 0.5);
	if (per_second <= 0)
		return (struct text){ "0" };
	snprintf(t.s, sizeof(t.s), per_second < 0.05 ? "<0.1" : "%.1f", per_second);
	return t;
}

struct text units__percent(double part)
{
	double percent = 100 * part;
	struct text t;

	if (percent <= 0)
		return (struct text){ "0%" };
	if (percent < 0.005)
		return (struct text){ "<0.01%" };
	snprintf(t.s, sizeof(t.s), "%.*f%%",
		 percent < 0.0995 ? 2 :
		 percent < 9.95	  ? 1 :
				    0,
		 percent);
	return t;
}

const char *units__plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

struct words units__counted(uint64_t n, const char *noun)
{
	struct words words;

	snprintf(words.s, sizeof(words.s), "%s %s%s", units__count(n).s, noun, units__plural(n));
	return words;
}

struct words words__number(uint64_t n, const char *noun)
{
	struct words words;

	snprintf(words.s, sizeof(words.s), "%" PRIu64 " %s%s", n, noun, units__plural(n));
	return words;
}

struct text view__duration(uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	struct text text;
	double v = ns;
	int i = 0;

	while (v >= 999.5 && i < 3) {
		v /= 1000;
		i++;
	}
	/* One digit after the point below 10: "1 ms", "1.5 ms", "48 ms". */
	v = v < 9.95 ? round(v * 10) / 10 : round(v);
	snprintf(text.s, sizeof(text.s), "%g %s", v, units[i]);
	return text;
}

struct words view__cpus(const struct cpuset *cpus)
{
	char list[CPUSET_TEXT];
	struct words words;

	cpuset__format(cpus, list, sizeof(list));
	cpuset__shorten(list, 64);
	strcpy(words.s, list);
	return words;
}

struct words words__symbol(const struct symbol *symbol)
{
	struct words words = { "a function" };

	if (!symbol->name && symbol->addr)
		snprintf(words.s, sizeof(words.s), "0x%" PRIx64, symbol->addr);
	else if (symbol->name && symbol->module)
		snprintf(words.s, sizeof(words.s), "%.80s [%.56s]", safe__cut(symbol->name, 80).s,
			 safe__cut(symbol->module, 56).s);
	else if (symbol->name)
		snprintf(words.s, sizeof(words.s), "%.80s", safe__cut(symbol->name, 80).s);
	return words;
}

struct words words__user(const struct symbol *user)
{
	struct safe name;
	struct words words = { "" };

	if (!user)
		return words;
	name = safe__cut(user->name, 48);
	if (!user->name)
		snprintf(name.s, sizeof(name.s), "0x%" PRIx64, user->offset);
	snprintf(words.s, sizeof(words.s), " < %.48s (%.32s)", name.s,
		 user->module ? safe__cut(user->module, 32).s : "no file");
	return words;
}

const char *words__user_end(enum user_end end)
{
	static const char *const ends[NR_USER_ENDS] = {
		[USER_END_DEEP] = "and more frames of the program",
		[USER_END_LOST] = "the program's next frame is not found: no frame pointer",
		[USER_END_PAGED] = "the program's stack was not in memory",
		[USER_END_GONE] = "the process was gone before its code was looked up",
		[USER_END_DENIED] = "ipitrace may not look into the process",
		[USER_END_LATE] = "the program's frames were not named in time",
	};

	return ends[end];
}

struct words words__frame(const struct symbol *symbol)
{
	struct words words;
	char offset[24] = "";

	if (symbol->offset)
		snprintf(offset, sizeof(offset), "+0x%" PRIx64, symbol->offset);
	if (!symbol->name)
		snprintf(words.s, sizeof(words.s), "0x%" PRIx64, symbol->addr);
	else if (symbol->module)
		snprintf(words.s, sizeof(words.s), "%.48s%s [%.16s]", safe__cut(symbol->name, 48).s,
			 offset, safe__cut(symbol->module, 16).s);
	else
		snprintf(words.s, sizeof(words.s), "%.56s%s", safe__cut(symbol->name, 56).s,
			 offset);
	return words;
}

struct words words__task(const struct task_id *task)
{
	char process[16] = "", thread[24] = "";
	const char *comm = *task->comm ? task->comm : task->pid ? "unknown" : "idle";
	struct words words = { "a task" };

	if (task->interrupt)
		return (struct words){ "an interrupt" };
	if (!task->known)
		return words;
	if (task->tgid)
		snprintf(process, sizeof(process), "[%u]", task->tgid);
	if (task->pid != task->tgid)
		snprintf(thread, sizeof(thread), " thread %u", task->pid);
	snprintf(words.s, sizeof(words.s), "%s%s%s", safe__comm(comm).s, process, thread);
	return words;
}

/* @queued_by: NULL if the task is no kworker. */
static struct words name_sender(const char *comm, uint32_t tgid, const struct task_id *queued_by)
{
	struct words words;

	if (queued_by && !queued_by->tgid)
		return (struct words){ "kworker; who queued it is not known" };
	if (queued_by)
		snprintf(words.s, sizeof(words.s), "kworker for %s[%u]",
			 safe__comm(queued_by->comm).s, queued_by->tgid);
	else
		snprintf(words.s, sizeof(words.s), "%s[%u]", safe__comm(comm).s, tgid);
	return words;
}

struct words words__sender(const struct stack_sample *call)
{
	if (callers__interrupt(call))
		return (struct words){ "in an interrupt" };
	return name_sender(call->comm, call->tgid, call->kworker ? &call->queued_by : NULL);
}

struct words words__source(const struct storm_source *source)
{
	return source->interrupt ? (struct words){ "an interrupt" } :
				   name_sender(source->comm, source->tgid,
					       source->kworker ? &source->queued_by : NULL);
}

struct text clock__at(int64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct text t;
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(t.s, sizeof(t.s), "%H:%M:%S", &tm);
	return t;
}

struct words clock__date(const struct timespec *time, int digits)
{
	char zone[8] = "Z", parts[16];
	struct words w;
	struct tm tm;
	size_t len;

	if (!time->tv_sec)
		return (struct words){ "?" };
	localtime_r(&time->tv_sec, &tm);
	len = strftime(w.s, sizeof(w.s), "%Y-%m-%dT%H:%M:%S", &tm);
	if (digits) {
		snprintf(parts, sizeof(parts), "%09ld", time->tv_nsec);
		len += snprintf(w.s + len, sizeof(w.s) - len, ".%.*s", digits, parts);
	}
	if (tm.tm_gmtoff)
		snprintf(zone, sizeof(zone), "%c%02d:%02d", tm.tm_gmtoff < 0 ? '-' : '+',
			 (int)(labs(tm.tm_gmtoff) / 3600), (int)(labs(tm.tm_gmtoff) / 60 % 60));
	snprintf(w.s + len, sizeof(w.s) - len, "%s", zone);
	return w;
}

struct words clock__date_at(int64_t ns)
{
	const struct timespec time = { ns / 1000000000, ns % 1000000000 };

	return clock__date(&time, 0);
}

void view__via(const struct caller *callers, size_t nr, size_t samples)
{
	size_t rest = samples;

	for (size_t i = 0; i < nr; i++) {
		const struct caller *c = &callers[i];

		paragraph__dim(2, "via %s%s, %s  %zu/%s",
			       safe__cut(*c->reason.name ? c->reason.name : NULL, 36).s,
			       words__user(c->user).s, words__sender(c->call).s, c->samples,
			       words__number(samples, "sample").s);
		rest -= c->samples;
	}
	if (nr && rest)
		paragraph__dim(2, "via others  %zu/%s", rest, words__number(samples, "sample").s);
}
