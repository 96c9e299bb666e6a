// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/capture/capture.h"

void parse__stall(struct strings *strings, const json_t *object, struct stall_line *line)
{
	const struct field_reader reader = { .strings = strings, .root = line };

	memset(line, 0, sizeof(*line));
	parse__fields(&reader, &stall_line_form, line, object);
	stall_line__restore(line);
}

struct parsed_report parse__stall_report(const struct stall_line *line)
{
	const struct incident *in = &line->in;

	return (struct parsed_report){ line->id_known, in->ongoing, in->covered, line->id,
				       incident__duration(in) };
}

void parse__trigger(const json_t *object, struct trigger *trigger, uint64_t *from)
{
	*trigger = (struct trigger){ .time = parse__number(object, "time") };
	parse__fields(&(struct field_reader){}, &trigger_form, trigger, object);
	*from = parse__number(object, "from");
}

void parse__stalls_end(const json_t *object, struct stall_totals *totals)
{
	*totals = (struct stall_totals){};
	parse__fields(&(struct field_reader){ .root = totals }, &stall_totals_form, totals, object);
	stall_totals__restore(totals);
}

void parse__trace_end(const json_t *object, struct trace_totals *totals)
{
	*totals = (struct trace_totals){};
	parse__fields(&(struct field_reader){ .root = totals }, &trace_totals_form, totals, object);
}

void parse__storm(struct strings *strings, const json_t *object, uint32_t nr_online,
		  struct storm_line *line)
{
	const struct field_reader reader = { .strings = strings, .root = line };

	memset(line, 0, sizeof(*line));
	parse__fields(&reader, &storm_line_form, line, object);
	storm_line__restore(line, nr_online);
}

struct parsed_report parse__storm_report(const struct storm_line *line)
{
	const struct storm *storm = &line->storm;

	return (struct parsed_report){ line->id_known, line->ongoing, storm->note, storm->id,
				       storm->seen - storm->onset };
}

void parse__calm(struct strings *strings, const json_t *object, uint32_t nr_online,
		 struct calm *calm)
{
	*calm = (struct calm){};
	parse__fields(&(struct field_reader){ .strings = strings, .root = calm }, &calm_form, calm,
		      object);
	calm__restore(calm, nr_online);
}
