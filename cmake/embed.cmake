# SPDX-License-Identifier: Apache-2.0
# Texts that a library holds as data.

# septet_embed(TARGET HEADER NAME FILE [NAME FILE ...]) makes the header, which TARGET alone sees, with an array
# `static const unsigned char NAME[]` of each file's bytes.
function(septet_embed target header)
    set(text "/* Made by CMake: files as arrays. */\n")
    set(pairs ${ARGN})
    while(pairs)
        list(POP_FRONT pairs name file)
        file(READ ${file} bytes HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
        string(APPEND text "static const unsigned char ${name}[] = {${bytes}};\n")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    endwhile()
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${target}/${header} CONTENT "${text}" @ONLY)
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated/${target})
endfunction()
