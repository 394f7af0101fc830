"""Loading a legacy whole-model .h5 with its optimizer's state, in Keras 2.15 and 3."""

import json

import h5py
import keras
import numpy as np

KERAS_MAJOR = int(keras.__version__.split(".")[0])


def optimizer_values(path):
    """The arrays under `optimizer_weights` of the file in stored order, as (name, array); [] if there are none."""
    with h5py.File(path, "r") as file:
        if "optimizer_weights" not in file:
            return []
        group = file["optimizer_weights"]
        names = [n.decode() if isinstance(n, bytes) else n for n in _chunked_attribute(group, "weight_names")]
        return [(name, group[name][()]) for name in names]


def _chunked_attribute(group, name):
    if name in group.attrs:
        return list(group.attrs[name])
    values, index = [], 0
    while f"{name}{index}" in group.attrs:
        values += list(group.attrs[f"{name}{index}"])
        index += 1
    return values


def load(path):
    """The model of the file, ready to train on from the stored state; raises if that state does not fit.

    Keras 3.15 builds the optimizer of a legacy file for the model's own direct variables, of which there are none: it
    drops the stored state with a warning and then refuses to train. So the optimizer is made anew here, from the same
    configuration, built for the model's trainable variables and given the stored values. Keras 2.15 does it right but for a
    LossScaleOptimizer, whose inner optimizer it does not build, and goes on with a fresh state after a mere warning: the
    values are compared.
    """
    model = keras.models.load_model(path)
    if getattr(model, "optimizer", None) is None:
        return model
    if KERAS_MAJOR == 3:
        _renew_optimizer(model, path)
    elif hasattr(model.optimizer, "inner_optimizer"):
        model.optimizer.build(model.trainable_variables)
        if values := [value for _, value in optimizer_values(path)]:
            model.optimizer.inner_optimizer.set_weights(values)
    _check_optimizer(model.optimizer, path)
    return model


def _renew_optimizer(model, path):
    from keras.src.legacy.saving import saving_utils

    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    optimizer.build(model.trainable_variables)
    values = [value for _, value in optimizer_values(path)]
    if len(values) == len(optimizer.variables):
        # A LossScaleOptimizer's own `set_weights` knows its own variables alone.
        for variable, value in zip(optimizer.variables, values):
            variable.assign(value)
    with h5py.File(path, "r") as file:
        training = json.loads(file.attrs["training_config"])
    arguments = saving_utils.compile_args_from_training_config(training)
    arguments["optimizer"] = optimizer
    model.compile(**arguments)


def _check_optimizer(optimizer, path):
    stored = optimizer_values(path)
    variables = optimizer.variables if isinstance(optimizer.variables, list) else optimizer.variables()
    # Before the first step a file has none, or only the iteration and the learning rate.
    if len(stored) <= 2 < len(variables):
        return
    if not stored:
        return
    names = [getattr(v, "path", v.name) for v in variables]
    if len(stored) != len(variables):
        raise ValueError(
            f"{path}: {len(stored)} optimizer weights in the file ({[name for name, _ in stored]}), "
            f"{type(optimizer).__name__} has {len(variables)} ({names})")
    for (name, value), variable, wanted in zip(stored, variables, names):
        if not np.array_equal(value, variable.numpy()):
            raise ValueError(f"{path}: optimizer weight {name} was not taken over into {wanted}")


def train_step(model, x, y):
    """One step's own loss: Keras 3 otherwise returns the mean since the last reset."""
    model.reset_metrics()
    result = model.train_on_batch(x, y)
    return float(result[0] if isinstance(result, (list, tuple)) else result)


def parts(layer):
    """A layer's own weights and the layers inside it."""
    if hasattr(layer, "_trainable_variables"):
        return layer._trainable_variables + layer._non_trainable_variables, getattr(layer, "layers", layer._layers)
    inner = layer.layers if hasattr(layer, "layers") else layer._flatten_layers(recursive=False, include_self=False)
    return layer._trainable_weights + layer._non_trainable_weights, inner


def named_weights(model):
    """{path: array}: the names of the layers around a weight, and what follows the last of them in Keras's own name."""
    found, seen = {}, set()

    def add(layer, prefix):
        own, inner = parts(layer)
        for weight in own:
            if id(weight) not in seen:
                seen.add(id(weight))
                found[prefix + weight.name.split("/")[-1].split(":")[0]] = weight.numpy()
        for child in inner:
            add(child, f"{prefix}{child.name}/")

    add(model, "")
    assert len(found) == len(model.weights), f"{sorted(found)}, not {[w.name for w in model.weights]}"
    return found
