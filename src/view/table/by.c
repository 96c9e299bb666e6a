// SPDX-License-Identifier: GPL-2.0
/* The rows of --by: processes and cgroups. */
#include "view/table/table.h"

#define ROWS_MAX 24

/* Returns the name of a row that is no single process or cgroup; NULL: an ordinary row. */
static const char *name_many(const struct by_stats *by)
{
	return by->other ? "(others)" : by->interrupt ? "(in interrupts)" : NULL;
}

/*
 * Returns a sample that shows for whom the row's kworker sent, and for how many *@others; NULL if
 * the row is no sender, or no kworker that was sampled.
 */
static const struct stack_sample *find_kworker(const struct cell_context *ctx, int *others)
{
	const struct by_stats *by = ctx->row;

	if (!ctx->snap || ctx->snap->how.by_key != BY_SENDER || name_many(by) || !by->tgid)
		return NULL;
	return callers__of_kworker(ctx->snap, by->tgid, others);
}

/* The columns of a process in a report, where it has the fewest. */
#define PROCESS_WIDTH 23

struct cell by__process_name(const struct cell_context *ctx)
{
	const struct by_stats *by = ctx->row;
	const struct stack_sample *call;
	int others;

	call = find_kworker(ctx, &others);
	if (call)
		return cell__text(ctx, "%s", brief__sender(call, others, PROCESS_WIDTH).s);
	if (name_many(by) || !by->tgid)
		return cell__text(ctx, "%s", name_many(by) ? name_many(by) : "(idle)");
	return cell__text(ctx, "%.16s[%u]", by->comm, by->tgid);
}

struct cell by__cgroup_name(const struct cell_context *ctx)
{
	const struct by_stats *by = ctx->row;

	if (!name_many(by) && !by->cgroup_path)
		return cell__text(ctx, "cgroup %" PRIu64, by->cgroup);
	return cell__text(ctx, "%s", name_many(by) ? name_many(by) : by->cgroup_path);
}

static struct cell get_container(const struct cell_context *ctx)
{
	const struct by_stats *by = ctx->row;

	return container__label(by->cgroup_path, ctx->text, CELL_TEXT_BYTES) ?
		       (struct cell){ .kind = CELL_TEXT, .text = ctx->text } :
		       cell__value(0, false);
}

/* Returns the name in a report, where an idle sender is "(idle task)", an idle victim "(idle)". */
static struct cell get_reported_name(const struct cell_context *ctx)
{
	const struct by_stats *by = ctx->row;
	enum by_key key = ctx->snap->how.by_key;

	if (key == BY_CGROUP && !name_many(by))
		return cell__text(ctx, "cgroup %" PRIu64, by->cgroup);
	if (key != BY_VICTIM && !name_many(by) && !by->tgid)
		return cell__text(ctx, "(idle task)");
	return by__process_name(ctx);
}

/* Returns whose a row of snapshot.others is. */
static struct cell get_user_name(const struct cell_context *ctx)
{
	const struct by_stats *other = ctx->row;

	if (!other->uid_known)
		return cell__text(ctx, "%s", "interrupts, further uids");
	return cell__text(ctx, "uid %" PRIu32, other->uid);
}

enum {
	NAME,
	USER,
	SENT_BY,
	INTERRUPTED,
	SENT_FROM,
	CSDS,
	HIST_IDS(DELAY),
	HIST_IDS(HANDLER),
	WAITED,
	LOCALLY,
	CGROUP,
	CONTAINER,
};

#define AT(member) .of = &by_row_form, .at = PLACE(by_stats, member)

static const struct column columns[] = {
	[NAME] = { NULL, "", CELL_TEXT, .width = 23, .get = get_reported_name },
	[USER] = { NULL, "OTHERS, BY UID", CELL_TEXT, .width = 29, .get = get_user_name },
	[SENT_BY] = { NULL, "SENT BY", CELL_TEXT, .width = 29, .get = by__process_name },
	[INTERRUPTED] = { NULL, "INTERRUPTED", CELL_TEXT, .width = 29, .get = by__process_name },
	[SENT_FROM] = { NULL, "SENT FROM", CELL_TEXT, .width = 29, .get = by__cgroup_name },
	[CSDS] = { NULL, "csds", CELL_COUNT, AT(count), 7 },
	HIST_COLUMNS(DELAY, "delay", AT(delay)),
	HIST_COLUMNS(HANDLER, "handler", AT(handler)),
	[WAITED] = { NULL, "waited", CELL_NS, AT(wait.away), 7 },
	[LOCALLY] = { NULL, "locally", CELL_COUNT, AT(local), 7 },
	[CGROUP] = { NULL, "cgroup", CELL_TEXT, AT(cgroup_path), 24 },
	[CONTAINER] = { NULL, "container", CELL_TEXT, .width = 24, .get = get_container },
};

const struct layout senders_pane =
	LAYOUT(columns, SHOW(SENT_BY), FIGURES, SHOW(WAITED), SHOW(LOCALLY), SHOW(CGROUP));

const struct layout victims_pane =
	LAYOUT(columns, SHOW(INTERRUPTED), FIGURES, SHOW(LOCALLY), SHOW(CGROUP));

const struct layout cgroups_pane =
	LAYOUT(columns, SHOW(SENT_FROM), FIGURES, SHOW(WAITED), SHOW(LOCALLY), SHOW(CONTAINER));

/* The senders of one cgroup. */
const struct layout cgroup_senders_pane =
	LAYOUT(columns, SHOW(SENT_BY), FIGURES, SHOW(WAITED), SHOW(LOCALLY));

/* The row "(others)", divided by user. */
const struct layout others_pane = LAYOUT(columns, SHOW(USER), FIGURES, SHOW(WAITED), SHOW(LOCALLY));

static const struct layout report =
	LAYOUT(columns, SHOW(NAME), FIGURES, SHOW(WAITED, .group = "senders"));

static const struct layout report_victims = LAYOUT(columns, SHOW(NAME), FIGURES);

/* Print whose the processes or cgroups are that got no row: a line for each user. */
static void print_others(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_others; i++) {
		const struct by_stats *other = &snap->others[i];
		uint64_t sends = other->reschedules + other->irq_works;
		char text[CELL_TEXT_BYTES];

		get_user_name(&(struct cell_context){ .row = other, .text = text });
		printf("%s  of %-24s %7s csds", style__on(STYLE_DIM), text,
		       units__count(other->count).s);
		if (sends)
			printf(", %s reschedules and irq_works", units__count(sends).s);
		printf("%s\n", style__off());
	}
}

/*
 * Print the lines below a row. A long path loses its beginning, because the end names the unit or
 * container.
 */
static void print_below(const struct snapshot *snap, const struct by_stats *by)
{
	const char *path = by->cgroup_path;
	char label[64];

	if (path && strcmp(path, "/") && !name_many(by)) {
		printf("%s  in %s", style__on(STYLE_DIM), safe__tail(path, style__width(60)).s);
		if (container__label(path, label, sizeof(label)))
			printf("\n     %s", safe(label).s);
		printf("%s\n", style__off());
	}
	if (by->local)
		style__line(STYLE_DIM, "  also run on the sender's own CPU %8s",
			    units__count(by->local).s);
	/* The interrupts that the row sent without a csd. */
	if (by->reschedules)
		style__line(STYLE_DIM, "  reschedules sent %20s", units__count(by->reschedules).s);
	if (by->irq_works)
		style__line(STYLE_DIM, "  irq_works raised %20s", units__count(by->irq_works).s);
	if (by->other)
		print_others(snap);
}

void view__by(const struct snapshot *snap)
{
	static const char *const heads[] = {
		[BY_SENDER] = "SENT BY",
		[BY_CGROUP] = "SENT FROM",
		[BY_VICTIM] = "INTERRUPTED",
	};
	size_t shown = snap->nr_by < ROWS_MAX ? snap->nr_by : ROWS_MAX;
	const struct plain plain = { .out = stdout,
				     .layout = by_key_sends(snap->how.by_key) ? &report :
										&report_victims };

	if (snap->how.by_key == BY_NONE)
		return;
	plain__heads(&plain, heads[snap->how.by_key]);
	for (size_t i = 0; i < shown; i++) {
		plain__row(&plain, CELL_CONTEXT(snap, &snap->by[i], NULL));
		print_below(snap, &snap->by[i]);
	}
	if (snap->nr_by > shown)
		printf("and %zu more with less\n", snap->nr_by - shown);
}

/* The first screen */

/* Returns the known user who sent most of what is in "(others)": "uid 1000: 98%"; "" if none is. */
static struct text name_most_user(const struct snapshot *snap)
{
	const struct by_stats *most = NULL;
	struct text name = {};
	uint64_t all = 0;

	for (size_t i = 0; i < snap->nr_others; i++) {
		const struct by_stats *other = &snap->others[i];

		all += other->count;
		if (other->uid_known && other->count > (most ? most->count : 0))
			most = other;
	}
	if (most)
		snprintf(name.s, sizeof(name.s), "uid %" PRIu32 ": %.8s", most->uid,
			 units__percent((double)most->count / all).s);
	return name;
}

/* Returns the end of a path, which names the unit or container. */
static struct cell format_path_end(const struct cell_context *ctx, const char *path, int width)
{
	return cell__text(ctx, "%s", safe__tail(safe(path).s, width).s);
}

/* Returns the width of the names, with the 7 columns of WAIT where the table has no waits. */
static int get_names_width(const struct brief_page *page)
{
	struct name_widths w = brief__name_widths(page->columns);

	return w.who + 1 + w.func + (by_key_sends(page->snap->how.by_key) ? 0 : 7);
}

static struct cell get_brief_cgroup(const struct cell_context *ctx)
{
	const struct by_stats *by = ctx->row;
	int width = get_names_width(ctx->page);
	char id[40];

	snprintf(id, sizeof(id), "cgroup %" PRIu64, by->cgroup);
	if (by->other)
		return cell__text(ctx, "%s %s", name_many(by), name_most_user(ctx->snap).s);
	if (name_many(by))
		return cell__text(ctx, "%s", name_many(by));
	return format_path_end(ctx, by->cgroup_path ? by->cgroup_path : id, width);
}

/* Returns the process, which has half of the names' width. */
static struct cell get_brief_process(const struct cell_context *ctx)
{
	const struct by_stats *by = ctx->row;
	int width = get_names_width(ctx->page) / 2, others;
	const struct stack_sample *call = find_kworker(ctx, &others);
	struct stack_sample task = { .tgid = by->tgid };

	if (call)
		return cell__text(ctx, "%s", brief__sender(call, others, width).s);
	if (name_many(by))
		return cell__text(ctx, "%s", name_many(by));
	memcpy(task.comm, by->comm, sizeof(task.comm));
	return cell__text(ctx, "%s", brief__sender(&task, 0, width).s);
}

static struct cell get_brief_path(const struct cell_context *ctx)
{
	const struct by_stats *by = ctx->row;
	int width = get_names_width(ctx->page);

	if (by->other)
		return cell__text(ctx, "%s", name_most_user(ctx->snap).s);
	if (name_many(by))
		return cell__text(ctx, "%s", "");
	return format_path_end(ctx, by->cgroup_path ? by->cgroup_path : "-", width - width / 2 - 1);
}

/* Returns, for a narrow page, the longer one of the longest delay and the longest run. */
static struct cell get_brief_worst(const struct cell_context *ctx)
{
	const struct by_stats *by = ctx->row;
	bool run = by->handler.count && (!by->delay.count || by->handler.max > by->delay.max);
	const struct hist *hist = run ? &by->handler : &by->delay;

	return cell__value(hist->max, hist->count);
}

enum {
	BRIEF_CGROUP,
	BRIEF_PROCESS,
	BRIEF_PATH,
	BRIEF_IDS,
	BRIEF_RESCHEDULES,
};

static const struct column brief_columns[] = {
	[BRIEF_CGROUP] = { NULL, "SENT FROM CGROUP", CELL_TEXT, .get = get_brief_cgroup },
	[BRIEF_PROCESS] = { NULL, "", CELL_TEXT, .get = get_brief_process },
	[BRIEF_PATH] = { NULL, "CGROUP", CELL_TEXT, .dim = true, .get = get_brief_path },
	[BRIEF_RATE] = { NULL, "PER S", CELL_RATE, AT(count), 6 },
	[BRIEF_WAIT] = { NULL, "WAIT", CELL_SHARE, AT(wait.away), 6 },
	[BRIEF_HANDLERS] = { NULL, "HANDLERS", CELL_SHARE, AT(handler), 8, FIGURE_SUM },
	[BRIEF_WORST] = { NULL, "MAX", CELL_NS, .width = 7, .get = get_brief_worst },
	[BRIEF_DELAY_MAX] = { NULL, "MAX DELAY, RUN", CELL_NS, AT(delay), 7, FIGURE_MAX },
	[BRIEF_RUN_MAX] = { NULL, NULL, CELL_NS, AT(handler), 7, FIGURE_MAX },
	[BRIEF_RESCHEDULES] = { NULL, "RESCHED OUT/S", CELL_RATE, AT(reschedules), 13 },
};

/* A value of `below` that hides a column, because no page is narrower than this. */
#define NO_PAGE 1

void brief__by(const struct brief_page *page, size_t lines)
{
	const struct snapshot *snap = page->snap;
	size_t shown = snap->nr_by <= lines ? snap->nr_by : lines - 1;
	int width = get_names_width(page);
	enum by_key key = snap->how.by_key;
	bool cgroup = key == BY_CGROUP, sends = by_key_sends(key);
	const struct layout layout = LAYOUT(
		brief_columns,
		SHOW(cgroup ? BRIEF_CGROUP : BRIEF_PROCESS, .width = cgroup ? width : width / 2),
		SHOW(BRIEF_PATH, .width = width - width / 2 - 1, .below = cgroup ? NO_PAGE : 0),
		SHOW(BRIEF_RATE, .width = RATE_WIDTH(page)),
		SHOW(BRIEF_WAIT, .below = sends ? 0 : NO_PAGE), BRIEF_FIGURES,
		SHOW(BRIEF_RESCHEDULES, .gap = 2, .from = WIDE, .below = sends ? 0 : NO_PAGE));
	const struct plain plain = { page->out, &layout, page->columns };

	if (!snap->nr_by)
		return;
	plain__heads(&plain, cgroup ? NULL : key == BY_SENDER ? "SENT BY" : "INTERRUPTED");
	for (size_t i = 0; i < shown; i++)
		plain__row(&plain, &(struct cell_context){ .snap = snap,
							   .row = &snap->by[i],
							   .page = page,
							   .cpu_ns = page->digest->cpu_ns });
	if (shown < snap->nr_by)
		fprintf(page->out, "and %zu more, with less\n", snap->nr_by - shown);
}
