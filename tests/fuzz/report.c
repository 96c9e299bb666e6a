// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: a capture in each view of `report`, from the bytes of the file to the text. The first
 * byte chooses the view, and whether the rest is the file or its text, which is compressed here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "command/parts.h"
#include "view/capture/capture.h"

#define VIEWS 13

static const char *const views[] = {
	"summary", "hist", "stalls", "waits", "storm", "trace", "calls"
};

static int text_write(int fd, const char *text, size_t len)
{
	static struct capture_writer *writer;

	if (!writer && capture_writer__open(&writer, fd))
		abort();
	capture_writer__restart(writer, fd);
	return capture_writer__add(writer, text, len) || capture_writer__flush(writer);
}

/* As files_open() of command/report.c leaves it. */
static struct report_input input_make(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	if (*data & 1 ? text_write(fd, (const char *)data + 1, size - 1) :
			write(fd, data + 1, size - 1) < 0)
		abort();
	lseek(fd, 0, SEEK_SET);
	return (struct report_input){ .path = "capture", .parts = { 1, { fd, -1 }, NULL } };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char file[] = "capture", name[16];
	static char *operands[] = { file, name };
	static struct options opts;
	struct report_work work = { .opts = &opts, .nr_inputs = 1, .pictures = { -1, -1 } };
	unsigned int view;

	if (!size)
		return 0;
	/* Views and messages are written, and read by nobody; libFuzzer itself writes to descriptor 2. */
	if (!opts.operands) {
		stdout = freopen("/dev/null", "w", stdout);
		stderr = fopen("/dev/null", "w");
	}
	view = (*data >> 1) % VIEWS;
	opts = (struct options){ .operands = operands, .nr_operands = 1 };
	if (view < sizeof(views) / sizeof(*views)) {
		snprintf(name, sizeof(name), "%s", views[view]);
		opts.nr_operands = 2;
	} else {
		opts.json = view == 8;
		opts.folded = view == 9;
		opts.diff = view == 10;
		opts.html = view == 11 ? file : NULL;
		opts.perfetto = view == 12 ? file : NULL;
	}
	work.view = report_view__of(&opts);
	work.inputs[0] = input_make(data, size);
	if (opts.diff) {
		opts.nr_operands = 2;
		work.nr_inputs = 2;
		work.inputs[1] = input_make(data, size);
	}
	if (opts.html || opts.perfetto)
		work.pictures[opts.html ? PICTURE_PAGE : PICTURE_TIMELINE] =
			memfd_create("picture", MFD_CLOEXEC);
	report_work__do(&work);
	for (size_t i = 0; i < work.nr_inputs; i++)
		capture_parts__close(&work.inputs[i].parts);
	pictures_close(&opts, work.pictures, 0);
	return 0;
}
