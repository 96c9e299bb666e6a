// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/callers.h"
#include "storm/groups.h"

/*
 * Reschedules belong to migration when there are more stopper runs, or more
 * moves of tasks, for each reschedule than this. One move by the stopper takes
 * several reschedules: to wake the stopper, and to preempt on both CPUs.
 */
#define STOPS_PER_KIND 0.1
#define MOVES_PER_KIND 1.5

/* Call sites, in kernel/smp.c and elsewhere, that queue to one CPU at a time. */
static const char *const single_sites[] = {
	"generic_exec_single",	  "__smp_call_single_queue",  "__smp_call_function_single",
	"ttwu_queue_wakelist",	  "irq_work_queue_on",	      "smp_call_function_single_async",
	"__irq_work_queue_local", "smp_call_function_single",
};

/*
 * A cause with a smaller part of the csds gets no share, since few samples show that cause: its
 * csds count for no cause. Half of this part is enough for a cause whose group is a storm already.
 * A smaller part of ipitrace's own counts for no cause, too, and is not shown.
 */
#define PART_LEAST  0.2
/*
 * One sample of more than this many gives no share either: the sample of a late csd represents more
 * csds than PART_LEAST. This does not end the storm of a group.
 */
#define SAMPLES_FEW 5

void shares__begin(struct shares *shares, const struct sending *sent)
{
	memset(shares, 0, sizeof(*shares));
	possible__find(&shares->possible, sent);
}

static const struct signature *find_signature(const struct shares *shares,
					      const struct stack_sample *sample)
{
	return possible__cause(&shares->possible, sample->stack, sample->nr).sig;
}

/* Returns the index of @sig's share; shares->nr if it has none. */
static size_t share_find(const struct shares *shares, const struct signature *sig)
{
	size_t i = 0;

	while (i < shares->nr && shares->causes[i].sig != sig)
		i++;
	return i;
}

void shares__sample(struct shares *shares, const struct stack_sample *sample)
{
	struct share added = { .part = sample__csds(sample), .samples = 1 };
	size_t i;

	shares->samples++;
	shares->csds += added.part;
	if (sample->own) {
		shares->own += added.part;
		return;
	}
	added.sig = find_signature(shares, sample);
	i = share_find(shares, added.sig);
	if (i == CAUSES_MAX)
		return;
	if (i == shares->nr)
		shares->nr++;
	added.part += shares->causes[i].part;
	added.samples += shares->causes[i].samples;
	for (; i > 0 && shares->causes[i - 1].part < added.part; i--)
		shares->causes[i] = shares->causes[i - 1];
	shares->causes[i] = added;
}

void shares__settle(struct shares *shares)
{
	size_t nr = 0;

	if (!shares->samples) {
		shares->nr = 1;
		shares->causes[0] =
			(struct share){ .sig = possible__cause(&shares->possible, NULL, 0).sig,
					.part = 1 };
		return;
	}
	shares->own_part = shares->own / shares->csds;
	if (shares->own_part < PART_LEAST)
		shares->own_part = 0;
	for (size_t i = 0; i < shares->nr; i++) {
		struct share *share = &shares->causes[i];
		double least = PART_LEAST * (shares->csds - shares->own);
		bool one = share->samples == 1 && shares->samples > SAMPLES_FEW;

		if (nr && (share->lasts ? share->part < least / 2 : share->part < least || one))
			continue;
		share->part /= shares->csds;
		shares->causes[nr++] = *share;
	}
	shares->nr = nr;
}

bool shares__cause(const struct shares *shares, const struct stack_sample *sample,
		   const struct signature **sig)
{
	*sig = find_signature(shares, sample);
	return !sample->own && share_find(shares, *sig) < shares->nr;
}

/*
 * Returns the group of @sig, or, where @sig is NULL, of the function at @addr; NULL: there is none.
 */
static struct group *find_group(struct groups *groups, const struct signature *sig, uint64_t addr)
{
	for (size_t i = 0; i < STORM_GROUPS; i++) {
		struct group *group = &groups->at[i];

		if (group->used && group->sig == sig && (sig || group->addr == addr))
			return group;
	}
	return NULL;
}

/* Whether the group of @sig is a storm. */
static bool is_storm(struct groups *groups, const struct signature *sig)
{
	const struct group *group = find_group(groups, sig, 0);

	return group && group->storm;
}

static bool is_single(const struct snapshot *snap, const struct fn_stats *fn)
{
	/*
	 * If a tracer hides the call site, the number of csds for each call shows whether calls go
	 * to one CPU.
	 */
	if (snap->how.callsites_hidden && !fn->callsite.addr && !fn->callsite.name)
		return fn->calls.csds <= fn->calls.count;
	for (size_t i = 0; fn->callsite.name && i < sizeof(single_sites) / sizeof(char *); i++)
		if (!strcmp(fn->callsite.name, single_sites[i]))
			return true;
	return false;
}

/*
 * Whether reschedules are due to tasks that change their CPU. The stopper thread moves a running
 * task. A waiting task is moved without it; a wake-up may move its task, too, but at most one task
 * for each IPI.
 */
static bool tasks_are_moved(const struct task_moves *moved, uint64_t count, bool storm)
{
	/* Hysteresis: a storm keeps its name while the ratios vary. */
	double less = storm ? 4 : 1;

	if (!moved)
		return false;
	if (moved->stops_known && moved->stops > count * STOPS_PER_KIND / less)
		return true;
	/*
	 * A CPU that polls in idle is woken without an interrupt. Such a wake-up may move its task,
	 * too.
	 */
	return moved->moves_known && moved->polls_known &&
	       moved->moves > (count + moved->polls) * MOVES_PER_KIND / less;
}

/*
 * Returns the signature of reschedules without a sampled stack, if the counts of moved tasks show
 * that such moves cause them; NULL if not.
 */
static const struct signature *find_moves_signature(struct groups *groups, enum ipi_kind kind,
						    uint64_t count, const struct task_moves *moved)
{
	for (size_t i = 0; i < signatures__nr(); i++) {
		const struct signature *sig = signature__at(i);

		if (sig->stops && sig->kinds & 1U << kind &&
		    tasks_are_moved(moved, count, is_storm(groups, sig)))
			return sig;
	}
	return NULL;
}

/*
 * Returns the group's slot: its own, a free slot, or that of the calm group that was last seen
 * longest ago.
 */
static struct group *group_get(struct groups *groups, const struct signature *sig, uint64_t addr)
{
	struct group *oldest = find_group(groups, sig, addr);

	if (oldest)
		return oldest;
	for (size_t i = 0; i < STORM_GROUPS; i++) {
		struct group *group = &groups->at[i];

		if (group->storm || (group->used && group->last_interval == groups->interval))
			continue;
		if (!oldest || !group->used ||
		    (oldest->used && group->last_interval < oldest->last_interval))
			oldest = group;
	}
	if (oldest)
		*oldest = (struct group){ .used = true, .sig = sig, .addr = addr };
	return oldest;
}

/* Add @count csds of @func; NULL: interrupts of @kind, which have no function. */
static void func_add(struct group *group, const struct symbol *func, enum ipi_kind kind,
		     uint64_t count)
{
	struct storm_func added = { .kind = kind, .count = count }, *at;
	int i = 0;

	if (func && func->name)
		snprintf(added.name, sizeof(added.name), "%s", func->name);
	else if (func)
		snprintf(added.name, sizeof(added.name), "0x%llx", (unsigned long long)func->addr);
	if (func && func->module)
		snprintf(added.module, sizeof(added.module), "%s", func->module);
	while (i < group->nr_funcs && (strcmp(group->funcs[i].name, added.name) ||
				       strcmp(group->funcs[i].module, added.module)))
		i++;
	if (i == STORM_FUNCS)
		return;
	at = &group->funcs[i];
	if (i == group->nr_funcs)
		group->nr_funcs++;
	else
		added.count += at->count;
	for (; i > 0 && group->funcs[i - 1].count < added.count; i--)
		group->funcs[i] = group->funcs[i - 1];
	group->funcs[i] = added;
}

static uint32_t count_online(const struct snapshot *snap)
{
	uint32_t nr = snap->host ? cpuset__count(&snap->host->online) : 0;

	if (nr)
		return nr;
	return snap->nr_cpus ? snap->nr_cpus : 1;
}

/* How large a share of all csds one CPU gets. */
struct spread {
	uint32_t nr_online;
	double csds; /* the share of all csds that the CPU with most csds ran; 1: all of them */
	double handler; /* the largest share of the time of all handlers; 0 if no run is seen */
};

static double get_ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / whole : 0;
}

/* Measure the spread, if no run is seen, by the pairs of CPUs: they have the target of each csd. */
static int measure_edge_spread(const struct snapshot *snap, struct spread *spread)
{
	uint64_t *dst = calloc(MAX_CPUS, sizeof(*dst)), csds = 0, most = 0;

	if (!dst)
		return -ENOMEM;
	for (size_t i = 0; i < snap->nr_edges; i++) {
		const struct edge *edge = &snap->edges[i];

		csds += edge->count;
		dst[edge->dst % MAX_CPUS] += edge->count;
		if (dst[edge->dst % MAX_CPUS] > most)
			most = dst[edge->dst % MAX_CPUS];
	}
	free(dst);
	*spread = (struct spread){ .nr_online = count_online(snap), .csds = get_ratio(most, csds) };
	return 0;
}

static struct spread measure_spread(const struct snapshot *snap)
{
	uint64_t csds = 0, most_csds = 0, handler = 0, most_handler = 0;

	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		csds += cpu->received;
		handler += cpu->handler.sum;
		if (cpu->received > most_csds)
			most_csds = cpu->received;
		if (cpu->handler.sum > most_handler)
			most_handler = cpu->handler.sum;
	}
	return (struct spread){ count_online(snap), get_ratio(most_csds, csds),
				get_ratio(most_handler, handler) };
}

static int hit_add(struct groups *groups, const struct hit *hit)
{
	if (groups->nr_hits == groups->max_hits) {
		size_t max = groups->max_hits ? 2 * groups->max_hits : 64;
		struct hit *hits = reallocarray(groups->hits, max, sizeof(*hits));

		if (!hits)
			return -ENOMEM;
		groups->hits = hits;
		groups->max_hits = max;
	}
	groups->hits[groups->nr_hits++] = *hit;
	return 0;
}

/*
 * Add @share of what the CPUs counted of snap->fns[@fn] to the hits. *@sent and *@received get the
 * parts that the CPUs have counted.
 */
static int add_hits(struct groups *groups, struct group *group, const struct snapshot *snap,
		    size_t fn, double share, double *sent, double *received)
{
	*sent = *received = 0;
	for (size_t i = 0; i < snap->nr_fn_cpus; i++) {
		const struct fn_cpu *part = &snap->fn_cpus[i];
		struct hit hit = { group,
				   part->cpu,
				   part->sent * share,
				   part->received * share,
				   part->handler * share,
				   part->wait * share };

		if (part->fn != fn)
			continue;
		*sent += hit.sent;
		*received += hit.received;
		if (hit_add(groups, &hit))
			return -ENOMEM;
	}
	return 0;
}

/* Add the part of the row's figures that belongs to @cause to the group of @cause. */
static int cause_count(struct groups *groups, const struct snapshot *snap, size_t i,
		       const struct shares *shares, const struct share *cause,
		       const struct spread *spread)
{
	const struct fn_stats *fn = &snap->fns[i];
	struct group *group = group_get(groups, cause->sig, fn->func.addr);
	double share = cause->part;
	uint64_t count = fn->count * share + 0.5;
	double sent, received, rest;

	if (!group)
		return 0;
	group->last_interval = groups->interval;
	group->names = fn->func.name ? NAMES_SHOWN : snap->how.names;
	group->now.count += count;
	group->now.unsampled += shares->samples ? 0 : count;
	/* ipitrace's own csds are counted once, with the most frequent cause. */
	if (cause == shares->causes)
		group->now.own += fn->count * shares->own_part + 0.5;
	group->now.handler_ns += fn->handler.sum * share;
	if (!is_single(snap, fn))
		group->now.many += count;
	group->now.wait_ns += wait_sum__spun(&fn->wait) * share;
	group->now.stolen.known |= fn->stolen.known;
	group->now.stolen.delay += fn->stolen.delay * share;
	group->now.stolen.handler += fn->stolen.handler * share;
	group->now.runs_unseen |= groups->runs_unseen;
	group->now.at_most |= fn->at_most;
	group->now.waits_unknown |= groups->waits_unknown;
	func_add(group, &fn->func, NR_KINDS, count);
	if (add_hits(groups, group, snap, i, share, &sent, &received))
		return -ENOMEM;
	if (count > sent)
		group->now.sent_elsewhere += count - sent;
	rest = count > received ? count - received : 0;
	group->now.received_elsewhere += rest;
	if (received) {
		/* The rest is from CPUs that had no place for the row: assume equal parts. */
		group->now.victim += rest / spread->nr_online;
		return 0;
	}
	/* No CPU had a place: assume the same shares as those of all csds. */
	group->now.victim += fn->count * share * spread->csds;
	group->now.victim_ns += fn->handler.sum * share * spread->handler;
	return 0;
}

/*
 * Settle the shares. A cause whose group is a storm already gets a share with half as many samples
 * as another cause needs.
 */
static void settle_shares(struct groups *groups, struct shares *shares)
{
	for (size_t i = 0; i < shares->nr; i++)
		shares->causes[i].lasts = shares->causes[i].sig &&
					  is_storm(groups, shares->causes[i].sig);
	shares__settle(shares);
}

void groups__shares(struct groups *groups, const struct snapshot *snap, size_t fn,
		    struct shares *shares)
{
	const struct symbol *func = &snap->fns[fn].func;

	shares__begin(shares, &(struct sending){ .func = func->name, .module = func->module });
	for (size_t i = 0; i < snap->nr_samples; i++)
		if (snap->fns[snap->samples[i].fn].func.addr == func->addr)
			shares__sample(shares, &snap->samples[i]);
	settle_shares(groups, shares);
}

void groups__send_shares(struct groups *groups, const struct snapshot *snap, size_t send,
			 struct shares *shares)
{
	const struct send_stats *row = &snap->sends[send];

	shares__begin(shares, &(struct sending){ .kind = row->kind,
						 .func = row->func.name,
						 .module = row->func.module });
	for (size_t i = 0; i < snap->nr_send_samples; i++)
		if (snap->send_samples[i].fn == send)
			shares__sample(shares, &snap->send_samples[i]);
	settle_shares(groups, shares);
}

struct group *groups__of(struct groups *groups, const struct shares *shares, uint64_t addr,
			 const struct stack_sample *sample)
{
	const struct signature *sig;

	return shares__cause(shares, sample, &sig) ? find_group(groups, sig, addr) : NULL;
}

static int fn_add(struct groups *groups, const struct snapshot *snap, size_t i,
		  const struct spread *spread)
{
	const struct fn_stats *fn = &snap->fns[i];
	struct shares shares;
	int err = 0;

	groups->all += fn->count;
	/* A row that is the sum of the csds that got no row has csds of any function. */
	if (fn->other || (!fn->count && !fn->handler.count && !fn->wait.count))
		return 0;
	groups__shares(groups, snap, i, &shares);
	for (size_t c = 0; c < shares.nr && !err; c++)
		err = cause_count(groups, snap, i, &shares, &shares.causes[c], spread);
	return err;
}

static int hit_cmp(const void *pa, const void *pb)
{
	const struct hit *a = pa, *b = pb;

	return cmp_u64((uintptr_t)a->group, (uintptr_t)b->group) ?: cmp_u64(a->cpu, b->cpu);
}

/* Join the hits of the same group and CPU. */
static void hits_join(struct groups *groups)
{
	size_t nr = 0;

	if (groups->nr_hits)
		qsort(groups->hits, groups->nr_hits, sizeof(*groups->hits), hit_cmp);
	for (size_t i = 0; i < groups->nr_hits; i++) {
		const struct hit *hit = &groups->hits[i];
		struct hit *to = &groups->hits[nr ? nr - 1 : 0];

		if (!nr || hit_cmp(to, hit)) {
			groups->hits[nr++] = *hit;
			continue;
		}
		to->sent += hit->sent;
		to->received += hit->received;
		to->handler += hit->handler;
		to->wait += hit->wait;
	}
	groups->nr_hits = nr;
}

/*
 * For each group add the window's figures of two CPUs: the one that receives most, and the one that
 * waits most.
 */
static void victims_add(struct groups *groups)
{
	for (size_t i = 0; i < groups->nr_hits;) {
		struct hit most = groups->hits[i];
		struct storm_sums *sums = &most.group->now;

		for (; i < groups->nr_hits && groups->hits[i].group == most.group; i++) {
			const struct hit *hit = &groups->hits[i];

			most.received = hit->received > most.received ? hit->received :
									most.received;
			most.handler = hit->handler > most.handler ? hit->handler : most.handler;
			most.wait = hit->wait > most.wait ? hit->wait : most.wait;
		}
		sums->victim += most.received;
		sums->victim_ns += most.handler;
		sums->waiter_ns += most.wait;
	}
}

void groups__clear(struct groups *groups)
{
	free(groups->hits);
	groups->hits = NULL;
	groups->nr_hits = groups->max_hits = 0;
}

/*
 * Count the interrupts of @kind that were sent, and the largest share of one CPU of them. If their
 * sending is not seen, count those that arrived, which no filter selects. Returns false if unknown.
 */
static bool kind_count(const struct snapshot *snap, enum ipi_kind kind, uint32_t nr_online,
		       uint64_t *count, double *victim)
{
	const struct kind_stats *row = snapshot__kind(snap, kind_names[kind]);
	uint64_t most = 0;

	*count = snap->kinds[kind];
	*victim = row && row->most_hit.part ? row->most_hit.part : 1.0 / nr_online;
	if (snap->known.kinds || !snap->known.irqs || snap->how.filtered)
		return snap->known.kinds;
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct irq_sum *irq = &snap->cpus[i].irqs[kind];

		*count += irq->count;
		if (irq->count > most)
			most = irq->count;
	}
	*victim = get_ratio(most, *count);
	return true;
}

/* Interrupts without a csd: all of a kind, or those that one place in the kernel sends. */
struct sent_kind {
	enum ipi_kind kind;
	uint64_t count;
	double victim; /* the largest share of one CPU */
	const struct signature
		*moves; /* signature that find_moves_signature() found; NULL if it found none */
};

/* Add @cause's part of @sent to the group of @cause. */
static void kind_count_cause(struct groups *groups, const struct sent_kind *sent,
			     const struct shares *shares, const struct share *cause)
{
	struct group *group = group_get(groups, cause->sig, 0);
	uint64_t count = sent->count * cause->part + 0.5;

	if (!group || !count)
		return;
	group->last_interval = groups->interval;
	group->now.count += count;
	group->now.unsampled += shares->samples ? 0 : count;
	/* ipitrace's own interrupts are counted once, with the most frequent cause. */
	if (cause == shares->causes)
		group->now.own += sent->count * shares->own_part + 0.5;
	group->now.sent_elsewhere += count;
	group->now.received_elsewhere += count;
	group->now.victim += count * sent->victim;
	func_add(group, NULL, sent->kind, count);
}

static void kind_count_shares(struct groups *groups, const struct sent_kind *sent,
			      struct shares *shares)
{
	if (!shares->samples && sent->moves)
		shares->causes[0].sig = sent->moves;
	for (size_t i = 0; i < shares->nr; i++)
		kind_count_cause(groups, sent, shares, &shares->causes[i]);
}

/*
 * Add interrupts that carry no csd: by the places that send them, or together if the places are
 * unknown.
 */
static void kind_add(struct groups *groups, const struct snapshot *snap, enum ipi_kind kind,
		     const struct spread *spread, const struct task_moves *moved)
{
	struct sent_kind sent = { .kind = kind };
	struct shares shares;

	if (!kind_count(snap, kind, spread->nr_online, &sent.count, &sent.victim))
		return;
	groups->all += sent.count;
	sent.moves = find_moves_signature(groups, kind, sent.count, moved);
	if (!snap->known.sends) {
		shares__begin(&shares, &(struct sending){ .kind = kind });
		settle_shares(groups, &shares);
		kind_count_shares(groups, &sent, &shares);
		return;
	}
	for (size_t i = 0; i < snap->nr_sends; i++) {
		const struct send_stats *row = &snap->sends[i];

		if (row->kind != kind)
			continue;
		groups__send_shares(groups, snap, i, &shares);
		sent.count = row->count;
		kind_count_shares(groups, &sent, &shares);
	}
}

int groups__add(struct groups *groups, const struct snapshot *snap, const struct task_moves *moved)
{
	struct spread spread = measure_spread(snap);
	uint64_t ns = snap->window.mono_end - snap->window.mono_start;
	int err = 0;

	groups->runs_unseen = snap->how.source == SOURCE_CALLS;
	groups->waits_unknown = snap->how.wait_source == WAITS_UNKNOWN;
	if (groups->runs_unseen)
		err = measure_edge_spread(snap, &spread);
	if (!groups->ns)
		groups->start = snap->window.mono_start;
	groups->end = snap->window.mono_end;
	groups->ns += ns;
	groups->cpu_ns += ns * spread.nr_online;
	groups->nr_hits = 0;
	for (size_t i = 0; i < snap->nr_fns && !err; i++)
		err = fn_add(groups, snap, i, &spread);
	if (err)
		return err;
	hits_join(groups);
	victims_add(groups);
	kind_add(groups, snap, KIND_RESCHEDULE, &spread, moved);
	kind_add(groups, snap, KIND_IRQ_WORK, &spread, moved);
	return 0;
}

void groups__next(struct groups *groups)
{
	for (size_t i = 0; i < STORM_GROUPS; i++) {
		struct group *group = &groups->at[i];

		group->prev = group->now;
		group->now = (struct storm_sums){};
		group->nr_funcs = 0;
	}
	groups->interval++;
	groups->ns = 0;
	groups->cpu_ns = 0;
	groups->all = 0;
}
