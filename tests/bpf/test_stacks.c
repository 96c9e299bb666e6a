// SPDX-License-Identifier: GPL-2.0
/*
 * stack_keep(): a stack whose place in the map `stacks` another stack has. The map has two places
 * here. The test loads a program many times: each copy has an address of its own, and therefore a
 * stack with a hash of its own.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "../unit/unit.h"

#define PLACES 2
/*
 * A stack without its program's frame goes to the other place with a chance of a half. In one of some
 * ten million runs none of the copies has such a stack, and the test fails.
 */
#define COPIES 24

/* A copy of the program, and the stack that it keeps in an empty map. */
struct copy {
	struct bpf_object *object;
	int prog;
	__u64 stack[STACK_DEPTH];
};

static struct copy copies[COPIES];
static int stacks = -1;

static void forget_all(void)
{
	for (__u32 at = 0; at < PLACES; at++)
		bpf_map_delete_elem(stacks, &at);
}

/* Run @copy. Returns the place of its stack in the map, or NO_STACK. */
static __s32 run_copy(const struct copy *copy)
{
	__u64 none = 0;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &none, .ctx_size_in = sizeof(none));

	assert_int_equal(bpf_prog_test_run_opts(copy->prog, &opts), 0);
	return opts.retval;
}

static void read_stack(__u32 at, __u64 stack[STACK_DEPTH])
{
	memset(stack, 0, STACK_DEPTH * sizeof(*stack));
	assert_int_equal(bpf_map_lookup_elem(stacks, &at, stack), 0);
}

static void load_copy(struct copy *copy)
{
	const char *build = getenv("BUILD");
	struct bpf_map *map;
	char path[256];
	__s32 at;

	snprintf(path, sizeof(path), "%s/tests/stacks.bpf.o", build ? build : "build");
	copy->object = bpf_object__open_file(path, NULL);
	assert_non_null(copy->object);
	map = bpf_object__find_map_by_name(copy->object, "stacks");
	assert_non_null(map);
	if (stacks < 0)
		assert_int_equal(bpf_map__set_max_entries(map, PLACES), 0);
	else
		assert_int_equal(bpf_map__reuse_fd(map, stacks), 0);
	assert_int_equal(bpf_object__load(copy->object), 0);
	if (stacks < 0)
		stacks = bpf_map__fd(map);
	copy->prog = bpf_program__fd(bpf_object__find_program_by_name(copy->object, "keep"));
	forget_all();
	at = run_copy(copy);
	assert_in_range(at, 0, PLACES - 1);
	read_stack(at, copy->stack);
}

static int load_copies(void **state)
{
	stacks = -1;
	for (int i = 0; i < COPIES; i++)
		load_copy(&copies[i]);
	return 0;
}

static int unload_copies(void **state)
{
	for (int i = 0; i < COPIES; i++)
		bpf_object__close(copies[i].object);
	return 0;
}

TEST(an_empty_place_gets_the_whole_stack, load_copies, unload_copies)
{
	for (int i = 0; i < COPIES; i++) {
		/* The program, the kernel's bpf(2), and the entry of the system call. */
		assert_true(copies[i].stack[2] != 0);
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(copies[i].stack, copies[j].stack, sizeof(__u64));
	}
}

static bool is_stack_of(const __u64 stack[STACK_DEPTH], const struct copy *copy)
{
	return !memcmp(stack, copy->stack, sizeof(copy->stack));
}

/* Whether @stack has the kernel's frames of @copy, and one frame of its program less than that. */
static bool lacks_one_frame(const __u64 stack[STACK_DEPTH], const struct copy *copy,
			    const struct copy *other)
{
	int own = 0;

	/* The frames of a program, which no other copy has, come first: one on x86, two on arm64. */
	while (copy->stack[own] != other->stack[own])
		own++;
	return !memcmp(stack + own - 1, copy->stack + own, (STACK_DEPTH - own) * sizeof(*stack));
}

/*
 * The stack of @second comes when @first has kept its stack. Returns whether the stack of @second
 * was kept without the first frame of its program.
 */
static bool keeps_without_program(const struct copy *first, const struct copy *second)
{
	__u64 stack[STACK_DEPTH];
	__s32 taken, at;

	forget_all();
	taken = run_copy(first);
	at = run_copy(second);
	/* The first stack has stayed where it was, and the second has a place of its own or none. */
	read_stack(taken, stack);
	assert_true(is_stack_of(stack, first));
	assert_int_equal(run_copy(first), taken);
	if (at == NO_STACK)
		return false;
	assert_int_equal(at, !taken);
	read_stack(at, stack);
	if (is_stack_of(stack, second))
		return false;
	assert_true(lacks_one_frame(stack, second, first));
	assert_int_equal(run_copy(second), at);
	return true;
}

/* Without the second attempt these stacks would be lost, and their csds would have no cause. */
TEST(a_stack_whose_place_is_taken_goes_elsewhere, load_copies, unload_copies)
{
	int kept = 0;

	for (int i = 0; i < COPIES; i++)
		for (int j = 0; j < COPIES; j++)
			kept += i != j && keeps_without_program(&copies[i], &copies[j]);
	assert_true(kept > 0);
}

int main(void)
{
	if (geteuid()) {
		puts("1..0 # SKIP not root");
		return 0;
	}
	return run_all_tests(NULL, NULL);
}
