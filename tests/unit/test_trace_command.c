// SPDX-License-Identifier: GPL-2.0
/* command/trace: who writes the records, --keys, what is said at the end. */
#include "command_run.h"

#define RECORD "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":5,\"src\":1,\"dst\":2}\n"
#define OTHER  "{\"schema\":\"ipitrace/1\",\"type\":\"trace_end\",\"records\":1}\n"

static struct collector collector;
static struct trace_totals totals;
static int failure; /* of the lines, before the end */
static const char *put; /* lines that the run writes; NULL: none */

static void play(void)
{
	const struct cut_short cut = {};
	struct trace_run *run = given.ctx;
	int err;

	assert_ptr_equal(given.feeds->records, run);
	assert_int_equal(given.feeds->which, 0);
	assert_true(given.ops->nameless && !given.ops->windowless && !given.ops->any_source);
	assert_ptr_equal(run->print, opts.json ? json__trace : view__trace);
	assert_int_equal(run->lines.fd, STDOUT_FILENO);
	err = given.ops->open(run, given.opts, &collector);
	assert_int_equal(err, EXIT_DONE);
	if (put)
		lines__end(&run->lines, stpcpy(lines__begin(&run->lines, strlen(put)), put));
	err = lines__flush(&run->lines);
	run->totals = totals;
	run->lines.err = run->lines.err ?: failure;
	given.result = err ?: given.ops->end(run, given.opts, &cut);
}

static const char *said(void)
{
	return run_command(command_trace, play);
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	opts.command = COMMAND_TRACE;
	totals = (struct trace_totals){ .records = 3 };
	failure = 0;
	put = NULL;
	return 0;
}

#define TEST_RUN(name) TEST(name, setup, printed_restore)

TEST_RUN(text_has_a_head_and_an_end)
{
	assert_has(said(), "ipitrace: 3 records, 0 lost\n");
	assert_has(out, "trace");
	assert_int_equal(status, EXIT_DONE);
}

/* -q hides the summary, but never a loss. */
TEST_RUN(a_loss_is_never_hidden)
{
	opts.quiet = true;
	assert_string_equal(said(), "");
	assert_string_equal(out, "");
	totals.dropped = 2;
	assert_string_equal(
		said(),
		"ipitrace: 3 records, 2 lost (2 found the buffer full: use a larger --buffer)\n");
	assert_int_equal(status, EXIT_DONE);
}

TEST_RUN(json_ends_with_the_totals)
{
	opts.json = true;
	put = RECORD;
	assert_has(said(), "ipitrace: 3 records, 0 lost\n");
	assert_memory_equal(out, RECORD, strlen(RECORD));
	assert_has(out, "\"type\":\"trace_end\"", "\"records\":3,");
}

TEST_RUN(records_have_the_keys_that_are_named)
{
	opts.json = opts.quiet = true;
	opts.keys = (struct key_list){ 2, { TRACE_dst, TRACE_src } };
	put = RECORD OTHER;
	said();
	assert_int_equal(status, EXIT_DONE);
	/* Other lines stay whole. */
	assert_memory_equal(out, "{\"dst\":2,\"src\":1}\n" OTHER,
			    strlen("{\"dst\":2,\"src\":1}\n" OTHER));
	put = "no JSON\n";
	assert_int_equal(failure, 0);
	said();
	assert_true(status);
}

/* Nobody reads the totals. */
TEST_RUN(a_reader_that_is_gone)
{
	failure = -EPIPE;
	assert_string_equal(said(), "");
	assert_int_equal(status, -EPIPE);
}

TEST_MAIN(NULL, NULL)
