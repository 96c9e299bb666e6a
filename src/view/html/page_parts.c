// SPDX-License-Identifier: GPL-2.0
#include "view/html/page_parts.h"

static const char page_head[] =
#include "page_head.inc"
	;

static const char page_policy[] =
#include "page_policy.inc"
	;

static const char page_body[] =
#include "page_body.inc"
	;

const char page_tail[] =
#include "page_tail.inc"
	;

void page_parts__begin(FILE *file, const char *policy)
{
	fputs(page_head, file);
	fprintf(file, "<meta http-equiv=\"Content-Security-Policy\" content=\"%s%s\">\n",
		page_policy, policy);
	fputs(page_body, file);
}

void page_parts__put_json(FILE *file, const char *json)
{
	for (; *json; json++)
		if (*json == '<')
			fputs("\\u003c", file);
		else
			putc(*json, file);
}
