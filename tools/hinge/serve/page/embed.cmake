# cmake -D FROM=page.html -D TO=page_html.c -P embed.cmake: the bytes of a file as those of an array.
file(READ ${FROM} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\\1\n" bytes "${bytes}")
file(WRITE ${TO} "#include \"serve/page/page.h\"\n\nconst unsigned char page_html[] = {\n${bytes}};\n"
  "const size_t page_html_size = sizeof page_html;\n")
