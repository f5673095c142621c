# SPDX-License-Identifier: Apache-2.0
# Shipped records: logs of measurements (tuning-logs/README.md) become one database file, which septet reads underneath
# the user's own.

# septet_shipped_file(TARGET FILE LOG...) makes the file from the logs by the command itself, as part of the whole build;
# without logs it does nothing. A log with a bad line fails the build, which then has no file.
function(septet_shipped_file target file)
    if(NOT ARGN)
        return()
    endif()
    get_filename_component(folder ${file} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${file}
                       COMMAND ${CMAKE_COMMAND} -E rm -f ${file} ${file}.new
                       COMMAND septet db import --db ${file}.new ${ARGN}
                       COMMAND chmod a=r ${file}.new
                       COMMAND ${CMAKE_COMMAND} -E rename ${file}.new ${file}
                       DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/tuner/database/schema_1.sql
                               ${CMAKE_SOURCE_DIR}/tuner/database/schema_2.sql
                       VERBATIM)
    add_custom_target(${target} ALL DEPENDS ${file})
endfunction()
