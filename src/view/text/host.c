// SPDX-License-Identifier: GPL-2.0
#include "view/text/views.h"

struct words view__host_name(const struct host *host, size_t width)
{
	const char *nodename = host__word(host, nodename), *release = host__word(host, release);
	struct words w = { "host not known" };

	/* The file of another tracer has neither name. */
	if (nodename || release)
		snprintf(w.s, sizeof(w.s), "%.70s, %.70s", safe__cut(nodename, 16).s,
			 safe__cut(release, width).s);
	return w;
}

/* Print "ipitrace WHAT: vm, 6.12; 1.00 s from 2026-11-21T08:55:01.123Z"; @span: "1.00 s ". */
static void print_head(const char *what, const struct host *host, const char *span,
		       const struct timespec *began, int digits)
{
	char title[32];

	snprintf(title, sizeof(title), "ipitrace %s", what);
	paragraph__labelled(title, strlen(title), ": %s; %s%s%s", view__host_name(host, 22).s, span,
			    began->tv_sec ? "from " : "on an unknown date",
			    began->tv_sec ? clock__date(began, digits).s : "");
}

void view__head(const struct snapshot *snap, const char *what, double asked, const char *ran)
{
	char length[32];

	snprintf(length, sizeof(length), "%s%.2f s ",
		 window__partial(&snap->window, asked) ? "partial: " : "",
		 window__seconds(&snap->window));
	print_head(what, snap->host, length, &snap->window.start, 3);
	if (snap->how.names)
		paragraph__labelled("", 0, "names are hidden: %s", names_hidden[snap->how.names]);
	if (ran && *ran)
		paragraph__labelled("", 0, "while %s ran: the IPIs of all senders", safe(ran).s);
}

void view__head_open(const struct snapshot *snap, const char *what)
{
	print_head(what, snap->host, "", &snap->window.start, 3);
}

void view__capture_head(const struct host *host, const char *view, const struct timespec *began)
{
	char what[24];

	snprintf(what, sizeof(what), "report %s", view);
	print_head(what, host, "recorded ", began, 0);
}

void view__stalls_head(const char *command, const char *what, const struct host *host,
		       uint64_t threshold, const struct timespec *began)
{
	char span[80];

	snprintf(span, sizeof(span), "%s longer than %s, ", what, view__duration(threshold).s);
	print_head(command, host, span, began, 0);
	putchar('\n');
}

void view__check(const struct feature *features, size_t nr)
{
	const char *why = NULL;
	size_t missing = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct feature *f = &features[i];

		/* A missing feature is a fault only if `summary` needs it. */
		printf("%s%s%s  %-9s %s\n",
		       style__on(f->needed && !f->available ? STYLE_ALERT : STYLE_PLAIN),
		       f->available ? "ok" : "no", style__off(), safe(f->name).s, safe(f->what).s);
		style__line(STYLE_DIM, "              %s", safe(f->available ? f->how : f->why).s);
		missing += !f->available;
		/* The last one, which tries all that `summary` does, knows what to do. */
		if (f->needed && !f->available)
			why = f->why;
	}
	if (why)
		paragraph__labelled("", 0, "no, ipitrace cannot run here: %s", safe(why).s);
	else
		paragraph__labelled("", 0, "yes, ipitrace can run here; features missing: %zu",
				    missing);
}

/*
 * Print the events other than csd:*, with @before in front of each, and @group between the names of
 * the group and of the event.
 */
static void print_events(const struct tracefs_events *events, const char *before, const char *group)
{
	if (events->ipi)
		printf("%sipi", before);
	if (events->call_function)
		printf("%sirq_vectors%scall_function_entry"
		       "%sirq_vectors%scall_function_single_entry",
		       before, group, before, group);
	if (events->reschedule)
		printf("%sirq_vectors%sreschedule_entry", before, group);
}

static void print_missing(bool there, const char *name, const char *clause)
{
	if (!there)
		printf("# not in this kernel: %s%s\n", name, clause);
}

/* Print how to record into memory that keeps its contents over a reset, and how to read that. */
static void print_boot_recipe(const struct tracefs_events *events)
{
	if (!events->reserved)
		return;
	printf("# boot: the kernel's command line, for what is recorded before a reset\n"
	       "reserve_mem=64M:4096:ipi nokaslr trace_instance=ipi^traceoff@ipi,csd");
	print_events(events, ",", ":");
	printf("\n# before the reset\n"
	       "echo 1 >/sys/kernel/tracing/instances/ipi/tracing_on\n"
	       "# after the reset\n"
	       "cat /sys/kernel/tracing/instances/ipi/trace >trace.txt\n");
}

void view__recipe(const struct tracefs_events *events)
{
	print_missing(events->ipi, "ipi:*", "");
	print_missing(events->call_function, "irq_vectors:call_function_*", " (only x86 has them)");
	print_missing(events->reschedule, "irq_vectors:reschedule_entry", " (only x86 has it)");
	print_missing(events->reserved,
		      "reserve_mem=", " (Linux 6.12; a buffer that survives a reset)");
	printf("# tracefs: nothing but a shell\n"
	       "T=/sys/kernel/tracing/instances/ipi; mkdir $T && { echo mono >$T/trace_clock && "
	       "echo 16384 >$T/buffer_size_kb && echo 1 >$T/options/record-tgid && for e in csd");
	print_events(events, " ", "/");
	printf("; do echo 1 >$T/events/$e/enable; done; sleep 10; echo 0 >$T/tracing_on; "
	       "cat $T/trace >trace.txt; rmdir $T; }\n"
	       "# perf\n"
	       "perf record -a -k mono -m 16M -e 'csd:*");
	/* perf wants "ipi:*" for all events of a group, where tracefs and trace-cmd want "ipi". */
	printf("%s%s%s", events->ipi ? ",ipi:*" : "",
	       events->call_function ? ",irq_vectors:call_function_entry,"
				       "irq_vectors:call_function_single_entry" :
				       "",
	       events->reschedule ? ",irq_vectors:reschedule_entry" : "");
	printf("' -o perf.data sleep 10 && perf script --ns --show-lost-events "
	       "-F comm,pid,tid,cpu,time,event,trace -i perf.data >trace.txt\n"
	       "# trace-cmd\n"
	       "trace-cmd record -C mono -e csd");
	print_events(events, " -e ", ":");
	printf(" -o trace.dat sleep 10 && trace-cmd report -t trace.dat >trace.txt\n");
	print_boot_recipe(events);
	printf("# on any host\n"
	       "ipitrace import trace.txt -o host.zst\n");
}
