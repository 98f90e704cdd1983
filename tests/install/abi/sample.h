/* An interface, in the forms that samples.sh compiles of it: as it was, grown, and broken. */
#include <stddef.h>

struct hinge_sample_info { /* one of those that may grow */
    size_t size;
#if defined(RETYPED)
    double first;
#else
    int first;
#endif
#if defined(INSERTED)
    int between;
#endif
#if !defined(SHORTENED)
    int last;
#endif
#if defined(APPENDED) || defined(RETYPED)
    int *appended;
#endif
};

struct hinge_fixed {
    int first;
#if defined(FIXED_GROWN)
    int appended;
#endif
};

#if defined(VALUE_CHANGED)
enum hinge_choice { HINGE_NO, HINGE_MAYBE, HINGE_YES };
#elif defined(VALUE_ADDED)
enum hinge_choice { HINGE_NO, HINGE_YES, HINGE_MAYBE };
#else
enum hinge_choice { HINGE_NO, HINGE_YES };
#endif

int hinge_describe(struct hinge_sample_info *info, const struct hinge_fixed *fixed,
                   enum hinge_choice choice);
#if defined(ADDED)
void hinge_more(void);
#endif
#if !defined(REMOVED)
#if defined(ARGUMENT)
void hinge_less(int, int);
#else
void hinge_less(int);
#endif
#endif
