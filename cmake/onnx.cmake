# SPDX-License-Identifier: Apache-2.0
# ONNX input is optional. When protobuf-c and ONNX's schema are installed, the library septet_onnx_schema holds the
# generated reader, for files of compiler/frontend/onnx/ that include "onnx/onnx.pb-c.h". Otherwise those files are left
# out, and onnx_absent.c takes their place.
set(SEPTET_ONNX_SCHEMA "")
file(GLOB SEPTET_ONNX_UNUSED CONFIGURE_DEPENDS compiler/frontend/onnx/*.c)
pkg_check_modules(PROTOBUF_C IMPORTED_TARGET libprotobuf-c)
find_program(PROTOC_C protoc-c)
find_path(ONNX_PROTO_DIR onnx/onnx.proto)
if(PROTOBUF_C_FOUND AND PROTOC_C AND ONNX_PROTO_DIR)
    set(generated ${CMAKE_BINARY_DIR}/generated)
    file(MAKE_DIRECTORY ${generated})
    add_custom_command(OUTPUT ${generated}/onnx/onnx.pb-c.c ${generated}/onnx/onnx.pb-c.h
                       COMMAND ${PROTOC_C} --c_out=${generated} -I${ONNX_PROTO_DIR} onnx/onnx.proto
                       DEPENDS ${ONNX_PROTO_DIR}/onnx/onnx.proto VERBATIM)
    add_library(septet_onnx_schema STATIC ${generated}/onnx/onnx.pb-c.c)
    # The header has to exist before the compiler's files are compiled, also in the first build.
    add_custom_target(septet_onnx_header DEPENDS ${generated}/onnx/onnx.pb-c.h)
    add_dependencies(septet_onnx_schema septet_onnx_header)
    target_include_directories(septet_onnx_schema SYSTEM PUBLIC ${generated})
    target_link_libraries(septet_onnx_schema PUBLIC PkgConfig::PROTOBUF_C)
    set(SEPTET_ONNX_SCHEMA septet_onnx_schema)
    set(SEPTET_ONNX_UNUSED ${CMAKE_SOURCE_DIR}/compiler/frontend/onnx_absent.c)
else()
    message(STATUS "ONNX input is left out: protobuf-c, protoc-c or onnx/onnx.proto is missing")
endif()
