// SPDX-License-Identifier: GPL-2.0
/* host/symbols: when the files are read again, which lines are functions, and tables that no file is behind. */
#include "host/symbols.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "memory_fails.h"
#include "scratch_file.h"
#include "unit.h"

#define TEXT   0xffffffff81000000ULL
#define MODULE 0xffffffffc0000000ULL
#define MS     1000000ULL
#define SECOND (1000 * MS)
#define NOW    (5 * SECOND)

static int reads, looks; /* how often the names were read, and the modules looked at */
static int refused_lists; /* how many of the next lists of modules cannot be read */

void __real_rewind(FILE *file);
void __wrap_rewind(FILE *file)
{
	reads++;
	__real_rewind(file);
}

uint64_t __wrap_modules__hash(int fd)
{
	/* The modules are others each time. */
	return ++looks;
}

int __real_modules__read(struct modules *modules, int fd);
int __wrap_modules__read(struct modules *modules, int fd)
{
	if (refused_lists > 0 && refused_lists--)
		return -ENOMEM;
	return __real_modules__read(modules, fd);
}

static struct symbols *symbols;

static void write_names(const char *text)
{
	scratch_write(text, strlen(text));
}

static int open_names(void **state)
{
	if (scratch_setup(state))
		return -1;
	write_names("ffffffff81000000 T first\nffffffff81000100 T second\n"
		    "ffffffffc0000000 t inner\t[mod]\n");
	reads = looks = refused_lists = 0;
	return symbols__open(&symbols, scratch_path, "/dev/null");
}

static int close_names(void **state)
{
	symbols__close(symbols);
	return scratch_teardown(state);
}

#define READ_TEST(name) TEST(name, open_names, close_names)

/* Fails unless the name of @addr is @name, NULL for none, and the file was read @wanted times until then. */
static void check_find(uint64_t addr, uint64_t now, const char *name, int wanted)
{
	struct symbol symbol = { .addr = addr };

	assert_int_equal(symbols__find(symbols, &symbol, false, now), 0);
	assert_int_equal(reads, wanted);
	if (name)
		assert_members(symbol, name, name);
	else
		assert_null(symbol.name);
}

/* An address that had no name is asked for again when some minutes have passed. */
READ_TEST(an_address_without_a_name_is_a_reason_again_after_ten_minutes)
{
	uint64_t begun = NOW;

	check_find(4096, begun, NULL, 1);
	for (int read = 1; read < 4; read++, begun += 600 * SECOND) {
		check_find(4096, begun + 2 * SECOND, NULL, read);
		check_find(4096, begun + 600 * SECOND - 1, NULL, read);
		check_find(4096, begun + 600 * SECOND, NULL, read + 1);
	}
}

/* The latest 256 of them are known, and the one before those is a reason to read. */
READ_TEST(the_latest_addresses_without_a_name_are_known)
{
	struct fn_stats fns[257] = {};
	struct snapshot snap = { .fns = fns, .nr_fns = 256 };

	for (size_t i = 0; i < ARRAY_SIZE(fns); i++)
		fns[i].func.addr = 1 + i;
	assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
	check_find(1, NOW + 2 * SECOND, NULL, 1);
	check_find(256, NOW + 2 * SECOND, NULL, 1);
	snap.nr_fns = 257;
	assert_int_equal(symbols__resolve(symbols, &snap, NOW + 2 * SECOND), 0);
	assert_int_equal(reads, 2);
	check_find(257, NOW + 4 * SECOND, NULL, 2);
	check_find(2, NOW + 4 * SECOND, NULL, 2);
	check_find(1, NOW + 4 * SECOND, NULL, 3);
	/* The others were forgotten as the file was read. */
	check_find(2, NOW + 8 * SECOND, NULL, 4);
}

/* Addresses that never have a name make the reading rare; one that gets a name makes it quick again. */
READ_TEST(the_gaps_grow_until_a_reading_was_of_use)
{
	check_find(101, NOW, NULL, 1);
	check_find(102, NOW + SECOND - 1, NULL, 1);
	check_find(102, NOW + SECOND, NULL, 2);
	check_find(103, NOW + 2 * SECOND - 1, NULL, 2);
	check_find(103, NOW + 2 * SECOND, NULL, 3);
	check_find(104, NOW + 4 * SECOND - 1, NULL, 3);
	check_find(104, NOW + 4 * SECOND, NULL, 4);
	write_names("ffffffff81000000 T found\n");
	check_find(TEXT, NOW + 5 * SECOND, "first", 4);
	check_find(4096, NOW + 7 * SECOND, NULL, 4);
	write_names("0000000000001000 T found\n");
	check_find(4096, NOW + 8 * SECOND, "found", 5);
	check_find(105, NOW + 9 * SECOND, NULL, 6);
	check_find(106, NOW + 10 * SECOND, NULL, 7);
}

/* Modules do not matter to names of the kernel proper; for others the list is hashed ten times a second at most. */
READ_TEST(the_modules_are_looked_at_for_names_that_may_change)
{
	check_find(TEXT + 4, NOW, "first", 1);
	assert_int_equal(looks, 1);
	check_find(TEXT + 4, NOW + SECOND, "first", 1);
	assert_int_equal(looks, 1);
	check_find(MODULE + 4, NOW + SECOND, "inner", 1);
	assert_int_equal(looks, 2);
	check_find(MODULE + 4, NOW + SECOND + 100 * MS - 1, "inner", 1);
	assert_int_equal(looks, 2);
	check_find(MODULE + 4, NOW + SECOND + 100 * MS, "inner", 1);
	assert_int_equal(looks, 3);
}

/* Names must not outlast a list of modules that cannot be read; the next call reads all again. */
READ_TEST(without_memory_for_the_modules_nothing_has_a_name)
{
	struct symbol symbol = { .addr = MODULE };

	refused_lists = 1;
	assert_int_equal(symbols__find(symbols, &symbol, true, NOW), -ENOMEM);
	assert_null(symbol.name);
	check_find(MODULE, NOW, "inner", 2);
	refused_lists = 1;
	symbol.addr = MODULE;
	assert_int_equal(symbols__find(symbols, &symbol, true, NOW + SECOND), -ENOMEM);
	assert_null(symbol.name);
	assert_int_equal(reads, 2);
	check_find(TEXT, NOW + SECOND, "first", 3);
	refused_lists = 1;
	assert_int_equal(symbols__readable(symbols), -ENOMEM);
	assert_false(symbols__hidden(symbols));
}

/* An address in any place of a snapshot, the first or the second of its table, has its name. */
READ_TEST(each_place_of_a_snapshot_is_named)
{
	enum { FUNC, SITE, SEND_FUNC, SEND_SITE, FRAME, SEND_FRAME, NR_PLACES };

	for (int i = 0; i < 2 * NR_PLACES; i++) {
		struct fn_stats fns[2] = {};
		struct send_stats sends[2] = {};
		struct stack_sample samples[2] = {}, send_samples[2] = {};
		struct snapshot snap = {
			.fns = fns,
			.nr_fns = 2,
			.sends = sends,
			.nr_sends = 2,
			.samples = samples,
			.nr_samples = 2,
			.send_samples = send_samples,
			.nr_send_samples = 2,
		};
		struct symbol *places[] = {
			&fns[i % 2].func,	  &fns[i % 2].callsite,
			&sends[i % 2].func,	  &sends[i % 2].callsite,
			&samples[i % 2].stack[1], &send_samples[i % 2].stack[1],
		};
		struct symbol *place = places[i / 2];
		bool function = i / 2 == FUNC || i / 2 == SEND_FUNC;

		samples[i % 2].nr = send_samples[i % 2].nr = 2;
		close_names(NULL);
		open_names(NULL);
		/* Nothing to name is no reason to read. */
		assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
		assert_int_equal(reads, 0);
		place->addr = TEXT + 0x100;
		assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
		assert_int_equal(reads, 1);
		assert_members(*place, addr, TEXT + 0x100, name, "second", offset, 0);
		assert_null(place->module);
		/* A function begins with its symbol; any other place may be within. */
		place->addr = MODULE + 4;
		assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
		if (function)
			assert_null(place->name);
		else
			assert_members(*place, name, "inner", module, "mod", offset, 4);
	}
}

/* One address without a name is a reason to read, wherever it is among those that have names. */
READ_TEST(one_address_among_others_is_a_reason)
{
	struct fn_stats fns[2] = {};
	struct send_stats sends[2] = {};
	struct stack_sample samples[2] = { { .nr = 2 }, { .nr = 2 } };
	struct stack_sample send_samples[2] = { { .nr = 2 }, { .nr = 2 } };
	struct snapshot snap = {
		.fns = fns,
		.nr_fns = 2,
		.sends = sends,
		.nr_sends = 2,
		.samples = samples,
		.nr_samples = 2,
		.send_samples = send_samples,
		.nr_send_samples = 2,
	};
	struct symbol *places[] = {
		&fns[0].func,
		&fns[0].callsite,
		&fns[1].func,
		&fns[1].callsite,
		&sends[0].func,
		&sends[0].callsite,
		&sends[1].func,
		&sends[1].callsite,
		&samples[0].stack[0],
		&samples[0].stack[1],
		&samples[1].stack[0],
		&samples[1].stack[1],
		&send_samples[0].stack[0],
		&send_samples[0].stack[1],
		&send_samples[1].stack[0],
		&send_samples[1].stack[1],
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		places[i]->addr = TEXT;
	assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		assert_int_equal(reads, 1 + i);
		places[i]->addr = 1 + i;
		assert_int_equal(symbols__resolve(symbols, &snap, NOW + 200 * SECOND * (1 + i)), 0);
		assert_null(places[i]->name);
		places[i]->addr = TEXT;
	}
	assert_int_equal(reads, 1 + ARRAY_SIZE(places));
}

/* Fails unless the functions are those @names, at TEXT, TEXT + 0x10 ... */
static void check_functions(const char *const *names, size_t nr)
{
	uint64_t *addrs;

	assert_int_equal(symbols__match(symbols, "*", &addrs), nr);
	assert_int_equal(symbols__load(symbols, NULL, NULL), 0);
	for (size_t i = 0; i < nr; i++) {
		struct symbol symbol = { .addr = TEXT + 0x10 * i };

		assert_int_equal(addrs[i], symbol.addr);
		assert_true(symbols__name(symbols, &symbol, true));
		assert_members(symbol, name, names[i], offset, 0);
	}
	free(addrs);
}

READ_TEST(lines_that_are_no_function_are_left_out)
{
	static const char *const names[] = { "__pfx", "a__pfx_", "$", "$b", "$xy", "a$x", "a b" };

	write_names("ffffffff81000000 t __pfx\n"
		    "ffffffff81000000 t __pfx_\n"
		    "ffffffff81000010 t a__pfx_\n"
		    "ffffffff81000018 t $a\n"
		    "ffffffff81000018 t $d.1\n"
		    "ffffffff81000018 t $t\n"
		    "ffffffff81000018 t $x.a\n"
		    "ffffffff81000020 t $\n"
		    "ffffffff81000030 T $b\n"
		    "ffffffff81000040 w $xy\n"
		    "ffffffff81000050 W a$x\n"
		    "ffffffff81000058t no_blank\n"
		    "ffffffff81000058 \n"
		    "ffffffff81000058 tt no_letter\n"
		    "ffffffff81000058 d no_text\n"
		    " t no_address\n"
		    "0000000000000000 t hidden\n"
		    "ffffffff81000060 t a b\n"
		    "ffffffff81000068 ");
	check_functions(names, ARRAY_SIZE(names));
}

static char seen[512];

static void see(void *ctx, uint64_t addr, const char *name)
{
	assert_ptr_equal(ctx, seen);
	text_append(seen, sizeof(seen), "%llx %s\n", (unsigned long long)addr, name);
}

/* Who looks for a variable sees each line of the kernel proper; a module has variables of the same names. */
READ_TEST(all_symbols_of_the_kernel_are_shown)
{
	write_names("0000000000000000 A fixed\n"
		    "ffffffff81000000 T __pfx_one\n"
		    "ffffffffc0000000 d inner\t[mod]\n"
		    "no line\n"
		    "ffffffff80000000 D data");
	*seen = '\0';
	assert_false(symbols__hidden(symbols));
	assert_int_equal(symbols__load(symbols, see, seen), 0);
	assert_text(seen, "0 fixed\nffffffff81000000 __pfx_one\nffffffff80000000 data\n");
	/* None of them is a function. */
	assert_true(symbols__hidden(symbols));
	write_names("ffffffff81000000 T one\n");
	assert_int_equal(symbols__load(symbols, NULL, NULL), 0);
	assert_false(symbols__hidden(symbols));
}

static int new_table(void **state)
{
	return symbols__new(&symbols);
}

static int close_table(void **state)
{
	symbols__close(symbols);
	return 0;
}

#define TABLE_TEST(name) TEST(name, new_table, close_table)

static void add(uint64_t addr, const char *name, const char *module)
{
	assert_int_equal(symbols__add(symbols, addr, name, module), 0);
}

static void check_name(uint64_t addr, const char *name, const char *module, uint64_t offset)
{
	struct symbol symbol = { .addr = addr };

	assert_true(symbols__name(symbols, &symbol, false));
	assert_members(symbol, addr, addr, name, name, offset, offset);
	if (module)
		assert_members(symbol, module, module);
	else
		assert_null(symbol.module);
}

/* Of several names of an address the one that came first counts, also where the table is sorted. */
TABLE_TEST(a_table_is_sorted_from_where_it_is_not)
{
	uint64_t *addrs;

	symbols__sort(symbols);
	assert_int_equal(symbols__match(symbols, "*", &addrs), -EPERM);
	add(0x1000, "a", NULL);
	symbols__sort(symbols);
	check_name(0x1004, "a", NULL, 4);
	add(0x2000, "b", NULL);
	add(0x2000, "b_alias", NULL);
	add(0x3000, "c", NULL);
	symbols__sort(symbols);
	add(0x2800, "z", "one");
	add(0x2000, "b_late", "one");
	add(0x2800, "a_later", "two");
	add(0x2400, "m", NULL);
	add(0x5000, "n", "one");
	symbols__sort(symbols);
	check_name(0x1fff, "a", NULL, 0xfff);
	check_name(0x2000, "b", NULL, 0);
	check_name(0x23ff, "b", NULL, 0x3ff);
	check_name(0x2400, "m", NULL, 0);
	check_name(0x2801, "z", "one", 1);
	check_name(0x3000, "c", NULL, 0);
	check_name(0x5000, "n", "one", 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(symbols__match(symbols, "b*", &addrs), 3);
		for (int i = 0; i < 3; i++)
			assert_int_equal(addrs[i], 0x2000);
		free(addrs);
		assert_int_equal(symbols__match(symbols, "x", &addrs), -ENOENT);
		assert_null(addrs);
	}
}

/* The names have more than the room that is taken at one time. */
TABLE_TEST(a_table_grows_for_long_names)
{
	char name[401] = {};

	memset(name, 'n', sizeof(name) - 1);
	for (int i = 0; i < 8000; i++) {
		snprintf(name, 8, "f%06d", i);
		name[7] = '_';
		add(0x1000 + 16 * i, name, i % 3 ? NULL : i % 2 ? "odd" : "even");
	}
	for (int i = 0; i < 8000; i++) {
		snprintf(name, 8, "f%06d", i);
		name[7] = '_';
		check_name(0x1000 + 16 * i + 1, name, i % 3 ? NULL : i % 2 ? "odd" : "even", 1);
	}
}

/* A function is added as a whole, or not at all. */
TABLE_TEST(a_function_without_memory_is_not_added)
{
	for (int granted = 0; granted < 2; granted++) {
		for (int of_module = 0; of_module < 2; of_module++) {
			close_table(NULL);
			new_table(NULL);
			nr_granted = granted;
			assert_int_equal(symbols__add(symbols, 0x1000, "a", of_module ? "m" : NULL),
					 -ENOMEM);
			assert_int_equal(nr_granted, -1);
			add(0x2000, "b", "m");
			check_name(0x2001, "b", "m", 1);
			assert_false(
				symbols__name(symbols, &(struct symbol){ .addr = 0x1001 }, false));
		}
	}
	nr_granted = 0;
	assert_int_equal(symbols__new(&(struct symbols *){ NULL }), -ENOMEM);
}

/* A part that the compiler made of a function has the function's name and a point. */
TABLE_TEST(a_function_is_found_by_its_name)
{
	add(0x1000, "do_sync_all", NULL);
	add(0x2000, "do_sync", "mod");
	add(0x3000, "do_sync.part.0", NULL);
	add(0x4000, "do_sync", NULL);
	add(0x5000, "do_", NULL);
	assert_int_equal(symbols__address(symbols, "do_sync"), 0x3000);
	assert_int_equal(symbols__address(symbols, "do_sync_all"), 0x1000);
	assert_int_equal(symbols__address(symbols, "do_"), 0x5000);
	assert_int_equal(symbols__address(symbols, "do"), 0);
	assert_int_equal(symbols__address(symbols, "do_sync.part"), 0x3000);
	assert_int_equal(symbols__address(symbols, "o_sync"), 0);
}

TEST_MAIN(NULL, NULL)
