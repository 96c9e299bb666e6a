// SPDX-License-Identifier: GPL-2.0
/* Names of the running kernel, for threads that may not read /proc/kallsyms. */
#include <pthread.h>
#include "host/symbols.h"
#include "model/names.h"
#include "stall/stall_run.h"
#include "skip.h"
#include "unit.h"

#define HIDDEN "needs root: kallsyms hides addresses"

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

	if (skip_if(!symbol.addr, HIDDEN))
		return;
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

	if (skip_if(!symbol.addr, HIDDEN))
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

static struct name_cache *shared;
static uint64_t address;
static _Atomic bool refreshed;

/* A watcher: names a function, and misses another so that the main thread loads the names again. */
static void *name_until_refreshed(void *reader)
{
	uintptr_t wrong = 0;

	while (!refreshed) {
		struct symbol symbol = { .addr = address }, none = { .addr = 0x1000 };

		name_cache__begin(shared, (uintptr_t)reader);
		name_cache__symbol(shared, &symbol, true);
		name_cache__symbol(shared, &none, true);
		wrong += strcmp(symbol.name, "smp_call_function_single") != 0;
		name_cache__end(shared, (uintptr_t)reader);
	}
	return (void *)wrong;
}

TEST(names_are_loaded_again_while_watchers_read_them)
{
	pthread_t threads[2];
	void *wrong;

	address = known("smp_call_function_single");
	if (skip_if(!address, HIDDEN))
		return;
	assert_int_equal(name_cache__open(&shared), 0);
	refreshed = false;
	for (uintptr_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, name_until_refreshed, (void *)i),
				 0);
	/* A refresh that is refused, because a reader has the other copy open, costs nothing. */
	for (int i = 0; i < 300; i++) {
		name_cache__refresh(shared);
		usleep(1000);
	}
	refreshed = true;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	name_cache__close(shared);
}

/* Made-up modules and a made-up clock, where a test sets them. */
static uint64_t modules, seconds;
static unsigned int loads;

uint64_t __real_modules__hash(int fd);
uint64_t __wrap_modules__hash(int fd)
{
	return modules ? modules : __real_modules__hash(fd);
}

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!seconds)
		return __real_clock_gettime(clock, now);
	*now = (struct timespec){ .tv_sec = seconds };
	return 0;
}

int __real_symbols__load(struct symbols *s, void (*see)(void *ctx, uint64_t addr, const char *name),
			 void *ctx);
int __wrap_symbols__load(struct symbols *s, void (*see)(void *ctx, uint64_t addr, const char *name),
			 void *ctx)
{
	loads++;
	return modules ? 0 : __real_symbols__load(s, see, ctx);
}

/* All addresses are of one module. */
bool __real_symbols__name(const struct symbols *s, struct symbol *symbol, bool function);
bool __wrap_symbols__name(const struct symbols *s, struct symbol *symbol, bool function)
{
	if (!modules)
		return __real_symbols__name(s, symbol, function);
	symbol->name = "fn";
	symbol->module = "mod";
	return true;
}

static const char *module_function(struct name_cache *cache)
{
	struct symbol symbol = { .addr = 0x1000 };

	name_cache__begin(cache, 0);
	name_cache__symbol(cache, &symbol, true);
	name_cache__end(cache, 0);
	return symbol.name;
}

/* Each load takes what all names of the kernel take: meanwhile modules have no names. */
TEST(modules_that_come_and_go_make_one_load_a_second)
{
	struct name_cache *cache;

	modules = 1;
	seconds = 100;
	assert_int_equal(name_cache__open(&cache), 0);
	loads = 0;
	name_cache__refresh(cache);
	assert_string_equal(module_function(cache), "fn");
	for (int i = 0; i < 10; i++) {
		modules++;
		name_cache__refresh(cache);
		assert_null(module_function(cache));
	}
	assert_int_equal(loads, 0);
	seconds++;
	name_cache__refresh(cache);
	assert_int_equal(loads, 1);
	assert_string_equal(module_function(cache), "fn");
	name_cache__close(cache);
	modules = seconds = 0;
}

TEST_MAIN(NULL, NULL)
