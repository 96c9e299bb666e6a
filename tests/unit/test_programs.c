// SPDX-License-Identifier: GPL-2.0
/* How a grace period is waited for: by two maps, which here are other files, or by membarrier(2). */
#include <bpf/bpf.h>
#include "collect/programs.h"
#include "unit.h"

static int nr_created;
static int fails_at; /* the map that cannot be created: 1, 2; 0: none */
static int inner_fd; /* what the second map was given */
static int updated[2]; /* the descriptors of the last update: map, value */
static int update_error;

int __wrap_bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size,
			  __u32 value_size, __u32 entries, const struct bpf_map_create_opts *opts)
{
	(void)name;
	assert_int_equal(type, nr_created ? BPF_MAP_TYPE_ARRAY_OF_MAPS : BPF_MAP_TYPE_ARRAY);
	assert_int_equal(key_size, 4);
	assert_int_equal(value_size, 4);
	assert_int_equal(entries, 1);
	if (opts)
		inner_fd = opts->inner_map_fd;
	if (++nr_created == fails_at) {
		errno = ENOSPC;
		return -1;
	}
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	assert_int_equal(*(const int *)key, 0);
	assert_int_equal(flags, BPF_ANY);
	updated[0] = fd;
	updated[1] = *(const int *)value;
	errno = update_error;
	return update_error ? -1 : 0;
}

static int setup(void **state)
{
	nr_created = fails_at = update_error = 0;
	inner_fd = -1;
	return 0;
}

TEST(two_maps_wait_for_programs, setup)
{
	const int before = list_fds(NULL);
	struct grace grace;

	assert_int_equal(grace__open(&grace, false), 0);
	assert_int_equal(nr_created, 2);
	assert_int_equal(list_fds(NULL), before + 2);
	assert_members(grace, membarrier, false, inner_fd, inner_fd);
	assert_int_not_equal(grace.outer_fd, grace.inner_fd);
	assert_string_equal(grace__how(&grace), "update of a map of maps");
	assert_int_equal(grace__wait(&grace), 0);
	assert_int_equal(updated[0], grace.outer_fd);
	assert_int_equal(updated[1], grace.inner_fd);
	update_error = EBUSY;
	assert_int_equal(grace__wait(&grace), -EBUSY);
	grace__close(&grace);
	assert_members(grace, outer_fd, -1, inner_fd, -1);
	assert_int_equal(list_fds(NULL), before);
}

TEST(a_map_may_have_descriptor_0, setup)
{
	const int saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), before = list_fds(NULL);
	struct grace grace;

	assert_true(saved >= 0);
	close(STDIN_FILENO);
	assert_int_equal(grace__open(&grace, false), 0);
	assert_members(grace, inner_fd, STDIN_FILENO);
	assert_int_equal(inner_fd, STDIN_FILENO);
	assert_true(grace.outer_fd > 0);
	assert_int_equal(list_fds(NULL), before + 1);
	grace__close(&grace);
	assert_int_equal(list_fds(NULL), before - 1);
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
}

TEST(maps_that_cannot_be_created_leave_no_descriptor, setup)
{
	const int before = list_fds(NULL);
	struct grace grace;

	for (fails_at = 1; fails_at <= 2; fails_at++) {
		nr_created = 0;
		assert_int_equal(grace__open(&grace, false), -ENOSPC);
		assert_int_equal(nr_created, fails_at);
		assert_members(grace, outer_fd, -1, inner_fd, -1);
		assert_int_equal(list_fds(NULL), before);
	}
}

TEST(a_program_has_its_uses, setup)
{
	struct programs programs = {};

	assert_true(programs__uses(&programs, USE_ALWAYS));
	programs__use(&programs, USE_FORKS, true);
	programs__use(&programs, USE_KINDS, true);
	programs__use(&programs, USE_KINDS, true);
	assert_true(programs__uses(&programs, USE_FORKS));
	assert_true(programs__uses(&programs, USE_KINDS));
	programs__use(&programs, USE_FORKS, false);
	assert_false(programs__uses(&programs, USE_FORKS));
	assert_true(programs__uses(&programs, USE_KINDS));
	programs__use(&programs, USE_KINDS, false);
	assert_int_equal(programs.uses, 0);
	assert_true(programs__uses(&programs, USE_ALWAYS));
}

TEST_MAIN(NULL, NULL)
