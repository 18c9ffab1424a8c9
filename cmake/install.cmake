# What `cmake --install` gives: program, library, headers, data, and both ways
# by which other projects find the library (pkg-config, CMake package).
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/iclgd)

install(TARGETS iclgd EXPORT iclgdTargets)
install(TARGETS iclgd-cli)
install(DIRECTORY include/iclgd DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/iclgd)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(BUILD_SHARED_LIBS)
  file(RELATIVE_PATH library_from_program
       "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  set_target_properties(iclgd-cli PROPERTIES
    INSTALL_RPATH "$ORIGIN/${library_from_program}")
endif()

# CMake package.
install(EXPORT iclgdTargets NAMESPACE iclgd:: DESTINATION ${package_dir})
configure_package_config_file(
  cmake/iclgdConfig.cmake.in iclgdConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  iclgdConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/iclgdConfig.cmake
              ${CMAKE_BINARY_DIR}/iclgdConfigVersion.cmake
        DESTINATION ${package_dir})

# pkg-config. The BLAS libraries and HDF5 stand in Libs.private and not in
# Requires.private: `pkg-config --static openblas` asks for -lgfortran, which
# a shared OpenBLAS does not need and a plain system does not have, and there
# is no file for hdf5_hl.
file(RELATIVE_PATH prefix_from_file
     "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" prefix_from_file "${prefix_from_file}")
list(REMOVE_DUPLICATES HDF5_C_LIBRARIES)
string(REPLACE ";" " " private_libraries
       "${HDF5_C_HL_LIBRARIES};${HDF5_C_LIBRARIES};${LAPACKE_LDFLAGS};${OPENBLAS_LDFLAGS};-lcsv;-lpthread;-lm")
# Who links a static library needs what it stands on, and most do not say
# --static: then there is nothing private about it.
if(BUILD_SHARED_LIBS)
  set(pc_requires "Requires.private: libdeflate inih jansson gmp nlopt librsvg-2.0")
  set(pc_lines "Libs: -L\${libdir} -liclgd\nLibs.private: ${private_libraries}")
else()
  set(pc_requires "Requires: libdeflate inih jansson gmp nlopt librsvg-2.0")
  set(pc_lines "Libs: -L\${libdir} -liclgd ${private_libraries}")
endif()
configure_file(cmake/iclgd.pc.in iclgd.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/iclgd.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The manual page, completion of bash and zsh and the format of the file, which
# the program writes itself from its tables.
if(NOT CMAKE_CROSSCOMPILING)
  set(documents ${CMAKE_BINARY_DIR}/documents)
  add_custom_command(
    OUTPUT ${documents}/iclgd.1 ${documents}/iclgd ${documents}/_iclgd
           ${documents}/FORMAT.md
    COMMAND ${CMAKE_COMMAND} -E make_directory ${documents}
    COMMAND iclgd-cli man > ${documents}/iclgd.1
    COMMAND iclgd-cli completion bash > ${documents}/iclgd
    COMMAND iclgd-cli completion zsh > ${documents}/_iclgd
    COMMAND iclgd-cli schema --markdown > ${documents}/FORMAT.md
    DEPENDS iclgd-cli VERBATIM)
  add_custom_target(iclgd_documents ALL DEPENDS ${documents}/iclgd.1)
  install(FILES ${documents}/iclgd.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${documents}/iclgd
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${documents}/_iclgd
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${documents}/FORMAT.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()
