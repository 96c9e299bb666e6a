# SPDX-License-Identifier: GPL-2.0
"""Reads a timeline of report --perfetto, by protoc and perfetto.proto."""

import json
import os
import re
import subprocess

LIB = os.path.dirname(os.path.abspath(__file__))
BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4  # TrackEvent.Type


def value_of(text):
    if text[0] != '"':
        return text
    return json.loads(text.replace("\\'", "'")) if "\\" not in text else text.strip('"')


class Timeline:
    """A timeline as protoc prints it; its times are ns since @began."""

    def __init__(self, path, began=0):
        with open(path, "rb") as f:
            run = subprocess.run(["protoc", f"--proto_path={LIB}", "--decode=Trace", "perfetto.proto"],
                                 stdin=f, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 check=False)
        self.began = began
        self.error = run.stderr if run.returncode else ""
        self.unknown = re.findall(r"^ *\d+[:{ ].*", run.stdout, re.M)
        self.tracks, self.events, self.names, self.clocks, self.forgot = {}, [], {}, [], 0
        for packet in self.messages(iter(run.stdout.splitlines())).get("packet", []):
            self.take(packet)

    def messages(self, lines):
        """Fields, each with a list of values: strings, or messages."""
        found = {}
        for line in lines:
            key, colon, value = line.lstrip().partition(": ")
            if key == "}":
                break
            found.setdefault(key if colon else key.rstrip(" {"), []).append(value_of(value) if colon else self.messages(lines))
        return found

    def take(self, packet):
        if packet.get("sequence_flags") == ["1"]:
            self.names = {}  # the viewer forgets them, too
            self.forgot += 1
        for data in packet.get("interned_data", []):
            for names in data.values():
                for name in names:
                    self.names[int(name["iid"][0])] = name["name"][0]
        for track in packet.get("track_descriptor", []):
            self.tracks[int(track["uuid"][0])] = {
                "name": track["name"][0], "parent": int(track.get("parent_uuid", [0])[0])}
        for event in packet.get("track_event", []):
            self.events.append({
                "time": int(packet["timestamp"][0]) - self.began, "type": int(event["type"][0]),
                "track": int(event["track_uuid"][0]),
                "name": self.names.get(int(event.get("name_iid", [0])[0])),
                "notes": {self.names.get(int(note["name_iid"][0])): int(note["uint_value"][0])
                          if "uint_value" in note else self.names.get(int(note["string_value_iid"][0]))
                          for note in event.get("debug_annotations", [])},
                "from": [int(n) for n in event.get("flow_ids", [])],
                "to": [int(n) for n in event.get("terminating_flow_ids", [])],
                "value": float(event.get("double_counter_value", [0])[0])})
        self.clocks += packet.get("clock_snapshot", [])

    def path(self, track):
        """"db-7/CPU 1/runs" """
        row = self.tracks[track]
        return (self.path(row["parent"]) + "/" if row["parent"] else "") + row["name"]

    def on(self, name):
        return [e for e in self.events if self.path(e["track"]).endswith(name)]

    def flows(self):
        """Flow -> [its sends], [its runs]."""
        found = {}
        for event in self.events:
            for flow in event["from"]:
                found.setdefault(flow, ([], []))[0].append(event)
            for flow in event["to"]:
                found.setdefault(flow, ([], []))[1].append(event)
        return found

    def slices(self, name):
        """(name, begin, end) of each slice on the tracks of that name; a slice's end follows it."""
        events = [e for e in self.on(name) if e["type"] in (BEGIN, END)]
        return [(a["name"], a["time"], b["time"]) for a, b in zip(events[::2], events[1::2])]

    def broken_slices(self):
        """Tracks whose slices neither nest nor are apart, or do not end."""
        bad = []
        for track in self.tracks:
            open_ends = []
            events = [e for e in self.events if e["track"] == track and e["type"] in (BEGIN, END)]
            pairs = list(zip(events[::2], events[1::2]))
            if any((a["type"], b["type"]) != (BEGIN, END) or b["time"] < a["time"] for a, b in pairs) or \
                    len(events) % 2:
                bad.append(self.path(track))
                continue
            for begin, end in sorted(((a["time"], b["time"]) for a, b in pairs), key=lambda p: (p[0], -p[1])):
                while open_ends and open_ends[-1] <= begin:
                    open_ends.pop()
                if open_ends and end > open_ends[-1]:
                    bad.append(self.path(track))
                    break
                open_ends.append(end)
        return bad
