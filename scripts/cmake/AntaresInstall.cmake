# SPDX-License-Identifier: Apache-2.0
# What makes find_package(antares) and pkg-config work on an installed copy; included by the top
# CMakeLists.txt once all rooms are known. tb/consumer proves it from outside.
include(CMakePackageConfigHelpers)

set(ANTARES_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/antares)
set(ANTARES_PKGCONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(room protocols models platforms)
  if(TARGET antares_${room})
    install(EXPORT antares_${room}_targets NAMESPACE antares:: DESTINATION ${ANTARES_CMAKE_DIR})
  endif()
endforeach()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/antaresConfig.cmake.in
  ${PROJECT_BINARY_DIR}/antaresConfig.cmake INSTALL_DESTINATION ${ANTARES_CMAKE_DIR}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/antaresConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/antaresConfig.cmake
  ${PROJECT_BINARY_DIR}/antaresConfigVersion.cmake ${CMAKE_CURRENT_LIST_DIR}/FindSystemC.cmake
  DESTINATION ${ANTARES_CMAKE_DIR})

# The prefix is written relative to the .pc file, so that the installed tree can be moved.
file(RELATIVE_PATH ANTARES_PC_TO_PREFIX
  ${CMAKE_INSTALL_PREFIX}/${ANTARES_PKGCONFIG_DIR} ${CMAKE_INSTALL_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/antares.pc.in ${PROJECT_BINARY_DIR}/antares.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/antares.pc DESTINATION ${ANTARES_PKGCONFIG_DIR})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/platforms/descriptions
  DESTINATION ${CMAKE_INSTALL_DATADIR}/antares OPTIONAL FILES_MATCHING PATTERN "*.yaml")
