// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/sysfile.h"
#include "host/storm_facts.h"

#define CHANGES_KEPT 64 /* the oldest makes room for a new one */
#define MODULES_MAX  1024
#define SHOWN	     32 /* bytes of a value */

/* A value a file; of "a [b] c", a choice, only the chosen word counts. */
static const struct watched {
	const char *path;
	const char *name;
} watched[] = {
	{ "/sys/devices/system/cpu/online", "CPUs online" },
	{ "/sys/devices/system/clocksource/clocksource0/current_clocksource", "clocksource" },
	{ "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "governor of policy0" },
	{ "/sys/devices/system/cpu/cpufreq/policy0/scaling_driver", "cpufreq driver" },
	{ "/proc/sys/kernel/numa_balancing", "kernel.numa_balancing" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled", "transparent huge pages" },
	{ "/sys/kernel/mm/ksm/run", "KSM" },
	{ "/sys/kernel/rcu_expedited", "rcu_expedited" },
};

#define NR_WATCHED (sizeof(watched) / sizeof(*watched))

struct module {
	char name[EVIDENCE_LEN - 8];
	bool seen;
};

struct change_log {
	char root[EVIDENCE_LEN];
	char values[NR_WATCHED][CPUSET_TEXT]; /* a list of CPUs is the longest */
	struct module modules[MODULES_MAX];
	uint32_t nr_modules;
	struct change kept[CHANGES_KEPT];
	uint64_t nr; /* of all changes ever noted; the last is kept[(nr - 1) % CHANGES_KEPT] */
};

/* @value or its beginning, in @text. */
static const char *shorten_value(const char *value, char text[SHOWN])
{
	char whole[CPUSET_TEXT];

	snprintf(whole, sizeof(whole), "%s", *value ? value : "none");
	cpuset__shorten(whole, SHOWN);
	snprintf(text, SHOWN, "%.*s", SHOWN - 1, whole);
	return text;
}

static void note_change(struct change_log *ch, uint64_t time, const char *what, const char *from,
			const char *to)
{
	char before[SHOWN], now[SHOWN];
	struct change *change;

	/* The first update has nothing to compare with. */
	if (!time)
		return;
	change = &ch->kept[ch->nr++ % CHANGES_KEPT];
	change->time = time;
	if (to)
		snprintf(change->text, sizeof(change->text), "%.40s: %s -> %s", what,
			 shorten_value(from, before), shorten_value(to, now));
	else
		snprintf(change->text, sizeof(change->text), "%.40s %.60s", what, from);
}

/* False: ipitrace lacks what it takes to read the file, which is not a change of the file. */
static bool value_read(const struct change_log *ch, size_t i, char value[CPUSET_TEXT])
{
	char line[CPUSET_TEXT], *open, *close;

	errno = 0;
	if (!sysfile__line(line, sizeof(line), "%s%s", ch->root, watched[i].path) &&
	    (errno == ENOMEM || errno == EMFILE || errno == ENFILE))
		return false;
	open = strchr(line, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close)
		*close = '\0';
	snprintf(value, CPUSET_TEXT, "%s", close ? open + 1 : line);
	return true;
}

static void values_update(struct change_log *ch, uint64_t time)
{
	char value[CPUSET_TEXT];

	for (size_t i = 0; i < NR_WATCHED; i++) {
		if (!value_read(ch, i, value) || !strcmp(value, ch->values[i]))
			continue;
		note_change(ch, time, watched[i].name, ch->values[i], value);
		memcpy(ch->values[i], value, sizeof(value));
	}
}

static void module_seen(struct change_log *ch, const char *name, uint64_t time)
{
	for (uint32_t i = 0; i < ch->nr_modules; i++) {
		if (strcmp(ch->modules[i].name, name))
			continue;
		ch->modules[i].seen = true;
		return;
	}
	if (ch->nr_modules == MODULES_MAX)
		return;
	snprintf(ch->modules[ch->nr_modules].name, sizeof(ch->modules[0].name), "%s", name);
	ch->modules[ch->nr_modules++].seen = true;
	note_change(ch, time, "module loaded:", name, NULL);
}

static void modules_update(struct change_log *ch, uint64_t time)
{
	char path[2 * EVIDENCE_LEN], line[512], name[sizeof(ch->modules[0].name)];
	uint32_t nr = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/modules", ch->root);
	file = fopen(path, "re");
	if (!file)
		return;
	for (uint32_t i = 0; i < ch->nr_modules; i++)
		ch->modules[i].seen = false;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%55s", name) == 1)
			module_seen(ch, name, time);
	fclose(file);
	for (uint32_t i = 0; i < ch->nr_modules; i++) {
		const struct module module = ch->modules[i];

		if (module.seen)
			ch->modules[nr++] = module;
		else
			note_change(ch, time, "module unloaded:", module.name, NULL);
	}
	ch->nr_modules = nr;
}

void change_log__update(struct change_log *ch, uint64_t time)
{
	values_update(ch, time);
	modules_update(ch, time);
}

int change_log__open(struct change_log **ch, const char *root)
{
	*ch = calloc(1, sizeof(**ch));
	if (!*ch)
		return -ENOMEM;
	snprintf((*ch)->root, sizeof((*ch)->root), "%s", root);
	change_log__update(*ch, 0);
	return 0;
}

void change_log__close(struct change_log *ch)
{
	free(ch);
}

uint32_t change_log__of(const struct change_log *ch, uint64_t from, uint64_t to,
			struct change *changes, uint32_t max)
{
	uint64_t first = ch->nr > CHANGES_KEPT ? ch->nr - CHANGES_KEPT : 0;
	uint32_t nr = 0;

	for (uint64_t i = first; i < ch->nr; i++) {
		const struct change *change = &ch->kept[i % CHANGES_KEPT];

		if (change->time < from || change->time > to)
			continue;
		if (nr == max) {
			memmove(changes, changes + 1, (max - 1) * sizeof(*changes));
			nr--;
		}
		changes[nr++] = *change;
	}
	return nr;
}
