"""onnxruntime and OpenVINO on the nets that Keras exports; exported once into `peers/.models`."""

import os
import subprocess
import sys
from pathlib import Path

MODELS = Path(__file__).parent / ".models"


def model_file(workload):
    """The net as ONNX. Another process exports it: TensorFlow's memory is not the peer's."""
    path = MODELS / f"{workload.net}.onnx"
    if not path.exists():
        MODELS.mkdir(exist_ok=True)
        subprocess.run([sys.executable, __file__, workload.name, str(path)], check=True, stdout=sys.stderr,
                       env={**os.environ, "KERAS_BACKEND": "tensorflow"})
    return path


def parameter_count(path):
    """Of the file's constants, those that stand for weights cannot be told from others: the count is Keras's."""
    return int(path.with_suffix(".count").read_text())


def make(peer, workload, x, y, threads):
    path = model_file(workload)
    facts = {"parameters": parameter_count(path)}
    if peer == "onnxruntime":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        entry = session.get_inputs()[0]
        feed = {entry.name: x.astype({"tensor(float)": "f4", "tensor(int64)": "i8", "tensor(int32)": "i4"}[entry.type])}
        return lambda: session.run(None, feed), {**facts, "version": onnxruntime.__version__}
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    model.reshape(list(x.shape))
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
    if not workload.bfloat16:
        settings["INFERENCE_PRECISION_HINT"] = "f32"
    compiled = core.compile_model(model, "CPU", settings)
    facts["precision"] = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
    request, x = compiled.create_infer_request(), x.astype(model.inputs[0].element_type.to_dtype())
    return lambda: request.infer({0: x}), {**facts, "version": openvino.__version__.split("-")[0]}


def export(workload, path):
    import keras_peer
    from catalogue import data

    model = keras_peer.NETS[workload.net]()
    model(data(workload)[0])
    unfinished = path.with_suffix(".unfinished.onnx")
    model.export(str(unfinished), format="onnx", verbose=False)
    path.with_suffix(".count").write_text(str(keras_peer.trainable_count(model)))
    unfinished.rename(path)


if __name__ == "__main__":
    from catalogue import WORKLOADS

    export(WORKLOADS[sys.argv[1]], Path(sys.argv[2]))
