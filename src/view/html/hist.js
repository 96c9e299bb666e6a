/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms with the slots of src/abi/hist_slots.h: 4 in each octave. */

const HIST_SUB_BITS = 2;
const HIST_SUB = 1 << HIST_SUB_BITS;
const HIST_SLOTS = 160;

/* The smallest value that a slot counts, ns. */
function slotLower(slot) {
	if (slot < HIST_SUB)
		return slot;
	return (HIST_SUB + slot % HIST_SUB) * 2 ** (Math.floor(slot / HIST_SUB) - 1);
}

/* The largest value that a slot counts. */
function slotUpper(slot) {
	return slotLower(slot + 1) - 1;
}

/* The position of a value among the slots, with a fraction: an axis of slots is logarithmic. */
function slotPosition(value) {
	if (value < HIST_SUB)
		return value;
	const octave = Math.floor(Math.log2(value));
	const lower = 2 ** octave;

	return (octave - HIST_SUB_BITS + 1) * HIST_SUB + (value - lower) / lower * HIST_SUB;
}

class Hist {
	constructor() {
		this.count = 0;
		this.sum = 0;
		this.max = 0;
		this.slots = new Float64Array(HIST_SLOTS);
	}

	/* Add a histogram as bins.c writes it; 0: it is empty. */
	add(encoded) {
		if (!encoded)
			return this;
		const [samples, sum, max, slots] = encoded;

		this.count += samples;
		this.sum += sum;
		this.max = Math.max(this.max, max);
		for (let i = 0; i + 1 < slots.length; i += 2)
			this.slots[slots[i]] += slots[i + 1];
		return this;
	}

	/* The upper bound of the slot with the p-th percentile, at most max; null: no sample. */
	percentile(p) {
		if (!this.count)
			return null;
		const rank = Math.max(1, Math.ceil(this.count * p / 100));
		let seen = 0;

		for (let slot = 0; slot < HIST_SLOTS; slot++) {
			seen += this.slots[slot];
			if (seen >= rank)
				return Math.min(slotUpper(slot), this.max);
		}
		return this.max;
	}

	maxOrNull() {
		return this.count ? this.max : null;
	}
}
