/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers as the terminal shows them: three digits and a unit. */

function threeDigits(value) {
	if (value >= 100 || value === 0)
		return value.toFixed(0);
	return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/* steps: [[size, unit]...], ascending. */
function scaled(value, steps) {
	let unit = steps[0];

	for (const step of steps)
		/* From 0.9995 on, threeDigits() would round to 1000 of the smaller unit. */
		if (value >= step[0] * 0.9995)
			unit = step;
	return threeDigits(value / unit[0]) + unit[1];
}

const NS_STEPS = [[1, "ns"], [1e3, "us"], [1e6, "ms"], [1e9, "s"]];
const COUNT_STEPS = [[1, ""], [1e3, "k"], [1e6, "M"], [1e9, "G"]];

/* "-": not known, as in the terminal. */
function ns(value) {
	if (value === null || value === undefined)
		return "-";
	return value < 1000 ? Math.round(value) + "ns" : scaled(value, NS_STEPS);
}

function count(value) {
	if (value === null || value === undefined)
		return "-";
	return value < 1000 ? threeDigits(value).replace(/\.0+$/, "") : scaled(value, COUNT_STEPS);
}

/* A number of things: without decimals up to 999. */
function whole(value) {
	if (value === null || value === undefined)
		return "-";
	return value < 1000 ? String(Math.round(value)) : scaled(value, COUNT_STEPS);
}

function percent(value) {
	if (!(value > 0))
		return "0 %";
	return value < 0.01 ? "<0.01 %" : threeDigits(value) + " %";
}

/* CPUs as "0,2-5". */
function cpuList(cpus) {
	const sorted = [...cpus].sort((a, b) => a - b);
	const parts = [];

	for (let i = 0; i < sorted.length; i++) {
		const first = sorted[i];

		while (i + 1 < sorted.length && sorted[i + 1] === sorted[i] + 1)
			i++;
		parts.push(sorted[i] === first ? String(first) : first + "-" + sorted[i]);
	}
	return parts.join(",");
}

/*
 * A name that the kernel or a user chose, without control characters and without those that change
 * the direction of the text.
 */
function shown(name) {
	return String(name).replace(
		/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "?");
}

function plural(n, noun) {
	return whole(n) + " " + noun + (n === 1 ? "" : "s");
}
