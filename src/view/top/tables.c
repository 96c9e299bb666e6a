// SPDX-License-Identifier: GPL-2.0
/* A table as rows and cells, to sort and to filter; then the tables that keys 1 to 9 show. */
#include "view/text/views.h"
#include "view/top/screen.h"

void table__free(struct table *table)
{
	for (size_t i = 0; i < table->nr_cells; i++)
		if (table->cells[i].kind == CELL_TEXT)
			free((char *)table->cells[i].text);
	free(table->rows);
	free(table->cells);
	free(table->order);
	memset(table, 0, sizeof(*table));
}

void table__column(struct table *table, const char *group, const char *name, int width, bool text)
{
	struct row_column *column = &table->columns[table->nr_columns];

	if (table->nr_columns == COLUMNS_MAX)
		return;
	*column = (struct row_column){ .group = group, .width = width, .text = text };
	snprintf(column->name, sizeof(column->name), "%s", name);
	table->nr_columns++;
}

void table__columns(struct table *table, const struct layout *layout)
{
	for (int i = 0; i < layout->nr; i++) {
		const struct choice *choice = &layout->shown[i];
		const struct column *column = &layout->columns[choice->id];

		table__column(table, choice->group ? choice->group : column->group, column->head,
			      choice->width ? choice->width : column->width,
			      column->unit == CELL_TEXT);
	}
}

/* Make room for one more item in the array *@items, which has @nr items of @size bytes. */
static bool grow_array(void **items, size_t *max, size_t nr, size_t size)
{
	size_t want = *max ? 2 * *max : 64;
	void *grown;

	if (nr < *max)
		return true;
	grown = realloc(*items, want * size);
	if (!grown)
		return false;
	*items = grown;
	*max = want;
	return true;
}

void table__row(struct table *table, uint64_t key, struct place to)
{
	if (table->failed)
		return;
	if (!grow_array((void **)&table->rows, &table->max_rows, table->nr_rows,
			sizeof(*table->rows))) {
		table->failed = true;
		return;
	}
	table->rows[table->nr_rows++] = (struct row){ key, to, { NO_CPU, NO_CPU } };
}

void table__row_cpus(struct table *table, uint32_t a, uint32_t b)
{
	if (table->failed)
		return;
	table->rows[table->nr_rows - 1].cpus[0] = a;
	table->rows[table->nr_rows - 1].cpus[1] = b;
}

/* Add a cell to the latest row; a text is copied. */
static void add_cell(struct table *table, struct cell cell)
{
	if (table->failed || table->nr_cells == table->nr_rows * table->nr_columns)
		return;
	if (cell.kind == CELL_TEXT)
		cell.text = strdup(cell.text);
	table->failed = (cell.kind == CELL_TEXT && !cell.text) ||
			!grow_array((void **)&table->cells, &table->max_cells, table->nr_cells,
				    sizeof(*table->cells));
	if (!table->failed)
		table->cells[table->nr_cells++] = cell;
	else if (cell.kind == CELL_TEXT)
		free((char *)cell.text);
}

void table__text(struct table *table, const char *format, ...)
{
	char text[CELL_TEXT_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add_cell(table, (struct cell){ .kind = CELL_TEXT, .text = text });
}

void table__number(struct table *table, enum cell_kind kind, uint64_t n)
{
	if (kind == CELL_HEAT && n > table->hottest)
		table->hottest = n;
	add_cell(table, (struct cell){ .kind = kind, .n = kind == CELL_NONE ? 0 : n });
}

void table__cells(struct table *table, const struct layout *layout, const struct cell_context *ctx)
{
	char room[CELL_TEXT_BYTES];
	struct cell_context row = *ctx;

	row.text = room;
	for (int i = 0; i < layout->nr; i++) {
		const struct column *column = &layout->columns[layout->shown[i].id];

		add_cell(table, cell__get(column, &row));
	}
}

const struct cell *table__cell(const struct table *table, size_t row, int column)
{
	static const struct cell none = { .kind = CELL_NONE };
	size_t index = row * table->nr_columns + column;

	return index < table->nr_cells ? &table->cells[index] : &none;
}

/* A filter, parsed once for all rows. */
struct filter {
	const char *text;
	bool is_cpus;
	struct cpuset cpus;
};

static bool row_passes(const struct table *table, size_t row, const struct filter *filter)
{
	const uint32_t *cpus = table->rows[row].cpus;

	if (!*filter->text || (filter->is_cpus && (cpuset__has(&filter->cpus, cpus[0]) ||
						   cpuset__has(&filter->cpus, cpus[1]))))
		return true;
	/* A list of CPUs selects a row about CPUs only by these, not by the row's texts. */
	if (filter->is_cpus && cpus[0] != NO_CPU)
		return false;
	for (int i = 0; i < table->nr_columns; i++) {
		const struct cell *cell = table__cell(table, row, i);

		if (cell->kind == CELL_TEXT && strcasestr(cell->text, filter->text))
			return true;
	}
	return false;
}

/* How compare_rows() sorts. */
struct ordering {
	const struct table *table;
	int column;
	bool reverse;
};

static int compare_rows(const void *a, const void *b, void *ctx)
{
	const struct ordering *ordering = ctx;
	uint32_t ra = *(const uint32_t *)a, rb = *(const uint32_t *)b;
	const struct cell *ca = table__cell(ordering->table, ra, ordering->column);
	const struct cell *cb = table__cell(ordering->table, rb, ordering->column);
	int order = 0;

	if ((ca->kind == CELL_NONE) != (cb->kind == CELL_NONE))
		return ca->kind == CELL_NONE ? 1 : -1;
	if (ca->kind == CELL_TEXT && cb->kind == CELL_TEXT)
		order = strcasecmp(ca->text, cb->text);
	else if (ca->n != cb->n)
		order = ca->n < cb->n ? 1 : -1;
	if (order)
		return ordering->reverse ? -order : order;
	return ra < rb ? -1 : ra > rb;
}

void table__arrange(struct table *table, int sort, bool reverse, const char *text)
{
	struct ordering ordering = { table, sort, reverse };
	struct filter filter = { .text = text };

	free(table->order);
	table->nr_shown = 0;
	table->order = calloc(table->nr_rows ? table->nr_rows : 1, sizeof(*table->order));
	if (!table->order) {
		table->failed = true;
		return;
	}
	filter.is_cpus = *text && !cpuset__parse(&filter.cpus, text);
	for (size_t i = 0; i < table->nr_rows; i++)
		if (row_passes(table, i, &filter))
			table->order[table->nr_shown++] = i;
	if (sort >= 0 && sort < table->nr_columns)
		qsort_r(table->order, table->nr_shown, sizeof(*table->order), compare_rows,
			&ordering);
	else if (reverse)
		for (size_t i = 0, j = table->nr_shown; i + 1 < j; i++) {
			uint32_t swap = table->order[--j];

			table->order[j] = table->order[i];
			table->order[i] = swap;
		}
}

#define OCTAVES (HIST_SLOTS / HIST_SUB)

static const struct place nowhere = { .page = PAGE_NONE };

uint64_t fn__address(const struct fn_stats *fn)
{
	return fn->other ? OTHER_FUNC : fn->func.addr;
}

const struct fn_stats *fn__find(const struct snapshot *snap, uint64_t address)
{
	for (size_t i = 0; i < snap->nr_fns; i++)
		if (fn__address(&snap->fns[i]) == address)
			return &snap->fns[i];
	return NULL;
}

void cells__histograms(struct table *table, const char *const *names,
		       const struct hist *const *hists)
{
	int first = OCTAVES, last = -1;

	table__column(table, NULL, "from", 7, false);
	table__column(table, NULL, "to", 7, false);
	for (int h = 0; hists[h]; h++) {
		table__column(table, NULL, names[h], 9, false);
		for (int o = 0; o < OCTAVES; o++) {
			if (!view__octave(hists[h], o))
				continue;
			first = o < first ? o : first;
			last = o > last ? o : last;
		}
	}
	for (int o = first; o <= last; o++) {
		table__row(table, o, nowhere);
		table__number(table, CELL_NS, hist_lower(o * HIST_SUB));
		table__number(table, CELL_NS, hist_upper(o * HIST_SUB + HIST_SUB - 1));
		for (int h = 0; hists[h]; h++)
			table__number(table, CELL_HEAT, view__octave(hists[h], o));
	}
	if (last < 0)
		snprintf(table->note, sizeof(table->note), "nothing was measured in this window");
}

const char *const table_names[NR_TABLES] = {
	"functions", "CPUs", "senders", "victims", "cgroups", "pairs", "kinds", "storms", "stalls",
};

#define FUNCTIONS_SORT 6 /* the column of the handlers' sum */

void tables__functions(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct fn_rows *rows = fn_rows__new(snap);
	struct table *t = &page->tables[0];
	struct fn_stats sum;

	page->default_sort = FUNCTIONS_SORT;
	table__columns(t, &functions_pane);
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];

		if (!snapshot__function(snap, rows, i, &sum))
			continue;
		table__row(t, fn__address(fn), (struct place){ PAGE_FUNCTION, fn__address(fn), 0 });
		table__cells(t, &functions_pane, CELL_CONTEXT(snap, &sum, fn));
	}
	fn_rows__free(rows);
}

/* Whether @cpu has a row. An offline CPU has one if csds came from it or went to it. */
static bool is_shown(const struct snapshot *snap, const struct cpu_stats *cpu)
{
	return !snap->host || cpuset__has(&snap->host->online, cpu->cpu) || cpu->sent ||
	       cpu->received;
}

void tables__cpus(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct table *t = &page->tables[0];

	table__columns(t, &cpus_pane);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		if (!is_shown(snap, cpu) && !cpu->local)
			continue;
		table__row(t, cpu->cpu, (struct place){ PAGE_CPU, cpu->cpu, 0 });
		table__row_cpus(t, cpu->cpu, NO_CPU);
		table__cells(t, &cpus_pane, CELL_CONTEXT(snap, cpu, NULL));
	}
}

void tables__kinds(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct table *t = &page->tables[0];
	const struct kind_stats *kind;

	table__columns(t, &kinds_pane);
	for (size_t i = 0; (kind = kinds__at(snap, i)); i++) {
		table__row(t, kind - snap->all_kinds, nowhere);
		table__cells(t, &kinds_pane, CELL_CONTEXT(snap, kind, NULL));
	}
	if (!snap->known.kinds)
		snprintf(t->note, sizeof(t->note),
			 "under this filter interrupts are not counted: they name no function");
	else if (!snap->how.timed)
		snprintf(t->note, sizeof(t->note),
			 "`ipitrace top --kinds` measures the interrupts themselves");
}

/* Add a cell with the time of day at @mono, a time of CLOCK_MONOTONIC. */
static void add_clock_cell(struct table *table, const struct snapshot *snap, uint64_t mono)
{
	table__text(table, "%s", clock__at(mono + window__realtime(&snap->window)).s);
}

void tables__storms(const struct source *source, struct page *page)
{
	struct table *t = &page->tables[0];

	table__column(t, NULL, "STORM", 24, true);
	table__column(t, NULL, "csds/s", 7, false);
	table__column(t, NULL, "cost/s", 7, false);
	table__column(t, NULL, "lasted", 7, false);
	table__column(t, NULL, "began at", 9, true);
	table__column(t, NULL, "", 8, true);
	table__column(t, NULL, "function", 24, true);
	for (size_t i = source->findings->nr; i-- > 0;) {
		const struct finding *f = &source->findings->items[i];

		if (!f->storm)
			continue;
		table__row(t, f->id, (struct place){ PAGE_STORM, f->id, 0 });
		table__text(t, "%s%s", f->aside ? "note: " : "", f->name);
		table__number(t, CELL_COUNT, f->rate);
		table__number(t, f->cost_known ? CELL_NS : CELL_NONE, f->cost);
		table__number(t, CELL_NS, f->duration);
		add_clock_cell(t, source->snap, f->start);
		table__text(t, f->ongoing ? "ongoing" : "ended");
		table__text(t, "%s", f->func);
	}
	if (!t->nr_rows && !t->failed)
		snprintf(t->note, sizeof(t->note), "no storm so far");
}

static void add_stall_row(struct table *t, const struct snapshot *snap, const struct finding *f)
{
	table__row(t, f->id, (struct place){ PAGE_STALL, f->id, 0 });
	table__row_cpus(t, f->src, f->dst_known ? f->dst : NO_CPU);
	table__text(t, "%s", f->func);
	table__text(t, "%s", phase_names[f->phase]);
	table__number(t, CELL_NS, f->duration);
	table__text(t, f->ongoing ? "ongoing" : f->aside ? "result" : "ended");
	table__number(t, CELL_NUMBER, f->src);
	table__number(t, f->dst_known ? CELL_NUMBER : CELL_NONE, f->dst);
	add_clock_cell(t, snap, f->start);
}

void tables__stalls(const struct source *source, struct page *page)
{
	struct table *t = &page->tables[0];

	table__column(t, NULL, "STALL OF", 24, true);
	table__column(t, NULL, "phase", 9, true);
	table__column(t, NULL, "lasted", 7, false);
	table__column(t, NULL, "", 8, true);
	table__column(t, NULL, "from", 5, false);
	table__column(t, NULL, "to", 5, false);
	table__column(t, NULL, "began at", 9, true);
	for (size_t i = source->findings->nr; i-- > 0;)
		if (!source->findings->items[i].storm)
			add_stall_row(t, source->snap, &source->findings->items[i]);
	if (!t->nr_rows && !t->failed)
		snprintf(t->note, sizeof(t->note), "no stall so far");
}

#define NAME_WIDTH   10
#define NUMBER_WIDTH 7 /* of a number and the blank before it */

/* The rows of the map, and likewise its columns: CPUs, or groups of CPUs. */
struct axis {
	const char *name;
	uint32_t nr;
	uint32_t places[CPUSET_MAX]; /* for each CPU: which row or column it belongs to */
	uint32_t numbers[CPUSET_MAX]; /* for each row or column: the number of its CPU or group */
	bool cpus;
};

/* Let the axis have the groups of @grouping. */
static void set_group_axis(const struct snapshot *snap, const struct grouping *grouping,
			   struct axis *axis)
{
	axis->name = grouping->name;
	axis->cpus = false;
	axis->nr = grouping->numa->nr_nodes;
	for (uint32_t i = 0; i < axis->nr; i++)
		axis->numbers[i] = grouping->numa->ids[i];
	for (size_t i = 0; i < snap->nr_cpus; i++)
		axis->places[snap->cpus[i].cpu] = grouping->numa->nodes[snap->cpus[i].cpu];
}

/* Choose CPUs if the screen has a column for each; else the smallest groups with room for each. */
static void choose_axis(const struct source *source, struct axis *axis)
{
	const struct snapshot *snap = source->snap;
	uint32_t room = source->width > NAME_WIDTH + 1 ? source->width - NAME_WIDTH - 1 : 1;

	room = room < COLUMNS_MAX - 1 ? room : COLUMNS_MAX - 1;
	axis->name = "CPU";
	axis->cpus = true;
	/* A CPU without a row, which is offline, has no place. */
	memset(axis->places, 0xff, sizeof(axis->places));
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		if (!is_shown(snap, &snap->cpus[i]))
			continue;
		axis->places[snap->cpus[i].cpu] = axis->nr;
		axis->numbers[axis->nr++] = snap->cpus[i].cpu;
	}
	for (int i = 0; axis->nr > room && i < GROUPINGS; i++)
		if (source->groupings[i].numa && source->groupings[i].numa->nr_nodes)
			set_group_axis(snap, &source->groupings[i], axis);
}

/*
 * Add the columns of the map: as wide as a number if @room is enough for that; else with two digits
 * or one for the CPU's number; else with one digit, and no blanks between the columns (width 0).
 */
static void add_columns(struct table *t, const struct axis *axis, int room)
{
	int nr = axis->nr, width = nr * NUMBER_WIDTH <= room ? NUMBER_WIDTH - 1 :
				   nr * 3 <= room	     ? 2 :
				   nr * 2 <= room	     ? 1 :
							       0;
	char name[24];

	table__column(t, NULL, "from \\ to", NAME_WIDTH - 1, true);
	for (uint32_t i = 0; i < axis->nr; i++) {
		uint32_t n = axis->numbers[i];

		snprintf(name, sizeof(name), "%" PRIu32,
			 width < 2  ? n % 10 :
			 width == 2 ? n % 100 :
				      n);
		table__column(t, NULL, name, width, false);
	}
}

static void add_rows(const struct snapshot *snap, struct table *t, const struct axis *axis,
		     const uint64_t *counts)
{
	for (uint32_t from = 0; from < axis->nr; from++) {
		struct place place = { axis->cpus ? PAGE_CPU : PAGE_NONE, axis->numbers[from], 0 };

		table__row(t, axis->numbers[from], place);
		if (axis->cpus)
			table__row_cpus(t, axis->numbers[from], NO_CPU);
		table__text(t, "%s %" PRIu32, axis->name, axis->numbers[from]);
		for (uint32_t i = 0; i < axis->nr; i++)
			table__number(t, CELL_HEAT, counts[(size_t)from * axis->nr + i]);
	}
	if (snap->edges_other)
		snprintf(t->note, sizeof(t->note),
			 "and %" PRIu64 " csds of senders with too many destinations",
			 snap->edges_other);
}

void tables__edges(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct table *t = &page->tables[0];
	struct axis *axis = calloc(1, sizeof(*axis));
	uint64_t *counts = NULL;

	if (axis) {
		choose_axis(source, axis);
		if (axis->nr >= COLUMNS_MAX)
			axis->nr = COLUMNS_MAX - 1;
		counts = calloc((size_t)axis->nr * axis->nr + 1, sizeof(*counts));
	}
	if (!counts) {
		t->failed = true;
		free(axis);
		return;
	}
	add_columns(t, axis, source->width - NAME_WIDTH);
	for (size_t i = 0; i < snap->nr_edges; i++) {
		const struct edge *edge = &snap->edges[i];
		uint32_t from = edge->src < CPUSET_MAX ? axis->places[edge->src] : axis->nr;
		uint32_t to = edge->dst < CPUSET_MAX ? axis->places[edge->dst] : axis->nr;

		if (from < axis->nr && to < axis->nr)
			counts[(size_t)from * axis->nr + to] += edge->count;
	}
	add_rows(snap, t, axis, counts);
	free(counts);
	free(axis);
}
