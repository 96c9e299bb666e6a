#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
The dashboards are what Grafana publishes as a dashboard's schema (@grafana/schema), with the options
of each kind of panel; the manifest is what Kubernetes publishes (kubernetes-models). Both are types of
TypeScript, from which ts-json-schema-generator makes a JSON schema that allows no other key.

First: make build/schemas/node_modules
"""

import copy
import functools
import json
import sys
from pathlib import Path

import jsonschema
import yaml

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lib"))
from ipitest import BUILD, Run, Tap  # noqa: E402

SCHEMAS = (TOP / BUILD / "schemas").resolve()
GRAFANA = "@grafana/schema/dist/types/raw/dashboard/x/types.gen.d.ts"
PANEL = "@grafana/schema/dist/esm/raw/composable/{0}/panelcfg/x/{1}PanelCfg_types.gen.d.ts"
PANELS = {"timeseries": "TimeSeries", "heatmap": "Heatmap"}
DAEMONSET = "kubernetes-models/apps/v1/DaemonSetSpec.d.ts"
DASHBOARDS = ("ipitrace.json", "ipitrace-fleet.json")

tap = Tap()


@functools.cache
def validator(path, name):
    """For a type of a package; None, with a failed check, if there is none."""
    file = SCHEMAS / "node_modules" / path
    run = Run([SCHEMAS / "node_modules/.bin/ts-json-schema-generator", "--path", file, "--type", name,
               "--no-type-check"], cwd=SCHEMAS, timeout=900)
    if not tap.ok(not run.status, f"{name} of {path.split('/x/')[0]}: a schema", run.err):
        return None
    return jsonschema.Draft7Validator(json.loads(run.out))


def errors(schema, data):
    return [f"{e.json_path}: {e.message}"[:300] for e in schema.iter_errors(data)]


def check(schema, data, name, spoil):
    """@data is valid; and is not once @spoil has changed it, for a schema that lets all pass shows nothing."""
    found = errors(schema, data)
    tap.ok(not found, f"{name} is valid", *found[:20])
    spoilt = copy.deepcopy(data)
    spoil(spoilt)
    tap.ok(errors(schema, spoilt), f"{name} with a fault is not")


def check_panels(name, panels):
    for kind, camel in PANELS.items():
        options = [p for p in panels if p["type"] == kind]
        if not options:
            continue
        schema = validator(PANEL.format(kind, camel), "Options")
        if not schema:
            continue
        found = [f"{p['title']}: {e}" for p in options for e in errors(schema, p.get("options", {}))]
        tap.ok(not found, f"{name}: options of {len(options)} panels of kind {kind} are valid", *found[:20])


def check_dashboards():
    schema = validator(GRAFANA, "Dashboard")
    for name in DASHBOARDS if schema else ():
        board = json.loads((TOP / "dashboards" / name).read_text(encoding="utf-8"))

        def spoil(data):
            data["panels"][-1]["gridPos"]["width"] = 3
        check(schema, board, name, spoil)
        check_panels(name, board["panels"])
        tap.ok({p["type"] for p in board["panels"]} <= {"row", *PANELS}, f"{name}: no other kind of panel",
               {p["type"] for p in board["panels"]})


def check_manifest():
    path = TOP / "packaging/kubernetes/daemonset.yaml"
    manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    schema = validator(DAEMONSET, "IDaemonSetSpec")

    def spoil(data):
        data["template"]["spec"]["containers"][0]["securityContext"]["readOnly"] = True
    if schema:
        check(schema, manifest["spec"], f"{path.name}: spec", spoil)
    # The published validator also knows the rest, formats and ranges, but lets unknown keys pass.
    script = "import{DaemonSet}from'kubernetes-models/apps/v1/DaemonSet';new DaemonSet(JSON.parse(process.argv[1])).validate()"
    node = ("node", "--input-type=module", "-e", script)
    run = Run([*node, json.dumps(manifest)], cwd=SCHEMAS)
    tap.ok(not run.status, f"{path.name}: kubernetes-models' own validator agrees", run.err)
    manifest["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = "metrics"
    tap.ok(Run([*node, json.dumps(manifest)], cwd=SCHEMAS).status, "and sees a fault")


def main():
    if not (SCHEMAS / "node_modules").exists():
        tap.ok(False, "npm's packages", "make build/schemas/node_modules")
        tap.done()
    check_dashboards()
    check_manifest()
    tap.done()


main()
