// SPDX-License-Identifier: GPL-2.0
/* Two runs side by side as a page of tables, without a script. */
#include "view/html/page.h"
#include "view/text/views.h"

/* Nothing may load, and no script may run. */
static const char head[] =
	"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" "
	"content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
	"form-action 'none'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<title>ipitrace report --diff</title>\n<style>\n"
	":root { color-scheme: light dark; }\n"
	"body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em auto; max-width: 70em; "
	"padding: 0 1em; }\n"
	"table { border-collapse: collapse; margin: 0.5em 0 1.5em; }\n"
	"caption { font-weight: bold; text-align: left; padding: 0.3em 0; }\n"
	"th, td { padding: 0.15em 0.8em; text-align: right; border-bottom: 1px solid #8884; "
	"font-variant-numeric: tabular-nums; }\n"
	"th:first-child, td:first-child { text-align: left; }\n"
	".rose, .new { color: #c22; font-weight: bold; }\n"
	".fell { color: #283; font-weight: bold; }\n"
	"</style>\n</head>\n<body>\n<h1>ipitrace report --diff</h1>\n";

/* Write @text with escapes, because a stranger may have chosen a name. */
static void put_text(FILE *file, const char *text)
{
	static const char *const escapes[] = {
		['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;"
	};

	for (; *text; text++) {
		unsigned char c = *text;

		if (c < sizeof(escapes) / sizeof(*escapes) && escapes[c])
			fputs(escapes[c], file);
		else
			putc(c, file);
	}
}

static void put_cell(FILE *file, const char *text)
{
	fputs("<td>", file);
	put_text(file, text);
	fputs("</td>", file);
}

static void put_runs(FILE *file, const struct diff *diff, const char *const names[2])
{
	fputs("<table>\n<tr><th></th><th>file</th><th>host</th><th>kernel</th><th>begun</th>"
	      "<th>windows</th><th>seconds</th></tr>\n",
	      file);
	for (int i = 0; i < 2; i++) {
		const struct diff_side *side = &diff->side[i];

		fprintf(file, "<tr><td>%c</td>", 'A' + i);
		put_cell(file, safe(names[i]).s);
		put_cell(file, safe(side->host.name.nodename).s);
		put_cell(file, safe(side->host.name.release).s);
		put_cell(file, clock__date(&side->start, 0).s);
		fprintf(file, "<td>%" PRIu64 "</td><td>%.2f</td></tr>\n", side->windows,
			side->seconds);
	}
	fputs("</table>\n", file);
}

/* Write the rows of @group; nothing if it has no rows. */
static void put_group(FILE *file, const struct diff *diff, enum diff_group group)
{
	bool begun = false;

	for (size_t i = 0; i < diff->nr; i++) {
		const struct diff_row *row = &diff->rows[i];
		struct diff_words w = view__diff_words(row);
		const char *const cells[] = { w.a.s, w.b.s, w.factor.s, w.limit.s, w.noise.s };

		if (row->group != group)
			continue;
		if (!begun)
			fprintf(file,
				"<table>\n<caption>%s</caption>\n<tr><th></th><th>A</th><th>B</th>"
				"<th>factor</th><th>limit</th><th>noise</th><th></th></tr>\n",
				diff_headings[group]);
		begun = true;
		fputs("<tr>", file);
		put_cell(file, safe(row->name).s);
		for (size_t c = 0; c < sizeof(cells) / sizeof(*cells); c++)
			put_cell(file, cells[c]);
		fprintf(file, "<td class=\"%s\">%s</td></tr>\n", w.verdict, w.verdict);
	}
	if (begun)
		fputs("</table>\n", file);
}

int diff_page__write(FILE *file, const struct diff *diff, const char *const names[2],
		     double tolerance)
{
	struct block verdict = BLOCK(1024);

	fputs(head, file);
	put_runs(file, diff, names);
	view__diff_verdict(&verdict, diff);
	fputs("<p><strong>", file);
	put_text(file, verdict.buf);
	fprintf(file, "</strong>. Changes below %g %% are ignored.</p>\n", tolerance);
	for (int group = 0; group < NR_DIFF_GROUPS; group++)
		put_group(file, diff, group);
	fputs("</body>\n</html>\n", file);
	return fflush(file) || ferror(file) ? -errno ?: -EIO : 0;
}
