/* convert_tensor FROM TO [TYPE]: reads a .npy or .pb file as the command does (TYPE: the number of
 * the element type that is wanted) and writes it as .npy or .pb. */
#include "files/value_file.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct array array;
    hinge_error error;
    if (argc < 3)
        return 2;
    hinge_type wanted = argc > 3 ? (hinge_type)atoi(argv[3]) : HINGE_NO_TYPE;
    bool ok = value_file_read(argv[1], wanted, &array, &error) &&
              value_file_write(argv[2], "tensor", &array.tensor, array.tensor.type, &error);
    array_free(&array);
    if (!ok)
        fprintf(stderr, "%s\n", error.message);
    return !ok;
}
