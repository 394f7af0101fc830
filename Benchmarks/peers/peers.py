"""Times what users would otherwise pick: PyTorch and Keras on the standard workloads, on this machine.

usage: $(Benchmarks/peers/setup) Benchmarks/peers/peers.py [PEER ...] [--workload W ...] [--seconds S] [--threads N]

PEER      torch, torch_channels_last, keras (TensorFlow), keras_xla; for cold_start also apus (--apus PATH).
          Default: all but apus
WORKLOAD  mlp_train       784-512-10, relu, batch 128, Adam
          lenet_train     LeNet-5 (tanh, average pooling), 28x28x1, batch 128, Adam
          lenet_predict1, lenet_predict128
          cold_start      process start, load a LeNet-5 from a file, classify one digit, exit

Each pair runs in a process of its own and prints one JSON object on one line: peer, workload, median_ms, best_ms,
steps, peak_mib (largest resident size of the process), threads, version, load (the machine's load average before: with
other work running, threads that spin for each other are many times slower). A pair that fails has `error` instead.
Models end in logits; weights are random, as is the data: neither changes the time.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEERS = ["torch", "torch_channels_last", "keras", "keras_xla"]
WORKLOADS = ["mlp_train", "lenet_train", "lenet_predict1", "lenet_predict128", "cold_start"]
WARM_UP = 5
COLD_STARTS = 5
ROOT = Path(__file__).resolve().parents[2]


def batch(workload):
    """Inputs (channels last) and labels."""
    import numpy as np

    rng = np.random.default_rng(0)
    count = 1 if workload in ("lenet_predict1", "cold_start") else 128
    shape = (count, 784) if workload.startswith("mlp") else (count, 28, 28, 1)
    return rng.standard_normal(shape).astype("float32"), rng.integers(0, 10, count)


# PyTorch

def torch_model(workload):
    from torch import nn

    if workload.startswith("mlp"):
        return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def torch_step(peer, workload, threads):
    import torch

    torch.set_num_threads(threads)
    x, y = batch(workload)
    model, labels = torch_model(workload), torch.from_numpy(y)
    x = torch.from_numpy(x if x.ndim == 2 else x.transpose(0, 3, 1, 2).copy())
    if peer == "torch_channels_last" and x.ndim == 4:
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    if not workload.endswith("train"):
        model.eval()

        def predict():
            with torch.inference_mode():
                return model(x).numpy()

        return predict, torch.__version__
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def train():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train, torch.__version__


# Keras on TensorFlow

def keras_model(workload):
    import keras
    from keras import layers as L

    if workload.startswith("mlp"):
        return keras.Sequential([L.Input((784,)), L.Dense(512, activation="relu"), L.Dense(10)])
    return keras.Sequential([
        L.Input((28, 28, 1)),
        L.Conv2D(6, 5, padding="same", activation="tanh"), L.AveragePooling2D(2),
        L.Conv2D(16, 5, activation="tanh"), L.AveragePooling2D(2),
        L.Flatten(), L.Dense(120, activation="tanh"), L.Dense(84, activation="tanh"), L.Dense(10)])


def keras_step(peer, workload, threads):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    import keras

    x, y = batch(workload)
    model, xla = keras_model(workload), peer == "keras_xla"
    if workload.endswith("train"):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(1e-3), loss, jit_compile=xla)
        return lambda: float(model.train_on_batch(x, y)), keras.__version__
    # The quickest way that Keras has: `predict` costs far more than the model.
    function, x = tf.function(lambda x: model(x, training=False), jit_compile=xla), tf.constant(x)
    return lambda: function(x).numpy(), keras.__version__


# Cold start: whole processes, as the operating system sees them.

TORCH_START = """
import sys, numpy, torch
sys.path.insert(0, sys.argv[1])
from peers import torch_model
model = torch_model("lenet")
model.load_state_dict(torch.load(sys.argv[2]))
x = torch.from_numpy(numpy.load(sys.argv[3])).permute(0, 3, 1, 2)
with torch.inference_mode(): print(int(model(x).argmax()))
"""
KERAS_START = """
import sys, numpy, keras
print(int(keras.models.load_model(sys.argv[2], compile=False).predict_on_batch(numpy.load(sys.argv[3])).argmax()))
"""


def cold_start_command(peer, folder, apus):
    """A command that loads a LeNet-5 and classifies one digit; what it loads lies in `folder`."""
    import numpy as np

    digit, file = folder / "digit.npy", folder / ("lenet5.pt" if peer.startswith("torch") else "lenet5.h5")
    np.save(digit, batch("cold_start")[0])
    if peer.startswith("torch"):
        import torch

        torch.save(torch_model("lenet").state_dict(), file)
        here = str(Path(__file__).parent)
        return [sys.executable, "-c", TORCH_START, here, str(file), str(digit)], torch.__version__
    import keras

    keras_model("lenet").save(file)
    if peer == "apus":
        return [str(apus), "predict", str(file), "--input", str(digit), "--output", str(folder / "y.npy")], "apus"
    return [sys.executable, "-c", KERAS_START, "", str(file), str(digit)], keras.__version__


# Times a command from within a small process: a child begins with its parent's peak, and this one holds TensorFlow.
LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([time.perf_counter() - start, usage.ru_maxrss, os.waitstatus_to_exitcode(status)]))
"""


def run_cold_start(peer, apus):
    with tempfile.TemporaryDirectory() as folder:
        command, version = cold_start_command(peer, Path(folder), apus)
        times, peak = [], 0
        for _ in range(COLD_STARTS + 1):
            done = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, *command], capture_output=True, text=True)
            seconds, child_peak, code = json.loads(done.stdout)
            if code:
                raise RuntimeError(done.stderr.strip()[-500:])
            times.append(seconds)
            peak = max(peak, child_peak)
        return times[1:], peak, version  # the first filled the file cache


def measure(step, seconds):
    for _ in range(WARM_UP):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return times


def run_one(options, peer, workload):
    load = round(os.getloadavg()[0], 2)
    if workload == "cold_start":
        times, peak, version = run_cold_start(peer, options.apus)
    else:
        make_step = torch_step if peer.startswith("torch") else keras_step
        step, version = make_step(peer, workload, options.threads)
        times = measure(step, options.seconds)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times.sort()
    return {
        "peer": peer, "workload": workload, "median_ms": round(1e3 * times[len(times) // 2], 4),
        "best_ms": round(1e3 * times[0], 4), "steps": len(times), "peak_mib": round(peak / 1024, 1),
        "threads": options.threads, "version": version, "load": load,
    }


def run_all(options):
    failed = False
    for workload in options.workload or WORKLOADS:
        for peer in options.peer or PEERS:
            if not applies(peer, workload):
                continue
            command = [sys.executable, __file__, peer, "--workload", workload, "--one", "--apus", options.apus,
                       "--seconds", str(options.seconds), "--threads", str(options.threads)]
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode:
                failed = True
                error = result.stderr.strip()[-500:]
                print(json.dumps({"peer": peer, "workload": workload, "error": error}), flush=True)
            else:
                print(result.stdout.strip().splitlines()[-1], flush=True)
    return failed


def applies(peer, workload):
    """Whether a peer has this workload, and is not there the same as its plain variant."""
    if peer == "apus":
        return workload == "cold_start"
    if peer == "torch_channels_last":
        return workload.startswith("lenet")
    return peer != "keras_xla" or workload != "cold_start"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", nargs="*", metavar="PEER")
    parser.add_argument("--workload", action="append", choices=WORKLOADS)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--apus", default=str(ROOT / ".build" / "release" / "apus"))
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.peer) - {*PEERS, "apus"}
    if unknown:
        parser.error(f"unknown peer {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}, apus")
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
    if options.one:
        print(json.dumps(run_one(options, options.peer[0], options.workload[0])))
    else:
        sys.exit(run_all(options))


if __name__ == "__main__":
    main()
