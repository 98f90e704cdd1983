/* Element types as the Open Inference Protocol names them. Those that it has no name for bear the
 * standard's own in capitals ("FLOAT8E4M3FN", "INT4", "COMPLEX64"). */
#ifndef SERVE_DATATYPE_H
#define SERVE_DATATYPE_H

#include <hinge/hinge.h>

/* Room for any such name. */
#define DATATYPE_TEXT 24

/* Writes the name into text and returns it. */
const char *datatype_text(char text[DATATYPE_TEXT], hinge_type type);

#endif
