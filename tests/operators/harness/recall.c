/* Expected outputs, which are computed for the first build and recalled for those after it: their
 * cases come in the same order with the same inputs, and references take most of the time. */
#include "tests/operators/harness/harness_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SIZE ((size_t)256 << 20) /* what is kept of a test file's outputs */

struct recalled {
    bool is_there;
    uint64_t question;  /* that the outputs are the answer to */
    uint64_t random_at; /* behind what the reference has drawn */
    hinge_tensor outputs[HARNESS_MAX_OUTPUTS];
    hinge_type types[HARNESS_MAX_OUTPUTS];
};

static struct recalled *answers;
static size_t n_answers, capacity, next, size_kept;

void recall_begin(bool is_first_build)
{
    next = 0;
    if (!is_first_build)
        return;
    for (size_t i = 0; i < n_answers; i++)
        for (unsigned k = 0; k < HARNESS_MAX_OUTPUTS; k++)
            free(answers[i].outputs[k].data);
    free(answers);
    answers = NULL;
    n_answers = capacity = size_kept = 0;
}

/* FNV-1a (Fowler, Noll, Vo), over words of eight bytes first. */
static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *from = bytes;
    const uint64_t prime = UINT64_C(0x100000001B3);
    for (; size >= 8; from += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, from, 8);
        hash = (hash ^ word) * prime;
        hash ^= hash >> 32;
    }
    for (; size > 0; from++, size--)
        hash = (hash ^ *from) * prime;
    return hash;
}

/* Elements that are pointers are not looked into. */
static bool is_plain(hinge_type type)
{
    return type != HINGE_NO_TYPE && type < HINGE_N_TYPES && type != HINGE_STRING;
}

/* Of the operator, its opset and its inputs; false where that does not say all. */
static bool ask(const struct harness_call *call, uint64_t *question)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    hash = add_bytes(hash, call->c->op, strlen(call->c->op));
    hash = add_bytes(hash, &call->opset, sizeof call->opset);
    for (unsigned i = 0; i < call->n_inputs; i++) {
        const hinge_tensor *x = call->inputs[i];
        if (x && !is_plain(x->type))
            return false;
        hash = add_bytes(hash, &i, sizeof i);
        if (!x)
            continue;
        hash = add_bytes(hash, &x->type, sizeof x->type);
        hash = add_bytes(hash, x->dims, (size_t)x->rank * sizeof *x->dims);
        hash = add_bytes(hash, x->data, hinge_size(x->type, hinge_count(x)));
    }
    *question = hash;
    return true;
}

static bool copy_output(hinge_tensor *to, const hinge_tensor *from)
{
    const size_t size = hinge_size(from->type, hinge_count(from));
    *to = *from;
    to->data = malloc(size + 1);
    if (to->data)
        memcpy(to->data, from->data, size);
    return to->data != NULL;
}

static bool recall(struct harness_call *call, const struct recalled *answer)
{
    for (unsigned k = 0; k < HARNESS_MAX_OUTPUTS; k++) {
        if (!answer->outputs[k].data)
            continue;
        if (!copy_output(call->outputs[k], &answer->outputs[k]))
            return false;
        call->types[k] = answer->types[k];
    }
    tensor_seed(answer->random_at);
    return true;
}

static void keep(const struct harness_call *call, struct recalled *answer)
{
    size_t size = 0;
    for (unsigned k = 0; k < HARNESS_MAX_OUTPUTS; k++) {
        const hinge_tensor *y = call->outputs[k];
        if (y->data && !is_plain(y->type))
            return;
        size += y->data ? hinge_size(y->type, hinge_count(y)) : 0;
    }
    if (size > MAX_SIZE - size_kept)
        return;
    size_kept += size;
    answer->is_there = true;
    for (unsigned k = 0; k < HARNESS_MAX_OUTPUTS; k++) {
        answer->types[k] = call->types[k];
        if (call->outputs[k]->data && !copy_output(&answer->outputs[k], call->outputs[k]))
            answer->is_there = false;
    }
    answer->random_at = tensor_random_at();
}

/* The answer to come, new where there was none. */
static struct recalled *next_answer(void)
{
    if (next == capacity) {
        const size_t more = capacity ? 2 * capacity : 256;
        void *bigger = realloc(answers, more * sizeof *answers);
        if (!bigger)
            return NULL;
        answers = bigger;
        capacity = more;
    }
    if (next == n_answers)
        memset(&answers[n_answers++], 0, sizeof *answers);
    return &answers[next++];
}

void recall_outputs(struct harness_call *call)
{
    struct recalled *answer = next_answer();
    uint64_t question;
    if (!answer || !ask(call, &question)) {
        call->c->reference(call);
        return;
    }
    if (answer->is_there && answer->question == question && recall(call, answer))
        return;
    call->c->reference(call);
    if (!answer->is_there) {
        answer->question = question;
        keep(call, answer);
    }
}
