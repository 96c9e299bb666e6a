// SPDX-License-Identifier: GPL-2.0
#include "base/hash.h"
#include "model/field.h"
#include "model/names.h"

void *member_of(const void *record, struct member_at at)
{
	return (char *)record + at.offset;
}

uint64_t member__number(const void *record, struct member_at at)
{
	const void *member = member_of(record, at);

	return at.size == 8 ? *(const uint64_t *)member :
	       at.size == 4 ? *(const uint32_t *)member :
			      *(const uint8_t *)member;
}

void member__set(void *record, struct member_at at, uint64_t n)
{
	void *member = member_of(record, at);

	if (at.size == 1)
		*(bool *)member = n;
	else if (at.size == 4)
		*(uint32_t *)member = n;
	else
		*(uint64_t *)member = n;
}

uint64_t field__number(const struct field *field, const void *record)
{
	uint64_t n = member__number(record, field->at);

	return field->type == FIELD_SPUN ? wait_spun(member__number(record, field->with), n) : n;
}

const struct field *form__field(const struct form *form, struct member_at at)
{
	for (size_t i = 0; i < form->nr; i++)
		if (form->fields[i].key && form->fields[i].at.offset == at.offset &&
		    form->fields[i].at.size == at.size)
			return &form->fields[i];
	return NULL;
}

const struct field *form__field_within(const struct form *form, struct member_at at, size_t *outer)
{
	const struct field *found = form__field(form, at);
	size_t inner;

	*outer = found ? found - form->fields : 0;
	for (size_t i = 0; i < form->nr && !found; i++) {
		const struct field *f = &form->fields[i];
		struct member_at inside = { at.offset - f->at.offset, at.size, at.name };

		*outer = i;
		if (f->type == FIELD_OBJECT && at.offset >= f->at.offset &&
		    at.offset + at.size <= f->at.offset + f->at.size)
			found = form__field_within(f->of, inside, &inner);
	}
	return found;
}

bool field__is_known(const struct field *field, const void *root, const void *record)
{
	return (!field->known.size || member__number(record, field->known)) &&
	       (!field->is_known || field->is_known(root, record));
}

uint64_t form__unknown(const struct form *form, const void *root, const void *record)
{
	uint64_t unknown = 0;

	for (size_t i = 0; i < form->nr; i++)
		if (!field__is_known(&form->fields[i], root, record))
			unknown |= (uint64_t)1 << i;
	return unknown;
}

static int rows_add(const struct field *rows, void *to, const void *from, struct form_index *index);

static int field_sum(const struct field *f, void *to, const void *from, struct form_index *index)
{
	void *sum = member_of(to, f->at);
	const void *value = member_of(from, f->at);
	int err = 0;

	switch (f->type) {
	case FIELD_BUCKETS:
		for (int i = 0; i < HIST_SLOTS; i++)
			((uint64_t *)sum)[i] += ((const uint64_t *)value)[i];
		break;
	case FIELD_BOOL:
		*(bool *)sum |= *(const bool *)value;
		break;
	case FIELD_ROWS:
		return rows_add(f, to, from, index);
	case FIELD_OBJECT:
		return form__add_to(f->of, sum, value, index);
	case FIELD_OBJECTS:
	case FIELD_LIST:
		for (size_t i = 0; i < f->nr && !err; i++)
			err = form__add(f->of, sum + i * f->of->size, value + i * f->of->size);
		break;
	default:
		member__set(to, f->at, member__number(to, f->at) + member__number(from, f->at));
	}
	return err;
}

static int field_add(const struct field *f, void *to, const void *from, struct form_index *index)
{
	/* If the later record has no name, the earlier name stays. */
	bool is_pointer = f->type == FIELD_STRING || f->type == FIELD_BORROWED;

	if (f->known.size == 1)
		*(bool *)member_of(to, f->known) &= *(const bool *)member_of(from, f->known);
	if (f->add == ADD_SUM)
		return field_sum(f, to, from, index);
	if (f->add == ADD_LAST && (!is_pointer || member__number(from, f->at)))
		memcpy(member_of(to, f->at), member_of(from, f->at), f->at.size);
	if (f->add == ADD_MAX && member__number(to, f->at) < member__number(from, f->at))
		member__set(to, f->at, member__number(from, f->at));
	return 0;
}

int form__add(const struct form *form, void *to, const void *from)
{
	return form__add_to(form, to, from, NULL);
}

int form__add_to(const struct form *form, void *to, const void *from, struct form_index *index)
{
	int err = 0;

	if (form->add)
		form->add(to, from);
	for (size_t i = 0; i < form->nr && !form->add && !err; i++)
		err = field_add(&form->fields[i], to, from, index);
	return err;
}

static bool key_equal(const struct field *f, const void *a, const void *b)
{
	const struct symbol *sa = member_of(a, f->at), *sb = member_of(b, f->at);

	if (f->type == FIELD_FUNCTION || f->type == FIELD_SITE)
		return sa->addr == sb->addr;
	if (f->type == FIELD_TEXT)
		return !strcmp(member_of(a, f->at), member_of(b, f->at));
	return member__number(a, f->at) == member__number(b, f->at);
}

static bool row_equal(const struct form *form, const void *a, const void *b)
{
	for (size_t i = 0; i < form->nr; i++)
		if (form->fields[i].add == ADD_KEY && !key_equal(&form->fields[i], a, b))
			return false;
	return true;
}

size_t rows__find(const struct form *form, const void *rows, size_t nr, size_t before,
		  const void *row)
{
	for (size_t i = 0; i < nr; i++) {
		size_t index = (before + 1 + i) % nr;

		if (row_equal(form, rows + index * form->size, row))
			return index;
	}
	return nr;
}

static uint64_t row_hash(const struct form *form, const void *row)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < form->nr; i++) {
		const struct field *f = &form->fields[i];
		const struct symbol *symbol = member_of(row, f->at);
		const char *text = member_of(row, f->at);

		if (f->add != ADD_KEY)
			continue;
		if (f->type == FIELD_TEXT)
			hash = hash_bytes(hash, text, strlen(text));
		else
			hash = (hash ^ (f->type == FIELD_FUNCTION || f->type == FIELD_SITE ?
						symbol->addr :
						member__number(row, f->at))) *
			       0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	return hash;
}

static size_t *find_row_place(const struct row_index *index, const struct form *form,
			      const char *rows, const void *row)
{
	for (size_t hash = row_hash(form, row);; hash++) {
		size_t *place = &index->places[hash & index->mask];

		if (!*place || row_equal(form, rows + (*place - 1) * form->size, row))
			return place;
	}
}

/*
 * Make the hash of @rows, with room for @nr_more rows, unless the index has that hash. For few
 * rows, or without memory, make no hash: then the caller searches by rows__find(). @kept: the index
 * is used for later records, too.
 */
static void row_index__make(struct row_index *index, const struct form *form, const char *rows,
			    size_t nr, size_t nr_more, bool kept)
{
	size_t size = 64;

	if (index->places && index->nr == nr && 2 * (nr + nr_more) <= index->mask + 1)
		return;
	free(index->places);
	index->places = NULL;
	if (nr < 32 || (nr_more < 32 && !kept))
		return;
	/* A kept hash has room to grow. */
	while (size < (kept ? 4 : 2) * (nr + nr_more))
		size *= 2;
	index->places = calloc(size, sizeof(*index->places));
	index->mask = size - 1;
	for (size_t i = 0; index->places && i < nr; i++) {
		size_t *place = find_row_place(index, form, rows, rows + i * form->size);

		*place = *place ?: i + 1;
	}
}

/* Returns the index of the list @field, a new one if needed; NULL if there is no room for that. */
static struct row_index *row_index__of(struct form_index *index, const struct field *field)
{
	for (size_t i = 0; index && i < index->nr; i++)
		if (index->of[i].field == field)
			return &index->of[i];
	if (!index || index->nr == FORM_INDEXES)
		return NULL;
	index->of[index->nr] = (struct row_index){ .field = field };
	return &index->of[index->nr++];
}

size_t form_index__find(const struct form_index *index, const struct form *form, const void *rows,
			size_t nr, const void *row)
{
	for (size_t i = 0; i < index->nr; i++) {
		const struct row_index *list = &index->of[i];
		size_t place;

		if (list->rows != rows || list->nr != nr || !list->places)
			continue;
		place = *find_row_place(list, form, rows, row);
		return place ? place - 1 : nr;
	}
	return rows__find(form, rows, nr, SIZE_MAX, row);
}

void form_index__free(struct form_index *index)
{
	for (size_t i = 0; i < index->nr; i++)
		free(index->of[i].places);
	*index = (struct form_index){};
}

/*
 * Add rows to a record. A window has few rows, but the author of a capture may write any number of
 * windows and names. Therefore many rows are searched by a hash.
 */
static int rows_add(const struct field *rows, void *to, const void *from,
		    struct form_index *indexes)
{
	size_t nr_from = member__number(from, rows->with), size = rows->of->size, found = SIZE_MAX;
	const char *row = *(char **)member_of(from, rows->at);
	size_t *nr = member_of(to, rows->with);
	char **items = member_of(to, rows->at);
	struct row_index own = {}, *kept = row_index__of(indexes, rows), *index = kept ?: &own;
	size_t *place = NULL, room = index->rows == *items ? index->room : *nr;
	int err = 0;

	row_index__make(index, rows->of, *items, *nr, nr_from, kept);

	for (size_t i = 0; i < nr_from && !err; i++, row += size) {
		char *more;

		if (index->places) {
			place = find_row_place(index, rows->of, *items, row);
			found = *place ? *place - 1 : *nr;
		} else {
			/* Both records often have their rows in the same order. */
			found = rows__find(rows->of, *items, *nr, found, row);
		}
		if (found < *nr) {
			err = form__add(rows->of, *items + found * size, row);
			continue;
		}
		if (*nr >= room) {
			room = *nr + 1 + (kept ? *nr / 2 : 0);
			more = realloc(*items, room * size);
			if (!more) {
				err = -ENOMEM;
				break;
			}
			*items = more;
		}
		memcpy(*items + (*nr)++ * size, row, size);
		if (place)
			*place = *nr;
	}
	index->rows = *items;
	index->nr = *nr;
	index->room = room;
	free(own.places);
	return err;
}

/*
 * Call @each for the rows of a record and for the rows of the records inside it. A row has no rows.
 * Returns the sum of what @each returns.
 */
static size_t sum_over_rows(const struct form *form, void *record,
			    size_t (*each)(void **rows, size_t bytes))
{
	size_t sum = 0;

	for (size_t i = 0; i < form->nr; i++) {
		const struct field *f = &form->fields[i];
		void *at = member_of(record, f->at);

		if (f->type == FIELD_OBJECT)
			sum += sum_over_rows(f->of, at, each);
		else if (f->type == FIELD_ROWS)
			sum += each(at, member__number(record, f->with) * f->of->size);
	}
	return sum;
}

static size_t rows_free(void **rows, size_t bytes)
{
	free(*rows);
	return bytes;
}

/*
 * Give a copy rows of its own. If there is no memory, the copy has no rows: those of the original
 * must not be freed with the copy.
 */
static size_t rows_own(void **rows, size_t bytes)
{
	void *copy = bytes ? malloc(bytes) : NULL;

	*rows = copy ? memcpy(copy, *rows, bytes) : NULL;
	return copy ? bytes : 0;
}

static size_t count_rows_bytes(void **rows, size_t bytes)
{
	(void)rows;
	return bytes;
}

static void visit_string(const char **string, string_fn *each, void *ctx)
{
	if (*string)
		each(ctx, string);
}

static void field_strings(const struct field *f, void *record, string_fn *each, void *ctx)
{
	char *at = member_of(record, f->at);
	struct symbol *symbol = (void *)at;
	size_t nr = 0;

	switch (f->type) {
	case FIELD_STRING:
		visit_string((void *)at, each, ctx);
		break;
	case FIELD_FUNCTION:
	case FIELD_SITE:
		visit_string(&symbol->name, each, ctx);
		visit_string(&symbol->module, each, ctx);
		break;
	case FIELD_SITES:
	case FIELD_MODULE_SITES:
		for (size_t i = 0; i < member__number(record, f->with); i++) {
			visit_string(&symbol[i].name, each, ctx);
			visit_string(&symbol[i].module, each, ctx);
		}
		break;
	case FIELD_OBJECT:
	case FIELD_FLAT:
		nr = 1;
		break;
	case FIELD_OBJECTS:
	case FIELD_LIST:
		nr = f->with.size ? member__number(record, f->with) : f->nr;
		break;
	case FIELD_ROWS:
		nr = member__number(record, f->with);
		at = *(char **)at;
		break;
	default:
		break;
	}
	for (size_t i = 0; i < nr; i++)
		form__strings(f->of, at + i * f->of->size, each, ctx);
}

void form__strings(const struct form *form, void *record, string_fn *each, void *ctx)
{
	for (size_t i = 0; i < form->nr; i++)
		field_strings(&form->fields[i], record, each, ctx);
}

void form__free(const struct form *form, void *record)
{
	sum_over_rows(form, record, rows_free);
	memset(record, 0, form->size);
}

size_t form__bytes(const struct form *form, const void *record)
{
	return sum_over_rows(form, (void *)record, count_rows_bytes);
}

int form__copy(const struct form *form, void *to, const void *from)
{
	memcpy(to, from, form->size);
	if (sum_over_rows(form, to, rows_own) == form__bytes(form, from))
		return 0;
	form__free(form, to);
	return -ENOMEM;
}
