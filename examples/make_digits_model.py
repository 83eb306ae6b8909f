#!/usr/bin/env python3
"""Makes digits.onnx, the model of `surety demo`: a small CNN trained on the synthetic digits under noise.

    surety data export synthetic --split train --output train.npz
    surety data export synthetic --split test --output test.npz
    python3 examples/make_digits_model.py train.npz test.npz examples/digits.onnx

Needs torch, onnx and numpy from PyPI; Surety itself does not. Gaussian noise augmentation as in Cohen,
Rosenfeld and Kolter (2019): each batch with fresh noise of the standard deviation that will be certified.
"""
import sys

import numpy
import torch
from torch import nn
from torch.nn.functional import cross_entropy

SIGMA, EPOCHS, BATCH = 0.5, 15, 128
train_file, test_file, output = sys.argv[1:]
torch.manual_seed(0)
torch.set_num_threads(2)


def load(file):
    arrays = numpy.load(file)
    images = torch.from_numpy(arrays["images"]).reshape(-1, 1, 28, 28).float() / 255
    return images, torch.from_numpy(arrays["labels"].astype(numpy.int64))


(images, labels), (test_images, test_labels) = load(train_file), load(test_file)
model = nn.Sequential(nn.Conv2d(1, 16, 5, 2), nn.ReLU(), nn.Conv2d(16, 32, 5, 2), nn.ReLU(), nn.Flatten(),
                      nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10))
optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
for epoch in range(EPOCHS):
    for batch in torch.randperm(len(images)).split(BATCH):
        noisy = images[batch] + SIGMA * torch.randn_like(images[batch])
        loss = cross_entropy(model(noisy), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    schedule.step()
    with torch.inference_mode():
        noisy = test_images + SIGMA * torch.randn_like(test_images)
        accuracy = (model(noisy).argmax(1) == test_labels).float().mean()
    print(f"epoch {epoch + 1}: loss {loss:.3f}, accuracy under noise {accuracy:.3f}")
torch.onnx.export(model.eval(), (torch.zeros(1, 1, 28, 28),), output, dynamo=False, opset_version=13,
                  input_names=["input"], output_names=["logits"],
                  dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})
