/* SPDX-License-Identifier: GPL-2.0 */
/* Two captures that a test makes, line by line, and `ipitrace report` of them. */
#ifndef IPITRACE_TESTS_MADE_CAPTURES_H
#define IPITRACE_TESTS_MADE_CAPTURES_H

#include "captured.h"

#define LINE "{\"schema\":\"ipitrace/1\",\"type\":\""
#define BEGIN                                                                        \
	LINE "capture\",\"minor\":0,\"started\":\"2026-11-28T02:00:00.000000000Z\"," \
	     "\"mono\":1000000000}\n"
#define END LINE "capture_end\"}\n"

static char directory[] = "/tmp/ipitrace-report-XXXXXX";
static char paths[2][64]; /* of the captures */

static int setup(void **state)
{
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	for (int i = 0; i < 2; i++)
		snprintf(paths[i], sizeof(paths[i]), "%s/%c", directory, 'a' + i);
	return 0;
}

static int teardown(void **state)
{
	printed_restore(state);
	for (int i = 0; i < 2; i++)
		unlink(paths[i]);
	return rmdir(directory);
}

/* The parser's child, without its limits. */
int __wrap_confined__run(int (*work)(void *ctx), void *ctx, const char *what, const int *fds,
			 size_t nr)
{
	int result = work(ctx);

	for (size_t i = 0; i < PICTURES; i++)
		assert_true(fds[i] == -1 || opts.html);
	assert_true(nr > PICTURES);
	return result;
}

static void capture_make(int which, const char *const *lines)
{
	int fd = open(paths[which], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct capture_writer *w;

	assert_true(fd >= 0);
	assert_int_equal(capture_writer__open(&w, fd), 0);
	for (; *lines; lines++)
		assert_int_equal(capture_writer__add(w, *lines, strlen(*lines)), 0);
	assert_int_equal(capture_writer__flush(w), 0);
	capture_writer__close(w);
	close(fd);
}

#define CAPTURE(which, ...) \
	capture_make(which, (const char *const[]){ BEGIN, __VA_ARGS__, END, NULL })

/* What differs between the windows of a test. */
struct made {
	double from, to; /* s */
	unsigned int queued, carried_in, function, in_flight, lost, exit_unseen, orphans;
	unsigned int ran; /* handlers with a time */
	const char *func; /* NULL: without a name */
	unsigned int rowless, filter_unseen, sends_unseen, waits_unseen;
};

/* A line, valid until the eighth call after. */
static const char *window(struct made w)
{
	static char lines[8][1024];
	static int turn;
	char *line = lines[turn++ % ARRAY_SIZE(lines)], func[32] = "null", other[64] = "";

	if (w.func)
		snprintf(func, sizeof(func), "\"%s\"", w.func);
	if (w.rowless)
		snprintf(other, sizeof(other), ",{\"func\":\"other\",\"count\":%u}", w.rowless);
	snprintf(line, sizeof(lines[0]),
		 LINE
		 "snapshot\",\"window\":{\"mono_start\":%.0f,\"mono_end\":%.0f},"
		 "\"ledger\":{\"queued\":%u,\"carried_in\":%u,"
		 "\"matched\":{\"function\":%u,\"ttwu\":0,\"irq_work\":0},\"in_flight\":%u,"
		 "\"lost\":%u,\"lost_by\":{\"run_unseen\":%u},\"exit_unseen\":%u,\"orphans\":%u,"
		 "\"filter_unseen\":%u},\"sends_unseen\":%u,\"calls\":{\"waits_unseen\":%u},"
		 "\"cpus\":[{\"cpu\":0,\"sent\":%u},{\"cpu\":1,\"received\":%u,"
		 "\"handler\":{\"count\":%u,\"sum\":%u,\"max\":1,"
		 "\"buckets\":[{\"le\":1,\"count\":%u}]}}],"
		 "\"functions\":[{\"func\":%s,\"callsite\":\"0x10\",\"count\":%u}%s]}\n",
		 w.from * 1e9, w.to * 1e9, w.queued, w.carried_in, w.function, w.in_flight, w.lost,
		 w.lost, w.exit_unseen, w.orphans, w.filter_unseen, w.sends_unseen, w.waits_unseen,
		 w.queued, w.queued, w.ran, w.ran, w.ran, func, w.queued - w.rowless, other);
	return line;
}

#define WINDOW(...) window((struct made){ __VA_ARGS__ })
#define FLUSHES	    .func = "flush"

/* Runs the words, and returns what they say. */
static const char *report(const char *const *words)
{
	parse_words(words);
	return run_command(command_report, NULL);
}

#define REPORT(...) report((const char *const[]){ "report", __VA_ARGS__, NULL })
#define GATE()	    REPORT("--diff", "--exit-code", "-q", paths[0], paths[1])

static inline size_t lines_in(const char *text)
{
	size_t nr = 0;

	for (; (text = strchr(text, '\n')); text++)
		nr++;
	return nr;
}

#endif /* IPITRACE_TESTS_MADE_CAPTURES_H */
