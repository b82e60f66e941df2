# Run while building: puts the archive of the crate in FOLDER at ARCHIVE. What was built once from the same
# sources by the same compiler comes from CACHE, since ccache knows no Rust.

set(kept_max 6)

execute_process(COMMAND ${CARGO} --version OUTPUT_VARIABLE key COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE sources ${FOLDER}/src/*.rs)
list(SORT sources)
foreach(file IN LISTS sources ITEMS ${FOLDER}/Cargo.toml ${FOLDER}/Cargo.lock)
  file(SHA256 ${file} hash)
  file(RELATIVE_PATH name ${FOLDER} ${file})
  string(APPEND key "${name} ${hash}\n")
endforeach()
string(SHA256 key "${key}")

get_filename_component(name ${ARCHIVE} NAME)
get_filename_component(place ${ARCHIVE} DIRECTORY)
set(cached ${CACHE}/${key}-${name})
if(NOT EXISTS ${cached})
  execute_process(COMMAND ${CARGO} build --quiet --release --locked --manifest-path ${FOLDER}/Cargo.toml
    --target-dir ${place}/target COMMAND_ERROR_IS_FATAL ANY)
  string(RANDOM suffix)
  file(COPY_FILE ${place}/target/release/${name} ${place}/${suffix})
  file(MAKE_DIRECTORY ${CACHE})
  file(GLOB kept ${CACHE}/*-${name})
  list(LENGTH kept count)
  if(count GREATER_EQUAL kept_max)
    file(REMOVE ${kept})
  endif()
  file(COPY_FILE ${place}/${suffix} ${cached}.${suffix})
  file(RENAME ${cached}.${suffix} ${cached})
  file(REMOVE ${place}/${suffix})
endif()
file(COPY_FILE ${cached} ${ARCHIVE})
