// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "view/capture/parse.h"
#include "view/top/history.h"

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
	/* One window stays, however large. */
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
	free(finding->line);
	json_decref(finding->object);
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

static void put(struct findings *findings, const struct finding *finding)
{
	struct finding *same =
		(struct finding *)findings__find(findings, finding->storm, finding->id);

	if (same) {
		finding_free(same);
		*same = *finding;
		return;
	}
	if (finding->storm)
		findings->storms += !parse__aside(finding->object);
	else
		findings->stalls++;
	if (findings->nr == FINDINGS_MOST) {
		finding_free(&findings->items[0]);
		findings->nr--;
		memmove(findings->items, findings->items + 1,
			findings->nr * sizeof(*findings->items));
	}
	findings->items[findings->nr++] = *finding;
}

/* Lines of other types, such as the last line of `stalls`, are left out. */
static int line_add(struct findings *findings, const char *line, size_t len)
{
	struct finding finding = { .len = len };
	const char *type;

	finding.object = json_loadb(line, len, 0, NULL);
	type = json_string_value(json_object_get(finding.object, "type"));
	if (finding.object && (!type || (strcmp(type, "stall") && strcmp(type, "storm")))) {
		json_decref(finding.object);
		return 0;
	}
	finding.line = finding.object ? malloc(len) : NULL;
	if (!finding.line) {
		json_decref(finding.object);
		return -ENOMEM;
	}
	memcpy(finding.line, line, len);
	finding.storm = !strcmp(type, "storm");
	finding.id = finding__number(&finding, "id");
	put(findings, &finding);
	return 0;
}

int findings__add(struct findings *findings, const char *text, size_t len)
{
	const char *end;
	int err = 0;

	for (; !err && len && (end = memchr(text, '\n', len)); text = end) {
		end++;
		err = line_add(findings, text, end - text);
		len -= end - text;
	}
	return err;
}

const char *finding__text(const struct finding *finding, const char *key)
{
	const char *text = json_string_value(json_object_get(finding->object, key));

	return text ? text : "";
}

uint64_t finding__number(const struct finding *finding, const char *key)
{
	return json_integer_value(json_object_get(finding->object, key));
}

double finding__real(const struct finding *finding, const char *key)
{
	return json_number_value(json_object_get(finding->object, key));
}

bool finding__ongoing(const struct finding *finding)
{
	return json_is_true(json_object_get(finding->object, "ongoing"));
}
