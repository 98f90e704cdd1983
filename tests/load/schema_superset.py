#!/usr/bin/env python3
"""Proves that one .proto file has everything of another: every message, field, oneof and
enumerator, number by number and type by type. A reserved number is the one way in which a field may
be gone.

    schema_superset.py OURS THEIRS

Exit status: 0 superset, 1 not, 77 where THEIRS or what it takes to compare is not installed."""
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
# Moves to the newest version with every release of the standard.
MOVING = {"IR_VERSION"}


def descriptor_of(path, folder):
    from google.protobuf import descriptor_pb2

    out = os.path.join(folder, "set.bin")
    subprocess.run(
        ["protoc", f"--descriptor_set_out={out}", f"--proto_path={os.path.dirname(path)}", path],
        check=True,
    )
    with open(out, "rb") as file:
        files = descriptor_pb2.FileDescriptorSet.FromString(file.read()).file
    assert len(files) == 1
    return files[0]


def flatten(file):
    """Full name -> descriptor, of all messages and of all enums, nested ones included."""
    messages, enums = {}, {}

    def visit(scope, message):
        name = f"{scope}.{message.name}"
        messages[name] = message
        for nested in message.nested_type:
            visit(name, nested)
        for enum in message.enum_type:
            enums[f"{name}.{enum.name}"] = enum

    for message in file.message_type:
        visit("." + file.package, message)
    for enum in file.enum_type:
        enums[f".{file.package}.{enum.name}"] = enum
    return messages, enums


def oneof_name(message, field):
    return message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None


def compare_fields(name, ours, theirs, problems):
    by_number = {field.number: field for field in ours.field}
    reserved = {n for span in ours.reserved_range for n in range(span.start, span.end)}
    for field in theirs.field:
        where = f"{name}.{field.name} = {field.number}"
        mine = by_number.get(field.number)
        if mine is None:
            if field.number not in reserved:
                problems.append(f"{where}: missing")
            continue
        for what in ("name", "type", "label", "type_name"):
            if getattr(mine, what) != getattr(field, what):
                problems.append(f"{where}: {what} is {getattr(mine, what)}, "
                                f"should be {getattr(field, what)}")
        if mine.options.packed != field.options.packed:
            problems.append(f"{where}: packed is {mine.options.packed}")
        if oneof_name(ours, mine) != oneof_name(theirs, field):
            problems.append(f"{where}: is in oneof {oneof_name(ours, mine)}")


def compare_enums(name, ours, theirs, problems):
    names = {value.name: value.number for value in ours.value}
    for value in theirs.value:
        if value.name in MOVING:
            if names.get(value.name, -1) < value.number:
                problems.append(f"{name}.{value.name}: below {value.number}")
        elif names.get(value.name) != value.number:
            problems.append(f"{name}.{value.name}: is {names.get(value.name)}, "
                            f"should be {value.number}")


def compare(ours, theirs):
    problems = []
    our_messages, our_enums = flatten(ours)
    their_messages, their_enums = flatten(theirs)
    for name, message in their_messages.items():
        if name in our_messages:
            compare_fields(name, our_messages[name], message, problems)
        else:
            problems.append(f"{name}: missing")
    for name, enum in their_enums.items():
        if name in our_enums:
            compare_enums(name, our_enums[name], enum, problems)
        else:
            problems.append(f"{name}: missing")
    fields = sum(len(message.field) for message in their_messages.values())
    values = sum(len(enum.value) for enum in their_enums.values())
    return problems, f"{len(their_messages)} messages, {fields} fields, {values} enumerators"


def main():
    ours, theirs = sys.argv[1:]
    if not os.path.exists(theirs):
        print(f"skipped: {theirs} is not there (Debian package libonnx-dev)")
        return SKIPPED
    if not shutil.which("protoc"):
        print("skipped: no protoc (Debian package protobuf-compiler)")
        return SKIPPED
    try:
        import google.protobuf  # noqa: F401
    except ImportError:
        print("skipped: no google.protobuf (Debian package python3-protobuf)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        problems, counted = compare(descriptor_of(ours, folder), descriptor_of(theirs, folder))
    for problem in problems:
        print(problem)
    print(f"{theirs}: {counted} compared, {len(problems)} problems")
    return 1 if problems or counted.startswith("0 ") else 0


sys.exit(main())
