/* SPDX-License-Identifier: GPL-2.0 */
/* Elements. All text goes in as text nodes: a name is never read as HTML. */

/* el("td", {class: "n"}, "text", element...). An attribute "on..." is a listener. */
function el(tag, attributes, ...children) {
	const made = document.createElement(tag);

	for (const [key, value] of Object.entries(attributes || {}))
		if (key.startsWith("on"))
			made.addEventListener(key.slice(2), value);
		else if (value === true)
			made.setAttribute(key, "");
		else if (value !== false && value !== null && value !== undefined)
			made.setAttribute(key, String(value));
	made.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined)
		.map(child => child instanceof Node ? child : document.createTextNode(shown(child))));
	return made;
}

/*
 * A table that scrolls by itself on a narrow screen. columns: [{title, text(row), number}];
 * text gives a string or an element. options.more(row): elements below the row, or null.
 */
function table(caption, columns, rows, options) {
	const {hidden = false, more = null} = options || {};
	const head = el("tr", {}, columns.map(c => el("th", {scope: "col", class: c.number ? "n" : null},
		c.title)));
	const body = rows.map(row => {
		const cells = columns.map((c, i) => el(i === 0 ? "th" : "td",
			{class: c.number ? "n" : null, scope: i === 0 ? "row" : null}, c.text(row)));
		const below = more ? more(row) : null;

		return [el("tr", {}, cells),
			below ? el("tr", {class: "below"}, el("td", {colspan: columns.length}, below)) : null];
	});

	return el("div", {class: "scroll", role: "region", tabindex: "0", "aria-label": caption},
		el("table", {}, el("caption", {class: hidden ? "unseen" : null}, caption),
			el("thead", {}, head), el("tbody", {}, body.flat())));
}

/*
 * A picture's data as a table, for readers who cannot see the picture. The table is made
 * once it is opened: it may have a thousand rows, and a live page draws each second.
 */
function asTable(caption, columns, rows) {
	const made = el("details", {class: "as-table"}, el("summary", {}, "as a table"));

	made.fill = () => {
		if (made.children.length === 1)
			made.append(table(caption, columns, rows, {hidden: true}));
	};
	made.addEventListener("toggle", made.fill);
	return made;
}

function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

/* One box for the whole page that follows the pointer. */
const tip = {
	box: null,
	show(event, lines) {
		if (!tip.box) {
			tip.box = el("div", {class: "tip", "aria-hidden": "true"});
			document.body.append(tip.box);
		}
		tip.box.replaceChildren(...lines.map(line => el("div", {}, line)));
		tip.box.hidden = false;
		const box = tip.box.getBoundingClientRect();
		const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - box.width - 4);
		const above = event.clientY + 18 + box.height > window.innerHeight;

		tip.box.style.left = Math.max(4, left) + "px";
		tip.box.style.top = (above ? event.clientY - box.height - 8 : event.clientY + 18) + "px";
	},
	hide() {
		if (tip.box)
			tip.box.hidden = true;
	},
};
