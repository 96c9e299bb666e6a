// SPDX-License-Identifier: GPL-2.0
#include "collect/collector.h"

/* Names for x86's classes of vectors, because the kernel has no text for x86's vectors. */
static const char *const class_names[NR_IPI_CLASSES] = {
	[IPI_CALL_FUNCTION] = "call_function", [IPI_CALL_FUNCTION_SINGLE] = "call_function",
	[IPI_RESCHEDULE] = "reschedule",       [IPI_IRQ_WORK] = "irq_work",
	[IPI_PLATFORM] = "platform",
};

/* Write the kind of @class. Returns false if no interrupt of this class was seen yet. */
static bool kind_find(const struct ipis *ipis, uint32_t class, char kind[KIND_NAME])
{
	*kind = '\0';
#ifdef __x86_64__
	if (class < NR_IPI_CLASSES && !ipis->reasons[class].address)
		strcpy(kind, class_names[class]);
#else
	(void)class_names;
#endif
	if (ipis->reasons[class].address)
		interrupts__name(ipis->reasons[class].text, kind);
	return *kind;
}

static int class_read(struct ipis *ipis, uint32_t class, uint32_t epoch, struct snapshot *snap)
{
	/* Many machines never use the platform vector, so it gets a row only if it occurred. */
	bool is_optional = class == IPI_PLATFORM && !ipis->reasons[class].address;
	bool occurred = false;
	char kind[KIND_NAME];
	struct kind_stats *row;

	for (uint32_t shard = 0; is_optional && shard < ipis->shards && !occurred; shard++)
		occurred = hist_bank__touched(
			&ipis->hists[shard * IPI_CLASSES + class].bank[epoch & 1].time);
	if (!kind_find(ipis, class, kind) || (is_optional && !occurred))
		return 0;
	row = kinds__row(snap, kind);
	if (!row)
		return -ENOMEM;
	row->timed = true;
	/* The kernel has no event for sending the platform vector. */
	row->sent_known = !is_optional;
	for (uint32_t cpu = 0; cpu < ipis->nr_cpus; cpu++) {
		const struct ipi_bank *bank = &ipis->recs[cpu].bank[epoch & 1];

		row->sent += bank->sent[class];
		row->coalesced += bank->coalesced[class];
		row->unseen += bank->unseen[class];
	}
	for (uint32_t shard = 0; shard < ipis->shards; shard++) {
		struct ipi_hist_rec *rec = &ipis->hists[shard * IPI_CLASSES + class];
		struct ipi_hist_bank *bank = &rec->bank[epoch & 1];

		hist_bank__read(&row->delay, &bank->delay);
		hist_bank__read(&row->time, &bank->time);
		memset(bank, 0, sizeof(*bank));
	}
	return 0;
}

static void cpu_counts_read(struct ipis *ipis, uint32_t epoch, struct snapshot *snap)
{
	for (uint32_t cpu = 0; cpu < ipis->nr_cpus; cpu++) {
		struct ipi_bank *bank = &ipis->recs[cpu].bank[epoch & 1];

		snap->polled += bank->polled;
		snap->reschedule_other += bank->reschedule_other;
		for (int i = 0; i < TLB_REASONS; i++) {
			snap->tlb[i].count += bank->tlb[i].count;
			snap->tlb[i].pages += bank->tlb[i].pages;
			snap->tlb[i].all += bank->tlb[i].all;
		}
		memset(bank, 0, sizeof(*bank));
	}
}

/* Returns the row for @rec's key. Two CPUs may have made the same key, each in its own record. */
static struct wake_stats *wake_find(struct snapshot *snap, const struct wake_rec *rec, bool other)
{
	struct wake_stats *wake;

	for (size_t i = 0; i < snap->nr_wakes; i++) {
		wake = &snap->wakes[i];
		if (!other && wake->interrupt == rec->interrupt && wake->woken == rec->woken &&
		    (rec->interrupt || wake->waker == rec->waker))
			return wake;
	}
	wake = &snap->wakes[snap->nr_wakes++];
	wake->other = other;
	if (other)
		return wake;
	wake->waker = rec->waker;
	wake->woken = rec->woken;
	wake->interrupt = rec->interrupt;
	memcpy(wake->waker_comm, rec->waker_comm, COMM_LEN);
	memcpy(wake->woken_comm, rec->woken_comm, COMM_LEN);
	return wake;
}

/* Retire or free the row of a pair that is idle. */
static void wake_retire(struct wake_rec *rec, uint8_t *idle, bool counted)
{
	uint64_t key = __atomic_load_n(&rec->key, __ATOMIC_ACQUIRE);

	if (!row_was_idle(idle, !key || counted))
		return;
	if (!(key & WAKE_RETIRED)) {
		__atomic_store_n(&rec->key, key | WAKE_RETIRED, __ATOMIC_RELEASE);
		return;
	}
	rec->waker = rec->woken = 0;
	rec->interrupt = 0;
	memset(rec->waker_comm, 0, sizeof(rec->waker_comm));
	memset(rec->woken_comm, 0, sizeof(rec->woken_comm));
	__atomic_store_n(&rec->key, 0, __ATOMIC_RELEASE);
}

static int wakes_read(struct ipis *ipis, uint32_t epoch, struct snapshot *snap)
{
	snap->wakes = calloc(WAKE_ROWS + 1, sizeof(*snap->wakes));
	if (!snap->wakes)
		return -ENOMEM;
	for (uint32_t row = 0; row <= WAKE_OTHER; row++) {
		struct wake_rec *rec = &ipis->wakes[row];
		uint64_t count = rec->count[epoch & 1];

		if (row != WAKE_OTHER)
			wake_retire(rec, &ipis->wake_idle[row], count);
		if (!count)
			continue;
		wake_find(snap, rec, row == WAKE_OTHER)->count += count;
		rec->count[epoch & 1] = 0;
	}
	return 0;
}

int read_ipis(struct ipis *ipis, uint32_t epoch, struct snapshot *snap)
{
	int err = 0;

	/* The rows begin in the order of kind_names[], whichever kind was seen first. */
	for (int i = 0; i < NR_KINDS && !err; i++)
		err = kinds__row(snap, kind_names[i]) ? 0 : -ENOMEM;
	for (uint32_t class = 0; class < IPI_CLASSES && !err; class ++)
		err = class_read(ipis, class, epoch, snap);
	if (err)
		return err;
	cpu_counts_read(ipis, epoch, snap);
	snap->how.timed = true;
	/* With a filter these counts lack the events that the filter hides. */
	snap->known.polled = !snap->how.filtered;
#ifdef __x86_64__
	snap->known.tlb = !snap->how.filtered;
#endif
	return wakes_read(ipis, epoch, snap);
}

/* On x86 a TLB shootdown is a call of this function; the row of shootdowns counts the calls. */
#define TLB_KIND "tlb_shootdown"
#define TLB_FUNC "flush_tlb_func"

/* The kinds whose sends cannot be counted, and why. */
static const struct unobserved {
	const char *machine; /* machine of uname(2) */
	const char *kind;
	bool always; /* listed even if /proc/interrupts has no row of this kind */
	const char *why;
} unobserved[] = {
	{ "x86_64", "nmi", false,
	  "the kernel has no event for a sent NMI; perf makes most of those received" },
	{ "x86_64", "platform", false, "the kernel has no event for its sending" },
	{ "x86_64", "posted_interrupt", false, "KVM sends it without an event" },
	{ "x86_64", "nested_posted_interrupt", false, "KVM sends it without an event" },
	{ "x86_64", "posted_interrupt_wakeup", false, "KVM and IOMMUs send it without an event" },
	{ "x86_64", "posted_msi", false, "devices send it, not CPUs" },
	{ "x86_64", "tick_broadcast", true,
	  "arrives as a local timer interrupt, row LOC, among the others" },
	{ "x86_64", "cpu_stop", true,
	  "the reboot vector has no event and no row in /proc/interrupts" },
	{ "aarch64", "cpu_backtrace", false, "the kernel sends it without its IPI events" },
	{ "aarch64", "kgdb_roundup", false, "the kernel sends it without its IPI events" },
};

#define NR_UNOBSERVED (sizeof(unobserved) / sizeof(*unobserved))

/* The list grows by this number of rows: no architecture has more kinds. */
#define ROWS 32

struct kind_stats *kinds__row(struct snapshot *snap, const char *kind)
{
	struct kind_stats *row = snapshot__kind(snap, kind);

	if (row)
		return row;
	if (snap->nr_all_kinds % ROWS == 0) {
		row = reallocarray(snap->all_kinds, snap->nr_all_kinds + ROWS, sizeof(*row));
		if (!row)
			return NULL;
		snap->all_kinds = row;
	}
	row = &snap->all_kinds[snap->nr_all_kinds++];
	memset(row, 0, sizeof(*row));
	snprintf(row->kind, sizeof(row->kind), "%s", kind);
	return row;
}

/*
 * Count shootdowns as calls of their function, not as interrupts. A function without a row or
 * without a name may be that function: then the number is unknown.
 */
static void tlb_count(const struct snapshot *snap, struct kind_stats *row)
{
	row->sent_known = true;
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];

		if (fn->other || !fn->func.name)
			row->sent_known = row->sent_known && !fn->count;
		else if (!strcmp(fn->func.name, TLB_FUNC))
			row->sent += fn->count;
	}
	if (!row->sent_known)
		row->sent = 0;
	row->why = row->sent_known ? "calls of " TLB_FUNC ", within call_function" :
				     "some functions have no row or no name";
}

/* Complete a row without a count of sends: with 0, or with the reason why it is unknown. */
static void sent_complete(const struct snapshot *snap, struct kind_stats *row, const char *machine)
{
	if (row->sent_known || row->why)
		return;
	for (size_t i = 0; i < NR_UNOBSERVED && !row->why; i++)
		if (!strcmp(unobserved[i].machine, machine) &&
		    !strcmp(unobserved[i].kind, row->kind))
			row->why = unobserved[i].why;
	if (row->why)
		return;
	/*
	 * arm64's ipi_raise names a kind when an IPI of this kind is first sent. So a
	 * kind without a count was not sent, with --kinds.
	 */
	row->sent_known = row->timed = snap->how.timed;
	if (!snap->how.timed)
		row->why = "--kinds shows how many were sent";
}

/* Whether some reschedule that @cpu receives may pass the filter: none is from @cpu itself. */
static bool may_receive(const struct collect_config *config, uint32_t cpu)
{
	bool only_sender = config->src && cpuset__has(config->src, cpu) &&
			   cpuset__count(config->src) == 1;

	return !only_sender && (!config->dst || cpuset__has(config->dst, cpu));
}

/* Whether all reschedules that @cpu receives pass, because no filter depends on the sender. */
static bool receives_all(const struct collect_config *config, uint32_t cpu)
{
	return may_receive(config, cpu) && !config->src && !config->tgid && !config->funcs &&
	       (!config->cpus || cpuset__has(config->cpus, cpu));
}

/*
 * Returns the CPU that received most of the @sent reschedules that a filter lets through, and which
 * part of them it received. A reschedule is counted at its sender, without its target, and
 * /proc/interrupts, which has the target, ignores the filter. So the result is computed from the
 * arrivals @since: exact if the filter only selects targets, else an estimate.
 */
static struct most_hit most_hit_find(const struct collect_config *config,
				     const struct arrivals *since, uint64_t sent)
{
	double exact = 0, others = 0, rest, most = 0;
	struct most_hit hit = {};
	int cpu;

	for_each_cpu(cpu, &since->counted) {
		if (receives_all(config, cpu))
			exact += since->reschedules[cpu];
		else if (may_receive(config, cpu))
			others += since->reschedules[cpu];
	}
	rest = sent > exact && others ? sent - exact : 0;
	for_each_cpu(cpu, &since->counted) {
		double part = since->reschedules[cpu];

		if (!may_receive(config, cpu))
			continue;
		/*
		 * Some of @cpu's reschedules may come from senders that the filter drops: @cpu gets
		 * a part of `rest`, in proportion to what arrived at all such CPUs.
		 */
		if (!receives_all(config, cpu))
			part *= others ? rest / others : 0;
		if (part <= most)
			continue;
		most = part;
		hit = (struct most_hit){ part / (exact + rest), true, cpu };
	}
	return hit;
}

/*
 * Whether ipitrace's programs counted something in the window on a CPU that is not among @shown,
 * the CPUs that /proc/interrupts had at the end of the window. What arrived there is not known, not
 * even for a CPU that was offline at the beginning of the window, too.
 */
static bool was_shortly_online(const struct snapshot *snap, const struct cpuset *shown)
{
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		if (!cpuset__has(shown, cpu->cpu) && (cpu->sent || cpu->received || cpu->local ||
						      cpu->reschedules_sent || cpu->irq_works))
			return true;
	}
	return false;
}

static int arrivals_add(struct snapshot *snap, const struct collect_config *config,
			const struct arrivals *since)
{
	/* /proc/interrupts ignores the filter. */
	bool known = !snap->how.filtered && !was_shortly_online(snap, &since->shown);
	struct kind_stats *reschedules;

	for (size_t i = 0; i < since->nr; i++) {
		struct kind_stats *row = kinds__row(snap, since->rows[i].kind);

		if (!row)
			return -ENOMEM;
		row->received_known = known && since->rows[i].whole;
		row->received = row->received_known ? since->rows[i].count : 0;
		if (row->received)
			row->most_hit.part = (double)since->rows[i].most / row->received;
		if (!strcmp(row->kind, TLB_KIND))
			tlb_count(snap, row);
	}
	reschedules = snapshot__kind(snap, kind_names[KIND_RESCHEDULE]);
	reschedules->most_hit = most_hit_find(config, since, snap->kinds[KIND_RESCHEDULE]);
	return 0;
}

int kinds__complete(struct snapshot *snap, const struct collect_config *config,
		    const struct arrivals *since, const char *machine)
{
	int err;

	for (size_t i = 0; i < snap->nr_cpus; i++) {
		struct cpu_stats *cpu = &snap->cpus[i];

		/* /proc/interrupts ignores the filter. */
		cpu->reschedules_known = !snap->how.filtered &&
					 cpuset__has(&since->counted, cpu->cpu);
		cpu->reschedules = cpu->reschedules_known ? since->reschedules[cpu->cpu] : 0;
	}
	/* -f chooses functions, which interrupts do not have: --kinds has timed all interrupts. */
	if (!snap->known.kinds) {
		snap->nr_all_kinds = 0;
		return 0;
	}
	/* The kinds that all architectures have, which are counted without --kinds, too. */
	for (int i = 0; i < NR_KINDS; i++) {
		struct kind_stats *row = kinds__row(snap, kind_names[i]);

		if (!row)
			return -ENOMEM;
		if (row->timed)
			continue;
		row->sent_known = true;
		row->sent = snap->kinds[i];
	}
	err = arrivals_add(snap, config, since);
	for (size_t i = 0; !err && i < NR_UNOBSERVED; i++)
		if (unobserved[i].always && !strcmp(unobserved[i].machine, machine))
			err = kinds__row(snap, unobserved[i].kind) ? 0 : -ENOMEM;
	for (size_t i = 0; !err && i < snap->nr_all_kinds; i++)
		sent_complete(snap, &snap->all_kinds[i], machine);
	return err;
}
