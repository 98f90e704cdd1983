#include "sample.h"

int hinge_describe(struct hinge_sample_info *info, const struct hinge_fixed *fixed,
                   enum hinge_choice choice)
{
    return (int)info->first + fixed->first + (int)choice;
}

#if defined(ADDED)
void hinge_more(void)
{
}
#endif

#if !defined(REMOVED)
#if defined(ARGUMENT)
void hinge_less(int a, int b)
{
    (void)a, (void)b;
}
#else
void hinge_less(int a)
{
    (void)a;
}
#endif
#endif
