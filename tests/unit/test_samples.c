// SPDX-License-Identifier: GPL-2.0
/* The samples of a window that is read back: of callers, of stacks, never more than there is room for. */
#include <jansson.h>
#include "abi/call.h"
#include "model/snapshot.h"
#include "parsed.h"
#include "view/capture/capture.h"

#define SAMPLES_MAX 1024

static struct line_parser parser;
static struct snapshot *snap;

static int setup(void **state)
{
	parser = (struct line_parser){ .strings = strings__new() };
	return parser.strings ? 0 : -1;
}

static int teardown(void **state)
{
	if (snap)
		snapshot__free(snap);
	snap = NULL;
	strings__free(parser.strings);
	return 0;
}

/* Read a window that has these keys, which are written with single quotes. */
static void read_window(const char *keys)
{
	size_t len = strlen(keys) + 64;
	char *line = malloc(len);
	json_t *object;

	assert_non_null(line);
	snprintf(line, len, "{'type':'snapshot',%s}", keys);
	for (char *at = line; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	object = parsed(line);
	if (snap)
		snapshot__free(snap);
	snap = &parsed_record(&parser, LINE_SNAPSHOT, object)->snap;
	json_decref(object);
	free(line);
}

/* A caller has as many samples as its line says, each with its part of the csds. */
TEST_F(a_caller_becomes_its_samples)
{
	read_window("'functions':[{'func':'f','callers':[]},{'func':'g','callers':["
		    "{'caller':'a','reason':'b','samples':2,'csds':10,'tgid':7,'comm':'x'},"
		    "{'caller':'c','reason':'c','samples':1,'csds':3,'tgid':8,'comm':'y'},"
		    "{'caller':'d','reason':'','samples':1,'csds':1},"
		    "{'reason':'e','samples':1,'csds':1},"
		    "{'caller':'no','samples':0,'csds':5}]}]");
	assert_int_equal(snap->nr_samples, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(snap->samples[i].fn, 1);
	for (size_t i = 0; i < 2; i++) {
		assert_members(snap->samples[i], tgid, 7, comm, "x", nr, 2, stack[0].name, "a",
			       stack[1].name, "b");
		assert_true(snap->samples[i].csds == 5);
	}
	assert_members(snap->samples[2], tgid, 8, nr, 1, stack[0].name, "c");
	assert_true(snap->samples[2].csds == 3);
	assert_members(snap->samples[3], nr, 1, stack[0].name, "d");
	assert_int_equal(snap->samples[4].nr, 0);
}

/* The author of a capture may write any number: the sum of all is beyond 64 bits. */
TEST_F(callers_have_a_bounded_number_of_samples)
{
	static char keys[8192];

	strcpy(keys, "'functions':[{'func':'f','callers':[");
	for (int i = 0; i < 62; i++)
		text_append(keys, sizeof(keys),
			    "%s{'caller':'a','reason':'a','samples':%llu,'csds':1}", i ? "," : "",
			    1ULL << i);
	text_append(keys, sizeof(keys), "]}]");
	read_window(keys);
	assert_int_equal(snap->nr_samples, SAMPLES_MAX);
	read_window("'functions':[{'func':'f','callers':["
		    "{'caller':'a','reason':'a','samples':1023,'csds':1},"
		    "{'caller':'b','reason':'b','samples':1,'csds':1}]}]");
	assert_int_equal(snap->nr_samples, SAMPLES_MAX);
	assert_string_equal(snap->samples[SAMPLES_MAX - 1].stack[0].name, "b");
}

/* Interrupts without a csd have samples of their own. */
TEST_F(places_have_samples_too)
{
	read_window("'sends':[{'kind':'reschedule','callers':["
		    "{'caller':'a','reason':'a','samples':2,'csds':4}]},"
		    "{'kind':'irq_work','callers':["
		    "{'caller':'b','reason':'b','samples':1,'csds':1}]}],"
		    "'functions':[{'func':'f','callers':["
		    "{'caller':'c','reason':'c','samples':1,'csds':1}]}]");
	assert_members(*snap, nr_send_samples, 3, nr_samples, 1);
	assert_members(snap->send_samples[1], fn, 0, stack[0].name, "a");
	assert_members(snap->send_samples[2], fn, 1, stack[0].name, "b");
	assert_string_equal(snap->samples[0].stack[0].name, "c");
}

/* Stacks come before callers; a stack is of the first row of its function, which must be there. */
TEST_F(stacks_are_samples_of_the_first_row)
{
	static char keys[1 << 16];

	read_window("'functions':[{'func':'f'},{'func':'g','callers':["
		    "{'caller':'a','reason':'a','samples':9,'csds':9}]},{'func':'g'}],"
		    "'stacks':[{'func':'g','tgid':5,'comm':'x','frames':['p','q']},{'func':'h'},{},"
		    "{'func':'f','tgid':6}]");
	assert_int_equal(snap->nr_samples, 2);
	assert_members(snap->samples[0], fn, 1, tgid, 5, comm, "x", nr, 2, stack[1].name, "q");
	assert_members(snap->samples[1], fn, 0, tgid, 6);
	strcpy(keys, "'functions':[{'func':'f'}],'stacks':[{'func':'f'}");
	for (int i = 0; i < SAMPLES_MAX; i++)
		text_append(keys, sizeof(keys), ",{'func':'f'}");
	text_append(keys, sizeof(keys), "]");
	read_window(keys);
	assert_int_equal(snap->nr_samples, SAMPLES_MAX);
}

/* The row of all other functions; a function with that name has a call site. */
TEST_F(the_row_of_others_is_known)
{
	read_window("'functions':[{'func':'other','count':5},{'func':'other','count':0},"
		    "{'func':'other','count':5,'callsite':'a+0x1'},{'func':'others','count':5}]");
	assert_int_equal(snap->nr_fns, 4);
	assert_true(snap->fns[0].other);
	for (size_t i = 1; i < 4; i++)
		assert_false(snap->fns[i].other);
}

TEST_F(a_window_does_not_end_before_it_begins)
{
	read_window("'window':{'mono_start':50,'mono_end':49}");
	assert_members(snap->window, mono_start, 50, mono_end, 50);
	read_window("'window':{'mono_start':50,'mono_end':51}");
	assert_members(snap->window, mono_start, 50, mono_end, 51);
}

/* The longest wait of a function is that of its worst call. */
TEST_F(a_worst_call_is_read_back)
{
	read_window("'functions':[{'func':'f','wait':{'count':1,'sum':700,'max':700},"
		    "'calls':{'count':1,'csds':3,'worst':{'wait':700,'begun':2000,'src':2,"
		    "'targets':3,'last':1,'tgid':12}}},"
		    "{'func':'g','wait':{'count':1,'sum':600,'max':600},"
		    "'calls':{'count':1,'csds':1,'worst':{'wait':600,'begun':2100,'src':3,"
		    "'targets':1,'last':null,'tgid':null}}},{'func':'h'}]");
	assert_members(snap->fns[0].calls, worst_ns, 700, worst.begun, 2000, worst.src, 2,
		       worst.csds, 3, worst.last, 1, worst.tgid, 12);
	assert_members(snap->fns[1].calls, worst_ns, 600, worst.begun, 2100, worst.src, 3,
		       worst.csds, 1, worst.last, LAST_UNKNOWN, worst.tgid, 0);
	assert_members(snap->fns[2].calls, worst_ns, 0, worst.csds, 0);
}

TEST_MAIN(NULL, NULL)
