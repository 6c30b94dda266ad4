# SPDX-License-Identifier: Apache-2.0
# Finds SystemC and defines SystemC::systemc. Order: a target the surrounding project already has, a
# SYSTEMC_HOME given with -D (an explicit choice wins over what happens to be installed), upstream's
# SystemCLanguage package, pkg-config (Debian), SYSTEMC_HOME from the environment. Then a probe is
# linked, because SystemC's ABI symbol carries the C++ standard it was built with.
# Sets SystemC_FOUND, SystemC_VERSION (where known), SystemC_SOURCE (where it came from).

function(_antares_systemc_from_home home)
  find_library(SystemC_LIBRARY systemc PATHS ${home} NO_DEFAULT_PATH
    PATH_SUFFIXES lib lib64 lib-linux64 lib/${CMAKE_LIBRARY_ARCHITECTURE})
  find_path(SystemC_INCLUDE_DIR systemc PATHS ${home} NO_DEFAULT_PATH PATH_SUFFIXES include)
  mark_as_advanced(SystemC_LIBRARY SystemC_INCLUDE_DIR)
  if(SystemC_LIBRARY AND SystemC_INCLUDE_DIR)
    find_package(Threads REQUIRED)
    add_library(SystemC::systemc UNKNOWN IMPORTED GLOBAL)
    set_target_properties(SystemC::systemc PROPERTIES IMPORTED_LOCATION ${SystemC_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${SystemC_INCLUDE_DIR} INTERFACE_LINK_LIBRARIES Threads::Threads)
    set(SystemC_SOURCE "SYSTEMC_HOME ${home}" PARENT_SCOPE)
  endif()
endfunction()

if(TARGET SystemC::systemc)
  if(NOT SystemC_SOURCE)
    set(SystemC_SOURCE "a target of the surrounding project")
  endif()
elseif(SYSTEMC_HOME)
  _antares_systemc_from_home(${SYSTEMC_HOME})
  if(NOT TARGET SystemC::systemc)
    message(FATAL_ERROR "SYSTEMC_HOME=${SYSTEMC_HOME} has no lib*/libsystemc.* with include/systemc beside it. "
      "Give the folder SystemC was installed to, or leave SYSTEMC_HOME out to use the system's.")
  endif()
else()
  find_package(SystemCLanguage CONFIG QUIET)
  if(TARGET SystemC::systemc)
    set(SystemC_VERSION ${SystemCLanguage_VERSION})
    set(SystemC_SOURCE "SystemCLanguage in ${SystemCLanguage_DIR}")
  endif()
  if(NOT TARGET SystemC::systemc)
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(ANTARES_SYSTEMC QUIET IMPORTED_TARGET GLOBAL systemc>=2.3.3)
      if(ANTARES_SYSTEMC_FOUND)
        add_library(SystemC::systemc INTERFACE IMPORTED GLOBAL)
        target_link_libraries(SystemC::systemc INTERFACE PkgConfig::ANTARES_SYSTEMC)
        set(SystemC_VERSION ${ANTARES_SYSTEMC_VERSION})
        set(SystemC_SOURCE "pkg-config")
      endif()
    endif()
  endif()
  if(NOT TARGET SystemC::systemc AND DEFINED ENV{SYSTEMC_HOME})
    _antares_systemc_from_home($ENV{SYSTEMC_HOME})
  endif()
endif()

if(NOT TARGET SystemC::systemc)
  set(SystemC_FOUND FALSE)
  set(SystemC_NOT_FOUND_MESSAGE "SystemC (2.3.3 or later) was not found. On Debian: apt-get install libsystemc-dev pkg-config. Elsewhere: set SYSTEMC_HOME or CMAKE_PREFIX_PATH.")
  if(SystemC_FIND_REQUIRED)
    message(FATAL_ERROR "${SystemC_NOT_FOUND_MESSAGE}")
  endif()
  return()
endif()

# The answer holds for one library: another SystemC is probed again.
if(NOT "${SystemC_PROBED}" STREQUAL "${SystemC_SOURCE} ${SystemC_VERSION}")
  set(_probe_dir ${CMAKE_BINARY_DIR}/CMakeFiles/systemc_probe)
  file(WRITE ${_probe_dir}/probe.cpp
    "#include <systemc>\nint sc_main(int, char*[]) { return sc_core::sc_time_stamp() == sc_core::SC_ZERO_TIME ? 0 : 1; }\n")
  foreach(_standard 17 11 14 20 23)
    try_compile(_links ${_probe_dir}/cxx${_standard} ${_probe_dir}/probe.cpp
      LINK_LIBRARIES SystemC::systemc CXX_STANDARD ${_standard} CXX_STANDARD_REQUIRED ON
      OUTPUT_VARIABLE _output_${_standard} NO_CACHE)
    if(_links)
      set(_links_as ${_standard})
      break()
    endif()
  endforeach()
  if(NOT _links)
    message(FATAL_ERROR "The SystemC library found (${SystemC_SOURCE}) does not link at all:\n${_output_17}")
  elseif(NOT _links_as EQUAL 17)
    message(FATAL_ERROR "The SystemC library found (${SystemC_SOURCE}) does not link with C++17; it links with C++${_links_as}. "
      "Antares needs a SystemC built as C++17 (Debian's libsystemc-dev is); point SYSTEMC_HOME or CMAKE_PREFIX_PATH at one.")
  endif()
  set(SystemC_PROBED "${SystemC_SOURCE} ${SystemC_VERSION}" CACHE INTERNAL "SystemC that was seen to link as C++17")
  if(NOT SystemC_FIND_QUIETLY)
    message(STATUS "Found SystemC ${SystemC_VERSION} (${SystemC_SOURCE}; links with C++17)")
  endif()
endif()
set(SystemC_FOUND TRUE)
