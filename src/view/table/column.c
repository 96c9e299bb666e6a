// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include "model/hist.h"
#include "view/table/column.h"

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
