# SPDX-License-Identifier: Apache-2.0
# septet-agent for this machine, and where there is a cross compiler for AArch64 boards, as
# build/PRESET/septet-agent/ARCHITECTURE/septet-agent. Each is a build of cmake/agent, since its compiler and flags are its own.
include(ExternalProject)

# septet_agent(ARCHITECTURE [CACHE ENTRIES OF ITS BUILD ...])
function(septet_agent architecture)
    set(folder ${CMAKE_BINARY_DIR}/septet-agent/${architecture})
    set(entries -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER} ${ARGN})
    ExternalProject_Add(septet-agent-${architecture}
        SOURCE_DIR ${CMAKE_SOURCE_DIR}/cmake/agent BINARY_DIR ${folder} PREFIX ${folder}-steps
        CMAKE_ARGS ${entries} BUILD_ALWAYS ON INSTALL_COMMAND "" BUILD_BYPRODUCTS ${folder}/septet-agent)
    install(PROGRAMS ${folder}/septet-agent DESTINATION libexec/septet/${architecture})
endfunction()

septet_agent(${CMAKE_SYSTEM_PROCESSOR} -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER})
install(PROGRAMS ${CMAKE_BINARY_DIR}/septet-agent/${CMAKE_SYSTEM_PROCESSOR}/septet-agent DESTINATION bin)
find_program(SEPTET_AARCH64_COMPILER aarch64-linux-gnu-gcc)
if(SEPTET_AARCH64_COMPILER AND NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
    septet_agent(aarch64 -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64
                 -DCMAKE_C_COMPILER=${SEPTET_AARCH64_COMPILER})
endif()
