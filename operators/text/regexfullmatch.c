/* RegexFullMatch-20: whether all of a string matches the pattern. A string that is no UTF-8 does
 * not, as with RE2. See regex.h for the syntax and the limits. */
#include "operators/text/regex.h"

#include <stdatomic.h>

#define GRAIN 256

static hinge_status init(struct hinge_node *node)
{
    struct regex *regex = NULL;
    hinge_status status = regex_compile(node, "pattern", node->attributes[0].s, &regex);
    node->state = regex;
    return status;
}

static void fini(struct hinge_node *node)
{
    regex_free(node->state);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    *scratch = node->n_threads * REGEX_WORKSPACE * sizeof(int);
    return HINGE_OK;
}

struct job {
    const struct hinge_node *node;
    atomic_int worst;
};

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    struct job *job = argument;
    const hinge_string *x = job->node->inputs[0]->data;
    bool *y = job->node->outputs[0]->data;
    int *workspace = (int *)job->node->scratch + thread * REGEX_WORKSPACE;
    for (int64_t i = begin; i < end && !atomic_load(&job->worst); i++) {
        const enum regex_result result = regex_match(job->node->state, workspace, x[i]);
        y[i] = result == REGEX_FOUND;
        if (result > REGEX_FOUND)
            atomic_store(&job->worst, (int)result);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    struct job job = {.node = node};
    node->host->parallel(node, hinge_count(node->inputs[0]), GRAIN, part, &job);
    return regex_status(node, (enum regex_result)atomic_load(&job.worst));
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "pattern", .type = HINGE_ATTR_STRING}, {.name = NULL}};

const struct hinge_op op_regexfullmatch[] = {
    {.name = "RegexFullMatch",
     .since = 20,
     .signature = "(X: T1) -> (Y: bool); T1: string",
     .attributes = attributes,
     .init = init,
     .fini = fini,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_STRING, run})},
    OP_END,
};
