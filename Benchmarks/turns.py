"""A process that gets ready, takes turns when it is told to, and is stopped in between."""

import json
import select
import subprocess
import sys
import time


class Participant:
    """Talks to `workloads` or `peers/worker.py`: JSON lines out, seconds in."""

    def __init__(self, command, patience):
        self.patience = patience
        self.result = {"turns": []}
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, bufsize=1)
        self.take_in(self.answer(patience))

    @property
    def is_present(self):
        return "skip" not in self.result

    def answer(self, patience):
        """The next line, or why there is none."""
        end, text = time.monotonic() + patience, ""
        while not text.startswith("{"):
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                self.process.kill()
                return {"skip": f"no answer in {patience:.0f} s"}
            text = self.process.stdout.readline()
            if not text:
                lines = self.process.stderr.read().strip().splitlines()
                return {"skip": "ended early: " + (lines[-1][-200:] if lines else "no message")}
        return json.loads(text)

    def take_in(self, answer):
        if "skip" in answer:
            self.result["skip"] = answer["skip"]
        else:
            self.result["facts"] = answer

    def turn(self, seconds):
        if not self.is_present:
            return
        print(seconds, file=self.process.stdin, flush=True)
        answer = self.answer(self.patience)
        if "skip" in answer:
            self.result["skip"] = answer["skip"]
        else:
            self.result["turns"].append(answer)

    def end(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        if self.is_present:
            self.result["peak_mib"] = self.answer(30).get("peak_mib")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        sys.stderr.flush()
