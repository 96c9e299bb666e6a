// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <string.h>
#include "view/text/views.h"
#include "view/top/screen.h"

#define MINUTE_NS 60000000000ULL
#define BARS	  120

static double csd_rate(const struct snapshot *snap)
{
	return window__rate(&snap->window, snap->ledger.queued);
}

/* Write the share that @ns has of the time of all CPUs. */
static void share_text(const struct snapshot *snap, double ns, char *text, size_t size)
{
	uint32_t online = snap->host ? cpuset__count(&snap->host->online) : 0;
	double all = online * (double)(snap->window.mono_end - snap->window.mono_start);

	if (all > 0)
		snprintf(text, size, "%.2f%%", ns / all * 100);
	else
		snprintf(text, size, "-");
}

static void host_line(const struct screen *s, const struct kept *kept, struct canvas *canvas)
{
	const struct snapshot *snap = &kept->snap;
	int64_t end = (int64_t)window__end(&snap->window) * 1000000000;
	char text[256], state[64] = "";
	struct words when = clock__date_at(end);

	if (s->back)
		snprintf(state, sizeof(state), "  %zu WINDOW%s BACK of %zu", s->back,
			 s->back > 1 ? "S" : "", s->history.nr - 1);
	else if (s->paused)
		snprintf(state, sizeof(state), "  PAUSED");
	canvas__put(canvas, 0, 0, canvas->width, INK_HEAD, "ipitrace top");
	snprintf(text, sizeof(text), "%.16s, %.22s; %.2f s to ",
		 snap->host ? snap->host->name.nodename : "?",
		 snap->host ? snap->host->name.release : "?", window__seconds(&snap->window));
	/*
	 * If there is no room for the date, show the time of day only, so that the state has room.
	 */
	if (14 + strlen(text) + strlen(when.s) + strlen(state) > (size_t)canvas->width)
		snprintf(when.s, sizeof(when.s), "%s", clock__at(end).s);
	strcat(text, when.s);
	canvas__put(canvas, 0, 14, canvas->width, INK_PLAIN, text);
	canvas__put(canvas, 0, 14 + strlen(text), canvas->width, INK_ALERT, state);
}

static void figures_line(const struct kept *kept, struct canvas *canvas)
{
	const struct snapshot *snap = &kept->snap;
	double seconds = window__seconds(&snap->window);
	uint64_t lost = ledger__lost(&snap->ledger);
	char text[256], handlers[16], waited[16];
	double handler_ns = 0, waited_ns = 0;
	int x;

	for (size_t i = 0; i < snap->nr_cpus; i++) {
		handler_ns += snap->cpus[i].handler.sum;
		waited_ns += cpu_stats__spun(&snap->cpus[i]);
	}
	share_text(snap, handler_ns, handlers, sizeof(handlers));
	share_text(snap, waited_ns, waited, sizeof(waited));
	snprintf(text, sizeof(text), "csds/s %s  handlers %s  waited %s  own CPU %.1f%%  ",
		 units__count(csd_rate(snap)).s, handlers, waited,
		 seconds > 0 ? kept->own_ns / seconds / 1e7 : 0.0);
	x = canvas__put(canvas, 1, 0, canvas->width, INK_PLAIN, text);
	snprintf(text, sizeof(text), "lost %" PRIu64 "%s", lost,
		 ledger__closed(&snap->ledger) ? "" : "  THE LEDGER DOES NOT CLOSE");
	canvas__put(canvas, 1, x, canvas->width,
		    lost || !ledger__closed(&snap->ledger) ? INK_ALERT : INK_PLAIN, text);
}

/* Draw the windows of the last minute before the shown window, the latest at the right. */
static void minute_line(const struct screen *s, const struct kept *kept, struct canvas *canvas)
{
	int room = canvas->width - 36, nr = 0;
	double values[BARS], max = 0;
	char text[SPARKLINE_BYTES(BARS)], words[64];
	uint64_t end = kept->snap.window.mono_end;
	const struct kept *one;

	room = room < 1 ? 1 : room < BARS ? room : BARS;
	while (nr < room && (one = history__get(&s->history, s->back + nr)) &&
	       one->snap.window.mono_start + MINUTE_NS >= end) {
		values[room - 1 - nr++] = csd_rate(&one->snap);
		max = values[room - nr] > max ? values[room - nr] : max;
	}
	sparkline(values + room - nr, nr, canvas->utf8, text);
	canvas__put(canvas, 2, 0, canvas->width, INK_DIM, "the last minute ");
	canvas__put(canvas, 2, 16 + room - nr, nr, INK_HEAT + 3, text);
	snprintf(words, sizeof(words), " up to %s/s", units__count(max).s);
	canvas__put(canvas, 2, 16 + room, 20, INK_DIM, words);
}

/* Write the name of a table with its key, and the number of storms and stalls. */
static void table_text(const struct findings *findings, int i, char *text, size_t size)
{
	uint64_t n = i == PAGE_STORMS ? findings->storms : i == PAGE_STALLS ? findings->stalls : 0;

	if (n)
		snprintf(text, size, "%d%s(%s)", i + 1, table_names[i], units__count(n).s);
	else
		snprintf(text, size, "%d%s", i + 1, table_names[i]);
}

static void tables_line(const struct screen *s, struct canvas *canvas)
{
	char text[64];
	int x = 0;

	for (int i = 0; i < NR_TABLES; i++) {
		table_text(&s->findings, i, text, sizeof(text));
		x += canvas__put(canvas, 3, x, canvas->width,
				 i == (int)s->views[0].place.page ? INK_SELECTED : INK_PLAIN,
				 text) +
		     1;
	}
}

enum page_kind header__table_at(const struct findings *findings, int x)
{
	char text[64];
	int at = 0;

	for (int i = 0; i < NR_TABLES; i++) {
		table_text(findings, i, text, sizeof(text));
		if (x >= at && x < at + (int)strlen(text))
			return i;
		at += strlen(text) + 1;
	}
	return NR_TABLES;
}

void header__draw(const struct screen *s, struct canvas *canvas)
{
	const struct kept *kept = history__get(&s->history, s->back);

	if (!kept) {
		canvas__put(canvas, 0, 0, canvas->width, INK_HEAD, "ipitrace top");
		canvas__put(canvas, 1, 0, canvas->width, INK_PLAIN, "the first window goes on");
	} else {
		host_line(s, kept, canvas);
		figures_line(kept, canvas);
		minute_line(s, kept, canvas);
	}
	tables_line(s, canvas);
}

void header__interrupts(const struct screen *s, struct canvas *canvas, int x)
{
	const struct kept *kept = history__get(&s->history, s->back);

	if (kept && kept->snap.how.by_pid && !kept->snap.how.sees_interrupts &&
	    kept->snap.how.source == SOURCE_CSD)
		canvas__put(canvas, HEADER_LINES - 1, x, canvas->width, INK_DIM,
			    x ? "  (interrupt): " INTERRUPTS_INCLUDED :
				"(interrupt): " INTERRUPTS_INCLUDED);
}

#define STEPS 8

void sparkline(const double *values, size_t nr, bool utf8, char *text)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { " ", "_", ".", ",", "-", "=", "+", "*", "#" };
	double max = 0;

	for (size_t i = 0; i < nr; i++)
		max = values[i] > max ? values[i] : max;
	*text = '\0';
	for (size_t i = 0; i < nr; i++) {
		int step = max > 0 ? ceil(values[i] / max * STEPS) : 0;

		text = stpcpy(text, (utf8 ? blocks : plain)[step < 0 ? 0 : step]);
	}
}
