// SPDX-License-Identifier: GPL-2.0
/* A program that is not attached any more is noticed: a gate does not pass on what it did not see. */
#include <bpf/libbpf.h>
#include "collect/collector.h"
#include "../unit/unit.h"

static struct collector *collector;

static int setup(void **state)
{
	static const struct collect_config config = { .keep_sums = true };

	return collector__open(&collector, &config);
}

static int teardown(void **state)
{
	collector__close(collector);
	return 0;
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
