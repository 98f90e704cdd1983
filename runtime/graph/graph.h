/*
 * The graph: what a model says, in our own types. Values and nodes are arrays; everything refers to
 * them by index, and an index stays valid as long as the graph. Nodes stand in an order in which
 * each comes after those it reads from. Names, lists and attributes live in the graph's arena.
 *
 * One thread at a time while a session is being opened; constant afterwards.
 */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "base/memory.h"
#include "base/status.h"

#include <hinge/plugin.h>

#define GRAPH_NONE UINT32_MAX

struct graph;

/* Who gives back a constant's bytes. */
enum graph_storage {
    GRAPH_NOT_CONSTANT,
    GRAPH_MAPPED,  /* in a file map, which outlives the graph */
    GRAPH_OWNED,   /* allocated by itself; freed with the graph, or before when nobody reads it */
    GRAPH_BORROWED /* a constant of the enclosing graph, which keeps it */
};

struct graph_value {
    const char *name; /* "" where a pass made it */
    /* type, rank and dims as far as the model tells (HINGE_NO_TYPE, -1 where not). data is the
     * constant's, NULL for all other values, and for a constant that has been given up. The bytes
     * that its strings point to are not given up with it: they live as long as the graph. */
    hinge_tensor tensor;
    hinge_type_code type_code;    /* the whole type; 0: not known */
    const char *const *dim_names; /* NULL, or rank entries, NULL for a dimension without a name */
    enum graph_storage storage;
    uint32_t producer; /* node index; GRAPH_NONE for inputs, constants and outer values */
    /* Node inputs that read it, once for each; one for each place among the graph's outputs, and
     * one for each value of a subgraph that stands for it. */
    uint32_t n_readers;
    uint32_t outer; /* in a subgraph: the enclosing graph's value that this one stands for */
    bool is_input, is_output;
    bool is_static;        /* the dims of tensor are those of every run */
    bool has_default;      /* there is an entry for it in the graph's defaults */
    bool is_channels_last; /* a pass has moved axis 1 of the model's value behind the others */
    /* What an input is in a run that is given none for it; its bytes stay where they are for as
     * long as the graph. NULL: it must be given. */
    const hinge_tensor *default_tensor;
};

/* An initializer that the model lists among its inputs too, and what it declares there. */
struct graph_default {
    uint32_t value;
    /* The initializer where the value is an input that may be overridden; otherwise the value is a
     * constant like any other, and this has no data. */
    hinge_tensor tensor;
    enum graph_storage storage;
    hinge_tensor declared;
    hinge_type_code declared_code;
    const char *const *dim_names;
};

struct graph_attribute {
    const char *name;
    struct hinge_attribute value; /* type is set for every kind */
    struct graph *graph;          /* HINGE_ATTR_GRAPH */
    const char *reference;        /* in a function: the function's attribute to take; else NULL */
};

struct graph_node {
    const char *name;                   /* "" where the model gives none */
    const char *op, *domain, *overload; /* domain "" is the standard's own ("ai.onnx" is made "") */
    uint32_t opset;                     /* version of the domain that the model imports */
    uint32_t n_inputs, n_outputs, n_attributes;
    uint32_t *inputs, *outputs; /* values; GRAPH_NONE where left out */
    struct graph_attribute *attributes;
    struct hinge_epilogue epilogue;                /* set by the fusions */
    const char *activation_op, *activation_domain; /* whose activation the epilogue has, or NULL */
    bool removed;

    /* Set by bind_graph: what runs it, and its attributes in the operator's own order. */
    const struct hinge_op *definition; /* NULL: no plugin has the operator for these types */
    const struct plugin *plugin;
    hinge_status (*run)(const struct hinge_node *node);
    struct hinge_attribute *bound;
    struct graph **bodies;            /* for each of bound, NULL where it is no graph */
    uint32_t min_outputs, max_inputs; /* of the signature */

    /* Values of this graph that its bodies read, other than constants; set by graph_number. */
    uint32_t *captures;
    uint32_t n_captures;

    /* The way back of a rewrite that holds for the shapes that are expected, but is not proven:
     * what the node stands for, in order, as indices of the graph's spare nodes. */
    uint32_t *spares;
    uint32_t n_spares;
    bool is_self; /* of a spare node: it is the node itself, before the rewrite, with its state */
    int32_t only_rank; /* of input 0, for which the rewrite holds; 0: every one */
};

struct graph_opset {
    const char *domain;
    uint32_t version;
};

/* An entry of the model's metadata_props. */
struct graph_property {
    const char *key, *value;
};

/* A model-local function: its body's inputs and outputs are the parameters. */
struct graph_function {
    const char *name, *domain, *overload;
    struct graph *body;
    struct graph_attribute *attributes; /* those with a default; the others only have a name */
    uint32_t n_attributes;
};

struct graph {
    struct arena arena;
    const hinge_allocator *allocator;
    const char *name;
    struct graph *parent; /* of a subgraph */
    bool is_bound;        /* its values have types, as far as nothing is missing */

    struct graph_value *values;
    struct graph_node *nodes, *spares;
    size_t n_values, n_nodes, n_spares, values_capacity, nodes_capacity, spares_capacity;
    uint32_t *inputs, *outputs; /* values, in the model's order; constants are not inputs */
    uint32_t n_inputs, n_outputs;
    struct graph_default *defaults; /* in the model's order of inputs */
    uint32_t n_defaults;

    /* Of a body, once it is bound: what the model declares of inputs and outputs. */
    hinge_tensor *declared_inputs, *declared_outputs;

    /* Set by graph_number. */
    uint32_t index;     /* among all graphs of the model; the main graph is 0 */
    uint32_t *captures; /* values that stand for those of the enclosing graph, but for constants */
    uint32_t n_captures;

    struct graph_opset *opsets; /* these and what follows: of the whole model, in its main graph */
    struct graph_function *functions;
    uint32_t n_opsets, n_functions;
    int64_t ir_version, model_version;
    const char *producer_name, *producer_version, *model_domain; /* "" where the model gives none */
    const char *model_doc, *graph_doc;
    struct graph_property *metadata; /* in the model's order; keys may repeat */
    size_t n_metadata;
};

hinge_status graph_create(const hinge_allocator *allocator, struct graph **graph);
void graph_destroy(struct graph *graph); /* with its constants, subgraphs and functions */

/* Append; GRAPH_NONE when there is no memory. A pointer to a value or node is valid until the next
 * append. Inputs and outputs of a new node are copied, reader counts and producers kept. */
uint32_t graph_add_value(struct graph *graph, const char *name);
uint32_t graph_add_node(struct graph *graph, const char *op, const char *domain, uint32_t opset,
                        const uint32_t *inputs, uint32_t n_inputs, const uint32_t *outputs,
                        uint32_t n_outputs);
/* A constant with memory of its own, uninitialised, of the tensor's type and dims (checked). */
uint32_t graph_add_constant(struct graph *graph, const char *name, hinge_type type, int32_t rank,
                            const int64_t *dims);

/* Edits; all keep reader counts and producers. */
void graph_set_input(struct graph *graph, uint32_t node, uint32_t index, uint32_t value);
/* Appends inputs until there are position + 1, then sets that one. */
hinge_status graph_append_input(struct graph *graph, uint32_t index, uint32_t position,
                                uint32_t value);
/* Gives value (so far without a producer) to be written by node's output index. */
void graph_set_output(struct graph *graph, uint32_t node, uint32_t index, uint32_t value);
/* Replacing values in one walk over the nodes: replacements has an entry for each value, at first
 * GRAPH_NONE. graph_replace_value notes that replacement is to be read instead of old, and
 * graph_follow makes a node and its subgraphs do so; a reader that it is not called for still names
 * old. Where old is a graph output, its name, declared shape and place in the list of outputs go to
 * replacement; fails (false, nothing changed) where that is a graph output or input or constant. */
bool graph_replace_value(struct graph *graph, uint32_t old, uint32_t replacement,
                         uint32_t *replacements);
void graph_follow(struct graph *graph, uint32_t node, const uint32_t *replacements);
void graph_remove_node(struct graph *graph, uint32_t node);
/* Turns a value into an owned constant, taking data over (allocated by the graph's allocator). */
void graph_make_constant(struct graph *graph, uint32_t value, const hinge_tensor *tensor);
/* Frees the memory of an owned constant. */
void graph_drop_constant(struct graph *graph, uint32_t value);

/* Puts the nodes in an order in which each comes after those it reads from, keeping the present
 * order where it can, and drops removed ones. HINGE_BAD_MODEL names a node of a cycle. Node indices
 * change. */
hinge_status graph_sort(struct graph *graph, hinge_error *error);

/* Adds a copy of node to the spare nodes and returns its index among them; GRAPH_NONE when there is
 * no memory. The copy is no reader and no producer. */
uint32_t graph_add_spare(struct graph *graph, const struct graph_node *node);
/* Appends to the way back of node the spare one of that index. */
hinge_status graph_append_spare(struct graph *graph, uint32_t node, uint32_t spare);

/* Makes constants of the enclosing graph constants of this one. */
void graph_borrow_constants(struct graph *graph);
/* When nothing will change any more: numbers graph and all below it from *n_graphs on, depth first,
 * and finds the captures. */
hinge_status graph_number(struct graph *graph, uint32_t *n_graphs);

/* The name a node is called by: its own or, where it has none, that of its first output that has
 * one; "" where there is none. */
const char *graph_node_name(const struct graph *graph, const struct graph_node *node);
/* For messages: "node "conv1" (Conv)", written into text. graph may be NULL. */
const char *graph_node_text(const struct graph *graph, const struct graph_node *node, char *text,
                            size_t size);

static inline bool graph_is_constant(const struct graph *graph, uint32_t value)
{
    return value != GRAPH_NONE && graph->values[value].storage != GRAPH_NOT_CONSTANT;
}

#endif
