/* SPDX-License-Identifier: GPL-2.0 */
/* The page: what is selected, the controls, and drawing all sections again. */

const run = new Run(JSON.parse(document.getElementById("data").textContent));
const state = {from: 0, to: run.seconds, func: null, cpus: null};
let drawn = [];

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

/* Change the selection. A window has no figures by function and CPU both: one ends the other. */
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

	pick({from: Math.max(0, from), to: Math.min(run.seconds, Math.max(to, from + least))});
}

function isWhole() {
	return state.from <= 0 && state.to >= run.seconds;
}

function describe() {
	const time = isWhole() ? "the whole run" :
		run.clock(state.from, 2) + " to " + run.clock(state.to, 2) + " UTC";
	const what = state.func !== null ? ", function " + run.nameOf(state.func) :
		state.cpus ? ", CPUs " + cpuList(state.cpus) : "";

	return "Shown: " + time + what + ".";
}

function title() {
	const host = run.data.host;
	const made = el("header", {}, el("h1", {}, "IPIs on " + (host ? host.nodename : "this host")));
	const facts = host ? [host.kernel + ", " + host.arch, plural(host.online.length, "CPU")] : [];

	if (run.first)
		facts.push(run.first.start.slice(0, 19).replace("T", " ") + " UTC, " +
			threeDigits(run.seconds) + " s in " +
			plural(run.bins.reduce((sum, bin) => sum + bin.windows, 0), "window"));
	if (run.data.records)
		facts.push(plural(run.data.records, "csd") + " recorded one by one");
	made.append(el("p", {}, facts.join(" · ")));
	return made;
}

function timeInput(name, key, label) {
	return el("label", {}, label + " ", el("input", {type: "number", id: name, step: "any", min: 0,
		max: run.seconds, onchange: event => {
			const value = Number(event.target.value);

			if (Number.isFinite(value))
				zoom(key === "from" ? value : state.from, key === "to" ? value : state.to);
		}}), " s");
}

function controls() {
	const functions = new Selection(run, state).functions().slice(0, 100);
	const select = el("select", {id: "func", onchange: event => pick({func:
		event.target.value === "" ? null : Number(event.target.value)})},
		el("option", {value: ""}, "all"),
		functions.map(f => el("option", {value: f.name}, run.nameOf(f.name))));
	const cpus = el("input", {id: "cpus", type: "text", size: 8, placeholder: "all", onchange: event =>
		pick({cpus: parseCpus(event.target.value)})});

	return el("form", {class: "controls", "aria-label": "selection",
		onsubmit: event => event.preventDefault()},
		el("label", {}, "function ", select), el("label", {}, "CPUs ", cpus),
		timeInput("from", "from", "from"), timeInput("to", "to", "to"),
		el("button", {type: "button", id: "whole", onclick: () => pick({from: 0, to: run.seconds,
			func: null, cpus: null})}, "show all"),
		el("span", {id: "status", role: "status"}, describe()));
}

/* "0,2-5" as a Set of CPUs that the run has; null: all. */
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

	drawn.forEach(chart => chart.destroy());
	for (const [id, , make] of SECTIONS)
		document.querySelector("#" + id + " .content").replaceChildren(
			...make(selection, {width, zoom, pick}).filter(Boolean));
	drawn = [...document.querySelectorAll(".chart")];
}

function build() {
	const nav = el("nav", {"aria-label": "sections"}, SECTIONS.map(([id, name]) =>
		el("a", {href: "#" + id}, name)));
	const main = el("main", {}, SECTIONS.map(([id, name]) => el("section", {id,
		"aria-labelledby": id + "-h"}, el("h2", {id: id + "-h"}, name), el("div", {class: "content"}))));

	document.title = "ipitrace: " + (run.data.host ? run.data.host.nodename : "report");
	document.getElementById("page").replaceChildren(title(), nav, controls(), main,
		el("footer", {}, "Made by ipitrace " + run.data.version + ". csd: call single data, one " +
			"function call queued to one CPU. Times are UTC. This file needs no network."));
	render();
	showControls();
}

/* Again in the colours and at the width of paper, of the other theme, of another window. */
function renderSoon() {
	clearTimeout(renderSoon.timer);
	renderSoon.timer = setTimeout(render, 150);
}

function printing(on) {
	for (const details of document.querySelectorAll(".as-table, article details, td details"))
		details.open = on;
}

if (run.bins.length) {
	let width = window.innerWidth;

	build();
	window.addEventListener("resize", () => {
		if (window.innerWidth !== width)
			renderSoon();
		width = window.innerWidth;
	});
	window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
	window.matchMedia("print").addEventListener("change", render);
	window.addEventListener("beforeprint", () => printing(true));
	window.addEventListener("afterprint", () => printing(false));
} else {
	document.getElementById("page").replaceChildren(el("main", {}, el("h1", {}, "ipitrace"),
		el("p", {}, "The capture has no window: nothing to show.")));
}
