# Read by cpack at its start. What is packed bears the date of the changelog, so that the same files give
# the same package.
if("$ENV{SOURCE_DATE_EPOCH}" STREQUAL "")
  execute_process(
    COMMAND dpkg-parsechangelog -l ${CPACK_HINGE_CHANGELOG} -S Timestamp
    OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(ENV{SOURCE_DATE_EPOCH} ${date})
endif()
