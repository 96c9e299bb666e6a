// SPDX-License-Identifier: GPL-2.0
/* kcore/queues/dump.c: the steps by which a dump is read, and what each one's failure says. */
#include <bpf/btf.h>
#include "collect/kcore/queues/parts.h"
#include "collect/kcore/queues/queues.h"
#include "few_types.h"
#include "host/symbols.h"
#include "unit.h"

#define TYPES_AT    0xffff888000001000ULL
#define ONLINE_AT   0xffff888000002000ULL
#define POSSIBLE_AT 0xffff888000003000ULL

/* What the dump is like: negative errnos, and addresses. */
static struct {
	int open, read, names, kallsyms, finish, process, image;
	bool no_types;
	const char *lacks;
	uint64_t possible;
} made;

static char file, symbols; /* stand for the objects of these names */
static int nr_files, nr_symbols, nr_images; /* that are open */
static struct queue_facts *facts;

int __wrap_kdump_file__open(struct kdump_file **out, const char *path, char *why, size_t size)
{
	assert_string_equal(path, "/made/dump");
	if (made.open)
		snprintf(why, size, "no dump");
	*out = made.open ? NULL : (void *)&file;
	nr_files += !made.open;
	return made.open;
}

int __wrap_kdump_file__read(struct kdump_file *of, char *why, size_t size)
{
	assert_ptr_equal(of, &file);
	if (made.read)
		snprintf(why, size, "damaged");
	return made.read;
}

void __wrap_kdump_file__close(struct kdump_file *of)
{
	nr_files -= !!of;
}

static int read_types(void *ctx, uint64_t addr, void *buf, size_t size)
{
	if (addr != TYPES_AT || size != sizeof(types))
		return -EFAULT;
	memcpy(buf, &types, size);
	return 0;
}

struct memory __wrap_kdump_file__memory(struct kdump_file *of)
{
	assert_ptr_equal(of, &file);
	return (struct memory){ .read = read_types, .vmcoreinfo = "OSRELEASE=6.12\n" };
}

int __wrap_queue_names__open(struct queue_names *names, struct queue_facts *of)
{
	facts = of;
	*names = (struct queue_names){ .symbols = made.names ? NULL : (void *)&symbols };
	nr_symbols += !made.names;
	return made.names;
}

void __wrap_symbols__close(struct symbols *of)
{
	nr_symbols -= !!of;
}

int __wrap_kallsyms__read(const struct memory *memory, const char *info, struct symbol_sink *sink)
{
	assert_string_equal(info, "OSRELEASE=6.12\n");
	facts->at[AT_BTF].at = made.no_types ? 0 : TYPES_AT;
	facts->at[AT_BTF_END].at = TYPES_AT + sizeof(types);
	facts->at[AT_ONLINE].at = ONLINE_AT;
	facts->at[AT_POSSIBLE].at = made.possible;
	return made.kallsyms;
}

void __wrap_queue_facts__fields(struct queue_facts *of, const struct btf *btf)
{
	assert_ptr_equal(of, facts);
	assert_string_equal(btf__name_by_offset(btf, 1), "types");
	of->field[FIELD_PID].size = 4;
}

int __wrap_queue_names__finish(struct queue_names *names, const struct queue_facts *of,
			       const struct memory *memory, const struct btf *btf)
{
	assert_ptr_equal(names->symbols, &symbols);
	assert_ptr_equal(of, facts);
	assert_string_equal(memory->vmcoreinfo, "OSRELEASE=6.12\n");
	assert_string_equal(btf__name_by_offset(btf, 1), "types");
	return made.finish;
}

bool __wrap_queue_facts__lack(const struct queue_facts *of, char *why, size_t size)
{
	assert_int_equal(of->field[FIELD_PID].size, 4);
	if (made.lacks)
		snprintf(why, size, "%s", made.lacks);
	return made.lacks;
}

int __wrap_image__open(struct image *image, const struct queue_facts *of,
		       const struct memory *memory)
{
	assert_ptr_equal(of, facts);
	assert_string_equal(memory->vmcoreinfo, "OSRELEASE=6.12\n");
	nr_images += !made.image;
	return made.image;
}

int __wrap_image__has_process(const struct image *image, uint32_t tgid)
{
	assert_int_equal(tgid, 71);
	assert_int_equal(nr_images, 1);
	return made.process;
}

void __wrap_image__close(struct image *image)
{
	nr_images--;
}

static struct dump_queues *queues;
static char why[128];

static int setup(void **state)
{
	memset(&made, 0, sizeof(made));
	nr_files = nr_symbols = nr_images = 0;
	why[0] = '\0';
	return 0;
}

static void close_dump(void)
{
	dump_queues__close(queues);
	queues = NULL;
	assert_int_equal(nr_files, 0);
	assert_int_equal(nr_symbols, 0);
}

static int read_dump(void)
{
	assert_int_equal(dump_queues__open(&queues, "/made/dump", NULL, why, sizeof(why)), 0);
	return dump_queues__read(queues, why, sizeof(why));
}

static void fails(int err, const char *reason)
{
	assert_int_equal(read_dump(), err);
	if (reason)
		assert_string_equal(why, reason);
	close_dump();
}

TEST(a_dump_s_functions_have_names, setup, NULL)
{
	assert_int_equal(read_dump(), 0);
	assert_ptr_equal(dump_queues__symbols(queues), &symbols);
	assert_ptr_equal(facts->symbols, &symbols);
	assert_int_equal(facts->at[AT_ONLINE].at, ONLINE_AT);
	assert_int_equal(nr_symbols, 1);
	close_dump();
}

/* A panic takes CPUs offline: the possible ones are read in their place. */
TEST(possible_cpus_take_the_place_of_those_online, setup, NULL)
{
	made.possible = POSSIBLE_AT;
	assert_int_equal(read_dump(), 0);
	assert_int_equal(facts->at[AT_ONLINE].at, POSSIBLE_AT);
	close_dump();
}

TEST(each_step_that_fails_ends_the_reading, setup, NULL)
{
	made.open = -ENOSYS;
	assert_int_equal(dump_queues__open(&queues, "/made/dump", NULL, why, sizeof(why)), -ENOSYS);
	assert_string_equal(why, "no dump");
	assert_null(queues);
	made.open = 0;
	made.read = -EIO;
	fails(-EIO, "damaged");
	made.read = 0;
	made.names = -ENOMEM;
	fails(-ENOMEM, "the kernel's symbols cannot be read");
	made.names = 0;
	made.kallsyms = -E2BIG;
	fails(-E2BIG, "more than 4194304 symbols, or 256 MB of them: it is damaged");
	made.kallsyms = 0;
	made.no_types = true;
	fails(-ENOENT, "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF): see --btf");
	made.no_types = false;
	made.finish = -E2BIG;
	fails(-E2BIG, "more than 4194304 symbols, or 256 MB of them: it is damaged");
	made.finish = -ENOMEM;
	made.lacks = "not asked";
	fails(-ENOMEM, NULL);
	assert_string_not_equal(why, "not asked");
	made.finish = 0;
	made.lacks = "the kernel's struct rq has no curr";
	fails(-ENOENT, "the kernel's struct rq has no curr");
}

TEST(a_dump_says_if_a_process_was_there, setup, NULL)
{
	assert_int_equal(read_dump(), 0);
	for (made.process = -ENODATA; made.process <= 1; made.process++)
		assert_int_equal(dump_queues__has_process(queues, 71), made.process);
	assert_int_equal(nr_images, 0);
	made.image = -EFAULT;
	assert_int_equal(dump_queues__has_process(queues, 71), -EFAULT);
	assert_int_equal(nr_images, 0);
	close_dump();
}

TEST_MAIN(NULL, NULL)
