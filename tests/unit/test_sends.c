// SPDX-License-Identifier: GPL-2.0
/* The rows of interrupts without a csd in --full: on terminals of several widths. */
#include "model/snapshot.h"
#include "terminal.h"
#include "unit.h"
#include "view/words/words.h"
#include "view/text/views.h"

#define SITE 0xffffffff82000000ULL

static const int widths[] = { 40, 60, 80, 200 };
static char *text;

static void print_summary(const void *snap)
{
	static const struct view_options opts = { .quiet = true };

	setenv("NO_COLOR", "1", 1);
	view__summary(snap, &opts);
}

/*
 * Returns the section of interrupts without a csd in the report of @snap, valid until the next
 * call.
 */
static const char *drawn(const struct snapshot *snap, int columns)
{
	char *begin, *end;

	free(text);
	text = terminal_print(columns, print_summary, snap);
	begin = strstr(text, "\nSENT WITHOUT A CSD");
	end = strstr(text, "\nledger ");
	assert_non_null(end);
	*end = '\0';
	begin = begin ? begin : end;
	memmove(text, begin, strlen(begin) + 1);
	return text;
}

/* Lines of ASCII, none wider than the page, nor with a byte that a terminal obeys. Returns how many. */
static size_t lines_fit(const char *page, int columns)
{
	size_t lines = 0, at = 0;

	for (; *page; page++) {
		if (*page == '\n') {
			lines++;
			at = 0;
			continue;
		}
		assert_in_range((unsigned char)*page, ' ', '~');
		at++;
		if (at > (size_t)(columns > STYLE_COLUMNS ? STYLE_COLUMNS : columns))
			fail_msg("a line of more than %d columns in\n%s", columns, text);
	}
	return lines;
}

static struct send_stats send_of(enum ipi_kind kind, const char *func, uint64_t count)
{
	return (struct send_stats){
		.kind = kind,
		.func = { .addr = func ? SITE + 1 : 0, .name = func },
		.callsite = { .addr = SITE, .name = "try_to_wake_up" },
		.count = count,
	};
}

static struct stack_sample sample_of(size_t send, const char *comm, const char *frame)
{
	struct stack_sample sample = { .fn = send, .tgid = 77, .nr = 2 };

	snprintf(sample.comm, sizeof(sample.comm), "%s", comm);
	sample.stack[0] = (struct symbol){ .addr = SITE, .name = "resched_curr" };
	sample.stack[1] = (struct symbol){ .addr = SITE, .name = frame };
	return sample;
}

TEST(nothing_sent_is_no_table)
{
	struct send_stats send = send_of(KIND_RESCHEDULE, NULL, 5);
	struct snapshot none = { .known.sends = true };
	struct snapshot unknown = { .sends = &send, .nr_sends = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		assert_string_equal(drawn(&none, widths[i]), "");
		assert_string_equal(drawn(&unknown, widths[i]), "");
	}
}

TEST(a_row_names_its_sender)
{
	struct send_stats sends[] = { send_of(KIND_RESCHEDULE, NULL, 12345) };
	struct stack_sample samples[] = { sample_of(0, "make", "pipe_write"),
					  sample_of(0, "make", "pipe_write") };
	struct snapshot snap = { .known.sends = true,
				 .sends = sends,
				 .nr_sends = 1,
				 .send_samples = samples,
				 .nr_send_samples = 2 };

	assert_string_equal(drawn(&snap, 60),
			    "\nSENT WITHOUT A CSD (so without delay and handler)\n"
			    "     12.3k  reschedule, at try_to_wake_up\n"
			    "  via pipe_write, make[77]  2/2 samples\n");
	/* A narrow page has no room for the explanation in the heading. */
	assert_string_equal(drawn(&snap, 40), "\nSENT WITHOUT A CSD\n"
					      "     12.3k  reschedule, at try_to_wake_u\n"
					      "  via pipe_write, make[77]  2/2 samples\n");
	/* The kernel may hide the name of a place, whose address is known. */
	sends[0].callsite.name = NULL;
	assert_has(drawn(&snap, 80), "reschedule, at 0xffffffff82000000\n");
	/* A call site that is not known. */
	sends[0].callsite = (struct symbol){};
	snap.nr_send_samples = 0;
	assert_string_equal(drawn(&snap, 40), "\nSENT WITHOUT A CSD\n"
					      "     12.3k  reschedule, place not known\n");
}

TEST(a_worker_is_named_by_who_queued_its_work)
{
	struct send_stats sends[] = { send_of(KIND_RESCHEDULE, NULL, 12345) };
	struct stack_sample samples[] = { sample_of(0, "kworker/0:1", "netstamp_clear"),
					  sample_of(0, "kworker/0:1", "wb_workfn"),
					  sample_of(0, "rcu_exp_gp_kthr", "rcu_exp_wait_wake") };
	struct snapshot snap = { .known.sends = true,
				 .sends = sends,
				 .nr_sends = 1,
				 .send_samples = samples,
				 .nr_send_samples = 3 };

	samples[0].kworker = samples[1].kworker = samples[2].kworker = true;
	samples[0].queued_by = (struct task_id){ true, false, 123, 123, "chrony\nd" };
	assert_string_equal(
		drawn(&snap, 80),
		"\nSENT WITHOUT A CSD (so without delay and handler)\n"
		"     12.3k  reschedule, at try_to_wake_up\n"
		"  via netstamp_clear, kworker for chrony?d[123]  1/3 samples\n"
		"  via wb_workfn, kworker; who queued its work is not known  1/3 samples\n"
		"  via rcu_exp_wait_wake, rcu_exp_gp_kthr; who queued its work is not known\n"
		"  1/3 samples\n");
	samples[2].queued_by = samples[0].queued_by;
	assert_has(drawn(&snap, 80),
		   "  via rcu_exp_wait_wake, rcu_exp_gp_kthr for chrony?d[123]  ");
}

/* On a wider page more of a function's name is shown. */
TEST(a_long_name_is_cut_at_each_width)
{
	static char name[512];
	struct send_stats sends[1];
	struct snapshot snap = { .known.sends = true, .sends = sends, .nr_sends = 1 };
	size_t cut[ARRAY_SIZE(widths)];

	memset(name, 'n', sizeof(name) - 1);
	sends[0] = send_of(KIND_IRQ_WORK, name, 999999999);
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		assert_int_equal(lines_fit(drawn(&snap, widths[i]), widths[i]), 3);
		cut[i] = strspn(strstr(text, "irq_work ") + strlen("irq_work "), "n");
		assert_true(cut[i] > 8);
	}
	assert_true(cut[0] < cut[1] && cut[1] < cut[2] && cut[2] == cut[3]);
}

TEST(many_rows_are_summed)
{
	struct send_stats sends[40];
	struct snapshot snap = { .known.sends = true,
				 .sends = sends,
				 .nr_sends = ARRAY_SIZE(sends) };

	for (size_t i = 0; i < ARRAY_SIZE(sends); i++)
		sends[i] = send_of(KIND_IRQ_WORK, "perf_pending_irq", i < 8 ? 100 : 2);
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		assert_int_equal(lines_fit(drawn(&snap, widths[i]), widths[i]), 1 + 1 + 8 + 1);
		assert_has(text, "        64  by 32 other places\n");
	}
	snap.nr_sends = 9;
	assert_has(drawn(&snap, 60), "         2  by 1 other place\n");
}

/* A task, a function or a module may have any name. */
TEST(hostile_names_are_tamed)
{
	struct send_stats sends[] = { send_of(KIND_IRQ_WORK, "f\033[2J\n\xff\xfe", 3),
				      send_of(KIND_RESCHEDULE, NULL, 2) };
	struct stack_sample samples[] = {
		sample_of(0, "\033]0;x\007\r\n", "g\033[31m\n"),
		sample_of(1, "%s%n%x", "\xe2\x80\xae%s%n"),
	};
	struct snapshot snap = { .known.sends = true,
				 .sends = sends,
				 .nr_sends = 2,
				 .send_samples = samples,
				 .nr_send_samples = 2 };

	sends[0].func.module = "m\b\b\033c";
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		size_t lines = lines_fit(drawn(&snap, widths[i]), widths[i]);

		assert_in_range(lines, 6, 12);
		assert_has(text, "%s%n%x");
	}
}

TEST_MAIN(NULL, NULL)
