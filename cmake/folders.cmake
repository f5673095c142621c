# SPDX-License-Identifier: Apache-2.0
# One library a folder, with the direction of dependence held by include paths.
#
# Sources spell includes from the root ("ir/problem.h"), yet the root is on nobody's include path. Instead each library
# brings one directory build/include/<library>/ that forwards only its own folder (a symbolic link), and a target gets
# those of the libraries that it links to: a file of ir/ that includes "compiler/compile.h" does not compile.

# The include path of llvm-c, for compiler/llvm alone. LLVM is linked as its shared library.
add_library(septet_llvm_c INTERFACE)
target_include_directories(septet_llvm_c SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_link_libraries(septet_llvm_c INTERFACE LLVM)

# GSL over OpenBLAS: pkg-config's gsl would bring the slow reference BLAS.
add_library(septet_statistics INTERFACE)
target_include_directories(septet_statistics SYSTEM INTERFACE ${GSL_INCLUDE_DIRS})
target_link_libraries(septet_statistics INTERFACE gsl PkgConfig::OPENBLAS m)

function(septet_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
                           -Wmissing-prototypes -Wvla -ffp-contract=off)
    target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L SEPTET_VERSION="${PROJECT_VERSION}")
endfunction()

# Makes ${folder} visible as build/include/${name}/${folder}. With EXCEPT, the folder itself is made and its entries
# are linked one by one, those named left out.
function(septet_forward name folder)
    cmake_parse_arguments(ARG "" "" "EXCEPT" ${ARGN})
    set(link ${CMAKE_BINARY_DIR}/include/${name}/${folder})
    get_filename_component(parent ${link} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    if(NOT ARG_EXCEPT)
        file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${link} SYMBOLIC)
        return()
    endif()
    file(MAKE_DIRECTORY ${link})
    file(GLOB entries LIST_DIRECTORIES true RELATIVE ${CMAKE_SOURCE_DIR}/${folder} CONFIGURE_DEPENDS
         ${CMAKE_SOURCE_DIR}/${folder}/*)
    list(REMOVE_ITEM entries ${ARG_EXCEPT})
    foreach(entry ${entries})
        file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder}/${entry} ${link}/${entry} SYMBOLIC)
    endforeach()
endfunction()

# septet_folder(compiler/llvm ...) makes the library septet_compiler_llvm of all sources below compiler/llvm.
#     DEPENDS           libraries whose headers this folder and its users see
#     PRIVATE_DEPENDS   libraries that are this folder's own affair
#     EXCEPT            a folder inside that is a library of its own
#     EXCEPT_FILES      sources that are left out, by their whole paths
# A folder without sources gives an empty library, so that its users need not care.
function(septet_folder folder)
    cmake_parse_arguments(ARG "" "EXCEPT" "EXCEPT_FILES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
    string(REPLACE "/" "_" name ${folder})
    septet_forward(${name} ${folder} EXCEPT ${ARG_EXCEPT})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.c)
    if(ARG_EXCEPT)
        list(FILTER sources EXCLUDE REGEX "^${CMAKE_SOURCE_DIR}/${folder}/${ARG_EXCEPT}/")
    endif()
    if(ARG_EXCEPT_FILES)
        list(REMOVE_ITEM sources ${ARG_EXCEPT_FILES})
    endif()
    if(NOT sources)
        set(sources ${CMAKE_BINARY_DIR}/empty_${name}.c)
        file(CONFIGURE OUTPUT ${sources} CONTENT "extern int septet_empty; /* a folder without sources */\n")
    endif()
    add_library(septet_${name} STATIC ${sources})
    septet_warnings(septet_${name})
    target_include_directories(septet_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/include/${name}>)
    target_link_libraries(septet_${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
endfunction()
