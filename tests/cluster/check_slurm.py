"""A cluster of one node, with a configuration of its own: an array job of 20
points, two of which are killed, is submitted again and ends in the table of a
sweep that ran here.

    ICLGD_PROGRAM=iclgd PYTHONPATH=tests/run python3 check_slurm.py
"""
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

from program import PROGRAM, column, expect, expect_same, main, must

GRID = ["quickstart", "train.batch=64", "train.eval_prompts=48",
        "probe.prompts=70", "probe.wide_prompts=0",
        "reference.tune_prompts=40", "reference.list=gd,newton",
        "probe.list=structure", "train.steps=4000", "model.loops=1..10",
        "seeds=2"]
DAEMONS = ["munged", "slurmctld", "slurmd"]
CONFIGURATION = """
ClusterName=iclgd
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={next_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
SchedulerParameters=sched_interval=1,sched_min_interval=0
KillWait=5
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
started = []


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def free_ports():
    """Two neighbours that nobody listens on."""
    for port in range(26800, 27800, 2):
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue
    return skip("no free ports")


def start(*words):
    with open(f"{words[0]}.said", "wb") as said:
        started.append(subprocess.Popen(
            [tool(words[0]), *words[1:]], stdout=said, stderr=said))
    time.sleep(1)


def tool(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def end_daemons():
    """In the order opposite to that of their start; none outlives the test."""
    for process in reversed(started):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    started.clear()


def said():
    words = []
    for path in glob.glob("*.said"):
        with open(path, encoding="utf-8", errors="replace") as file:
            words += file.read().splitlines()[-2:]
    return "; ".join(words)


def ask(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False,
                          timeout=60)
    return done.stdout.strip()


def start_cluster():
    folder, port = os.getcwd(), free_ports()
    for name in ("munge", "state", "spool"):
        os.mkdir(name, 0o700)
    with open("munge/key", "wb") as key:
        key.write(os.urandom(1024))
    os.chmod("munge/key", 0o400)
    with open("slurm.conf", "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(
            folder=folder, host=socket.gethostname().split(".")[0], port=port,
            next_port=port + 1, user=ask("id", "-un"),
            cores=len(os.sched_getaffinity(0))))
    os.environ["SLURM_CONF"] = f"{folder}/slurm.conf"
    files = {name: f"--{name}-file={folder}/munge/{name}"
             for name in ("key", "pid", "log", "seed")}
    start("munged", "--foreground", "--force", *files.values(),
          f"--socket={folder}/munge/socket")
    start("slurmctld", "-D")
    start("slurmd", "-D")
    for _ in range(30):
        if ask("sinfo", "-h", "-o", "%t").startswith(("idle", "mix")):
            return
        if any(process.poll() is not None for process in started):
            break
        time.sleep(1)
    words = said()
    end_daemons()
    os.chdir("/")
    skip(f"SLURM does not start here: {words}")


def submit(folder):
    must("sweep", *GRID, "-o", folder, "--slurm", "--time=10", "--submit",
         "-q")
    with open(f"{folder}/job-id", encoding="utf-8") as file:
        job = file.read().strip()
    expect(job.isdigit(), f"job-id: {job!r}")
    return job


def wait_for(condition, what, seconds=300):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    expect(False, f"waited in vain: {what}")
    return None


def runs_of(folder):
    """Processes that run its points."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if len(words) > 2 and words[1] == b"run" and \
                words[2].startswith(f"./{folder}/runs/".encode()):
            found.append(int(path.split("/")[2]))
    return found


def hold(folder, but=None):
    """Stop a run of its points, so that it cannot end before it is killed; its
    process, None where there is none."""
    for pid in runs_of(folder):
        try:
            if pid != but:
                os.kill(pid, signal.SIGSTOP)
                return pid
        except ProcessLookupError:
            continue
    return None


def task_of(pid):
    """The job that a process belongs to, a number of its own in an array."""
    with open(f"/proc/{pid}/environ", "rb") as file:
        words = dict(word.split(b"=", 1) for word in file.read().split(b"\0")
                     if b"=" in word)
    return words[b"SLURM_JOB_ID"].decode()


def check_array():
    must("sweep", *GRID, "-o", "here", "-q")
    job = submit("array")
    killed = wait_for(lambda: hold("array"), "a task")
    os.kill(killed, signal.SIGKILL)  # the run of a task, and a task as a whole
    other = wait_for(lambda: hold("array", killed), "another task")
    ask("scancel", "--signal=KILL", "--full", task_of(other))
    wait_for(lambda: not ask("squeue", "-h", "-j", job), "the array to end")
    must("collect", "array", "-q")
    states = column("array/sweep.h5", "state")
    expect(len(states) == 20 and states.count("done") == 18,
           f"of 20 tasks two were killed: {states}")
    expect(states.count("failed") == 1 and states.count("waiting") == 1,
           f"one says why, one cannot: {states}")
    expect(any("signal 9" in reason
               for reason in column("array/sweep.h5", "reason")), "no reason")
    before = {p: os.stat(p).st_mtime_ns
              for p in glob.glob("array/runs/*/run.h5")}
    job = submit("array")
    wait_for(lambda: not ask("squeue", "-h", "-j", job), "the second array")
    must("collect", "array", "-q")
    expect(all(os.stat(p).st_mtime_ns == t for p, t in before.items()),
           "a point that was done ran again")
    expect_same("the array", "array/sweep.h5", "here/sweep.h5",
                without=["points/seconds"])


def check_srun():
    """A batch script of two tasks is one process; two of srun are one program,
    or refused where it is built without MPI."""
    words = " ".join(["train", *GRID[:2], "train.steps=30", "-q", "--force",
                      "--reproducible", "train.threads=1", "-o"])
    plugins = ask("srun", "--mpi=list")
    with open("srun.sh", "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{PROGRAM} {words} batch.h5; echo batch $?\n"
                   f"srun -n 1 {PROGRAM} {words} one.h5; echo one $?\n")
        if "pmix" in plugins:
            file.write(f"srun --mpi=pmix -n 2 -O {PROGRAM} {words} two.h5; "
                       "echo two $?\n")
    ask("sbatch", "--wait", "--ntasks=2", "--output=srun.out", "srun.sh")
    with open("srun.out", encoding="utf-8") as file:
        out = file.read()
    expect("batch 0" in out and "one 0" in out, out)
    if "two 2" in out:
        expect(out.count("started as 2 processes") == 1, out)
    elif "pmix" in plugins:
        expect("two 0" in out, out)
        expect_same("two of srun", "two.h5", "one.h5")
    expect_same("one of srun", "one.h5", "batch.h5")


def check_cluster():
    start_cluster()
    try:
        check_srun()
        check_array()
    finally:
        ask("scancel", "--state=PENDING", "--me")
        ask("scancel", "--me")
        end_daemons()


if __name__ == "__main__":
    for needed in DAEMONS + ["sbatch", "squeue", "scancel", "sinfo"]:
        if not tool(needed):
            skip(f"no {needed}")
    PROGRAM = os.path.abspath(PROGRAM)
    sys.exit(main(check_cluster))
