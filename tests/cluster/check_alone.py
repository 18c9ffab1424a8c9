"""Built without MPI, processes that a launcher starts say so, and run."""
import os
import sys

from program import QUICK, expect, main, must, run


def launched(size, place, variables):
    names = {"mpirun": ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
             "srun": ("PMI_SIZE", "PMI_RANK")}[variables]
    return {**os.environ, names[0]: str(size), names[1]: str(place)}


def check_note():
    must("train", "quickstart", *QUICK, "-o", "alone.h5")
    for launcher in ("mpirun", "srun"):
        first = must("train", "quickstart", *QUICK, "--force", "-o", "one.h5",
                     env=launched(3, 0, launcher))
        expect("one of 3 processes, but built without MPI" in first.stderr,
               f"{launcher}: {first.stderr}")
        other = must("train", "quickstart", *QUICK, "--force", "-o", "one.h5",
                     env=launched(3, 1, launcher))
        expect(not other.stderr, f"said twice: {other.stderr}")
        single = run("train", "quickstart", *QUICK, "--force", "-o", "one.h5",
                     env=launched(1, 0, launcher))
        expect(not single.stderr, f"of one: {single.stderr}")
    within = {**launched(3, 1, "mpirun"), "PMI_SIZE": "1", "PMI_RANK": "0"}
    done = must("train", "quickstart", *QUICK, "--force", "-o", "one.h5",
                env=within)
    expect(not done.stderr, f"mpirun within srun: {done.stderr}")
    expect(not must("show", "one.h5", env=launched(3, 0, "mpirun")).stderr,
           "of a command that is not shared")


if __name__ == "__main__":
    sys.exit(main(check_note))
