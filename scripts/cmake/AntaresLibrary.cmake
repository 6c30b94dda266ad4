# SPDX-License-Identifier: Apache-2.0
# antares_library(<room>): makes the target antares_<room> (alias antares::<room>) whose headers are
# included as "antares/<room>/...". Sources are added by each folder's own CMakeLists.txt with
# target_sources(), so that the list stands beside the files it names.
function(antares_library room)
  set(target antares_${room})
  add_library(${target} STATIC)
  add_library(antares::${room} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${room} CXX_STANDARD 17
    CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
  # SystemC links only with the standard it was built for; Debian's is C++17 (probe: FindSystemC).
  target_compile_features(${target} PUBLIC cxx_std_17)
  # One link a room, never the source root: a build folder inside the tree would make a cycle.
  set(include_root ${PROJECT_BINARY_DIR}/include)
  file(MAKE_DIRECTORY ${include_root}/antares)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${room} ${include_root}/antares/${room} SYMBOLIC)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${include_root}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:antares_warnings>)
  antares_batches(${target})
  if(PROJECT_IS_TOP_LEVEL)
    # One export set a room: a user of the models need not have what platforms is built on.
    install(TARGETS ${target} EXPORT antares_${room}_targets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room}/
      DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/antares/${room} FILES_MATCHING PATTERN "*.h")
  endif()
endfunction()

# antares_precompile(<target> [headers...]): what most of its files include anyway, read once. Only the
# standard library, SystemC and what is named: a header of our own would rebuild everything at each edit.
function(antares_precompile target)
  if(ANTARES_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE <algorithm> <cstdint> <functional> <map> <memory>
      <optional> <set> <stdexcept> <string> <unordered_map> <vector> <systemc> <tlm>
      <tlm_utils/simple_initiator_socket.h> <tlm_utils/simple_target_socket.h> ${ARGN})
  endif()
endfunction()

# antares_batches(<target>): its files are compiled so many at once, as most of a file's time goes to headers.
# A name in an unnamed namespace is then one for the batch: where two files mean different things they say
# so in the name.
function(antares_batches target)
  if(ANTARES_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
  endif()
endfunction()
