#!/usr/bin/env bash
# Compares all models for MNIST in examples/models: certificates, bounds and attacks, joined image by image.
#
#     examples/compare-models.sh FOLDER        # writes FOLDER/comparison.html and .md; needs MNIST
#
# Stopped and started again it continues where it stopped. SURETY names the command.
set -euo pipefail
mkdir -p "${1:?usage: examples/compare-models.sh FOLDER}/runs"
output=$(cd "$1" && pwd)
surety=$(realpath "${SURETY:-$(dirname "$0")/../.build/release/surety}")
cd "$(dirname "$0")/.."
runs=()

# A run with its arguments, its directory last.
run() {
  local directory=${*: -1}
  if [[ ! -f $directory.complete ]]; then
    "$surety" "${@:1:$#-1}" --data mnist --output "$directory" > "$directory.log" 2>&1 ||
      { echo "compare-models.sh: see $directory.log" >&2; exit 1; }
    touch "$directory.complete"
  fi
  runs+=("$directory")
}

# How far attacks come and bounds reach on the network itself: in a norm, at radii, with a proven bound.
base() {
  run attack "$file" --skip 100 --suite standard --norm "$1" --epsilon "$2" "$output/runs/$name-attack-$1"
  run bounds "$file" --skip 100 --norm "$1" --blocks 50 --scores both --proven "$3" "$output/runs/$name-bounds-$1"
}

# The smoothed classifier: its certificate, and attacks that average over more and more noisy copies (SmoothAdv, figure 3).
smoothed() {
  local sigma
  sigma=$(sed -n 's/.*"sigma": \([0-9.]*\).*/\1/p' "Certificates/$name/run.json")
  runs+=("Certificates/$name")
  for copies in "$@"; do
    run attack "$file" --skip 100 --attack pgd --norm l2 --epsilon 0.25,0.5,0.75,1,1.25,1.5 --set steps=20 \
      --sigma "$sigma" --copies "$copies" "$output/runs/$name-smoothed-$copies"
  done
}

# Linear relaxation takes most of a minute per image on the larger networks: they get intervals.
for file in examples/models/*.onnx; do
  name=$(basename "$file" .onnx)
  case $name in
    cifar10-*) ;;
    wong-*)
      base linf 0.05,0.1,0.2,0.3 crown
      base l2 0.5,1,1.5,2 crown ;;
    wasserstein-*) base linf 0.05,0.1,0.2,0.3 crown ;;
    mnist-trades-* | mnist-madry* | mnist-voronoi) base linf 0.05,0.1,0.2,0.3 ibp ;;
    *-0.5)
      base l2 0.5,1,1.5,2 ibp
      smoothed 1 4 16 64 ;;
    *)
      base l2 0.5,1,1.5,2 ibp
      smoothed 1 16 ;;
  esac
done
# An alarm is the exit code 2, of both.
"$surety" report "${runs[@]}" --output "$output/comparison.html" || code=$?
"$surety" report "${runs[@]}" --output "$output/comparison.md"
exit "${code:-0}"
