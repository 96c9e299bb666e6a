/* SPDX-License-Identifier: GPL-2.0 */
/* Colours that the colour-blind can distinguish. */

/* viridis at 0, 1/8 ... 1 (Smith and van der Walt, CC0); linear between these. */
const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142],
	[31, 158, 137], [53, 183, 121], [110, 206, 88], [253, 231, 37]];

/* part: 0 to 1. */
function viridis(part) {
	const at = Math.min(Math.max(part, 0), 1) * (VIRIDIS.length - 1);
	const low = Math.min(Math.floor(at), VIRIDIS.length - 2);
	const mix = VIRIDIS[low].map((c, i) => Math.round(c + (VIRIDIS[low + 1][i] - c) * (at - low)));

	return "rgb(" + mix.join(",") + ")";
}

/* The colours of lines: the CSS has a dark and a light colour for each (after Okabe and Ito). */
const LINES = ["line-1", "line-2", "line-3", "line-4", "line-5", "line-6"];

/* Each line also has its own dashes: a line can be recognized without its colour. */
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [1, 2]];
