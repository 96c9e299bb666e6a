# SPDX-License-Identifier: GPL-2.0
"""Slips by rule: the places of a C file or of a page's script where an operator can make one, and what the slip is.

changes(text) reads C and JavaScript well enough for this tree (kernel style, no statement in a macro): strings,
comments and directives are no code, and statements are looked for in functions alone.
"""
import collections
import re

# text[start:end] becomes new.
Change = collections.namedtuple("Change", "operator line start end new")
Token = collections.namedtuple("Token", "kind text start")

SPLIT = re.compile(r"""
    (?P<skip>/\*.*?\*/ | //[^\n]* | ^[ \t]*\#(?:[^\n\\]|\\.)*)
  | (?P<text>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)+' | `(?:[^`\\]|\\.)*` | (?<=[(,=])\s?/(?![*/])(?:[^/\\\n]|\\.)+/\w*)
  | (?P<real>\d+\.\d*(?:[eE][-+]?\d+)?[fF]? | \d+[eE][-+]?\d+)
  | (?P<number>0[xX][0-9a-fA-F]+[uUlL]* | \d+[uUlL]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<sign><<=|>>=|===|!==|=>|\?\.|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\s])
    """, re.X | re.S | re.M)
DEFINED = re.compile(r"^#define[ \t]+\w+(?:\([^)]*\))?(?P<body>[^\n]*)", re.M)
NUMBER = re.compile(r"\b(0[xX][0-9a-fA-F]+|\d+)(?P<suffix>[uUlL]*)\b(?!\.)(?<!\.)")

COMPARED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "===": "!==", "!==": "==="}
JOINED = {"&&": "||", "||": "&&"}
ASSIGNED = {"=": "+=", "+=": "=", "-=": "=", "|=": "="}
SIGNED = {"+": "-", "-": "+", "+=": "-=", "-=": "+="}
HEADS = {"if", "while", "for", "switch"}
# A statement that begins with one of these stays.
KEPT = {"return", "struct", "union", "enum", "static", "const", "unsigned", "char", "int", "long", "short", "void",
        "bool", "double", "float", "volatile", "extern", "typedef", "asm", "__auto_type", "let", "function"}
JUMPS = {"break", "continue", "goto"}
RESET = re.compile(r"(?<![=!<>|&+*/-])=\s*(?:0|-1|NULL|false|'\\0'|(?:\([\w\s]+\))?\{\s*\})\s*;$|^memset\([^;]*,\s*0,[^;]*;$", re.S)
GIVEN_BACK = re.compile(r"^(?:\(void\)\s*)?(?:\w*(?:free|close|closedir|munmap|unlink|unlock|destroy|join|stop|release)"
                        r"|\w+__(?:end|put|drop))\(")
OPERATORS = ("constant", "comparison", "condition", "logic", "assignment", "sign", "arguments", "statement", "reset",
             "given back")


def tokens(text):
    return [Token(m.lastgroup, m[0], m.start()) for m in SPLIT.finditer(text) if m.lastgroup != "skip"]


def closed(code, at):
    """The index of what closes code[at], a bracket; None: nothing does."""
    depth = 0
    for i in range(at, len(code)):
        if code[i].kind == "sign":
            depth += (code[i].text in "([{") - (code[i].text in ")]}")
            if not depth:
                return i
    return None


def semicolon(code, at):
    """The index of the semicolon that ends the statement at code[at]; None: it is none."""
    while at < len(code) and code[at].text not in (";", "}"):
        at = closed(code, at) if code[at].text in ("(", "[", "{") else at
        if at is None:
            return None
        at += 1
    return at if at < len(code) and code[at].text == ";" else None


def bodies(code):
    """The functions' bodies: pairs of indices of braces."""
    at = 0
    while at < len(code):
        if code[at].text == "{" and code[at].kind == "sign":
            end = closed(code, at)
            if end is None:
                return
            if at and code[at - 1].text == ")":
                yield at, end
            at = end
        at += 1


def is_declaration(code, at):
    """Whether a statement that begins with a name declares something: two names, or a pointer."""
    stars = at + 1
    while code[stars].text == "*":
        stars += 1
    return code[stars].kind == "name" and (stars == at + 1 or code[stars + 1].text in ("=", ";", ",", "["))


def statements(code, begin, end):
    """The expressions and jumps of a body that are statements: pairs of indices, the semicolon included."""
    at = begin + 1
    while at < end:
        token = code[at]
        if token.text in HEADS:
            at = (closed(code, at + 1) or end) + 1
        elif token.text in ("else", "do", "{", "}", ";", ":"):
            at += 1
        elif token.text in ("case", "default"):
            while at < end and code[at].text != ":":
                at += 1
        elif token.kind == "name" and code[at + 1].text == ":":
            at += 2
        else:
            stop = semicolon(code, at)
            if code[at + 1].text == "(" and token.kind == "name" and token.text not in KEPT:
                # A loop of a macro: for_each_cpu(cpu, set) statement;
                after = closed(code, at + 1)
                if after and (code[after + 1].kind == "name" or code[after + 1].text == "{"):
                    at = after + 1
                    continue
            if stop is None:
                at += 1
                continue
            declares = token.kind == "name" and token.text not in JUMPS and is_declaration(code, at)
            if token.text not in KEPT and not declares:
                yield at, stop
            at = stop + 1


def dropped(text, code, begin, end):
    """The operator that leaves out this statement."""
    whole = text[code[begin].start:code[end].start + 1]
    return "reset" if RESET.search(whole) else "given back" if GIVEN_BACK.search(whole) else "statement"


def assignment(code, begin, end):
    """The index of a statement's assignment outside of all brackets; None: it has none."""
    at = begin
    while at is not None and at < end:
        if code[at].text in ASSIGNED and code[at].kind == "sign":
            return at
        at = closed(code, at) if code[at].text in ("(", "[", "{") else at
        at = None if at is None else at + 1
    return None


def arguments(code, at):
    """The arguments of the call whose bracket is code[at]: pairs of indices, the second one past the end."""
    end, found, begin = closed(code, at), [], at + 1
    i = begin
    while end is not None and i <= end:
        if i == end or code[i].text == ",":
            found.append((begin, i))
            begin = i + 1
        elif code[i].text in ("(", "[", "{"):
            i = closed(code, i)
        i += 1
    return found


def neighbours(number, suffix):
    """The constant one more, and one less."""
    value = int(number, 16 if number[:2] in ("0x", "0X") else 8 if number[0] == "0" else 10)
    form = "0x{:x}" if number[:2] in ("0x", "0X") else "0{:o}" if number[0] == "0" and value else "{}"
    return [form.format(v) + suffix for v in ((value + 1, value - 1) if value else (1,))]


class File:
    """A C file, and the changes that can be made in it."""

    def __init__(self, text):
        self.text = text
        self.code = tokens(text)
        self.found = []
        self.in_macros()
        self.in_expressions()
        for begin, end in bodies(self.code):
            self.in_body(begin, end)

    def add(self, operator, start, end, new):
        self.found.append(Change(operator, self.text.count("\n", 0, start) + 1, start, end, new))

    def replace(self, operator, token, new):
        self.add(operator, token.start, token.start + len(token.text), new)

    def in_macros(self):
        for macro in DEFINED.finditer(self.text):
            for number in NUMBER.finditer(self.text, *macro.span("body")):
                for new in neighbours(number[1], number["suffix"]):
                    self.add("constant", *number.span(), new)

    def in_expressions(self):
        for before, token in zip([Token("sign", ";", 0), *self.code], self.code):
            operand = before.kind in ("name", "number", "real") and before.text not in KEPT or before.text in (")", "]")
            if token.kind == "number":
                number = NUMBER.match(token.text)
                for new in neighbours(number[1], number["suffix"]):
                    self.replace("constant", token, new)
            elif token.kind == "sign":
                if token.text in COMPARED:
                    self.replace("comparison", token, COMPARED[token.text])
                elif token.text in JOINED:
                    self.replace("logic", token, JOINED[token.text])
                elif token.text in SIGNED and (operand or len(token.text) == 2):
                    self.replace("sign", token, SIGNED[token.text])
                elif token.text == "-":
                    self.replace("sign", token, " ")

    def in_body(self, begin, end):
        code = self.code
        for at in range(begin, end):
            if code[at].text != "(" or code[at - 1].kind != "name":
                continue
            close = closed(code, at)
            if code[at - 1].text in ("if", "while"):
                inner = self.text[code[at].start:code[close].start + 1]
                self.add("condition", code[at].start, code[close].start + 1, f"(!{inner})")
            elif code[at - 1].text not in HEADS | KEPT | {"sizeof"}:
                self.in_call(arguments(code, at))
        for first, last in statements(code, begin, end):
            # Braces: the compiler warns of an empty statement after a condition.
            self.add(dropped(self.text, code, first, last), code[first].start, code[last].start + 1, "{ }")
            at = assignment(code, first, last)
            if at is not None:
                self.replace("assignment", code[at], ASSIGNED[code[at].text])

    def in_call(self, parts):
        for (a, b), (c, d) in zip(parts, parts[1:]):
            first = self.text[self.code[a].start:self.code[b].start].rstrip()
            second = self.text[self.code[c].start:self.code[d].start].rstrip()
            if first != second:
                between = self.text[self.code[a].start + len(first):self.code[c].start]
                self.add("arguments", self.code[a].start, self.code[c].start + len(second), second + between + first)


def changes(text):
    """All changes of a file, in a fixed order."""
    return sorted(set(File(text).found), key=lambda c: (c.start, c.operator, c.end, c.new))


def changed(text, change):
    return text[:change.start] + change.new + text[change.end:]


def chosen(texts, number, rng):
    """
    So many different changes of @texts, (name, text) pairs: a file by its lines, an operator that has a place
    there, a place.
    """
    by_operator = {}
    for name, text in texts:
        by_operator[name] = collections.defaultdict(list)
        for change in changes(text):
            by_operator[name][change.operator].append(change)
    names = [name for name, _ in texts if by_operator[name]]
    lines = [text.count("\n") for name, text in texts if by_operator[name]]
    found = []
    number = min(number, sum(len(some) for all_of in by_operator.values() for some in all_of.values()))
    while len(found) < number:
        name = rng.choices(names, lines)[0]
        operator = rng.choice(sorted(by_operator[name]))
        one = name, rng.choice(by_operator[name][operator])
        if one not in found:
            found.append(one)
    return found
