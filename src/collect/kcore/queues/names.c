// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include "base/sanitize.h"
#include "collect/kcore/module_symbols.h"
#include "collect/kcore/queues/names.h"
#include "host/symbols.h"

/* include/linux/kallsyms.h: KSYM_NAME_LEN. */
#define NAME_BYTES 512

/* Keep what the walk needs, and functions. */
static int see(void *ctx, const struct kernel_symbol *symbol)
{
	struct queue_names *names = ctx;
	char name[NAME_BYTES];

	if (!symbol->module)
		address_search__see(&names->search, symbol->at, symbol->name);
	if (!symbol->text)
		return 0;
	/* A dump may hold any bytes. */
	sanitize(name, sizeof(name), symbol->name);
	return symbols__add(names->symbols, symbol->at, name, symbol->module);
}

int queue_names__open(struct queue_names *names, struct queue_facts *facts)
{
	queue_facts__names(facts);
	*names = (struct queue_names){
		.search = { .list = facts->at, .nr = NR_FACT_ADDRESSES },
		.sink = { see, names, SYMBOLS_MAX, SYMBOL_BYTES_MAX },
	};
	return symbols__new(&names->symbols);
}

int queue_names__finish(struct queue_names *names, const struct queue_facts *facts,
			const struct memory *memory, const struct layout *layout)
{
	uint64_t modules = facts->at[AT_MODULES].at;
	int err = 0;

	if (modules)
		err = module_symbols__read(memory, layout, modules, &names->sink);
	symbols__sort(names->symbols);
	return err == -ENOMEM || err == -E2BIG ? err : 0;
}
