# SPDX-License-Identifier: Apache-2.0
# Every tests/<folder>/test_<name>.c is a program and a ctest "<folder>/<name>"; every test_<name>.sh is a script run by
# bash with the command in $SEPTET. All other .c files below tests/, tests/fuzz (fuzz.cmake) excepted, form a support library, included as
# "tests/...".
# The end of a name labels the test: test_x_slow, test_x_fuzz, test_x_hardware, test_x_style; without one it belongs
# to the default tier. Exit status 77 means skipped. The folder is a label too: ctest -L ir.

function(septet_test_properties name file)
    get_filename_component(stem ${file} NAME_WE)
    get_filename_component(folder ${name} DIRECTORY)
    set(labels ${folder})
    set(timeout 600) # ends what hangs; a busy machine under a sanitizer or an emulator is slow
    if(stem MATCHES "_(slow|fuzz|hardware|style)$")
        list(APPEND labels ${CMAKE_MATCH_1})
        set(timeout 1800)
    endif()
    # No test reads the records of the user who runs it, nor those that are shipped. Check's own limit of 4 s for one test function is too short on a busy machine under a sanitizer.
    set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout} SKIP_RETURN_CODE 77
                         WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
                         ENVIRONMENT "CK_DEFAULT_TIMEOUT=${timeout};SEPTET=${CMAKE_BINARY_DIR}/septet;SEPTET_SOURCE_DIR=${CMAKE_SOURCE_DIR};SEPTET_BUILD_DIR=${CMAKE_BINARY_DIR};SEPTET_DB=;SEPTET_SHIPPED=;XDG_DATA_HOME=${CMAKE_BINARY_DIR}/no_data")
endfunction()

# tests/ir/test_print.c -> ir/print
function(septet_test_name file out)
    file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/tests ${file})
    string(REGEX REPLACE "test_([^/]*)\\.[a-z]+$" "\\1" path ${path})
    set(${out} ${path} PARENT_SCOPE)
endfunction()

function(septet_tests)
    set(all septet_tuner septet_runtime)
    if(TARGET septet_cli)
        list(PREPEND all septet_cli)
    endif()
    if(TARGET septet_bench)
        list(PREPEND all septet_bench)
    endif()
    septet_forward(tests tests)
    file(GLOB_RECURSE support CONFIGURE_DEPENDS tests/*.c)
    list(FILTER support EXCLUDE REGEX "/test_[^/]*$|/tests/fuzz/")
    add_library(septet_test_support STATIC ${support})
    septet_warnings(septet_test_support)
    target_include_directories(septet_test_support PUBLIC ${CMAKE_BINARY_DIR}/include/tests)
    target_compile_definitions(septet_test_support PUBLIC SEPTET_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_link_libraries(septet_test_support PUBLIC ${all} PkgConfig::CHECK PkgConfig::CJSON PkgConfig::SQLITE)

    file(GLOB_RECURSE programs CONFIGURE_DEPENDS tests/test_*.c)
    foreach(file ${programs})
        septet_test_name(${file} name)
        string(REPLACE "/" "_" target test_${name})
        add_executable(${target} ${file})
        septet_warnings(${target})
        target_link_libraries(${target} PRIVATE septet_test_support)
        set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
        add_test(NAME ${name} COMMAND ${target})
        septet_test_properties(${name} ${file})
    endforeach()

    file(GLOB_RECURSE scripts CONFIGURE_DEPENDS tests/test_*.sh)
    foreach(file ${scripts})
        septet_test_name(${file} name)
        add_test(NAME ${name} COMMAND bash ${file})
        septet_test_properties(${name} ${file})
    endforeach()
endfunction()
