/* Einsum as one sum over all indices, in double or wrapping integers. */
#include "tests/operators/harness.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { N_LABELS = 128 + HINGE_MAX_RANK, MAX_TERM = 2 * HINGE_MAX_RANK };

struct term {
    int n, ellipsis; /* where its ellipsis is in labels, -1: none */
    int labels[MAX_TERM];
};

/* An equation's terms, the output's last. */
static int read_terms(const char *equation, struct term *terms)
{
    int n = 0;
    terms[0] = (struct term){.ellipsis = -1};
    for (const char *c = equation; *c; c++) {
        struct term *term = &terms[n];
        if (isalpha((unsigned char)*c))
            term->labels[term->n++] = (unsigned char)*c;
        else if (*c == ',' || *c == '>')
            terms[++n] = (struct term){.ellipsis = -1};
        else if (*c == '.' && term->ellipsis < 0)
            term->ellipsis = term->n;
    }
    if (strchr(equation, '>'))
        return n;
    struct term *output = &terms[++n];
    *output = (struct term){.ellipsis = -1};
    for (int label = 0; label < 128; label++) {
        int times = 0;
        for (const char *c = equation; *c; c++)
            times += *c == label;
        if (times == 1 && isalpha(label))
            output->labels[output->n++] = label;
    }
    if (strchr(equation, '.'))
        output->ellipsis = 0;
    return n;
}

/* Puts labels of their own in place of an ellipsis of count dimensions. */
static void expand(struct term *term, int count)
{
    if (term->ellipsis < 0)
        return;
    memmove(term->labels + term->ellipsis + count, term->labels + term->ellipsis,
            (size_t)(term->n - term->ellipsis) * sizeof *term->labels);
    for (int k = 0; k < count; k++)
        term->labels[term->ellipsis + k] = N_LABELS - count + k;
    term->n += count;
}

static int64_t element(const hinge_tensor *x, const struct term *term, const int64_t *at)
{
    int64_t coordinates[HINGE_MAX_RANK] = {0};
    for (int32_t d = 0; d < x->rank; d++)
        coordinates[d] = x->dims[d] == 1 ? 0 : at[term->labels[d]];
    return harness_index(x, coordinates);
}

static void reference(struct harness_call *call)
{
    struct term terms[HARNESS_MAX_INPUTS + 1];
    const int n = read_terms(harness_attr(call, "equation")->s, terms);
    int64_t extents[N_LABELS], dims[HINGE_MAX_RANK], total = 1;
    int most = 0;
    for (int label = 0; label < N_LABELS; label++)
        extents[label] = -1;
    for (int k = 0; k < n; k++) {
        const hinge_tensor *x = call->inputs[k];
        const int count = x->rank - terms[k].n;
        most = count > most ? count : most;
        expand(&terms[k], count);
        for (int32_t d = 0; d < x->rank; d++)
            if (extents[terms[k].labels[d]] < 0 || extents[terms[k].labels[d]] == 1)
                extents[terms[k].labels[d]] = x->dims[d];
    }
    expand(&terms[n], most);
    for (int d = 0; d < terms[n].n; d++)
        dims[d] = extents[terms[n].labels[d]];
    const hinge_type type = call->inputs[0]->type;
    hinge_tensor *y = harness_output(call, 0, type, terms[n].n, dims);
    const int64_t count = hinge_count(y);
    double *sums = calloc((size_t)count + 1, sizeof *sums);
    int64_t *whole = calloc((size_t)count + 1, sizeof *whole);
    for (int label = 0; label < N_LABELS; label++)
        total *= extents[label] < 0 ? 1 : extents[label];
    for (int64_t i = 0; i < total; i++) {
        int64_t at[N_LABELS], rest = i;
        uint64_t whole_product = 1;
        double product = 1;
        for (int label = 0; label < N_LABELS; label++) {
            at[label] = extents[label] < 0 ? 0 : rest % extents[label];
            rest /= extents[label] < 0 ? 1 : extents[label];
        }
        for (int k = 0; k < n; k++) {
            const int64_t e = element(call->inputs[k], &terms[k], at);
            if (harness_is_floating(type))
                product *= harness_get(call->inputs[k], e);
            else
                whole_product *= (uint64_t)harness_get_int(call->inputs[k], e);
        }
        const int64_t e = element(y, &terms[n], at);
        sums[e] += product;
        whole[e] = (int64_t)((uint64_t)whole[e] + whole_product);
    }
    for (int64_t i = 0; i < count; i++)
        if (harness_is_floating(type))
            harness_set(y, i, sums[i]);
        else
            harness_set_int(y, i, whole[i]);
    free(sums);
    free(whole);
}

#define M(type_, ...)                                                                              \
    {                                                                                              \
        .type = (type_), .low = -3, .high = 3, .dims = {__VA_ARGS__},                              \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define F(...) M(HINGE_FLOAT, __VA_ARGS__)
#define A(...) M(HARNESS_T, __VA_ARGS__)
#define TYPES                                                                                      \
    ((HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_BFLOAT16) & ~HARNESS_TYPE(HINGE_FLOAT)) |               \
     HARNESS_INTEGERS)
#define EINSUM(text, ...)                                                                          \
    CHECK_OP(.op = "Einsum", .reference = reference, .absolute = 1e-2, .relative = 1e-5,           \
             .attributes = {ATTR_STRING("equation", text)}, .inputs = {__VA_ARGS__})
/* One rounding where results are small enough for one. */
#define EINSUM_TYPES(text, ...)                                                                    \
    CHECK_OP(.op = "Einsum", .reference = reference, .types = TYPES, .ulp = 0.6,                   \
             .relative = 1e-11, .attributes = {ATTR_STRING("equation", text)},                     \
             .inputs = {__VA_ARGS__})
#define REFUSED(status, text, says_, ...)                                                          \
    CHECK_OP(.op = "Einsum", .attributes = {ATTR_STRING("equation", text)},                        \
             .inputs = {__VA_ARGS__}, .fails = (status), .says = (says_))

static void one(void)
{
    EINSUM("ij->ji", F(5, 7));
    EINSUM("ij", F(5, 7));
    EINSUM("ba", F(5, 7));
    EINSUM("i->", F(HARNESS_N));
    EINSUM("ij->i", F(3, HARNESS_N));
    EINSUM("ij->j", F(HARNESS_N, 3));
    EINSUM("ij->j", F(40, 600));
    EINSUM("ii->i", F(6, 6));
    EINSUM("ii", F(6, 6));
    EINSUM("...ii->...i", F(2, 3, 5, 5));
    EINSUM("iji->j", F(4, 3, 4));
    EINSUM("ijkl->lj", F(3, 4, 5, 6));
    EINSUM("...->...", F(2, 3));
    EINSUM(" a ... b -> b ... ", F(2, 3, 4));
    EINSUM("->", {.type = HINGE_FLOAT, .low = -3, .high = 3, .specials = HARNESS_SPECIALS_NEVER});
    EINSUM_TYPES("ikj->ji", A(5, 7, 3));
}

static void two(void)
{
    EINSUM("ij,jk->ik", F(9, HARNESS_N), F(HARNESS_N, 5));
    EINSUM("ij,jk->ki", F(31, 40), F(40, 33));
    EINSUM("ij,jk", F(50, 400), F(400, 40));
    EINSUM("bhid,bhjd->bhij", F(2, 3, 9, 16), F(2, 3, 7, 16));
    EINSUM("bqhd,bkhd->bhqk", F(2, 9, 3, 16), F(2, 7, 3, 16));
    EINSUM("bhqk,bkhd->bqhd", F(2, 3, 9, 7), F(2, 7, 3, 16));
    EINSUM("...ij,...jk->...ik", F(2, 1, 4, 5), F(3, 5, 6));
    EINSUM("i,i->", F(HARNESS_N), F(HARNESS_N));
    EINSUM("i,i->i", F(HARNESS_N), F(HARNESS_N));
    EINSUM("i,j->ij", F(30), F(40));
    EINSUM("i,j->ji", F(30), F(40));
    EINSUM("bij,bj->bij", F(4, 5, 6), F(4, 6));
    EINSUM("bij,bj->jib", F(4, 5, 6), F(4, 6));
    EINSUM("bij,kj->i", F(4, 5, 6), F(3, 6));
    EINSUM("ijk,lmk->ijlm", F(3, 4, 5), F(2, 6, 5));
    EINSUM("ikj,lk->ijl", F(3, 40, 5), F(7, 40));
    EINSUM("ii,ij->j", F(5, 5), F(5, 4));
    EINSUM("abc,cb->a", F(4, 5, 6), F(6, 5));
    EINSUM("abc,bac->abc", F(4, 5, 6), F(5, 4, 6));
    EINSUM("ij,jk->ik", F(4, 1), F(5, 6));
    EINSUM("ij,ij->ij", F(4, 1), F(1, 5));
    EINSUM("ij,jk->ik", F(4, 0), F(0, 6));
    EINSUM("ij,jk->ik", F(0, 3), F(3, 6));
    EINSUM(",ij->ij", {.type = HINGE_FLOAT, .low = -3, .high = 3}, F(3, 4));
    EINSUM_TYPES("ij,jk->ik", A(7, 4), A(4, 5));
    EINSUM_TYPES("ij,jk->ki", A(7, 4), A(4, 5));
    EINSUM_TYPES("bij,bj->ijb", A(4, 5, 6), A(4, 6));
}

static void more(void)
{
    EINSUM("ij,jk,kl->il", F(3, 40), F(40, 5), F(5, 6));
    EINSUM("ij,kj,lk,l->i", F(3, 4), F(5, 4), F(6, 5), F(6));
    EINSUM("bi,bj,bk->ijk", F(3, 4), F(3, 5), F(3, 6));
    EINSUM("i,i,i->i", F(9), F(9), F(9));
    EINSUM("a,b,c->cab", F(3), F(4), F(5));
    EINSUM("...a,...b,ab", F(2, 3), F(2, 4), F(3, 4));
    EINSUM_TYPES("ij,jk,k->i", A(3, 4), A(4, 5), A(5));
}

static void errors(void)
{
    REFUSED(HINGE_BAD_MODEL, "ij", "1 terms for 2 inputs", F(2, 3), F(3, 4));
    REFUSED(HINGE_BAD_MODEL, "ij,jk", "more than 1 terms", F(2, 3));
    REFUSED(HINGE_BAD_MODEL, "i1", "byte 49", F(2, 3));
    REFUSED(HINGE_BAD_MODEL, "ij->i,", "byte 44", F(2, 3));
    REFUSED(HINGE_BAD_MODEL, "i..j", "term 0 has a period", F(2, 3));
    REFUSED(HINGE_BAD_MODEL, "...i...", "or of a second one", F(2, 3));
    REFUSED(HINGE_BAD_MODEL, "ij->ik", "index k of the output is in no input's term", F(2, 3));
    REFUSED(HINGE_BAD_MODEL, "ij->ii", "index i is twice", F(2, 3));
    REFUSED(HINGE_BAD_MODEL, "...i->i", "lacks the ellipsis", F(2, 3));
    REFUSED(HINGE_BAD_SHAPE, "ijk->i", "term 0 has 3 indices, its input rank 2", F(2, 3));
    REFUSED(HINGE_BAD_SHAPE, "ij,jk", "index j is 3 in term 0, and 4 in term 1", F(2, 3), F(4, 5));
    REFUSED(HINGE_BAD_SHAPE, "ii", "index i is 2 in term 0, and 3 in term 0", F(2, 3));
    REFUSED(HINGE_LIMIT, "abcdefghijklmnopqr", "more than 16 indices", F(2, 3));
}

void test_einsum(void)
{
    one();
    two();
    more();
    errors();
}
