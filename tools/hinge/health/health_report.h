/* The health of a model's activations as a table, JSON and a page. */
#ifndef TOOL_HEALTH_REPORT_H
#define TOOL_HEALTH_REPORT_H

#include "health/health_run.h"

/* What --help says of the figures. */
#define HEALTH_HELP                                                                                \
    "--activations: zeros and saturated are shares of all values of all inputs; a value is "       \
    "saturated where the activation's slope is below 0.001, as told by its output (\"-\": the "    \
    "output does not tell). A channel is dead if it was zero for every element of every input. "   \
    "Channels are those of the node that an activation follows, through elementwise operators, "   \
    "Reshape and Transpose: along the last axis of a MatMul or Gemm, along axis 1 of any other. "  \
    "They are found again by their number where axes have moved; where that fails, axis 1 it is. " \
    "Minimum, maximum, mean and standard deviation are those of the finite values. NaN and Inf "   \
    "are looked for in the outputs of all nodes. What is within the body of an If or Loop counts " \
    "for each time that it runs."

/* Each returns the exit status and tells on stderr what went wrong. */

/* A table of the activations, and below it in words what is wrong. */
int health_print(const struct health_run *run);
int health_json(const struct health_run *run);
/* One HTML file that needs no other, with a histogram (SVG) of each activation. */
int health_html(const struct health_run *run, const char *path);

/* What the reports share */

/* Share of all elements, 0 where there are none. */
double health_share(const struct health_node *node, uint64_t n);
/* "3/64", or "-" where there are no channels to count. Returns text, which has TEXT_NUMBER_SIZE
 * bytes. */
const char *health_dead_text(char *text, const struct health_node *node);
/* Bins up to the last that is not empty. */
size_t health_n_bins(const struct health_node *node);
/* Calls tell with each sentence, which holds names as the model has them. */
void health_warnings(const struct health_run *run, void (*tell)(void *user, const char *text),
                     void *user);

#endif
