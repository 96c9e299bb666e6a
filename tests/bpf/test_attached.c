// SPDX-License-Identifier: GPL-2.0
/* A program that is not attached any more is noticed: a gate does not pass on what it did not see. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "collect/collector.h"
#include "../unit/unit.h"

static struct collector *collector;
static int asked; /* how often the collector has called count_before() */
static int before; /* this process's links at raw tracepoints at that time */

/* Returns how many links at raw tracepoints this process has. */
static int count_links(void)
{
	DIR *dir = opendir("/proc/self/fdinfo");
	const struct dirent *entry;
	char path[320], line[128];
	int nr = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", entry->d_name);
		file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file))
			nr += !strncmp(line, "tp_name:", strlen("tp_name:"));
		if (file)
			fclose(file);
	}
	closedir(dir);
	return nr;
}

static void count_before(void *ctx)
{
	assert_ptr_equal(ctx, &asked);
	asked++;
	before = count_links();
}

static int setup(void **state)
{
	static const struct collect_config config = {
		.keep_sums = true,
		.attaching = count_before,
		.attaching_ctx = &asked,
	};

	asked = before = 0;
	return collector__open(&collector, &config);
}

static int teardown(void **state)
{
	collector__close(collector);
	return 0;
}

TEST_F(a_command_can_do_something_right_before_the_programs_are_attached)
{
	assert_int_equal(asked, 1);
	assert_int_equal(before, 0);
	assert_true(count_links() >= 3);
}

/* A debugger closes the link's descriptor. */
TEST_F(a_link_that_was_closed_is_noticed)
{
	const struct programs *programs = &collector->programs;
	const struct bpf_prog_skeleton *prog = NULL;
	int fd;

	assert_null(programs__detached(programs));
	for (size_t i = 0; i < programs->nr && !prog; i++) {
		prog = programs__find(programs->skeleton, programs->table[i].name);
		if (prog && !*prog->link)
			prog = NULL;
	}
	assert_non_null(prog);
	fd = bpf_link__fd(*prog->link);
	close(fd);
	assert_non_null(programs__detached(programs));
	assert_string_equal(programs__detached(programs), prog->name);
	/* Another file gets the descriptor's number. */
	assert_int_equal(dup2(STDIN_FILENO, fd), fd);
	assert_non_null(programs__detached(programs));
	assert_string_equal(programs__detached(programs), prog->name);
}

int main(void)
{
	if (geteuid()) {
		puts("1..0 # SKIP not root");
		return 0;
	}
	return run_all_tests(NULL, NULL);
}
