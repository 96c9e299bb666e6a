// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "view/text/report.h"
#include "view/text/style.h"
#include "view/text/summary.h"

void view__report_head(const struct snapshot *sum, uint64_t windows)
{
	view__head(sum, "report");
	printf("%" PRIu64 " windows as one\n", windows);
}

void view__report_stalls(uint64_t nr, size_t shown)
{
	printf("%sSTALLS%s %" PRIu64 "%s%s\n", style__on(STYLE_HEAD), style__off(), nr,
	       nr ? ", besides those that another one caused" : "",
	       nr > shown ? "; the longest:" :
	       shown	  ? ":" :
			    "");
	if (shown)
		putchar('\n');
}

void view__report_storms(uint64_t nr, size_t shown)
{
	printf("%sSTORMS%s %" PRIu64 "%s\n", style__on(STYLE_HEAD), style__off(), nr,
	       nr > shown ? ", the first:" :
	       shown	  ? ":" :
			    "");
}
