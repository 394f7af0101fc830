"""The layers of the plugin ExtraLayers for Keras 3 and 2.15: import this file, and Keras reads and writes models with them."""

import keras

if keras.__version__.startswith("2."):
    import tensorflow as tf

    class ops:
        """The few operations that are used here, as Keras 3 names them."""

        sum, square, mean, reshape = tf.reduce_sum, tf.square, tf.reduce_mean, tf.reshape
        rsqrt, power, pad = tf.math.rsqrt, tf.pow, tf.pad
else:
    from keras import ops


@keras.saving.register_keras_serializable(package="Apus")
class LocalResponseNormalization(keras.layers.Layer):
    """Divides each value by what its neighbours in channel amount to; `tf.nn.local_response_normalization`.

    `x / (bias + alpha * sum(x ** 2)) ** beta`, the sum over `depth_radius` channels on either side. Channels are last.
    """

    def __init__(self, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5, **kwargs):
        super().__init__(**kwargs)
        self.depth_radius, self.bias, self.alpha, self.beta = depth_radius, bias, alpha, beta
        self.supports_masking = True

    def build(self, input_shape):
        self.channels = input_shape[-1]
        super().build(input_shape)

    def call(self, x):
        radius, rank = self.depth_radius, len(x.shape)
        squares = ops.pad(ops.square(x), [[0, 0]] * (rank - 1) + [[radius, radius]])
        total = sum(squares[..., i:i + self.channels] for i in range(2 * radius + 1))
        return x * ops.power(self.bias + self.alpha * total, -self.beta)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"depth_radius": self.depth_radius, "bias": self.bias, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="Apus")
class InstanceNormalization(keras.layers.Layer):
    """Normalizes each channel of each sample by itself, then scales and shifts it."""

    def __init__(
        self, axis=-1, epsilon=1e-3, center=True, scale=True, beta_initializer="zeros", gamma_initializer="ones",
        beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None, **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis, self.epsilon, self.center, self.scale = axis, epsilon, center, scale
        self.beta_initializer = keras.initializers.get(beta_initializer)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.beta_regularizer = keras.regularizers.get(beta_regularizer)
        self.gamma_regularizer = keras.regularizers.get(gamma_regularizer)
        self.beta_constraint = keras.constraints.get(beta_constraint)
        self.gamma_constraint = keras.constraints.get(gamma_constraint)
        self.supports_masking = True

    def build(self, input_shape):
        shape, self.gamma, self.beta = (input_shape[self.axis],), None, None
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma", shape=shape, initializer=self.gamma_initializer, regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint)
        if self.center:
            self.beta = self.add_weight(
                name="beta", shape=shape, initializer=self.beta_initializer, regularizer=self.beta_regularizer,
                constraint=self.beta_constraint)
        super().build(input_shape)

    def call(self, x):
        rank = len(x.shape)
        channel_axis = self.axis % rank
        axes = [axis for axis in range(1, rank) if axis != channel_axis]
        shape = [-1 if axis == channel_axis else 1 for axis in range(rank)]
        centered = x - ops.mean(x, axes, keepdims=True)
        y = centered * ops.rsqrt(ops.mean(ops.square(centered), axes, keepdims=True) + self.epsilon)
        if self.gamma is not None:
            y = y * ops.reshape(self.gamma, shape)
        return y if self.beta is None else y + ops.reshape(self.beta, shape)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {
            "axis": self.axis, "epsilon": self.epsilon, "center": self.center, "scale": self.scale,
            "beta_initializer": keras.initializers.serialize(self.beta_initializer),
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
            "beta_regularizer": keras.regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": keras.regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": keras.constraints.serialize(self.beta_constraint),
            "gamma_constraint": keras.constraints.serialize(self.gamma_constraint),
        }
        return {**super().get_config(), **own}
