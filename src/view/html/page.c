// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "view/html/bins.h"
#include "view/html/callers.h"
#include "view/html/page.h"
#include "view/html/page_parts.h"
#include "view/html/reports.h"
#include "view/parsed.h"

struct page {
	struct bins bins;
	struct reports stalls;
	struct reports storms;
	json_t *host; /* of the first window, as are the next two */
	json_t *window;
	json_t *sources;
	json_t *kinds; /* name -> the object with the run's sums */
	json_t *callers;
	size_t nr_callers;
	json_t *note;
	uint64_t records; /* of csds */
	uint64_t unusable; /* objects without what a page needs */
};

/* The version of the data, for the scripts. */
#define PAGE_FORMAT 1

struct page *page__open(void)
{
	return calloc(1, sizeof(struct page));
}

/* The kinds of interrupts that a page knows; an architecture has a dozen. */
#define KINDS_MAX 64

/* Add one figure of a kind to the run's; null, once in a window, stays null. */
static int kind_sum(json_t *sum, const json_t *kind, const char *key)
{
	json_t *more = json_object_get(kind, key), *before = json_object_get(sum, key);

	if (!json_is_integer(more) || json_is_null(before))
		return json_object_set_new(sum, key, json_null());
	return json_object_set_new(
		sum, key, json_integer(json_integer_value(before) + json_integer_value(more)));
}

static int kinds_add(struct page *page, const json_t *kinds)
{
	json_t *kind, *sum;
	size_t i;

	if (!page->kinds)
		page->kinds = json_object();
	json_array_foreach(kinds, i, kind) {
		const char *name = parsed__text(kind, "kind");

		if (!name)
			continue;
		sum = json_object_get(page->kinds, name);
		if (!sum && json_object_size(page->kinds) == KINDS_MAX)
			continue;
		if (!sum) {
			sum = json_object();
			if (json_object_set_new(page->kinds, name, sum))
				return -ENOMEM;
		}
		if (kind_sum(sum, kind, "sent") || kind_sum(sum, kind, "received"))
			return -ENOMEM;
	}
	return 0;
}

static int window_add(struct page *page, const json_t *snapshot)
{
	json_t *functions = json_object_get(snapshot, "functions"), *function;
	int err = bins__add(&page->bins, snapshot);
	size_t i;

	if (!err)
		err = kinds_add(page, json_object_get(snapshot, "kinds"));
	json_array_foreach(functions, i, function)
		if (!err)
			err = callers_of_run__add(&page->callers, &page->nr_callers, function);
	if (!err && !page->window) {
		page->host = json_incref(json_object_get(snapshot, "host"));
		page->window = json_incref(json_object_get(snapshot, "window"));
		page->sources = json_incref(json_object_get(snapshot, "sources"));
	}
	return err;
}

int page__add(struct page *page, json_t *object)
{
	const char *type = parsed__text(object, "type");
	int err = 0;

	if (!type)
		err = -EINVAL;
	else if (!strcmp(type, "snapshot"))
		err = window_add(page, object);
	else if (!strcmp(type, "stall"))
		err = reports__add(&page->stalls, object);
	else if (!strcmp(type, "storm"))
		err = reports__add(&page->storms, object);
	else if (!strcmp(type, "ipi"))
		page->records++;
	if (err != -EINVAL)
		return err;
	page->unusable++;
	return 0;
}

void page__note(struct page *page, const char *note)
{
	json_decref(page->note);
	page->note = note ? json_string(note) : NULL;
}

/*
 * JSON inside a script element: a name like "</script>" must not end the element, so no
 * '<' is left. In JSON '<' stands in strings only, where an escape may take its place.
 */
static void put_escaped(FILE *file, const char *json)
{
	for (; *json; json++)
		if (*json == '<')
			fputs("\\u003c", file);
		else
			putc(*json, file);
}

/* `"key": value,`. Takes @value over; NULL: there was no memory for it. 0 or -ENOMEM. */
static int put(FILE *file, const char *key, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	json_decref(value);
	if (!text)
		return -ENOMEM;
	fprintf(file, "\"%s\":", key);
	put_escaped(file, text);
	fputs(",\n", file);
	free(text);
	return 0;
}

/* [count, sum, max, [slot, count, slot, count...]]; 0 if it is empty. */
static void put_hist(FILE *file, const struct hist *hist)
{
	const char *comma = "";

	if (!hist->count) {
		putc('0', file);
		return;
	}
	fprintf(file, "[%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",[", hist->count, hist->sum, hist->max);
	for (int i = 0; i < HIST_SLOTS; i++)
		if (hist->slots[i]) {
			fprintf(file, "%s%d,%" PRIu64, comma, i, hist->slots[i]);
			comma = ",";
		}
	fputs("]]", file);
}

static void put_cpus(FILE *file, const struct bin *bin)
{
	for (size_t i = 0; i < bin->nr_cpus; i++) {
		const struct bin_cpu *cpu = &bin->cpus[i];

		fprintf(file, "%s[%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", i ? "," : "", cpu->cpu,
			cpu->sent, cpu->received, cpu->local);
		put_hist(file, &cpu->delay);
		putc(',', file);
		put_hist(file, &cpu->handler);
		putc(',', file);
		put_hist(file, &cpu->wait);
		putc(']', file);
	}
}

static void put_funcs(FILE *file, const struct bin *bin)
{
	for (size_t i = 0; i < bin->nr_funcs; i++) {
		const struct bin_func *func = &bin->funcs[i];

		fprintf(file, "%s[%u,%" PRIu64 ",%" PRIu64 ",", i ? "," : "", func->name,
			func->count, func->local);
		put_hist(file, &func->delay);
		putc(',', file);
		put_hist(file, &func->handler);
		fprintf(file, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", func->wait.count,
			func->wait.sum, func->wait.max);
	}
}

static void put_edges(FILE *file, const struct edges *edges)
{
	const char *comma = "";

	putc('[', file);
	for (uint32_t src = 0; src < edges->side; src++)
		for (uint32_t dst = 0; dst < edges->side; dst++) {
			uint64_t count = edges->counts[src * edges->side + dst];

			if (!count)
				continue;
			fprintf(file, "%s%u,%u,%" PRIu64, comma, src, dst, count);
			comma = ",";
		}
	putc(']', file);
}

static void put_ledger(FILE *file, const struct bin_ledger *l)
{
	fprintf(file,
		"[%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 ",%" PRIu64 "]",
		l->queued, l->carried_in, l->function, l->ttwu, l->irq_work, l->in_flight, l->lost,
		l->local, l->open);
}

/* The arrays' items are named in data.js. */
static void put_bin(FILE *file, const struct bins *bins, const struct bin *bin)
{
	uint64_t first = bins->bins[0].start;

	fprintf(file, "{\"start\":%" PRIu64 ",\"end\":%" PRIu64 ",\"covered\":%" PRIu64 ",",
		bin->start - first, bin->end - first, bin->covered);
	fprintf(file, "\"windows\":%u,\"ledger\":", bin->windows);
	put_ledger(file, &bin->ledger);
	fputs(",\"cpus\":[", file);
	put_cpus(file, bin);
	fputs("],\"funcs\":[", file);
	put_funcs(file, bin);
	fputs("],\"edges\":", file);
	if (bin->edges.side)
		put_edges(file, &bin->edges);
	else
		fputs("null", file);
	fputs("}", file);
}

static int put_callers(struct page *page, FILE *file)
{
	json_t *top = json_object(), *callers;
	const char *key;

	json_object_foreach(page->callers, key, callers)
		if (json_object_set_new(top, key, callers_of_run__top(callers))) {
			json_decref(top);
			return -ENOMEM;
		}
	return put(file, "callers", top);
}

static int put_reports(FILE *file, const char *key, const char *key_nr, struct reports *reports)
{
	json_t *longest = reports__longest(reports);

	return longest && !put(file, key, longest) ?
		       put(file, key_nr, json_integer(reports__nr(reports))) :
		       -ENOMEM;
}

/* For put(): null where the capture does not have @value. */
static json_t *or_null(json_t *value)
{
	return value ? json_incref(value) : json_null();
}

static int put_data(struct page *page, FILE *file)
{
	const struct bins *bins = &page->bins;
	int err;

	fprintf(file, "{\"format\":%d,\n", PAGE_FORMAT);
	err = put(file, "version", json_string(VERSION)) ||
	      put(file, "host", or_null(page->host)) ||
	      put(file, "first_window", or_null(page->window)) ||
	      put(file, "sources", or_null(page->sources)) ||
	      put(file, "note", or_null(page->note)) || put(file, "kinds", or_null(page->kinds)) ||
	      put(file, "names", or_null(bins->names)) ||
	      put(file, "records", json_integer(page->records)) ||
	      put(file, "unusable", json_integer(page->unusable)) ||
	      put(file, "edges_other", json_integer(bins->edges_other)) ||
	      put_reports(file, "stalls", "stalls_nr", &page->stalls) ||
	      put_reports(file, "storms", "storms_nr", &page->storms) || put_callers(page, file);
	if (err)
		return -ENOMEM;
	fputs("\"edges\":", file);
	put_edges(file, &bins->edges);
	fputs(",\n\"bins\":[", file);
	for (size_t i = 0; i < bins->nr; i++) {
		fputs(i ? ",\n" : "\n", file);
		put_bin(file, bins, &bins->bins[i]);
	}
	fputs("]}\n", file);
	return 0;
}

int page__write(struct page *page, FILE *file)
{
	int err;

	fputs(page_head, file);
	err = put_data(page, file);
	fputs(page_tail, file);
	if (!err && (fflush(file) || ferror(file)))
		err = errno ? -errno : -EIO;
	return err;
}

void page__totals(const struct page *page, struct page_totals *totals)
{
	*totals = (struct page_totals){ .stalls = reports__nr(&page->stalls),
					.storms = reports__nr(&page->storms) };
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
	json_decref(page->kinds);
	json_decref(page->callers);
	json_decref(page->note);
	free(page);
}
