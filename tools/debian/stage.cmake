# Read by cpack when each component is installed in a folder of its own and before it is packed: what
# Debian wants of a package beyond what "cmake --install" puts there.
file(WRITE ${CPACK_TEMPORARY_DIRECTORY}/control/debian/control
  "Source: hinge\n\nPackage: hinge\nArchitecture: any\n") # without which dpkg-shlibdeps does not start
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr)
  set(doc ${root}/share/doc/${package})
  file(MAKE_DIRECTORY ${doc})
  file(COPY_FILE ${CMAKE_CURRENT_LIST_DIR}/copyright ${doc}/copyright)
  file(COPY_FILE ${CPACK_HINGE_CHANGELOG} ${doc}/changelog.Debian)
  file(MAKE_DIRECTORY ${root}/share/lintian/overrides)
  file(COPY_FILE ${CMAKE_CURRENT_LIST_DIR}/lintian-overrides
    ${root}/share/lintian/overrides/${package})

  file(GLOB pages ${root}/share/man/man*/*.[13])
  execute_process(COMMAND gzip -9n ${doc}/changelog.Debian ${pages} COMMAND_ERROR_IS_FATAL ANY)

  # The system knows where its libraries are.
  set(libdir ${root}/${CPACK_HINGE_LIBDIR})
  file(GLOB binaries ${root}/bin/hinge ${libdir}/libhinge.so.*.*.* ${libdir}/hinge/*.so
    ${libdir}/hinge/plugins/*.so)
  foreach(file IN LISTS binaries)
    file(RPATH_REMOVE FILE ${file})
  endforeach()

  # CPack's own way adds scripts that call ldconfig to every package with a plugin.
  if(binaries)
    execute_process(
      COMMAND dpkg-shlibdeps -O -l${CPACK_HINGE_LIBRARIES} -L${CPACK_HINGE_SHLIBS} ${binaries}
      WORKING_DIRECTORY ${CPACK_TEMPORARY_DIRECTORY}/control
      OUTPUT_VARIABLE depends OUTPUT_STRIP_TRAILING_WHITESPACE
      ERROR_VARIABLE complaints RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "dpkg-shlibdeps, for ${package}: ${complaints}")
    endif()
    string(REGEX REPLACE "^shlibs:Depends=" "" depends "${depends}")
    set(own "${CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS}")
    string(REGEX REPLACE "^, " "" CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${own}, ${depends}")
  endif()

  # The prefix that the build was configured with may be another.
  set(CMAKE_INSTALL_FULL_BINDIR /usr/bin)
  set(unit ${root}/lib/systemd/system/hinge-serve.service)
  if(EXISTS ${unit})
    configure_file(${CPACK_HINGE_UNIT} ${unit} @ONLY)
    # Root's: a StateDirectory would be the service's, which is not to write models.
    file(MAKE_DIRECTORY ${root}/../var/lib/hinge/models)
  endif()

  # Whatever the umask of who packs.
  execute_process(COMMAND chmod -R u=rwX,go=rX ${root}/.. COMMAND_ERROR_IS_FATAL ANY)
endforeach()
