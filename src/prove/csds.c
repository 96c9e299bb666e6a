// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include "base/sysfile.h"
#include "prove/proof.h"

void proof_list__add(struct proof_list *list, const struct proof_csd *csd)
{
	if (list->nr == list->room) {
		size_t room = list->room ? 2 * list->room : 65536;
		struct proof_csd *more =
			room > PROOF_CSDS ? NULL : reallocarray(list->csds, room, sizeof(*more));

		list->cut |= !more;
		if (!more)
			return;
		list->csds = more;
		list->room = room;
	}
	list->csds[list->nr++] = *csd;
}

static uint64_t get_time_between(uint64_t from, uint64_t to)
{
	return from == PAIR_UNKNOWN || to == PAIR_UNKNOWN || to < from ? PROOF_UNKNOWN : to - from;
}

static bool is_hidden(const struct proof_reader *reader, uint32_t pid)
{
	for (size_t i = 0; i < reader->nr_hidden; i++)
		if (reader->hidden[i] == pid)
			return true;
	return false;
}

static void keep_csd(void *ctx, const struct pair *pair)
{
	struct proof_reader *reader = ctx;
	const struct proof_csd csd = {
		.queued = pair->queued,
		.delay = get_time_between(pair->queued, pair->entered),
		.handler = get_time_between(pair->entered, pair->ended),
		.func = pair->func,
		.src = pair->src,
		.dst = pair->dst,
		.hidden = is_hidden(reader, pair->task.pid),
	};

	proof_list__add(&reader->list, &csd);
}

/*
 * Count a csd that has an event at @time, and lacks another of its events: ftrace has lost that
 * event without counting it. (With events that ftrace counts as lost there is no comparison.) At
 * the window's ends the other event may be outside of ftrace's time.
 */
static void count_gap(struct proof_reader *reader, uint64_t time)
{
	reader->gaps += time >= reader->kinds.start + PROOF_END_NS &&
			time + PROOF_END_NS <= reader->kinds.end;
}

/* Receives pairs, as a pair_fn. */
static void take_news(void *ctx, const struct pair *pair, enum pair_news news)
{
	struct proof_reader *reader = ctx;

	if (news == PAIR_LOCAL)
		proof_kinds__see(&reader->kinds, PROOF_LOCAL, pair->entered, 1,
				 is_hidden(reader, pair->task.pid));
	if (news == PAIR_ORPHAN)
		count_gap(reader, pair->entered);
	if (news == PAIR_LOST || (news == PAIR_ENDED && pair->type == MARK_TTWU &&
				  pair->entered == PAIR_UNKNOWN && pair->sent != PAIR_UNKNOWN))
		count_gap(reader, pair->queued);
	if (news == PAIR_ENDED || news == PAIR_LOST)
		keep_csd(ctx, pair);
}

static void count_interrupts(struct proof_reader *reader, const struct import_event *event)
{
	static const enum proof_kind_row sent[NR_KINDS] = {
		[KIND_CALL_FUNCTION] = PROOF_CALLS_SENT,
		[KIND_RESCHEDULE] = PROOF_RESCHEDULES_SENT,
		[KIND_IRQ_WORK] = PROOF_IRQ_WORKS_SENT,
	};
	uint64_t nr = event->type == EVENT_SEND_MASK ? cpuset__count(&event->dsts) : 1;

	if (event->type == EVENT_SEND_MASK)
		reader->masks_unread |= !event->dsts_known;
	proof_kinds__see(&reader->kinds, sent[event->kind] + (event->type == EVENT_ARRIVED),
			 event->mark.time, nr, is_hidden(reader, event->mark.task.pid));
}

/* Receives events, as an import_event_fn. */
static int take_event(void *ctx, const struct import_event *event)
{
	struct proof_reader *reader = ctx;

	switch (event->type) {
	case EVENT_QUEUE:
		pairing__queue(reader->pairing, &event->mark);
		break;
	case EVENT_ENTRY:
		pairing__entry(reader->pairing, &event->mark);
		break;
	case EVENT_EXIT:
		pairing__exit(reader->pairing, &event->mark);
		break;
	case EVENT_SEND:
		if (event->kind == KIND_CALL_FUNCTION)
			pairing__send(reader->pairing, event->mark.cpu, event->mark.dst,
				      event->mark.time);
		count_interrupts(reader, event);
		break;
	case EVENT_SEND_MASK:
	case EVENT_ARRIVED:
		count_interrupts(reader, event);
		break;
	default:
		break;
	}
	return 0;
}

int proof_reader__open(struct proof_reader *reader)
{
	DIR *pid_1 = sysdir__open("/proc/1/task");
	const struct dirent *entry;

	memset(reader, 0, sizeof(*reader));
	reader->names = names__new();
	reader->pairing = pairing__new(take_news, reader);
	reader->text.names = reader->names;
	reader->text.facts = &reader->facts;
	reader->text.fn = take_event;
	reader->text.ctx = reader;
	while ((entry = sysdir__next(pid_1)))
		if (reader->nr_hidden < PROOF_HIDDEN)
			reader->hidden[reader->nr_hidden++] = atoi(entry->d_name);
	return reader->names && reader->pairing ? 0 : -ENOMEM;
}

void proof_reader__close(struct proof_reader *reader)
{
	names__free(reader->names);
	pairing__free(reader->pairing);
	free(reader->list.csds);
}

int proof_reader__read(struct proof_reader *reader, int fd)
{
	char bytes[65536];
	ssize_t len;

	while ((len = read(fd, bytes, sizeof(bytes))) > 0)
		text_reader__feed(&reader->text, bytes, len);
	if (len < 0)
		return -errno;
	if (reader->masks_unread)
		reader->kinds.rows[PROOF_CALLS_SENT].seen_known = false;
	pairing__end(reader->pairing);
	pairing__pending(reader->pairing, keep_csd, reader);
	return 0;
}

uint64_t proof_reader__func(struct proof_reader *reader, const char *name, const char *module)
{
	char text[NAME_BYTES];

	snprintf(text, sizeof(text), module ? "%s [%s]" : "%s", name, module);
	return names__id(reader->names, text, strlen(text));
}
