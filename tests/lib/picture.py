# SPDX-License-Identifier: GPL-2.0
"""A picture of a terminal: the cells of `tmux capture-pane -e` as SVG, and the text of such a picture."""

import re
from itertools import groupby
from xml.etree import ElementTree
from xml.sax.saxutils import escape

CELL, LINE, FONT, MARGIN = 8.4, 17, 14, 12  # px
GROUND, PLAIN, BRIGHT, DIM = "#0d1117", "#c9d1d9", "#ffffff", "#8b949e"
EIGHT = ("#484f58", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#f0f6fc")
STEPS = (0, 95, 135, 175, 215, 255)
SGR = re.compile(r"\x1b\[([0-9;]*)m")
NAMESPACE = "{http://www.w3.org/2000/svg}"


def colour_of(number):
    """One of the 256 colours of xterm."""
    if number < 16:
        return EIGHT[number % 8]
    if number >= 232:
        return f"#{8 + 10 * (number - 232):02x}" + f"{8 + 10 * (number - 232):02x}" * 2
    number -= 16
    return "#" + "".join(f"{STEPS[number // of % 6]:02x}" for of in (36, 6, 1))


class Style:
    """What the escape sequences so far ask for."""

    def __init__(self):
        self.bold = self.dim = self.reverse = False
        self.ink = self.ground = None

    def take(self, codes):
        codes = [int(code or 0) for code in codes.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.__init__()
            elif code in (1, 2, 7):
                setattr(self, {1: "bold", 2: "dim", 7: "reverse"}[code], True)
            elif code == 22:
                self.bold = self.dim = False
            elif code == 27:
                self.reverse = False
            elif code in (38, 48) and codes[:1] == [5]:
                setattr(self, "ink" if code == 38 else "ground", colour_of(codes[1]))
                del codes[:2]
            elif 30 <= code <= 37:
                self.ink = EIGHT[code - 30]
            elif 40 <= code <= 47:
                self.ground = EIGHT[code - 40]
            elif code in (39, 49):
                setattr(self, "ink" if code == 39 else "ground", None)

    def shown(self):
        """The colours of a cell, and whether it is bold; a ground of None is the picture's."""
        ink = self.ink or (DIM if self.dim else BRIGHT if self.bold else PLAIN)
        return (self.ground or GROUND, ink, self.bold) if self.reverse else (ink, self.ground, self.bold)


def cells_of(pane):
    """The rows of a pane with its escape sequences: a list of (character, colours) each."""
    style, rows = Style(), []
    for line in pane.rstrip("\n").split("\n"):
        row = []
        for i, part in enumerate(SGR.split(line)):
            if i % 2:
                style.take(part)
            else:
                row += [(char, style.shown()) for char in part]
        rows.append(row)
    return rows


def picture(pane, columns, title):
    """The SVG of a pane of so many columns. A run of equal cells has its width said, whatever the font."""
    rows = cells_of(pane)
    width, height = columns * CELL + 2 * MARGIN, len(rows) * LINE + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
           f'height="{height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="{FONT}">',
           f"<title>{escape(title)}</title>", f'<rect width="100%" height="100%" rx="6" fill="{GROUND}"/>']
    for y, row in enumerate(rows):
        x = 0
        for (ink, ground, bold), run in groupby(row, key=lambda cell: cell[1]):
            text = "".join(char for char, _ in run)
            left, wide = MARGIN + x * CELL, len(text) * CELL
            if ground:
                out.append(f'<rect x="{left:.1f}" y="{MARGIN + y * LINE}" width="{wide:.1f}" height="{LINE}" fill="{ground}"/>')
            if text.strip():
                weight = ' font-weight="bold"' if bold else ""
                out.append(f'<text x="{left:.1f}" y="{MARGIN + y * LINE + 13}" fill="{ink}"{weight} '
                           f'textLength="{wide:.1f}" xml:space="preserve">{escape(text)}</text>')
            x += len(text)
    return "\n".join([*out, "</svg>", ""])


def read_picture(svg):
    """A picture's columns, its rows as text, and the colours of its text."""
    root = ElementTree.fromstring(svg)
    rows, inks = {}, set()
    for text in root.iter(NAMESPACE + "text"):
        y, x = (float(text.get("y")) - MARGIN - 13) / LINE, (float(text.get("x")) - MARGIN) / CELL
        row = rows.setdefault(round(y), [])
        row += [" "] * (round(x) - len(row)) + list(text.text)
        inks.add(text.get("fill"))
    columns = round((float(root.get("width")) - 2 * MARGIN) / CELL)
    return columns, ["".join(rows.get(y, [])).rstrip() for y in range(max(rows) + 1)], inks
