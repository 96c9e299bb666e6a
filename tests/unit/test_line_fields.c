// SPDX-License-Identifier: GPL-2.0
/* Each type of a field: what a line has of it, and what is read back, also where a line is not as expected. */
#include <jansson.h>
#include "abi/hist_slots.h"
#include "base/cpuset.h"
#include "model/field.h"
#include "parsed.h"
#include "unit.h"
#include "view/capture/capture.h"
#include "view/json/json.h"

static const char *const colours[] = { "red", "green", NULL, "blue" };
static const char *const places[] = { "here", "there", "else" };

struct item {
	uint64_t n;
};

struct all {
	uint64_t number, known_number;
	bool is_known, is_true, is_there, was_found;
	double real;
	uint32_t cpu, colour;
	char text[8];
	const char *string;
	struct symbol func, site, sites[3], module_sites[2];
	uint64_t nr_sites, nr_module_sites;
	struct timespec date;
	struct cpuset cpus;
	uint64_t count, ns, time, begun;
	struct task_id task;
	char texts[3][6];
	uint64_t nr_texts;
	uint64_t waits, away;
	uint64_t slots[HIST_SLOTS];
	struct item object, flat, objects[3];
	struct item *rows;
	size_t nr_rows;
	struct item list[3], counted[3];
	uint64_t nr_counted;
	uint64_t optional;
};

static uint64_t derive_twice(const void *record)
{
	return 2 * ((const struct all *)record)->number;
}

static const struct field item_fields[] = { K(item, NUMBER, SUM, n) };
static const struct form item_form = FORM(struct item, item_fields);
static const struct field flat_fields[] = { F(item, "flat_n", NUMBER, SUM, n) };
static const struct form flat_form = FORM(struct item, flat_fields);

static const struct field fields[] = {
	K(all, NUMBER, SUM, number),
	K(all, NUMBER, SUM, known_number, KNOWN(all, is_known)),
	K(all, BOOL, SUM, is_true),
	K(all, REAL, NONE, real),
	K(all, CPU, NONE, cpu),
	K(all, NAME, NONE, colour, NAMES(colours), .none = 1),
	K(all, TEXT, NONE, text),
	K(all, STRING, NONE, string),
	F(all, "func", FUNCTION, NONE, func),
	K(all, SITE, NONE, site),
	K(all, SITES, NONE, sites, .with = PLACE(all, nr_sites)),
	K(all, MODULE_SITES, NONE, module_sites, .with = PLACE(all, nr_module_sites)),
	K(all, DATE, NONE, date),
	K(all, CPUS, NONE, cpus),
	F(all, "rate", RATE, NONE, count, .with = PLACE(all, ns)),
	F(all, "since", SINCE, NONE, time, .with = PLACE(all, begun)),
	K(all, TASK, NONE, task),
	K(all, TEXTS, NONE, texts, .nr = 3, .with = PLACE(all, nr_texts)),
	F(all, "waits", NUMBER, SUM, waits),
	F(all, "spun", SPUN, SUM, away, .with = PLACE(all, waits)),
	F(all, "buckets", BUCKETS, SUM, slots),
	F(all, "object", OBJECT, SUM, object, .of = &item_form),
	F(all, "", FLAT, SUM, flat, .of = &flat_form),
	F(all, "objects", OBJECTS, SUM, objects, .of = &item_form, .nr = 3, NAMES(places)),
	F(all, "rows", ROWS, SUM, rows, .of = &item_form, .with = PLACE(all, nr_rows)),
	F(all, "list", LIST, SUM, list, .of = &item_form, .nr = 3, .label = "at", NAMES(places)),
	F(all, "counted", LIST, SUM, counted, .of = &item_form, .nr = 3,
	  .with = PLACE(all, nr_counted)),
	K(all, NUMBER, SUM, optional, PRESENT(all, is_there), FOUND(all, was_found)),
	DERIVED_BY("twice", derive_twice),
	DERIVED("derived"),
};
static const struct form all_form = FORM(struct all, fields);

static struct strings *strings;
static struct all got;

static int setup(void **state)
{
	strings = strings__new();
	return !strings;
}

static int teardown(void **state)
{
	form__free(&all_form, &got);
	strings__free(strings);
	return 0;
}

/* Read @line, with ' for ". */
static void read_line(const char *line)
{
	const struct field_reader reader = { .strings = strings, .root = &got };
	char text[4096];
	json_t *object;

	assert_true((size_t)snprintf(text, sizeof(text), "%s", line) < sizeof(text));
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	object = parsed(text);
	form__free(&all_form, &got);
	assert_true(parse__fields(&reader, &all_form, &got, object));
	json_decref(object);
}

/* Fails unless the line of @all is @want, with ' for ". */
static void check_line(const struct all *all, const char *want)
{
	char *line = json__text(json_fields__object(&(struct json_fields){ .root = all }, &all_form,
						    all),
				JSON_COMPACT | JSON_REAL_PRECISION(9));

	assert_non_null(line);
	for (char *c = line; *c; c++)
		*c = *c == '"' ? '\'' : *c;
	assert_text(line, want);
	free(line);
}

static const char whole[] =
	"{'number':5,'known_number':6,'is_true':true,'real':1.5,'cpu':7,'colour':'blue',"
	"'text':'seven77','string':'str','func':'f','module':'m','site':'g+0x1c',"
	"'sites':['a+0x1','b+0x2'],'module_sites':['c+0x3 [n]'],"
	"'date':'2026-11-21T06:40:22.123456Z','cpus':[0,64,4095],'rate':2.5,'since':30,"
	"'task':{'pid':11,'tgid':11,'tid':12,'comm':'make'},'texts':['one','two'],'waits':100,"
	"'spun':60,'buckets':[{'le':3,'count':2},{'le':5,'count':4}],'object':{'n':13},"
	"'flat_n':14,'objects':{'here':{'n':15},'there':{'n':16},'else':{'n':17}},"
	"'rows':[{'n':18},{'n':19}],'list':[{'n':20},{'n':22}],'counted':[{'n':0},{'n':23}],"
	"'optional':24,'twice':10,'derived':null}";

TEST_F(all_types_are_written_and_read)
{
	struct item rows[] = { { 18 }, { 19 } };
	struct all all = {
		.number = 5,
		.known_number = 6,
		.is_known = true,
		.is_true = true,
		.is_there = true,
		.real = 1.5,
		.cpu = 7,
		.colour = 3,
		.text = "seven77",
		.string = "str",
		.func = { .addr = 1, .name = "f", .module = "m" },
		.site = { .addr = 1, .offset = 0x1c, .name = "g", .module = "no" },
		.sites = { { .addr = 1, .offset = 1, .name = "a" },
			   { .addr = 1, .offset = 2, .name = "b", .module = "no" },
			   { .addr = 1, .offset = 3, .name = "c" } },
		.nr_sites = 2,
		.module_sites = { { .addr = 1, .offset = 3, .name = "c", .module = "n" } },
		.nr_module_sites = 1,
		.date = { 1795243222, 123456789 },
		.count = 2500000000,
		.ns = 1000000000000000000,
		.time = 130,
		.begun = 100,
		.task = { true, false, 12, 11, "make" },
		.texts = { "one", "two", "three" },
		.nr_texts = 2,
		.waits = 100,
		.away = 40,
		.object = { 13 },
		.flat = { 14 },
		.objects = { { 15 }, { 16 }, { 17 } },
		.rows = rows,
		.nr_rows = 2,
		.list = { { 20 }, { 0 }, { 22 } },
		.counted = { { 0 }, { 23 }, { 24 } },
		.nr_counted = 2,
		.optional = 24,
	};

	cpuset__add(&all.cpus, 0);
	cpuset__add(&all.cpus, 64);
	cpuset__add(&all.cpus, 4095);
	all.slots[3] = 2;
	all.slots[5] = 4;
	check_line(&all, whole);
	read_line(whole);
	assert_members(got, number, 5, known_number, 6, is_known, true, is_true, true, is_there,
		       true, was_found, true, cpu, 7, colour, 3, text, "seven77", string, "str");
	assert_true(got.real == 1.5);
	assert_members(got, func.name, "f", func.module, "m", site.name, "g", site.offset, 0x1c,
		       nr_sites, 2, sites[0].name, "a", sites[1].name, "b", sites[1].offset, 2,
		       nr_module_sites, 1, module_sites[0].module, "n");
	assert_members(got, date.tv_sec, 1795243222, date.tv_nsec, 123456000, count,
		       5 * FIELD_RATE_NS / 2000000000, ns, FIELD_RATE_NS, nr_texts, 2, texts[0],
		       "one", texts[1], "two");
	/* The other time is none of the line's. */
	assert_members(got, time, 30, begun, 0, waits, 100, away, 40);
	assert_members(got.task, known, true, pid, 12, tgid, 11, comm, "make");
	assert_int_equal(cpuset__count(&got.cpus), 3);
	assert_true(cpuset__has(&got.cpus, 64) && cpuset__has(&got.cpus, 4095));
	assert_members(got, slots[3], 2, slots[5], 4, object.n, 13, flat.n, 14, objects[0].n, 15,
		       objects[2].n, 17, nr_rows, 2, rows[0].n, 18, rows[1].n, 19);
	assert_members(got, counted[0].n, 0, counted[1].n, 23, nr_counted, 2, optional, 24);
}

TEST_F(what_is_not_known_is_null_or_has_no_key)
{
	struct all all = { .number = 1, .colour = 2, .site = { .addr = 0xab }, .ns = 0 };

	all.func.addr = 0xcd;
	check_line(&all,
		   "{'number':1,'known_number':null,'is_true':false,'real':0.0,'cpu':0,"
		   "'colour':null,'text':'','string':null,'func':'0xcd','module':null,"
		   "'site':'0xab','sites':[],'module_sites':[],'date':null,'cpus':[],'rate':0.0,"
		   "'since':0,'task':null,'texts':[],'waits':0,'spun':0,'buckets':[],"
		   "'object':{'n':0},'flat_n':0,'objects':{'here':{'n':0},'there':{'n':0},"
		   "'else':{'n':0}},'rows':[],'list':[],'counted':[],'twice':2,'derived':null}");
	read_line("{'sites':7,'texts':'x','rows':5,'list':{},'objects':[]}");
	assert_members(got, number, 0, is_known, false, is_there, false, was_found, false, colour,
		       1, text, "", nr_sites, 0, nr_texts, 0, nr_rows, 0, date.tv_sec, 0);
	assert_members(got, func.addr, 0, site.addr, 0, task.known, false, time, 0, away, 0);
	assert_null(got.string);
	/* A key may be there without a value. */
	read_line("{'optional':null,'known_number':-1}");
	assert_members(got, is_there, true, was_found, false, optional, 0, is_known, false,
		       known_number, 0);
	read_line("{'optional':'x','known_number':0}");
	assert_members(got, is_there, true, was_found, false, is_known, true);
}

/* Longer lists and texts than there is room for are cut. */
TEST_F(what_is_too_much_is_left_out)
{
	read_line("{'text':'eight888','texts':['123456','b','c','d'],"
		  "'sites':['a+0x1','b+0x2','c+0x3','d+0x4'],'counted':[{'n':1},{'n':2},{'n':3},"
		  "{'n':4}],'cpu':4096,'colour':'mauve','cpus':[5,4096,-1,'x']}");
	assert_members(got, text, "eight88", texts[0], "12345", nr_texts, 3, texts[2], "c",
		       nr_sites, 3, sites[2].name, "c", nr_counted, 3, counted[2].n, 3, cpu, 0,
		       colour, 1);
	assert_int_equal(cpuset__count(&got.cpus), 2);
	assert_true(cpuset__has(&got.cpus, 0) && cpuset__has(&got.cpus, 5));
}

/* An item with a name has that name's place; those of other names are one in the last place. */
TEST_F(items_with_names_have_places)
{
	read_line("{'list':[{'at':'there','n':3},{'at':'far','n':10},{'at':'else','n':4},{'n':5},"
		  "{'at':'here','n':1}]}");
	assert_members(got, list[0].n, 1, list[1].n, 3, list[2].n, 19);
}

TEST_F(a_task_of_an_older_capture_is_its_thread)
{
	read_line("{'task':{'pid':12,'tgid':11,'comm':'a_name_of_more_than_15'}}");
	assert_members(got.task, known, true, pid, 12, tgid, 11, comm, "a_name_of_more_");
	read_line("{'task':{'pid':11,'tgid':11,'tid':0}}");
	assert_members(got.task, known, true, pid, 0, tgid, 11, comm, "");
	read_line("{'task':null}");
	assert_false(got.task.known);
}

TEST_F(a_site_has_its_parts)
{
	struct symbol site = parse__site(strings, "a+b+0x1c [mod]");
	struct symbol other = parse__site(strings, "a+b+0x1d [mod]");

	assert_members(site, name, "a+b", module, "mod", offset, 0x1c);
	assert_members(other, name, site.name, module, site.module, offset, 0x1d);
	assert_ptr_equal(other.name, site.name);
	assert_true(site.addr && other.addr && site.addr != other.addr);
	assert_int_equal(parse__site(strings, "a+b+0x1c [mod]").addr, site.addr);
	site = parse__site(strings, "name");
	assert_members(site, name, "name", offset, 0);
	assert_null(site.module);
	site = parse__site(strings, "0xabc");
	assert_members(site, addr, 0xabc, offset, 0);
	assert_null(site.name);
	site = parse__site(strings, NULL);
	assert_int_equal(site.addr, 0);
	site = parse__symbol(strings, "f", "m");
	other = parse__symbol(strings, "f", NULL);
	assert_true(site.addr && other.addr && site.addr != other.addr);
	assert_int_equal(parse__symbol(strings, "f", "m").addr, site.addr);
	assert_members(parse__symbol(strings, "0x1f", "m"), addr, 0x1f);
	assert_int_equal(parse__symbol(strings, NULL, "m").addr, 0);
}

TEST_F(a_date_is_of_this_time)
{
	static const struct {
		const char *text;
		long seconds, ns;
	} rows[] = {
		{ "2026-11-21T06:40:22.123456Z", 1795243222, 123456000 },
		{ "2026-11-21T06:40:22.000007Z", 1795243222, 7000 },
		{ "2026-11-21T06:40:22Z", 1795243222, 0 },
		{ "1970-01-01T00:00:01.5Z", 1, 5000 },
		{ "1969-12-31T23:59:59Z", 0, 0 },
		{ "2200-01-01T00:00:00Z", 7258118400, 0 },
		{ "2201-01-01T00:00:00.1Z", 0, 0 },
		{ "yesterday", 0, 0 },
		{ "", 0, 0 },
		{ NULL, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_members(parse__date(rows[i].text), tv_sec, rows[i].seconds, tv_nsec,
			       rows[i].ns);
}

TEST_F(a_number_is_an_integer_that_is_not_negative)
{
	json_t *object = parsed("{\"a\":7,\"b\":-1,\"c\":1.5,\"d\":\"7\",\"e\":0}");
	uint64_t n = 9;

	assert_true(parse__is_number(object, "a", &n));
	assert_int_equal(n, 7);
	assert_false(parse__is_number(object, "b", &n));
	assert_int_equal(n, 0);
	assert_int_equal(parse__number(object, "c"), 0);
	assert_int_equal(parse__number(object, "d"), 0);
	assert_true(parse__is_number(object, "e", &n));
	assert_false(parse__is_number(object, "f", &n));
	assert_string_equal(parse__text(object, "d"), "7");
	assert_null(parse__text(object, "a"));
	json_decref(object);
}

TEST_F(a_host_is_read)
{
	json_t *object = parsed("{\"nodename\":\"box\",\"kernel\":\"6.12\",\"arch\":\"x86_64\","
				"\"online\":[0,2]}");
	struct host host = { .name.nodename = "old", .online.words = { 0xff } };

	parse__host(object, &host);
	assert_members(host.name, nodename, "box", release, "6.12", machine, "x86_64");
	assert_int_equal(host.online.words[0], 5);
	parse__host(NULL, &host);
	assert_members(host.name, nodename, "", release, "", machine, "");
	assert_int_equal(cpuset__count(&host.online), 0);
	json_decref(object);
}

TEST_MAIN(NULL, NULL)
