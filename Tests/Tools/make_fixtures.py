"""Makes Tests/Fixtures/keras3 or keras2 with the Keras that it runs under.

usage: PYTHON Tests/Tools/make_fixtures.py [KIND ...]
KIND is any of the names below; without one, everything that this Keras version has is made.
  $(Scripts/python-env 3) Tests/Tools/make_fixtures.py
  $(Scripts/python-env 2) Tests/Tools/make_fixtures.py
The same versions on the same machine make the same bytes.
"""

import importlib
import os
import subprocess
import sys

from fixtures import KERAS_MAJOR, OUTPUT

# Keras 3 defines what layers, losses and optimizers mean; of Keras 2 only files are wanted.
KINDS = {
    3: ["models", "layers", "penalties", "masks", "policies", "recurrent", "losses", "optimizers", "loss_scale",
        "initializers", "activations", "summaries", "zoo", "callbacks", "weights", "optimizer_models", "schedules",
        "operations", "channels_first", "layer_classes", "images", "preprocessing", "preprocessing_models", "states",
        "extra", "configs", "edges"],
    2: ["models", "recurrent", "optimizer_models", "optimizers", "layers", "operations", "layer_classes",
        "preprocessing_models", "local", "random_sizes"],
}

# What TensorFlow cannot compute on a CPU.
TORCH = {"channels_first"}


def main(arguments):
    kinds = KINDS[KERAS_MAJOR]
    unknown = [kind for kind in arguments if kind not in kinds]
    if unknown:
        sys.exit(f"unknown kind {', '.join(unknown)}; Keras {KERAS_MAJOR} has: {', '.join(kinds)}")
    for kind in arguments or kinds:
        print(f"{OUTPUT.name}: {kind}", flush=True)
        if kind in TORCH and os.environ["KERAS_BACKEND"] != "torch":
            subprocess.run([sys.executable, __file__, kind], env={**os.environ, "KERAS_BACKEND": "torch"}, check=True)
            continue
        importlib.import_module(f"fixtures.{kind}").make()


if __name__ == "__main__":
    main(sys.argv[1:])
