// SPDX-License-Identifier: GPL-2.0
#include "view/text/views.h"

/* The events beside csd:*, each with @before, and @group between a group and its events. */
static void others(const struct tracefs_events *events, const char *before, const char *group)
{
	if (events->ipi)
		printf("%sipi", before);
	if (events->call_function)
		printf("%sirq_vectors%scall_function_entry%sirq_vectors%scall_function_single_entry",
		       before, group, before, group);
	if (events->reschedule)
		printf("%sirq_vectors%sreschedule_entry", before, group);
}

/* perf names a group by all of its events. */
static void perf_events(const struct tracefs_events *events)
{
	printf("csd:*%s%s%s", events->ipi ? ",ipi:*" : "",
	       events->call_function ? ",irq_vectors:call_function_entry,"
				       "irq_vectors:call_function_single_entry" :
				       "",
	       events->reschedule ? ",irq_vectors:reschedule_entry" : "");
}

static void missing(bool there, const char *name, const char *clause)
{
	if (!there)
		printf("# not in this kernel: %s%s\n", name, clause);
}

void view__recipe(const struct tracefs_events *events)
{
	missing(events->ipi, "ipi:*", "");
	missing(events->call_function, "irq_vectors:call_function_*", " (x86 alone has them)");
	missing(events->reschedule, "irq_vectors:reschedule_entry", " (x86 alone has it)");
	printf("# tracefs: nothing but a shell\n"
	       "T=/sys/kernel/tracing/instances/ipi; mkdir $T && { echo mono >$T/trace_clock && "
	       "echo 16384 >$T/buffer_size_kb && echo 1 >$T/options/record-tgid && for e in csd");
	others(events, " ", "/");
	printf("; do echo 1 >$T/events/$e/enable; done; sleep 10; echo 0 >$T/tracing_on; "
	       "cat $T/trace >trace.txt; rmdir $T; }\n"
	       "# perf\n"
	       "perf record -a -k mono -m 16M -e '");
	perf_events(events);
	printf("' -o perf.data sleep 10 && perf script --ns --show-lost-events "
	       "-F comm,pid,tid,cpu,time,event,trace -i perf.data >trace.txt\n"
	       "# trace-cmd\n"
	       "trace-cmd record -C mono -e csd");
	others(events, " -e ", ":");
	printf(" -o trace.dat sleep 10 && trace-cmd report -t trace.dat >trace.txt\n"
	       "# on any host\n"
	       "ipitrace import trace.txt -o host.zst\n");
}
