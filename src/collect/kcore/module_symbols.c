// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/sanitize.h"
#include "collect/kcore/module_symbols.h"

#define MODULES_MAX 4096
/* Of a module. */
#define TABLE_MAX   (1U << 20)
#define STRINGS_MAX (1U << 26)
#define NAME_BYTES  128
#define PAGE	    4096ULL

struct walk {
	const struct memory *memory;
	struct field list, name, kallsyms; /* of struct module */
	struct field symtab, nr, strtab; /* of struct mod_kallsyms */
	struct symbol_sink *sink;
};

static uint64_t number(const struct walk *w, uint64_t at, const struct field *field)
{
	uint64_t value = 0;

	if (field->size > sizeof(value) ||
	    memory__read(w->memory, at + field->offset, &value, field->size))
		return 0;
	return value;
}

static bool is_function(const Elf64_Sym *sym)
{
	return ELF64_ST_TYPE(sym->st_info) == STT_FUNC && sym->st_shndx != SHN_UNDEF &&
	       sym->st_value && sym->st_name < STRINGS_MAX;
}

/* As many bytes as hold all names of @syms, at @strtab; NULL: they cannot be read, or *@err. */
static char *strings_read(const struct walk *w, const Elf64_Sym *syms, size_t nr, uint64_t strtab,
			  size_t *len, int *err)
{
	uint64_t last = 0, end;
	char *strings;

	for (size_t i = 0; i < nr; i++)
		if (is_function(&syms[i]) && syms[i].st_name > last)
			last = syms[i].st_name;
	/* The last name ends on its page or on the next one, if there is one. */
	end = (strtab + last + PAGE) & ~(PAGE - 1);
	*err = symbol_sink__take(w->sink, 0, end + PAGE - strtab);
	if (*err)
		return NULL;
	strings = malloc(end + PAGE - strtab);
	if (!strings) {
		*err = -ENOMEM;
		return NULL;
	}
	*len = end - strtab;
	if (!memory__read(w->memory, strtab, strings, *len + PAGE))
		*len += PAGE;
	else if (memory__read(w->memory, strtab, strings, *len))
		*len = 0;
	if (*len)
		return strings;
	free(strings);
	return NULL;
}

static int symbols_see(const struct walk *w, const Elf64_Sym *syms, size_t nr, const char *strings,
		       size_t len, const char *module)
{
	int err = 0;

	for (size_t i = 0; i < nr && !err; i++) {
		const struct kernel_symbol symbol = { .at = syms[i].st_value,
						      .text = true,
						      .name = strings + syms[i].st_name,
						      .module = module };

		if (is_function(&syms[i]) && syms[i].st_name < len &&
		    memchr(symbol.name, '\0', len - syms[i].st_name))
			err = w->sink->see(w->sink->ctx, &symbol);
	}
	return err;
}

static int module_see(const struct walk *w, uint64_t module)
{
	uint64_t kallsyms = number(w, module, &w->kallsyms);
	uint64_t nr = kallsyms ? number(w, kallsyms, &w->nr) : 0, strtab;
	char name[NAME_BYTES] = {}, *strings = NULL;
	size_t bytes = w->name.size < NAME_BYTES ? w->name.size : NAME_BYTES - 1, len = 0;
	Elf64_Sym *syms;
	int err;

	if (!nr || nr > TABLE_MAX || memory__read(w->memory, module + w->name.offset, name, bytes))
		return 0;
	err = symbol_sink__take(w->sink, nr, nr * sizeof(*syms));
	if (err)
		return err;
	strtab = number(w, kallsyms, &w->strtab);
	syms = malloc(nr * sizeof(*syms));
	if (!syms)
		return -ENOMEM;
	if (!memory__read(w->memory, number(w, kallsyms, &w->symtab), syms, nr * sizeof(*syms)))
		strings = strings_read(w, syms, nr, strtab, &len, &err);
	sanitize(name, sizeof(name), name);
	if (strings)
		err = symbols_see(w, syms, nr, strings, len, name);
	free(strings);
	free(syms);
	return err;
}

int module_symbols__read(const struct memory *memory, const struct layout *layout, uint64_t modules,
			 struct symbol_sink *sink)
{
	const struct walk w = {
		.memory = memory,
		.list = layout__field(layout, "module", "list"),
		.name = layout__field(layout, "module", "name"),
		.kallsyms = layout__field(layout, "module", "kallsyms"),
		.symtab = layout__field(layout, "mod_kallsyms", "symtab"),
		.nr = layout__field(layout, "mod_kallsyms", "num_symtab"),
		.strtab = layout__field(layout, "mod_kallsyms", "strtab"),
		.sink = sink,
	};
	uint64_t at = modules;
	int err = 0;

	if (!w.list.size || !w.name.size || !w.kallsyms.size || !w.symtab.size || !w.nr.size ||
	    !w.strtab.size)
		return -ENOENT;
	for (int i = 0; i < MODULES_MAX && !err; i++) {
		if (memory__read(memory, at, &at, sizeof(at)) || !at || at == modules)
			break;
		err = module_see(&w, at - w.list.offset);
	}
	return err;
}
