"""The networks of the comparison, in PyTorch, with fixed random weights."""
import torch
from torch import nn


def dense(*widths):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return layers[:-1]


def mlp():
    """784-256-256-10: noise weighs most here."""
    return nn.Sequential(nn.Flatten(), *dense(784, 256, 256, 10))


def lenet():
    """LeNet of the smoothing literature: 2.3 M multiply-accumulates."""
    return nn.Sequential(nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), *dense(800, 500, 10))


def smallcnn():
    """The small CNN of TRADES (Zhang et al. 2019): 10 M multiply-accumulates."""
    def stage(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3), nn.ReLU(), nn.Conv2d(outputs, outputs, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*stage(1, 32), *stage(32, 64), nn.Flatten(), *dense(1024, 200, 200, 10))


class Residual(nn.Module):
    """The basic block of He et al. 2016, with a projection where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        same = stride == 1 and inputs == outputs
        self.skip = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.second(self.first(x)) + self.skip(x))


def resnet(depth):
    """CIFAR ResNet, widths 16, 32, 64; depth 20: 41 M, depth 110: 255 M multiply-accumulates."""
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    shapes = [(16, 16, 1), (16, 32, 2), (32, 64, 2)]
    for inputs, outputs, stride in shapes:
        layers.append(Residual(inputs, outputs, stride))
        layers += [Residual(outputs, outputs, 1) for _ in range((depth - 2) // 6 - 1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


NETWORKS = {"mlp": (mlp, (1, 28, 28)), "lenet": (lenet, (1, 28, 28)), "smallcnn": (smallcnn, (1, 28, 28)),
            "resnet20": (lambda: resnet(20), (3, 32, 32)), "resnet110": (lambda: resnet(110), (3, 32, 32))}


def build(name):
    """The network in inference mode and the shape of its images."""
    torch.manual_seed(0)
    make, shape = NETWORKS[name]
    model = make()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):  # statistics that are not the identity
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return model.eval(), shape
