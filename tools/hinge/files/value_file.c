#include "files/value_file.h"

#include "files/file.h"
#include "files/npy.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE 200

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

bool value_file_read(const char *path, hinge_type_code type, struct array *array,
                     hinge_error *error)
{
    char text[HINGE_TYPE_CODE_TEXT];
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
        return hinge_value_write(path, name, value, type, NULL, error) == HINGE_OK;
    if (!hinge_is_container(value->type))
        return npy_write(path, value, error);
    return error_set(error, HINGE_BAD_ARGUMENT, "%s: only a .pb file can hold %s", path,
                     hinge_type_code_text(type ? type : value->type, text, sizeof text));
}

/* What write_into makes of other names. */
static bool has_index(const char *name)
{
    if (strncmp(name, "output_", 7) != 0)
        return false;
    size_t n = strspn(name + 7, "0123456789");
    return n > 0 && name[7 + n] == '_';
}

/* Returns whether it had to be changed. */
static bool make_file_name(char file[NAME_SIZE], const char *name)
{
    bool changed = snprintf(file, NAME_SIZE, "%s", name) >= NAME_SIZE;
    changed |= *name == '.' || *name == '\0' || has_index(name);
    for (char *p = file; *p; p++)
        if (*p == '/' || (unsigned char)*p < ' ' || *p == 0x7F) {
            *p = '_';
            changed = true;
        }
    return changed;
}

bool value_file_write_into(const char *folder, size_t index, const char *name,
                           const hinge_tensor *value, hinge_type_code type, hinge_error *error)
{
    char path[4096], file[NAME_SIZE];
    const char *ending = hinge_is_container(value->type) ? "pb" : "npy";
    int n = make_file_name(file, name)
                ? snprintf(path, sizeof path, "%s/output_%zu_%s.%s", folder, index, file, ending)
                : snprintf(path, sizeof path, "%s/%s.%s", folder, file, ending);
    if (n < 0 || (size_t)n >= sizeof path)
        return error_set(error, HINGE_LIMIT, "the path of output %zu is too long", index);
    return value_file_write(path, name, value, type, error);
}
