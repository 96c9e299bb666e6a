// SPDX-License-Identifier: GPL-2.0
/* Without memory: what reads files and a kernel's memory, and what sums up their content. */
#include <elf.h>
#include <bpf/btf.h>
#include "collect/kcore/queues/parts.h"
#include "collect/layout.h"
#include "host/machine.h"
#include "host/symbols.h"
#include "host/user/user.h"
#include "isolated/stacks.h"
#include "memory_fails.h"
#include "memory_file.h"
#include "queues_memory.h"
#include "refused_memory.h"

#define FILE_OF(text) make_file(text, sizeof(text) - 1)

static int core_file, symbol_file, module_file, map_file;

static void make_core(void)
{
	struct {
		Elf64_Ehdr head;
		Elf64_Phdr segments[2];
		Elf64_Nhdr note;
		char name[12], text[12];
	} core = {
		.head = { .e_type = ET_CORE,
			  .e_phoff = sizeof(core.head),
			  .e_phentsize = sizeof(core.segments[0]),
			  .e_phnum = 2 },
		.segments = { { .p_type = PT_NOTE,
				.p_offset = sizeof(core.head) + sizeof(core.segments),
				.p_filesz = sizeof(core.note) + 24 },
			      { .p_type = PT_LOAD, .p_vaddr = BASE, .p_filesz = 16 } },
		.note = { .n_namesz = 11, .n_descsz = 12 },
		.name = "VMCOREINFO",
		.text = "PAGESIZE=4\n",
	};

	memcpy(core.head.e_ident, ELFMAG, SELFMAG);
	core.head.e_ident[EI_CLASS] = ELFCLASS64;
	core.head.e_ident[EI_DATA] = ELFDATA2LSB;
	core_file = make_file(&core, sizeof(core));
}

OPENING(core, elf_core__open((void *)&object, get_path(core_file)), elf_core__close(object))

static struct image image;
static void close_image(void);
OPENING_OF(image, image__open(&image, &facts, &memory), image__close(&image))

static struct queue_facts facts_to_find;
static struct queue_names queue_names;
OPENING(queue_names, queue_names__open(&queue_names, &facts_to_find),
	symbols__close(queue_names.symbols))

static int look_at_queues(void)
{
	queued_make();
	return walk__read(&facts, &memory, NULL, &earlier) ?:
		       walk__read(&facts, &memory, &earlier, &m);
}

OPENING(walk, look_at_queues(), {})
OPENING(cgroups, cgroups__open((void *)&object, "/nowhere"), cgroups__close(object))

static int open_symbols(void)
{
	return symbols__open((void *)&object, get_path(symbol_file), get_path(module_file));
}

static int read_symbols(void)
{
	return open_symbols() ?: symbols__load(object, NULL, NULL);
}

static void close_read_symbols(void);
OPENING_OF(read_symbols, read_symbols(), symbols__close(object); object = NULL)

static int name_functions(void)
{
	struct fn_stats fn = { .func.addr = 0xffffffff81000000 };
	struct snapshot snap = { .fns = &fn, .nr_fns = 1 };
	int err = open_symbols() ?: symbols__resolve(object, &snap, 1000000000);

	assert_int_equal(!fn.func.name, err != 0);
	return err;
}

static void close_name_functions(void);
OPENING_OF(name_functions, name_functions(), symbols__close(object); object = NULL)

static uint64_t *addresses;

static int match_functions(void)
{
	int nr = open_symbols() ?: symbols__match(object, "sec*", &addresses);

	return nr == 1 ? 0 : nr;
}

static void close_match_functions(void);
OPENING_OF(match_functions, match_functions(), free(addresses); addresses = NULL;
	   symbols__close(object); object = NULL)

static struct modules modules;
static void close_modules(void);
OPENING_OF(modules, modules__read(&modules, module_file), free(modules.at); modules.at = NULL)

static struct proc_maps maps;
static void close_maps(void);
OPENING_OF(maps, proc_maps__read(&maps, map_file), proc_maps__free(&maps))

static struct btf *types; /* of a kernel and of programs alike */
static int type_file;
OPENING(core_types, core_types__write(type_file, types, types), {})

OPENING(stacks, keep_object(stacks__new()), stacks__free(object))

static struct fn_stats fns[] = { { .count = 1 }, { .count = 2 } };
static struct snapshot window = { .fns = fns, .nr_fns = 2 };

OPENING(functions, keep_object(fn_rows__new(&window)), fn_rows__free(object))

OPENING(ranks, snapshot__rank(&window), {})

static const struct opening openings[] = {
	{ ROW(core), .optional = true },
	{ ROW(image) },
	{ ROW(queue_names) },
	{ ROW(walk) },
	{ ROW(cgroups) },
	{ ROW(read_symbols) },
	{ ROW(name_functions) },
	{ ROW(match_functions) },
	{ ROW(modules) },
	{ ROW(maps) },
	{ ROW(core_types) },
	{ ROW(stacks) },
	{ ROW(functions) },
	{ ROW(ranks) },
};

TEST(each_allocation_may_fail)
{
	test_each_allocation(openings, ARRAY_SIZE(openings));
}

static int setup_group(void **state)
{
	make_core();
	symbol_file = FILE_OF("ffffffff81000000 T first\nffffffff81000100 t second\n"
			      "ffffffffc0000000 t third\t[module]\n");
	module_file = FILE_OF("module 4096 0 - Live 0xffffffffc0000000\n");
	map_file = FILE_OF("00400000-00401000 r-xp 00000000 08:01 12 /usr/bin/program\n");
	type_file = FILE_OF("");
	types = btf__new_empty();
	if (btf__add_ptr(types, 0) < 0 || btf__add_array(types, 1, 1, 4) < 0 ||
	    btf__add_struct(types, "task", 32) < 0 || btf__add_field(types, "stack", 2, 0, 0))
		return -1;
	return setup(state);
}

static int teardown_group(void **state)
{
	name_opening();
	close(core_file);
	close(symbol_file);
	close(module_file);
	close(map_file);
	close(type_file);
	btf__free(types);
	return 0;
}

TEST_MAIN(setup_group, teardown_group)
