// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/sanitize.h"
#include "base/write_all.h"
#include "view/json/json.h"

/* A name may have C1 control characters, which a terminal obeys in UTF-8 too: write only ASCII. */
#define JSON_FORM (JSON_COMPACT | JSON_ENSURE_ASCII)

#define DEL	     '\x7f'
#define DEL_TEXT     "\\u007F"
#define ESCAPE_BYTES 6

/* Returns by how many bytes @text grows if DELs, which jansson does not escape, become escapes. */
static size_t get_growth(const char *text, size_t len)
{
	size_t dels = 0;

	for (size_t i = 0; i < len; i++)
		dels += text[i] == DEL;
	return dels * (ESCAPE_BYTES - 1);
}

/* Escape DELs in place: @text has room for @size bytes. Returns the new length; 0: no room. */
static size_t escape_dels(char *text, size_t len, size_t size)
{
	size_t growth = get_growth(text, len), new_len = len + growth;

	if (new_len > size)
		return 0;
	/* Move the characters, the last one first. Each is @growth bytes before its new place. */
	for (char *from = text + len; growth;) {
		char c = *--from;

		if (c != DEL) {
			from[growth] = c;
			continue;
		}
		growth -= ESCAPE_BYTES - 1;
		memcpy(from + growth, DEL_TEXT, ESCAPE_BYTES);
	}
	return new_len;
}

char *json__text(json_t *object, size_t flags)
{
	size_t len = object ? json_dumpb(object, NULL, 0, flags) : 0, size = len;
	char *text = len ? malloc(len + 1) : NULL, *room = NULL;

	if (text && json_dumpb(object, text, len, flags) == len) {
		size += get_growth(text, len);
		room = size > len ? realloc(text, size + 1) : text;
	}
	json_decref(object);
	if (room)
		room[escape_dels(room, len, size)] = '\0';
	else
		free(text);
	return room;
}

char *json__owned_line(json_t *object)
{
	char *text = json__text(object, JSON_FORM | JSON_REAL_PRECISION(9));
	size_t len = text ? strlen(text) : 0;
	char *line = text ? realloc(text, len + 2) : NULL;

	if (line)
		strcpy(line + len, "\n");
	else
		free(text);
	return line;
}

/* Flush stdout before and after, so that no output of PROGRAM gets into the middle of a line. */
int json__put(char *line)
{
	int err = 0;

	if (!line)
		return -ENOMEM;
	err = output__flush();
	if (!err) {
		fputs(line, stdout);
		err = output__flush();
	}
	free(line);
	return err;
}

int json__emit(json_t *object)
{
	return json__put(json__owned_line(object));
}

size_t json__line(char *buf, size_t size, json_t *object)
{
	size_t len = object ? json_dumpb(object, buf, size, JSON_FORM) : 0;

	json_decref(object);
	if (!len || len >= size)
		return 0;
	len = escape_dels(buf, len, size);
	if (!len || len >= size)
		return 0;
	buf[len++] = '\n';
	return len;
}

bool json_ascii__is(const char *text, size_t len)
{
	bool other = false;

	/* The loop has no break, so that the compiler can vectorise it. */
	for (size_t i = 0; i < len; i++)
		other |= (unsigned char)(text[i] - ' ') > '~' - ' ';
	return !other;
}

/* Write a code unit of UTF-16 as an escape: "\uXXXX". */
static char *write_unit(char *to, uint32_t unit)
{
	static const char digits[] = "0123456789ABCDEF";

	*to++ = '\\';
	*to++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*to++ = digits[unit >> shift & 15];
	return to;
}

size_t json_ascii__write(char *to, const char *text, size_t len)
{
	const char *end = text + len, *begin = to;

	while (text < end) {
		uint32_t code;
		size_t bytes = utf8__decode(text, end - text, &code);

		if (!bytes)
			code = '?';
		/* In valid JSON a control character is white space between tokens. */
		if (code < ' ')
			code = ' ';
		if (code >= ' ' && code <= '~') {
			*to++ = code;
		} else if (code < 0x10000) {
			to = write_unit(to, code);
		} else {
			/* Code points from 0x10000 on need two surrogates (RFC 8259, 7). */
			code -= 0x10000;
			to = write_unit(to, 0xd800 | code >> 10);
			to = write_unit(to, 0xdc00 | (code & 0x3ff));
		}
		text += bytes ? bytes : 1;
	}
	return to - begin;
}

char *json__u64(char *to, uint64_t n)
{
	char digits[20];
	int nr = 0;

	do
		digits[nr++] = '0' + n % 10;
	while (n /= 10);
	while (nr)
		*to++ = digits[--nr];
	return to;
}

char *json__quoted(const char *s)
{
	return json__text(parts__text(s), JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
}

static _Thread_local struct json_pool *current_pool; /* of this thread; NULL: use malloc() */

static void *allocate(size_t size)
{
	void *memory;

	if (!current_pool)
		return malloc(size);
	size = (size + 15) & ~(size_t)15;
	if (size > current_pool->size - current_pool->used)
		return NULL;
	memory = current_pool->memory + current_pool->used;
	current_pool->used += size;
	return memory;
}

static void release(void *memory)
{
	if (!current_pool)
		free(memory);
}

void json_pool__install(void)
{
	/* Without this, jansson seeds its hash at the first object, while other threads spin. */
	json_object_seed(0);
	json_set_alloc_funcs(allocate, release);
}

void json_pool__enter(struct json_pool *pool)
{
	pool->used = 0;
	current_pool = pool;
}

void json_pool__leave(void)
{
	current_pool = NULL;
}

/* "2026-11-21T06:40:22.123Z". Clocks of hosts differ by about a ms, so more digits are no use. */
#define UTC_BYTES (WALL_CLOCK_DATE + 5)

/* Set before the first line, and only read after that. Therefore it needs no lock. */
static struct {
	bool known;
	struct utsname name;
	char text[STAMP_BYTES - 64]; /* nodename and kernel, as JSON */
} host;

int stamp__set(const struct utsname *name)
{
	char *nodename = json__quoted(name->nodename), *kernel = json__quoted(name->release);

	host.known = nodename && kernel;
	host.name = *name;
	/* There is room: a name has at most 64 bytes, and JSON at most six for each. */
	if (host.known)
		snprintf(host.text, sizeof(host.text), ",\"nodename\":%s,\"kernel\":%s", nodename,
			 kernel);
	free(nodename);
	free(kernel);
	return host.known ? 0 : -ENOMEM;
}

/* Write @time, CLOCK_MONOTONIC ns, as UTC_BYTES bytes with a '\0'. */
static void format_utc(char *to, uint64_t time)
{
	uint64_t ms = (time + wall_clock__realtime()) / 1000000;

	wall_clock__date(to, ms / 1000);
	to += WALL_CLOCK_DATE - 1;
	ms %= 1000;
	*to++ = '.';
	*to++ = '0' + ms / 100;
	*to++ = '0' + ms / 10 % 10;
	*to++ = '0' + ms % 10;
	*to++ = 'Z';
	*to = '\0';
}

json_t *stamp__line(const char *type, uint64_t time, json_t *rest)
{
	json_t *line = json_pack("{s:s, s:s, s:o}", "schema", "ipitrace/1", "type", type, "time",
				 parts__integer_or_null(time, time));
	char utc[UTC_BYTES];

	format_utc(utc, time);
	if (host.known) {
		parts__add(&line, "utc", parts__text_or_null(time ? utc : NULL));
		parts__add(&line, "nodename", parts__text(host.name.nodename));
		parts__add(&line, "kernel", parts__text(host.name.release));
	}
	if (!line || json_object_update(line, rest)) {
		json_decref(line);
		line = NULL;
	}
	json_decref(rest);
	return line;
}

char *stamp__text(char *to, uint64_t time)
{
	to = json__u64(stpcpy(to, "\"time\":"), time);
	if (!host.known)
		return to;
	to = stpcpy(to, ",\"utc\":\"");
	format_utc(to, time);
	return stpcpy(stpcpy(to + UTC_BYTES - 1, "\""), host.text);
}

size_t json__event(char *to, size_t size, const char *line, size_t len, uint64_t unix_ms)
{
	char *end;

	if (len + JSON_EVENT_BYTES > size || *line != '{')
		return 0;
	end = json__u64(stpcpy(to, "{\"unix_ms\":"), unix_ms);
	*end++ = ',';
	return (char *)mempcpy(end, line + 1, len - 1) - to;
}

/*
 * The keys, at any depth of the line of a window, a stall or a storm, whose values everybody may
 * see; in the order of strcmp(). The values of all other keys become null: those with names of
 * tasks, cgroups, containers and their code, which users choose; and keys that were added later.
 */
/* clang-format off */
static const char *const public[] = {
	"advice", "all", "apic", "arch", "at_most", "backtrace", "baseline_per_s", "before",
	"begin_unseen", "begun", "behind", "bpf_ns", "bpf_runs", "buckets", "by_pid", "call",
	"call_function", "call_ledger", "caller", "callers", "calls", "callsite",
	"callsites_hidden", "carried_in", "cause", "chain", "changes", "clocksource", "closed",
	"coalesced", "constant", "cost", "cost_ns_per_s", "cost_of", "cost_share", "count", "cpu",
	"cpu_list", "cpu_rate_per_s", "cpufreq", "cpus", "cpus_are_of_it", "csds", "cut_ns",
	"delay", "doing", "driver", "dst", "duration", "duration_s", "edges", "edges_other", "end",
	"end_unseen", "end_within", "entry", "entry_unseen", "evidence", "exit_unseen",
	"explanation", "figures", "filter_unseen", "flush_csds", "folded", "frames", "func",
	"function", "functions", "governor", "guest_clocks", "guest_ipis", "guests", "handler",
	"handler_ns_per_s", "handler_share", "host", "host_flushes", "id", "in", "in_flight",
	"interrupt", "interrupts_off", "interval", "invariant", "ipis_per_s",
	"ipis_per_transition", "irq", "irq_delay", "irq_work", "irq_works", "irqs", "judged",
	"kernel", "key", "kind", "kinds", "last", "late", "later", "le", "ledger", "limit_class",
	"limit_per_s", "limit_share", "limit_why", "local", "local_flushes", "lost", "lost_by",
	"mailbox_full", "matched", "max", "measured", "module", "module_users", "mono_end",
	"mono_start", "name", "names_hidden", "nearest", "no_room", "nodename", "nonstop", "note",
	"notes", "nr_policies", "nr_targets", "ns", "offset", "ongoing", "online", "onset",
	"orphans", "other", "other_per_s", "own", "own_per_s", "p50", "p90", "p99", "p999",
	"pages", "phase", "policies", "policy", "polled", "programs", "queue_unseen", "queued",
	"queued_behind", "rate_per_s", "reason", "received", "refused", "reschedule",
	"reschedule_other", "reschedule_share", "reschedules", "reschedules_sent", "return_unseen",
	"returned", "rows", "rss_bytes", "run_unseen", "runs", "samples", "samples_dropped",
	"schema", "second", "self", "send", "sends", "sends_unseen", "sent", "shape", "share",
	"slept", "sources", "split", "src", "src_stolen", "stack", "stack_of", "stalls", "start",
	"start_within", "stolen", "stolen_ns_per_s", "stopper_runs_per_s", "storm", "storms",
	"straggler", "sum", "targets", "targets_max", "targets_mean", "task", "tasks_moved_per_s",
	"time", "timer_interrupts", "tlb", "tlb_flushes", "transitions_per_s", "tsc", "ttwu",
	"type", "under_way", "unix_ms", "unsampled_share", "unseen", "updates_per_s",
	"updates_per_transition", "user_end", "utc", "vcpu_threads", "vector", "verdict",
	"virtualized", "vms", "wait", "wait_in", "wait_ns_per_s", "wait_share", "wait_spun",
	"waiters", "waiters_more", "waits_unseen", "wakes", "what", "why", "whys", "window",
	"worst"
};
/* clang-format on */

static int compare_keys(const void *key, const void *other)
{
	return strcmp(key, *(const char *const *)other);
}

void json__anonymous(json_t *object)
{
	json_t *item;
	size_t i;

	/* This cannot fail, because null needs no memory. */
	for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
		if (bsearch(json_object_iter_key(it), public, sizeof(public) / sizeof(*public),
			    sizeof(*public), compare_keys))
			json__anonymous(json_object_iter_value(it));
		else
			json_object_iter_set_new(object, it, json_null());
	}
	json_array_foreach(object, i, item)
		json__anonymous(item);
}

char *json__anonymous_line(const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, 0, NULL);

	json__anonymous(object);
	return json__owned_line(object);
}
