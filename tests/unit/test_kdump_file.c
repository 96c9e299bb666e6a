// SPDX-License-Identifier: GPL-2.0
/* A small ELF dump, made up: page tables in its memory lead to what it holds. */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include "collect/kcore/memory.h"
#include "collect/kcore/queues/queues.h"
#include "scratch_file.h"
#include "skip.h"
#include "unit.h"

#define TEXT_MAP 0xffffffff80000000ULL /* of the kernel: arch/x86/include/asm/page_64_types.h */
#define VMALLOC	 0xffffc90000000000ULL
#define TABLES	 0x2000 /* of four levels, a page each; the kernel's, then vmalloc's */
#define SECRET	 0x7123 /* a place in memory */
#define MEMORY	 0x10000

/* Present, writable; a page of 2 MiB. */
#define TABLE_FLAGS 0x63ULL
#define LARGE_FLAGS 0xe3ULL

static const char info[] = "OSRELEASE=6.12.0-made-up\nPAGESIZE=4096\n"
			   "SYMBOL(swapper_pg_dir)=ffffffff80002000\n"
			   "SYMBOL(init_top_pgt)=ffffffff80002000\n"
			   "NUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=0\n";

struct dump_file {
	Elf64_Ehdr head;
	Elf64_Phdr segments[2];
	Elf64_Nhdr note;
	char name[12];
	char info[256];
	unsigned char memory[MEMORY];
};

static void entry(struct dump_file *f, uint64_t table, unsigned int nr, uint64_t value)
{
	memcpy(f->memory + table + 8ULL * nr, &value, sizeof(value));
}

/* Either range of addresses begins at physical address 0. */
static void tables_make(struct dump_file *f)
{
	entry(f, TABLES, VMALLOC >> 39 & 511, 0x3000 | TABLE_FLAGS);
	entry(f, 0x3000, VMALLOC >> 30 & 511, 0x4000 | TABLE_FLAGS);
	entry(f, 0x4000, VMALLOC >> 21 & 511, LARGE_FLAGS);
	entry(f, TABLES, TEXT_MAP >> 39 & 511, 0x5000 | TABLE_FLAGS);
	entry(f, 0x5000, TEXT_MAP >> 30 & 511, 0x6000 | TABLE_FLAGS);
	entry(f, 0x6000, TEXT_MAP >> 21 & 511, LARGE_FLAGS);
}

static struct dump_file *dump_make(void)
{
	struct dump_file *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->head = (Elf64_Ehdr){ .e_type = ET_CORE,
				.e_machine = EM_X86_64,
				.e_version = EV_CURRENT,
				.e_ehsize = sizeof(Elf64_Ehdr),
				.e_phoff = offsetof(struct dump_file, segments),
				.e_phentsize = sizeof(Elf64_Phdr),
				.e_phnum = 2 };
	memcpy(f->head.e_ident, ELFMAG, SELFMAG);
	f->head.e_ident[EI_CLASS] = ELFCLASS64;
	f->head.e_ident[EI_DATA] = ELFDATA2LSB;
	f->head.e_ident[EI_VERSION] = EV_CURRENT;
	f->segments[0] = (Elf64_Phdr){ .p_type = PT_NOTE,
				       .p_offset = offsetof(struct dump_file, note),
				       .p_filesz = offsetof(struct dump_file, memory) -
						   offsetof(struct dump_file, note) };
	f->segments[1] = (Elf64_Phdr){ .p_type = PT_LOAD,
				       .p_offset = offsetof(struct dump_file, memory),
				       .p_filesz = MEMORY,
				       .p_memsz = MEMORY };
	f->note = (Elf64_Nhdr){ .n_namesz = sizeof("VMCOREINFO"), .n_descsz = sizeof(f->info) };
	strcpy(f->name, "VMCOREINFO");
	strcpy(f->info, info);
	tables_make(f);
	strcpy((char *)f->memory + SECRET, "found");
	return f;
}

/* What dlopen() gives: the library; nothing; or the program itself, which has none of the library's functions. */
static enum { LIBRARY_THERE, LIBRARY_GONE, LIBRARY_EMPTY } library;

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags)
{
	return library == LIBRARY_GONE ?
		       NULL :
		       __real_dlopen(library == LIBRARY_EMPTY ? NULL : name, flags);
}

char *__real_dlerror(void);
char *__wrap_dlerror(void)
{
	return library == LIBRARY_GONE ? (char *)"made-up reason" : __real_dlerror();
}

TEST(a_library_that_is_not_there_is_named, scratch_setup, scratch_teardown)
{
	struct kdump_file *dump = NULL;
	char why[256];

	if (skip_if(!getauxval(AT_BASE), "a static program loads no library"))
		return;
	library = LIBRARY_GONE;
	assert_int_equal(kdump_file__open(&dump, scratch_path, why, sizeof(why)), -ENOSYS);
	assert_string_equal(why, "needs libkdumpfile (Debian: libkdumpfile10): made-up reason");
	library = LIBRARY_EMPTY;
	assert_int_equal(kdump_file__open(&dump, scratch_path, why, sizeof(why)), -ENOSYS);
	assert_string_equal(why, "libkdumpfile.so.10 has no kdump_new");
	assert_null(dump);
	library = LIBRARY_THERE;
}

TEST(memory_by_virtual_address, scratch_setup, scratch_teardown)
{
	struct dump_file *f = dump_make();
	struct kdump_file *dump;
	struct memory memory;
	char why[256], buf[8];
	int err;

	scratch_write(f, sizeof(*f));
	err = kdump_file__open(&dump, scratch_path, why, sizeof(why));
	if (skip_if(err == -ENOSYS, "no libkdumpfile here")) {
		free(f);
		return;
	}
	if (!err)
		err = kdump_file__read(dump, why, sizeof(why));
	if (err)
		fail_msg("%s", why);
	memory = kdump_file__memory(dump);
	assert_int_equal(memory__read(&memory, VMALLOC + SECRET, buf, 6), 0);
	assert_string_equal(buf, "found");
	memset(buf, 0, sizeof(buf));
	assert_int_equal(memory__read(&memory, TEXT_MAP + SECRET, buf, 6), 0);
	assert_string_equal(buf, "found");
	/* Mapped, but not in the dump; not mapped. */
	assert_int_equal(memory__read(&memory, VMALLOC + MEMORY, buf, 6), -EFAULT);
	assert_int_equal(memory__read(&memory, VMALLOC + MEMORY - 3, buf, 6), -EFAULT);
	assert_int_equal(memory__read(&memory, VMALLOC + (1ULL << 21), buf, 6), -EFAULT);
	assert_has(memory.vmcoreinfo, "OSRELEASE=6.12.0-made-up\n");
	kdump_file__close(dump);
	free(f);
}

/* The file is opened before confinement and parsed after it: then no other file can be opened. */
TEST(confined_before_it_is_parsed, scratch_setup, scratch_teardown)
{
	struct dump_file *f = dump_make();
	int status;
	pid_t pid;

	scratch_write(f, sizeof(*f));
	for (int forbidden = 0; forbidden < 3; forbidden++) {
		pid = fork();
		if (!pid) {
			struct dump_queues *q;
			char why[256];
			int err = dump_queues__open(&q, scratch_path, NULL, why, sizeof(why));

			if (err)
				_exit(err == -ENOSYS ? 77 : 1);
			if (dump_queues__confine())
				_exit(2);
			if (forbidden == 1)
				open("/dev/null", O_RDONLY);
			if (forbidden == 2)
				execl("/bin/true", "true", NULL);
			_exit(dump_queues__read(q, why, sizeof(why)) != -ENOENT);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status) && skip_if(WEXITSTATUS(status) == 77, "no libkdumpfile here"))
			break;
#if !SANITIZED
		if (forbidden) {
			assert_true(WIFSIGNALED(status));
			assert_int_equal(WTERMSIG(status), SIGSYS);
			continue;
		}
#endif
		assert_true(WIFEXITED(status));
		assert_true(forbidden || !WEXITSTATUS(status));
	}
	free(f);
}

static void check_refused(int want, const char *says)
{
	struct dump_queues *q;
	char why[256];
	int err = dump_queues__open(&q, scratch_path, NULL, why, sizeof(why));

	if (skip_if(err == -ENOSYS, "no libkdumpfile here"))
		return;
	if (!err) {
		err = dump_queues__read(q, why, sizeof(why));
		dump_queues__close(q);
	}
	assert_int_equal(err, want);
	if (!strstr(why, says))
		fail_msg("\"%s\" lacks \"%s\"", why, says);
	assert_null(strchr(why, '\n'));
}

TEST(dumps_that_do_not_say_enough, scratch_setup, scratch_teardown)
{
	static const char head[5000] = "makedumpfile";
	struct dump_file *f = dump_make();

	scratch_write(f, sizeof(*f));
	check_refused(-ENOENT, "where the kernel's symbols are");
	f->segments[0].p_type = PT_NULL;
	scratch_write(f, sizeof(*f));
	check_refused(-ENOENT, "no VMCOREINFO");
	f->head.e_type = ET_EXEC;
	scratch_write(f, sizeof(*f));
	check_refused(-EBADMSG, "not a kernel dump (libkdumpfile: Unsupported ELF");
	scratch_write("no dump", 7);
	check_refused(-EBADMSG, "not a kernel dump (libkdumpfile: ");
	scratch_write(head, sizeof(head));
	check_refused(-EINVAL, "makedumpfile -R DUMP <FILE");
	unlink(scratch_path);
	check_refused(-ENOENT, "No such file");
	free(f);
}

TEST_MAIN(NULL, NULL)
