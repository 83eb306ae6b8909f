"""What ONNX Runtime computes for exported networks: ExportTests writes them into a folder, runs this, and compares.

    pip install onnxruntime && python export_logits.py FOLDER > exports.json

For each FOLDER/NAME.onnx with images [N, C, H, W]: the file's SHA-256, and the logits of two images whose pixels, counted
through both, are (37 i mod 256) / 255.
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
import onnxruntime

networks = {}
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    image = session.get_inputs()[0]
    shape = [2, *image.shape[1:]]
    pixels = (np.arange(np.prod(shape)) * 37 % 256).astype(np.float32) / np.float32(255)
    logits = session.run(None, {image.name: pixels.reshape(shape)})[0]
    networks[file.stem] = {
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "logits": [float(x) for x in logits.ravel()]}
json.dump({"onnxruntime": onnxruntime.__version__, "networks": networks}, sys.stdout, indent=1, sort_keys=True)
