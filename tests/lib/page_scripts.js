/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs the page's scripts in Node.js, with as much of a browser as they need to make the sections. Pictures are not
 * drawn: the calls that would draw them are kept. tests/e2e/scripts.t calls this: stdin has {scripts: [path...], data,
 * asks: [ask...]}, and stdout gets an array with an answer for each ask:
 *   {section, func, cpus, from, to}: {text, rows} of a section for that selection; rows: the cells of its tables
 *   {outline: section, ...}: lines: all elements of the section, with attributes, texts and drawing calls, and what a
 *       pointer over its pictures shows and selects
 *   {call, args}: what this function of the scripts returns
 */
"use strict";

const fs = require("fs");
const vm = require("vm");

/* Where the pointer goes in each picture, px: its corners, an axis, fields. */
const POINTS = [[0, 0], [70, 70], [110, 70], [200, 60], [200, 150], [400, 110], [650, 30], [5000, 5000]];

/* Of a picture's drawing calls an outline has about so many, in even steps. */
const CALLS = 40;

class Node {
	constructor(name) {
		this.name = name;
		this.attributes = {};
		this.children = [];
		this.style = {};
		this.listeners = {};
		this.calls = [];
	}

	append(...nodes) {
		this.children.push(...nodes);
	}

	replaceChildren(...nodes) {
		this.children = nodes;
	}

	setAttribute(name, value) {
		this.attributes[name] = value;
	}

	removeAttribute(name) {
		delete this.attributes[name];
	}

	addEventListener(type, listener) {
		this.listeners[type] = listener;
	}

	fire(type, event) {
		this.listeners[type]?.(event);
	}

	get textContent() {
		return this.children.map(child => child.textContent).join("");
	}

	/* All elements of this name below this one, in order. */
	all(name) {
		return this.children.flatMap(child => child instanceof Node ?
			[...child.name === name ? [child] : [], ...child.all(name)] : []);
	}

	getBoundingClientRect() {
		return {left: 10, top: 20, width: 150, height: 40};
	}

	getContext() {
		return drawing(this.calls);
	}
}

class Text extends Node {
	constructor(text) {
		super("#text");
		this.text = text;
	}

	get textContent() {
		return this.text;
	}
}

/* A canvas's context: takes any call and any member, and adds each call, with the colour, to calls. */
function drawing(calls) {
	const state = {};

	return new Proxy(state, {get: (_, name) => (...args) => calls.push([name, ...args.map(rounded),
		...["fillStyle", "globalAlpha", "textAlign", "textBaseline"].flatMap(member => state[member] ?? [])].join(" "))});
}

function rounded(value) {
	return typeof value === "number" ? Math.round(value * 100) / 100 : value;
}

/* A chart in the place of uPlot's: its element has the series, the axes and what its hooks do. */
class Chart {
	constructor(options, data, box) {
		const {width, height, series, axes, scales, padding, hooks} = options;
		const u = {ctx: drawing(box.calls), bbox: {left: 62, top: 12, width: 700, height: 180},
			valToPos: (value, axis) => 62 + value * (axis === "x" ? 10 : 1), posToVal: (px, axis) => px / (axis === "x" ? 10 : 1)};

		box.calls.push(`${width} x ${height}, padding ${padding}`);
		series.forEach((line, i) => box.calls.push(`${line.label} ${line.stroke} [${line.dash}] ${line.width}: ` +
			[...data[i], null].map(value => line.value(u, value)).join(" ")));
		for (const {stroke, grid, size, space, values} of axes)
			box.calls.push(`axis ${stroke} ${grid.stroke} ${size} ${space}: ` +
				[0.5, 10].map(step => values(u, [0, 1.5, 2000], null, space, step).join(" ")).join(", "));
		box.calls.push(`y ${scales.y.range ? [0, 200].map(high => scales.y.range(u, 0, high)).join("; ") : scales.y.distr}`);
		hooks.draw[0](u);
		for (const selected of [4, 5])
			hooks.setSelect[0]({...u, select: {left: 20, width: selected}});
	}

	destroy() {}
}

const document = {
	createElement: name => new Node(name),
	createTextNode: text => new Text(text),
	documentElement: Object.assign(new Node("html"), {clientWidth: 600}),
	body: new Node("body"),
};

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const context = vm.createContext({
	Node, document,
	window: {devicePixelRatio: 2, innerHeight: 150},
	devicePixelRatio: 2,
	getComputedStyle: () => ({getPropertyValue: name => " " + name}),
	uPlot: Chart,
});

vm.runInContext('"use strict";\n' + asked.scripts.map(path => fs.readFileSync(path, "utf8")).join("\n"), context);
context.data = asked.data;
vm.runInContext("const run = new Run(data);", context);

/* The elements of this section for the ask's selection; zooms gets what its pictures select. */
function made(section, ask) {
	context.ask = ask;
	context.zooms = [];
	const nodes = vm.runInContext(`(() => {
		const selection = new Selection(run, {from: ask.from ?? run.begin, to: ask.to ?? run.seconds,
			func: ask.func ?? null, cpus: ask.cpus ? new Set(ask.cpus) : null});

		return ${section}(run, selection, {width: 900, zoom: (from, to) => zooms.push([from, to]), pick() {}});
	})()`, context);
	const root = new Node("section");

	root.append(...[nodes].flat(Infinity).filter(Boolean));
	return root;
}

/* What a pointer over a picture shows, and a drag in it selects. */
function pointed(picture) {
	const lines = [];

	for (const [x, y] of POINTS) {
		const event = {clientX: x + 10, clientY: y + 20};

		picture.fire("pointermove", event);
		const [box] = document.body.children;

		if (box && !box.hidden)
			lines.push(`at ${x},${y}: ${box.style.left} ${box.style.top} ${box.children.map(c => c.textContent).join(" | ")}`);
		picture.fire("pointerleave");
	}
	for (const [from, to] of [[100, 104], [300, 295]]) {
		picture.fire("pointerdown", {clientX: from, clientY: 50});
		picture.fire("pointerup", {clientX: to, clientY: 50});
	}
	return lines;
}

/* An element in lines; in one line if it is short and its children are. */
function outline(node) {
	if (node instanceof Text)
		return [JSON.stringify(node.text)];
	const attributes = Object.entries({...node.attributes, ...node.style})
		.map(([name, value]) => ` ${name}=${JSON.stringify(String(value))}`);

	node.fill?.();
	const head = node.name + attributes.join("");
	const step = Math.ceil(node.calls.length / CALLS);
	const calls = [...node.calls.filter((_, i) => i % step === 0), ...node.listeners.pointermove ? pointed(node) : []];
	const children = node.children.map(outline);
	const line = [head, ...children].join(" ");

	if (!calls.length && children.every(lines => lines.length === 1) && line.length < 160)
		return [children.length > 1 ? `${head} { ${children.join(" ")} }` : line];
	return [head, ...[...calls.map(call => "- " + call), ...children.flat()].map(each => "  " + each)];
}

function answer(ask) {
	context.ask = ask;
	if (ask.call)
		return vm.runInContext(ask.call, context)(...ask.args);
	const root = made(ask.section || ask.outline, ask);

	if (ask.outline)
		return [...outline(root), ...context.zooms.map(zoom => "zoom " + zoom.map(rounded).join(" to "))];
	return {
		text: root.textContent,
		rows: root.all("tbody").flatMap(body => body.children).filter(row => row.attributes.class !== "below")
			.map(row => row.children.map(cell => cell.textContent)),
	};
}

process.stdout.write(JSON.stringify(asked.asks.map(answer)));
