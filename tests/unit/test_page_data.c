// SPDX-License-Identifier: GPL-2.0
/* All data of a page as a text: of a report's page, of the live page, and of a live window's line. */
#include "model/host.h"
#include "model/snapshot.h"
#include "unit.h"
#include "view/html/page.h"

#define MOST_KINDS 64

static struct host host, later_host;
static struct cpu_stats cpus[2];
static struct fn_stats fn;
static struct stack_sample sample;
static struct edge edges[LIVE_EDGES + 2];
static struct kind_stats kinds[MOST_KINDS + 1];
static struct capture_record record;
static struct page *page;

/* A window of two CPUs of a second, with a function, its caller, and a pair of CPUs. */
static void fill_window(struct snapshot *snap, uint64_t start)
{
	*snap = (struct snapshot){ .host = &host,
				   .cpus = cpus,
				   .nr_cpus = 2,
				   .fns = &fn,
				   .nr_fns = 1,
				   .samples = &sample,
				   .nr_samples = 1,
				   .edges = edges,
				   .nr_edges = 1,
				   .edges_other = 3,
				   .ledger = { .queued = 5, .function = 4, .in_flight = 1 } };
	snap->window = (struct window){ .start = { 1795176075, 5000 },
					.mono_start = start,
					.mono_end = start + 1000000000 };
}

static int setup(void **state)
{
	for (uint32_t cpu = 0; cpu < 2; cpu++)
		cpus[cpu] = (struct cpu_stats){ .cpu = cpu, .sent = 5 + cpu, .received = 7 + cpu };
	fn = (struct fn_stats){ .func = { .addr = 1, .name = "flush" }, .count = 5 };
	sample = (struct stack_sample){ .tgid = 7, .comm = "<task>", .nr = 2, .csds = 5 };
	sample.stack[0].name = "on_each_cpu";
	sample.stack[1].name = "do_it";
	memset(edges, 0, sizeof(edges));
	edges[0] = (struct edge){ 0, 1, 5 };
	memset(kinds, 0, sizeof(kinds));
	host = (struct host){ .online.words = { 3 } };
	strcpy(host.name.nodename, "box");
	strcpy(host.name.release, "6.12");
	strcpy(host.name.machine, "x86_64");
	later_host = host;
	strcpy(later_host.name.nodename, "later");
	page = page__open();
	return page ? 0 : -1;
}

static int teardown(void **state)
{
	page__close(page);
	return 0;
}

/* Cut the data out of the page @text; without the tables, which tests of their own have. */
static void cut_data(char *text)
{
	char *begin = strstr(text, "id=\"data\">"), *end, *tables;

	assert_non_null(begin);
	begin += strlen("id=\"data\">");
	end = strstr(begin, "</script>");
	assert_non_null(end);
	*end = '\0';
	memmove(text, begin, strlen(begin) + 1);
	tables = strstr(text, "\"tables\":{\"cpus\":{\"members\":[");
	assert_non_null(tables);
	end = strstr(tables, "]]}}");
	assert_non_null(end);
	end += strlen("]]}}");
	memmove(tables, end, strlen(end) + 1);
}

/* Fails unless the page's data are @want. */
static void check_data(const char *want)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	assert_int_equal(page__write(page, file), 0);
	fclose(file);
	cut_data(text);
	assert_text(text, want);
	free(text);
}

static void make_window(uint64_t start)
{
	record = (struct capture_record){ .type = LINE_SNAPSHOT };
	fill_window(&record.snap, start);
}

static void add(void)
{
	assert_int_equal(page__add(page, &record), 0);
}

static void add_report(enum line_type type, const char *text, struct parsed_report report)
{
	const struct capture_line line = { text, strlen(text), type, 1 };

	record = (struct capture_record){ .type = type, .line = &line, .report = report };
	add();
}

TEST_F(a_page_of_nothing_says_null)
{
	check_data("\n"
		   "{\"format\":2,\n"
		   "\"version\":\"" VERSION "\",\n"
		   "\"host\":null,\n"
		   "\"first_window\":null,\n"
		   "\"sources\":null,\n"
		   "\"note\":null,\n"
		   "\"kinds\":null,\n"
		   "\"names\":null,\n"
		   ",\n"
		   "\"records\":0,\n"
		   "\"unusable\":0,\n"
		   "\"edges_other\":0,\n"
		   "\"stalls\":[],\n"
		   "\"stalls_nr\":0,\n"
		   "\"stalls_folded\":0,\n"
		   "\"storms\":[],\n"
		   "\"storms_nr\":0,\n"
		   "\"callers\":{},\n"
		   "\"edges\":[],\n"
		   "\"bins\":[]}\n");
}

/* Host, time and sources are those of the first window; a note is the last one. */
TEST_F(a_page_has_each_of_its_data)
{
	struct page_totals totals;

	page__note(page, "a first note");
	page__note(page, "the capture <is> whole");
	make_window(1000);
	add();
	make_window(1200001000);
	record.snap.host = &later_host;
	record.snap.window.start.tv_sec++;
	record.snap.how.by_task = true;
	add();
	add_report(LINE_STALL, "{\"id\":1}", (struct parsed_report){ true, false, true, 1, 10 });
	add_report(LINE_STALL, "{\"id\":\"2\xc3\xa4\"}",
		   (struct parsed_report){ true, true, false, 2, 20 });
	add_report(LINE_STORM, "{\"id\":3}", (struct parsed_report){ true, false, false, 3, 10 });
	add_report(LINE_STORM, "{\"id\":4}", (struct parsed_report){ true, true, true, 4, 20 });
	add_report(LINE_STORM, "{\"id\":5}", (struct parsed_report){ true, true, false, 5, 30 });
	add_report(LINE_STORM, "{}", (struct parsed_report){});
	record = (struct capture_record){ .type = LINE_IPI };
	add();
	record = (struct capture_record){ .type = LINE_CAPTURE };
	add();
	page__totals(page, &totals);
	assert_members(totals, windows, 2, stalls, 2, storms, 2);
	check_data(
		"\n"
		"{\"format\":2,\n"
		"\"version\":\"" VERSION "\",\n"
		"\"host\":{\"nodename\":\"box\",\"kernel\":\"6.12\",\"arch\":\"x86_64\","
		"\"online\":[0,1]},\n"
		"\"first_window\":{\"start\":\"2026-11-20T12:01:15.000005Z\",\"mono_start\":1000,"
		"\"mono_end\":1000001000,\"duration_s\":1.0},\n"
		"\"sources\":{\"figures\":\"csds\",\"wait\":\"fexit\",\"task\":null,\"by_pid\":false,"
		"\"names_hidden\":null,\"callsites_hidden\":false,\"tlb_flushes\":null},\n"
		"\"note\":\"the capture \\u003cis> whole\",\n"
		"\"kinds\":{},\n"
		"\"names\":[[\"other\",null],[\"flush\",null]],\n"
		",\n"
		"\"records\":1,\n"
		"\"unusable\":1,\n"
		"\"edges_other\":6,\n"
		"\"stalls\":[{\"id\":\"2\\u00E4\"},{\"id\":1}],\n"
		"\"stalls_nr\":2,\n"
		"\"stalls_folded\":1,\n"
		"\"storms\":[{\"id\":5},{\"id\":4},{\"id\":3}],\n"
		"\"storms_nr\":3,\n"
		"\"callers\":{\"flush\\n\":[{\"caller\":\"on_each_cpu\",\"reason\":\"on_each_cpu\","
		"\"samples\":2,\"csds\":10,\"interrupt\":false,\"tgid\":7,\"comm\":\"\\u003ctask>\","
		"\"cgroup\":null,\"user_frames\":null,\"user_end\":null}]},\n"
		"\"edges\":[0,1,10],\n"
		"\"bins\":[\n"
		"{\"start\":0,\"end\":1000000000,\"covered\":1000000000,\"windows\":1,\"ledger\":[5,"
		"0,4,0,0,1,0,0,0],\"cpus\":[[0,5,7,null,null,null,null,null],[1,6,8,null,null,null,"
		"null,null]],\"funcs\":[[1,5,null,null,null]],\"edges\":[0,1,5]},\n"
		"{\"start\":1200000000,\"end\":2200000000,\"covered\":1000000000,\"windows\":1,"
		"\"ledger\":[5,0,4,0,0,1,0,0,0],\"cpus\":[[0,5,7,null,null,null,null,null],[1,6,8,"
		"null,null,null,null,null]],\"funcs\":[[1,5,null,null,null]],\"edges\":[0,1,5]}]}\n");
}

/* A page knows so many kinds; it goes on to count those. */
TEST_F(kinds_are_bounded)
{
	char want[8192] = "\"kinds\":{", *text = NULL, *found;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	for (int i = 0; i < MOST_KINDS + 1; i++) {
		kinds[i] = (struct kind_stats){ .sent = 1 + i, .sent_known = true };
		snprintf(kinds[i].kind, sizeof(kinds[i].kind), "k%d", i);
	}
	for (int window = 0; window < 2; window++) {
		make_window(1000 + window * 1000000000ULL);
		record.snap.known.kinds = true;
		record.snap.all_kinds = kinds;
		record.snap.nr_all_kinds = MOST_KINDS + 1;
		add();
	}
	for (int i = 0; i < MOST_KINDS; i++)
		text_append(want, sizeof(want), "%s\"k%d\":{\"sent\":%d,\"received\":null}",
			    i ? "," : "", i, 2 * (1 + i));
	text_append(want, sizeof(want), "},\n");
	assert_int_equal(page__write(page, file), 0);
	fclose(file);
	found = strstr(text, "\"kinds\":{\"k0");
	assert_non_null(found);
	found[strlen(want)] = '\0';
	assert_text(found, want);
	free(text);
}

/* The page of a report fetches nothing. */
TEST_F(a_page_has_a_policy)
{
	char *text = NULL, *live;
	size_t size, len = 0;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	assert_int_equal(page__write(page, file), 0);
	fclose(file);
	assert_has(text,
		   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ",
		   "form-action 'none'\">\n");
	assert_lacks(text, "connect-src");
	assert_has(text + size - 20, "</html>");
	free(text);
	live = live_view__page(&(struct live_page){ 0.5, 600, true }, &len);
	assert_non_null(live);
	assert_has(live + len - 20, "</html>");
	cut_data(live);
	assert_text(live, "\n"
			  "{\"format\":2,\"version\":\"" VERSION
			  "\",\"live\":{\"interval\":0.5,\"keeps\":600.0,"
			  "\"details\":true},}\n");
	free(live);
}

/* Fails unless the line of the window, of a record, is @want. */
static void check_line(bool details, const char *want)
{
	size_t len = 0;
	char *line = live_view__window(&record.snap, details, &len);

	assert_non_null(line);
	assert_int_equal(strlen(line), len);
	assert_text(line, want);
	free(line);
}

TEST_F(a_live_window_has_each_of_its_data)
{
	make_window(1000);
	check_line(
		true,
		"{\"type\":\"window\",\"format\":2,\"host\":{\"nodename\":\"box\","
		"\"kernel\":\"6.12\",\"arch\":\"x86_64\",\"online\":[0,1]},"
		"\"window\":{\"start\":\"2026-11-20T12:01:15.000005Z\",\"mono_start\":1000,"
		"\"mono_end\":1000001000,\"duration_s\":1.0},\"kinds\":[],\"calls\":null,"
		"\"callers\":{\"flush\\n\":[{\"caller\":\"on_each_cpu\",\"reason\":\"on_each_cpu\","
		"\"samples\":1,\"csds\":5,\"interrupt\":false,\"tgid\":7,\"comm\":\"<task>\","
		"\"cgroup\":null,\"user_frames\":null,\"user_end\":null}]},\"names\":[[\"other\","
		"null],[\"flush\",null]],\"edges\":[],\"edges_other\":3,\"bin\":{\"start\":1000,"
		"\"end\":1000001000,\"covered\":1000000000,\"windows\":1,\"ledger\":[5,0,4,0,0,1,0,0,"
		"0],\"cpus\":[[0,5,7,null,null,null,null,null],[1,6,8,null,null,null,null,null]],"
		"\"funcs\":[[1,5,null,null,null]],\"edges\":[0,1,5]}}\n");
	/* Neither a function nor a pair. */
	record.snap.nr_fns = record.snap.nr_edges = 0;
	record.snap.host = NULL;
	check_line(
		false,
		"{\"type\":\"window\",\"format\":2,\"host\":null,"
		"\"window\":{\"start\":\"2026-11-20T12:01:15.000005Z\",\"mono_start\":1000,"
		"\"mono_end\":1000001000,\"duration_s\":1.0},\"kinds\":[],\"calls\":null,"
		"\"callers\":{},\"names\":[],\"edges\":[],\"edges_other\":3,\"bin\":{\"start\":1000,"
		"\"end\":1000001000,\"covered\":1000000000,\"windows\":1,\"ledger\":[5,0,4,0,0,1,0,0,"
		"0],\"cpus\":[[0,5,7,null,null,null,null,null],[1,6,8,null,null,null,null,null]],"
		"\"funcs\":[],\"edges\":[]}}\n");
}

/* The pairs of a live window of so many CPUs that its bin has none, and the csds of the others. */
static char *most_pairs(size_t nr_edges, uint64_t *other)
{
	static struct cpu_stats many[BIN_EDGES_CPUS + 1];
	char *line, *begin, *end;
	size_t len;

	for (uint32_t cpu = 0; cpu <= BIN_EDGES_CPUS; cpu++)
		many[cpu].cpu = cpu;
	make_window(1000);
	record.snap.cpus = many;
	record.snap.nr_cpus = BIN_EDGES_CPUS + 1;
	record.snap.edges_other = 100;
	record.snap.nr_edges = nr_edges;
	line = live_view__window(&record.snap, false, &len);
	assert_non_null(line);
	assert_has(line, "\"edges\":null}}\n");
	begin = strstr(line, "\"edges\":[");
	assert_non_null(begin);
	begin += strlen("\"edges\":[");
	end = strstr(begin, "],\"edges_other\":");
	assert_non_null(end);
	*other = strtoull(end + strlen("],\"edges_other\":"), NULL, 10);
	*end = '\0';
	memmove(line, begin, strlen(begin) + 1);
	return line;
}

/* As many pairs as a line has room for keep their order; of more, those with the fewest csds are left out. */
TEST_F(a_live_window_has_the_busiest_pairs)
{
	static char want[16 * LIVE_EDGES];
	uint64_t other;
	char *got;

	for (int i = 0; i < LIVE_EDGES + 2; i++)
		edges[i] = (struct edge){ i % 60, i % 61, 10 + i };
	*want = '\0';
	for (int i = 0; i < LIVE_EDGES; i++)
		sprintf(want + strlen(want), "%s%d,%d,%d", i ? "," : "", i % 60, i % 61, 10 + i);
	got = most_pairs(LIVE_EDGES, &other);
	assert_text(got, want);
	assert_int_equal(other, 100);
	free(got);
	*want = '\0';
	for (int i = LIVE_EDGES + 1; i > 1; i--)
		sprintf(want + strlen(want), "%s%d,%d,%d", i <= LIVE_EDGES ? "," : "", i % 60,
			i % 61, 10 + i);
	got = most_pairs(LIVE_EDGES + 2, &other);
	assert_text(got, want);
	assert_int_equal(other, 100 + 10 + 11);
	free(got);
}

TEST_MAIN(NULL, NULL)
