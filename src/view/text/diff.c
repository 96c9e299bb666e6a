// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "model/diff.h"
#include "view/text/diff.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/units.h"

#define NAME_WIDTH 30
#define ROWS_MAX   20 /* of a group */

static struct text value_text(const struct diff_row *row, int i)
{
	double v = row->value[i];
	struct text t;

	if (row->unit == DIFF_NS || row->unit == DIFF_NS_PER_S)
		return units__ns_of(v, row->series[i].nr);
	if (v >= 100)
		return units__count(v);
	snprintf(t.s, sizeof(t.s), "%.1f", v);
	return t;
}

static void row_print(const struct diff_row *row)
{
	static const char *const units[] = { "/s", "", "/s" };
	static const char *const said[] = { "", "rose", "fell" };
	char a[40], b[40], factor[16] = "-", noise[16] = "-";

	snprintf(a, sizeof(a), "%s%s", value_text(row, 0).s, units[row->unit]);
	snprintf(b, sizeof(b), "%s%s", value_text(row, 1).s, units[row->unit]);
	if (row->factor > 0 && row->factor < 10000)
		snprintf(factor, sizeof(factor), "%.2f", row->factor);
	if (row->noise >= 0)
		snprintf(noise, sizeof(noise), "%.1f %%", 100 * row->noise);
	printf("%s %10s %10s %8s %8s  %s%s%s\n", safe__column(row->name, NAME_WIDTH).s, a, b,
	       factor, noise, style__on(row->change ? STYLE_ALERT : STYLE_PLAIN), said[row->change],
	       style__off());
}

static void group_print(const struct diff *diff, enum diff_group group)
{
	static const char *const heads[NR_DIFF_GROUPS] = { "ALL", "FUNCTIONS, csds",
							   "SENDERS, csds", "RECEIVERS, csds" };
	size_t shown = 0, hidden = 0;

	for (size_t i = 0; i < diff->nr; i++) {
		if (diff->rows[i].group != group)
			continue;
		if (!shown)
			printf("\n%s%-*s %10s %10s %8s %8s%s\n", style__on(STYLE_HEAD), NAME_WIDTH,
			       heads[group], "A", "B", "factor", "noise", style__off());
		if (shown < ROWS_MAX || diff->rows[i].change)
			row_print(&diff->rows[i]);
		else
			hidden++;
		shown++;
	}
	if (hidden)
		printf("and %zu more without a change\n", hidden);
}

void view__diff(const struct diff *diff, const char *const names[2], bool quiet)
{
	for (int i = 0; i < 2 && !quiet; i++)
		printf("%s%c%s %s: %" PRIu64 " window%s, %.2f s\n", style__on(STYLE_HEAD), 'A' + i,
		       style__off(), safe__tail(names[i], 40).s, diff->side[i].windows,
		       units__plural(diff->side[i].windows), diff->side[i].seconds);
	for (int group = 0; group < NR_DIFF_GROUPS; group++)
		group_print(diff, group);
	if (diff->rose || diff->fell)
		printf("\n%zu rose, %zu fell\n", diff->rose, diff->fell);
	else
		puts("\nno change");
}
