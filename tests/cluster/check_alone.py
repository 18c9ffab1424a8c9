"""Built without MPI, processes that a launcher starts together are refused; one
alone, and what works on its own by design, goes on.

    ICLGD_PROGRAM=iclgd PYTHONPATH=tests/run python3 check_alone.py
"""
import os
import shutil
import subprocess
import sys

from program import PROGRAM, QUICK, expect, main, must, run

LAUNCHERS = {"mpirun": ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
             "pmi": ("PMI_SIZE", "PMI_RANK"),
             "pmix": ("SLURM_STEP_NUM_TASKS", "PMIX_RANK")}
TRAIN = ["train", "quickstart", *QUICK, "--force", "-o", "one.h5"]
SWEEP = ["sweep", "quickstart", *QUICK, "model.loops=1,2", "-o", "grid"]


def launched(size, place, launcher, **more):
    names = LAUNCHERS[launcher]
    return {**os.environ, names[0]: str(size), names[1]: str(place), **more}


def check_refused():
    """All of them end, the first one says why, and nothing is written."""
    for launcher in LAUNCHERS:
        for words in (TRAIN, ["run", *TRAIN[1:]], SWEEP):
            first = must(*words, code=2, env=launched(3, 0, launcher))
            expect("started as 3 processes" in first.stderr and
                   "cmake --preset mpi" in first.stderr,
                   f"{launcher}: {first.stderr}")
        other = must(*TRAIN, code=2, env=launched(3, 1, launcher))
        expect(not other.stderr, f"said twice: {other.stderr}")
    expect(not os.listdir("."), f"left: {os.listdir('.')}")
    within = launched(3, 0, "mpirun", PMI_SIZE="1", PMI_RANK="0")
    must(*TRAIN, code=2, env=within)
    helped = run("train", "--help", env=launched(3, 0, "mpirun"))
    expect(helped.returncode == 0 and "usage" in helped.stdout, "help")
    bad = must("train", "--nothing", code=2, env=launched(3, 0, "pmi"))
    expect("--nothing" in bad.stderr, bad.stderr)


def check_goes_on():
    """One process; mpirun of one in a step of several; a batch script, which
    is told of its tasks but is none; what is not shared."""
    batch = {**os.environ, "SLURM_NTASKS": "4", "SLURM_PROCID": "0",
             "SLURM_JOB_ID": "7"}
    for environment in [batch] + [
            launched(1, 0, launcher) for launcher in LAUNCHERS] + [
            launched(1, 0, "mpirun", SLURM_STEP_NUM_TASKS="9", PMIX_RANK="3")]:
        done = must(*TRAIN, env=environment)
        expect(not done.stderr, f"of one: {done.stderr}")
    must("show", "one.h5", env=launched(3, 0, "mpirun"))


def check_points():
    """--point says which process does what: as many as one likes."""
    for launcher, place in (("pmix", 1), ("mpirun", 0)):
        done = must(*SWEEP, "--point", str(place + 1),
                    env=launched(2, place, launcher))
        expect(not done.stderr, f"{launcher}: {done.stderr}")
    found = must("sweep", *SWEEP[1:], "--dry-run").stdout
    expect("2 points, 2 done" in found, found)


def check_mpirun():
    """The real one: its exit code, and the message in what it says."""
    if not shutil.which("mpirun"):
        return
    environment = {**os.environ, "OMPI_MCA_rmaps_base_oversubscribe": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    done = subprocess.run(["mpirun", "-n", "3", PROGRAM, *TRAIN[:-1], "m.h5"],
                          env=environment, check=False, text=True,
                          capture_output=True, timeout=60)
    expect(done.returncode == 2 and done.stderr.count("3 processes") == 1,
           f"mpirun: {done.returncode} {done.stderr}")
    expect(not os.path.exists("m.h5"), "mpirun: a file")


if __name__ == "__main__":
    sys.exit(main(check_refused, check_goes_on, check_points, check_mpirun))
