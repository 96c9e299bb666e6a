# SPDX-License-Identifier: GPL-2.0
"""
A schema's view of an object. Objects of one shape are all valid or all not: each value is told by what the
keywords of the schema can ask of it. A validator takes milliseconds for an object, and a test has thousands
that are alike.
"""

import bisect
import re

# All that a schema may use for shapes to be enough. An annotation asks nothing.
KEYWORDS = {"$schema", "$defs", "$ref", "title", "description", "format", "type", "properties", "required", "items",
            "additionalProperties", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
            "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "pattern", "if", "then", "else", "not",
            "anyOf", "allOf", "oneOf"}
NAMED = ("properties", "$defs")  # their keys are names, and no keywords


class Shapes:
    def __init__(self, schema):
        self.words, self.patterns = set(), set()
        self.numbers, self.lengths, self.counts = set(), set(), set()
        self.gather(schema)
        self.patterns = [re.compile(pattern) for pattern in sorted(self.patterns)]
        self.numbers, self.lengths, self.counts = map(sorted, (self.numbers, self.lengths, self.counts))

    def gather(self, schema):
        if not isinstance(schema, dict):
            return
        if schema.keys() - KEYWORDS:
            raise ValueError(f"a shape says nothing of {', '.join(schema.keys() - KEYWORDS)}")
        for key, value in schema.items():
            if key in ("enum", "const"):
                for one in value if key == "enum" else [value]:
                    if isinstance(one, (dict, list)):
                        raise ValueError(f"a shape says nothing of a {key} of {one}")
                    if isinstance(one, str):
                        self.words.add(one)
                    elif isinstance(one, (int, float)):
                        self.numbers.add(one)
            elif key == "pattern":
                self.patterns.add(value)
            elif key in ("minLength", "maxLength"):
                self.lengths.add(value)
            elif key in ("minItems", "maxItems"):
                self.counts.add(value)
            elif key.lower().endswith(("minimum", "maximum")):
                self.numbers.add(value)
            elif key in NAMED:
                for part in value.values():
                    self.gather(part)
            elif isinstance(value, list):
                for part in value:
                    self.gather(part)
            else:
                self.gather(value)

    def of(self, value):
        if isinstance(value, dict):
            return frozenset((key, self.of(part)) for key, part in value.items())
        if isinstance(value, list):
            return (place(self.counts, len(value)), len(set(map(repr, value))) == len(value),
                    frozenset(map(self.of, value)))
        if isinstance(value, str):
            return value if value in self.words else \
                (place(self.lengths, len(value)), *(bool(p.search(value)) for p in self.patterns))
        if value is None or isinstance(value, bool):
            return value is None, value
        return "number", value == int(value), place(self.numbers, value)


def place(bounds, value):
    """Where it lies among these, on one or between two."""
    at = bisect.bisect_left(bounds, value)
    return 2 * at + (at < len(bounds) and bounds[at] == value)
