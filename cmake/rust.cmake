# suikei_rust(TARGET FOLDER): a static library that cargo builds from the crate in FOLDER; what it uses of
# others is pinned by its Cargo.lock.

find_program(CARGO cargo)
if(NOT CARGO)
  message(FATAL_ERROR "cargo is missing: run ./dev setup first")
endif()

function(suikei_rust target folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/src/*.rs)
  set(archive ${CMAKE_BINARY_DIR}/rust/lib${target}.a)
  set(script ${CMAKE_SOURCE_DIR}/cmake/build_rust.cmake)
  add_custom_command(OUTPUT ${archive}
    COMMAND ${CMAKE_COMMAND} -DCARGO=${CARGO} -DFOLDER=${folder} -DARCHIVE=${archive}
      -DCACHE=${SUIKEI_CACHE}/rust -P ${script}
    DEPENDS ${sources} ${folder}/Cargo.toml ${folder}/Cargo.lock ${script}
    COMMENT "Building Rust library ${target}" VERBATIM)
  add_custom_target(${target}_archive DEPENDS ${archive})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_archive)
  target_link_libraries(${target} INTERFACE ${archive} Threads::Threads ${CMAKE_DL_LIBS})
endfunction()

suikei_rust(suikei_jinja ${CMAKE_SOURCE_DIR}/src/sql/jinja)
