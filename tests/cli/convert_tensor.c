/* convert_tensor FROM TO [TYPE]: reads a .npy or .pb file as the command does (TYPE: the number of
 * the element type that is wanted) and writes it as .npy or .pb. */
#include "file.h"
#include "npy.h"
#include "tensor_pb.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct array array;
    hinge_error error;
    if (argc < 3)
        return 2;
    hinge_type wanted = argc > 3 ? (hinge_type)atoi(argv[3]) : HINGE_NO_TYPE;
    bool ok = file_has_suffix(argv[1], ".pb") ? tensor_pb_read(argv[1], &array, &error)
                                              : npy_read(argv[1], wanted, &array, &error);
    if (ok)
        ok = file_has_suffix(argv[2], ".pb")
                 ? tensor_pb_write(argv[2], "tensor", &array.tensor, &error)
                 : npy_write(argv[2], &array.tensor, &error);
    array_free(&array);
    if (!ok)
        fprintf(stderr, "%s\n", error.message);
    return !ok;
}
