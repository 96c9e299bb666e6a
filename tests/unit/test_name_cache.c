// SPDX-License-Identifier: GPL-2.0
/* Names of the running kernel, for threads that may not look them up. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "host/symbols.h"
#include "model/symbol.h"
#include "stall/name_cache.h"
#include "unit.h"

/* A function that each kernel with SMP has, as kallsyms has it; 0: hidden. */
static uint64_t known(const char *name)
{
	struct symbols *s;
	uint64_t address;

	assert_int_equal(symbols__open(&s, NULL), 0);
	assert_int_equal(symbols__load(s), 0);
	address = symbols__address(s, name);
	symbols__close(s);
	return address;
}

static void a_function_has_its_name(void **state)
{
	struct symbol symbol = { .addr = known("smp_call_function_single") };
	struct name_cache *n;

	(void)state;
	if (!symbol.addr) {
		print_message("the kernel hides its addresses: names are not looked at\n");
		return;
	}
	assert_int_equal(name_cache__open(&n), 0);
	name_cache__begin(n, 0);
	name_cache__symbol(n, &symbol, true);
	assert_string_equal(symbol.name, "smp_call_function_single");
	assert_null(symbol.module);
	symbol.addr += 4;
	name_cache__symbol(n, &symbol, false);
	assert_int_equal(symbol.offset, 4);
	assert_int_not_equal(name_cache__flush(n), 0);
	name_cache__end(n, 0);
	name_cache__close(n);
}

/* What a reader was given stays as long as it reads, however often it is read again. */
static void names_stay_while_somebody_reads(void **state)
{
	struct symbol symbol = { .addr = known("smp_call_function_single") };
	struct name_cache *n;

	(void)state;
	if (!symbol.addr)
		return;
	assert_int_equal(name_cache__open(&n), 0);
	name_cache__begin(n, 1);
	name_cache__symbol(n, &symbol, true);
	for (int i = 0; i < 3; i++) {
		struct symbol none = { .addr = 0x1000 + i };

		name_cache__symbol(n, &none, true);
		assert_null(none.name);
		name_cache__refresh(n);
		assert_string_equal(symbol.name, "smp_call_function_single");
	}
	name_cache__end(n, 1);
	name_cache__begin(n, 1);
	name_cache__symbol(n, &symbol, true);
	assert_string_equal(symbol.name, "smp_call_function_single");
	name_cache__end(n, 1);
	name_cache__close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_has_its_name),
		cmocka_unit_test(names_stay_while_somebody_reads),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
