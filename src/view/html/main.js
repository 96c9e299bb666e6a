/* SPDX-License-Identifier: GPL-2.0 */
/* The page: what is selected, the controls, and the drawing of all sections. */

const page = JSON.parse(document.getElementById("data").textContent);
const live = page.live ? new Live(page) : null;
let run = new Run(live ? live.data() : page);
const state = {from: run.begin, to: run.seconds, func: null, cpus: null};

const SECTIONS = [
	["findings", "What stands out", (s, o) => [tiles(run, s),
		el("ul", {class: "findings"}, findings(run, s).map(findingItem))]],
	["rates", "Rates", (s, o) => ratesSection(run, s, o)],
	["latency", "Latency", (s, o) => latencySection(run, s, o)],
	["storms", "Storms", (s, o) => stormsSection(run, s)],
	["stalls", "Stalls", (s, o) => stallsSection(run, s)],
	["functions", "Functions", (s, o) => functionsSection(run, s, o)],
	["cpus", "CPUs", (s, o) => cpusSection(run, s, o)],
	["edges", "Who to whom", (s, o) => edgesSection(run, s, o)],
	["ledger", "Ledger", (s, o) => ledgerSection(run, s)],
];

/* Change the selection: a function or CPUs, because a window has no figures by both. */
function pick(change) {
	Object.assign(state, change);
	if (change.func !== undefined && change.func !== null)
		state.cpus = null;
	if (change.cpus)
		state.func = null;
	render();
	showControls();
	document.getElementById("status").textContent = describe();
}

function zoom(from, to) {
	const least = Math.max(run.seconds / 2000, 1e-3);

	pick({from: Math.max(run.begin, from), to: Math.min(run.seconds, Math.max(to, from + least))});
}

/* Whether all time is selected. */
function isWhole() {
	return state.from <= run.begin && state.to >= run.seconds;
}

function describe() {
	const time = isWhole() ? run.span :
		run.clock(state.from, 2) + " to " + run.clock(state.to, 2) + " UTC";
	const what = state.func !== null ? ", function " + run.nameOf(state.func) :
		state.cpus ? ", CPUs " + cpuList(state.cpus) : "";

	return "Shown: " + time + what + ".";
}

function title() {
	const host = run.data.host;
	const made = el("header", {}, el("h1", {}, "IPIs on " + (host ? host.nodename : "this host") +
		(live ? ", live" : "")));
	const facts = host ? [host.kernel + ", " + host.arch, plural(host.online.length, "CPU")] : [];

	if (run.first)
		facts.push(run.dateTime(run.begin) + " UTC, " +
			threeDigits(run.seconds - run.begin) + " s in " +
			plural(run.bins.reduce((sum, bin) => sum + bin.windows, 0), "window"));
	if (run.data.records)
		facts.push(plural(run.data.records, "csd") + " recorded one by one");
	made.append(el("p", {}, facts.join(" · ")));
	return made;
}

function timeInput(name, key, label) {
	return el("label", {}, label + " ", el("input", {type: "number", id: name, step: "any", min: 0,
		max: live ? null : run.seconds, onchange: event => {
			const value = Number(event.target.value);

			if (Number.isFinite(value))
				zoom(key === "from" ? value : state.from, key === "to" ? value : state.to);
		}}), " s");
}

function controls() {
	const select = el("select", {id: "func", onchange: event => pick({func:
		event.target.value === "" ? null : Number(event.target.value)})},
		functionOptions(new Selection(run, state)));
	const cpus = el("input", {id: "cpus", type: "text", size: 8, placeholder: "all", onchange: event =>
		pick({cpus: parseCpus(event.target.value)})});

	return el("form", {class: "controls", "aria-label": "selection",
		onsubmit: event => event.preventDefault()},
		el("label", {}, "function ", select), el("label", {}, "CPUs ", cpus),
		timeInput("from", "from", "from"), timeInput("to", "to", "to"),
		el("button", {type: "button", id: "whole", onclick: () => pick({from: run.begin,
			to: run.seconds, func: null, cpus: null})}, "show all"),
		live ? el("button", {type: "button", id: "pause", "aria-pressed": "false",
			onclick: event => pause(event.target)}, "pause") : null,
		el("span", {id: "status", role: "status"}, describe()),
		live ? el("span", {id: "updated"}) : null);
}

function functionOptions(selection) {
	return [el("option", {value: ""}, "all"), ...selection.functions().slice(0, 100)
		.map(f => el("option", {value: f.name}, run.nameOf(f.name)))];
}

/* A list like "0,2-5" as a Set of the CPUs in it that the run has; null: all. */
function parseCpus(text) {
	const found = new Set();

	for (const part of text.split(",")) {
		const match = part.trim().match(/^(\d+)(?:-(\d+))?$/);

		if (match)
			for (const cpu of run.cpus)
				if (cpu >= Number(match[1]) && cpu <= Number(match[2] || match[1]))
					found.add(cpu);
	}
	return found.size ? found : null;
}

function showControls() {
	document.getElementById("func").value = state.func === null ? "" : state.func;
	document.getElementById("cpus").value = state.cpus ? cpuList(state.cpus) : "";
	document.getElementById("from").value = state.from.toFixed(3);
	document.getElementById("to").value = state.to.toFixed(3);
	document.getElementById("whole").disabled = isWhole() && state.func === null && !state.cpus;
}

/* Draw all sections for what is selected. */
function render() {
	const main = document.querySelector("main");
	const selection = new Selection(run, state);
	const width = Math.max(280, Math.min(main.clientWidth - 34, 1240));

	for (const [id, , make] of SECTIONS) {
		const content = document.querySelector("#" + id + " .content");
		const kept = new Handled(content);

		content.querySelectorAll(".chart").forEach(chart => chart.destroy());
		content.replaceChildren(...make(selection, {width, zoom, pick}).filter(Boolean));
		kept.restore();
	}
}

/* What the user did in a section, to do it again after a drawing: opened, scrolled, focused. */
class Handled {
	constructor(content) {
		this.content = content;
		this.open = new Set(this.of("details").filter(([, d]) => d.open).map(([key]) => key));
		this.scrolled = new Map(this.of(".scroll").filter(([, s]) => s.scrollLeft)
			.map(([key, s]) => [key, s.scrollLeft]));
		this.focused = this.of("button, summary, a, [tabindex]")
			.filter(([, e]) => e === document.activeElement).map(([key]) => key)[0];
	}

	/* [key, element] of each; an element that is drawn again has the same key. */
	of(selector) {
		return [...this.content.querySelectorAll(selector)].map((e, i) =>
			[e.dataset.key || selector + i, e]);
	}

	restore() {
		this.of("details").forEach(([key, d]) => {
			d.open = this.open.has(key);
			if (d.open && d.fill)
				d.fill();
		});
		this.of(".scroll").forEach(([key, s]) => {
			s.scrollLeft = this.scrolled.get(key) || 0;
		});
		for (const [key, element] of this.of("button, summary, a, [tabindex]"))
			if (key === this.focused)
				element.focus({preventScroll: true});
	}
}

function about() {
	if (!live)
		return "This file needs no network.";
	return "Kept: " + run.span + ", or less where windows are large. " + (page.live.details ? "" :
		"Names of tasks and cgroups are left out: serve --details shows them.");
}

function build() {
	const nav = el("nav", {"aria-label": "sections"}, SECTIONS.map(([id, name]) =>
		el("a", {href: "#" + id}, name)));
	const main = el("main", {}, SECTIONS.map(([id, name]) => el("section", {id,
		"aria-labelledby": id + "-h"}, el("h2", {id: id + "-h"}, name),
		el("div", {class: "content"}))));

	document.title = "ipitrace: " + (run.data.host ? run.data.host.nodename : "report") +
		(live ? ", live" : "");
	document.getElementById("page").replaceChildren(title(), nav, controls(), main,
		el("footer", {}, "Made by ipitrace " + run.data.version + ". csd: call single data, one " +
			"function call queued to one CPU. Times are UTC. " + about()));
	render();
	showControls();
}

/* Draw again, once no resize of the window came for 150 ms. */
function renderSoon() {
	clearTimeout(renderSoon.timer);
	renderSoon.timer = setTimeout(render, 150);
}

/* On paper, all tables and stacks are open. */
function printing(on) {
	for (const details of document.querySelectorAll(".as-table, article details, td details")) {
		if (on && details.fill)
			details.fill();
		details.open = on;
	}
}

/* Draw again when the width, the colours or the medium change: screen, paper. */
function listen() {
	let width = window.innerWidth;

	window.addEventListener("resize", () => {
		if (window.innerWidth !== width)
			renderSoon();
		width = window.innerWidth;
	});
	window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
	window.matchMedia("print").addEventListener("change", render);
	window.addEventListener("beforeprint", () => printing(true));
	window.addEventListener("afterprint", () => printing(false));
}

/* Show only a sentence, in place of the page. */
function say(text) {
	document.getElementById("page").replaceChildren(el("main", {}, el("h1", {}, "ipitrace"),
		el("p", {}, text)));
}

/* Live: whether the page stays as it is, while windows still arrive. */
let paused = false;

function pause(button) {
	paused = !paused;
	button.setAttribute("aria-pressed", String(paused));
	button.textContent = paused ? "go on" : "pause";
	if (!paused)
		update();
}

/* Whether the user points at a picture or drags in it: the picture must not change then. */
function isPointing() {
	return document.querySelector(".chart:hover, .heat canvas:hover") !== null;
}

/* Live: show the new windows, unless the user looks at something. */
function update() {
	if (!live.lines.length || paused || (document.querySelector("nav") && isPointing()))
		return;
	const followed = isWhole();
	/* serve was started again: the numbers of functions are others. */
	const restarted = run.first !== live.base;

	run = new Run(live.data());
	if (restarted)
		Object.assign(state, {func: null, cpus: null});
	if (restarted || followed || state.to <= run.begin)
		Object.assign(state, {from: run.begin, to: run.seconds});
	if (!document.querySelector("nav")) {
		build();
		listen();
	} else {
		document.querySelector("header").replaceWith(title());
		render();
	}
	const select = document.getElementById("func");

	if (document.activeElement !== select)
		select.replaceChildren(...functionOptions(new Selection(run, {...state, func: null})));
	if (!document.querySelector(".controls").contains(document.activeElement))
		showControls();
	document.getElementById("updated").textContent = "Up to " + run.clock(run.seconds, 0) + " UTC.";
}

function unanswered(error) {
	const text = "serve does not answer (" + error.message + "): asking again.";

	if (document.getElementById("updated"))
		document.getElementById("updated").textContent = text;
	else
		say(text);
}

if (live) {
	say("Waiting for the first window.");
	new LivePoll(live, update, unanswered);
} else if (run.bins.length) {
	build();
	listen();
} else {
	say("The capture has no window: nothing to show.");
}
