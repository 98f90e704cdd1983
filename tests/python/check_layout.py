"""What the module takes from the headers, compared with what a C compiler makes of them.
usage: check_layout.py COMPILER INCLUDE_FOLDER"""
import ctypes
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from hinge import Status, _errors, _library, _values

COMPILER, INCLUDE = sys.argv[1:3]


def compiled(statements):
    """What a program of these statements prints, as a list of its words for each line."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "layout.c"), Path(folder, "layout")
        source.write_text("\n".join([
            "#include <hinge/inspect.h>", "#include <hinge/value.h>", "#include <stdio.h>",
            "int main(void)", "{", *statements, "    return 0;", "}", ""]))
        subprocess.run([COMPILER, "-std=c11", "-Wall", "-Werror", "-I", INCLUDE, str(source), "-o",
                        str(program)], check=True)
        printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return [line.split("|") for line in printed.splitlines()]


class Layout(unittest.TestCase):
    maxDiff = None

    def test_structs(self):
        statements, expected = [], []
        for name, struct in _library.STRUCTS.items():
            statements.append(f'    printf("{name}|%zu\\n", sizeof({name}));')
            expected.append([name, str(ctypes.sizeof(struct))])
            for field, _ in struct._fields_:
                place = getattr(struct, field)
                statements.append(f'    printf("{name}|{field}|%zu|%zu\\n", offsetof({name}, '
                                  f'{field}), sizeof((({name} *)0)->{field}));')
                expected.append([name, field, str(place.offset), str(place.size)])
        self.assertEqual(compiled(statements), expected)

    def test_functions(self):
        """As many arguments, and results of the same size."""
        statements, expected = [], []
        for name, (result, *arguments) in _library.FUNCTIONS.items():
            call = f"hinge_{name}({', '.join('0' for _ in arguments)})"
            size = f"sizeof({call})" if result else f"sizeof(({call}, (char)0))"
            statements.append(f'    printf("{name}|%zu\\n", {size});')
            expected.append([name, str(ctypes.sizeof(result) if result else 1)])
        self.assertEqual(compiled(statements), expected)

    def test_version(self):
        (major, minor), = compiled(['    printf("%d|%d\\n", HINGE_VERSION_MAJOR, '
                                    'HINGE_VERSION_MINOR);'])
        self.assertEqual(int(major), _library.VERSION[0])
        self.assertGreaterEqual(int(minor), _library.VERSION[1])

    def test_statuses(self):
        printed = compiled(['#define PRINT(name, text) printf("%s|%d|%s\\n", #name, name, text);',
                            "    HINGE_STATUSES(PRINT)"])
        self.assertEqual([[f"HINGE_{s.name}", str(s.value)] for s in Status],
                         [line[:2] for line in printed])
        self.assertEqual(set(_errors.CLASSES), set(Status) - {Status.OK})
        for _, number, text in printed:
            self.assertEqual(_library.lib.hinge_status_text(int(number)).decode(), text)

    def test_types(self):
        printed = compiled(['#define PRINT(name, number, bits, text) '
                            'printf("%d|%d|%s\\n", number, bits, text);',
                            "    HINGE_TYPES(PRINT)"])
        self.assertEqual([[str(number), str(type.bits), type.name]
                          for number, type in sorted(_values.TYPES.items())], printed)

    def test_constants(self):
        names = {"HINGE_SEQUENCE": _library.SEQUENCE, "HINGE_OPTIONAL": _library.OPTIONAL,
                 "HINGE_MAP": _library.MAP, "HINGE_SPARSE": _library.SPARSE,
                 "HINGE_MAX_RANK": _library.MAX_RANK,
                 "HINGE_TYPE_CODE_TEXT": _library.TYPE_CODE_TEXT}
        self.assertEqual(compiled([f'    printf("{name}|%d\\n", (int){name});' for name in names]),
                         [[name, str(value)] for name, value in names.items()])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
