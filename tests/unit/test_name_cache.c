// SPDX-License-Identifier: GPL-2.0
/* Names of the running kernel, for threads that may not read /proc/kallsyms. */
#include "host/symbols.h"
#include "model/names.h"
#include "stall/name_cache.h"
#include "unit.h"

/* The address of @name in kallsyms; 0: hidden. */
static uint64_t known(const char *name)
{
	struct symbols *s;
	uint64_t address;

	assert_int_equal(symbols__open(&s, NULL, NULL), 0);
	assert_int_equal(symbols__load(s, NULL, NULL), 0);
	address = symbols__address(s, name);
	symbols__close(s);
	return address;
}

TEST(a_function_has_its_name)
{
	struct symbol symbol = { .addr = known("smp_call_function_single") };
	struct name_cache *cache;

	if (!symbol.addr) {
		print_message("the kernel hides its addresses: names are not tested\n");
		return;
	}
	assert_int_equal(name_cache__open(&cache), 0);
	name_cache__begin(cache, 0);
	name_cache__symbol(cache, &symbol, true);
	assert_string_equal(symbol.name, "smp_call_function_single");
	assert_null(symbol.module);
	symbol.addr += 4;
	name_cache__symbol(cache, &symbol, false);
	assert_int_equal(symbol.offset, 4);
	/* No function begins there, so the function has no name. */
	name_cache__symbol(cache, &symbol, true);
	assert_null(symbol.name);
	assert_int_not_equal(name_cache__address(cache, "flush_smp_call_function_queue"), 0);
	name_cache__end(cache, 0);
	name_cache__close(cache);
}

/* Refreshes do not invalidate the names of a reader between begin and end. */
TEST(names_stay_valid_while_a_reader_uses_them)
{
	struct symbol symbol = { .addr = known("smp_call_function_single") };
	struct name_cache *cache;

	if (!symbol.addr)
		return;
	assert_int_equal(name_cache__open(&cache), 0);
	name_cache__begin(cache, 1);
	name_cache__symbol(cache, &symbol, true);
	for (int i = 0; i < 3; i++) {
		struct symbol none = { .addr = 0x1000 + i };

		name_cache__symbol(cache, &none, true);
		assert_null(none.name);
		name_cache__refresh(cache);
		assert_string_equal(symbol.name, "smp_call_function_single");
	}
	name_cache__end(cache, 1);
	name_cache__begin(cache, 1);
	name_cache__symbol(cache, &symbol, true);
	assert_string_equal(symbol.name, "smp_call_function_single");
	name_cache__end(cache, 1);
	name_cache__close(cache);
}

TEST_MAIN(NULL, NULL)
