// SPDX-License-Identifier: GPL-2.0
#include "host/machine.h"

#define TICK_SAMPLES 48
/* Room for a line of /proc/stat: the CPU and ten numbers. */
#define LINE	     256
/* The eighth number of "cpu3 user nice system idle iowait irq softirq steal". */
#define STEAL_COLUMN 8

struct tick_sample {
	_Atomic uint64_t time; /* 0 while `ticks` is being written */
	_Atomic uint32_t *ticks; /* indexed by CPU; another thread may read them at any time */
};

/* One thread's access to the file. The open descriptor keeps the kernel's buffer. */
struct reader {
	int fd;
	char *buf;
	uint32_t *ticks; /* indexed by CPU; as they were when the file was read last */
};

struct steal_time {
	uint32_t nr_cpus;
	uint64_t tick_ns;
	size_t size; /* room for the lines of all CPUs, bytes */
	uint64_t taken; /* number of samples so far */
	struct reader sampler, asker; /* of steal_time__sample() and of steal_time__since() */
	struct tick_sample samples[TICK_SAMPLES];
};

static int reader_open(struct reader *reader, const char *path, const struct steal_time *s)
{
	reader->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (reader->fd < 0)
		return -errno;
	reader->buf = malloc(s->size + 1);
	reader->ticks = calloc(s->nr_cpus, sizeof(*reader->ticks));
	return reader->buf && reader->ticks ? 0 : -ENOMEM;
}

int steal_time__open(struct steal_time **out, const char *path, uint32_t nr_cpus)
{
	struct steal_time *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	path = path ? path : "/proc/stat";
	s->nr_cpus = nr_cpus;
	s->tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
	s->size = (nr_cpus + 1) * (size_t)LINE;
	s->sampler.fd = s->asker.fd = -1;
	err = reader_open(&s->sampler, path, s);
	if (!err)
		err = reader_open(&s->asker, path, s);
	for (int i = 0; i < TICK_SAMPLES && !err; i++) {
		s->samples[i].ticks = calloc(nr_cpus, sizeof(*s->samples[i].ticks));
		err = s->samples[i].ticks ? 0 : -ENOMEM;
	}
	if (err)
		steal_time__close(s);
	else
		*out = s;
	return err;
}

static void reader_close(struct reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->buf);
	free(reader->ticks);
}

void steal_time__close(struct steal_time *s)
{
	if (!s)
		return;
	reader_close(&s->sampler);
	reader_close(&s->asker);
	for (int i = 0; i < TICK_SAMPLES; i++)
		free(s->samples[i].ticks);
	free(s);
}

/* Read all CPUs' ticks; their lines come first. An offline CPU has no line and keeps its ticks. */
static bool ticks_read(const struct steal_time *s, struct reader *reader)
{
	ssize_t len = pread(reader->fd, reader->buf, s->size, 0);
	char *line = reader->buf;

	if (len <= 0)
		return false;
	reader->buf[len] = '\0';
	while (!strncmp(line, "cpu", 3)) {
		char *end = strchr(line, '\n'), *p;
		unsigned long cpu, value = 0;

		/* The last line may be cut within a number. */
		if (!end)
			break;
		cpu = strtoul(line + 3, &p, 10);
		for (int i = 0; i < STEAL_COLUMN; i++)
			value = strtoul(p, &p, 10);
		/* The first line, "cpu ", sums all CPUs. */
		if (line[3] >= '0' && line[3] <= '9' && cpu < s->nr_cpus)
			reader->ticks[cpu] = value;
		line = end + 1;
	}
	return true;
}

void steal_time__sample(struct steal_time *s, uint64_t now)
{
	struct tick_sample *sample = &s->samples[s->taken % TICK_SAMPLES];

	if (!ticks_read(s, &s->sampler))
		return;
	sample->time = 0;
	for (uint32_t cpu = 0; cpu < s->nr_cpus; cpu++)
		sample->ticks[cpu] = s->sampler.ticks[cpu];
	sample->time = now;
	s->taken++;
}

uint64_t steal_time__since(struct steal_time *s, uint32_t cpu, uint64_t start)
{
	uint64_t best = 0;
	uint32_t before = 0;

	if (cpu >= s->nr_cpus || !ticks_read(s, &s->asker))
		return 0;
	for (int i = 0; i < TICK_SAMPLES; i++) {
		uint64_t time = s->samples[i].time;
		uint32_t ticks = s->samples[i].ticks[cpu];

		/* If the time is unchanged, the sampler has not written @ticks meanwhile. */
		if (time <= best || time > start || time != s->samples[i].time)
			continue;
		best = time;
		before = ticks;
	}
	if (!best || s->asker.ticks[cpu] < before)
		return 0;
	return (s->asker.ticks[cpu] - before) * s->tick_ns;
}
