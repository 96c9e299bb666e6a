// SPDX-License-Identifier: GPL-2.0
/* /proc/interrupts of two architectures. */
#include "unit.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "interrupts.h"

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

static struct arrivals read_text(const char *text)
{
	char path[] = "/tmp/test_interrupts.XXXXXX";
	struct interrupts *in;
	struct arrivals a, again;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(interrupts__open(&in, path), 0);
	interrupts__read(in, &a);
	/* It can be read again. */
	interrupts__read(in, &again);
	assert_memory_equal(&a, &again, sizeof(a));
	interrupts__close(in);
	unlink(path);
	return a;
}

static void rows_of_x86_are_summed(void **state)
{
	struct arrivals a = read_text(x86);

	(void)state;
	assert_true(a.known[KIND_CALL_FUNCTION] && a.known[KIND_RESCHEDULE] &&
		    a.known[KIND_IRQ_WORK]);
	assert_int_equal(a.count[KIND_CALL_FUNCTION], 5000004006);
	assert_int_equal(a.count[KIND_RESCHEDULE], 123);
	assert_int_equal(a.count[KIND_IRQ_WORK], 3);
}

static void rows_of_arm64_go_by_their_text(void **state)
{
	struct arrivals a = read_text(arm64);

	(void)state;
	assert_int_equal(a.count[KIND_CALL_FUNCTION], 700);
	assert_int_equal(a.count[KIND_RESCHEDULE], 30);
	assert_int_equal(a.count[KIND_IRQ_WORK], 15);
}

static void a_missing_row_is_not_known(void **state)
{
	struct arrivals a = read_text(" CPU0\n RES: 5 Rescheduling interrupts\n");

	(void)state;
	assert_true(a.known[KIND_RESCHEDULE]);
	assert_int_equal(a.count[KIND_RESCHEDULE], 5);
	assert_false(a.known[KIND_CALL_FUNCTION]);
	assert_false(a.known[KIND_IRQ_WORK]);
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
		cmocka_unit_test(a_missing_row_is_not_known),
		cmocka_unit_test(a_missing_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
