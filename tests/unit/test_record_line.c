// SPDX-License-Identifier: GPL-2.0
/* The line of a record, key by key: which member each value is, and what its absence means. */
#include "abi/limits.h"
#include "parsed.h"
#include "unit.h"
#include "view/capture/capture.h"

static struct record_names *names;
static struct parsed_record got;

static int setup(void **state)
{
	names = record_names__new(NULL);
	return !names;
}

static int teardown(void **state)
{
	record_names__free(names);
	return 0;
}

/* Read the keys @line, with ' for ". Without @plain, a blank after the bracket leaves the line to jansson. */
static void read_line(const char *line, bool plain)
{
	char text[2048];
	size_t len = snprintf(text, sizeof(text), "{%s%s}", plain ? "" : " ", line);

	assert_true(len < sizeof(text));
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	if (plain)
		assert_true(parse__record_text(names, text, len, &got));
	else
		assert_false(parse__record_text(names, text, len, &got));
	assert_int_equal(parse__record(names, text, len, &got), 0);
}

TEST_F(each_key_has_its_member)
{
	for (int plain = 0; plain < 2; plain++) {
		read_line("'time':11,'kind':'irq_work','src':12,'dst':13,'func':'f','module':'m',"
			  "'callsite':'g+0x1c [n]','pid':14,'tid':15,'comm':'task',"
			  "'interrupt':false,'delay':16,'handler':17,'call':'12-18','wait':19,"
			  "'csd':'irq_work','delay_stolen':20,'handler_stolen':21,'src_stolen':22,"
			  "'preempted':true",
			  plain);
		assert_members(got, time_known, true, kind_known, true, src_known, true, dst_known,
			       true, func_text, "f", callsite_text, "g+0x1c [n]");
		assert_members(got.record, time, 11, kind, KIND_IRQ_WORK, src, 12, dst, 13, tgid,
			       14, pid, 15, comm, "task", delay, 16, handler, 17);
		assert_members(got.record, wait, 19, type, 2 << 4, delay_stolen, 20, handler_stolen,
			       21, src_stolen, 22, stack, NO_STACK, seq, 0);
		assert_true(got.record.call == 18);
		assert_true(got.record.preempted && !got.record.interrupt);
		assert_members(got.func, name, "f", module, "m", addr, got.record.func);
		assert_members(got.callsite, name, "g", module, "n", offset, 0x1c, addr,
			       got.record.callsite);
		assert_true(got.record.func && got.record.callsite);
	}
}

TEST_F(what_a_line_lacks_is_not_known)
{
	for (int plain = 0; plain < 2; plain++) {
		read_line("'x':0", plain);
		assert_members(got, time_known, false, kind_known, false, src_known, false,
			       dst_known, false);
		assert_null(got.func_text);
		assert_null(got.callsite_text);
		assert_members(got.record, time, 0, func, 0, callsite, 0, delay, NOT_KNOWN, handler,
			       NOT_KNOWN, wait, NOT_KNOWN, pid, 0, tgid, TGID_NOT_KNOWN, src, 0,
			       dst, 0);
		assert_members(got.record, delay_stolen, NOT_KNOWN, handler_stolen, NOT_KNOWN,
			       src_stolen, NOT_KNOWN, kind, KIND_CALL_FUNCTION, type,
			       CSD_TYPES << 4, stack, NO_STACK, comm, "");
		assert_true(!got.record.call && !got.record.preempted && !got.record.interrupt);
		/* An interrupt has no process. */
		read_line("'interrupt':true", plain);
		assert_int_equal(got.record.tgid, 0);
		assert_true(got.record.interrupt);
	}
}

/* Neither a value of another type nor a negative number is a number. */
TEST_F(a_value_of_another_type_is_not_known)
{
	for (int plain = 0; plain < 2; plain++) {
		read_line("'time':'1','src':-1,'dst':true,'delay':null,'handler':-7,'wait':false,"
			  "'pid':'x','tid':null,'comm':5,'kind':3,'csd':null,'func':7,'call':9,"
			  "'interrupt':'true','preempted':1",
			  plain);
		assert_members(got, time_known, false, kind_known, false, src_known, false,
			       dst_known, false);
		assert_null(got.func_text);
		assert_members(got.record, time, 0, delay, NOT_KNOWN, handler, NOT_KNOWN, wait,
			       NOT_KNOWN, pid, 0, tgid, TGID_NOT_KNOWN, comm, "", type,
			       CSD_TYPES << 4);
		assert_true(!got.record.call && !got.record.preempted && !got.record.interrupt);
		read_line("'time':-0,'delay':0,'handler':10,'wait':100000000000000000", plain);
		assert_members(got, time_known, true, record.time, 0, record.delay, 0,
			       record.handler, 10, record.wait, 100000000000000000);
	}
}

TEST_F(a_cpu_beyond_the_last_is_not_known)
{
	for (int plain = 0; plain < 2; plain++) {
		read_line("'src':4095,'dst':4096", plain);
		assert_members(got, src_known, true, dst_known, false, record.src, MAX_CPUS - 1,
			       record.dst, 0);
		read_line("'src':4096,'dst':0", plain);
		assert_members(got, src_known, false, dst_known, true, record.src, 0);
	}
}

/* A name counts as a whole: neither its beginning nor a longer text is it. */
TEST_F(kinds_and_types_are_whole_names)
{
	static const struct {
		const char *text;
		int kind, type;
	} rows[] = {
		{ "'kind':'call_function','csd':'async'", KIND_CALL_FUNCTION, 0 },
		{ "'kind':'reschedule','csd':'sync'", KIND_RESCHEDULE, 1 },
		{ "'kind':'irq_work','csd':'ttwu'", KIND_IRQ_WORK, 3 },
		{ "'kind':'resched','csd':'syn'", KIND_CALL_FUNCTION, CSD_TYPES },
		{ "'kind':'reschedules','csd':'syncs'", KIND_CALL_FUNCTION, CSD_TYPES },
		{ "'kind':'','csd':''", KIND_CALL_FUNCTION, CSD_TYPES },
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		read_line(rows[i / 2].text, i % 2);
		assert_members(got.record, kind, rows[i / 2].kind, type, rows[i / 2].type << 4);
		assert_true(got.kind_known);
	}
}

TEST_F(a_calls_number_follows_its_cpu)
{
	static const struct {
		const char *text;
		uint64_t call;
	} rows[] = {
		{ "'call':'3-77'", 77 },
		{ "'call':'3-0'", 0 },
		{ "'call':'3-','wait':5", 0 },
		{ "'call':'377'", 0 },
		{ "'call':'','comm':'a-9'", 0 },
		{ "'call':null,'comm':'1-5'", 0 },
		{ "'call':'0-1099511627775'", (1ULL << 40) - 1 },
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		read_line(rows[i / 2].text, i % 2);
		assert_true(got.record.call == rows[i / 2].call);
	}
}

TEST_F(a_tasks_name_has_fifteen_bytes)
{
	for (int plain = 0; plain < 2; plain++) {
		read_line("'comm':'123456789012345'", plain);
		assert_string_equal(got.record.comm, "123456789012345");
		read_line("'comm':'1234567890123456789'", plain);
		assert_string_equal(got.record.comm, "123456789012345");
		read_line("'comm':''", plain);
		assert_string_equal(got.record.comm, "");
	}
}

/* The same names are the same symbols; without names a line has no symbols. */
TEST_F(symbols_are_told_apart_by_all_their_names)
{
	static const char *const lines[] = {
		"'func':'f','module':'m','callsite':'g+0x1'",
		"'func':'f','module':'m','callsite':'g+0x2'",
		"'func':'f','module':'n','callsite':'g+0x1'",
		"'func':'f','module':null,'callsite':'g+0x1'",
		"'func':'ff','module':'m','callsite':'g+0x1'",
		"'func':null,'module':'m','callsite':'g+0x1'",
		"'func':'f','module':'m','callsite':null",
	};
	struct parsed_record all[ARRAY_SIZE(lines)];
	const char *line = "{\"func\":\"f\",\"callsite\":\"g\"}";

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		read_line(lines[i], true);
		all[i] = got;
		for (size_t j = 0; j < i; j++)
			assert_true(got.func.addr != all[j].func.addr ||
				    got.callsite.addr != all[j].callsite.addr);
	}
	for (size_t i = ARRAY_SIZE(lines); i-- > 0;) {
		read_line(lines[i], i % 2);
		assert_memory_equal(&got, &all[i], sizeof(got));
	}
	assert_int_equal(all[0].func.addr, all[1].func.addr);
	assert_int_equal(all[0].callsite.addr, all[2].callsite.addr);
	assert_null(all[3].func.module);
	assert_int_equal(all[5].func.addr, 0);
	assert_int_equal(parse__record(NULL, line, strlen(line), &got), 0);
	assert_members(got, func.addr, 0, callsite.addr, 0, record.func, 0);
	assert_null(got.func_text);
	assert_null(got.callsite_text);
}

/* Find the values of @line, with ' for ". */
static bool find(const char *line, struct record_text *record)
{
	static char text[256];
	size_t len = snprintf(text, sizeof(text), "%s", line);

	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return record_text__find(record, text, len);
}

static void check_part(const struct record_text *record, enum trace_key key, const char *want)
{
	assert_int_equal(record->values[key].len, strlen(want));
	assert_memory_equal(record->values[key].at, want, strlen(want));
}

/* A value that is not plain is found, too, with all that belongs to it. */
TEST_F(values_are_found_by_their_ends)
{
	struct record_text record;

	assert_true(find("{'src':1,'dst':23,'wait':null}", &record));
	assert_true(record.plain);
	check_part(&record, TRACE_src, "1");
	check_part(&record, TRACE_dst, "23");
	check_part(&record, TRACE_wait, "null");
	assert_int_equal(record.values[TRACE_func].len, 0);
	assert_true(find("{'stack':['a]',{'b':'}'},[]],'src':1.5,'func':'\\\\','dst':2}", &record));
	assert_false(record.plain);
	check_part(&record, TRACE_stack, "[\"a]\",{\"b\":\"}\"},[]]");
	check_part(&record, TRACE_src, "1.5");
	check_part(&record, TRACE_func, "\"\\\\\"");
	check_part(&record, TRACE_dst, "2");
	/* The last one of two counts; a key must be whole. */
	assert_true(find("{'dst':1,'ds':2,'dstt':3,'dst':4}", &record));
	assert_true(record.plain);
	check_part(&record, TRACE_dst, "4");
	/* The most digits of a plain number. */
	assert_true(find("{'time':-999999999999999999}", &record) && record.plain);
	assert_true(find("{'time':1000000000000000000}", &record) && !record.plain);
	check_part(&record, TRACE_time, "1000000000000000000");
	assert_true(find("{'comm':' ~'}", &record) && record.plain);
	assert_true(find("{'comm':'\x7f'}", &record) && !record.plain);
	assert_true(find("{'comm':'\x1f'}", &record) && !record.plain);
	assert_false(find("{'src':1,'dst'}", &record));
	assert_false(find("{'src':1", &record));
	assert_false(find("{'src':1}}", &record));
	assert_false(find("{'src':}", &record));
	assert_false(find("{}", &record));
	assert_false(find("['src':1}", &record));
}

TEST_MAIN(NULL, NULL)
