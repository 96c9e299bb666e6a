// SPDX-License-Identifier: GPL-2.0
#include "view/text/views.h"
#include "view/top/screen.h"

static void forget_oldest(struct history *history)
{
	history->bytes -= history->windows[0]->bytes;
	kept__free(history->windows[0]);
	history->nr--;
	memmove(history->windows, history->windows + 1, history->nr * sizeof(*history->windows));
}

int history__add(struct history *history, const struct snapshot *snap, uint64_t own_ns)
{
	struct kept *kept = kept__new(snap);
	uint64_t end = snap->window.mono_end;

	if (!kept)
		return -ENOMEM;
	kept->own_ns = own_ns;
	if (history->nr == HISTORY_MOST)
		forget_oldest(history);
	history->windows[history->nr++] = kept;
	history->bytes += kept->bytes;
	/* The latest window is kept, however large it is. */
	while (history->nr > 1 && (history->bytes > HISTORY_BYTES ||
				   history->windows[0]->snap.window.mono_start + HISTORY_NS < end))
		forget_oldest(history);
	return 0;
}

const struct kept *history__get(const struct history *history, size_t back)
{
	return back < history->nr ? history->windows[history->nr - 1 - back] : NULL;
}

void history__free(struct history *history)
{
	while (history->nr)
		forget_oldest(history);
}

static void finding_free(struct finding *finding)
{
	free(finding->text);
	free(finding->line);
}

void findings__free(struct findings *findings)
{
	for (size_t i = 0; i < findings->nr; i++)
		finding_free(&findings->items[i]);
	memset(findings, 0, sizeof(*findings));
}

const struct finding *findings__find(const struct findings *findings, bool storm, uint64_t id)
{
	for (size_t i = 0; i < findings->nr; i++)
		if (findings->items[i].storm == storm && findings->items[i].id == id)
			return &findings->items[i];
	return NULL;
}

/* Returns where to keep @finding: in place of its earlier report, if any, else in a new item. */
static struct finding *find_place(struct findings *findings, const struct finding *finding)
{
	struct finding *same =
		(struct finding *)findings__find(findings, finding->storm, finding->id);

	if (same) {
		finding_free(same);
		return same;
	}
	if (finding->storm)
		findings->storms += !finding->aside;
	else
		findings->stalls++;
	if (findings->nr == FINDINGS_MOST) {
		finding_free(&findings->items[0]);
		findings->nr--;
		memmove(findings->items, findings->items + 1,
			findings->nr * sizeof(*findings->items));
	}
	return &findings->items[findings->nr++];
}

/* Keep @finding, with copies of @text and @line. */
static int keep_finding(struct findings *findings, struct finding *finding, const char *text,
			const char *line, size_t len)
{
	finding->text = strdup(text);
	finding->line = malloc(len + 1);
	if (!finding->text || !finding->line) {
		finding_free(finding);
		return -ENOMEM;
	}
	memcpy(finding->line, line, len);
	finding->len = len;
	*find_place(findings, finding) = *finding;
	return 0;
}

int findings__stall(struct findings *findings, const struct incident *incident, uint64_t id,
		    const struct wall_clock *clock, const char *line, size_t len)
{
	struct finding finding = {
		.id = id,
		.ongoing = incident->ongoing,
		.aside = incident->covered,
		.start = incident->start,
		.duration = incident__duration(incident),
		.phase = incident->phase,
		.dst_known = incident->dst_known,
		.src = incident->src,
		.dst = incident->dst,
	};
	char text[STALL_TEXT], address[ADDRESS_TEXT];

	if (incident->func.name || incident->func.addr)
		snprintf(finding.func, sizeof(finding.func), "%s",
			 symbol__text(&incident->func, address));
	view__stall(text, sizeof(text), incident, id, clock);
	return keep_finding(findings, &finding, text, line, len);
}

int findings__storm(struct findings *findings, const struct storm *storm,
		    const struct storm_evidence *evidence, int64_t realtime, const char *line,
		    size_t len)
{
	const struct storm_sums *sums = storm__figures(storm);
	struct finding finding = {
		.storm = true,
		.id = storm->id,
		.ongoing = storm->news != STORM_ENDED,
		.aside = storm->note,
		.start = storm->onset,
		.duration = storm->seen - storm->onset,
		.name = storm_words__name(storm),
		.rate = sums__rate(sums),
		.cost = per_second(sums->handler_ns + sums->wait_ns, sums->ns),
		.cost_known = *storm->funcs[0].name && !sums->runs_unseen,
	};
	char text[STORM_TEXT];

	snprintf(finding.func, sizeof(finding.func), "%s", storm->funcs[0].name);
	view__storm_text(text, sizeof(text), storm, evidence, realtime);
	return keep_finding(findings, &finding, text, line, len);
}
