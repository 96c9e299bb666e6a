// SPDX-License-Identifier: GPL-2.0
/* The live page and its lines: their figures, and no name of a task or cgroup without --details. */
#include <jansson.h>
#include <pthread.h>
#include "abi/hist_slots.h"
#include "command/parts.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "stalls.h"
#include "unit.h"
#include "view/html/page.h"
#include "view/json/json.h"

/* In all that a user names, and nowhere else. */
#define USER "SECRET<img src=x onerror=x>"

#define CPUS 3
#define MANY 80

struct fixture {
	struct host host;
	struct snapshot snap;
	struct cpu_stats cpus[MANY];
	struct fn_stats fns[3];
	struct stack_sample samples[2];
	struct by_stats by;
	struct edge edges[MANY * MANY];
};

static struct fixture f;

static void fns_fill(struct snapshot *snap)
{
	/* Two rows of one function, by call site, and one in a module. */
	for (size_t i = 0; i < 3; i++) {
		f.fns[i] = (struct fn_stats){ .func = { .addr = 16, .name = "ipi_mb" },
					      .callsite.addr = i,
					      .count = 10,
					      .wait = { 1, 1000, 1000 } };
		f.fns[i].handler = (struct hist){ .count = 10, .sum = 50, .max = 7 };
		f.fns[i].handler.slots[hist_slot(7)] = 10;
	}
	f.fns[2].func = (struct symbol){ .addr = 17, .name = "do_it", .module = "mod" };
	for (size_t i = 0; i < 2; i++) {
		struct stack_sample *sample = &f.samples[i];

		*sample = (struct stack_sample){ .fn = i, .tgid = 4711 + i, .nr = 1 };
		snprintf(sample->comm, sizeof(sample->comm), "SECRET%zu", i);
		sample->cgroup_path = "/" USER;
		sample->stack[0] = (struct symbol){ .addr = 1, .name = "membarrier" };
	}
	f.by = (struct by_stats){ .tgid = 4711, .cgroup_path = "/" USER, .comm = "SECRET" };
	*snap = (struct snapshot){ .host = &f.host,
				   .fns = f.fns,
				   .nr_fns = 3,
				   .samples = f.samples,
				   .nr_samples = 2,
				   .by = &f.by,
				   .nr_by = 1,
				   .how.by_key = BY_SENDER,
				   .window = { .mono_start = 1000, .mono_end = 3000 } };
}

static struct snapshot *snapshot_of(uint32_t nr_cpus)
{
	struct snapshot *snap = &f.snap;

	memset(&f, 0, sizeof(f));
	snprintf(f.host.name.nodename, sizeof(f.host.name.nodename), "box");
	fns_fill(snap);
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++) {
		f.cpus[cpu] = (struct cpu_stats){ .cpu = cpu, .sent = 10, .received = cpu };
		for (uint32_t dst = 0; dst < nr_cpus; dst++)
			if (dst != cpu)
				f.edges[snap->nr_edges++] = (struct edge){ cpu, dst, 1 + cpu };
	}
	snap->cpus = f.cpus;
	snap->nr_cpus = nr_cpus;
	snap->edges = f.edges;
	snap->ledger.queued = snap->ledger.function = 30;
	return snap;
}

/* The window's line as an object; @text, if not NULL, gets the text. */
static json_t *line_of(const struct snapshot *snap, bool details, char **text)
{
	size_t len = 0;
	char *line = live_view__window(snap, details, &len);
	json_t *object;

	assert_non_null(line);
	assert_int_equal(line[len - 1], '\n');
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
	object = json_loadb(line, len, 0, NULL);
	assert_non_null(object);
	if (text)
		*text = line;
	else
		free(line);
	return object;
}

static json_int_t at(const json_t *array, size_t i)
{
	return json_integer_value(json_array_get(array, i));
}

TEST(a_window_has_its_figures)
{
	json_t *line = line_of(snapshot_of(CPUS), true, NULL), *bin = json_object_get(line, "bin");
	const json_t *funcs = json_object_get(bin, "funcs"), *edges = json_object_get(bin, "edges");
	const json_t *func = json_array_get(funcs, 0), *names = json_object_get(line, "names");
	json_int_t sum = 0;

	assert_string_equal(json_string_value(json_object_get(line, "type")), "window");
	assert_int_equal(json_integer_value(json_object_get(bin, "start")), 1000);
	assert_int_equal(json_integer_value(json_object_get(bin, "covered")), 2000);
	assert_int_equal(at(json_object_get(bin, "ledger"), 0), 30);
	assert_int_equal(at(json_object_get(bin, "ledger"), 8), 0);
	assert_int_equal(json_array_size(json_object_get(bin, "cpus")), CPUS);
	/* Rows of one function are one: name, csds, delay, handler, waits. */
	assert_int_equal(json_array_size(funcs), 2);
	assert_string_equal(
		json_string_value(json_array_get(json_array_get(names, at(func, 0)), 0)), "ipi_mb");
	assert_int_equal(at(func, 1), 20);
	assert_int_equal(at(json_array_get(func, 3), 1), 100);
	assert_int_equal(at(func, 4), 2000);
	for (size_t i = 2; i < json_array_size(edges); i += 3)
		sum += at(edges, i);
	assert_int_equal(sum, 2 * (1 + 2 + 3));
	assert_int_equal(json_array_size(json_object_get(line, "edges")), 0);
	json_decref(line);
}

TEST(a_window_has_its_kinds_of_interrupts)
{
	struct kind_stats kinds[] = {
		{ .kind = "reschedule", .sent = 5, .sent_known = true, .received = 4 },
		{ .kind = "irq_work", .received = 7, .received_known = true },
	};
	struct snapshot *snap = snapshot_of(CPUS);
	char *text;

	snap->all_kinds = kinds;
	snap->nr_all_kinds = 2;
	json_decref(line_of(snap, true, &text));
	assert_has(text, "\"kinds\":[],");
	free(text);
	snap->known.kinds = true;
	json_decref(line_of(snap, true, &text));
	assert_has(text, "\"kinds\":[[\"reschedule\",5,null],[\"irq_work\",null,7]],");
	free(text);
}

TEST(a_window_of_calls_has_their_ledger)
{
	struct snapshot *snap = snapshot_of(CPUS);
	json_t *line = line_of(snap, true, NULL);

	assert_true(json_is_null(json_object_get(line, "calls")));
	json_decref(line);
	snap->how.source = SOURCE_CALLS;
	snap->call_ledger = (struct call_ledger){ .begun = 5, .returned = 4, .under_way = 1 };
	line = line_of(snap, true, NULL);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(line, "calls"), "begun")), 5);
	assert_true(json_is_true(json_object_get(json_object_get(line, "calls"), "closed")));
	json_decref(line);
}

TEST(pairs_of_many_cpus_are_bounded)
{
	json_t *line = line_of(snapshot_of(MANY), false, NULL);
	const json_t *edges = json_object_get(line, "edges");
	json_int_t sum = json_integer_value(json_object_get(line, "edges_other")), all = 0;

	assert_true(json_is_null(json_object_get(json_object_get(line, "bin"), "edges")));
	assert_int_equal(json_array_size(edges), 3 * LIVE_EDGES);
	for (size_t i = 2; i < json_array_size(edges); i += 3) {
		sum += at(edges, i);
		/* Those with the most csds come first; so those with the fewest are left out. */
		assert_true(i < 3 || at(edges, i - 3) >= at(edges, i));
	}
	for (size_t i = 0; i < f.snap.nr_edges; i++)
		all += f.edges[i].count;
	assert_int_equal(sum, all);
	assert_true(at(edges, 3 * LIVE_EDGES - 1) > 1);
	json_decref(line);
}

TEST(an_idle_window_has_pairs_of_none)
{
	struct snapshot *snap = snapshot_of(CPUS);
	json_t *line;

	snap->nr_edges = snap->nr_fns = snap->nr_samples = 0;
	line = line_of(snap, false, NULL);
	assert_int_equal(json_array_size(json_object_get(json_object_get(line, "bin"), "edges")),
			 0);
	assert_true(json_is_array(json_object_get(json_object_get(line, "bin"), "edges")));
	json_decref(line);
}

TEST(a_window_names_users_with_details_alone)
{
	char *text;

	json_decref(line_of(snapshot_of(CPUS), true, &text));
	assert_has(text, "SECRET", "4711");
	free(text);
	json_decref(line_of(snapshot_of(CPUS), false, &text));
	assert_lacks(text, "SECRET", "4711");
	/* The kernel's names stay, and both samples are one caller. */
	assert_has(text, "\"reason\":\"membarrier\",\"samples\":2");
	free(text);
}

static struct storm storm_named(uint64_t *by_cpu)
{
	struct storm storm = { .nr_funcs = 1,
			       .nr_sources = 1,
			       .samples = 1,
			       .nr_cpus = 1,
			       .reason = STORM_BY_RATE,
			       .src = by_cpu,
			       .dst = by_cpu };

	storm.last = (struct storm_sums){ .ns = 1000000000, .count = 1000, .all = 1000 };
	snprintf(storm.funcs[0].name, STORM_NAME, "ipi_mb");
	snprintf(storm.sources[0].comm, COMM_LEN, "SECRET");
	snprintf(storm.sources[0].cgroup, STORM_CGROUP, USER);
	snprintf(storm.sources[0].caller, STORM_NAME, "membarrier");
	storm.sources[0].tgid = 4711;
	storm.sources[0].samples = 1;
	return storm;
}

static size_t stall_line(char *line, size_t size)
{
	struct incident in = { .phase = PHASE_DELIVERY,
			       .start = T0,
			       .time = T0 + 48 * MS,
			       .dst_known = true,
			       .func = { .addr = 16, .name = "ipi_mb" },
			       .sender = task_named("SECRET", 4711),
			       .victim = task_named("SECRET", 4711),
			       .cgroup_path = "/lxc.payload." USER,
			       .nr_waiters = 1 };
	size_t len;

	in.waiters[0] = (struct waiter){ .task = task_named("SECRET", 4711), .call = T0 };
	len = json__stall(line, size, &in, 7, 0);
	assert_true(len > 0);
	return len;
}

/* @line names users; without names it is a line with @kept still in it. */
static void check_anonymous(const char *line, const char *kept)
{
	char *text = json__anonymous_line(line, strlen(line));

	assert_has(line, "SECRET");
	assert_non_null(text);
	assert_lacks(text, "SECRET", "4711");
	assert_has(text, kept);
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
}

TEST(reports_name_nobody)
{
	struct storm_evidence evidence = {
		.guests.owner = "SECRET",
		.guest_ipis = { .known = true, .nr_vms = 1, .vms = { { 4711, "SECRET" } } }
	};
	static char stall[1 << 16];
	uint64_t by_cpu[1] = { 1000 };
	struct storm storm = storm_named(by_cpu);
	char *line = json__storm_line(&storm, &evidence, 1);

	assert_non_null(line);
	check_anonymous(line, "\"caller\":\"membarrier\"");
	free(line);
	stall_line(stall, sizeof(stall));
	check_anonymous(stall, "\"func\":\"ipi_mb\"");
	assert_null(json__anonymous_line("{", 1));
}

/* Whether json__anonymous() keeps a key. */
static bool keeps(const char *key)
{
	json_t *object = json_pack("{s:[{s:s}]}", "functions", key, "SECRET");
	const json_t *value;
	bool kept;

	assert_non_null(object);
	json__anonymous(object);
	value = json_object_get(json_array_get(json_object_get(object, "functions"), 0), key);
	assert_non_null(value);
	kept = !json_is_null(value);
	json_decref(object);
	return kept;
}

TEST(a_new_key_is_null)
{
	assert_false(keeps("of_a_key_to_come"));
	assert_false(keeps(""));
	assert_false(keeps("COMM"));
	assert_true(keeps("func"));
}

/* The keys of users in the schema; all its others are public. */
static bool is_of_users(const char *key)
{
	static const char *const keys[] = { "comm",   "pid",	    "tid",    "tgid",
					    "by",     "cgroup",	    "sender", "cgroup_id",
					    "owner",  "container",  "victim", "user_frames",
					    "waker",  "waker_tgid", "woken",  "woken_tgid",
					    "stacks", "queued_by",  "others", "uid" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

struct schema {
	json_t *root;
	json_t *seen; /* the parts that were looked at, by reference */
	size_t nr_keys;
};

static void properties_check(struct schema *schema, json_t *properties)
{
	const char *key;
	json_t *value;

	json_object_foreach(properties, key, value) {
		schema->nr_keys++;
		if (keeps(key) == is_of_users(key))
			fail_msg("json__anonymous() %s \"%s\"", keeps(key) ? "keeps" : "drops",
				 key);
	}
}

/* @part of the schema, and what it refers to: "#/$defs/NAME". */
static void part_check(struct schema *schema, json_t *part)
{
	const char *key, *ref = json_string_value(json_object_get(part, "$ref"));
	json_t *value;
	size_t i;

	if (ref && !json_object_get(schema->seen, ref)) {
		json_object_set_new(schema->seen, ref, json_true());
		value = json_object_get(json_object_get(schema->root, "$defs"),
					ref + strlen("#/$defs/"));
		assert_non_null(value);
		part_check(schema, value);
	}
	properties_check(schema, json_object_get(part, "properties"));
	json_object_foreach(part, key, value)
		part_check(schema, value);
	json_array_foreach(part, i, value)
		part_check(schema, value);
}

TEST(each_key_of_the_schema_is_public_or_of_users)
{
	static const char *const lines[] = { "snapshot", "stall", "storm" };
	struct schema schema = { .root = json_load_file("schema/ipitrace-1.json", 0, NULL),
				 .seen = json_object() };

	assert_non_null(schema.root);
	properties_check(&schema, json_object_get(schema.root, "properties"));
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		part_check(&schema,
			   json_object_get(json_object_get(schema.root, "$defs"), lines[i]));
	assert_true(schema.nr_keys > 200);
	/* Keys of `irqs`, which the schema does not name. */
	for (size_t i = 0; i < NR_KINDS; i++)
		assert_true(keeps(kind_names[i]));
	json_decref(schema.seen);
	json_decref(schema.root);
}

TEST(the_page_is_itself_alone)
{
	const struct live_page about = { 1, 600, false };
	size_t len = 0;
	char *text = live_view__page(&about, &len), *data, *end;
	json_t *object;

	assert_non_null(text);
	assert_int_equal(strlen(text), len);
	data = strstr(text, "id=\"data\">");
	assert_non_null(data);
	data += strlen("id=\"data\">");
	end = strstr(data, "</script>");
	assert_non_null(end);
	object = json_loadb(data, end - data, 0, NULL);
	assert_true(json_is_false(json_object_get(json_object_get(object, "live"), "details")));
	json_decref(object);
	/* The element's policy is the header's, but for what an element cannot say. */
	assert_has(text, "form-action 'none'; connect-src 'self'\">");
	assert_has(live_policy, "default-src 'none'; script-src 'sha256-",
		   "connect-src 'self'; frame-ancestors 'none'");
	free(text);
}

/* The answer to @path, as one text; its status must be @status. */
static char *answer_of(struct live *live, const char *path, const char *query, int status,
		       char *next)
{
	static struct http_answer answer;
	const struct http_request request = { .path = path, .query = query };
	char *text = calloc(1, 1 << 22);
	size_t len = 0;

	assert_non_null(text);
	answer = (struct http_answer){};
	assert_true(live__answer(live, &request, &answer));
	assert_int_equal(answer.status, status);
	for (size_t i = 0; i < answer.nr_blobs; i++) {
		memcpy(text + len, answer.blobs[i]->bytes, answer.blobs[i]->len);
		len += answer.blobs[i]->len;
		blob__put(answer.blobs[i]);
	}
	if (next)
		strcpy(next, answer.next);
	return text;
}

static size_t lines_in(char *text)
{
	size_t nr = 0;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		nr++;
	free(text);
	return nr;
}

static const struct storm_nearest nearest = { .known = true,
					      .func.name = "ipi_mb",
					      .cause = "membarrier",
					      .usual = "routine",
					      .rate = 10,
					      .rate_limit = 8000 };

TEST(a_client_gets_each_line_once)
{
	struct live *live = live__new(1, false);
	static char stall[1 << 16];
	char next[64], query[80];

	assert_non_null(live);
	free(answer_of(live, "/api/v1/snapshot", NULL, 503, NULL));
	assert_int_equal(lines_in(answer_of(live, "/api/v1/live", NULL, 200, next)), 0);
	stall_line(stall, sizeof(stall));
	assert_int_equal(live__page(live).window(live, snapshot_of(CPUS), &nearest), 0);
	assert_int_equal(live__page(live).window(live, snapshot_of(CPUS), &nearest), 0);
	assert_int_equal(live__page(live).put(live, LINE_STALL, stall, strlen(stall)), 0);
	snprintf(query, sizeof(query), "after=%s", next);
	assert_int_equal(lines_in(answer_of(live, "/api/v1/live", query, 200, next)), 3);
	snprintf(query, sizeof(query), "after=%s", next);
	assert_int_equal(lines_in(answer_of(live, "/api/v1/live", query, 200, next)), 0);
	assert_int_equal(live__page(live).window(live, snapshot_of(CPUS), &nearest), 0);
	assert_int_equal(lines_in(answer_of(live, "/api/v1/live", query, 200, next)), 1);
	/* Another run, and nonsense: all again. */
	assert_int_equal(lines_in(answer_of(live, "/api/v1/live", "after=1.3.1.0", 200, NULL)), 4);
	assert_int_equal(lines_in(answer_of(live, "/api/v1/live", "after=%zz", 200, NULL)), 4);
	live__free(live);
}

TEST(the_api_gives_json_without_names)
{
	struct live *live = live__new(1, false), *detailed = live__new(1, true);
	const struct view_options view = { .nearest = &nearest };
	static char stall[1 << 16];
	char *text, *line = json__snapshot_line(snapshot_of(CPUS), &view);
	struct http_answer answer = {};
	const struct http_request other = { .path = "/api/v1/other" };

	assert_true(live && detailed && line);
	stall_line(stall, sizeof(stall));
	assert_int_equal(live__page(live).window(live, &f.snap, &nearest), 0);
	assert_int_equal(live__page(detailed).window(detailed, &f.snap, &nearest), 0);
	text = answer_of(detailed, "/api/v1/snapshot", NULL, 200, NULL);
	assert_string_equal(text, line);
	free(text);
	text = answer_of(live, "/api/v1/snapshot", NULL, 200, NULL);
	assert_lacks(text, "SECRET");
	assert_has(text, "\"ledger\":{\"queued\":30,");
	free(text);
	for (int i = 0; i < LIVE_REPORTS + 10; i++)
		assert_int_equal(live__page(live).put(live, LINE_STALL, stall, strlen(stall)), 0);
	text = answer_of(live, "/api/v1/stalls", NULL, 200, NULL);
	assert_lacks(text, "SECRET");
	assert_int_equal(lines_in(text), LIVE_REPORTS);
	assert_int_equal(lines_in(answer_of(live, "/api/v1/storms", NULL, 200, NULL)), 0);
	assert_false(live__answer(live, &other, &answer));
	free(line);
	live__free(live);
	live__free(detailed);
}

static _Atomic bool windows_over;

/* Asks for all that a page asks for, as the thread of the HTTP server does, until there are no more windows. */
static void *ask_all(void *live)
{
	static const char *const paths[] = { "/api/v1/stalls", "/api/v1/storms", "/" };
	char next[64] = "", query[80];
	size_t lines = 0;
	bool over;

	do {
		over = windows_over;
		snprintf(query, sizeof(query), "after=%s", next);
		lines += lines_in(answer_of(live, "/api/v1/live", query, 200, next));
		free(answer_of(live, "/api/v1/snapshot", NULL, 200, NULL));
		for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
			free(answer_of(live, paths[i], NULL, 200, NULL));
	} while (!over || strstr(next, " more"));
	return (void *)lines;
}

TEST(windows_come_while_clients_ask)
{
	enum { WINDOWS = 60 };
	struct live *live = live__new(1, false);
	static char stall[1 << 16];
	const struct snapshot *snap = snapshot_of(CPUS);
	pthread_t thread;
	void *lines;

	assert_non_null(live);
	stall_line(stall, sizeof(stall));
	windows_over = false;
	assert_int_equal(live__page(live).window(live, snap, &nearest), 0);
	assert_int_equal(pthread_create(&thread, NULL, ask_all, live), 0);
	for (int i = 1; i < WINDOWS; i++) {
		assert_int_equal(live__page(live).window(live, snap, &nearest), 0);
		assert_int_equal(live__page(live).put(live, LINE_STALL, stall, strlen(stall)), 0);
	}
	windows_over = true;
	pthread_join(thread, &lines);
	assert_int_equal((size_t)lines, 2 * WINDOWS - 1);
	live__free(live);
}

TEST_MAIN(NULL, NULL)
