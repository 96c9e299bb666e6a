/* SPDX-License-Identifier: GPL-2.0 */
/* Text to stdout in lines as wide as the page (style__columns()), broken at blanks. */
#ifndef IPITRACE_VIEW_TEXT_PARAGRAPH_H
#define IPITRACE_VIEW_TEXT_PARAGRAPH_H

/* @label, as a heading, and the text behind it at column @indent, further lines below it. */
void __attribute__((format(printf, 3, 4)))
paragraph__labelled(const char *label, int indent, const char *format, ...);

/* @label and the text, dim, the text as above. */
void __attribute__((format(printf, 3, 4)))
paragraph__dim_labelled(const char *label, int indent, const char *format, ...);

/* The text behind what stands in the line up to column @indent, further lines below it. */
void __attribute__((format(printf, 2, 3))) paragraph__rest(int indent, const char *format, ...);

/* Dim, each line at column @indent. */
void __attribute__((format(printf, 2, 3))) paragraph__dim(int indent, const char *format, ...);

#endif /* IPITRACE_VIEW_TEXT_PARAGRAPH_H */
