/*
 * Operators of the standard as exporters write them who do not know them: trees of smaller ones.
 * Rules are data (rules.c); a rule's pattern is a formula (plugins/formula.h) in which
 *
 *   a letter   stands for a value, the same wherever it is; e, r and s for a constant of one
 * element a number   is a constant of one element, to seven digits Mean(v)    is a ReduceMean over
 * the last axes that keeps them, as many in each Mean Turned(v)  is a Transpose of four axes: v
 * stands for what a Transpose with the last two axes the other way round would give Rows(v)    is a
 * Softmax along the last of four axes Either(…)  is one of its arguments
 *
 * and other names are those of operators. Inputs of an operator that commutes may be swapped.
 */
#ifndef PASSES_PATTERNS_PATTERN_H
#define PASSES_PATTERNS_PATTERN_H

#include "passes/pass.h"
#include "plugins/formula.h"

#define PATTERN_MAX_PARTS 48
#define PATTERN_MAX_NODES 16 /* of a graph, that one pattern covers */
#define PATTERN_MAX_INPUTS 4

struct pattern_rule {
    const char *mark; /* an operator without which a graph has no such pattern */
    const char *pattern;
    const char *op;     /* of the standard, what it becomes */
    const char *inputs; /* its inputs: letters of the pattern */
    struct {
        const char *name;
        const char *text; /* an attribute that is a string */
        /* A letter: its number, a float, of r one over it; '1': 1, a float; '-': the first axis of
         * Mean, an int. */
        char from;
    } attributes[2];
    uint32_t opset;
    bool has_shapes; /* what it becomes asks for shapes with which the pattern would do without */
};
extern const struct pattern_rule pattern_rules[];
extern const size_t n_pattern_rules;

enum pattern_kind {
    PATTERN_NUMBER,
    PATTERN_LETTER,
    PATTERN_EITHER,
    PATTERN_MEAN,
    PATTERN_TURNED,
    PATTERN_ROWS,
    PATTERN_OP
};

struct pattern_part {
    enum pattern_kind kind;
    double number;
    char letter;
    struct formula_name op;
    uint32_t arguments[FORMULA_MAX_ARGUMENTS], n; /* parts */
};

struct pattern {
    struct pattern_part parts[PATTERN_MAX_PARTS];
    uint32_t n, root;
};
/* false where the text is no pattern, or has too many parts. */
bool pattern_read(struct pattern *pattern, const char *text);

/* What a pattern was found to cover. */
struct pattern_match {
    uint32_t letters['z' - 'a' + 1];            /* values; GRAPH_NONE: not in it */
    uint32_t nodes[PATTERN_MAX_NODES], n_nodes; /* the last node of all first */
    int32_t only_rank;   /* of input 0, for which it is one, as far as is known; 0: every one */
    int32_t n_axes;      /* that each Mean is over; 0: there is none */
    int32_t scalar_rank; /* the greatest of its constants */
    uint32_t turned;     /* node; GRAPH_NONE: there is none */
    char turned_letter;
};

struct pattern_finder {
    struct pass_run *run;
    struct pass_shapes shapes;
    bool has_shapes; /* they are found when they are first asked for */
    hinge_status status;
    size_t n_nodes; /* those that are there; what has been made of some is no part of others */
};
/* Whether the pattern ends in node, and nobody else reads what is within. */
bool pattern_find(struct pattern_finder *finder, const struct pattern *pattern, uint32_t node,
                  struct pattern_match *match);
/* The number that a value is, where it is a constant of one element. */
bool pattern_number(const struct graph *graph, uint32_t value, double *number);
/* The rank that value has in every run; -1 where that is not known, or there is no memory. With
 * expected, what it is expected to be, where that is all. */
int32_t pattern_rank(struct pattern_finder *finder, uint32_t value, bool expected);

#endif
