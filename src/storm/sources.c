// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "storm/groups.h"

/* Whether @frame explains nothing. A BPF trampoline comes before the function that it traces. */
static bool is_silent(const struct symbol *frame)
{
	return !frame->name || (frame->module && !strcmp(frame->module, "bpf")) ||
	       plumbing__has(frame) || plumbing__is_entry(frame->name);
}

static void chain_add(struct storm_source *source, const struct symbol *frame)
{
	char *to = source->chain[source->nr_chain];

	if (source->nr_chain == STORM_CHAIN)
		return;
	if (frame->module)
		snprintf(to, STORM_CHAIN_LEN, "%s [%s]", frame->name, frame->module);
	else
		snprintf(to, STORM_CHAIN_LEN, "%s", frame->name);
	/* The compiler may split one function into parts of the same name. */
	if (source->nr_chain && !strcmp(to, source->chain[source->nr_chain - 1]))
		return;
	source->nr_chain++;
}

static struct storm_source make_source(const struct signature *sig,
				       const struct stack_sample *sample)
{
	const struct why *why = signature__why_of(sig, sample->stack, sample->nr);
	const struct symbol *caller = callers__frame(sample);
	const struct symbol *user = callers__user(sample);
	struct reason reason = callers__reason(sample->stack, sample->nr);
	struct storm_source source = { .sender = callers__sender(sample),
				       .interrupt = callers__sent_by_interrupt(sample),
				       .samples = 1,
				       .csds = sample__csds(sample),
				       .has_user = user };
	uint32_t interrupted = callers__interrupted(sample->stack, sample->nr);
	/* Frames of the task that an interrupt interrupted do not belong to the storm. */
	uint32_t end = interrupted ? interrupted : sample->nr;

	if (caller)
		snprintf(source.caller, sizeof(source.caller), "%s", caller->name);
	snprintf(source.reason, sizeof(source.reason), "%s", reason.name);
	snprintf(source.why, sizeof(source.why), "%s", why ? why->word : "");
	if (!source.interrupt) {
		source.tgid = sample->tgid;
		snprintf(source.comm, sizeof(source.comm), "%s", sample->comm);
		source.kworker = sample->kworker;
		source.queued_by = sample->queued_by;
		if (sample->cgroup_path)
			snprintf(source.cgroup, sizeof(source.cgroup), "%s", sample->cgroup_path);
	}
	if (user) {
		source.user_offset = user->offset;
		snprintf(source.user_func, sizeof(source.user_func), "%s",
			 user->name ? user->name : "");
		snprintf(source.user_module, sizeof(source.user_module), "%s",
			 user->module ? user->module : "");
	}
	/* The reason's frame belongs to the chain, even if the whole stack is plumbing. */
	for (uint32_t f = reason.frame; f < end; f++)
		if (f == reason.frame || !is_silent(&sample->stack[f]))
			chain_add(&source, &sample->stack[f]);
	return source;
}

/* Count a sample of @source, whether or not the list of sources has room for it. */
static void why_add(struct storm *storm, const struct storm_source *source)
{
	struct storm_why *why = storm->whys;

	while (why < storm->whys + storm->nr_whys && strcmp(why->why, source->why))
		why++;
	if (why == storm->whys + STORM_WHYS)
		return;
	if (why == storm->whys + storm->nr_whys) {
		storm->nr_whys++;
		*why = (struct storm_why){};
		snprintf(why->why, sizeof(why->why), "%s", source->why);
	}
	why->samples++;
	why->csds += source->csds;
	/* The reason of most csds keeps its lead over all other reasons together. */
	if (why->lead < source->csds && strcmp(why->reason, source->reason)) {
		snprintf(why->reason, sizeof(why->reason), "%s", source->reason);
		why->lead = source->csds - why->lead;
	} else {
		why->lead += strcmp(why->reason, source->reason) ? -source->csds : source->csds;
	}
}

void sources__add(struct storm *storm, const struct stack_sample *sample)
{
	struct storm_source source = make_source(storm->sig, sample), *at = storm->sources;
	int i = 0;

	storm->samples++;
	storm->csds += source.csds;
	why_add(storm, &source);
	while (i < storm->nr_sources &&
	       (at[i].sender != source.sender || strcmp(at[i].reason, source.reason) ||
		strcmp(at[i].why, source.why)))
		i++;
	/*
	 * A full list drops its last source for one with more csds, so that rare sources do not
	 * fill it.
	 */
	if (i == STORM_SOURCES) {
		if (storm->sources[--i].csds > source.csds)
			return;
	} else if (i == storm->nr_sources) {
		storm->nr_sources++;
	} else {
		source.samples += at[i].samples;
		source.csds += at[i].csds;
	}
	for (; i > 0 && at[i - 1].csds < source.csds; i--)
		at[i] = at[i - 1];
	at[i] = source;
}

static void edges_add(struct storm *storm, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_edges; i++) {
		const struct edge *edge = &snap->edges[i];

		if (edge->src < storm->nr_cpus)
			storm->src[edge->src] += edge->count;
		if (edge->dst < storm->nr_cpus)
			storm->dst[edge->dst] += edge->count;
	}
}

/* Forget @storm's CPUs, because from now on they are counted in another way. */
static void cpus_forget(struct storm *storm)
{
	memset(storm->src, 0, storm->nr_cpus * sizeof(*storm->src));
	memset(storm->dst, 0, storm->nr_cpus * sizeof(*storm->dst));
}

/*
 * Add the senders and the targets of interrupts of the storm's kind in the window, which carry no
 * csd. All interrupts of the kind count, because one that arrives has no sender. A CPU raises
 * irq_works on itself.
 */
static void kinds_add(struct storm *storm, const struct snapshot *snap)
{
	bool irq_works = storm->funcs[0].kind == KIND_IRQ_WORK;

	if (storm->own_counts)
		cpus_forget(storm);
	storm->own_counts = false;
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		if (cpu->cpu >= storm->nr_cpus)
			continue;
		storm->src[cpu->cpu] += irq_works ? cpu->irq_works : cpu->reschedules_sent;
		storm->dst[cpu->cpu] += irq_works ? cpu->irq_works : cpu->reschedules;
	}
}

/*
 * Add the window's senders and targets of each storm's own csds. If runs are not seen, CPUs have
 * counted only what they sent: edges_add() has both ends.
 */
static void hits_add(const struct groups *groups)
{
	if (groups->runs_unseen)
		return;
	for (size_t i = 0; i < groups->nr_hits; i++) {
		const struct hit *hit = &groups->hits[i];
		struct storm *storm = hit->group->storm;

		if (!storm || hit->cpu >= storm->nr_cpus || storm__is_of_kind(storm))
			continue;
		/* Until now the storm's CPUs were those of the csds of all functions. */
		if (!storm->own_counts)
			cpus_forget(storm);
		storm->own_counts = true;
		storm->src[hit->cpu] += hit->sent + 0.5;
		storm->dst[hit->cpu] += hit->received + 0.5;
	}
}

/*
 * Add the @samples of row @row, whose causes are @shares and whose groups have the address @addr.
 */
static void samples_add(struct groups *groups, const struct shares *shares, uint64_t addr,
			const struct stack_sample *samples, size_t nr, size_t row)
{
	for (size_t i = 0; i < nr; i++) {
		struct group *group;

		if (samples[i].fn != row)
			continue;
		group = groups__of(groups, shares, addr, &samples[i]);
		/*
		 * If no stack was sampled for most of the storm, for example for its reschedules,
		 * a few samples of the rest do not show who sends the storm.
		 */
		if (group && group->storm &&
		    2 * group->storm->last.unsampled <= group->storm->last.count)
			sources__add(group->storm, &samples[i]);
	}
}

void sources__window(struct groups *groups, struct storm *const *storms, size_t nr,
		     const struct snapshot *snap)
{
	struct shares shares;

	for (size_t fn = 0; fn < snap->nr_fns; fn++) {
		if (snap->fns[fn].other)
			continue;
		groups__shares(groups, snap, fn, &shares);
		samples_add(groups, &shares, snap->fns[fn].func.addr, snap->samples,
			    snap->nr_samples, fn);
	}
	for (size_t send = 0; send < snap->nr_sends; send++) {
		groups__send_shares(groups, snap, send, &shares);
		samples_add(groups, &shares, 0, snap->send_samples, snap->nr_send_samples, send);
	}
	hits_add(groups);
	for (size_t i = 0; i < nr; i++) {
		if (storms[i]->news == STORM_ENDED)
			continue;
		if (storm__is_of_kind(storms[i]))
			kinds_add(storms[i], snap);
		else if (!storms[i]->own_counts)
			edges_add(storms[i], snap);
	}
}
