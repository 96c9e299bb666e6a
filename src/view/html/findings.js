/* SPDX-License-Identifier: GPL-2.0 */
/* The first screen: what is wrong, in sentences, the worst first. */

/* What a page says in place of figures if only calls are followed. */
const NO_RUNS = "This kernel has no csd tracepoints (Linux 6.5): calls are followed, " +
	"from their sender.";

/* If more than this part of all csds was lost, a sentence says so. */
const LOST_WORTH = 0.001;

/* A task may have no name: without --details serve leaves the names out. */
function taskName(task) {
	if (!task || (!task.comm && task.tgid === null))
		return "a task";
	return (task.comm || (task.tgid === 0 ? "idle" : "a task")) + "[" + task.tgid + "]";
}

/* The name of the thread that runs works for others: of a kworker without its number. */
function workerName(worker) {
	return !worker.comm || worker.comm.startsWith("kworker/") ? "kworker" : worker.comm;
}

/* The sender of a caller or of a storm's source. A worker sends for who queued its work. */
function senderName(sender) {
	if (sender.queued_by)
		return workerName(sender) + " for " + taskName(sender.queued_by);
	return sender.queued_by === null && sender.comm ?
		workerName(sender) + "; who queued its work is not known" : taskName(sender);
}

function funcName(object) {
	/* An interrupt whose functions are not known. */
	if (object.func === null)
		return (object.irq || "an unknown") + " interrupt";
	return object.module ? object.func + " [" + object.module + "]" : object.func;
}

/* "an irq_work interrupt". */
function withArticle(noun) {
	return (/^an? /.test(noun) ? "" : /^[aeiou]/.test(noun) ? "an " : "a ") + noun;
}

/* Why a delivery took long, by the key late of a stall. */
const LATE = {
	behind: "other functions on that CPU ran first",
	interrupts_off: "interrupts were off there",
	idle: "the CPU was idle, and took the interrupt late",
	sender: "the sender was held up before it sent the interrupt",
	stolen: "the host did not run the virtual CPU",
};

/* By the key why, which comes before late: both CPUs were looked at while the stall lasted. */
const WHY = {
	busy: "the CPU was in another interrupt",
	stolen: LATE.stolen,
	never_arrived: "the CPU took interrupts of its timer meanwhile, but this IPI never arrived",
};

/* What caused the stall: a sentence on the other stall that caused it, if the page has that. */
function causeOf(stall, all) {
	const cause = all.find(other => other.id === stall.cause);

	if (!cause)
		return "caused by stall " + stall.cause;
	const why = blame({...cause, cause: null}, all);

	return stallSentence(cause) + (why === "-" ? "" : ": " + why);
}

/* Why a stall happened, in words; "-": not known. */
function blame(stall, all) {
	const parts = [];

	const late = WHY[stall.why] || LATE[stall.late];

	if (late)
		parts.push(late);
	if (stall.doing)
		parts.push("CPU " + stall.dst + " was in " + funcName(stall.doing));
	if (stall.slept)
		parts.push("the function slept");
	if (stall.straggler)
		parts.push("CPU " + stall.straggler.dst + " was " + ns(stall.straggler.later) +
			" later than the others");
	if (stall.cause)
		parts.push(causeOf(stall, all));
	if (stall.victim && stall.phase !== "wait")
		parts.push("interrupted " + taskName(stall.victim));
	return parts.join("; ") || "-";
}

/* Who sent the csd of a stall. */
function stallSender(stall) {
	return !stall.sender && stall.interrupt !== false ? "an interrupt" : taskName(stall.sender);
}

const PHASE = {
	delivery: (s, from) => "CPU " + s.dst + " did not take " + funcName(s) + from,
	handler: (s, from) => funcName(s) + from + " ran on CPU " + s.dst,
	interrupt: s => "CPU " + s.dst + " was in " + withArticle(funcName(s)),
	wait: s => stallSender(s) + " on CPU " + s.src + " waited for " + funcName(s) +
		(s.dst === null ? "" : " on CPU " + s.dst),
};

function stallSentence(stall) {
	const sentence = PHASE[stall.phase] || PHASE.wait;

	return sentence(stall, " from CPU " + stall.src) + " for " + ns(stall.duration) +
		(stall.ongoing ? " and more" : "");
}

function stormSentence(storm) {
	return whole(storm.rate_per_s) + " csds/s" + (storm.func ? " of " + funcName(storm) : "") +
		" for " + ns(storm.duration) + (storm.ongoing ? " and more" : "");
}

function stormTitle(storm) {
	const what = storm.note ? "note" : "storm";

	return storm.name === "unknown" ? "A " + what + " without a name" :
		(storm.note ? "Note: " : "Storm: ") + storm.name.replace(/_/g, " ");
}

function stormFinding(storm) {
	const source = (storm.sources || [])[0];
	const from = source ? " Mostly from " + (source.interrupt ? "interrupts" : senderName(source)) +
		(source.caller ? " in " + source.caller : "") + "." : "";
	const cost = storm.cost_ns_per_s === null ? "" :
		" Costs " + ns(storm.cost_ns_per_s) + " of CPU time a second.";

	return {level: storm.note ? "warn" : "bad", title: stormTitle(storm), link: "#storms",
		text: stormSentence(storm) + "." + cost + from, advice: storm.note ? null : storm.advice};
}

/* The storms that cost most come first; notes come last. */
function byCost(a, b) {
	return !!a.note - !!b.note || (b.cost_ns_per_s || 0) - (a.cost_ns_per_s || 0);
}

/* Whether the stall is in its cause's report. If the data do not say so: whether it has a cause. */
function folded(stall) {
	return stall.folded === undefined ? !!stall.cause : stall.folded;
}

/* A phrase on all stalls of the data. */
function stallCount(data) {
	return plural(data.stalls_nr, "stall") + " in all" +
		(data.stalls_folded ? ", " + whole(data.stalls_folded) + " of them results of other stalls" : "");
}

function stallFindings(run, selection) {
	const stalls = selection.stalls();

	if (!stalls.length)
		return [];
	const rest = run.data.stalls_nr > 1 ? " " + stallCount(run.data) + "." : "";
	const why = blame(stalls[0], run.stalls);

	return [{level: "warn", title: "Longest stall: " + ns(stalls[0].duration), link: "#stalls",
		text: stallSentence(stalls[0]) + (why === "-" ? "" : ": " + why) + "." + rest}];
}

function findings(run, selection) {
	const found = selection.storms().sort(byCost).slice(0, 4).map(stormFinding);
	const ledger = run.runs ? selection.ledger() : {...run.data.calls, queued: run.data.calls.begun};
	const what = run.runs ? "csd" : "call";

	found.push(...stallFindings(run, selection));
	if (ledger.lost > LOST_WORTH * ledger.queued)
		found.push({level: "warn", title: plural(ledger.lost, what) + " lost", link: "#ledger",
			text: percent(100 * ledger.lost / ledger.queued) + " of all " + what + "s could not be " +
				"followed: the figures are too low by this share."});
	if (ledger.open)
		found.push({level: "warn", title: "A ledger does not close", link: "#ledger",
			text: "In " + plural(ledger.open, "window") + " the sums do not agree: report this as a bug."});
	if (run.data.note)
		found.push({level: "warn", title: "The capture is not complete", text: run.data.note});
	if (run.data.unusable)
		found.push({level: "warn", title: plural(run.data.unusable, "line") + " left out",
			text: "They lack what a report needs: the capture is damaged, or another version wrote it."});
	if (!found.length)
		found.push({level: "good", title: "Nothing stands out",
			text: "No storm and no stall lies in this selection."});
	if (run.data.sources && run.data.sources.names_hidden)
		found.push({level: "warn", title: "Functions have no names",
			text: "Names are hidden: " + run.data.sources.names_hidden + "."});
	if (!run.runs)
		found.push({level: "warn", title: "Delays and functions' time are not known", link: "#ledger",
			text: NO_RUNS});
	return found;
}

function findingItem(finding) {
	const label = {bad: "storm", warn: "note", good: "fine"}[finding.level];

	return el("li", {class: "finding " + finding.level},
		el("span", {class: "unseen"}, label + ": "),
		el("strong", {}, finding.link ? el("a", {href: finding.link}, finding.title) : finding.title),
		" ", finding.text,
		finding.advice ? el("div", {class: "advice"}, "What to do: " + finding.advice) : null);
}

function tile(title, value, detail, level) {
	return el("div", {class: "tile " + (level || "")}, el("dt", {}, title),
		el("dd", {class: "value"}, value), el("dd", {class: "detail"}, detail));
}

/* The figures above the findings, each with a line that explains it. */
function tiles(run, selection) {
	const total = selection.total(), cpuTime = selection.covered * 1e9 * selection.nrCpus();
	const worst = selection.functions()[0], stall = selection.stalls()[0];
	const stormy = selection.storms().filter(s => !s.note).sort(byCost);
	const storms = [...new Set(stormy.map(s => s.name.replace(/_/g, " ")))];
	const time = worst ? timeOf(worst) : 0;
	const parts = selection.functions().reduce((sum, f) => sum + timeOf(f), 0);

	return el("dl", {class: "tiles"},
		tile("csds a second", count(total.csds / (selection.covered || 1)),
			(run.data.live ? "now " + count(selection.lastRate()) + ", " : "") +
				"at most " + count(total.peak) + ", at " + run.clock(total.peakAt, 0)),
		tile("time in handlers", run.runs ? percent(100 * total.handlerSum / (cpuTime || 1)) : "-",
			run.runs ? ns(total.handlerSum) + " in functions, of " + plural(selection.nrCpus(), "CPU") :
				"functions' time is not known"),
		run.runs && total.stolen ? tile("taken by the host", ns(total.stolen[0] + total.stolen[1]),
			ns(total.stolen[0]) + " of delays, " + ns(total.stolen[1]) + " of functions' time") : null,
		tile("senders waited", run.waits ? percent(100 * total.waitSum / (cpuTime || 1)) : "-",
			run.waits ? ns(total.waitSum) + " in synchronous calls" : "the file does not say who waited"),
		tile("worst function", worst ? run.nameOf(worst.name) : "-",
			worst && parts ? percent(100 * time / parts) + " of the time" : "no csd was sent"),
		tile("longest stall", stall ? ns(stall.duration) : "none",
			stall ? (stall.func === null ? "" : stall.phase + " of ") + funcName(stall) :
				"no stall in " + run.within,
			stall ? "warn" : "good"),
		tile("storms", storms.length ? storms.join(", ") : "none",
			storms.length ? plural(stormy.length, "storm") : "no storm in " + run.within,
			storms.length ? "bad" : "good"));
}
