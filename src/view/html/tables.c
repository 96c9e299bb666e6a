// SPDX-License-Identifier: GPL-2.0
/* The rows of a bin, and the columns that show them. */
#include <string.h>
#include "view/html/page.h"
#include "view/json/json.h"
#include "view/table/table.h"

/* The most items of a row: members of the scripts, and a member for each column. */
#define ITEMS_MAX (16 + CHOICES_MAX)

/* The members that the scripts use by name. The members of a column need no place here. */
static const struct member_at cpu_members[] = {
	PLACE(cpu_stats, sent),	  PLACE(cpu_stats, received),
	PLACE(cpu_stats, delay),  PLACE(cpu_stats, handler),
	PLACE(cpu_stats, wait),	  PLACE(cpu_stats, wait_away),
	PLACE(cpu_stats, stolen), {},
};
static const struct member_at fn_members[] = {
	PLACE(fn_stats, count),
	PLACE(fn_stats, delay),
	PLACE(fn_stats, handler),
	PLACE(fn_stats, wait.away),
	{},
};

static const struct member_at no_members[] = { {} };

struct page_table {
	const char *id; /* the name of a row's first item */
	const struct form *form;
	const struct member_at *members; /* ends with a member of size 0 */
	const struct layout *layout;
	size_t size; /* of a row of a bin; 0: no bin has such rows */
	size_t sums; /* the offset of the record in the row */
};
const struct page_table page_cpus = { "cpu",
				      &cpu_form,
				      cpu_members,
				      &cpus_page,
				      sizeof(struct bin_cpu),
				      offsetof(struct bin_cpu, sums) };
const struct page_table page_functions = { "name",
					   &fn_form,
					   fn_members,
					   &functions_page,
					   sizeof(struct bin_func),
					   offsetof(struct bin_func, sums) };
static const struct page_table page_kinds = { .id = "kind",
					      .form = &kind_form,
					      .members = no_members,
					      .layout = &kinds_page };

/* An item of a row: a member of its record. */
struct item {
	struct member_at at;
	const struct field *field;
	size_t outer; /* the index of the form's field that has the member */
	struct member_at known; /* if this member is 0, nothing was measured; size 0: none */
};

struct items {
	struct item items[ITEMS_MAX];
	int nr;
};

/* Returns the index of the item with the member @at, which may be a new item. */
static int add_item(struct items *items, const struct form *form, struct member_at at,
		    struct member_at known)
{
	struct item item = { .at = at, .known = known };

	for (int i = 0; i < items->nr; i++)
		if (items->items[i].at.offset == at.offset && items->items[i].at.size == at.size)
			return i;
	item.field = form__field_within(form, at, &item.outer);
	if (item.field->type == FIELD_SPUN)
		item.known = item.field->with;
	items->items[items->nr] = item;
	return items->nr++;
}

/* Put the members that the table's rows have into @items: those of the scripts come first. */
static void list_items(const struct page_table *table, struct items *items)
{
	items->nr = 0;
	for (const struct member_at *at = table->members; at->size; at++)
		add_item(items, table->form, *at, (struct member_at){});
	for (int i = 0; i < table->layout->nr; i++) {
		const struct column *column = &table->layout->columns[table->layout->shown[i].id];

		add_item(items, table->form, column->at, column->known);
	}
}

/* Write [count, sum, max, [slot, count, slot, count...]]. */
static void put_hist(FILE *file, const struct hist *hist)
{
	const char *comma = "";

	fprintf(file, "[%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",[", hist->count, hist->sum, hist->max);
	for (int i = 0; i < HIST_SLOTS; i++)
		if (hist->slots[i]) {
			fprintf(file, "%s%d,%" PRIu64, comma, i, hist->slots[i]);
			comma = ",";
		}
	fputs("]]", file);
}

static bool has_number(const void *row, struct member_at at)
{
	return !at.size || member__number(row, at);
}

/* Write the item's value in @row. */
static void put_item(FILE *file, const struct item *item, const void *row)
{
	const struct steal_sum *stolen = member_of(row, item->at);
	const struct hist *hist = member_of(row, item->at);

	if (!has_number(row, item->known) || (item->field->of == &hist_form && !hist->count))
		fputs("null", file);
	else if (item->field->of == &hist_form)
		put_hist(file, hist);
	else if (item->field->of == &steal_sum_form)
		fprintf(file, "[%" PRIu64 ",%" PRIu64 "]", stolen->delay, stolen->handler);
	else if (item->field->type == FIELD_SPUN)
		fprintf(file, "%" PRIu64, field__number(item->field, row));
	else
		fprintf(file, "%" PRIu64, member__number(row, item->at));
}

static void put_row(FILE *file, const struct page_table *table, const struct items *items,
		    const struct bin_row *row)
{
	const void *sums = (const char *)row + table->sums;

	fprintf(file, "[%u", row->id);
	for (int i = 0; i < items->nr; i++) {
		const struct item *item = &items->items[i];

		putc(',', file);
		if (row->unknown >> item->outer & 1 ||
		    !has_number(sums, table->form->fields[item->outer].known))
			fputs("null", file);
		else
			put_item(file, item, sums);
	}
	putc(']', file);
}

void page_table__put(FILE *file, const struct page_table *table, const void *rows, size_t nr)
{
	struct items items;

	list_items(table, &items);
	for (size_t i = 0; i < nr; i++) {
		fputs(i ? "," : "", file);
		put_row(file, table, &items, (const void *)((const char *)rows + i * table->size));
	}
}

/* Returns how the scripts add up the items of several rows. */
static const char *name_sum(const struct item *item)
{
	return item->field->of == &hist_form	  ? "histogram" :
	       item->field->of == &steal_sum_form ? "stolen" :
	       item->field->add == ADD_MAX	  ? "max" :
						    "sum";
}

static json_t *items_json(const struct page_table *table, const struct items *items)
{
	json_t *all = json_pack("[[ss]]", table->id, "key");

	for (int i = 0; i < items->nr; i++) {
		const struct item *item = &items->items[i];
		const struct field *field = form__field(table->form, item->at);

		parts__append(&all, json_pack("[ss]", field ? field->key : item->at.name,
					      name_sum(item)));
	}
	return all;
}

static const char *const units[] = {
	[CELL_COUNT] = "count",
	[CELL_NS] = "ns",
	[CELL_RATE] = "rate",
};
static const char *const figures[] = {
	[FIGURE_MEAN] = "mean", [FIGURE_P50] = "p50", [FIGURE_P99] = "p99",
	[FIGURE_MAX] = "max",	[FIGURE_SUM] = "sum",
};

static json_t *columns_json(const struct page_table *table, struct items *items)
{
	const char *group = NULL;
	json_t *all = json_array();

	for (int i = 0; i < table->layout->nr; i++) {
		const struct column *column = &table->layout->columns[table->layout->shown[i].id];
		bool begins = column->group && (!group || strcmp(column->group, group));
		char title[64];

		group = column->group;
		snprintf(title, sizeof(title), "%s%s%s", begins ? group : "", begins ? " " : "",
			 column->head);
		/* Index 0 of a row is its id. */
		parts__append(&all,
			      json_pack("[ssis?]", title, units[column->unit],
					1 + add_item(items, table->form, column->at, column->known),
					figures[column->figure]));
	}
	return all;
}

/* Returns {"members", "columns"} of the table. */
static json_t *table_json(const struct page_table *table)
{
	struct items items;

	list_items(table, &items);
	return json_pack("{s:o, s:o}", "members", items_json(table, &items), "columns",
			 columns_json(table, &items));
}

json_t *page_tables__json(void)
{
	return json_pack("{s:o, s:o, s:o}", "cpus", table_json(&page_cpus), "functions",
			 table_json(&page_functions), "kinds", table_json(&page_kinds));
}
