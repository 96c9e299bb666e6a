// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include "base/sanitize.h"
#include "view/words/words.h"

static bool begins_character(char byte)
{
	return (byte & 0xc0) != 0x80;
}

struct safe safe__cut(const char *name, size_t bytes)
{
	struct safe text;

	sanitize(text.s, bytes < SAFE_BYTES ? bytes + 1 : SAFE_BYTES, name ? name : "?");
	return text;
}

struct safe safe(const char *name)
{
	return safe__cut(name, SAFE_BYTES);
}

struct text safe__comm(const char *comm)
{
	struct text text = { "" };

	memcpy(text.s, comm, strnlen(comm, COMM_LEN));
	sanitize(text.s, sizeof(text.s), text.s);
	return text;
}

struct safe safe__tail(const char *name, size_t bytes)
{
	size_t len = name ? strlen(name) : 0;
	struct safe text;

	if (len <= bytes || bytes < 3)
		return safe__cut(name, bytes);
	name += len - (bytes - 3);
	while (!begins_character(*name))
		name++;
	memcpy(text.s, "...", 3);
	sanitize(text.s + 3, SAFE_BYTES - 3, name);
	return text;
}

/* Append @nr blanks, as far as there is room. */
static void append_blanks(struct safe *text, size_t nr)
{
	size_t len = strlen(text->s);

	for (; nr && len + 1 < SAFE_BYTES; nr--)
		text->s[len++] = ' ';
	text->s[len] = '\0';
}

struct safe safe__column(const char *name, size_t width)
{
	struct safe text = safe(name);

	text.s[safe__fit(text.s, width)] = '\0';
	append_blanks(&text, width - safe__width(text.s));
	return text;
}

struct safe safe__name(const char *name, size_t width)
{
	struct safe text = safe__cut(name, SAFE_BYTES - 2 - width);

	if (safe__width(text.s) <= width)
		return safe__column(name, width);
	strcat(text.s, "\n");
	append_blanks(&text, width);
	return text;
}

/* Returns the number of characters in the first @len bytes of @text. */
static size_t count_characters(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += begins_character(text[i]);
	return width;
}

size_t safe__width(const char *text)
{
	return count_characters(text, strlen(text));
}

size_t safe__fit(const char *text, size_t width)
{
	size_t len = 0;

	for (; text[len]; len++)
		if (begins_character(text[len]) && !width--)
			break;
	return len;
}

/* Returns @len, less the bytes of an incomplete last character in the first @len bytes of @text. */
static size_t drop_partial_character(const char *text, size_t len)
{
	size_t last = len, need;
	unsigned char first;

	while (last && !begins_character(text[last - 1]))
		last--;
	if (!last--)
		return 0;
	first = text[last];
	need = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	return len - last < need ? last : len;
}

/* Returns @n with three digits; each of the @nr @units is 1000 times the unit before. */
static struct text scale_units(uint64_t n, const char *const *units, int nr)
{
	double v = n;
	struct text t;
	int i = 0;

	if (n < 1000) {
		snprintf(t.s, sizeof(t.s), "%u%s", (unsigned int)n, units[0]);
		return t;
	}
	while (v >= 999.5 && i + 1 < nr) {
		v /= 1000;
		i++;
	}
	snprintf(t.s, sizeof(t.s), "%.*f%s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, units[i]);
	return t;
}

struct text units__ns(uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };

	return scale_units(ns, units, 4);
}

struct text units__ns_of(uint64_t ns, uint64_t samples)
{
	return samples ? units__ns(ns) : (struct text){ "-" };
}

struct text units__count(uint64_t n)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };

	return scale_units(n, units, 5);
}

struct text units__rate(double per_second)
{
	struct text t;

	if (per_second >= 99.95)
		return units__count(per_second + 0.5);
	if (per_second <= 0)
		return (struct text){ "0" };
	snprintf(t.s, sizeof(t.s), per_second < 0.05 ? "<0.1" : "%.1f", per_second);
	return t;
}

struct text units__rate_in(const struct window *window, uint64_t n)
{
	return units__rate(window__rate(window, n));
}

struct text units__percent(double part)
{
	double percent = 100 * part;
	struct text t;

	if (percent <= 0)
		return (struct text){ "0%" };
	if (percent < 0.005)
		return (struct text){ "<0.01%" };
	snprintf(t.s, sizeof(t.s), "%.*f%%",
		 percent < 0.0995 ? 2 :
		 percent < 9.95	  ? 1 :
				    0,
		 percent);
	return t;
}

const char *units__plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

struct words units__counted(uint64_t n, const char *noun)
{
	struct words words;

	snprintf(words.s, sizeof(words.s), "%s %s%s", units__count(n).s, noun, units__plural(n));
	return words;
}

struct words words__number(uint64_t n, const char *noun)
{
	struct words words;

	snprintf(words.s, sizeof(words.s), "%" PRIu64 " %s%s", n, noun, units__plural(n));
	return words;
}

struct text view__time_option(uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	struct text text;
	int unit = 0;

	while (unit < 3 && ns && ns % 1000 == 0) {
		ns /= 1000;
		unit++;
	}
	snprintf(text.s, sizeof(text.s), "%" PRIu64 "%s", ns, units[unit]);
	return text;
}

struct text view__duration(uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	struct text text;
	double v = ns;
	int i = 0;

	while (v >= 999.5 && i < 3) {
		v /= 1000;
		i++;
	}
	/* One digit after the point below 10: "1 ms", "1.5 ms", "48 ms". */
	v = v < 9.95 ? round(v * 10) / 10 : round(v);
	snprintf(text.s, sizeof(text.s), "%g %s", v, units[i]);
	return text;
}

struct words view__cpus(const struct cpuset *cpus)
{
	char list[CPUSET_TEXT];
	struct words words;

	cpuset__format(cpus, list, sizeof(list));
	cpuset__shorten(list, 64);
	strcpy(words.s, list);
	return words;
}

struct words words__symbol(const struct symbol *symbol)
{
	struct words words = { "a function" };

	if (!symbol->name && symbol->addr)
		snprintf(words.s, sizeof(words.s), "0x%" PRIx64, symbol->addr);
	else if (symbol->name && symbol->module)
		snprintf(words.s, sizeof(words.s), "%.80s [%.56s]", safe__cut(symbol->name, 80).s,
			 safe__cut(symbol->module, 56).s);
	else if (symbol->name)
		snprintf(words.s, sizeof(words.s), "%.80s", safe__cut(symbol->name, 80).s);
	return words;
}

struct words words__user(const struct symbol *user)
{
	struct safe name;
	struct words words = { "" };

	if (!user)
		return words;
	name = safe__cut(user->name, 48);
	if (!user->name)
		snprintf(name.s, sizeof(name.s), "0x%" PRIx64, user->offset);
	snprintf(words.s, sizeof(words.s), " < %.48s (%.32s)", name.s,
		 user->module ? safe__cut(user->module, 32).s : "no file");
	return words;
}

const char *words__user_end(enum user_end end)
{
	static const char *const ends[NR_USER_ENDS] = {
		[USER_END_DEEP] = "and more frames of the program",
		[USER_END_LOST] = "the program's next frame is not found: no frame pointer",
		[USER_END_PAGED] = "the program's stack was not in memory",
		[USER_END_GONE] = "the process was gone before its code was looked up",
		[USER_END_DENIED] = "ipitrace may not look into the process",
		[USER_END_LATE] = "the program's frames were not named in time",
	};

	return ends[end];
}

struct words words__frame(const struct symbol *symbol)
{
	struct words words;
	char offset[24] = "";

	if (symbol->offset)
		snprintf(offset, sizeof(offset), "+0x%" PRIx64, symbol->offset);
	if (!symbol->name)
		snprintf(words.s, sizeof(words.s), "0x%" PRIx64, symbol->addr);
	else if (symbol->module)
		snprintf(words.s, sizeof(words.s), "%.48s%s [%.16s]", safe__cut(symbol->name, 48).s,
			 offset, safe__cut(symbol->module, 16).s);
	else
		snprintf(words.s, sizeof(words.s), "%.56s%s", safe__cut(symbol->name, 56).s,
			 offset);
	return words;
}

struct words words__task(const struct task_id *task)
{
	char process[16] = "", thread[24] = "";
	const char *comm = *task->comm ? task->comm : task->pid ? "unknown" : "idle";
	struct words words = { "a task" };

	if (task->interrupt)
		return (struct words){ "an interrupt" };
	if (!task->known)
		return words;
	if (task->tgid)
		snprintf(process, sizeof(process), "[%u]", task->tgid);
	if (task->pid != task->tgid)
		snprintf(thread, sizeof(thread), " thread %u", task->pid);
	snprintf(words.s, sizeof(words.s), "%s%s%s", safe__comm(comm).s, process, thread);
	return words;
}

struct words words__worker(const char *worker, const struct task_id *queued_by)
{
	struct text name = safe__comm(callers__worker(worker));
	struct words words;

	if (queued_by->tgid)
		snprintf(words.s, sizeof(words.s), "%s for %s[%u]", name.s,
			 safe__comm(queued_by->comm).s, queued_by->tgid);
	else
		snprintf(words.s, sizeof(words.s), "%s; who queued its work is not known", name.s);
	return words;
}

/* @queued_by: the task for which a worker works; NULL if the sender is no worker. */
static struct words name_sender(const char *comm, uint32_t tgid, const struct task_id *queued_by)
{
	struct words words;

	if (queued_by)
		return words__worker(comm, queued_by);
	snprintf(words.s, sizeof(words.s), "%s[%u]", safe__comm(comm).s, tgid);
	return words;
}

static struct words name_stopper(const char *comm)
{
	struct words words;

	snprintf(words.s, sizeof(words.s), "stopper thread %s; who queued its work is not known",
		 safe__comm(comm).s);
	return words;
}

struct words words__sender(const struct stack_sample *call)
{
	bool interrupt = callers__sent_by_interrupt(call);

	if (callers__sent_by_stopper(call))
		return name_stopper(call->comm);
	if (interrupt)
		return (struct words){ "in an interrupt" };
	return name_sender(call->comm, call->tgid, call->kworker ? &call->queued_by : NULL);
}

struct words words__source(const struct storm_source *source)
{
	if (storm_source__is_stopper(source))
		return name_stopper(source->comm);
	return source->interrupt ? (struct words){ "an interrupt" } :
				   name_sender(source->comm, source->tgid,
					       source->kworker ? &source->queued_by : NULL);
}

struct text clock__at(int64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct text t;
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(t.s, sizeof(t.s), "%H:%M:%S", &tm);
	return t;
}

struct words clock__date(const struct timespec *time, int digits)
{
	char zone[8] = "Z", fraction[16];
	struct words w;
	struct tm tm;
	size_t len;

	if (!time->tv_sec)
		return (struct words){ "?" };
	localtime_r(&time->tv_sec, &tm);
	len = strftime(w.s, sizeof(w.s), "%Y-%m-%dT%H:%M:%S", &tm);
	if (digits) {
		snprintf(fraction, sizeof(fraction), "%09ld", time->tv_nsec);
		len += snprintf(w.s + len, sizeof(w.s) - len, ".%.*s", digits, fraction);
	}
	if (tm.tm_gmtoff)
		snprintf(zone, sizeof(zone), "%c%02d:%02d", tm.tm_gmtoff < 0 ? '-' : '+',
			 (int)(labs(tm.tm_gmtoff) / 3600), (int)(labs(tm.tm_gmtoff) / 60 % 60));
	snprintf(w.s + len, sizeof(w.s) - len, "%s", zone);
	return w;
}

struct words clock__date_at(int64_t ns)
{
	const struct timespec time = { ns / 1000000000, ns % 1000000000 };

	return clock__date(&time, 0);
}

void view__via(const struct caller *callers, size_t nr, size_t samples)
{
	size_t rest = samples;

	for (size_t i = 0; i < nr; i++) {
		const struct caller *c = &callers[i];

		paragraph__dim(2, "via %s%s, %s  %zu/%s",
			       safe__cut(*c->reason.name ? c->reason.name : NULL, 36).s,
			       words__user(c->user).s, words__sender(c->call).s, c->samples,
			       words__number(samples, "sample").s);
		rest -= c->samples;
	}
	if (nr && rest)
		paragraph__dim(2, "via others  %zu/%s", rest, words__number(samples, "sample").s);
}

void block__begin(struct block *b, char *buf, size_t size)
{
	b->buf = buf;
	b->size = size;
	b->len = 0;
	buf[0] = '\0';
}

static void __attribute__((format(printf, 2, 0)))
add_format(struct block *b, const char *format, va_list args)
{
	size_t room = b->size - b->len;
	int len = vsnprintf(b->buf + b->len, room, format, args);

	if (len < 0)
		return;
	if ((size_t)len < room) {
		b->len += len;
		return;
	}
	b->len = drop_partial_character(b->buf, b->size - 1);
	b->buf[b->len] = '\0';
}

void block__add(struct block *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_format(b, format, args);
	va_end(args);
}

/*
 * Returns the length up to the next blank at which a line may end; a line does not end between a
 * number and its unit.
 */
static size_t get_word_length(const char *text)
{
	static const char *const units[] = { "%", "ns", "us", "ms", "s", "sample", "samples" };
	size_t len = strcspn(text, " "), unit;

	if (!len || !strchr("0123456789", text[len - 1]) || !text[len])
		return len;
	unit = strcspn(text + len + 1, " ,;:.)");
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i]) == unit && !strncmp(text + len + 1, units[i], unit))
			return len + 1 + strcspn(text + len + 1, " ");
	return len;
}

void block__wrap(struct block *b, const char *text, int indent)
{
	int column = indent, columns = style__columns();

	while (*text) {
		int len = get_word_length(text), width = count_characters(text, len);

		if (column > indent && column + 1 + width > columns) {
			/* The line must not end with the first of two blanks. */
			while (b->len && b->buf[b->len - 1] == ' ')
				b->buf[--b->len] = '\0';
			block__add(b, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			block__add(b, " ");
			column++;
		}
		/* Break a word that is longer than a line; its rest goes to the next line. */
		if (width > columns - column) {
			width = columns - column;
			len = safe__fit(text, width);
		}
		block__add(b, "%.*s", len, text);
		column += width;
		text += len;
		if (*text == ' ')
			text++;
		else if (*text)
			column = columns;
	}
	block__add(b, "\n");
}

void block__vwrap(struct block *b, int indent, const char *format, va_list args)
{
	struct block words = BLOCK(1280);

	add_format(&words, format, args);
	block__wrap(b, words.buf, indent);
}

void block__format(struct block *b, int indent, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	block__vwrap(b, indent, format, args);
	va_end(args);
}

static void __attribute__((format(printf, 2, 0)))
print_wrapped(int indent, const char *format, va_list args)
{
	struct block lines = BLOCK(2560);

	block__vwrap(&lines, indent, format, args);
	fputs(lines.buf, stdout);
}

void paragraph__styled(enum style style, const char *label, int indent, const char *format, ...)
{
	va_list args;

	printf("%s%-*s%s", style__on(style), indent, label, style == STYLE_DIM ? "" : style__off());
	va_start(args, format);
	print_wrapped(indent, format, args);
	va_end(args);
	if (style == STYLE_DIM)
		fputs(style__off(), stdout);
}

void paragraph__rest(int indent, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_wrapped(indent, format, args);
	va_end(args);
}
