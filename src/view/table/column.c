// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "model/hist.h"
#include "model/snapshot.h"
#include "view/table/column.h"
#include "view/table/tables.h"
#include "view/text/safe.h"
#include "view/text/style.h"

struct cell cell__ns(uint64_t ns, uint64_t samples)
{
	return (struct cell){ .kind = samples ? CELL_NS : CELL_NONE, .n = ns };
}

struct cell cell__known(uint64_t n, bool known)
{
	return (struct cell){ .kind = known ? CELL_COUNT : CELL_NONE, .n = n };
}

struct cell cell__text(const struct row_of *of, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(of->text, CELL_TEXT_BYTES, format, args);
	va_end(args);
	return (struct cell){ .kind = CELL_TEXT, .text = of->text };
}

struct cell cell__count(const struct row_of *of)
{
	return cell__known(*(const uint64_t *)of->at, true);
}

struct cell cell__mean(const struct row_of *of)
{
	const struct hist *hist = of->at;

	return cell__ns(hist__mean(hist), hist->count);
}

static struct cell percentile(const struct hist *hist, double percent)
{
	return cell__ns(hist__percentile(hist, percent), hist->count);
}

struct cell cell__p50(const struct row_of *of)
{
	return percentile(of->at, 50);
}

struct cell cell__p99(const struct row_of *of)
{
	return percentile(of->at, 99);
}

struct cell cell__max(const struct row_of *of)
{
	const struct hist *hist = of->at;

	return cell__ns(hist->max, hist->count);
}

struct cell cell__sum(const struct row_of *of)
{
	const struct hist *hist = of->at;

	return cell__ns(hist->sum, hist->count);
}

struct cell cell__spun(const struct row_of *of)
{
	const struct wait_sum *wait = of->at;

	return cell__ns(wait_sum__spun(wait), wait->count);
}

struct cell cell__get(const struct column *column, struct row_of *of)
{
	of->at = (const char *)of->row + column->at;
	return column->get(of);
}

struct text cell__number(const struct cell *cell)
{
	struct text text = { "-" };

	switch (cell->kind) {
	case CELL_NONE:
		break;
	case CELL_TEXT:
		return (struct text){ "" };
	case CELL_COUNT:
	case CELL_HEAT:
		return units__count(cell->n);
	case CELL_NS:
		return units__ns(cell->n);
	case CELL_NUMBER:
		snprintf(text.s, sizeof(text.s), "%" PRIu64, cell->n);
		break;
	case CELL_RATE:
		return units__rate(cell->real);
	case CELL_SHARE:
		return units__percent(cell->real);
	case CELL_MEAN:
		snprintf(text.s, sizeof(text.s), "%.1f", cell->real);
		break;
	}
	return text;
}

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

/* The columns of numbers, with the blank before each and the mark behind the last ones. */
#define NUMBERS	       39
#define NUMBERS_NARROW 30

struct name_widths name_widths(int columns)
{
	bool narrow = columns < NARROW;
	struct name_widths w = {};
	int left = columns - 1 - (narrow ? NUMBERS_NARROW : NUMBERS);

	if (columns >= WIDE) {
		w.who = 24;
		w.func = left / 3 < 24 ? 24 : left / 3 > 40 ? 40 : left / 3;
		w.via = left - w.who - w.func - 1;
		return w;
	}
	w.who = narrow ? left / 2 : left * 9 / 20;
	w.func = left - w.who;
	return w;
}

double brief__seconds(const struct brief_page *page)
{
	double seconds = window__seconds(&page->snap->window);

	return seconds > 0 ? seconds : 1;
}

struct cell brief__rate(const struct row_of *of)
{
	return (struct cell){ .kind = CELL_RATE,
			      .real = *(const uint64_t *)of->at / brief__seconds(of->page) };
}

struct cell brief__share(const struct brief_page *page, uint64_t ns, bool known)
{
	uint64_t all = page->digest->cpu_ns;

	return (struct cell){ .kind = known ? CELL_SHARE : CELL_NONE,
			      .real = all ? (double)ns / all : 0 };
}

struct safe who_task(const struct stack_sample *call, int others, int width)
{
	char tail[48];
	char name[SAFE_BYTES];
	int room;

	snprintf(tail, sizeof(tail), call->tgid ? "[%" PRIu32 "]" : "", call->tgid);
	if (others)
		snprintf(tail + strlen(tail), sizeof(tail) - strlen(tail), " +%d", others);
	room = width - (int)strlen(tail);
	snprintf(name, sizeof(name), "%s", call->tgid ? safe__comm(call->comm).s : "(idle)");
	name[safe__fit(name, room > 1 ? room : 1)] = '\0';
	strncat(name, tail, sizeof(name) - strlen(name) - 1);
	return safe__column(name, width);
}
