/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The run's data, and the sums of a selection. This file knows nothing of the page: a section of
 * the page takes a Selection and draws it.
 */

/* The places of the items in the array that bins.c writes of the ledger. */
const LEDGER = ["queued", "carried_in", "function", "ttwu", "irq_work", "in_flight", "lost", "local",
	"open"];

/* The sum of two values of rows, added up as data.tables says of the member: how. */
function sumValues(how, sum, value) {
	if (how === "histogram")
		return (sum || new Hist()).add(value);
	if (value === null || how === "key")
		return sum === undefined ? value : sum;
	if (!sum)
		return value;
	return how === "max" ? Math.max(sum, value) : sum + value;
}

/* An object with the sums of the rows of each CPU, or of each function. members: of data.tables. */
function sumRows(members, rows) {
	const sums = new Map();

	for (const row of rows) {
		const sum = sums.get(row[0]) || {};

		members.forEach(([name, how], i) => {
			if (how !== "stolen")
				sum[name] = sumValues(how, sum[name], row[i]);
		});
		sums.set(row[0], sum);
	}
	return [...sums.values()];
}

/* The time that a function took, on its CPUs and of waiting senders, ns; null: not known. */
function timeOf(row) {
	return row.handler.count || row.wait_spun !== null ? row.handler.sum + row.wait_spun : null;
}

class Run {
	constructor(data) {
		this.data = data;
		this.bins = data.bins;
		this.names = data.names || [];
		this.tables = data.tables;
		/* The place of each member in a CPU's row, and in a function's. */
		[this.ofCpu, this.ofFunction] = [this.tables.cpus, this.tables.functions].map(table =>
			Object.fromEntries(table.members.map(([name], i) => [name, i])));
		this.stalls = data.stalls;
		this.storms = data.storms;
		this.first = data.first_window;
		/* Whether the data say when functions run. Otherwise only calls are followed. */
		this.runs = !data.calls;
		/* Whether the data say for how long senders wait. Other tracers' files do not. */
		this.waits = !data.sources || data.sources.wait !== null;
		this.begin = this.bins.length ? this.bins[0].start / 1e9 : 0;
		this.seconds = this.bins.length ? this.bins[this.bins.length - 1].end / 1e9 : 0;
		this.cpus = this.allCpus();
		/* In sentences: all the time of the data; the place where all data are. */
		this.span = data.live ? "the last " + plural(data.live.keeps / 60, "minute") : "the whole run";
		this.within = data.live ? this.span : "this capture";
		this.began = this.first ? Date.parse(this.first.start) : NaN;
	}

	allCpus() {
		const found = new Set();

		for (const bin of this.bins)
			for (const row of bin.cpus)
				found.add(row[0]);
		return [...found].sort((a, b) => a - b);
	}

	/* A function's name, followed by its module. */
	nameOf(number) {
		const [func, module] = this.names[number] || ["?", null];

		return module ? func + " [" + module + "]" : func;
	}

	/* The callers of the function with this number. */
	callersOf(number) {
		const [func, module] = this.names[number] || ["", null];

		return this.data.callers[func + "\n" + (module || "")] || [];
	}

	/* A time of CLOCK_MONOTONIC in ns as seconds since the first window. */
	secondsOf(mono) {
		return this.first ? (mono - this.first.mono_start) / 1e9 : 0;
	}

	/* The time in UTC, "2026-11-21 03:20:02", at this many seconds after the first window. */
	dateTime(seconds) {
		if (Number.isNaN(this.began))
			return this.first.start.slice(0, 19);
		return new Date(this.began + seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
	}

	/* The same without the date, "03:20:02", with this many digits of the fraction. */
	clock(seconds, digits) {
		if (Number.isNaN(this.began))
			return "+" + seconds.toFixed(digits) + " s";
		const text = new Date(this.began + seconds * 1000).toISOString();

		return text.slice(11, digits ? 20 + Math.min(digits, 3) : 19);
	}
}

/*
 * The data between two times, of one function, of some CPUs, or of all. (A window has
 * its figures by function and by CPU, not by both.)
 */
class Selection {
	/* from, to: seconds. func: a number or null. cpus: a Set or null. */
	constructor(run, {from, to, func, cpus}) {
		this.run = run;
		this.from = from;
		this.to = to;
		this.func = func;
		this.cpus = cpus;
		this.bins = run.bins.filter(bin => bin.end / 1e9 > from && bin.start / 1e9 < to);
		this.covered = this.bins.reduce((sum, bin) => sum + bin.covered, 0) / 1e9;
		this.points = this.bins.map(bin => this.point(bin));
		this.made = new Map();
	}

	/* Several sections need the same values: make() is called once for each key. */
	once(key, make) {
		if (!this.made.has(key))
			this.made.set(key, make());
		return this.made.get(key);
	}

	hasCpu(cpu) {
		return !this.cpus || this.cpus.has(cpu);
	}

	nrCpus() {
		return this.cpus ? this.cpus.size : this.run.cpus.length;
	}

	/* A bin's figures under the filter. */
	point(bin) {
		const point = {start: bin.start / 1e9, end: bin.end / 1e9, covered: bin.covered / 1e9,
			csds: 0, delay: new Hist(), handler: new Hist(), wait: new Hist(), waitSum: 0};

		const {ofCpu, ofFunction} = this.run;

		if (this.func !== null) {
			for (const row of bin.funcs.filter(r => r[0] === this.func)) {
				point.csds += row[ofFunction.count];
				point.delay.add(row[ofFunction.delay]);
				point.handler.add(row[ofFunction.handler]);
				point.waitSum += row[ofFunction.wait_spun];
			}
			point.wait = null;
			return point;
		}
		for (const row of bin.cpus.filter(r => this.hasCpu(r[0]))) {
			point.csds += row[this.run.runs ? ofCpu.received : ofCpu.sent];
			point.delay.add(row[ofCpu.delay]);
			point.handler.add(row[ofCpu.handler]);
			point.wait.add(row[ofCpu.wait]);
			point.waitSum += row[ofCpu.wait_spun];
		}
		if (!this.cpus)
			point.csds = bin.ledger[0];
		return point;
	}

	/* The sums of all points. */
	total() {
		return this.once("total", () => this.makeTotal());
	}

	makeTotal() {
		/*
		 * stolen: ns that the host took, [of delays, of functions' time]; null: the host
		 * does not say so, or one function is selected, whose part is not known. peak: csds
		 * a second.
		 */
		const {ofCpu} = this.run;
		const total = {csds: 0, handlerSum: 0, waitSum: 0, peak: 0, peakAt: 0, delay: new Hist(),
			handler: new Hist(), stolen: this.func === null ? [0, 0] : null};

		for (const point of this.points) {
			const rate = point.covered ? point.csds / point.covered : 0;

			total.csds += point.csds;
			total.handlerSum += point.handler.sum;
			total.waitSum += point.waitSum;
			if (rate > total.peak)
				[total.peak, total.peakAt] = [rate, point.start];
		}
		for (const bin of this.bins)
			for (const row of bin.cpus.filter(r => this.hasCpu(r[0]))) {
				const stolen = row[ofCpu.stolen];

				total.delay.add(row[ofCpu.delay]);
				total.handler.add(row[ofCpu.handler]);
				total.stolen = total.stolen && stolen &&
					total.stolen.map((sum, i) => sum + stolen[i]);
			}
		return total;
	}

	/* csds a second in the last window. */
	lastRate() {
		const last = this.points[this.points.length - 1];

		return last && last.covered ? last.csds / last.covered : null;
	}

	/* Each function's sums, the most time first: that of the function and of its senders. */
	functions() {
		return this.once("functions", () => this.makeFunctions());
	}

	makeFunctions() {
		const rows = this.bins.flatMap(bin => bin.funcs)
			.filter(row => this.func === null || row[0] === this.func);

		return sumRows(this.run.tables.functions.members, rows).filter(row => row.count)
			.sort((a, b) => timeOf(b) - timeOf(a) || b.count - a.count);
	}

	/* csds a second of one function in each bin. */
	ratesOf(name) {
		return this.bins.map(bin => bin.funcs.filter(row => row[0] === name)
			.reduce((sum, row) => sum + row[this.run.ofFunction.count], 0) / (bin.covered / 1e9 || 1));
	}

	cpuRows() {
		const rows = this.bins.flatMap(bin => bin.cpus).filter(row => this.hasCpu(row[0]));

		return sumRows(this.run.tables.cpus.members, rows)
			.sort((a, b) => a.cpu - b.cpu);
	}

	/* {counts, whole}: counts by "src,dst"; whole: of all time, and not of the selected time. */
	edges() {
		const ofRun = this.bins.some(bin => !bin.edges);
		const counts = new Map();

		for (const flat of ofRun ? [this.run.data.edges] : this.bins.map(bin => bin.edges))
			for (let i = 0; i + 2 < flat.length; i += 3) {
				const key = flat[i] + "," + flat[i + 1];

				if (this.hasCpu(flat[i]) || this.hasCpu(flat[i + 1]))
					counts.set(key, (counts.get(key) || 0) + flat[i + 2]);
			}
		return {whole: ofRun, counts};
	}

	/* The ledger of the selected windows, which closes if those of all windows close. */
	ledger() {
		const sum = Object.fromEntries(LEDGER.map(key => [key, 0]));

		this.bins.forEach((bin, i) => LEDGER.forEach((key, j) => {
			if (key === "in_flight")
				sum[key] = bin.ledger[j];
			else if (key !== "carried_in" || i === 0)
				sum[key] += bin.ledger[j];
		}));
		return sum;
	}

	/* Stalls, or storms, of the selection. begin: the key of the begin; cpusOf(report): CPUs. */
	reports(all, begin, cpusOf) {
		const func = this.func === null ? null : this.run.names[this.func][0];

		return all.filter(report => {
			const start = this.run.secondsOf(report[begin]);

			return start < this.to && start + report.duration / 1e9 > this.from &&
				(func === null || report.func === func) &&
				(!this.cpus || cpusOf(report).some(cpu => this.cpus.has(cpu)));
		});
	}

	stalls() {
		return this.reports(this.run.stalls, "start", s => [s.src, s.dst].filter(c => c !== null));
	}

	storms() {
		return this.reports(this.run.storms, "onset", s => [...(s.src || []), ...(s.dst || [])]);
	}
}
