/* SPDX-License-Identifier: GPL-2.0 */
/* A run that ended before its time: a gate that found nothing until then has no verdict. */
#ifndef IPITRACE_MODEL_CUT_SHORT_H
#define IPITRACE_MODEL_CUT_SHORT_H

enum cut_by {
	CUT_NOT,
	CUT_SIGNAL, /* before --duration, or before PROGRAM ended */
	CUT_PROGRAM, /* --duration is over, and PROGRAM is not */
	CUT_READER, /* nobody reads stdout any more */
};

struct cut_short {
	enum cut_by by;
	char why[192]; /* "SIGTERM came after 1.43 s of 60.00 s" */
};

#endif /* IPITRACE_MODEL_CUT_SHORT_H */
