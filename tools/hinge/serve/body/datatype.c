#include "serve/body/datatype.h"

#include <ctype.h>
#include <stdio.h>

static const char *name_of(hinge_type type)
{
    switch ((int)type) {
    case HINGE_FLOAT: return "FP32";
    case HINGE_DOUBLE: return "FP64";
    case HINGE_FLOAT16: return "FP16";
    case HINGE_BFLOAT16: return "BF16";
    case HINGE_STRING: return "BYTES";
    default: return hinge_type_text(type);
    }
}

const char *datatype_text(char text[DATATYPE_TEXT], hinge_type type)
{
    snprintf(text, DATATYPE_TEXT, "%s", name_of(type));
    for (char *at = text; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return text;
}
