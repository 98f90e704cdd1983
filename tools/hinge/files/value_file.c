#include "files/value_file.h"

#include "files/file.h"
#include "files/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool value_file_is_one(const char *path)
{
    return file_has_suffix(path, ".npy") || file_has_suffix(path, ".pb");
}

static bool holds_values(hinge_type_code type)
{
    return hinge_is_container((hinge_type)(type & 0xff));
}

static bool read_pb(const char *path, hinge_type_code type, struct array *array, hinge_error *error)
{
    *array = (struct array){0};
    if (hinge_value_read(path, holds_values(type) ? type : 0, NULL, &array->value, error))
        return false;
    array->tensor = array->value->tensor;
    return true;
}

/* Standard input has no ending: it is told by its first bytes. */
static bool read_standard(const char *path, hinge_type_code type, struct array *array,
                          hinge_error *error)
{
    unsigned char *bytes;
    size_t size;
    *array = (struct array){0};
    if (!file_read(path, &bytes, &size, error))
        return false;
    bool good;
    if (npy_is_one(bytes, size) && !holds_values(type)) {
        good = npy_parse(bytes, size, (hinge_type)type, array, error);
    } else {
        good = hinge_value_parse(bytes, size, holds_values(type) ? type : 0, NULL, &array->value,
                                 error) == HINGE_OK;
        if (good)
            array->tensor = array->value->tensor;
    }
    free(bytes);
    return good || error_prefix(error, "standard input");
}

bool value_file_read(const char *path, hinge_type_code type, struct array *array,
                     hinge_error *error)
{
    char text[HINGE_TYPE_CODE_TEXT];
    if (file_is_standard(path))
        return read_standard(path, type, array, error);
    if (file_has_suffix(path, ".pb"))
        return read_pb(path, type, array, error);
    if (!holds_values(type))
        return npy_read(path, (hinge_type)type, array, error);
    return error_set(error, HINGE_BAD_ARGUMENT, "%s: only a .pb file can hold %s", path,
                     hinge_type_code_text(type, text, sizeof text));
}

bool value_file_write(const char *path, const char *name, const hinge_tensor *value,
                      hinge_type_code type, hinge_error *error)
{
    bool is_npy = file_has_suffix(path, ".npy"), is_pb = file_has_suffix(path, ".pb");
    char text[HINGE_TYPE_CODE_TEXT];
    if (is_pb || (!is_npy && hinge_is_container(value->type)))
        return hinge_value_write(file_is_standard(path) ? "/dev/stdout" : path, name, value, type,
                                 NULL, error) == HINGE_OK;
    if (!hinge_is_container(value->type))
        return npy_write(path, value, error);
    return error_set(error, HINGE_BAD_ARGUMENT, "%s: only a .pb file can hold %s", path,
                     hinge_type_code_text(type ? type : value->type, text, sizeof text));
}

const char *value_file_behind_index(const char *name)
{
    if (strncmp(name, "output_", 7) != 0)
        return NULL;
    size_t n = strspn(name + 7, "0123456789");
    return n > 0 && name[7 + n] == '_' ? name + 7 + n + 1 : NULL;
}

bool value_file_name(char file[VALUE_FILE_NAME_SIZE], const char *name)
{
    bool changed = snprintf(file, VALUE_FILE_NAME_SIZE, "%s", name) >= VALUE_FILE_NAME_SIZE;
    changed |= *name == '.' || *name == '\0' || value_file_behind_index(name);
    for (char *p = file; *p; p++)
        if (*p == '/' || (unsigned char)*p < ' ' || *p == 0x7F) {
            *p = '_';
            changed = true;
        }
    return !changed;
}

void value_file_of_output(char file[VALUE_FILE_OUTPUT_SIZE], size_t index, const char *name,
                          const char *ending)
{
    char safe[VALUE_FILE_NAME_SIZE];
    if (value_file_name(safe, name))
        snprintf(file, VALUE_FILE_OUTPUT_SIZE, "%s.%s", safe, ending);
    else
        snprintf(file, VALUE_FILE_OUTPUT_SIZE, "output_%zu_%s.%s", index, safe, ending);
}

bool value_file_write_into(const char *folder, size_t index, const char *name,
                           const hinge_tensor *value, hinge_type_code type, hinge_error *error)
{
    char path[4096], file[VALUE_FILE_OUTPUT_SIZE];
    value_file_of_output(file, index, name, hinge_is_container(value->type) ? "pb" : "npy");
    int n = snprintf(path, sizeof path, "%s/%s", folder, file);
    if (n < 0 || (size_t)n >= sizeof path)
        return error_set(error, HINGE_LIMIT, "the path of output %zu is too long", index);
    return value_file_write(path, name, value, type, error);
}
