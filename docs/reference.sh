#!/usr/bin/env bash
# Builds the reference of the library with DocC, which comes with Swift: every public declaration and its comment, as web pages.
#
#     docs/reference.sh FOLDER    # after `swift build -c release`; a warning of DocC is an error
set -euo pipefail
output=$(realpath -m "${1:?usage: docs/reference.sh FOLDER}")
cd "$(dirname "$0")/.."
build=$(swift build -c release --show-bin-path)
maps=()
for map in Sources/*/module.modulemap "$build"/*.build/module.modulemap; do maps+=(-Xcc "-fmodule-map-file=$map"); done
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT
for folder in Tensors Statistics Records Graphs Datasets Networks Smoothing Bounds Attacks Training Reports Sharing ""; do
  swift symbolgraph-extract -module-name "Surety$folder" -target "$(uname -m)-unknown-linux-gnu" -I "$build/Modules" "${maps[@]}" \
    -output-dir "$graphs" -minimum-access-level public -skip-inherited-docs
done
# What its name says needs no line: parameters may be explained in part.
docc convert --additional-symbol-graph-dir "$graphs" --fallback-display-name Surety --fallback-bundle-identifier surety \
  --disable-parameters-and-returns-validation --warnings-as-errors --output-path "$output"
