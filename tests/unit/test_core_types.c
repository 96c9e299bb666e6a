// SPDX-License-Identifier: GPL-2.0
/* The few types of a made-up kernel that an object names, as libbpf reads them. */
#include <fcntl.h>
#include <sys/mman.h>
#include <bpf/btf.h>
#include "collect/layout.h"
#include "unit.h"

static struct btf *kernel, *programs, *few;
static char path[64];
static int fd;

static int setup(void **state)
{
	kernel = btf__new_empty();
	programs = btf__new_empty();
	fd = core_types__create(path, sizeof(path));
	return fd < 0;
}

static int teardown(void **state)
{
	btf__free(kernel);
	btf__free(programs);
	btf__free(few);
	few = NULL;
	close(fd);
	return 0;
}

#define TYPES_TEST(name) TEST(name, setup, teardown)

/* Let the object name a structure. */
static void name_struct(const char *name)
{
	assert_true(btf__add_struct(programs, name, 4) > 0);
}

static void write_types(void)
{
	assert_int_equal(core_types__write(fd, kernel, programs), 0);
	few = btf__parse(path, NULL);
	assert_non_null(few);
}

/* Add a structure with one member, which follows @offset bits. Returns its id. */
static int add_struct(const char *name, uint32_t size, const char *member, int type,
		      uint32_t offset)
{
	int id = btf__add_struct(kernel, name, size);

	assert_true(id > 0);
	assert_int_equal(btf__add_field(kernel, member, type, offset, 0), 0);
	return id;
}

static int nr_named(const char *name)
{
	int nr = 0;

	for (uint32_t id = 1; id < btf__type_cnt(few); id++)
		nr += !strcmp(btf__name_by_offset(few, btf__type_by_id(few, id)->name_off), name);
	return nr;
}

#define assert_field(type, member, at, bytes)                          \
	do {                                                           \
		struct field found = layout__field(few, type, member); \
		assert_int_equal(found.offset, at);                    \
		assert_int_equal(found.size, bytes);                   \
	} while (0)

TYPES_TEST(only_what_is_named_is_copied)
{
	int number = btf__add_int(kernel, "int", 4, BTF_INT_SIGNED);

	add_struct("rq", 8, "clock", number, 32);
	add_struct("other", 4, "clock", number, 0);
	name_struct("rq___old");
	name_struct("absent");
	write_types();
	assert_field("rq", "clock", 4, 4);
	assert_int_equal(btf__type_cnt(few), 3);
	assert_int_equal(nr_named("int"), 1);
	assert_int_equal(nr_named("other"), 0);
	assert_int_equal(btf_int_encoding(btf__type_by_id(few, 1)), BTF_INT_SIGNED);
}

/* The suffix of a flavor belongs to the object's name, and the name before must be the whole one. */
TYPES_TEST(a_flavor_has_the_kernel_s_name)
{
	int number = btf__add_int(kernel, "int", 4, 0);

	add_struct("rq_flags", 4, "a", number, 0);
	add_struct("r", 4, "a", number, 0);
	add_struct("rq", 4, "a", number, 0);
	name_struct("rq___of_6_5");
	write_types();
	assert_int_equal(nr_named("rq"), 1);
	assert_int_equal(nr_named("rq_flags") + nr_named("r"), 0);
}

/* Two of the kernel's structures may have one name. libbpf compares both. */
TYPES_TEST(each_type_of_the_name_is_copied)
{
	int number = btf__add_int(kernel, "int", 4, 0);

	add_struct("rq", 4, "a", number, 0);
	add_struct("rq", 8, "a", number, 32);
	name_struct("rq");
	write_types();
	assert_int_equal(nr_named("rq"), 2);
	assert_int_equal(nr_named("int"), 1);
}

/* A structure points to itself, and to one that is only declared. */
TYPES_TEST(what_a_pointer_points_to_is_not_copied)
{
	assert_int_equal(btf__add_ptr(kernel, 4), 1);
	assert_int_equal(btf__add_fwd(kernel, "task", BTF_FWD_STRUCT), 2);
	assert_int_equal(btf__add_ptr(kernel, 2), 3);
	assert_int_equal(add_struct("node", 24, "next", 1, 0), 4);
	assert_int_equal(btf__add_field(kernel, "task", 3, 64, 0), 0);
	name_struct("node");
	write_types();
	assert_field("node", "next", 0, 8);
	assert_field("node", "task", 8, 8);
	assert_int_equal(nr_named("task"), 0);
	assert_int_equal(btf__type_cnt(few), 4);
}

TYPES_TEST(members_of_members_are_copied)
{
	int number = btf__add_int(kernel, "unsigned long", 8, 0);
	int mode = btf__add_enum(kernel, "mode", 4);
	int wide = btf__add_enum64(kernel, "wide", 8, true);
	int real = btf__add_float(kernel, "double", 8);
	int inner = add_struct("inner", 16, "x", number, 64);
	int items = btf__add_array(kernel, number, inner, 3);
	int constant = btf__add_const(kernel, btf__add_volatile(kernel, items));
	int choice = btf__add_union(kernel, NULL, 8);

	assert_int_equal(btf__add_field(kernel, "mode", mode, 0, 0), 0);
	assert_int_equal(btf__add_field(kernel, "wide", wide, 0, 0), 0);
	assert_int_equal(btf__add_field(kernel, "real", real, 0, 0), 0);
	add_struct("outer", 64, "items", constant, 0);
	assert_int_equal(btf__add_field(kernel, "", choice, 48 * 8, 0), 0);
	assert_int_equal(btf__add_field(kernel, "last", inner, 56 * 8, 0), 0);
	name_struct("outer");
	write_types();
	assert_field("outer", "items", 0, 48);
	assert_field("outer", "mode", 48, 4);
	assert_field("outer", "wide", 48, 8);
	assert_field("outer", "real", 48, 8);
	assert_field("outer", "last.x", 64, 8);
	assert_int_equal(nr_named("inner"), 1);
}

/* mm_context_t is a typedef of a structure without a name. */
TYPES_TEST(a_typedef_may_name_a_structure)
{
	int number = btf__add_int(kernel, "int", 4, 0);
	int alone = add_struct(NULL, 12, "a", number, 64);

	btf__add_typedef(kernel, "mm_context_t", alone);
	btf__add_typedef(kernel, "other_t", alone);
	btf__add_typedef(programs, "mm_context_t", btf__add_struct(programs, NULL, 4));
	write_types();
	assert_field("mm_context_t", "a", 8, 4);
	assert_int_equal(nr_named("other_t"), 0);
}

TYPES_TEST(bits_stay_bits)
{
	int number = btf__add_int(kernel, "int", 4, 0);
	const struct btf_type *type;

	btf__add_struct(kernel, "flags", 4);
	assert_int_equal(btf__add_field(kernel, "one", number, 3, 1), 0);
	assert_int_equal(btf__add_field(kernel, "five", number, 4, 5), 0);
	name_struct("flags");
	write_types();
	type = btf__type_by_id(few, btf__find_by_name_kind(few, "flags", BTF_KIND_STRUCT));
	assert_true(btf_kflag(type));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(btf_member_bit_offset(type, i), 3 + i);
		assert_int_equal(btf_member_bitfield_size(type, i), i ? 5 : 1);
	}
}

/* More names than the first 64 places have room for. */
TYPES_TEST(many_names_are_found)
{
	int number = btf__add_int(kernel, "int", 4, 0);
	char name[16];

	for (int i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		add_struct(name, 4, "a", number, 0);
		if (i % 3)
			name_struct(name);
	}
	write_types();
	assert_int_equal(btf__type_cnt(few), 1 + 1 + 400);
	assert_int_equal(nr_named("s1"), 1);
	assert_int_equal(nr_named("s3"), 0);
}

/* No kernel has such a type, but the copy must end. */
TYPES_TEST(a_type_in_itself_is_refused)
{
	add_struct("rq", 4, "self", 1, 0);
	name_struct("rq");
	assert_int_equal(core_types__write(fd, kernel, programs), -EINVAL);
}

TYPES_TEST(a_file_that_cannot_be_written_is_an_error)
{
	int closed = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(core_types__write(closed, kernel, programs), -EBADF);
	close(closed);
}

/* libbpf opens the file by its path. */
TYPES_TEST(the_path_leads_to_the_file)
{
	char text[8] = "";
	int again;

	assert_int_equal(write(fd, "abc", 3), 3);
	again = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(again, text, sizeof(text)), 3);
	assert_string_equal(text, "abc");
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(again);
}

static bool unreadable;

int __real_access(const char *name, int mode);
int __wrap_access(const char *name, int mode)
{
	if (!unreadable)
		return __real_access(name, mode);
	errno = EACCES;
	return -1;
}

/* /proc/self/fd belongs to root in a process that got capabilities by its file. */
TEST(a_path_that_cannot_be_opened_is_not_used)
{
	int before = list_fds(NULL);

	unreadable = true;
	assert_int_equal(core_types__create(path, sizeof(path)), -EACCES);
	unreadable = false;
	assert_int_equal(list_fds(NULL), before);
}

TEST_MAIN(NULL, NULL)
