// SPDX-License-Identifier: GPL-2.0
/* A kernel's memory out of arbitrary bytes: the notes, the table of symbols, the walk of csds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "collect/kcore/addresses.h"
#include "collect/kcore/kallsyms.h"
#include "collect/kcore/queues/facts.h"
#include "collect/kcore/queues/walk.h"
#include "collect/layout.h"
#include "model/moment.h"

/* The bytes are the memory from here on, again and again. */
#define BASE   0xffffffff81000000ULL
#define MEMORY (1ULL << 20)

struct bytes {
	const uint8_t *data;
	size_t size;
};

/* The made-up kernel's layout is fixed: no BTF. */
struct field layout__field(const struct layout *layout, const char *type, const char *path)
{
	(void)layout;
	(void)type;
	(void)path;
	return (struct field){};
}

static int memory_read(void *ctx, uint64_t addr, void *buf, size_t size)
{
	const struct bytes *b = ctx;

	if (!b->size || addr < BASE || addr - BASE > MEMORY || size > MEMORY - (addr - BASE))
		return -EFAULT;
	for (size_t i = 0; i < size; i++)
		((uint8_t *)buf)[i] = b->data[(addr - BASE + i) % b->size];
	return 0;
}

static int see(void *ctx, const struct kernel_symbol *symbol)
{
	struct address_search *search = ctx;

	address_search__see(search, symbol->at, symbol->name);
	return strlen(symbol->name) < 513 ? 0 : -E2BIG;
}

static void symbols_read(const struct memory *memory)
{
	static const char info[] = "SYMBOL(kallsyms_num_syms)=ffffffff81000000\n"
				   "SYMBOL(kallsyms_relative_base)=ffffffff81000004\n"
				   "SYMBOL(kallsyms_offsets)=ffffffff81000010\n"
				   "SYMBOL(kallsyms_token_index)=ffffffff81000020\n"
				   "SYMBOL(kallsyms_token_table)=ffffffff81000220\n"
				   "SYMBOL(kallsyms_names)=ffffffff81000300\n";
	struct queue_facts facts = {};
	struct address_search search = { .list = facts.at, .nr = NR_FACT_ADDRESSES };

	queue_facts__names(&facts);
	if (kallsyms__read(memory, info, see, &search) == -E2BIG)
		abort();
}

static void csds_read(const struct memory *memory)
{
	static struct moment m;
	struct queue_facts facts = {};

	for (int i = 0; i < NR_FACT_ADDRESSES; i++)
		facts.at[i] = (struct address){ "", BASE + 64 * i, BASE + 64 * i + 64 };
	for (int i = 0; i < NR_FACT_FIELDS; i++)
		facts.field[i] = (struct field){ 8 * i % 96, 8 };
	facts.field[FIELD_FLAGS] = (struct field){ 8, 4 };
	facts.field[FIELD_COMM].size = COMM_LEN;
	m.now = 1ULL << 40;
	if (!walk__read(&facts, memory, NULL, &m) &&
	    (m.nr_pending > MOMENT_PENDING || m.nr_running > MOMENT_RUNNING ||
	     m.nr_waiting > MOMENT_WAITING || m.nr_cpus > MOMENT_CPUS))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { data, size };
	const struct memory memory = { .read = memory_read, .ctx = &bytes };

	symbols_read(&memory);
	csds_read(&memory);
	return 0;
}
