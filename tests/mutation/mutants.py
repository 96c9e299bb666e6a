# SPDX-License-Identifier: GPL-2.0
"""The mutants: a file of src/, the exact text there (once), the wrong text, the tests to kill it.

Choose a mistake that a person could make and a review could miss: a limit that is off by one, a
condition turned round, a term that is left out. A mutant must compile.
"""
import collections

Mutant = collections.namedtuple("Mutant", "file old new tests")


def room(directory, *rows):
    """The mutants of one room of src/: (file, old text, new text, test program...)."""
    return [Mutant(f"src/{directory}/{file}", old, new, tests) for file, old, new, *tests in rows]


MUTANTS = [
    *room(
        "abi",
        ("hist_slots.h", "half = (0xfULL - v) >> 63 << 2;", "half = (0x7ULL - v) >> 63 << 2;",
         "test_hist"),
        ("hist_slots.h", "hist_lower(slot + 1) - 1 : (__u64)-1 >> 1",
         "hist_lower(slot + 1) : (__u64)-1 >> 1", "test_hist", "test_snapshot"),
    ),
    *room(
        "bpf",
        ("mailbox.bpf.h", "(slot->time < s->time) == (s->instance == OLDEST)",
         "(slot->time > s->time) == (s->instance == OLDEST)", "bpf_pairing"),
        ("mailbox.bpf.h", "slot->type == CSD_TYPE_ASYNC && !horizon_passed(dst, slot)",
         "slot->type == CSD_TYPE_ASYNC", "bpf_pairing"),
        ("delivery.bpf.h", "ttwu = slot->type == CSD_TYPE_TTWU;",
         "ttwu = slot->type != CSD_TYPE_TTWU;", "bpf_pairing"),
        ("config.bpf.h", "current_tgid() == filter_tgid && !in_interrupt()",
         "current_tgid() != filter_tgid && !in_interrupt()", "bpf_filters"),
        ("frames.bpf.h", "frames_lost(cpu, depth + 1, top, e);", "frames_lost(cpu, depth, top, e);",
         "bpf_pairing"),
        ("mailbox.bpf.h", "rec->flushed = rec->batch_queued;", "rec->flushed = slot->time;",
         "bpf_pairing", "bpf_windows"),
        ("parts.bpf.h", "if (from_src(slot->from) != src)", "if (from_src(slot->from) == src)", "bpf_waits"),
        ("parts.bpf.h", "if (end > parts->end)", "if (parts->end)", "bpf_waits"),
        ("parts.bpf.h", "PART_ENDED | end);", "PART_ENDED | call);", "bpf_waits"),
        ("calls.bpf.h", "parts->end > parts->call ? parts->end - parts->call : 0",
         "parts->end - parts->call", "bpf_waits"),
        ("rows.bpf.h", "return hot && hot_take(hot, row) ? hot : NULL;",
         "return hot;", "bpf_rows"),
        ("rows.bpf.h", "if (at >= HOT_SLOTS ||", "if (at > HOT_SLOTS ||", "bpf_rows"),
        ("samples.bpf.h", "return !(n & (n + 1));", "return !(n & (n - 1));", "bpf_samples"),
        ("queue.bpf.h", "slot->type = q->type;\n\tslot->fresh = 1;",
         "slot->type = q->type;\n\tslot->fresh = 0;", "bpf_pairing", "bpf_windows"),
    ),
    *room(
        "base",
        ("sanitize.c", "(code >= 0x7f && code < 0xa0)", "code == 0x7f", "test_sanitize"),
    ),
    *room(
        "model",
        ("hist.c", "ceil(hist->count * percentile / 100)", "hist->count * percentile / 100",
         "test_snapshot", "test_hist"),
        ("snapshot_fields.c", "ledger->function + ledger->ttwu + ledger->irq_work",
         "ledger->function + ledger->ttwu", "test_read_cpus", "test_metrics", "test_snapshot"),
        ("snapshot_fields.c", 'NUMBER, LAST, in_flight', 'NUMBER, SUM, in_flight',
         "test_metrics"),
        ("storm.c", "dst + 1 >= nr_online", "dst >= nr_online", "test_storm"),
        ("signatures.c", '"resctrl", USUAL_OCCASIONAL', '"resctrl", USUAL_COMMON', "test_signatures"),
        ("callers.c", "((*list)[n] || n == len)", "((*list)[n] || n <= len)", "test_callers"),
        ("metrics.c", "for (uint32_t slot = m->stall_slot;", "for (uint32_t slot = m->stall_slot + 1;",
         "test_metrics"),
        ("metrics.c", "m->rest[isolated].shown |= !cpu->own;", "m->rest[isolated].shown = !cpu->own;",
         "test_series"),
        ("hist.c", "return ceil(log2((lower + upper) / 2 / 1e9)",
         "return floor(log2((lower + upper) / 2 / 1e9)", "test_metrics"),
        ("series_plan.c", "if (get_score(r, next) <= BETTER * get_score(r, weakest))",
         "if (get_score(r, next) <= get_score(r, weakest))", "test_series"),
        ("snapshot.c", "cmp_u64(b->handler.sum, a->handler.sum) ?: cmp_u64(b->count, a->count)",
         "cmp_u64(b->handler.sum, a->handler.sum) ?: cmp_u64(a->count, b->count)", "test_snapshot",
         "test_views"),
    ),
    *room(
        "cli",
        ("option_value.c", "for (*number = row->min; *number < value;)",
         "for (*number = row->min; *number <= value;)", "test_options"),
        ("option_value.c", "*seconds >= INTERVAL_MIN", "*seconds > INTERVAL_MIN", "test_options"),
    ),
    *room(
        "host",
        ("steal_time.c", "if (time <= best || time > start ||", "if (time <= best ||",
         "test_steal_time"),
        ("steal_time.c", "#define STEAL_COLUMN 8", "#define STEAL_COLUMN 7", "test_steal_time"),
        ("interrupts.c", 'else if (n && kind[n - 1] != \'_\')', "else", "test_interrupts"),
        ("interrupts.c", "return count - last;", "return count;", "test_interrupts"),
    ),
    *room(
        "collect",
        ("maps.c", "while (power < n && power < hi)", "while (power <= n && power < hi)",
         "test_geometry"),
        ("read_calls.c", "else if (word != slot_ended(call))", "else if (!word)", "test_waits"),
        ("read_calls.c", "if (part & PART_ENDED)", "if (!word)", "test_waits"),
        ("maps.c", "group + end * parts->stride", "group + (end - 1) * parts->stride", "test_mapping"),
        ("read_records.c", "if (time + RECORDS_HOLD_NS > now && time < *earliest)",
         "if (time < *earliest)", "test_read_records"),
        ("read_records.c", "if ((csd == SLOT_TAKEN || slot_has_csd(csd)) && !is_past_horizon(maps, slot, i))",
         "if (csd == SLOT_TAKEN || slot_has_csd(csd))", "test_read_records"),
        ("read_tables.c", "if (fn->func.addr == key->func && fn->callsite.addr == key->callsite)",
         "if (fn->func.addr == key->func)", "test_read_tables"),
        ("read_tables.c", "snap->samples_dropped = taken - nr;", "snap->samples_dropped = 0;",
         "test_read_tables"),
    ),
    *room(
        "storm",
        ("limits.c", "#define LASTS_PART 0.5", "#define LASTS_PART 0.9",
         "test_storm"),
        ("limits.c", "interval >= BASELINE_MIN_INTERVALS && rate", "rate", "test_storm"),
        ("limits.c", "if (both.count < STORM_CSDS_MIN)", "if (!both.count)", "test_storm"),
        ("sources.c", "if (storm->sources[--i].samples > 1)", "if (storm->sources[--i].samples > 0)",
         "test_storm"),
    ),
    *room(
        "stall",
        ("ended.c", "(incident__duration(incident) + 1) / 2", "incident__duration(incident) / 4",
         "test_ended"),
        ("ended.c", "other->dst == incident->dst)\n\t\t\tns +=",
         "other->dst_known)\n\t\t\tns +=", "test_ended"),
        ("ongoing.c", "incident->phase == PHASE_WAIT && incident->cause && !incident->covered &&",
         "incident->phase == PHASE_WAIT && incident->cause &&", "test_ongoing"),
        ("ongoing.c", "(!first || moment->pending[i].queued < first->queued)", "!first",
         "test_ongoing"),
    ),
    *room(
        "view",
        ("text/storm.c", "double cpu = last->cpu_ns ? 100.0 / last->cpu_ns : 0;",
         "double cpu = last->ns ? 100.0 / last->ns : 0;", "test_storm_words"),
        ("words/words.c", "while (v >= 999.5 && i + 1 < nr)", "while (v >= 1000 && i + 1 < nr)",
         "test_units"),
        ("trace_lines.c", "st.st_size != at", "!st.st_size", "test_lines"),
        ("words/storm.c", "!guests->users && !guests->vcpus", "!guests->vcpus", "test_storm_words"),
    ),
    *room(
        "serve",
        ("http_headers.c", 'return span_is(&media->type, "text/plain");', "return false;",
         "test_http_accept"),
        ("http_headers.c", "media->openmetrics_1;", "true;", "test_http_accept"),
    ),
    *room(
        "run",
        ("session.c", "return err ? err : snapshot__rank(snap);", "return err;", "test_finish"),
    ),
]
