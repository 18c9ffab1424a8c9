#!/usr/bin/env python3
"""iclgd against its peers: one training step of every shape, side by side.

Every library runs in a process of its own (worker.py) that stays alive. For a
shape and a number of threads

1. all forms of all libraries are run once (compiling, warming up) and timed
   briefly; a form that fails is left out;
2. the fastest best form of every library and the fastest published form are
   then timed in rounds, peer, iclgd, peer, iclgd .., so that a busy minute
   hits all of them, and the medians over the rounds are compared.

One thread is one processor, the same for all. The table goes to stdout as
Markdown; --json keeps every median, of the brief timings too.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

from problem import SHAPES
from stacks import STACKS

SOURCE = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
LIBRARIES = ("numpy", "torch", "jax")
BRIEF_RUNS, BRIEF_SECONDS = 3, 0.1
QUIET = 0.97  # of the best loop of multiply-adds
HEADER = ("shape", "threads", "iclgd, tokens / wishart (ms)",
          "best peer (ms)", "its form", "ratio", "published form (ms)",
          "its form", "ratio")


def processor():
    """The name of the processor and whether it has AVX-512."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii",
                                                   errors="replace")
    names = [line.split(":", 1)[1].strip() for line in text.splitlines()
             if line.startswith("model name")]
    return (names or ["unknown"])[0], " avx512f " in text


def environment(threads, cache):
    """What the libraries read before they start; each at its best."""
    number = str(threads)
    mine = dict(os.environ, OMP_NUM_THREADS=number, MKL_NUM_THREADS=number,
                OPENBLAS_NUM_THREADS=number, JAX_PLATFORMS="cpu",
                CUDA_VISIBLE_DEVICES="",
                TORCHINDUCTOR_CACHE_DIR=f"{cache}/{threads}")
    if processor()[1]:  # which OpenBLAS does not find out everywhere
        mine.setdefault("OPENBLAS_CORETYPE", "SKYLAKEX")
    return mine


def confine(threads):
    """Run the new process on so many processors: XLA asks for no number."""
    mine = sorted(os.sched_getaffinity(0))[-threads:]
    return lambda: os.sched_setaffinity(0, mine)


class Failure(Exception):
    """A library or form that cannot be measured here."""


class Worker:
    """One library in a process of its own."""

    def __init__(self, python, library, threads, cache):
        self.process = subprocess.Popen(
            [python, HERE / "worker.py", library, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
            env=environment(threads, cache), preexec_fn=confine(threads))

    def ask(self, *words):
        try:
            print(*words, file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failure("not installed, or it does not start")
        answer = json.loads(line)
        if isinstance(answer, dict) and "error" in answer:
            raise Failure(answer["error"])
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Form:
    """A form of a library for one shape, warmed up."""

    def __init__(self, worker, shape, name):
        self.worker, self.shape, self.name = worker, shape, name
        self.run(1)
        self.ms = self.run(3)

    @property
    def published(self):
        return ":published:" in self.name

    @property
    def contender(self):
        """numpy, eager, compiled or jax."""
        return self.name.split(":")[0]

    def run(self, steps):
        return self.worker.ask("run", self.shape, self.name, steps)

    def timed(self, seconds):
        """Milliseconds per step, over about so many seconds."""
        return self.run(max(1, math.ceil(1e3 * seconds / self.ms)))

    def brief(self):
        self.ms = statistics.median(
            self.timed(BRIEF_SECONDS) for _ in range(BRIEF_RUNS))
        return self


def start_workers(options, threads, found):
    """The workers that start; notes their versions or that they do not."""
    workers = []
    for library in options.libraries:
        worker = Worker(options.python, library, threads, options.cache)
        try:
            about = worker.ask("about")
            found["libraries"][about["library"]] = about["version"]
            workers.append(worker)
        except Failure as failure:
            found["unmeasured"][library] = str(failure)
            worker.close()
    return workers


def warmed_up(options, workers, shape, found):
    """All forms that run, briefly timed."""
    forms = []
    for worker in workers:
        for name in worker.ask("forms", shape):
            if any(word in name for word in options.skip):
                continue
            try:
                forms.append(Form(worker, shape, name).brief())
                note(f"{shape}  {name}  {forms[-1].ms:.3f} ms")
            except Failure as failure:
                found["unmeasured"][f"{name} of {shape}"] = str(failure)
                note(f"{shape}  {name}  {failure}")
    return forms


def finalists(forms):
    """The fastest best form of every library, the fastest published one."""
    best = {}
    for form in sorted(forms, key=lambda form: form.ms):
        best.setdefault("published" if form.published else form.contender,
                        form)
    return list(best.values())


def run_iclgd(options, shape, threads, seconds):
    """({sampler: milliseconds}, multiply-adds beside it) of iclgd, ({}, inf)
    where it is not built."""
    if not options.program:
        return {}, math.inf
    done = subprocess.run(
        [options.program, "bench", shape, f"threads={threads}",
         f"seconds={seconds}", "--json"], text=True, check=True,
        stdout=subprocess.PIPE, preexec_fn=confine(threads))
    entries = [entry for part in ("shapes", "transformers")
               for entry in json.loads(done.stdout).get(part, [])
               if (entry["name"], entry["threads"], entry["precision"])
               == (shape, threads, "single")]
    return ({entry["sampler"]: entry["ms_per_step"] for entry in entries},
            min(entry["peak_gflops"] for entry in entries))


def medians(rounds):
    """The median of every key over a list of dictionaries."""
    keys = {key: None for each in rounds for key in each}
    return {key: statistics.median(each[key] for each in rounds if key in each)
            for key in keys}


def compare(options, workers, shape, threads, found):
    """The rounds of one shape."""
    forms = warmed_up(options, workers, shape, found)
    runners = finalists(forms)
    rounds = []
    if options.program:
        run_iclgd(options, shape, threads, BRIEF_SECONDS)  # warm up
    for _ in range(options.rounds):
        peers, ours, peaks = {}, [], []
        for form in runners:
            peers[form.name] = form.timed(options.seconds)
            times, peak = run_iclgd(options, shape, threads, options.seconds)
            ours.append(times)
            peaks.append(peak)
        rounds.append({"peers": peers, "iclgd": ours, "peak": min(peaks)})
    return {"name": shape, "threads": threads, "rounds": rounds,
            "brief_ms": {form.name: form.ms for form in forms}}


def settle(shapes):
    """Medians over the quiet rounds of every shape, or over all where there is
    none."""
    for threads in {shape["threads"] for shape in shapes}:
        same = [shape for shape in shapes if shape["threads"] == threads]
        best = max(each["peak"] for shape in same for each in shape["rounds"])
        for shape in same:
            quiet = [each for each in shape["rounds"]
                     if each["peak"] >= QUIET * best]
            shape["quiet_rounds"] = len(quiet)
            rounds = quiet or shape["rounds"]
            shape["iclgd_ms"] = medians(
                [times for each in rounds for times in each["iclgd"]])
            shape["peers_ms"] = medians([each["peers"] for each in rounds])


def fastest(times, published):
    """(form, ms) of the fastest form of that kind, or (None, None)."""
    found = [(ms, name) for name, ms in times.items()
             if (":published:" in name) == published]
    return min(found)[::-1] if found else (None, None)


def number(value):
    return "-" if value is None else f"{value:.3g}"


def row(result):
    """A row of the table; ratios are peer / iclgd."""
    ours = [result["iclgd_ms"].get(key) for key in ("tokens", "wishart")]
    ours = [ms for ms in ours if ms is not None]
    mark = "" if result["quiet_rounds"] else " (*)"
    cells = [result["name"] + mark, str(result["threads"]),
             " / ".join(map(number, ours)) or "-"]
    for published in (False, True):
        form, ms = fastest(result["peers_ms"], published)
        ratios = [number(ms / mine) for mine in ours if ms is not None]
        cells += [number(ms), form or "-", " / ".join(ratios) or "-"]
    return cells


def table(found):
    lines = [HEADER, ["---"] * len(HEADER), *map(row, found["shapes"])]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def notes(found):
    """What was compared, below the table."""
    libraries = [f"{name} {version}"
                 for name, version in found["libraries"].items()]
    lines = [f"{found['processor']}, {found['cores']} cores; float32; medians "
             f"of {found['rounds']} interleaved rounds of {found['seconds']} s",
             "; ".join(libraries or ["no peer"])]
    disturbed = [f"{shape['name']} with {shape['threads']} {left} of "
                 f"{len(shape['rounds'])}" for shape in found["shapes"]
                 if (left := len(shape["rounds"]) - shape["quiet_rounds"])]
    if disturbed:
        lines.append("disturbed rounds (a loop of multiply-adds below "
                     f"{QUIET:.0%} of its best), left out unless all (*) are: "
                     + ", ".join(disturbed))
    lines += [f"unmeasured: {what}: {why.splitlines()[0]}"
              for what, why in found["unmeasured"].items()]
    return "\n\n".join(lines)


def note(text):
    print(text, file=sys.stderr, flush=True)


def parse(arguments):
    venv = SOURCE / "build/peers-venv/bin/python"
    built = SOURCE / "build/release/iclgd"
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    words = {"nargs": "+", "metavar": "NAME"}
    shapes = [*SHAPES, *STACKS]
    parser.add_argument("--shapes", default=shapes, choices=shapes, **words)
    parser.add_argument("--libraries", default=LIBRARIES, choices=LIBRARIES,
                        **words)
    parser.add_argument("--skip", nargs="+", default=[], metavar="WORD",
                        help="leave out forms with that in their name, for "
                        "instance `compiled`, which takes minutes")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3,
                        help="of one timing (default 0.3)")
    parser.add_argument("--python", default=venv if venv.exists()
                        else sys.executable, help="that has the libraries")
    parser.add_argument("--program", default=built if built.exists() else "",
                        help="iclgd; '' leaves it out")
    parser.add_argument("--cache", default=SOURCE / "build/peers-cache",
                        help="folder for compiled forms")
    parser.add_argument("--json", help="file for all medians")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    found = {"processor": processor()[0], "cores": os.cpu_count(),
             "rounds": options.rounds, "seconds": options.seconds,
             "libraries": {}, "unmeasured": {}, "shapes": []}
    for threads in options.threads:
        workers = start_workers(options, threads, found)
        for shape in options.shapes:
            found["shapes"].append(
                compare(options, workers, shape, threads, found))
        for worker in workers:
            worker.close()
    settle(found["shapes"])
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(found, indent=1),
                                              encoding="utf-8")
    print(table(found), "", notes(found), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
