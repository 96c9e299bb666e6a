// SPDX-License-Identifier: GPL-2.0
/* collect/kcore/queues/dump: where a kernel's types are read from, the host and the time that a dump names. */
#include "few_types.h"
#include "json_has.h"
#include "memory_file.h"
#include "skip.h"

/* Compile dump.c again, for its struct dump_queues. */
#define dump_queues__read	 tested__read
#define dump_queues__open	 tested__open
#define dump_queues__confine	 tested__confine
#define dump_queues__close	 tested__close
#define dump_queues__look	 tested__look
#define dump_queues__has_process tested__has_process
#define dump_queues__host	 tested__host
#define dump_queues__symbols	 tested__symbols
#include "collect/kcore/queues/dump.c"

/* The author of a dump chooses its release, which is printed on a terminal. */
TEST(a_release_cannot_drive_a_terminal)
{
	struct dump_queues queues = { .memory.vmcoreinfo =
					      "OSRELEASE=6.12\x1b[2J\nPAGESIZE=4096\n" };
	int64_t realtime = 1;
	struct utsname name;

	tested__host(&queues, &name, &realtime);
	assert_has(name.release, "6.12");
	assert_null(strchr(name.release, '\x1b'));
	assert_string_equal(name.nodename, "");
	assert_int_equal(realtime, 0);
}

TEST(a_dump_without_a_release_names_none)
{
	struct dump_queues queues = { .memory.vmcoreinfo = "PAGESIZE=4096\n" };
	int64_t realtime;
	struct utsname name;

	tested__host(&queues, &name, &realtime);
	assert_string_equal(name.release, "");
}

/* The memory of the dump's kernel: one piece. */
#define MEMORY_AT 0xffff888000001000ULL
static uint8_t bytes[4096];

static int read_piece(void *ctx, uint64_t addr, void *buf, size_t size)
{
	if (addr < MEMORY_AT || addr - MEMORY_AT > sizeof(bytes) - size)
		return -EFAULT;
	memcpy(buf, bytes + (addr - MEMORY_AT), size);
	return 0;
}

static const struct memory memory = { .read = read_piece };

static int clear_memory(void **state)
{
	memset(bytes, 0, sizeof(bytes));
	return 0;
}

static void put(uint32_t offset, uint64_t value)
{
	memcpy(bytes + offset, &value, sizeof(value));
}

/* The offset of the kernel's CLOCK_REALTIME is in the second of eight clocks of CPU 0. */
TEST(the_time_of_day_is_that_of_the_clock_of_cpu_0, clear_memory, NULL)
{
	enum { PER_CPU = 0x100, BASES = 0x40, CLOCK = 0x20, OFFSET = 0x18 };
	struct dump_queues queues = { .memory = memory };
	struct queue_facts *facts = &queues.facts;
	struct utsname name;
	int64_t realtime;

	facts->at[AT_HRTIMERS].at = MEMORY_AT;
	facts->at[AT_PER_CPU_OFFSET].at = MEMORY_AT;
	facts->field[FIELD_CLOCK_BASES] = (struct field){ BASES, 8 * CLOCK };
	facts->field[FIELD_CLOCK_OFFSET] = (struct field){ OFFSET, 8 };
	put(0, PER_CPU);
	put(PER_CPU + BASES + CLOCK + OFFSET, 1700000000123456789);
	tested__host(&queues, &name, &realtime);
	assert_int_equal(realtime, 1700000000123456789);
	/* What the kernel or the dump does not have is not known. */
	for (int i = 0; i < 5; i++) {
		struct dump_queues less = queues;

		if (i == 0)
			less.facts.at[AT_HRTIMERS].at = 0;
		else if (i == 1)
			less.facts.field[FIELD_CLOCK_BASES].size = 0;
		else if (i == 2)
			less.facts.field[FIELD_CLOCK_OFFSET].size = 4;
		else if (i == 3)
			less.facts.at[AT_PER_CPU_OFFSET].at = 8;
		else
			less.facts.at[AT_HRTIMERS].at = MEMORY_AT + sizeof(bytes);
		tested__host(&less, &name, &realtime);
		assert_int_equal(realtime, 0);
	}
}

TEST(the_host_s_name_follows_that_of_the_system, clear_memory, NULL)
{
	struct dump_queues queues = { .memory = memory };
	char info[256];
	struct utsname name;
	int64_t realtime;

	queues.memory.vmcoreinfo = info;
	memcpy(bytes + 0x80 + 4 + 65, "host\x1b-1", 7);
	snprintf(info, sizeof(info), "SYMBOL(init_uts_ns)=%llx\nOFFSET(uts_namespace.name)=4\n",
		 MEMORY_AT + 0x80);
	tested__host(&queues, &name, &realtime);
	assert_has(name.nodename, "host");
	assert_has(name.nodename, "-1");
	assert_null(strchr(name.nodename, '\x1b'));
	snprintf(info, sizeof(info), "SYMBOL(init_uts_ns)=%llx\n", MEMORY_AT + 0x80);
	tested__host(&queues, &name, &realtime);
	assert_string_equal(name.nodename, "");
	snprintf(info, sizeof(info), "SYMBOL(init_uts_ns)=8\nOFFSET(uts_namespace.name)=4\n");
	tested__host(&queues, &name, &realtime);
	assert_string_equal(name.nodename, "");
}

/* An ELF file with a section of types after one of another name. */
struct elf_file {
	Elf64_Ehdr head;
	Elf64_Shdr sections[4];
	char names[24];
	typeof(types) btf;
};

static struct elf_file make_elf(void)
{
	struct elf_file file = {
		.head = { .e_shoff = offsetof(struct elf_file, sections),
			  .e_shentsize = sizeof(Elf64_Shdr),
			  .e_shnum = 4,
			  .e_shstrndx = 1 },
		.sections = { {},
			      { .sh_type = SHT_STRTAB,
				.sh_offset = offsetof(struct elf_file, names),
				.sh_size = 24 },
			      { .sh_type = SHT_PROGBITS, .sh_name = 1, .sh_size = 1 },
			      { .sh_type = SHT_PROGBITS,
				.sh_name = 10,
				.sh_offset = offsetof(struct elf_file, btf),
				.sh_size = sizeof(types) } },
		.names = "\0.BTF_ids\0.BTF",
		.btf = types,
	};

	memcpy(file.head.e_ident, ELFMAG, SELFMAG);
	file.head.e_ident[EI_CLASS] = ELFCLASS64;
	return file;
}

/* Returns what btf_file_read() says of a file, and checks what the function has read. */
static int read_types(const void *data, size_t size)
{
	int fd = make_file(data, size), err;
	void *btf = NULL;
	size_t len = 0;

	err = btf_file_read(fd, &btf, &len);
	if (!err) {
		assert_int_equal(len, sizeof(types));
		assert_memory_equal(btf, &types, sizeof(types));
	}
	free(btf);
	close(fd);
	return err;
}

TEST(types_are_read_from_a_file_of_types_and_from_a_vmlinux)
{
	struct elf_file elf = make_elf();

	assert_int_equal(read_types(&types, sizeof(types)), 0);
	assert_int_equal(read_types(&elf, sizeof(elf)), 0);
}

/* More than 256 MB are no types of a kernel; the file has no blocks. */
TEST(too_many_types_are_refused)
{
	int fd = make_file(&types, sizeof(types));
	void *btf = NULL;
	size_t len = 0;

	assert_int_equal(ftruncate(fd, (1 << 28) + 1), 0);
	assert_int_equal(btf_file_read(fd, &btf, &len), -ENOEXEC);
	assert_null(btf);
	close(fd);
}

/* The file comes from who has sent the dump. */
TEST(a_file_without_types_is_refused)
{
	struct elf_file elf = make_elf();

	assert_int_equal(read_types("", 0), -ENOEXEC);
	assert_int_equal(read_types("x", 1), -ENOEXEC);
	assert_int_equal(read_types("no types, and no ELF file at all", 32), -ENOEXEC);
#define REFUSED(member, value, err)                                       \
	do {                                                              \
		struct elf_file wrong = elf;                              \
                                                                          \
		wrong.member = value;                                     \
		assert_int_equal(read_types(&wrong, sizeof(wrong)), err); \
	} while (0)
	REFUSED(head.e_ident[EI_CLASS], ELFCLASS32, -ENOEXEC);
	REFUSED(head.e_shentsize, sizeof(Elf64_Shdr) - 1, -ENOEXEC);
	REFUSED(head.e_shstrndx, 4, -ENOEXEC);
	REFUSED(head.e_shnum, 1, -ENOEXEC);
	REFUSED(head.e_shoff, sizeof(elf) - 64, -ENOEXEC);
	REFUSED(head.e_shoff, UINT64_MAX - 8, -ENOEXEC);
	REFUSED(sections[1].sh_size, 0, -ENOEXEC);
	REFUSED(sections[1].sh_size, STRINGS_MAX + 1, -ENOEXEC);
	REFUSED(sections[1].sh_offset, sizeof(elf), -ENOEXEC);
	REFUSED(sections[3].sh_size, (uint64_t)BTF_MAX + 1, -ENOEXEC);
	REFUSED(sections[3].sh_offset, sizeof(elf) - 1, -ENOEXEC);
	/* A file without such a section; its name must be whole, and within the names. */
	REFUSED(sections[3].sh_size, 0, -ENODATA);
	REFUSED(sections[3].sh_type, SHT_NOBITS, -ENODATA);
	REFUSED(sections[3].sh_name, 11, -ENODATA);
	REFUSED(sections[3].sh_name, 24, -ENODATA);
	REFUSED(sections[3].sh_name, UINT32_MAX, -ENODATA);
	REFUSED(sections[1].sh_size, 14, -ENODATA);
#undef REFUSED
}

/* Returns what btf_load() says; @why: the line for the user. */
static int load_types(const struct dump_queues *queues, char why[128])
{
	struct btf *btf = NULL;
	int err;

	why[0] = '\0';
	err = btf_load(queues, &btf, why, 128);
	if (!err)
		assert_string_equal(btf__name_by_offset(btf, 1), "types");
	btf__free(btf);
	return err;
}

TEST(types_are_read_from_the_dump_between_two_symbols, clear_memory, NULL)
{
	struct dump_queues queues = { .memory = memory, .btf = -1 };
	struct at_of_btf {
		uint64_t begin, end;
		int err;
		const char *why;
	} rows[] = {
		{ MEMORY_AT, MEMORY_AT + sizeof(types), 0, "" },
		{ 0, MEMORY_AT, -ENOENT,
		  "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF): see --btf" },
		{ MEMORY_AT, MEMORY_AT, -ENOENT,
		  "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF): see --btf" },
		{ MEMORY_AT, MEMORY_AT + BTF_MAX + 1, -ENOENT,
		  "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF): see --btf" },
		{ MEMORY_AT - 8, MEMORY_AT + 64, -EFAULT,
		  "the kernel's BTF is not in the dump: see --btf" },
		{ MEMORY_AT + 8, MEMORY_AT + 64, -EINVAL,
		  "the kernel's BTF is not in the dump: see --btf" },
	};
	char why[128];

	memcpy(bytes, &types, sizeof(types));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		queues.facts.at[AT_BTF].at = rows[i].begin;
		queues.facts.at[AT_BTF_END].at = rows[i].end;
		assert_int_equal(load_types(&queues, why), rows[i].err);
		assert_string_equal(why, rows[i].why);
	}
}

TEST(the_file_of_btf_replaces_the_types_of_the_dump)
{
	struct dump_queues queues = { .memory = memory, .btf_path = "/boot/types" };
	char why[128];

	queues.btf = make_file(&types, sizeof(types));
	assert_int_equal(load_types(&queues, why), 0);
	close(queues.btf);
	queues.btf = make_file("x", 1);
	assert_int_equal(load_types(&queues, why), -ENOEXEC);
	assert_string_equal(why, "--btf /boot/types: no BTF: Exec format error");
	close(queues.btf);
}

/* Returns the line for the user of a dump whose symbols cannot be read. */
static void check_symbols(const char *info, int err, const char *line)
{
	struct dump_queues queues = { .memory = memory, .btf = -1 };
	char why[160] = "";

	queues.memory.vmcoreinfo = info;
	assert_int_equal(symbols_read(&queues, why, sizeof(why)), err);
	assert_string_equal(why, line);
	symbols__close(queues.names.symbols);
}

TEST(why_symbols_cannot_be_read, clear_memory, NULL)
{
	char info[512];

	check_symbols(NULL, -ENOENT,
		      "it has no VMCOREINFO: a dump by QEMU needs -device vmcoreinfo");
	check_symbols(
		"OSRELEASE=5.10\n", -ENOENT,
		"its VMCOREINFO does not say where the kernel's symbols are: Linux 6.0 and later do, "
		"with CONFIG_KALLSYMS");
	snprintf(info, sizeof(info),
		 "SYMBOL(kallsyms_names)=%llx\nSYMBOL(kallsyms_num_syms)=%llx\n"
		 "SYMBOL(kallsyms_token_table)=%llx\nSYMBOL(kallsyms_token_index)=%llx\n"
		 "SYMBOL(kallsyms_offsets)=%llx\nSYMBOL(kallsyms_relative_base)=%llx\n",
		 MEMORY_AT, MEMORY_AT, MEMORY_AT, MEMORY_AT, MEMORY_AT, MEMORY_AT);
	put(0, UINT32_MAX);
	check_symbols(info, -E2BIG, "more than 4194304 symbols, or 256 MB of them: it is damaged");
	put(0, 1000);
	check_symbols(info, -EBADMSG, "the kernel's symbols cannot be read");
}

TEST(files_that_do_not_open)
{
	int before = list_fds(NULL);
	struct dump_queues *queues = NULL;
	int file = make_file("no dump", 7), err;
	const char *path = get_path(file);
	char why[256];

	err = tested__open(&queues, "/nonexistent/dump", NULL, why, sizeof(why));
	assert_null(queues);
	if (skip_if(err == -ENOSYS, "no libkdumpfile here")) {
		close(file);
		return;
	}
	assert_int_equal(err, -ENOENT);
	assert_int_equal(tested__open(&queues, path, "/nonexistent/btf", why, sizeof(why)),
			 -ENOENT);
	assert_string_equal(why, "--btf /nonexistent/btf: no BTF: No such file or directory");
	assert_null(queues);
	/* Only reading finds out what is in the files. */
	assert_int_equal(tested__open(&queues, path, path, why, sizeof(why)), 0);
	tested__close(queues);
	close(file);
	assert_int_equal(list_fds(NULL), before);
	tested__close(NULL);
}

/* The moment of a dump is the time of its last tick. */
TEST(a_dump_s_time_is_that_of_its_last_tick, clear_memory, NULL)
{
	struct dump_queues queues = { .memory = memory };
	struct moment moment = { .now = 1 };

	queues.facts.at[AT_JIFFIES_UPDATE].at = MEMORY_AT + 16;
	put(16, 123456789);
	tested__look(&queues, &moment);
	assert_int_equal(moment.now, 123456789);
	queues.facts.at[AT_JIFFIES_UPDATE].at = 8;
	tested__look(&queues, &moment);
	assert_int_equal(moment.now, 0);
}

TEST_MAIN(NULL, NULL)
