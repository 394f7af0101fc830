"""The standard workloads as every peer sees them: which net, what data, trained or only run.

The nets are those of `Modules/Benchmarking`; `Benchmarks/run` compares the numbers of trainable parameters.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    name: str
    net: str
    batch: int
    shape: tuple  # of one sample; channels last
    labels: int  # classes, or the symbols of an embedding's vocabulary where there is one
    train: bool = False
    bfloat16: bool = False
    heavy: bool = False  # so much memory that the peers must not be there at the same time

    @property
    def base(self):
        """The float32 workload of the same net and batch."""
        return self.name.removesuffix("_bf16")


def _workloads():
    image, digit = (224, 224, 3), (28, 28, 1)
    yield Workload("mlp_train", "mlp", 128, (784,), 10, train=True)
    yield Workload("lenet_train", "lenet", 128, digit, 10, train=True)
    yield Workload("lenetwide_train", "lenetwide", 128, digit, 10, train=True)
    yield Workload("ecg_train", "ecg", 32, (1024, 1), 4, train=True)
    yield Workload("lstm_train", "lstm", 32, (100,), 2, train=True)
    yield Workload("gru_train", "gru", 32, (100,), 2, train=True)
    yield Workload("charrnn_train", "charrnn", 50, (100,), 65, train=True)
    yield Workload("resnet50_train8", "resnet50", 8, image, 1000, train=True)
    yield Workload("vgg16_train4", "vgg16", 4, image, 1000, train=True, heavy=True)
    predictions = [
        ("lenet_predict1", "lenet", 1, digit, 10), ("lenet_predict128", "lenet", 128, digit, 10),
        ("lstm_predict", "lstm", 32, (100,), 2), ("gru_predict", "gru", 32, (100,), 2),
        ("resnet50_predict1", "resnet50", 1, image, 1000), ("resnet50_predict8", "resnet50", 8, image, 1000),
        ("resnet50_predict32", "resnet50", 32, image, 1000), ("vgg16_predict1", "vgg16", 1, image, 1000),
        ("mobilenet_predict1", "mobilenet", 1, image, 1000), ("mobilenet_predict8", "mobilenet", 8, image, 1000),
    ]
    for arguments in predictions:
        yield Workload(*arguments)
    for name, *rest in predictions:
        yield Workload(name + "_bf16", *rest, bfloat16=True)
    yield Workload("cold_start", "lenet", 1, digit, 10)


WORKLOADS = {workload.name: workload for workload in _workloads()}

PEERS = ["torch", "torch_channels_last", "torch_compile", "keras", "keras_jax", "onnxruntime", "openvino"]


def reason_against(peer, workload):
    """Why a peer has no such workload, or None."""
    if peer not in PEERS:
        return "no such peer"
    if workload.name == "cold_start":
        return None if peer in ("torch", "keras", "onnxruntime", "openvino") else "the same start as its sibling"
    if peer in ("onnxruntime", "openvino") and workload.train:
        return "inference only"
    if peer == "torch_channels_last" and len(workload.shape) != 3:
        return "no images"
    if workload.bfloat16 and peer not in ("openvino", "torch", "torch_channels_last"):
        return "no bfloat16"
    if workload.bfloat16 and peer.startswith("torch") and workload.net in ("lstm", "gru"):
        return "its recurrent layers in bfloat16 are slower than in float32"
    return None


def ending(code):
    """How a process ended, in words; `code` is subprocess's return code, negative for signals."""
    if code == -9:
        return "was killed, which the system does when memory runs out"
    if code < 0:
        import signal

        return f"died of {signal.Signals(-code).name}"
    return f"ended with code {code}"


def data(workload):
    """A batch of inputs, channels last, and its labels."""
    import numpy as np

    rng = np.random.default_rng(0)
    shape = (workload.batch, *workload.shape)
    if workload.net in ("lstm", "gru"):
        return rng.integers(0, 10000, shape), rng.integers(0, 2, workload.batch).astype("float32")
    if workload.net == "charrnn":
        return rng.integers(0, 65, shape), rng.integers(0, 65, shape)
    return rng.standard_normal(shape).astype("float32"), rng.integers(0, workload.labels, workload.batch)
