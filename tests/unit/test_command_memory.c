// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that read files, without memory: one allocation of each command fails, which is another one in each of
 * many runs. The command then does all that it should, or fails with a message, and gives everything back.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include "command_run.h"
#include "memory_fails.h"

static char directory[] = "/tmp/ipitrace-memory-XXXXXX";
static char text[64], made[64]; /* what is imported, and what the commands write */

/* The reader's process, without its limits. */
int __wrap_confined__run(int (*work)(void *ctx), void *ctx, const char *what, const int *fds,
			 size_t nr)
{
	return work(ctx);
}

#define KEPT(name) "tests/unit/captures/" name ".zst"

static const char *const commands[][8] = {
	{ "report", KEPT("storm") },
	{ "report", "-j", KEPT("senders") },
	{ "report", KEPT("storm"), "calls" },
	{ "report", KEPT("stalls"), "stalls" },
	{ "report", KEPT("stalls"), "waits" },
	{ "report", KEPT("cgroups"), "trace" },
	{ "report", KEPT("storm"), "storm" },
	{ "report", KEPT("storm"), "--html", made },
	{ "report", KEPT("stalls"), "--perfetto", made },
	{ "report", "--diff", KEPT("storm"), KEPT("senders") },
	{ "import", "-j", text, "-o", made },
	{ "report", text, "trace" },
};

/* What the command does with memory. */
static char want[PRINTED_MAX], want_said[4096];
static off_t want_bytes;

static off_t count_made_bytes(void)
{
	struct stat st;

	return stat(made, &st) ? 0 : st.st_size;
}

/* Each message of @said gives the reason. */
static void check_reasons(const char *said)
{
	char *lines = strdup(said);

	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"))
		if (!strstr(line, "Cannot allocate memory"))
			fail_msg("%s", line);
	free(lines);
}

/* Runs @words, whose allocation @nr fails. Returns whether there is such an allocation. */
static bool run_without(const char *const *words, long nr)
{
	int fds = list_fds(NULL);
	size_t before = nr_taken;
	const char *said;
	bool failed, text_is_read = false;

	for (int i = 0; words[i]; i++)
		text_is_read |= words[i] == text;
	unlink(made);
	parse_words(words);
	nr_granted = nr;
	said = run_command(!strcmp(words[0], "report") ? command_report : command_import, NULL);
	failed = nr_granted < 0 && nr >= 0;
	nr_granted = -1;
	assert_int_equal(nr_taken, before);
	assert_int_equal(list_fds(NULL), fds);
	if (nr < 0) {
		assert_int_equal(status, EXIT_DONE);
		strcpy(want, out);
		snprintf(want_said, sizeof(want_said), "%s", said);
		want_bytes = count_made_bytes();
	} else if (status == EXIT_DONE && text_is_read) {
		/* import/names.c: a name for which there is no room is a number, perhaps another one's. */
		assert_has(out, words[1] == text ? "  8.000000" : "\"capture_end\"");
	} else if (status == EXIT_DONE) {
		assert_string_equal(out, want);
		assert_string_equal(said, want_said);
		assert_int_equal(count_made_bytes(), want_bytes);
	} else {
		assert_true(failed);
		assert_int_equal(status, EXIT_FAILED);
		assert_true(*said);
		check_reasons(said);
	}
	return failed;
}

static size_t command;
static long allocation;

/* All of the first ones, which open things; of the thousands of a file's lines few. */
TEST(each_allocation_may_fail, NULL, printed_restore)
{
	for (command = 0; command < ARRAY_SIZE(commands); command++) {
		run_without(commands[command], -1);
		for (allocation = 0; run_without(commands[command], allocation);)
			allocation += allocation < 64 ? 1 : allocation / 4;
		assert_true(allocation > 50);
	}
}

static int setup_group(void **state)
{
	FILE *file;

	if (!mkdtemp(directory))
		return -1;
	snprintf(text, sizeof(text), "%s/text", directory);
	snprintf(made, sizeof(made), "%s/made", directory);
	file = fopen(text, "we");
	for (int i = 0; file && i < 9; i++)
		fprintf(file,
			"  bash-71  [000] d..1.  1%d.5: csd_queue_cpu: cpu=1 callsite=x%d func=y%d csd=0%d\n"
			"<idle>-0  [001] d.h1.  1%d.6: csd_function_entry: func=y%d, csd=0%d\n"
			"<idle>-0  [001] d.h1.  1%d.7: csd_function_exit: func=y%d, csd=0%d\n",
			i, i, i, i + 1, i, i, i + 1, i, i, i + 1);
	return !file || fclose(file) ? -1 : 0;
}

static int teardown_group(void **state)
{
	if (command < ARRAY_SIZE(commands))
		print_error("%s %s %s, allocation %ld\n", commands[command][0],
			    commands[command][1], commands[command][2] ?: "", allocation);
	unlink(text);
	unlink(made);
	return rmdir(directory);
}

TEST_MAIN(setup_group, teardown_group)
