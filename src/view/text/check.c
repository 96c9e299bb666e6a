// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "model/feature.h"
#include "view/text/check.h"
#include "view/text/style.h"

static void feature(const struct feature *f)
{
	printf("%s%s%s  %-9s %s\n", style__on(f->available ? STYLE_PLAIN : STYLE_ALERT),
	       f->available ? "ok" : "no", style__off(), f->name, f->what);
	printf("%s              %s%s\n", style__on(STYLE_DIM), f->available ? f->how : f->why,
	       style__off());
}

void view__check(const struct feature *features, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		feature(&features[i]);
}
