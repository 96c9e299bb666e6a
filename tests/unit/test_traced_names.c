// SPDX-License-Identifier: GPL-2.0
/* The texts that other tracers have for functions and call sites, and the rows that keys have. */
#include "import/import.h"
#include "unit.h"

static struct names *names;

static int begin(void **state)
{
	names = names__new();
	return !names;
}

static int finish(void **state)
{
	names__free(names);
	return 0;
}

static uint64_t id_of(const char *text)
{
	return names__id(names, text, strlen(text));
}

/* @name, @module NULL: none. @addr 0: that of the text's number. */
static void check_symbol(const char *text, const char *name, uint64_t offset, const char *module,
			 uint64_t addr)
{
	uint64_t id = id_of(text);
	struct symbol symbol = names__symbol(names, id);

	assert_members(symbol, addr, addr ?: id, offset, offset);
	assert_string_equal(symbol.name ?: "none", name ?: "none");
	assert_string_equal(symbol.module ?: "none", module ?: "none");
}

TEST(a_text_has_a_name_an_offset_and_a_module, begin, finish)
{
	check_symbol("flush", "flush", 0, NULL, 0);
	check_symbol("flush+0x1c", "flush", 0x1c, NULL, 0);
	check_symbol("flush+0x1c/0x40", "flush", 0x1c, NULL, 0);
	check_symbol("ack_kick [kvm]", "ack_kick", 0, "kvm", 0);
	check_symbol("ack_kick+0x2 [kvm]", "ack_kick", 2, "kvm", 0);
	check_symbol("ack_kick+0x3/0x10 [kvm]", "ack_kick", 3, "kvm", 0);
	check_symbol("odd [a+0x4]", "odd", 0, "a+0x4", 0);
	check_symbol("open [half", "open", 0, "half", 0);
	check_symbol("0x10", NULL, 0, NULL, 0x10);
	check_symbol("0xffffffff8111f2d6", NULL, 0, NULL, 0xffffffff8111f2d6);
}

/* The length of a function, and spaces behind, are not of the name. */
TEST(texts_that_mean_the_same_have_one_number, begin, finish)
{
	uint64_t first = id_of("flush+0x1c");

	assert_int_equal(first, 1);
	assert_int_equal(id_of("flush+0x1c/0x40"), first);
	assert_int_equal(id_of("flush+0x1c/0x99  "), first);
	assert_int_equal(id_of("flush+0x1c "), first);
	assert_int_equal(id_of("flush+0x1d"), 2);
	assert_int_equal(id_of("flush+0x1c/0x40 [kvm]"), 3);
	assert_int_equal(id_of("flush+0x1c [kvm]"), 3);
	assert_int_equal(id_of("flush+0x1c [vhost]"), 4);
	assert_int_equal(id_of("flush+0x1c"), first);
}

TEST(texts_of_nothing_have_no_number, begin, finish)
{
	static const char *const nothing[] = { "", " ", "0x0", "0x0  ", "(nil)" };

	for (size_t i = 0; i < ARRAY_SIZE(nothing); i++)
		assert_int_equal(id_of(nothing[i]), 0);
	assert_int_equal(id_of("0x1"), 1);
	assert_int_equal(id_of("(nul)"), 2);
	assert_int_equal(id_of("0x00"), 3);
}

TEST(a_number_without_a_text_is_an_address, begin, finish)
{
	struct symbol symbol;

	id_of("flush");
	for (uint64_t id = 0; id < 4; id++) {
		symbol = names__symbol(names, id);
		assert_int_equal(symbol.addr, id);
		assert_int_equal(symbol.name != NULL, id == 1);
	}
}

/* Texts of NAME_BYTES - 1 bytes are kept; of longer ones the rest counts for nothing. */
TEST(a_long_text_is_cut, begin, finish)
{
	char text[NAME_BYTES + 8];
	uint64_t id;

	memset(text, 'x', sizeof(text));
	id = names__id(names, text, NAME_BYTES - 1);
	assert_int_equal(strlen(names__symbol(names, id).name), NAME_BYTES - 1);
	assert_int_equal(names__id(names, text, NAME_BYTES), id);
	text[NAME_BYTES - 1] = 'y';
	assert_int_equal(names__id(names, text, sizeof(text)), id);
	text[NAME_BYTES - 2] = 'y';
	assert_int_equal(names__id(names, text, sizeof(text)), id + 1);
	assert_int_equal(names__id(names, text, NAME_BYTES - 2), id + 2);
}

/* The first texts keep their numbers when the room is over. */
TEST(texts_without_room_have_one_number, begin, finish)
{
	char text[32];

	for (int i = 0; i < NAMES_MAX; i++) {
		snprintf(text, sizeof(text), "func_%d", i);
		assert_int_equal(id_of(text), i + 1);
	}
	assert_int_equal(id_of("one_more"), NAME_OTHER + 1);
	assert_int_equal(id_of("another"), NAME_OTHER + 1);
	assert_null(names__symbol(names, NAME_OTHER + 1).name);
	for (int i = 0; i < NAMES_MAX; i++) {
		snprintf(text, sizeof(text), "func_%d", i);
		assert_int_equal(id_of(text), i + 1);
		assert_string_equal(names__symbol(names, i + 1).name, text);
	}
}

TEST(keys_have_rows_in_the_order_of_their_coming)
{
	struct key_map map;

	assert_int_equal(key_map__open(&map, 8), 0);
	for (int again = 0; again < 2; again++) {
		for (int look = 0; look < 2; look++)
			for (uint32_t i = 0; i < 8; i++)
				assert_int_equal(key_map__row(&map, 1000 * i), i);
		assert_members(map, max, 8, nr, 8);
		/* There is no room for another key. */
		assert_int_equal(key_map__row(&map, 77), 8);
		assert_int_equal(map.nr, 8);
		key_map__clear(&map);
		assert_int_equal(map.nr, 0);
		assert_int_equal(key_map__row(&map, 5), 0);
		key_map__clear(&map);
	}
	key_map__close(&map);
}

TEST_MAIN(NULL, NULL)
