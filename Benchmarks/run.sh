#!/usr/bin/env bash
# Compares surety's speed with PyTorch's, ONNX Runtime's and OpenVINO's, if they are installed: compare.py, train.py and
# attack_speed.py, or with "--only certify", "--only train" or "--only attack-speed" one of them, which further arguments go
# to; and what columns save beside a fixed number of samples: columns.py, "--only columns", which needs no peers. "--only attacks"
# compares the strength of attacks with foolbox's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${SURETY_PEERS_PYTHON:-python3}
if [[ ${1:-} == --only && ${2:-} == columns ]]; then exec "$python" "$here/columns.py" "${@:3}"; fi
if ! "$python" -c "import torch, onnx, onnxruntime, numpy" 2>/dev/null; then
  cat <<MESSAGE
The comparison needs PyTorch and ONNX Runtime, and takes OpenVINO where it is, which Surety itself does not. To install them:

  python3 -m venv ~/surety-peers
  ~/surety-peers/bin/pip install torch onnx onnxruntime openvino numpy
  SURETY_PEERS_PYTHON=~/surety-peers/bin/python make bench

What columns save beside a fixed number of samples is measured without them:
MESSAGE
  exec "$python" "$here/columns.py"
fi
export PYTHONDONTWRITEBYTECODE=1
only=
if [[ ${1:-} == --only ]]; then
  only=${2:-}
  shift 2
fi
case $only in
  certify) exec "$python" -W ignore "$here/compare.py" "$@" ;;
  train) exec "$python" -W ignore "$here/train.py" "$@" ;;
  attack-speed) exec "$python" -W ignore "$here/attack_speed.py" "$@" ;;
  attacks)
    if ! "$python" -W ignore -c "import foolbox" 2>/dev/null; then
      echo "run.sh: the comparison of attacks needs foolbox besides: $python -m pip install foolbox" >&2
      exit 1
    fi
    # Threads that wait for each other by spinning hold up all on a busy machine.
    OMP_WAIT_POLICY=passive exec "$python" -W ignore "$here/attacks.py" "$@" ;;
  "") "$python" -W ignore "$here/compare.py" && "$python" -W ignore "$here/train.py" && "$python" -W ignore "$here/attack_speed.py" &&
    "$python" "$here/columns.py" ;;
  *)
    echo "run.sh: --only $only: write certify, train, attack-speed, columns or attacks" >&2
    exit 2
    ;;
esac
