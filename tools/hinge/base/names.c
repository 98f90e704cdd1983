#include "base/names.h"

#include <ctype.h>
#include <string.h>

int names_compare(const char *a, const char *b)
{
    const char *x = a, *y = b;
    while (*x && *y) {
        if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
            size_t m, n;
            x += strspn(x, "0");
            y += strspn(y, "0");
            m = strspn(x, "0123456789");
            n = strspn(y, "0123456789");
            int order = m != n ? (m > n) - (m < n) : memcmp(x, y, n);
            if (order)
                return order;
            x += m;
            y += n;
        } else if (*x != *y) {
            break;
        } else {
            x++;
            y++;
        }
    }
    int order = (unsigned char)*x - (unsigned char)*y;
    return order ? order : strcmp(a, b);
}
