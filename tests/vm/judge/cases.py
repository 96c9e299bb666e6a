# SPDX-License-Identifier: GPL-2.0
"""Case by case: the module's books against ftrace, for each path."""
from books import by_cpu, edges
from witnesses import LATE, TIMED

# Why PREEMPT_RT queues no csd of a path's function.
RT = {
    "irq_work_remote": "PREEMPT_RT queues irq_work_wake, whose thread runs the work",
    "rcu_expedited": "PREEMPT_RT makes expedited grace periods normal ones",
    "wake_batch": "PREEMPT_RT has TTWU_QUEUE off",
}


def check_counts(tap, case, truth):
    """The module's own handlers: every count equal, by sender and target."""
    func, ftrace = truth["func"], case.ftrace
    problems = []

    def equal(what, got, want):
        if got != want:
            problems.append(f"{what}: ftrace {got}, truth {want}")

    equal("queued", ftrace.of(ftrace.queued, func), edges(truth, "issued"))
    equal("ran", ftrace.of(ftrace.ran, func), edges(truth, "executed"))
    equal("entered", ftrace.of(ftrace.entered, func), by_cpu(edges(truth, "executed"), 1))
    equal("left", ftrace.of(ftrace.exited, func), by_cpu(edges(truth, "executed"), 1))
    equal("local", ftrace.of(ftrace.local, func), by_cpu(edges(truth, "local"), 1))
    equal("orphans", ftrace.orphans[func], 0)
    return tap.ok(not problems, f"{case.name}: {truth['path']}: ftrace counts what ran", *problems)


def timed_edges(truth, figure):
    """(src, dst) -> (sum, count): a sample for each edge."""
    return {(e["src"], e["dst"]): (e[figure]["sum"], e["executed"] + e["local"])
            for e in truth["edges"]}


def check_times(tap, case, truth):
    func, ftrace = truth["func"], case.ftrace
    for edge, (total, count) in timed_edges(truth, "handler_ns").items():
        tap.time(truth["path"], "ftrace's handler time", f"{case.name} {edge}",
                 ftrace.handler_time(func, edge), total, count)
    if case.kind not in LATE:
        return
    for edge, (total, count) in timed_edges(truth, "delay_ns").items():
        if edge[0] != edge[1]:
            tap.time(truth["path"], "ftrace's delay", f"{case.name} {edge}",
                     ftrace.delay_time(func, edge), total, count)


def check_own(tap, case):
    truth = case.truth.get(case.path["path"])
    if not tap.ok(truth is not None, f"{case.name}: the books have it"):
        return None
    closed = truth["issued"] == truth["executed"]
    as_run = sum(r["calls"] for r in case.run) == truth["calls"]
    tap.ok(closed and as_run, f"{case.name}: issued {truth['issued']} = executed, "
           f"{truth['local']} local", f"executed {truth['executed']}, run said {case.run}")
    if not case.ftrace.has_csd or not case.path["csd"]:
        return truth
    check_counts(tap, case, truth)
    if case.path["path"] == "async_requeue" and case.kind == "plain":
        twice = case.ftrace.twice[case.path["func"]]
        tap.ok(twice >= case.calls() / 2, f"{case.name}: {twice} of {case.calls()} csds were queued "
               "again before they ran")
    if case.kind in TIMED:
        check_times(tap, case, truth)
    return truth


def check_kernels(tap, case, rt):
    """The kernel's handlers: ftrace is the truth, and must show the path's effect."""
    calls, func, ftrace = case.calls(), case.path["func"], case.ftrace
    queued = sum(ftrace.of(ftrace.queued, func).values()) if func else 0
    entered = sum(ftrace.of(ftrace.entered, func).values()) if func else 0
    name = case.path["path"]
    if rt and name in RT:
        instead = sum(ftrace.of(ftrace.queued, "irq_work_wake").values())
        tap.ok(calls > 0 and not queued and (name != "irq_work_remote" or instead >= calls),
               f"{case.name}: {calls} calls, no csd of {func}: {RT[name]}",
               f"{queued} csds; {instead} of irq_work_wake")
    elif name == "kick_all_cpus_sync" and ftrace.has_csd:
        tap.ok(queued == entered == 3 * calls, f"{case.name}: three csds a call",
               f"queued {queued}, entered {entered}, calls {calls}")
    elif name == "kick_cpu_async":
        check_void(tap, case)
    elif name == "reschedule":
        arrived, remote = case.arrivals("reschedule"), case.remote_calls()
        tap.ok(remote and arrived >= 0.9 * remote, f"{case.name}: every reschedule arrives",
               f"arrived {arrived}, sent {remote}")
    elif name == "irq_work_self":
        arrived = case.arrivals("irq_work")
        tap.ok(arrived >= calls, f"{case.name}: every irq_work arrives",
               f"arrived {arrived}, queued {calls}")
    elif name == "wake_batch" and ftrace.has_csd and case.kind in ("plain", "hold"):
        tap.ok(entered > 0 and queued > entered, f"{case.name}: batches: {queued} wake-ups queued, "
               f"{entered} entries", f"calls {calls}")
    elif name == "static_key" and ftrace.has_csd:
        tap.ok(queued >= 3 * calls and queued == entered, f"{case.name}: {queued} csds patch",
               f"queued {queued}, entered {entered}, calls {calls}")
    elif name == "irq_work_remote" and ftrace.has_csd:
        remote = case.remote_calls()
        # A kick that is still pending serves the next call too.
        tap.ok(0.9 * remote <= queued <= remote, f"{case.name}: a csd a call",
               f"queued {queued}, calls {remote}")
    elif name == "rcu_expedited" and ftrace.has_csd and case.kind == "plain":
        tap.ok(queued > 0, f"{case.name}: {queued} csds of {func}", f"calls {calls}")
    else:
        tap.ok(calls > 0, f"{case.name}: {calls} calls, {queued} csds")


def check_void(tap, case):
    """
    Interrupts without a csd show only by their arrival and in /proc/interrupts. One that arrives
    together with a real one merges with it, so one may be missing, and a tenth of many.
    """
    remote, void = case.remote_calls(), sum(case.ftrace.void.values())
    counted = sum(case.interrupts.get("CAL", {}).values())
    if case.ftrace.has_csd:
        tap.ok(max(min(remote, 1), 0.9 * remote - 1) <= void <= 1.1 * remote + 2, f"{case.name}: {void} void IPIs arrived",
               f"{remote} were sent")
    tap.ok(remote and counted >= 0.9 * remote, f"{case.name}: /proc/interrupts has them",
           f"CAL {counted}, {remote} were sent")


def check_case(tap, case, paths, rt):
    if case.path is None:  # many paths at once
        for truth in case.truth.values():
            path = paths[truth["path"]]
            if not (path["ours"] and path["csd"]):
                continue
            tap.ok(truth["issued"] == truth["executed"] and truth["calls"] > 0,
                   f"{case.name}: {truth['path']}: issued {truth['issued']} = executed",
                   f"executed {truth['executed']}")
            if case.ftrace.has_csd:
                check_counts(tap, case, truth)
    else:
        tap.ok(case.status == 0, f"{case.name}: ran", f"status {case.status}: {case.args}")
        truth = check_own(tap, case) if case.path["ours"] else None
        if not truth or not case.path["csd"]:
            check_kernels(tap, case, rt)
