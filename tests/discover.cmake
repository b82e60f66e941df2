# Read by ctest when it starts: one entry per suite of the unit tests, per text file, per tidy check.

# name, label, properties…, and after COMMAND what to run.
function(entry name label)
  cmake_parse_arguments(entry "SERIAL" "" "COMMAND" ${ARGN})
  add_test("${name}" ${entry_COMMAND})
  set(properties LABELS ${label} TIMEOUT 600 SKIP_RETURN_CODE 77)
  if(entry_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  set_tests_properties("${name}" PROPERTIES ${properties})
endfunction()

set(tests @CMAKE_CURRENT_SOURCE_DIR@)
set(python @Python3_EXECUTABLE@)

entry(tidy tidy COMMAND ${python} ${tests}/tidy/tidy.py)
foreach(self_test IN ITEMS tidy/tidy_test run_text_test)
  get_filename_component(name ${self_test} NAME)
  entry(tidy.${name} tidy COMMAND ${python} ${tests}/${self_test}.py)
endforeach()

# The program under test: the one that people run, where `dev` names it, else that of this build folder.
set(program "$ENV{SUIKEI}")
if(NOT program)
  set(program @suikei_program@)
endif()

execute_process(COMMAND @suikei_tests_program@ --gtest_list_tests
  OUTPUT_VARIABLE listed RESULT_VARIABLE failed)
if(failed)
  # Not built, or it does not start: an entry that fails says so.
  entry(unit unit COMMAND @suikei_tests_program@ --gtest_list_tests)
endif()
string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_/]+\\." suites "${listed}")
list(TRANSFORM suites STRIP)
list(REMOVE_DUPLICATES suites)
foreach(suite IN LISTS suites)
  string(REGEX REPLACE "\\.$" "" name ${suite})
  entry(unit.${name} unit COMMAND @suikei_tests_program@ --gtest_brief=1 --gtest_filter=${suite}*)
endforeach()

entry(unit.jinja unit COMMAND ${python} ${tests}/jinja/parity_test.py @suikei_render_folder@)

foreach(label IN ITEMS cli fault services)
  file(GLOB files ${tests}/${label}/*.txt)
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WE)
    set(command ${python} ${tests}/run_text.py --program ${program} ${file})
    file(STRINGS ${file} header LIMIT_COUNT 6 REGEX "^(servers|serial): ")
    set(serial)
    if(header MATCHES "serial: yes")
      set(serial SERIAL)
    endif()
    if(header MATCHES "servers: ([a-z0-9 ]+)")
      separate_arguments(servers UNIX_COMMAND ${CMAKE_MATCH_1})
      foreach(server IN LISTS servers)
        entry(${label}.${name}.${server} ${label} ${serial} COMMAND ${command} --server ${server})
      endforeach()
    else()
      entry(${label}.${name} ${label} ${serial} COMMAND ${command})
    endif()
  endforeach()
endforeach()
