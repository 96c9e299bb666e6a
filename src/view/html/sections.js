/* SPDX-License-Identifier: GPL-2.0 */
/* The sections below the findings: each takes a selection and returns elements. */

/* The functions with the most csds have lines of their own: this many. */
const RATE_LINES = 5;

/* The marks of drawMarks(). */
function marksOf(run, selection) {
	const storms = selection.storms().map(s => ({kind: "storm", from: run.secondsOf(s.onset),
		to: run.secondsOf(s.onset) + s.duration / 1e9}));
	const stalls = selection.stalls().map(s => ({kind: "stall", from: run.secondsOf(s.start),
		to: run.secondsOf(s.start) + s.duration / 1e9}));

	return [...storms, ...stalls];
}

/* A picture over time, and its figures as a table. */
function timeFigure(run, selection, caption, lines, options) {
	const columns = [{title: "time, UTC", text: i => run.clock(selection.points[i].start, 2)},
		...lines.map(line => ({title: line.label, number: true,
			text: i => line.values[i] === null ? "-" : options.format(line.values[i])}))];
	const chart = timeChart(run, selection.points, lines, options);

	chart.setAttribute("role", "img");
	chart.setAttribute("aria-label", caption + ": " + lines.map(l => l.label).join(", "));
	return el("figure", {}, el("figcaption", {}, caption), chart,
		asTable(caption, columns, selection.points.map((_, i) => i)));
}

function ratesSection(run, selection, options) {
	const perSecond = (point, value) => point.covered ? value / point.covered : null;
	const top = selection.functions().slice().sort((a, b) => b.count - a.count).slice(0, RATE_LINES);
	const lines = [{label: "all", values: selection.points.map(p => perSecond(p, p.csds))}];

	if (selection.func === null && !selection.cpus)
		for (const func of top)
			lines.push({label: run.nameOf(func.name), values: selection.ratesOf(func.name)});
	const onePercent = point => point.covered * 1e9 * selection.nrCpus() / 100;
	const shares = [
		...run.runs ? [{label: "in functions",
			values: selection.points.map(p => p.handler.sum / (onePercent(p) || 1))}] : [],
		...run.waits ? [{label: "waiting senders",
			values: selection.points.map(p => p.waitSum / (onePercent(p) || 1))}] : []];
	const marks = marksOf(run, selection);

	return [
		timeFigure(run, selection, "csds a second", lines, {...options, format: count, marks}),
		timeFigure(run, selection, "Share of CPU time", shares, {...options, format: percent, marks}),
		el("p", {class: "hint"}, "Shaded: a storm. Ticks at the top: stalls. Drag in a picture to zoom."),
	];
}

const PERCENTILES = [["p50", 50], ["p90", 90], ["p99", 99]];

function percentileLines(selection, key) {
	const lines = PERCENTILES.map(([label, p]) => ({label,
		values: selection.points.map(point => point[key] ? point[key].percentile(p) || null : null)}));

	lines.push({label: "max", values: selection.points.map(point => point[key] &&
		point[key].maxOrNull() || null)});
	return lines;
}

function slotColumns(run, key) {
	return [
		{title: "time, UTC", text: p => run.clock(p.start, 2)},
		{title: "csds", number: true, text: p => whole(p[key].count)},
		...PERCENTILES.map(([label, p]) => ({title: label, number: true,
			text: point => ns(point[key].percentile(p))})),
		{title: "max", number: true, text: p => ns(p[key].maxOrNull())},
	];
}

const LATENCIES = [["delay", "Delay: from queueing to the function's entry"],
	["handler", "Handler: from the function's entry to its exit"]];

function latencySection(run, selection, options) {
	const figures = run.runs ? [] : [el("p", {class: "none"}, "Not known. " + NO_RUNS)];

	for (const [key, title] of run.runs ? LATENCIES : []) {
		const map = new LatencyMap(selection, key, {...options, what: key});

		figures.push(el("figure", {}, el("figcaption", {}, title), map.element(),
			asTable(title, slotColumns(run, key), selection.points)));
		if (map.range)
			figures.push(timeFigure(run, selection, "Percentiles of the " + key,
				percentileLines(selection, key), {...options, format: ns, log: true}));
	}
	return figures;
}

/* With more CPUs than this, a row of the map is too narrow to be seen. */
const EDGE_CPUS = 256;

/* The CPUs of the map, in order: of too many, those that sent and received most. counts: "src,dst" to csds. */
function mapCpus(cpus, counts) {
	const csds = new Map(cpus.map(cpu => [cpu, 0]));

	if (cpus.length <= EDGE_CPUS)
		return cpus;
	for (const [key, n] of counts)
		for (const cpu of key.split(",").map(Number))
			csds.set(cpu, (csds.get(cpu) || 0) + n);
	const most = new Set([...cpus].sort((a, b) => csds.get(b) - csds.get(a)).slice(0, EDGE_CPUS));

	return cpus.filter(cpu => most.has(cpu));
}

function edgesSection(run, selection, options) {
	const {whole: ofRun, counts} = selection.edges();
	const cpus = mapCpus(run.cpus, counts);
	const rows = [...counts].sort((a, b) => b[1] - a[1]);
	const total = rows.reduce((sum, [, n]) => sum + n, 0);

	if (!rows.length)
		return [el("p", {class: "none"}, "No csd was sent in this selection.")];
	const columns = [{title: "from CPU", text: ([key]) => key.split(",")[0]},
		{title: "to CPU", number: true, text: ([key]) => key.split(",")[1]},
		{title: "csds", number: true, text: ([, n]) => whole(n)},
		{title: "share", number: true, text: ([, n]) => percent(100 * n / total)}];
	const notes = [
		ofRun ? "Of " + run.span + ": windows with so many CPUs are not kept by pair." : null,
		selection.func === null ? null : "All functions: pairs are not kept by function.",
		cpus.length === run.cpus.length ? null : "The map has the " + EDGE_CPUS + " of " +
			run.cpus.length + " CPUs that sent and received most.",
		run.data.edges_other ? whole(run.data.edges_other) + " csds belong to no pair." : null];

	return [el("figure", {}, el("figcaption", {}, "csds from each CPU (row) to each (column)"),
		new EdgeMap(counts, cpus, Math.min(options.width, 900)).element("csds by sender and target, " +
			plural(rows.length, "pair") + "; the table below has the figures"),
		el("p", {class: "hint"}, notes.filter(Boolean).join(" ")),
		asTable("csds by sender and target", columns, rows.slice(0, 200)))];
}

function callerLine(caller, samples) {
	const task = caller.interrupt ? "an interrupt" : senderName(caller);

	const why = caller.reason || caller.caller || "?";
	const site = caller.caller && caller.caller !== why ?
		[" (", el("code", {}, caller.caller), ")"] : null;

	return el("div", {}, "via ", el("code", {}, why), site, ", " + task + ", " +
		caller.samples + "/" + samples + " samples" +
		(caller.cgroup && caller.cgroup !== "/" ? ", " + caller.cgroup : ""));
}

/* A number with a bar in its background: its part of the largest number. */
function bar(text, part) {
	const fill = el("span", {class: "fill"});

	fill.style.width = Math.max(1, Math.round(100 * part)) + "%";
	return el("span", {class: "bar"}, fill, el("span", {class: "over"}, text));
}

/* The figures of a histogram, by the names of data.tables; null: it is empty. */
const FIGURES = {
	mean: h => h.count ? h.sum / h.count : null,
	p50: h => h.percentile(50),
	p99: h => h.percentile(99),
	max: h => h.maxOrNull(),
	sum: h => h.count ? h.sum : null,
};

/* The columns that data.tables has for the table, after the first. */
function columnsOf(table, covered) {
	const texts = {count: whole, ns, rate: n => count(n === null ? null : n / (covered || 1))};

	return table.columns.map(([title, unit, member, figure]) => {
		const [name] = table.members[member];

		return {title, number: true,
			text: row => texts[unit](figure ? FIGURES[figure](row[name]) : row[name])};
	});
}

function functionsSection(run, selection, options) {
	const rows = selection.functions();
	const most = Math.max(1, ...rows.map(timeOf));
	const columns = [
		{title: "function", text: f => el("button", {class: "link", type: "button",
			title: "show only this function", onclick: () => options.pick({func: f.name})},
			run.nameOf(f.name))},
		{title: "time", number: true, text: f => bar(ns(timeOf(f)), timeOf(f) / most)},
		...columnsOf(run.tables.functions, selection.covered),
	];
	const more = f => {
		const callers = run.callersOf(f.name);
		const samples = callers.reduce((sum, c) => sum + c.samples, 0);

		return callers.length ? callers.slice(0, 4).map(c => callerLine(c, samples)) : null;
	};

	return [table("Functions, the most time first", columns, rows.slice(0, 40), {more}),
		el("p", {class: "hint"}, "Time: that of the function on its CPUs and that of waiting senders. " +
			"Callers are of " + run.span + ", by sampled stacks: of a function's csds in a window " +
			"the 1st, 2nd, 4th, 8th ...")];
}

function cpusSection(run, selection, options) {
	const columns = [
		{title: "CPU", text: c => el("button", {class: "link", type: "button",
			title: "show only this CPU", onclick: () => options.pick({cpus: new Set([c.cpu])})},
			String(c.cpu))},
		...columnsOf(run.tables.cpus, selection.covered),
	];

	return [table("Each CPU by itself", columns, selection.cpuRows())];
}

function stackOf(stall) {
	if (!stall.stack || !stall.stack.length)
		return null;
	return el("details", {"data-key": "stall" + stall.id}, el("summary", {}, "stack"),
		el("pre", {}, stall.stack.join("\n")));
}

function stallMore(stall, all) {
	const waiters = (stall.waiters || []).map(w => taskName(w.sender) + " on CPU " + w.src +
		" (" + ns(w.duration) + ")");

	const why = blame(stall, all);

	return [
		el("div", {}, stallSentence(stall) + "."),
		why === "-" ? null : el("div", {}, "Blame: " + why + "."),
		stall.sender && stall.phase !== "wait" ? el("div", {}, "Sent by " + taskName(stall.sender) +
			(stall.callsite ? " at " + stall.callsite : "") + ".") : null,
		waiters.length ? el("div", {}, "Waiting: " + waiters.join(", ") +
			(stall.waiters_more ? ", and " + stall.waiters_more + " more" : "") + ".") : null,
		stackOf(stall)].filter(Boolean);
}

function stallsSection(run, selection) {
	const rows = selection.stalls();
	const columns = [
		{title: "time, UTC", text: s => run.clock(run.secondsOf(s.start), 3)},
		{title: "lasted", number: true, text: s => ns(s.duration) + (s.ongoing ? " +" : "")},
		{title: "phase", text: s => s.phase + (folded(s) ? ", a result of another" : "")},
		{title: "function", text: s => el("code", {}, funcName(s))},
		{title: "from", number: true, text: s => s.src === null ? "-" : s.src},
		{title: "to", number: true, text: s => s.dst === null ? "-" : s.dst},
	];

	if (!rows.length)
		return [el("p", {class: "none"}, "No stall in this selection.")];
	const shown = Math.min(rows.length, 50);

	return [table("Stalls, the longest first", columns, rows.slice(0, 50),
			{more: s => stallMore(s, run.stalls)}),
		el("p", {class: "hint"}, stallCount(run.data) + "." +
			(shown < run.data.stalls_nr ? " Shown: " + shown + "." : ""))];
}

function evidenceLines(storm) {
	const evidence = Object.entries(storm.evidence || {}).filter(([, value]) => value !== null);
	const lines = (storm.changes || []).map(change => "Then changed: " + change.what);

	for (const [key, value] of evidence)
		lines.push(key.replace(/_/g, " ") + ": " + (typeof value === "object" ?
			Object.entries(value).filter(([, v]) => v !== null)
				.map(([k, v]) => k.replace(/_/g, " ") + " " + (typeof v === "object" ? JSON.stringify(v) : v))
				.join(", ") : value));
	return lines;
}

function stormCard(run, storm) {
	const sources = (storm.sources || []).slice(0, 4);
	const facts = [
		["rate", whole(storm.rate_per_s) + " csds/s, " + percent(100 * storm.share) + " of all" +
			(storm.baseline_per_s === null ? "" : "; before " + count(storm.baseline_per_s) +
				"/s at the CPU that gets most")],
		["CPUs", (storm.src ? "from " + cpuList(storm.src) : "") +
			(storm.dst ? " to " + cpuList(storm.dst) : "") +
			(storm.shape ? " (" + storm.shape.replace(/_/g, " ") + ")" : "")],
		["cost", storm.cost_ns_per_s === null ? (storm.wait_ns_per_s === null ? "not known" :
			"waiting senders " + ns(storm.wait_ns_per_s) + " a second; functions not known") :
			ns(storm.cost_ns_per_s) +
			" of CPU time a second: functions " + ns(storm.handler_ns_per_s) + ", waiting senders " +
			ns(storm.wait_ns_per_s)],
		["onset", run.clock(run.secondsOf(storm.onset), 2) + " UTC" +
			(storm.before ? ", or before ipitrace began" : "") + ", " + ns(storm.duration) +
			(storm.ongoing ? " and more" : "")],
	];

	return el("article", {class: "card"}, el("h3", {}, stormTitle(storm)),
		el("p", {}, storm.explanation),
		el("p", {class: "advice"}, "What to do: " + storm.advice),
		el("dl", {class: "facts"}, facts.map(([key, value]) => [el("dt", {}, key),
			el("dd", {}, value)])),
		sources.length ? el("ul", {class: "sources"}, sources.map(source => el("li", {},
			(source.interrupt ? "interrupts" : senderName(source)) + ", " +
			percent(100 * source.share) + " of the sampled IPIs: ",
			el("code", {}, (source.chain || [source.caller]).join(" < "))))) : null,
		evidenceLines(storm).map(line => el("p", {class: "evidence"}, line)));
}

function stormsSection(run, selection) {
	const storms = selection.storms().sort((a, b) => a.onset - b.onset);

	if (!storms.length)
		return [el("p", {class: "none"}, "No storm in this selection.")];
	return storms.slice(0, 30).map(storm => stormCard(run, storm));
}

/* The ledger of calls: of all windows, whatever is selected. */
function callLedger(run) {
	const l = run.data.calls;

	return [
		el("p", {class: "equation"}, whole(l.begun) + " calls begun + " + whole(l.carried_in) +
			" carried = " + whole(l.returned) + " returned + " + whole(l.under_way) + " under way + " +
			whole(l.lost) + " lost"),
		el("p", {}, "Returned: " + whole(l.refused) + " of them were refused; " + whole(l.local) +
			" functions ran on their own CPU. " +
			(l.open ? "It does not close in " + plural(l.open, "window") + "." :
				"It closes in every window.")),
		el("p", {class: "hint"}, NO_RUNS),
	];
}

function ledgerSection(run, selection) {
	if (!run.runs)
		return callLedger(run);
	const l = selection.ledger();
	const ran = l.function + l.ttwu + l.irq_work;
	const kinds = Object.entries(run.data.kinds || {}).map(([kind, sums]) => ({kind, ...sums}));

	return [
		el("p", {class: "equation"}, whole(l.queued) + " queued + " + whole(l.carried_in) +
			" carried = " + whole(ran) + " ran + " + whole(l.in_flight) + " in flight + " +
			whole(l.lost) + " lost"),
		el("p", {}, "Ran: " + whole(l.function) + " functions, " + whole(l.ttwu) + " wake-ups, " +
			whole(l.irq_work) + " irq_works; " + whole(l.local) + " more ran on their own CPU. " +
			(l.open ? "It does not close in " + plural(l.open, "window") + "." :
				"It closes in every window.")),
		kinds.length ? table("Interrupts of " + run.span, [
			{title: "kind", text: row => row.kind.replace(/_/g, " ")},
			...columnsOf(run.tables.kinds)], kinds.filter(row => row.sent || row.received)) : null,
	];
}
