// SPDX-License-Identifier: GPL-2.0
/* The results of gates as TAP version 13. */
#include "view/text/views.h"

/* How many families of stalls have a note, of each phase. */
#define FAMILIES_SHOWN 20

void view__tap_begin(void)
{
	style__plain();
	puts("TAP version 13");
}

void view__tap_plan(size_t nr)
{
	printf("1..%zu\n", nr);
}

/* Print a note in one line. */
static void __attribute__((format(printf, 1, 2))) print_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("# ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
}

void view__tap_test(size_t nr, const struct sight *sight, const char *format, ...)
{
	enum sight_verdict verdict = sight__judge(sight);
	char name[256], why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	printf("%sok %zu - ", verdict == SIGHT_CLEAR ? "" : "not ", nr);
	/* "#" would begin a directive, and a backslash before it would be the escape of another. */
	for (const char *c = name; *c; c++)
		printf("%s%c", *c == '#' || *c == '\\' ? "\\" : "", *c);
	putchar('\n');
	if (verdict != SIGHT_NOT_CERTAIN)
		return;
	sight__why(sight, why, sizeof(why));
	print_note("not certain: %s", why);
}

size_t view__tap_notes(char *buf, size_t size, const char *text, size_t len)
{
	const char *end = text + len;
	struct block b;

	block__begin(&b, buf, size);
	while (text < end) {
		const char *newline = memchr(text, '\n', end - text) ?: end;

		block__add(&b, newline > text ? "# %.*s\n" : "#\n", (int)(newline - text), text);
		text = newline + 1;
	}
	return b.len;
}

void view__tap_isolated(size_t nr, const struct isolation *isolation,
			const struct isolated_cpu *cpu, const struct gate *gate,
			const struct sight *sight)
{
	const struct window *window = &isolation->window;

	view__tap_test(nr, sight, "CPU %u is quiet", cpu->cpu);
	if (!cpu->nr_breaches)
		print_note("%s in %.2f s, longest silence %s",
			   units__counted(cpu->count, "interruption").s, window__seconds(window),
			   units__ns(cpu->silence).s);
	for (size_t i = 0; i < cpu->nr_breaches; i++) {
		const struct breach *breach = &cpu->breaches[i];
		struct block text = BLOCK(256), culprits = BLOCK(1024);

		view__breach(cpu, breach, gate, window, &text, &culprits);
		print_note("%s", text.buf);
		if (!culprits.len)
			continue;
		print_note("%s", culprits.buf);
		print_note("advice: %s", safe(cpu->culprits[breach->worst].advice).s);
	}
}

/* Whether @phase has a test. */
static bool has_test(const struct stall_totals *totals, enum stall_phase phase)
{
	return stall_scope__asks(&totals->scope, phase) && stall_scope__has(&totals->scope, phase);
}

/* Print a note for each family of stalls of @phase, the longest stall first. */
static void print_families(const struct stall_totals *totals, enum stall_phase phase)
{
	size_t shown = 0;

	for (size_t i = 0; i < totals->nr_families && shown < FAMILIES_SHOWN; i++) {
		const struct stall_family *family = &totals->families[i];
		const struct text comm = safe__comm(family->sender);

		if (family->other || family->phase != phase)
			continue;
		print_note("%s, sent by %s: %s, the longest %s", safe(family->func).s,
			   family->several   ? "others" :
			   family->interrupt ? "an interrupt" :
			   *comm.s	     ? comm.s :
					       "?",
			   words__number(family->stalls, "stall").s,
			   view__duration(family->longest).s);
		shown++;
	}
}

void view__tap_stalls(const struct stall_totals *totals, const struct sight *sight)
{
	struct text threshold = view__duration(totals->threshold);
	size_t nr = 0;

	for (int i = 0; i < NR_PHASES; i++)
		nr += has_test(totals, i);
	view__tap_plan(nr);
	nr = 0;
	for (int i = 0; i < NR_PHASES; i++) {
		struct sight of_phase = *sight;

		if (!has_test(totals, i))
			continue;
		nr++;
		if (!stall_scope__knows(&totals->scope, i)) {
			printf("ok %zu - no %s over %s # SKIP this kernel does not show them\n", nr,
			       phase_names[i], threshold.s);
			continue;
		}
		of_phase.found |= totals->found[i] > 0;
		view__tap_test(nr, &of_phase, "no %s over %s", phase_names[i], threshold.s);
		if (totals->found[i])
			print_note("%s", words__number(totals->found[i], "stall").s);
		print_families(totals, i);
	}
}

/*
 * Print the group that is a storm, or that came nearest to one, as the YAML block of the test:
 * converters to JUnit drop the notes before a test, and keep its block.
 */
static void print_nearest_yaml(const struct storm_nearest *nearest)
{
	struct safe who = storm_words__nearest(nearest, true);

	printf("  ---\n  nearest: '");
	for (const char *c = who.s; *c; c++)
		printf("%s%c", *c == '\'' ? "'" : "", *c);
	puts("'");
	printf("  rate_per_s: %.1f\n  limit_per_s: %.1f\n", nearest->rate, nearest->rate_limit);
	if (nearest->cost.limit > 0)
		printf("  cost_percent: %.3g\n  cost_limit_percent: %.3g\n",
		       100 * nearest->cost.share, 100 * nearest->cost.limit);
	puts("  ...");
}

void view__tap_storm(const struct calm *calm, const struct sight *sight)
{
	view__tap_plan(1);
	view__tap_test(1, sight, "no IPI storm");
	if (calm->nearest.known)
		print_nearest_yaml(&calm->nearest);
	if (sight->found)
		return;
	print_note("no storm in %.2f s", calm->seconds);
	if (calm->nearest.known)
		print_note("nearest to a limit: %s", storm_words__nearest(&calm->nearest, true).s);
}

void view__tap_waits(uint64_t threshold, const struct sight *sight)
{
	view__tap_plan(1);
	if (threshold)
		view__tap_test(1, sight, "no sender waits longer than %s",
			       view__duration(threshold).s);
	else
		view__tap_test(1, sight, "no sender waits");
}

void view__tap_diff(const struct diff *diff, const struct sight *sight)
{
	size_t nr = 0;

	for (size_t i = 0; i < diff->nr; i++)
		nr += diff_row__is_judged(&diff->rows[i]);
	if (!nr) {
		puts("1..0 # SKIP no figure is in both files");
		return;
	}
	view__tap_plan(nr);
	nr = 0;
	for (size_t i = 0; i < diff->nr; i++) {
		const struct diff_row *row = &diff->rows[i];
		struct block figure = BLOCK(160), values = BLOCK(160);
		struct diff_words w = view__diff_words(row);
		struct sight of_row = *sight;

		if (!diff_row__is_judged(row))
			continue;
		of_row.found = row->change == DIFF_ROSE;
		if (row->change == DIFF_UNSURE)
			sight__miss_time(&of_row, 0, "%s", diff_row__doubt(row, diff));
		view__diff_figure(&figure, row);
		view__tap_test(++nr, &of_row, "no rise: %s", figure.buf);
		block__add(&values, "A %s, B %s", w.a.s, w.b.s);
		if (row->factor > 0)
			block__add(&values, ", factor %s %s", w.factor.s, w.limit.s);
		else
			block__add(&values, row->value[1] > 0 ? ", new in B" : ", gone in B");
		if (row->noise >= 0)
			block__add(&values, ", noise %s", w.noise.s);
		print_note("%s", values.buf);
	}
}
