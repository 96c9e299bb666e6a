// SPDX-License-Identifier: GPL-2.0
/* The first screen: the page of `summary`, whose tables get the lines that a screen has. */
#include <errno.h>
#include <sys/param.h>
#include "base/write_all.h"
#include "view/table/table.h"
#include "view/text/views.h"

/* The most commands below the tables, a line each: a narrow page needs the room for its tables. */
#define COMMANDS	4
#define COMMANDS_NARROW 2
#define COMMANDS_TALL	6
#define COMMANDS_MIN	1
/*
 * The least lines of a table for each unit of its weight, below its heading: with more rows than
 * lines, the last line counts the rows that are not shown. A page has empty lines or a second
 * command only if its tables have the usual lines.
 */
#define TABLE_LAST	1
#define TABLE_MIN	2
#define TABLE_USUAL	3
/* The lines of a table above its rows: an empty line, and the heading. */
#define TABLE_HEAD	2

/* Returns the function that costs most, if a shell takes its name as it is. */
static const char *find_func_to_paste(const struct digest *digest)
{
	static const char *const plain =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
	const char *name = digest->nr_fns && !digest->fns[0].other ? digest->fns[0].func.name :
								     NULL;

	return name && strlen(name) < 100 && strspn(name, plain) == strlen(name) ? name : NULL;
}

/* The commands below the report, a line each, with the page's filters. */
struct commands {
	FILE *out;
	const struct brief *brief;
	int columns;
	int left; /* how many commands there is still room for */
	bool blank; /* an empty line comes first */
};

/* Print a command; leave out a command that does not fit into a line. */
static void __attribute__((format(printf, 3, 4)))
print_command(struct commands *commands, const char *label, const char *format, ...)
{
	const struct brief *brief = commands->brief;
	char options[256], line[512];
	va_list args;
	int len;

	va_start(args, format);
	vsnprintf(options, sizeof(options), format, args);
	va_end(args);
	len = snprintf(line, sizeof(line), "%s: %s %s%s%s%s", label, brief->program, options,
		       *brief->again ? "" : " -d 5", brief->filters, brief->again);
	if (!commands->left || len >= (int)sizeof(line) ||
	    safe__width(line) > (size_t)commands->columns)
		return;
	fprintf(commands->out, "%s%s%s%s\n", commands->blank ? "\n" : "", style__on(STYLE_DIM),
		line, style__off());
	commands->blank = false;
	commands->left--;
}

/* Print at most @most commands, after an empty line if @blank. */
static void print_commands(const struct brief_page *page, const struct brief *brief, int most,
			   bool blank)
{
	const char *func = find_func_to_paste(page->digest);
	const struct storm_nearest *nearest = brief->nearest;
	bool storm = nearest && (nearest->storm || nearest->undecided);
	struct commands commands = { page->out, brief, page->columns, most, blank };

	if (storm)
		print_command(&commands, "the storm", "storm");
	if (func)
		print_command(&commands, "callers", "--stacks -f %s", func);
	if (!storm)
		print_command(&commands, "advice", "storm");
	print_command(&commands, "senders", "--by sender");
	print_command(&commands, "percentiles", "--full");
	print_command(&commands, "victims", "--by victim");
	print_command(&commands, "sync calls", "--calls");
}

/* Text made beforehand, so that its lines can be counted. */
struct part {
	char *text;
	size_t size;
	int lines;
};

/* Let @page print into @part, whose old text is freed. Returns false without memory. */
static bool part_begin(struct part *part, struct brief_page *page)
{
	free(part->text);
	*part = (struct part){};
	page->out = memory_text__open(&part->text, &part->size);
	return page->out;
}

/* End the printing into @part, and count its lines. Returns false without memory. */
static bool part_end(struct part *part, struct brief_page *page)
{
	if (fclose(page->out))
		return false;
	for (const char *c = part->text; *c; c++)
		part->lines += *c == '\n';
	return true;
}

/* The parts of a page, besides the lines above its tables. */
struct plan {
	int commands; /* the most commands */
	bool blanks; /* empty lines before and after the longest delay and run */
	bool notes;
	bool worst; /* the longest delay and run */
	size_t least; /* rows of each table for each unit of its weight; 0: no tables */
};

/* Print the lines below the tables. */
static void print_below(const struct brief_page *page, const struct brief *brief,
			const struct plan *plan)
{
	if (plan->worst)
		brief__longest(page, plan->blanks);
	/* A table of --by, or of CPUs with by_cpu, is last: a reader looks at the end first. */
	if (brief->hints && !brief->quiet && page->snap->how.by_key == BY_NONE && !brief->by_cpu)
		print_commands(page, brief, plan->commands, plan->blanks);
}

/* A table, and its share of the page. */
struct share {
	void (*print)(const struct brief_page *page, size_t lines);
	size_t wanted; /* rows that the table has; 0: it is left out */
	size_t weight;
	size_t lines; /* lines for its rows */
};

/* Returns how many rows @table has at least, if it has @least for each unit of its weight. */
static size_t count_least_rows(const struct share *table, size_t least)
{
	return MIN(least * table->weight, table->wanted);
}

/*
 * Share @room among the tables by their weight; the others get the rows that a table does not need.
 * Each table has its least rows, even if there is no room.
 */
static void share_lines(struct share *tables, size_t nr, int room, size_t least)
{
	size_t weights = 0, left, all, reserved = 0;

	for (size_t i = 0; i < nr; i++) {
		if (!tables[i].wanted)
			continue;
		room -= TABLE_HEAD;
		weights += tables[i].weight;
		reserved += count_least_rows(&tables[i], least);
	}
	left = all = room > 0 ? room : 0;
	for (size_t i = 0; i < nr; i++) {
		size_t own = count_least_rows(&tables[i], least), part;

		/* The least lines of the tables that follow are not shared. */
		reserved -= own;
		part = MIN(weights ? all * tables[i].weight / weights : 0,
			   left > reserved ? left - reserved : 0);
		tables[i].lines = MIN(part < own ? own : part, tables[i].wanted);
		left -= MIN(tables[i].lines, left);
	}
	for (size_t i = 0; i < nr; i++) {
		size_t more = MIN(tables[i].wanted - tables[i].lines, left);

		tables[i].lines += more;
		left -= more;
	}
}

static void tables_print(const struct brief_page *page, const struct share *tables, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (tables[i].wanted)
			tables[i].print(page, tables[i].lines);
}

/*
 * The tables of a page, in order. The first @nr_above come first, then the lines below the tables,
 * then the other tables.
 */
struct tables {
	struct share all[3];
	size_t nr, nr_above;
};

static struct tables choose_tables(const struct brief_page *page, const struct brief *brief)
{
	bool by = page->snap->how.by_key != BY_NONE;
	struct tables tables = {
		.all = {
			{ brief__functions, page->digest->nr_fns, by || brief->by_cpu ? 1 : 2, 0 },
			{ brief__cpus, page->digest->nr_cpus, 1, 0 },
			{ brief__by, page->snap->nr_by, 2, 0 },
		},
		.nr = 2,
		.nr_above = 2,
	};

	if (brief->by_cpu) {
		tables.nr_above = 1;
		tables.all[1].weight = 2;
	} else if (by) {
		/* Leave out the table of CPUs: it answers another question than that of senders. */
		tables.all[1].wanted = 0;
		tables.nr = 3;
	}
	return tables;
}

/* Returns the lines of @tables with @least rows for each unit of weight; @least 0: no tables. */
static int count_least(const struct tables *tables, size_t least)
{
	int lines = 0;

	for (size_t i = 0; i < tables->nr; i++)
		if (tables->all[i].wanted && least)
			lines += TABLE_HEAD + (int)count_least_rows(&tables->all[i], least);
	return lines;
}

/* Leave out the tables of the least weight, which have no room for a row and a line of others. */
static void leave_out_small(struct tables *tables)
{
	for (size_t i = 0; i < tables->nr; i++)
		if (tables->all[i].weight == 1)
			tables->all[i].wanted = 0;
}

/* The lines of a page that are not those of a table. */
struct parts {
	struct part above, notes, below;
};

/*
 * Choose @plan, and make the lines below the tables, so that all fits into @room lines. Each plan
 * leaves out more, in this order: all commands but two; the empty lines below the tables; all
 * commands but one; a row of each table; the notes; the longest delay and run; a second row, and
 * the small tables; the tables. One command stays: it says how to see what the page has
 * no room for. Returns false without memory.
 */
static bool fit_below(struct parts *parts, struct brief_page *page, const struct brief *brief,
		      struct tables *tables, int room, struct plan *plan)
{
	const int most = page->columns < BRIEF_COLUMNS ? COMMANDS_NARROW :
			 brief->rows > BRIEF_ROWS      ? COMMANDS_TALL :
							 COMMANDS;
	const struct plan plans[] = {
		{ most, true, true, true, TABLE_USUAL },
		{ COMMANDS_NARROW, true, true, true, TABLE_USUAL },
		{ COMMANDS_NARROW, false, true, true, TABLE_USUAL },
		{ COMMANDS_MIN, false, true, true, TABLE_USUAL },
		{ COMMANDS_MIN, false, true, true, TABLE_MIN },
		{ COMMANDS_MIN, false, false, true, TABLE_MIN },
		{ COMMANDS_MIN, false, false, false, TABLE_MIN },
		{ COMMANDS_MIN, false, false, false, TABLE_LAST },
		{ COMMANDS_MIN, false, false, false, 0 },
	};

	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++) {
		*plan = plans[i];
		if (plan->least == TABLE_LAST)
			leave_out_small(tables);
		if (!part_begin(&parts->below, page))
			return false;
		print_below(page, brief, plan);
		if (!part_end(&parts->below, page))
			return false;
		if (parts->above.lines + (plan->notes ? parts->notes.lines : 0) +
			    parts->below.lines + count_least(tables, plan->least) <=
		    room)
			break;
	}
	return true;
}

/* Make the lines above the tables; false: no memory. */
static bool make_above(struct parts *parts, struct brief_page *page, const struct brief *brief)
{
	if (!part_begin(&parts->above, page))
		return false;
	brief__above(page, brief);
	if (!part_end(&parts->above, page) || !part_begin(&parts->notes, page))
		return false;
	brief__notes(page, brief->nearest);
	return part_end(&parts->notes, page);
}

/* Print the page into @room lines. Without room for tables, cut the lines above them, too. */
static void print_page(const struct brief_page *page, const struct parts *parts,
		       struct tables *tables, const struct plan *plan, int room)
{
	const char *end = parts->above.text;

	room -= parts->below.lines;
	for (int i = 0; *end && i < room; i++)
		end += strcspn(end, "\n") + 1;
	fwrite(parts->above.text, 1, end - parts->above.text, page->out);
	room -= parts->above.lines;
	if (plan->notes) {
		fputs(parts->notes.text, page->out);
		room -= parts->notes.lines;
	}
	if (plan->least) {
		share_lines(tables->all, tables->nr, room, plan->least);
		tables_print(page, tables->all, tables->nr_above);
	}
	fputs(parts->below.text, page->out);
	if (plan->least)
		tables_print(page, tables->all + tables->nr_above, tables->nr - tables->nr_above);
}

int view__brief(FILE *out, const struct snapshot *snap, const struct brief *brief)
{
	struct digest digest;
	struct brief_page page = {
		.snap = snap,
		.digest = &digest,
		.columns = brief->columns > BRIEF_COLUMNS_MIN ? brief->columns : BRIEF_COLUMNS_MIN,
	};
	/* A page that stays on the screen has the shell's prompt below it. */
	int room = (brief->rows > BRIEF_ROWS_MIN ? brief->rows : BRIEF_ROWS_MIN) - 1 - brief->total;
	int err = digest__make(&digest, snap);
	struct tables tables = {};
	struct parts parts = {};
	struct plan plan = {};

	if (!err) {
		tables = choose_tables(&page, brief);
		if (!make_above(&parts, &page, brief) ||
		    !fit_below(&parts, &page, brief, &tables, room, &plan))
			err = -ENOMEM;
	}
	if (!err) {
		page.out = out;
		print_page(&page, &parts, &tables, &plan, room);
	}
	free(parts.above.text);
	free(parts.notes.text);
	free(parts.below.text);
	digest__free(&digest);
	return err;
}
