// SPDX-License-Identifier: GPL-2.0
#include "model/digest.h"
#include "model/callers.h"

/* Add the functions, except those that ran on the senders only: such runs are no IPIs. */
static void add_functions(struct digest *digest, const struct snapshot *snap)
{
	struct fn_rows *rows = fn_rows__new(snap);
	struct fn_stats sum;

	for (size_t i = 0; i < snap->nr_fns; i++) {
		if (!snapshot__function(snap, rows, i, &sum) ||
		    (!sum.count && !sum.delay.count && !sum.handler.count))
			continue;
		digest->fns[digest->nr_fns++] = (struct digest_fn){
			.row = i,
			.func = sum.func,
			.other = sum.other,
			.count = sum.count,
			.handler = sum.handler.sum,
			.wait = wait_sum__spun(&sum.wait),
			.waited = sum.wait.count,
			.delayed = sum.delay.count,
			.ran = sum.handler.count,
			.delay_max = sum.delay.count ? sum.delay.max : 0,
			.run_max = sum.handler.count ? sum.handler.max : 0,
		};
	}
	fn_rows__free(rows);
}

static int by_cost(const void *a, const void *b)
{
	const struct digest_fn *fa = a, *fb = b;
	uint64_t ca = fa->handler + fa->wait, cb = fb->handler + fb->wait;

	return cmp_u64(cb, ca) ?: cmp_u64(fb->count, fa->count) ?: cmp_u64(fa->row, fb->row);
}

static int by_arrived_ns(const void *a, const void *b)
{
	const struct cpu_stats *ca = *(const struct cpu_stats *const *)a;
	const struct cpu_stats *cb = *(const struct cpu_stats *const *)b;
	uint64_t na = cpu_stats__arrived(ca) + ca->reschedules;
	uint64_t nb = cpu_stats__arrived(cb) + cb->reschedules;
	int d = cmp_u64(cpu_stats__arrived_ns(cb), cpu_stats__arrived_ns(ca));

	return d ?: cmp_u64(nb, na) ?: cmp_u64(ca->cpu, cb->cpu);
}

/*
 * Find the CPUs that may have sent the worst csd. A csd of the previous window may come from any
 * other CPU, because its edge was counted in that window.
 */
static void find_senders(const struct digest *digest, const struct snapshot *snap,
			 const struct digest_worst *worst, struct cpuset *senders)
{
	const struct digest_fn *fn = worst->fn_known ? &digest->fns[worst->fn] : NULL;
	struct cpuset of_fn = {};
	uint64_t counted = 0;

	if (snap->ledger.carried_in || snap->edges_other) {
		for (size_t i = 0; i < snap->nr_cpus; i++)
			if (snap->cpus[i].cpu != worst->dst)
				cpuset__add(senders, snap->cpus[i].cpu);
		return;
	}
	for (size_t i = 0; i < snap->nr_edges; i++)
		if (snap->edges[i].dst == worst->dst && snap->edges[i].count)
			cpuset__add(senders, snap->edges[i].src);
	for (size_t i = 0; fn && i < snap->nr_fn_cpus; i++) {
		const struct fn_cpu *csds = &snap->fn_cpus[i];

		if (snap->fns[csds->fn].func.addr != fn->func.addr || !csds->sent)
			continue;
		cpuset__add(&of_fn, csds->cpu);
		counted += csds->sent;
	}
	/* Some CPU may have had no place to count the csds of the function. */
	if (fn && counted >= fn->count)
		cpuset__intersect(senders, &of_fn);
}

const struct digest_fn *digest__whose(const struct digest *digest, uint64_t ns, bool run)
{
	const struct digest_fn *whose = NULL;

	for (size_t i = 0; i < digest->nr_fns; i++) {
		const struct digest_fn *fn = &digest->fns[i];

		if (fn->other || !(run ? fn->ran : fn->delayed) ||
		    (run ? fn->run_max : fn->delay_max) != ns)
			continue;
		if (whose)
			return NULL;
		whose = fn;
	}
	return whose;
}

/* Find the longest delay, or the longest run: @worst is digest->delay or digest->run. */
static void find_worst(const struct digest *digest, const struct snapshot *snap,
		       struct digest_worst *worst)
{
	bool run = worst == &digest->run;
	const struct digest_fn *fn;
	struct cpuset senders = {};
	uint64_t stolen = 0;

	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];
		const struct hist *hist = run ? &cpu->handler : &cpu->delay;

		if (!hist->count || hist->max <= worst->ns)
			continue;
		worst->known = true;
		worst->ns = hist->max;
		worst->dst = cpu->cpu;
		stolen = !cpu->stolen.known ? 0 : run ? cpu->stolen.handler : cpu->stolen.delay;
	}
	if (!worst->known)
		return;
	worst->stolen = 2 * stolen >= worst->ns ? stolen : 0;
	fn = digest__whose(digest, worst->ns, run);
	worst->fn_known = fn;
	worst->fn = fn ? fn - digest->fns : 0;
	find_senders(digest, snap, worst, &senders);
	worst->src_known = cpuset__count(&senders) == 1;
	worst->src = worst->src_known ? cpuset__next(&senders, 0) : 0;
}

/* Add up the interrupts. A file of another tracer may lack the events of a kind. */
static void add_kinds(struct digest *digest, const struct snapshot *snap)
{
	for (int i = 0; i < NR_KINDS; i++) {
		const struct kind_stats *row = snapshot__kind(snap, kind_names[i]);

		digest->ipis += snap->kinds[i];
		digest->sent_known[i] = snap->known.kinds && (!row || row->sent_known);
	}
	digest->most_reschedules = 2 * snap->kinds[KIND_RESCHEDULE] > digest->ipis;
	digest->reschedules_timed =
		snapshot__kind_time(snap, KIND_RESCHEDULE, &digest->reschedules);
	digest->own = own_work__share(snap);
}

int digest__make(struct digest *digest, const struct snapshot *snap)
{
	uint64_t ns = snap->window.mono_end - snap->window.mono_start;
	bool timed = false;

	*digest = (struct digest){
		.fns = calloc(snap->nr_fns + 1, sizeof(*digest->fns)),
		.cpus = calloc(snap->nr_cpus + 1, sizeof(*digest->cpus)),
		.seconds = ns / 1e9,
		.nr_online = snap->host ? cpuset__count(&snap->host->online) : 0,
	};
	if (!digest->fns || !digest->cpus)
		return -ENOMEM;
	if (!digest->nr_online)
		digest->nr_online = snap->nr_cpus ? snap->nr_cpus : 1;
	digest->cpu_ns = ns * digest->nr_online;
	add_functions(digest, snap);
	qsort(digest->fns, digest->nr_fns, sizeof(*digest->fns), by_cost);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		digest->handler += cpu_stats__arrived_ns(cpu);
		digest->wait += cpu_stats__spun(cpu);
		timed |= cpu->handler.count > 0;
		if (cpu_stats__arrived(cpu) || cpu->reschedules || cpu_stats__arrived_ns(cpu))
			digest->cpus[digest->nr_cpus++] = cpu;
	}
	qsort(digest->cpus, digest->nr_cpus, sizeof(*digest->cpus), by_arrived_ns);
	digest->imported = snapshot__is_imported(snap);
	digest->passes_interrupts = snapshot__passes_interrupts(snap);
	digest->handlers_untimed = !timed && snap->how.source == SOURCE_CSD &&
				   !snap->how.filtered &&
				   (ledger__lost(&snap->ledger) || snap->ledger.orphans);
	add_kinds(digest, snap);
	find_worst(digest, snap, &digest->delay);
	find_worst(digest, snap, &digest->run);
	return 0;
}

void digest__free(struct digest *digest)
{
	free(digest->fns);
	free(digest->cpus);
	*digest = (struct digest){};
}
