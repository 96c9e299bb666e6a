// SPDX-License-Identifier: GPL-2.0
/* The screen of top: its state, which keys change, and the lines above and below the page. */
#include <math.h>
#include "view/text/views.h"
#include "view/top/screen.h"

#define MINUTE_NS    60000000000ULL
#define MINUTE_LABEL "the last minute "
#define BARS	     120
#define PEAK_WIDTH   20 /* columns after the bars */
#define HOST_COLUMN  14 /* after "ipitrace top" */

static double get_csd_rate(const struct snapshot *snap)
{
	return window__rate(&snap->window, snap->ledger.queued);
}

/* Returns @ns as a share of the time of all CPUs. */
static struct text format_share(const struct snapshot *snap, double ns)
{
	uint32_t online = snap->host ? cpuset__count(&snap->host->online) : 0;
	double all = online * (double)(snap->window.mono_end - snap->window.mono_start);
	struct text text = { "-" };

	if (all > 0)
		snprintf(text.s, sizeof(text.s), "%.2f%%", ns / all * 100);
	return text;
}

static void draw_host(const struct screen *s, const struct kept *kept, struct canvas *canvas)
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
	/* Without room for the date, show only the time of day, so that the state has room. */
	if (HOST_COLUMN + strlen(text) + strlen(when.s) + strlen(state) > (size_t)canvas->width)
		snprintf(when.s, sizeof(when.s), "%s", clock__at(end).s);
	strcat(text, when.s);
	canvas__put(canvas, 0, HOST_COLUMN, canvas->width, INK_PLAIN, text);
	canvas__put(canvas, 0, HOST_COLUMN + strlen(text), canvas->width, INK_ALERT, state);
}

static void draw_figures(const struct kept *kept, struct canvas *canvas)
{
	const struct snapshot *snap = &kept->snap;
	double seconds = window__seconds(&snap->window);
	uint64_t lost = ledger__lost(&snap->ledger);
	double handler_ns = 0, waited_ns = 0;
	char text[256];
	int x;

	for (size_t i = 0; i < snap->nr_cpus; i++) {
		handler_ns += snap->cpus[i].handler.sum;
		waited_ns += cpu_stats__spun(&snap->cpus[i]);
	}
	snprintf(text, sizeof(text), "csds/s %s  ", units__count(get_csd_rate(snap)).s);
	x = canvas__put(canvas, 1, 0, canvas->width, INK_PLAIN, text);
	snprintf(text, sizeof(text), "lost %" PRIu64 "%s  ", lost,
		 ledger__closed(&snap->ledger) ? "" : "  THE LEDGER DOES NOT CLOSE");
	x += canvas__put(canvas, 1, x, canvas->width,
			 lost || !ledger__closed(&snap->ledger) ? INK_ALERT : INK_PLAIN, text);
	snprintf(text, sizeof(text), "handlers %s  waited %s  own CPU %.1f%%",
		 format_share(snap, handler_ns).s, format_share(snap, waited_ns).s,
		 seconds > 0 ? kept->own_ns / seconds / 1e7 : 0.0);
	canvas__put(canvas, 1, x, canvas->width, INK_PLAIN, text);
}

/* Draw a bar for each window of the minute up to the shown window, the latest at the right. */
static void draw_minute(const struct screen *s, const struct kept *kept, struct canvas *canvas)
{
	int begin = strlen(MINUTE_LABEL), room = canvas->width - begin - PEAK_WIDTH, nr = 0;
	double values[BARS], max = 0;
	char text[SPARKLINE_BYTES(BARS)], words[64];
	uint64_t end = kept->snap.window.mono_end;
	const struct kept *window;

	room = room < 1 ? 1 : room < BARS ? room : BARS;
	while (nr < room && (window = history__get(&s->history, s->back + nr)) &&
	       window->snap.window.mono_start + MINUTE_NS >= end) {
		double rate = get_csd_rate(&window->snap);

		values[room - ++nr] = rate;
		max = rate > max ? rate : max;
	}
	sparkline__write(values + room - nr, nr, canvas->utf8, text);
	canvas__put(canvas, 2, 0, canvas->width, INK_DIM, MINUTE_LABEL);
	canvas__put(canvas, 2, begin + room - nr, nr, INK_HEAT + 3, text);
	snprintf(words, sizeof(words), " up to %s/s", units__count(max).s);
	canvas__put(canvas, 2, begin + room, PEAK_WIDTH, INK_DIM, words);
}

/* Returns a table's key and name, and for storms and stalls how many there were: "8storms(2)". */
static struct words format_table_name(const struct findings *findings, int table)
{
	uint64_t n = table == PAGE_STORMS ? findings->storms :
		     table == PAGE_STALLS ? findings->stalls :
					    0;
	struct words text;

	snprintf(text.s, sizeof(text.s), n ? "%d%s(%s)" : "%d%s", table + 1, table_names[table],
		 units__count(n).s);
	return text;
}

/* Returns the table whose name is at column @x of the line of tables; NR_TABLES: none. */
static enum page_kind find_table(const struct findings *findings, int x)
{
	int begin = 0;

	for (int i = 0; i < NR_TABLES; i++) {
		int end = begin + (int)strlen(format_table_name(findings, i).s);

		if (x >= begin && x < end)
			return i;
		begin = end + 1;
	}
	return NR_TABLES;
}

/* Draw the lines above each page, except the last one, which title_draw() draws. */
static void draw_header(const struct screen *s, struct canvas *canvas)
{
	const struct kept *kept = screen__shown(s);
	int x = 0;

	if (!kept) {
		canvas__put(canvas, 0, 0, canvas->width, INK_HEAD, "ipitrace top");
		canvas__put(canvas, 1, 0, canvas->width, INK_PLAIN, "the first window goes on");
	} else {
		draw_host(s, kept, canvas);
		draw_figures(kept, canvas);
		draw_minute(s, kept, canvas);
	}
	for (int i = 0; i < NR_TABLES; i++)
		x += 1 + canvas__put(canvas, 3, x, canvas->width,
				     i == (int)s->views[0].place.page ? INK_SELECTED : INK_PLAIN,
				     format_table_name(&s->findings, i).s);
}

#define STEPS 8

void sparkline__write(const double *values, size_t nr, bool utf8, char *text)
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

static struct view *get_view(struct screen *screen)
{
	return &screen->views[screen->depth];
}

void screen__open(struct screen *screen)
{
	memset(screen, 0, sizeof(*screen));
	style__plain();
	screen->width = 80;
	screen->height = 24;
}

static void page_free(struct page *page)
{
	for (int i = 0; i < PAGE_TABLES; i++)
		table__free(&page->tables[i]);
	memset(page, 0, sizeof(*page));
}

void screen__close(struct screen *screen)
{
	page_free(&screen->page);
	for (int i = 0; i < DEPTH_MOST; i++)
		pane__free(&screen->views[i].pane);
	history__free(&screen->history);
	findings__free(&screen->findings);
}

const struct kept *screen__shown(const struct screen *screen)
{
	return history__get(&screen->history, screen->back);
}

int screen__window(struct screen *screen, const struct snapshot *snap, uint64_t own_ns)
{
	int err = history__add(&screen->history, snap, own_ns);

	if (err || !screen->paused)
		return err;
	/* Show the same window as before, as long as the history keeps that window. */
	if (screen->history.nr > 1)
		screen->back++;
	if (screen->back >= screen->history.nr)
		screen->back = screen->history.nr - 1;
	return 0;
}

/* The page */

/* Select the row that was selected before, if the page still has that row. */
static void reselect(struct view *view)
{
	const struct pane *pane = &view->pane;
	size_t row = 0;

	for (size_t i = 0; view->keyed && i < pane->nr_lines; i++) {
		const struct line *line = &pane->lines[i];

		if (line->kind != LINE_ROW)
			continue;
		if (line->table == view->table && pane__row_of(pane, line)->key == view->key) {
			view->pane.selected = row;
			return;
		}
		row++;
	}
}

static void page_make(struct screen *screen)
{
	const struct kept *kept = screen__shown(screen);
	struct view *view = get_view(screen);
	struct source source = {
		.findings = &screen->findings,
		.place = view->place,
		.width = screen->width,
	};

	memcpy(source.groupings, screen->groupings, sizeof(source.groupings));
	view->pane.nr_lines = view->pane.nr_rows = 0;
	page_free(&screen->page);
	if (!kept)
		return;
	source.snap = &kept->snap;
	page__make(&source, &screen->page);
	view->pane.sort = view->sorted ? view->sort : screen->page.default_sort;
	for (int i = 0; i < screen->page.nr; i++)
		table__arrange(&screen->page.tables[i], i ? NO_SORT : view->pane.sort,
			       !i && view->reverse, screen->filter);
	if (!pane__layout(&view->pane, &screen->page))
		reselect(view);
}

/* Keys */

static void select_row(struct view *view, size_t row)
{
	const struct line *line;

	if (!view->pane.nr_rows)
		return;
	view->pane.selected = row < view->pane.nr_rows ? row : view->pane.nr_rows - 1;
	line = pane__row(&view->pane, view->pane.selected);
	view->key = pane__row_of(&view->pane, line)->key;
	view->table = line->table;
	/* A user who selects the first row wants the row that is first in each window. */
	view->keyed = view->pane.selected != 0;
}

static void view_begin(struct view *view, struct place place)
{
	pane__free(&view->pane);
	*view = (struct view){ .place = place };
}

static void table_show(struct screen *screen, enum page_kind table)
{
	if (table >= NR_TABLES)
		return;
	screen->depth = 0;
	screen->filter[0] = '\0';
	view_begin(get_view(screen), (struct place){ .page = table });
}

static void go_down(struct screen *screen)
{
	struct view *view = get_view(screen);
	const struct line *line = pane__row(&view->pane, view->pane.selected);
	struct place to;

	if (!line || screen->depth + 1 == DEPTH_MOST)
		return;
	to = pane__row_of(&view->pane, line)->to;
	if (to.page == PAGE_NONE)
		return;
	select_row(view, view->pane.selected);
	view->keyed = true;
	screen->filter[0] = '\0';
	view_begin(&screen->views[++screen->depth], to);
}

static void go_up(struct screen *screen)
{
	if (screen->depth)
		screen->depth--;
}

static void sort_step(struct screen *screen, int step)
{
	struct view *view = get_view(screen);
	int nr = screen->page.nr ? screen->page.tables[0].nr_columns : 0;

	if (!nr)
		return;
	view->sort = view->pane.sort == NO_SORT ? (step > 0 ? 0 : nr - 1) :
						  (view->pane.sort + step + nr) % nr;
	view->sorted = true;
}

/* Show an older window (@step 1) or a newer one (-1), and pause. */
static void window_step(struct screen *screen, int step)
{
	if (!screen->history.nr)
		return;
	screen->paused = true;
	if (step > 0 && screen->back + 1 < screen->history.nr)
		screen->back++;
	else if (step < 0 && screen->back)
		screen->back--;
}

static enum screen_wish do_char(struct screen *screen, int ch)
{
	switch (ch) {
	case 'q':
		return WISH_QUIT;
	case 'w':
		return WISH_WRITE;
	case '?':
		if (get_view(screen)->place.page == PAGE_HELP)
			go_up(screen);
		else if (screen->depth + 1 < DEPTH_MOST)
			view_begin(&screen->views[++screen->depth],
				   (struct place){ .page = PAGE_HELP });
		break;
	case '/':
		screen->typing = true;
		break;
	case '<':
	case '>':
		sort_step(screen, ch == '<' ? -1 : 1);
		break;
	case 'r':
		get_view(screen)->reverse = !get_view(screen)->reverse;
		break;
	case 'p':
	case ' ':
		screen->paused = !screen->paused;
		screen->back = screen->paused ? screen->back : 0;
		break;
	case '[':
	case ']':
		window_step(screen, ch == '[' ? 1 : -1);
		break;
	default:
		if (ch >= '1' && ch < '1' + NR_TABLES)
			table_show(screen, ch - '1');
	}
	return WISH_NONE;
}

/*
 * Handle a key while the user types the filter. Returns false for the keys that move the selection,
 * which the filter does not use.
 */
static bool type_filter(struct screen *screen, const struct input *input)
{
	size_t len = strlen(screen->filter);

	switch (input->key) {
	case SCREEN_CHAR:
		if (len + 1 < FILTER_ROOM && input->ch >= ' ' && input->ch < 0x7f) {
			screen->filter[len] = input->ch;
			screen->filter[len + 1] = '\0';
		}
		return true;
	case SCREEN_BACK:
		if (len)
			screen->filter[len - 1] = '\0';
		return true;
	case SCREEN_ENTER:
		screen->typing = false;
		return true;
	case SCREEN_ESCAPE:
		screen->filter[0] = '\0';
		screen->typing = false;
		return true;
	default:
		return false;
	}
}

static int get_pane_height(const struct screen *screen)
{
	int height = screen->height - HEADER_LINES - 1;

	return height > 1 ? height : 1;
}

/*
 * A click selects a row; a second click on the row opens it. A click on a heading sorts by the
 * column; a click on a table's name shows the table.
 */
static void do_click(struct screen *screen, const struct input *input)
{
	struct view *view = get_view(screen);
	const struct line *line;
	size_t row = 0;

	if (input->y == HEADER_LINES - 2) {
		table_show(screen, find_table(&screen->findings, input->x));
		return;
	}
	line = pane__line_at(&view->pane, input->y - HEADER_LINES, get_pane_height(screen));
	if (!line)
		return;
	if (line->kind == LINE_HEADS && !line->table) {
		int column = pane__column_at(&screen->page.tables[0], screen->width, input->x);

		if (column < 0)
			return;
		view->reverse = view->pane.sort == column && !view->reverse;
		view->sorted = true;
		view->sort = column;
	} else if (line->kind == LINE_ROW) {
		while (pane__row(&view->pane, row) != line)
			row++;
		if (row == view->pane.selected)
			go_down(screen);
		else
			select_row(view, row);
	}
}

static void move_selection(struct screen *screen, enum screen_key key)
{
	struct view *view = get_view(screen);
	size_t row = view->pane.selected, height = get_pane_height(screen);
	/* A heading, and a row of the page before. */
	size_t page = height > 3 ? height - 2 : 1;

	select_row(view, key == SCREEN_UP	 ? (row ? row - 1 : 0) :
			 key == SCREEN_DOWN	 ? row + 1 :
			 key == SCREEN_PAGE_UP	 ? (row > page ? row - page : 0) :
			 key == SCREEN_PAGE_DOWN ? row + page :
			 key == SCREEN_HOME	 ? 0 :
						   SIZE_MAX);
}

enum screen_wish screen__input(struct screen *screen, const struct input *input)
{
	enum screen_wish wish = WISH_NONE;
	int step;

	screen->message[0] = '\0';
	/*
	 * Make the page again, because the key is for the rows that the user sees, and a window may
	 * have come since.
	 */
	page_make(screen);
	if (screen->typing && type_filter(screen, input))
		return WISH_NONE;
	switch (input->key) {
	case SCREEN_CHAR:
		wish = do_char(screen, input->ch);
		break;
	case SCREEN_ENTER:
		go_down(screen);
		break;
	case SCREEN_BACK:
		go_up(screen);
		break;
	case SCREEN_ESCAPE:
		screen->filter[0] = '\0';
		break;
	case SCREEN_NEXT:
	case SCREEN_PREVIOUS:
		step = input->key == SCREEN_NEXT ? 1 : NR_TABLES - 1;
		table_show(screen, (screen->views[0].place.page + step) % NR_TABLES);
		break;
	case SCREEN_CLICK:
		do_click(screen, input);
		break;
	default:
		move_selection(screen, input->key);
	}
	return wish;
}

/* Drawing */

static void title_draw(const struct screen *screen, struct canvas *canvas)
{
	const struct view *view = &screen->views[screen->depth];
	const struct kept *kept = screen__shown(screen);
	int x = 0;

	if (screen->page.title[0])
		x = canvas__put(canvas, HEADER_LINES - 1, 0, canvas->width, INK_HEAD,
				screen->page.title);
	if (screen->filter[0] && !screen->typing) {
		char text[FILTER_ROOM + 16];

		snprintf(text, sizeof(text), "%s/%s", x ? "  " : "", screen->filter);
		x += canvas__put(canvas, HEADER_LINES - 1, x, canvas->width, INK_ALERT, text);
	}
	for (int i = 0; i < screen->page.nr; i++)
		if (screen->page.tables[i].failed)
			x += canvas__put(canvas, HEADER_LINES - 1, x, canvas->width, INK_ALERT,
					 "  no memory: rows are missing");
	if (view->reverse)
		x += canvas__put(canvas, HEADER_LINES - 1, x, canvas->width, INK_DIM,
				 x ? "  reversed" : "reversed");
	/* Say why -p lets "(interrupt)" pass, on a kernel where it does. */
	if (kept && snapshot__passes_interrupts(&kept->snap))
		canvas__put(canvas, HEADER_LINES - 1, x, canvas->width, INK_DIM,
			    x ? "  (interrupt): " INTERRUPTS_INCLUDED :
				"(interrupt): " INTERRUPTS_INCLUDED);
}

static void foot_draw(const struct screen *screen, struct canvas *canvas)
{
	char text[FILTER_ROOM + 64];
	int y = canvas->height - 1;

	if (screen->typing) {
		snprintf(text, sizeof(text), "filter: %s_  (Enter: done, Escape: all)",
			 screen->filter);
		canvas__put(canvas, y, 0, canvas->width, INK_ALERT, text);
	} else if (*screen->message) {
		canvas__put(canvas, y, 0, canvas->width, INK_ALERT, screen->message);
	} else {
		canvas__put(canvas, y, 0, canvas->width, INK_DIM,
			    "Enter open  Bksp back  <> sort  / filter  p pause  [] time  "
			    "w write  ? help");
	}
}

void screen__draw(struct screen *screen, struct canvas *canvas)
{
	screen->width = canvas->width;
	screen->height = canvas->height;
	canvas__clear(canvas);
	page_make(screen);
	draw_header(screen, canvas);
	title_draw(screen, canvas);
	if (screen->page.nr)
		pane__draw(&get_view(screen)->pane, canvas, HEADER_LINES, get_pane_height(screen));
	foot_draw(screen, canvas);
}
