// SPDX-License-Identifier: GPL-2.0
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
	bool known = calm->cpu_ns && !calm->irqs_unseen;
	json_t *rest = json_fields__object(&(struct json_fields){}, &calm_form, calm);

	parts__add(&rest, "cost_share", parts__number_or_null(calm__cost(calm), known));
	parts__add(&rest, "explanation", parts__word_or_null(storm_words__calm(calm).s));
	return json__owned_line(stamp__line("no_storm", time, rest));
}
