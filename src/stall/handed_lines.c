// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "stall/handed_lines.h"

static char **slot_of(struct handed_lines *handed, uint64_t number)
{
	return &handed->lines[number & (HANDED_MAX - 1)];
}

static void free_up_to(struct handed_lines *handed, uint64_t end)
{
	for (; handed->freed != end; handed->freed++)
		free(*slot_of(handed, handed->freed));
}

void handed_lines__put(struct handed_lines *handed, char *line)
{
	free_up_to(handed, handed->taken);
	if (handed->put - handed->freed == HANDED_MAX) {
		handed->refused++;
		free(line);
		return;
	}
	*slot_of(handed, handed->put) = line;
	handed->put++;
}

const char *handed_lines__next(const struct handed_lines *handed)
{
	return handed->taken == handed->put ? NULL :
					      handed->lines[handed->taken & (HANDED_MAX - 1)];
}

void handed_lines__took(struct handed_lines *handed)
{
	handed->taken++;
}

void handed_lines__close(struct handed_lines *handed)
{
	free_up_to(handed, handed->put);
}
