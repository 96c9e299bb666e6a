/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables that describe, in one place, what a record holds: one entry for each field. In this file a
 * record is a struct of the model, and a line is a line of JSON. The tables are used to write
 * records (view/json/json.h), to read them back (view/capture/capture.h), to show them in columns
 * (view/table/table.h), to add, copy and free them.
 */
#ifndef IPITRACE_MODEL_FIELD_H
#define IPITRACE_MODEL_FIELD_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum field_type {
	FIELD_NUMBER, /* an integer that is not negative */
	FIELD_BOOL,
	FIELD_REAL,
	FIELD_CPU,
	/* An enumerator, written as its name in names[]; as null if names[] has no name for it. */
	FIELD_NAME,
	FIELD_TEXT, /* an array of char */
	FIELD_STRING, /* a pointer to text that another owner frees; NULL is written as null */
	FIELD_FUNCTION, /* a symbol; a second key "module" has its module */
	FIELD_SITE, /* a symbol with the offset in its function */
	FIELD_SITES, /* an array of symbols: a stack, innermost frame first */
	FIELD_MODULE_SITES, /* the same, in a line with the modules */
	FIELD_DATE, /* a struct timespec */
	FIELD_CPUS, /* a struct cpuset */
	FIELD_RATE, /* a count over a time; a line has the count per second */
	FIELD_SINCE, /* a time; a line has its distance from another time */
	FIELD_TASK, /* a struct task_id */
	FIELD_TEXTS, /* arrays of char */
	FIELD_SPUN, /* the part of waits that was not spun; a line has the part that was spun */
	FIELD_BUCKETS, /* a histogram's slots */
	FIELD_OBJECT, /* a record inside this record, or some members of this record */
	FIELD_FLAT, /* a record inside this record, with its keys among this record's keys */
	FIELD_OBJECTS, /* a record inside this record for each key in names[] */
	FIELD_ROWS, /* an array of records, owned by this record */
	/*
	 * An array of records inside this record. Without a member with their number, only items
	 * whose first 8 bytes are not 0 count.
	 */
	FIELD_LIST,
	FIELD_BORROWED, /* a pointer to data that another owner frees; no line has the data */
	/* computed from other fields by derive() or by the view; written, and not read back */
	FIELD_DERIVED,
};

/* How the value of a later record is added to the value of an earlier one. */
enum field_add {
	ADD_NONE, /* the earlier value stays */
	ADD_KEY, /* rows with equal keys are added up to one row */
	ADD_SUM, /* the sum; of booleans: true if one is true */
	ADD_MAX,
	ADD_LAST, /* the later value, if the later record has a value */
};

/* The place of a member in a struct. Size 0: there is no member. */
struct member_at {
	size_t offset, size;
	const char *name;
};

struct field {
	const char *key; /* NULL: no line has the field */
	enum field_type type;
	enum field_add add;
	struct member_at at;
	size_t nr; /* FIELD_LIST, FIELD_OBJECTS, FIELD_TEXTS: maximum number of items */
	/*
	 * The member with the number of rows, of items, of frames, or of texts; for FIELD_SPUN all
	 * waits; for FIELD_RATE the time in ns; for FIELD_SINCE the other time.
	 */
	struct member_at with;
	const struct form *of; /* describes the records inside this record */
	const char *const *names; /* names of enumerators, or of the items of a list */
	int nr_names;
	int none; /* the enumerator that is read for an unknown name */
	/* FIELD_LIST: the key that has each item's name; NULL: items have no name */
	const char *label;
	/*
	 * A value that is unknown is null in a line. If a value makes no sense at all, the line
	 * lacks the key. The members @known and @present of the same record decide this: the value
	 * is null if @known is 0 or an empty text; the key is missing if @present is 0 or an empty
	 * text. Reading a line sets the same members: a bool becomes whether the line has the
	 * value, or the key. In a sum of records @known is true if it was true in each record.
	 *
	 * is_known() and is_present() decide the same where no member of the record can: @root is
	 * the outermost record (the window, the storm, the stall), @record is the record that has
	 * the field.
	 */
	struct member_at known, present;
	/* A bool, which only reading sets: whether the line has the value. */
	struct member_at found;
	bool (*is_known)(const void *root, const void *record);
	bool (*is_present)(const void *root, const void *record);
	/* FIELD_DERIVED: computes the value; NULL: the view computes it */
	uint64_t (*derive)(const void *record);
};

struct form {
	const struct field *fields;
	size_t nr;
	size_t size;
	/* Adds @from to @to. NULL: each field is added as its enum field_add says. */
	void (*add)(void *to, const void *from);
};

#define ITEMS(type, member) \
	(sizeof(((struct type *)0)->member) / sizeof(*((struct type *)0)->member))
#define PLACE(type, member)                                                                \
	{                                                                                  \
		offsetof(struct type, member), sizeof(((struct type *)0)->member), #member \
	}
#define F(type_, name, how, adds, member, ...)                                                   \
	{                                                                                        \
		.key = name, .type = FIELD_##how, .add = ADD_##adds, .at = PLACE(type_, member), \
		##__VA_ARGS__                                                                    \
	}
/* A field whose key is the name of its member. */
#define K(type, how, adds, member, ...) F(type, #member, how, adds, member, ##__VA_ARGS__)
/*
 * Records inside a record: one record, an array that the record owns, an array inside. @what##_form
 * describes each of them.
 */
#define OBJECT(type, name, adds, member, what, ...) \
	F(type, name, OBJECT, adds, member, .of = &what##_form, ##__VA_ARGS__)
#define ROWS(type, name, adds, member, what, ...)                                               \
	F(type, name, ROWS, adds, member, .with = PLACE(type, nr_##member), .of = &what##_form, \
	  ##__VA_ARGS__)
#define LIST(type, name, adds, member, what, ...)                                        \
	F(type, name, LIST, adds, member, .of = &what##_form, .nr = ITEMS(type, member), \
	  ##__VA_ARGS__)
/* Some members of a record, written under a key of their own. */
#define PART(name, what, ...)                                                          \
	{                                                                              \
		.key = name, .type = FIELD_OBJECT, .add = ADD_SUM, .of = &what##_form, \
		##__VA_ARGS__                                                          \
	}
/* The fields of another record, written among the keys of this record. */
#define FLAT(what, ...)                                                          \
	{                                                                        \
		.key = "", .type = FIELD_FLAT, .of = &what##_form, ##__VA_ARGS__ \
	}
#define DERIVED(name)                              \
	{                                          \
		.key = name, .type = FIELD_DERIVED \
	}
/* A number that the function @rule computes from the record. */
#define DERIVED_BY(name, rule, ...)                                               \
	{                                                                         \
		.key = name, .type = FIELD_DERIVED, .derive = rule, ##__VA_ARGS__ \
	}
#define NAMES(table)	      .names = table, .nr_names = sizeof(table) / sizeof(*(table))
#define KNOWN(type, member)   .known = PLACE(type, member)
#define PRESENT(type, member) .present = PLACE(type, member)
#define FOUND(type, member)   .found = PLACE(type, member)
#define FORM(type, table, ...)                                                                 \
	{                                                                                      \
		.fields = table, .nr = sizeof(table) / sizeof(*(table)), .size = sizeof(type), \
		##__VA_ARGS__                                                                  \
	}

/* A function for is_known or is_present: @row is a struct @type in the outermost record @root. */
#define RULE(name, type, rule)                                 \
	static bool name(const void *root, const void *record) \
	{                                                      \
		const struct type *row = record;               \
                                                               \
		(void)root;                                    \
		(void)row;                                     \
		return rule;                                   \
	}

/* A function that computes a number from @row, a struct @type. */
#define FIGURE(name, type, figure)               \
	static uint64_t name(const void *record) \
	{                                        \
		const struct type *row = record; \
                                                 \
		return figure;                   \
	}

void *member_of(const void *record, struct member_at at);

/* Returns the member's value. For a text, the value is not 0 if the text is not empty. */
uint64_t member__number(const void *record, struct member_at at);

/* Returns the part of waits of @sum ns that was spun: the senders' CPUs did nothing else. */
static inline uint64_t wait_spun(uint64_t sum, uint64_t away)
{
	return sum > away ? sum - away : 0;
}

/* Returns the number that a line has: for FIELD_SPUN the part of the waits that was spun. */
uint64_t field__number(const struct field *field, const void *record);

/* Returns the field of the member @at; NULL if no line has the member. */
const struct field *form__field(const struct form *form, struct member_at at);

/*
 * Returns the field of the member @at of @form's records, or of a record inside them; NULL if no
 * line has the member. Sets *@outer to the index of the field of @form that has the member.
 */
const struct field *form__field_within(const struct form *form, struct member_at at, size_t *outer);

/* Returns false if a line has null in place of the value. @root is the outermost record. */
bool field__is_known(const struct field *field, const void *root, const void *record);

/* Returns a bit for each of @form's fields, at most 64, that field__is_known() calls unknown. */
uint64_t form__unknown(const struct form *form, const void *root, const void *record);

void member__set(void *record, struct member_at at, uint64_t n);

/* Add @from to @to. The names in @to stay. Returns 0 or -ENOMEM. */
int form__add(const struct form *form, void *to, const void *from);

/*
 * Make @to a copy of @from that has rows of its own; what @to held before is not freed. Strings of
 * the copy are those of @from. Returns 0, or -ENOMEM with @to all zero.
 */
int form__copy(const struct form *form, void *to, const void *from);

/* Free the rows that @record owns, and zero @record. */
void form__free(const struct form *form, void *record);

/*
 * Call @each for each string, except NULL, that @record or one of its rows points to: texts and the
 * names of symbols.
 */
typedef void string_fn(void *ctx, const char **string);
void form__strings(const struct form *form, void *record, string_fn *each, void *ctx);

/* Returns the size of all rows of @record, bytes. */
size_t form__bytes(const struct form *form, const void *record);

/* Finds the rows of one list of a sum by their keys. */
struct row_index {
	const struct field *field; /* the list */
	const void *rows; /* its @nr rows, and memory for @room of them */
	size_t nr, room;
	/* a hash: 1 + the index of each row, 0 if the place is free; NULL if there is no hash */
	size_t *places;
	size_t mask;
};

/*
 * The indexes of all lists of a sum. All zero at first. While it is used, only form__add_to() and
 * form_index__free() change the rows.
 */
#define FORM_INDEXES 16
struct form_index {
	size_t nr;
	struct row_index of[FORM_INDEXES];
};

/*
 * Do what form__add() does. How long this takes depends on the rows of @from, and not on those of
 * @to, because the author of a capture may write any number of windows and names.
 */
int form__add_to(const struct form *form, void *to, const void *from, struct form_index *index);

/* Do what rows__find() does, for rows of a sum, and begin at index 0. */
size_t form_index__find(const struct form_index *index, const struct form *form, const void *rows,
			size_t nr, const void *row);
void form_index__free(struct form_index *index);

/*
 * Returns the index of the row of @rows that has the same keys as @row; @nr if there is none. The
 * search begins after the index @before, and goes on at index 0.
 */
size_t rows__find(const struct form *form, const void *rows, size_t nr, size_t before,
		  const void *row);

#endif /* IPITRACE_MODEL_FIELD_H */
