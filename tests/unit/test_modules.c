// SPDX-License-Identifier: GPL-2.0
/* The list of modules: its lines, a list longer than a read, and what two lists have not in common. */
#include "host/symbols.h"
#include "memory_file.h"
#include "unit.h"

#define BASE 0xffffffffc0000000ULL

static struct modules list_of(const char *text)
{
	struct modules modules = {};
	int fd = make_file(text, strlen(text));

	assert_int_equal(modules__read(&modules, fd), 0);
	close(fd);
	return modules;
}

TEST(a_module_has_its_name_and_its_place)
{
	struct modules modules = list_of("kvm 1384448 1 kvm_amd, Live 0xffffffffc0500000\n"
					 "\n"
					 "no line of it\n"
					 "tls 4096 0 - Loading 0x0\n"
					 "cut 4096 0 - Live");

	assert_int_equal(modules.nr, 2);
	assert_members(modules.at[0], name, "kvm", start, BASE + 0x500000, end,
		       BASE + 0x500000 + 1384448, other, false);
	assert_members(modules.at[1], name, "tls", start, 0, end, 4096);
	assert_ptr_equal(modules__find(&modules, "tls"), &modules.at[1]);
	assert_ptr_equal(modules__find(&modules, "kvm"), &modules.at[0]);
	assert_null(modules__find(&modules, "kv"));
	free(modules.at);
}

TEST(a_list_is_read_in_place_of_another)
{
	struct modules modules = list_of("a 4096 0 - Live 0x1000\nb 4096 0 - Live 0x2000\n");
	int fd = make_file("c 1 0 - Live 0x3000\n", 20);

	assert_int_equal(modules__read(&modules, fd), 0);
	assert_members(modules, nr, 1, at[0].name, "c", at[0].start, 0x3000, at[0].end, 0x3001);
	close(fd);
	/* A list that cannot be opened is empty. */
	assert_int_equal(modules__read(&modules, -1), 0);
	assert_int_equal(modules.nr, 0);
	free(modules.at);
}

/* Returns a list of 2,000 modules, longer than what is read at a time; @users: of each. */
static char *long_list(const char *users)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	for (int i = 0; i < 2000; i++)
		fprintf(file, "module_%d %d %s Live 0x%llx\n", i, 4096 + i, users,
			BASE + 0x10000ULL * i);
	assert_int_equal(fclose(file), 0);
	return text;
}

static uint64_t hash_of(const char *text)
{
	int fd = make_file(text, strlen(text));
	uint64_t hash = modules__hash(fd);

	close(fd);
	return hash;
}

TEST(a_long_list_is_read_to_its_end)
{
	char *text = long_list("0 -"), *used = long_list("12 a,b,c,"), *last;
	struct modules modules = list_of(text);
	char name[32];

	assert_int_equal(modules.nr, 2000);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "module_%d", i);
		assert_members(modules.at[i], name, name, start, BASE + 0x10000ULL * i, end,
			       BASE + 0x10000ULL * i + 4096 + i);
	}
	assert_int_equal(hash_of(text), hash_of(used));
	/* The last digit of the list. */
	last = text + strlen(text) - 2;
	*last = *last == '0' ? '1' : '0';
	assert_int_not_equal(hash_of(text), hash_of(used));
	free(modules.at);
	free(text);
	free(used);
}

/* A module that was loaded again is another one: at another place, of another size, or not ready. */
TEST(what_only_one_list_has_is_marked_in_both)
{
	static const char *const others[] = {
		"a 4096 0 - Live 0x1001\n",
		"a 4097 0 - Live 0x1000\n",
		"a 4096 0 - Going 0x1000\n",
		"x 4096 0 - Live 0x1000\n",
		"",
	};
	static const char both[] = "b 4096 0 - Live 0x9000\n";
	struct modules one = list_of("a 4096 0 - Live 0x1000\nb 4096 0 - Live 0x9000\n"), other;
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		snprintf(text, sizeof(text), "%s%s", both, others[i]);
		other = list_of(text);
		modules__compare(&other, &one);
		assert_members(one, at[0].other, true, at[1].other, false);
		assert_false(other.at[0].other);
		if (*others[i])
			assert_true(other.at[1].other);
		free(other.at);
	}
	/* The number of users, and their names, make no difference. */
	other = list_of("b 4096 3 x, Live 0x9000\na 4096 7 y,z, Live 0x1000\n");
	modules__compare(&one, &other);
	for (int i = 0; i < 2; i++)
		assert_false(one.at[i].other || other.at[i].other);
	free(one.at);
	free(other.at);
}

TEST(an_address_is_within_a_module_or_not)
{
	struct modules modules = list_of("a 4096 0 - Live 0x1000\nb 4096 0 - Live 0x9000\n");

	assert_false(modules__has_other_at(&modules, 0x9000));
	modules.at[1].other = true;
	assert_false(modules__has_other_at(&modules, 0x1000));
	assert_false(modules__has_other_at(&modules, 0x8fff));
	assert_true(modules__has_other_at(&modules, 0x9000));
	assert_true(modules__has_other_at(&modules, 0x9fff));
	assert_false(modules__has_other_at(&modules, 0xa000));
	free(modules.at);
}

TEST_MAIN(NULL, NULL)
