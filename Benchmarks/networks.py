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


class WideBlock(nn.Module):
    """The block of Zagoruyko and Komodakis 2016: normalised and rectified before each convolution."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.before = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU())
        self.body = nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
                                  nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False))
        self.projection = None if inputs == outputs else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        ready = self.before(x)
        return self.body(ready) + (x if self.projection is None else self.projection(ready))


def wrn_34_10():
    """The network of TRADES on CIFAR-10: 5.2 G multiply-accumulates."""
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False)]
    for inputs, outputs, stride in [(16, 160, 1), (160, 320, 2), (320, 640, 2)]:
        layers.append(WideBlock(inputs, outputs, stride))
        layers += [WideBlock(outputs, outputs, 1) for _ in range(4)]
    return nn.Sequential(*layers, nn.BatchNorm2d(640), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(640, 10))


class Bottleneck(nn.Module):
    """The block of ResNet-50, with the stride in its 3×3 convolution, as in torchvision."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        outputs = 4 * width
        self.body = nn.Sequential(nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
                                  nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
                                  nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        same = stride == 1 and inputs == outputs
        self.skip = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


def resnet50():
    """ResNet-50 on 224×224: 4.1 G multiply-accumulates."""
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for width, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for block in range(blocks):
            layers.append(Bottleneck(inputs, width, stride if block == 0 else 1))
            inputs = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 1000))


NETWORKS = {"mlp": (mlp, (1, 28, 28)), "lenet": (lenet, (1, 28, 28)), "smallcnn": (smallcnn, (1, 28, 28)),
            "resnet20": (lambda: resnet(20), (3, 32, 32)), "resnet110": (lambda: resnet(110), (3, 32, 32)),
            "wrn-34-10": (wrn_34_10, (3, 32, 32)), "resnet50": (resnet50, (3, 224, 224))}


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
