// SPDX-License-Identifier: GPL-2.0
/* Names from a made-up kallsyms, in the kernel's form. */
#include <limits.h>
#include "host/symbols.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "unit.h"

#define TEXT   0xffffffff81000000ULL
#define MODULE 0xffffffffc0000000ULL
#define MIB    (1ULL << 20)
#define SECOND 1000000000ULL
#define NOW    (5 * SECOND)

/* Like the kernel's file, it is sorted neither across modules nor within one. */
static const char kallsyms[] = "0000000000000000 A fixed_percpu_data\n"
			       "0000000000001000 D early_data\n"
			       "ffffffff81000000 T _stext\n"
			       "ffffffff81000100 t flush_tlb_func\n"
			       "ffffffff81000180 d not_text\n"
			       "ffffffff81000200 T do_sync\n"
			       "ffffffff81000200 T __do_sync\n"
			       "ffffffff81000200 t do_sync_alias\n"
			       "ffffffff81000300 W weak_one\n"
			       "ffffffff81000380 w weak_two\n"
			       "ffffffff81000400 T flush_tlb_all\n"
			       "ffffffff82000000 D some_data\n"
			       "ffffffff82000010 B some_bss\n"
			       "ffffffffc0000500 t high_fn\t[later]\n"
			       "ffffffffc0000100 t mod_fn\t[first_mod]\n"
			       "ffffffffc0000180 d mod_data\t[first_mod]\n"
			       "ffffffffc0000300 T mod_fn\t[other]\n"
			       "ffffffffc0000200 t flush_tlb_mod\t[first_mod]\n"
			       "not a line of it\n"
			       "\n"
			       "ffffffffc0900000 t bpf_prog_0123456789abcdef_x\t[bpf]";

/* How often the table of symbols may grow before memory ends. */
static int growths = INT_MAX;

void *reallocarray(void *old, size_t nr, size_t size)
{
	return growths-- > 0 ? realloc(old, nr * size) : NULL;
}

static struct symbols *symbols_of(const char *text)
{
	char path[] = "/tmp/test_symbols.XXXXXX";
	struct symbols *symbols = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(symbols__open(&symbols, path, "/dev/null"), 0);
	unlink(path);
	return symbols;
}

struct answer {
	uint64_t addr;
	const char *name; /* NULL: unknown */
	const char *module;
	uint64_t offset;
};

static void check_symbol(const struct symbol *symbol, const struct answer *want)
{
	assert_members(*symbol, addr, want->addr, offset, want->offset);
	if (!want->name) {
		assert_null(symbol->name);
		assert_null(symbol->module);
		return;
	}
	assert_non_null(symbol->name);
	assert_string_equal(symbol->name, want->name);
	if (!want->module) {
		assert_null(symbol->module);
		return;
	}
	assert_non_null(symbol->module);
	assert_string_equal(symbol->module, want->module);
}

/* Do what check_symbol() does, for a function: no function begins at an address within a symbol. */
static void check_func(const struct symbol *symbol, const struct answer *want)
{
	check_symbol(symbol, want->offset ? &(struct answer){ .addr = want->addr } : want);
}

/* Resolve all of @want in one snapshot, as functions and as call sites. */
static void check_answers(struct symbols *symbols, const struct answer *want, size_t nr)
{
	struct fn_stats *fns = calloc(nr, sizeof(*fns));
	struct snapshot snap = { .fns = fns, .nr_fns = nr };

	assert_non_null(fns);
	for (size_t i = 0; i < nr; i++) {
		fns[i].func.addr = want[i].addr;
		fns[i].callsite.addr = want[nr - 1 - i].addr;
	}
	assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
	for (size_t i = 0; i < nr; i++) {
		check_func(&fns[i].func, &want[i]);
		check_symbol(&fns[i].callsite, &want[nr - 1 - i]);
	}
	free(fns);
}

static const struct answer answers[] = {
	{ TEXT, "_stext", NULL, 0 },
	{ TEXT + 1, "_stext", NULL, 1 },
	{ TEXT + 0xff, "_stext", NULL, 0xff },
	{ TEXT + 0x100, "flush_tlb_func", NULL, 0 },
	{ TEXT + 0x190, "flush_tlb_func", NULL, 0x90 }, /* after data, which is skipped */
	{ TEXT + 0x1ff, "flush_tlb_func", NULL, 0xff }, /* two in one symbol */
	{ TEXT + 0x340, "weak_one", NULL, 0x40 },
	{ TEXT + 0x380, "weak_two", NULL, 0 },
	{ TEXT + 0x400 + MIB, "flush_tlb_all", NULL, MIB }, /* just near enough */
	{ TEXT + 0x401 + MIB, NULL, NULL, 0 },
	{ TEXT - 1, NULL, NULL, 0 }, /* below the first */
	{ 4096, NULL, NULL, 0 },
	{ 1, NULL, NULL, 0 },
	{ 0, NULL, NULL, 0 },
	{ MODULE - 1, NULL, NULL, 0 },
	{ MODULE + 0x100, "mod_fn", "first_mod", 0 },
	{ MODULE + 0x1f0, "mod_fn", "first_mod", 0xf0 },
	{ MODULE + 0x208, "flush_tlb_mod", "first_mod", 8 },
	{ MODULE + 0x4ff, "mod_fn", "other", 0x1ff }, /* the same name, another module */
	{ MODULE + 0x501, "high_fn", "later", 1 },
	{ MODULE + 0x900007, "bpf_prog_0123456789abcdef_x", "bpf", 7 },
	{ UINT64_MAX, NULL, NULL, 0 },
};

TEST(addresses_get_names_and_offsets)
{
	struct symbols *symbols = symbols_of(kallsyms);

	check_answers(symbols, answers, ARRAY_SIZE(answers));
	symbols__close(symbols);
}

TEST(one_by_one_as_all_at_once)
{
	struct symbols *symbols = symbols_of(kallsyms);
	uint64_t seed = 10;

	/* New symbols fall between known ones; known addresses keep their names. */
	for (int i = 0; i < 200; i++)
		check_answers(symbols, &answers[random_next(&seed) % ARRAY_SIZE(answers)], 1);
	check_answers(symbols, answers, ARRAY_SIZE(answers));
	symbols__close(symbols);
}

TEST(a_new_call_site_of_a_known_function_is_named)
{
	struct fn_stats fn = { .func.addr = TEXT };
	struct snapshot snap = { .fns = &fn, .nr_fns = 1 };
	struct symbols *symbols = symbols_of(kallsyms);

	assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
	fn = (struct fn_stats){ .func.addr = TEXT, .callsite.addr = MODULE + 0x101 };
	assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
	check_symbol(&fn.func, &(struct answer){ TEXT, "_stext", NULL, 0 });
	check_symbol(&fn.callsite, &(struct answer){ MODULE + 0x101, "mod_fn", "first_mod", 1 });
	symbols__close(symbols);
}

TEST(names_outlive_later_resolving)
{
	struct fn_stats fn = { .func.addr = TEXT + 0x100, .callsite.addr = MODULE + 0x110 };
	struct snapshot snap = { .fns = &fn, .nr_fns = 1 };
	struct symbols *symbols = symbols_of(kallsyms);

	assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
	check_answers(symbols, answers, ARRAY_SIZE(answers));
	check_symbol(&fn.func, &(struct answer){ TEXT + 0x100, "flush_tlb_func", NULL, 0 });
	check_symbol(&fn.callsite, &(struct answer){ MODULE + 0x110, "mod_fn", "first_mod", 0x10 });
	symbols__close(symbols);
}

TEST(the_first_of_several_names_is_taken)
{
	struct fn_stats fn = { .func.addr = TEXT + 0x200, .callsite.addr = TEXT + 0x210 };
	struct snapshot snap = { .fns = &fn, .nr_fns = 1 };
	struct symbols *symbols = symbols_of(kallsyms);

	assert_int_equal(symbols__resolve(symbols, &snap, NOW), 0);
	assert_members(fn.func, name, "do_sync", offset, 0);
	/* All addresses within a symbol get its name. */
	assert_members(fn.callsite, name, fn.func.name, offset, 0x10);
	symbols__close(symbols);
}

/* On arm64. */
TEST(modules_may_lie_below_the_kernel)
{
	struct symbols *symbols = symbols_of("ffffffff81000000 T _stext\n"
					     "ffffffff81000100 T last\n"
					     "ffffffff80000100 t second\t[mod]\n"
					     "ffffffff80000000 t first\t[mod]\n");
	struct answer want[] = { { 0xffffffff80000000, "first", "mod", 0 },
				 { 0xffffffff80000104, "second", "mod", 4 },
				 { TEXT, "_stext", NULL, 0 },
				 { TEXT + 0x108, "last", NULL, 8 } };

	check_answers(symbols, want, 4);
	symbols__close(symbols);
}

TEST(paddings_of_functions_are_left_out)
{
	struct symbols *symbols = symbols_of("ffffffff81000000 t __pfx_do_sync\n"
					     "ffffffff81000010 t do_sync\n"
					     "ffffffff81000020 t __pfx_do_other\n"
					     "ffffffff81000030 t do_other\n");
	struct answer want[] = { { TEXT + 0x10, "do_sync", NULL, 0 },
				 { TEXT + 0x2f, "do_sync", NULL, 0x1f },
				 { TEXT, NULL, NULL, 0 } };

	check_answers(symbols, want, 3);
	symbols__close(symbols);
}

TEST(mapping_symbols_are_left_out)
{
	struct symbols *symbols = symbols_of("ffffffff81000000 t $x\t[mod]\n"
					     "ffffffff81000000 t first_fn\t[mod]\n"
					     "ffffffff81000100 t second_fn\t[mod]\n"
					     "ffffffff81000100 t $x.7\t[mod]\n"
					     "ffffffff81000180 t $d\t[mod]\n"
					     "ffffffff81000200 t $xyz\t[mod]\n");
	struct answer want[] = { { TEXT, "first_fn", "mod", 0 },
				 { TEXT + 0x180, "second_fn", "mod", 0x80 },
				 { TEXT + 0x210, "$xyz", "mod", 0x10 } };

	check_answers(symbols, want, 3);
	symbols__close(symbols);
}

TEST(hidden_addresses_name_nothing)
{
	struct symbols *symbols = symbols_of("0000000000000000 T _stext\n"
					     "0000000000000000 t mod_fn\t[mod]\n");
	struct answer want = { TEXT, NULL, NULL, 0 };

	check_answers(symbols, &want, 1);
	assert_int_equal(symbols__readable(symbols), -EPERM);
	symbols__close(symbols);
	symbols = symbols_of(kallsyms);
	/* Each call reads the file from its beginning. */
	for (int i = 0; i < 30; i++)
		assert_int_equal(symbols__readable(symbols), 0);
	check_answers(symbols, answers, ARRAY_SIZE(answers));
	assert_int_equal(symbols__readable(symbols), 0);
	symbols__close(symbols);
}

static void check_match(struct symbols *symbols, const char *glob, const uint64_t *want, int nr)
{
	uint64_t *addrs = NULL;

	assert_int_equal(symbols__match(symbols, glob, &addrs), nr);
	for (int i = 0; i < nr; i++) {
		bool found = false;

		for (int j = 0; j < nr; j++)
			found |= addrs[j] == want[i];
		assert_true(found);
	}
	free(addrs);
}

TEST(globs_match_whole_names_of_functions)
{
	static const uint64_t flush[] = { TEXT + 0x100, TEXT + 0x400, MODULE + 0x200 };
	static const uint64_t both[] = { MODULE + 0x100, MODULE + 0x300 };
	static const uint64_t weak[] = { TEXT + 0x300, TEXT + 0x380 };
	struct symbols *symbols = symbols_of(kallsyms);

	check_match(symbols, "flush_tlb*", flush, 3);
	check_match(symbols, "flush_tlb_all", &flush[1], 1);
	check_match(symbols, "mod_fn", both, 2);
	check_match(symbols, "weak_???", weak, 2);
	check_match(symbols, "weak_[!o]*", &weak[1], 1);
	symbols__close(symbols);
}

TEST(globs_without_a_function)
{
	static const char *const none[] = {
		"flush_tlb", "lush_tlb_all", "", "FLUSH*", "*data*", "not_text", "*first_mod*",
	};
	struct symbols *symbols = symbols_of(kallsyms);

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		check_match(symbols, none[i], NULL, -ENOENT);
	/* symbols__match() frees the names, and the next use reads the file again. */
	check_match(symbols, "do_sync", &(uint64_t){ TEXT + 0x200 }, 1);
	check_answers(symbols, answers, ARRAY_SIZE(answers));
	symbols__close(symbols);
}

TEST(hidden_addresses_cannot_be_matched)
{
	struct symbols *symbols = symbols_of("0000000000000000 T _stext\n"
					     "ffffffff82000000 D some_data\n"
					     "0000000000000000 t flush_tlb_func\n");

	check_match(symbols, "flush*", NULL, -EPERM);
	check_match(symbols, "none", NULL, -EPERM);
	symbols__close(symbols);
}

/* A machine whose modules come and go. */
struct machine {
	char kallsyms[32];
	char modules[32];
	struct symbols *symbols;
};

static void append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct machine machine_make(void)
{
	struct machine m = { "/tmp/test_symbols.XXXXXX", "/tmp/test_modules.XXXXXX", NULL };

	close(mkstemp(m.kallsyms));
	close(mkstemp(m.modules));
	append(m.kallsyms, kallsyms);
	append(m.kallsyms, "\n");
	append(m.modules, "first_mod 4096 0 - Live 0xffffffffc0000000\n");
	assert_int_equal(symbols__open(&m.symbols, m.kallsyms, m.modules), 0);
	return m;
}

static void machine_remove(struct machine *m)
{
	symbols__close(m->symbols);
	unlink(m->kallsyms);
	unlink(m->modules);
}

static void module_load(const struct machine *m)
{
	append(m->kallsyms, "ffffffffc0000700 t new_fn\t[new_mod]\n");
	append(m->modules, "new_mod 4096 0 - Live 0xffffffffc0000700\n");
}

static const struct answer no_fn = { .addr = MODULE + 0x700 };
static const struct answer new_fn = { MODULE + 0x700, "new_fn", "new_mod", 0 };
static const struct answer new_site = { MODULE + 0x708, "new_fn", "new_mod", 8 };

/* Name a function and a call site, in one snapshot and one by one. */
static void check_named(struct symbols *symbols, const struct answer *func,
			const struct answer *site, uint64_t now)
{
	struct fn_stats fn = { .func.addr = func->addr, .callsite.addr = site->addr };
	struct snapshot snap = { .fns = &fn, .nr_fns = 1 };
	struct symbol one = { .addr = func->addr };

	assert_int_equal(symbols__resolve(symbols, &snap, now), 0);
	check_symbol(&fn.func, func);
	check_symbol(&fn.callsite, site);
	assert_int_equal(symbols__find(symbols, &one, true, now), 0);
	check_symbol(&one, func);
}

TEST(a_later_module_is_named_after_many_unknown_addresses)
{
	const struct answer none = { .addr = 1 };
	struct machine m = machine_make();
	uint64_t now = NOW;

	for (uint64_t i = 1; i <= 300; i++, now += SECOND)
		check_named(m.symbols, &(struct answer){ .addr = i }, &none, now);
	/* No symbol begins there yet: the function has no name, and must not get high_fn's. */
	check_named(m.symbols, &no_fn, &none, now);
	module_load(&m);
	check_named(m.symbols, &new_fn, &new_site, now + SECOND);
	machine_remove(&m);
}

/* All calls are at one time: the file is not read for each, but a new module is noticed. */
TEST(a_later_module_is_named_among_many_unknown_addresses)
{
	struct fn_stats fns[300] = {};
	struct snapshot snap = { .fns = fns, .nr_fns = 300 };
	struct machine m = machine_make();

	for (size_t i = 0; i < 299; i++)
		fns[i].func.addr = i + 1;
	fns[299].func.addr = new_fn.addr;
	for (uint64_t now = NOW; now < NOW + 20 * SECOND; now += SECOND) {
		assert_int_equal(symbols__resolve(m.symbols, &snap, now), 0);
		check_symbol(&fns[299].func, &no_fn);
	}
	module_load(&m);
	assert_int_equal(symbols__resolve(m.symbols, &snap, NOW + 20 * SECOND), 0);
	check_symbol(&fns[299].func, &new_fn);
	for (size_t i = 0; i < 299; i++)
		assert_null(fns[i].func.name);
	machine_remove(&m);
}

/* Another module took the place of a module: the address has a name, but a wrong one. */
TEST(a_module_in_the_place_of_another_is_named)
{
	const struct answer old = { MODULE + 0x500, "high_fn", "later", 0 };
	const struct answer new = { MODULE + 0x500, "low_fn", "sooner", 0 };
	struct machine m = machine_make();

	check_named(m.symbols, &old, &old, NOW);
	assert_int_equal(truncate(m.kallsyms, 0), 0);
	append(m.kallsyms, "ffffffffc0000500 t low_fn\t[sooner]\n");
	append(m.modules, "sooner 4096 0 - Live 0xffffffffc0000500\n");
	check_named(m.symbols, &new, &new, NOW + SECOND);
	machine_remove(&m);
}

/* Each reading takes what all names take: modules that send nothing are no reason. */
TEST(modules_that_nobody_asks_for_are_not_read)
{
	const struct answer kept = { MODULE + 0x500, "high_fn", "later", 0 };
	struct machine m = machine_make();

	check_named(m.symbols, &kept, &kept, NOW);
	/* If the file were read again, there would be no names. */
	assert_int_equal(truncate(m.kallsyms, 0), 0);
	append(m.modules, "other 4096 0 - Live 0xffffffffc0900000\n");
	check_named(m.symbols, &kept, &kept, NOW + 2 * SECOND);
	machine_remove(&m);
}

/* The size of a module has its data, too, and so may reach into code of a neighbour. */
TEST(a_module_that_comes_beside_another_leaves_its_names)
{
	const struct answer kept = { MODULE + 0x700, "new_fn", "new_mod", 0 };
	struct machine m = machine_make();

	module_load(&m);
	check_named(m.symbols, &kept, &new_site, NOW);
	assert_int_equal(truncate(m.kallsyms, 0), 0);
	append(m.modules, "other 12288 0 - Live 0xffffffffc0000600\n");
	check_named(m.symbols, &kept, &new_site, NOW + 2 * SECOND);
	machine_remove(&m);
}

/* A module that has gone, and was in no other's place, has no names: something new may be there. */
TEST(a_module_that_has_gone_has_no_names)
{
	const struct answer old = { MODULE + 0x700, "new_fn", "new_mod", 0 };
	struct machine m = machine_make();

	module_load(&m);
	check_named(m.symbols, &old, &new_site, NOW);
	assert_int_equal(truncate(m.modules, 0), 0);
	append(m.modules, "first_mod 4096 0 - Live 0xffffffffc0000000\n");
	assert_int_equal(truncate(m.kallsyms, 0), 0);
	append(m.kallsyms, kallsyms);
	check_named(m.symbols, &no_fn, &(struct answer){ .addr = new_site.addr }, NOW + SECOND / 2);
	machine_remove(&m);
}

/* Modules that come and go all the time: one reading a second. */
TEST(a_module_that_comes_soon_is_named_a_second_later)
{
	struct machine m = machine_make();

	check_named(m.symbols, &no_fn, &(struct answer){ .addr = 1 }, NOW);
	module_load(&m);
	check_named(m.symbols, &no_fn, &(struct answer){ .addr = new_site.addr }, NOW + SECOND / 2);
	check_named(m.symbols, &new_fn, &new_site, NOW + SECOND);
	machine_remove(&m);
}

/* Functions of BPF programs come without a module. */
TEST(a_function_without_a_module_is_named_in_time)
{
	const struct answer none = { .addr = 1 };
	struct machine m = machine_make();

	check_named(m.symbols, &no_fn, &none, NOW);
	append(m.kallsyms, "ffffffffc0000700 t new_fn\t[bpf]\nffffffffc0000800 t sec_fn\t[bpf]\n");
	/* An address that was never seen is a reason to read the file. */
	check_named(m.symbols, &(struct answer){ MODULE + 0x800, "sec_fn", "bpf", 0 }, &none,
		    NOW + 2 * SECOND);
	check_named(m.symbols, &(struct answer){ MODULE + 0x700, "new_fn", "bpf", 0 }, &none,
		    NOW + 2 * SECOND);
	append(m.kallsyms, "0000000000000001 t at_last\n");
	/* After a while an unknown address is a reason to read the file again. */
	check_named(m.symbols, &(struct answer){ 1, "at_last", NULL, 0 },
		    &(struct answer){ 1, "at_last", NULL, 0 }, NOW + 3600 * SECOND);
	machine_remove(&m);
}

static uint64_t hash_of(const char *text)
{
	char path[] = "/tmp/test_modules.XXXXXX";
	uint64_t hash;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	hash = modules__hash(fd);
	assert_int_equal(modules__hash(fd), hash);
	close(fd);
	unlink(path);
	return hash;
}

TEST(users_do_not_change_a_module)
{
	uint64_t hash = hash_of("kvm 1384448 1 kvm_amd, Live 0xffffffffc0500000\n");

	assert_int_equal(hash_of("kvm 1384448 22 - Live 0xffffffffc0500000\n"), hash);
	assert_int_not_equal(hash_of("kvm 1384448 1 kvm_amd, Live 0xffffffffc0600000\n"), hash);
	assert_int_not_equal(hash_of("kvm 1384448 1 kvm_amd, Loading 0xffffffffc0500000\n"), hash);
	assert_int_not_equal(hash_of("kvn 1384448 1 kvm_amd, Live 0xffffffffc0500000\n"), hash);
	assert_int_not_equal(hash_of(""), hash);
	assert_int_equal(modules__hash(-1), modules__hash(-1));
}

TEST(attempts_become_rare_but_never_end)
{
	struct backoff b = {};
	int attempts = 0;

	assert_true(backoff__try(&b, NOW));
	assert_false(backoff__try(&b, NOW + BACKOFF_LEAST_NS - 1));
	for (uint64_t s = 1; s < 3600; s++)
		attempts += backoff__try(&b, NOW + s * SECOND);
	/* The gaps are 1, 2, 4, ... 32 s, and then 64 s. */
	assert_int_equal(attempts, 6 + (3599 - 63) / 64);
	/*
	 * After a long time without an attempt, or after a success, the next attempt is made at
	 * once.
	 */
	assert_true(backoff__try(&b, NOW + 7200 * SECOND));
	assert_true(backoff__try(&b, NOW + 7201 * SECOND));
	backoff__reset(&b);
	assert_true(backoff__try(&b, NOW + 7201 * SECOND));
	assert_int_equal(b.gap, BACKOFF_LEAST_NS);
}

TEST(no_file_no_symbols)
{
	struct symbols *symbols = NULL;

	assert_int_equal(symbols__open(&symbols, "/no/such/file", NULL), -ENOENT);
	assert_null(symbols);
	symbols__close(NULL);
}

/* More functions than the table has room for at first. */
#define MANY 40000

static struct symbols *many_symbols(void)
{
	struct symbols *symbols;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	for (int i = 0; i < MANY; i++)
		fprintf(file, "%llx t f%d\n", TEXT + 16ULL * i, i);
	assert_int_equal(fclose(file), 0);
	symbols = symbols_of(text);
	free(text);
	return symbols;
}

/* In half a table the last symbol would name all later addresses. */
TEST(without_memory_nothing_has_a_name)
{
	const struct answer last = { TEXT + 16 * (MANY - 1) + 4, "f39999", NULL, 4 };
	struct symbols *symbols = many_symbols();

	for (int room = 0; room < 2; room++) {
		struct symbol symbol = { .addr = last.addr };

		growths = room;
		assert_int_equal(symbols__find(symbols, &symbol, false, NOW), -ENOMEM);
		check_symbol(&symbol, &(struct answer){ .addr = last.addr });
	}
	growths = INT_MAX;
	for (int again = 0; again < 2; again++) {
		struct symbol symbol = { .addr = last.addr };

		assert_int_equal(symbols__find(symbols, &symbol, false, NOW), 0);
		check_symbol(&symbol, &last);
	}
	symbols__close(symbols);
}

TEST(frames_are_named_together)
{
	struct stack_sample sample = {
		.nr = 2, .stack = { { .addr = TEXT + 0x104 }, { .addr = TEXT - 1 } }
	};
	struct symbols *symbols = symbols_of(kallsyms);

	assert_int_equal(symbols__frames(symbols, &sample, NOW), 0);
	check_symbol(&sample.stack[0], &(struct answer){ TEXT + 0x104, "flush_tlb_func", NULL, 4 });
	check_symbol(&sample.stack[1], &(struct answer){ .addr = TEXT - 1 });
	symbols__close(symbols);
}

TEST_MAIN(NULL, NULL)
