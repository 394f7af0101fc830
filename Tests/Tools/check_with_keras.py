"""Asks real Keras what it makes of legacy whole-model .h5 files, usually ones that Apus wrote.

Runs under Keras 3 or 2.15 (Scripts/python-env). One JSON value goes to standard output. Any failure ends with exit
code 1 and its traceback on standard error.

  predict FILE --x X.npy --out Y.npy        {"outputs": [files]}
  evaluate FILE --x X.npy --y Y.npy         {"loss": ..., "accuracy": ...} as Keras names them
  train-step FILE --x X.npy --y Y.npy --steps N [--batch-size B] [--out LOSSES.json] [--weights-out W.npz]
                                            {"losses": [...]}; one batch after the other (all of x without B), from
                                            the optimizer state in the file; W.npz: layer/weight after the last step
  config FILE [--optimizer-out O.npz]       model and optimizer configuration, names of weights; O.npz: optimizer state
  summary FILE                              {"summary": text}
  events FOLDER                             {"train": {tag: [[step, value], ...]}, "validation": ...}: what TensorBoard
                                            (of the Keras 2 environment) reads in the event files of a run
  jobs JOBS.json                            a list of the above as argument lists, in one process: a list of results

A file X.json instead holds strings, in nested lists. --x and --y repeat for several inputs and outputs, in the model's order; several outputs of `predict` go to Y_0.npy, ...
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

tf.config.threading.set_inter_op_parallelism_threads(1)
tf.config.threading.set_intra_op_parallelism_threads(1)

import absl.logging  # noqa: E402
import keras  # noqa: E402

absl.logging.set_verbosity(absl.logging.ERROR)

# The layers of the plugin ExtraLayers.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Docs"))

import extra_layers  # noqa: E402, F401
from legacy_models import load, named_weights, optimizer_values, train_step  # noqa: E402


def arrays(paths):
    values = [tf.constant(json.loads(Path(path).read_text())) if path.endswith(".json") else np.load(path)
              for path in paths]
    return values[0] if len(values) == 1 else values


def predict(options):
    result = load(options.file).predict(arrays(options.x), batch_size=options.batch_size or 128, verbose=0)
    out = Path(options.out)
    if not isinstance(result, (list, tuple)):
        np.save(out, result)
        return {"outputs": [str(out)]}
    files = [out.with_name(f"{out.stem}_{i}{out.suffix}") for i in range(len(result))]
    for file, value in zip(files, result):
        np.save(file, value)
    return {"outputs": [str(file) for file in files]}


def evaluate(options):
    result = load(options.file).evaluate(
        arrays(options.x), arrays(options.y), batch_size=options.batch_size or 128, verbose=0, return_dict=True)
    return {name: float(value) for name, value in result.items()}


def train(options):
    model, x, y = load(options.file), arrays(options.x), arrays(options.y)
    count = len(x[0] if isinstance(x, list) else x)
    size = options.batch_size or count

    def batch(value, step):
        start = step * size % count
        pick = lambda v: v[start:start + size]
        return [pick(v) for v in value] if isinstance(value, list) else pick(value)

    losses = [train_step(model, batch(x, step), batch(y, step)) for step in range(options.steps)]
    if options.out:
        Path(options.out).write_text(json.dumps(losses))
    if options.weights_out:
        np.savez(options.weights_out, **named_weights(model))
    return {"losses": losses}


def config(options):
    model = load(options.file)
    optimizer = getattr(model, "optimizer", None)
    stored = optimizer_values(options.file)
    if options.optimizer_out:
        np.savez(options.optimizer_out, **dict(stored))
    serialized = None if optimizer is None else {
        "class_name": type(optimizer).__name__, "config": optimizer.get_config()}
    return {
        "keras_version": keras.__version__, "class_name": type(model).__name__, "config": json.loads(model.to_json()),
        "weights": {name: list(value.shape) for name, value in named_weights(model).items()},
        "optimizer": serialized, "optimizer_weights": [name for name, _ in stored],
        "parameters": model.count_params(),
    }


def summary(options):
    lines = []
    load(options.file).summary(line_length=80, print_fn=lambda text, **_: lines.append(text))
    return {"summary": "\n".join(lines)}


def events(options):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = {}
    for folder in sorted(Path(options.file).iterdir()):
        reader = EventAccumulator(str(folder), size_guidance={"scalars": 0})
        reader.Reload()
        found[folder.name] = {tag: [[event.step, event.value] for event in reader.Scalars(tag)]
                              for tag in reader.Tags()["scalars"]}
    return found


def parser():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(dest="command", required=True)

    def command(name, run, data=()):
        sub = commands.add_parser(name)
        sub.set_defaults(run=run)
        sub.add_argument("file")
        for option in data:
            sub.add_argument(f"--{option}", action="append", required=True)
        if data:
            sub.add_argument("--batch-size", type=int)
        return sub

    command("predict", predict, ["x"]).add_argument("--out", required=True)
    command("evaluate", evaluate, ["x", "y"])
    steps = command("train-step", train, ["x", "y"])
    steps.add_argument("--steps", type=int, default=1)
    steps.add_argument("--out")
    steps.add_argument("--weights-out")
    command("config", config).add_argument("--optimizer-out")
    command("summary", summary)
    command("events", events)
    command("jobs", lambda options: [answer(job) for job in json.loads(Path(options.file).read_text())])
    return top


def answer(arguments):
    options = parser().parse_args(arguments)
    return options.run(options)


if __name__ == "__main__":
    print(json.dumps(answer(sys.argv[1:]), default=str))
