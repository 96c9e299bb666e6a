// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "cli/diag.h"
#include "command/report_read.h"

/* Returns an exit status: what is wrong with the file has been reported. */
static int status_of(const struct capture_result *result, const char *path)
{
	char why[CAPTURE_RESULT_TEXT];

	if (result->end == CAPTURE_STOPPED && result->err == -EBADMSG)
		return fail(EXIT_FAILED, "%s: line %" PRIu64 " is no JSON", path, result->lines);
	if (result->end == CAPTURE_STOPPED && result->err == -E2BIG)
		return fail(EXIT_FAILED,
			    "%s: line %" PRIu64 ": more names than any run of ipitrace", path,
			    result->lines);
	if (result->end == CAPTURE_STOPPED)
		return output_status(result->err);
	if (capture_result__text(result, why, sizeof(why)))
		return fail(EXIT_FAILED, "%s: %s", path, why);
	return EXIT_DONE;
}

int report_input__open(struct report_input *input, const char *path)
{
	int err = capture_parts__open(&input->parts, path);

	input->path = path;
	if (!err && input->parts.left_out)
		fail(EXIT_DONE, "%s.1: left out: %s", path, input->parts.left_out);
	return err ? fail(EXIT_FAILED, "%s: %s", path, strerror(-err)) : EXIT_DONE;
}

int report_read(struct report_input *input, capture_line_fn *fn, void *ctx)
{
	struct capture_result result;

	capture_parts__read(&input->parts, fn, ctx, &result);
	return status_of(&result, input->path);
}
