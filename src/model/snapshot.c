// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include "model/field.h"
#include "model/snapshot.h"

uint64_t count_of_rate(double per_second, uint64_t ns)
{
	double n = per_second * ns / 1e9;

	return n > 0 && n < 1e18 ? llround(n) : 0;
}

bool snapshot__is_imported(const struct snapshot *snap)
{
	return snap->how.wait_source == WAITS_UNKNOWN;
}

bool snapshot__passes_interrupts(const struct snapshot *snap)
{
	return snap->how.source == SOURCE_CSD && snap->how.by_pid && !snap->how.sees_interrupts;
}

void snapshot__free(struct snapshot *snap)
{
	form__free(&snapshot_form, snap);
}

bool fn_stats__same_func(const struct fn_stats *a, const struct fn_stats *b)
{
	return a->other == b->other && a->func.addr == b->func.addr;
}

const char *fn_stats__text(const struct fn_stats *fn, char address[ADDRESS_TEXT])
{
	return fn->other ? "other" : symbol__text(&fn->func, address);
}

struct fn_rows {
	size_t *next; /* for each row the next row of the same function; 0 if there is none */
	bool *later; /* for each row: an earlier row has the same function */
};

static int func_cmp(const void *pa, const void *pb, void *ctx)
{
	const struct fn_stats *fns = ctx;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	int d = cmp_u64(fns[a].other, fns[b].other);

	return d ?: cmp_u64(fns[a].func.addr, fns[b].func.addr) ?: cmp_u64(a, b);
}

void fn_rows__free(struct fn_rows *rows)
{
	if (!rows)
		return;
	free(rows->next);
	free(rows->later);
	free(rows);
}

struct fn_rows *fn_rows__new(const struct snapshot *snap)
{
	struct fn_rows *rows = calloc(1, sizeof(*rows));
	size_t *order = calloc(snap->nr_fns + 1, sizeof(*order));

	if (rows) {
		rows->next = calloc(snap->nr_fns + 1, sizeof(*rows->next));
		rows->later = calloc(snap->nr_fns + 1, sizeof(*rows->later));
	}
	if (!order || !rows || !rows->next || !rows->later) {
		fn_rows__free(rows);
		free(order);
		return NULL;
	}
	for (size_t i = 0; i < snap->nr_fns; i++)
		order[i] = i;
	qsort_r(order, snap->nr_fns, sizeof(*order), func_cmp, snap->fns);
	for (size_t i = 1; i < snap->nr_fns; i++) {
		if (!fn_stats__same_func(&snap->fns[order[i - 1]], &snap->fns[order[i]]))
			continue;
		rows->next[order[i - 1]] = order[i];
		rows->later[order[i]] = true;
	}
	free(order);
	return rows;
}

bool snapshot__function(const struct snapshot *snap, const struct fn_rows *rows, size_t fn,
			struct fn_stats *sum)
{
	const struct fn_stats *fns = snap->fns;

	if (rows && rows->later[fn])
		return false;
	for (size_t i = 0; !rows && i < fn; i++)
		if (fn_stats__same_func(&fns[i], &fns[fn]))
			return false;
	*sum = fns[fn];
	for (size_t i = rows ? rows->next[fn] : fn + 1; i && i < snap->nr_fns;
	     i = rows ? rows->next[i] : i + 1)
		if (rows || fn_stats__same_func(&fns[i], &fns[fn]))
			form__add(&fn_form, sum, &fns[i]);
	return true;
}

struct kind_stats *snapshot__kind(const struct snapshot *snap, const char *kind)
{
	for (size_t i = 0; i < snap->nr_all_kinds; i++)
		if (!strcmp(snap->all_kinds[i].kind, kind))
			return &snap->all_kinds[i];
	return NULL;
}

bool snapshot__kind_time(const struct snapshot *snap, enum ipi_kind kind, uint64_t *ns)
{
	const struct kind_stats *row = snapshot__kind(snap, kind_names[kind]);

	*ns = row && row->timed ? row->time.sum : 0;
	return row && row->timed;
}

static int fn_cmp(const void *pa, const void *pb)
{
	const struct fn_stats *a = pa, *b = pb;
	int d = cmp_u64(b->handler.sum, a->handler.sum) ?: cmp_u64(b->count, a->count);

	d = d ?: cmp_u64(a->func.addr, b->func.addr);
	return d ?: cmp_u64(a->callsite.addr, b->callsite.addr);
}

static int by_cmp(const void *pa, const void *pb)
{
	const struct by_stats *a = pa, *b = pb;
	uint64_t cost_a = a->handler.sum + wait_sum__spun(&a->wait);
	uint64_t cost_b = b->handler.sum + wait_sum__spun(&b->wait);
	int d = cmp_u64(cost_b, cost_a) ?: cmp_u64(b->count, a->count);

	d = d ?: cmp_u64(b->reschedules + b->irq_works, a->reschedules + a->irq_works);
	return d ?: cmp_u64(a->tgid, b->tgid) ?: cmp_u64(a->cgroup, b->cgroup);
}

/* The rows to which order_cmp() compares indexes, and how to compare two rows. */
struct order {
	int (*cmp)(const void *a, const void *b);
	const char *rows;
	size_t size; /* of a row, bytes */
};

static int order_cmp(const void *pa, const void *pb, void *ctx)
{
	const struct order *order = ctx;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;

	return order->cmp(order->rows + a * order->size, order->rows + b * order->size) ?:
		       cmp_u64(a, b);
}

/*
 * Sort @rows. Samples and the counts by CPU refer to rows by index, so the function returns, by old
 * index, the new index of each row. The caller frees the result. NULL if there is no memory.
 */
static size_t *rows_rank(void *rows, size_t nr, size_t size,
			 int (*cmp)(const void *a, const void *b))
{
	char *before = malloc(nr * size);
	size_t *old = calloc(nr, sizeof(*old)), *new = calloc(nr, sizeof(*new));
	struct order order = { cmp, before, size };

	if (!before || !old || !new) {
		free(before);
		free(old);
		free(new);
		return NULL;
	}
	memcpy(before, rows, nr * size);
	for (size_t i = 0; i < nr; i++)
		old[i] = i;
	qsort_r(old, nr, sizeof(*old), order_cmp, &order);
	for (size_t i = 0; i < nr; i++) {
		memcpy((char *)rows + i * size, before + old[i] * size, size);
		new[old[i]] = i;
	}
	free(before);
	free(old);
	return new;
}

static int fns_rank(struct snapshot *snap)
{
	size_t *new = rows_rank(snap->fns, snap->nr_fns, sizeof(*snap->fns), fn_cmp);

	if (!new)
		return -ENOMEM;
	for (size_t i = 0; i < snap->nr_samples; i++)
		snap->samples[i].fn = new[snap->samples[i].fn];
	for (size_t i = 0; i < snap->nr_fn_cpus; i++)
		snap->fn_cpus[i].fn = new[snap->fn_cpus[i].fn];
	free(new);
	return 0;
}

static int send_cmp(const void *pa, const void *pb)
{
	const struct send_stats *a = pa, *b = pb;
	int d = cmp_u64(b->count, a->count) ?: cmp_u64(a->kind, b->kind);

	return d					   ?:
		       cmp_u64(a->func.addr, b->func.addr) ?:
		       cmp_u64(a->callsite.addr, b->callsite.addr);
}

static int sends_rank(struct snapshot *snap)
{
	size_t *new = rows_rank(snap->sends, snap->nr_sends, sizeof(*snap->sends), send_cmp);

	if (!new)
		return -ENOMEM;
	for (size_t i = 0; i < snap->nr_send_samples; i++)
		snap->send_samples[i].fn = new[snap->send_samples[i].fn];
	free(new);
	return 0;
}

static int wake_cmp(const void *pa, const void *pb)
{
	const struct wake_stats *a = pa, *b = pb;
	int d = cmp_u64(b->count, a->count);

	return d ?: cmp_u64(a->waker, b->waker) ?: cmp_u64(a->woken, b->woken);
}

int snapshot__rank(struct snapshot *snap)
{
	if (snap->nr_wakes)
		qsort(snap->wakes, snap->nr_wakes, sizeof(*snap->wakes), wake_cmp);
	if (snap->nr_by)
		qsort(snap->by, snap->nr_by, sizeof(*snap->by), by_cmp);
	if (snap->nr_others)
		qsort(snap->others, snap->nr_others, sizeof(*snap->others), by_cmp);
	if (snap->nr_fns && fns_rank(snap))
		return -ENOMEM;
	return snap->nr_sends ? sends_rank(snap) : 0;
}

void machine_events__guest(struct machine_events *events, struct guest_ipis guest)
{
	uint32_t at = 0;

	while (at < events->nr_guests && events->guests[at].tgid != guest.tgid)
		at++;
	if (at < events->nr_guests) {
		events->guests[at].ipis += guest.ipis;
	} else if (at < GUESTS_MAX) {
		events->guests[events->nr_guests++] = guest;
	} else if (events->guests[--at].ipis < guest.ipis) {
		events->guests[at] = guest;
	} else {
		return;
	}
	/* Move the guest forward to its place in the order. */
	guest = events->guests[at];
	for (; at && events->guests[at - 1].ipis < guest.ipis; at--)
		events->guests[at] = events->guests[at - 1];
	events->guests[at] = guest;
}

void machine_events__add(struct machine_events *to, const struct machine_events *from)
{
	for (int i = 0; i < NR_EVENTS; i++) {
		to->known[i] &= from->known[i];
		to->hits[i] += from->hits[i];
	}
	for (uint32_t i = 0; i < from->nr_guests; i++)
		machine_events__guest(to, from->guests[i]);
}

uint64_t cpu_stats__arrived(const struct cpu_stats *cpu)
{
	return cpu->received + cpu->irqs[KIND_CALL_FUNCTION].count;
}

uint64_t cpu_stats__arrived_ns(const struct cpu_stats *cpu)
{
	uint64_t ns = cpu->handler.sum;

	for (int i = 0; i < NR_KINDS; i++)
		ns += cpu->irqs[i].sum;
	return ns;
}

uint64_t cpu_stats__spun(const struct cpu_stats *cpu)
{
	return wait_spun(cpu->wait.sum, cpu->wait_away);
}

uint64_t cpu_stats__arrived_worst(const struct cpu_stats *cpu)
{
	uint64_t worst = cpu->handler.count ? cpu->handler.max : 0;

	for (int i = 0; i < NR_KINDS; i++)
		if (cpu->irqs[i].max > worst)
			worst = cpu->irqs[i].max;
	return worst;
}

/* A sum of windows has room for this many samples. */
#define SAMPLES_MAX 4096

static int edge_cmp(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	return cmp_u64(a->src, b->src) ?: cmp_u64(a->dst, b->dst);
}

/* Join the edges of the same two CPUs. The edges are sorted, because there may be a million. */
static void edges_join(struct snapshot_sum *sum)
{
	struct edge *edges = sum->snap.edges;
	size_t last = 0;

	if (sum->snap.nr_edges > sum->joined)
		qsort(edges, sum->snap.nr_edges, sizeof(*edges), edge_cmp);
	for (size_t i = 1; i < sum->snap.nr_edges; i++) {
		if (edge_cmp(&edges[last], &edges[i]))
			edges[++last] = edges[i];
		else
			edges[last].count += edges[i].count;
	}
	sum->snap.nr_edges = sum->snap.nr_edges ? last + 1 : 0;
	sum->joined = sum->snap.nr_edges;
}

/*
 * Add the edges of @snap. Edges are joined once their number has doubled since the last time: to
 * sort all edges in each window would take long.
 */
static bool edges_add(struct snapshot_sum *sum, const struct snapshot *snap)
{
	struct snapshot *to = &sum->snap;
	size_t nr = to->nr_edges + snap->nr_edges;

	if (!snap->nr_edges)
		return true;
	if (nr > sum->room) {
		size_t room = nr + sum->room / 2;
		struct edge *edges = realloc(to->edges, room * sizeof(*edges));

		if (!edges)
			return false;
		to->edges = edges;
		sum->room = room;
	}
	memcpy(to->edges + to->nr_edges, snap->edges, snap->nr_edges * sizeof(*to->edges));
	to->nr_edges = nr;
	if (nr >= 2 * sum->joined)
		edges_join(sum);
	return true;
}

/* Samples and the rows that they belong to, in a window or in a sum of windows. */
struct sample_rows {
	struct stack_sample **samples;
	size_t *nr;
	const struct form *form;
	const void *rows;
	size_t nr_rows;
};

/* Returns the samples of csds; @sends: the samples of interrupts without a csd. */
static struct sample_rows get_samples(struct snapshot *snap, bool sends)
{
	if (sends)
		return (struct sample_rows){ &snap->send_samples, &snap->nr_send_samples,
					     &send_form, snap->sends, snap->nr_sends };
	return (struct sample_rows){ &snap->samples, &snap->nr_samples, &fn_form, snap->fns,
				     snap->nr_fns };
}

void snapshot_sum__thin(struct snapshot_sum *sum)
{
	for (int sends = 0; sends < 2; sends++) {
		struct sample_rows rows = get_samples(&sum->snap, sends);

		for (size_t i = 0; 2 * i < *rows.nr; i++)
			(*rows.samples)[i] = (*rows.samples)[2 * i];
		*rows.nr = (*rows.nr + 1) / 2;
	}
	sum->every *= 2;
}

/* Add samples of @snap to @sum; @sends: as in get_samples(). Does not change @snap. */
static bool samples_add(struct snapshot_sum *sum, const struct snapshot *snap, bool sends)
{
	struct sample_rows from = get_samples((struct snapshot *)snap, sends);
	struct sample_rows to = get_samples(&sum->snap, sends);

	if (!*to.samples)
		*to.samples = calloc(SAMPLES_MAX, sizeof(**to.samples));
	if (!*to.samples)
		return false;
	if (!sum->every)
		sum->every = 1;
	for (size_t i = 0; i < *from.nr; i++) {
		struct stack_sample *sample;

		if (sum->seen++ % sum->every)
			continue;
		if (*to.nr == SAMPLES_MAX)
			snapshot_sum__thin(sum);
		sample = &(*to.samples)[(*to.nr)++];
		*sample = (*from.samples)[i];
		sample->fn = form_index__find(sum->index, to.form, to.rows, to.nr_rows,
					      from.rows + sample->fn * from.form->size);
	}
	return true;
}

int snapshot_sum__add(struct snapshot_sum *sum, const struct snapshot *snap)
{
	struct snapshot *to = &sum->snap;

	if (!sum->index)
		sum->index = calloc(1, sizeof(*sum->index));
	if (!sum->index)
		return -ENOMEM;
	if (!to->window.mono_end) {
		to->window = snap->window;
		to->how = snap->how;
		to->known = snap->known;
		to->ledger.carried_in = snap->ledger.carried_in;
		to->call_ledger.carried_in = snap->call_ledger.carried_in;
	}
	for (int i = 0; i < NR_KINDS; i++)
		to->kinds[i] += snap->kinds[i];
	return !form__add_to(&snapshot_form, to, snap, sum->index) && edges_add(sum, snap) &&
			       samples_add(sum, snap, false) && samples_add(sum, snap, true) ?
		       0 :
		       -ENOMEM;
}

void snapshot_sum__end(struct snapshot_sum *sum)
{
	edges_join(sum);
	if (sum->index)
		form_index__free(sum->index);
	free(sum->index);
	sum->index = NULL;
}

void kept__free(struct kept *kept)
{
	if (!kept)
		return;
	snapshot__free(&kept->snap);
	free(kept->strings);
	free(kept);
}

/* The members of a snapshot that point to strings. */
struct members {
	size_t nr;
	const char ***strings; /* the address of each member; NULL: members are only counted */
};

static void add_member(void *ctx, const char **string)
{
	struct members *members = ctx;

	if (members->strings)
		members->strings[members->nr] = string;
	members->nr++;
}

static int by_string(const void *a, const void *b)
{
	const char *sa = **(const char **const *)a, *sb = **(const char **const *)b;

	return sa < sb ? -1 : sa > sb;
}

/*
 * Copy the names, because the symbol tables that own them change. A string is copied once, even if
 * many members point to it.
 */
static bool strings_copy(struct kept *kept)
{
	struct members members = {};
	const char *original = NULL, ***strings;
	size_t size = 0;
	char *copy;

	form__strings(&snapshot_form, &kept->snap, add_member, &members);
	strings = members.strings = calloc(members.nr + 1, sizeof(*strings));
	if (!strings)
		return false;
	members.nr = 0;
	form__strings(&snapshot_form, &kept->snap, add_member, &members);
	qsort(strings, members.nr, sizeof(*strings), by_string);
	for (size_t i = 0; i < members.nr; i++)
		if (!i || *strings[i] != *strings[i - 1])
			size += strlen(*strings[i]) + 1;
	copy = kept->strings = malloc(size + 1);
	for (size_t i = 0; copy && i < members.nr; i++) {
		if (i && *strings[i] != original)
			copy += strlen(copy) + 1;
		original = *strings[i];
		strcpy(copy, original);
		*strings[i] = copy;
	}
	free(strings);
	kept->bytes += size;
	return kept->strings;
}

struct kept *kept__new(const struct snapshot *snap)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	if (!kept)
		return NULL;
	kept->bytes = sizeof(*kept) + form__bytes(&snapshot_form, snap);
	if (form__copy(&snapshot_form, &kept->snap, snap) || !strings_copy(kept)) {
		kept__free(kept);
		return NULL;
	}
	if (snap->host) {
		kept->host = *snap->host;
		kept->snap.host = &kept->host;
	}
	return kept;
}
