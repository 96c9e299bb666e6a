// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "base/sanitize.h"
#include "view/words/words.h"

static bool begins_character(char byte)
{
	return (byte & 0xc0) != 0x80;
}

struct safe safe__cut(const char *name, size_t bytes)
{
	struct safe text;

	sanitize(text.s, bytes < SAFE_BYTES ? bytes + 1 : SAFE_BYTES, name ? name : "?");
	return text;
}

struct safe safe(const char *name)
{
	return safe__cut(name, SAFE_BYTES);
}

struct safe_comm safe__comm(const char *comm)
{
	struct safe_comm text = { "" };

	memcpy(text.s, comm, strnlen(comm, COMM_LEN));
	sanitize(text.s, sizeof(text.s), text.s);
	return text;
}

struct safe safe__tail(const char *name, size_t bytes)
{
	size_t len = name ? strlen(name) : 0;
	struct safe text;

	if (len <= bytes || bytes < 3)
		return safe__cut(name, bytes);
	name += len - (bytes - 3);
	while (!begins_character(*name))
		name++;
	memcpy(text.s, "...", 3);
	sanitize(text.s + 3, SAFE_BYTES - 3, name);
	return text;
}

/* Append @nr blanks, if there is room. */
static void fill(struct safe *text, size_t nr)
{
	size_t len = strlen(text->s);

	for (; nr && len + 1 < SAFE_BYTES; nr--)
		text->s[len++] = ' ';
	text->s[len] = '\0';
}

struct safe safe__column(const char *name, size_t width)
{
	struct safe text = safe(name);

	text.s[safe__fit(text.s, width)] = '\0';
	fill(&text, width - safe__width(text.s));
	return text;
}

struct safe safe__name(const char *name, size_t width)
{
	struct safe text = safe__cut(name, SAFE_BYTES - 2 - width);

	if (safe__width(text.s) <= width)
		return safe__column(name, width);
	strcat(text.s, "\n");
	fill(&text, width);
	return text;
}

size_t safe__width_of(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += begins_character(text[i]);
	return width;
}

size_t safe__width(const char *text)
{
	return safe__width_of(text, strlen(text));
}

size_t safe__fit(const char *text, size_t width)
{
	size_t len = 0;

	for (; text[len]; len++)
		if (begins_character(text[len]) && !width--)
			break;
	return len;
}

size_t safe__whole(const char *text, size_t len)
{
	size_t last = len, need;
	unsigned char first;

	while (last && !begins_character(text[last - 1]))
		last--;
	if (!last--)
		return 0;
	first = text[last];
	need = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	return len - last < need ? last : len;
}
