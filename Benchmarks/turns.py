"""A process that gets ready, takes turns when it is told to, and is stopped in between."""

import json
import select
import subprocess
import sys
import tempfile
import time

from peers.catalogue import ending


class Participant:
    """Talks to `workloads` or `peers/worker.py`: JSON lines out, seconds in."""

    def __init__(self, command, patience):
        self.patience = patience
        self.result = {"turns": []}
        # A file: whoever writes much would wait for ever for a pipe to be read.
        self.complaints = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints,
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
                return {"skip": f"it gave no answer in {patience:.0f} s"}
            text = self.process.stdout.readline()
            if not text:
                return {"skip": self.last_words()}
        return json.loads(text)

    def last_words(self):
        """Why a process that answers no more has ended."""
        try:
            how = ending(self.process.wait(5))
        except subprocess.TimeoutExpired:
            how = "closed its output"
        self.complaints.seek(0)
        lines = self.complaints.read().strip().splitlines()
        return f"it {how}" + (f": {lines[-1].strip()[-150:]}" if lines else "")

    def take_in(self, answer):
        if "skip" in answer:
            self.result["skip"] = answer["skip"]
        else:
            self.result["facts"] = answer

    def turn(self, seconds):
        if not self.is_present:
            return
        try:
            print(seconds, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # the answer says why
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
            self.process.wait()
        self.complaints.close()
        sys.stderr.flush()
