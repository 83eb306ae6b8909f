#!/usr/bin/env python3
"""What Surety does with each ONNX file of a folder: a table in Markdown.

    examples/model-table.py MODELS DATA [--preset imagenet] [--images 2] [--samples 200] > table.md

For each model: the images that are right of some clean ones, and what became of `certify`, `attack` (PGD, ten steps) and `bounds`
(intervals): done, or the reason for which it was refused. SURETY names the command; nothing but Python is needed.
"""
import argparse
import os
import pathlib
import re
import subprocess
import tempfile
import time

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("models", type=pathlib.Path)
arguments.add_argument("data")
arguments.add_argument("--preset")
arguments.add_argument("--images", type=int, default=2)
arguments.add_argument("--samples", type=int, default=200)
arguments.add_argument("--sigma", default="0.25")
arguments.add_argument("--threads", default=str(os.cpu_count()))
given = arguments.parse_args()
surety = os.environ.get("SURETY", str(pathlib.Path(__file__).parent.parent / ".build/release/surety"))


def run(verb, model, *options):
    """The output, or None and the reason of the refusal, with the seconds it took."""
    command = [surety, verb, str(model), "--data", given.data, "--max", str(given.images), "--threads", given.threads, *options]
    if given.preset:
        command += ["--preset", given.preset]
    start = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True)
    seconds = time.monotonic() - start
    # Without a proof a run of bounds says so, and is no failure.
    unproven = [line for line in result.stderr.splitlines() if line.startswith("no bound can be proven: ")]
    if unproven:
        return None, unproven[-1].split("; ")[0], seconds
    if result.returncode == 0:
        return result.stdout, "", seconds
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    return None, errors[-1].removeprefix("Error: ") if errors else f"exit code {result.returncode}", seconds


def outcome(found):
    output, reason, _ = found
    return "yes" if output is not None else reason.replace("|", "\\|")[:90]


print(f"| model | right of {given.images} | certify, samples a second | PGD-10 | intervals |")
print("|---|---:|---:|---|---|")
for model in sorted(given.models.glob("*.onnx")):
    evaluated = run("evaluate", model)
    if evaluated[0] is None:
        print(f"| {model.stem} | {outcome(evaluated)} | | | |", flush=True)
        continue
    right = re.search(r"correct +(\d+)", evaluated[0]).group(1)
    with tempfile.TemporaryDirectory() as folder:
        certified = run("certify", model, "--sigma", given.sigma, "--n", str(given.samples), "--yes", "--output", f"{folder}/c")
        rate = re.search(r"([\d,]+) samples per second", certified[0]) if certified[0] else None
        attacked = run(
            "attack", model, "--attack", "pgd", "--norm", "linf", "--epsilon", "0.01", "--set", "steps=10", "--yes", "--output", f"{folder}/a")
        bounded = run(
            "bounds", model, "--norm", "linf", "--epsilon", "0.0001", "--no-estimates", "--proven", "ibp", "--yes", "--output", f"{folder}/b")
    print(
        f"| {model.stem} | {right} | {rate.group(1) if rate else outcome(certified)} | {outcome(attacked)} | {outcome(bounded)} |", flush=True)
