// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/table/plain.h"
#include "view/text/safe.h"
#include "view/text/style.h"

/* The next choice from @i on that a page so wide has, with its column; false: there is none. */
static bool next(const struct plain *plain, int *i, const struct choice **choice,
		 const struct column **column)
{
	for (; *i < plain->layout->nr; ++*i) {
		*choice = &plain->layout->shown[*i];
		*column = &plain->layout->columns[(*choice)->id];
		if (plain->columns >= (*choice)->from &&
		    (!(*choice)->below || plain->columns < (*choice)->below))
			return true;
	}
	return false;
}

/* A narrow page takes what it lacks from the names of a report. */
static int width_of(const struct plain *plain, const struct choice *choice,
		    const struct column *column)
{
	int width = choice->width ? choice->width : column->width;

	return choice == plain->layout->shown && column->text && !plain->columns ?
		       style__width(width) :
		       width;
}

static int gap_of(const struct choice *choice, int i)
{
	return !i ? 0 : choice->gap ? choice->gap : 1;
}

static const char *group_of(const struct choice *choice, const struct column *column)
{
	const char *group = choice->group ? choice->group : column->group;

	return group && *group ? group : NULL;
}

/* "---- delay ----", as wide as the columns below it; one column's stands at its end. */
static void group_put(FILE *out, const char *group, int width, int nr)
{
	int dashes = width - (int)strlen(group) - 2;

	if (strchr(group, '-') || nr == 1 || dashes < 2) {
		fprintf(out, "%*s", width, group);
		return;
	}
	for (int i = 0; i < dashes / 2; i++)
		putc('-', out);
	fprintf(out, " %s ", group);
	for (int i = dashes / 2; i < dashes; i++)
		putc('-', out);
}

static void groups(const struct plain *plain)
{
	const struct column *column;
	const struct choice *choice;
	int blanks = 0;

	for (int i = 0; next(plain, &i, &choice, &column);) {
		const char *group = group_of(choice, column);
		int width = width_of(plain, choice, column), nr = 1;

		blanks += gap_of(choice, i++);
		if (!group) {
			blanks += width;
			continue;
		}
		for (; next(plain, &i, &choice, &column) && group == group_of(choice, column); nr++)
			width += gap_of(choice, i++) + width_of(plain, choice, column);
		fprintf(plain->out, "%*s", blanks, "");
		group_put(plain->out, group, width, nr);
		blanks = 0;
	}
}

static bool has_groups(const struct plain *plain)
{
	const struct column *column;
	const struct choice *choice;

	for (int i = 0; next(plain, &i, &choice, &column); i++)
		if (group_of(choice, column))
			return true;
	return false;
}

static void heads(const struct plain *plain, const char *first)
{
	const struct column *column, *behind;
	const struct choice *choice, *other;

	for (int i = 0; next(plain, &i, &choice, &column); i++) {
		const char *head = i || !first ? column->head : first;
		int width = width_of(plain, choice, column), after = i + 1;
		bool last;

		if (!head)
			continue;
		/* The heading of several columns. */
		while (next(plain, &after, &other, &behind) && !behind->head)
			width += gap_of(other, after++) + width_of(plain, other, behind);
		last = !next(plain, &after, &other, &behind);
		fprintf(plain->out, "%*s", gap_of(choice, i), "");
		if (column->text && last && i)
			fputs(head, plain->out);
		else if (column->text)
			fputs(plain->columns ? safe__column(head, width).s :
					       safe__name(head, width).s,
			      plain->out);
		else
			fprintf(plain->out, "%*s", width, head);
	}
}

void plain__heads(const struct plain *plain, const char *first)
{
	putc('\n', plain->out);
	if (has_groups(plain)) {
		fputs(style__on(STYLE_HEAD), plain->out);
		groups(plain);
		fprintf(plain->out, "%s\n", style__off());
	}
	fputs(style__on(STYLE_HEAD), plain->out);
	heads(plain, first);
	fprintf(plain->out, "%s\n", style__off());
}

static void text_put(const struct plain *plain, const struct column *column,
		     const struct cell *cell, int width)
{
	struct text number = cell__number(cell);
	const char *text = cell->kind == CELL_TEXT ? cell->text : number.s;

	fprintf(plain->out, "%s%s%s", column->dim ? style__on(STYLE_DIM) : "",
		plain->columns ? safe__column(text, width).s : safe__name(text, width).s,
		column->dim ? style__off() : "");
}

void plain__row(const struct plain *plain, const struct row_of *of)
{
	const struct column *column;
	const struct choice *choice;
	char room[CELL_TEXT_BYTES];
	struct row_of row = *of;
	int marked = 0;

	row.text = room;
	for (int i = 0; next(plain, &i, &choice, &column); i++) {
		struct cell cell = cell__get(column, &row);
		int width = width_of(plain, choice, column);

		/* The mark takes a blank of the gap behind its number. */
		fprintf(plain->out, "%*s", gap_of(choice, i) - marked, "");
		marked = cell.mark;
		if (column->text)
			text_put(plain, column, &cell, width);
		else
			fprintf(plain->out, "%*s", width, cell__number(&cell).s);
		if (marked)
			fprintf(plain->out, "%s!%s", style__on(STYLE_HEAD), style__off());
	}
	putc('\n', plain->out);
}
