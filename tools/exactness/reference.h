/* What each activation is, twice: in double through libm, and in MPFR for the cases that double
 * precision cannot decide. */
#ifndef EXACTNESS_REFERENCE_H
#define EXACTNESS_REFERENCE_H

#include <mpfr.h>
#include <stdbool.h>

#define REFERENCE_PRECISION 240

struct reference {
    const char *name;                    /* on the command line and in the table */
    const char *op, *attribute, *string; /* the ONNX operator, and a string attribute to set */
    double (*value)(double x);           /* to within a few units of the 52nd bit */
    void (*exact)(mpfr_t y, mpfr_t x);   /* x may be overwritten */
    bool increasing;                     /* over the whole line */
    double bound;                        /* in ULP, what the project promises */
};

extern const struct reference references[]; /* ended by one without a name */

#endif
