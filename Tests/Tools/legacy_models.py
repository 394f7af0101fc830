"""Loading a legacy whole-model .h5 with its optimizer's state, in Keras 2.15 and 3."""

import json

import h5py
import keras

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
    """The model of the file, ready to train on from the stored state.

    Keras 3.15 builds the optimizer of a legacy file for the model's own direct variables, of which there are none:
    it drops the stored state with a warning and then refuses to train. So the optimizer is made anew here, from the same
    configuration, built for the model's trainable variables and given the stored values.
    """
    model = keras.models.load_model(path)
    if KERAS_MAJOR == 2 or getattr(model, "optimizer", None) is None:
        return model
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    optimizer.build(model.trainable_variables)
    values = [value for _, value in optimizer_values(path)]
    if len(values) == len(optimizer.variables):
        optimizer.set_weights(values)
    elif len(values) > 2:
        # Two are there even before the first step: iteration and learning rate.
        raise ValueError(
            f"{path}: {len(values)} optimizer weights in the file, {type(optimizer).__name__} has "
            f"{len(optimizer.variables)}: {[v.path for v in optimizer.variables]}")
    with h5py.File(path, "r") as file:
        training = json.loads(file.attrs["training_config"])
    from keras.src.legacy.saving import saving_utils

    arguments = saving_utils.compile_args_from_training_config(training)
    arguments["optimizer"] = optimizer
    model.compile(**arguments)
    return model
