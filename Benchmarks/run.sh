#!/usr/bin/env bash
# Compares surety's speed with PyTorch's and ONNX Runtime's, if they are installed. Arguments go to compare.py.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${SURETY_PEERS_PYTHON:-python3}
if ! "$python" -c "import torch, onnx, onnxruntime, numpy" 2>/dev/null; then
  cat <<MESSAGE
The comparison needs PyTorch and ONNX Runtime, which Surety itself does not. To install them:

  python3 -m venv ~/surety-peers
  ~/surety-peers/bin/pip install torch onnx onnxruntime numpy
  SURETY_PEERS_PYTHON=~/surety-peers/bin/python make bench
MESSAGE
  exit 0
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$python" -W ignore "$here/compare.py" "$@"
