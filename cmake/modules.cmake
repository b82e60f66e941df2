# suikei_module(NAME LEVEL n USES module… LIBRARIES target…): one static library per folder of src/.
# tests/tidy reads the same lines and holds them against the real #includes.

set_property(GLOBAL PROPERTY suikei_modules "")
set_property(GLOBAL PROPERTY suikei_unit_tests "")

function(suikei_module name)
  cmake_parse_arguments(PARSE_ARGV 1 module "" "LEVEL" "USES;LIBRARIES")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(unit_tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER unit_tests INCLUDE REGEX "_test\\.cc$")
  add_library(suikei_${name} STATIC ${sources})
  target_include_directories(suikei_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM module_USES PREPEND suikei_)
  target_link_libraries(suikei_${name} PUBLIC ${module_USES} ${module_LIBRARIES})
  suikei_embed(suikei_${name} ${name})
  set_property(GLOBAL APPEND PROPERTY suikei_modules suikei_${name})
  set_property(GLOBAL APPEND PROPERTY suikei_unit_tests ${unit_tests})
endfunction()

# Every file of a module that is no C++ but part of the program becomes a string:
# src/sql/dialects/duckdb/macros.jinja -> suikei::sql::embedded::dialects_duckdb_macros,
# declared in the generated header "<module>/embedded.gen.h".
function(suikei_embed target name)
  set(root ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*.sql ${root}/*.jinja ${root}/*.yml
    ${root}/dialects/*.json ${root}/*.html ${root}/*.js ${root}/*.css)
  if(NOT files)
    return()
  endif()
  set(header "#pragma once\n// generated from the files of this module that are not C++\n")
  string(APPEND header "namespace suikei::${name}::embedded {\n")
  foreach(file IN LISTS files)
    string(REGEX REPLACE "\\.[a-z]+$" "" variable ${file})
    string(MAKE_C_IDENTIFIER ${variable} variable)
    file(READ ${root}/${file} content)
    string(APPEND header "inline constexpr char ${variable}[] = R\"embed~(${content})embed~\";\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${root}/${file})
  endforeach()
  string(APPEND header "}\n")
  set(generated ${CMAKE_BINARY_DIR}/generated)
  file(CONFIGURE OUTPUT ${generated}/${name}/embedded.gen.h CONTENT "${header}" @ONLY)
  target_include_directories(${target} PRIVATE ${generated})
endfunction()
