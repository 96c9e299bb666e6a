// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "view/table/table.h"

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

/* Make room for one more item in *@items, whose items have @size bytes each. */
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

void table__count(struct table *table, uint64_t n)
{
	add_cell(table, (struct cell){ .kind = CELL_COUNT, .n = n });
}

void table__ns(struct table *table, uint64_t ns)
{
	add_cell(table, (struct cell){ .kind = CELL_NS, .n = ns });
}

void table__heat(struct table *table, uint64_t n)
{
	if (n > table->hottest)
		table->hottest = n;
	add_cell(table, (struct cell){ .kind = CELL_HEAT, .n = n });
}

void table__none(struct table *table)
{
	add_cell(table, (struct cell){ .kind = CELL_NONE });
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
	size_t at = row * table->nr_columns + column;

	return at < table->nr_cells ? &table->cells[at] : &none;
}

/* A filter, read once for all rows. */
struct filter {
	const char *text;
	bool is_cpus;
	struct cpuset cpus;
};

static bool passes(const struct table *table, size_t row, const struct filter *filter)
{
	const uint32_t *cpus = table->rows[row].cpus;

	if (!*filter->text || (filter->is_cpus && (cpuset__has(&filter->cpus, cpus[0]) ||
						   cpuset__has(&filter->cpus, cpus[1]))))
		return true;
	/*
	 * A list of CPUs selects a row about CPUs only by these CPUs, and not by a text in the row.
	 */
	if (filter->is_cpus && cpus[0] != NO_CPU)
		return false;
	for (int i = 0; i < table->nr_columns; i++) {
		const struct cell *cell = table__cell(table, row, i);

		if (cell->kind == CELL_TEXT && strcasestr(cell->text, filter->text))
			return true;
	}
	return false;
}

struct ordering {
	const struct table *table;
	int column;
	bool reverse;
};

static int compare_rows(const void *a, const void *b, void *ctx)
{
	const struct ordering *by = ctx;
	uint32_t ra = *(const uint32_t *)a, rb = *(const uint32_t *)b;
	const struct cell *ca = table__cell(by->table, ra, by->column);
	const struct cell *cb = table__cell(by->table, rb, by->column);
	int order = 0;

	if ((ca->kind == CELL_NONE) != (cb->kind == CELL_NONE))
		return ca->kind == CELL_NONE ? 1 : -1;
	if (ca->kind == CELL_TEXT && cb->kind == CELL_TEXT)
		order = strcasecmp(ca->text, cb->text);
	else if (ca->n != cb->n)
		order = ca->n < cb->n ? 1 : -1;
	if (order)
		return by->reverse ? -order : order;
	return ra < rb ? -1 : ra > rb;
}

void table__arrange(struct table *table, int sort, bool reverse, const char *text)
{
	struct ordering by = { table, sort, reverse };
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
		if (passes(table, i, &filter))
			table->order[table->nr_shown++] = i;
	if (sort >= 0 && sort < table->nr_columns)
		qsort_r(table->order, table->nr_shown, sizeof(*table->order), compare_rows, &by);
	else if (reverse)
		for (size_t i = 0, j = table->nr_shown; i + 1 < j; i++) {
			uint32_t swap = table->order[--j];

			table->order[j] = table->order[i];
			table->order[i] = swap;
		}
}
