"""PyTorch: eager, channels-last and compiled."""

import torch
from torch import nn
import torch.nn.functional as F


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embedding, self.recurrent = nn.Embedding(10000, 128), kind(128, 128, batch_first=True)
        self.dense = nn.Linear(128, 1)

    def forward(self, x):
        y, _ = self.recurrent(self.embedding(x))
        return self.dense(y[:, -1])[:, 0]


class CharRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.recurrent = nn.Embedding(65, 65), nn.LSTM(65, 512, 2, batch_first=True)
        self.dense = nn.Linear(512, 65)

    def forward(self, x):
        y, _ = self.recurrent(self.embedding(x))
        return self.dense(y).permute(0, 2, 1)


class Bottleneck(nn.Module):
    """Of ResNet-50 as Keras has it: biases, and the stride in the first convolution."""

    def __init__(self, before, width, stride):
        super().__init__()
        after = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(before, width, 1, stride), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, after, 1), nn.BatchNorm2d(after))
        self.shortcut = None
        if stride != 1 or before != after:
            self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride), nn.BatchNorm2d(after))

    def forward(self, x):
        return F.relu(self.body(x) + (x if self.shortcut is None else self.shortcut(x)))


def resnet50():
    layers, channels = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for width, count, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for index in range(count):
            layers.append(Bottleneck(channels, width, stride if index == 0 else 1))
            channels = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


def vgg16():
    layers, channels = [], 3
    for width in [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0]:
        layers += [nn.Conv2d(channels, width, 3, 1, 1), nn.ReLU()] if width else [nn.MaxPool2d(2)]
        channels = width or channels
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(512 * 49, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(),
        nn.Linear(4096, 1000))


def mobilenet():
    """MobileNet v1; TensorFlow pads a stride of 2 after the image only."""
    layers, channels = [nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32), nn.ReLU6()], 32
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    for width, stride in plan:
        layers += [nn.ZeroPad2d((0, 1, 0, 1))] if stride == 2 else []
        layers += [
            nn.Conv2d(channels, channels, 3, stride, 0 if stride == 2 else 1, groups=channels, bias=False),
            nn.BatchNorm2d(channels), nn.ReLU6(),
            nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU6()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Conv2d(1024, 1000, 1), nn.Flatten())


def ecg():
    layers, channels = [], 1
    for index in range(8):
        layers += [nn.Conv1d(channels, 64, 16, padding="same"), nn.BatchNorm1d(64), nn.ReLU()]
        layers += [nn.MaxPool1d(2)] if index % 2 else []
        channels = 64
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(64, 4))


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def lenetwide():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10))


NETS = {
    "mlp": lambda: nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10)),
    "lenet": lenet, "lenetwide": lenetwide, "ecg": ecg, "resnet50": resnet50, "vgg16": vgg16, "mobilenet": mobilenet,
    "lstm": lambda: Recurrent(nn.LSTM), "gru": lambda: Recurrent(nn.GRU), "charrnn": CharRNN,
}


def make(peer, workload, x, y, threads):
    import numpy as np

    torch.set_num_threads(threads)
    model = NETS[workload.net]()
    facts = {"version": torch.__version__, "parameters": sum(p.numel() for p in model.parameters())}
    x = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1) if x.ndim > 2 else x))
    if peer == "torch_channels_last":
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    model.train(workload.train)
    if workload.bfloat16:
        model, x = model.to(torch.bfloat16), x.to(torch.bfloat16)
    run = torch.compile(model) if peer == "torch_compile" else model
    if not workload.train:
        def predict():
            with torch.inference_mode():
                return run(x).float().numpy()

        return predict, facts
    optimizer, labels = torch.optim.Adam(model.parameters(), lr=1e-3), torch.from_numpy(np.asarray(y))
    loss_of = F.binary_cross_entropy_with_logits if workload.net in ("lstm", "gru") else F.cross_entropy

    def train():
        optimizer.zero_grad()
        loss = loss_of(run(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train, facts
