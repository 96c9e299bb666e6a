// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "model/host.h"
#include "view/text/check.h"
#include "view/text/safe.h"
#include "view/text/style.h"

static void feature(const struct feature *f)
{
	printf("%s%s%s  %-9s %s\n", style__on(f->available ? STYLE_PLAIN : STYLE_ALERT),
	       f->available ? "ok" : "no", style__off(), safe(f->name).s, safe(f->what).s);
	printf("%s              %s%s\n", style__on(STYLE_DIM),
	       safe(f->available ? f->how : f->why).s, style__off());
}

void view__check(const struct feature *features, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		feature(&features[i]);
}
