"""Does a file of ours open, labelled and plotted, in the tools people use?

    python3 check_file.py FILE.h5 ...

Walks every group with h5py, xarray (engines h5netcdf and netcdf4) and the
NXdata parser of silx, and runs h5dump and ncdump. One line per fault; exit
code 1 when there is one, 77 (skipped) when a tool is not installed.
"""
import json
import shutil
import subprocess
import sys
import warnings

try:
    import h5netcdf  # noqa: F401
    import h5py
    import netCDF4  # noqa: F401
    import numpy as np
    import xarray
    from silx.io import nxdata
    import silx.io
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def groups_of(file):
    """All groups, the root first."""
    found = [file]
    file.visititems(
        lambda _, item: found.append(item)
        if isinstance(item, h5py.Group) else None)
    return found


def check_attributes(item):
    """Strings are str, of scalar dataspace or a list of them."""
    for name, value in item.attrs.items():
        if name in ("DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME"):
            continue
        if isinstance(value, bytes):
            yield f"{item.name}@{name}: bytes, expected str"
        if name in ("NX_class", "default", "signal", "units", "long_name",
                    "title", "description") and not isinstance(value, str):
            yield f"{item.name}@{name}: {value!r}, expected one string"


def check_dataset(item):
    if not item.attrs.get("long_name"):
        yield f"{item.name}: no long_name"
    if item.dtype.kind in "fiu" and not item.attrs.get("units"):
        yield f"{item.name}: no units"
    if item.dtype not in (np.dtype("<f8"), np.dtype("<i8")):
        if item.dtype.kind != ("O" if item.shape else "S"):
            yield f"{item.name}: type {item.dtype}"
    if 0 in item.shape:
        yield f"{item.name}: an extent of 0"
    for i, dim in enumerate(item.dims):
        if not h5py.h5ds.is_scale(item.id) and len(dim) != 1:
            yield f"{item.name}: {len(dim)} scales on dim {i}, expected 1"


def check_h5py(path):
    with h5py.File(path, "r") as file:
        for group in groups_of(file):
            yield from check_attributes(group)
            if "NX_class" not in group.attrs:
                yield f"{group.name}: no NX_class"
            for item in group.values():
                if isinstance(item, h5py.Dataset):
                    yield from check_attributes(item)
                    yield from check_dataset(item)
                    item[()]


def subgroups(group):
    """The group of h5netcdf or netCDF4 and all below it."""
    yield group
    for child in group.groups.values():
        yield from subgroups(child)


def check_dataset_of_xarray(name, engine, children, store):
    """All of a group; a warning is a fault."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            data = xarray.open_dataset(store).load()
    except Exception as reason:
        yield f"{name}: xarray with {engine}: {reason}"
        return
    for child in children:
        if child not in data.variables:
            yield f"{name}/{child}: not seen by xarray with {engine}"
        elif any(d.startswith("phony") for d in data[child].dims):
            yield f"{name}/{child}: dims without names in {engine}"
        elif not data[child].attrs.get("long_name"):
            yield f"{name}/{child}: no long_name in {engine}"


def check_xarray(path):
    """Every group with both engines: the file is opened once with each, since
    opening it takes a second, and is opened as users do for the root."""
    with h5py.File(path, "r") as file:
        names = {g.name: [n for n, item in g.items()
                          if isinstance(item, h5py.Dataset)]
                 for g in groups_of(file)}
    for engine, open_file, store in (
            ("h5netcdf", h5netcdf.File, xarray.backends.H5NetCDFStore),
            ("netcdf4", netCDF4.Dataset, xarray.backends.NetCDF4DataStore)):
        xarray.open_dataset(path, group="/", engine=engine).close()
        with open_file(path, "r") as file:
            found = {(g.name if engine == "h5netcdf" else g.path): g
                     for g in subgroups(file)}
            if found.keys() != names.keys():
                yield f"{engine} does not see {found.keys() ^ names.keys()}"
            for name, group in found.items():
                yield from check_dataset_of_xarray(
                    name, engine, names.get(name, ()), store(group))


def check_plot(group):
    plot = nxdata.NXdata(group)
    if not plot.is_valid:
        for issue in plot.issues:
            yield f"{group.name}: silx: {issue}"
        return
    if not plot.signal_name:
        yield f"{group.name}: silx shows no label"
    if any(axis is None and extent != 1
           for axis, extent in zip(plot.axes, plot.signal.shape)):
        yield f"{group.name}: silx finds no axis"
    if len(plot.auxiliary_signals) != len(
            group.attrs.get("auxiliary_signals", ())):
        yield f"{group.name}: silx does not see all auxiliary signals"
    style = json.loads(group.attrs.get("SILX_style", "{}"))
    if style and list(plot.plot_style.axes_scale_types) != style[
            "axes_scale_types"]:
        yield f"{group.name}: silx does not see the axis scales"


def check_silx(path):
    with silx.io.open(path) as file:
        plots = [g for g in groups_of(file.file)
                 if g.attrs.get("NX_class") == "NXdata"]
        for group in plots:
            yield from check_plot(group)
        if plots and nxdata.get_default(file) is None:
            yield "/: silx finds no default plot"


def check_command(path, *command):
    if not shutil.which(command[0]):
        print(f"skipped: {command[0]} is not installed")
        sys.exit(77)
    done = subprocess.run([*command, path], capture_output=True, text=True)
    if done.returncode != 0 or not done.stdout or done.stderr:
        yield f"{' '.join(command)}: {done.stderr.strip() or 'failed'}"


def check(path):
    yield from check_h5py(path)
    yield from check_xarray(path)
    yield from check_silx(path)
    yield from check_command(path, "h5dump", "-H")
    yield from check_command(path, "ncdump", "-h")


def main(paths):
    faults = 0
    for path in paths:
        for fault in check(path):
            print(f"{path}: {fault}")
            faults += 1
    print(f"{len(paths)} file(s), {faults} fault(s)")
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
