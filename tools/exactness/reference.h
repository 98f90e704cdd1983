/* What each activation is, twice: in double through libm, and in MPFR for the cases that double
 * precision cannot decide. */
#ifndef EXACTNESS_REFERENCE_H
#define EXACTNESS_REFERENCE_H

#include <mpfr.h>
#include <stdbool.h>

#define REFERENCE_PRECISION 240

enum reference_inputs {
    REFERENCE_X,      /* x alone */
    REFERENCE_SLOPE,  /* x and the number alpha */
    REFERENCE_BOUNDS, /* x and the numbers alpha and beta */
    REFERENCE_PAIRS,  /* x and a second number for each x */
};

enum reference_symmetry { REFERENCE_NEITHER, REFERENCE_EVEN, REFERENCE_ODD };

struct reference {
    const char *name;                    /* on the command line and in the table */
    const char *op, *attribute, *string; /* the ONNX operator, and a string attribute to set */
    enum reference_inputs inputs;
    enum reference_symmetry symmetry;
    const char *alpha_name, *beta_name; /* float attributes to set; NULL: their defaults */
    float alpha, beta;
    /* To within a few units of the 50th bit, but for zeros (see below); the second form is given
     * alpha and beta, or instead of beta the second number. x may be overwritten by exact. */
    double (*value)(double x);
    double (*value_of)(double x, double alpha, double beta);
    void (*exact)(mpfr_t y, mpfr_t x); /* x finite */
    void (*exact_of)(mpfr_t y, mpfr_t x, double alpha, double beta);
    double low, high; /* no value lies beyond; both 0: no such limits */
    double bound;     /* in ULP, what the project promises for float32 */
    double zero;      /* where value cancels, so that only MPFR can tell; 0: nowhere */
    bool increasing;  /* over the whole line */
    bool above_x;     /* no value is less than x */
    bool zero_at_nan; /* where the others are NaN */
    bool derivative;  /* the operator's derivative is meant, which is for float32 alone */
};

/* Each ended by one without a name. */
extern const struct reference references[], reference_derivatives[];

double reference_value(const struct reference *reference, double x, double second);
void reference_exact(const struct reference *reference, mpfr_t y, mpfr_t x, double second);

/* Of one input, with all float attributes at their defaults: what ort.h can compute as well. */
static inline bool reference_is_plain(const struct reference *reference)
{
    return reference->inputs == REFERENCE_X && !reference->alpha_name;
}

/* The operators' defaults, as the float32 numbers they are. */
#define REFERENCE_LEAKY_ALPHA 0.01F
#define REFERENCE_SELU_ALPHA 1.67326319217681884765625F
#define REFERENCE_SELU_GAMMA 1.05070102214813232421875F
#define REFERENCE_HARD_ALPHA 0.2F

/* For the derivatives, which contain them. */
double reference_sigmoid(double x);
void reference_exact_sigmoid(mpfr_t y, mpfr_t x);
void reference_exact_softplus(mpfr_t y, mpfr_t x);
void reference_exact_gelu_gate(mpfr_t y, mpfr_t x); /* Phi(x) */
/* sqrt(8 / pi) (x + 0.044715 x^3), the standard's decimal constant taken exactly. */
void reference_exact_gelu_tanh_argument(mpfr_t u, mpfr_t x);

#endif
