// SPDX-License-Identifier: GPL-2.0
/* A page's part of a capture: bins that add up, the longest reports, the callers of the run. */
#include <jansson.h>
#include <stdbool.h>
#include "parsed.h"
#include "unit.h"
#include "view/capture/capture.h"
#include "view/html/page.h"

/* bins__add() of a line's object. */
static int window_add(struct bins *bins, const json_t *object)
{
	struct line_parser parser = { .strings = strings__new() };
	struct snapshot *snap = &parsed_record(&parser, LINE_SNAPSHOT, object)->snap;
	int err = bins__add(bins, snap);

	snapshot__free(snap);
	strings__free(parser.strings);
	return err;
}

/* A window of @cpus CPUs in which each CPU ran one csd that was @delay late. */
static json_t *snapshot(uint64_t start, int cpus, json_int_t delay)
{
	json_t *rows = json_array(), *edges = json_array(), *hist;

	for (int cpu = 0; cpu < cpus; cpu++) {
		hist = json_pack("{sisIsIs[{sIsi}]}", "count", 1, "sum", delay, "max", delay,
				 "buckets", "le", delay, "count", 1);
		json_array_append_new(rows, json_pack("{sisisisisosnsn}", "cpu", cpu, "sent", 1,
						      "received", 1, "local", 0, "delay", hist,
						      "handler", "wait"));
		json_array_append_new(edges, json_pack("{sisisi}", "src", cpu, "dst",
						       (cpu + 1) % cpus, "count", 1));
	}
	return json_pack("{ss s{sIsI} s{sisis{sisisi}sisisb} so so s[{sssnsisi}] si s{ss}}", "type",
			 "snapshot", "window", "mono_start", (json_int_t)start, "mono_end",
			 (json_int_t)start + 10, "ledger", "queued", cpus, "carried_in", 1,
			 "matched", "function", cpus, "ttwu", 0, "irq_work", 0, "in_flight", 1,
			 "lost", 0, "closed", 1, "cpus", rows, "edges", edges, "functions", "func",
			 "f", "module", "count", cpus, "local", 0, "edges_other", 2, "sources",
			 "wait", "fexit");
}

static void add_windows(struct bins *bins, int windows, int cpus)
{
	for (int i = 0; i < windows; i++) {
		json_t *object = snapshot(1000 + 10 * i, cpus, i % 2 ? 100 : 200000);

		assert_non_null(object);
		assert_int_equal(window_add(bins, object), 0);
		json_decref(object);
	}
}

/* For any number of windows the bins' sums are the windows'. */
TEST(bins_add_up)
{
	static const int windows[] = { 1, 2, BINS_MAX, BINS_MAX + 1, 1999 };
	static struct bins bins;

	for (size_t n = 0; n < ARRAY_SIZE(windows); n++) {
		uint64_t queued = 0, delays = 0, edges = 0, count = 0, at = 1000, seen = 0;

		bins = (struct bins){ 0 };
		add_windows(&bins, windows[n], 3);
		assert_in_range(bins.nr, windows[n] < BINS_MAX ? windows[n] : BINS_MAX / 2,
				BINS_MAX);
		for (size_t i = 0; i < bins.nr; i++) {
			struct bin *bin = &bins.bins[i];

			assert_members(*bin, start, at, covered, bin->end - bin->start,
				       ledger.carried_in, 1, ledger.in_flight, 1);
			at = bin->end;
			seen += bin->windows;
			queued += bin->ledger.queued;
			for (size_t cpu = 0; cpu < bin->nr_cpus; cpu++) {
				assert_int_equal(bin->cpus[cpu].sums.cpu, cpu);
				delays += bin->cpus[cpu].sums.delay.count;
				count += bin->cpus[cpu].sums.delay.slots[hist_slot(100)] +
					 bin->cpus[cpu].sums.delay.slots[hist_slot(200000)];
			}
			edges += bin->edges.counts[2 * bin->edges.side + 0];
		}
		assert_int_equal(seen, windows[n]);
		assert_int_equal(queued, 3 * windows[n]);
		assert_int_equal(delays, 3 * windows[n]);
		assert_int_equal(count, 3 * windows[n]);
		assert_int_equal(edges, windows[n]);
		assert_int_equal(bins.edges_other, 2 * windows[n]);
		assert_int_equal(bins.edges.counts[bins.edges.side + 2], windows[n]);
		bins__free(&bins);
	}
}

/* A page says in how many windows the ledger does not close, however many windows a bin has. */
TEST(windows_with_an_open_ledger_are_counted)
{
	static const int windows[] = { 10, BINS_MAX + 10 };
	static struct bins bins;

	for (size_t n = 0; n < ARRAY_SIZE(windows); n++) {
		uint64_t open = 0;

		bins = (struct bins){ 0 };
		for (int i = 0; i < windows[n]; i++) {
			json_t *object = snapshot(1000 + 10 * i, 3, 100);

			if (i == 1 || i == 2 || i == 8)
				json_object_set_new(json_object_get(object, "ledger"), "queued",
						    json_integer(4));
			assert_int_equal(window_add(&bins, object), 0);
			json_decref(object);
		}
		for (size_t i = 0; i < bins.nr; i++)
			open += bins.bins[i].open;
		assert_int_equal(open, 3);
		bins__free(&bins);
	}
}

/* A window may name its CPUs in any order. */
TEST(cpus_of_a_bin_are_in_order)
{
	static const uint32_t order[] = { 5, 1, 9, 3 }, want[] = { 1, 3, 5, 9 };
	static struct bins bins;
	const struct bin *bin = &bins.bins[0];
	json_t *object = snapshot(1000, 4, 100), *cpus = json_object_get(object, "cpus");

	bins = (struct bins){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		json_t *row = json_array_get(cpus, i);

		json_object_set_new(row, "cpu", json_integer(order[i]));
		json_object_set_new(row, "sent", json_integer(10 * order[i]));
	}
	assert_int_equal(window_add(&bins, object), 0);
	assert_int_equal(bin->nr_cpus, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_members(bin->cpus[i].sums, cpu, want[i], sent, 10 * want[i]);
	bins__free(&bins);
	json_decref(object);
}

TEST(many_cpus_have_few_bins)
{
	static struct bins bins;

	bins = (struct bins){ 0 };
	add_windows(&bins, 100, 300);
	assert_in_range(bins.nr, BINS_MIN / 2, BIN_CPUS / 300);
	assert_members(bins, bins[0].edges.side, 0, edges.counts[299 * bins.edges.side + 0], 100);
	bins__free(&bins);
}

TEST(a_bin_keeps_a_bounded_number_of_functions)
{
	static struct bins bins;
	uint64_t count = 0;

	bins = (struct bins){ 0 };
	for (int i = 0; i < PAGE_NAMES_MAX + 100; i++) {
		json_t *object = snapshot(1000 + 10 * i, 1, 5);
		char name[32];

		snprintf(name, sizeof(name), "f%d", i);
		json_object_set_new(json_array_get(json_object_get(object, "functions"), 0), "func",
				    json_string(name));
		assert_int_equal(window_add(&bins, object), 0);
		json_decref(object);
	}
	assert_int_equal(json_array_size(bins.names), PAGE_NAMES_MAX);
	for (size_t i = 0; i < bins.nr; i++) {
		assert_in_range(bins.bins[i].nr_funcs, 1, BIN_FUNCS + 1);
		for (size_t j = 0; j < bins.bins[i].nr_funcs; j++)
			count += bins.bins[i].funcs[j].sums.count;
	}
	assert_int_equal(count, PAGE_NAMES_MAX + 100);
	bins__free(&bins);
}

static void set(json_t *rows, const char *name, uint64_t sum, uint64_t spun)
{
	json_t *row = json_array_get(rows, 0);

	json_object_set_new(row, "wait",
			    json_pack("{sisIsIs[]}", "count", 1, "sum", (json_int_t)sum, "max",
				      (json_int_t)sum, "buckets"));
	json_object_set_new(row, name, json_integer((json_int_t)spun));
}

/* The page has the time that senders spun; a capture of an older ipitrace has waits alone. */
TEST(waits_are_the_time_that_was_spun)
{
	static struct bins bins;
	json_t *object = snapshot(1000, 1, 5);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	bins = (struct bins){ 0 };
	set(json_object_get(object, "cpus"), "wait_spun", 70, 40);
	set(json_object_get(object, "functions"), "wait_spun", 60, 20);
	assert_int_equal(window_add(&bins, object), 0);
	set(json_object_get(object, "cpus"), "older", 7, 0);
	json_object_del(json_array_get(json_object_get(object, "cpus"), 0), "wait_spun");
	assert_int_equal(window_add(&bins, object), 0);
	bin_json__put(file, &bins.bins[0], 0);
	putc('\n', file);
	bin_json__put(file, &bins.bins[1], 0);
	fclose(file);
	assert_has(text, "[1,70,70,[]],40,null]", ",20]", "[1,7,7,[]],7,null]");
	free(text);
	json_decref(object);
	bins__free(&bins);
}

/* A bin's line of two windows, whose CPU has @first and @second stolen; NULL: no clock. */
static void two_windows(json_t *first, json_t *second, const char *want)
{
	static struct bins bins;
	json_t *object = snapshot(1000, 1, 5);
	json_t *cpu = json_array_get(json_object_get(object, "cpus"), 0);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	bins = (struct bins){ .windows_a_bin = 2 };
	json_object_set_new(cpu, "stolen", first);
	assert_int_equal(window_add(&bins, object), 0);
	json_object_set_new(cpu, "stolen", second);
	assert_int_equal(window_add(&bins, object), 0);
	bin_json__put(file, &bins.bins[0], 0);
	fclose(file);
	assert_has(text, want);
	free(text);
	json_decref(object);
	bins__free(&bins);
}

TEST(what_the_host_took_is_known_or_null)
{
	two_windows(json_pack("{sisi}", "delay", 30, "handler", 4),
		    json_pack("{sisi}", "delay", 7, "handler", 0), ",[37,4]]");
	two_windows(json_pack("{sisi}", "delay", 0, "handler", 0),
		    json_pack("{sisi}", "delay", 0, "handler", 0), ",[0,0]]");
	two_windows(json_pack("{sisi}", "delay", 30, "handler", 4), json_null(), ",null]");
	two_windows(json_null(), json_null(), ",null]");
}

TEST(windows_without_a_time_are_refused)
{
	static struct bins bins;
	json_t *object = snapshot(1000, 1, 5);

	bins = (struct bins){ 0 };
	json_object_set_new(json_object_get(object, "window"), "mono_end", json_integer(999));
	assert_int_not_equal(window_add(&bins, object), 0);
	json_object_del(object, "window");
	assert_int_not_equal(window_add(&bins, object), 0);
	assert_int_equal(bins.nr, 0);
	json_decref(object);
	bins__free(&bins);
}

static void report(struct page_reports *reports, int id, int duration, bool ongoing)
{
	char text[16];
	const struct capture_line line = { text, snprintf(text, sizeof(text), "%d", id), LINE_STALL,
					   1 };
	const struct parsed_report report = { true, ongoing, false, id, duration };

	assert_int_equal(reports__add(reports, &report, &line), 0);
}

TEST(the_longest_reports_stay)
{
	struct page_reports reports = { 0 };
	struct kept_report *longest;
	size_t nr;

	report(&reports, 1, 5, true);
	report(&reports, 2, 5000000, true);
	for (int i = 3; i < 5000; i++)
		report(&reports, i, i * 7919 % 4999, false);
	report(&reports, 1, 6000000, false);
	report(&reports, 1, 5, true); /* by another thread: written late */
	assert_int_equal(lasting__nr(&reports.ongoing), 4999);
	longest = reports__longest(&reports, &nr);
	assert_int_equal(nr, REPORTS_SHOWN);
	for (size_t i = 0; i < nr; i++) {
		uint64_t want = i == 0 ? 6000000 : i == 1 ? 5000000 : 5000 - i;

		assert_int_equal(longest[i].duration, want);
		assert_int_equal(atoll(longest[i].text), longest[i].id);
	}
	free(longest);
	reports__free(&reports);
}

/* Each stall once, by its latest report. Without the key its cause tells. */
TEST(stalls_aside_are_counted_apart)
{
	static const char *const stalls[] = {
		"{\"id\":1,\"ongoing\":true,\"cause\":null,\"folded\":false}",
		"{\"id\":2,\"ongoing\":false,\"cause\":1,\"folded\":true}",
		"{\"id\":3,\"ongoing\":true,\"cause\":1,\"folded\":true}",
		"{\"id\":4,\"ongoing\":true,\"cause\":null,\"folded\":false}",
		"{\"id\":4,\"ongoing\":false,\"cause\":1,\"folded\":true}",
		"{\"id\":5,\"ongoing\":false,\"cause\":1,\"folded\":false}",
		"{\"id\":6,\"ongoing\":false,\"cause\":1}",
		"{\"id\":4,\"ongoing\":true,\"cause\":1,\"folded\":true}",
	};
	struct page_reports reports = { 0 };
	struct line_parser parser = { .strings = strings__new() };

	for (size_t i = 0; i < ARRAY_SIZE(stalls); i++) {
		const struct capture_line line = { stalls[i], strlen(stalls[i]), LINE_STALL, 1 };
		json_t *object = parsed(stalls[i]);
		const struct capture_record *record = parsed_record(&parser, LINE_STALL, object);

		assert_int_equal(reports__add(&reports, &record->report, &line), 0);
		json_decref(object);
	}
	assert_int_equal(lasting__nr(&reports.ongoing), 6);
	assert_int_equal(lasting__secondary(&reports.ongoing), 4);
	strings__free(parser.strings);
	reports__free(&reports);
}

TEST(stalls_and_storms_have_lists_of_their_own)
{
	static const struct {
		enum line_type type;
		const char *text;
	} lines[] = {
		{ LINE_STALL, "{\"type\":\"stall\",\"id\":1,\"ongoing\":false}" },
		{ LINE_STORM, "{\"type\":\"storm\",\"id\":1,\"ongoing\":false}" },
		{ LINE_STORM, "{\"type\":\"storm\",\"id\":2,\"ongoing\":false}" },
	};
	struct line_parser parser = { .strings = strings__new() };
	struct page *page = page__open();
	struct page_totals totals;

	assert_non_null(page);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		json_t *object = parsed(lines[i].text);
		const struct capture_line line = { lines[i].text, strlen(lines[i].text),
						   lines[i].type, 1 };
		struct capture_record *record = parsed_record(&parser, lines[i].type, object);

		record->line = &line;
		assert_int_equal(page__add(page, record), 0);
		json_decref(object);
	}
	page__totals(page, &totals);
	assert_members(totals, windows, 0, stalls, 1, storms, 2);
	page__close(page);
	strings__free(parser.strings);
}

TEST(callers_of_all_windows_add_up)
{
	struct run_callers callers = { .details = true };
	json_t *window, *all, *top;
	struct line_parser parser = { .strings = strings__new() };
	struct snapshot *snap;

	for (int i = 0; i < 30; i++) {
		window = snapshot(1000, 1, 5);
		json_object_set_new(json_array_get(json_object_get(window, "functions"), 0),
				    "callers",
				    json_pack("[{sssisssi}{sssisssi}]", "caller", "a", "tgid", 7,
					      "comm", "x", "samples", 2, "caller", "a", "tgid",
					      100 + i, "comm", "y", "samples", 3));
		snap = &parsed_record(&parser, LINE_SNAPSHOT, window)->snap;
		assert_int_equal(run_callers__add(&callers, snap), 0);
		snapshot__free(snap);
		json_decref(window);
	}
	strings__free(parser.strings);
	assert_int_equal(callers.nr, 31);
	all = run_callers__json(&callers);
	top = json_object_get(all, "f\n");
	assert_int_equal(json_array_size(top), CALLERS_SHOWN);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(top, 0), "samples")),
			 60);
	json_decref(all);
	run_callers__free(&callers);
}

/* No name ends the element that the data is in, and the data is what it was. */
TEST(names_stay_in_the_data)
{
	static const char hostile[] = "</script><!-- <script>\xe2\x80\xa8\"\\";
	json_t *object = snapshot(1000, 1, 5), *data, *names;
	struct line_parser parser = { .strings = strings__new() };
	struct capture_record *record;
	struct page *page = page__open();
	char *text = NULL, *begin, *end;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	json_object_set_new(json_array_get(json_object_get(object, "functions"), 0), "func",
			    json_string(hostile));
	record = parsed_record(&parser, LINE_SNAPSHOT, object);
	assert_int_equal(page__add(page, record), 0);
	snapshot__free(&record->snap);
	strings__free(parser.strings);
	assert_int_equal(page__write(page, file), 0);
	fclose(file);
	begin = strstr(text, "id=\"data\">") + strlen("id=\"data\">");
	end = strstr(begin, "</script>");
	assert_null(memchr(begin, '<', end - begin));
	*end = '\0';
	data = json_loads(begin, 0, NULL);
	names = json_object_get(data, "names");
	assert_string_equal(json_string_value(json_array_get(json_array_get(names, 1), 0)),
			    hostile);
	json_decref(data);
	json_decref(object);
	page__close(page);
	free(text);
}

/* The data of @page, which is ASCII, as an object. */
static json_t *data_of(struct page *page)
{
	char *text = NULL, *begin, *end;
	json_t *data;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	assert_int_equal(page__write(page, file), 0);
	fclose(file);
	begin = strstr(text, "id=\"data\">") + strlen("id=\"data\">");
	end = strstr(begin, "</script>");
	for (const char *at = begin; at < end; at++)
		assert_in_range(*at, 1, 126);
	data = json_loadb(begin, end - begin, 0, NULL);
	assert_non_null(data);
	free(text);
	return data;
}

TEST(a_report_keeps_its_names)
{
	static const char *const lines[] = {
		"{\"type\":\"stall\",\"id\":1,\"func\":\"\xc3\xa4\"}",
		"{\"type\":\"stall\",\"id\":2,\"func\":\"plain\"}",
		"{\"type\":\"stall\",\"id\":3,\"func\":\"\xf0\x9f\x98\x80</script>\"}",
	};
	static const char *const funcs[] = { "\xf0\x9f\x98\x80</script>", "plain", "\xc3\xa4" };
	static struct capture_record record;
	struct page *page = page__open();
	json_t *data, *stalls;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const struct capture_line line = { lines[i], strlen(lines[i]), LINE_STALL, 1 };

		record = (struct capture_record){ .type = LINE_STALL, .line = &line };
		record.report = (struct parsed_report){ true, false, false, i + 1, 10 * i + 1 };
		assert_int_equal(page__add(page, &record), 0);
	}
	data = data_of(page);
	stalls = json_object_get(data, "stalls");
	assert_int_equal(json_array_size(stalls), ARRAY_SIZE(funcs));
	for (size_t i = 0; i < ARRAY_SIZE(funcs); i++)
		assert_string_equal(
			json_string_value(json_object_get(json_array_get(stalls, i), "func")),
			funcs[i]);
	assert_int_equal(json_integer_value(json_object_get(data, "stalls_nr")), 3);
	assert_int_equal(json_integer_value(json_object_get(data, "storms_nr")), 0);
	json_decref(data);
	page__close(page);
}

/* Fails unless @kind of @data has these figures; a negative one stands for null. */
static void check_kind(const json_t *data, const char *kind, json_int_t sent, json_int_t received)
{
	const json_t *figures = json_object_get(json_object_get(data, "kinds"), kind);
	const json_t *both[] = { json_object_get(figures, "sent"),
				 json_object_get(figures, "received") };
	const json_int_t want[] = { sent, received };

	for (size_t i = 0; i < 2; i++) {
		assert_true(want[i] < 0 ? json_is_null(both[i]) : json_is_integer(both[i]));
		assert_true(want[i] < 0 || json_integer_value(both[i]) == want[i]);
	}
}

/* A sum is known if it is known in each window, and if it fits into 63 bits. */
TEST(kinds_of_all_windows_add_up)
{
	static struct capture_record record;
	struct cpu_stats cpu = { .cpu = 0 };
	struct kind_stats kinds[] = {
		{ .kind = "reschedule", .sent = 5, .sent_known = true, .received = 4 },
		{ .kind = "irq_work", .received = 7, .received_known = true },
		{ .kind = "" },
		{ .kind = "call_function",
		  .sent = INT64_MAX - 1,
		  .sent_known = true,
		  .received = INT64_MAX - 1,
		  .received_known = true },
	};
	struct page *page = page__open();
	struct page_totals totals;
	json_t *data = data_of(page);

	assert_true(json_is_null(json_object_get(data, "kinds")));
	json_decref(data);
	record = (struct capture_record){ .type = LINE_SNAPSHOT };
	record.snap.window.mono_start = 1000;
	record.snap.window.mono_end = 2000;
	record.snap.cpus = &cpu;
	record.snap.nr_cpus = 1;
	record.snap.all_kinds = kinds;
	record.snap.nr_all_kinds = ARRAY_SIZE(kinds);
	assert_int_equal(page__add(page, &record), 0);
	data = data_of(page);
	assert_int_equal(json_object_size(json_object_get(data, "kinds")), 0);
	json_decref(data);
	record.snap.known.kinds = true;
	assert_int_equal(page__add(page, &record), 0);
	kinds[0].received_known = true;
	kinds[1].sent_known = true;
	kinds[3].sent = 1;
	kinds[3].received = 2;
	assert_int_equal(page__add(page, &record), 0);
	data = data_of(page);
	assert_int_equal(json_object_size(json_object_get(data, "kinds")), 3);
	check_kind(data, "reschedule", 10, -1);
	check_kind(data, "irq_work", -1, 14);
	check_kind(data, "call_function", INT64_MAX, -1);
	json_decref(data);
	/* An unknown sum stays unknown. */
	assert_int_equal(page__add(page, &record), 0);
	data = data_of(page);
	check_kind(data, "reschedule", 15, -1);
	check_kind(data, "call_function", -1, -1);
	json_decref(data);
	page__totals(page, &totals);
	assert_int_equal(totals.windows, 4);
	page__close(page);
}

TEST(a_window_without_a_time_is_not_usable_and_the_page_goes_on)
{
	static struct capture_record record;
	struct cpu_stats cpu = { .cpu = 0 };
	struct page *page = page__open();
	struct page_totals totals;
	json_t *data;

	record = (struct capture_record){ .type = LINE_SNAPSHOT };
	record.snap.window.mono_start = 1000;
	record.snap.cpus = &cpu;
	record.snap.nr_cpus = 1;
	record.snap.window.mono_end = 2000;
	assert_int_equal(page__add(page, &record), 0);
	record.snap.window.mono_end = 1000;
	assert_int_equal(page__add(page, &record), 0);
	record = (struct capture_record){ .type = LINE_IPI };
	for (int i = 0; i < 3; i++)
		assert_int_equal(page__add(page, &record), 0);
	data = data_of(page);
	assert_int_equal(json_integer_value(json_object_get(data, "unusable")), 1);
	assert_int_equal(json_integer_value(json_object_get(data, "records")), 3);
	json_decref(data);
	page__totals(page, &totals);
	assert_int_equal(totals.windows, 1);
	page__close(page);
}

TEST(a_page_that_cannot_be_written)
{
	struct page *page = page__open();
	FILE *file = fopen("/dev/full", "we");

	assert_true(page && file);
	assert_int_equal(page__write(page, file), -ENOSPC);
	fclose(file);
	page__close(page);
}

TEST_MAIN(NULL, NULL)
