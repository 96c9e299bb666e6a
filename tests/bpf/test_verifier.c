// SPDX-License-Identifier: GPL-2.0
/*
 * How far the verifier walks through the programs before ipitrace can collect. A search that
 * is unrolled in front of other code multiplies that walk, and nothing else tells.
 */
#include <bpf/bpf.h>
#include "collect/collector.h"
#include "../unit/unit.h"

/* Linux 6.18 walks through 21,700; other kernels cut other branches short. */
#define WALKED_MAX 23000

TEST(the_verifier_walks_through_few_instructions)
{
	static const char *const names[] = { "csd_queue", "csd_queue_twin", "csd_entry",
					     "csd_exit" };
	const struct collect_config config = { .no_attach = true, .no_fexit = true };
	struct collector *collector;
	uint32_t walked = 0;

	assert_int_equal(collector__open(&collector, &config), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		assert_int_equal(bpf_obj_get_info_by_fd(
					 programs__fd(&collector->programs, names[i]), &info, &len),
				 0);
		assert_true(info.verified_insns);
		walked += info.verified_insns;
	}
	collector__close(collector);
	if (walked > WALKED_MAX)
		fail_msg("%u instructions, at most %u", walked, WALKED_MAX);
}

TEST_MAIN(NULL, NULL)
