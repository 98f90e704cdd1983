/* What the operators of wrong.c do wrong: the value of their attribute "mistake". Many mistakes
 * have a number, the attribute "n". */
#ifndef TESTS_PLUGINS_WRONG_H
#define TESTS_PLUGINS_WRONG_H

enum wrong {
    WRONG_NOTHING,

    INIT_STATUS, /* returns n */
    INIT_RELEASE,
    INIT_CALL,

    INFER_STATUS, /* returns n */
    INFER_TYPE,   /* of its output: n */
    INFER_RANK,
    INFER_DIM,
    INFER_DATA, /* copies its input's tensor as it is */
    INFER_CONTAINER,
    INFER_NEEDS_DATA, /* with a rank of n, whatever is there */
    INFER_FAIL,       /* in all ways at once */
    INFER_RESIZE,

    PREPARE_STATUS, /* returns n */
    PREPARE_SCRATCH,
    PREPARE_ALLOC,
    PREPARE_RESIZE,

    RUN_STATUS,       /* returns n */
    RUN_FAIL,         /* by fail, with n */
    RUN_FAIL_IGNORED, /* returns HINGE_OK all the same */
    RUN_NO_RESIZE,
    RUN_RESIZE_RANK,
    RUN_RESIZE_DIM,
    RUN_RESIZE_OUTPUT,
    RUN_RESIZE_IGNORED, /* as before, but does not mind what it is told */
    RUN_RESIZE_TWICE,   /* to 2, then to n: is right */
    RUN_RESIZE_HUGE,
    RUN_ALLOC,
    RUN_RELEASE,
    RUN_SETS_DATA,
    RUN_SETS_DIMS,
    RUN_SETS_RANK,
    RUN_SETS_TYPE,
    RUN_ELEMENTS,
    RUN_TENSOR,
    RUN_SHARE,
    RUN_PARALLEL, /* over n items */
    RUN_GRAPH_TYPES,

    TYPES_STATUS, /* returns n */
    TYPES_CODE,   /* n */
    TYPES_NOTHING,
    TYPES_KNOWN, /* changes what the signature says */
    TYPES_GRAPH, /* asks for that of attribute n */
    TYPES_GRAPH_CODE,

    SEQUENCE_LENGTH,
    SEQUENCE_TYPE,
    SEQUENCE_NOTHING,
    SEQUENCE_UNFILLED,
    SEQUENCE_TENSOR_TYPE,
    SEQUENCE_TENSOR_RANK,
    SEQUENCE_TENSOR_DIM,
    SEQUENCE_TENSOR_WHOLE, /* the output itself */
    SEQUENCE_RESIZE,
    SEQUENCE_SHARE_UNFILLED,
    SEQUENCE_SHARE_NULL,
    SEQUENCE_SHARE_SELF,
    SEQUENCE_SHARE_TENSOR,
    SEQUENCE_SHARE_OTHER, /* a filled sequence of another type */
    SEQUENCE_BY_HAND,     /* an element that is assigned */
    SEQUENCE_OTHER_TYPE,
    SEQUENCE_OTHER_DIMS,
    SEQUENCE_OTHER_LENGTH,
    SEQUENCE_LOCAL,
    SEQUENCE_TWICE, /* is right */

    CALL_COUNTS,
    CALL_NULL,
    CALL_NULL_LISTS,
    CALL_ATTRIBUTE, /* n */
    CALL_UNKNOWN,
    CALL_TYPE,
    CALL_NO_DATA,
    CALL_IGNORED,

    ACTIVATION_KIND, /* n */

    LINEAR_WEIGHT, /* n, and so on */
    LINEAR_BIAS,
    LINEAR_WEIGHT_AXIS,
    LINEAR_AXIS,
    LINEAR_GROUPS,

    AFFINE_INPUT
};

#endif
