/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the unit tests: the includes that most need, TEST(), and repeatable randomness. */
#ifndef IPITRACE_TESTS_UNIT_H
#define IPITRACE_TESTS_UNIT_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The tests of this program, in the order of the file. */
static struct CMUnitTest unit_tests[256];
static size_t nr_unit_tests;

static inline void add_test(const char *name, CMUnitTestFunction run, CMFixtureFunction set_up,
			    CMFixtureFunction tear_down, void *state)
{
	if (nr_unit_tests == sizeof(unit_tests) / sizeof(*unit_tests))
		abort();
	unit_tests[nr_unit_tests++] = (struct CMUnitTest){ name, run, set_up, tear_down, state };
}

/* Begins a test, and adds it to unit_tests: TEST(name), TEST(name, SETUP, TEARDOWN). */
#define TEST(test, ...)                                                  \
	static void test(void **state);                                  \
	__attribute__((constructor)) static void add_##test##_test(void) \
	{                                                                \
		const CMFixtureFunction fixture[2] = { __VA_ARGS__ };    \
		add_test(#test, test, fixture[0], fixture[1], NULL);     \
	}                                                                \
	static void test(void **state)

/* The same with the file's own setup() and teardown(). */
#define TEST_F(test) TEST(test, setup, teardown)

#define FDS_MAX 1024 /* more than a test opens */

/* Fills @open in with the open descriptors, if it is not NULL; returns how many there are. */
static inline int list_fds(bool *open)
{
	int nr = 0;

	for (int fd = 0; fd < FDS_MAX; fd++) {
		bool is_open = fcntl(fd, F_GETFD) >= 0;

		nr += is_open;
		if (open)
			open[fd] = is_open;
	}
	return nr;
}

/* Prints the descriptors that are open and were not @before, and a child. Returns how many there are. */
static inline int report_left(const bool *before)
{
	bool after[FDS_MAX];
	char path[32], file[256];
	int nr = 0;
	pid_t child;

	list_fds(after);
	for (int fd = 0; fd < FDS_MAX; fd++) {
		ssize_t len;

		if (before[fd] || !after[fd])
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, file, sizeof(file));
		fprintf(stderr, "the tests leave descriptor %d open: %.*s\n", fd,
			len > 0 ? (int)len : 0, file);
		nr++;
	}
	child = waitpid(-1, NULL, WNOHANG);
	if (child >= 0)
		fprintf(stderr, "the tests leave a process, which %s\n",
			child ? "has ended" : "runs");
	return nr + (child >= 0);
}

/* Returns not 0 also if the tests leave a descriptor or a process: src/ or the tests are wrong. */
static inline int run_all_tests(CMFixtureFunction group_setup, CMFixtureFunction group_teardown)
{
	struct CMUnitTest tests[nr_unit_tests];
	bool before[FDS_MAX];
	int failed;

	list_fds(before);
	memcpy(tests, unit_tests, sizeof(tests));
	failed = cmocka_run_group_tests(tests, group_setup, group_teardown);
	return failed ?: report_left(before);
}

#define TEST_MAIN(group_setup, group_teardown)                     \
	int main(void)                                             \
	{                                                          \
		return run_all_tests(group_setup, group_teardown); \
	}

/* @n times, or a tenth of that on an emulated processor (tests/vm/guest/programs.sh). */
static inline int repeats(int n)
{
	return getenv("EMULATED") ? n / 10 : n;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* Fails, and shows the text, unless @text has each of the @nr @words, or lacks each, as @wanted says. */
static inline void check_words(const char *text, const char *const *words, size_t nr, bool wanted,
			       const char *file, int line)
{
	for (size_t i = 0; i < nr; i++) {
		if (text && words[i] && !strstr(text, words[i]) == !wanted)
			continue;
		print_error("%s \"%s\" in:\n%s\n", wanted ? "no" : "there is", words[i],
			    text ?: "nothing");
		_fail(file, line);
	}
}

#define NR_WORDS(...) (sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
#define CHECK_WORDS(text, wanted, ...)                                                         \
	check_words(text, (const char *const[]){ __VA_ARGS__ }, NR_WORDS(__VA_ARGS__), wanted, \
		    __FILE__, __LINE__)
/* Texts that are all there, and texts that are not. */
#define assert_has(text, ...)	CHECK_WORDS(text, true, __VA_ARGS__)
#define assert_lacks(text, ...) CHECK_WORDS(text, false, __VA_ARGS__)

/* Fails, and shows the texts one below the other, unless they are the same. */
static inline void check_same_text(const char *got, const char *want, const char *file, int line)
{
	if (!strcmp(got, want))
		return;
	print_error("got:\n%s\nwant:\n%s\n", got, want);
	_fail(file, line);
}

#define assert_text(got, want) check_same_text(got, want, __FILE__, __LINE__)

/* Returns how often @text has @words. */
static inline size_t count_words(const char *text, const char *words)
{
	size_t nr = 0;

	for (; (text = strstr(text, words)); text++)
		nr++;
	return nr;
}

/* These fail unless the member is as wanted, and name it. */
static inline void check_number_member(const char *name, uint64_t got, uint64_t want,
				       const char *file, int line)
{
	if (got == want)
		return;
	print_error("%s is %lld, not %lld\n", name, (long long)got, (long long)want);
	_fail(file, line);
}

static inline void check_text_member(const char *name, const char *got, const char *want,
				     const char *file, int line)
{
	if (got && !strcmp(got, want))
		return;
	print_error("%s is \"%s\", not \"%s\"\n", name, got ?: "NULL", want);
	_fail(file, line);
}

#define MEMBER_2(s, m, v) \
	_Generic((s).m, char *: check_text_member, const char *: check_text_member, default: check_number_member)( \
		#m, (s).m, v, __FILE__, __LINE__)
#define MEMBER_4(s, m, v, ...)	(MEMBER_2(s, m, v), MEMBER_2(s, __VA_ARGS__))
#define MEMBER_6(s, m, v, ...)	(MEMBER_2(s, m, v), MEMBER_4(s, __VA_ARGS__))
#define MEMBER_8(s, m, v, ...)	(MEMBER_2(s, m, v), MEMBER_6(s, __VA_ARGS__))
#define MEMBER_10(s, m, v, ...) (MEMBER_2(s, m, v), MEMBER_8(s, __VA_ARGS__))
#define MEMBER_12(s, m, v, ...) (MEMBER_2(s, m, v), MEMBER_10(s, __VA_ARGS__))
#define MEMBER_14(s, m, v, ...) (MEMBER_2(s, m, v), MEMBER_12(s, __VA_ARGS__))
#define MEMBER_16(s, m, v, ...) (MEMBER_2(s, m, v), MEMBER_14(s, __VA_ARGS__))
#define MEMBER_18(s, m, v, ...) (MEMBER_2(s, m, v), MEMBER_16(s, __VA_ARGS__))
#define MEMBER_20(s, m, v, ...) (MEMBER_2(s, m, v), MEMBER_18(s, __VA_ARGS__))
#define MEMBER_N(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, \
		 _19, _20, n, ...)                                                                \
	MEMBER_##n
#define MEMBERS(...) \
	MEMBER_N(__VA_ARGS__, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
/* assert_members(object, member, value, member, value ...) of whole numbers and strings, up to 10 of these. */
#define assert_members(s, ...) MEMBERS(__VA_ARGS__)(s, __VA_ARGS__)

/* Returns the same numbers in each run (splitmix64), so that a failure can be repeated. */
static inline uint64_t random_next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Returns a number below 2^@bits, all magnitudes of which are equally likely; 0 < @bits <= 64. */
static inline uint64_t random_magnitude(uint64_t *seed, unsigned int bits)
{
	unsigned int shift = 64 - bits + random_next(seed) % bits;

	return random_next(seed) >> shift;
}

/* Appends to @text, which has room for @size bytes; fails where that is too little. */
static inline void __attribute__((format(printf, 3, 4)))
text_append(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	len += vsnprintf(text + len, size - len, format, args);
	va_end(args);
	assert_true(len < size);
}

#endif /* IPITRACE_TESTS_UNIT_H */
