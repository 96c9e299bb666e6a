// SPDX-License-Identifier: GPL-2.0
/* Reading a kernel's memory: core files, kallsyms, the layout of structures. */
#include <elf.h>
#include <fcntl.h>
#include <bpf/btf.h>
#include "collect/kcore/memory.h"
#include "collect/kcore/queues/parts.h"
#include "collect/layout.h"
#include "scratch_file.h"
#include "skip.h"
#include "unit.h"

#define HIGH 0xffff888000000000ULL

struct core_file {
	Elf64_Ehdr head;
	Elf64_Phdr segments[3];
	char first[16];
	char second[16];
};

static struct core_file core_make(void)
{
	struct core_file f = {
		.head = { .e_type = ET_CORE,
			  .e_phoff = offsetof(struct core_file, segments),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 3 },
		.segments = { { .p_type = PT_NOTE, .p_vaddr = 0, .p_filesz = 1 << 20 },
			      { .p_type = PT_LOAD,
				.p_vaddr = HIGH,
				.p_offset = offsetof(struct core_file, first),
				.p_filesz = 16 },
			      { .p_type = PT_LOAD,
				.p_vaddr = UINT64_MAX - 15,
				.p_offset = offsetof(struct core_file, second),
				.p_filesz = 16 } },
		.first = "0123456789abcdef",
		.second = "ABCDEFGHIJKLMNOP",
	};

	memcpy(f.head.e_ident, ELFMAG, SELFMAG);
	f.head.e_ident[EI_CLASS] = ELFCLASS64;
	f.head.e_ident[EI_DATA] = ELFDATA2LSB;
	return f;
}

TEST(memory_by_address, scratch_setup, scratch_teardown)
{
	struct core_file f = core_make();
	struct elf_core *core;
	struct memory memory;
	char buf[16];

	scratch_write(&f, sizeof(f));
	assert_int_equal(elf_core__open(&core, scratch_path), 0);
	memory = elf_core__memory(core);
	assert_int_equal(memory__read(&memory, HIGH + 4, buf, 3), 0);
	assert_memory_equal(buf, "456", 3);
	assert_int_equal(memory__read(&memory, UINT64_MAX - 15, buf, 16), 0);
	assert_memory_equal(buf, "ABCDEFGHIJKLMNOP", 16);
	/* Addresses beyond a segment, across its end, in no segment, in a note. */
	assert_int_equal(memory__read(&memory, HIGH + 16, buf, 1), -EFAULT);
	assert_int_equal(memory__read(&memory, HIGH + 10, buf, 7), -EFAULT);
	assert_int_equal(memory__read(&memory, HIGH - 1, buf, 2), -EFAULT);
	assert_int_equal(memory__read(&memory, UINT64_MAX, buf, 2), -EFAULT);
	assert_int_equal(memory__read(&memory, 0, buf, 1), -EFAULT);
	elf_core__close(core);
}

static void check_refused(const void *bytes, size_t size)
{
	struct elf_core *core;

	scratch_write(bytes, size);
	assert_int_equal(elf_core__open(&core, scratch_path), -ENOEXEC);
}

TEST(files_that_are_no_core, scratch_setup, scratch_teardown)
{
	struct core_file f = core_make();
	struct elf_core *core;

	assert_int_equal(elf_core__open(&core, "/nonexistent"), -ENOENT);
	check_refused("", 0);
	check_refused("KDUMP   ", 8);
	check_refused(&f, sizeof(f.head));
	f.head.e_ident[EI_CLASS] = ELFCLASS32;
	check_refused(&f, sizeof(f));
	f = core_make();
	f.head.e_type = ET_EXEC;
	check_refused(&f, sizeof(f));
	f = core_make();
	f.head.e_phnum = 1;
	check_refused(&f, sizeof(f));
	f = core_make();
	f.head.e_phnum = 65535;
	check_refused(&f, sizeof(f));
}

/* A file that ends before its segment does, as a full disk leaves it. */
TEST(a_core_that_is_cut, scratch_setup, scratch_teardown)
{
	struct core_file f = core_make();
	struct elf_core *core;
	struct memory memory;
	char buf[16];

	scratch_write(&f, sizeof(f) - 20);
	assert_int_equal(elf_core__open(&core, scratch_path), 0);
	memory = elf_core__memory(core);
	assert_int_equal(memory__read(&memory, HIGH, buf, 8), 0);
	assert_int_equal(memory__read(&memory, HIGH, buf, 16), -EFAULT);
	elf_core__close(core);
}

/* A note of another name, and then a note whose text follows. */
struct notes {
	Elf64_Nhdr other;
	char other_name[8];
	char other_text[4];
	Elf64_Nhdr note;
	char name[12];
	char text[16];
};

struct noted_file {
	struct core_file core;
	struct notes notes;
};

static const char *vmcoreinfo_of(const struct noted_file *f, struct elf_core **core)
{
	scratch_write(f, sizeof(*f));
	assert_int_equal(elf_core__open(core, scratch_path), 0);
	return elf_core__memory(*core).vmcoreinfo;
}

TEST(the_note_of_a_core, scratch_setup, scratch_teardown)
{
	struct noted_file f = { .core = core_make(),
				.notes = { .other = { .n_namesz = 5, .n_descsz = 3 },
					   .other_name = "CORE",
					   .note = { .n_namesz = 11, .n_descsz = 8 },
					   .name = "VMCOREINFO",
					   .text = "KEY=1\nX=and more" } };
	struct elf_core *core;

	f.core.segments[0].p_offset = offsetof(struct noted_file, notes);
	f.core.segments[0].p_filesz = sizeof(f.notes);
	assert_string_equal(vmcoreinfo_of(&f, &core), "KEY=1\nX=");
	elf_core__close(core);
	/*
	 * Text that goes beyond the notes, notes that go beyond the file, a note of another name.
	 */
	f.notes.note.n_descsz = 17;
	assert_null(vmcoreinfo_of(&f, &core));
	elf_core__close(core);
	f.notes.note.n_descsz = UINT32_MAX;
	assert_null(vmcoreinfo_of(&f, &core));
	elf_core__close(core);
	f.notes.note.n_descsz = 8;
	f.core.segments[0].p_filesz++;
	assert_null(vmcoreinfo_of(&f, &core));
	elf_core__close(core);
	f.core.segments[0].p_filesz--;
	f.notes.name[0] = 'W';
	assert_null(vmcoreinfo_of(&f, &core));
	elf_core__close(core);
}

TEST(addresses_by_name, scratch_setup, scratch_teardown)
{
	static const struct {
		uint64_t at;
		const char *name;
	} symbols[] = {
		{ 0x32b40, "runqueues" },
		{ 0xffffffff81000000, "first" },
		{ 0xffffffff81000000, "alias" },
		{ 0xffffffff81000080, "second" },
		{ 0xffffffff81000080, "second.cold" },
		{ 0xffffffff81000100, "third" },
		{ 0xffffffff81000200, "second" },
		{ 0xffffffff81000300, "fourth" },
		{ 0, "hidden" },
	};
	struct address list[] = { { .name = "second" },
				  { .name = "runqueues" },
				  { .name = "third" },
				  { .name = "absent" },
				  { .name = "hidden" } };
	struct address_search search = { .list = list, .nr = ARRAY_SIZE(list) };

	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++)
		address_search__see(&search, symbols[i].at, symbols[i].name);
	assert_int_equal(list[0].at, 0xffffffff81000080);
	assert_int_equal(list[0].end, 0xffffffff81000100);
	assert_int_equal(list[1].at, 0x32b40);
	assert_int_equal(list[2].at, 0xffffffff81000100);
	assert_int_equal(list[2].end, 0xffffffff81000200);
	assert_int_equal(list[3].at, 0);
	assert_int_equal(list[4].at, 0);
}

TEST(members_of_the_running_kernel)
{
	struct btf *btf;
	struct field flags, src;

	if (skip_if(access("/sys/kernel/btf/vmlinux", R_OK), "this kernel has no BTF"))
		return;
	btf = kernel_btf__load();
	assert_non_null(btf);
	/* In anonymous unions of an anonymous union: include/linux/smp_types.h. */
	flags = layout__field(btf, "__call_single_data", "node.u_flags");
	src = layout__field(btf, "__call_single_data", "node.src");
	assert_members(flags, offset, 8, size, 4);
	assert_members(src, offset, 12, size, 2);
	assert_int_equal(layout__field(btf, "__call_single_data", "func").offset, 16);
	assert_int_equal(layout__field(btf, "task_struct", "comm").size, 16);
	assert_int_equal(layout__field(btf, "task_struct", "absent").size, 0);
	assert_int_equal(layout__field(btf, "task_struct", "pid.absent").size, 0);
	assert_int_equal(layout__field(btf, "absent", "pid").size, 0);
	assert_int_equal(layout__field(btf, "task_struct", "").size, 0);
	btf__free(btf);
}

/* The types of a kernel that has only one structure, with a pointer @member at 16 bytes. */
static struct btf *types_of(const char *member)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	assert_int_equal(btf__add_ptr(btf, 0), 1);
	assert_int_equal(btf__add_struct(btf, "call_function_data", 32), 2);
	assert_int_equal(btf__add_field(btf, member, 1, 16 * 8, 0), 0);
	return btf;
}

TEST(the_csds_of_calls_to_many_are_found_in_each_kernel)
{
	static const struct {
		const char *member;
		uint32_t size;
	} kernels[] = { { "csd", 8 }, { "pcpu", 8 }, { "other", 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct btf *btf = types_of(kernels[i].member);
		struct queue_facts facts = {};
		char why[128];

		queue_facts__names(&facts);
		queue_facts__fields(&facts, btf);
		assert_members(facts.field[FIELD_CFD_CSD], size, kernels[i].size, offset,
			       kernels[i].size ? 16 : 0);
		assert_true(queue_facts__lack(&facts, why, sizeof(why)));
		assert_has(why, "where call_single_queue is (CONFIG_KALLSYMS_ALL)");
		for (int at = 0; at < NR_NEEDED_ADDRESSES; at++)
			facts.at[at].at = HIGH;
		assert_true(queue_facts__lack(&facts, why, sizeof(why)));
		assert_string_equal(why,
				    "the kernel's struct __call_single_data has no node.llist");
		btf__free(btf);
	}
}

TEST(no_btf, scratch_setup, scratch_teardown)
{
	scratch_write("no BTF", 6);
	assert_null(btf__parse(scratch_path, NULL));
	assert_null(btf__parse("/nonexistent", NULL));
	assert_null(btf__new("no BTF", 6));
}

TEST_MAIN(NULL, NULL)
