// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory_text.h"
#include "view/html/bins.h"
#include "view/html/callers.h"
#include "view/html/live.h"
#include "view/html/page_parts.h"
#include "view/json/line.h"
#include "view/json/parts.h"
#include "view/json/snapshot.h"

/* The page fetches from where it came from, which a report's page does not. */
#define CONNECTS "; connect-src 'self'"

const char live_policy[] =
#include "page_policy.inc"
	CONNECTS "; frame-ancestors 'none'";

/* Close @file; @text if all was written, else NULL, and @text is freed. */
static char *text_finish(FILE *file, char **text, bool good)
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
	data = json__text(json_pack("{s:i, s:s, s:{s:f, s:f, s:b}}", "format", PAGE_FORMAT,
				    "version", VERSION, "live", "interval", page->interval, "keeps",
				    page->keeps, "details", page->details),
			  JSON_COMPACT | JSON_ENSURE_ASCII);
	page_parts__begin(file, CONNECTS);
	if (data)
		page_parts__put_json(file, data);
	fputs("\n", file);
	fputs(page_tail, file);
	free(data);
	return text_finish(file, &text, data);
}

/* [[kind, sent, received]...] */
static json_t *kinds_json(const struct snapshot *snap)
{
	json_t *kinds = json_array();

	for (size_t i = 0; i < snap->nr_all_kinds && snap->known.kinds; i++) {
		const struct kind_stats *kind = &snap->all_kinds[i];

		if (json_array_append_new(
			    kinds, json_pack("[s, o, o]", kind->kind,
					     parts__integer_or_null(kind->sent, kind->sent_known),
					     parts__integer_or_null(kind->received,
								    kind->received_known)))) {
			json_decref(kinds);
			return NULL;
		}
	}
	return kinds;
}

/* `"key": value,`. Takes @value over; NULL: there was no memory. */
static bool put(FILE *file, const char *key, json_t *value)
{
	char *text = json__text(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	if (text)
		fprintf(file, "\"%s\":%s,", key, text);
	free(text);
	return text;
}

static json_t *callers_json(const struct snapshot *snap, bool details)
{
	json_t *run = NULL, *all;
	size_t nr = 0, samples;
	int err = 0;

	for (size_t i = 0; i < snap->nr_fns && !err; i++) {
		const struct symbol *func = &snap->fns[i].func;
		json_t *row =
			json_pack("{s:o, s:o, s:o}", "func",
				  snap->fns[i].other ? json_string("other") : parts__function(func),
				  "module", parts__text_or_null(func->module), "callers",
				  json_snapshot__callers(snap, i, &samples));

		if (!details)
			json__anonymous(row);
		err = row ? callers_of_run__add(&run, &nr, row) : -1;
		json_decref(row);
	}
	all = err ? NULL : callers_of_run__all(run);
	json_decref(run);
	return all;
}

static int edge_cmp(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	return (a->count < b->count) - (a->count > b->count);
}

/*
 * The pairs of a large machine, those with the most csds; the rest of them is added to
 * *@other. None of a small one, whose bin has all. False without memory.
 */
static bool put_edges(FILE *file, const struct snapshot *snap, uint64_t *other)
{
	size_t nr = snap->nr_cpus > BIN_EDGES_CPUS ? snap->nr_edges : 0;
	struct edge *edges = nr ? malloc(nr * sizeof(*edges)) : NULL;

	if (nr && !edges)
		return false;
	for (size_t i = 0; i < nr; i++)
		edges[i] = snap->edges[i];
	if (nr > LIVE_EDGES)
		qsort(edges, nr, sizeof(*edges), edge_cmp);
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
	fputs("{\"type\":\"window\",", file);
	good = good && put(file, "host", parts__host(snap->host)) &&
	       put(file, "window", json_snapshot__window(&snap->window)) &&
	       put(file, "kinds", kinds_json(snap)) &&
	       put(file, "calls", json_snapshot__call_ledger(snap)) &&
	       put(file, "callers", callers_json(snap, details)) &&
	       put(file, "names", bins->names ? json_incref(bins->names) : json_array()) &&
	       put_edges(file, snap, &bins->edges_other) &&
	       put(file, "edges_other", json_integer(bins->edges_other));
	fputs("\"bin\":", file);
	bin_json__put(file, &bins->bins[0], 0);
	fputs("}\n", file);
	bins__free(bins);
	free(bins);
	return text_finish(file, &text, good);
}
