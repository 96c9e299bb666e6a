/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The data of a page of `serve`, in the form that Run takes: lines with windows, stalls and storms
 * are added, and what is too old is removed.
 */

/* The most stalls that are kept, and the most storms: as many as serve keeps. */
const LIVE_REPORTS = 1000;

/* The callers and pairs of CPUs of all kept windows. Sign -1 takes a window out again. */
class LiveSums {
	constructor() {
		this.callers = new Map();
		this.edges = new Map();
		this.edgesOther = 0;
	}

	add(line, sign) {
		for (const [func, callers] of Object.entries(line.callers))
			for (const caller of callers)
				this.addCaller(func, caller, sign);
		for (let i = 0; i + 2 < line.edges.length; i += 3) {
			const key = line.edges[i] + "," + line.edges[i + 1];

			this.edges.set(key, (this.edges.get(key) || 0) + sign * line.edges[i + 2]);
		}
		this.edgesOther += sign * line.edges_other;
	}

	addCaller(func, caller, sign) {
		const sender = caller.queued_by === undefined ? [caller.tgid, caller.comm] :
			[workerName(caller), (caller.queued_by || {}).tgid];
		const key = JSON.stringify([caller.reason, caller.caller, ...sender]);
		const callers = this.callers.get(func) || new Map();
		const sum = callers.get(key) || {...caller, samples: 0};

		sum.samples += sign * caller.samples;
		if (sum.samples > 0)
			callers.set(key, sum);
		else
			callers.delete(key);
		this.callers.set(func, callers);
	}

	callersOf() {
		return Object.fromEntries([...this.callers].map(([func, callers]) =>
			[func, [...callers.values()].sort((a, b) => b.samples - a.samples).slice(0, 8)]));
	}

	flatEdges() {
		return [...this.edges].filter(([, n]) => n)
			.flatMap(([key, n]) => [...key.split(",").map(Number), n]);
	}
}

class Live {
	/* page: the data of the file, without a window. */
	constructor(page) {
		this.page = page;
		this.keeps = page.live.keeps * 1e9;
		this.next = "";
		this.outdated = false;
		this.forget();
	}

	forget() {
		this.lines = [];
		this.base = null;
		this.names = [["other", null]];
		this.numbers = new Map();
		this.sums = new LiveSums();
		this.stalls = new Map();
		this.storms = new Map();
	}

	/*
	 * Take an answer: its lines, and from where the next answer continues,
	 * "RUN.WINDOW.STALL.STORM". If serve was started again (another RUN), forget all earlier
	 * lines; another version of serve may write windows that these scripts misread: take none
	 * of these. Returns whether there was anything new.
	 */
	take(text, next) {
		const lines = text.split("\n").filter(Boolean).map(line => JSON.parse(line));

		if (next.split(".")[0] !== this.next.split(".")[0])
			this.forget();
		this.next = next;
		for (const line of lines)
			if (line.type === "window" && line.format !== this.page.format)
				this.outdated = true;
			else if (line.type === "window")
				this.addWindow(line);
			else if (line.type === "stall")
				this.addReport(this.stalls, line);
			else if (line.type === "storm")
				this.addReport(this.storms, line);
		this.expire();
		return lines.length > 0;
	}

	numberOf([func, module]) {
		const key = func + "\n" + (module || "");

		if (!this.numbers.has(key)) {
			this.numbers.set(key, this.names.length);
			this.names.push([func, module]);
		}
		return this.numbers.get(key);
	}

	addWindow(line) {
		const bin = line.bin;

		if (!this.base)
			this.base = line.window;
		bin.start -= this.base.mono_start;
		bin.end -= this.base.mono_start;
		for (const row of bin.funcs)
			row[0] = row[0] && this.numberOf(line.names[row[0]]); /* 0: all other functions */
		this.sums.add(line, 1);
		this.lines.push(line);
	}

	/* The report that a stall lasts may come after the report of its end. */
	addReport(reports, line) {
		const before = reports.get(line.id);

		if (before && !before.ongoing && line.ongoing)
			return;
		reports.delete(line.id);
		reports.set(line.id, line);
		if (reports.size > LIVE_REPORTS)
			reports.delete(reports.keys().next().value);
	}

	expire() {
		if (!this.lines.length)
			return;
		const end = this.lines[this.lines.length - 1].bin.end;

		while (this.lines[0].bin.end < end - this.keeps)
			this.sums.add(this.lines.shift(), -1);
		const since = this.lines[0].bin.start + this.base.mono_start;

		for (const [reports, begin] of [[this.stalls, "start"], [this.storms, "onset"]])
			for (const [id, report] of reports)
				if (!report.ongoing && report[begin] + report.duration < since)
					reports.delete(id);
	}

	/* Interrupts by kind. A figure that is null in one window stays null. */
	kinds() {
		const sums = {};

		for (const line of this.lines)
			for (const [kind, sent, received] of line.kinds || []) {
				const sum = sums[kind] || {sent: 0, received: 0};

				sum.sent = sent === null || sum.sent === null ? null : sum.sent + sent;
				sum.received = received === null || sum.received === null ? null :
					sum.received + received;
				sums[kind] = sum;
			}
		return sums;
	}

	/* The ledger of calls, if only calls are followed; otherwise null. */
	calls() {
		let sum = null;

		for (const {calls} of this.lines) {
			if (!calls)
				continue;
			sum = sum || {begun: 0, carried_in: calls.carried_in, returned: 0, refused: 0, lost: 0,
				local: 0, open: 0};
			for (const key of ["begun", "returned", "refused", "lost", "local"])
				sum[key] += calls[key];
			sum.under_way = calls.under_way;
			sum.open += calls.closed ? 0 : 1;
		}
		return sum;
	}

	/* A storm is reported when it begins and when it is over: meanwhile, to the last window. */
	lasting(storm) {
		const end = this.lines.length ?
			this.lines[this.lines.length - 1].bin.end + this.base.mono_start : 0;

		return storm.ongoing && end > storm.onset ? {...storm, duration: end - storm.onset} : storm;
	}

	/* The data, as page.c writes them into a report's page. */
	data() {
		return {
			...this.page,
			host: this.lines.length ? this.lines[this.lines.length - 1].host : null,
			first_window: this.base,
			names: this.names,
			kinds: this.kinds(),
			calls: this.calls(),
			callers: this.sums.callersOf(),
			edges: this.sums.flatEdges(),
			edges_other: this.sums.edgesOther,
			bins: this.lines.map(line => line.bin),
			stalls: [...this.stalls.values()].sort((a, b) => b.duration - a.duration),
			stalls_nr: this.stalls.size,
			stalls_folded: [...this.stalls.values()].filter(folded).length,
			storms: [...this.storms.values()].map(storm => this.lasting(storm)),
			storms_nr: this.storms.size,
			records: 0,
			unusable: 0,
			note: null,
		};
	}
}

/*
 * Asks serve for what is new, again and again, except while the page is hidden. Calls changed()
 * once all of what is new was taken, and failed(error) if there is no answer.
 */
class LivePoll {
	constructor(live, changed, failed) {
		Object.assign(this, {live, changed, failed, failures: 0, timer: 0});
		this.period = Math.min(Math.max(live.page.live.interval, 1), 10) * 1000;
		document.addEventListener("visibilitychange", () => this.later(0));
		this.later(0);
	}

	later(ms) {
		clearTimeout(this.timer);
		if (!document.hidden)
			this.timer = setTimeout(() => this.ask(), ms);
	}

	async ask() {
		try {
			const url = "api/v1/live" + (this.live.next ? "?after=" + this.live.next : "");
			const answer = await fetch(url, {cache: "no-store", signal: AbortSignal.timeout(15000)});

			if (!answer.ok)
				throw new Error("status " + answer.status);
			/* more: serve has lines for which this answer had no room. */
			const [next, more] = answer.headers.get("Ipitrace-Next").split(" ");
			const any = this.live.take(await answer.text(), next);

			if (this.live.outdated) {
				location.reload();
				return;
			}
			this.failures = 0;
			if (any && !more)
				this.changed();
			this.later(more ? 0 : this.period);
		} catch (error) {
			this.failures = Math.min(this.failures + 1, 4);
			this.failed(error);
			this.later(this.period * 2 ** this.failures);
		}
	}
}
