"""One peer with one workload, in a process of its own, that takes its turns when it is told to.

usage: worker.py PEER WORKLOAD [--threads N] [--apus PATH]

On standard output, one JSON object on a line each: first `{"ready": …}` with version and parameters, or `{"skip": why}`;
then, for every line with a number of seconds on standard input, median_ms, best_ms and steps of that long; at the end of
input the largest resident size, `peak_mib`.
"""

import argparse
import json
import os
import resource
import sys
import time

from catalogue import WORKLOADS, data, reason_against

# Enough for what is compiled, tuned and allocated at first.
WARM_UP, WARM_UP_SECONDS = 5, 8


def make(peer, workload, options):
    if workload.name == "cold_start":
        from cold_start import ColdStart

        return ColdStart(peer, workload, options.apus), {}
    x, y = data(workload)
    if peer.startswith("torch"):
        import torch_peer as module
    elif peer.startswith("keras"):
        import keras_peer as module
    else:
        import onnx_peer as module
    return module.make(peer, workload, x, y, options.threads)


def turn(step, seconds, timed_itself):
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        own = step()
        times.append(own if timed_itself else time.perf_counter() - start)
    times.sort()
    return {"median_ms": 1e3 * times[len(times) // 2], "best_ms": 1e3 * times[0], "steps": len(times)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer")
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--apus", default="apus")
    options = parser.parse_args()
    os.environ.update(
        KERAS_BACKEND="jax" if options.peer == "keras_jax" else "tensorflow", TF_CPP_MIN_LOG_LEVEL="3",
        CUDA_VISIBLE_DEVICES="-1", OMP_NUM_THREADS=str(options.threads))
    # Libraries print; the answers go where the standard output was.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(answer):
        print(json.dumps(answer), file=answers, flush=True)

    workload = WORKLOADS[options.workload]
    reason = None if options.peer == "apus" else reason_against(options.peer, workload)
    if reason:
        return say({"skip": reason})
    try:
        step, facts = make(options.peer, workload, options)
        start = time.perf_counter()
        for _ in range(1 if workload.name == "cold_start" else WARM_UP):
            step()
            if time.perf_counter() - start > WARM_UP_SECONDS:
                break
    except Exception as error:  # a peer that cannot do it is a dash in the table, with its reason
        return say({"skip": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200] if str(error) else ''}"})
    say({"ready": True, "threads": options.threads, **facts})
    for line in sys.stdin:
        say(turn(step, float(line), workload.name == "cold_start"))
    peak = getattr(step, "peak", None) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say({"peak_mib": peak / 1024})


if __name__ == "__main__":
    main()
