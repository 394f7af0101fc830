"""Cold start: a whole process loads a LeNet-5 from a file, classifies one digit and ends."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

PROGRAMS = {
    "torch": """
import sys, numpy, torch
sys.path.insert(0, sys.argv[1])
from torch_peer import lenet
model = lenet()
model.load_state_dict(torch.load(sys.argv[2]))
x = torch.from_numpy(numpy.load(sys.argv[3])).permute(0, 3, 1, 2)
with torch.inference_mode(): print(int(model(x).argmax()))
""",
    "keras": """
import sys, numpy, keras
print(int(keras.models.load_model(sys.argv[2], compile=False).predict_on_batch(numpy.load(sys.argv[3])).argmax()))
""",
    "onnxruntime": """
import sys, numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[2], providers=["CPUExecutionProvider"])
print(int(session.run(None, {session.get_inputs()[0].name: numpy.load(sys.argv[3])})[0].argmax()))
""",
    "openvino": """
import sys, numpy, openvino
model = openvino.compile_model(sys.argv[2], "CPU")
print(int(model({0: numpy.load(sys.argv[3])})[0].argmax()))
""",
}

# Times a command from within a small process: a child begins with its parent's peak.
LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([time.perf_counter() - start, usage.ru_maxrss, os.waitstatus_to_exitcode(status)]))
"""

# Makes the files, so that this process loads no framework.
KERAS_FILE = """
import sys
sys.path.insert(0, sys.argv[1])
import keras_peer
keras_peer.lenet().save(sys.argv[2])
"""
TORCH_FILE = """
import sys, torch
sys.path.insert(0, sys.argv[1])
from torch_peer import lenet
torch.save(lenet().state_dict(), sys.argv[2])
"""


class ColdStart:
    def __init__(self, peer, workload, apus):
        import numpy
        from catalogue import data

        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        digit, file = folder / "digit.npy", folder / ("lenet5.pt" if peer == "torch" else "lenet5.h5")
        numpy.save(digit, data(workload)[0])
        if peer in ("onnxruntime", "openvino"):
            import onnx_peer

            file = onnx_peer.model_file(workload)
        else:
            program = TORCH_FILE if peer == "torch" else KERAS_FILE
            subprocess.run([sys.executable, "-c", program, HERE, file], check=True, stdout=sys.stderr)
        if peer == "apus":
            self.command = [apus, "predict", file, "--input", digit, "--output", folder / "y.npy"]
        else:
            self.command = [sys.executable, "-c", PROGRAMS[peer], HERE, file, digit]
        self.peak = 0

    def __call__(self):
        """One start; how many seconds it took."""
        command = [sys.executable, "-S", "-c", LAUNCHER, *map(str, self.command)]
        done = subprocess.run(command, capture_output=True, text=True)
        seconds, peak, code = json.loads(done.stdout)
        if code:
            raise RuntimeError(done.stderr.strip()[-500:])
        self.peak = max(self.peak, peak)
        return seconds
