# The libraries iclgd stands on; the README gives the reason for each.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C HL)
pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(LAPACKE REQUIRED IMPORTED_TARGET lapacke)
pkg_check_modules(INIH REQUIRED IMPORTED_TARGET inih)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(GMP REQUIRED IMPORTED_TARGET gmp)
pkg_check_modules(LIBDEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(NLOPT REQUIRED IMPORTED_TARGET nlopt)
pkg_check_modules(LIBRSVG-2.0 REQUIRED IMPORTED_TARGET librsvg-2.0)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
find_path(CSV_INCLUDE_DIR csv.h REQUIRED)
find_library(CSV_LIBRARY csv REQUIRED)
if(ICLGD_MPI)
  find_package(MPI REQUIRED COMPONENTS C)
  set(ICLGD_MPI_LIBRARY MPI::MPI_C)
endif()

# LAPACKE comes before OpenBLAS, whose Debian build has no LAPACKE symbols.
set(ICLGD_LIBRARIES
    hdf5::hdf5_hl hdf5::hdf5 PkgConfig::LAPACKE PkgConfig::OPENBLAS
    PkgConfig::LIBDEFLATE PkgConfig::INIH PkgConfig::JANSSON PkgConfig::GMP
    PkgConfig::NLOPT
    PkgConfig::LIBRSVG-2.0
    ${CSV_LIBRARY}
    Threads::Threads m)
