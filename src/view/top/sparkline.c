// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <string.h>
#include "view/top/sparkline.h"

#define STEPS 8

void sparkline(const double *values, size_t nr, bool utf8, char *text)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { " ", "_", ".", ",", "-", "=", "+", "*", "#" };
	double max = 0;

	for (size_t i = 0; i < nr; i++)
		max = values[i] > max ? values[i] : max;
	*text = '\0';
	for (size_t i = 0; i < nr; i++) {
		int step = max > 0 ? ceil(values[i] / max * STEPS) : 0;

		text = stpcpy(text, (utf8 ? blocks : plain)[step < 0 ? 0 : step]);
	}
}
