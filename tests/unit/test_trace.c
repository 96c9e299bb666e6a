// SPDX-License-Identifier: GPL-2.0
/* Records as lines. */
#include <jansson.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "host/machine.h"
#include "model/host.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "model/totals.h"
#include "json_has.h"
#include "printed.h"
#include "unit.h"
#include "view/json/json.h"
#include "view/view.h"
#include "view/text/views.h"

#define FUNC 0x1000
#define SITE 0x2000

static struct lines lines;
static struct trace_view view;
static char names[2][600];
static char module[64];

/* A function whose name is found only later. */
#define LATE 0x10000
static bool late_known;
static int late_asked;

static void name(void *ctx, struct symbol *symbol, bool func)
{
	late_asked += symbol->addr == LATE;
	if (symbol->addr == LATE && late_known)
		symbol->name = "late";
	if (symbol->addr == LATE)
		return;
	assert_int_equal(func, symbol->addr == FUNC || !symbol->addr || symbol->addr >= 0x10000);
	if (symbol->addr == FUNC) {
		symbol->name = names[0];
		symbol->module = *module ? module : NULL;
	} else if (symbol->addr >= SITE && symbol->addr < SITE + 0x1000) {
		symbol->name = names[1];
		symbol->offset = symbol->addr - SITE;
	}
}

static void stack(void *ctx, int32_t id, struct stack_sample *sample)
{
	static const char *const frames[][4] = {
		{ "bpf_get_stackid", "smp_call_function_single", "caller", "do_syscall_64" },
		{ "bpf_get_stackid", "generic_exec_single", "timer", "asm_sysvec_apic_timer" },
	};

	if (id > 1)
		return;
	for (int i = 0; i < 4; i++)
		sample->stack[i] = (struct symbol){ .addr = i + 1, .name = frames[id][i] };
	sample->nr = 4;
}

static void view_open(bool stacks, bool sees_interrupts)
{
	const struct naming naming = { NULL, name, stacks ? stack : NULL };

	view = (struct trace_view){ .names = trace_names__open(&naming),
				    .began = 5000000000,
				    .sees_interrupts = sees_interrupts };
	assert_non_null(view.names);
	lines.len = lines.err = 0;
	strcpy(names[0], "func");
	strcpy(names[1], "site");
	*module = '\0';
}

static int teardown(void **state)
{
	trace_names__close(view.names);
	view.names = NULL;
	return 0;
}

static const struct record plain = {
	.time = 12345678901234,
	.func = FUNC,
	.callsite = SITE + 0x1f,
	.delay = 1500,
	.handler = 250,
	.call = 987654321,
	.wait = 3000,
	.pid = 43,
	.tgid = 42,
	.stack = NO_STACK,
	.src = 1,
	.dst = 3,
	.kind = KIND_CALL_FUNCTION,
	.type = 0x10,
	.delay_stolen = 1400,
	.handler_stolen = 200,
	.src_stolen = 12,
	.preempted = 1,
	.comm = "task",
};

/* The object of @r's line; the caller frees it. */
static json_t *json_of(const struct record *r)
{
	json_t *object;

	lines.len = 0;
	json__trace(&view, r, &lines);
	assert_true(lines.len > 1);
	assert_int_equal(lines.text[lines.len - 1], '\n');
	assert_null(memchr(lines.text, '\n', lines.len - 1));
	object = json_loadb(lines.text, lines.len - 1, JSON_REJECT_DUPLICATES, NULL);
	if (!object)
		fail_msg("no JSON: %.*s", (int)lines.len, lines.text);
	return object;
}

static void check(const struct record *r, const char *want)
{
	json_t *got = json_of(r), *wanted = json_loads(want, 0, NULL);

	assert_non_null(wanted);
	if (!json_equal(got, wanted))
		fail_msg("got %.*swant %s", (int)lines.len, lines.text, want);
	json_decref(got);
	json_decref(wanted);
}

TEST(every_key_of_a_csd, NULL, teardown)
{
	struct record r = plain;

	view_open(false, true);
	check(&r,
	      "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":12345678901234,"
	      "\"kind\":\"call_function\",\"src\":1,\"dst\":3,\"func\":\"func\",\"module\":null,"
	      "\"callsite\":\"site+0x1f\",\"pid\":42,\"tgid\":42,\"tid\":43,\"comm\":\"task\","
	      "\"interrupt\":false,\"delay\":1500,\"handler\":250,\"call\":\"1-987654321\","
	      "\"wait\":3000,\"csd\":\"sync\",\"delay_stolen\":1400,"
	      "\"handler_stolen\":200,\"src_stolen\":12,\"preempted\":true}");
}

TEST(what_is_not_known_is_null, NULL, teardown)
{
	struct record r = plain;

	view_open(false, false);
	r.func = 0;
	r.callsite = 0x99;
	r.delay = r.handler = r.wait = NOT_KNOWN;
	r.delay_stolen = r.handler_stolen = r.src_stolen = NOT_KNOWN;
	r.call = 0;
	r.kind = KIND_RESCHEDULE;
	check(&r, "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":12345678901234,"
		  "\"kind\":\"reschedule\",\"src\":1,\"dst\":3,\"func\":null,\"module\":null,"
		  "\"callsite\":\"0x99\",\"pid\":42,\"tgid\":42,\"tid\":43,\"comm\":\"task\","
		  "\"interrupt\":null,\"delay\":null,\"handler\":null,\"call\":null,\"wait\":null,"
		  "\"csd\":null,\"delay_stolen\":null,\"handler_stolen\":null,"
		  "\"src_stolen\":null,\"preempted\":null}");
	r.interrupt = 1;
	r.kind = KIND_CALL_FUNCTION;
	r.type = 0x20;
	r.func = 0x10000;
	check(&r,
	      "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":12345678901234,"
	      "\"kind\":\"call_function\",\"src\":1,\"dst\":3,\"func\":\"0x10000\","
	      "\"module\":null,\"callsite\":\"0x99\",\"pid\":null,\"tgid\":null,\"tid\":null,\"comm\":null,"
	      "\"interrupt\":true,\"delay\":null,\"handler\":null,\"call\":null,\"wait\":null,"
	      "\"csd\":\"irq_work\",\"delay_stolen\":null,\"handler_stolen\":null,"
	      "\"src_stolen\":null,\"preempted\":null}");
}

static int swallow(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	(void)text;
	(void)len;
	return 0;
}

/* Returns how many bytes json__trace() asks for to write @r: with fewer bytes left it makes room first. */
static size_t room_for(const struct record *r)
{
	size_t left = 0;

	do {
		lines.len = LINES_BYTES - ++left;
		json__trace(&view, r, &lines);
	} while (lines.len < LINES_BYTES - left);
	return left;
}

TEST(the_longest_line_has_room, NULL, teardown)
{
	char stamp[STAMP_BYTES];
	struct record r = plain;
	size_t room;

	view_open(false, true);
	lines.write = swallow;
	r.time = r.delay = r.handler = r.wait = NOT_KNOWN - 1;
	r.delay_stolen = r.handler_stolen = r.src_stolen = NOT_KNOWN - 1;
	r.call = (1ULL << 40) - 1;
	r.pid = r.tgid = TGID_NOT_KNOWN - 1;
	r.src = r.dst = 65535;
	r.type = 0x20;
	r.preempted = 0;
	memset(r.comm, 1, COMM_LEN - 1);
	room = room_for(&r);
	lines.len = 0;
	json__trace(&view, &r, &lines);
	/* The keys from time to kernel may take STAMP_BYTES. */
	assert_in_range(lines.len - (stamp__text(stamp, r.time) - stamp) + STAMP_BYTES, 1, room);
	lines.write = NULL;
}

static void check_string(const struct record *r, const char *key, const char *want)
{
	json_t *object = json_of(r);
	const char *got = json_string_value(json_object_get(object, key));

	assert_non_null(got);
	assert_string_equal(got, want);
	json_decref(object);
}

TEST(any_name_is_a_json_string, NULL, teardown)
{
	struct record r = plain;

	view_open(false, true);
	strcpy(r.comm, "a\"b\\c\n\x01");
	check_string(&r, "comm", "a\"b\\c\n\x01");
	strcpy(r.comm, "caf\xc3\xa9");
	check_string(&r, "comm", "caf\xc3\xa9");
	/*
	 * A name that is not UTF-8, and a name that the kernel cut after 15 bytes, within a
	 * character.
	 */
	strcpy(r.comm, "caf\xe9");
	check_string(&r, "comm", "caf?");
	strcpy(r.comm, "0123456789abcd\xc3");
	check_string(&r, "comm", "0123456789abcd?");
	strcpy(r.comm, "");
	check_string(&r, "comm", "");
}

TEST(long_names_are_whole, NULL, teardown)
{
	char want[640];

	view_open(false, true);
	/* KSYM_NAME_LEN is 512. */
	memset(names[0], 'f', 511);
	memset(names[1], 's', 511);
	names[0][511] = names[1][511] = '\0';
	strcpy(module, "a_module");
	check_string(&plain, "func", names[0]);
	check_string(&plain, "module", "a_module");
	snprintf(want, sizeof(want), "%s+0x1f", names[1]);
	check_string(&plain, "callsite", want);
}

/* Many functions share the slots of the name cache. */
TEST(names_are_not_mixed_up, NULL, teardown)
{
	struct record r = plain;
	char want[32];

	view_open(false, true);
	for (int round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < 5000; i++) {
			r.func = 0x10000 + i;
			r.callsite = SITE + i % 100;
			snprintf(want, sizeof(want), "0x%x", (unsigned int)(0x10000 + i));
			check_string(&r, "func", want);
			snprintf(want, sizeof(want), "site+0x%x", (unsigned int)i % 100);
			check_string(&r, "callsite", want);
			snprintf(r.comm, sizeof(r.comm), "task %d", (int)i);
			check_string(&r, "comm", r.comm);
		}
	}
}

/* A module's names may be found later than its first records come. */
TEST(a_name_that_is_missing_is_asked_for_again, NULL, teardown)
{
	struct record late = plain;

	view_open(false, true);
	late.func = late.callsite = LATE;
	late_known = false;
	for (int i = 0; i < 5; i++)
		check_string(&late, "func", "0x10000");
	late_known = true;
	late_asked = 0;
	for (int i = 0; i < 5; i++)
		json_decref(json_of(&late));
	check_string(&late, "func", "late");
	check_string(&late, "callsite", "late+0x0");
	/* One look-up for both records, and none after the name was found. */
	assert_int_equal(late_asked, 2);
}

static void check_keys(const struct record *r, const char *want)
{
	json_decref(json_of(r));
	lines.text[lines.len] = '\0';
	assert_json(lines.text, want);
}

TEST(stacks_and_what_they_tell, NULL, teardown)
{
	struct record r = plain;

	view_open(true, false);
	r.stack = 0;
	check_string(&r, "caller", "caller");
	check_string(&r, "reason", "caller");
	check_keys(&r, "{'stack':['smp_call_function_single+0x0','caller+0x0',"
		       "'do_syscall_64+0x0'],'interrupt':false}");
	/* The stack shows an interrupt, on a kernel whose records cannot. */
	r.stack = 1;
	check_keys(&r, "{'interrupt':true,'pid':null}");
	for (r.stack = -17; r.stack <= STACKS; r.stack += STACKS + 17)
		check_keys(&r, "{'stack':null,'caller':null,'reason':null}");
	/* The map has no stack of this id. */
	r.stack = 2;
	check_keys(&r, "{'stack':null}");
}

TEST(text_is_80_columns_wide, NULL, teardown)
{
	static const struct host host = {
		.name.nodename = "a-host-with-a-long-name.example",
		.name.release = "6.12.117+deb13-cloud-amd64-unsigned",
	};
	struct record r = plain;
	char *line;

	view_open(false, true);
	view.columns = 80;
	strcpy(names[0], "a_function_of_a_name_that_is_long");
	strcpy(module, "module");
	view__trace_head(&view, &host, &(struct timespec){ 1700000000, 123456789 }, &lines);
	view__trace(&view, &plain, &lines);
	strcpy(r.comm, "fifteen letters");
	r.tgid = 4194303;
	r.src = r.dst = 4095;
	r.time = 100000ULL * 1000000000;
	r.delay = r.handler = r.wait = 999499999;
	view__trace(&view, &r, &lines);
	r.kind = KIND_IRQ_WORK;
	r.delay = r.handler = r.wait = NOT_KNOWN;
	view__trace(&view, &r, &lines);
	lines.text[lines.len] = '\0';
	assert_has(lines.text, "13:20.123456Z\n");
	for (line = strtok(lines.text, "\n"); line; line = strtok(NULL, "\n"))
		if (strlen(line) > 80)
			fail_msg("%zu columns: %s", strlen(line), line);
}

/* An import knows neither the host nor the date. */
TEST(the_head_says_what_is_not_known, NULL, teardown)
{
	static const struct host unknown;

	view_open(false, true);
	view__trace_head(&view, &unknown, &(struct timespec){}, &lines);
	lines.text[lines.len] = '\0';
	assert_has(lines.text, "ipitrace trace: host not known; s since the capture began\n");
}

TEST(text_says_what_it_is, NULL, teardown)
{
	struct record r = plain;

	view_open(false, true);
	r.time = 5000000000 + 1234567890;
	r.type = 0x30;
	r.delay_stolen = r.handler_stolen = r.src_stolen = 0;
	view__trace(&view, &r, &lines);
	lines.text[lines.len] = '\0';
	assert_string_equal(lines.text, "    1.234567    1 54321    3 1.50us  250ns 3.00us "
					"func            task[42]\n");
	lines.len = 0;
	r.func = 0;
	r.kind = KIND_RESCHEDULE;
	r.delay = r.handler = r.wait = NOT_KNOWN;
	r.call = 0;
	r.interrupt = 1;
	view__trace(&view, &r, &lines);
	lines.text[lines.len] = '\0';
	assert_string_equal(lines.text, "    1.234567    1     -    3      -      -      - "
					"(reschedule)    (interrupt)\n");
	lines.len = 0;
	r.interrupt = 0;
	strcpy(r.comm, "\033[31mred\n");
	view__trace(&view, &r, &lines);
	lines.text[lines.len] = '\0';
	assert_has(lines.text, " ?[31mred?[42]\n");
}

/* The text of @r. */
static const char *trace_text(const struct record *r)
{
	lines.len = 0;
	view__trace(&view, r, &lines);
	lines.text[lines.len] = '\0';
	return lines.text;
}

TEST(text_says_what_was_stolen, NULL, teardown)
{
	struct record r = plain;

	view_open(false, true);
	assert_has(trace_text(&r), " task[42] (stolen: delay 1.40us, handler 200ns; "
				   "preempted)\n");
	r.handler_stolen = 2;
	assert_has(trace_text(&r), " task[42] (stolen: delay 1.40us; preempted)\n");
	r.preempted = 0;
	assert_has(trace_text(&r), " task[42] (stolen: delay 1.40us)\n");
	/*
	 * A halted vCPU counts as preempted, too, so the text names preemption only if time was
	 * stolen.
	 */
	r.preempted = 1;
	r.delay_stolen = 15;
	assert_has(trace_text(&r), " task[42]\n");
	r.handler_stolen = 200;
	assert_has(trace_text(&r), " task[42] (stolen: handler 200ns)\n");
	r.src_stolen = 1100;
	assert_has(trace_text(&r), " task[42] (stolen: handler 200ns, sender 1.10us)\n");
	/*
	 * For a csd of a CPU to itself, the stolen time of source and destination is the same time.
	 */
	r.src = r.dst;
	assert_has(trace_text(&r), " task[42] (stolen: handler 200ns)\n");
	r.delay_stolen = r.handler_stolen = r.src_stolen = NOT_KNOWN;
	assert_has(trace_text(&r), " task[42]\n");
	r = plain;
	r.delay = r.handler = NOT_KNOWN;
	assert_has(trace_text(&r), " task[42]\n");
}

TEST(what_was_stolen_is_below_where_there_is_no_room, NULL, teardown)
{
	view_open(false, true);
	view.columns = 80;
	assert_has(trace_text(&plain), " task[42]\n                             (stolen: delay "
				       "1.40us, handler 200ns; preempted)\n");
	view.columns = 200;
	assert_has(trace_text(&plain), " task[42] (stolen: delay 1.40us, handler 200ns; "
				       "preempted)\n");
}

/* Lines in a pipe are not cut, because a script wants whole names. */
TEST(a_pipe_has_whole_names, NULL, teardown)
{
	struct record r = plain;

	view_open(false, true);
	strcpy(names[0], "a_function_of_a_name_that_is_long");
	strcpy(r.comm, "fifteen letters");
	r.tgid = 4194303;
	r.delay_stolen = r.handler_stolen = r.src_stolen = 0;
	view__trace(&view, &r, &lines);
	lines.text[lines.len] = '\0';
	assert_has(lines.text, " a_function_of_a_name_that_is_long fifteen letters[4194303]\n");
	lines.len = 0;
	memset(names[0], 'f', sizeof(names[0]) - 1);
	r.callsite++;
	view__trace(&view, &r, &lines);
	lines.text[lines.len] = '\0';
	assert_has(lines.text, "f fifteen letters[4194303]\n");
}

/* A wide terminal shows whole names. */
TEST(text_uses_a_wide_terminal, NULL, teardown)
{
	static const struct host host = { .name.nodename = "node", .name.release = "6.12" };
	struct record r = plain;
	char *line;

	view_open(false, true);
	view.columns = 120;
	strcpy(names[0], "a_function_of_a_name_that_is_long");
	strcpy(r.comm, "fifteen letters");
	r.tgid = 4194303;
	view__trace_head(&view, &host, &(struct timespec){ 1700000000, 123456789 }, &lines);
	view__trace(&view, &r, &lines);
	strcat(names[0], "_indeed_and_more_of_it");
	r.callsite++;
	view__trace(&view, &r, &lines);
	lines.text[lines.len] = '\0';
	assert_has(lines.text, " a_function_of_a_name_that_is_long ");
	assert_has(lines.text, " fifteen letters[4194303]\n");
	for (line = strtok(lines.text, "\n"); line; line = strtok(NULL, "\n"))
		if (strlen(line) > 120)
			fail_msg("%zu columns: %s", strlen(line), line);
}

/* Names that are too long for their columns. */
TEST(columns_are_characters, NULL, teardown)
{
	struct record r = plain;

	view_open(false, true);
	view.columns = 80;
	*names[0] = '\0';
	for (int i = 0; i < 30; i++)
		strcat(names[0], "\xc3\xa9");
	strcpy(r.comm, "x\xe5\x90\x8d\xe5\x90\x8d\xe5\x90\x8d\xe5\x90\x8d");
	r.tgid = 4194303;
	view__trace(&view, &r, &lines);
	lines.text[lines.len] = '\0';
	/* 14 characters and the mark; the task's five characters fit. */
	assert_has(lines.text, "\xc3\xa9\xc3\xa9\xc3\xa9~ x\xe5\x90\x8d\xe5\x90\x8d\xe5\x90\x8d"
			       "\xe5\x90\x8d[4194303]\n");
	assert_int_equal(strcspn(lines.text, "~"), 50 + 2 * 14);
	strcpy(r.comm, "ab\xe5\x90\x8d\xe5\x90\x8d\xe5\x90\x8d\xe5\x90\x8d");
	view__trace(&view, &r, &lines);
	lines.text[lines.len] = '\0';
	assert_has(lines.text, " ab\xe5\x90\x8d\xe5\x90\x8d~[4194303]\n");
}

TEST(the_end_adds_up, NULL, teardown)
{
	struct trace_totals end = {
		.records = 15,
		.csds = 10,
		.queued = 20,
		.ended = 9,
		.in_flight = 1,
		.orphans = 5,
		.brief = 2,
		.late = 3,
		.lost_by = { 1, 2, 3 },
		.dropped = 4,
		.csds_wanted = true,
	};
	json_t *got, *want;
	char *text;

	assert_int_equal(trace_totals__lost(&end), 10);
	text = json__trace_end_line(&end);
	got = json_loads(text, 0, NULL);
	want = json_pack(
		"{s:s, s:s, s:i, s:i, s:i, s:{s:i, s:i, s:i, s:i}, s:i, s:i, s:i, s:i, s:i, s:i}",
		"schema", "ipitrace/1", "type", "trace_end", "time", 9, "records", 15, "lost", 10,
		"lost_by", "queue_unseen", 1, "mailbox_full", 2, "run_unseen", 3, "buffer_full", 4,
		"queued", 20, "csds", 10, "in_flight", 1, "orphans", 5, "brief", 2, "late", 3);
	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
	free(text);
	end.csds_wanted = false;
	text = json__trace_end_line(&end);
	assert_has(text, "\"queued\":null", "\"mailbox_full\":null");
	free(text);
	end.csds_wanted = end.filtered = true;
	text = json__trace_end_line(&end);
	assert_has(text, "\"queue_unseen\":null", "\"mailbox_full\":2");
	free(text);
	end.orphans = NOT_KNOWN;
	text = json__trace_end_line(&end);
	assert_has(text, "\"orphans\":null");
	free(text);
}

static void print_end(const void *of)
{
	view__trace_end(stdout, of);
}

TEST(the_end_has_what_has_no_record)
{
	struct trace_totals end = { .records = 3, .csds_wanted = true, .orphans = 7 };

	assert_string_equal(
		printed(print_end, &end),
		"ipitrace: 3 records, 0 lost; 0 in flight at the end; 7 csds ran whose queueing "
		"was not seen\n");
	end.orphans = NOT_KNOWN;
	assert_string_equal(printed(print_end, &end),
			    "ipitrace: 3 records, 0 lost; 0 in flight at the end\n");
	end.lost_by[LOST_RUN_UNSEEN] = 1;
	end.dropped = 4;
	assert_has(printed(print_end, &end),
		   " 5 lost (1 ran unseen, 4 found the buffer full: use a larger --buffer); 0 in "
		   "flight");
}

TEST_MAIN(NULL, NULL)
