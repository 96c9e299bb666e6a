/* SPDX-License-Identifier: GPL-2.0 */
/* The sizes and versions of a capture, which writer and reader share. */
#ifndef IPITRACE_VIEW_CAPTURE_FORMAT_H
#define IPITRACE_VIEW_CAPTURE_FORMAT_H

/* The number in each line's "schema"; a reader takes no other. */
#define CAPTURE_SCHEMA "ipitrace/1"

/* Rises when types or keys are added, which older readers leave out. */
#define CAPTURE_MINOR 1

/* The text of one frame, at most: what a reader holds, and what a cut-off file loses. */
#define CAPTURE_FRAME_BYTES (1 << 20)

/* A longer line is damage: a snapshot of 4,096 CPUs takes 20 MB. */
#define CAPTURE_LINE_BYTES (64 << 20)

#endif /* IPITRACE_VIEW_CAPTURE_FORMAT_H */
