// SPDX-License-Identifier: GPL-2.0
/* /proc/interrupts of two architectures. */
#include "host/interrupts.h"
#include "model/snapshot.h"
#include "unit.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static struct arrivals read_text(const char *text)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in = opened(path, text);
	struct arrivals a, again;

	interrupts__read(in, &a);
	/* The file can be read again. */
	interrupts__read(in, &again);
	assert_int_equal(a.nr, again.nr);
	for (size_t i = 0; i < a.nr; i++) {
		assert_string_equal(a.rows[i].kind, again.rows[i].kind);
		assert_int_equal(a.rows[i].count, again.rows[i].count);
		assert_int_equal(again.rows[i].most, 0);
	}
	interrupts__close(in);
	unlink(path);
	return a;
}

static uint64_t count(const struct arrivals *a, const char *kind)
{
	const struct arrival *row = arrivals__of(a, kind);

	assert_non_null(row);
	return row->count;
}

static void rows_of_x86_are_summed(void **state)
{
	struct arrivals a = read_text(x86);

	(void)state;
	assert_int_equal(count(&a, "call_function"), 5000004006);
	assert_int_equal(count(&a, "reschedule"), 123);
	assert_int_equal(count(&a, "irq_work"), 3);
	/* The timer's row does not count IPIs. */
	for (size_t i = 0; i < a.nr; i++)
		assert_null(strstr(a.rows[i].kind, "timer"));
}

static void rows_of_arm64_go_by_their_text(void **state)
{
	struct arrivals a = read_text(arm64);

	(void)state;
	assert_int_equal(a.nr, 4);
	assert_int_equal(count(&a, "call_function"), 700);
	assert_int_equal(count(&a, "reschedule"), 30);
	assert_int_equal(count(&a, "irq_work"), 15);
	assert_int_equal(count(&a, "cpu_stop"), 0);
}

static void texts_become_names(void **state)
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

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char kind[KIND_NAME];

		interrupts__name(cases[i].text, kind);
		assert_string_equal(kind, cases[i].kind);
	}
}

static void a_missing_row_is_not_there(void **state)
{
	struct arrivals a = read_text(" CPU0\n RES: 5 Rescheduling interrupts\n");

	(void)state;
	assert_int_equal(count(&a, "reschedule"), 5);
	assert_null(arrivals__of(&a, "call_function"));
	assert_null(arrivals__of(&a, "irq_work"));
}

static void since_is_the_difference(void **state)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in;
	struct arrivals a;

	(void)state;
	in = opened(path, " CPU0 CPU1\nRES: 5 6 Rescheduling interrupts\n");
	interrupts__since(in, &a);
	assert_int_equal(a.nr, 0);
	rewrite(path, " CPU0 CPU1\nRES: 6 9 Rescheduling interrupts\nIWI: 1 1 IRQ work\n");
	interrupts__since(in, &a);
	assert_int_equal(a.nr, 1);
	assert_int_equal(count(&a, "reschedule"), 4);
	/* A row that came later is known from its second time on. */
	interrupts__since(in, &a);
	assert_int_equal(count(&a, "reschedule"), 0);
	assert_int_equal(count(&a, "irq_work"), 0);
	interrupts__close(in);
	unlink(path);
	interrupts__since(NULL, &a);
	assert_int_equal(a.nr, 0);
}

/* A count belongs to a CPU by its column, as long as CPUs and rows stay. */
static void most_is_of_one_cpu(void **state)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in;
	struct arrivals a;

	(void)state;
	in = opened(path, " CPU0 CPU1\nRES: 500 6 Rescheduling interrupts\n");
	interrupts__since(in, &a);
	rewrite(path, " CPU0 CPU1\nRES: 502 9 Rescheduling interrupts\n");
	interrupts__since(in, &a);
	assert_int_equal(count(&a, "reschedule"), 5);
	assert_int_equal(arrivals__of(&a, "reschedule")->most, 3);
	/* One CPU more. */
	rewrite(path, " CPU0 CPU1 CPU2\nRES: 503 7 9 Rescheduling interrupts\n");
	interrupts__since(in, &a);
	assert_int_equal(arrivals__of(&a, "reschedule")->most, 0);
	/* One row more. */
	rewrite(path, " CPU0 CPU1 CPU2\nNMI: 1 1 1 NMI\nRES: 503 7 9 Rescheduling interrupts\n");
	interrupts__since(in, &a);
	assert_int_equal(arrivals__of(&a, "reschedule")->most, 0);
	rewrite(path, " CPU0 CPU1 CPU2\nNMI: 1 1 1 NMI\nRES: 543 7 9 Rescheduling interrupts\n");
	interrupts__since(in, &a);
	assert_int_equal(arrivals__of(&a, "reschedule")->most, 40);
	interrupts__close(in);
	unlink(path);
}

static void a_missing_file_is_an_error(void **state)
{
	struct interrupts *in;

	(void)state;
	assert_int_equal(interrupts__open(&in, "/nonexistent"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_x86_are_summed),
		cmocka_unit_test(rows_of_arm64_go_by_their_text),
		cmocka_unit_test(texts_become_names),
		cmocka_unit_test(a_missing_row_is_not_there),
		cmocka_unit_test(since_is_the_difference),
		cmocka_unit_test(most_is_of_one_cpu),
		cmocka_unit_test(a_missing_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
