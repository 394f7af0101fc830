"""Keras on TensorFlow or JAX, whichever KERAS_BACKEND says."""

import os

import keras
from keras import layers as L


def ecg():
    layers = [L.Input((1024, 1))]
    for index in range(8):
        layers += [L.Conv1D(64, 16, padding="same"), L.BatchNormalization(), L.ReLU()]
        layers += [L.MaxPooling1D(2)] if index % 2 else []
    return keras.Sequential(layers + [L.GlobalAveragePooling1D(), L.Dense(4)])


def recurrent(kind):
    return keras.Sequential([L.Input((100,)), L.Embedding(10000, 128), kind(128), L.Dense(1)])


def charrnn():
    return keras.Sequential([
        L.Input((100,)), L.Embedding(65, 65), L.LSTM(512, return_sequences=True), L.LSTM(512, return_sequences=True),
        L.Dense(65)])


def lenet():
    return keras.Sequential([
        L.Input((28, 28, 1)), L.Conv2D(6, 5, padding="same", activation="tanh"), L.AveragePooling2D(2),
        L.Conv2D(16, 5, activation="tanh"), L.AveragePooling2D(2), L.Flatten(), L.Dense(120, activation="tanh"),
        L.Dense(84, activation="tanh"), L.Dense(10)])


def lenetwide():
    return keras.Sequential([
        L.Input((28, 28, 1)), L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(2),
        L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(2), L.Flatten(), L.Dense(128, activation="relu"),
        L.Dense(10)])


def application(name):
    return lambda: getattr(keras.applications, name)(weights=None, classifier_activation=None)


NETS = {
    "mlp": lambda: keras.Sequential([L.Input((784,)), L.Dense(512, activation="relu"), L.Dense(10)]),
    "lenet": lenet, "lenetwide": lenetwide, "ecg": ecg, "charrnn": charrnn,
    "lstm": lambda: recurrent(L.LSTM), "gru": lambda: recurrent(L.GRU),
    "resnet50": application("ResNet50"), "vgg16": application("VGG16"), "mobilenet": application("MobileNet"),
}


def trainable_count(model):
    return sum(int(weight.shape.num_elements() if hasattr(weight.shape, "num_elements") else _product(weight.shape))
               for weight in model.trainable_weights)


def _product(shape):
    result = 1
    for size in shape:
        result *= size
    return result


def make(peer, workload, x, y, threads):
    on_jax = os.environ["KERAS_BACKEND"] == "jax"
    if not on_jax:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    model = NETS[workload.net]()
    version = keras.__version__ + " on " + keras.backend.backend()
    facts = {"version": version, "parameters": trainable_count(model)}
    if workload.train:
        losses = keras.losses
        loss = (losses.BinaryCrossentropy if workload.net in ("lstm", "gru") else losses.SparseCategoricalCrossentropy)
        model.compile(keras.optimizers.Adam(1e-3), loss(from_logits=True), jit_compile=on_jax)
        return lambda: float(model.train_on_batch(x, y)), facts
    # The quickest way that each has: `predict` costs far more than a small model.
    if on_jax:
        import jax
        import numpy as np

        trainable = [v.value for v in model.trainable_variables]
        others = [v.value for v in model.non_trainable_variables]
        function = jax.jit(lambda t, n, a: model.stateless_call(t, n, a, training=False)[0])
        return lambda: np.asarray(function(trainable, others, x)), facts
    function, x = tf.function(lambda a: model(a, training=False)), tf.constant(x)
    return lambda: function(x).numpy(), facts
