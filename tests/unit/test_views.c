// SPDX-License-Identifier: GPL-2.0
/* Text about large machines stays 80 columns wide. */
#include "abi/hist_slots.h"
#include "abi/ipi.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "cli/options.h"
#include "collect/collector.h"
#include "host/machine.h"
#include "model/hist.h"
#include "model/host.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "printed.h"
#include "view/view.h"
#include "view/table/table.h"
#include "view/text/views.h"

static struct host host = {
	.name.nodename = "a-host-with-a-long-name.example",
	.name.release = "6.12.117+deb13-cloud-amd64-unsigned",
};

static struct snapshot snap;

static void hist_fill(struct hist *hist, uint64_t n)
{
	/* At most 16 us each, so that the sum of the window is below a million seconds. */
	for (int i = 0; i < 52; i += 3) {
		hist->slots[i] = n + i;
		hist->count += n + i;
		hist->max = hist_lower(i) + 1;
		hist->sum += hist->max * hist->slots[i];
	}
}

/* Add what --kinds shows on a machine that has all kinds of interrupts. */
static void kinds_fill(struct snapshot *snap, uint64_t n)
{
	static const char *const names[] = { "call_function", "reschedule", "irq_work",
					     "posted_interrupt_wakeup",
					     "a_kind_of_the_longest_name__31" };

	snap->how.timed = snap->known.polled = snap->known.tlb = true;
	snap->polled = snap->reschedule_other = n;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct kind_stats *kind = kinds__row(snap, names[i]);

		assert_non_null(kind);
		kind->sent_known = kind->received_known = kind->timed = true;
		kind->sent = kind->received = kind->coalesced = kind->unseen = n;
		kind->why = i > 2 ? "a reason that is as long as some of the reasons can be, and "
				    "longer than a line" :
				    NULL;
		hist_fill(&kind->delay, n);
		hist_fill(&kind->time, n);
	}
	kinds__row(snap, "not_told")->why =
		"for no reason that would be short enough for a line of "
		"80 columns, or for any other line";
	snap->wakes = calloc(30, sizeof(*snap->wakes));
	assert_non_null(snap->wakes);
	for (snap->nr_wakes = 0; snap->nr_wakes < 30; snap->nr_wakes++)
		snap->wakes[snap->nr_wakes] = (struct wake_stats){ .waker = UINT32_MAX,
								   .woken = UINT32_MAX,
								   .waker_comm = "fifteen_letters",
								   .woken_comm = "fifteen_letters",
								   .count = n };
	for (int i = 0; i < TLB_REASONS; i++)
		snap->tlb[i] = (struct tlb_stats){ n, n, n };
}

/* Each CPU sends to each other CPU, @n csds or more on each edge. @snap is freed first. */
static void snapshot_fill(struct snapshot *snap, uint32_t nr_cpus, uint64_t n)
{
	uint32_t nr_dsts = nr_cpus < EDGE_MAX ? nr_cpus : EDGE_MAX;

	snapshot__free(snap);
	memset(snap, 0, sizeof(*snap));
	kinds_fill(snap, n);
	snap->host = &host;
	snap->known.kinds = true;
	snap->window.mono_end = 1000000000;
	snap->nr_cpus = nr_cpus;
	snap->cpus = calloc(nr_cpus, sizeof(*snap->cpus));
	snap->edges = calloc((size_t)nr_cpus * nr_dsts, sizeof(*snap->edges));
	snap->fns = calloc(60, sizeof(*snap->fns));
	assert_true(snap->cpus && snap->edges && snap->fns);
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++) {
		struct cpu_stats *stats = &snap->cpus[cpu];

		stats->cpu = cpu;
		stats->sent = stats->received = stats->local = n * nr_cpus;
		hist_fill(&stats->delay, n);
		hist_fill(&stats->handler, n);
		for (uint32_t dst = 0; dst < nr_dsts; dst++)
			if (dst != cpu)
				snap->edges[snap->nr_edges++] =
					(struct edge){ cpu, dst, n + 7 * dst };
	}
	for (uint64_t i = 0; i < 60; i++) {
		struct fn_stats *fn = &snap->fns[snap->nr_fns++];

		fn->func = (struct symbol){ .addr = 16 + i, .name = "a_function_of_some_length" };
		fn->func.module = i % 2 ? "module" : NULL;
		fn->callsite = (struct symbol){ .addr = 1, .name = "smp_call_function_many_cond" };
		fn->count = fn->local = n;
		hist_fill(&fn->delay, n);
		hist_fill(&fn->handler, n);
	}
	snap->ledger.queued = snap->ledger.function = n * 100;
	snap->ledger.lost_by[LOST_MAILBOX_FULL] = n;
}

/* The same for SOURCE_CALLS: interrupts that arrived, and no runs of csds. */
static void calls_fill(struct snapshot *snap, uint32_t nr_cpus, uint64_t n)
{
	snapshot_fill(snap, nr_cpus, n);
	snap->how.source = SOURCE_CALLS;
	snap->how.timed = snap->known.kinds = false;
	snap->known.irqs = snap->known.irq_delay = true;
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++) {
		struct cpu_stats *stats = &snap->cpus[cpu];

		stats->wait = stats->irq_delay = stats->delay;
		stats->received = 0;
		stats->delay = stats->handler = (struct hist){};
		stats->irqs[KIND_CALL_FUNCTION] = (struct irq_sum){ n, n * 1000, 2000 };
	}
	for (size_t i = 0; i < snap->nr_fns; i++)
		snap->fns[i].delay = snap->fns[i].handler = (struct hist){};
	snap->ledger.function = 0;
	snap->call_ledger = (struct call_ledger){ .begun = 3 * n,
						  .carried_in = n,
						  .returned = n,
						  .refused = n,
						  .under_way = n,
						  .local = n };
	snap->call_ledger.lost_by[HOOK_NO_ROOM] = 2 * n;
}

static void summary(const void *snap)
{
	static const struct view_options opts;

	view__summary(snap, &opts);
}

static void hist(const void *snap)
{
	view__hist(snap, false);
}

/* UTF-8 continuation bytes take no column. */
static int widest(const char *text, int *lines)
{
	const char *line = text;
	int width = 0, max = 0;

	for (*lines = 0; *text; text++) {
		if (*text == '\n') {
			if (width > 80)
				print_error("too wide: %.*s\n", (int)(text - line), line);
			max = width > max ? width : max;
			width = 0;
			line = text + 1;
			++*lines;
		} else if ((*text & 0xc0) != 0x80) {
			width++;
		}
	}
	return max;
}

TEST(reports_are_80_columns_wide)
{
	static const uint32_t cpus[] = { 1, 2, 8, 10, 11, 16, 32, 64, 67, 68, 128, 512, 4096 };
	static const uint64_t counts[] = { 1, 999, 99999, 9999999 };
	int lines;

	for (size_t i = 0; i < sizeof(cpus) / sizeof(*cpus); i++) {
		for (size_t j = 0; j < sizeof(counts) / sizeof(*counts); j++) {
			char *text;

			snapshot_fill(&snap, cpus[i], counts[j]);
			text = printed(summary, &snap);
			assert_in_range(widest(text, &lines), 60, 80);
			/* The length of the report must not grow with the number of CPUs. */
			assert_in_range(lines, 10, 240);
			text = printed(hist, &snap);
			assert_in_range(widest(text, &lines), 60, 80);
			calls_fill(&snap, cpus[i], counts[j]);
			text = printed(summary, &snap);
			assert_in_range(widest(text, &lines), 60, 80);
			assert_in_range(lines, 10, 260);
		}
	}
}

TEST(the_heat_map_has_a_row_and_a_column_a_cpu)
{
	char *text, *row;

	snapshot_fill(&snap, 40, 1000);
	text = printed(summary, &snap);
	row = strstr(text, "  CPU 39   ");
	assert_non_null(row);
	/*
	 * A line has a label of 11 columns and a shade for each CPU; the last one, the CPU itself,
	 * is blank.
	 */
	row[11 + 40] = '\0';
	assert_int_equal(strspn(row + 11, ".+x#"), 39);
	assert_int_equal(row[11 + 39], ' ');
}

TEST(the_busiest_pairs_come_first_and_the_rest_is_summed)
{
	char *text;

	snapshot_fill(&snap, 100, 1);
	for (size_t i = 0; i < snap.nr_edges; i++)
		snap.edges[i].count = 0;
	snap.edges[5].count = 777;
	snap.edges[9].count = 888;
	for (int i = 20; i < 37; i++) /* three more than are shown */
		snap.edges[i].count = 2;
	snap.edges_other = 55;
	text = printed(summary, &snap);
	assert_true(strstr(text, "888") < strstr(text, "777"));
	assert_has(text, "all other pairs");
	assert_has(strstr(text, "all other pairs"), "61\n");
	snap.nr_edges = 10;
	snap.edges_other = 0;
	text = printed(summary, &snap);
	assert_has(text, "888\n");
	assert_lacks(text, "all other pairs");
}

/* What a host took of a CPU's times, if that is 1 % or more of either. */
TEST(stolen_time_follows_its_cpu)
{
	snapshot_fill(&snap, 2, 10);
	snap.cpus[1].stolen = (struct steal_sum){ true, .delay = snap.cpus[1].delay.sum / 2 };
	assert_has(printed(summary, &snap), "\n  stolen: ", " delay\n");
	snap.cpus[1].stolen.delay = snap.cpus[1].delay.sum / 200;
	assert_lacks(printed(summary, &snap), "stolen: ");
}

TEST(loss_and_a_ledger_that_does_not_close_are_said)
{
	char *text;

	snapshot_fill(&snap, 2, 10);
	text = printed(summary, &snap);
	assert_has(text, "10 lost\nit DOES NOT CLOSE", "mailbox_full 10\n");
	assert_lacks(text, "waits_unseen");
	snap.waits_unseen = 3;
	assert_has(printed(summary, &snap), "\nlost   waits_unseen 3, of senders");
	snap.waits_unseen = 0;
	snap.ledger.queued += 10;
	assert_lacks(printed(summary, &snap), "DOES NOT CLOSE");
}

/* The sentences of --kinds are whole, and odd figures are explained next to their rows. */
TEST(kinds_are_explained)
{
	static const char more[] = "more arrived than were seen being sent: they were sent before";
	char *text;

	snapshot_fill(&snap, 2, 10);
	text = printed(summary, &snap);
	assert_lacks(text, more);
	assert_has(text,
		   "  not_told: for no reason that would be short enough for a "
		   "line of 80 columns,\n  or for any other line\n",
		   "and longer than a line\n", "TLB FLUSHES BY REASON  flushes    pages    full\n",
		   "remote_wrong_cpu            10       10      10  "
		   "the process had left the CPU\n",
		   "(without an interrupt)      10\n"
		   "  wake-ups of an idle CPU that polls need no interrupt\n");
	snap.all_kinds[1].received++;
	assert_has(printed(summary, &snap), more, "BPF could not see the send");
	/* Those of all kinds add up; a kind of which more were sent takes nothing away. */
	snap.all_kinds[0].received += 2;
	snap.all_kinds[2].sent += 9;
	assert_has(printed(summary, &snap), "3 more arrived than were seen being sent");
	snap.how.wait_source = WAITS_UNKNOWN;
	assert_has(printed(summary, &snap), more, "the file lacks the send");
}

/*
 * A kind that another kind also counts has its row below that kind's, indented, so that nobody adds
 * both.
 */
TEST(a_kind_within_another_is_indented)
{
	char *text, *outer;

	snapshot_fill(&snap, 2, 10);
	strcpy(snap.all_kinds[snap.nr_all_kinds - 1].kind, "tlb_shootdown");
	snap.all_kinds[snap.nr_all_kinds - 1].sent_known = true;
	text = printed(summary, &snap);
	outer = strstr(text, "\ncall_function  ");
	assert_non_null(outer);
	assert_has(outer, "\n  tlb_shootdown  ");
	assert_true(strstr(outer, "\n  tlb_shootdown  ") < strstr(outer, "\nreschedule  "));
	/* If a made-up capture lacks the outer kind, the row of the inner kind is still there. */
	strcpy(snap.all_kinds[0].kind, "other");
	assert_has(printed(summary, &snap), "\n  tlb_shootdown  ");
}

TEST(calls_have_a_ledger_and_no_runs)
{
	char *text;

	calls_fill(&snap, 2, 10);
	snap.fns[0].at_most = true;
	text = printed(summary, &snap);
	assert_has(
		text,
		"ledger of calls: 30 begun + 10 carried\n"
		"       = 10 returned + 10 under way + 20 lost\n"
		"lost   no_room 20\n",
		"upper bound: the caller may have skipped some CPUs",
		"    1  call_function          10  10.0us  1.00us  2.00us    3.11us    14.3us\n");
	/* Neither received csds nor delays nor handlers. */
	assert_has(text, " -        -       -       -        -       -       -\n");
	assert_lacks(text, "DOES NOT CLOSE");
	text = printed(hist, &snap);
	assert_has(text, "  delay   -: no csd tracepoints before Linux 6.5\n",
		   "  handler -: no csd tracepoints before Linux 6.5\n", "  wait    mean ");
	snap.call_ledger.returned--;
	assert_has(printed(summary, &snap), "it DOES NOT CLOSE");
	assert_has(printed(summary, &snap), "\ndelay: from a call to its target's interrupt");
	snap.known.irq_delay = false;
	assert_lacks(printed(summary, &snap), "\ndelay: from a call");
}

/* What the tables cannot show is said below them. */
TEST(notices_follow_the_tables)
{
	char *text;

	snapshot_fill(&snap, 2, 10);
	assert_lacks(printed(summary, &snap), "call sites:", "(interrupt):", "the window was cut");
	snap.how.callsites_hidden = snap.how.by_pid = snap.known.self = true;
	text = printed(summary, &snap);
	assert_has(text, "\ncall sites: not known: a tracer",
		   "\n(interrupt): -p has them, too: this kernel does not tell them apart\n",
		   "the window was cut and read in");
}

/* A host that flushes for its guests explains why there are few IPIs. */
TEST(flushes_without_ipis_are_said_above_the_tables)
{
	snapshot_fill(&snap, 2, 10);
	snap.window.mono_end = snap.window.mono_start + 2000000000;
	assert_lacks(printed(summary, &snap), "TLB flushes:");
	snap.how.flush_way = FLUSH_BY_HOST;
	snap.events.known[EVENT_HOST_FLUSH] = true;
	snap.events.hits[EVENT_HOST_FLUSH] = 46200;
	assert_has(printed(summary, &snap),
		   "\nTLB flushes: the host was asked 23.1k/s to flush other CPUs' TLBs");
}

static void sections(const void *snap)
{
	static const struct view_options opts;

	view__sections(snap, &opts);
}

TEST(what_ipitrace_costs_is_a_section_where_it_was_measured)
{
	snapshot_fill(&snap, 2, 10);
	assert_lacks(printed(sections, &snap), "the window was cut");
	snap.known.self = true;
	assert_has(printed(sections, &snap), "the window was cut and read in");
}

static void print_stacks(const void *snap)
{
	static const struct view_options opts = { .stacks = true };

	view__sections(snap, &opts);
}

/* Sends without a csd have their function's name, or else the kind's. Equal stacks are one. */
TEST(stacks_name_what_was_sent)
{
	struct send_stats sends[] = {
		{ .kind = KIND_IRQ_WORK, .func = { .addr = 1, .name = "perf_pending_irq" } },
		{ .kind = KIND_RESCHEDULE },
	};
	struct stack_sample samples[3] = {};
	struct snapshot sent = { .sends = sends,
				 .nr_sends = 2,
				 .known.sends = true,
				 .send_samples = samples,
				 .nr_send_samples = 3 };

	for (uint32_t i = 0; i < 3; i++) {
		samples[i] =
			(struct stack_sample){ .fn = i / 2, .nr = 1, .tgid = 7, .comm = "make" };
		samples[i].stack[0] = (struct symbol){ .addr = 16, .name = "resched_curr" };
		/* A frame of an older sample. */
		samples[i].stack[1].addr = i;
	}
	assert_has(printed(print_stacks, &sent), "  perf_pending_irq, make[7], 2 samples\n",
		   "  reschedule, make[7], 1 sample\n");
}

TEST(a_cpu_without_a_csd_has_no_histogram)
{
	char *text;

	snapshot_fill(&snap, 2, 10);
	snap.cpus[1].delay = snap.cpus[1].handler = (struct hist){};
	text = printed(hist, &snap);
	assert_has(text, "CPU 0");
	assert_lacks(text, "CPU 1");
}

static void print_features(const void *features)
{
	view__check(features, 3);
}

/* The names of what is missing say nothing of what to do. */
TEST(check_says_why_ipitrace_cannot_run)
{
	struct feature features[] = {
		{ .name = "btf", .what = "types", .needed = true, .why = "no BTF" },
		{ .name = "main job", .what = "all", .needed = true, .why = "try sudo" },
		{ .name = "tlb", .what = "flushes", .why = "unknown" },
	};

	assert_has(printed(print_features, features), "no, ipitrace cannot run here: try sudo\n");
	features[0].available = features[1].available = true;
	assert_has(printed(print_features, features),
		   "yes, ipitrace can run here; features missing: 1\n");
}

TEST(an_idle_window_says_so)
{
	struct snapshot idle = { .host = &host };

	assert_has(printed(summary, &idle), "no CPU sent or received one");
	assert_has(printed(hist, &idle), "no CPU sent or received one");
	idle.how.source = SOURCE_CALLS;
	assert_has(printed(hist, &idle), "no CPU waited in a call");
}

int main(void)
{
	setenv("LC_ALL", "C", 1);
	return run_all_tests(NULL, NULL);
}
