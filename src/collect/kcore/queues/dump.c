// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <seccomp.h>
#include <unistd.h>
#include <bpf/btf.h>
#include "base/confine.h"
#include "base/privileges.h"
#include "base/sanitize.h"
#include "base/sysfile.h"
#include "collect/kcore/queues/queues.h"
#include "collect/kcore/queues/parts.h"
#include "host/symbols.h"

/* The BTF of a kernel has about 6 MB. */
#define BTF_MAX (1U << 28)

#define SECTION	    ".BTF"
/* A vmlinux has about 80 sections, whose names have about 1,000 bytes. */
#define STRINGS_MAX (1U << 20)

/*
 * Read @size bytes, at most @most, at @offset of the file, into *@piece, which the caller frees.
 * Returns 0, -ENOEXEC if they do not exist, or another negative errno.
 */
static int piece_read(int fd, uint64_t offset, uint64_t size, uint64_t most, void **piece)
{
	char *buf;
	int err;

	if (!size || size > most || offset > INT64_MAX - size)
		return -ENOEXEC;
	buf = malloc(size);
	if (!buf)
		return -ENOMEM;
	err = file__read(fd, buf, size, offset);
	if (err)
		free(buf);
	else
		*piece = buf;
	return err == -EFAULT ? -ENOEXEC : err;
}

/* Returns the section named SECTION; all zero if there is none. */
static Elf64_Shdr section_find(const Elf64_Shdr *sections, size_t nr, const char *names, size_t len)
{
	for (size_t i = 0; i < nr; i++) {
		const Elf64_Shdr *s = &sections[i];

		if (s->sh_type == SHT_PROGBITS && s->sh_name < len &&
		    len - s->sh_name >= sizeof(SECTION) &&
		    !memcmp(names + s->sh_name, SECTION, sizeof(SECTION)))
			return *s;
	}
	return (Elf64_Shdr){};
}

static int section_read(int fd, const Elf64_Ehdr *head, void **btf, size_t *size)
{
	void *sections = NULL, *names = NULL;
	Elf64_Shdr found, strings;
	int err;

	if (head->e_shentsize != sizeof(Elf64_Shdr) || head->e_shstrndx >= head->e_shnum)
		return -ENOEXEC;
	err = piece_read(fd, head->e_shoff, head->e_shnum * sizeof(Elf64_Shdr), UINT32_MAX,
			 &sections);
	if (err)
		return err;
	strings = ((Elf64_Shdr *)sections)[head->e_shstrndx];
	err = piece_read(fd, strings.sh_offset, strings.sh_size, STRINGS_MAX, &names);
	if (!err) {
		found = section_find(sections, head->e_shnum, names, strings.sh_size);
		*size = found.sh_size;
		err = *size ? piece_read(fd, found.sh_offset, *size, BTF_MAX, btf) : -ENODATA;
	}
	free(sections);
	free(names);
	return err;
}

/*
 * Read a kernel's BTF from an open file, which has only BTF, or is an ELF file with a section of
 * BTF such as a vmlinux. *@btf gets *@size bytes (malloc). Returns 0; -ENOEXEC: neither BTF nor an
 * ELF file of this machine; -ENODATA: the ELF file has no such section; another negative errno.
 */
static int btf_file_read(int fd, void **btf, size_t *size)
{
	struct stat st;
	union {
		uint16_t magic;
		Elf64_Ehdr elf;
	} head = {};

	if (pread(fd, &head, sizeof(head), 0) < (ssize_t)sizeof(head.magic))
		return -ENOEXEC;
	if (head.magic == BTF_MAGIC) {
		if (fstat(fd, &st))
			return -errno;
		*size = st.st_size;
		return piece_read(fd, 0, *size, BTF_MAX, btf);
	}
	if (memcmp(head.elf.e_ident, ELFMAG, SELFMAG) || head.elf.e_ident[EI_CLASS] != ELFCLASS64)
		return -ENOEXEC;
	return section_read(fd, &head.elf, btf, size);
}

/*
 * Address space of the process that reads a dump. libkdumpfile maps 128 MB of the file at once; a
 * dump of 4 TB of memory has 128 MB of bitmaps.
 */
#define DUMP_BYTES    (4UL << 30)
/* include/linux/hrtimer_defs.h: HRTIMER_MAX_CLOCK_BASES, HRTIMER_BASE_REALTIME. */
#define NR_BASES      8
#define BASE_REALTIME 1
/* include/uapi/linux/utsname.h: sysname, then nodename. */
#define UTS_BYTES     65

struct dump_queues {
	struct kdump_file *file;
	int btf; /* a file with the kernel's BTF; negative: use the BTF in the dump */
	const char *btf_path;
	struct memory memory;
	struct queue_facts facts;
	struct queue_names names;
};

/* Read the kernel's BTF from its memory, where it lies between two symbols. */
static int own_btf_read(const struct dump_queues *q, void **btf, size_t *size)
{
	uint64_t begin = q->facts.at[AT_BTF].at, end = q->facts.at[AT_BTF_END].at;

	*size = end - begin;
	if (!begin || end <= begin || *size > BTF_MAX)
		return -ENOENT;
	*btf = malloc(*size);
	return *btf ? memory__read(&q->memory, begin, *btf, *size) : -ENOMEM;
}

static int btf_load(const struct dump_queues *q, struct btf **btf, char *why, size_t why_size)
{
	void *data = NULL;
	size_t size;
	int err = q->btf < 0 ? own_btf_read(q, &data, &size) : btf_file_read(q->btf, &data, &size);

	if (!err) {
		*btf = btf__new(data, size);
		err = *btf ? 0 : -errno;
	}
	free(data);
	if (err && q->btf >= 0)
		snprintf(why, why_size, "--btf %s: no BTF: %s", q->btf_path, strerror(-err));
	else if (err == -ENOENT)
		snprintf(why, why_size, "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF): see --btf");
	else if (err)
		snprintf(why, why_size, "the kernel's BTF is not in the dump: see --btf");
	return err;
}

static void explain_too_many(char *why, size_t size)
{
	snprintf(why, size, "more than %u symbols, or %u MB of them: it is damaged", SYMBOLS_MAX,
		 SYMBOL_BYTES_MAX >> 20);
}

static int symbols_read(struct dump_queues *q, char *why, size_t size)
{
	const char *info = q->memory.vmcoreinfo;
	int err = queue_names__open(&q->names, &q->facts);

	if (!err)
		err = kallsyms__read(&q->memory, info, &q->names.sink);
	if (err == -ENOENT)
		snprintf(why, size, "%s",
			 info ? "its VMCOREINFO does not say where the kernel's symbols "
				"are: Linux 6.0 and later do, with CONFIG_KALLSYMS" :
				"it has no VMCOREINFO: a dump by QEMU needs "
				"-device vmcoreinfo");
	else if (err == -E2BIG)
		explain_too_many(why, size);
	else if (err)
		snprintf(why, size, "the kernel's symbols cannot be read");
	return err;
}

int dump_queues__read(struct dump_queues *q, char *why, size_t size)
{
	struct btf *btf;
	int err = kdump_file__read(q->file, why, size);

	if (err)
		return err;
	q->memory = kdump_file__memory(q->file);
	err = symbols_read(q, why, size);
	if (!err)
		err = btf_load(q, &btf, why, size);
	if (err)
		return err;
	queue_facts__fields(&q->facts, btf);
	err = queue_names__finish(&q->names, &q->facts, &q->memory, btf);
	btf__free(btf);
	if (err == -E2BIG)
		explain_too_many(why, size);
	q->facts.symbols = q->names.symbols;
	/* A panic takes CPUs offline (stop_this_cpu(), x86's process.c): read all possible ones. */
	if (q->facts.at[AT_POSSIBLE].at)
		q->facts.at[AT_ONLINE].at = q->facts.at[AT_POSSIBLE].at;
	if (!err && queue_facts__lack(&q->facts, why, size))
		err = -ENOENT;
	return err;
}

int dump_queues__open(struct dump_queues **out, const char *path, const char *btf, char *why,
		      size_t size)
{
	struct dump_queues *q = calloc(1, sizeof(*q));
	int err;

	snprintf(why, size, "%s", strerror(ENOMEM));
	if (!q)
		return -ENOMEM;
	q->btf = -1;
	err = kdump_file__open(&q->file, path, why, size);
	if (!err && btf) {
		q->btf_path = btf;
		q->btf = regular_file__open(btf);
		err = q->btf < 0 ? q->btf : 0;
		if (err)
			snprintf(why, size, "--btf %s: no BTF: %s", btf, strerror(-err));
	}
	if (err)
		dump_queues__close(q);
	else
		*out = q;
	return err;
}

int dump_queues__confine(void)
{
	static const int calls[] = { SCMP_SYS(uname) };
	const struct confine_limits limits = { DUMP_CPU_S, DUMP_BYTES, true };
	int err = privileges__drop();

	if (!err)
		err = confine__limits(&limits);
	if (!err)
		err = confine__files();
	if (!err || err == -EOPNOTSUPP)
		err = confine__calls(calls, sizeof(calls) / sizeof(*calls));
	return err;
}

void dump_queues__close(struct dump_queues *q)
{
	if (!q)
		return;
	symbols__close(q->names.symbols);
	kdump_file__close(q->file);
	if (q->btf >= 0)
		close(q->btf);
	free(q);
}

int dump_queues__look(struct dump_queues *q, struct moment *m)
{
	uint64_t clock = q->facts.at[AT_JIFFIES_UPDATE].at, now = 0;

	if (clock && memory__read(&q->memory, clock, &now, sizeof(now)))
		now = 0;
	m->now = now;
	return walk__read(&q->facts, &q->memory, NULL, m);
}

int dump_queues__has_process(const struct dump_queues *q, uint32_t tgid)
{
	struct image image;
	int err = image__open(&image, &q->facts, &q->memory);

	if (err)
		return err;
	err = image__has_process(&image, tgid);
	image__close(&image);
	return err;
}

/*
 * Returns CLOCK_REALTIME minus CLOCK_MONOTONIC, ns: the offset of CPU 0's clock for CLOCK_REALTIME
 * timers. 0 if unknown.
 */
static int64_t realtime_read(const struct dump_queues *q)
{
	const struct field *bases = &q->facts.field[FIELD_CLOCK_BASES];
	const struct field *offset = &q->facts.field[FIELD_CLOCK_OFFSET];
	uint64_t timers = q->facts.at[AT_HRTIMERS].at, cpu;
	int64_t value;

	if (!timers || !bases->size || offset->size != sizeof(value) ||
	    memory__read(&q->memory, q->facts.at[AT_PER_CPU_OFFSET].at, &cpu, sizeof(cpu)))
		return 0;
	timers += cpu + bases->offset + BASE_REALTIME * (bases->size / NR_BASES);
	return memory__read(&q->memory, timers + offset->offset, &value, sizeof(value)) ? 0 : value;
}

void dump_queues__host(const struct dump_queues *q, struct utsname *name, int64_t *realtime)
{
	const char *info = q->memory.vmcoreinfo;
	/* The host's name is in a struct new_utsname, a member of init_uts_ns. */
	uint64_t at = vmcoreinfo__symbol(info, "init_uts_ns");
	char offset[16], release[UTS_BYTES], nodename[UTS_BYTES] = {};

	*name = (struct utsname){};
	if (vmcoreinfo__value(info, "OSRELEASE", release, sizeof(release)))
		sanitize(name->release, sizeof(name->release), release);
	if (at && vmcoreinfo__value(info, "OFFSET(uts_namespace.name)", offset, sizeof(offset)) &&
	    !memory__read(&q->memory, at + strtoul(offset, NULL, 10) + UTS_BYTES, nodename,
			  sizeof(nodename) - 1))
		sanitize(name->nodename, sizeof(name->nodename), nodename);
	*realtime = realtime_read(q);
}

struct symbols *dump_queues__symbols(const struct dump_queues *q)
{
	return q->names.symbols;
}
