// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "base/sanitize.h"
#include "model/field.h"
#include "view/html/page.h"

/* Returns the number of a function's name; 0 for names beyond the limit; -ENOMEM. */
static int name_number(struct bins *b, const char *func, const char *module)
{
	char key[512];
	json_t *known;
	size_t number;

	if (!b->names) {
		b->names = json_pack("[[sn]]", "other");
		b->name_numbers = json_object();
		if (!b->names || !b->name_numbers)
			return -ENOMEM;
	}
	snprintf(key, sizeof(key), "%.250s\n%.250s", func, module ? module : "");
	/* Remove a character that was cut off in the middle: jansson would refuse it. */
	sanitize_utf8(key, sizeof(key), key);
	known = json_object_get(b->name_numbers, key);
	if (known)
		return json_integer_value(known);
	number = json_array_size(b->names);
	if (number == PAGE_NAMES_MAX)
		return 0;
	if (json_array_append_new(b->names, json_pack("[ss?]", func, module)) ||
	    json_object_set_new(b->name_numbers, key, json_integer(number)))
		return -ENOMEM;
	return number;
}

/* Add @cpu to the row of its CPU, which may be a new row. 0 or -ENOMEM. */
static int add_cpu(struct bin *bin, const struct cpu_stats *cpu, uint64_t unknown)
{
	struct bin_cpu *rows;
	size_t place = bin->nr_cpus;

	while (place && bin->cpus[place - 1].row.id > cpu->cpu)
		place--;
	if (place && bin->cpus[place - 1].row.id == cpu->cpu) {
		bin->cpus[place - 1].row.unknown &= unknown;
		return form__add(&cpu_form, &bin->cpus[place - 1].sums, cpu);
	}
	rows = realloc(bin->cpus, (bin->nr_cpus + 1) * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	memmove(rows + place + 1, rows + place, (bin->nr_cpus - place) * sizeof(*rows));
	rows[place] = (struct bin_cpu){ { cpu->cpu, unknown }, *cpu };
	bin->cpus = rows;
	bin->nr_cpus++;
	return 0;
}

/* Add @fn to the row of the function @name, or to the row of all others. 0 or -ENOMEM. */
static int add_function(struct bin *bin, uint32_t name, const struct fn_stats *fn, uint64_t unknown)
{
	struct bin_func *rows, *row;
	size_t i = 0;

	while (i < bin->nr_funcs && bin->funcs[i].row.id != name)
		i++;
	if (i < bin->nr_funcs) {
		bin->funcs[i].row.unknown &= unknown;
		return form__add(&fn_form, &bin->funcs[i].sums, fn);
	}
	if (name && bin->nr_funcs >= BIN_FUNCS)
		return add_function(bin, 0, fn, unknown);
	rows = realloc(bin->funcs, (bin->nr_funcs + 1) * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	row = &rows[bin->nr_funcs++];
	*row = (struct bin_func){ { name, unknown }, *fn };
	row->sums.func = row->sums.callsite = (struct symbol){};
	bin->funcs = rows;
	return 0;
}

/* The number of rows and columns grows in steps of this. */
#define SIDE_STEP 8

/* Add the counts of @from to @counts, a square of @side rows. */
static void add_counts(const struct edges *from, uint64_t *counts, uint32_t side)
{
	for (uint32_t src = 0; src < from->side; src++)
		for (uint32_t dst = 0; dst < from->side; dst++)
			counts[src * side + dst] += from->counts[src * from->side + dst];
}

static int grow_edges(struct edges *e, uint32_t side)
{
	uint64_t *counts;

	if (side <= e->side)
		return 0;
	side = (side + SIDE_STEP - 1) / SIDE_STEP * SIDE_STEP;
	counts = calloc((size_t)side * side, sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	add_counts(e, counts, side);
	free(e->counts);
	*e = (struct edges){ side, counts };
	return 0;
}

static int count_edge(struct edges *e, uint32_t src, uint32_t dst, uint64_t count)
{
	if (grow_edges(e, (src > dst ? src : dst) + 1))
		return -ENOMEM;
	e->counts[src * e->side + dst] += count;
	return 0;
}

static void free_edges(struct edges *e)
{
	free(e->counts);
	*e = (struct edges){ 0 };
}

static void free_bin(struct bin *bin)
{
	free(bin->cpus);
	free(bin->funcs);
	free_edges(&bin->edges);
	*bin = (struct bin){ 0 };
}

static int merge_rows(struct bin *bin, const struct bin *next)
{
	int err = 0;

	for (size_t i = 0; i < next->nr_cpus && !err; i++)
		err = add_cpu(bin, &next->cpus[i].sums, next->cpus[i].row.unknown);
	for (size_t i = 0; i < next->nr_funcs && !err; i++) {
		const struct bin_func *from = &next->funcs[i];

		err = add_function(bin, from->row.id, &from->sums, from->row.unknown);
	}
	return err;
}

/* Add the later @next to @bin, and free @next. */
static int merge_bins(struct bin *bin, struct bin *next)
{
	int err = merge_rows(bin, next);

	if (!err)
		err = grow_edges(&bin->edges, next->edges.side);
	if (!err)
		add_counts(&next->edges, bin->edges.counts, bin->edges.side);
	form__add(&ledger_form, &bin->ledger, &next->ledger);
	bin->open += next->open;
	bin->end = next->end;
	bin->covered += next->covered;
	bin->windows += next->windows;
	free_bin(next);
	return err;
}

/* Make one bin of each two bins. */
static int halve_bins(struct bins *b)
{
	size_t half = (b->nr + 1) / 2;
	int err;

	for (size_t i = 0; i < half; i++) {
		if (i) {
			b->bins[i] = b->bins[2 * i];
			b->bins[2 * i] = (struct bin){ 0 };
		}
		err = 2 * i + 1 < b->nr ? merge_bins(&b->bins[i], &b->bins[2 * i + 1]) : 0;
		/* The bins after these have to be freed. */
		if (err)
			return err;
	}
	b->nr = half;
	b->windows_a_bin *= 2;
	return 0;
}

/* Add all of a window to @bin, and nothing to the edges of the whole run. */
static int add_window(struct bins *b, struct bin *bin, const struct snapshot *snap)
{
	char address[ADDRESS_TEXT];
	int err = 0;

	if (!bin->windows)
		bin->ledger.carried_in = snap->ledger.carried_in;
	bin->end = snap->window.mono_end;
	bin->covered += snap->window.mono_end - snap->window.mono_start;
	bin->windows++;
	bin->open += !ledger__closed(&snap->ledger);
	form__add(&ledger_form, &bin->ledger, &snap->ledger);
	b->edges_other += snap->edges_other;
	for (size_t i = 0; i < snap->nr_cpus && !err; i++)
		err = add_cpu(bin, &snap->cpus[i], form__unknown(&cpu_form, snap, &snap->cpus[i]));
	for (size_t i = 0; i < snap->nr_fns && !err; i++) {
		const struct fn_stats *fn = &snap->fns[i];
		int name = name_number(b, fn_stats__text(fn, address), fn->func.module);

		err = name < 0 ? name :
				 add_function(bin, name, fn, form__unknown(&fn_form, snap, fn));
	}
	for (size_t i = 0; i < snap->nr_edges && snap->nr_cpus <= BIN_EDGES_CPUS && !err; i++) {
		const struct edge *edge = &snap->edges[i];

		if (edge->src < BIN_EDGES_CPUS && edge->dst < BIN_EDGES_CPUS)
			err = count_edge(&bin->edges, edge->src, edge->dst, edge->count);
	}
	return err;
}

int bins__add(struct bins *b, const struct snapshot *snap)
{
	const struct window *window = &snap->window;
	size_t most;
	int err = 0;

	if (window->mono_end <= window->mono_start || !snap->nr_cpus)
		return -EINVAL;
	if (!b->windows_a_bin)
		b->windows_a_bin = 1;
	if (!b->nr || b->bins[b->nr - 1].windows >= b->windows_a_bin) {
		most = BIN_CPUS / snap->nr_cpus;
		most = most > BINS_MAX ? BINS_MAX : most < BINS_MIN ? BINS_MIN : most;
		if (b->nr >= most)
			err = halve_bins(b);
		if (err)
			return err;
		/* Once the bins are halved, the last one may have room. */
		if (!b->nr || b->bins[b->nr - 1].windows >= b->windows_a_bin)
			b->bins[b->nr++] = (struct bin){ .start = window->mono_start };
	}
	err = add_window(b, &b->bins[b->nr - 1], snap);
	for (size_t i = 0; i < snap->nr_edges && !err; i++) {
		const struct edge *edge = &snap->edges[i];

		if (edge->src < RUN_EDGES_CPUS && edge->dst < RUN_EDGES_CPUS)
			err = count_edge(&b->edges, edge->src, edge->dst, edge->count);
		else
			b->edges_other += edge->count;
	}
	return err;
}

int bins__window(struct bins *b, const struct snapshot *snap)
{
	b->nr = 1;
	b->bins[0] = (struct bin){ .start = snap->window.mono_start };
	return add_window(b, &b->bins[0], snap);
}

void bins__free(struct bins *b)
{
	for (size_t i = 0; i < b->nr; i++)
		free_bin(&b->bins[i]);
	free_edges(&b->edges);
	json_decref(b->names);
	json_decref(b->name_numbers);
}

void bin_json__put_edges(FILE *file, const struct edges *edges)
{
	const char *comma = "";

	putc('[', file);
	for (uint32_t src = 0; src < edges->side; src++)
		for (uint32_t dst = 0; dst < edges->side; dst++) {
			uint64_t count = edges->counts[src * edges->side + dst];

			if (!count)
				continue;
			fprintf(file, "%s%u,%u,%" PRIu64, comma, src, dst, count);
			comma = ",";
		}
	putc(']', file);
}

void bin_json__put(FILE *file, const struct bin *bin, uint64_t first)
{
	const struct ledger *l = &bin->ledger;

	fprintf(file, "{\"start\":%" PRIu64 ",\"end\":%" PRIu64 ",\"covered\":%" PRIu64 ",",
		bin->start - first, bin->end - first, bin->covered);
	fprintf(file, "\"windows\":%u,\"ledger\":[%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
		bin->windows, l->queued, l->carried_in, l->function, l->ttwu);
	fprintf(file, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", l->irq_work,
		l->in_flight, ledger__lost(l), l->local, bin->open);
	fputs(",\"cpus\":[", file);
	page_table__put(file, &page_cpus, bin->cpus, bin->nr_cpus);
	fputs("],\"funcs\":[", file);
	page_table__put(file, &page_functions, bin->funcs, bin->nr_funcs);
	fputs("],\"edges\":", file);
	if (bin->nr_cpus <= BIN_EDGES_CPUS)
		bin_json__put_edges(file, &bin->edges);
	else
		fputs("null", file);
	fputs("}", file);
}
