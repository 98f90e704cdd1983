#include "text.h"

#include "number.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdarg.h>
#include <string.h>

void text_append(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

const char *text_dims(char *text, const hinge_tensor *tensor)
{
    *text = '\0';
    text_append(text, TEXT_SHAPE_SIZE, tensor->rank < 0 ? "[…]" : "[");
    for (int32_t i = 0; i < tensor->rank; i++) {
        text_append(text, TEXT_SHAPE_SIZE, i ? "," : "");
        if (tensor->dims[i] < 0)
            text_append(text, TEXT_SHAPE_SIZE, "?");
        else
            text_append(text, TEXT_SHAPE_SIZE, "%" PRId64, tensor->dims[i]);
    }
    if (tensor->rank >= 0)
        text_append(text, TEXT_SHAPE_SIZE, "]");
    return text;
}

const char *text_number(char *text, const hinge_tensor *tensor, int64_t index)
{
    if (tensor->type == HINGE_STRING) {
        const hinge_string *string = (const hinge_string *)tensor->data + index;
        int size = string->size > 60 ? 60 : (int)string->size;
        snprintf(text, TEXT_NUMBER_SIZE, "\"%.*s\"%s", size, size ? string->bytes : "",
                 string->size > 60 ? "…" : "");
        return text;
    }
    hinge_tensor parts = number_parts(tensor);
    if (parts.type != tensor->type)
        snprintf(text, TEXT_NUMBER_SIZE, "%.6g%+.6gi", number_value(&parts, 2 * index),
                 number_value(&parts, 2 * index + 1));
    else if (tensor->type == HINGE_BOOL)
        snprintf(text, TEXT_NUMBER_SIZE, "%s", number_bits(tensor, index) ? "true" : "false");
    else if (number_is_float(tensor->type))
        snprintf(text, TEXT_NUMBER_SIZE, "%.6g", number_value(tensor, index));
    else if (tensor->type == HINGE_INT64)
        snprintf(text, TEXT_NUMBER_SIZE, "%" PRId64, (int64_t)number_bits(tensor, index));
    else if (tensor->type == HINGE_UINT64)
        snprintf(text, TEXT_NUMBER_SIZE, "%" PRIu64, number_bits(tensor, index));
    else
        snprintf(text, TEXT_NUMBER_SIZE, "%.0f", number_value(tensor, index));
    return text;
}

void text_print(FILE *file, const char *text, int width)
{
    int column = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool continues = (*p & 0xC0) == 0x80;
        if (!continues && width > 0 && column++ == width)
            return;
        /* U+0080 to U+009F are control characters too: C2 80 to C2 9F. */
        if (*p == 0xC2 && p[1] >= 0x80 && p[1] <= 0x9F) {
            putc('?', file);
            p++;
        } else {
            putc(*p < ' ' || *p == 0x7F ? '?' : *p, file);
        }
    }
}

bool text_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void text_bar(FILE *file, double share, int width)
{
    bool utf8 = text_is_utf8();
    int cells = (int)(share * width + 0.5);
    for (int i = 0; i < cells && i < width; i++)
        fputs(utf8 ? "█" : "#", file);
}
