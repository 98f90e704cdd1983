#include "base/text.h"

#include "base/number.h"

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

size_t text_code_point(const char *text, size_t size, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (n == 0 || n > size)
        return 0;
    *code = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        *code = *code << 6 | (p[i] & 0x3F);
    }
    bool bad = *code < smallest[n] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF);
    return bad ? 0 : n;
}

size_t text_character(char shown[TEXT_CHARACTER_SIZE], const char *text)
{
    uint32_t code;
    size_t n = *text ? text_code_point(text, strnlen(text, 4), &code) : 0;
    bool is_control = n && (code < ' ' || (code >= 0x7F && code <= 0x9F));
    if (!n && *text)
        snprintf(shown, TEXT_CHARACTER_SIZE, TEXT_REPLACEMENT);
    else
        snprintf(shown, TEXT_CHARACTER_SIZE, "%.*s", (int)n, is_control ? "?" : text);
    return !n && *text ? 1 : n;
}

int text_print(FILE *file, const char *text, int width)
{
    char shown[TEXT_CHARACTER_SIZE];
    int column = 0;
    for (size_t n; (n = text_character(shown, text)) && (width <= 0 || column < width); column++) {
        fputs(shown, file);
        text += n;
    }
    return column;
}

void text_cell(FILE *file, const char *text, int width)
{
    int columns = text_print(file, text, width);
    fprintf(file, "%*s", width - columns + 1, "");
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
