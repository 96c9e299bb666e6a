// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "base/write_all.h"
#include "view/html/page.h"
#include "view/json/json.h"

/* The page without its data: page.html with its styles and scripts, as build.mk joins them. */
static const char page_head[] =
#include "page_head.inc"
	;

static const char page_policy[] =
#include "page_policy.inc"
	;

static const char page_body[] =
#include "page_body.inc"
	;

static const char page_tail[] =
#include "page_tail.inc"
	;

/*
 * Write the page up to its data. The page's Content-Security-Policy allows its own script and
 * styles, and loading nothing. @policy: what else it allows, "; connect-src ..." or "".
 */
static void put_head(FILE *file, const char *policy)
{
	fputs(page_head, file);
	fprintf(file, "<meta http-equiv=\"Content-Security-Policy\" content=\"%s%s\">\n",
		page_policy, policy);
	fputs(page_body, file);
}

/*
 * Write JSON inside a script element. A name like "</script>" must not end the element: an escape
 * replaces each '<', which JSON only has in strings.
 */
static void put_json(FILE *file, const char *json)
{
	for (; *json; json++)
		if (*json == '<')
			fputs("\\u003c", file);
		else
			putc(*json, file);
}

/* The kinds of interrupts that a page knows; an architecture has a dozen. */
#define PAGE_KINDS 64

struct page {
	struct bins bins;
	struct page_reports stalls;
	struct page_reports storms;
	json_t *host; /* host, window and sources: from the first window */
	json_t *window;
	json_t *sources;
	struct kind_stats kinds[PAGE_KINDS]; /* sent and received, in the run */
	size_t nr_kinds;
	struct run_callers callers;
	json_t *note;
	uint64_t records; /* number of records of csds */
	uint64_t unusable; /* lines that lack what a page needs */
};

struct page *page__open(void)
{
	struct page *page = calloc(1, sizeof(*page));

	if (page)
		page->callers.details = true;
	return page;
}

/*
 * Add a window's figure of a kind to the run's figure, which becomes unknown, and stays unknown,
 * when the window's figure is unknown, or when the sum is beyond 63 bits.
 */
static void add_figure(uint64_t *sum, bool *known, uint64_t more, bool more_known)
{
	*known = *known && more_known && *sum + more <= INT64_MAX;
	*sum = *known ? *sum + more : 0;
}

static void add_kinds(struct page *page, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_all_kinds && snap->known.kinds; i++) {
		const struct kind_stats *kind = &snap->all_kinds[i];
		struct kind_stats *sum = page->kinds;

		while (sum < page->kinds + page->nr_kinds && strcmp(sum->kind, kind->kind))
			sum++;
		if (sum == page->kinds + PAGE_KINDS || !*kind->kind)
			continue;
		if (sum == page->kinds + page->nr_kinds) {
			*sum = (struct kind_stats){ .sent_known = true, .received_known = true };
			memcpy(sum->kind, kind->kind, sizeof(sum->kind));
			page->nr_kinds++;
		}
		add_figure(&sum->sent, &sum->sent_known, kind->sent, kind->sent_known);
		add_figure(&sum->received, &sum->received_known, kind->received,
			   kind->received_known);
	}
}

static int add_window(struct page *page, const struct snapshot *snap)
{
	int err = bins__add(&page->bins, snap);

	if (!err)
		err = run_callers__add(&page->callers, snap);
	if (!err)
		add_kinds(page, snap);
	if (!err && !page->window) {
		page->host = parts__host(snap->host);
		page->window = json_snapshot__window(&snap->window);
		page->sources = json_snapshot__sources(snap);
	}
	return err;
}

int page__add(struct page *page, const struct capture_record *record)
{
	int err = 0;

	if (record->type == LINE_SNAPSHOT)
		err = add_window(page, &record->snap);
	else if (record->type == LINE_STALL)
		err = reports__add(&page->stalls, &record->report, record->line);
	else if (record->type == LINE_STORM)
		err = reports__add(&page->storms, &record->report, record->line);
	page->records += record->type == LINE_IPI;
	page->unusable += err == -EINVAL;
	return err == -EINVAL ? 0 : err;
}

void page__note(struct page *page, const char *note)
{
	json_decref(page->note);
	page->note = json_string(note);
}

/* Write `"key": value,` and free @value, which is NULL if there was no memory. 0 or -ENOMEM. */
static int put_value(FILE *file, const char *key, json_t *value)
{
	char *text = json__text(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	if (!text)
		return -ENOMEM;
	fprintf(file, "\"%s\":", key);
	put_json(file, text);
	fputs(",\n", file);
	free(text);
	return 0;
}

/* Write the line of @report in printable ASCII. 0 or -ENOMEM. */
static int put_line(FILE *file, const struct kept_report *report)
{
	char *ascii;
	size_t len;

	if (json_ascii__is(report->text, report->len)) {
		put_json(file, report->text);
		return 0;
	}
	ascii = malloc(JSON_ASCII_GROWTH * report->len + 1);
	if (!ascii)
		return -ENOMEM;
	len = json_ascii__write(ascii, report->text, report->len);
	ascii[len] = '\0';
	put_json(file, ascii);
	free(ascii);
	return 0;
}

static int put_reports(FILE *file, const char *key, const char *key_nr,
		       const struct page_reports *reports)
{
	size_t nr = 0;
	struct kept_report *longest = reports__longest(reports, &nr);
	int err = longest ? 0 : -ENOMEM;

	fprintf(file, "\"%s\":[", key);
	for (size_t i = 0; i < nr && !err; i++) {
		fputs(i ? "," : "", file);
		err = put_line(file, &longest[i]);
	}
	fputs("],\n", file);
	free(longest);
	return err ?: put_value(file, key_nr, json_integer(lasting__nr(&reports->ongoing)));
}

/* Returns name -> the run's sums of each kind; null if there was no window. */
static json_t *run_kinds_json(const struct page *page)
{
	json_t *kinds = page->window ? json_object() : json_null();

	for (size_t i = 0; i < page->nr_kinds; i++) {
		const struct kind_stats *kind = &page->kinds[i];

		parts__add(&kinds, kind->kind,
			   json_pack("{s:o, s:o}", "sent",
				     parts__integer_or_null(kind->sent, kind->sent_known),
				     "received",
				     parts__integer_or_null(kind->received, kind->received_known)));
	}
	return kinds;
}

/* Returns a reference to @value; null if the capture does not have it. */
static json_t *value_or_null(json_t *value)
{
	return value ? json_incref(value) : json_null();
}

static int put_data(struct page *page, FILE *file)
{
	const struct bins *bins = &page->bins;
	int err;

	fprintf(file, "{\"format\":%d,\n", PAGE_FORMAT);
	err = put_value(file, "version", json_string(VERSION)) ||
	      put_value(file, "host", value_or_null(page->host)) ||
	      put_value(file, "first_window", value_or_null(page->window)) ||
	      put_value(file, "sources", value_or_null(page->sources)) ||
	      put_value(file, "note", value_or_null(page->note)) ||
	      put_value(file, "kinds", run_kinds_json(page)) ||
	      put_value(file, "names", value_or_null(bins->names)) ||
	      put_value(file, "tables", page_tables__json()) ||
	      put_value(file, "records", json_integer(page->records)) ||
	      put_value(file, "unusable", json_integer(page->unusable)) ||
	      put_value(file, "edges_other", json_integer(bins->edges_other)) ||
	      put_reports(file, "stalls", "stalls_nr", &page->stalls) ||
	      put_value(file, "stalls_folded",
			json_integer(lasting__secondary(&page->stalls.ongoing))) ||
	      put_reports(file, "storms", "storms_nr", &page->storms) ||
	      put_value(file, "callers", run_callers__json(&page->callers));
	if (err)
		return -ENOMEM;
	fputs("\"edges\":", file);
	bin_json__put_edges(file, &bins->edges);
	fputs(",\n\"bins\":[", file);
	for (size_t i = 0; i < bins->nr; i++) {
		fputs(i ? ",\n" : "\n", file);
		bin_json__put(file, &bins->bins[i], bins->bins[0].start);
	}
	fputs("]}\n", file);
	return 0;
}

int page__write(struct page *page, FILE *file)
{
	int err;

	put_head(file, "");
	err = put_data(page, file);
	fputs(page_tail, file);
	if (!err && (fflush(file) || ferror(file)))
		err = errno ? -errno : -EIO;
	return err;
}

void page__totals(const struct page *page, struct page_totals *totals)
{
	*totals = (struct page_totals){ .stalls = lasting__nr(&page->stalls.ongoing),
					.storms = lasting__nr(&page->storms.ongoing) -
						  lasting__secondary(&page->storms.ongoing) };
	for (size_t i = 0; i < page->bins.nr; i++)
		totals->windows += page->bins.bins[i].windows;
}

void page__close(struct page *page)
{
	if (!page)
		return;
	bins__free(&page->bins);
	reports__free(&page->stalls);
	reports__free(&page->storms);
	json_decref(page->host);
	json_decref(page->window);
	json_decref(page->sources);
	run_callers__free(&page->callers);
	json_decref(page->note);
	free(page);
}

/* The page of `serve`, unlike that of a report, may fetch data from its own server. */
#define CONNECTS "; connect-src 'self'"

const char live_policy[] =
#include "page_policy.inc"
	CONNECTS "; frame-ancestors 'none'";

/*
 * Close @file, which writes *@text. Returns *@text; frees it and returns NULL if closing failed, or
 * if not @good.
 */
static char *finish_text(FILE *file, char **text, bool good)
{
	if (!fclose(file) && good)
		return *text;
	free(*text);
	return NULL;
}

char *live_view__page(const struct live_page *page, size_t *len)
{
	char *text = NULL, *data;
	FILE *file = memory_text__open(&text, len);

	if (!file)
		return NULL;
	data = json__text(json_pack("{s:i, s:s, s:{s:f, s:f, s:b}, s:o}", "format", PAGE_FORMAT,
				    "version", VERSION, "live", "interval", page->interval, "keeps",
				    page->keeps, "details", page->details, "tables",
				    page_tables__json()),
			  JSON_COMPACT | JSON_ENSURE_ASCII);
	put_head(file, CONNECTS);
	if (data)
		put_json(file, data);
	fputs("\n", file);
	fputs(page_tail, file);
	free(data);
	return finish_text(file, &text, data);
}

/* Returns [[kind, sent, received]...]. */
static json_t *kinds_json(const struct snapshot *snap)
{
	json_t *kinds = json_array();

	for (size_t i = 0; i < snap->nr_all_kinds && snap->known.kinds; i++) {
		const struct kind_stats *kind = &snap->all_kinds[i];

		parts__append(
			&kinds,
			json_pack("[s, o, o]", kind->kind,
				  parts__integer_or_null(kind->sent, kind->sent_known),
				  parts__integer_or_null(kind->received, kind->received_known)));
	}
	return kinds;
}

/* Do what put_value() does, but escape no '<': a line is in no script. False: no memory. */
static bool put_live(FILE *file, const char *key, json_t *value)
{
	char *text = json__text(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	if (text)
		fprintf(file, "\"%s\":%s,", key, text);
	free(text);
	return text;
}

static json_t *callers_json(const struct snapshot *snap, bool details)
{
	struct run_callers run = { .details = details };
	json_t *all = run_callers__add(&run, snap) ? NULL : run_callers__json(&run);

	run_callers__free(&run);
	return all;
}

static int by_count(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	return cmp_u64(b->count, a->count);
}

/*
 * Write the pairs of CPUs with the most csds, and add the csds of the other pairs to *@other. Write
 * an empty list on a small machine, whose bin has all pairs. False without memory.
 */
static bool put_most_edges(FILE *file, const struct snapshot *snap, uint64_t *other)
{
	size_t nr = snap->nr_cpus > BIN_EDGES_CPUS ? snap->nr_edges : 0;
	struct edge *edges = nr ? malloc(nr * sizeof(*edges)) : NULL;

	if (nr && !edges)
		return false;
	for (size_t i = 0; i < nr; i++)
		edges[i] = snap->edges[i];
	if (nr > LIVE_EDGES)
		qsort(edges, nr, sizeof(*edges), by_count);
	fputs("\"edges\":[", file);
	for (size_t i = 0; i < nr; i++) {
		if (i < LIVE_EDGES)
			fprintf(file, "%s%u,%u,%" PRIu64, i ? "," : "", edges[i].src, edges[i].dst,
				edges[i].count);
		else
			*other += edges[i].count;
	}
	fputs("],", file);
	free(edges);
	return true;
}

char *live_view__window(const struct snapshot *snap, bool details, size_t *len)
{
	struct bins *bins = calloc(1, sizeof(*bins));
	char *text = NULL;
	FILE *file = bins ? memory_text__open(&text, len) : NULL;
	bool good;

	if (!file) {
		free(bins);
		return NULL;
	}
	good = !bins__window(bins, snap);
	fprintf(file, "{\"type\":\"window\",\"format\":%d,", PAGE_FORMAT);
	good = good && put_live(file, "host", parts__host(snap->host)) &&
	       put_live(file, "window", json_snapshot__window(&snap->window)) &&
	       put_live(file, "kinds", kinds_json(snap)) &&
	       put_live(file, "calls", json_snapshot__call_ledger(snap)) &&
	       put_live(file, "callers", callers_json(snap, details)) &&
	       put_live(file, "names", bins->names ? json_incref(bins->names) : json_array()) &&
	       put_most_edges(file, snap, &bins->edges_other) &&
	       put_live(file, "edges_other", json_integer(bins->edges_other));
	fputs("\"bin\":", file);
	bin_json__put(file, &bins->bins[0], 0);
	fputs("}\n", file);
	bins__free(bins);
	free(bins);
	return finish_text(file, &text, good);
}
