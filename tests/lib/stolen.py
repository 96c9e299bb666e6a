# SPDX-License-Identifier: GPL-2.0
"""What ipitrace says of stolen time: the figures in lines of JSON, the words in text."""

import re

# In each line of JSON that has them; a CPU of "isolated" has a `preempted` of its own, which is a count.
KEYS = {"stolen", "delay_stolen", "handler_stolen", "src_stolen", "preempted", "host_ns", "stolen_ns_per_s"}
WORDS = re.compile(r"stolen|hypervisor|by the host|the host did|; preempted\)")


def figures(obj, path=""):
    """[(where, value)] of all stolen times in a line of JSON."""
    if isinstance(obj, list):
        return [found for item in obj for found in figures(item, path)]
    if not isinstance(obj, dict):
        return []
    path = path or obj.get("type", "")
    keys = KEYS - {"preempted"} if path.startswith("isolated") else KEYS
    return [found for key, value in obj.items() for found in
            ([(f"{path}.{key}", value)] if key in keys else figures(value, f"{path}.{key}"))]


def causes(obj):
    """The causes of a stall in a line of JSON, of which "stolen" may be one."""
    return [obj.get("late"), obj.get("why")] if obj.get("type") == "stall" else []
