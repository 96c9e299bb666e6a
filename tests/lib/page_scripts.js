/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs the page's scripts in Node.js, with as much of a browser as they need to make the sections; pictures are
 * not drawn. tests/lib/page_scripts.py calls this: stdin has {scripts: [path...], data, asks: [ask...]}, and stdout
 * gets an array with an answer for each ask:
 *   {section, func, cpus, from, to}: {text, rows} of a section for that selection; rows: the cells of its tables
 *   {call, args}: what this function of the scripts returns
 */
"use strict";

const fs = require("fs");
const vm = require("vm");

class Node {
	constructor(name) {
		this.name = name;
		this.attributes = {};
		this.children = [];
		this.style = {};
	}

	append(...nodes) {
		this.children.push(...nodes);
	}

	setAttribute(name, value) {
		this.attributes[name] = value;
	}

	removeAttribute(name) {
		delete this.attributes[name];
	}

	addEventListener() {}

	get textContent() {
		return this.children.map(child => child.textContent).join("");
	}

	/* All elements of this name below this one, in order. */
	all(name) {
		return this.children.flatMap(child => child instanceof Node ?
			[...child.name === name ? [child] : [], ...child.all(name)] : []);
	}

	/* A canvas takes any call and any member, and draws nothing. */
	getContext() {
		return new Proxy({}, {get: () => () => ({addColorStop() {}, width: 0})});
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

const document = {
	createElement: name => new Node(name),
	createTextNode: text => new Text(text),
	documentElement: new Node("html"),
	body: new Node("body"),
};

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const context = vm.createContext({
	Node, document,
	window: {devicePixelRatio: 1},
	getComputedStyle: () => ({getPropertyValue: () => "#000000"}),
	uPlot: class {
		destroy() {}
	},
});

vm.runInContext('"use strict";\n' + asked.scripts.map(path => fs.readFileSync(path, "utf8")).join("\n"), context);
context.data = asked.data;
vm.runInContext("const run = new Run(data);", context);

function answer(ask) {
	context.ask = ask;
	if (ask.call)
		return vm.runInContext(ask.call, context)(...ask.args);
	const made = vm.runInContext(`(() => {
		const selection = new Selection(run, {from: ask.from ?? run.begin, to: ask.to ?? run.seconds,
			func: ask.func ?? null, cpus: ask.cpus ? new Set(ask.cpus) : null});

		return ${ask.section}(run, selection, {width: 900, zoom() {}, pick() {}});
	})()`, context);
	const root = new Node("section");

	root.append(...[made].flat(Infinity).filter(Boolean));
	return {
		text: root.textContent,
		rows: root.all("tbody").flatMap(body => body.children).filter(row => row.attributes.class !== "below")
			.map(row => row.children.map(cell => cell.textContent)),
	};
}

process.stdout.write(JSON.stringify(asked.asks.map(answer)));
