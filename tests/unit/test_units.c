// SPDX-License-Identifier: GPL-2.0
/* Numbers for people: three digits, the right unit, no more than 7 columns. */
#include "unit.h"
#include "view/words/words.h"

#define COLUMNS	  7
/* From here on seconds round to 7 digits. */
#define NS_END	  999999500000000ULL
#define COUNT_END 999999500000000000ULL

TEST(known_durations)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} known[] = {
		{ 0, "0ns" },
		{ 1, "1ns" },
		{ 812, "812ns" },
		{ 999, "999ns" },
		{ 1000, "1.00us" },
		{ 1234, "1.23us" },
		{ 9994, "9.99us" },
		{ 9995, "10.0us" },
		{ 99949, "99.9us" },
		{ 99950, "100us" },
		{ 999499, "999us" },
		{ 999500, "1.00ms" },
		{ 999999, "1.00ms" },
		{ 45600000, "45.6ms" },
		{ 999499999, "999ms" },
		{ 999500000, "1.00s" },
		{ 9994999999, "9.99s" },
		{ 9995000000, "10.0s" },
		{ 120000000000, "120s" },
		{ 3600000000000, "3600s" },
		{ NS_END - 1, "999999s" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_string_equal(units__ns(known[i].ns).s, known[i].text);
}

TEST(known_counts)
{
	static const struct {
		uint64_t n;
		const char *text;
	} known[] = {
		{ 0, "0" },
		{ 7, "7" },
		{ 999, "999" },
		{ 1000, "1.00k" },
		{ 9994, "9.99k" },
		{ 9995, "10.0k" },
		{ 99949, "99.9k" },
		{ 999499, "999k" },
		{ 999500, "1.00M" },
		{ 45600000, "45.6M" },
		{ 2000000000, "2.00G" },
		{ 3450000000000, "3.45T" },
		{ COUNT_END - 1000000, "999999T" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_string_equal(units__count(known[i].n).s, known[i].text);
}

static double scale_of(const char *unit)
{
	static const struct {
		const char *unit;
		double scale;
	} scales[] = {
		{ "ns", 1 },  { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 },  { "", 1 },
		{ "k", 1e3 }, { "M", 1e6 },  { "G", 1e9 },  { "T", 1e12 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(scales); i++)
		if (!strcmp(scales[i].unit, unit))
			return scales[i].scale;
	fail_msg("unit '%s'", unit);
	return 0;
}

/* @text is @n, rounded to the nearest; three digits from 1000 on. */
static void check_text(uint64_t n, const char *text)
{
	char *unit;
	double value = strtod(text, &unit), scale = scale_of(unit), step = scale;
	const char *point = memchr(text, '.', unit - text);
	size_t digits = unit - text - (point ? 1 : 0);

	for (const char *p = point ? point + 1 : unit; p < unit; p++)
		step /= 10;
	if (n >= 1000 && digits < 3)
		fail_msg("%llu: '%s'", (unsigned long long)n, text);
	if (digits > 3 && point)
		fail_msg("%llu: '%s'", (unsigned long long)n, text);
	/* An exact half may go either way. */
	if (value * scale > n + step * 0.500001 || value * scale < n - step * 0.500001)
		fail_msg("%llu: '%s' is not the nearest", (unsigned long long)n, text);
}

static void check_fits(uint64_t n, const char *text)
{
	check_text(n, text);
	if (strlen(text) > COLUMNS)
		fail_msg("%llu: '%s' is too wide", (unsigned long long)n, text);
}

TEST(every_magnitude_is_rounded_and_fits)
{
	uint64_t seed = 11;

	for (int i = 0; i < 200000; i++) {
		uint64_t n = random_magnitude(&seed, 60);

		if (n < NS_END)
			check_fits(n, units__ns(n).s);
		if (n < COUNT_END)
			check_fits(n, units__count(n).s);
	}
}

TEST(around_each_power_of_ten)
{
	static const uint64_t tops[] = { 9994, 9995, 9999, 99949, 99950, 99951, 999499, 999500 };

	for (uint64_t power = 10; power < NS_END / 10; power *= 10) {
		for (int i = -2; i <= 2; i++) {
			check_fits(power + i, units__ns(power + i).s);
			check_fits(power + i, units__count(power + i).s);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		for (uint64_t scale = 1; tops[i] * scale < NS_END; scale *= 1000) {
			check_fits(tops[i] * scale, units__ns(tops[i] * scale).s);
			check_fits(tops[i] * scale - 1, units__ns(tops[i] * scale - 1).s);
		}
	}
}

TEST(larger_is_never_shown_smaller)
{
	double last = 0;

	for (uint64_t n = 1; n < NS_END; n += 1 + n / 97) {
		struct text text = units__ns(n);
		char *unit;
		double value = strtod(text.s, &unit);

		value *= scale_of(unit);
		assert_true(value >= last);
		last = value;
	}
}

TEST(huge_ones_are_right_at_any_width)
{
	check_text(NS_END, units__ns(NS_END).s);
	check_text(UINT64_MAX / 2, units__ns(UINT64_MAX / 2).s);
	check_text(UINT64_MAX, units__ns(UINT64_MAX).s);
	check_text(COUNT_END, units__count(COUNT_END).s);
	check_text(UINT64_MAX, units__count(UINT64_MAX).s);
}

TEST(no_samples_is_a_dash)
{
	assert_string_equal(units__ns_of(5, 0).s, "-");
	assert_string_equal(units__ns_of(0, 0).s, "-");
	assert_string_equal(units__ns_of(0, 1).s, "0ns");
	assert_string_equal(units__ns_of(1500, 1).s, "1.50us");
}

TEST(known_rates_and_parts)
{
	static const struct {
		double of;
		const char *rate;
		const char *percent;
	} known[] = {
		{ 0, "0", "0%" },
		{ 0.00001, "<0.1", "<0.01%" },
		{ 0.0004, "<0.1", "0.04%" },
		{ 0.0042, "<0.1", "0.4%" },
		{ 0.0994, "0.1", "9.9%" },
		{ 0.0996, "0.1", "10%" },
		{ 0.5, "0.5", "50%" },
		{ 1, "1.0", "100%" },
		{ 99.94, "99.9", "9994%" },
		{ 99.96, "100", "9996%" },
		{ 1234.4, "1.23k", "123440%" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		assert_string_equal(units__rate(known[i].of).s, known[i].rate);
		assert_string_equal(units__percent(known[i].of).s, known[i].percent);
	}
}

/* A line may break before a number, but not between the number and its unit. */
TEST(a_number_keeps_its_unit)
{
	static const struct {
		const char *text, *last;
	} cases[] = {
		{ "cost at 5 % of it", "5 % of it\n" },
		{ "in all 12 us, more", "12 us, more\n" },
		{ "in all for 9 senders", "senders\n" },
		{ "in the end 9", "" },
	};
	char text[128], got[256];
	struct block b;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		/* The text's number would end at the 80th column. */
		size_t number = strcspn(cases[i].text, "0123456789");
		size_t digits = strspn(cases[i].text + number, "0123456789");

		memset(text, 'x', 80 - number - digits - 1);
		snprintf(text + 80 - number - digits - 1, 48, " %s", cases[i].text);
		block__begin(&b, got, sizeof(got));
		block__wrap(&b, text, 0);
		assert_string_equal(strchr(got, '\n') + 1, cases[i].last);
	}
}

TEST(one_is_no_plural)
{
	assert_string_equal(units__plural(0), "s");
	assert_string_equal(units__plural(1), "");
	assert_string_equal(units__plural(2), "s");
	assert_string_equal(units__plural(UINT64_MAX), "s");
}

TEST_MAIN(NULL, NULL)
