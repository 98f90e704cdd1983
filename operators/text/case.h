/* Upper and lower case: Unicode's simple mappings, of one code point to one, in no locale. */
#ifndef TEXT_CASE_H
#define TEXT_CASE_H

#include <stdbool.h>
#include <stdint.h>

uint32_t case_map(uint32_t code, bool upper);

#endif
