// SPDX-License-Identifier: GPL-2.0
/* Kernel addresses in what others may read: numbers of the run. */
#include "base/sanitize.h"
#include "unit.h"

static struct hidden key;
static char text[256];

static const char *hide(const char *what)
{
	size_t len;

	snprintf(text, sizeof(text), "%s", what);
	len = hidden__addresses(&key, text, strlen(text));
	assert_true(len <= strlen(what));
	text[len] = '\0';
	return text;
}

TEST(an_address_is_a_number_of_the_run)
{
	char first[256], other[256];

	snprintf(first, sizeof(first), "%s", hide("{\"func\":\"0xffffffff81234560\"}"));
	assert_lacks(first, "0xffff");
	assert_int_equal(strlen(first), strlen("{\"func\":\"0x123456789012\"}"));
	assert_memory_equal(first, "{\"func\":\"0x1", 12);
	assert_string_equal(hide("{\"func\":\"0xffffffff81234560\"}"), first);
	snprintf(other, sizeof(other), "%s", hide("{\"func\":\"0xffffffff81234570\"}"));
	assert_string_not_equal(first, other);
	/* In another run the number is different. */
	assert_int_equal(hidden__open(&key), 0);
	assert_string_not_equal(hide("{\"func\":\"0xffffffff81234560\"}"), first);
}

TEST(each_address_in_a_text_is_hidden)
{
	const char *found;

	found = hide(
		"CPU 1 was in 0xffffffffc0a01000+0x12 [m], 0xffff888001234560, 0xFFFFFFFF81000000.");
	assert_lacks(found, "0xfff", "0xFFF");
	assert_has(found, "+0x12 [m], 0x1");
	assert_int_equal(found[strlen(found) - 1], '.');
}

TEST(all_else_stays)
{
	static const char *const texts[] = { "",
					     "0",
					     "0x",
					     "membarrier+0x1f",
					     "0xffffffff",
					     "0x7fffdeadbeef",
					     "ffffffff81234560",
					     "0xffffffff8123456",
					     "\"queued\":18446744073709551615" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_string_equal(hide(texts[i]), texts[i]);
}

/* The reference's key is 00 01 .. 0f, its message 00 01 .. 07 (SipHash-2-4, vectors_sip64[8]). */
TEST(the_hash_is_siphash)
{
	key = (struct hidden){ { 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL } };
	/* 93f5f5799a932462, of which the upper 44 bits are shown. */
	assert_string_equal(hide("0x0706050403020100"), "0x193f5f5799a9");
}

int main(void)
{
	assert_int_equal(hidden__open(&key), 0);
	return run_all_tests(NULL, NULL);
}
