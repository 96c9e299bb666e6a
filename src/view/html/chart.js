/* SPDX-License-Identifier: GPL-2.0 */
/* Lines over time, drawn by uPlot. A drag in a chart selects its time for the whole page. */

/* The colours of lines: the CSS has a dark and a light colour for each (after Okabe and Ito). */
const LINES = ["line-1", "line-2", "line-3", "line-4", "line-5", "line-6"];

/* Each line also has its own dashes: a line can be recognized without its colour. */
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [1, 2]];

/* Space for the numbers to the left of each picture over time, px, so that the times align. */
const AXIS_WIDTH = 62;

function chartAxes(run, format) {
	const line = {stroke: colour("grid"), width: 1};
	const font = "12px system-ui, sans-serif";

	return [
		{stroke: colour("soft"), grid: line, ticks: line, font, space: 90,
			values: (u, splits, axis, space, step) =>
				splits.map(at => run.clock(at, step < 1 ? 3 : 0))},
		{stroke: colour("soft"), grid: line, ticks: line, font, size: AXIS_WIDTH,
			values: (u, splits) => splits.map(at => at === null ? "" : format(at))},
	];
}

/*
 * lines: [{label, values}], a value for each point; format(value): its text. log: a logarithmic
 * scale. zoom(from, to): called after a drag. marks: as drawMarks() takes them.
 */
function timeChart(run, points, lines, {format, log, zoom, width, marks}) {
	const box = el("div", {class: "chart"});
	const times = [], data = lines.map(() => []);

	/* Both ends of each bin: a step, because a bin has one value. */
	points.forEach((point, i) => {
		times.push(point.start, point.end);
		lines.forEach((line, j) => data[j].push(line.values[i], line.values[i]));
	});
	const series = [{label: "time", value: (u, at) => at === null ? "" : run.clock(at, 2)}];

	lines.forEach((line, i) => series.push({
		label: shown(line.label),
		stroke: colour(LINES[i % LINES.length]),
		dash: DASHES[i % DASHES.length],
		width: 1.8,
		points: {show: false},
		value: (u, value) => value === null || value === undefined ? "-" : format(value),
	}));
	const plot = new uPlot({
		width, height: 220, series, padding: [12, 30, 0, 0],
		scales: {
			x: {time: false},
			y: log ? {distr: 3} : {range: (u, low, high) => [0, high > 0 ? high * 1.08 : 1]},
		},
		axes: chartAxes(run, format),
		cursor: {sync: {key: "time"}, drag: {x: true, y: false, setScale: false}},
		select: {show: true, left: 0, top: 0, width: 0, height: 0},
		hooks: {
			setSelect: [u => {
				if (u.select.width > 4)
					zoom(u.posToVal(u.select.left, "x"),
						u.posToVal(u.select.left + u.select.width, "x"));
			}],
			draw: [u => drawMarks(u, marks || [])],
		},
	}, [times, ...data], box);

	box.destroy = () => plot.destroy();
	return box;
}

/* Storms as bands, stalls as ticks at the top: [{from, to, kind}]. */
function drawMarks(u, marks) {
	const {ctx, bbox} = u;

	ctx.save();
	ctx.beginPath();
	ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
	ctx.clip();
	for (const mark of marks) {
		const left = u.valToPos(mark.from, "x", true);
		const right = u.valToPos(mark.to, "x", true);
		const storm = mark.kind === "storm";

		ctx.globalAlpha = storm ? 0.13 : 0.9;
		ctx.fillStyle = colour(storm ? "bad" : "warn");
		ctx.fillRect(left, bbox.top, Math.max(right - left, storm ? 1 : 2 * devicePixelRatio),
			storm ? bbox.height : 9 * devicePixelRatio);
	}
	ctx.restore();
}
