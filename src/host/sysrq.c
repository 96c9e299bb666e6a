// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/sysrq.h"
#include "host/sysrq_helper.h"

/* 64 CPUs of 60 lines; of more CPUs the last ones are missing. */
#define TEXT_BYTES   (512 << 10)
/* CONSOLE_EXT_LOG_MAX: the longest record of /dev/kmsg. */
#define RECORD_BYTES 8192

struct sysrq {
	struct sysrq_helper helper;
	int log;
	size_t len;
	char text[TEXT_BYTES];
};

/*
 * arm64 asks by a plain interrupt unless pseudo-NMIs are on. A CPU with its
 * interrupts off does not answer, and the writer waits for it.
 */
static int has_nmi(void)
{
#ifdef __aarch64__
	char line[4096] = "";
	FILE *file = fopen("/proc/cmdline", "re");

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	return strstr(line, "irqchip.gicv3_pseudo_nmi=1") != NULL;
#else
	return 1;
#endif
}

int sysrq__open(struct sysrq **out, char *why, size_t size)
{
	struct sysrq *sysrq;
	int err = 0;

	if (!has_nmi()) {
		snprintf(why, size, "this machine has no NMIs (irqchip.gicv3_pseudo_nmi=1)");
		return -EOPNOTSUPP;
	}
	sysrq = calloc(1, sizeof(*sysrq));
	if (!sysrq) {
		snprintf(why, size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	err = sysrq_helper__start(&sysrq->helper, "/proc/sysrq-trigger");
	if (err)
		snprintf(why, size, "/proc/sysrq-trigger: %s", strerror(-err));
	sysrq->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (!err && sysrq->log < 0) {
		err = -errno;
		snprintf(why, size, "/dev/kmsg: %s", strerror(-err));
	}
	if (err)
		sysrq__close(sysrq);
	else
		*out = sysrq;
	return err;
}

void sysrq__close(struct sysrq *sysrq)
{
	if (!sysrq)
		return;
	sysrq_helper__stop(&sysrq->helper);
	if (sysrq->log >= 0)
		close(sysrq->log);
	free(sysrq);
}

/* "6,1234,5678,-,caller=T1;text\n SUBSYSTEM=...": the text of a record. */
static void record_add(struct sysrq *sysrq, const char *record)
{
	const char *text = strchr(record, ';');
	size_t len = text ? strcspn(++text, "\n") : 0;

	if (!text || sysrq->len + len + 2 > sizeof(sysrq->text))
		return;
	memcpy(sysrq->text + sysrq->len, text, len);
	sysrq->len += len;
	sysrq->text[sysrq->len++] = '\n';
	sysrq->text[sysrq->len] = '\0';
}

static void log_read(struct sysrq *sysrq)
{
	char record[RECORD_BYTES + 1];
	ssize_t got;

	for (;;) {
		got = read(sysrq->log, record, RECORD_BYTES);
		/* EPIPE: records were overwritten; the next read goes on behind them. */
		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (got <= 0)
			return;
		record[got] = '\0';
		record_add(sysrq, record);
	}
}

const char *sysrq__backtraces(struct sysrq *sysrq)
{
	sysrq->len = 0;
	sysrq->text[0] = '\0';
	/* Each record is in the log once its writer goes on, and the trigger waits for all CPUs. */
	if (lseek(sysrq->log, 0, SEEK_END) < 0 || sysrq_helper__ask(&sysrq->helper))
		return sysrq->text;
	log_read(sysrq);
	return sysrq->text;
}
