#include "operators/text/case.h"

#include <stddef.h>

#include "operators/text/case_table.h"

uint32_t case_map(uint32_t code, bool upper)
{
    if (code < 0x80) {
        const bool is_other = upper ? code >= 'a' && code <= 'z' : code >= 'A' && code <= 'Z';
        return is_other ? code ^ 0x20 : code;
    }
    const struct case_range *ranges = upper ? case_upper : case_lower;
    size_t low = 0, high = upper ? sizeof case_upper / sizeof *case_upper
                                 : sizeof case_lower / sizeof *case_lower;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const struct case_range *range = &ranges[middle];
        if (code < range->first)
            high = middle;
        else if (code > range->last)
            low = middle + 1;
        else
            return (code - range->first) % range->step ? code
                                                       : (uint32_t)((int32_t)code + range->delta);
    }
    return code;
}
