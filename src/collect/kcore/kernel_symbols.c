// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "base/sanitize.h"
#include "collect/kcore/memory.h"

/* include/linux/kallsyms.h: KSYM_NAME_LEN, and the letter of the type before the name. */
#define NAME_BYTES  513
#define TOKENS	    256
#define TABLE_BYTES 65536
#define WINDOW	    65536

/* The compressed names, read piece by piece, because only the last name shows their length. */
struct names {
	const struct memory *memory;
	uint64_t at; /* address of the window's first byte */
	size_t len, pos; /* bytes in the window; position of the next name */
	unsigned char window[WINDOW];
};

struct table {
	struct names names;
	uint32_t nr;
	uint64_t base; /* 0: each offset is relative to its own address */
	uint64_t place; /* address of the first offset */
	uint64_t stext; /* address of _stext according to VMCOREINFO; 0 if unknown */
	bool absolute; /* an offset that is not negative is an address itself */
	int32_t *offsets;
	uint16_t index[TOKENS];
	char tokens[TABLE_BYTES];
};

/* Fill the window. After the names come other tables, but a dump may end there: then read less. */
static int window_fill(struct names *n)
{
	int err = -EFAULT;

	n->at += n->pos;
	n->pos = 0;
	for (size_t len = WINDOW; err && len >= NAME_BYTES; len /= 2) {
		n->len = len;
		err = memory__read(n->memory, n->at, n->window, len);
	}
	return err;
}

/* Returns the next compressed name, which has *@len tokens. NULL after an error, in *@err. */
static const unsigned char *name_next(struct names *n, size_t *len, int *err)
{
	const unsigned char *at;

	*err = n->len - n->pos < 2 * NAME_BYTES ? window_fill(n) : 0;
	if (*err)
		return NULL;
	at = n->window + n->pos;
	*len = *at++;
	/* Since 6.1 (73bbb94466fd) the length of a long name has two bytes. */
	if (*len & 0x80)
		*len = (*len & 0x7f) | *at++ << 7;
	*err = *len && *len < NAME_BYTES ? 0 : -EBADMSG;
	n->pos = at - n->window + *len;
	return *err ? NULL : at;
}

/* Expand @nr tokens into @name: the letter of the type, then the name. */
static int name_expand(const struct table *t, const unsigned char *tokens, size_t nr, char *name)
{
	size_t len = 0;

	for (size_t i = 0; i < nr; i++) {
		const char *token = t->tokens + t->index[tokens[i]];
		size_t more = strnlen(token, NAME_BYTES);

		if (len + more >= NAME_BYTES)
			return -EBADMSG;
		memcpy(name + len, token, more);
		len += more;
	}
	name[len] = '\0';
	return len > 1 ? 0 : -EBADMSG;
}

/*
 * Read the address of symbol @i. An offset is relative to a base; in 7.3, which has no base, to its
 * own address (scripts/kallsyms.c).
 */
static uint64_t symbol_address_read(const struct table *t, uint32_t i)
{
	if (!t->base)
		return t->place + i * sizeof(*t->offsets) + t->offsets[i];
	if (!t->absolute)
		return t->base + (uint32_t)t->offsets[i];
	return t->offsets[i] >= 0 ? (uint64_t)t->offsets[i] : t->base - 1 - t->offsets[i];
}

static int offsets_read(struct table *t, const struct memory *memory)
{
	int err;

	t->offsets = malloc(t->nr * sizeof(*t->offsets));
	if (!t->offsets)
		return -ENOMEM;
	err = memory__read(memory, t->place, t->offsets, t->nr * sizeof(*t->offsets));
	/* With CONFIG_KALLSYMS_ABSOLUTE_PERCPU (x86-64 before 6.15) most offsets are negative. */
	for (uint32_t i = 0; !err && i < t->nr; i++)
		t->absolute |= t->offsets[i] < 0;
	return err;
}

/* Read the tokens. The offset of the last token shows the length of their table. */
static int tokens_read(struct table *t, const struct memory *memory, uint64_t index, uint64_t table)
{
	int err = memory__read(memory, index, t->index, sizeof(t->index));
	size_t last = t->index[TOKENS - 1];

	/* The tokens are in ascending order; name_expand() reads each at its place in the table. */
	for (int i = 0; i < TOKENS && !err; i++)
		err = t->index[i] <= last ? 0 : -EBADMSG;
	if (!err && last + NAME_BYTES > sizeof(t->tokens))
		return -EBADMSG;
	/* The index, 512 bytes, follows the table of tokens. */
	return err ? err : memory__read(memory, table, t->tokens, last + NAME_BYTES - 1);
}

static int table_read(struct table *t, const struct memory *memory, const char *info,
		      struct symbol_sink *sink)
{
	uint64_t nr = vmcoreinfo__symbol(info, "kallsyms_num_syms");
	uint64_t base = vmcoreinfo__symbol(info, "kallsyms_relative_base");
	uint64_t index = vmcoreinfo__symbol(info, "kallsyms_token_index");
	uint64_t tokens = vmcoreinfo__symbol(info, "kallsyms_token_table");
	int err;

	t->stext = vmcoreinfo__symbol(info, "_stext");
	t->names.memory = memory;
	t->names.at = vmcoreinfo__symbol(info, "kallsyms_names");
	t->place = vmcoreinfo__symbol(info, "kallsyms_offsets");
	if (!nr || !t->place || !index || !tokens || !t->names.at)
		return -ENOENT;
	err = memory__read(memory, nr, &t->nr, sizeof(t->nr));
	if (!err && base)
		err = memory__read(memory, base, &t->base, sizeof(t->base));
	if (!err)
		err = t->nr ? symbol_sink__take(sink, t->nr, t->nr * sizeof(*t->offsets)) :
			      -EBADMSG;
	if (!err)
		err = tokens_read(t, memory, index, tokens);
	return err ? err : offsets_read(t, memory);
}

static int names_see(struct table *t, struct symbol_sink *sink)
{
	char name[NAME_BYTES];
	int err = 0;

	for (uint32_t i = 0; i < t->nr && !err; i++) {
		struct kernel_symbol symbol = { .at = symbol_address_read(t, i), .name = name + 1 };
		const unsigned char *tokens;
		size_t nr;

		tokens = name_next(&t->names, &nr, &err);
		if (tokens)
			err = name_expand(t, tokens, nr, name);
		if (err)
			break;
		/* If _stext is not at its address, this code does not know the table's format. */
		if (t->stext && symbol.at != t->stext && !strcmp(symbol.name, "_stext"))
			return -EBADMSG;
		symbol.text = strchr("tTwW", *name);
		err = symbol_sink__take(sink, 0, strlen(name));
		if (!err)
			err = sink->see(sink->ctx, &symbol);
	}
	return err;
}

int kallsyms__read(const struct memory *memory, const char *vmcoreinfo, struct symbol_sink *sink)
{
	struct table *t = calloc(1, sizeof(*t));
	int err = t ? table_read(t, memory, vmcoreinfo, sink) : -ENOMEM;

	if (!err)
		err = names_see(t, sink);
	if (t)
		free(t->offsets);
	free(t);
	return err;
}

#define MODULES_MAX	  4096
/* Limits of one module's tables. */
#define TABLE_MAX	  (1U << 20)
#define STRINGS_MAX	  (1U << 26)
#define MODULE_NAME_BYTES 128
#define PAGE		  4096ULL

struct module_walk {
	const struct memory *memory;
	struct field list, name, kallsyms; /* members of struct module */
	struct field symtab, nr, strtab; /* members of struct mod_kallsyms */
	struct symbol_sink *sink;
};

static bool is_function(const Elf64_Sym *sym)
{
	return ELF64_ST_TYPE(sym->st_info) == STT_FUNC && sym->st_shndx != SHN_UNDEF &&
	       sym->st_value && sym->st_name < STRINGS_MAX;
}

/*
 * Read the bytes at @strtab that hold all names of @syms. The caller frees them. NULL if they
 * cannot be read, or after an error, in *@err.
 */
static char *strings_read(const struct module_walk *w, const Elf64_Sym *syms, size_t nr,
			  uint64_t strtab, size_t *len, int *err)
{
	uint64_t last = 0, end;
	char *strings;

	for (size_t i = 0; i < nr; i++)
		if (is_function(&syms[i]) && syms[i].st_name > last)
			last = syms[i].st_name;
	/* The last name ends on its page, or on the next page, if there is one. */
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

static int symbols_see(const struct module_walk *w, const Elf64_Sym *syms, size_t nr,
		       const char *strings, size_t len, const char *module)
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

static int module_see(const struct module_walk *w, uint64_t module)
{
	uint64_t kallsyms = memory__number(w->memory, module, &w->kallsyms);
	uint64_t nr = kallsyms ? memory__number(w->memory, kallsyms, &w->nr) : 0, strtab;
	char name[MODULE_NAME_BYTES] = {}, *strings = NULL;
	size_t bytes = w->name.size < MODULE_NAME_BYTES ? w->name.size : MODULE_NAME_BYTES - 1,
	       len = 0;
	Elf64_Sym *syms;
	int err;

	if (!nr || nr > TABLE_MAX || memory__read(w->memory, module + w->name.offset, name, bytes))
		return 0;
	err = symbol_sink__take(w->sink, nr, nr * sizeof(*syms));
	if (err)
		return err;
	strtab = memory__number(w->memory, kallsyms, &w->strtab);
	syms = malloc(nr * sizeof(*syms));
	if (!syms)
		return -ENOMEM;
	if (!memory__read(w->memory, memory__number(w->memory, kallsyms, &w->symtab), syms,
			  nr * sizeof(*syms)))
		strings = strings_read(w, syms, nr, strtab, &len, &err);
	sanitize(name, sizeof(name), name);
	if (strings)
		err = symbols_see(w, syms, nr, strings, len, name);
	free(strings);
	free(syms);
	return err;
}

int module_symbols__read(const struct memory *memory, const struct btf *btf, uint64_t modules,
			 struct symbol_sink *sink)
{
	const struct module_walk w = {
		.memory = memory,
		.list = layout__field(btf, "module", "list"),
		.name = layout__field(btf, "module", "name"),
		.kallsyms = layout__field(btf, "module", "kallsyms"),
		.symtab = layout__field(btf, "mod_kallsyms", "symtab"),
		.nr = layout__field(btf, "mod_kallsyms", "num_symtab"),
		.strtab = layout__field(btf, "mod_kallsyms", "strtab"),
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
