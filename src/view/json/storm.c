// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include "view/json/json.h"
#include "view/words/words.h"

char *json__storm_line(const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time)
{
	struct storm_line *line = calloc(1, sizeof(*line));
	json_t *object;

	if (!line)
		return NULL;
	storm_line__make(line, storm, evidence);
	line->name = storm_words__name(storm);
	line->limit_why = storm_words__usual(storm);
	storm_words__why(storm, evidence, line->explanation, sizeof(line->explanation));
	storm_words__advice(storm, evidence, line->advice, sizeof(line->advice));
	object = json_fields__object(&(struct json_fields){ .root = line }, &storm_line_form, line);
	free(line);
	return json__owned_line(stamp__line("storm", time, object));
}

json_t *json_storm__verdict(const struct storm_nearest *nearest, bool sent)
{
	json_t *object = json_fields__object(&(struct json_fields){}, &verdict_form, nearest);

	parts__add(&object, "verdict", parts__text_or_null(storm_nearest__verdict(nearest, sent)));
	return object;
}

char *json__no_storm_line(const struct calm *calm, uint64_t time)
{
	struct calm line = *calm;

	line.cost_share = calm__cost(calm);
	snprintf(line.explanation, sizeof(line.explanation), "%s", storm_words__calm(calm).s);
	return json__owned_line(stamp__line(
		"no_storm", time, json_fields__object(&(struct json_fields){}, &calm_form, &line)));
}
