// SPDX-License-Identifier: GPL-2.0
/* What a line of a capture may hold, and which key a fault names. */
#include <jansson.h>
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "unit.h"
#include "view/capture/capture.h"

static void check_text(const char *text, size_t len, const char *want)
{
	struct bounds_fault fault;
	char why[BOUNDS_TEXT] = "";

	if (!bounds__check(text, len, &fault))
		bounds_fault__text(&fault, why, sizeof(why));
	assert_string_equal(why, want);
}

static void check(const char *text, const char *want)
{
	check_text(text, strlen(text), want);
}

/* `{"key": [item, item, ...]}` */
static char *list_make(const char *key, const char *item, size_t nr)
{
	size_t len = strlen(item) + 1;
	char *text = malloc(strlen(key) + 16 + nr * len), *to = text;

	to += sprintf(to, "{\"%s\":[", key);
	for (size_t i = 0; i < nr; i++)
		to += sprintf(to, "%s%s", i ? "," : "", item);
	strcpy(to, "]}");
	return text;
}

static void check_list(const char *key, const char *item, size_t nr, const char *want)
{
	char *text = list_make(key, item, nr);

	check(text, want);
	free(text);
}

TEST(lines_as_others_write_them_are_kept)
{
	check("{}", "");
	check("{\"a\":1,\"b\":[],\"c\":{},\"d\":null,\"e\":true,\"f\":false}", "");
	check(" { \"a\" : [ 1 , -2.5e-3 , \"x\" ] }\t\r", "");
	check("{\"a\":\"\\u001b\\ud83d\\ude00 \\\" \xe2\x80\xae \xc2\x9b \x7f\"}", "");
	check("{\"a\":\"\\ud800\\udc00\\udbff\\udfff\"}", "");
	check("{\"n\":9223372036854775807,\"m\":-9223372036854775807,\"r\":1.5e+10}", "");
	/* The model takes these as doubles, which have no such limit. */
	check("{\"n\":9223372036854775808.5,\"m\":99999999999999999999e1}", "");
	/* A list inside a list, which no type of line has. */
	check("{\"a\":[[1],[2,[3]]]}", "");
}

TEST(what_is_no_json_is_said)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{",
		"}",
		"{}x",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{,}",
		"{\"a\":1 2}",
		"{\"a\":[1,]}",
		"{\"a\":[,1]}",
		"{\"a\":01}",
		"{\"a\":-}",
		"{\"a\":1.}",
		"{\"a\":1e}",
		"{\"a\":tru}",
		"{\"a\":nul",
		"{\"a\":\"",
		"{\"a\":\"\n\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\udc00\"}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xc2\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{1:2}",
		"{\"a\":[}",
		"{\"a\":{]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct bounds_fault fault;

		if (bounds__check(texts[i], strlen(texts[i]), &fault))
			fail_msg("taken: %s", texts[i]);
		assert_int_equal(fault.why, BOUNDS_NO_JSON);
	}
}

TEST(a_list_has_as_many_items_as_its_table)
{
	check_list("buckets", "{}", HIST_SLOTS, "");
	check_list("buckets", "{}", HIST_SLOTS + 1, "key buckets: more items than 160");
	check_list("cpus", "{}", MAX_CPUS, "");
	check_list("cpus", "{}", MAX_CPUS + 1, "key cpus: more items than 4096");
	check_list("functions", "{}", 4097, "key functions: more items than 4096");
	check_list("online", "0", MAX_CPUS + 1, "key online: more items than 4096");
	check_list("edges", "{}", 262144, "");
	check_list("edges", "{}", 600000, "key edges: more items than 524288");
	check_list("of a newer version", "0", 4097, "key of a newer version: more items than 4096");
}

TEST(an_item_that_is_no_object_is_named)
{
	check_list("functions", "0", 3, "key functions: item 1 is no object");
	check("{\"functions\":[{},[],{}]}", "key functions: item 2 is no object");
	check("{\"by\":{\"rows\":[{},null]}}", "key rows: item 2 is no object");
	/* The fault names the key of the list, not the key of the last value in it. */
	check("{\"cpus\":[{\"cpu\":1,\"delay\":{\"buckets\":[]}},7]}",
	      "key cpus: item 2 is no object");
}

TEST(depth_and_length_are_bounded)
{
	char text[4 * BOUNDS_DEPTH + BOUNDS_STRING + 64] = "", *to = text;

	to = stpcpy(to, "{\"deep\":");
	for (int i = 0; i < BOUNDS_DEPTH - 1; i++)
		to = stpcpy(to, "[");
	for (int i = 0; i < BOUNDS_DEPTH - 1; i++)
		to = stpcpy(to, "]");
	strcpy(to, "}");
	check(text, "");
	to = stpcpy(text, "{\"deep\":");
	for (int i = 0; i < BOUNDS_DEPTH; i++)
		to = stpcpy(to, "[");
	check(text, "key deep: too many objects and lists in one another");
	to = stpcpy(text, "{\"comm\":\"");
	memset(to, 'x', BOUNDS_STRING);
	strcpy(to + BOUNDS_STRING, "\"}");
	check(text, "");
	strcpy(to + BOUNDS_STRING, "x\"}");
	check(text, "key comm: too long");
}

TEST(numbers_are_bounded)
{
	check("{\"count\":9223372036854775808}", "key count: a number that is too large");
	check("{\"count\":-9223372036854775808}", "key count: a number that is too large");
	check("{\"count\":10000000000000000000}", "key count: a number that is too large");
	check("{\"rate\":1e100}", "key rate: a number that is too large");
	check("{\"rate\":1e-999}", "");
}

/* Each list is within its bound, but the line is longer than one of a host with 4,096 CPUs. */
TEST(all_values_together_are_bounded)
{
	char *buckets = list_make("buckets", "{\"le\":1,\"count\":1}", HIST_SLOTS), *cpu, *text;

	assert_true(asprintf(&cpu, "{\"delay\":%s,\"handler\":%s,\"wait\":%s}", buckets, buckets,
			     buckets) > 0);
	text = list_make("cpus", cpu, 1024);
	check(text, "");
	free(text);
	text = list_make("cpus", cpu, MAX_CPUS);
	check(text, "key buckets: the line has more values than any run of ipitrace");
	free(text);
	free(cpu);
	free(buckets);
}

/*
 * Jansson accepts each line that is accepted. A line that jansson accepts is refused only for a
 * bound.
 */
TEST(jansson_agrees)
{
	static const char bytes[] = "{}[]\":,\\ -019.eEtfnul\t\x7f\xc3\xa4";
	static const char begin[] =
		"{\"a\":[1,{\"b\":\"x\"}],\"cpus\":[{}],\"c\":-1.5e3,\"d\":null}";
	uint64_t seed = 1;
	char text[sizeof(begin) + 8];

	for (int i = 0; i < repeats(200000); i++) {
		size_t len = sizeof(begin) - 1;
		struct bounds_fault fault;
		json_t *object;
		bool good;

		memcpy(text, begin, len);
		for (int n = random_next(&seed) % 4; n >= 0; n--)
			text[random_next(&seed) % len] =
				bytes[random_next(&seed) % (sizeof(bytes) - 1)];
		good = bounds__check(text, len, &fault);
		object = json_loadb(text, len, 0, NULL);
		if (good ? !json_is_object(object) :
			   json_is_object(object) && fault.why == BOUNDS_NO_JSON)
			fail_msg("%s: %.*s", good ? "taken" : "refused", (int)len, text);
		json_decref(object);
	}
}

TEST_MAIN(NULL, NULL)
