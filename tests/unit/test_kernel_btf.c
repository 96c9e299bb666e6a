// SPDX-License-Identifier: GPL-2.0
/* Whether the kernel's types have a name, by a made-up BTF: a header, types, then the names. */
#include <bpf/btf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include "collect/layout.h"
#include "unit.h"

#define TYPES 200 /* bytes */

static const char names[] = "\0first\0task_ipi_mask\0struct_last";
static struct {
	struct btf_header header;
	char types[TYPES];
	char names[sizeof(names)];
} btf;
static bool there;
static int nr_opened;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	int fd;

	if (strcmp(path, BTF_PATH))
		return __real_open(path, flags);
	if (!there) {
		errno = ENOENT;
		return -1;
	}
	fd = memfd_create("btf", MFD_CLOEXEC);
	assert_int_equal(write(fd, &btf, sizeof(btf)), sizeof(btf));
	nr_opened++;
	return fd;
}

static int setup(void **state)
{
	btf.header = (struct btf_header){ .magic = BTF_MAGIC,
					  .version = BTF_VERSION,
					  .hdr_len = sizeof(btf.header),
					  .type_len = TYPES,
					  .str_off = TYPES,
					  .str_len = sizeof(names) };
	memcpy(btf.names, names, sizeof(names));
	/* No name, although it looks like one. */
	memcpy(btf.types, "\0in_types", sizeof("\0in_types"));
	memcpy(btf.types + TYPES - sizeof("\0at_the_end"), "\0at_the_end", sizeof("\0at_the_end"));
	there = true;
	return 0;
}

TEST(whole_names_are_found, setup)
{
	int fd = dup(STDERR_FILENO), after;

	close(fd);
	assert_true(kernel_btf__names("first"));
	assert_true(kernel_btf__names("task_ipi_mask"));
	assert_true(kernel_btf__names("struct_last"));
	assert_false(kernel_btf__names("ipi_mask"));
	assert_false(kernel_btf__names("last"));
	assert_false(kernel_btf__names("task_ipi"));
	assert_false(kernel_btf__names("absent"));
	assert_false(kernel_btf__names("in_types"));
	assert_false(kernel_btf__names("at_the_end"));
	assert_int_equal(nr_opened, 9);
	after = dup(STDERR_FILENO);
	assert_int_equal(after, fd);
	close(after);
}

TEST(a_kernel_without_btf_has_no_names, setup)
{
	there = false;
	assert_false(kernel_btf__names("first"));
}

TEST(a_header_that_lies, setup)
{
	btf.header.str_len = sizeof(names) + 8;
	assert_false(kernel_btf__names("first"));
	btf.header.str_len = sizeof(names);
	btf.header.str_off = TYPES + 8;
	assert_false(kernel_btf__names("first"));
}

TEST_MAIN(NULL, NULL)
