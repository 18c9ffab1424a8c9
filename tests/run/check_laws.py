"""The law belongs to the model: pool, rotation, split and table.

    ICLGD_PROGRAM=iclgd python3 check_laws.py

A probe with another seed meets the pool of tasks, the rotation and the split of
the table that the model was trained on; columns are told by their names; other
rows are refused or said; a law that was changed is named; every seed's model is
measured on the same prompts; prompts from elsewhere have the law they state.
"""
import json
import re
import shutil
import sys

from program import (datasets, expect, expect_same, h5py, main, must, np)

POOL = ["prompt.w=pool:2", "prompt.n=10", "train.steps=400", "train.batch=128",
        "train.lr=0.01", "probe.prompts=2000", "reference.list=gd",
        "reference.tune_prompts=100", "probe.list=structure", "-q"]
TABLE = ["prompt.n=8", "train.steps=60", "train.batch=32", "model.loops=2",
         "train.eval_prompts=40", "probe.prompts=120", "probe.list=structure",
         "reference.list=gd", "reference.tune_prompts=40", "-q"]


def row_of(path, name):
    """measured and standard error of a row of /entry/oracle."""
    found = datasets(path, "entry/oracle")
    at = list(found["name"]).index(name.encode())
    return found["measured"][at], found["standard_error"][at]


def changes(path):
    with h5py.File(path) as file:
        return list(file["entry/prompts"].attrs.get("law_changes", []))


def summary(path):
    return must("show", path).stdout


def check_pool():
    must("run", *POOL, "-o", "pool.h5")
    ratio, error = row_of("pool.h5", "ratio_gd")
    expect(ratio + 4 * error < 0.8, f"{ratio} is not clearly below 1")
    tasks = {w.tobytes() for w in datasets("pool.h5")["prompts/w_star"]}
    for seed in (2, 3):
        must("probe", "pool.h5", f"seed={seed}", "-q", "-o", "seed.h5",
             "--force")
        found = datasets("seed.h5")
        expect({w.tobytes() for w in found["prompts/w_star"]} == tasks,
               f"seed={seed} has other tasks")
        expect(not np.array_equal(found["prompts/x"],
                                  datasets("pool.h5")["prompts/x"]),
               f"seed={seed} has the same inputs")
        again, spread = row_of("seed.h5", "ratio_gd")
        expect(abs(again - ratio) <= 4 * np.hypot(error, spread) + 1e-9,
               f"seed={seed}: ratio {again} +- {spread}, trained {ratio}")
        expect(changes("seed.h5") == [], f"{changes('seed.h5')}")
    must("probe", "pool.h5", "seed=2", "prompt.seed=2", "-q", "-o", "other.h5")
    other = {w.tobytes() for w in datasets("other.h5")["prompts/w_star"]}
    expect(not other & tasks, "another pool was asked for")
    again, spread = row_of("other.h5", "ratio_gd")
    expect(again - 4 * spread > ratio, f"another pool: {again} as {ratio}")
    expect(changes("other.h5") == ["prompt.seed = 2 (trained: 1)"],
           f"{changes('other.h5')}")


def check_rotation():
    words = ["prompt.covariance=power:1", "prompt.rotate=fixed", *TABLE]
    must("run", *words, "-o", "rotated.h5")
    must("probe", "rotated.h5", "seed=2", "-q", "-o", "turned.h5")
    must("run", *words, "seed=2", "-o", "fresh.h5")
    mine, other, fresh = (datasets(f"{name}.h5")["prompts/covariance"]
                          for name in ("rotated", "turned", "fresh"))
    expect(np.array_equal(mine, other), "another seed turned the covariance")
    expect(not np.allclose(mine, fresh), "a new run has the old rotation")


def check_older_files():
    """A file that does not say what made its pool was made by its seed."""
    shutil.copy("pool.h5", "old.h5")
    with h5py.File("old.h5", "r+") as old:
        config = old["entry/config"]
        text = config["text"][()].decode()
        del config["text"], old["entry/model/law"]
        config["text"] = re.sub(r"(\[prompt\][^[]*)\nseed = 1\n", r"\1\n", text)
        expect(len(config["text"][()]) == len(text) - len("seed = 1\n"),
               "the old file has a seed of its law")
    must("probe", "old.h5", "seed=2", "-q", "-o", "old-probed.h5")
    must("probe", "pool.h5", "seed=2", "-q", "-o", "new-probed.h5")
    for group in ("prompts", "trajectories"):
        expect_same("an older file", "old-probed.h5", "new-probed.h5",
                    below=f"entry/{group}")
    must("probe", "old.h5", "prompt.noise=1", "-q", "-o", "old-noisy.h5")
    expect(changes("old-noisy.h5") == ["prompt.noise = 1 (trained: 0)"],
           f"{changes('old-noisy.h5')}")


def check_changes():
    """Named, recorded and said; and the model is still what it was."""
    must("probe", "pool.h5", "prompt.noise=1", "prompt.n=7", "-q", "-o",
         "changed.h5")
    lines = ["prompt.n = 7 (trained: 10)", "prompt.noise = 1 (trained: 0)"]
    expect(changes("changed.h5") == lines, f"{changes('changed.h5')}")
    said = " ".join(summary("changed.h5").split())
    expect("probed under another law: " + "; ".join(lines) in said,
           "the summary does not say that the law was changed")
    data = json.loads(must("show", "changed.h5", "--json").stdout)
    expect(data["prompts"]["law_changes"] == lines, "not in JSON")
    must("report", "changed.h5", "-o", "changed.html")
    with open("changed.html", encoding="utf-8") as page:
        expect("probed under another law" in page.read(), "not on the page")
    must("probe", "pool.h5", "prompt.noise=0.0", "prompt.sampler=tokens", "-q",
         "-o", "same.h5")
    expect(changes("same.h5") == [], f"no change: {changes('same.h5')}")
    must("probe", "pool.h5", "-q", "-o", "plain.h5")
    must("probe", "changed.h5", "-q", "-o", "back.h5")
    for group in ("prompts", "model", "trajectories", "oracle"):
        expect_same("a model that was probed under another law", "plain.h5",
                    "back.h5", below=f"entry/{group}")
    for path in ("changed.h5", "back.h5", "pool.h5"):
        must("validate", path)


def check_prompts_of_files():
    """Prompts of ours say what law they are of, in a file that has no model."""
    few = [word for word in POOL if not word.startswith("probe.prompts")]
    must("generate", *few, "prompt.noise=1", "seed=5", "prompt.seed=1",
         "probe.prompts=100", "-o", "noisy.h5")
    must("probe", "pool.h5", "--prompts", "noisy.h5", "-q", "-o", "given.h5")
    expect(changes("given.h5") == ["prompt.noise = 1 (trained: 0)"],
           f"{changes('given.h5')}")
    must("train", *few, "--prompts", "noisy.h5", "-o", "own.h5")
    must("probe", "own.h5", "probe.prompts=100", "-q", "-o", "drawn.h5")
    expect(changes("drawn.h5") == ["prompts = drawn (trained: noisy.h5)"],
           f"{changes('drawn.h5')}")


def write_table(path, rows, names):
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(names) + "\n")
        for row in rows:
            file.write(",".join(f"{row[name]!r}" for name in names) + "\n")


def made_table(count):
    """Labels whose differences tell every pair of rows apart."""
    random = np.random.default_rng(8)
    x, noise = random.normal(size=(count, 3)), random.normal(size=count)
    return [{"age": float(a), "bmi": float(b), "dose": float(c),
             "effect": float(a - 2 * b + 0.5 * c + 0.1 * e)}
            for (a, b, c), e in zip(x, noise)]


def rows_of(path, labels):
    """The rows of a table that its prompts are made of: labels are centred on
    the context, so that only their differences from the query are known."""
    found, used = datasets(path, "entry/prompts"), set()
    for y, query in zip(found["y"], found["y_query"]):
        apart = np.abs(labels[None, :, None] + (y - query)[:, None, None]
                       - labels[None, None, :])  # (context, query row, row)
        fits = (apart < 1e-9).any(axis=2).all(axis=0)
        expect(fits.sum() == 1, f"{path}: {fits.sum()} rows fit a query")
        at = int(np.argmax(fits))
        used.add(at)
        used.update(np.argmin(apart[:, at], axis=1).tolist())
    return used


def check_split():
    """No row that was trained on is probed, whatever the seed."""
    rows = made_table(40)
    labels = np.array([row["effect"] for row in rows])
    write_table("table.csv", rows, ["age", "bmi", "dose", "effect"])
    words = ["prompt.source=table:table.csv", *TABLE]
    must("run", *words, "-o", "table.h5")
    must("generate", *words, "probe.prompts=400", "--stream", "train", "-o",
         "trained.h5", "--force")
    trained = rows_of("trained.h5", labels)
    expect(len(trained) == 28, f"{len(trained)} of 28 rows are trained on")
    for seed in (1, 2, 3):
        must("probe", "table.h5", f"seed={seed}", "probe.prompts=400", "-q",
             "-o", "probed.h5", "--force")
        probed = rows_of("probed.h5", labels)
        expect(len(probed) == 12 and not probed & trained,
               f"seed={seed}: {len(probed & trained)} of {len(probed)} probed "
               "rows were trained on")
    must("run", *words, "seed=2", "probe.prompts=400", "-o", "fresh.h5",
         "--force")
    expect(rows_of("fresh.h5", labels) & trained,
           "a run with another seed has the same split")


def check_table_names():
    with h5py.File("table.h5") as file:
        for group in ("prompts", "model", "trajectories/model"):
            names = file[f"entry/{group}/feature_name"]
            expect(list(names.asstr()) == ["age", "bmi", "dose"],
                   f"{group}: features are {list(names.asstr())}")
        stated = file["entry/model/feature_name"].attrs
        expect(stated["target"] == "effect" and stated["table_rows"] == 40,
               f"target {stated['target']}, {stated['table_rows']} rows")
        expect(file["entry/config"].attrs["prompt.target"] == "effect",
               "the configuration does not name the target")
    expect("40 rows; features age, bmi, dose; target effect" in
           " ".join(summary("table.h5").split()), "no names in the summary")


def check_labels():
    """Names stand beside the numbers and in the figure of the weights."""
    lines = must("export", "table.h5", "--what", "trajectories/gd/weight"
                 ).stdout.splitlines()
    expect(lines[0] == "index,prompt,feature,feature_name,weight"
           and lines[2].startswith("0,0,1,bmi,"), f"export: {lines[:3]}")
    expect("in order: age, bmi, dose" in
           must("plot", "table.h5", "--what", "weights").stdout,
           "the figure of the weights does not name the features")


def check_columns():
    """Another order is the same table; the last column may be another one."""
    rows = made_table(40)
    write_table("turned.csv", rows, ["effect", "dose", "age", "bmi"])
    must("probe", "table.h5", "-q", "-o", "straight.h5")
    must("probe", "table.h5", "prompt.source=table:turned.csv", "-q", "-o",
         "turned.h5", "--force")
    for group in ("prompts", "trajectories", "oracle"):
        expect_same("columns in another order", "straight.h5", "turned.h5",
                    below=f"entry/{group}")
    expect(changes("turned.h5") == [], f"{changes('turned.h5')}")
    for row in rows:
        row["more"] = 1.5
    write_table("wider.csv", rows, ["age", "more", "bmi", "dose", "effect"])
    must("probe", "table.h5", "prompt.source=table:wider.csv", "-q", "-o",
         "wider.h5")
    expect_same("a column more", "straight.h5", "wider.h5",
                below="entry/trajectories")
    write_table("narrow.csv", rows, ["age", "more", "effect"])
    said = must("probe", "table.h5", "prompt.source=table:narrow.csv", "-q",
                "-o", "narrow.h5", code=3).stderr
    for word in ("narrow.csv", "'bmi'", "'dose'"):
        expect(word in said, f"{word} is not in '{said}'")


def check_other_rows():
    """Refused, unless the table was asked for; then said."""
    rows = made_table(40)
    rows[7]["dose"] += 1
    columns = ["age", "bmi", "dose", "effect"]
    write_table("table.csv", rows, columns)
    said = must("probe", "table.h5", "-q", "-o", "refused.h5", code=3).stderr
    for word in ("table.csv", "table.h5", "40 rows", "fnv1a64:",
                 "prompt.source=table:table.csv"):
        expect(word in said, f"{word} is not in '{said}'")
    write_table("fewer.csv", rows[:38], columns)
    must("probe", "table.h5", "prompt.source=table:fewer.csv", "-q", "-o",
         "fewer.h5")
    line = changes("fewer.h5")
    expect(len(line) == 1 and line[0].startswith("table = 38 rows, hash")
           and "(trained: 40 rows, hash" in line[0], f"{line}")
    expect("probed under another law: table = 38 rows" in
           " ".join(summary("fewer.h5").split()), "other rows are not said")
    write_table("table.csv", made_table(40), columns)
    must("probe", "table.h5", "-q", "-o", "allowed.h5")


def check_seeds():
    """Every seed on the same prompts: recomputed from the weights."""
    words = ["prompt.d=3", "prompt.n=10", "prompt.noise=0.3", "seeds=4",
             "train.steps=40", "train.batch=32", "train.eval_prompts=64",
             "model.loops=2", "probe.prompts=300", "reference.list=gd",
             "reference.tune_prompts=40", "probe.list=structure", "-q"]
    must("run", *words, "-o", "seeds.h5")
    must("probe", "seeds.h5", "-q", "-o", "seeds-probed.h5")
    for path in ("seeds.h5", "seeds-probed.h5"):
        must("validate", path)
        found = datasets(path)
        x, y, w_star = (found[f"prompts/{name}"]
                        for name in ("x", "y", "w_star"))
        S = np.einsum("pni,pnj->pij", x, x) / x.shape[1]
        b = np.einsum("pni,pn->pi", x, y) / x.shape[1]
        gd = found["trajectories/gd/risk"][2]
        weights = datasets("seeds.h5")["seeds/A"][:, 0]
        loss, ratio = [], []
        for A in weights:
            w = np.zeros_like(w_star)
            for _ in range(2):
                w = w + (b - np.einsum("pij,pj->pi", S, w)) @ A.T
            risk = ((w - w_star) ** 2).sum(axis=1)
            loss.append(risk.mean())
            ratio.append(risk.mean() / gd.mean())
            expect(len(ratio) > 1 or np.isclose(
                found["seeds/ratio_to_gd_errors"][0],
                (risk - ratio[0] * gd).std() / gd.mean() / 300 ** 0.5,
                rtol=0.01), f"{path}: the ratio's error over prompts")
        for name, values in (("probe_loss", loss), ("ratio_to_gd", ratio)):
            expect(np.allclose(found[f"seeds/{name}"], values, rtol=1e-10),
                   f"{path}: {name} is {found[f'seeds/{name}']}, not {values}")
            with h5py.File(path) as file:
                over = file[f"entry/seeds/{name}"].attrs
                spread = np.std(values, ddof=1)
                for key, value in (("mean", np.mean(values)),
                                   ("spread", spread),
                                   ("standard_error", spread / 2),
                                   ("seeds_counted", 4)):
                    expect(np.isclose(over[key], value, rtol=1e-9),
                           f"{path}: {key} of {name} is {over[key]}")
    data = json.loads(must("show", "seeds.h5", "--json").stdout)
    expect(len(data["seeds"]["ratio_to_gd"]) == 4, "no seeds in JSON")
    expect("over 4 seeds" in summary("seeds.h5"),
           "no seeds in the summary")
    must("run", *words, "seeds=1", "-o", "single.h5")
    expect("seeds/probe_loss" not in datasets("single.h5"),
           "one seed has a spread over seeds")


def given(path, attributes, F, w, noise):
    random = np.random.default_rng(9)
    d = len(F)
    x, q = (random.normal(size=size) @ F.T for size in ((400, 20, d), (400, d)))
    with h5py.File(path, "w") as file:
        prompts = file.create_group("entry/prompts")
        prompts["x"], prompts["x_query"] = x, q
        prompts["y"] = np.einsum("pnd,pd->pn", x, w) \
            + noise * random.normal(size=(400, 20))
        prompts["y_query"] = (q * w).sum(axis=1)
        prompts["w_star"], prompts["covariance"] = w, F @ F.T
        prompts.attrs.update(attributes)
        model = file.create_group("entry/model")
        model["A"] = 0.5 * np.linalg.inv(F @ F.T)[None]
        model.attrs["loops"] = 3


def probe_given(path, attributes, F, w, noise=0):
    given(path, attributes, F, w, noise)
    must("probe", path, "--prompts", path, "-q", "-o", "out.h5", "--force",
         "reference.list=gd,pgd,gd_per_step,ridge", "probe.list=structure")
    must("validate", "out.h5")


def attribute(group, name):
    with h5py.File("out.h5") as file:
        return file[f"entry/trajectories/{group}"].attrs.get(name)


def oracle_eta(*words):
    return json.loads(must("oracle", "tied", *words, "--json").stdout)["eta"]


def check_given_covariance():
    random = np.random.default_rng(10)
    F = np.linalg.qr(random.normal(size=(3, 3)))[0] * [1, 0.7, 0.4]
    w = random.normal(size=(400, 3)) @ np.linalg.inv(F)
    probe_given("sigma.h5", {}, F, w)
    found = datasets("out.h5")
    x, y = found["prompts/x"], found["prompts/y"]
    S = np.einsum("pni,pnj->pij", x, x) / 20
    b = np.einsum("pni,pn->pi", x, y) / 20
    expect("line search" in attribute("pgd", "how_chosen"),
           "pgd's step is not searched for where the law is not known")
    step, w_k = attribute("pgd", "eta") * np.linalg.inv(F @ F.T), 0 * b
    for k in range(4):
        expect(np.allclose(found["trajectories/pgd/weight"][k], w_k,
                           rtol=1e-8, atol=1e-12), f"pgd differs in step {k}")
        w_k = w_k + (b - np.einsum("pij,pj->pi", S, w_k)) @ step
    expect("oracle/expected" in found and not any(
        kind == b"exact" for kind in found["oracle/kind"]),
        "a closed form of a law that is not known")

    stated = {"law_x": "normal", "law_w": "inverse-covariance",
              "law_noise": 0.0}
    probe_given("stated.h5", stated, F, w)
    eta = oracle_eta("d=3", "n=20", "L=3")
    expect(np.isclose(attribute("pgd", "eta"), eta, rtol=1e-9),
           f"pgd's step is {attribute('pgd', 'eta')}, in closed form {eta}")
    measured = row_of("out.h5", "eta")[0]
    expect(np.isclose(measured, 0.5, rtol=1e-9), f"tr(A Sigma)/d is {measured}")

    plain = random.normal(size=(400, 3))
    stated = {"law_x": "normal", "law_w": "normal", "law_noise": 0.5}
    probe_given("plain-law.h5", stated, np.eye(3), plain, noise=0.5)
    eta = oracle_eta("d=3", "n=20", "L=3", "sigma2=0.25")
    expect(np.isclose(attribute("gd", "eta"), eta, rtol=1e-9),
           f"gd's step is {attribute('gd', 'eta')}, in closed form {eta}")
    expect("Bayes" in attribute("ridge", "how_chosen"), "ridge is not Bayes'")
    stored = datasets("out.h5", "entry/prompts")
    with h5py.File("out.h5") as file:
        expect(file["entry/prompts"].attrs["law_noise"] == 0.5
               and "covariance" in stored, "the law is not handed on")

    for name, value, word in (("law_x", "norml", "attribute law_x"),
                              ("law_w", "sparse:0", "attribute law_w"),
                              ("law_noise", -1.0, "attribute law_noise")):
        given("bad.h5", {**stated, name: value}, np.eye(3), plain, 0)
        said = must("probe", "bad.h5", "--prompts", "bad.h5", "-q", "-o",
                    "bad-out.h5", code=3).stderr
        expect("bad.h5" in said and word in said, f"{word}: '{said}'")


def check_generated_law():
    """Prompts that generate wrote have the closed forms of their law."""
    words = ["prompt.d=3", "prompt.noise=0.2", "model.loops=2",
             "model.init=gd:0.5", "train.steps=0", *TABLE[3:4],
             "reference.list=gd", "probe.list=structure", "-q"]
    must("generate", *words, "probe.prompts=200", "-o", "law-prompts.h5")
    must("train", *words, "-o", "law-model.h5")
    must("probe", "law-model.h5", "--prompts", "law-prompts.h5", "-q", "-o",
         "out.h5", "--force")
    eta = oracle_eta("d=3", "n=20", "L=2", "sigma2=0.04")
    expect(np.isclose(attribute("gd", "eta"), eta, rtol=1e-9),
           f"gd's step is {attribute('gd', 'eta')}, in closed form {eta}")
    expect(changes("out.h5") == [], f"{changes('out.h5')}")


if __name__ == "__main__":
    sys.exit(main(check_pool, check_rotation, check_older_files, check_changes,
                  check_prompts_of_files, check_split, check_table_names,
                  check_labels, check_columns, check_other_rows, check_seeds,
                  check_given_covariance, check_generated_law))
