/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables that say, once, what a record holds: a line a field. By them records are written
 * (view/json/json.h), read back (view/capture/parse.h), added up, copied and freed.
 */
#ifndef IPITRACE_MODEL_FIELD_H
#define IPITRACE_MODEL_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
	FIELD_NUMBER, /* an integer that is not negative */
	FIELD_BOOL,
	FIELD_REAL,
	FIELD_CPU,
	FIELD_NAME, /* an enumerator, by names[]; null where that has no name */
	FIELD_TEXT, /* an array of char */
	FIELD_STRING, /* a pointer to text that others own; NULL: null */
	FIELD_FUNCTION, /* a symbol, which has the key "module" besides */
	FIELD_SITE, /* a symbol, with the offset in it */
	FIELD_DATE, /* a struct timespec */
	FIELD_CPUS, /* a struct cpuset */
	FIELD_RATE, /* a count over a time; the line has it a second */
	FIELD_SINCE, /* a time; the line has it since another */
	FIELD_TASK, /* a struct task_id */
	FIELD_TEXTS, /* arrays of char */
	FIELD_SPUN, /* the part of waits that was not spun; the line has the part that was */
	FIELD_BUCKETS, /* a histogram's slots */
	FIELD_OBJECT, /* a record inside this one, or a part of this one */
	FIELD_FLAT, /* a record inside this one, with its keys among those of this one */
	FIELD_OBJECTS, /* a record inside this one for each of names[], which are the keys */
	FIELD_ROWS, /* records that this one owns */
	/* Records inside this one; without a number: those whose first 8 bytes are not 0. */
	FIELD_LIST,
	FIELD_BORROWED, /* a pointer to what others own; no line has it */
	FIELD_DERIVED, /* of other fields, by derive() or the view: it is written, and not read back */
};

/* A later record is added to a field like this. */
enum field_add {
	ADD_NONE, /* the first value stays */
	ADD_KEY, /* rows with the same keys are one */
	ADD_SUM, /* of booleans: true if either is */
	ADD_MAX,
	ADD_LAST, /* the later record's value, if it has one */
};

/* A member; size 0: none. */
struct member_at {
	size_t offset, size;
	const char *name;
};

struct field {
	const char *key; /* NULL: no line has it */
	enum field_type type;
	enum field_add add;
	struct member_at at;
	size_t nr; /* FIELD_LIST, FIELD_OBJECTS, FIELD_TEXTS: items at most */
	/* Rows, lists and texts: their number. FIELD_SPUN: all waits. FIELD_RATE: the time, ns. FIELD_SINCE: the other time. */
	struct member_at with;
	const struct form *of;
	const char *const *names; /* of enumerators, or of the items of a list */
	int nr_names;
	int none; /* the enumerator where there is no such name */
	const char *
		label; /* FIELD_LIST: the key that has the name of an item's place; NULL: none has */
	/*
	 * A value that is not known is null in a line; where it makes no sense at all, the line does not
	 * even have its key. @known and @present are members of the same record that decide this: the
	 * value is null where the member @known is 0 or an empty text, and the key is missing where
	 * @present is. Lines are read back by the same members: a bool becomes whether the line has the
	 * value, or the key. In a sum of records @known stays true if it was true in each.
	 *
	 * is_known() and is_present() decide it where no member of the record can: @root is the outermost
	 * record (the window, the storm, the stall), @record the one that has the field.
	 */
	struct member_at known, present;
	bool (*is_known)(const void *root, const void *record);
	bool (*is_present)(const void *root, const void *record);
	uint64_t (*derive)(const void *record); /* FIELD_DERIVED; NULL: the view computes it */
};

struct form {
	const struct field *fields;
	size_t nr;
	size_t size;
	void (*add)(void *to, const void *from); /* in place of the fields' */
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
/* A field with its member's name. */
#define K(type, how, adds, member, ...) F(type, #member, how, adds, member, ##__VA_ARGS__)
/* A record inside another, records that it owns, records inside it; @what##_form describes them. */
#define OBJECT(type, name, adds, member, what, ...) \
	F(type, name, OBJECT, adds, member, .of = &what##_form, ##__VA_ARGS__)
#define ROWS(type, name, adds, member, what, ...)                                               \
	F(type, name, ROWS, adds, member, .with = PLACE(type, nr_##member), .of = &what##_form, \
	  ##__VA_ARGS__)
#define LIST(type, name, adds, member, what, ...)                                        \
	F(type, name, LIST, adds, member, .of = &what##_form, .nr = ITEMS(type, member), \
	  ##__VA_ARGS__)
/* Some members under a key of their own. */
#define PART(name, what, ...)                                                          \
	{                                                                              \
		.key = name, .type = FIELD_OBJECT, .add = ADD_SUM, .of = &what##_form, \
		##__VA_ARGS__                                                          \
	}
/* The fields of another record, with their own keys. */
#define FLAT(what, ...)                                                          \
	{                                                                        \
		.key = "", .type = FIELD_FLAT, .of = &what##_form, ##__VA_ARGS__ \
	}
#define DERIVED(name)                              \
	{                                          \
		.key = name, .type = FIELD_DERIVED \
	}
/* A number that @rule has of the record. */
#define DERIVED_BY(name, rule, ...)                                               \
	{                                                                         \
		.key = name, .type = FIELD_DERIVED, .derive = rule, ##__VA_ARGS__ \
	}
#define NAMES(table)	      .names = table, .nr_names = sizeof(table) / sizeof(*(table))
#define KNOWN(type, member)   .known = PLACE(type, member)
#define PRESENT(type, member) .present = PLACE(type, member)
#define FORM(type, table, ...)                                                                 \
	{                                                                                      \
		.fields = table, .nr = sizeof(table) / sizeof(*(table)), .size = sizeof(type), \
		##__VA_ARGS__                                                                  \
	}

/* An is_known() or is_present() of @row, a struct @type, in the outermost record @root. */
#define RULE(name, type, rule)                                 \
	static bool name(const void *root, const void *record) \
	{                                                      \
		const struct type *row = record;               \
                                                               \
		(void)root;                                    \
		(void)row;                                     \
		return rule;                                   \
	}

/* A number that follows from @row, a struct @type. */
#define FIGURE(name, type, figure)           \
	static uint64_t name(const void *of) \
	{                                    \
		const struct type *row = of; \
                                             \
		return figure;               \
	}

static inline void *member_of(const void *record, struct member_at at)
{
	return (char *)record + at.offset;
}

/* The number of a text is not 0 where there is one. */
uint64_t member__number(const void *record, struct member_at at);
void member__set(void *record, struct member_at at, uint64_t n);

/* Add @from to @to, whose names stay. 0 or -ENOMEM. */
int form__add(const struct form *of, void *to, const void *from);

/*
 * Make @to, whatever it held, a copy of @from with rows of its own. Strings stay those of @from.
 * 0, or -ENOMEM, which leaves @to all zero.
 */
int form__copy(const struct form *of, void *to, const void *from);

/* Free the rows of @record and zero it. */
void form__free(const struct form *of, void *record);

/*
 * Call @each for each string that @record or a row of it points to: its texts, and the names of its
 * symbols. NULL ones are left out.
 */
typedef void string_fn(void *ctx, const char **string);
void form__strings(const struct form *of, void *record, string_fn *each, void *ctx);

/* The bytes that the rows of @record take. */
size_t form__bytes(const struct form *of, const void *record);

/* The index of the row of @rows that has @row's keys, if possible after @before; @nr: none. */
size_t rows__find(const struct form *of, const void *rows, size_t nr, size_t before,
		  const void *row);

#endif /* IPITRACE_MODEL_FIELD_H */
