#!/usr/bin/env bash
# Compares all models in examples/models: certificates, bounds and attacks, joined image by image.
#
#     examples/compare-models.sh FOLDER        # writes FOLDER/comparison.html and .md; needs MNIST
#
# What a folder of runs holds already is not made again, so that it can be stopped and started.
set -euo pipefail
cd "$(dirname "$0")/.."
output=${1:?usage: examples/compare-models.sh FOLDER}
surety=.build/release/surety
mkdir -p "$output/runs"
runs=()

# A run with its arguments, its directory last.
run() {
  local directory=${*: -1}
  if [[ ! -f $directory/complete ]]; then
    rm -rf "$directory"
    "$surety" "${@:1:$#-1}" --output "$directory" > "$directory.log" 2>&1
    touch "$directory/complete"
  fi
  runs+=("$directory")
}

for file in examples/models/*.onnx; do
  name=$(basename "$file" .onnx)
  if [[ -d Certificates/$name ]]; then
    sigma=$(sed -n 's/.*"sigma": \([0-9.]*\).*/\1/p' "Certificates/$name/run.json")
    runs+=("Certificates/$name")
    for copies in 1 16; do
      run attack "$file" --data mnist --skip 200 --attack pgd --norm l2 --epsilon 0.25,0.5,1,1.5 --set steps=20 \
        --sigma "$sigma" --copies $copies "$output/runs/$name-smoothed-$copies"
    done
  fi
  run attack "$file" --data mnist --skip 200 --suite standard --norm linf --epsilon 0.05,0.1,0.2,0.3 "$output/runs/$name-attack"
  # Linear relaxation takes most of a minute per image on the larger networks.
  case $name in mnist-*) proven=ibp ;; *) proven=crown ;; esac
  run bounds "$file" --data mnist --skip 400 --norm linf --blocks 50 --proven $proven "$output/runs/$name-bounds"
done
for form in html md; do "$surety" report "${runs[@]}" --output "$output/comparison.$form"; done
