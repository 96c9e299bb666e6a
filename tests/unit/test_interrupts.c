// SPDX-License-Identifier: GPL-2.0
/* /proc/interrupts of two architectures. */
#include "host/machine.h"
#include "model/snapshot.h"
#include "unit.h"
#include <ctype.h>
#include <stdbool.h>

static const char x86[] = "            CPU0       CPU1       CPU2       \n"
			  "   4:         11          0          0   IO-APIC   4-edge      ttyS0\n"
			  " LOC:        500        600        700   Local timer interrupts\n"
			  " IWI:          1          0          2   IRQ work interrupts\n"
			  " RES:        100         20          3   Rescheduling interrupts\n"
			  " CAL:       4000 5000000000          6   Function call interrupts\n"
			  " TLB:         77         77         77   TLB shootdowns\n"
			  " ERR:          5\n";

static const char arm64[] = "           CPU0       CPU1       \n"
			    " 11:       9000       9001     GICv3  27 Level     arch_timer\n"
			    "IPI0:        10         20       Rescheduling interrupts\n"
			    "IPI1:       300        400       Function call interrupts\n"
			    "IPI2:         0          0       CPU stop interrupts\n"
			    "IPI5:         7          8       IRQ work interrupts\n";

static void rewrite(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Open a new file with @text; @path is a mkstemp(3) template. */
static struct interrupts *opened(char *path, const char *text)
{
	struct interrupts *in;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	rewrite(path, text);
	assert_int_equal(interrupts__open(&in, path), 0);
	return in;
}

/* Make the file that of a machine which has had no interrupt yet. */
static void zeroed(char *text)
{
	bool counts = false;

	for (; *text; text++) {
		if (*text == ':' || *text == '\n')
			counts = *text == ':';
		else if (isalpha((unsigned char)*text))
			counts = false;
		else if (counts && isdigit((unsigned char)*text))
			*text = '0';
	}
}

/* The interrupts that arrived since boot, if @text is the file. */
static struct arrivals read_text(const char *text)
{
	char path[] = "/tmp/test_interrupts.XXXXXX", boot[1024];
	struct interrupts *in;
	struct arrivals a, again;

	snprintf(boot, sizeof(boot), "%s", text);
	zeroed(boot);
	in = opened(path, boot);
	interrupts__since(in, &a);
	assert_int_equal(a.nr, 0);
	rewrite(path, text);
	interrupts__since(in, &a);
	/* The file can be read again. */
	interrupts__since(in, &again);
	assert_int_equal(a.nr, again.nr);
	for (size_t i = 0; i < a.nr; i++) {
		assert_string_equal(a.rows[i].kind, again.rows[i].kind);
		assert_members(again.rows[i], count, 0, most, 0);
	}
	interrupts__close(in);
	unlink(path);
	return a;
}

/* The row of @kind; NULL: none. */
static const struct arrival *row_of(const struct arrivals *arrivals, const char *kind)
{
	for (size_t i = 0; i < arrivals->nr; i++)
		if (!strcmp(arrivals->rows[i].kind, kind))
			return &arrivals->rows[i];
	return NULL;
}

static uint64_t count(const struct arrivals *a, const char *kind)
{
	const struct arrival *row = row_of(a, kind);

	assert_non_null(row);
	return row->count;
}

TEST(a_cpu_has_its_local_timers)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in = opened(path, x86);
	struct arrivals a;
	uint64_t count = 0;

	interrupts__since(in, &a);
	assert_true(interrupts__of_cpu(in, "local_timer", 1, &count));
	assert_int_equal(count, 600);
	assert_true(interrupts__of_cpu(in, "reschedule", 2, &count));
	assert_int_equal(count, 3);
	assert_false(interrupts__of_cpu(in, "local_timer", 3, &count));
	interrupts__close(in);
	unlink(path);
}

TEST(rows_of_x86_are_summed)
{
	struct arrivals a = read_text(x86);

	assert_int_equal(count(&a, "call_function"), 5000004006);
	assert_int_equal(count(&a, "reschedule"), 123);
	assert_int_equal(count(&a, "irq_work"), 3);
	/* The timer's row does not count IPIs. */
	for (size_t i = 0; i < a.nr; i++)
		assert_lacks(a.rows[i].kind, "timer");
}

TEST(rows_of_arm64_go_by_their_text)
{
	struct arrivals a = read_text(arm64);

	assert_int_equal(a.nr, 4);
	assert_int_equal(count(&a, "call_function"), 700);
	assert_int_equal(count(&a, "reschedule"), 30);
	assert_int_equal(count(&a, "irq_work"), 15);
	assert_int_equal(count(&a, "cpu_stop"), 0);
}

TEST(texts_become_names)
{
	static const struct {
		const char *text;
		const char *kind;
	} cases[] = {
		{ "Rescheduling interrupts", "reschedule" },
		{ "Function call interrupts\n", "call_function" },
		{ "CPU stop (for crash dump) interrupts", "cpu_stop_for_crash_dump" },
		{ "CPU stop NMIs", "cpu_stop_nmis" },
		{ "Timer broadcast interrupts\n", "timer_broadcast" },
		{ "CPU wake-up interrupts", "cpu_wake_up" },
		{ "KGDB roundup interrupts", "kgdb_roundup" },
		{ "interrupts", "interrupts" },
		{ "", "" },
		{ "(A text that is much longer than any name of a kind can be)",
		  "a_text_that_is_much_longer_than" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char kind[KIND_NAME];

		interrupts__name(cases[i].text, kind);
		assert_string_equal(kind, cases[i].kind);
	}
}

TEST(a_missing_row_is_not_there)
{
	struct arrivals a = read_text(" CPU0\n RES: 5 Rescheduling interrupts\n");

	assert_int_equal(count(&a, "reschedule"), 5);
	assert_null(row_of(&a, "call_function"));
	assert_null(row_of(&a, "irq_work"));
}

TEST(since_is_the_difference)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in;
	struct arrivals a;

	in = opened(path, " CPU0 CPU1\nRES: 5 6 Rescheduling interrupts\n");
	interrupts__since(in, &a);
	assert_int_equal(a.nr, 0);
	rewrite(path, " CPU0 CPU1\nRES: 6 9 Rescheduling interrupts\nIWI: 1 1 IRQ work\n");
	interrupts__since(in, &a);
	assert_int_equal(a.nr, 1);
	assert_int_equal(count(&a, "reschedule"), 4);
	/* By CPU: CPU 1 took three of them. */
	assert_true(cpuset__has(&a.counted, 0) && cpuset__has(&a.counted, 1));
	assert_members(a, reschedules[0], 1, reschedules[1], 3);
	assert_false(cpuset__has(&a.counted, 2));
	/* A row that appears later counts from its second reading on. */
	interrupts__since(in, &a);
	assert_int_equal(count(&a, "reschedule"), 0);
	assert_int_equal(count(&a, "irq_work"), 0);
	interrupts__close(in);
	unlink(path);
	interrupts__since(NULL, &a);
	assert_int_equal(a.nr, 0);
}

/*
 * A state of one machine's file, and what has arrived since the state before.
 */
struct step {
	const char *text;
	uint64_t count;
	uint64_t most;
	bool whole; /* the same CPUs as in the state before */
};

static void check_steps(const struct step *steps, size_t nr)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in = opened(path, steps[0].text);
	struct arrivals a;

	interrupts__since(in, &a);
	assert_int_equal(a.nr, 0);
	for (size_t i = 1; i < nr; i++) {
		rewrite(path, steps[i].text);
		interrupts__since(in, &a);
		if (count(&a, "reschedule") != steps[i].count)
			fail_msg("step %zu: %lu, not %lu", i, count(&a, "reschedule"),
				 steps[i].count);
		assert_members(*row_of(&a, "reschedule"), most, steps[i].most, whole,
			       steps[i].whole);
	}
	interrupts__close(in);
	unlink(path);
}

#define RES "Rescheduling interrupts\n"

/* The file shows only CPUs that are online; a CPU keeps its counts while it is offline. */
TEST(a_cpu_that_goes_and_comes_back_adds_what_is_new)
{
	static const struct step steps[] = {
		{ " CPU0 CPU1 CPU2\nRES: 100 70000 9 " RES, 0, 0, false },
		{ " CPU0 CPU1 CPU2\nRES: 110 70003 9 " RES, 13, 10, true },
		{ " CPU0 CPU2\nRES: 111 14 " RES, 6, 5, false },
		{ " CPU0 CPU2\nRES: 111 15 " RES, 1, 1, true },
		{ " CPU0 CPU1 CPU2\nRES: 112 70007 15 " RES, 5, 4, false },
		{ " CPU0\nRES: 112 " RES, 0, 0, false },
		{ " CPU0 CPU1 CPU2\nRES: 112 70007 18 " RES, 3, 3, false },
	};

	check_steps(steps, ARRAY_SIZE(steps));
}

/* The same number of columns, and other CPUs. */
TEST(a_column_is_the_cpu_of_its_head)
{
	static const struct step steps[] = {
		{ " CPU0 CPU1 CPU2\nRES: 5 1000 1 " RES, 0, 0, false },
		{ " CPU0 CPU1\nRES: 5 1001 " RES, 1, 1, false },
		{ " CPU0 CPU2\nRES: 5 3 " RES, 2, 2, false },
		{ " CPU1 CPU2\nRES: 1005 3 " RES, 4, 4, false },
	};

	check_steps(steps, ARRAY_SIZE(steps));
}

/* Nobody knows what a CPU's count was before it was first seen. */
TEST(a_new_cpu_adds_from_its_second_reading_on)
{
	static const struct step steps[] = {
		{ " CPU0 CPU1\nRES: 500 6 " RES, 0, 0, false },
		{ " CPU0 CPU1 CPU2 CPU4095\nRES: 503 7 90000 3 " RES, 4, 3, false },
		{ " CPU0 CPU1 CPU2 CPU4095\nRES: 503 7 90040 4 " RES, 41, 40, true },
		/* A row more. */
		{ " CPU0 CPU1 CPU2\nNMI: 1 1 1 NMI\nRES: 504 7 90040 " RES, 1, 1, false },
		{ " CPU0 CPU1 CPU2\nNMI: 1 1 1 NMI\nRES: 544 7 90041 " RES, 41, 40, true },
	};

	check_steps(steps, ARRAY_SIZE(steps));
}

/* The counts of x86 have 32 bits. */
TEST(a_count_may_wrap)
{
	static const struct step steps[] = {
		{ " CPU0 CPU1\nRES: 4294967290 6 " RES, 0, 0, false },
		{ " CPU0 CPU1\nRES: 4 7 " RES, 11, 10, true },
		{ " CPU0 CPU1\nRES: 5 7 " RES, 1, 1, true },
	};

	check_steps(steps, ARRAY_SIZE(steps));
}

/* While CPUs come and go, the head may have other CPUs than the row that follows. */
TEST(a_row_that_does_not_fit_its_head_is_unknown)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in = opened(path, " CPU0 CPU1\nRES: 5 600 " RES "NMI: 1 1 NMI\n");
	struct arrivals a;

	interrupts__since(in, &a);
	rewrite(path, " CPU0 CPU1\nRES: 6 " RES "NMI: 1 2 NMI\n");
	interrupts__since(in, &a);
	assert_null(row_of(&a, "reschedule"));
	assert_int_equal(count(&a, "nmi"), 1);
	rewrite(path, " CPU0 CPU1\nRES: 6 601 2 " RES "NMI: 1 2 NMI\n");
	interrupts__since(in, &a);
	assert_null(row_of(&a, "reschedule"));
	/*
	 * Nothing is lost: the next reading counts from the last row that fitted. What arrived since
	 * the last reading alone is not known then.
	 */
	rewrite(path, " CPU0 CPU1\nRES: 8 602 " RES "NMI: 1 2 NMI\n");
	interrupts__since(in, &a);
	assert_int_equal(count(&a, "reschedule"), 5);
	assert_false(row_of(&a, "reschedule")->whole || cpuset__has(&a.counted, 0));
	assert_true(row_of(&a, "nmi")->whole && cpuset__has(&a.shown, 1));
	/* A count that falls belongs to another CPU: the difference is no number of interrupts. */
	rewrite(path, " CPU0 CPU1\nRES: 7 604 " RES "NMI: 1 2 NMI\n");
	interrupts__since(in, &a);
	assert_int_equal(count(&a, "reschedule"), 2);
	assert_true(row_of(&a, "reschedule")->whole && cpuset__has(&a.counted, 1));
	interrupts__close(in);
	unlink(path);
}

/* While a CPU was offline, nobody read its count: what it took since is not this window's. */
TEST(a_cpu_that_comes_back_is_not_counted_at_once)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in = opened(path, " CPU0 CPU1\nRES: 5 600 " RES);
	struct arrivals a;

	interrupts__since(in, &a);
	rewrite(path, " CPU0\nRES: 6 " RES);
	interrupts__since(in, &a);
	assert_true(cpuset__has(&a.counted, 0) && !cpuset__has(&a.counted, 1));
	rewrite(path, " CPU0 CPU1\nRES: 8 640 " RES);
	interrupts__since(in, &a);
	assert_true(cpuset__has(&a.counted, 0) && !cpuset__has(&a.counted, 1));
	assert_members(a, reschedules[0], 2, reschedules[1], 0);
	assert_int_equal(count(&a, "reschedule"), 42);
	rewrite(path, " CPU0 CPU1\nRES: 8 643 " RES);
	interrupts__since(in, &a);
	assert_true(cpuset__has(&a.counted, 1));
	assert_members(a, reschedules[0], 0, reschedules[1], 3);
	interrupts__close(in);
	unlink(path);
}

/* A count of more than 32 bits did not overflow at 32 bits. */
TEST(a_count_of_64_bits_does_not_wrap)
{
	static const struct step steps[] = {
		{ " CPU0 CPU1\nRES: 5000000000 6 " RES, 0, 0, false },
		{ " CPU0 CPU1\nRES: 4 7 " RES, 1, 1, true },
	};

	check_steps(steps, ARRAY_SIZE(steps));
}

/* There is no column for a CPU that ipitrace cannot count. */
TEST(a_row_with_a_cpu_beyond_the_last_is_unknown)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in = opened(path, " CPU0 CPU4096\nRES: 5 6 " RES);
	struct arrivals a;

	interrupts__since(in, &a);
	rewrite(path, " CPU0 CPU4096\nRES: 7 9 " RES);
	interrupts__since(in, &a);
	assert_null(row_of(&a, "reschedule"));
	assert_int_equal(cpuset__count(&a.shown), 1);
	interrupts__close(in);
	unlink(path);
}

TEST(a_missing_file_is_an_error)
{
	struct interrupts *in;

	assert_int_equal(interrupts__open(&in, "/nonexistent"), -ENOENT);
}

TEST_MAIN(NULL, NULL)
