// SPDX-License-Identifier: GPL-2.0
/* The report of `summary --full`, table by table; the histograms of `hist`. */
#include "base/sanitize.h"
#include "view/table/table.h"
#include "view/text/views.h"

#define IRQ_ROWS_MAX 48

static void print_irq(const struct cpu_stats *cpu, enum ipi_kind kind)
{
	const struct irq_sum *irq = &cpu->irqs[kind];
	const struct hist *delay = &cpu->irq_delay;
	/* The number of measured delays. Only calls have delays. */
	uint64_t delays = kind == KIND_CALL_FUNCTION ? delay->count : 0;

	printf("%5u  %-14s %10s %7s %7s %7s %9s %9s\n", cpu->cpu, kind_names[kind],
	       units__count(irq->count).s, units__ns(irq->sum).s,
	       units__ns(irq->sum / irq->count).s, units__ns(irq->max).s,
	       units__ns_of(hist__mean(delay), delays).s, units__ns_of(delay->max, delays).s);
}

/* Print the interrupts that arrived, and their time, if only calls are followed (SOURCE_CALLS). */
static void print_irqs(const struct snapshot *snap)
{
	size_t rows = 0;

	if (!snap->known.irqs)
		return;
	putchar('\n');
	style__line(STYLE_HEAD, "%5s  %-14s %10s %7s %7s %7s %9s %9s", "CPU", "INTERRUPT",
		    "received", "sum", "mean", "max", "delay", "max delay");
	for (size_t i = 0; i < snap->nr_cpus; i++)
		for (int kind = 0; kind < NR_KINDS; kind++)
			if (snap->cpus[i].irqs[kind].count && rows++ < IRQ_ROWS_MAX)
				print_irq(&snap->cpus[i], kind);
	if (rows > IRQ_ROWS_MAX)
		printf("and %s (-j has all)\n", words__number(rows - IRQ_ROWS_MAX, "more row").s);
	if (rows && snap->known.irq_delay)
		puts("delay: from a call to its target's interrupt, if that CPU had no other call");
}

#define SENDS_MAX     8
#define CALLERS_SHOWN 3
/* The columns for a function's name: the count, the kind and blanks take the other 22. */
#define FUNC_WIDTH    style__width(STYLE_COLUMNS - 22)
#define HEAD	      "SENT WITHOUT A CSD"
#define HEAD_MORE     " (so without delay and handler)"

/*
 * Print "    12.3k  irq_work perf_pending_irq, at irq_work_queue+0x4d": rows of one kind and one
 * function differ by the call site.
 */
static void print_send(const struct snapshot *snap, size_t i)
{
	const struct send_stats *send = &snap->sends[i];
	bool has_func = send->func.addr || send->func.name;
	size_t room = style__width(STYLE_COLUMNS - 12);
	struct caller callers[CALLERS_SHOWN];
	struct block row = BLOCK(512);
	size_t samples, nr = callers__of_send(snap, i, callers, CALLERS_SHOWN, &samples);
	struct words site = words__symbol(&send->callsite);

	block__add(&row, "%s", kind_names[send->kind]);
	if (has_func)
		block__add(&row, " %s", safe__cut(words__symbol(&send->func).s, FUNC_WIDTH).s);
	if (!send->callsite.addr && !send->callsite.name)
		block__add(&row, "%s", nr ? "" : ", place not known");
	else if (!has_func || row.len + strlen(", at ") + strlen(site.s) <= room)
		block__add(&row, ", at %s", site.s);
	printf("%10s  %s\n", units__count(send->count).s, safe__cut(row.buf, room).s);
	view__via(callers, nr, samples);
}

/* Print the interrupts without a csd by the place that sent them, if the places are known. */
static void print_sends(const struct snapshot *snap)
{
	uint64_t rest = 0;

	if (!snap->known.sends || !snap->nr_sends)
		return;
	printf("\n%s" HEAD "%s%s\n", style__on(STYLE_HEAD), style__off(),
	       strlen(HEAD HEAD_MORE) > (size_t)style__columns() ? "" : HEAD_MORE);
	for (size_t i = 0; i < snap->nr_sends; i++) {
		if (i < SENDS_MAX)
			print_send(snap, i);
		else
			rest += snap->sends[i].count;
	}
	if (rest)
		printf("%10s  by %s\n", units__count(rest).s,
		       words__number(snap->nr_sends - SENDS_MAX, "other place").s);
}

#define LABEL	  11 /* columns of a row's label */
#define NUMBER	  7 /* columns of a number, with the blank before it */
#define PAIRS_MAX 16

static uint64_t count_csds(const struct snapshot *snap, uint32_t src, uint32_t dst)
{
	for (size_t i = 0; i < snap->nr_edges; i++)
		if (snap->edges[i].src == src && snap->edges[i].dst == dst)
			return snap->edges[i].count;
	return 0;
}

/* Print a row for each sender, a column for each target: numbers; @heat: shades up to @max. */
static void print_matrix(const struct snapshot *snap, bool heat, uint64_t max)
{
	const struct cpu_stats *cpus = snap->cpus;

	printf("%s  from \\ to", style__on(STYLE_HEAD));
	for (size_t dst = 0; dst < snap->nr_cpus; dst += heat ? 10 : 1)
		printf(heat ? "%-*u" : "%*u",
		       !heat			? NUMBER :
		       dst + 10 < snap->nr_cpus ? 10 :
						  1,
		       cpus[dst].cpu);
	printf("%s\n", style__off());
	for (size_t src = 0; src < snap->nr_cpus; src++) {
		if (heat && !cpus[src].sent)
			continue;
		printf("  CPU %-5u", cpus[src].cpu);
		for (size_t dst = 0; dst < snap->nr_cpus; dst++) {
			uint64_t n = count_csds(snap, cpus[src].cpu, cpus[dst].cpu);

			if (heat)
				fputs(style__shade(n, max), stdout);
			else
				printf("%*s", NUMBER, n ? units__count(n).s : ".");
		}
		putchar('\n');
	}
	if (heat)
		style__line(STYLE_DIM, "  %s: a tenth each, the last up to %s", style__shades(),
			    units__counted(max, "csd").s);
}

static int compare_counts(const void *a, const void *b)
{
	const struct edge *ea = a, *eb = b;

	return cmp_u64(eb->count, ea->count);
}

static void print_pairs(const struct snapshot *snap)
{
	struct edge *edges = calloc(snap->nr_edges, sizeof(*edges));
	size_t shown = snap->nr_edges < PAIRS_MAX ? snap->nr_edges : PAIRS_MAX;
	uint64_t rest = snap->edges_other;

	if (!edges)
		return;
	memcpy(edges, snap->edges, snap->nr_edges * sizeof(*edges));
	qsort(edges, snap->nr_edges, sizeof(*edges), compare_counts);
	for (size_t i = 0; i < snap->nr_edges; i++) {
		if (i >= shown)
			rest += edges[i].count;
		else
			printf("  CPU %4u to CPU %4u  %7s\n", edges[i].src, edges[i].dst,
			       units__count(edges[i].count).s);
	}
	if (rest)
		printf("  all other pairs       %7s\n", units__count(rest).s);
	free(edges);
}

/*
 * Print who sent to whom: a table of numbers for few CPUs, a heat map for as many as fit a line,
 * the busiest pairs for more.
 */
static void print_edges(const struct snapshot *snap)
{
	size_t columns = style__columns() - LABEL;
	uint64_t max = 0;
	bool heat;

	for (size_t i = 0; i < snap->nr_edges; i++)
		if (snap->edges[i].count > max)
			max = snap->edges[i].count;
	if (!max)
		return;
	printf("\n%sWHO TO WHOM%s (csds)\n", style__on(STYLE_HEAD), style__off());
	heat = snap->nr_cpus > columns / NUMBER;
	if (snap->nr_cpus <= columns - 2)
		print_matrix(snap, heat, max);
	else
		print_pairs(snap);
}

#define STACKS_MAX 12

static bool is_same_stack(const struct stack_sample *a, const struct stack_sample *b)
{
	if (a->fn != b->fn || a->nr != b->nr)
		return false;
	if (a->nr_user != b->nr_user || (a->nr_user && a->tgid != b->tgid) ||
	    a->queued_by.tgid != b->queued_by.tgid)
		return false;
	for (uint32_t f = 0; f < a->nr; f++)
		if (a->stack[f].addr != b->stack[f].addr)
			return false;
	for (uint32_t f = 0; f < a->nr_user; f++)
		if (a->user[f].addr != b->user[f].addr)
			return false;
	return true;
}

/* Samples of a window. */
struct stacks {
	const struct snapshot *snap;
	const struct stack_sample *samples;
	size_t nr;
	bool of_sends; /* the samples belong to rows of sends; false: to rows of functions */
};

/* Print a stack once, with the number of samples that have this stack from @first on. */
static void print_stack(const struct stacks *stacks, size_t first)
{
	const struct stack_sample *call = &stacks->samples[first];
	const struct send_stats *send = stacks->of_sends ? &stacks->snap->sends[call->fn] : NULL;
	const char *name = send ? send->func.name : stacks->snap->fns[call->fn].func.name;
	const char *end;
	size_t samples = 0;

	for (size_t i = first; i < stacks->nr; i++)
		samples += is_same_stack(call, &stacks->samples[i]);
	printf("  %s, %s, %s\n", safe(send && !name ? kind_names[send->kind] : name).s,
	       words__sender(call).s, words__number(samples, "sample").s);
	for (uint32_t f = callers__untraced(call->stack, call->nr); f < call->nr; f++)
		style__line(STYLE_DIM, "    %s", words__frame(&call->stack[f]).s);
	/* The program's frames follow the kernel's, then why there are no more. */
	for (uint32_t f = 0; f < call->nr_user; f++)
		style__line(STYLE_DIM, "   %s", words__user(&call->user[f]).s);
	end = words__user_end(call->user_end);
	if (end)
		style__line(STYLE_DIM, "    (%s)", end);
}

static void print_stacks(const struct stacks *stacks)
{
	size_t shown = 0;

	for (size_t i = 0; i < stacks->nr && shown < STACKS_MAX; i++) {
		bool printed = false;

		for (size_t j = 0; j < i && !printed; j++)
			printed = is_same_stack(&stacks->samples[i], &stacks->samples[j]);
		if (printed)
			continue;
		print_stack(stacks, i);
		shown++;
	}
}

/* Print the sampled stacks of each function: equal stacks once, with the number of samples. */
static void print_samples(const struct snapshot *snap)
{
	printf("\n%sSTACKS%s (of the 1st, 2nd, 4th, 8th ... csd of each function)\n",
	       style__on(STYLE_HEAD), style__off());
	print_stacks(&(struct stacks){ snap, snap->samples, snap->nr_samples, false });
	if (!snap->nr_send_samples)
		return;
	printf("\n%sSTACKS%s of interrupts without a csd\n", style__on(STYLE_HEAD), style__off());
	print_stacks(&(struct stacks){ snap, snap->send_samples, snap->nr_send_samples, true });
}

static void stack_print(const char *stack, uint64_t count)
{
	static char safe[FOLDED_BYTES];

	sanitize(safe, sizeof(safe), stack);
	printf("%s %" PRIu64 "\n", safe, count);
}

void view__folded(const struct folded *folded)
{
	folded__each(folded, stack_print);
}

static void print_lost(const char *why, uint64_t nr, const char *after)
{
	if (nr)
		printf("%slost%s   %s %" PRIu64 "%s\n", style__on(STYLE_ALERT), style__off(), why,
		       nr, after);
}

static void print_closed(bool closed)
{
	if (!closed)
		style__line(STYLE_ALERT, "it DOES NOT CLOSE: please report it");
}

static void print_call_ledger(const struct snapshot *snap)
{
	const struct call_ledger *l = &snap->call_ledger;

	printf("\n%sledger%s of calls: %" PRIu64 " begun + %" PRIu64 " carried\n"
	       "       = %" PRIu64 " returned + %" PRIu64 " under way + %" PRIu64 " lost\n",
	       style__on(STYLE_HEAD), style__off(), l->begun, l->carried_in, l->returned,
	       l->under_way, call_ledger__lost(l));
	print_closed(call_ledger__closed(l));
	for (int i = 0; i < NR_HOOK_LOST; i++)
		print_lost(hook_lost_names[i], l->lost_by[i], "");
	printf("%scalls%s  queued %" PRIu64 " csds; %" PRIu64 " refused, %" PRIu64
	       " run on the sender's CPU\n",
	       style__on(STYLE_HEAD), style__off(), snap->ledger.queued, l->refused, l->local);
	puts("       When csds ran is not known: no csd tracepoints before Linux 6.5.");
}

static void print_ledger(const struct snapshot *snap)
{
	const struct ledger *l = &snap->ledger;

	putchar('\n');
	paragraph__labelled("ledger", 7,
			    "of csds: %" PRIu64 " queued + %" PRIu64 " carried = %" PRIu64
			    " ran + %" PRIu64 " in flight + %" PRIu64 " lost",
			    l->queued, l->carried_in, ledger__matched(l), l->in_flight,
			    ledger__lost(l));
	print_closed(ledger__closed(l));
	for (int i = 0; i < NR_LOST; i++)
		print_lost(lost_names[i], l->lost_by[i], "");
	print_lost("waits_unseen", snap->waits_unseen, ", of senders; in no figure above");
	paragraph__labelled("ran", 7,
			    "%s, %s, %s; %" PRIu64
			    " more ran on the sender's own CPU, without an IPI",
			    words__number(l->function, "function").s,
			    words__number(l->ttwu, "wake-up").s,
			    words__number(l->irq_work, "irq_work").s, l->local);
	if (!snap->known.kinds)
		return;
	view__kinds_line(snap);
	print_lost("sends_unseen", snap->sends_unseen, ", in no kind above");
}

static void print_self(const struct snapshot *snap)
{
	struct prog_cost sum = snapshot__self_cost(snap);

	paragraph__labelled(
		"self", 7, "%s of its BPF programs took %s; measuring this took about 60ns of each",
		units__counted(sum.runs, "run").s, units__ns(sum.ns).s);
	printf("       the window was cut and read in %s\n", units__ns(snap->cut_ns).s);
}

void view__summary(const struct snapshot *snap, const struct view_options *opts)
{
	struct flushes flushes = {};
	struct words words;

	flushes__add(&flushes, snap);
	words = storm_words__flushes(&flushes, window__seconds(&snap->window));
	if (!opts->quiet) {
		view__head(snap, "summary", opts->asked, opts->ran);
		/* The tables cannot show these: interrupts as senders, flushes, call sites. */
		if (snapshot__passes_interrupts(snap) && snap->how.by_key == BY_NONE)
			paragraph__labelled("(interrupt):", 13, "%s", INTERRUPTS_INCLUDED);
		if (*words.s)
			paragraph__labelled("TLB flushes:", 13, "%s", words.s);
		if (snap->how.callsites_hidden)
			paragraph__labelled("call sites:", 12, "%s", CALLSITES_HIDDEN);
	}
	view__functions(snap);
	view__cpu_table(snap, opts->by_cpu);
	print_irqs(snap);
	print_sends(snap);
	print_edges(snap);
	if (snap->how.timed)
		view__kinds(snap);
	if (opts->stacks)
		print_samples(snap);
	if (snap->how.source == SOURCE_CALLS)
		print_call_ledger(snap);
	else
		print_ledger(snap);
	if (snap->known.self)
		print_self(snap);
	/* Print this last, because a reader looks at the end first. */
	view__by(snap);
	putchar('\n');
}

void view__sections(const struct snapshot *snap, const struct view_options *opts)
{
	if (snap->how.timed)
		view__kinds(snap);
	if (opts->stacks)
		print_samples(snap);
	if (!snap->known.self)
		return;
	putchar('\n');
	print_self(snap);
}

#define BAR_WIDTH 11
#define NR_SHOWN  3

uint64_t view__octave(const struct hist *hist, int o)
{
	uint64_t n = 0;

	for (int i = 0; i < HIST_SUB; i++)
		n += hist->slots[o * HIST_SUB + i];
	return n;
}

static void print_percentiles(const char *name, const struct hist *hist, const char *unknown)
{
	printf("  %-8s", name);
	if (unknown)
		printf("-: %s\n", unknown);
	else if (!hist->count)
		puts("none");
	else
		printf("mean %s p50 %s p90 %s p99 %s p99.9 %s max %s\n",
		       units__ns(hist__mean(hist)).s, units__ns(hist__percentile(hist, 50)).s,
		       units__ns(hist__percentile(hist, 90)).s,
		       units__ns(hist__percentile(hist, 99)).s,
		       units__ns(hist__percentile(hist, 99.9)).s, units__ns(hist->max).s);
}

static void print_cpu_histograms(const struct snapshot *snap, const struct cpu_stats *cpu)
{
	const char *const no_runs =
		snap->how.source == SOURCE_CSD ? NULL : "no csd tracepoints before Linux 6.5";
	const char *const unknown[NR_SHOWN] = {
		no_runs,
		no_runs,
		snapshot__is_imported(snap) ? "the file does not say who waited" : NULL,
	};
	static const char *const names[NR_SHOWN] = { "delay", "handler", "wait" };
	static const char *const counted[NR_SHOWN] = { "csd", "csd", "call" };
	/* Delays and handlers of csds that the CPU received; waits of calls that it sent. */
	const struct hist *const shown[NR_SHOWN] = { &cpu->delay, &cpu->handler, &cpu->wait };
	int first = HIST_SLOTS / HIST_SUB, last = -1;
	uint64_t max[NR_SHOWN] = {};

	for (int o = 0; o < HIST_SLOTS / HIST_SUB; o++) {
		for (int i = 0; i < NR_SHOWN; i++) {
			uint64_t n = view__octave(shown[i], o);

			if (!n)
				continue;
			first = first < o ? first : o;
			last = o;
			max[i] = n > max[i] ? n : max[i];
		}
	}
	putchar('\n');
	style__line(STYLE_HEAD, "CPU %u", cpu->cpu);
	for (int i = 0; i < NR_SHOWN; i++)
		print_percentiles(names[i], shown[i], unknown[i]);
	printf("%s  %16s", style__on(STYLE_DIM), "from .. to");
	for (int i = 0; i < NR_SHOWN; i++) {
		struct words total = { "" };

		if (shown[i]->count)
			total = units__counted(shown[i]->count, counted[i]);
		printf(" %7s %-*s", names[i], i == NR_SHOWN - 1 ? 0 : BAR_WIDTH, total.s);
	}
	printf("%s\n", style__off());
	for (int o = first; o <= last; o++) {
		uint64_t from = hist_lower(o * HIST_SUB),
			 to = hist_upper(o * HIST_SUB + HIST_SUB - 1);

		printf("  %6s .. %-6s", units__ns(from).s, units__ns(to + 1).s);
		for (int i = 0; i < NR_SHOWN; i++) {
			char buf[BAR_BYTES];
			uint64_t n = view__octave(shown[i], o);
			const char *bar = style__bar(buf, n, max[i], BAR_WIDTH);

			printf(" %7s %s%*s", n ? units__count(n).s : "", bar,
			       i == NR_SHOWN - 1 ? 0 : BAR_WIDTH - (int)safe__width(bar), "");
		}
		putchar('\n');
	}
}

void view__hist(const struct snapshot *snap, bool quiet)
{
	bool any = false, runs = snap->how.source == SOURCE_CSD;

	if (!quiet)
		view__head(snap, "hist", 0, NULL);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		if (!cpu->delay.count && !cpu->handler.count && !cpu->wait.count)
			continue;
		print_cpu_histograms(snap, cpu);
		any = true;
	}
	if (!any)
		puts(runs ? "no CPU sent or received one" : "no CPU waited in a call");
	putchar('\n');
}
