// SPDX-License-Identifier: GPL-2.0
#include "view/table/table.h"

struct cell cell__value(uint64_t n, bool known)
{
	return (struct cell){ .kind = known ? CELL_COUNT : CELL_NONE, .n = n };
}

struct cell cell__text(const struct cell_context *ctx, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ctx->text, CELL_TEXT_BYTES, format, args);
	va_end(args);
	return (struct cell){ .kind = CELL_TEXT, .text = ctx->text };
}

struct cell cell__function(const struct cell_context *ctx, const struct symbol *func, bool other)
{
	if (other)
		return cell__text(ctx, "(other functions)");
	if (!func->name && !func->addr)
		return cell__text(ctx, "a function");
	if (!func->name)
		return cell__text(ctx, "0x%" PRIx64, func->addr);
	if (func->module)
		return cell__text(ctx, "%s [%s]", func->name, func->module);
	return cell__text(ctx, "%s", func->name);
}

static uint64_t get_figure(const struct hist *hist, enum figure figure)
{
	return figure == FIGURE_MEAN ? hist__mean(hist) :
	       figure == FIGURE_P50  ? hist__percentile(hist, 50) :
	       figure == FIGURE_P99  ? hist__percentile(hist, 99) :
	       figure == FIGURE_MAX  ? hist->max :
				       hist->sum;
}

static struct cell read_member(const struct column *column, const struct cell_context *ctx)
{
	const struct field *field = column->of ? form__field(column->of, column->at) : NULL;
	const void *member = member_of(ctx->row, column->at);
	const char *text = column->unit == CELL_TEXT ? *(const char *const *)member : NULL;
	const struct hist *hist = member;
	uint64_t n;
	bool known;

	if ((field && !field__is_known(field, ctx->snap, ctx->row)) ||
	    (column->known.size && !member__number(ctx->row, column->known)))
		return (struct cell){};
	if (column->unit == CELL_TEXT)
		return (struct cell){ .kind = text ? CELL_TEXT : CELL_NONE, .text = text };
	if (column->figure)
		return cell__value(get_figure(hist, column->figure), hist->count);
	/* If nobody waited, no part of the waits was spun: "-". */
	known = !field || field->type != FIELD_SPUN || member__number(ctx->row, field->with);
	n = field ? field__number(field, ctx->row) : member__number(ctx->row, column->at);
	return cell__value(n, known);
}

struct cell cell__get(const struct column *column, const struct cell_context *ctx)
{
	struct cell cell;

	if (column->word)
		return (struct cell){ .kind = CELL_TEXT, .text = column->word };
	cell = column->get ? column->get(ctx) : read_member(column, ctx);
	if (!cell.kind)
		return cell;
	cell.kind = column->unit;
	if (cell.kind == CELL_RATE)
		cell.real = window__rate(&ctx->snap->window, cell.n);
	else if (cell.kind == CELL_MEAN)
		cell.real = (double)cell.n / member__number(ctx->row, column->known);
	else if (cell.kind == CELL_SHARE)
		cell.real = ctx->cpu_ns ? (double)cell.n / ctx->cpu_ns : 0;
	cell.mark |= (column->worst & ctx->worst) != 0;
	return cell;
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

/* A column as a page shows it. */
struct fitted {
	const struct column *column;
	const char *group; /* NULL: none */
	int width;
	int gap;
};

/* Put the columns that a page of this width shows into @fitted. Returns how many there are. */
static int fit_columns(const struct plain *plain, struct fitted fitted[CHOICES_MAX])
{
	const struct layout *layout = plain->layout;
	int nr = 0;

	for (int i = 0; i < layout->nr; i++) {
		const struct choice *choice = &layout->shown[i];
		const struct column *column = &layout->columns[choice->id];
		const char *group = choice->group ? choice->group : column->group;
		int width = choice->width ? choice->width : column->width;

		if (plain->columns < choice->from ||
		    (choice->below && plain->columns >= choice->below))
			continue;
		/* On a narrow page a report has shorter names. */
		if (!i && column->unit == CELL_TEXT && !plain->columns)
			width = style__width(width);
		fitted[nr++] = (struct fitted){ column, group && *group ? group : NULL, width,
						!i	    ? 0 :
						choice->gap ? choice->gap :
							      1 };
	}
	return nr;
}

/* Print "---- delay ----", as wide as its columns; above one column right-aligned, no dashes. */
static void print_group(FILE *out, const char *group, int width, int nr)
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

static void print_groups(FILE *out, const struct fitted *fitted, int nr)
{
	int blanks = 0, end;

	for (int i = 0; i < nr; i = end) {
		int width = fitted[i].width;

		end = i + 1;
		blanks += fitted[i].gap;
		if (!fitted[i].group) {
			blanks += width;
			continue;
		}
		for (; end < nr && fitted[end].group == fitted[i].group; end++)
			width += fitted[end].gap + fitted[end].width;
		fprintf(out, "%*s", blanks, "");
		print_group(out, fitted[i].group, width, end - i);
		blanks = 0;
	}
}

/* Returns the text as its column shows it. A report's text that is too long gets its own line. */
static struct safe fit_text(const struct plain *plain, const char *text, int width)
{
	return plain->columns ? safe__column(text, width) : safe__name(text, width);
}

void plain__heads(const struct plain *plain, const char *first)
{
	struct fitted fitted[CHOICES_MAX];
	int nr = fit_columns(plain, fitted);
	bool grouped = false;

	for (int i = 0; i < nr; i++)
		grouped |= fitted[i].group != NULL;
	putc('\n', plain->out);
	if (grouped) {
		fputs(style__on(STYLE_HEAD), plain->out);
		print_groups(plain->out, fitted, nr);
		fprintf(plain->out, "%s\n", style__off());
	}
	fputs(style__on(STYLE_HEAD), plain->out);
	for (int i = 0; i < nr; i++) {
		const char *head = i || !first ? fitted[i].column->head : first;
		int width = fitted[i].width, end = i + 1;

		if (!head)
			continue;
		/* The columns without a heading after this column share its heading. */
		for (; end < nr && !fitted[end].column->head; end++)
			width += fitted[end].gap + fitted[end].width;
		fprintf(plain->out, "%*s", fitted[i].gap, "");
		if (fitted[i].column->unit == CELL_TEXT && end == nr && i)
			fputs(head, plain->out);
		else if (fitted[i].column->unit == CELL_TEXT)
			fputs(fit_text(plain, head, width).s, plain->out);
		else
			fprintf(plain->out, "%*s", width, head);
	}
	fprintf(plain->out, "%s\n", style__off());
}

void plain__row(const struct plain *plain, const struct cell_context *ctx)
{
	struct fitted fitted[CHOICES_MAX];
	int nr = fit_columns(plain, fitted), marked = 0;
	char room[CELL_TEXT_BYTES];
	struct cell_context row = *ctx;

	row.text = room;
	for (int i = 0; i < nr; i++) {
		const struct column *column = fitted[i].column;
		struct cell cell = cell__get(column, &row);
		struct text number = cell__number(&cell);

		/* The mark takes a blank of the gap after its number. */
		fprintf(plain->out, "%*s", fitted[i].gap - marked, "");
		marked = cell.mark;
		if (column->unit == CELL_TEXT)
			fprintf(plain->out, "%s%s%s", column->dim ? style__on(STYLE_DIM) : "",
				fit_text(plain, cell.kind == CELL_TEXT ? cell.text : number.s,
					 fitted[i].width)
					.s,
				column->dim ? style__off() : "");
		else
			fprintf(plain->out, "%*s", fitted[i].width, number.s);
		if (marked)
			fprintf(plain->out, "%s!%s", style__on(STYLE_HEAD), style__off());
	}
	putc('\n', plain->out);
}

/*
 * The width of the first screen's numbers: all columns, a blank before each, and room for a mark
 * after the last two.
 */
#define NUMBERS_WIDTH	     41
#define NUMBERS_WIDTH_NARROW 31

struct name_widths brief__name_widths(int columns)
{
	bool narrow = columns < NARROW;
	struct name_widths w = {};
	int left = columns - 1 - (narrow ? NUMBERS_WIDTH_NARROW : NUMBERS_WIDTH);

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

/* Returns the task for which a worker sends; leaves out the worker if there is no room. */
static struct safe name_queuer(const char *worker, const struct task_id *queued_by, int room)
{
	struct text comm = safe__comm(queued_by->comm);
	struct safe name;

	worker = callers__worker(worker);
	snprintf(name.s, sizeof(name.s), "%s for %s", safe__comm(worker).s,
		 queued_by->tgid ? comm.s : "(unknown)");
	if (safe__width(name.s) <= (size_t)room)
		return name;
	if (!queued_by->tgid) {
		snprintf(name.s, sizeof(name.s), "%s", safe__comm(worker).s);
		return name;
	}
	snprintf(name.s, sizeof(name.s), "for %s", comm.s);
	return name;
}

struct safe brief__sender(const struct stack_sample *call, int others, int width)
{
	uint32_t tgid = call->kworker ? call->queued_by.tgid : call->tgid;
	struct safe name;
	char tail[48];
	int room;

	snprintf(tail, sizeof(tail), tgid ? "[%u]" : "", tgid);
	if (others)
		snprintf(tail + strlen(tail), sizeof(tail) - strlen(tail), " +%d", others);
	room = width - (int)strlen(tail);
	if (call->kworker)
		name = name_queuer(call->comm, &call->queued_by, room);
	else
		snprintf(name.s, sizeof(name.s), "%s",
			 call->tgid ? safe__comm(call->comm).s : "(idle)");
	if (safe__width(name.s) > (size_t)room)
		strcpy(name.s + safe__fit(name.s, room > 2 ? room - 1 : 1), "~");
	strncat(name.s, tail, sizeof(name.s) - strlen(name.s) - 1);
	return safe__column(name.s, width);
}
