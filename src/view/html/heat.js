/* SPDX-License-Identifier: GPL-2.0 */
/* Heat maps on canvas: time and latency, sender and target. */

/* viridis at 0, 1/8 ... 1 (Smith and van der Walt, CC0); linear between these. */
const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142],
	[31, 158, 137], [53, 183, 121], [110, 206, 88], [253, 231, 37]];

/* The colour for a part from 0 to 1. */
function viridis(part) {
	const place = Math.min(Math.max(part, 0), 1) * (VIRIDIS.length - 1);
	const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
	const mix = VIRIDIS[low].map((c, i) => Math.round(c + (VIRIDIS[low + 1][i] - c) * (place - low)));

	return "rgb(" + mix.join(",") + ")";
}

/* A canvas of this many CSS pixels, and its context, whose unit is a CSS pixel. */
function canvas(width, height, label) {
	const made = el("canvas", {role: "img", "aria-label": label});
	const ratio = window.devicePixelRatio || 1;
	const context = made.getContext("2d");

	made.width = Math.round(width * ratio);
	made.height = Math.round(height * ratio);
	made.style.width = width + "px";
	made.style.height = height + "px";
	context.scale(ratio, ratio);
	context.font = "12px system-ui, sans-serif";
	return [made, context];
}

/* The part for viridis(), by logarithms: small values stay visible beside the largest, most. */
function shade(value, most) {
	return value > 0 ? 0.06 + 0.94 * Math.log1p(value) / Math.log1p(most) : 0;
}

/* A bar of the colours, from 1 to the largest value. */
function scaleBar(most, unit) {
	const [bar, context] = canvas(120, 10, "colours from few to many");

	for (let x = 0; x < 120; x++) {
		context.fillStyle = viridis(0.06 + 0.94 * x / 119);
		context.fillRect(x, 0, 1, 10);
	}
	bar.setAttribute("aria-hidden", "true");
	bar.removeAttribute("role");
	return el("p", {class: "scale"}, "1 ", bar, " " + whole(most) + " " + unit);
}

/* The slots that the axis shows: those with samples, and one more on each side. */
function slotRange(hists) {
	let low = HIST_SLOTS, high = -1;

	for (const hist of hists)
		hist.slots.forEach((n, slot) => {
			if (n) {
				low = Math.min(low, slot);
				high = Math.max(high, slot);
			}
		});
	return high < 0 ? null : [Math.max(0, low - 1), Math.min(HIST_SLOTS - 1, high + 1)];
}

/* Space to the right of the last bin, px, as in the charts: room for half of a time's text. */
const PAST_END = 30;

class LatencyMap {
	/* key: "delay" or "handler"; what: the word for it. */
	constructor(selection, key, {width, zoom, what}) {
		this.selection = selection;
		this.points = selection.points;
		this.key = key;
		this.range = slotRange(this.points.map(p => p[key]));
		this.width = width;
		this.height = 230;
		this.left = AXIS_WIDTH;
		this.bottom = 24;
		this.zoom = zoom;
		this.what = what;
	}

	/* The element, or a sentence if there is nothing to show. */
	element() {
		if (!this.range)
			return el("p", {class: "none"}, "No " + this.what + " in this selection.");
		this.most = Math.max(...this.points.map(p =>
			p[this.key].slots.reduce((a, b) => Math.max(a, b), 0)));
		[this.canvas, this.context] = canvas(this.width, this.height, this.label());
		this.draw();
		this.listen();
		return el("div", {class: "heat"}, this.canvas, scaleBar(this.most, "csds in a field"));
	}

	label() {
		const all = new Hist();

		for (const point of this.points)
			for (let slot = 0; slot < HIST_SLOTS; slot++)
				all.slots[slot] += point[this.key].slots[slot];
		const used = all.slots.reduce((best, n, slot) => n > all.slots[best] ? slot : best, 0);

		return this.what + " over time: most take up to " + ns(slotUpper(used)) +
			", the longest up to " + ns(Math.max(...this.points.map(p => p[this.key].max)));
	}

	x(seconds) {
		const first = this.points[0].start, last = this.points[this.points.length - 1].end;

		return this.left + (seconds - first) / (last - first || 1) * (this.width - this.left - PAST_END);
	}

	seconds(x) {
		const first = this.points[0].start, last = this.points[this.points.length - 1].end;

		return first + (x - this.left) / (this.width - this.left - PAST_END) * (last - first);
	}

	y(position) {
		const [low, high] = this.range;

		return (this.height - this.bottom) * (1 - (position - low) / (high + 1 - low));
	}

	draw() {
		const c = this.context, [low, high] = this.range;
		const row = (this.height - this.bottom) / (high + 1 - low);

		c.fillStyle = colour("field");
		c.fillRect(this.left, 0, this.width - this.left - PAST_END, this.height - this.bottom);
		for (const point of this.points) {
			const x = this.x(point.start), width = this.x(point.end) - x;

			point[this.key].slots.forEach((n, slot) => {
				if (!n)
					return;
				c.fillStyle = viridis(shade(n, this.most));
				c.fillRect(x, this.y(slot + 1), Math.max(width, 1) + 0.3, row + 0.3);
			});
		}
		this.drawAxes();
	}

	drawAxes() {
		const c = this.context;

		c.fillStyle = colour("soft");
		c.strokeStyle = colour("grid");
		c.textAlign = "right";
		c.textBaseline = "middle";
		for (let value = 1; value < 1e13; value *= 10) {
			const y = this.y(slotPosition(value));

			if (y < 6 || y > this.height - this.bottom - 2)
				continue;
			c.globalAlpha = 0.5;
			c.fillRect(this.left, y, this.width - this.left - PAST_END, 0.5);
			c.globalAlpha = 1;
			c.fillText(axisTime(value), this.left - 6, y);
		}
		c.textAlign = "center";
		const steps = Math.max(1, Math.floor((this.width - this.left) / 130));

		for (let i = 0; i < steps; i++) {
			const x = this.left + (i + 0.5) * (this.width - this.left - PAST_END) / steps;
			const span = this.seconds(this.width - PAST_END) - this.seconds(this.left);

			c.fillText(this.selection.run.clock(this.seconds(x), span < 3 * steps ? 2 : 0), x,
				this.height - 10);
		}
	}

	/* The bin and the slot at the pointer. */
	atPointer(event) {
		const box = this.canvas.getBoundingClientRect();
		const x = event.clientX - box.left, y = event.clientY - box.top;
		const [low, high] = this.range;
		const seconds = this.seconds(x);
		const point = this.points.find(p => p.start <= seconds && seconds < p.end);
		const slot = Math.floor(low + (1 - y / (this.height - this.bottom)) * (high + 1 - low));

		return {point, slot, seconds, x};
	}

	listen() {
		let from = null;

		this.canvas.addEventListener("pointerdown", event => {
			from = this.atPointer(event);
		});
		this.canvas.addEventListener("pointerup", event => {
			const to = this.atPointer(event);

			if (from && Math.abs(to.x - from.x) > 4)
				this.zoom(Math.min(from.seconds, to.seconds), Math.max(from.seconds, to.seconds));
			from = null;
		});
		this.canvas.addEventListener("pointermove", event => this.hover(event));
		this.canvas.addEventListener("pointerleave", () => tip.hide());
	}

	hover(event) {
		const {point, slot} = this.atPointer(event);

		if (!point || slot < 0 || slot >= HIST_SLOTS) {
			tip.hide();
			return;
		}
		const hist = point[this.key];

		tip.show(event, [
			this.selection.run.clock(point.start, 2) + " UTC",
			ns(slotLower(slot)) + " to " + ns(slotUpper(slot)) + ": " + whole(hist.slots[slot]),
			"p50 " + ns(hist.percentile(50)) + "  p99 " + ns(hist.percentile(99)) +
				"  max " + ns(hist.maxOrNull()),
		]);
	}
}

/* A power of ten, ns, as "1us" or "10ms". */
function axisTime(value) {
	const [size, unit] = NS_STEPS.filter(step => value >= step[0]).pop();

	return value / size + unit;
}

class EdgeMap {
	/* edges: a Map of "src,dst" to counts; cpus: the CPUs that have a row and a column. */
	constructor(edges, cpus, width) {
		this.edges = edges;
		this.cpus = cpus;
		this.gutter = 58;
		this.side = Math.max(2, Math.min(44, Math.floor((width - this.gutter) / cpus.length)));
		this.most = Math.max(1, ...edges.values());
	}

	element(label) {
		const extent = this.gutter + this.side * this.cpus.length + 2;

		[this.canvas, this.context] = canvas(extent, extent, label);
		this.draw();
		this.canvas.addEventListener("pointermove", event => this.hover(event));
		this.canvas.addEventListener("pointerleave", () => tip.hide());
		return el("div", {class: "heat scroll", tabindex: "0", role: "region",
			"aria-label": "map of senders and targets"}, this.canvas, scaleBar(this.most, "csds"));
	}

	countOf(src, dst) {
		return this.edges.get(src + "," + dst) || 0;
	}

	draw() {
		const c = this.context, side = this.side;

		this.cpus.forEach((src, row) => this.cpus.forEach((dst, column) => {
			const n = this.countOf(src, dst), part = shade(n, this.most);
			const x = this.gutter + column * side, y = this.gutter + row * side;
			const gap = side > 6 ? 1 : 0;

			c.fillStyle = n ? viridis(part) : colour("field");
			c.fillRect(x, y, side - gap, side - gap);
			if (n && side >= 36) {
				c.fillStyle = part > 0.62 ? "#000" : "#fff";
				c.textAlign = "center";
				c.textBaseline = "middle";
				c.fillText(whole(n), x + side / 2, y + side / 2);
			}
		}));
		this.drawLabels();
	}

	drawLabels() {
		const c = this.context, step = Math.max(1, Math.ceil(22 / this.side));

		c.fillStyle = colour("soft");
		this.cpus.forEach((cpu, i) => {
			if (i % step)
				return;
			const middle = this.gutter + (i + 0.5) * this.side;

			c.textBaseline = "middle";
			c.textAlign = "right";
			c.fillText(String(cpu), this.gutter - 6, middle);
			c.textAlign = "center";
			c.fillText(String(cpu), middle, this.gutter - 10);
		});
		c.textAlign = "left";
		c.fillText("to CPU \u2192", this.gutter, 14);
		c.textAlign = "right";
		c.fillText("from \u2193", this.gutter - 6, this.gutter - 26);
	}

	hover(event) {
		const box = this.canvas.getBoundingClientRect();
		const column = Math.floor((event.clientX - box.left - this.gutter) / this.side);
		const row = Math.floor((event.clientY - box.top - this.gutter) / this.side);
		const src = this.cpus[row], dst = this.cpus[column];

		if (src === undefined || dst === undefined)
			tip.hide();
		else
			tip.show(event, ["CPU " + src + " to CPU " + dst, plural(this.countOf(src, dst), "csd")]);
	}
}
