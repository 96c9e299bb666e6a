// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "model/cause.h"
#include "model/field.h"
#include "model/metrics.h"

/* A function with this part (1/200) of a window's csds may take a row of the last quarter. */
#define FN_SHARE 200

int metrics__init(struct metrics *m, const struct metrics_config *config, const struct numa *numa)
{
	struct series_needs needs = {
		.series = config->series,
		.nr_cpus = config->nr_cpus,
		.nr_isolated = cpuset__count(&config->isolated),
		.nr_nodes = numa ? numa->nr_nodes : 0,
		.max_fns = config->max_fns,
	};

	memset(m, 0, sizeof(*m));
	series_plan__make(&m->plan, &needs);
	m->isolated = config->isolated;
	m->nr_isolated = needs.nr_isolated;
	m->nr_nodes = needs.nr_nodes;
	if (numa)
		m->numa = *numa;
	while (m->stall_slot < HIST_SLOTS - 1 && hist_lower(m->stall_slot) <= config->threshold)
		m->stall_slot++;
	m->fns = calloc(m->plan.fns + 1, sizeof(*m->fns));
	m->nr_groups = m->plan.by_cpu ? 0 : m->plan.nr_hists;
	m->groups = calloc(m->nr_groups + 1, sizeof(*m->groups));
	return m->fns && m->groups ? 0 : -ENOMEM;
}

uint64_t metrics__threshold(const struct metrics *m)
{
	return hist_lower(m->stall_slot);
}

void metrics__free(struct metrics *m)
{
	for (size_t i = 0; i < m->nr_fns; i++) {
		free(m->fns[i].func);
		free(m->fns[i].module);
	}
	free(m->fns);
	free(m->cpus);
	free(m->recent);
	free(m->groups);
	memset(m, 0, sizeof(*m));
}

static uint64_t count_stalls(const struct metrics *m, const struct hist *hist)
{
	uint64_t nr = 0;

	for (uint32_t slot = m->stall_slot; slot < HIST_SLOTS; slot++)
		nr += hist->slots[slot];
	return nr;
}

/* Enlarge *@array from @old to @nr items of @size bytes, new ones zeroed. Returns 0 or -ENOMEM. */
static int array_grow(void **array, size_t old, size_t nr, size_t size)
{
	void *new = reallocarray(*array, nr, size);

	if (!new)
		return -ENOMEM;
	memset((char *)new + old *size, 0, (nr - old) * size);
	*array = new;
	return 0;
}

/* Make rows for all CPUs below @nr. Returns 0 or -ENOMEM. */
static int cpus_grow(struct metrics *m, size_t nr)
{
	if (nr <= m->nr_cpus)
		return 0;
	if (array_grow((void **)&m->cpus, m->nr_cpus, nr, sizeof(*m->cpus)) ||
	    array_grow((void **)&m->recent, m->nr_cpus, nr, sizeof(*m->recent)))
		return -ENOMEM;
	m->nr_cpus = nr;
	if (!m->plan.by_cpu)
		return 0;
	if (array_grow((void **)&m->groups, m->nr_groups, nr, sizeof(*m->groups)))
		return -ENOMEM;
	m->nr_groups = nr;
	return 0;
}

static struct metrics_group *get_group(struct metrics *m, uint32_t cpu)
{
	size_t i;

	if (m->plan.by_cpu)
		return &m->groups[cpu];
	i = m->numa.nodes[cpu] / m->plan.nodes_each;
	return &m->groups[i < m->nr_groups ? i : m->nr_groups - 1];
}

void metrics__group_label(const struct metrics *m, size_t i, char label[METRICS_LABEL])
{
	struct cpuset ids = {};
	char text[CPUSET_TEXT];

	if (m->plan.by_cpu) {
		snprintf(label, METRICS_LABEL, "%zu", i);
		return;
	}
	for (size_t node = i * m->plan.nodes_each;
	     node < (i + 1) * m->plan.nodes_each && node < m->nr_nodes; node++)
		cpuset__add(&ids, m->numa.ids[node]);
	if (!m->nr_nodes)
		cpuset__add(&ids, 0);
	cpuset__format(&ids, text, sizeof(text));
	cpuset__shorten(text, METRICS_LABEL);
	snprintf(label, METRICS_LABEL, "%.*s", METRICS_LABEL - 1, text);
}

/* Note which CPUs the window has. Returns 0 or -ENOMEM. */
static int cpus_show(struct metrics *m, const struct snapshot *snap)
{
	const struct cpuset *online = snap->host ? &snap->host->online : NULL;

	m->nr_online = online ? cpuset__count(online) : 0;
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *from = &snap->cpus[i];

		if (cpus_grow(m, from->cpu + 1))
			return -ENOMEM;
		m->cpus[from->cpu].shown |= from->sent || cpu_stats__arrived(from) ||
					    cpu_stats__arrived_ns(from) || from->wait.count ||
					    (online && cpuset__has(online, from->cpu));
	}
	return 0;
}

/* Whether @cpu gets series of its own, on a host with more CPUs than the budget has series for. */
static bool stands_out(const struct metrics *m, size_t cpu)
{
	const struct standout *recent = &m->recent[cpu];

	/* An isolated CPU should receive no csd, so it is shown from its first csd on. */
	if (cpuset__has(&m->isolated, cpu))
		return recent->csds || m->nr_isolated <= m->plan.isolated;
	return recent->selected[STANDOUT_HIT] || recent->selected[STANDOUT_SLOW];
}

/* Give CPUs series of their own: all CPUs if there is room, else the CPUs that stand out. */
static void cpus_choose(struct metrics *m)
{
	/* The two arrays are indexed by whether a CPU is isolated. */
	size_t nr_shown = 0, nr_own[2] = {}, most[2];

	for (size_t i = 0; i < m->nr_cpus; i++) {
		nr_shown += m->cpus[i].shown;
		nr_own[cpuset__has(&m->isolated, i)] += m->cpus[i].own;
	}
	most[0] = m->plan.cpus - m->plan.isolated;
	most[1] = m->plan.isolated;
	for (size_t i = 0; i < m->nr_cpus; i++) {
		struct metrics_cpu *cpu = &m->cpus[i];
		bool isolated = cpuset__has(&m->isolated, i);

		if (!cpu->shown || cpu->own)
			continue;
		cpu->own = nr_shown <= m->plan.cpus ||
			   (nr_own[isolated] < most[isolated] &&
			    nr_own[0] + nr_own[1] < m->plan.cpus && stands_out(m, i));
		nr_own[isolated] += cpu->own;
		m->rest[isolated].shown |= !cpu->own;
	}
}

static void sums_add(struct metrics_sums *to, const struct cpu_stats *from)
{
	to->sent += from->sent;
	to->received += from->received;
	to->reschedules += from->reschedules;
	to->delay += from->delay.sum;
	to->handler += from->handler.sum;
	to->wait += cpu_stats__spun(from);
	for (int i = 0; i < NR_KINDS; i++) {
		to->interrupts += from->irqs[i].count;
		to->interrupt_ns += from->irqs[i].sum;
	}
}

/*
 * Returns the function whose longest duration in the window was @ns; "" if unknown. @offset is that
 * of the histogram in struct fn_stats. The maximum of a CPU equals the maximum of some function, to
 * the ns.
 */
static const char *find_longest(const struct snapshot *snap, size_t offset, uint64_t ns)
{
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct hist *hist = (const void *)((const char *)&snap->fns[i] + offset);

		if (hist->count && hist->max == ns)
			return snap->fns[i].func.name ? snap->fns[i].func.name : "";
	}
	return "";
}

/*
 * Replace @worst by the longest duration of @hist, @cpu's histogram of a window, if that duration
 * is longer, or if @worst is too old. @offset: as in find_longest().
 */
static void worst_add(struct metrics_worst *worst, const struct snapshot *snap, uint32_t cpu,
		      const struct hist *hist, size_t offset)
{
	double time = window__end(&snap->window);

	if (!hist->max || (hist->max <= worst->ns && time < worst->time + METRICS_WORST_AGE))
		return;
	*worst = (struct metrics_worst){ .ns = hist->max, .time = time, .dst = cpu };
	snprintf(worst->func, sizeof(worst->func), "%s", find_longest(snap, offset, hist->max));
}

static void cpu_add(struct metrics *m, const struct snapshot *snap, const struct cpu_stats *from)
{
	struct metrics_cpu *cpu = &m->cpus[from->cpu];
	struct metrics_group *group = get_group(m, from->cpu);
	bool isolated = cpuset__has(&m->isolated, from->cpu);

	sums_add(cpu->own ? &cpu->sums : &m->rest[isolated].sums, from);
	for (int i = 0; i < NR_KINDS; i++) {
		m->irqs[i].count += from->irqs[i].count;
		m->irqs[i].sum += from->irqs[i].sum;
	}
	m->reschedules_known |= from->reschedules_known;
	group->shown |= cpu->shown;
	metrics_hist__add(&group->delay, &from->delay);
	metrics_hist__add(&group->handler, &from->handler);
	metrics_hist__add(&group->wait, &from->wait);
	worst_add(&group->delay.worst, snap, from->cpu, &from->delay,
		  offsetof(struct fn_stats, delay));
	worst_add(&group->handler.worst, snap, from->cpu, &from->handler,
		  offsetof(struct fn_stats, handler));
	m->stalls.delivery += count_stalls(m, &from->delay);
	m->stalls.handler += count_stalls(m, &from->handler);
	m->stalls.wait += count_stalls(m, &from->wait);
	m->stolen.known |= from->stolen.known;
	m->stolen.delay += from->stolen.delay;
	m->stolen.handler += from->stolen.handler;
	m->recent[from->cpu].candidate = cpu->shown && !isolated;
	/* Reschedules count for an isolated CPU, too; for other CPUs only csds count. */
	standout__add(&m->recent[from->cpu],
		      cpu_stats__arrived(from) + (isolated ? from->reschedules : 0),
		      from->delay.sum + cpu_stats__arrived_ns(from));
}

static int cpus_add(struct metrics *m, const struct snapshot *snap)
{
	if (cpus_show(m, snap))
		return -ENOMEM;
	cpus_choose(m);
	for (size_t i = 0; i < snap->nr_cpus; i++)
		cpu_add(m, snap, &snap->cpus[i]);
	if (m->windows + 1 >= STANDOUTS_WINDOWS)
		standouts__select(m->recent, m->nr_cpus);
	return 0;
}

/* Whether the function has a row. *@at: the index of the row, or the index where it belongs. */
static bool fn_find(const struct metrics *m, const char *func, const char *module, size_t *at)
{
	size_t low = 0, high = m->nr_fns;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int d = strcmp(func, m->fns[mid].func);

		if (!d)
			d = strcmp(module, m->fns[mid].module);
		*at = mid;
		if (!d)
			return true;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	*at = low;
	return false;
}

/*
 * Returns the row of @fn, in a window with @csds csds. The first functions get rows as they come;
 * the last quarter of the rows is for functions with many csds, so that a late storm has a name. A
 * function without a name counts for the sum of the others: its address, in a module that was
 * unloaded, would make a new label each time and must not be published on the network.
 */
static struct metrics_fn *get_fn_row(struct metrics *m, const struct fn_stats *fn, uint64_t csds)
{
	const char *module = fn->func.module ? fn->func.module : "";
	struct metrics_fn row = {};
	size_t at, bytes;

	if (fn->other || !fn->func.name)
		return &m->other;
	if (fn_find(m, fn->func.name, module, &at))
		return &m->fns[at];
	bytes = strlen(fn->func.name) + strlen(module);
	if (m->nr_fns == m->plan.fns || m->name_bytes + bytes > m->plan.name_bytes ||
	    (m->nr_fns >= m->plan.fns - m->plan.fns / 4 && fn->count < csds / FN_SHARE))
		return &m->other;
	row.func = strdup(fn->func.name);
	row.module = strdup(module);
	if (!row.func || !row.module) {
		free(row.func);
		free(row.module);
		return &m->other;
	}
	m->name_bytes += bytes;
	memmove(&m->fns[at + 1], &m->fns[at], (m->nr_fns++ - at) * sizeof(row));
	m->fns[at] = row;
	return &m->fns[at];
}

static void fns_add(struct metrics *m, const struct snapshot *snap)
{
	uint64_t csds = 0;

	for (size_t i = 0; i < snap->nr_fns; i++)
		csds += snap->fns[i].count;
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];
		struct metrics_fn *row = get_fn_row(m, fn, csds);

		row->calls += fn->count;
		row->local += fn->local;
		row->handler += fn->handler.sum;
		row->wait += wait_sum__spun(&fn->wait);
	}
}

/* Indexes of sums: first the rows of m->reasons, then reasons_other and reasons_unknown. */
#define SUM_OTHER   METRICS_REASONS
#define SUM_UNKNOWN (METRICS_REASONS + 1)
#define NR_SUMS	    (METRICS_REASONS + 2)

/* Returns the index of the sum for the reason that @sample shows. */
static size_t get_reason_sum(struct metrics *m, const struct stack_sample *sample)
{
	struct reason reason = callers__reason(sample->stack, sample->nr);

	if (!*reason.name)
		return SUM_UNKNOWN;
	for (size_t i = 0; i < m->nr_reasons; i++)
		if (!strcmp(m->reasons[i].name, reason.name))
			return i;
	if (m->nr_reasons == METRICS_REASONS)
		return SUM_OTHER;
	memcpy(m->reasons[m->nr_reasons].name, reason.name, sizeof(reason.name));
	return m->nr_reasons++;
}

static uint64_t *get_reason_csds(struct metrics *m, size_t sum)
{
	if (sum == SUM_OTHER)
		return &m->reasons_other;
	return sum == SUM_UNKNOWN ? &m->reasons_unknown : &m->reasons[sum].csds;
}

/* Take @share of @count out of @left, which rounding makes no smaller than 0. Returns that part. */
static uint64_t part_take(uint64_t count, double share, uint64_t *left)
{
	uint64_t part = count * share;

	part = part < *left ? part : *left;
	*left -= part;
	return part;
}

/*
 * Divide @count among the reasons in proportion to @csds, whose sum is @all. The reason with most
 * csds gets what rounding leaves.
 */
static void reasons_share(struct metrics *m, uint64_t count, const double csds[NR_SUMS], double all)
{
	uint64_t left = count;
	size_t most = SUM_UNKNOWN;

	for (size_t sum = 0; all > 0 && sum < NR_SUMS; sum++) {
		*get_reason_csds(m, sum) += part_take(count, csds[sum] / all, &left);
		if (csds[sum] > csds[most])
			most = sum;
	}
	*get_reason_csds(m, most) += left;
}

static void reasons_add(struct metrics *m, const struct snapshot *snap)
{
	for (size_t fn = 0; fn < snap->nr_fns; fn++) {
		double csds[NR_SUMS] = {}, all = 0;

		for (size_t i = 0; snap->fns[fn].count && i < snap->nr_samples; i++) {
			if (snap->samples[i].fn != fn)
				continue;
			csds[get_reason_sum(m, &snap->samples[i])] +=
				sample__csds(&snap->samples[i]);
			all += sample__csds(&snap->samples[i]);
		}
		reasons_share(m, snap->fns[fn].count, csds, all);
	}
}

/*
 * Returns the row of the place of @send and @cause. If no row is free, or the place has no name,
 * returns the sum of the other places and causes of @send's kind.
 */
static uint64_t *send_count(struct metrics *m, const struct send_stats *send, const char *cause)
{
	const char *callback = send->func.name ? send->func.name : "";
	struct metrics_send *row = m->sends;

	/* An address would make a new label each time and must not be published. */
	if (send->func.addr && !send->func.name)
		return &m->sends_other[send->kind];
	for (; row < m->sends + m->nr_sends; row++)
		if (row->kind == send->kind && !strcmp(row->cause, cause) &&
		    !strncmp(row->callback, callback, sizeof(row->callback) - 1))
			return &row->count;
	if (m->nr_sends == METRICS_SENDS)
		return &m->sends_other[send->kind];
	m->nr_sends++;
	row->kind = send->kind;
	row->cause = cause;
	snprintf(row->callback, sizeof(row->callback), "%s", callback);
	return &row->count;
}

/* Returns the name of the cause that @sample shows. NULL: the cause that the function shows. */
static const char *name_cause(const struct possible *possible, const struct stack_sample *sample)
{
	struct cause cause =
		possible__cause(possible, sample ? sample->stack : NULL, sample ? sample->nr : 0);

	if (!sample && (!cause.sig || cause.sig->open))
		return CAUSE_UNSAMPLED;
	return cause.sig ? cause.sig->name : CAUSE_UNKNOWN;
}

/*
 * Divide the count of snap->sends[@i] among the causes that its samples show. The cause of the last
 * sample also gets what rounding leaves.
 */
static void send_add(struct metrics *m, const struct snapshot *snap, size_t i)
{
	const struct send_stats *send = &snap->sends[i];
	const struct stack_sample *last = NULL;
	uint64_t left = send->count;
	struct possible possible;
	double all = 0;

	possible__find(&possible, &(struct sending){ .kind = send->kind,
						     .func = send->func.name,
						     .module = send->func.module });
	for (size_t s = 0; s < snap->nr_send_samples; s++)
		if (snap->send_samples[s].fn == i)
			all += sample__csds(&snap->send_samples[s]);
	for (size_t s = 0; s < snap->nr_send_samples; s++) {
		const struct stack_sample *sample = &snap->send_samples[s];

		if (sample->fn != i)
			continue;
		last = sample;
		*send_count(m, send, name_cause(&possible, sample)) +=
			part_take(send->count, sample__csds(sample) / all, &left);
	}
	*send_count(m, send, name_cause(&possible, last)) += left;
}

int metrics__add(struct metrics *m, const struct snapshot *snap)
{
	if (cpus_add(m, snap))
		return -ENOMEM;
	fns_add(m, snap);
	reasons_add(m, snap);
	for (size_t i = 0; snap->known.sends && i < snap->nr_sends; i++)
		if (snap->sends[i].count)
			send_add(m, snap, i);
	form__add(&ledger_form, &m->ledger, &snap->ledger);
	form__add(&call_ledger_form, &m->call_ledger, &snap->call_ledger);
	m->how = snap->how;
	m->known = snap->known;
	for (int i = 0; i < NR_KINDS; i++)
		m->kinds[i] += snap->kinds[i];
	m->sends_unseen += snap->sends_unseen;
	m->begin_unseen += snap->begin_unseen;
	m->waits_unseen += snap->waits_unseen;
	m->windows++;
	m->mono_end = snap->window.mono_end;
	return 0;
}

uint64_t metrics__late(const struct metrics *m, double window, uint64_t begun, uint64_t now)
{
	uint64_t since = now - (m->mono_end ? m->mono_end : begun);

	return since > METRICS_LATE_NS && since > METRICS_LATE_WINDOWS * window * 1e9 ? since : 0;
}

void metrics__interrupted(struct metrics *m, uint32_t cpu, const char *cause, uint64_t count)
{
	struct metrics_interruption *row = m->interruptions;

	m->interruptions_known = true;
	if (!count)
		return;
	for (; row < m->interruptions + m->nr_interruptions; row++) {
		if (row->cpu != cpu || strcmp(row->cause, cause))
			continue;
		row->count += count;
		return;
	}
	if (m->nr_interruptions == METRICS_INTERRUPTIONS) {
		m->interruptions_other += count;
		return;
	}
	m->nr_interruptions++;
	row->cpu = cpu;
	snprintf(row->cause, sizeof(row->cause), "%s", cause);
	row->count = count;
}

void metrics__storms_begin(struct metrics *m)
{
	m->storms_known = true;
	m->storms_other.lasts = 0;
	for (size_t i = 0; i < m->nr_storms; i++)
		m->storms[i].lasts = 0;
}

/* Returns the row of @name, a string that is never freed. */
static struct metrics_storm *get_storm_row(struct metrics *m, const char *name)
{
	struct metrics_storm *row = m->storms;

	for (; row < m->storms + m->nr_storms; row++)
		if (!strcmp(row->name, name))
			return row;
	if (m->nr_storms == METRICS_STORMS)
		return &m->storms_other;
	m->nr_storms++;
	row->name = name;
	return row;
}

void metrics__storm(struct metrics *m, const struct storm *storm)
{
	struct metrics_storm *row;

	if (storm->note)
		return;
	row = get_storm_row(m, storm->sig ? storm->sig->name : "unknown");
	row->begun += storm->news == STORM_BEGAN;
	row->lasts |= storm->news != STORM_ENDED;
}
