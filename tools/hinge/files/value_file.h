/* Values of any kind in files of their own: .npy for tensors, .pb (the messages of <hinge/value.h>)
 * for all. */
#ifndef TOOL_VALUE_FILE_H
#define TOOL_VALUE_FILE_H

#include "base/array.h"

bool value_file_is_one(const char *path);

/* Reads the file at path for something of that type (0: a tensor of any type). What is in a .pb
 * file is of the kind that type says, a tensor there of the element type that it has. "-" is
 * standard input, of either form. */
bool value_file_read(const char *path, hinge_type_code type, struct array *array,
                     hinge_error *error);

/* Writes a .pb file where path ends so, or where no other holds the value and path has no ending
 * that is known (/dev/stdout, and "-", which is standard output); otherwise a .npy file. */
bool value_file_write(const char *path, const char *name, const hinge_tensor *value,
                      hinge_type_code type, hinge_error *error);

/* The name of a file for a value that a model calls name, its index-th output: NAME.ending. Of a
 * name that would lead elsewhere output_INDEX_NAME is made, changed so that it does not, and of one
 * that is of this form already, so that no two are the same. */
#define VALUE_FILE_OUTPUT_SIZE 240
void value_file_of_output(char file[VALUE_FILE_OUTPUT_SIZE], size_t index, const char *name,
                          const char *ending);

/* Writes into folder, by a name that a model gives to its index-th output: as NAME.npy or NAME.pb,
 * by value_file_of_output. */
bool value_file_write_into(const char *folder, size_t index, const char *name,
                           const hinge_tensor *value, hinge_type_code type, hinge_error *error);

/* The name of that file without its ending, and without output_INDEX_ where it takes that; returns
 * whether it is the name itself, without. */
#define VALUE_FILE_NAME_SIZE 200
bool value_file_name(char file[VALUE_FILE_NAME_SIZE], const char *name);

/* What is behind output_INDEX_ in a file's name; NULL where it has no such beginning. */
const char *value_file_behind_index(const char *name);

#endif
