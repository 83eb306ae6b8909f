#!/usr/bin/env bash
# Fuzzes the readers of files that may come from anyone, guided by coverage, with libFuzzer and the address sanitizer.
#
#     Tests/fuzz.sh [RUNS [READER…]]       # 1000000 runs of each of Tests/FuzzedReaders/FuzzedReader.swift
#
# A crash, a read of more than a second, memory that does not belong to it, or an allocation beyond the limit ends it, and the file
# stays in .build/fuzzing/found. What reaches new code is kept in .build/fuzzing/corpus: started again it goes on there. In the end the
# fewest files that reach the same code become Tests/FuzzedReaders/Corpus, a file in base64 on each line, which the suite reads.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-1000000}
shift $(($# > 0))
readers=(${@:-onnx npz npy matlab idx pickle picture labels lines record tsv yaml})
folder=$PWD/.build/fuzzing
corpus=Tests/FuzzedReaders/Corpus
export ASAN_OPTIONS=quarantine_size_mb=16:detect_leaks=0 SURETY_FUZZING=1
# The compiler heeds the last of several -sanitize alone; without SwiftPM's own there would be two `main`.
swift build -c release --product fuzzing --scratch-path "$folder" --sanitize fuzzer \
  -Xswiftc -sanitize=address,fuzzer -Xcc -fsanitize=address

fuzz() {
  local reader=$1 kept=$folder/corpus/$1 megabytes=72 length=4096
  # 64 and twice what 4 KiB can be decoded to; but a picture may have up to 179 million pixels. Each line of a list asks the disk for
  # a file, so that lists are short.
  case $reader in
    picture) megabytes=600 ;;
    labels) length=256 ;;
  esac
  mkdir -p "$kept" "$folder/found/$reader"
  if [[ -f $corpus/$reader ]]; then
    local number=0
    while read -r line; do base64 -d <<< "$line" > "$kept/committed-$((number += 1))"; done < "$corpus/$reader"
  fi
  READER=$reader "$folder/release/fuzzing" "$kept" -runs="$runs" -max_len=$length -timeout=1 -malloc_limit_mb=$megabytes \
    -rss_limit_mb=2048 -artifact_prefix="$folder/found/$reader/" -print_final_stats=1 > "$folder/$reader.log" 2>&1 ||
    { echo "$reader: see $folder/$reader.log and $folder/found/$reader"; return 1; }
  rm -rf "$kept.least" && mkdir "$kept.least"
  READER=$reader "$folder/release/fuzzing" -set_cover_merge=1 -max_len=$length "$kept.least" "$kept" > "$folder/$reader.merge.log" 2>&1
  for file in "$kept.least"/*; do base64 -w 0 "$file"; echo; done > "$corpus/$reader"
  local units; units=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$reader.log")
  echo "$reader: $units runs, $(wc -l < "$corpus/$reader") files reach all of it"
}

failed=
for reader in "${readers[@]}"; do
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || failed=yes; done
  fuzz "$reader" &
done
while (($(jobs -p | wc -l) > 0)); do wait -n || failed=yes; done
rm -rf /dev/shm/surety-fuzz-*
[[ -z $failed ]]
