// SPDX-License-Identifier: GPL-2.0
#include "host/user/user.h"

/*
 * The section .eh_frame of an ELF file says, for each address, how to find the caller's frame
 * (DWARF 5, 6.4; the Linux Standard Base, 10.6). Anybody may have made the file, so each read is
 * bounded.
 */

/* Longer entries are not read; functions with thousands of changes to their frame have them. */
#define ENTRY_MAX 4096
#define STATES	  8

/* DW_EH_PE_*: encodings of addresses that linkers write. */
#define AS_IS		   0x00
#define UDATA4		   0x03
#define PCREL_SDATA4	   0x1b
#define HDR_RELATIVE_4	   0x3b
#define ENCODING_SIZE_MASK 0x07

/* Bytes of the file, read one after the other; after a read past the end all reads fail. */
struct bytes {
	const uint8_t *at;
	const uint8_t *end;
	uint64_t vaddr; /* address of the byte that `at` points to */
	bool failed;
};

/* Returns the next @size bytes; NULL if fewer are left. */
static const uint8_t *skip_bytes(struct bytes *bytes, uint64_t size)
{
	const uint8_t *from = bytes->at;

	bytes->failed |= size > (uint64_t)(bytes->end - from);
	if (bytes->failed)
		return NULL;
	bytes->at += size;
	bytes->vaddr += size;
	return from;
}

/* Returns a number of @size bytes, 8 at most, little-endian, as the file and the machine are. */
static uint64_t take_number(struct bytes *bytes, size_t size)
{
	const uint8_t *from = skip_bytes(bytes, size);
	uint64_t value = 0;

	if (from)
		memcpy(&value, from, size);
	return value;
}

static uint64_t take_uleb(struct bytes *bytes)
{
	uint64_t value = 0;
	uint8_t byte;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		byte = take_number(bytes, 1);
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	bytes->failed = true;
	return 0;
}

static int64_t take_sleb(struct bytes *bytes)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	uint8_t byte;

	do {
		byte = take_number(bytes, 1);
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80 && shift < 64);
	if (byte & 0x80)
		bytes->failed = true;
	if (shift < 64 && byte & 0x40)
		value |= ~0ULL << shift;
	return value;
}

/* Read an entry of .eh_frame: its length, then as many bytes. */
static bool entry_read(const struct elf_image *image, uint64_t vaddr, uint8_t *buf,
		       struct bytes *bytes)
{
	uint32_t len;

	/* 0 ends the table; 0xffffffff begins a length of 64 bits, which no compiler writes. */
	if (!elf_image__read(image, vaddr, &len, sizeof(len)) || len < 8 || len > ENTRY_MAX ||
	    !elf_image__read(image, vaddr + sizeof(len), buf, len))
		return false;
	*bytes = (struct bytes){ buf, buf + len, vaddr + sizeof(len), false };
	return true;
}

/* The entry that the functions of one object file share (a CIE). */
struct common {
	uint64_t code_align;
	int64_t data_align;
	uint64_t return_column;
	uint8_t encoding; /* encoding of a function's address */
	bool augmented;
	struct bytes program; /* the instructions */
};

/* Read the data that the letters of @augmentation announce. */
static void augmentation_read(struct bytes *bytes, const char *augmentation, struct common *common)
{
	uint64_t len = take_uleb(bytes);
	struct bytes data = *bytes;

	skip_bytes(bytes, len);
	if (!bytes->failed)
		data.end = bytes->at;
	for (const char *c = augmentation + 1; *c; c++) {
		if (*c == 'R')
			common->encoding = take_number(&data, 1);
		else if (*c == 'L')
			take_number(&data, 1);
		else if (*c == 'P')
			skip_bytes(&data,
				   (take_number(&data, 1) & ENCODING_SIZE_MASK) == UDATA4 ? 4 : 8);
		else
			/* S: a signal's frame; B: signed return addresses. Neither has data. */
			continue;
	}
	bytes->failed |= data.failed;
}

static bool common_read(const struct elf_image *image, uint64_t vaddr, uint8_t *buf,
			struct common *common)
{
	const char *augmentation;
	struct bytes bytes;
	uint8_t version;

	*common = (struct common){ .encoding = AS_IS };
	if (!entry_read(image, vaddr, buf, &bytes) || take_number(&bytes, 4))
		return false;
	version = take_number(&bytes, 1);
	augmentation = (const char *)bytes.at;
	skip_bytes(&bytes, strnlen(augmentation, bytes.end - bytes.at) + 1);
	if (bytes.failed || (version != 1 && version != 3))
		return false;
	common->code_align = take_uleb(&bytes);
	common->data_align = take_sleb(&bytes);
	common->return_column = version == 1 ? take_number(&bytes, 1) : take_uleb(&bytes);
	common->augmented = *augmentation == 'z';
	if (common->augmented)
		augmentation_read(&bytes, augmentation, common);
	else if (*augmentation)
		return false;
	common->program = bytes;
	return !bytes.failed;
}

/*
 * Interprets the instructions: from the function's beginning up to an address they change the row,
 * which says where the frame is.
 */
struct machine {
	const struct common *common;
	uint16_t elf_machine;
	uint64_t location;
	uint64_t stop;
	struct frame_row row;
	struct frame_row initial; /* after the common instructions */
	struct frame_row states[STATES];
	unsigned int nr_states;
};

static enum frame_register register_of(const struct machine *m, uint64_t column)
{
	const bool arm = m->elf_machine == EM_AARCH64;

	/* The processors' DWARF numbers: x86-64 rbp 6, rsp 7; arm64 x29, sp 31. */
	if (column == m->common->return_column)
		return FRAME_RETURN;
	if (column == (arm ? 29 : 6))
		return FRAME_FP;
	return column == (arm ? 31 : 7) ? FRAME_SP : FRAME_NONE;
}

static void rule_set(struct machine *m, uint64_t column, enum register_rule rule, int64_t offset)
{
	enum frame_register reg = register_of(m, column);

	if (reg != FRAME_NONE)
		m->row.at[reg] = (struct register_at){ rule, offset };
}

static void rule_restore(struct machine *m, uint64_t column)
{
	enum frame_register reg = register_of(m, column);

	if (reg != FRAME_NONE)
		m->row.at[reg] = m->initial.at[reg];
}

static int64_t scale_offset(const struct machine *m, int64_t factor)
{
	return (int64_t)((uint64_t)factor * (uint64_t)m->common->data_align);
}

static void cfa_set(struct machine *m, uint64_t column, int64_t offset)
{
	m->row.cfa = register_of(m, column);
	m->row.cfa_offset = offset;
}

/* Run @op if its operand is in its low bits. Returns whether it is. */
static bool packed_run(struct machine *m, struct bytes *program, uint8_t op)
{
	switch (op & 0xc0) {
	case 0x40: /* DW_CFA_advance_loc */
		m->location += (op & 0x3f) * m->common->code_align;
		return true;
	case 0x80: /* DW_CFA_offset */
		rule_set(m, op & 0x3f, RULE_AT, scale_offset(m, take_uleb(program)));
		return true;
	case 0xc0: /* DW_CFA_restore */
		rule_restore(m, op & 0x3f);
		return true;
	}
	return false;
}

/* Run @op if it says where the frame is, or keeps or restores a row. Returns whether it does. */
static bool frame_run(struct machine *m, struct bytes *program, uint8_t op)
{
	uint64_t column;

	switch (op) {
	case 0x0a: /* DW_CFA_remember_state */
		if (m->nr_states == STATES)
			program->failed = true;
		else
			m->states[m->nr_states++] = m->row;
		return true;
	case 0x0b: /* DW_CFA_restore_state */
		if (!m->nr_states)
			program->failed = true;
		else
			m->row = m->states[--m->nr_states];
		return true;
	case 0x0c: /* DW_CFA_def_cfa */
		column = take_uleb(program);
		cfa_set(m, column, take_uleb(program));
		return true;
	case 0x0d: /* DW_CFA_def_cfa_register */
		cfa_set(m, take_uleb(program), m->row.cfa_offset);
		return true;
	case 0x0e: /* DW_CFA_def_cfa_offset */
		m->row.cfa_offset = take_uleb(program);
		return true;
	case 0x0f: /* DW_CFA_def_cfa_expression */
		m->row.cfa = FRAME_NONE;
		skip_bytes(program, take_uleb(program));
		return true;
	case 0x12: /* DW_CFA_def_cfa_sf */
		column = take_uleb(program);
		cfa_set(m, column, scale_offset(m, take_sleb(program)));
		return true;
	case 0x13: /* DW_CFA_def_cfa_offset_sf */
		m->row.cfa_offset = scale_offset(m, take_sleb(program));
		return true;
	}
	return false;
}

/* Run @op if it is about one register. Returns whether it is. */
static bool register_run(struct machine *m, struct bytes *program, uint8_t op)
{
	uint64_t column = 0;

	if ((op >= 0x05 && op <= 0x09) || op == 0x10 || op == 0x11 || op == 0x14 || op == 0x15 ||
	    op == 0x16)
		column = take_uleb(program);
	switch (op) {
	case 0x05: /* DW_CFA_offset_extended */
		rule_set(m, column, RULE_AT, scale_offset(m, take_uleb(program)));
		return true;
	case 0x06: /* DW_CFA_restore_extended */
		rule_restore(m, column);
		return true;
	case 0x07: /* DW_CFA_undefined */
		rule_set(m, column, RULE_UNDEFINED, 0);
		return true;
	case 0x08: /* DW_CFA_same_value */
		rule_set(m, column, RULE_SAME, 0);
		return true;
	case 0x09: /* DW_CFA_register */
	case 0x14: /* DW_CFA_val_offset */
	/* DW_CFA_val_offset_sf: the operand is signed, and encoded like the unsigned one. */
	case 0x15:
		take_uleb(program);
		rule_set(m, column, RULE_OTHER, 0);
		return true;
	case 0x10: /* DW_CFA_expression */
	case 0x16: /* DW_CFA_val_expression */
		skip_bytes(program, take_uleb(program));
		rule_set(m, column, RULE_OTHER, 0);
		return true;
	case 0x11: /* DW_CFA_offset_extended_sf */
		rule_set(m, column, RULE_AT, scale_offset(m, take_sleb(program)));
		return true;
	}
	return false;
}

static bool other_run(struct machine *m, struct bytes *program, uint8_t op)
{
	switch (op) {
	case 0x00: /* DW_CFA_nop */
	case 0x2d: /* DW_CFA_GNU_window_save; arm64: the return address is signed from here */
		return true;
	case 0x02: /* DW_CFA_advance_loc1 */
	case 0x03: /* DW_CFA_advance_loc2 */
	case 0x04: /* DW_CFA_advance_loc4 */
		m->location += take_number(program, 1 << (op - 0x02)) * m->common->code_align;
		return true;
	case 0x2e: /* DW_CFA_GNU_args_size */
		take_uleb(program);
		return true;
	}
	return false;
}

static bool run_program(struct machine *m, struct bytes program)
{
	while (!program.failed && program.at < program.end) {
		uint8_t op = take_number(&program, 1);

		if (!packed_run(m, &program, op) && !frame_run(m, &program, op) &&
		    !register_run(m, &program, op) && !other_run(m, &program, op))
			return false;
		if (m->location > m->stop)
			break;
	}
	return !program.failed;
}

/* Returns the address of the entry for @vaddr by the sorted table of .eh_frame_hdr; 0: none. */
static uint64_t entry_find(const struct elf_image *image, uint64_t vaddr)
{
	struct {
		uint8_t version, frames, count_encoding, table_encoding;
		int32_t eh_frame;
		uint32_t count;
	} header;
	int32_t pair[2];
	uint64_t lo = 0, hi;

	if (!image->unwind || !elf_image__read(image, image->unwind, &header, sizeof(header)) ||
	    header.version != 1 || header.frames != PCREL_SDATA4 ||
	    header.count_encoding != UDATA4 || header.table_encoding != HDR_RELATIVE_4)
		return 0;
	hi = header.count;
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (!elf_image__read(image, image->unwind + sizeof(header) + mid * sizeof(pair),
				     pair, sizeof(pair)))
			return 0;
		if (image->unwind + (int64_t)pair[0] <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || !elf_image__read(image, image->unwind + sizeof(header) + (lo - 1) * sizeof(pair),
				    pair, sizeof(pair)))
		return 0;
	return image->unwind + (int64_t)pair[1];
}

/* Get the function's first address and its size; the two are encoded alike. */
static bool range_read(struct bytes *bytes, const struct common *common, uint64_t *start,
		       uint64_t *size)
{
	uint64_t at = bytes->vaddr;

	if (common->encoding == PCREL_SDATA4) {
		*start = at + (int64_t)(int32_t)take_number(bytes, 4);
		*size = take_number(bytes, 4);
	} else if (common->encoding == AS_IS) {
		*start = take_number(bytes, 8);
		*size = take_number(bytes, 8);
	} else {
		return false;
	}
	return !bytes->failed;
}

bool frame_table__row(const struct elf_image *image, uint64_t vaddr, struct frame_row *row)
{
	static uint8_t entry[ENTRY_MAX], shared[ENTRY_MAX];
	uint64_t at = entry_find(image, vaddr), size;
	struct common common;
	struct machine m = {
		.common = &common,
		.elf_machine = image->machine,
		.row = { .cfa = FRAME_NONE },
	};
	struct bytes bytes;
	uint32_t back; /* distance from this field back to the common entry */

	if (!at || !entry_read(image, at, entry, &bytes))
		return false;
	back = take_number(&bytes, 4);
	if (!back || !common_read(image, at + sizeof(back) - back, shared, &common) ||
	    !range_read(&bytes, &common, &m.location, &size) || vaddr - m.location >= size)
		return false;
	if (common.augmented)
		skip_bytes(&bytes, take_uleb(&bytes));
	m.stop = vaddr;
	/* The common instructions run to their end: they apply to every address. */
	if (!run_program(&m, common.program))
		return false;
	m.initial = m.row;
	if (!run_program(&m, bytes))
		return false;
	*row = m.row;
	return true;
}
