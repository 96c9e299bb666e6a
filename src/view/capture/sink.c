// SPDX-License-Identifier: GPL-2.0
/* A line of a capture to a sink: as the model has it, if the line passes the filter. */
#include "view/capture/capture.h"

int capture_sink__open(struct capture_sink *sink)
{
	sink->parser.strings = strings__new();
	sink->names = sink->parser.strings ? record_names__new(sink->parser.strings) : NULL;
	sink->record = malloc(sizeof(*sink->record));
	return sink->names && sink->record ? 0 : -ENOMEM;
}

void capture_sink__close(struct capture_sink *sink)
{
	record_names__free(sink->names);
	if (sink->parser.strings)
		strings__free(sink->parser.strings);
	free(sink->record);
	sink->names = NULL;
	sink->parser.strings = NULL;
	sink->record = NULL;
}

/* Find what a filter judges: from the line @object, or from the record of a stall or a storm. */
static struct line_facts find_facts(struct capture_sink *sink, const json_t *object)
{
	const struct capture_record *record = sink->record;
	const struct stall_line *stall = &record->stall;
	const struct incident *in = &stall->in;
	const json_t *window = json_object_get(object, "window");
	struct line_facts facts = { .type = record->type,
				    .to = parse__number(object, "time"),
				    .src = UINT64_MAX,
				    .dst = UINT64_MAX,
				    .pid = UINT64_MAX };

	if (record->type == LINE_SNAPSHOT) {
		facts.from = parse__number(window, "mono_start");
		facts.to = parse__number(window, "mono_end");
	} else if (record->type == LINE_STORM) {
		facts.from = record->storm.storm.onset;
	} else if (record->type == LINE_STALL) {
		facts.from = in->start;
		if (in->func.name || in->func.addr)
			facts.func = symbol__text(&in->func, sink->address);
		facts.src = stall->src_known ? in->src : UINT64_MAX;
		facts.dst = in->dst_known ? in->dst : UINT64_MAX;
		facts.pid = in->sender.known && !in->sender.interrupt ? in->sender.tgid :
									UINT64_MAX;
	}
	return facts;
}

static struct line_facts find_ipi_facts(const struct parsed_record *parsed)
{
	const struct record *r = &parsed->record;

	return (struct line_facts){
		.type = LINE_IPI,
		.from = r->time,
		.to = r->time,
		.func = parsed->func_text,
		.src = parsed->src_known ? r->src : UINT64_MAX,
		.dst = parsed->dst_known ? r->dst : UINT64_MAX,
		.pid = r->tgid,
	};
}

static bool passes_filter(const struct capture_sink *sink, struct line_facts facts)
{
	return !sink->passes || sink->passes(sink->filter, &facts);
}

/* Hand over the line of a csd, of which a capture may have millions. */
static int take_ipi(const struct capture_sink *sink, const struct capture_line *line)
{
	struct parsed_record *ipi = &sink->record->ipi;
	int err = parse__record(sink->unnamed ? NULL : sink->names, line->text, line->len, ipi);

	if (err)
		return err;
	return passes_filter(sink, find_ipi_facts(ipi)) ? sink->take(sink->ctx, sink->record) : 0;
}

static int take_object(struct capture_sink *sink, const json_t *object)
{
	struct capture_record *record = sink->record;
	bool first = record->type == LINE_CAPTURE;
	/* The filter judges the record of a stall or a storm. */
	bool is_read = first || record->type == LINE_STALL || record->type == LINE_STORM;
	int err = is_read ? parse__line(&sink->parser, object, record) : 0;

	if (err)
		return err;
	if (!first && !passes_filter(sink, find_facts(sink, object)))
		return 0;
	if (sink->lines_only && !first)
		return sink->take(sink->ctx, record);
	if (!is_read)
		err = parse__line(&sink->parser, object, record);
	if (err)
		return err;
	err = sink->take(sink->ctx, record);
	if (record->type == LINE_SNAPSHOT)
		snapshot__free(&record->snap);
	return err;
}

int capture_sink__line(void *ctx, const struct capture_line *line)
{
	struct capture_sink *sink = ctx;
	json_t *object;
	int err;

	if (!(sink->types >> line->type & 1))
		return 0;
	sink->record->type = line->type;
	sink->record->line = line;
	if (sink->lines_only && !sink->passes && line->type != LINE_CAPTURE)
		return sink->take(sink->ctx, sink->record);
	if (line->type == LINE_IPI) {
		err = take_ipi(sink, line);
	} else {
		object = capture_line__object(line);
		err = object ? take_object(sink, object) : -ENOMEM;
		json_decref(object);
	}
	/* Names that were not kept are unknown in the record. */
	return err ?: strings__err(sink->parser.strings);
}
