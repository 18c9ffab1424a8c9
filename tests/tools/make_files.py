"""Files with the groups of every probe, for other people's tools to open.

    python3 make_files.py ICLGD FOLDER

Quickstart in its size, with one algorithm of each kind that is stored, since the
others have the same groups and tools take a minute for a thousand of them; runs
with seeds, models of other families, given pools of tasks and a file without
prompts, each cut down to what quickstart does not have.
"""
import os
import subprocess
import sys

FEW = ["train.steps=50", "train.eval_prompts=48", "probe.prompts=70",
       "reference.tune_prompts=40"]
RUNS = {
    "quickstart": ["quickstart", "reference.list=gd,nesterov,least_squares,knn"],
    "symmetry-breaking": ["symmetry-breaking", *FEW, "reference.list=gd"],
    "per-prompt": ["quickstart", *FEW, "prompt.covariance=power:1",
                   "prompt.rotate=per-prompt", "prompt.noise=0.5",
                   "prompt.n=6", "reference.list=gd,ridge"],
    "full": ["quickstart", *FEW, "model.weights=full",
             "reference.list=gd,pgd_learned", "probe.store=sample:50"],
    "gdpp": ["ahn2023-gdpp", *FEW, "reference.list=gd,pgd,gdpp"],
    "pools": ["quickstart", *FEW, "prompt.noise=0.5", "prompt.w=pool:4",
              "diversity.pools=1,4,16", "reference.list=gd,ridge,dmmse",
              "probe.store=summary"],
    "one-layer": ["zhang2023", *FEW, "reference.list=gd,one_layer"],
}


def main(program, folder):
    os.makedirs(folder, exist_ok=True)
    for name, words in RUNS.items():
        path = os.path.join(folder, f"{name}.h5")
        subprocess.run([program, "run", *words, "-q", "--force", "-o", path],
                       check=True)
        subprocess.run([program, "validate", "--quiet", path], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
