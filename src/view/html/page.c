// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "view/html/bins.h"
#include "view/html/callers.h"
#include "view/html/page.h"
#include "view/html/page_parts.h"
#include "view/html/reports.h"
#include "view/json/line.h"
#include "view/capture/parse.h"
#include "view/capture/parse_snapshot.h"

struct page {
	struct bins bins;
	struct strings *strings; /* the names of windows */
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

struct page *page__open(void)
{
	struct page *page = calloc(1, sizeof(struct page));

	if (!page)
		return NULL;
	page->strings = strings__new();
	if (page->strings)
		return page;
	free(page);
	return NULL;
}

/* The kinds of interrupts that a page knows; an architecture has a dozen. */
#define PAGE_KINDS 64

/* Add one figure of a kind to the run's; null, once in a window, stays null, as does a sum beyond 63 bits. */
static int kind_sum(json_t *sum, const json_t *kind, const char *key)
{
	uint64_t so_far = parse__number(sum, key), more;

	if (!parse__is_ns(kind, key, &more) || json_is_null(json_object_get(sum, key)) ||
	    so_far + more > INT64_MAX)
		return json_object_set_new(sum, key, json_null());
	return json_object_set_new(sum, key, json_integer(so_far + more));
}

static int kinds_add(struct page *page, const json_t *kinds)
{
	json_t *kind, *sum;
	size_t i;

	if (!page->kinds)
		page->kinds = json_object();
	json_array_foreach(kinds, i, kind) {
		const char *name = parse__text(kind, "kind");

		if (!name)
			continue;
		sum = json_object_get(page->kinds, name);
		if (!sum && json_object_size(page->kinds) == PAGE_KINDS)
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
	struct snapshot snap;
	struct host host;
	int err = parse__snapshot(page->strings, snapshot, &snap, &host);
	size_t i;

	if (err)
		return err;
	err = bins__add(&page->bins, &snap);
	snapshot__free(&snap);
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
	const char *type = parse__text(object, "type");
	int err = 0;

	if (!type)
		err = -EINVAL;
	else if (!strcmp(type, "snapshot"))
		err = window_add(page, object);
	else if (!strcmp(type, "stall"))
		err = reports__add(&page->stalls, object);
	else if (!strcmp(type, "storm"))
		err = reports__add(&page->storms, object);
	if (err != -EINVAL)
		return err;
	page->unusable++;
	return 0;
}

void page__add_record(struct page *page)
{
	page->records++;
}

void page__note(struct page *page, const char *note)
{
	json_decref(page->note);
	page->note = note ? json_string(note) : NULL;
}

/* `"key": value,`. Takes @value over; NULL: there was no memory for it. 0 or -ENOMEM. */
static int put(FILE *file, const char *key, json_t *value)
{
	char *text = json__text(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	if (!text)
		return -ENOMEM;
	fprintf(file, "\"%s\":", key);
	page_parts__put_json(file, text);
	fputs(",\n", file);
	free(text);
	return 0;
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
	      put(file, "stalls_folded", json_integer(reports__aside(&page->stalls))) ||
	      put_reports(file, "storms", "storms_nr", &page->storms) ||
	      put(file, "callers", callers_of_run__all(page->callers));
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

	page_parts__begin(file, "");
	err = put_data(page, file);
	fputs(page_tail, file);
	if (!err && (fflush(file) || ferror(file)))
		err = errno ? -errno : -EIO;
	return err;
}

void page__totals(const struct page *page, struct page_totals *totals)
{
	*totals = (struct page_totals){ .stalls = reports__nr(&page->stalls),
					.storms = reports__nr(&page->storms) -
						  reports__aside(&page->storms) };
	for (size_t i = 0; i < page->bins.nr; i++)
		totals->windows += page->bins.bins[i].windows;
}

void page__close(struct page *page)
{
	if (!page)
		return;
	bins__free(&page->bins);
	strings__free(page->strings);
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
