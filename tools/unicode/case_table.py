#!/usr/bin/env python3
"""Prints operators/text/case_table.h: the simple case mappings of Unicode beyond ASCII, as ranges.

    case_table.py | clang-format-14 > operators/text/case_table.h

Python's own mappings are the full ones, of one character to several; where these are not simple, the
title case tells the simple one, but for U+0130. Equal to towupper and towlower of glibc's C.UTF-8 where
that is of the same version of Unicode (tried for every code point)."""
import unicodedata


def upper(character):
    full = character.upper(), character.title()
    return next((mapped for mapped in full if len(mapped) == 1), character)


def lower(character):
    full = character.lower()
    return full if len(full) == 1 else "i" if character == "\u0130" else character


def ranges(mapping):
    """[first, last, step, delta] of the code points that are mapped elsewhere."""
    found = []
    for code in (c for c in range(0x80, 0x110000) if not 0xD800 <= c < 0xE000):
        delta = ord(mapping(chr(code))) - code
        if delta == 0:
            continue
        if found and found[-1][3] == delta:
            first, last, step, _ = found[-1]
            if code - last in (1, 2) and (first == last or step == code - last):
                found[-1] = [first, code, code - last, delta]
                continue
        found.append([code, code, 1, delta])
    return found


def main():
    print("/* Made by tools/unicode/case_table.py: the simple case mappings of Unicode "
          f"{unicodedata.unidata_version}\n * beyond ASCII. */\n"
          "#ifndef TEXT_CASE_TABLE_H\n#define TEXT_CASE_TABLE_H\n\n#include <stdint.h>\n\n"
          "/* Every step-th code point from first to last is mapped to the one delta further on. */\n"
          "struct case_range {\n    uint32_t first, last, step;\n    int32_t delta;\n};\n")
    for name, mapping in ("upper", upper), ("lower", lower):
        print(f"static const struct case_range case_{name}[] = {{")
        for first, last, step, delta in ranges(mapping):
            print(f"{{0x{first:X}, 0x{last:X}, {step}, {delta}}},")
        print("};\n")
    print("#endif")


main()
