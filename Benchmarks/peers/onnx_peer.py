"""onnxruntime and OpenVINO on the nets that Keras, or for the largest PyTorch, exports; once, into `peers/.models`."""

import os
import subprocess
import sys
from pathlib import Path

from catalogue import ending

MODELS = Path(__file__).parent / ".models"

# Keras's export of half a gigabyte of weights takes more memory than most machines have, PyTorch's 2.5 GB.
FROM_TORCH = {"vgg16"}


def model_file(workload):
    """The net as ONNX. Another process exports it: TensorFlow's memory is not the peer's."""
    path = MODELS / f"{workload.net}.onnx"
    if not path.exists():
        MODELS.mkdir(exist_ok=True)
        done = subprocess.run([sys.executable, __file__, workload.name, str(path)], stdout=sys.stderr,
                              stderr=subprocess.PIPE, text=True, env={**os.environ, "KERAS_BACKEND": "tensorflow"})
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            raise RuntimeError(f"its export to ONNX {ending(done.returncode)}" + (f": {lines[-1][-150:]}" if lines else ""))
    return path


def parameter_count(path):
    """Of the file's constants, those that stand for weights cannot be told from others: the count is Keras's."""
    return int(path.with_suffix(".count").read_text())


def make(peer, workload, x, y, threads):
    path = model_file(workload)
    if workload.net in FROM_TORCH:
        x = x.transpose(0, 3, 1, 2).copy()
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
    unfinished = path.with_suffix(".unfinished.onnx")
    count = (export_from_torch if workload.net in FROM_TORCH else export_from_keras)(workload, unfinished)
    path.with_suffix(".count").write_text(str(count))
    unfinished.rename(path)


def export_from_torch(workload, path):
    import torch
    import torch_peer

    model = torch_peer.NETS[workload.net]().eval()
    x = torch.zeros(workload.batch, workload.shape[-1], *workload.shape[:-1])
    torch.onnx.export(model, (x,), str(path), dynamo=False, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}})
    return sum(parameter.numel() for parameter in model.parameters())


def export_from_keras(workload, path):
    import keras_peer
    from catalogue import data

    model = keras_peer.NETS[workload.net]()
    model(data(workload)[0])
    model.export(str(path), format="onnx", verbose=False)
    return keras_peer.trainable_count(model)


if __name__ == "__main__":
    from catalogue import WORKLOADS

    export(WORKLOADS[sys.argv[1]], Path(sys.argv[2]))
