// SPDX-License-Identifier: GPL-2.0
#include "model/host.h"
#include "view/json/check.h"
#include "view/json/line.h"
#include "view/json/parts.h"
#include "view/json/stamp.h"

static json_t *feature_json(const void *of, size_t i)
{
	const struct feature *f = (const struct feature *)of + i;

	return json_pack("{s:s, s:b, s:o, s:o}", "name", f->name, "available", f->available, "how",
			 parts__text_or_null(*f->how ? f->how : NULL), "why",
			 parts__text_or_null(*f->why ? f->why : NULL));
}

int json__check(const struct feature *features, size_t nr, uint64_t time)
{
	return json__emit(stamp__line("check", time,
				      json_pack("{s:o}", "features",
						parts__array(nr, feature_json, features))));
}
